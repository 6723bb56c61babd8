"""Employers of a place added up by the database, on several days in one reading of them.

How long an employer counted as it did is a piece of time: where it stood, and its last count of workers, from a day
until the next. Whatever is asked of a day is asked of the pieces that hold it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import connection

from chunyu.federation.models import path_end
from chunyu.registry.employers.codes import PUBLIC
from chunyu.registry.membership.queries import counted_there

Row = dict[str, int]

# Written so that the planner knows that nearly all are: as a join, none seemed to be.
_STANDING = """
    (headcount.batch_id IS NULL OR headcount.batch_id NOT IN (
        SELECT id FROM registry_importbatch WHERE undone_at IS NOT NULL
    ))
"""
# Whether a union covered the employer then that existed, and not on paper only.
_COVERED = """
    bool_or(cover.valid_from <= %({0})s AND (cover.valid_to IS NULL OR cover.valid_to > %({0})s)
        AND (own.dissolved_on IS NULL OR own.dissolved_on > %({0})s)
        AND cover.union_id NOT IN (
            SELECT organisation_id FROM registry_shellspell
            WHERE valid_from <= %({0})s AND (valid_to IS NULL OR valid_to > %({0})s)
        )) AS covered_{0}
"""
# An employer that a merged county's federation answered for is answered for by the one that goes on, where the other is
# filed.
_PIECES = """
    WITH there AS MATERIALIZED (
        SELECT organisation_id, width_bucket(path COLLATE "C", %(edges)s::text[] COLLATE "C") AS place,
            valid_from AS since, valid_to AS until
        FROM federation_placement
        WHERE path >= %(path)s AND path < %(end)s
            AND valid_from <= %(last)s AND (valid_to IS NULL OR valid_to > %(first)s)
        UNION ALL
        SELECT id, width_bucket(path COLLATE "C", %(edges)s::text[] COLLATE "C"), dissolved_on, NULL
        FROM federation_organisation WHERE path >= %(path)s AND path < %(end)s AND dissolved_on <= %(last)s
    ), firm AS MATERIALIZED (
        SELECT firm.id, there.place, firm.ownership <> ALL(%(public)s) AS non_public,
            greatest(there.since, firm.known_from) AS since, least(there.until, firm.closed_on) AS until
        FROM there JOIN registry_enterprise AS firm USING (organisation_id)
    ), counted AS (
        SELECT enterprise_id, workers, migrant_workers, new_form_workers, counted_on AS since,
            lead(counted_on) OVER (PARTITION BY enterprise_id ORDER BY counted_on, recorded_at) AS until
        FROM registry_headcount AS headcount
        WHERE counted_on <= %(last)s AND enterprise_id IN (SELECT id FROM firm) AND {standing}
    ), covered AS (
        SELECT cover.enterprise_id, {covered}
        FROM registry_unioncover AS cover JOIN federation_organisation AS own ON own.id = cover.union_id
        WHERE cover.enterprise_id IN (SELECT id FROM firm) AND cover.valid_from <= %(last)s
        GROUP BY 1
    ), piece AS (
        SELECT firm.place, firm.non_public, counted.workers, counted.migrant_workers, counted.new_form_workers,
            greatest(firm.since, counted.since) AS since, least(firm.until, counted.until) AS until, {flags}
        FROM firm JOIN counted ON counted.enterprise_id = firm.id LEFT JOIN covered ON covered.enterprise_id = firm.id
    )
    SELECT place, {sums} FROM piece GROUP BY place
"""
_HERE = "since <= %({0})s AND (until IS NULL OR until > %({0})s)"
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


def firms_on(path: str, days: Sequence[date], smallest: int, edges: Sequence[str]) -> dict[date, dict[int, Row]]:
    """Sums over the employers under a path on each of the days, by place: `edges` are the first path of each place and
    the first behind it, in order; between edge n and the next lies place n."""
    names = [f"day{at}" for at in range(len(days))]
    covered = ", ".join(_COVERED.format(name) for name in names)
    sums = ", ".join(
        expression.format(here=_HERE.format(name), large="workers >= %(smallest)s", day=name)
        for name in names
        for expression in _SUMS.values()
    )
    query = _PIECES.format(
        standing=_STANDING, covered=covered, flags=", ".join(f"covered_{name}" for name in names), sums=sums
    )
    asked: dict[str, Any] = {
        "path": path, "end": path_end(path), "edges": list(edges), "smallest": smallest, "public": sorted(PUBLIC),
        "first": min(days), "last": max(days), **dict(zip(names, days, strict=True)),
    }  # fmt: skip
    found: dict[date, dict[int, Row]] = {day: {} for day in days}
    with connection.cursor() as cursor:
        cursor.execute(query, asked)
        for place, *values in cursor.fetchall():
            for at, day in enumerate(days):
                of_day = values[at * len(_SUMS) : (at + 1) * len(_SUMS)]
                found[day][place] = dict(zip(_SUMS, map(int, of_day), strict=True))
    return found


# Workers of the employers that each union covers, beside its members; only unions with more members are told.
_FAULTY = """
    , told AS MATERIALIZED (
        SELECT organisation_id, sum(members)::bigint AS members FROM counted GROUP BY 1
    ), latest AS MATERIALIZED (
        SELECT DISTINCT ON (enterprise_id) enterprise_id, workers FROM registry_headcount AS headcount
        WHERE counted_on <= %(day)s AND enterprise_id IN (
            SELECT id FROM registry_enterprise WHERE scope_path >= %(path)s AND scope_path < %(end)s
        ) AND :standing
        ORDER BY enterprise_id, counted_on DESC, recorded_at DESC
    ), workers AS MATERIALIZED (
        SELECT cover.union_id, coalesce(sum(latest.workers), 0)::bigint AS workers
        FROM registry_enterprise AS firm
        JOIN registry_unioncover AS cover ON cover.enterprise_id = firm.id AND cover.valid_from <= %(day)s
            AND (cover.valid_to IS NULL OR cover.valid_to > %(day)s)
        JOIN federation_organisation AS own ON own.id = cover.union_id
            AND (own.dissolved_on IS NULL OR own.dissolved_on > %(day)s)
        LEFT JOIN latest ON latest.enterprise_id = firm.id
        WHERE firm.scope_path >= %(path)s AND firm.scope_path < %(end)s AND firm.known_from <= %(day)s
            AND (firm.closed_on IS NULL OR firm.closed_on > %(day)s)
            AND cover.union_id NOT IN (
                SELECT organisation_id FROM registry_shellspell
                WHERE valid_from <= %(day)s AND (valid_to IS NULL OR valid_to > %(day)s)
            )
        GROUP BY 1
    )
    SELECT union_id, told.members, workers.workers FROM workers JOIN told ON told.organisation_id = workers.union_id
    WHERE told.members > workers.workers
""".replace(":standing", _STANDING)


def faulty(path: str, day: date) -> list[tuple[int, int, int]]:
    """The unions under a path with more members on a day than their employers had workers: key, members, workers."""
    counted, asked = counted_there(path, day)
    with connection.cursor() as cursor:
        cursor.execute(counted + _FAULTY, asked)
        return cursor.fetchall()
