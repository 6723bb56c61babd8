"""Putting many families on file at once, with the same row builders that the single action and the import use."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

from django.db import connection, models, transaction
from psycopg import sql

from chunyu.accounts.acting import Acting
from chunyu.audit.record import record
from chunyu.demo.families import Family
from chunyu.federation.models import Organisation
from chunyu.registry.actions import cause_rows, fact_row, member_row, reserve_file_numbers
from chunyu.registry.models import Cause, Fact, Household, Member


@transaction.atomic
def file_families(acting: Acting, families: Sequence[tuple[Organisation, Family]]) -> int:
    """Open a file for each family at its union; how many. All are of the county that `acting` stands for."""
    numbers = _numbers(acting.organisation.region.code, [family for _, family in families])
    households: list[Household] = []
    members: list[Member] = []
    causes: list[Cause] = []
    facts: list[Fact] = []
    for (union, family), number in zip(families, numbers, strict=True):
        household = Household(organisation=union, file_number=number, opened_on=family.opened_on, **family.details)
        people = [member_row(household, person, family.opened_on) for person in (family.worker, *family.members)]
        households.append(household)
        members += people
        causes += cause_rows(household, family.causes)
        facts += _facts(acting, household, people, family)
    for rows in (households, members, causes, facts):
        copy_in(rows)
    record(acting, "demo.file_families", acting.organisation, f"{len(households)} households, {len(facts)} facts")
    return len(households)


def copy_in(rows: Sequence[models.Model]) -> None:
    """Insert rows of one table by COPY, which takes a quarter of the time; the table's triggers and rules hold."""
    model = type(rows[0])
    fields = [field for field in model._meta.concrete_fields if not isinstance(field, models.AutoField)]
    columns = sql.SQL(", ").join(sql.Identifier(field.column) for field in fields)
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(model._meta.db_table), columns)
    with connection.cursor() as cursor:
        with cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row([field.get_db_prep_save(field.pre_save(row, True), connection) for field in fields])
        # Else the planner takes the table for empty until the next automatic look at it.
        cursor.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(model._meta.db_table)))


def _numbers(county: str, families: Sequence[Family]) -> list[str]:
    """File numbers in the order of opening, year by year, given back in the order of the families."""
    by_year: dict[int, list[int]] = defaultdict(list)
    for place in sorted(range(len(families)), key=lambda place: families[place].opened_on):
        by_year[families[place].opened_on.year].append(place)
    given: dict[int, str] = {}
    for year, places in sorted(by_year.items()):
        given |= dict(zip(places, reserve_file_numbers(county, year, len(places)), strict=True))
    return [given[place] for place in range(len(families))]


def _facts(acting: Acting, household: Household, people: Sequence[Member], family: Family) -> list[Fact]:
    on = family.opened_on
    facts = [fact_row(acting, household, name, value, on=on) for name, value in family.facts.items()]
    for member, stated in zip(people, family.facts_of_people.values(), strict=True):
        facts += [fact_row(acting, household, name, value, on=on, member=member) for name, value in stated.items()]
    if family.matched_income is not None:
        # A month later the insurance file tells of another income; both statements stay.
        found_on = on + timedelta(days=30)
        facts.append(
            fact_row(
                acting,
                household,
                "income_month",
                family.matched_income,
                on=found_on,
                valid_from=on,
                member=people[0],
                source=Fact.Source.MATCHED,
            )
        )
    return facts
