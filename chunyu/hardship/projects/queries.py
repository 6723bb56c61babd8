"""Reading projects: where each stands, who is on a roll, what was paid, and the closing report."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import pgettext_lazy

from chunyu.accounts.acting import Acting
from chunyu.federation.models import Organisation
from chunyu.hardship.projects.kinds import month_unit
from chunyu.hardship.projects.paying import month_fen, next_month
from chunyu.hardship.projects.tables import Project, ProjectCase, ProjectPayment, ProjectShare, StipendRoll
from chunyu.ledger.models import Fund
from chunyu.registry.models import Household

APPROVED = Q(cases__approved_on__isnull=False)
STAGES = {
    "open": pgettext_lazy("project", "open"),
    "full": pgettext_lazy("project", "full"),
    "over": pgettext_lazy("project", "period over"),
    "closed": pgettext_lazy("project", "closed"),
}


def with_counts(rows: QuerySet[Project]) -> QuerySet[Project]:
    """With the places `taken` by different people."""
    return rows.annotate(taken=Count("cases__person_index", filter=APPROVED, distinct=True))


def projects(acting: Acting) -> QuerySet[Project]:
    """Those of the post's subtree and of the levels above it, from which its people are helped too."""
    path = acting.path
    chain = [path[: n + 1] for n, mark in enumerate(path) if mark == "."]
    below = Project.objects.within(path)
    return with_counts((below | Project.objects.filter(scope_path__in=chain)).distinct()).select_related("organisation")


def stage_of(project: Project, day: date) -> str:
    """open, full, over or closed; the project comes with its counts."""
    if project.closed_on is not None:
        return "closed"
    if day > project.ends_on:
        return "over"
    return "full" if project.taken >= project.quota else "open"


def funds_for(organisation: Organisation) -> QuerySet[Fund]:
    """Funds that may pay a project of this organisation: its own, those above it and those beneath."""
    path = organisation.path
    chain = [path[: n + 1] for n, mark in enumerate(path) if mark == "."]
    rows = Fund.objects.within(path) | Fund.objects.filter(scope_path__in=chain)
    return rows.select_related("organisation").order_by("organisation__path", "name", "pk")


# --- stipends


@dataclass(frozen=True)
class RollLine:
    """What one level owes one person for a month."""

    case: ProjectCase
    share: ProjectShare
    fen: int

    @property
    def key(self) -> tuple[object, int, int]:
        return self.case.pk, self.share.part, self.fen


def running(project: Project, path: str, month: date) -> QuerySet[ProjectCase]:
    """The stipends of a project in a subtree that run on a day of the month: begun, not stopped, and the file open."""
    rows = ProjectCase.objects.within(path).filter(
        project=project, approved_on__isnull=False, started_on__lt=next_month(month)
    )
    rows = rows.filter(Q(stopped_on__isnull=True) | Q(stopped_on__gt=month))
    return rows.select_related("case", "household__organisation", "member").order_by("case__number")


def still_on_file(case: ProjectCase, month: date) -> bool:
    """The family's file goes on and the person has not left it: else the stipend is to be stopped first."""
    left = case.member.left_on
    return case.household.status == Household.Status.ON_FILE and (left is None or left > month)


def roll_lines(project: Project, path: str, month: date) -> tuple[list[RollLine], list[ProjectCase]]:
    """Who is paid for a month, and whose stipend must be stopped first, since the file ended or the person left.
    Whoever was paid for the month under any roll or project is left out."""
    paid = set(
        ProjectPayment.objects.filter(programme=project.programme, unit=month_unit(month), order__isnull=False)
        .values_list("person_index", flat=True)
    )  # fmt: skip
    paid = {bytes(index) for index in paid}
    shares: dict[str, list[ProjectShare]] = {}
    for share in project.shares.select_related("fund").order_by("part"):
        shares.setdefault(share.group, []).append(share)
    lines, to_stop = [], []
    for case in running(project, path, month):
        if not still_on_file(case, month):
            to_stop.append(case)
        elif bytes(case.person_index) not in paid:
            owed = ((share, month_fen(project, share, case, month)) for share in shares.get(case.group, ()))
            lines += [RollLine(case, share, fen) for share, fen in owed if fen > 0]
    return lines, to_stop


def rolls(acting: Acting) -> QuerySet[StipendRoll]:
    rows = StipendRoll.objects.within(acting.path).select_related("project", "organisation", "made_by__user")
    return rows.annotate(people=Count("lines__person_index", distinct=True), fen=Coalesce(Sum("lines__amount_fen"), 0))


# --- what was paid


def paid_by(project: Project, path: str) -> QuerySet[ProjectPayment]:
    """Payments of a project to people of a subtree, roll lines that wait left out."""
    return ProjectPayment.objects.filter(
        case__project=project, order__isnull=False, case__in=ProjectCase.objects.within(path)
    ).select_related("case__case", "case__household", "case__member", "case__hospital", "order", "share__fund")


@dataclass(frozen=True)
class Report:
    """What a project came to: distinct people, cases, what arrived, what is still on its way, by level."""

    people: int
    cases: int
    paid_fen: int
    promised_fen: int
    by_level: tuple[tuple[str, int], ...]

    @property
    def per_case_fen(self) -> int | None:
        """Half up to the fen; none without a case."""
        return None if not self.cases else (self.paid_fen * 2 + self.cases) // (self.cases * 2)


def report(project: Project, path: str) -> Report:
    rows = paid_by(project, path).exclude(order__status="cancelled")
    arrived = rows.filter(order__status="paid")
    counts = arrived.order_by().aggregate(
        people=Count("person_index", distinct=True), cases=Count("case", distinct=True)
    )
    levels = arrived.order_by().values_list("share__fund__organisation__name").annotate(fen=Sum("amount_fen"))
    return Report(
        counts["people"],
        counts["cases"],
        sum(fen for _name, fen in levels),
        _sum(rows.exclude(order__status="paid")),
        tuple(sorted(levels, key=lambda row: -row[1])),
    )


def _sum(rows: QuerySet[ProjectPayment]) -> int:
    return rows.aggregate(fen=Sum("amount_fen"))["fen"] or 0


def open_numbers(project: Project) -> Iterable[str]:
    return project.cases.filter(open=True).order_by("case__number").values_list("case__number", flat=True)
