"""What the database does when a worker comes into a group of members or goes out of it: note the turn, and count it.

A turn that is taken back on its own day, as by undoing an import, leaves no trace.
"""

# ruff: noqa: S608 - statements put together from constants of this file, before any value from outside exists

from __future__ import annotations

import pgtrigger

from chunyu.federation.triggers import refuse
from chunyu.registry.membership import grouping
from chunyu.registry.membership.grouping import IS_PUBLIC, SAID, MemberGroup

_DATED = f"""
    IF NEW.described_on IS NULL THEN
        {refuse("worker_turns_on_a_day", "who comes into a group of members or goes out of it does so on a day")}
    END IF;
"""
# Turns of one worker come one after another: none is noted before the last one.
_NOTED = """
    WITH turn AS MATERIALIZED (
        SELECT worker_id, organisation_id, member_group, entered, greatest(NEW.described_on, (
            SELECT max(earlier.turned_on) FROM registry_groupchange AS earlier
            WHERE earlier.worker_id = turning.worker_id AND earlier.member_group = turning.member_group
        )) AS turned_on
        FROM ({0}) AS turning
    ), taken_back AS (
        DELETE FROM registry_groupchange AS earlier USING turn
        WHERE earlier.worker_id = turn.worker_id AND earlier.member_group = turn.member_group
            AND earlier.turned_on = turn.turned_on
        RETURNING earlier.worker_id, earlier.member_group
    )
    INSERT INTO registry_groupchange (organisation_id, scope_path, worker_id, member_group, turned_on, entered)
        SELECT organisation_id, '', worker_id, member_group, turned_on, entered FROM turn
        WHERE (worker_id, member_group) NOT IN (SELECT worker_id, member_group FROM taken_back);
    RETURN NULL;
"""


def _said(row: str) -> str:
    return f"""
        SELECT said.member_group, coalesce(said.holds, false) AS holds
        FROM (SELECT {row}.is_migrant, {row}.new_form, {row}.enterprise_id) AS worker
        LEFT JOIN registry_enterprise AS firm ON firm.id = worker.enterprise_id
        CROSS JOIN LATERAL (VALUES {SAID}) AS said (member_group, holds)
    """


_WORKER = f"""
    SELECT NEW.id AS worker_id, NEW.organisation_id, member_group, said.holds AS entered
    FROM ({_said("OLD")}) AS was JOIN ({_said("NEW")}) AS said USING (member_group) WHERE was.holds <> said.holds
"""
_EMPLOYER = f"""
    SELECT worker.id AS worker_id, worker.organisation_id, '{MemberGroup.NON_PUBLIC}' AS member_group,
        NOT {IS_PUBLIC.format("NEW.ownership")} AS entered
    FROM registry_worker AS worker WHERE worker.enterprise_id = NEW.id
"""

WORKER_TURNS = pgtrigger.Trigger(
    name="worker_turns_are_noted",
    when=pgtrigger.After,
    operation=pgtrigger.UpdateOf("is_migrant", "new_form", "enterprise_id"),
    condition=pgtrigger.Condition(
        "ROW(OLD.is_migrant, OLD.new_form, OLD.enterprise_id)"
        " IS DISTINCT FROM ROW(NEW.is_migrant, NEW.new_form, NEW.enterprise_id)"
    ),
    func=f"""
        PERFORM FROM registry_enterprise WHERE id IN (OLD.enterprise_id, NEW.enterprise_id) ORDER BY id FOR SHARE;
        IF NOT EXISTS (
            {_WORKER}
        ) THEN
            RETURN NULL;
        END IF;
        {_DATED}
        {_NOTED.format(_WORKER)}
    """,
)

EMPLOYER_TURNS = pgtrigger.Trigger(
    name="employer_turns_are_noted",
    when=pgtrigger.After,
    operation=pgtrigger.UpdateOf("ownership"),
    condition=pgtrigger.Condition(
        f"OLD.ownership <> NEW.ownership AND {IS_PUBLIC.format('OLD.ownership')} <> {IS_PUBLIC.format('NEW.ownership')}"
    ),
    func=f"""
        PERFORM FROM registry_worker WHERE enterprise_id = NEW.id ORDER BY id FOR NO KEY UPDATE;
        IF NOT FOUND THEN
            RETURN NULL;
        END IF;
        {_DATED}
        {_NOTED.format(_EMPLOYER)}
    """,
)


def _counted(sign: int) -> str:
    """From the day of the turn on, every spell of the worker counts in the group, or no more."""
    moved = f"""
        WITH moved AS MATERIALIZED (
            SELECT spell.organisation_id, turned.member_group, greatest(spell.valid_from, turned.turned_on) AS since,
                spell.valid_to AS until, CASE WHEN turned.entered THEN {sign} ELSE {-sign} END AS change
            FROM turned JOIN registry_membership AS spell USING (worker_id)
            WHERE spell.valid_to IS NULL OR spell.valid_to > greatest(spell.valid_from, turned.turned_on)
        )
    """
    days = """
        SELECT organisation_id, each.day, 0 AS begun, 0 AS ended, member_group, each.change
        FROM moved CROSS JOIN LATERAL (VALUES (since, change), (until, -change)) AS each (day, change)
        WHERE each.day IS NOT NULL
    """
    unions = "SELECT spell.organisation_id FROM turned JOIN registry_membership AS spell USING (worker_id)"
    return f"""
        PERFORM FROM registry_membercount WHERE organisation_id IN ({unions})
            ORDER BY organisation_id FOR NO KEY UPDATE;
        {moved}
        UPDATE registry_membercount AS kept SET {grouping.added("+", "those")} FROM (
            SELECT organisation_id, {grouping.SUMS} FROM moved WHERE until IS NULL GROUP BY 1
        ) AS those WHERE kept.organisation_id = those.organisation_id;
        {grouping.tallied(days, moved + ",")}
        {grouping.settled(unions)}
        RETURN NULL;
    """


COUNTING = (
    pgtrigger.Trigger(
        name="turn_noted_is_counted",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        referencing=pgtrigger.Referencing(new="turned"),
        func=_counted(1),
    ),
    pgtrigger.Trigger(
        name="turn_taken_back_is_counted",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Delete,
        referencing=pgtrigger.Referencing(old="turned"),
        func=_counted(-1),
    ),
)
KEPT = pgtrigger.ReadOnly(name="turn_is_kept", exclude=["organisation", "scope_path"])
