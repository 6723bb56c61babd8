"""The closing account: what each source did, everything that stands in the way of closing, the closing, the audit."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.audit.record import record
from chunyu.casework.actions import Refused
from chunyu.hardship.campaigns.kinds import AUDITING, BOOKING, Stage
from chunyu.hardship.campaigns.refusing import refusing
from chunyu.hardship.campaigns.rights import held, leads
from chunyu.hardship.campaigns.tables import Campaign, CampaignSource, ClosingLine
from chunyu.hardship.campaigns.triggers import RETURNS, SOURCES, VISITS, used
from chunyu.hardship.campaigns.visit_tables import CampaignVisit
from chunyu.ui.templatetags.show import yuan

# One row a source: raised, paid to households (by the bank's answers), handed over (by the books), on its way, and
# returned. Portions count to the source that they come from.
_ACCOUNT = f"""
    SELECT root.id, root.amount_fen,
        COALESCE((SELECT SUM(b.amount_fen) FROM {SOURCES} s JOIN {VISITS} v ON v.source_id = s.id
            JOIN ledger_batchline b ON b.order_id = v.order_id AND b.outcome = 'paid'
            WHERE s.id = root.id OR s.root_id = root.id), 0)::bigint,
        COALESCE((SELECT SUM(l.quantity) FROM ledger_leg l WHERE l.side = 'credit' AND l.transfer_id IN (
            SELECT v.transfer_id FROM {SOURCES} s JOIN {VISITS} v ON v.source_id = s.id
            WHERE s.id = root.id OR s.root_id = root.id)), 0)::bigint,
        COALESCE((SELECT SUM(r.amount_fen) FROM {RETURNS} r WHERE r.source_id = root.id), 0)::bigint,
        COALESCE((SELECT SUM(v.cash_fen) FROM {SOURCES} s JOIN {VISITS} v ON v.source_id = s.id
            WHERE (s.id = root.id OR s.root_id = root.id) AND v.called_off_on IS NULL), 0)::bigint,
        COALESCE((SELECT SUM(s.amount_fen) FROM {SOURCES} s WHERE s.above_id = root.id), 0)::bigint
    FROM {SOURCES} root WHERE root.campaign_id = %s AND root.above_id IS NULL ORDER BY root.id
"""  # noqa: S608 - names of tables from constants


@dataclass(frozen=True)
class AccountLine:
    """One source, in fen. `planned_fen` is what all its live visits bring, paid or not."""

    source: CampaignSource
    raised_fen: int
    to_households_fen: int
    handed_over_fen: int
    returned_fen: int
    planned_fen: int
    handed_down_fen: int

    @property
    def paid_fen(self) -> int:
        return self.to_households_fen + self.handed_over_fen

    @property
    def unspent_fen(self) -> int:
        return self.raised_fen - self.paid_fen - self.returned_fen

    @property
    def awaiting_fen(self) -> int:
        """Promised to visits and not paid yet; a part of what is unspent."""
        return self.planned_fen - self.paid_fen


def account(campaign: Campaign) -> list[AccountLine]:
    """Every source of a campaign with what became of its money, from the books, in the order of its booking."""
    rows = CampaignSource.objects.select_related("fund", "organisation").prefetch_related("fund__earmarks")
    sources = rows.in_bulk(list(campaign.sources.filter(above__isnull=True).values_list("pk", flat=True)))
    with connection.cursor() as cursor:
        cursor.execute(_ACCOUNT, [campaign.pk])
        return [AccountLine(sources[row[0]], *row[1:]) for row in cursor.fetchall()]


def left_of_all(campaign: Campaign) -> dict[UUID, int]:
    """What of each source and portion is neither given to visits, nor handed down, nor returned, in fen."""
    left = f"(s.amount_fen - {used('s.id')})::bigint"
    query = f"SELECT s.id, {left} FROM {SOURCES} s WHERE s.campaign_id = %s"  # noqa: S608 - as above
    with connection.cursor() as cursor:
        cursor.execute(query, [campaign.pk])
        return dict(cursor.fetchall())


def left_in(source: CampaignSource) -> int:
    return left_of_all(source.campaign)[source.pk]


def portions_open(campaign: Campaign) -> list[tuple[CampaignSource, int]]:
    """Money handed down that is neither given to visits, nor handed further down, nor back: with how much it is."""
    left = left_of_all(campaign)
    portions = (
        campaign.sources.filter(above__isnull=False).select_related("organisation", "fund").order_by("scope_path")
    )
    return [(each, left[each.pk]) for each in portions if left[each.pk]]


def closing_refusals(campaign: Campaign) -> list[Refusal]:
    """Everything that stands in the way of closing, each as a sentence."""
    live = CampaignVisit.objects.filter(campaign=campaign, called_off_on__isnull=True)
    refusals = []
    if campaign.stage != Stage.RUNNING:
        sentence = _("This is not possible while the campaign is: %(stage)s.")
        refusals.append(Refusal(sentence % {"stage": campaign.get_stage_display()}, code="campaign_steps"))
    if count := live.filter(visited_on__isnull=True).count():
        sentence = ngettext(
            "%(count)s visit is neither made nor called off.",
            "%(count)s visits are neither made nor called off.",
            count,
        )
        refusals.append(Refusal(sentence % {"count": count}, code="campaign_closes_without_open_visits"))
    granted = live.filter(cash_fen__gt=0)
    unpaid = granted.filter(household__isnull=False).exclude(order__status="paid")
    if count := unpaid.count():
        sentence = ngettext(
            "%(count)s grant has not reached its household.",
            "%(count)s grants have not reached their households.",
            count,
        )
        refusals.append(Refusal(sentence % {"count": count}, code="campaign_closes_with_all_paid"))
    if count := granted.filter(household__isnull=True, transfer__isnull=True).count():
        sentence = ngettext(
            "Money handed over at %(count)s visit is not booked.",
            "Money handed over at %(count)s visits is not booked.",
            count,
        )
        refusals.append(Refusal(sentence % {"count": count}, code="campaign_closes_with_all_paid"))
    for source, fen in portions_open(campaign):
        sentence = _("%(place)s holds %(amount)s yuan of “%(fund)s” that have not come back.")
        words = {"place": source.organisation, "amount": yuan(fen), "fund": source.fund.name}
        refusals.append(Refusal(sentence % words, code="campaign_closes_with_all_back"))
    return refusals


@transaction.atomic
def close(acting: Acting, campaign: Campaign) -> Campaign:
    """Close with an account in which paid, returned and unspent are exactly what was raised, source by source. Refused
    with every reason; the database adds everything up once more."""
    leads(acting, campaign, BOOKING)
    now = held(campaign)
    if refusals := closing_refusals(now):
        raise Refused(refusals)
    with refusing():
        ClosingLine.objects.bulk_create(
            ClosingLine(
                campaign=now,
                source=line.source,
                raised_fen=line.raised_fen,
                paid_fen=line.paid_fen,
                returned_fen=line.returned_fen,
                unspent_fen=line.unspent_fen,
            )
            for line in account(now)
        )
        now.stage, now.closed_by, now.closed_on = Stage.CLOSED, acting.post, acting.day
        now.save(update_fields=["stage", "closed_by", "closed_on"])
    record(acting, "hardship.close_campaign", now, now.code)
    return now


@transaction.atomic
def confirm_audit(acting: Acting, campaign: Campaign, *, note: str = "") -> Campaign:
    """An auditor has compared the account with the books and the visits."""
    leads(acting, campaign, AUDITING)
    now = held(campaign, Stage.CLOSED)
    now.stage, now.audited_by, now.audited_on = Stage.AUDITED, acting.post, acting.day
    now.audit_note = note.strip()[:300]
    with refusing():
        now.save(update_fields=["stage", "audited_by", "audited_on", "audit_note"])
    record(acting, "hardship.audit_campaign", now, now.code)
    return now
