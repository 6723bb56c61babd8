"""Reading campaigns: what a post sees of them, progress by group, place and day, and the visits still to be made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Case, CharField, Count, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce, Left, NullIf

from chunyu.accounts.acting import Acting
from chunyu.federation.models import Organisation
from chunyu.hardship.campaigns.kinds import GroupKind, VisitStage
from chunyu.hardship.campaigns.rights import campaigns_of
from chunyu.hardship.campaigns.tables import Campaign, CampaignQuota, CampaignSource
from chunyu.hardship.campaigns.visit_tables import CampaignVisit
from chunyu.registry.models import Member

DONE = Q(visited_on__isnull=False)
OPEN = Q(visited_on__isnull=True, called_off_on__isnull=True)
LIVE = Q(called_off_on__isnull=True)
PAID = Q(order__status="paid") | Q(transfer__isnull=False)
NEED_CLOSED = Q(need_met_on__isnull=False) | Q(need_case__closed_on__isnull=False)

# The same as `CampaignVisit.stage`, for filters.
STAGES: Mapping[str, Q] = {
    VisitStage.PLANNED: OPEN,
    VisitStage.DONE: DONE & Q(need_kind=""),
    VisitStage.NEED_RAISED: DONE & ~Q(need_kind="") & ~NEED_CLOSED,
    VisitStage.NEED_CLOSED: DONE & ~Q(need_kind="") & NEED_CLOSED,
    VisitStage.CALLED_OFF: Q(called_off_on__isnull=False),
}


def place_of(acting: Acting, campaign: Campaign) -> Organisation:
    """Where a post looks at a campaign from: the campaign's own organisation, or the post's when that lies below."""
    return acting.organisation if acting.path.startswith(campaign.scope_path) else campaign.organisation


def campaigns(acting: Acting) -> QuerySet[Campaign]:
    """Campaigns that a post takes part in, with `raised_fen` in all, and `people_visited` and `to_visit` under it."""
    roots = CampaignSource.objects.filter(campaign=OuterRef("pk"), above__isnull=True).order_by().values("campaign")
    here = CampaignVisit.objects.within(acting.path).filter(campaign=OuterRef("pk")).order_by().values("campaign")
    return (
        campaigns_of(acting)
        .select_related(
            "organisation__region", "planned_by__user", "closed_by__user", "audited_by__user", "questionnaire"
        )
        .annotate(
            raised_fen=Coalesce(Subquery(roots.annotate(fen=Sum("amount_fen")).values("fen")), Value(0)),
            people_visited=Coalesce(Subquery(here.filter(DONE).annotate(n=Sum("people")).values("n")), Value(0)),
            to_visit=Coalesce(Subquery(here.filter(OPEN).annotate(n=Sum("people")).values("n")), Value(0)),
        )
    )


def visits(acting: Acting) -> QuerySet[CampaignVisit]:
    """Visits under a post with `who` (a household's worker, a person or a firm) and `who_pinyin`."""
    worker = Member.objects.filter(household=OuterRef("household"), is_worker=True).order_by("left_on", "-joined_on")
    return (
        CampaignVisit.objects.within(acting.path)
        .select_related("campaign", "organisation", "household", "enterprise", "need_case", "order", "source__fund")
        .annotate(
            who=Coalesce(
                Subquery(worker.values("name")[:1]), F("enterprise__name"), F("person_name"), output_field=CharField()
            ),
            who_pinyin=Coalesce(Subquery(worker.values("name_pinyin")[:1]), Value("")),
            case_number=Coalesce(NullIf("need_case__number", Value("")), Value("")),
        )
    )


def days_left(campaign: Campaign, day: date) -> int:
    """Days in which visits can still be made, today included; none once the last day is over."""
    return max((campaign.ends_on - max(day, campaign.starts_on)).days + 1, 0)


@dataclass
class Progress:
    """How far a group or a place is: people by quota, planned and visited; cash in fen, in all and given."""

    label: str
    key: str = ""
    quota: int = 0
    quota_fen: int = 0
    planned: int = 0
    visited: int = 0
    needs: int = 0
    planned_fen: int = 0
    paid_fen: int = 0

    @property
    def share(self) -> float | None:
        whole = self.quota or self.planned
        return self.visited / whole if whole else None


_SUMS = {
    "planned": Coalesce(Sum("people", filter=LIVE), 0),
    "visited": Coalesce(Sum("people", filter=DONE), 0),
    "needs": Count("pk", filter=DONE & ~Q(need_kind="")),
    "planned_fen": Coalesce(Sum("cash_fen", filter=LIVE), 0),
    "paid_fen": Coalesce(Sum("cash_fen", filter=PAID), 0),
}


def by_group(campaign: Campaign, place: Organisation) -> list[Progress]:
    """The five groups under a place, in the order of the campaign."""
    lines = {
        each.kind: Progress(str(GroupKind(each.kind).label), each.kind) for each in campaign.groups.order_by("priority")
    }
    rows = CampaignVisit.objects.within(place.path).filter(campaign=campaign).order_by().values("group")
    for row in rows.annotate(**_SUMS):
        _fill(lines[row.pop("group")], row)
    for quota in CampaignQuota.objects.filter(campaign=campaign, organisation=place):
        lines[quota.group].quota, lines[quota.group].quota_fen = quota.households, quota.amount_fen
    return list(lines.values())


def by_place(campaign: Campaign, place: Organisation, day: date) -> list[Progress]:
    """The organisations right under a place that have a quota or visits of the campaign."""
    children = list(Organisation.objects.as_of(day).filter(parent=place).order_by("path"))
    if not children:
        return []
    lines = {each.path: Progress(each.name, each.path) for each in children}
    length = len(children[0].path)
    rows = CampaignVisit.objects.within(place.path).filter(campaign=campaign).order_by()
    for row in rows.annotate(top=Left("scope_path", length)).values("top").annotate(**_SUMS):
        if (line := lines.get(row.pop("top"))) is not None:
            _fill(line, row)
    quotas = CampaignQuota.objects.filter(campaign=campaign, organisation__in=children).order_by()
    for path, households, fen in quotas.values_list("organisation__path").annotate(
        Sum("households"), Sum("amount_fen")
    ):
        lines[path].quota, lines[path].quota_fen = households, fen
    return [line for line in lines.values() if line.quota or line.planned]


def _fill(line: Progress, row: Mapping[str, int]) -> None:
    for name, value in row.items():
        setattr(line, name, value)


@dataclass
class Day:
    day: date
    people: int = 0
    so_far: int = 0
    fen: int = 0
    groups: dict[str, int] = field(default_factory=dict)


def by_day(campaign: Campaign, path: str) -> list[Day]:
    """The days on which visits were made under a path, with people visited on each, by group, and so far."""
    rows = CampaignVisit.objects.within(path).filter(DONE, campaign=campaign).order_by("visited_on")
    days: dict[date, Day] = {}
    for day, group, people, fen in rows.values_list("visited_on", "group").annotate(Sum("people"), Sum("cash_fen")):
        line = days.setdefault(day, Day(day))
        line.people += people
        line.fen += fen
        line.groups[group] = line.groups.get(group, 0) + people
    total = 0
    for line in days.values():
        total += line.people
        line.so_far = total
    return list(days.values())


def splits(campaign: Campaign, organisations: Iterable[Organisation]) -> dict[tuple[int, str], CampaignQuota]:
    """Quotas of some organisations by (organisation, group)."""
    rows = CampaignQuota.objects.filter(campaign=campaign, organisation__in=list(organisations))
    return {(each.organisation_id, each.group): each for each in rows}


def holdings(campaign: Campaign, path: str) -> QuerySet[CampaignSource]:
    """Money of a campaign that organisations under a path hold."""
    return (
        CampaignSource.objects.within(path)
        .filter(campaign=campaign)
        .select_related("fund", "organisation", "above__organisation")
        .order_by("scope_path", "booked_on", "pk")
    )


def sources_for(campaign: Campaign, place: Organisation) -> list[CampaignSource]:
    """Money that visits under a place can be paid from: held there or above."""
    paths = [place.path[: n + 1] for n, mark in enumerate(place.path) if mark == "."]
    rows = CampaignSource.objects.filter(campaign=campaign, scope_path__in=paths)
    return list(rows.select_related("fund", "organisation").prefetch_related("fund__earmarks").order_by("-scope_path"))


def subject_kind(rows: QuerySet[CampaignVisit]) -> QuerySet[CampaignVisit]:
    """Rows with `of`: household, person or firm."""
    return rows.annotate(
        of=Case(
            When(household__isnull=False, then=Value("household")),
            When(enterprise__isnull=False, then=Value("firm")),
            default=Value("person"),
            output_field=CharField(),
        )
    )
