"""Putting visits on the list: households on file by need, people without a file, firms; within the quota."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.audit.record import record
from chunyu.federation.models import Organisation
from chunyu.hardship.campaigns.kinds import VISITING, GroupKind, Stage
from chunyu.hardship.campaigns.refusing import check_now, refusing
from chunyu.hardship.campaigns.rights import chain, held, refuse_scope, takes_part
from chunyu.hardship.campaigns.tables import Campaign, CampaignGroup, CampaignQuota, CampaignSource
from chunyu.hardship.campaigns.visit_tables import CampaignVisit, VisitTag
from chunyu.privacy.fields import BlindIndexField
from chunyu.registry.actions import id_number_of
from chunyu.registry.employers.tables import Enterprise
from chunyu.registry.identity import ID_NUMBER
from chunyu.registry.membership.tables import Worker
from chunyu.registry.models import Household
from chunyu.registry.queries import households_visible_to
from chunyu.ui.templatetags.show import yuan
from chunyu.wall.scope import beyond_scope


@dataclass(frozen=True)
class Grant:
    """What a visit brings in cash: fen from a source, or nothing."""

    amount_fen: int = 0
    source: CampaignSource | None = None


@dataclass(frozen=True)
class Tie:
    """The groups that somebody belongs to; the campaign's order says which of them counts."""

    groups: frozenset[str]
    sub_kind: str = ""

    @classmethod
    def of(cls, *groups: str, sub_kind: str = "") -> Tie:
        return cls(frozenset(groups), sub_kind)


@dataclass
class Left:
    """What is left of the quota that a place plans within."""

    quota: CampaignQuota
    households: int
    amount_fen: int
    planned: int = field(default=0)


def quota_for(campaign: Campaign, organisation: Organisation, group: str) -> CampaignQuota | None:
    """The quota that a place plans within: its own, or that of the nearest level above which has one."""
    rows = CampaignQuota.objects.filter(campaign=campaign, group=group, scope_path__in=chain(organisation.path))
    return rows.select_related("organisation").order_by("-scope_path").first()


def left_of(quota: CampaignQuota) -> Left:
    """Households and money that the quota still leaves to plan, over everything under its organisation."""
    live = CampaignVisit.objects.within(quota.scope_path).filter(
        campaign=quota.campaign_id, group=quota.group, called_off_on__isnull=True
    )
    planned = live.aggregate(people=Sum("people"), fen=Sum("cash_fen"))
    people = planned["people"] or 0
    return Left(quota, quota.households - people, quota.amount_fen - (planned["fen"] or 0), people)


def counting_group(campaign: Campaign, tie: Tie) -> tuple[CampaignGroup, list[str]]:
    """The group that counts and the others, by the campaign's priorities."""
    rules = [each for each in campaign.groups.order_by("priority") if each.kind in tie.groups]
    if not rules:
        raise Refusal(_("Choose a group of the campaign."), code="campaign_group")
    return rules[0], [each.kind for each in rules[1:]]


def proposed(acting: Acting, campaign: Campaign, group: str, place: Organisation) -> QuerySet[Household]:
    """Households on file for a group that have no grant of the campaign yet, the deepest need first. Model workers
    are known by their mark in the file; the other groups take every household in hardship."""
    granted = CampaignVisit.objects.filter(
        campaign=campaign, household=OuterRef("pk"), called_off_on__isnull=True, cash_fen__gt=0
    )
    rows = (
        households_visible_to(acting)
        .within(place.path)
        .filter(~Exists(granted), status=Household.Status.ON_FILE)
        .select_related("standing__decision", "organisation")
    )
    if group == GroupKind.MODEL:
        marked = Household.objects.filter(pk=OuterRef("pk"), members__left_on__isnull=True).exclude(
            members__model_worker=""
        )
        rows = rows.filter(Exists(marked.filter(~Q(members__model_worker="none"))))
    return rows.order_by(F("standing__decision__need_fen").desc(nulls_last=True), "file_number")


@transaction.atomic
def plan_households(
    acting: Acting,
    campaign: Campaign,
    households: Sequence[Household],
    tie: Tie,
    grant: Grant,
    *,
    due_on: date,
) -> list[CampaignVisit]:
    """A visit to each of the households, by the union that keeps its file, with the same grant to each."""
    if not households:
        raise Refusal(_("Choose at least one household."), code="nobody")
    now = _open(campaign)
    rule, others = counting_group(now, tie)
    for home in households:
        takes_part(acting, now, home.scope_path, VISITING)
        if home.status != Household.Status.ON_FILE:
            raise Refusal(_("This file is closed; open it again first."), code="file_closed")
    _within_quota(now, rule.kind, [home.organisation for home in households], 1, grant)
    visits = [
        _visit(acting, now, home.organisation, rule.kind, tie, grant, due_on, number, household=home)
        for number, home in enumerate(households, now.last_number + 1)
    ]
    return _keep(acting, now, visits, others)


@transaction.atomic
def plan_person(
    acting: Acting,
    campaign: Campaign,
    organisation: Organisation,
    tie: Tie,
    grant: Grant,
    *,
    name: str,
    id_number: str,
    due_on: date,
) -> CampaignVisit:
    """A visit to somebody without a hardship file. The ID number is needed for a grant, so that nobody gets two; a
    worker on record is tied to it."""
    now = _open(campaign)
    takes_part(acting, now, organisation.path, VISITING)
    rule, others = counting_group(now, tie)
    if not name.strip():
        raise Refusal(_("Give the person's name."), code="name")
    if grant.amount_fen and not id_number.strip():
        raise Refusal(_("A grant needs the ID number, so that nobody gets it twice."), code="id_number")
    number = id_number_of(id_number).text if id_number.strip() else ""
    _within_quota(now, rule.kind, [organisation], 1, grant)
    visit = _visit(acting, now, organisation, rule.kind, tie, grant, due_on, now.last_number + 1)
    visit.person_name = name.strip()
    if number:
        visit.id_number = number
        visit.id_number_index = number
        index = BlindIndexField.of_value(number, ID_NUMBER)
        with beyond_scope("duplicate-stop"):
            visit.worker = Worker.objects.filter(id_number_index=index).first()
    return _keep(acting, now, [visit], others)[0]


@transaction.atomic
def plan_firm(
    acting: Acting,
    campaign: Campaign,
    organisation: Organisation,
    enterprise: Enterprise,
    tie: Tie,
    grant: Grant,
    *,
    people: int,
    due_on: date,
) -> CampaignVisit:
    """A visit to a firm's workers where they are: `people` of them; the grant is for all together."""
    now = _open(campaign)
    takes_part(acting, now, organisation.path, VISITING)
    refuse_scope(acting, enterprise.scope_path)
    rule, others = counting_group(now, tie)
    if people < 1:
        raise Refusal(_("Say how many workers the visit is for."), code="people")
    _within_quota(now, rule.kind, [organisation], people, grant)
    visit = _visit(acting, now, organisation, rule.kind, tie, grant, due_on, now.last_number + 1)
    visit.enterprise, visit.people = enterprise, people
    return _keep(acting, now, [visit], others)[0]


@transaction.atomic
def call_off(acting: Acting, visit: CampaignVisit, *, why: str) -> CampaignVisit:
    """The visit will not be made; its place in the quota and its money are free again."""
    takes_part(acting, visit.campaign, visit.scope_path, VISITING)
    held(visit.campaign, Stage.FUNDED, Stage.RUNNING)
    now = CampaignVisit.objects.select_for_update(of=("self",)).get(pk=visit.pk)
    if now.visited_on or now.called_off_on:
        raise Refusal(_("Only a visit that is still to be made is called off."), code="campaign_visit_is_kept")
    if not why.strip():
        raise Refusal(_("Say why the visit is called off."), code="why")
    if now.order_id and now.order.status == "cancelled":
        now.order = None
    now.called_off_on, now.called_off_why = acting.day, why.strip()[:200]
    with refusing():
        now.save(update_fields=["order", "called_off_on", "called_off_why"])
    record(acting, "hardship.call_visit_off", now, now.number)
    return now


def _open(campaign: Campaign) -> Campaign:
    return held(campaign, Stage.FUNDED, Stage.RUNNING)


def _within_quota(campaign: Campaign, group: str, places: Iterable[Organisation], people: int, grant: Grant) -> None:
    """Refusal when more would be planned than a quota leaves, asked once for each quota concerned."""
    wanted: dict[object, tuple[CampaignQuota, int]] = {}
    for place in places:
        quota = quota_for(campaign, place, group)
        if quota is None:
            label = GroupKind(group).label
            raise Refusal(_("No quota is set here for: %(group)s.") % {"group": label}, code="no_quota")
        wanted[quota.pk] = (quota, wanted.get(quota.pk, (quota, 0))[1] + 1)
    for quota, count in wanted.values():
        left = left_of(quota)
        if count * people > left.households:
            sentence = _("The quota of %(place)s leaves %(left)s of this group; %(wanted)s are wanted.")
            words = {"place": quota.organisation, "left": max(left.households, 0), "wanted": count * people}
            raise Refusal(sentence % words, code="quota")
        if count * grant.amount_fen > left.amount_fen:
            sentence = _("The quota of %(place)s leaves %(left)s yuan for this group; %(wanted)s are wanted.")
            words = {
                "place": quota.organisation,
                "left": yuan(max(left.amount_fen, 0)),
                "wanted": yuan(count * grant.amount_fen),
            }
            raise Refusal(sentence % words, code="quota_money")


def _visit(
    acting: Acting,
    campaign: Campaign,
    organisation: Organisation,
    group: str,
    tie: Tie,
    grant: Grant,
    due_on: date,
    number: int,
    household: Household | None = None,
) -> CampaignVisit:
    if not campaign.starts_on <= due_on <= campaign.ends_on:
        raise Refusal(_("The visit lies within the days of the campaign."), code="due_on")
    return CampaignVisit(
        organisation=organisation,
        campaign=campaign,
        number=f"{campaign.code}-{number:05d}",
        group=group,
        sub_kind=tie.sub_kind if group == GroupKind.DISASTER else "",
        household=household,
        source=grant.source if grant.amount_fen else None,
        cash_fen=grant.amount_fen,
        due_on=due_on,
        planned_by=acting.post,
        planned_on=acting.day,
    )


def _keep(
    acting: Acting, campaign: Campaign, visits: list[CampaignVisit], others: Sequence[str]
) -> list[CampaignVisit]:
    with refusing():
        campaign.last_number += len(visits)
        campaign.save(update_fields=["last_number"])
        CampaignVisit.objects.bulk_create(visits, batch_size=500)
        VisitTag.objects.bulk_create(VisitTag(visit=visit, group=group) for visit in visits for group in others)
        check_now()
    total = sum(visit.cash_fen for visit in visits)
    record(acting, "hardship.plan_visits", campaign, f"{len(visits)} visits, {yuan(total)} yuan")
    return visits
