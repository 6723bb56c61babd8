"""The numbers of members, worked out over all memberships at once.

The same sums that the triggers on memberships keep; `proof` compares them with the rows once more.
"""

# ruff: noqa: S608 - statements put together from constants, before any value from outside exists

from __future__ import annotations

from collections.abc import Callable

from django.db import connection, transaction

from chunyu.demo.province import progress
from chunyu.registry.membership import grouping

NONE = ", ".join(f"0 AS {name}" for name in grouping.NAMES)
SAME = ", ".join(f"{name} = excluded.{name}" for name in grouping.NAMES)

COUNTS = f"""
    INSERT INTO registry_membercount (organisation_id, scope_path, members, {grouping.COLUMNS})
    SELECT organisation_id, '', sum(members), {", ".join(f"sum({name})" for name in grouping.NAMES)} FROM (
        SELECT organisation_id, count(*) FILTER (WHERE valid_to IS NULL) AS members, {NONE}
        FROM registry_membership GROUP BY 1
        UNION ALL
        SELECT organisation_id, 0, {grouping.COLUMNS} FROM ({grouping.in_groups("registry_membership")}) AS counted
    ) AS those GROUP BY 1
    ON CONFLICT (organisation_id) DO UPDATE SET members = excluded.members, {SAME}
"""
TALLIES = f"""
    INSERT INTO registry_membertally (organisation_id, scope_path, year, begun, ended, {grouping.COLUMNS})
    SELECT organisation_id, '', year, sum(begun), sum(ended), {", ".join(f"sum({name})" for name in grouping.NAMES)}
    FROM (
        SELECT organisation_id, extract(year FROM valid_from)::smallint AS year, count(*) AS begun, 0 AS ended, {NONE}
        FROM registry_membership GROUP BY 1, 2
        UNION ALL
        SELECT organisation_id, extract(year FROM valid_to)::smallint, 0, count(*), {NONE}
        FROM registry_membership WHERE valid_to IS NOT NULL GROUP BY 1, 2
        UNION ALL
        SELECT organisation_id, extract(year FROM day)::smallint AS year, 0, 0, {grouping.SUMS}
        FROM ({grouping.days("registry_membership")}) AS counted GROUP BY 1, 2
    ) AS those GROUP BY 1, year
    ON CONFLICT (organisation_id, year) DO UPDATE SET begun = excluded.begun, ended = excluded.ended, {SAME}
"""
DAYS = f"""
    INSERT INTO registry_memberday (organisation_id, day, begun, ended, {grouping.COLUMNS})
    SELECT organisation_id, day, sum(begun), sum(ended), {grouping.SUMS} FROM ({grouping.ALL_DAYS}) AS days
    GROUP BY 1, day ORDER BY day, 1
    ON CONFLICT (day, organisation_id) DO UPDATE SET begun = excluded.begun, ended = excluded.ended, {SAME}
"""


@transaction.atomic
def count(report: Callable[[str], None]) -> None:
    if not progress.take("counts", 0, 0):
        return
    report("members counted")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '256MB'")
        cursor.execute(COUNTS)
        cursor.execute(TALLIES)
        cursor.execute(grouping.settled("SELECT organisation_id FROM registry_membertally"))
        cursor.execute(DAYS)
