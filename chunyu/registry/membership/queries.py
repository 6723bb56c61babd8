"""Counting members: of any organisation and everything under it, today and on any day past."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.db.models import Exists, Min, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, Substr

from chunyu.accounts.acting import Acting
from chunyu.federation.models import Organisation, path_end
from chunyu.registry import names
from chunyu.registry.membership import grouping
from chunyu.registry.membership.tables import MemberCount, Membership, MemberTally, Worker


def members_under(path: str) -> int:
    """How many members the organisation at `path` and all under it have now."""
    return MemberCount.objects.within(path).aggregate(found=Coalesce(Sum("members"), 0))["found"]


# Whose they were on that day is asked of the placements: a county that moved since was under its old city then. How
# many there were at the end of a year stands in its tally, or in the last one before it; the days between the day and
# the nearer end of its own year are added or taken off.
_YEARS_END = "year = ANY(%(years)s) AND next_year > %(year)s"
_DAYS_BETWEEN = "day BETWEEN %(first)s AND %(last)s"
_THERE = f"""
    WITH there AS MATERIALIZED (
        SELECT organisation_id, path FROM federation_placement
        WHERE path >= %(path)s AND path < %(end)s
            AND valid_from <= %(day)s AND (valid_to IS NULL OR valid_to > %(day)s)
    ), counted (organisation_id, path, members) AS (
        SELECT organisation_id, path, members_after
        FROM registry_membertally JOIN there USING (organisation_id) WHERE {_YEARS_END}
        UNION ALL
        SELECT organisation_id, path, %(sign)s * (begun - ended)
        FROM registry_memberday JOIN there USING (organisation_id) WHERE {_DAYS_BETWEEN}
    )
"""  # noqa: S608 - put together from constants
# The same for sums alone: each part is added up where it is read, by several processes for a whole province.
_PLACED = """
    JOIN federation_placement AS place ON place.organisation_id = part.organisation_id
    AND place.path >= %(path)s AND place.path < %(end)s
    AND place.valid_from <= %(day)s AND (place.valid_to IS NULL OR place.valid_to > %(day)s)
"""


def members_under_on(organisation: Organisation, day: date) -> int:
    """How many members the organisation and all that was under it then had on a day past; who left with a reason is
    not among them from that day on."""
    return _sums_on(organisation, day, ["members_after"], ["begun - ended"])[0]


def _sums_on(organisation: Organisation, day: date, after: Sequence[str], changes: Sequence[str]) -> list[int]:
    """Columns of the tallies as they were at the nearer end of the year, with the changes of the days between."""
    placed = organisation.placements.as_of(day).values_list("path", flat=True).first()
    if placed is None:
        return [0] * len(after)
    asked = _nearer_end(placed, day)
    found = [0] * len(after)
    with connection.cursor() as cursor:
        for sign, table, columns, when in (
            (1, "registry_membertally", after, _YEARS_END),
            (asked["sign"], "registry_memberday", changes, _DAYS_BETWEEN),
        ):
            sums = ", ".join(f"coalesce(sum({each}), 0)" for each in columns)
            cursor.execute(f"SELECT {sums} FROM {table} AS part {_PLACED} WHERE {when}", asked)  # noqa: S608 - constants
            found = [had + sign * int(more) for had, more in zip(found, cursor.fetchone(), strict=True)]
    return found


def counted_there(placed: str, day: date) -> tuple[str, dict[str, Any]]:
    """The beginning of a statement in which `counted` has the members of the unions that stood under a path on a day
    (organisation_id, path, members; several rows of one add up), and what it is asked with."""
    return _THERE, _nearer_end(placed, day)


def members_in_groups(path: str) -> dict[str, int]:
    """How many members the organisation at `path` and all under it have now in each group (`MemberGroup`)."""
    asked = {name: Coalesce(Sum(name), 0) for name in grouping.NAMES}
    return MemberCount.objects.within(path).order_by().aggregate(**asked)


def members_in_groups_on(organisation: Organisation, day: date) -> dict[str, int]:
    """The same on a day past: whoever came into a group later is not in it, whoever went out of it later is."""
    found = _sums_on(organisation, day, [f"{name}_after" for name in grouping.NAMES], grouping.NAMES)
    return dict(zip(grouping.NAMES, found, strict=True))


def _nearer_end(placed: str, day: date) -> dict[str, Any]:
    """What is asked of a day: the year that is over at the nearer end of its own, the days between, and whether they
    are added (1) or taken off (-1)."""
    early = day.timetuple().tm_yday <= 183
    first, last = (date(day.year, 1, 1), day) if early else (day + timedelta(days=1), date(day.year, 12, 31))
    year = day.year - early
    began = MemberTally.objects.aggregate(first=Min("year"))["first"] or year
    return {
        "path": placed, "end": path_end(placed), "day": day, "year": year, "years": list(range(began, year + 1)),
        "first": first, "last": last, "sign": 1 if early else -1,
    }  # fmt: skip


def members_of_each(organisations: Iterable[int]) -> dict[int, int]:
    """The members that each of these unions has itself, now."""
    counts = MemberCount.objects.filter(organisation__in=list(organisations))
    return dict(counts.values_list("organisation", "members"))


def workers(acting: Acting, day: date | None = None) -> QuerySet[Worker]:
    """The workers on record in the post's subtree: with a day, those who were members of a union there on it."""
    rows = Worker.objects.within(acting.path)
    if day is None:
        return rows
    then = Membership.objects.within(acting.path).as_of(day).filter(worker=OuterRef("pk"))
    return Worker.objects.filter(Exists(then))


def named(rows: QuerySet[Worker], text: str) -> QuerySet[Worker]:
    """Narrowed to a name: its characters from the first or the second on, its spelling, or its initials."""
    first, second = _ways(text)
    return rows.alias(given=Substr("name", 2)).filter(first | second)


def named_ranges(rows: QuerySet[Worker], text: str) -> list[QuerySet[Worker]]:
    """The same in two parts, each of which one index finds and puts in order."""
    return [rows.alias(given=Substr("name", 2)).filter(way) for way in _ways(text)]


def of_one_character(
    rows: QuerySet[Worker], character: str, counted: int
) -> tuple[list[tuple[QuerySet[Worker], bool]], bool]:
    """The same for a single character, which a million may have: each part with whether it is read in the order of the
    alphabet, and whether they are more than `counted` together. Where there are many, walking along the alphabet meets
    a page of them at once: those of a family name stand together there, under each of its readings. Where there are
    few, they are found and put in order."""
    family, given = named_ranges(rows, character)
    many = [each.order_by().values("pk")[: counted + 1].count() > counted for each in (family, given)]
    if not many[0]:
        return [(family, False), (given, many[1])], many[1]
    # What is seldom spelled so would be met too late on the way: it is found by the characters.
    spelled = [family.filter(spelling__startswith=reading) for reading in names.readings(character)]
    return [*((each, at == 0) for at, each in enumerate(spelled)), (given, many[1])], True


def _ways(text: str) -> tuple[Q, Q]:
    bare = "".join(text.split())
    if not bare.isascii():
        return Q(name__startswith=bare), Q(given__startswith=bare)
    return Q(spelling__startswith=bare.lower()), Q(initials=bare.lower())
