"""Trials of bringing a copy back, and the record of them: what is demanded of a system like this is a recent one."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from psycopg import sql

from chunyu.backup import archiving
from chunyu.backup.restoring import Restored
from chunyu.backup.shelf import Shelf
from chunyu.running import embedded_postgres

RECORD = "drills.jsonl"


@dataclass(frozen=True)
class Drill:
    """One trial: which copy, how long from nothing to a database that answers, and what was in it."""

    at: datetime
    copy: str
    seconds: float
    last_commit: datetime | None
    tables: int
    rows: int

    def as_json(self) -> str:
        return json.dumps(asdict(self), default=str)


def look_over(restored: Restored, seconds: float) -> Drill:
    """Start it once more and read every row of every table: a page that is damaged says so."""
    embedded_postgres.start(restored.places)
    try:
        with archiving.connected(restored.places) as connection:
            named = connection.execute("SELECT schemaname, tablename FROM pg_tables WHERE schemaname = 'public'")
            tables = named.fetchall()
            rows = 0
            for schema, table in tables:
                whole = sql.Identifier(str(schema), str(table))
                counted = connection.execute(sql.SQL("SELECT count(*), max(length(t::text)) FROM {} t").format(whole))
                row = counted.fetchone()
                rows += int(str(row[0])) if row else 0
    finally:
        embedded_postgres.stop(restored.places)
    return Drill(datetime.now(UTC), restored.copy, seconds, restored.last_commit, len(tables), rows)


def note(shelf: Shelf, drill: Drill) -> None:
    with (shelf.folder / RECORD).open("a") as record:
        record.write(drill.as_json() + "\n")


def last(shelf: Shelf) -> datetime | None:
    """When the last trial was."""
    try:
        lines = (shelf.folder / RECORD).read_text().splitlines()
    except FileNotFoundError:
        return None
    return datetime.fromisoformat(json.loads(lines[-1])["at"]) if lines else None
