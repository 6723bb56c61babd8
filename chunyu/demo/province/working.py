"""What the processes of a load do. Each sets Django up for itself, so no table is named before that."""

from __future__ import annotations

import os
import threading
import time
import traceback
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import django

if TYPE_CHECKING:
    from chunyu.demo.province.people import People
    from chunyu.demo.province.tree import Tree


class Piece(NamedTuple):
    step: str
    number: int
    rows: int


def set_up(parent: int) -> None:
    threading.Thread(target=_end_with, args=[parent], name="watch", daemon=True).start()
    django.setup()


def _end_with(command: int) -> None:
    """Whoever waits for work from a command that was killed would wait for ever; half a piece is rolled back."""
    while os.getppid() == command:
        time.sleep(0.5)
    os._exit(1)


@cache
def tree() -> Tree:
    from chunyu.demo.province import federation, progress

    found = progress.standing()
    assert found is not None
    assert found.first_number is not None
    return federation.tree_of(found.plan, found.first_number)


@cache
def _people() -> People:
    from chunyu.demo.province.people import People

    return People(tree())


class PieceFailed(Exception):
    """What went wrong in another process, in its own words: not every error can be handed from process to process."""


def work(piece: Piece) -> None:
    """In a process of the pool: one piece."""
    try:
        _work(piece)
    except Exception as error:
        raise PieceFailed("".join(traceback.format_exception(error))) from None


def _work(piece: Piece) -> None:
    from chunyu.demo.province import federation, households, indexes

    if piece.step == "people":
        _put_people(piece.number)
    elif piece.step == "organisations":
        federation.found_unions(tree(), piece.number)
    elif piece.step == "employers":
        federation.put_employers(tree(), piece.number)
    elif piece.step == "households":
        households.file_households(tree(), piece.number, piece.rows)
    else:
        indexes.make(piece.step)


def _put_people(number: int) -> None:
    from django.db import connection, transaction

    from chunyu.demo.province import progress
    from chunyu.demo.province.people import SPELL, WORKER

    workers, spells = _people().block(number)
    with transaction.atomic():
        if not progress.take("people", number, workers.count(b"\n")):
            return
        with connection.cursor() as cursor:
            # What triggers and foreign keys ask of each row is asked of all rows at once in the end (`proof`). It is
            # for this transaction alone: whatever is killed, no rule of the database stays off.
            cursor.execute("SET LOCAL session_replication_role = replica")
            for lines, content in ((WORKER, workers), (SPELL, spells)):
                with cursor.copy(lines.statement()) as copy:
                    copy.write(content)
