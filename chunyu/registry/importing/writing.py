"""Putting a plan into the registry, in the transaction of its caller: everything or nothing."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from django.db import connection
from django.db.models import Model
from django.utils import timezone

from chunyu.accounts.acting import Acting
from chunyu.federation.models import Organisation
from chunyu.privacy.fields import BlindIndexField, SealedTextField
from chunyu.privacy.row_key import row_keys
from chunyu.registry import identity
from chunyu.registry.actions import apply_to_member, check_value, reserve_file_numbers
from chunyu.registry.fact_names import FACT_NAMES
from chunyu.registry.identity import ID_NUMBER
from chunyu.registry.importing.bulk import (
    NULL,
    Lines,
    Stream,
    arriving,
    escaped,
    finding,
    look_again,
    octets,
    plan_for_many_rows,
    sealed,
    written,
)
from chunyu.registry.importing.families import FamilyPlan, PersonPlan
from chunyu.registry.importing.plan import Plan
from chunyu.registry.importing.tables import ImportBatch
from chunyu.registry.models import Cause, Fact, Household, Member
from chunyu.registry.queries import COLUMNS, Value
from chunyu.registry.workbook.people import Draft

MANY = 500
NO_LONGER_LISTED = "no longer listed"
PLACE = ("organisation_id", "scope_path")
FACT_VALUES = (*COLUMNS.values(), "sealed")


def copy_in(model: type[Model], rows: Sequence[Model]) -> None:
    """Insert rows that already have their keys, as one stream; the tables' constraints and triggers hold as ever."""
    fields = model._meta.concrete_fields
    columns = [field.column for field in fields]
    into = partial(arriving, table=model._meta.db_table, columns=columns)
    with connection.wrap_database_errors, connection.cursor() as cursor, into(cursor) as stream:
        for row in rows:
            stream.write_row([field.get_db_prep_save(field.pre_save(row, True), connection) for field in fields])


def write_plan(plan: Plan, acting: Acting, batch: ImportBatch, walked: Callable[[int], None]) -> Iterator[str]:
    """Walk the plan and write each piece; `walked` is told how many families were walked. Nothing more is written
    once the plan has a fault, and the rest is only walked, so that every fault is found.

    Gives a line for each family that was opened or changed, with what was there before: what an undo goes by."""
    plan_for_many_rows()
    stream = Stream()
    try:
        rows = Rows(acting, batch, stream)
        numbers = _numbers(plan, batch)
        families = 0
        pieces = plan.pieces()
        while True:
            # The comparison asks the database, which the stream still uses unless nobody of the piece is on file.
            if plan.matched:
                stream.settle()
            piece = next(pieces, None)
            if piece is None:
                break
            if not plan.refused:
                yield from rows.write(piece, numbers)
            families += len(piece)
            walked(families)
        stream.settle()
    finally:
        stream.close()
    if plan.new >= MANY:
        look_again((Household, Member, Cause, Fact))


def _numbers(plan: Plan, batch: ImportBatch) -> dict[str, Iterator[str]]:
    """The file numbers that new families get, in the order of the workbook, by county."""
    counts: dict[str, int] = defaultdict(int)
    for organisation, count in plan.new_by_organisation().items():
        counts[_county_code(organisation)] += count
    return {
        code: iter(reserve_file_numbers(code, batch.day.year, count)) for code, count in sorted(counts.items()) if count
    }


def _county_code(organisation: Organisation) -> str:
    return (organisation.county() or organisation).region.code


class Rows:
    """Lines for the four tables, gathered over a piece and sent."""

    def __init__(self, acting: Acting, batch: ImportBatch, stream: Stream) -> None:
        self.acting, self.batch, self.stream = acting, batch, stream
        self.county_codes: dict[int, str] = {}
        day = {"opened_on": batch.day}
        self.households = Lines(Household, [*PLACE, "id", "file_number", *HOUSEHOLD_SETS], day)
        self.members = Lines(Member, [*PLACE, "id", "household_id", *MEMBER_SETS], {"joined_on": batch.day})
        self.causes = Lines(Cause, [*PLACE, "household_id", "rank", "code"], {})
        self.facts = Lines(
            Fact,
            [*PLACE, "id", "household_id", "member_id", "name", "origin", *FACT_VALUES],
            {
                "source": Fact.Source.DECLARED.value,
                "stated_by_id": acting.user_id,
                "stated_on": batch.day,
                "valid_from": batch.day,
                "recorded_at": timezone.now(),
                "batch_id": batch.pk,
            },
        )
        self.keys: Iterator[str] = iter(())

    def key(self) -> str:
        found = next(self.keys, None)
        if found is None:
            self.keys = iter(row_keys(4_096))
            found = next(self.keys)
        return found

    def write(self, families: Sequence[FamilyPlan], numbers: Mapping[str, Iterator[str]]) -> Iterator[str]:
        settled = False
        for family in families:
            if family.is_new:
                yield self._open(family, numbers)
            elif family.changes:
                if not settled:
                    self.stream.settle()
                    settled = True
                yield self._change(family)
        for lines in (self.households, self.members, self.causes, self.facts):
            self.stream.send(lines)

    # New families

    def _open(self, family: FamilyPlan, numbers: Mapping[str, Iterator[str]]) -> str:
        organisation = family.organisation
        code = self.county_codes.get(organisation.pk)
        if code is None:
            code = self.county_codes[organisation.pk] = _county_code(organisation)
        key, place = self.key(), _place(organisation)
        row = place | {"id": key, "file_number": next(numbers[code])}
        for name, value in family.columns.items():
            row[name] = sealed(Household, name, key, value) if name in HOUSEHOLD_SEALED else written(value)
        self.households.add(row)
        self._causes(family.causes, key, place)
        self._state(family.facts, family.worker, key, NULL, place)
        for person in family.people:
            self._join(person, key, place)
        return f'{{"new":"{key}"}}'

    def _join(self, person: PersonPlan, household: str, place: Mapping[str, str]) -> str:
        values, key = person.values, self.key()
        number = identity.IdNumber(values["id_number"])
        pinyin, search, grams = finding(values["name"])
        row = {
            **place,
            "id": key,
            "household_id": household,
            "is_worker": "t" if values["relation"] == "01" else "f",
            "name_pinyin": pinyin,
            "search_text": search,
            "search_grams": grams,
            "sex": number.sex,
            "birth_date": number.birth_date.isoformat(),
            "id_number_index": octets(BlindIndexField.of_value(number.text, ID_NUMBER)),
        }
        for name, value in values.items():
            row[name] = sealed(Member, name, key, value) if name in MEMBER_SEALED else written(value)
        self.members.add(row)
        self._state(person.facts, person.draft, household, key, place)
        return key

    def _causes(self, causes: Sequence[str], household: str, place: Mapping[str, str]) -> None:
        for rank, code in enumerate(causes, 1):
            self.causes.add({**place, "household_id": household, "rank": str(rank), "code": code})

    def _state(
        self, facts: Mapping[str, Value], draft: Draft, household: str, member: str, place: Mapping[str, str]
    ) -> None:
        for name, value in facts.items():
            meaning = FACT_NAMES[name]
            check_value(meaning, value)
            key = self.key()
            row = {
                **place,
                "id": key,
                "household_id": household,
                "member_id": member,
                "name": name,
                "origin": escaped(draft.place(name)[-120:]),
            }
            if meaning.sealed:
                row["sealed"] = sealed(Fact, "sealed", key, str(value))
            else:
                row[COLUMNS[meaning.kind]] = written(value)
            self.facts.add(row)

    # Families on file

    def _change(self, family: FamilyPlan) -> str:
        household = family.household
        assert household is not None
        before = _before(family)
        for name, value in family.columns.items():
            setattr(household, name, value)
        if family.moves:
            place_under(household, family.organisation)
        if family.columns or family.moves:
            household.save()
        key, place = str(household.pk), _place(family.organisation)
        if family.causes:
            Cause.objects.filter(household=household).delete()
            self._causes(family.causes, key, place)
        self._state(family.facts, family.worker, key, NULL, place)
        for member in family.left:
            # As an update: the row read before the move above still carries the former owner.
            Member.objects.filter(pk=member.pk).update(left_on=self.batch.day, leave_reason=NO_LONGER_LISTED)
        for person in family.people:
            if person.member is None:
                before["joined"].append(self._join(person, key, place))
                continue
            if person.values:
                member = Member.objects.get(pk=person.member.pk)
                apply_to_member(member, person.values)
                member.save()
            self._state(person.facts, person.draft, key, str(person.member.pk), place)
        return json.dumps(before, ensure_ascii=False, separators=(",", ":"))


def place_under(household: Household, organisation: Organisation) -> None:
    """Hand a file and all that belongs to it to another organisation; the caller saves the file itself."""
    household.organisation, household.scope_path = organisation, organisation.path
    place = {"organisation": organisation, "scope_path": organisation.path}
    for model in (Member, Cause, Fact):
        model.objects.filter(household=household).update(**place)


def _place(organisation: Organisation) -> dict[str, str]:
    return {"organisation_id": str(organisation.pk), "scope_path": organisation.path}


def _before(family: FamilyPlan) -> dict[str, Any]:
    """What the import sets on a family on file, as it stood before; of statements nothing, for they stand beside."""
    household = family.household
    assert household is not None
    return {
        "household": str(household.pk),
        "organisation": household.organisation_id,
        "columns": {name: plain(household, name) for name in family.columns},
        "causes": list(family.causes_before) if family.causes else None,
        "left": [str(member.pk) for member in family.left],
        "joined": [],
        "members": {
            str(person.member.pk): {name: plain(person.member, name) for name in person.values}
            for person in family.people
            if person.member is not None and person.values
        },
    }


def plain(row: Model, name: str) -> Any:
    """A field's value as it may stand in a sealed file."""
    value = getattr(row, name)
    value = value.reveal() if hasattr(value, "reveal") else value
    return value if value is None or isinstance(value, str | bool | int) else str(value)


def _sets(model: type[Model], never: set[str]) -> tuple[list[str], frozenset[str]]:
    """The columns that an import may give a new row, and those of them that are sealed."""
    fields = [field for field in model._meta.concrete_fields if field.attname not in never]
    return [field.attname for field in fields], frozenset(
        field.attname for field in fields if isinstance(field, SealedTextField)
    )


HOUSEHOLD_SETS, HOUSEHOLD_SEALED = _sets(
    Household, {*PLACE, "id", "file_number", "status", "opened_on", "closed_on", "merged_into_id"}
)
MEMBER_SETS, MEMBER_SEALED = _sets(
    Member, {*PLACE, "id", "household_id", "is_open", "joined_on", "left_on", "leave_reason"}
)


__all__ = ["NO_LONGER_LISTED", "copy_in", "place_under", "plain", "write_plan"]
