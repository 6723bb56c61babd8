"""The money of a campaign: sources booked, handed down, ordered, booked when handed over, and given back.

Everything moves through the ledger; the rows here say which movement belongs to which campaign.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.models import User
from chunyu.accounts.refusal import Refusal
from chunyu.audit.record import record
from chunyu.federation.models import Organisation
from chunyu.hardship.campaigns.kinds import BOOKING, ORDERING, Stage
from chunyu.hardship.campaigns.refusing import check_now, refusing
from chunyu.hardship.campaigns.rights import held, takes_part
from chunyu.hardship.campaigns.tables import Campaign, CampaignReturn, CampaignSource
from chunyu.hardship.campaigns.visit_tables import CampaignVisit
from chunyu.ledger import actions as ledger
from chunyu.ledger.models import Allocation, Delivery, Fund, Transfer
from chunyu.privacy.row_key import row_key
from chunyu.registry.models import Household
from chunyu.registry.queries import with_people
from chunyu.ui.templatetags.show import yuan

OPEN = (Stage.PLANNED, Stage.FUNDED, Stage.RUNNING)


@transaction.atomic
def book_source(acting: Acting, campaign: Campaign, fund: Fund, *, amount_fen: int, day: date) -> CampaignSource:
    """A fund, or a share of it, is for this campaign. The fund has received the money already."""
    takes_part(acting, campaign, fund.scope_path, BOOKING)
    now = held(campaign, *OPEN)
    with refusing():
        source = CampaignSource.objects.create(
            organisation=fund.organisation,
            campaign=now,
            fund=fund,
            amount_fen=amount_fen,
            booked_by=acting.post,
            booked_on=day,
        )
    record(acting, "hardship.book_source", now, f"fund {fund.pk}: {yuan(amount_fen)} yuan")
    return source


@transaction.atomic
def take_source_out(acting: Acting, source: CampaignSource) -> None:
    """A source that was booked by mistake, while the campaign is planned."""
    takes_part(acting, source.campaign, source.scope_path, BOOKING)
    record(acting, "hardship.take_source_out", source.campaign, f"fund {source.fund_id}")
    with refusing():
        source.delete()


@transaction.atomic
def hand_down(
    acting: Acting, source: CampaignSource, organisation: Organisation, *, amount_fen: int, day: date
) -> CampaignSource:
    """A part of a source goes to an organisation below, into a fund of the same source and for the same purposes. It is
    on its way until somebody there acknowledges it."""
    takes_part(acting, source.campaign, source.scope_path, BOOKING)
    now = held(source.campaign, *OPEN)
    if organisation.pk == source.organisation_id or not organisation.path.startswith(source.scope_path):
        raise Refusal(_("Money is handed down to an organisation below."), code="campaign_portion_below")
    taker = _fund_below(acting, now, source.fund, organisation, day)
    key = row_key()
    allocation = ledger.allocate(
        acting,
        giver=source.fund,
        taker=taker,
        amount_fen=amount_fen,
        day=day,
        document_no=taker.document_no,
        key=f"campaign:{key}",
    )
    transfer = Transfer.objects.get(key=f"allocate:{allocation.pk}")
    with refusing():
        portion = CampaignSource.objects.create(
            pk=key,
            organisation=organisation,
            campaign=now,
            fund=taker,
            amount_fen=amount_fen,
            above=source,
            root_id=source.root_id or source.pk,
            transfer=transfer,
            booked_by=acting.post,
            booked_on=day,
        )
    record(acting, "hardship.hand_campaign_money_down", now, f"to {organisation.pk}: {yuan(amount_fen)} yuan")
    return portion


@transaction.atomic
def acknowledge(acting: Acting, portion: CampaignSource, *, day: date) -> None:
    """The receiver says that the money arrived: from now on it can be given."""
    takes_part(acting, portion.campaign, portion.scope_path, BOOKING)
    ledger.acknowledge(acting, _allocation(portion), day=day, document_no=portion.campaign.code)


def _allocation(portion: CampaignSource) -> Allocation:
    """The movement of the books by which money was handed down: its transfer carries its key."""
    return Allocation.objects.get(pk=portion.transfer.key.removeprefix("allocate:"))


def _fund_below(acting: Acting, campaign: Campaign, giver: Fund, organisation: Organisation, day: date) -> Fund:
    """The receiver's fund of this source for this campaign, opened at its first use."""
    earmarks = dict(giver.earmarks.values_list("programme", "label"))
    document = f"{campaign.code}·{giver.document_no}"[:80]
    own = Fund.objects.filter(
        organisation=organisation, source=giver.source, document_no=document, year=giver.year
    ).first()
    return own or ledger.open_fund(
        acting,
        organisation=organisation,
        name=giver.name,
        source=giver.source,
        document_no=document,
        year=giver.year,
        day=day,
        programmes=earmarks,
    )


@transaction.atomic
def give_back(
    acting: Acting, source: CampaignSource, *, amount_fen: int, day: date, document_no: str
) -> CampaignReturn:
    """Unspent money goes back: a source's to whoever gave it, what was handed down to the level above."""
    takes_part(acting, source.campaign, source.scope_path, BOOKING)
    now = held(source.campaign, *OPEN)
    key = row_key()
    if source.above is None:
        transfer = ledger.give_back(
            acting, fund=source.fund, amount_fen=amount_fen, day=day, document_no=document_no, key=f"campaign:{key}"
        )
    else:
        step = ledger.return_unspent(
            acting,
            _allocation(source),
            amount_fen=amount_fen,
            day=day,
            document_no=document_no,
            reason=_("unspent money of the campaign %(code)s") % {"code": now.code},
            key=f"campaign:{key}",
        )
        transfer = Transfer.objects.get(key=f"step:{step.pk}")
    with refusing():
        returned = CampaignReturn.objects.create(
            pk=key, source=source, amount_fen=amount_fen, transfer=transfer, by=acting.post, day=day
        )
    record(acting, "hardship.give_campaign_money_back", now, f"source {source.pk}: {yuan(amount_fen)} yuan")
    return returned


@dataclass(frozen=True)
class Ordered:
    """How many grants were ordered, in all how much, and how many households have no bank card on file."""

    count: int
    fen: int
    without_card: int


def awaiting_order(source: CampaignSource) -> QuerySet[CampaignVisit]:
    """Grants of a source to households on file for which no payment is ordered, or whose order was cancelled."""
    return CampaignVisit.objects.filter(
        Q(order__isnull=True) | Q(order__status="cancelled"),
        source=source,
        household__isnull=False,
        called_off_on__isnull=True,
    )


def awaiting_booking(source: CampaignSource) -> QuerySet[CampaignVisit]:
    """Money of a source that was handed over at visits to people without a file, and is not booked."""
    return CampaignVisit.objects.filter(
        source=source, household__isnull=True, visited_on__isnull=False, transfer__isnull=True
    )


@transaction.atomic
def order_payments(acting: Acting, source: CampaignSource, *, day: date) -> Ordered:
    """Order the grants of a source to all households on file that have none ordered. Whoever planned one of the visits
    does not order it."""
    takes_part(acting, source.campaign, source.scope_path, ORDERING)
    now = held(source.campaign, Stage.FUNDED, Stage.RUNNING)
    rows = awaiting_order(source).select_for_update(of=("self",)).select_related("planned_by__user").order_by("number")
    visits = list(rows)
    if any(visit.planned_by.user_id == acting.user_id for visit in visits):
        raise Refusal(_("You planned some of these visits: another person orders the payments."), code="second_person")
    homes = with_people(Household.objects.filter(campaign_visits__in=visits).distinct())
    by_key = {home.pk: home for home in homes.select_related("organisation")}
    ready = [visit for visit in visits if by_key[visit.household_id].bank_card is not None]
    rules = {group.kind: group for group in now.groups.all()}
    lists: dict[tuple[str, User], list[CampaignVisit]] = defaultdict(list)
    for visit in ready:
        lists[rules[visit.group].programme, visit.planned_by.user].append(visit)
    for (programme, planner), some in lists.items():
        lines = [_line(visit, by_key[visit.household_id]) for visit in some]
        orders = ledger.order_list(
            acting,
            fund=source.fund,
            programme=programme,
            programme_label=rules[some[0].group].programme_label,
            lines=lines,
            day=day,
            delivery=Delivery.CAMPAIGN,
            entered_by=planner,
            approved_by=acting.post.user,
        )
        for visit, order in zip(some, orders, strict=True):
            visit.order = order
        with refusing():
            CampaignVisit.objects.bulk_update(some, ["order"], batch_size=500)
    total = sum(visit.cash_fen for visit in ready)
    record(acting, "hardship.order_campaign_payments", now, f"{len(ready)} orders, {yuan(total)} yuan")
    return Ordered(len(ready), total, len(visits) - len(ready))


def _line(visit: CampaignVisit, home: Household) -> ledger.ListedPayment:
    return ledger.ListedPayment(
        household=home,
        amount_fen=visit.cash_fen,
        reference=visit.number,
        payee_name=home.worker.name,
        bank_name=home.bank_name,
        card_number=home.bank_card.reveal(),
    )


@transaction.atomic
def book_handed_over(acting: Acting, source: CampaignSource, *, day: date) -> int:
    """Book all that was handed over from a source at visits to people without a file, one transfer for each programme;
    in fen. Whoever wrote a visit down does not book it."""
    takes_part(acting, source.campaign, source.scope_path, BOOKING)
    now = held(source.campaign, Stage.RUNNING)
    rows = awaiting_booking(source).select_for_update(of=("self",)).select_related("recorded_by").order_by("number")
    visits: Sequence[CampaignVisit] = list(rows)
    if any(visit.recorded_by and visit.recorded_by.user_id == acting.user_id for visit in visits):
        raise Refusal(_("You wrote some of these visits down: another person books the money."), code="second_person")
    programmes = dict(now.groups.values_list("kind", "programme"))
    lists: dict[str, list[CampaignVisit]] = defaultdict(list)
    for visit in visits:
        lists[programmes[visit.group]].append(visit)
    for programme, some in lists.items():
        key = row_key()
        transfer = ledger.spend(
            acting,
            fund=source.fund,
            amount_fen=sum(visit.cash_fen for visit in some),
            day=day,
            document_no=f"{some[0].number}…{len(some)}",
            key=f"campaign:{key}",
            programme=programme,
        )
        for visit in some:
            visit.transfer = transfer
        with refusing():
            CampaignVisit.objects.bulk_update(some, ["transfer"], batch_size=500)
            check_now()
    total = sum(visit.cash_fen for visit in visits)
    record(acting, "hardship.book_handed_over", now, f"{len(visits)} visits, {yuan(total)} yuan")
    return total
