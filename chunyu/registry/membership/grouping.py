"""Three groups of members that are counted beside all: in non-public firms, migrants, in new forms of work.

A worker's record says how it is now. Whenever that puts a worker into a group or out of it, the turn is noted with its
day (`GroupChange`), so that a figure of a day past stays what it was: who is a migrant since today was none last year.
These are the parts of the statements that count; triggers, readers, loads and proofs put them together.
"""

# ruff: noqa: S608 - statements put together from constants of this file, before any value from outside exists

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from chunyu.registry.employers.codes import PUBLIC


class MemberGroup(TextChoices):
    NON_PUBLIC = "non_public", _("Non-public firms")
    MIGRANT = "migrant", _("Migrant workers")
    NEW_FORM = "new_form", _("New forms of work")


NAMES = tuple(each.value for each in MemberGroup)
IS_PUBLIC = "({0} IN (" + ", ".join(f"'{code}'" for code in sorted(PUBLIC)) + "))"
_HOLDS = {
    MemberGroup.NON_PUBLIC: f"NOT {IS_PUBLIC.format('firm.ownership')}",
    MemberGroup.MIGRANT: "worker.is_migrant",
    MemberGroup.NEW_FORM: "worker.new_form <> ''",
}
SAID = ", ".join(f"('{group.value}', {holds})" for group, holds in _HOLDS.items())
# One column for each group, of rows (member_group, change).
SUMS = ", ".join(f"coalesce(sum(change) FILTER (WHERE member_group = '{name}'), 0) AS {name}" for name in NAMES)
COLUMNS = ", ".join(NAMES)
# What a tally by year has beside its changes: all members and those of each group when the year was over.
AFTER = ("members_after", *(f"{name}_after" for name in NAMES))
NO_LATER_YEAR = 9999


def added(sign: str = "+", to: str = "excluded") -> str:
    """The columns of the groups of `kept` with those of another row added or taken off."""
    return ", ".join(f"{name} = kept.{name} {sign} {to}.{name}" for name in NAMES)


def times(spells: str) -> str:
    """On which days each spell of membership counts in which group: organisation_id, member_group, since, until (empty
    where it goes on). `spells` is a relation with organisation_id, worker_id, valid_from and valid_to."""
    return f"""
        SELECT organisation_id, member_group, since, until FROM (
            SELECT spell.organisation_id, said.member_group, spell.valid_from AS since, spell.valid_to AS until
            FROM {spells} AS spell JOIN registry_worker AS worker ON worker.id = spell.worker_id
            LEFT JOIN registry_enterprise AS firm ON firm.id = worker.enterprise_id
            CROSS JOIN LATERAL (VALUES {SAID}) AS said (member_group, holds)
            WHERE said.holds AND NOT EXISTS (
                SELECT FROM registry_groupchange AS turn
                WHERE turn.worker_id = spell.worker_id AND turn.member_group = said.member_group
            )
            UNION ALL
            SELECT spell.organisation_id, turned.member_group, greatest(spell.valid_from, turned.since),
                least(spell.valid_to, turned.until)
            FROM {spells} AS spell JOIN ({_turned(spells)}) AS turned USING (worker_id)
        ) AS counted WHERE until IS NULL OR until > since
    """


def _turned(spells: str) -> str:
    """The times in a group of those for whom a turn is noted; turns into it and out of it take each other's place."""
    return f"""
        SELECT worker_id, member_group, CASE WHEN entered THEN turned_on ELSE earlier END AS since,
            CASE WHEN NOT entered THEN turned_on END AS until
        FROM (
            SELECT worker_id, member_group, entered, turned_on, lag(turned_on) OVER one AS earlier,
                lead(turned_on) OVER one IS NULL AS is_last
            FROM registry_groupchange WHERE worker_id IN (SELECT worker_id FROM {spells})
            WINDOW one AS (PARTITION BY worker_id, member_group ORDER BY turned_on)
        ) AS turns WHERE NOT entered OR is_last
    """


def days(spells: str) -> str:
    """The same as days on which the number of a group changes: organisation_id, day, member_group, change."""
    return f"""
        SELECT organisation_id, each.day, member_group, each.change FROM ({times(spells)}) AS counted
        CROSS JOIN LATERAL (VALUES (since, 1), (until, -1)) AS each (day, change) WHERE each.day IS NOT NULL
    """


def in_groups(spells: str) -> str:
    """How many of the spells are in which group to this day: organisation_id and a column for each group."""
    return f"""
        SELECT organisation_id, {SUMS}
        FROM (SELECT organisation_id, member_group, 1 AS change FROM ({times(spells)}) AS counted WHERE until IS NULL)
            AS going_on
        GROUP BY 1
    """


def tallied(days: str, before: str = "WITH") -> str:
    """A statement that adds `days` (organisation_id, day, begun, ended, member_group, change) to what is kept by year
    and by day. `before` are other parts of it that `days` reads from, from their WITH on."""
    sums = f"sum(begun) AS begun, sum(ended) AS ended, {SUMS}"
    more = f"begun = kept.begun + excluded.begun, ended = kept.ended + excluded.ended, {added()}"
    return f"""
        {before} each_day AS MATERIALIZED ({days}), by_year AS (
            INSERT INTO registry_membertally AS kept (organisation_id, scope_path, year, begun, ended, {COLUMNS})
            SELECT organisation_id, '', extract(year FROM day)::smallint AS year, {sums}
            FROM each_day GROUP BY 1, year ORDER BY 1, year
            ON CONFLICT (organisation_id, year) DO UPDATE SET {more}
        )
        INSERT INTO registry_memberday AS kept (organisation_id, day, begun, ended, {COLUMNS})
        SELECT organisation_id, day, {sums} FROM each_day GROUP BY 1, day ORDER BY 1, day
        ON CONFLICT (day, organisation_id) DO UPDATE SET {more};
    """


def settled(unions: str) -> str:
    """A statement that adds up the years of unions (a query of their keys) once a change has come into any: what there
    was at the end of each, and which is the next one with a change. Whoever runs it has locked their counts before."""
    columns = ("next_year", *AFTER)
    sums = ", ".join(f"sum({change}) OVER years" for change in ("begun - ended", *NAMES))
    return f"""
        UPDATE registry_membertally AS kept SET {", ".join(f"{name} = summed.{name}" for name in columns)}
        FROM (
            SELECT id, coalesce(lead(year) OVER years, {NO_LATER_YEAR}), {sums}
            FROM registry_membertally WHERE organisation_id IN ({unions})
            WINDOW years AS (PARTITION BY organisation_id ORDER BY year)
        ) AS summed (id, {", ".join(columns)})
        WHERE kept.id = summed.id AND ROW({", ".join(f"kept.{name}" for name in columns)})
            IS DISTINCT FROM ROW({", ".join(f"summed.{name}" for name in columns)});
    """


ALL_DAYS = f"""
    SELECT organisation_id, valid_from AS day, 1 AS begun, 0 AS ended, '' AS member_group, 0 AS change
    FROM registry_membership
    UNION ALL
    SELECT organisation_id, valid_to, 0, 1, '', 0 FROM registry_membership WHERE valid_to IS NOT NULL
    UNION ALL
    SELECT organisation_id, day, 0, 0, member_group, change FROM ({days("registry_membership")}) AS counted
"""
