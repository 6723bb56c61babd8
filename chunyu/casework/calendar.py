"""The working-day calendar in force: the published arrangements with the federation's own entries before them."""

from datetime import date

from django.db import transaction

from chunyu.accounts.acting import Acting
from chunyu.audit.record import record
from chunyu.casework.models import CalendarDay
from chunyu.casework.working_days import Calendar, published_calendar


def calendar_in_force() -> Calendar:
    return published_calendar().changed(dict(CalendarDay.objects.values_list("day", "worked")))


@transaction.atomic
def set_day(acting: Acting, day: date, *, worked: bool, name: str, source: str) -> CalendarDay:
    """Say whether a day is worked, with the document that says so; deadlines already set stay as they are."""
    entry, _ = CalendarDay.objects.update_or_create(
        day=day, defaults={"worked": worked, "name": name, "source": source}
    )
    record(acting, "casework.set_calendar_day", entry, "worked" if worked else "day off")
    return entry
