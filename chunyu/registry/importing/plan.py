"""What an import would change: each family of the workbook beside what is on file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from chunyu.accounts.acting import Acting
from chunyu.federation.models import Organisation
from chunyu.privacy.fields import BlindIndexField
from chunyu.registry import codes
from chunyu.registry.fact_names import FACT_NAMES, HOUSEHOLD
from chunyu.registry.identity import ID_NUMBER
from chunyu.registry.importing.understanding import Understanding
from chunyu.registry.models import Cause, Fact, Household, Member
from chunyu.registry.queries import HouseholdFacts, Value, county_name, facts_of_many
from chunyu.registry.workbook.faults import Fault
from chunyu.registry.workbook.people import Draft, MemberDraft, WorkerDraft

CHUNK = 5_000


@dataclass
class PersonPlan:
    """One person: who they are on file (None: not yet), what would be set, and what would be stated."""

    draft: Draft
    member: Member | None
    values: dict[str, Any]
    facts: dict[str, Value]


@dataclass
class FamilyPlan:
    organisation: Organisation
    household: Household | None
    columns: dict[str, Any]
    facts: dict[str, Value]
    causes: list[str]
    people: list[PersonPlan]
    worker: WorkerDraft
    left: list[Member] = field(default_factory=list)

    @property
    def is_new(self) -> bool:
        return self.household is None

    @property
    def changes(self) -> bool:
        return self.is_new or bool(
            self.columns
            or self.facts
            or self.causes
            or self.left
            or (self.household and self.household.organisation_id != self.organisation.pk)
            or any(person.member is None or person.values or person.facts for person in self.people)
        )


@dataclass
class Plan:
    families: list[FamilyPlan] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    @property
    def new(self) -> int:
        return sum(family.is_new for family in self.families)

    @property
    def changed(self) -> int:
        return sum(family.changes and not family.is_new for family in self.families)

    @property
    def unchanged(self) -> int:
        return sum(not family.changes for family in self.families)


def make_plan(understanding: Understanding, acting: Acting) -> Plan:
    """Compare with the registry. A person on another open file is a fault at their cell; where that file is not
    under the sender, only its county is told."""
    plan = Plan()
    workers = [
        each
        for each in understanding.reading.workers
        if each.id_number is not None and id(each) in understanding.unions
    ]
    on_file = _on_file(workers)
    matched: dict[int, Member] = {}
    for worker in workers:
        held = on_file.get(worker.id_number.text)
        if held is not None and held.is_worker and acting.sees(held.scope_path):
            matched[id(worker)] = held
        elif held is not None:
            plan.faults.append(_conflict(worker, held, acting))
    known = _known_families(matched.values(), acting)
    for worker in workers:
        held = matched.get(id(worker))
        existing = known.get(held.household_id) if held is not None else None
        plan.families.append(_family(worker, understanding, existing, on_file, plan.faults, acting))
    return plan


def _people(workers: Iterable[WorkerDraft]) -> Iterator[Draft]:
    for worker in workers:
        yield worker
        yield from worker.members


def _on_file(workers: list[WorkerDraft]) -> dict[str, Member]:
    """Everybody of the workbook who is on an open file anywhere, by ID number."""
    numbers = {
        BlindIndexField.of_value(each.id_number.text, ID_NUMBER): each.id_number.text
        for each in _people(workers)
        if each.id_number is not None
    }
    digests = list(numbers)
    found = {}
    for at in range(0, len(digests), CHUNK):
        rows = Member.objects.filter(id_number_index__in=digests[at : at + CHUNK], is_open=True)
        for member in rows.select_related("household", "organisation__region", "organisation__parent"):
            found[numbers[bytes(member.id_number_index)]] = member
    return found


@dataclass
class _Known:
    household: Household
    members: dict[str, Member]
    causes: list[str]
    facts: HouseholdFacts


def _known_families(workers: Iterable[Member], acting: Acting) -> dict[UUID, _Known]:
    keys = list({member.household_id for member in workers})
    households = list(Household.objects.filter(pk__in=keys).select_related("organisation"))
    members: dict[UUID, dict[str, Member]] = {key: {} for key in keys}
    for member in Member.objects.filter(household__in=keys, left_on__isnull=True):
        members[member.household_id][member.id_number.reveal()] = member
    causes: dict[UUID, list[str]] = {key: [] for key in keys}
    for cause in Cause.objects.filter(household__in=keys).order_by("rank"):
        causes[cause.household_id].append(cause.code)
    facts = facts_of_many(households, acting.day)
    return {each.pk: _Known(each, members[each.pk], causes[each.pk], facts[each.pk]) for each in households}


def _family(
    worker: WorkerDraft,
    understanding: Understanding,
    existing: _Known | None,
    on_file: dict[str, Member],
    faults: list[Fault],
    acting: Acting,
) -> FamilyPlan:
    organisation = understanding.unions[id(worker)]
    said = _targets(worker)
    family = FamilyPlan(
        organisation=organisation,
        household=existing.household if existing else None,
        columns=_differing(existing.household if existing else None, said["household"]),
        facts={},
        causes=worker.causes if existing is None or worker.causes != existing.causes else [],
        people=[],
        worker=worker,
    )
    of_household = {name: value for name, value in said["fact"].items() if FACT_NAMES[name].subject == HOUSEHOLD}
    if worker.causes:
        of_household["main_cause"] = worker.causes[0]
    family.facts = _news(of_household, existing.facts.statements if existing else {})
    kept = set()
    for draft in (worker, *worker.members):
        held = existing.members.get(draft.id_number.text) if existing and draft.id_number else None
        other = on_file.get(draft.id_number.text) if draft.id_number else None
        if isinstance(draft, MemberDraft) and other is not None and (held is None or other.pk != held.pk):
            faults.append(_conflict(draft, other, acting))
        if held is not None:
            kept.add(held.pk)
        family.people.append(_person(draft, held, existing))
    if existing:
        family.left = [each for each in existing.members.values() if each.pk not in kept]
        if family.left:
            column = "household_size" if "household_size" in worker.columns else "id_number"
            faults.append(worker.fault("no_longer_listed", column, count=len(family.left)))
        if existing.household.organisation_id != organisation.pk:
            faults.append(worker.fault("union_moves", "union", union=existing.household.organisation.name))
    return family


def _person(draft: Draft, held: Member | None, existing: _Known | None) -> PersonPlan:
    said = _targets(draft)
    values = dict(said["person"])
    if draft.name:
        values["name"] = draft.name
    if draft.id_number is not None:
        values["id_number"] = draft.id_number.text
    values["relation"] = "01" if isinstance(draft, WorkerDraft) else draft.values.get("relation")
    facts = {name: value for name, value in said["fact"].items() if FACT_NAMES[name].subject != HOUSEHOLD}
    facts |= _following(draft, facts)
    statements: Any = {}
    if held is not None and existing is not None:
        statements = next((each.statements for each in existing.facts.members if each.key == held.pk), {})
    return PersonPlan(draft, held, _differing(held, values), _news(facts, statements))


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


def _targets(draft: Draft) -> dict[str, dict[str, Any]]:
    """The draft's said values by where they go."""
    found: dict[str, dict[str, Any]] = {"fact": {}, "person": {}, "household": {}}
    for name, placed in draft.columns.items():
        assert placed.column is not None
        kind, _, target = placed.column.target.partition(":")
        value = draft.values.get(name)
        if kind in found and value is not None:
            found[kind][target] = value.date if hasattr(value, "agrees") else value
    return found


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


def _news(values: dict[str, Value], statements: Any) -> dict[str, Value]:
    """Of the stated values those that differ from what was last declared."""
    found = {}
    for name, value in values.items():
        declared = [each for each in statements.get(name, ()) if each.source == Fact.Source.DECLARED]
        if not declared or declared[0].value != value:
            found[name] = value
    return found


def _conflict(draft: Draft, other: Member, acting: Acting) -> Fault:
    if acting.sees(other.scope_path):
        return draft.fault("on_file_in_other_household", "id_number", file_number=other.household.file_number)
    return draft.fault("on_file_elsewhere", "id_number", county=county_name(other))
