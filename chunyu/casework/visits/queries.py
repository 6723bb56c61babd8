"""Which households are to be visited, and what the visitor needs to know at the door."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from chunyu.accounts.acting import Acting
from chunyu.casework import checks
from chunyu.casework.models import Case, Visit
from chunyu.casework.process import Process, processes
from chunyu.casework.queries import cases_visible_to
from chunyu.privacy.masking import mask_id_number
from chunyu.registry.models import Household


def visited_from(process: Process) -> set[str]:
    """The states from which a move needs a home visit on record."""
    return {source for move in process.moves if checks.visited in process.needs[move.name] for source in move.sources}


def worked_on(acting: Acting) -> QuerySet[Case]:
    """The cases of families in the subtree on which this role works."""
    names = [process.name for process in processes() if acting.role in process.access.works]
    return cases_visible_to(acting).filter(process__in=names, household__isnull=False)


def to_visit(acting: Acting) -> QuerySet[Case]:
    """Open cases whose next step needs a visit, with none on record; with everybody, or handed to this very post."""
    waiting = Q(pk__in=[])
    for process in processes():
        waiting |= Q(process=process.name, state__in=visited_from(process))
    made = Exists(Visit.objects.filter(case=OuterRef("pk")))
    mine = Q(handler__isnull=True) | Q(handler=acting.post)
    return worked_on(acting).filter(waiting, mine, ~made, closed_on__isnull=True)


@dataclass(frozen=True)
class Person:
    """One of the household, as far as a visitor needs to know them."""

    name: str
    relation: str
    age: int
    id_number: str  # masked


@dataclass(frozen=True)
class Sheet:
    """What goes along to one household: where it lives, how to reach it, who they are, what to ask."""

    case: Case
    name: str
    address: str
    phone: str
    people: tuple[Person, ...]
    asks: tuple[str, ...]


def sheet_of(case: Case, day: date) -> Sheet:
    assert case.household is not None
    household: Household = case.household
    worker = household.worker
    people = [each for each in household.members.all() if each.left_on is None]
    return Sheet(
        case=case,
        name=worker.name,
        address=worker.address.reveal() if worker.address else "",
        phone=worker.phone.reveal() if worker.phone else "",
        people=tuple(
            Person(each.name, each.get_relation_display(), _age(each.birth_date, day), _masked(each))
            for each in sorted(people, key=lambda each: (not each.is_worker, each.birth_date))
        ),
        asks=tuple(case.table.to_ask(case) if case.table.to_ask else ()),
    )


def sheets_of(cases: Iterable[Case], day: date) -> list[Sheet]:
    return [sheet_of(case, day) for case in cases]


def _masked(member) -> str:
    return mask_id_number(member.id_number.reveal())


def _age(born: date, day: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
