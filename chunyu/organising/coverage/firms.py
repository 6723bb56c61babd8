"""Employers of a place and the members in them added up by the database, on several days in one reading of them.

How long an employer counted as it did is a piece of time: where it stood, and its last count of workers, from a day
until the next. Whatever is asked of a day is asked of the pieces that hold it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from chunyu.registry.employers.codes import PUBLIC
from chunyu.registry.membership.queries import counted_there

Row = dict[str, int]

# Written so that the planner knows that nearly all are: as a join, none seemed to be.
_STANDING = """
    (headcount.batch_id IS NULL OR headcount.batch_id NOT IN (
        SELECT id FROM registry_importbatch WHERE undone_at IS NOT NULL
    ))
"""
# A union that existed then, and not on paper only, covered the employer.
_COVERS = """
    cover.valid_from <= %({0})s AND (cover.valid_to IS NULL OR cover.valid_to > %({0})s)
    AND (own.dissolved_on IS NULL OR own.dissolved_on > %({0})s) AND cover.union_id NOT IN (
        SELECT organisation_id FROM registry_shellspell
        WHERE valid_from <= %({0})s AND (valid_to IS NULL OR valid_to > %({0})s)
    )
"""
_HERE = "since <= %({0})s AND (until IS NULL OR until > %({0})s)"
# An employer that a merged county's federation answered for is answered for by the one that goes on, where the other is
# filed. `there` and `counted` are those of the members of the last day.
_PIECES = """
    , stood AS MATERIALIZED (
        SELECT organisation_id, width_bucket(path COLLATE "C", %(edges)s::text[] COLLATE "C") AS place,
            valid_from AS since, valid_to AS until
        FROM federation_placement
        WHERE path >= %(path)s AND path < %(end)s
            AND valid_from <= %(latest)s AND (valid_to IS NULL OR valid_to > %(earliest)s)
        UNION ALL
        SELECT id, width_bucket(path COLLATE "C", %(edges)s::text[] COLLATE "C"), dissolved_on, NULL
        FROM federation_organisation WHERE path >= %(path)s AND path < %(end)s AND dissolved_on <= %(latest)s
    ), firm AS MATERIALIZED (
        SELECT firm.id, stood.place, firm.ownership <> ALL(%(public)s) AS non_public,
            greatest(stood.since, firm.known_from) AS since, least(stood.until, firm.closed_on) AS until
        FROM stood JOIN registry_enterprise AS firm USING (organisation_id)
    ), latest AS MATERIALIZED (
        SELECT enterprise_id, workers, migrant_workers, new_form_workers, counted_on AS since,
            lag(counted_on) OVER (PARTITION BY enterprise_id ORDER BY counted_on DESC, recorded_at DESC) AS until
        FROM registry_headcount AS headcount WHERE counted_on <= %(latest)s {theirs} AND {standing}
    ), covered AS MATERIALIZED (
        SELECT cover.enterprise_id, max(cover.union_id) FILTER (WHERE {covers}) AS union_id, {covered}
        FROM registry_unioncover AS cover JOIN federation_organisation AS own ON own.id = cover.union_id
        WHERE cover.valid_from <= %(latest)s {theirs}
        GROUP BY 1
    ), piece AS (
        SELECT firm.place, firm.non_public, latest.workers, latest.migrant_workers, latest.new_form_workers,
            greatest(firm.since, latest.since) AS since, least(firm.until, latest.until) AS until, {flags}
        FROM firm JOIN latest ON latest.enterprise_id = firm.id LEFT JOIN covered ON covered.enterprise_id = firm.id
    ), of_union AS (
        SELECT covered.union_id, coalesce(sum(latest.workers), 0) AS workers
        FROM firm JOIN covered ON covered.enterprise_id = firm.id AND covered.union_id IS NOT NULL
        LEFT JOIN latest ON latest.enterprise_id = firm.id AND latest.{here_now}
        WHERE firm.since <= %(latest)s AND (firm.until IS NULL OR firm.until > %(latest)s)
        GROUP BY 1
    ), told AS MATERIALIZED (
        SELECT organisation_id, path, sum(members) AS members FROM counted GROUP BY 1, 2
    )
    SELECT 'firms', place, ARRAY[{sums}] FROM piece GROUP BY place
    UNION ALL
    SELECT 'members', width_bucket(path COLLATE "C", %(edges)s::text[] COLLATE "C") AS place, ARRAY[sum(members)]
    FROM told GROUP BY place
    UNION ALL
    SELECT 'faulty', union_id, ARRAY[members, workers]
    FROM of_union JOIN told ON told.organisation_id = of_union.union_id WHERE members > workers
"""
_SUMS = {
    "employers": "count(*) FILTER (WHERE {here} AND {large})",
    "with_union": "count(*) FILTER (WHERE {here} AND {large} AND covered_{day})",
    "employers_non_public": "count(*) FILTER (WHERE {here} AND {large} AND non_public)",
    "with_union_non_public": "count(*) FILTER (WHERE {here} AND {large} AND non_public AND covered_{day})",
    "workers": "coalesce(sum(workers) FILTER (WHERE {here}), 0)",
    "workers_non_public": "coalesce(sum(workers) FILTER (WHERE {here} AND non_public), 0)",
    "workers_migrant": "coalesce(sum(migrant_workers) FILTER (WHERE {here}), 0)",
    "workers_new_form": "coalesce(sum(new_form_workers) FILTER (WHERE {here}), 0)",
}


@dataclass(frozen=True)
class Added:
    """Sums over the employers of each day by place; members of the last day by place; and the unions that on it had
    more members than their employers had workers (key: members, workers)."""

    firms: dict[date, dict[int, Row]]
    members: dict[int, int]
    faulty: dict[int, tuple[int, int]]


def added_up(path: str, days: Sequence[date], smallest: int, edges: Sequence[str]) -> Added:
    """What stood under a path on the days, which are in order. `edges` are the first path of each place and the first
    behind it, in order; between edge n and the next lies place n."""
    names = [f"day{at}" for at in range(len(days))]
    counted, asked = counted_there(path, days[-1])
    sums = ", ".join(
        expression.format(here=_HERE.format(name), large="workers >= %(smallest)s", day=name)
        for name in names
        for expression in _SUMS.values()
    )
    pieces = _PIECES.format(
        standing=_STANDING,
        # Of a whole province nothing has to be left out.
        theirs="AND enterprise_id IN (SELECT id FROM firm)" if path.count(".") > 1 else "",
        covers=_COVERS.format("latest"),
        covered=", ".join(f"bool_or({_COVERS.format(name)}) AS covered_{name}" for name in names),
        flags=", ".join(f"covered_{name}" for name in names),
        here_now="since <= %(latest)s AND (latest.until IS NULL OR latest.until > %(latest)s)",
        sums=sums,
    )
    mine: dict[str, Any] = {
        "edges": list(edges), "smallest": smallest, "public": sorted(PUBLIC),
        "earliest": min(days), "latest": days[-1], **dict(zip(names, days, strict=True)),
    }  # fmt: skip
    added = Added({day: {} for day in days}, {}, {})
    with connection.cursor() as cursor:
        cursor.execute(counted + pieces, asked | mine)
        for what, key, values in cursor.fetchall():
            numbers = [int(each) for each in values]
            if what == "members":
                added.members[key] = numbers[0]
            elif what == "faulty":
                added.faulty[key] = (numbers[0], numbers[1])
            else:
                for at, day in enumerate(days):
                    of_day = numbers[at * len(_SUMS) : (at + 1) * len(_SUMS)]
                    added.firms[day][key] = dict(zip(_SUMS, of_day, strict=True))
    return added
