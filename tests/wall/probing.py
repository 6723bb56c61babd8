"""A row for each walled table in each of two counties, and raw statements that try to reach the other county's.

Rows are put there by the owner past every rule of the table, all in the caller's transaction: what a row says does not
matter here, only whose it is.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import Error, connection, models, transaction

from chunyu.accounts.roles import Role
from chunyu.wall.policies import hangs_from, walled_models
from chunyu.wall.scope import as_application, scoped
from tests.situations import County

REFUSED = "42501"  # what PostgreSQL says of a row that a policy does not let in
_numbers = itertools.count(900_000_001)
Key = Any


def run(statement: str, values: list[Any] | None = None) -> int:
    """The number of rows that a statement saw, wrote or removed."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return len(cursor.fetchall()) if cursor.description else cursor.rowcount


def without_rules() -> None:
    """Let any row in: no trigger, no constraint but the key where it is one column."""
    run("SET CONSTRAINTS ALL IMMEDIATE")
    run("SET LOCAL session_replication_role = replica")
    for model in walled_models():
        table = model._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND (contype IN ('c', 'f', 'x') "
                "OR contype = 'p' AND cardinality(conkey) > 1)",
                [table],
            )
            for (name,) in cursor.fetchall():
                cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT IF EXISTS "{name}" CASCADE')
            cursor.execute(
                """SELECT attname FROM pg_attribute a WHERE attrelid = %s::regclass AND attnum > 0 AND attnotnull
                AND NOT attisdropped AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = a.attrelid
                AND i.indisprimary AND a.attnum = ANY (i.indkey))""",
                [table],
            )
            for (name,) in cursor.fetchall():
                cursor.execute(f'ALTER TABLE {table} ALTER COLUMN "{name}" DROP NOT NULL')


@dataclass
class Rows:
    """One county's row of every walled table."""

    county: County
    keys: dict[str, Key] = field(default_factory=dict)

    def put_all(self) -> None:
        for model in walled_models():
            self.key(model)

    def key(self, model: type[models.Model]) -> Key:
        if model._meta.label not in self.keys:
            columns = self.columns(model)
            self.keys[model._meta.label] = columns[key_of(model).column]
            run(*insertion(model, columns))
        return self.keys[model._meta.label]

    def columns(self, model: type[models.Model]) -> dict[str, Any]:
        """What makes a row this county's."""
        label, own = model._meta.label, {field.name for field in model._meta.local_fields}
        if label == "ledger.Transfer":
            place: dict[str, Any] = {"by_id": self.county.post(Role.FINANCE_OFFICER).pk}
        elif label == "ledger.Leg":
            place = {"account_id": self.key(model._meta.get_field("account").related_model)}
        elif "scope_path" in own:
            place = {"scope_path": self.county.path}
        else:
            above = hangs_from(model)
            place = {above.column: self.key(above.related_model)}
        key = key_of(model)
        if key.column not in place:
            place[key.column] = self.fresh(key)
        return place

    def fresh(self, key: models.Field) -> Key:
        while isinstance(key, models.ForeignKey):
            if key.related_model in walled_models():
                return self.key(key.related_model)
            key = key.target_field
        if isinstance(key, models.UUIDField):
            return uuid.uuid4()
        return str(next(_numbers)) if isinstance(key, models.CharField) else next(_numbers)


def key_of(model: type[models.Model]) -> models.Field:
    """What tells a county's row of a table: of several columns together, the one that makes it the county's."""
    return hangs_from(model) if isinstance(model._meta.pk, models.CompositePrimaryKey) else model._meta.pk


def insertion(model: type[models.Model], columns: dict[str, Any]) -> tuple[str, list[Any]]:
    names, marks = ", ".join(columns), ", ".join(["%s"] * len(columns))
    return f"INSERT INTO {model._meta.db_table} ({names}) VALUES ({marks})", list(columns.values())


def attempts(model: type[models.Model], rows: Rows) -> Iterator[tuple[str, str, list[Any]]]:
    """A statement of each verb on the row of a table."""
    table, key, value = model._meta.db_table, key_of(model).column, rows.key(model)
    place = {column: given for column, given in rows.columns(model).items() if column != key} or {key: value}
    moved, into = next(iter(place.items()))
    yield "SELECT", f"SELECT {key} FROM {table} WHERE {key} = %s", [value]
    yield "INSERT", *insertion(model, {**rows.columns(model)})
    yield "UPDATE", f"UPDATE {table} SET {moved} = %s WHERE {key} = %s", [into, value]
    yield "DELETE", f"DELETE FROM {table} WHERE {key} = %s", [value]


def handing_over(model: type[models.Model], own: Rows, other: Rows) -> tuple[str, list[Any]]:
    """One's own row given to the other county."""
    columns = other.columns(model)
    moved = next(iter(columns))
    key = key_of(model).column
    return f"UPDATE {model._meta.db_table} SET {moved} = %s WHERE {key} = %s", [columns[moved], own.key(model)]


def reached(statement: str, values: list[Any]) -> int:
    """How many rows a statement reached. Refused by row security is none; refused by any other rule got past it. What
    it did is undone."""
    with transaction.atomic():
        try:
            with transaction.atomic():
                found = run(statement, values)
        except Error as error:
            found = int(getattr(error.__cause__, "sqlstate", "") != REFUSED)
        transaction.set_rollback(True)
    return found


@contextmanager
def looking(path: str | None) -> Iterator[None]:
    """As the application, with this scope; None never named one."""
    with as_application():
        if path is None:
            yield
        else:
            with scoped(path):
                yield
