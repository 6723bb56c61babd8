"""Stopping the clock of a case for a stated reason, letting it run on, and bringing what is overdue before others."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.audit.record import record
from chunyu.casework.actions.case import locked, refuse_if, refuse_outsiders
from chunyu.casework.calendar import calendar_in_force
from chunyu.casework.models import Case, ClockStop, Escalation, Message, TimelineEntry
from chunyu.casework.models.case import OVERDUE
from chunyu.casework.process import Escalate, Process, processes
from chunyu.casework.working_days import Calendar, add_working_days, count_working_days


@transaction.atomic
def stop_clock(acting: Acting, case: Case, *, code: str, note: str) -> ClockStop:
    """No deadline runs until the clock is let run on, or the case moves. A deadline already missed stays missed."""
    locked(acting, case)
    refuse_outsiders(acting, case)
    refusals = []
    if code not in {each.code for each in case.table.stops}:
        refusals.append(Refusal(_("Choose why the clock stops."), code="code"))
    if not note.strip():
        refusals.append(Refusal(_("Write what the case waits for."), code="field"))
    if case.clock_stops.filter(to_day__isnull=True).exists():
        refusals.append(Refusal(_("The clock of this case already stands still."), code="stopped"))
    elif case.due_on is None or case.table.deadlines[case.state] is None:
        refusals.append(Refusal(_("No deadline runs in this state."), code="no deadline"))
    elif case.due_on < acting.day:
        refusals.append(Refusal(_("The deadline has passed; stopping the clock does not undo that."), code="overdue"))
    refuse_if(refusals)
    left = count_working_days(acting.day, case.due_on, calendar_in_force())
    stop = ClockStop.objects.create(case=case, from_day=acting.day, reason=code, days_left=left, by=acting.post)
    case.due_on = None
    case.save(update_fields=["due_on"])
    TimelineEntry.objects.create(case=case, day=acting.day, post=acting.post, act="stop_clock", code=code, note=note)
    record(acting, "casework.stop_clock", case, f"{code}, {left} working days left")
    return stop


@transaction.atomic
def restart_clock(acting: Acting, case: Case, *, note: str = "") -> ClockStop:
    """The working days that were left run from today."""
    locked(acting, case)
    refuse_outsiders(acting, case)
    stop = case.clock_stops.filter(to_day__isnull=True, by__isnull=False).first()
    if stop is None:
        raise Refusal(_("Nobody has stopped the clock of this case."), code="running")
    stop.to_day, stop.ended_by = acting.day, acting.post
    stop.save(update_fields=["to_day", "ended_by"])
    case.due_on = add_working_days(acting.day, stop.days_left, calendar_in_force())
    case.save(update_fields=["due_on"])
    TimelineEntry.objects.create(
        case=case, day=acting.day, post=acting.post, act="restart_clock", note=note.strip() or None
    )
    record(acting, "casework.restart_clock", case, f"due {case.due_on}")
    return stop


def escalate_overdue(day: date) -> int:
    """Bring every case that is late enough before the roles that its process names; how many times. Each deadline is
    escalated once to each role, so that a repeated or interrupted run changes nothing."""
    calendar = calendar_in_force()
    return sum(_escalate(process, day, calendar) for process in processes() if process.escalates)


def _escalate(process: Process, day: date, calendar: Calendar) -> int:
    late = Case.objects.filter(process=process.name, closed_on__isnull=True, due_on__lt=day)
    done = 0
    for case in late.only("pk", "due_on").order_by("pk").iterator(chunk_size=500):
        days = count_working_days(case.due_on, day, calendar)
        for step in process.escalates:
            if days >= step.days:
                done += _bring_before(case, step, day)
    return done


@transaction.atomic
def _bring_before(case: Case, step: Escalate, day: date) -> int:
    due = case.due_on
    # Whoever moves the case meanwhile goes first: then it is no longer late for this deadline.
    if not Case.objects.select_for_update().filter(pk=case.pk, closed_on__isnull=True, due_on=due).exists():
        return 0
    _found, fresh = Escalation.objects.get_or_create(
        case=case, due_on=due, days=step.days, to=step.to, defaults={"day": day}
    )
    if fresh:
        Message.objects.create(case=case, move=OVERDUE, to=step.to, day=day)
        TimelineEntry.objects.create(case=case, day=day, post=None, act="escalate")
    return int(fresh)
