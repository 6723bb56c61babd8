"""The numbers of members, worked out over all memberships at once.

The same sums that the triggers on memberships keep; `proof` compares them with the rows once more.
"""

from __future__ import annotations

from collections.abc import Callable

from django.db import connection, transaction

from chunyu.demo.province import progress

COUNTS = """
    INSERT INTO registry_membercount (organisation_id, scope_path, members)
    SELECT organisation_id, '', count(*) FILTER (WHERE valid_to IS NULL) FROM registry_membership GROUP BY 1
    ON CONFLICT (organisation_id) DO UPDATE SET members = excluded.members
"""
TALLIES = """
    INSERT INTO registry_membertally (organisation_id, scope_path, year, begun, ended)
    SELECT organisation_id, '', year, sum(begun), sum(ended) FROM (
        SELECT organisation_id, extract(year FROM valid_from)::smallint AS year, count(*) AS begun, 0 AS ended
        FROM registry_membership GROUP BY 1, 2
        UNION ALL
        SELECT organisation_id, extract(year FROM valid_to)::smallint, 0, count(*)
        FROM registry_membership WHERE valid_to IS NOT NULL GROUP BY 1, 2
    ) AS days GROUP BY 1, year
    ON CONFLICT (organisation_id, year) DO UPDATE SET begun = excluded.begun, ended = excluded.ended
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
