"""Reading the grid as of a day: cells with their keepers, what falls in one, and what falls in none."""

from __future__ import annotations

from datetime import date

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, NullIf

from chunyu.federation.models import Organisation
from chunyu.organising.grid.tables import STATION, VILLAGE, CellKeeper, CellPlace, GridCell
from chunyu.registry.employers.queries import here_on
from chunyu.registry.employers.tables import Enterprise


def here(day: date) -> QuerySet[CellPlace]:
    """What falls in any cell on a day: firms that have not closed, villages that are not dissolved."""
    known = Q(enterprise__known_from__lte=day) & (
        Q(enterprise__closed_on__isnull=True) | Q(enterprise__closed_on__gt=day)
    )
    standing = Q(village__founded_on__lte=day) & (
        Q(village__dissolved_on__isnull=True) | Q(village__dissolved_on__gt=day)
    )
    return CellPlace.objects.as_of(day).filter(known | standing)


def cells(path: str, day: date) -> QuerySet[GridCell]:
    """Each with `keeper`, the name of who keeps it that day, and how many `firms` and `villages` fall in it."""
    keeper = CellKeeper.objects.as_of(day).filter(cell=OuterRef("pk"))
    named = keeper.annotate(called=Coalesce(NullIf(F("person"), Value("")), F("post__user__full_name")))
    rows = GridCell.objects.within(path).as_of(day).select_related("organisation")
    return rows.annotate(
        keeper=Subquery(named.values("called")[:1]),
        firms=_count(day, enterprise__isnull=False),
        villages=_count(day, village__isnull=False),
    )


def _count(day: date, **which: bool) -> Coalesce:
    found = here(day).filter(cell=OuterRef("pk"), **which).order_by().values("cell").annotate(all=Count("pk"))
    return Coalesce(Subquery(found.values("all"), output_field=IntegerField()), 0)


def firms_in_none(path: str, day: date) -> QuerySet[Enterprise]:
    """Firms under an organisation that fall in no cell on a day."""
    placed = CellPlace.objects.as_of(day).filter(enterprise=OuterRef("pk"))
    return here_on(Enterprise.objects.within(path), day).filter(~Exists(placed))


def villages_in_none(path: str, day: date) -> QuerySet[Organisation]:
    """Villages and communities under an organisation that fall in no cell on a day."""
    placed = CellPlace.objects.as_of(day).filter(village=OuterRef("pk"))
    return Organisation.objects.within(path).as_of(day).filter(~Exists(placed), kind=VILLAGE)


def in_cell(cell: GridCell, day: date) -> QuerySet[CellPlace]:
    return (
        here(day)
        .filter(cell=cell)
        .select_related("enterprise", "village")
        .order_by("village__path", "enterprise__name", "pk")
    )


def stations(path: str, day: date) -> QuerySet[Organisation]:
    return Organisation.objects.within(path).as_of(day).filter(kind=STATION).order_by("path")


def around(station: Organisation, within: str) -> str:
    """What a cell of this station may take in: all under the organisation above it, as far as the post sees."""
    above = station.parent.path if station.parent else station.path
    return max(above, within, key=len)
