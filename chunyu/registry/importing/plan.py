"""What an import would change: each family of the workbook beside what is on file.

A plan is made once over the whole workbook, for who is on file where, and then walked in pieces: a piece holds some
hundred families with what each of them would set, so that a province's workbook never lies in memory as changes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from chunyu.accounts.acting import Acting
from chunyu.federation.models import Organisation, path_end
from chunyu.privacy.fields import BlindIndexField
from chunyu.registry import codes
from chunyu.registry.fact_names import FACT_NAMES, HOUSEHOLD
from chunyu.registry.identity import ID_NUMBER
from chunyu.registry.importing.changes import changes_of
from chunyu.registry.importing.families import FamilyPlan, PersonPlan
from chunyu.registry.importing.findings import Change
from chunyu.registry.importing.understanding import Understanding
from chunyu.registry.models import Cause, Household, Member
from chunyu.registry.queries import Value, county_name, declared_of_many
from chunyu.registry.workbook.columns import Column
from chunyu.registry.workbook.faults import Fault
from chunyu.registry.workbook.headers import Placed
from chunyu.registry.workbook.people import Draft, WorkerDraft
from chunyu.wall.scope import beyond_scope

LOOKED_UP_AT_ONCE = 5_000
PIECE = 1_000
BY_ID_NUMBER, BY_FILE_NUMBER = "id_number", "file_number"


class OnFile(NamedTuple):
    """Somebody on an open file, told by the few things that a comparison needs."""

    member: UUID
    household: UUID
    is_worker: bool
    scope_path: str


@dataclass
class Plan:
    """`new`, `changed` and `unchanged` count the families of the pieces walked so far; `faults` grow with them."""

    understanding: Understanding
    acting: Acting
    workers: list[WorkerDraft]
    on_file: dict[str, OnFile]
    matched: dict[int, UUID]  # household of a worker's draft, by the draft's identity
    faults: list[Fault] = field(default_factory=list)
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    _targets: dict[int, _Targets] = field(default_factory=dict)

    @property
    def refused(self) -> bool:
        return any(not fault.is_warning for fault in self.faults)

    def new_by_organisation(self) -> Counter[Organisation]:
        """How many new files each organisation will keep."""
        unions = self.understanding.unions
        return Counter(unions[id(each)] for each in self.workers if id(each) not in self.matched)

    def pieces(self) -> Iterator[list[FamilyPlan]]:
        for at in range(0, len(self.workers), PIECE):
            workers = self.workers[at : at + PIECE]
            conflicts: list[tuple[Draft, OnFile]] = []
            known = _known_families({self.matched[id(each)] for each in workers if id(each) in self.matched}, self)
            families = [self._family(worker, known, conflicts) for worker in workers]
            self.faults += _conflict_faults(conflicts, self.acting)
            for family in families:
                if family.is_new:
                    self.new += 1
                elif family.changes:
                    self.changed += 1
                else:
                    self.unchanged += 1
            yield families

    def walk(self, see: Callable[[Change], None] | None = None) -> None:
        """Only count, and find every fault; `see` is shown what would change."""
        for families in self.pieces():
            for family in families if see is not None else ():
                for change in changes_of(family):
                    see(change)

    def _family(
        self, worker: WorkerDraft, known: dict[UUID, _Known], conflicts: list[tuple[Draft, OnFile]]
    ) -> FamilyPlan:
        organisation = self.understanding.unions[id(worker)]
        existing = known.get(self.matched[id(worker)]) if id(worker) in self.matched else None
        said = self._said(worker)
        of_household = said.of_household
        if worker.causes:
            of_household["main_cause"] = worker.causes[0]
        family = FamilyPlan(
            organisation=organisation,
            household=existing.household if existing else None,
            columns=_differing(existing.household if existing else None, said.columns),
            facts=_news(of_household, existing.declared.get(None, {}) if existing else {}),
            causes=worker.causes if existing is None or worker.causes != existing.causes else (),
            people=[],
            worker=worker,
            causes_before=existing.causes if existing else (),
            declared=existing.declared if existing else {},
        )
        kept = set()
        for draft in (worker, *worker.members):
            number = draft.id_number.text if draft.id_number else ""
            held = None
            if existing:
                held = existing.worker if draft is worker else existing.members.get(number)
            other = self.on_file.get(number)
            if other is not None and (held is None or other.member != held.pk):
                conflicts.append((draft, other))
            if held is not None:
                kept.add(held.pk)
            family.people.append(self._person(draft, held, existing))
        if existing:
            self._look_at_leavers(family, existing, kept)
        return family

    def _look_at_leavers(self, family: FamilyPlan, existing: _Known, kept: set[UUID]) -> None:
        worker = family.worker
        family.left = [each for each in existing.members.values() if each.pk not in kept]
        if family.left:
            column = "household_size" if "household_size" in worker.columns else "id_number"
            self.faults.append(worker.fault("no_longer_listed", column, count=len(family.left)))
        if family.moves:
            self.faults.append(worker.fault("union_moves", "union", union=existing.household.organisation.name))

    def _person(self, draft: Draft, held: Member | None, existing: _Known | None) -> PersonPlan:
        said = self._said(draft)
        values = said.person
        if draft.name:
            values["name"] = draft.name
        if draft.id_number is not None:
            values["id_number"] = draft.id_number.text
        values["relation"] = "01" if isinstance(draft, WorkerDraft) else draft.values.get("relation")
        facts = said.of_member | _following(draft, said.of_member)
        declared = existing.declared.get(held.pk, {}) if held is not None and existing is not None else {}
        return PersonPlan(draft, held, _differing(held, values), _news(facts, declared))

    def _said(self, draft: Draft) -> Said:
        targets = self._targets.get(id(draft.columns))
        if targets is None:
            targets = self._targets[id(draft.columns)] = _Targets(draft.columns)
        return targets.of(draft)


def make_plan(understanding: Understanding, acting: Acting, key: str = BY_ID_NUMBER) -> Plan:
    """Find out who of the workbook is on file. `key`: what a family is found by, its worker's ID number or the file
    number that the workbook gives; a row without a file number is found by the ID number."""
    workers = [
        each
        for each in understanding.reading.workers
        if each.id_number is not None and id(each) in understanding.unions
    ]
    on_file = _on_file(workers)
    matched: dict[int, UUID] = {}
    plan = Plan(understanding, acting, workers, on_file, matched)
    by_number = _by_file_number(workers, acting) if key == BY_FILE_NUMBER else {}
    for worker in workers:
        number = worker.values.get("file_number") if key == BY_FILE_NUMBER else None
        if number is not None:
            household = by_number.get(number)
            if household is None:
                plan.faults.append(worker.fault("file_number_unknown", "file_number"))
            else:
                matched[id(worker)] = household
            continue
        held = on_file.get(worker.id_number.text) if worker.id_number else None
        if held is not None and held.is_worker and acting.sees(held.scope_path):
            matched[id(worker)] = held.household
    return plan


def _people(workers: Iterable[WorkerDraft]) -> Iterator[Draft]:
    for worker in workers:
        yield worker
        yield from worker.members


def _on_file(workers: list[WorkerDraft]) -> dict[str, OnFile]:
    """Everybody of the workbook who is on an open file anywhere, by ID number."""
    numbers = [each.id_number.text for each in _people(workers) if each.id_number is not None]
    found = {}
    for at in range(0, len(numbers), LOOKED_UP_AT_ONCE):
        piece = {BlindIndexField.of_value(number, ID_NUMBER): number for number in numbers[at : at + LOOKED_UP_AT_ONCE]}
        rows = Member.objects.filter(id_number_index__in=list(piece), is_open=True)
        with beyond_scope("duplicate-stop"):
            held = list(rows.values_list("id_number_index", "pk", "household_id", "is_worker", "scope_path"))
        found |= {piece[bytes(index)]: OnFile(*each) for index, *each in held}
    return found


def _by_file_number(workers: list[WorkerDraft], acting: Acting) -> dict[str, UUID]:
    """Open files under the sender by their numbers."""
    numbers = [number for each in workers if (number := each.values.get("file_number"))]
    found = {}
    for at in range(0, len(numbers), LOOKED_UP_AT_ONCE):
        rows = Household.objects.within(acting.path).filter(
            file_number__in=numbers[at : at + LOOKED_UP_AT_ONCE], status=Household.Status.ON_FILE
        )
        found |= dict(rows.values_list("file_number", "pk"))
    return found


@dataclass(slots=True)
class _Known:
    """What is on file of a family: who is in it now, and what was last declared of each (None: of the household)."""

    household: Household
    worker: Member | None
    members: dict[str, Member]
    causes: tuple[str, ...]
    declared: dict[UUID | None, dict[str, Value]]


def _known_families(keys: set[UUID], plan: Plan) -> dict[UUID, _Known]:
    if not keys:
        return {}
    households = Household.objects.filter(pk__in=keys).select_related("organisation")
    declared = declared_of_many(keys, plan.acting.day)
    known = {each.pk: _Known(each, None, {}, (), declared.get(each.pk, {})) for each in households}
    people = Member.objects.filter(household__in=keys, left_on__isnull=True)
    for member in people.defer("search_grams", "search_text", "name_pinyin"):
        family = known[member.household_id]
        family.members[member.id_number.reveal()] = member
        if member.is_worker:
            family.worker = member
    for cause in Cause.objects.filter(household__in=keys).order_by("rank"):
        known[cause.household_id].causes += (cause.code,)
    return known


# What a row says, by where it goes -----------------------------------------------------------------------------------


@dataclass(slots=True)
class Said:
    of_household: dict[str, Value]
    of_member: dict[str, Value]
    person: dict[str, Any]
    columns: dict[str, Any]


class _Targets:
    """Where the values of one table's rows go, worked out once for the table."""

    def __init__(self, columns: dict[str, Placed]) -> None:
        self.places: list[tuple[str, str, str]] = []
        for name, placed in columns.items():
            column: Column | None = placed.column
            assert column is not None
            kind, _, target = column.target.partition(":")
            if kind == "fact":
                kind = "of_household" if FACT_NAMES[target].subject == HOUSEHOLD else "of_member"
            kind = {"household": "columns"}.get(kind, kind)
            if kind in Said.__slots__:
                self.places.append((name, kind, target))

    def of(self, draft: Draft) -> Said:
        found: dict[str, dict[str, Any]] = {"of_household": {}, "of_member": {}, "person": {}, "columns": {}}
        values = draft.values
        for name, kind, target in self.places:
            value = values.get(name)
            if value is not None:
                found[kind][target] = value.date if hasattr(value, "agrees") else value
        return Said(**found)


def _following(draft: Draft, facts: dict[str, Value]) -> dict[str, Value]:
    """What a stated work status says besides: a student is one, somebody in work is none."""
    following: dict[str, Value] = {}
    status = facts.get("work_status")
    if status is not None and "is_student" not in facts:
        following["is_student"] = status == "student"
    studies = facts.get("is_student", following.get("is_student"))
    level = codes.SCHOOL_LEVEL.get(draft.values.get("education") or "")
    if studies is False:
        following["school_level"] = "none"
    elif studies and level:
        following["school_level"] = level
    return following


def _differing(held: Household | Member | None, values: dict[str, Any]) -> dict[str, Any]:
    """Of the values those that the row on file does not already have."""
    if held is None:
        return values
    found = {}
    for name, value in values.items():
        current = getattr(held, name)
        current = current.reveal() if hasattr(current, "reveal") else current
        if current != value:
            found[name] = value
    return found


def _news(values: dict[str, Value], declared: dict[str, Value]) -> dict[str, Value]:
    """Of the stated values those that differ from what was last declared."""
    if not declared:
        return values
    return {name: value for name, value in values.items() if name not in declared or declared[name] != value}


# Conflicts -----------------------------------------------------------------------------------------------------------


def _conflict_faults(conflicts: list[tuple[Draft, OnFile]], acting: Acting) -> list[Fault]:
    """A person on another open file is a fault at their cell; where that file is not under the sender, only its
    county is told."""
    if not conflicts:
        return []
    keys = {other.member for _, other in conflicts}
    rows = Member.objects.filter(pk__in=keys).select_related(
        "household", "organisation__region", "organisation__parent"
    )
    others = {each.pk: each for each in rows.defer("search_grams", "search_text")}
    end = path_end(acting.path)
    found = []
    for draft, on_file in conflicts:
        other = others[on_file.member]
        if acting.path <= other.scope_path < end:
            number = other.household.file_number
            found.append(draft.fault("on_file_in_other_household", "id_number", file_number=number))
        else:
            found.append(draft.fault("on_file_elsewhere", "id_number", county=county_name(other)))
    return found
