"""What somebody who holds the database can do to the record, each at one place of the chain.

They act as its owner with every trigger off; each trick is undone by rolling back. What they cannot do is sign.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection, transaction

from chunyu.audit import chain, checkpoints
from chunyu.audit.chain import BEGINNING, digest_of
from chunyu.audit.checkpoints import FILE, Checkpoint, Forged
from chunyu.audit.verifying import Report, verify

Trick = Callable[[int], None]


class Undone(Exception):
    """Ends a trick, and takes it back."""


def run(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@contextmanager
def undone() -> Iterator[None]:
    """Everything within is done with the triggers off, and taken back at the end."""
    try:
        with transaction.atomic():
            run("SET LOCAL session_replication_role = replica")
            yield
            raise Undone
    except Undone:
        pass


def edit(place: int) -> None:
    run(
        "UPDATE audit_entry SET note = note || '.' WHERE id = (SELECT entry_id FROM audit_link WHERE position = %s)",
        place,
    )


def another_person(place: int) -> None:
    run(
        "UPDATE audit_entry SET user_id = (SELECT max(id) FROM accounts_user WHERE id <> user_id) "
        "WHERE id = (SELECT entry_id FROM audit_link WHERE position = %s)",
        place,
    )


def delete(place: int) -> None:
    run("DELETE FROM audit_entry WHERE id = (SELECT entry_id FROM audit_link WHERE position = %s)", place)


def delete_with_link(place: int) -> None:
    delete(place)
    run("DELETE FROM audit_link WHERE position = %s", place)


def cut_tail(place: int) -> None:
    run("DELETE FROM audit_entry WHERE id IN (SELECT entry_id FROM audit_link WHERE position >= %s)", place)
    run("DELETE FROM audit_link WHERE position >= %s", place)


def insert(place: int) -> None:
    """An act of the past put in afterwards, and sealed like any other."""
    run(
        "INSERT INTO audit_entry (at, user_id, post_id, event, subject, scope_path, note, seen) SELECT "
        "at - interval '3 hours', user_id, "
        "post_id, event, subject, scope_path, note, seen FROM audit_entry "
        "WHERE id = (SELECT entry_id FROM audit_link WHERE position = %s)",
        place,
    )
    chain.seal(everything=True)


def swap(place: int) -> None:
    run(
        "UPDATE audit_link l SET entry_id = -o.entry_id FROM audit_link o WHERE (l.position, o.position) IN "
        "((%s, %s), (%s, %s))",
        *(place, place - 1, place - 1, place),
    )
    run("UPDATE audit_link SET entry_id = -entry_id WHERE entry_id < 0")


def copy(place: int) -> None:
    """What one entry says written over the one before."""
    run(
        "UPDATE audit_entry e SET note = o.note || ' ', event = o.event, subject = o.subject, at = o.at "
        "FROM audit_entry o WHERE e.id = (SELECT entry_id FROM audit_link WHERE position = %s) "
        "AND o.id = (SELECT entry_id FROM audit_link WHERE position = %s)",
        *(place - 1, place),
    )


def chain_anew(place: int) -> None:
    """An entry changed, and every digest from there on made new: the chain agrees with itself."""
    edit(place)
    before = BEGINNING
    for position, digest, sealed_at, body in list(chain.links(max(place - 1, 1))):
        if position >= place:
            digest = digest_of(before, position, sealed_at, body)
            run("UPDATE audit_link SET digest = %s WHERE position = %s", digest, position)
        before = digest


def put_clock_back(place: int) -> None:
    run("UPDATE audit_link SET sealed_at = sealed_at - interval '400 days' WHERE position = %s", place)


def older_copy(place: int) -> None:
    """A copy of the database of when the record ended here, in which life went on."""
    cut_tail(place + 1)
    run(
        "INSERT INTO audit_entry (at, user_id, post_id, event, subject, scope_path, note, seen) SELECT now(), user_id, "
        "post_id, event, subject, scope_path, 'other', seen FROM audit_entry ORDER BY id LIMIT 3"
    )
    chain.seal(everything=True)


TRICKS: dict[str, Trick] = {
    trick.__name__: trick
    for trick in (edit, another_person, delete, delete_with_link, cut_tail, insert, swap, copy, chain_anew,
                  put_clock_back, older_copy)
}  # fmt: skip


def forge_checkpoint(place: int, said: Path, into: Path) -> tuple[list[Checkpoint], list[Forged]]:
    """The record is chained anew, and the notes are made to agree; only the signature cannot be."""
    chain_anew(place)
    digests = {position: digest.hex() for position, digest, _, _ in chain.links(1)}
    lines = [json.loads(line) for line in said.read_text().splitlines()]
    forged = [line | {"digest": digests.get(line["position"], line["digest"])} for line in lines]
    into.write_text("".join(json.dumps(line) + "\n" for line in forged))
    return checkpoints.read(into)


def found(trick: Trick, place: int, said: list[Checkpoint]) -> Report:
    """What a verification sees while a trick stands."""
    with undone():
        trick(place)
        report = verify(said)
    return report


def notes_every(step: int) -> None:
    """Checkpoints as if the chain had been noted after every so many places."""
    at = chain.head().sealed_at
    for position, digest, _, _ in chain.links(1):
        if position % step == 0:
            checkpoints.note(chain.Head(position, digest), at)
    checkpoints.note(chain.head(), at)


def file() -> Path:
    return checkpoints.folder() / FILE
