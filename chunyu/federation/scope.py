"""The copies of the owner's path that scoped rows carry, kept by the database.

A row written while its owner is being moved would otherwise keep the old path and stay visible to the wrong people.
The trigger reads the path under the lock that a move waits for, so one of the two always sees the other. It is put on
every table of a Scoped model after each migrate, so no room can forget it.
"""

from typing import Any

import pgtrigger
from django.apps import apps
from django.db import connections, models
from django.db.models import Value
from django.db.models.functions import Concat, Substr

from chunyu.federation.models import Organisation, Scoped, path_end
from chunyu.wall.scope import beyond_scope

FUNCTION = """
CREATE OR REPLACE FUNCTION federation_copy_scope_path() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT path INTO NEW.scope_path FROM federation_organisation WHERE id = NEW.organisation_id FOR KEY SHARE;
    IF NEW.scope_path IS NULL THEN
        NEW.scope_path := '';  -- no such organisation: the foreign key says so itself
    END IF;
    RETURN NEW;
END $$
"""
TRIGGER = """
CREATE OR REPLACE TRIGGER federation_copy_scope_path BEFORE INSERT OR UPDATE OF organisation_id, scope_path ON {}
FOR EACH ROW EXECUTE FUNCTION federation_copy_scope_path()
"""


def scoped_models() -> list[type[Scoped]]:
    return [
        model for model in apps.get_models() if issubclass(model, Scoped) and not model._meta.proxy and _own_path(model)
    ]


def install(using: str = "default", **_: Any) -> None:
    """Put the trigger on every scoped table that exists; harmless when it is there."""
    connection = connections[using]
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        if Organisation._meta.db_table not in tables:
            return
        cursor.execute(FUNCTION)
        for model in scoped_models():
            if model._meta.db_table in tables:
                cursor.execute(TRIGGER.format(connection.ops.quote_name(model._meta.db_table)))


def follow(before: str, after: str) -> None:
    """Give the rows under a moved path the new one. The owners' own paths are changed first.

    Rows that are never edited go along too: who owns them and what they say stays the same.
    """
    with pgtrigger.ignore(), beyond_scope("move-union"):
        for model in scoped_models():
            rows = models.QuerySet(model).filter(scope_path__gte=before, scope_path__lt=path_end(before))
            rows.update(scope_path=Concat(Value(after), Substr("scope_path", len(before) + 1)))


def out_of_step() -> dict[str, int]:
    """How many rows of each table carry another path than their owner: none, or the scope is broken."""
    counts = {
        model._meta.label: models.QuerySet(model).exclude(scope_path=models.F("organisation__path")).count()
        for model in scoped_models()
    }
    return {label: count for label, count in counts.items() if count}


def _own_path(model: type[models.Model]) -> bool:
    return model._meta.get_field("scope_path").model is model
