"""Coverage and density of a place on a day: how many employers have a union, how many workers are members.

Employers are those with at least so many workers (建会 is asked of them first); an employer under a joint union counts
once, since it is covered by one union. Who belonged to which place is asked of the placements of that day, so that a
county that moved leaves last year's figures where they were. More members than workers is a fault in the data, shown
as such and never as a density above one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from django.db.models import Count, F, Q, QuerySet, Sum

from chunyu.accounts.below import ABOVE_COUNTY
from chunyu.federation.models import Organisation, Placement, path_end
from chunyu.registry.employers.codes import PUBLIC
from chunyu.registry.employers.queries import counted, here_on
from chunyu.registry.employers.tables import WITH_MEMBERS, Enterprise
from chunyu.registry.membership.tables import Membership

SMALLEST = 25  # workers from which a union committee is elected
Kind = Organisation.Kind


@dataclass(frozen=True)
class Measured:
    """Members against workers. Members without a count of workers beside them are a fault too."""

    members: int
    workers: int

    @property
    def faulty(self) -> bool:
        return self.members > self.workers

    @property
    def density(self) -> Fraction | None:
        return None if self.faulty or not self.workers else Fraction(self.members, self.workers)


@dataclass(frozen=True)
class Covered:
    """Employers of the size asked for, and those of them that have a union."""

    employers: int
    with_union: int

    @property
    def rate(self) -> Fraction | None:
        return Fraction(self.with_union, self.employers) if self.employers else None


@dataclass(frozen=True)
class Place:
    """The figures of one place."""

    name: str
    path: str
    coverage: Covered
    non_public: Covered
    all: Measured
    non_public_workers: Measured
    migrants: Measured
    new_forms: Measured


def placed_on(organisation: Organisation, day: date) -> str:
    """Where the organisation stood on a day; empty when it did not exist."""
    return organisation.placements.as_of(day).values_list("path", flat=True).first() or ""


def places_below(organisation: Organisation, day: date) -> list[tuple[str, str]]:
    """Name and path of the places that the figures are split by: counties under a city or the province, else the levels
    right under the organisation that bring unions together. A union with members of its own is no place: employers are
    answered for by the levels above."""
    path = placed_on(organisation, day)
    if not path:
        return []
    rows = Placement.objects.within(path).as_of(day).exclude(organisation=organisation)
    if organisation.kind in ABOVE_COUNTY:
        rows = rows.filter(organisation__kind=Kind.COUNTY_FEDERATION)
    else:
        rows = rows.filter(parent=organisation).exclude(organisation__kind__in=WITH_MEMBERS)
    return list(rows.order_by("path").values_list("name", "path"))


def measure(organisation: Organisation, day: date, smallest: int = SMALLEST) -> tuple[Place, list[Place]]:
    """The organisation as a whole, and the places below it; what lies right under the organisation, in none of the
    places, is in the whole alone. On a day on which it did not exist there is nothing."""
    then = organisation.placements.as_of(day).first()
    if then is None:
        return _place(organisation.name, "", {}, {}), []
    below = places_below(organisation, day)
    firms, members = _firms(then.path, day, smallest), _members(then.path, day)
    whole = _place(then.name, then.path, firms, members)
    return whole, [_place(name, each, firms, members) for name, each in below]


Row = dict[str, int]


def _firms(path: str, day: date, smallest: int) -> dict[str, Row]:
    """Sums over employers by the path of the organisation that answered for them on the day."""
    rows = counted(here_on(Enterprise.objects.all(), day), day)
    large, non_public = Q(workers_then__gte=smallest), ~Q(ownership__in=PUBLIC)
    union = Q(covering__isnull=False)
    sums = {
        "employers": Count("pk", filter=large),
        "with_union": Count("pk", filter=large & union),
        "employers_non_public": Count("pk", filter=large & non_public),
        "with_union_non_public": Count("pk", filter=large & non_public & union),
        "workers": Sum("workers_then", default=0),
        "workers_non_public": Sum("workers_then", filter=non_public, default=0),
        "workers_migrant": Sum("migrants", default=0),
        "workers_new_form": Sum("new_forms", default=0),
    }
    return {
        row.pop("there"): row
        for some in (_there(rows, path, day), _filed(rows, path, day))
        for row in some.values("there").annotate(**sums)
    }


def _members(path: str, day: date) -> dict[str, Row]:
    """Members of the day by the path of their union then."""
    rows = _there(Membership.objects.as_of(day), path, day)
    public = Q(worker__enterprise__isnull=True) | Q(worker__enterprise__ownership__in=PUBLIC)
    sums = rows.values("there").annotate(
        members=Count("pk"),
        members_non_public=Count("pk", filter=~public),
        members_migrant=Count("pk", filter=Q(worker__is_migrant=True)),
        members_new_form=Count("pk", filter=~Q(worker__new_form="")),
    )
    return {row.pop("there"): row for row in sums}


def _there(rows: QuerySet, path: str, day: date) -> QuerySet:
    """Rows of organisations that stood under `path` on the day, each with `there`, the path they stood at."""
    then = Q(organisation__placements__valid_to__isnull=True) | Q(organisation__placements__valid_to__gt=day)
    within = Q(organisation__placements__path__gte=path, organisation__placements__path__lt=path_end(path))
    placed = rows.filter(then, within, organisation__placements__valid_from__lte=day)
    return placed.order_by().annotate(there=F("organisation__placements__path"))


def _filed(rows: QuerySet, path: str, day: date) -> QuerySet:
    """Rows of organisations that were gone by the day, where they are filed: an employer that a merged county's
    federation answered for is answered for by the one that goes on."""
    within = Q(organisation__path__gte=path, organisation__path__lt=path_end(path))
    return rows.filter(within, organisation__dissolved_on__lte=day).order_by().annotate(there=F("organisation__path"))


def _place(name: str, path: str, firms: dict[str, Row], members: dict[str, Row]) -> Place:
    firm, member = _sum(path, firms), _sum(path, members)

    def measured(suffix: str) -> Measured:
        return Measured(member.get(f"members{suffix}", 0), firm.get(f"workers{suffix}", 0))

    return Place(
        name,
        path,
        Covered(firm.get("employers", 0), firm.get("with_union", 0)),
        Covered(firm.get("employers_non_public", 0), firm.get("with_union_non_public", 0)),
        measured(""),
        measured("_non_public"),
        measured("_migrant"),
        measured("_new_form"),
    )


def _sum(path: str, rows: dict[str, Row]) -> Row:
    total: Row = {}
    for there, row in rows.items():
        if path <= there < path_end(path):
            for name, value in row.items():
                total[name] = total.get(name, 0) + value
    return total


def more_members_than_workers(path: str, day: date) -> list[tuple[Organisation, int, int]]:
    """The unions that have more members than the employers they cover have workers: union, members, workers. What the
    data error opens."""
    firms = counted(here_on(Enterprise.objects.within(path), day), day).filter(covering__isnull=False)
    workers = _by(firms.order_by().values_list("covering").annotate(Sum("workers_then", default=0)))
    spells = Membership.objects.within(path).as_of(day).order_by()
    members = _by(spells.values_list("organisation").annotate(Count("pk")))
    wrong = [union for union, count in members.items() if union in workers and count > workers[union]]
    found = Organisation.objects.filter(pk__in=wrong).order_by("path")
    return [(each, members[each.pk], workers[each.pk]) for each in found]


def _by(pairs: Iterable[tuple[int, int]]) -> dict[int, int]:
    return dict(pairs)
