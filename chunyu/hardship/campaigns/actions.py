"""Planning a campaign and taking it from stage to stage: groups, quotas, funded, running."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.audit.record import record
from chunyu.federation.models import Organisation
from chunyu.hardship.campaigns.kinds import BOOKING, ORDERING, PLANNERS, USUAL_RULES, GroupKind, GroupRule, Stage
from chunyu.hardship.campaigns.question_tables import Questionnaire
from chunyu.hardship.campaigns.refusing import check_now, refusing
from chunyu.hardship.campaigns.rights import held, leads, may_plan, refuse_role, refuse_scope
from chunyu.hardship.campaigns.tables import Campaign, CampaignGroup, CampaignQuota
from chunyu.ledger.programmes import known_programmes


@dataclass(frozen=True)
class Window:
    """The days of a campaign, and its Spring Festival."""

    starts_on: date
    ends_on: date
    festival_on: date


@dataclass(frozen=True)
class Share:
    """What an organisation is to visit of one group: households, and money in fen."""

    households: int
    amount_fen: int = 0


@transaction.atomic
def plan_campaign(
    acting: Acting,
    *,
    name: str,
    window: Window,
    order: Sequence[str] = GroupKind.values,
    rules: Mapping[str, GroupRule] = USUAL_RULES,
) -> Campaign:
    """A campaign of the acting organisation. `order` names the five groups, the one that counts first in front."""
    if refusal := may_plan(acting):
        raise refusal
    if sorted(order) != sorted(GroupKind.values):
        raise Refusal(_("A campaign has exactly the five groups, each once."), code="campaign_has_five_groups")
    campaign = Campaign(
        organisation=acting.organisation,
        code=_next_code(acting.organisation, window.festival_on.year),
        name=name.strip(),
        starts_on=window.starts_on,
        ends_on=window.ends_on,
        festival_on=window.festival_on,
        planned_by=acting.post,
        planned_on=acting.day,
    )
    _check(campaign)
    with refusing():
        campaign.save(force_insert=True)
        _write_groups(campaign, order, rules)
    record(acting, "hardship.plan_campaign", campaign, campaign.code)
    return campaign


@transaction.atomic
def change_campaign(
    acting: Acting,
    campaign: Campaign,
    *,
    name: str,
    window: Window,
    order: Sequence[str],
    rules: Mapping[str, GroupRule] = USUAL_RULES,
) -> Campaign:
    """Another name, other days, another order of the groups, while the campaign is planned."""
    leads(acting, campaign, PLANNERS)
    now = held(campaign, Stage.PLANNED)
    if sorted(order) != sorted(GroupKind.values):
        raise Refusal(_("A campaign has exactly the five groups, each once."), code="campaign_has_five_groups")
    now.name, now.starts_on, now.ends_on, now.festival_on = (
        name.strip(), window.starts_on, window.ends_on, window.festival_on,
    )  # fmt: skip
    _check(now)
    with refusing():
        now.save()
        now.groups.all().delete()
        _write_groups(now, order, rules)
    record(acting, "hardship.change_campaign", now, now.code)
    return now


def _next_code(organisation: Organisation, year: int) -> str:
    # Two at once: the second is stopped by the unique rule of the code, and tries again.
    first = f"SW{organisation.region.code}-{year}"
    count = Campaign.objects.filter(code__startswith=first).count()
    return f"{first}-{count + 1}" if count else first


def _check(campaign: Campaign) -> None:
    try:
        campaign.full_clean()
    except ValidationError as error:
        raise Refusal.from_validation(error) from error


def _write_groups(campaign: Campaign, order: Iterable[str], rules: Mapping[str, GroupRule]) -> None:
    labels = known_programmes()
    CampaignGroup.objects.bulk_create(
        CampaignGroup(
            campaign=campaign,
            kind=kind,
            priority=place,
            needs_file=rules[GroupKind(kind)].needs_file,
            programme=(code := rules[GroupKind(kind)].programme),
            programme_label=labels.get(code, code),
        )
        for place, kind in enumerate(order, 1)
    )


@transaction.atomic
def ask(acting: Acting, campaign: Campaign, questionnaire: Questionnaire | None) -> Campaign:
    """The questionnaire that the visitors take along; its version in force on the day is the one that is asked."""
    leads(acting, campaign, PLANNERS)
    now = held(campaign, Stage.PLANNED, Stage.FUNDED, Stage.RUNNING)
    if now.sheets.exists() and now.questionnaire != questionnaire:
        raise Refusal(_("Answers were given to this campaign's questionnaire: it stays."), code="questionnaire_stays")
    now.questionnaire = questionnaire
    now.save(update_fields=["questionnaire"])
    record(acting, "hardship.campaign_asks", now, str(questionnaire.pk if questionnaire else "-"))
    return now


@transaction.atomic
def mark_funded(acting: Acting, campaign: Campaign) -> Campaign:
    """The sources are booked: the statement of the opening stands."""
    leads(acting, campaign, BOOKING)
    now = held(campaign, Stage.PLANNED)
    now.stage, now.funded_on = Stage.FUNDED, acting.day
    with refusing():
        now.save(update_fields=["stage", "funded_on"])
    record(acting, "hardship.campaign_funded", now, now.code)
    return now


@transaction.atomic
def start(acting: Acting, campaign: Campaign) -> Campaign:
    """Quotas and money fit: the visits begin. Started by another person than the one who planned it."""
    leads(acting, campaign, ORDERING)
    now = held(campaign, Stage.FUNDED)
    if now.planned_by.user_id == acting.user_id:
        raise Refusal(_("You planned this campaign: another person starts it."), code="second_person")
    now.stage, now.opened_on = Stage.RUNNING, acting.day
    with refusing():
        now.save(update_fields=["stage", "opened_on"])
    record(acting, "hardship.campaign_started", now, now.code)
    return now


@transaction.atomic
def set_quotas(
    acting: Acting, campaign: Campaign, shares: Mapping[Organisation, Mapping[str, Share]]
) -> list[CampaignQuota]:
    """Quotas of some organisations, group by group: the campaign's own, or those right under an organisation that has
    some. Each level splits what it got; the database adds up at the end."""
    refuse_role(acting, PLANNERS)
    now = held(campaign, Stage.PLANNED, Stage.FUNDED, Stage.RUNNING)
    rows = []
    for organisation, by_group in shares.items():
        own = organisation.pk == now.organisation_id
        refuse_scope(acting, now.scope_path if own else organisation.parent.path if organisation.parent else "")
        for group, share in by_group.items():
            rows.append(
                CampaignQuota(
                    organisation=organisation,
                    campaign=now,
                    group=group,
                    households=share.households,
                    amount_fen=share.amount_fen,
                    set_by=acting.post,
                )
            )
    with refusing():
        CampaignQuota.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["campaign", "organisation", "group"],
            update_fields=["households", "amount_fen", "set_by"],
        )
        check_now()
    record(acting, "hardship.set_quotas", now, f"{len(shares)} organisations")
    return rows
