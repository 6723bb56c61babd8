"""Coverage and density of a place on a day: how many employers have a union, how many workers are members.

Employers are those with at least so many workers (建会 is asked of them first); an employer under a joint union counts
once, since it is covered by one union. Who belonged to which place is asked of the placements of that day, so that a
county that moved leaves last year's figures where they were. More members than workers is a fault in the data, shown
as such and never as a density above one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from chunyu.accounts.below import ABOVE_COUNTY
from chunyu.accounts.clock import today
from chunyu.federation.models import Organisation, Placement, path_end
from chunyu.organising.coverage.firms import Added, Row, added_up
from chunyu.registry.employers.tables import WITH_MEMBERS
from chunyu.registry.membership.queries import (
    members_in_groups,
    members_in_groups_on,
    members_under_on,
)

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
    """The figures of one place; members of the groups for the whole alone."""

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
    found = over_days(organisation, [day], smallest)
    return found.whole, found.places


Rates = tuple[Fraction | None, Fraction | None]


Wrong = list[tuple[Organisation, int, int]]


@dataclass(frozen=True)
class Years:
    """An organisation over days: as a whole and by place on the last of them, coverage and density on each, and what is
    wrong with the data of the last."""

    whole: Place
    places: list[Place]
    rates: list[Rates]
    wrong: Wrong


def over_days(organisation: Organisation, days: Sequence[date], smallest: int = SMALLEST) -> Years:
    """What `measure` tells of the last of the days, and coverage and density of the whole on each of them."""
    stood = [placed_on(organisation, each) for each in days]
    day, path = days[-1], stood[-1]
    below = places_below(organisation, day) if path else []
    firms: dict[date, dict[int, Row]] = {}
    there: Added | None = None
    for placed in {each for each in stood if each}:
        # The edges of one place end where the next begins, or before it.
        edges = [edge for _, each in below for edge in (each, path_end(each))] if placed == path else []
        on = [each for each, then in zip(days, stood, strict=True) if then == placed]
        added = added_up(placed, on, smallest, edges or [placed])
        firms |= added.firms
        there = added if placed == path else there
    rates = [_rates(organisation, each, _whole(firms.get(each, {}))) for each in days]
    if there is None:
        return Years(_place(organisation.name, "", {}, {}), [], rates, [])
    in_all = {"members": sum(there.members.values())} | {
        f"members_{name}": count for name, count in _groups(organisation, path, day).items()
    }
    name = organisation.placements.as_of(day).values_list("name", flat=True)[0]
    places = [
        _place(name, each, firms[day].get(at, {}), {"members": there.members.get(at, 0)})
        for at, (name, each) in zip(range(1, 2 * len(below), 2), below, strict=True)
    ]
    return Years(_place(name, path, _whole(firms[day]), in_all), places, rates, _named(there.faulty))


def _rates(organisation: Organisation, day: date, firm: Row) -> Rates:
    members = Measured(members_under_on(organisation, day), firm.get("workers", 0))
    return Covered(firm.get("employers", 0), firm.get("with_union", 0)).rate, members.density


def _groups(organisation: Organisation, path: str, day: date) -> Row:
    """Members of the day in non-public firms, migrants and in new forms of work."""
    if day >= today() and path == organisation.path:
        return members_in_groups(path)
    return members_in_groups_on(organisation, day)


def _whole(places: dict[int, Row]) -> Row:
    total: Row = {}
    for row in places.values():
        for name, value in row.items():
            total[name] = total.get(name, 0) + value
    return total


def _place(name: str, path: str, firm: Row, member: Row) -> Place:
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


def more_members_than_workers(organisation: Organisation, day: date) -> Wrong:
    """The unions that have more members than the employers they cover have workers: union, members, workers. What the
    data error opens."""
    return over_days(organisation, [day]).wrong


def _named(faulty: dict[int, tuple[int, int]]) -> Wrong:
    found = Organisation.objects.filter(pk__in=faulty).order_by("path")
    return [(each, *faulty[each.pk]) for each in found]
