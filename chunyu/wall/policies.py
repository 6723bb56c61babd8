"""Row security on every table that holds a person, a case or money, put there after each migrate.

A table is walled unless it is named here with its reason, so no room can forget it. Rows that carry a path are compared
with the session's own; rows that hang from another are seen with it, by the first reference that they cannot be
without. The owner of the tables has a policy of its own, since FORCE binds owners too.
"""

from __future__ import annotations

import hashlib
from typing import Any

from django.apps import apps
from django.db import connections, models

from chunyu.wall import APPLICATION

_STRUCTURE = "the tree of unions and the regions: no person, and needed before a scope is known"
_SIGN_IN = "read to find out who signs in, before any scope is known; of the staff, not of families"
_RULES = "rules and their texts: the same for everybody, about nobody"
_PLUMBING = "the framework's own: no person, no case, no money"
_NUMBERS = "numbers without names"

POLICIES = ("scope", "owner", "below")

NOT_WALLED = {
    "contenttypes.ContentType": _PLUMBING,
    "auth.Permission": _PLUMBING,
    "auth.Group": _PLUMBING,
    "auth.Group_permissions": _PLUMBING,
    "sessions.Session": _SIGN_IN,
    "axes.AccessFailureLog": _SIGN_IN,
    "axes.AccessAttempt": _SIGN_IN,
    "axes.AccessAttemptExpiration": _SIGN_IN,
    "axes.AccessLog": _SIGN_IN,
    "pghistory.Context": _PLUMBING,
    "procrastinate.ProcrastinateWorker": _PLUMBING,
    "procrastinate.ProcrastinateJob": "names of jobs and keys of what they are about; the worker reads it to know",
    "procrastinate.ProcrastinateEvent": _PLUMBING,
    "procrastinate.ProcrastinatePeriodicDefer": _PLUMBING,
    "federation.Region": _STRUCTURE,
    "federation.Region_successors": _STRUCTURE,
    "federation.Organisation": _STRUCTURE,
    "federation.Placement": _STRUCTURE,
    "federation.IndustryTie": _STRUCTURE,
    "privacy.KeyMark": "which keys the database was sealed with; no value",
    "accounts.User": _SIGN_IN,
    "accounts.SecondFactor": _SIGN_IN,
    "accounts.RecoveryCode": _SIGN_IN,
    "accounts.Post": _SIGN_IN,
    "ui.Received": "keys of entries that arrived, without what was in them",
    "registry.ConsentText": _RULES,
    "registry.MemberDay": _NUMBERS,
    "registry.FileSequence": _NUMBERS,
    "rulebooks.RulebookVersion": _RULES,
    "rulebooks.RulebookFile": _RULES,
    "rulebooks.AcceptedDifference": _RULES,
    "casework.NumberSeries": _NUMBERS,
    "casework.CalendarDay": _RULES,
    "ledger.Commodity": "what is counted: the fen and the goods",
    "hardship.Target": _NUMBERS,
    "organising.GridCell": "an area by its name; who keeps it is walled",
    "organising.CellPlace": "which firm or village lies in which area: asked of all areas, for what lies in none",
}

# What is decided above counts below: seen from the subtree of whoever owns it, and changed by the owner alone.
SEEN_FROM_BELOW = {
    "registry.Enterprise": "an employer stands once, with the county; the unions below name it",
    "ledger.Fund": "a family is paid from a fund of its county, its city or its province",
    "ledger.Good": "baskets below are made of the goods that stand above",
    "ledger.Basket": "a basket of the county is handed out by the unions below it",
    "casework.Department": "the unions below ask the departments of their county",
    "hardship.Campaign": "those below take part in a campaign that is planned above",
    "hardship.CampaignSource": "what those below give away comes from above",
    "hardship.CampaignQuota": "those below are told how many they may visit",
    "hardship.Questionnaire": "those below ask the questions of a campaign",
    "hardship.Project": "those below nominate families for a project",
    "hardship.Round": "those below see the round that their families' lines are of",
    "organising.GrantPlan": "a receiver sees the plan that its share is of",
}
_SEEN_FROM_BELOW = "{path} <> '' AND starts_with(current_setting('chunyu.scope', true), {path})"
_OWN_PATH = "{path} >= current_setting('chunyu.scope', true) AND {path} < current_setting('chunyu.scope_end', true)"
# A transfer has no path: it is seen by whose post made it, and with any of its legs.
_OTHERWISE = {
    "ledger.Leg": "EXISTS (SELECT FROM ledger_account own WHERE own.id = ledger_leg.account_id)",
    "ledger.Allocation": (  # the giver's and the taker's: one sends the money, the other says that it came
        _OWN_PATH.format(path="ledger_allocation.scope_path")
        + " OR EXISTS (SELECT FROM ledger_fund taker WHERE taker.id = ledger_allocation.taker_id"
        f" AND {_OWN_PATH.format(path='taker.scope_path')})"
    ),
    "ledger.Transfer": (
        "EXISTS (SELECT FROM accounts_post post JOIN federation_organisation place ON place.id = post.organisation_id"  # noqa: S608 - names of tables and columns alone
        f" WHERE post.id = ledger_transfer.by_id AND {_OWN_PATH.format(path='place.path')})"
        " OR EXISTS (SELECT FROM ledger_leg leg WHERE leg.transfer_id = ledger_transfer.id)"
    ),
}


def walled_models() -> list[type[models.Model]]:
    return [model for model in _tables() if model._meta.label not in NOT_WALLED]


def _tables() -> list[type[models.Model]]:
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if not model._meta.proxy and (model._meta.managed or model._meta.app_label == "procrastinate")
    ]


def condition(model: type[models.Model], row: str = "") -> str:
    """When a row of this table is the session's own, to see and to write, in the database's words."""
    row = row or model._meta.db_table
    if model._meta.label in _OTHERWISE:
        return _OTHERWISE[model._meta.label]
    if _has_path(model):
        return _OWN_PATH.format(path=f"{row}.scope_path")
    field = hangs_from(model)
    above, table = f"of_{row}", field.related_model._meta
    owned = f" AND {condition(field.related_model, above)}" if _is_seen_from_below(field.related_model) else ""
    return (
        f"EXISTS (SELECT FROM {table.db_table} {above} WHERE {above}.{table.pk.column} = {row}.{field.column}{owned})"
    )


def condition_from_below(model: type[models.Model]) -> str:
    """When a row is seen though it is owned above; nothing for most tables."""
    if not _is_seen_from_below(model):
        return ""
    row = model._meta.db_table
    if _has_path(model):
        return _SEEN_FROM_BELOW.format(path=f"{row}.scope_path")
    field = hangs_from(model)
    table = field.related_model._meta
    return f"EXISTS (SELECT FROM {table.db_table} above WHERE above.{table.pk.column} = {row}.{field.column})"


def _is_seen_from_below(model: type[models.Model]) -> bool:
    if _has_path(model) or model._meta.label in _OTHERWISE:
        return model._meta.label in SEEN_FROM_BELOW
    return _is_seen_from_below(hangs_from(model).related_model)


def _has_path(model: type[models.Model]) -> bool:
    return any(field.name == "scope_path" for field in model._meta.local_fields)


def hangs_from(model: type[models.Model]) -> models.ForeignKey:
    """The row without which this one would not be: the first required reference to a walled table."""
    for field in model._meta.local_fields:
        if not isinstance(field, models.ForeignKey) or field.null or field.related_model is model:
            continue
        if field.related_model._meta.label not in NOT_WALLED:
            return field
    raise LookupError(
        f"{model._meta.label} has no scope_path and hangs from no table that has one. Make it Scoped, or give the "
        f"reason in {__name__} why everybody may see all of it."
    )


def install(using: str = "default", **_: Any) -> None:
    """Bring role, rights and policies up to date; what is as it should be is left alone, and no table is locked."""
    connection = connections[using]
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        if not all(model._meta.db_table in tables for model in _tables()):
            return  # on the way to another state of the migrations
        _make_role(cursor)
        _wall(cursor)
        _let_rules_see_everything(cursor)
        _let_names_be_found(cursor)


def _make_role(cursor: Any) -> None:
    """On a server whose owner may not make roles its administrator does; until then nobody but the owner gets in."""
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [APPLICATION])
    if cursor.fetchone() is None:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        if not cursor.fetchone()[0]:
            return
        cursor.execute(f"CREATE ROLE {APPLICATION} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE")
    maintain = ", MAINTAIN" if cursor.connection.info.server_version >= 170000 else ""
    for statement in (
        f"GRANT USAGE ON SCHEMA public TO {APPLICATION}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE{maintain} ON ALL TABLES IN SCHEMA public TO {APPLICATION}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {APPLICATION}",
        f"REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {APPLICATION}",
    ):
        cursor.execute(statement)


def _wall(cursor: Any) -> None:
    cursor.execute("SELECT relname, relrowsecurity AND relforcerowsecurity FROM pg_class WHERE relkind IN ('r', 'p')")
    closed = dict(cursor.fetchall())
    cursor.execute(
        "SELECT polrelid::regclass::text, obj_description(oid, 'pg_policy') FROM pg_policy WHERE polname = 'scope'"
    )
    marks = dict(cursor.fetchall())
    for model in walled_models():
        table, own, below = model._meta.db_table, condition(model), condition_from_below(model)
        mark = hashlib.sha256(f"{own}|{below}".encode()).hexdigest()[:16]
        if marks.get(table) != mark:
            for name in POLICIES:
                cursor.execute(f"DROP POLICY IF EXISTS {name} ON {table}")
            cursor.execute(f"CREATE POLICY scope ON {table} USING ({own}) WITH CHECK ({own})")
            cursor.execute(f"CREATE POLICY owner ON {table} TO CURRENT_USER USING (true) WITH CHECK (true)")
            if below:
                cursor.execute(f"CREATE POLICY below ON {table} FOR SELECT USING ({below})")
            cursor.execute(f"COMMENT ON POLICY scope ON {table} IS '{mark}'")
        if not closed[table]:
            cursor.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")


def _let_rules_see_everything(cursor: Any) -> None:
    """Triggers keep rules over all rows, such as one file for one person, so they run with the owner's eyes. They are
    written by `CREATE OR REPLACE`, which gives them the caller's again: hence after each migrate."""
    cursor.execute(
        """SELECT p.oid::regprocedure::text FROM pg_proc p
        WHERE p.pronamespace = 'public'::regnamespace AND p.prorettype = 'trigger'::regtype AND NOT p.prosecdef
        AND p.proowner = current_user::regrole AND p.prosrc NOT LIKE '%%procrastinate%%'"""
    )
    for (function,) in cursor.fetchall():
        cursor.execute(f"ALTER FUNCTION {function} SECURITY DEFINER SET search_path = public, pg_temp")


def _let_names_be_found(cursor: Any) -> None:
    """Row security looks at a row before any operator that might tell of it; one that is known to tell nothing may go
    first, and use its index. Without that a search by name would read everybody of the scope. Only a superuser may say
    so: on another server its administrator does, as the how-to tells."""
    cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    if cursor.fetchone()[0]:
        cursor.execute("ALTER FUNCTION pg_catalog.arraycontains(anyarray, anyarray) LEAKPROOF")


def faults() -> list[str]:
    """Where the wall has a gap, in words; none, or the database shows more than it should."""
    exempt = {model._meta.db_table for model in _tables() if model._meta.label in NOT_WALLED} | {"django_migrations"}
    with connections["default"].cursor() as cursor:
        return [
            *(f"{table} has no forced row security" for table in _asked(cursor, _OPEN_TABLES) if table not in exempt),
            *(
                f"{model._meta.db_table} has no policy of its own"
                for model in walled_models()
                if model._meta.db_table not in set(_asked(cursor, _POLICY_OF))
            ),
            *(f"{name} is a policy that nobody here wrote" for name in _asked(cursor, _OTHER_POLICIES)),
            *(f"{view} is a view with its owner's eyes" for view in _asked(cursor, _VIEWS)),
            *(f"{name} is a function with its owner's eyes" for name in _asked(cursor, _FUNCTIONS)),
            *(f"{role} is not bound by row security" for role in _asked(cursor, _ROLE)),
        ]


def _asked(cursor: Any, query: str) -> list[str]:
    cursor.execute(query, {"application": APPLICATION, "policies": list(POLICIES)})
    return [row[0] for row in cursor.fetchall()]


_OPEN_TABLES = """SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
    AND NOT (relrowsecurity AND relforcerowsecurity)"""
_POLICY_OF = "SELECT polrelid::regclass::text FROM pg_policy WHERE polname = 'scope'"
_OTHER_POLICIES = """SELECT polname || ' on ' || polrelid::regclass::text FROM pg_policy
    WHERE polname <> ALL (%(policies)s)"""
_VIEWS = """SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm')
    AND NOT coalesce('security_invoker=true' = ANY (reloptions), false)"""
_FUNCTIONS = """SELECT p.oid::regprocedure::text FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace
    AND p.prosecdef AND p.prorettype <> 'trigger'::regtype"""
_ROLE = """SELECT rolname FROM pg_roles WHERE rolname = %(application)s AND (rolsuper OR rolbypassrls OR EXISTS (
    SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
    AND pg_has_role(%(application)s, relowner, 'MEMBER')))"""
