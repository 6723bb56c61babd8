"""The day that a page is asked for in its address, and how near a day is on which something is due."""

from __future__ import annotations

from datetime import date
from typing import Final

from django.http import HttpRequest
from django.utils.dateparse import parse_date

NOTICE_DAYS: Final = (90, 30, 0)  # before the day: when who is responsible is reminded


def asked_day(request: HttpRequest, today: date, name: str = "on") -> date:
    """A day in the address, not after today; today when none, or none that is a day, stands there."""
    try:
        found = parse_date(request.GET.get(name, ""))
    except ValueError:
        found = None
    return min(found or today, today)


def notice(due: date, day: date) -> int | None:
    """Which reminder is out: 90, 30 or 0 days before the day that something is due; -1 once it is over, None while
    there is time."""
    left = (due - day).days
    if left < 0:
        return -1
    return next((days for days in reversed(NOTICE_DAYS) if left <= days), None)
