"""The day that a page is asked for in its address."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest
from django.utils.dateparse import parse_date


def asked_day(request: HttpRequest, today: date, name: str = "on") -> date:
    """A day in the address, not after today; today when none, or none that is a day, stands there."""
    try:
        found = parse_date(request.GET.get(name, ""))
    except ValueError:
        found = None
    return min(found or today, today)
