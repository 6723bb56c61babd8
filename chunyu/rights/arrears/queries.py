"""Reading matters of wages owed: lists within a subtree, the board before the festival, workers named twice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Left

from chunyu.accounts.acting import Acting
from chunyu.casework.models import Case, DepartmentTask
from chunyu.federation.models import Organisation, path_end
from chunyu.rights.arrears.states import NAME
from chunyu.rights.arrears.tables import ArrearsClaim, ArrearsMatter, ArrearsWorker
from chunyu.wall.scope import beyond_scope


def matter_of(case: Case) -> ArrearsMatter:
    """The matter of a case, as it stands now."""
    return ArrearsMatter.objects.get(case=case)


def matters(acting: Acting) -> QuerySet[ArrearsMatter]:
    """Those of the subtree whose cases are open to the post."""
    cases = Case.objects.open_to(acting).filter(process=NAME)
    rows = ArrearsMatter.objects.within(acting.path).select_related("case", "organisation")
    # A confidential case is open to few; the others need no second look.
    return rows.filter(Q(case__confidential=False) | Q(case__in=cases.filter(confidential=True)))


def with_rest(rows: QuerySet[ArrearsMatter]) -> QuerySet[ArrearsMatter]:
    return rows.annotate(rest_fen=F("owed_fen") - F("paid_fen") - F("written_off_fen"))


def workers(matter: ArrearsMatter) -> QuerySet[ArrearsWorker]:
    """The lines with their last claim, and whether somebody else claims the same days."""
    last = ArrearsClaim.objects.filter(worker=OuterRef("pk")).order_by("-version")
    rows = matter.workers.annotate(
        rest_fen=F("owed_fen") - F("paid_fen") - F("written_off_fen"),
        **{f"last_{name}": Subquery(last.values(name)[:1]) for name in ("version", "half_days", "rate_fen", "proof")},
        first_day=Subquery(last.values("from_day")[:1]),
        last_day=Subquery(last.values("to_day")[:1]),
    )
    return rows.annotate(twice=Exists(_same_days()))


def _same_days() -> QuerySet[ArrearsClaim]:
    """A claim that counts, of the same person in another matter that was not dropped, for some of the same days."""
    later = ArrearsClaim.objects.filter(worker=OuterRef("worker"), version__gt=OuterRef("version"))
    return (
        ArrearsClaim.objects.filter(
            worker__id_number_index=OuterRef("id_number_index"),
            owed_fen__gt=0,
            from_day__lte=OuterRef("last_day"),
            to_day__gte=OuterRef("first_day"),
        )
        .exclude(worker__matter=OuterRef("matter"))
        .exclude(worker__matter__case__state__in=("joined", "unfounded"))
        .exclude(Exists(later))
    )


def named_twice(acting: Acting, matter: ArrearsMatter) -> list[tuple[ArrearsWorker, list[str]]]:
    """Who stands in another case for the same days, and its number; of a case that the post does not see the county
    alone."""
    found = []
    with beyond_scope("duplicate-stop"):
        for worker in workers(matter).filter(twice=True, owed_fen__gt=0):
            others = ArrearsMatter.objects.filter(
                workers__id_number_index=worker.id_number_index, workers__owed_fen__gt=0
            ).exclude(pk=matter.pk)
            told = [
                each.case.number if acting.sees(each.scope_path) else each.organisation.region.name
                for each in others.select_related("case", "organisation__region").distinct()
            ]
            found.append((worker, told))
    return found


def in_area(rows: QuerySet[ArrearsMatter], organisation: int) -> QuerySet[ArrearsMatter]:
    """Those of one organisation and everything below it."""
    area = Organisation.objects.filter(pk=organisation).first()
    return rows.filter(scope_path__gte=area.path, scope_path__lt=path_end(area.path)) if area else rows.none()


def with_lines(matter: ArrearsMatter) -> ArrearsMatter:
    """With everything that the case page shows, in as few queries as there are tables."""
    return (
        ArrearsMatter.objects.select_related("case", "organisation")
        .prefetch_related("measures__by__user", Prefetch("payouts"), "payouts__witnesses", "payouts__payments")
        .get(pk=matter.pk)
    )


@dataclass
class Area:
    """One line of the board: a city, or a county where the post stands in one."""

    organisation: Organisation
    cases: int = 0
    overdue: int = 0
    workers: int = 0
    owed_fen: int = 0
    paid_fen: int = 0
    written_off_fen: int = 0
    late_answers: int = 0

    @property
    def remaining_fen(self) -> int:
        return self.owed_fen - self.paid_fen - self.written_off_fen


@dataclass
class Board:
    """Everything still open, by area."""

    areas: list[Area] = field(default_factory=list)

    def total(self, name: str) -> int:
        return sum(getattr(each, name) for each in self.areas)


def board(acting: Acting) -> Board:
    """Open cases of each area right below the post's organisation, with what is owed and what is late."""
    below = list(
        Organisation.objects.as_of(acting.day).filter(parent=acting.organisation).order_by("region__code", "pk")
    )
    areas = {each.path: Area(each) for each in (acting.organisation, *below)}
    rows = matters(acting).filter(case__closed_on__isnull=True)
    # Paths of one level are of one length, but for numbers beyond a million.
    for length in sorted({len(each.path) for each in below} or {len(acting.path)}):
        for found in _summed(rows, length, acting.day):
            if found["area"] in areas:
                _fill(areas[found["area"]], found)
    for path, count in late_answers(acting).items():
        holder = max((each for each in areas if path.startswith(each)), key=len)
        areas[holder].late_answers += count
    return Board([each for each in areas.values() if each.cases or each.late_answers])


def _summed(rows: QuerySet[ArrearsMatter], length: int, day: date) -> Iterable[dict[str, Any]]:
    return (
        rows.order_by()
        .annotate(area=Left("scope_path", length))
        .values("area")
        .annotate(
            cases=Count("pk"),
            overdue=Count("pk", Q(case__due_on__lt=day)),
            workers=Sum("owed_to"),
            owed=Sum("owed_fen"),
            paid=Sum("paid_fen"),
            written_off=Sum("written_off_fen"),
        )
    )


def _fill(area: Area, found: dict[str, Any]) -> None:
    area.cases, area.overdue, area.workers = found["cases"], found["overdue"], found["workers"]
    area.owed_fen, area.paid_fen, area.written_off_fen = found["owed"], found["paid"], found["written_off"]


def late_answers(acting: Acting) -> dict[str, int]:
    """Questions to departments that are overdue, by the path of the case's organisation."""
    rows = DepartmentTask.objects.filter(
        case__process=NAME,
        case__closed_on__isnull=True,
        case__in=Case.objects.open_to(acting),
        replied_on__isnull=True,
        due_on__lt=acting.day,
    )
    return dict(rows.order_by().values_list("case__scope_path").annotate(count=Count("pk")))


def keys_by_number(matter: ArrearsMatter) -> dict[bytes, UUID]:
    """The lines of a matter by the blind index of the ID number."""
    return {bytes(index): key for index, key in matter.workers.values_list("id_number_index", "pk")}
