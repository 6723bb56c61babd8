"""Dividing a household: asked by one person, carried out by another. Nothing is re-pointed: the file that was there
keeps its decisions, cases and ledger; the people who go, and what is stated of them, are brought over as new rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.audit.record import record
from chunyu.registry.actions import SELF, check_authority, reserve_file_numbers
from chunyu.registry.asking.answering import answer, held_for_answer, waiting
from chunyu.registry.bringing_over import copied_member, copy_facts
from chunyu.registry.models import DividedPerson, Division, Fact, Household, Member
from chunyu.registry.refusing import constraints_refuse, refuse_day_to_come

LEFT = "household divided"
State = Division.State


@transaction.atomic
def ask_division(
    acting: Acting, household: Household, people: Mapping[Member, str], *, day: date, reason: str
) -> Division:
    """Ask that `people` become a file of their own from a day on; `people`: each with their relation to its worker, who
    is "self" (01)."""
    check_authority(acting, household.scope_path)
    refuse_day_to_come(acting, day)
    held = Household.objects.select_for_update(of=("self",)).get(pk=household.pk)
    _refuse_what_cannot_go(held, people, day)
    with constraints_refuse():
        division = Division.objects.create(
            organisation=held.organisation,
            household=held,
            day=day,
            reason=reason.strip(),
            asked_by=acting.post,
            asked_on=acting.day,
        )
        for member, relation in people.items():
            DividedPerson.objects.create(division=division, was=member, relation=relation)
    record(acting, "registry.ask_division", held, f"{len(people)} people from {day}")
    return division


@transaction.atomic
def confirm_division(acting: Acting, division: Division) -> Household:
    """Carry out what another person asked for; the new file."""
    division = held_for_answer(acting, division)
    held = (
        Household.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=division.household_id)
    )
    people = list(division.people.select_related("was").order_by("-relation", "pk"))
    _refuse_what_cannot_go(held, {each.was: each.relation for each in people}, division.day)
    with constraints_refuse():
        new = division.new = _open_file(held, division)
        moved = _bring_people(new, people, division.day)
        answer(acting, division, State.APPROVED, also=("new",))
    stated = Fact.objects.filter(household=held, member__in=moved).standing()
    facts = copy_facts(stated, new, moved, origin=held.file_number)
    record(acting, "registry.divide_household", held, f"{len(people)} people to {new.file_number}")
    record(acting, "registry.divide_household", new, f"from {held.file_number}: {facts} facts")
    return new


@transaction.atomic
def refuse_division(acting: Acting, division: Division, *, note: str) -> None:
    """Say no, and why."""
    division = held_for_answer(acting, division)
    answer(acting, division, State.REFUSED, note)
    record(acting, "registry.refuse_division", division.household)


@transaction.atomic
def withdraw_division(acting: Acting, division: Division) -> None:
    """Take back what one asked for."""
    check_authority(acting, division.scope_path)
    division = waiting(division)
    answer(acting, division, State.WITHDRAWN)
    record(acting, "registry.withdraw_division", division.household)


def _refuse_what_cannot_go(household: Household, people: Mapping[Member, str], day: date) -> None:
    if household.status != Household.Status.ON_FILE:
        raise Refusal(_("This file is closed; open it again first."), "file_closed")
    if not people:
        raise Refusal(_("Say who goes to the new file."), "nobody")
    for member in people:
        if member.household_id != household.pk or member.left_on is not None or member.joined_on > day:
            raise Refusal(
                _("%(name)s is not in this household on %(day)s.") % {"name": member.name, "day": day.isoformat()},
                "not_there",
            )
        if member.is_worker:
            raise Refusal(_("The file is kept on %(name)s, who stays.") % {"name": member.name}, "worker_leaves")
    if list(people.values()).count(SELF) != 1:
        raise Refusal(_("One of those who go is the worker on whom the new file is kept."), "one_worker")


def _open_file(household: Household, division: Division) -> Household:
    county = household.organisation.county() or household.organisation
    (number,) = reserve_file_numbers(county.region.code, division.day.year, 1)
    new = Household(organisation=household.organisation, file_number=number, opened_on=division.day)
    new.save(force_insert=True)
    return new


def _bring_people(new: Household, people: Sequence[DividedPerson], day: date) -> dict[UUID, Member]:
    """Each leaves the one file and is on the other from the same day; their new rows by the old ones' keys."""
    moved = {}
    for each in people:
        was = each.was
        was.left_on, was.leave_reason = day, LEFT
        was.save(update_fields=["left_on", "leave_reason"])
        each.now = copied_member(was, new, on=day, relation=each.relation)
        each.now.save(force_insert=True)
        each.save(update_fields=["now"])
        moved[was.pk] = each.now
    return moved
