"""The chain: each committed entry gets a place, and a digest that covers it and everything before.

One process at a time seals, under a lock of the database: a chain needs one order, and the acts themselves should not
wait for each other. What a digest covers is written out field by field with its length, so that no two different
records read the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

BEGINNING = bytes(32)
LOCK = 0x63_68_61_69_6E  # any number that nobody else locks by
STRAGGLERS = 100_000  # keys below the last sealed one in which an entry of a slow transaction is looked for each time
BATCH = 5_000
# Times as microseconds, keys as text: what the database writes is what is digested, whoever reads it.
BODY = """e.id, (extract(epoch FROM e.at) * 1000000)::bigint, e.user_id, e.post_id, e.event, e.subject, e.scope_path,
          e.note, array_to_string(e.seen, ',')"""
Body = tuple[Any, ...]


@dataclass(frozen=True)
class Head:
    """The last link: its position, its digest, and when it was made (microseconds)."""

    position: int = 0
    digest: bytes = BEGINNING
    sealed_at: int = 0


def digest_of(before: bytes, position: int, sealed_at: int, body: Body) -> bytes:
    """The digest of the entry at a position, after the one before."""
    found = hashlib.sha256(before)
    for value in (position, sealed_at, *body):
        if value is None:
            found.update(b"\xff\xff\xff\xff")
        else:
            written = str(value).encode()
            found.update(len(written).to_bytes(4, "big") + written)
    return found.digest()


def head() -> Head:
    """The end of the chain as it stands."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT position, digest, (extract(epoch FROM sealed_at) * 1000000)::bigint FROM audit_link "
            "ORDER BY position DESC LIMIT 1"
        )
        row = cursor.fetchone()
    return Head(row[0], bytes(row[1]), row[2]) if row else Head()


def seal(*, everything: bool = False) -> Head:
    """Give every committed entry that has none a place, in the order of their keys; the end of the chain after that.

    An entry whose transaction ended late is found up to `STRAGGLERS` keys back, and with `everything` wherever it is.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        last = head()
        while True:
            waiting = _waiting(cursor, everything)
            last = _append(cursor, last, waiting)
            if len(waiting) < BATCH:
                return last


def _waiting(cursor: Any, everything: bool) -> list[Body]:
    since = "" if everything else "AND e.id > (SELECT coalesce(max(entry_id), 0) - %s FROM audit_link)"
    cursor.execute(
        f"SELECT {BODY} FROM audit_entry e WHERE NOT EXISTS (SELECT FROM audit_link l WHERE l.entry_id = e.id) "  # noqa: S608 no value of anybody's
        f"{since} ORDER BY e.id LIMIT %s",
        [BATCH] if everything else [STRAGGLERS, BATCH],
    )
    return list(cursor.fetchall())


def _append(cursor: Any, last: Head, waiting: Iterable[Body]) -> Head:
    # A clock that was put back does not put the chain back: its times never fall.
    cursor.execute("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
    now = max(cursor.fetchone()[0], last.sealed_at)
    rows = []
    for body in waiting:
        position = last.position + 1
        last = Head(position, digest_of(last.digest, position, now, body), now)
        rows.append((position, body[0], now, last.digest))
    if rows:
        cursor.executemany(
            "INSERT INTO audit_link (position, entry_id, sealed_at, digest) "
            "VALUES (%s, %s, to_timestamp(0) + %s * interval '1 microsecond', %s)",
            rows,
        )
    return last


def links(first: int, last: int | None = None) -> Iterator[tuple[int, bytes, int, Body]]:
    """(position, digest, time of sealing, entry) from a position on, in order; an entry that is gone is all None."""
    end = "" if last is None else "AND l.position <= %s"
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(
            f"SELECT l.position, l.digest, (extract(epoch FROM l.sealed_at) * 1000000)::bigint, {BODY} "  # noqa: S608 no value of anybody's
            f"FROM audit_link l LEFT JOIN audit_entry e ON e.id = l.entry_id WHERE l.position >= %s {end} "
            "ORDER BY l.position",
            [first] if last is None else [first, last],
        )
        while rows := cursor.fetchmany(2_000):
            for position, digest, sealed_at, *body in rows:
                yield position, bytes(digest), sealed_at, tuple(body)
