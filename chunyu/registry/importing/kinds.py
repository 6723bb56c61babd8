"""Kinds of table that a workbook may hold. One importer reads, checks, compares, writes and undoes them all; a kind
says what its columns are, what a row is found by on file, and how rows are written.

`settings.IMPORT_KINDS` names them, so that a room above this one can bring its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Protocol

from django.conf import settings
from django.http import Http404
from django.utils.functional import Promise
from django.utils.module_loading import import_string

from chunyu.accounts.acting import Acting
from chunyu.accounts.roles import Role
from chunyu.federation.models import Organisation
from chunyu.registry.importing.findings import Change, Findings
from chunyu.registry.importing.tables import ImportBatch
from chunyu.registry.workbook.faults import Fault
from chunyu.registry.workbook.grid import Book
from chunyu.registry.workbook.headers import AnswersFor, Table


@dataclass(frozen=True)
class MatchKey:
    """What a row may be found by on file, in a word and in a sentence."""

    name: str
    label: str | Promise
    help: str | Promise


@dataclass(frozen=True)
class Setting:
    """Under what a workbook is read: whose it is, whose answers about unions count, the day, what its headers were said
    to mean, whether what cannot be placed is asked about or is a fault, and whether the sender wants members of other
    unions transferred."""

    acting: Acting
    scope: Organisation
    day: date
    latest_birth: date
    answers: AnswersFor
    ask: bool = True
    transfers: bool = False


class Understood(Protocol):
    """What a workbook says. `rows` counts what is imported, `people` who is in it."""

    findings: Findings
    tables: list[Table]
    rows: int
    people: int


class Planned(Protocol):
    """What an import would do, compared with what is on file."""

    faults: list[Fault]
    new: int
    changed: int
    unchanged: int

    @property
    def refused(self) -> bool: ...

    def walk(self, see: Callable[[Change], None] | None = None) -> None: ...


class Kind(Protocol):
    """A kind of table. `senders` may send it in; `follows` is the event told of when one was imported, `shown_at` the
    page that lists what it brings; `undone` says what an undo does."""

    name: str
    label: str | Promise
    help: str | Promise
    rows_word: str | Promise
    senders: frozenset[Role]
    keys: Sequence[MatchKey]
    follows: str
    parts: Sequence[str]
    shown_at: str
    undone: Sequence[str | Promise]
    transfers: bool

    def understand(self, book: Book, setting: Setting) -> Understood: ...

    def plan(self, understood: Any, acting: Acting, key: str) -> Any: ...

    def write(self, plan: Any, acting: Acting, batch: ImportBatch, walked: Callable[[int], None]) -> Iterator[str]: ...

    def undo(self, acting: Acting, batch: ImportBatch, before: Sequence[str]) -> Undone: ...

    def template(self) -> tuple[str, bytes]: ...


@dataclass(frozen=True)
class Kept:
    """Something that an undo leaves as it is, since it has been built upon."""

    subject: str
    why: str


@dataclass(frozen=True)
class Undone:
    """What an undo put back, and what it must leave."""

    rows: int
    kept: list[Kept]


@cache
def kinds() -> dict[str, Kind]:
    found = [import_string(place) for place in settings.IMPORT_KINDS]
    return {each.name: each for each in found}


def kind_of(name: str) -> Kind:
    """Http404 for a kind that does not exist."""
    try:
        return kinds()[name]
    except KeyError:
        raise Http404(name) from None


def kinds_for(role: Role) -> list[Kind]:
    return [each for each in kinds().values() if role in each.senders]
