"""What must hold once a province is loaded, asked of all its rows at once."""

# ruff: noqa: S608 - statements put together from constants, before any value from outside exists

from __future__ import annotations

from collections.abc import Callable

from django.db import connection

from chunyu.accounts.refusal import Refusal
from chunyu.demo.province import indexes
from chunyu.demo.province.plan import Plan
from chunyu.demo.province.tree import Tree
from chunyu.registry.employers.tables import LISTED
from chunyu.registry.membership import grouping

Report = Callable[[str], None]
CHANGES, KEPT = ("begun - ended", *grouping.NAMES), ("begun", "ended", *grouping.NAMES)
# Each gives the number of rows that are wrong.
RULES = {
    "a worker is seen where their union is": """
        SELECT count(*) FROM registry_worker AS worker LEFT JOIN federation_organisation AS own
        ON own.id = worker.organisation_id WHERE worker.scope_path IS DISTINCT FROM own.path""",
    "a membership is seen where its union is, and that one takes members": f"""
        SELECT count(*) FROM registry_membership AS spell LEFT JOIN federation_organisation AS own
        ON own.id = spell.organisation_id
        WHERE spell.scope_path IS DISTINCT FROM own.path OR own.kind NOT IN ({LISTED})""",
    "a worker's employer is on file": """
        SELECT count(*) FROM registry_worker AS worker LEFT JOIN registry_enterprise AS firm
        ON firm.id = worker.enterprise_id WHERE worker.enterprise_id IS NOT NULL AND firm.id IS NULL""",
    "a membership is of a worker on record": """
        SELECT count(*) FROM registry_membership AS spell LEFT JOIN registry_worker AS worker
        ON worker.id = spell.worker_id WHERE worker.id IS NULL""",
    "members are counted per union": """
        SELECT count(*) FROM (SELECT organisation_id, count(*) AS found FROM registry_membership
                              WHERE valid_to IS NULL GROUP BY 1) AS spells
        FULL JOIN registry_membercount AS kept USING (organisation_id)
        WHERE coalesce(found, 0) <> coalesce(kept.members, 0)""",
    "beginnings and ends are counted per union and year": """
        SELECT count(*) FROM (
            SELECT organisation_id, year, sum(begun) AS begun, sum(ended) AS ended FROM (
                SELECT organisation_id, extract(year FROM valid_from)::smallint AS year, count(*) AS begun, 0 AS ended
                FROM registry_membership GROUP BY 1, 2
                UNION ALL
                SELECT organisation_id, extract(year FROM valid_to)::smallint, 0, count(*)
                FROM registry_membership WHERE valid_to IS NOT NULL GROUP BY 1, 2
            ) AS days GROUP BY 1, 2
        ) AS spells FULL JOIN registry_membertally AS kept USING (organisation_id, year)
        WHERE (spells.begun, spells.ended) IS DISTINCT FROM (kept.begun, kept.ended)""",
    "members of groups are counted per union": f"""
        SELECT count(*) FROM ({grouping.in_groups("registry_membership")}) AS spells
        FULL JOIN registry_membercount AS kept USING (organisation_id)
        WHERE {" OR ".join(f"coalesce(spells.{name}, 0) <> coalesce(kept.{name}, 0)" for name in grouping.NAMES)}""",
    "the groups of members grow per union and year as they are": f"""
        SELECT count(*) FROM (
            SELECT organisation_id, extract(year FROM day)::smallint AS year, {grouping.SUMS}
            FROM ({grouping.days("registry_membership")}) AS counted GROUP BY 1, 2
        ) AS spells FULL JOIN registry_membertally AS kept USING (organisation_id, year)
        WHERE {" OR ".join(f"coalesce(spells.{name}, 0) <> coalesce(kept.{name}, 0)" for name in grouping.NAMES)}""",
    "each year ends with what the years before it left": f"""
        SELECT count(*) FROM (
            SELECT kept.*, lead(year) OVER years AS later,
                {", ".join(f"sum({change}) OVER years AS those_{at}" for at, change in enumerate(CHANGES))}
            FROM registry_membertally AS kept WINDOW years AS (PARTITION BY organisation_id ORDER BY year)
        ) AS summed WHERE next_year <> coalesce(later, {grouping.NO_LATER_YEAR})
            OR {" OR ".join(f"those_{at} <> {name}" for at, name in enumerate(grouping.AFTER))}""",
    "the days of a year add up to it": f"""
        SELECT count(*) FROM (
            SELECT organisation_id, extract(year FROM day)::smallint AS year, sum(begun) AS begun, sum(ended) AS ended,
                {", ".join(f"sum({name}) AS {name}" for name in grouping.NAMES)}
            FROM registry_memberday GROUP BY 1, 2
        ) AS days FULL JOIN registry_membertally AS kept USING (organisation_id, year)
        WHERE {" OR ".join(f"days.{name} IS DISTINCT FROM kept.{name}" for name in KEPT)}""",
    "a worker is a member, of their union, exactly while a spell goes on": """
        SELECT count(*) FROM registry_worker AS worker
        FULL JOIN (SELECT worker_id AS id, organisation_id FROM registry_membership WHERE valid_to IS NULL) AS spell
        USING (id)
        WHERE worker.is_member IS DISTINCT FROM (spell.id IS NOT NULL)
            OR spell.organisation_id <> worker.organisation_id""",
    "whoever transferred was a member until that day": """
        SELECT count(*) FROM registry_membership AS spell WHERE spell.begun <> 'joined' AND NOT EXISTS (
            SELECT FROM registry_membership AS before WHERE before.worker_id = spell.worker_id
                AND before.valid_to = spell.valid_from AND before.ended = spell.begun)""",
}


def settle(report: Report) -> None:
    """Mark what every reader may see, and have the planner count: lists are read from the indexes alone."""
    report("tables looked through")
    with connection.cursor() as cursor:
        cursor.execute("SET maintenance_work_mem = '512MB'")
        cursor.execute("VACUUM (ANALYZE)")
        cursor.execute("RESET maintenance_work_mem")


def prove(plan: Plan, tree: Tree, report: Report) -> None:
    """Refuse to call it loaded while anything is missing or counted wrongly."""
    wrong = [f"index {name}" for name in indexes.changed()]
    with connection.cursor() as cursor:
        for rule, query in RULES.items():
            report(rule)
            cursor.execute(query)
            if count := cursor.fetchone()[0]:
                wrong.append(f"{rule}: {count:,} do not")
        for table, expected in expected_rows(plan, tree).items():
            cursor.execute(f"SELECT count(*) FROM {table}")
            if (found := cursor.fetchone()[0]) != expected:
                wrong.append(f"{table} has {found:,} rows and not {expected:,}")
        cursor.execute("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'O'")
        if cursor.fetchone()[0]:
            wrong.append("a trigger is not enabled")
    if wrong:
        raise Refusal("; ".join(wrong), "province_is_wrong")


def expected_rows(plan: Plan, tree: Tree) -> dict[str, int]:
    return {
        "federation_organisation": plan.organisations,
        "federation_placement": plan.organisations,
        "registry_worker": tree.people + plan.households,
        "registry_enterprise": len(tree.employers),
        "registry_headcount": len(tree.employers),
        "registry_household": plan.households,
    }
