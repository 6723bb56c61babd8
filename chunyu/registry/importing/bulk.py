"""Rows by the hundred thousand: sent as COPY takes them, while the next ones are being made.

COPY goes past row security and is therefore closed to the application. Behind the wall the rows arrive in a table of
the session's own and are inserted from there, where each is looked at like any other.

The tables' constraints and triggers hold as for any other row. What is saved is the way there: no object for each row,
no conversion asked of a field again and again, and the database writes one piece while the program seals the next.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from functools import lru_cache
from queue import Queue
from typing import Any, LiteralString

from django.db import connection
from django.db.models import BinaryField, Field, Model
from psycopg import Connection, sql

from chunyu.privacy.fields import BlindIndexField, SealedTextField
from chunyu.privacy.sealing import seal
from chunyu.registry import names
from chunyu.wall import is_up

NULL = "\\N"
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": ""})


def escaped(text: str) -> str:
    """A text inside a line of COPY."""
    return text if text.isalnum() else text.translate(_ESCAPES)


def octets(value: bytes) -> str:
    return "\\\\x" + value.hex()


def written(value: Any) -> str:
    """A plain value as COPY takes it."""
    if value is None:
        return NULL
    if type(value) is str:
        return escaped(value)
    if value is True:
        return "t"
    if value is False:
        return "f"
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return octets(value)
    return str(value)


def sealed(model: type[Model], field: str, key: str, text: str | None) -> str:
    """The sealed field of a row that does not exist yet, under the context in which it will be opened."""
    return octets(seal(text.encode(), f"{model._meta.db_table}:{field}:{key}")) if text else NULL


@lru_cache(maxsize=20_000)
def finding(name: str) -> tuple[str, str, str]:
    """What a name sorts by and is found by (pinyin, search text, grams), written."""
    text = names.search_text(name)
    grams = ",".join('"' + gram.replace("\\", "\\\\").replace('"', '\\"') + '"' for gram in names.grams(text))
    return escaped(names.pinyin(name)), escaped(text), escaped("{" + grams + "}")


def plan_for_many_rows() -> None:
    """Have triggers and foreign keys cost the same for the last row of this transaction as for the first.

    They keep the plan that they made first, which on a table that was empty reads it whole for every row. And each asks
    whether it is to be ignored: without an answer it catches an error, in a subtransaction of its own, whose end goes
    through everything that the transaction still has to check."""
    with connection.cursor() as cursor:
        cursor.execute("DISCARD PLANS")
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SELECT set_config('pgtrigger.ignore', '{}', true)")


def look_again(models: Iterable[type[Model]]) -> None:
    """Have the planner count the tables anew, before others ask about what was written."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = on")
        for model in models:
            cursor.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(model._meta.db_table)))


class Lines:
    """Lines of one table. `same` are the values that all rows share; each row gives the rest by column, and what it
    leaves out is the field's own default."""

    def __init__(self, model: type[Model], rest: Iterable[str], same: Mapping[str, Any]) -> None:
        self.model, self.rest, self.lines = model, tuple(rest), list[str]()
        fields = {field.attname: field for field in model._meta.concrete_fields}
        shared = [
            name for name in fields if name not in self.rest and (name in same or not _made_by_database(fields[name]))
        ]
        self.tail = "".join("\t" + written(same[name] if name in same else _default(fields[name])) for name in shared)
        self.tail += "\n"
        self.defaults = [written(_default(fields[name])) for name in self.rest]
        self.columns = [fields[name].column for name in (*self.rest, *shared)]

    def add(self, row: Mapping[str, str]) -> None:
        """A row of written values."""
        given = row.get
        self.lines.append("\t".join(map(given, self.rest, self.defaults)) + self.tail)

    def statement(self) -> sql.Composed:
        return straight(self.model._meta.db_table, self.columns)

    def taken(self) -> bytes:
        """The lines so far; the next ones begin anew."""
        content = "".join(self.lines).encode()
        self.lines.clear()
        return content


def _made_by_database(field: Field) -> bool:
    return field.primary_key and not field.has_default()


def _default(field: Field) -> Any:
    if isinstance(field, SealedTextField | BlindIndexField | BinaryField) or not field.has_default():
        return None
    return field.get_default()


def straight(table: str, columns: Iterable[str]) -> sql.Composed:
    """COPY into the table itself: for the owner of the tables alone."""
    named = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), named)


@contextmanager
def arriving(cursor: Any, table: str, columns: Iterable[str]) -> Iterator[Any]:
    """A stream of rows into a table; they are in it when the block ends."""
    words = {
        "table": sql.Identifier(table),
        "here": sql.Identifier(f"arriving_{table}"),
        "columns": sql.SQL(", ").join(map(sql.Identifier, columns)),
    }

    def said(statement: LiteralString) -> str:
        return sql.SQL(statement).format(**words).as_string()

    cursor.execute(said("CREATE TEMPORARY TABLE {here} ON COMMIT DROP AS SELECT {columns} FROM {table} WITH NO DATA"))
    with cursor.copy(said("COPY {here} ({columns}) FROM STDIN")) as copy:
        yield copy
    cursor.execute(said("INSERT INTO {table} ({columns}) SELECT {columns} FROM {here}"))
    cursor.execute(said("DROP TABLE {here}"))


class Stream:
    """Sends pieces in order through the connection of the transaction at hand, in a thread beside the program.

    Nobody else may use the connection meanwhile: call `settle` before every query. What the database refuses is raised
    there, or by the next `send`.
    """

    WAITING = 3

    def __init__(self) -> None:
        connection.ensure_connection()
        self._raw: Connection = connection.connection
        self._pieces: Queue[tuple[str, list[str], bytes] | None] = Queue(self.WAITING)
        self._failed: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="copy", daemon=True)
        self._thread.start()

    def send(self, lines: Lines) -> None:
        self._raise()
        if lines.lines:
            self._pieces.put((lines.model._meta.db_table, lines.columns, lines.taken()))

    def settle(self) -> None:
        """Wait until everything sent is in the tables."""
        self._pieces.join()
        self._raise()

    def close(self) -> None:
        """Ends the thread; what was sent after a failure is dropped."""
        self._pieces.put(None)
        self._thread.join()

    def _raise(self) -> None:
        if self._failed is not None:
            with connection.wrap_database_errors:
                raise self._failed

    def _work(self) -> None:
        while (piece := self._pieces.get()) is not None:
            if self._failed is None:
                try:
                    self._copy(*piece)
                except BaseException as error:  # handed to the one who sends
                    self._failed = error
            self._pieces.task_done()
        self._pieces.task_done()

    def _copy(self, table: str, columns: list[str], content: bytes) -> None:
        with self._raw.cursor() as cursor:
            if is_up():
                with arriving(cursor, table, columns) as copy:
                    copy.write(content)
            else:
                with cursor.copy(straight(table, columns)) as copy:
                    copy.write(content)
