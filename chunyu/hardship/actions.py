"""The verbs of hardship aid: state a fact and decide again, apply for a programme."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import formats
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.audit.record import record
from chunyu.casework import actions as casework
from chunyu.casework.models import Case
from chunyu.casework.process import process_named
from chunyu.hardship.deciding import decide_household
from chunyu.hardship.models import Application
from chunyu.hardship.stacking.family_ledger import Line, lines_of
from chunyu.hardship.stacking.judging import stacked
from chunyu.hardship.wording import language
from chunyu.policy.pack import Pack, Programme
from chunyu.registry import actions as registry
from chunyu.registry.duplicates.queries import files_of
from chunyu.registry.models import Fact, Household
from chunyu.registry.queries import Value
from chunyu.rulebooks.in_force import rulebook_of

PROCESS = "hardship.application"


@transaction.atomic
def state_fact(acting: Acting, household: Household, name: str, value: Value, **stated: Any) -> Fact:
    """State a fact (see `registry.actions.state_fact`) and decide the household again with it."""
    fact = registry.state_fact(acting, household, name, value, **stated)
    decide_household(acting, household)
    return fact


def programme_for(household: Household, code: str, day: date) -> Programme:
    """A programme of the rulebook in force where the household is; Refusal for a code that it does not hold."""
    programme = rulebook_of(household.organisation, day).programmes.get(code)
    if programme is None:
        raise Refusal(_("The rulebook in force does not hold this programme."), code="no_programme")
    return programme


@dataclass(frozen=True)
class Already:
    """What the family has open, and what it has been given, on this file or one joined to it."""

    applications: tuple[Application, ...]
    lines: tuple[Line, ...]
    pack: Pack


def asked_already(household: Household, day: date) -> Already:
    open_ones = Application.objects.filter(household__in=files_of(household), open=True).select_related("case")
    return Already(tuple(open_ones), tuple(lines_of(household)), rulebook_of(household.organisation, day))


def application_refusals(
    household: Household, programme: Programme, day: date, already: Already | None = None
) -> list[Refusal]:
    """Everything that keeps an application from being opened today. Not being entitled does not: the family may ask,
    and gets an answer with reasons. `already` is what `asked_already` says, for who asks about several programmes."""
    refusals = []
    if household.status != Household.Status.ON_FILE:
        refusals.append(Refusal(_("This file is closed; open it again first."), code="file_closed"))
    if programme.apply_at is not None:
        place = programme.apply_at(language())
        refusals.append(Refusal(_("Not applied for here: %(place)s.") % {"place": place}, code="elsewhere"))
    if not programme.calendar.is_open(day):
        first = programme.calendar.next_opening(day)
        sentence = _("Applications are taken in from %(day)s.")
        refusals.append(Refusal(sentence % {"day": formats.date_format(first, "DATE_FORMAT")}, code="not_open"))
    held = asked_already(household, day) if already is None else already
    sentence = _("Case %(number)s already asks for this or for something that excludes it.")
    refusals += [
        Refusal(sentence % {"number": other.case.number}, code="open_application")
        for other in held.applications
        if other.programme in {programme.code, *programme.conflicts}
    ]
    # Caps are judged when the amount is known; an application may still be opened.
    if programme.code in held.pack.programmes:
        rules = stacked(held.pack, programme.code, day, "", held.lines, {})
        refusals += [each for each in rules.refusals() if each.code == "granted_this_year"]
    return refusals


@transaction.atomic
def apply_for(acting: Acting, household: Household, programme: str, *, channel: str) -> Case:
    """Open an application for one programme, under the decision made today. Refused with every reason."""
    held = Household.objects.within(acting.path).select_for_update(of=("self",)).get(pk=household.pk)
    wanted = programme_for(held, programme, acting.day)
    if refusals := application_refusals(held, wanted, acting.day):
        raise casework.Refused(refusals)
    decision = decide_household(acting, held)
    case = casework.open_case(
        acting, process_named(PROCESS), held.organisation, title=wanted.label.zh, channel=channel, household=held
    )
    application = Application(case=case, household=held, programme=wanted.code, day=acting.day, decision=decision)
    try:
        application.validate_constraints()
    except ValidationError as error:
        raise Refusal.from_validation(error) from error
    application.save(force_insert=True)
    record(acting, "hardship.apply_for", case, wanted.code)
    return case


@transaction.atomic
def record_export(acting: Acting, kind: str, count: int) -> None:
    """A list of families left the system: who took it, in which form, how many rows."""
    record(acting, "hardship.export", acting.organisation, f"{kind}, {count} rows")
