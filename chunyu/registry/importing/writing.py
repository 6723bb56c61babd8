"""Putting a plan into the registry, in the transaction of its caller: everything or nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from django.db import connection
from django.db.models import Model
from psycopg import sql

from chunyu.accounts.acting import Acting
from chunyu.federation.models import Organisation
from chunyu.registry.actions import apply_to_member, cause_rows, fact_row, reserve_file_numbers
from chunyu.registry.importing.plan import FamilyPlan, PersonPlan, Plan
from chunyu.registry.importing.tables import ImportBatch
from chunyu.registry.models import Cause, Fact, Household, Member
from chunyu.registry.queries import Value
from chunyu.registry.workbook.people import Draft

AT_ONCE = 2_000
NO_LONGER_LISTED = "no longer listed"


class Rows:
    """What is to be inserted, gathered over all families."""

    def __init__(self, acting: Acting, batch: ImportBatch) -> None:
        self.acting, self.batch = acting, batch
        self.households: list[Household] = []
        self.members: list[Member] = []
        self.causes: list[Cause] = []
        self.facts: list[Fact] = []

    def state(
        self, household: Household, facts: Mapping[str, Value], draft: Draft, member: Member | None = None
    ) -> None:
        for name, value in facts.items():
            origin = draft.place(name)[-120:]
            self.facts.append(
                fact_row(
                    self.acting,
                    household,
                    name,
                    value,
                    on=self.batch.day,
                    member=member,
                    batch=self.batch,
                    origin=origin,
                )
            )

    def insert(self) -> None:
        copy_in(Household, self.households)
        copy_in(Member, self.members)
        Cause.objects.bulk_create(self.causes, batch_size=AT_ONCE)
        copy_in(Fact, self.facts)


def copy_in(model: type[Model], rows: Sequence[Model]) -> None:
    """Insert rows that already have their keys, as one stream; the tables' constraints and triggers hold as ever."""
    fields = model._meta.concrete_fields
    columns = sql.SQL(", ").join(sql.Identifier(field.column) for field in fields)
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(model._meta.db_table), columns)
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as stream:
        for row in rows:
            stream.write_row([field.get_db_prep_save(field.pre_save(row, True), connection) for field in fields])


def write_plan(plan: Plan, acting: Acting, batch: ImportBatch) -> None:
    rows = Rows(acting, batch)
    numbers = _numbers(plan, batch)
    for family in plan.families:
        if family.is_new:
            _open(family, numbers, rows)
        elif family.changes:
            _change(family, rows)
    rows.insert()


def _numbers(plan: Plan, batch: ImportBatch) -> dict[int, str]:
    """A file number for each new family, in the order of the workbook."""
    by_county: dict[str, list[FamilyPlan]] = defaultdict(list)
    counties: dict[int, str] = {}
    for family in plan.families:
        if family.is_new:
            code = counties.get(family.organisation.pk)
            if code is None:
                code = counties[family.organisation.pk] = _county_code(family.organisation)
            by_county[code].append(family)
    found = {}
    for code, families in sorted(by_county.items()):
        given = reserve_file_numbers(code, batch.day.year, len(families))
        found |= {id(family): number for family, number in zip(families, given, strict=True)}
    return found


def _county_code(organisation: Organisation) -> str:
    return (organisation.county() or organisation).region.code


def _open(family: FamilyPlan, numbers: dict[int, str], rows: Rows) -> None:
    household = Household(
        organisation=family.organisation,
        file_number=numbers[id(family)],
        opened_on=rows.batch.day,
        **family.columns,
    )
    rows.households.append(household)
    rows.causes += cause_rows(household, family.causes)
    rows.state(household, family.facts, family.worker)
    for person in family.people:
        _join(household, person, rows)


def _join(household: Household, person: PersonPlan, rows: Rows) -> None:
    member = Member(
        household=household,
        organisation=household.organisation,
        joined_on=rows.batch.day,
        is_worker=person.values["relation"] == "01",
        id_number=None,
    )
    apply_to_member(member, person.values)
    rows.members.append(member)
    rows.state(household, person.facts, person.draft, member)


def _change(family: FamilyPlan, rows: Rows) -> None:
    household = family.household
    assert household is not None
    for name, value in family.columns.items():
        setattr(household, name, value)
    moved = household.organisation_id != family.organisation.pk
    if moved:
        household.organisation, household.scope_path = family.organisation, family.organisation.path
        place = {"organisation": family.organisation, "scope_path": family.organisation.path}
        for model in (Member, Cause, Fact):
            model.objects.filter(household=household).update(**place)
    if family.columns or moved:
        household.save()
    if family.causes:
        Cause.objects.filter(household=household).delete()
        rows.causes += cause_rows(household, family.causes)
    rows.state(household, family.facts, family.worker)
    for member in family.left:
        # As an update: the row read before the move above still carries the former owner.
        Member.objects.filter(pk=member.pk).update(left_on=rows.batch.day, leave_reason=NO_LONGER_LISTED)
    for person in family.people:
        if person.member is None:
            _join(household, person, rows)
            continue
        if person.values:
            member = Member.objects.get(pk=person.member.pk)
            apply_to_member(member, person.values)
            member.save()
        rows.state(household, person.facts, person.draft, person.member)
