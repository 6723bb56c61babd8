"""What the database itself keeps of the tree: every path, every line upward, and the whole of each history.

The rules are asked when a transaction ends, since founding and moving write several rows; a statement of raw SQL is
stopped as well. `refuse` names the rule as a check constraint would, and is shared by the rooms above.
"""

# ruff: noqa: S608 - statements put together from constants of this file, before any value from outside exists

from __future__ import annotations

import pgtrigger

from chunyu.federation.kinds import INDUSTRY_PARENTS, PARENTS, TOPS

# Whoever changes the tree waits for this lock, so that two never see each other half done.
TREE_LOCK = 0x7265655F74726565
_NUMBER = "(lpad({0}::text, greatest(6, length({0}::text)), '0') || '.')"
_STANDS = ", ".join(
    f"('{kind}', '{parent}')" for kind, parents in sorted(PARENTS.items()) for parent in sorted(parents)
)
_TOPS = ", ".join(f"'{kind}'" for kind in sorted(TOPS))
_INDUSTRIAL = ", ".join(f"'{kind}'" for kind in sorted(INDUSTRY_PARENTS))
_NEVER = "DATE '9999-12-31'"


def refuse(rule: str, words: str) -> str:
    """The statement that stops a transaction under the name of a rule, as a check constraint would."""
    return f"RAISE EXCEPTION '{words}' USING ERRCODE = '23514', CONSTRAINT = '{rule}';"


STANDS_IN_THE_TREE = pgtrigger.Trigger(
    name="organisation_stands_in_the_tree",
    when=pgtrigger.After,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("parent_id", "path", "kind", "dissolved_on"),
    timing=pgtrigger.Deferred,
    declare=[("own", "record")],
    func=f"""
        SELECT o.id, o.kind, o.path, o.parent_id, o.dissolved_on, o.founded_on,
            p.path AS above, p.kind AS kind_above, p.dissolved_on AS above_until
        INTO own FROM federation_organisation o LEFT JOIN federation_organisation p ON p.id = o.parent_id
        WHERE o.id = NEW.id;
        IF NOT FOUND THEN
            RETURN NULL;
        END IF;
        IF own.path <> COALESCE(own.above, '') || {_NUMBER.format("own.id")} THEN
            {refuse("organisation_path_follows_its_parent", "a path is the path above and the own number")}
        END IF;
        IF own.parent_id IS NULL AND own.kind NOT IN ({_TOPS}) THEN
            {refuse("organisation_no_orphan", "only a federation stands at the top of a tree")}
        END IF;
        -- What was taken back on the day of its founding stood on no day, and outlives nobody.
        IF own.above_until IS NOT NULL AND own.dissolved_on IS DISTINCT FROM own.founded_on
            AND COALESCE(own.dissolved_on, {_NEVER}) > own.above_until
        THEN
            {refuse("organisation_no_orphan", "an organisation cannot outlive the one above it")}
        END IF;
        IF own.dissolved_on IS NULL AND own.parent_id IS NOT NULL
            AND (own.kind, own.kind_above) NOT IN (VALUES {_STANDS})
        THEN
            {refuse("organisation_kind_fits_its_parent", "this kind does not stand under that one")}
        END IF;
        IF EXISTS (
            SELECT 1 FROM federation_organisation c WHERE c.parent_id = own.id AND c.path <> own.path
                || {_NUMBER.format("c.id")}
        ) THEN
            {refuse("organisation_path_follows_its_parent", "a path is the path above and the own number")}
        END IF;
        IF EXISTS (
            SELECT 1 FROM federation_organisation c WHERE c.parent_id = own.id
                AND c.dissolved_on IS DISTINCT FROM c.founded_on
                AND COALESCE(c.dissolved_on, {_NEVER}) > own.dissolved_on
        ) THEN
            {refuse("organisation_no_orphan", "organisations are left under one that is gone")}
        END IF;
        IF EXISTS (
            SELECT 1 FROM federation_organisation c WHERE c.parent_id = own.id AND c.dissolved_on IS NULL
                AND (c.kind, own.kind) NOT IN (VALUES {_STANDS})
        ) THEN
            {refuse("organisation_kind_fits_its_parent", "this kind does not stand under that one")}
        END IF;
        IF EXISTS (
            SELECT 1 FROM federation_industrytie t WHERE own.id IN (t.organisation_id, t.industry_parent_id)
                AND COALESCE(t.valid_to, {_NEVER}) > own.dissolved_on
        ) THEN
            {refuse("industry_tie_within_both_lives", "an industrial tie outlives one of its two")}
        END IF;
        RETURN NULL;
    """,
)

# Upward from a start, by territory as it is now and by industry on the days in question, until the one sought.
_LEADS_BACK = """
    WITH RECURSIVE above(id) AS (
        SELECT {start}
        UNION
        SELECT step.id FROM above JOIN LATERAL (
            SELECT o.parent_id AS id FROM federation_organisation o WHERE o.id = above.id AND o.parent_id IS NOT NULL
            UNION ALL
            SELECT t.industry_parent_id FROM federation_industrytie t WHERE t.organisation_id = above.id
                AND daterange(t.valid_from, t.valid_to) && daterange({first}, {last})
        ) AS step ON true
    )
    SELECT 1 FROM above WHERE id = {sought}
"""

NO_CYCLE = pgtrigger.Trigger(
    name="organisation_no_cycle",
    when=pgtrigger.After,
    operation=pgtrigger.UpdateOf("parent_id"),
    condition=pgtrigger.Condition("NEW.parent_id IS DISTINCT FROM OLD.parent_id AND NEW.parent_id IS NOT NULL"),
    func=f"""
        IF EXISTS ({_LEADS_BACK.format(start="NEW.parent_id", first="CURRENT_DATE", last="NULL", sought="NEW.id")}) THEN
            {refuse("organisation_no_cycle", "an organisation cannot stand under itself")}
        END IF;
        RETURN NULL;
    """,
)

TIE_HOLDS = pgtrigger.Trigger(
    name="industry_tie_holds",
    when=pgtrigger.After,
    operation=pgtrigger.Insert | pgtrigger.Update,
    func=f"""
        PERFORM pg_advisory_xact_lock({TREE_LOCK});
        IF NOT EXISTS (SELECT 1 FROM federation_organisation WHERE id = NEW.industry_parent_id
            AND kind IN ({_INDUSTRIAL}))
        THEN
            {refuse("industry_parent_is_of_an_industry", "only an industrial union or association is superior so")}
        END IF;
        IF EXISTS (
            SELECT 1 FROM federation_organisation WHERE id IN (NEW.organisation_id, NEW.industry_parent_id)
                AND (founded_on > NEW.valid_from OR COALESCE(NEW.valid_to, {_NEVER}) > dissolved_on)
        ) THEN
            {refuse("industry_tie_within_both_lives", "an industrial tie outlives one of its two")}
        END IF;
        IF EXISTS ({
        _LEADS_BACK.format(
            start="NEW.industry_parent_id", first="NEW.valid_from", last="NEW.valid_to", sought="NEW.organisation_id"
        )
    }) THEN
            {refuse("industry_tie_no_cycle", "an organisation cannot be its own superior")}
        END IF;
        RETURN NULL;
    """,
)

# Spells that never overlap, lie within the life and add up to its days leave no gap. A dissolved organisation may be
# filed elsewhere since: where it stood at the end stays as it was.
_HISTORY = f"""
        SELECT o.founded_on, o.dissolved_on, o.name, o.path, o.parent_id, o.region_id,
            s.first, s.until, s.days, last.name AS last_name, last.path AS last_path, last.parent_id AS last_parent,
            last.region_id AS last_region
        INTO own FROM federation_organisation o
        LEFT JOIN LATERAL (
            SELECT min(valid_from) AS first, max(COALESCE(valid_to, {_NEVER})) AS until,
                sum(COALESCE(valid_to, {_NEVER}) - valid_from) AS days
            FROM federation_placement WHERE organisation_id = o.id
        ) AS s ON true
        LEFT JOIN LATERAL (
            SELECT name, path, parent_id, region_id FROM federation_placement WHERE organisation_id = o.id
            ORDER BY valid_from DESC LIMIT 1
        ) AS last ON true
        WHERE o.id = {{subject}};
        IF NOT FOUND THEN
            RETURN NULL;
        END IF;
        IF (own.first, own.until, own.days) IS DISTINCT FROM (own.founded_on, COALESCE(own.dissolved_on, {_NEVER}),
            (COALESCE(own.dissolved_on, {_NEVER}) - own.founded_on)::bigint)
        THEN
            {refuse("organisation_history_is_whole", "the places of an organisation do not cover its life")}
        END IF;
        IF own.dissolved_on IS NULL AND (own.name, own.path, own.parent_id, own.region_id)
            IS DISTINCT FROM (own.last_name, own.last_path, own.last_parent, own.last_region)
        THEN
            {refuse("organisation_stands_as_placed", "the last place of an organisation is not its present one")}
        END IF;
"""

# Triggers of one table speak in the order of their names: what is wrong with the tree is said before its history.
HISTORY_OF_ORGANISATION = pgtrigger.Trigger(
    name="organisation_whole_history",
    when=pgtrigger.After,
    operation=pgtrigger.Insert
    | pgtrigger.UpdateOf("name", "parent_id", "path", "region_id", "founded_on", "dissolved_on"),
    timing=pgtrigger.Deferred,
    declare=[("own", "record")],
    func=_HISTORY.format(subject="NEW.id") + "        RETURN NULL;",
)

PLACED_IN_THE_TREE = pgtrigger.Trigger(
    name="placement_history_is_whole",
    when=pgtrigger.After,
    operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
    timing=pgtrigger.Deferred,
    declare=[("own", "record")],
    func=_HISTORY.format(subject="COALESCE(NEW.organisation_id, OLD.organisation_id)")
    + f"""
        IF EXISTS (
            SELECT 1 FROM federation_placement p LEFT JOIN federation_organisation a ON a.id = p.parent_id
            WHERE p.id = NEW.id AND p.valid_to IS DISTINCT FROM p.valid_from AND (
                p.path NOT LIKE '%' || CASE WHEN p.parent_id IS NULL THEN '' ELSE {_NUMBER.format("p.parent_id")} END
                    || {_NUMBER.format("p.organisation_id")}
                OR a.founded_on > p.valid_from OR COALESCE(p.valid_to, {_NEVER}) > a.dissolved_on)
        ) THEN
            {refuse("placement_under_one_that_stood", "an organisation was placed where nobody stood above it")}
        END IF;
        RETURN NULL;
    """,
)
