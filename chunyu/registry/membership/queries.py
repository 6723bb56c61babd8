"""Counting members: of any organisation and everything under it, today and on any day past."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.db.models import Exists, Max, Min, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, Substr

from chunyu.accounts.acting import Acting
from chunyu.federation.models import Organisation, path_end
from chunyu.registry import names
from chunyu.registry.membership import grouping
from chunyu.registry.membership.tables import MemberCount, Membership, MemberTally, Worker


def members_under(path: str) -> int:
    """How many members the organisation at `path` and all under it have now."""
    return MemberCount.objects.within(path).aggregate(found=Coalesce(Sum("members"), 0))["found"]


# Whose they were on that day is asked of the placements: a county that moved since was under its old city then. Whole
# years stand in the tallies, and are added up from the beginning or taken off today's number, whichever are fewer; the
# days between the day and the nearer end of its own year are counted from the memberships.
_THERE = """
    WITH there AS MATERIALIZED (
        SELECT organisation_id, path FROM federation_placement
        WHERE path >= %(path)s AND path < %(end)s
            AND valid_from <= %(day)s AND (valid_to IS NULL OR valid_to > %(day)s)
    ), counted (organisation_id, path, members) AS (
        {whole_years}
        UNION ALL
        SELECT organisation_id, path, {sign} count(*) FROM registry_membership JOIN there USING (organisation_id)
        WHERE valid_from BETWEEN %(first)s AND %(last)s GROUP BY 1, 2
        UNION ALL
        SELECT organisation_id, path, -({sign} count(*)) FROM registry_membership JOIN there USING (organisation_id)
        WHERE valid_to BETWEEN %(first)s AND %(last)s GROUP BY 1, 2
    )
"""
_FORWARD = """
    SELECT organisation_id, path, begun - ended
    FROM registry_membertally JOIN there USING (organisation_id) WHERE year <= %(year)s
"""
_BACKWARD = """
    SELECT organisation_id, path, members FROM registry_membercount JOIN there USING (organisation_id)
    UNION ALL
    SELECT organisation_id, path, ended - begun
    FROM registry_membertally JOIN there USING (organisation_id) WHERE year > %(year)s
"""
_PLACES = """
    SELECT width_bucket(path COLLATE "C", %(edges)s::text[] COLLATE "C") AS place, sum(members)::bigint
    FROM counted GROUP BY 1
"""


# The same for the sum alone: each part is added up where it is read, by several processes for a whole province.
_PLACED = """
    JOIN federation_placement AS place ON place.organisation_id = part.organisation_id
    AND place.path >= %(path)s AND place.path < %(end)s
    AND place.valid_from <= %(day)s AND (place.valid_to IS NULL OR place.valid_to > %(day)s)
"""
_SUM = f"""
    SELECT {{whole_years}}
    + {{sign}} (SELECT count(*) FROM registry_membership AS part {_PLACED}
        WHERE part.valid_from BETWEEN %(first)s AND %(last)s)
    - {{sign}} (SELECT count(*) FROM registry_membership AS part {_PLACED}
        WHERE part.valid_to BETWEEN %(first)s AND %(last)s)
"""  # noqa: S608 - put together from constants
_SUM_FORWARD = f"""
    (SELECT coalesce(sum(begun - ended), 0) FROM registry_membertally AS part {_PLACED} WHERE year <= %(year)s)
"""  # noqa: S608 - put together from constants
_SUM_BACKWARD = f"""
    (SELECT coalesce(sum(members), 0) FROM registry_membercount AS part {_PLACED})
    - (SELECT coalesce(sum(begun - ended), 0) FROM registry_membertally AS part {_PLACED} WHERE year > %(year)s)
"""  # noqa: S608 - put together from constants


def members_under_on(organisation: Organisation, day: date) -> int:
    """How many members the organisation and all that was under it then had on a day past; who left with a reason is
    not among them from that day on."""
    placed = organisation.placements.as_of(day).values_list("path", flat=True).first()
    if placed is None:
        return 0
    forward, sign, asked = _nearer_end(placed, day)
    query = _SUM.format(whole_years=_SUM_FORWARD if forward else _SUM_BACKWARD, sign=sign)
    with connection.cursor() as cursor:
        cursor.execute(query, asked)
        return int(cursor.fetchone()[0])


def counted_there(placed: str, day: date) -> tuple[str, dict[str, Any]]:
    """The beginning of a statement in which `counted` has the members of the unions that stood under a path on a day
    (organisation_id, path, members; several rows of one add up), and what it is asked with."""
    forward, sign, asked = _nearer_end(placed, day)
    return _THERE.format(whole_years=_FORWARD if forward else _BACKWARD, sign=sign), asked


def members_of_places_on(placed: str, day: date, edges: Sequence[str]) -> dict[int, int]:
    """Members under a path on a day by place: `edges` are the first path of each place and the first behind it, in
    order; between edge n and the next lies place n."""
    counted, asked = counted_there(placed, day)
    with connection.cursor() as cursor:
        cursor.execute(counted + _PLACES, asked | {"edges": list(edges)})
        return dict(cursor.fetchall())


# Spells that touch the days of the year itself, and those of workers who came into a group or went out of it on them.
_NEAR = f"""
    WITH near AS MATERIALIZED (
        SELECT part.organisation_id, part.worker_id, part.valid_from, part.valid_to
        FROM registry_membership AS part {_PLACED} WHERE part.valid_from BETWEEN %(first)s AND %(last)s
        UNION ALL
        SELECT part.organisation_id, part.worker_id, part.valid_from, part.valid_to
        FROM registry_membership AS part {_PLACED} WHERE part.valid_to BETWEEN %(first)s AND %(last)s
            AND part.valid_from NOT BETWEEN %(first)s AND %(last)s
        UNION ALL
        SELECT part.organisation_id, part.worker_id, part.valid_from, part.valid_to
        FROM registry_membership AS part {_PLACED} WHERE part.valid_from NOT BETWEEN %(first)s AND %(last)s
            AND (part.valid_to IS NULL OR part.valid_to NOT BETWEEN %(first)s AND %(last)s) AND part.worker_id IN (
                SELECT worker_id FROM registry_groupchange WHERE turned_on BETWEEN %(first)s AND %(last)s
            )
    )
    SELECT {grouping.SUMS} FROM ({grouping.days("near")}) AS counted WHERE day BETWEEN %(first)s AND %(last)s
"""  # noqa: S608 - put together from constants
_TALLIED = f"""
    SELECT {", ".join(f"coalesce(sum(part.{name}), 0)" for name in grouping.NAMES)}
    FROM registry_membertally AS part {_PLACED} WHERE year
"""  # noqa: S608 - put together from constants
_GOING_ON = f"""
    SELECT {", ".join(f"coalesce(sum(part.{name}), 0)" for name in grouping.NAMES)}
    FROM registry_membercount AS part {_PLACED}
"""  # noqa: S608 - put together from constants


def members_in_groups(path: str) -> dict[str, int]:
    """How many members the organisation at `path` and all under it have now in each group (`MemberGroup`)."""
    asked = {name: Coalesce(Sum(name), 0) for name in grouping.NAMES}
    return MemberCount.objects.within(path).order_by().aggregate(**asked)


def members_in_groups_on(organisation: Organisation, day: date) -> dict[str, int]:
    """The same on a day past: whoever came into a group later is not in it, whoever went out of it later is."""
    placed = organisation.placements.as_of(day).values_list("path", flat=True).first()
    if placed is None:
        return dict.fromkeys(grouping.NAMES, 0)
    forward, sign, asked = _nearer_end(placed, day)
    parts = [(1, _TALLIED + "<= %(year)s")] if forward else [(1, _GOING_ON), (-1, _TALLIED + "> %(year)s")]
    if asked["first"] <= asked["last"]:
        parts.append((-1 if sign else 1, _NEAR))
    found = dict.fromkeys(grouping.NAMES, 0)
    with connection.cursor() as cursor:
        for times, query in parts:
            cursor.execute(query, asked)
            for name, count in zip(grouping.NAMES, cursor.fetchone(), strict=True):
                found[name] += times * int(count)
    return found


def _nearer_end(placed: str, day: date) -> tuple[bool, str, dict[str, Any]]:
    """Whether the years are added up from the beginning, the sign of the days of the year itself, and what is asked."""
    first, last = MemberTally.objects.aggregate(first=Min("year"), last=Max("year")).values()
    # Later years have more tallies: there were more unions then, and more came to them.
    forward = first is not None and day.year - first < (last - first) * 0.6
    early = day.timetuple().tm_yday <= 183
    asked = {"path": placed, "end": path_end(placed), "day": day, "year": day.year - early}
    if early:
        asked |= {"first": date(day.year, 1, 1), "last": day}
    else:
        asked |= {"first": day + timedelta(days=1), "last": date(day.year, 12, 31)}
    return forward, "" if early else "-", asked


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
