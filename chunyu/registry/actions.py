"""The verbs that write the registry. Each is whole or not at all, and leaves its record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import CASE_ROLES
from chunyu.audit.record import record
from chunyu.federation.models import Organisation
from chunyu.privacy.masking import mask_id_number
from chunyu.registry import codes, identity
from chunyu.registry.fact_names import FACT_NAMES, HOUSEHOLD, OF_THE_PERSON, FactName, Kind
from chunyu.registry.models import Cause, Fact, Household, Member
from chunyu.registry.queries import COLUMNS, Value, county_name, find_by_id_number
from chunyu.registry.refusing import constraints_refuse

SELF = "01"


@dataclass(frozen=True)
class Person:
    """Someone to be put on file. Birth date and sex follow from the ID number. `facts` are about this person."""

    name: str
    id_number: str
    relation: str = SELF
    phone: str = ""
    address: str = ""
    health_detail: str = ""
    ethnic_group: str = ""
    marital: str = ""
    register_kind: str = ""
    political_status: str = ""
    education: str = ""
    model_worker: str = ""
    medical_insurance: str = ""
    school_or_unit: str = ""
    started_work_on: date | None = None


# What a correction may change; the ID number carries birth date and sex with it.
CORRECTABLE = frozenset(field.name for field in fields(Person))


@transaction.atomic
def open_household(
    acting: Acting,
    *,
    organisation: Organisation,
    worker: Person,
    members: Sequence[Person] = (),
    on: date,
    causes: Sequence[str] = (),
    facts: Mapping[str, Value] | None = None,
    facts_of_people: Mapping[str, Mapping[str, Value]] | None = None,
    source: str = Fact.Source.DECLARED,
    **details: Any,
) -> Household:
    """A new file for a worker and the people who live with them.

    `causes`: the main one first. `facts`: of the household; `facts_of_people`: by ID number. Refused when one of them
    is already on an open file anywhere, naming only its county.
    """
    check_authority(acting, organisation.path)
    for person in (worker, *members):
        _refuse_second_file(person.id_number)
    county = organisation.county() or organisation
    (number,) = reserve_file_numbers(county.region.code, on.year, 1)
    household = Household(organisation=organisation, file_number=number, opened_on=on, **details)
    people = [member_row(household, person, on) for person in (worker, *members)]
    rows = [fact_row(acting, household, name, value, source=source, on=on) for name, value in (facts or {}).items()]
    by_number = {member.id_number.reveal(): member for member in people}
    for number_text, stated in (facts_of_people or {}).items():
        member = by_number[identity.read(number_text).text]
        rows += [
            fact_row(acting, household, name, value, source=source, on=on, member=member)
            for name, value in stated.items()
        ]
    with constraints_refuse():
        household.save(force_insert=True)
        Member.objects.bulk_create(people)
        Cause.objects.bulk_create(cause_rows(household, causes))
        Fact.objects.bulk_create(rows)
    record(acting, "registry.open_household", household, f"{len(people)} people, {len(rows)} facts")
    return household


@transaction.atomic
def state_fact(
    acting: Acting,
    household: Household,
    name: str,
    value: Value,
    *,
    on: date,
    source: str = Fact.Source.DECLARED,
    member: Member | None = None,
    valid_from: date | None = None,
    note: str = "",
) -> Fact:
    """State something about a household or one of its people; what was stated before stays beside it."""
    check_authority(acting, household.scope_path)
    fact = fact_row(
        acting, household, name, value, source=source, on=on, member=member, valid_from=valid_from, note=note
    )
    with constraints_refuse():
        fact.save(force_insert=True)
    record(acting, "registry.state_fact", household, f"{name}, {source}")
    return fact


@transaction.atomic
def add_member(acting: Acting, household: Household, person: Person, *, on: date) -> Member:
    """Someone joins the household from a day on."""
    check_authority(acting, household.scope_path)
    _refuse_second_file(person.id_number)
    member = member_row(household, person, on)
    with constraints_refuse():
        member.save(force_insert=True)
    record(acting, "registry.add_member", household, f"member {member.pk}")
    return member


@transaction.atomic
def member_leaves(acting: Acting, member: Member, *, on: date, reason: str) -> None:
    """Someone leaves the household: death, marriage, a household of their own."""
    check_authority(acting, member.scope_path)
    if member.is_worker:
        raise Refusal(_("The file is kept on this person: close the file instead."), "worker_leaves")
    member.left_on, member.leave_reason = on, reason
    with constraints_refuse():
        member.save(update_fields=["left_on", "leave_reason"])
    record(acting, "registry.member_leaves", member.household, f"member {member.pk}")


@transaction.atomic
def correct_member(acting: Acting, member: Member, **changes: Any) -> list[str]:
    """Put right what was recorded wrongly about a person; answers the names of what changed."""
    check_authority(acting, member.scope_path)
    if unknown := changes.keys() - CORRECTABLE:
        raise TypeError(f"Not correctable: {', '.join(sorted(unknown))}")
    changed = apply_to_member(member, changes)
    if changed:
        if "id_number" in changed:
            _refuse_second_file(member.id_number.reveal())
        with constraints_refuse():
            member.save()
        record(acting, "registry.correct_member", member.household, f"member {member.pk}: {', '.join(changed)}")
    return changed


@transaction.atomic
def change_bank_card(acting: Acting, household: Household, *, bank_name: str, card: str) -> None:
    """Pay this household to another account from now on. The number never enters the record."""
    check_authority(acting, household.scope_path)
    household.bank_name, household.bank_card = bank_name.strip(), card
    with constraints_refuse():
        household.save(update_fields=["bank_name", "bank_card"])
    record(acting, "registry.change_bank_card", household)


@transaction.atomic
def close_household(acting: Acting, household: Household, *, on: date, status: str = Household.Status.EXITED) -> None:
    """End a file: its people may from then on be put on another."""
    check_authority(acting, household.scope_path)
    household.status, household.closed_on = status, on
    with constraints_refuse():
        household.save(update_fields=["status", "closed_on"])
    record(acting, "registry.close_household", household, status)


# What the verbs here and the import build their rows with -----------------------------------------------------------


def reserve_file_numbers(county_code: str, year: int, count: int) -> list[str]:
    """The county's next numbers of the year. Whoever asks at the same time waits and gets the ones after; numbers of
    a transaction that fails are given out again."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO registry_filesequence (county_code, year, last) VALUES (%s, %s, %s)
            ON CONFLICT (county_code, year) DO UPDATE SET last = registry_filesequence.last + EXCLUDED.last
            RETURNING last
            """,
            [county_code, year, count],
        )
        (last,) = cursor.fetchone()
    return [f"{county_code}-{year}-{number:06d}" for number in range(last - count + 1, last + 1)]


def member_row(household: Household, person: Person, on: date) -> Member:
    """An unsaved member of the household."""
    member = Member(
        household=household,
        organisation=household.organisation,
        joined_on=on,
        is_worker=person.relation == SELF,
        id_number=None,
    )
    apply_to_member(member, {name: getattr(person, name) for name in CORRECTABLE})
    return member


def apply_to_member(member: Member, changes: Mapping[str, Any]) -> list[str]:
    """Set what differs, with all that follows from it; answers the names of what changed."""
    changed = []
    for name, value in changes.items():
        if name == "id_number":
            value = id_number_of(value).text
        held = getattr(member, name)
        held = held.reveal() if hasattr(held, "reveal") else held
        if (held or None) == (value or None):
            continue
        changed.append(name)
        if name == "name":
            member.give_name(value)
        elif name == "id_number":
            number = identity.IdNumber(value)
            member.id_number, member.birth_date, member.sex = value, number.birth_date, number.sex
        else:
            setattr(member, name, value)
    return changed


def cause_rows(household: Household, causes: Sequence[str]) -> list[Cause]:
    return [
        Cause(household=household, organisation=household.organisation, rank=rank, code=code)
        for rank, code in enumerate(causes, 1)
    ]


def fact_row(
    acting: Acting,
    household: Household,
    name: str,
    value: Value,
    *,
    on: date,
    source: str = Fact.Source.DECLARED,
    member: Member | None = None,
    valid_from: date | None = None,
    **origin: Any,
) -> Fact:
    """An unsaved statement, its value checked against the table of facts."""
    meaning = FACT_NAMES.get(name)
    if meaning is None or name in OF_THE_PERSON:
        raise ValueError(f"{name} is not a fact that is stated")
    if (meaning.subject == HOUSEHOLD) != (member is None):
        raise ValueError(f"{name} is about a {meaning.subject}")
    if member is not None and member.household_id != household.pk:
        raise ValueError("The member is of another household")
    check_value(meaning, value)
    fact = Fact(
        household=household,
        organisation=household.organisation,
        member=member,
        name=name,
        source=source,
        stated_by_id=acting.user_id,
        stated_on=on,
        valid_from=valid_from or on,
        **origin,
    )
    setattr(fact, "sealed" if meaning.sealed else COLUMNS[meaning.kind], value)
    return fact


def check_authority(acting: Acting, scope_path: str) -> None:
    """Refusal unless the post keeps families' files and the file lies in its subtree."""
    if not acting.sees(scope_path):
        raise Refusal(_("This organisation is not under yours."), "out_of_scope")
    if acting.role not in CASE_ROLES:
        raise Refusal(_("Your post does not keep families' files."), "role")


def id_number_of(text: str) -> identity.IdNumber:
    """Refusal for what is no ID number, showing it masked."""
    try:
        return identity.read(text)
    except identity.NotAnIdNumber:
        raise Refusal(
            _("%(number)s is not a valid ID number: compare it with the card.") % {"number": mask_id_number(text)},
            "id_number",
        ) from None


def _refuse_second_file(id_number: str) -> None:
    other = find_by_id_number(id_number_of(id_number).text)
    if other is not None:
        raise Refusal(
            _("The person with ID number %(number)s is already on an open file in %(county)s: one household, one file.")
            % {"number": mask_id_number(other.id_number.reveal()), "county": county_name(other)},
            "member_on_one_open_file",
        )


_TYPES = {Kind.MONEY: int, Kind.COUNT: int, Kind.FLAG: bool, Kind.CODE: str, Kind.DAY: date}
_CODES = {
    "main_cause": codes.CAUSE.entries,
    "work_status": codes.WORK_STATUS.entries,
    "illness": codes.ILLNESS.entries,
    "school_level": {"none", "preschool", *codes.SCHOOL_LEVEL.values()},
}
# A net income below nothing is worked out, never stated.
_NEVER_NEGATIVE = frozenset({Kind.MONEY, Kind.COUNT})


def check_value(meaning: FactName, value: Value) -> None:
    """ValueError for a value that is not of the fact's kind, Refusal for one that the fact cannot have."""
    if type(value) is not _TYPES[meaning.kind]:
        raise ValueError(f"{meaning.name} is a {meaning.kind}, not {type(value).__name__}")
    if meaning.kind in _NEVER_NEGATIVE and isinstance(value, int) and value < 0:
        raise Refusal(_("%(fact)s cannot be less than nothing.") % {"fact": meaning.label}, "negative")
    if meaning.name in _CODES and value not in _CODES[meaning.name]:
        raise Refusal(
            _("“%(value)s” is not in the list for %(fact)s.") % {"value": value, "fact": meaning.label}, "code"
        )
