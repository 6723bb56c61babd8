"""People and statements brought over from one file to another: as new rows, which say where they come from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from django.db.models import QuerySet

from chunyu.registry.actions import CORRECTABLE, SELF
from chunyu.registry.models import Fact, Household, Joining, Member

SAID = (
    "name",
    "amount_fen",
    "count",
    "flag",
    "code",
    "day",
    "source",
    "stated_by_id",
    "stated_on",
    "valid_from",
    "note",
)


def copied_member(member: Member, to: Household, *, on: date, relation: str) -> Member:
    """An unsaved row of the same person on another file, from a day on."""
    row = Member(
        household=to,
        organisation=to.organisation,
        joined_on=on,
        is_worker=relation == SELF,
        relation=relation,
        id_number=member.id_number.reveal(),
        birth_date=member.birth_date,
        sex=member.sex,
    )
    for name in CORRECTABLE - {"name", "id_number", "relation"}:
        value = getattr(member, name)
        setattr(row, name, value.reveal() if hasattr(value, "reveal") else value)
    row.give_name(member.name)
    return row


def copy_facts(
    stated: QuerySet[Fact], to: Household, people: Mapping[UUID, Member], *, origin: str, joining: Joining | None = None
) -> int:
    """Statements beside those of another file: of the household, and of those in `people` (by their row on the file
    that the statements come from). How many."""
    rows = []
    for fact in stated.order_by("recorded_at", "pk"):
        if fact.member_id is not None and fact.member_id not in people:
            continue
        row = Fact(
            household=to,
            organisation=to.organisation,
            member=people[fact.member_id] if fact.member_id is not None else None,
            origin=origin,
            joining=joining,
            **{name: getattr(fact, name) for name in SAID},
        )
        if fact.sealed is not None:
            row.sealed = fact.sealed.reveal()
        rows.append(row)
    Fact.objects.bulk_create(rows)
    return len(rows)
