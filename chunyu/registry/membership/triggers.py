"""What the database keeps in step with memberships: the numbers of members, and where a worker belongs now.

They run once for a statement, however many rows it brings, so that a file of millions is counted in one go. Unions are
taken in the order of their keys, lest two statements wait for each other.

And what keeps members and employers from being left in a union that is gone. Whoever adds one holds the union's row
until the end, which dissolving it must change: of the two, the later sees the earlier.
"""

# ruff: noqa: S608 - statements put together from constants of this file, before any value from outside exists

from __future__ import annotations

import pgtrigger

from chunyu.federation.triggers import refuse
from chunyu.registry.employers.tables import LISTED
from chunyu.registry.membership import grouping

# Nobody's groups change while their memberships are counted: of the two the later sees the earlier.
_GROUPS_STAND_STILL = """
    PERFORM FROM registry_enterprise WHERE id IN (
        SELECT worker.enterprise_id FROM {0} AS spell JOIN registry_worker AS worker ON worker.id = spell.worker_id
    ) ORDER BY id FOR SHARE;
    PERFORM FROM registry_worker WHERE id IN (SELECT worker_id FROM {0}) ORDER BY id FOR NO KEY UPDATE;
"""
_DAYS_BEGUN = f"""
    SELECT organisation_id, valid_from AS day, 1 AS begun, 0 AS ended, '' AS member_group, 0 AS change FROM begun
    UNION ALL
    SELECT organisation_id, valid_to, 0, 1, '', 0 FROM begun WHERE valid_to IS NOT NULL
    UNION ALL
    SELECT organisation_id, day, 0, 0, member_group, change FROM ({grouping.days("begun")}) AS counted
"""
_BEGUN = f"""
    {_GROUPS_STAND_STILL.format("begun")}
    INSERT INTO registry_membercount AS kept (organisation_id, scope_path, members, {grouping.COLUMNS})
        SELECT organisation_id, '', sum(members), {grouping.SUMS} FROM (
            SELECT organisation_id, (valid_to IS NULL)::int AS members, '' AS member_group, 0 AS change FROM begun
            UNION ALL
            SELECT organisation_id, 0, member_group, 1 FROM ({grouping.times("begun")}) AS counted WHERE until IS NULL
        ) AS those GROUP BY 1 ORDER BY 1
        ON CONFLICT (organisation_id) DO UPDATE SET members = kept.members + excluded.members, {grouping.added()};
    {grouping.tallied(_DAYS_BEGUN)}
    {grouping.settled("SELECT organisation_id FROM begun")}
    UPDATE registry_worker AS worker SET is_member = true, organisation_id = begun.organisation_id
        FROM begun WHERE worker.id = begun.worker_id AND begun.valid_to IS NULL
            AND (NOT worker.is_member OR worker.organisation_id <> begun.organisation_id);
    RETURN NULL;
"""

# What went on until now ends: the days of its groups as they were go off the tallies, and those as they are come to.
_ENDING = """
    WITH gone AS MATERIALIZED (
        SELECT changed.organisation_id, changed.worker_id, changed.valid_from, changed.valid_to
        FROM changed JOIN before USING (id) WHERE before.valid_to IS NULL AND changed.valid_to IS NOT NULL
    ), went_on AS MATERIALIZED (
        SELECT organisation_id, worker_id, valid_from, NULL::date AS valid_to FROM gone
    )
"""
_DAYS_ENDED = f"""
    SELECT organisation_id, valid_to AS day, 0 AS begun, 1 AS ended, '' AS member_group, 0 AS change FROM gone
    UNION ALL
    SELECT organisation_id, day, 0, 0, member_group, change FROM ({grouping.days("gone")}) AS counted
    UNION ALL
    SELECT organisation_id, day, 0, 0, member_group, -change FROM ({grouping.days("went_on")}) AS counted
"""
_ENDED = f"""
    IF NOT EXISTS (
        SELECT FROM changed JOIN before USING (id) WHERE before.valid_to IS NULL AND changed.valid_to IS NOT NULL
    ) THEN
        RETURN NULL;
    END IF;
    {_GROUPS_STAND_STILL.format("changed")}
    {_ENDING}
    UPDATE registry_membercount AS kept
    SET members = kept.members - those.members, {grouping.added("-", "those")} FROM (
        SELECT organisation_id, sum(members) AS members, {grouping.SUMS} FROM (
            SELECT organisation_id, 1 AS members, '' AS member_group, 0 AS change FROM gone
            UNION ALL
            SELECT organisation_id, 0, member_group, 1 FROM ({grouping.times("went_on")}) AS counted
            WHERE until IS NULL
        ) AS each GROUP BY 1
    ) AS those WHERE kept.organisation_id = those.organisation_id;
    {grouping.tallied(_DAYS_ENDED, _ENDING + ",")}
    {grouping.settled("SELECT organisation_id FROM changed")}
    UPDATE registry_worker AS worker SET is_member = false
        FROM changed JOIN before USING (id)
        WHERE worker.id = changed.worker_id AND before.valid_to IS NULL AND changed.valid_to IS NOT NULL
            AND worker.is_member;
    RETURN NULL;
"""

COUNTING = (
    pgtrigger.Trigger(
        name="membership_begun_is_counted",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        referencing=pgtrigger.Referencing(new="begun"),
        func=_BEGUN,
    ),
    pgtrigger.Trigger(
        name="membership_ended_is_counted",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Update,
        referencing=pgtrigger.Referencing(old="before", new="changed"),
        func=_ENDED,
    ),
)

BELONGS = pgtrigger.Trigger(
    name="members_belong_to_a_grassroots_union",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    func=f"""
        PERFORM FROM federation_organisation WHERE id = NEW.organisation_id AND kind IN ({LISTED})
            AND (dissolved_on IS NULL OR NEW.valid_to <= dissolved_on) FOR SHARE;
        IF NOT FOUND THEN
            {refuse("members_belong_to_a_grassroots_union", "this organisation takes no members")}
        END IF;
        RETURN NEW;
    """,
)

LEFT_EMPTY = pgtrigger.Trigger(
    name="union_is_left_empty",
    when=pgtrigger.After,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("dissolved_on"),
    condition=pgtrigger.Condition("NEW.dissolved_on IS NOT NULL"),
    timing=pgtrigger.Deferred,
    declare=[("gone", "date")],
    func=f"""
        SELECT dissolved_on INTO gone FROM federation_organisation WHERE id = NEW.id;
        IF EXISTS (SELECT FROM registry_membership WHERE organisation_id = NEW.id
            AND (valid_to IS NULL OR valid_to > gone))
        THEN
            {refuse("union_dissolved_without_members", "members are left in a union that is gone")}
        END IF;
        IF EXISTS (SELECT FROM registry_unioncover WHERE union_id = NEW.id
            AND (valid_to IS NULL OR valid_to > gone))
        THEN
            {refuse("union_dissolved_without_covers", "employers are left with a union that is gone")}
        END IF;
        RETURN NULL;
    """,
)
