"""The verbs of hardship aid: state a fact and decide again, apply for a programme."""

from __future__ import annotations

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
from chunyu.hardship.models import Application, Grant
from chunyu.policy.pack import Programme
from chunyu.registry import actions as registry
from chunyu.registry.models import Fact, Household
from chunyu.registry.queries import Value
from chunyu.rulebooks.in_force import pack_on

PROCESS = "hardship.application"


@transaction.atomic
def state_fact(acting: Acting, household: Household, name: str, value: Value, **stated: Any) -> Fact:
    """State a fact (see `registry.actions.state_fact`) and decide the household again with it."""
    fact = registry.state_fact(acting, household, name, value, **stated)
    decide_household(acting, household)
    return fact


def programme_on(code: str, day: date) -> Programme:
    """A programme of the rulebook in force; Refusal for a code that it does not hold."""
    programme = pack_on(day).programmes.get(code)
    if programme is None:
        raise Refusal(_("The rulebook in force does not hold this programme."), code="no_programme")
    return programme


def application_refusals(household: Household, programme: Programme, day: date) -> list[Refusal]:
    """Everything that keeps an application from being opened today. Not being entitled does not: the family may ask,
    and gets an answer with reasons."""
    refusals = []
    if household.status != Household.Status.ON_FILE:
        refusals.append(Refusal(_("This file is closed; open it again first."), code="file_closed"))
    opens, closes = programme.calendar.opens, programme.calendar.closes
    if not opens <= day.strftime("%m-%d") <= closes:
        first = next_opening(programme, day)
        sentence = _("Applications are taken in from %(day)s.")
        refusals.append(Refusal(sentence % {"day": formats.date_format(first, "DATE_FORMAT")}, code="not_open"))
    same = {programme.code, *programme.conflicts}
    for other in household.applications.filter(open=True, programme__in=same).select_related("case"):
        sentence = _("Case %(number)s already asks for this or for something that excludes it.")
        refusals.append(Refusal(sentence % {"number": other.case.number}, code="open_application"))
    granted = Grant.objects.filter(
        application__household=household, application__programme__in=same, approved_on__year=day.year
    )
    for grant in granted.select_related("application__case"):
        sentence = _("Already granted this year, with case %(number)s.")
        refusals.append(Refusal(sentence % {"number": grant.application.case.number}, code="granted_this_year"))
    return refusals


def next_opening(programme: Programme, day: date) -> date:
    month, day_of_month = (int(part) for part in programme.calendar.opens.split("-"))
    opening = date(day.year, month, day_of_month)
    return opening if opening > day else opening.replace(year=day.year + 1)


@transaction.atomic
def apply_for(acting: Acting, household: Household, programme: str, *, channel: str) -> Case:
    """Open an application for one programme, under the decision made today. Refused with every reason."""
    held = Household.objects.within(acting.path).select_for_update(of=("self",)).get(pk=household.pk)
    wanted = programme_on(programme, acting.day)
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
