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

_BEGUN = """
    INSERT INTO registry_membercount AS kept (organisation_id, scope_path, members)
        SELECT organisation_id, '', count(*) FILTER (WHERE valid_to IS NULL) FROM begun GROUP BY 1 ORDER BY 1
        ON CONFLICT (organisation_id) DO UPDATE SET members = kept.members + excluded.members;
    INSERT INTO registry_membertally AS kept (organisation_id, scope_path, year, begun, ended)
        SELECT organisation_id, '', year, sum(begun), sum(ended) FROM (
            SELECT organisation_id, extract(year FROM valid_from)::smallint AS year, 1 AS begun, 0 AS ended FROM begun
            UNION ALL
            SELECT organisation_id, extract(year FROM valid_to)::smallint, 0, 1 FROM begun WHERE valid_to IS NOT NULL
        ) AS days GROUP BY 1, year ORDER BY 1, year
        ON CONFLICT (organisation_id, year)
        DO UPDATE SET begun = kept.begun + excluded.begun, ended = kept.ended + excluded.ended;
    UPDATE registry_worker AS worker SET is_member = true, organisation_id = begun.organisation_id
        FROM begun WHERE worker.id = begun.worker_id AND begun.valid_to IS NULL
            AND (NOT worker.is_member OR worker.organisation_id <> begun.organisation_id);
    RETURN NULL;
"""

_ENDED = """
    UPDATE registry_membercount AS kept SET members = kept.members - gone.members FROM (
        SELECT organisation_id, count(*) AS members FROM changed JOIN before USING (id, organisation_id)
        WHERE before.valid_to IS NULL AND changed.valid_to IS NOT NULL GROUP BY 1
    ) AS gone WHERE kept.organisation_id = gone.organisation_id;
    INSERT INTO registry_membertally AS kept (organisation_id, scope_path, year, begun, ended)
        SELECT organisation_id, '', extract(year FROM changed.valid_to)::smallint, 0, count(*) FROM changed
        JOIN before USING (id, organisation_id)
        WHERE before.valid_to IS NULL AND changed.valid_to IS NOT NULL GROUP BY 1, 3 ORDER BY 1, 3
        ON CONFLICT (organisation_id, year) DO UPDATE SET ended = kept.ended + excluded.ended;
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
