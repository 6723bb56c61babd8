"""The stretch of time that a figure is of: a year, a half, a quarter, or any days; and those before it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class Span(models.TextChoices):
    YEAR = "year", gettext_lazy("year")
    HALF = "half", gettext_lazy("half-year")
    QUARTER = "quarter", gettext_lazy("quarter")
    CUSTOM = "custom", gettext_lazy("chosen days")


MONTHS = {Span.YEAR: 12, Span.HALF: 6, Span.QUARTER: 3}


@dataclass(frozen=True)
class Period:
    """From `start` to `end`, both included."""

    span: Span
    start: date
    end: date

    @property
    def label(self) -> str:
        year, place = self.start.year, (self.start.month - 1) // MONTHS.get(self.span, 12) + 1
        match self.span:
            case Span.YEAR:
                return _("%(year)s") % {"year": year}
            case Span.HALF:
                return _("%(year)s, half %(place)s") % {"year": year, "place": place}
            case Span.QUARTER:
                return _("%(year)s, quarter %(place)s") % {"year": year, "place": place}
        return f"{self.start.isoformat()} – {self.end.isoformat()}"

    def until(self, day: date) -> Period:
        """The part of it that is over: a running year is measured by its days so far."""
        return Period(self.span, self.start, min(self.end, day)) if self.start <= day else self

    def before(self) -> Period:
        """The one before it, as long as it is."""
        if self.span in MONTHS:
            return period_at(self.span, self.start - timedelta(days=1))
        length = self.end - self.start
        last = self.start - timedelta(days=1)
        return Period(self.span, last - length, last)


def period_at(span: Span, day: date) -> Period:
    """The year, half or quarter in which a day lies."""
    months = MONTHS[span]
    first = (day.month - 1) // months * months + 1
    start = date(day.year, first, 1)
    after = date(day.year + 1, 1, 1) if first + months > 12 else date(day.year, first + months, 1)
    return Period(span, start, after - timedelta(days=1))


def days(start: date, end: date) -> Period:
    return Period(Span.CUSTOM, start, end)


def back_from(period: Period, count: int) -> list[Period]:
    """The period and those before it, `count` in all, the oldest first."""
    found = [period]
    while len(found) < count:
        found.append(found[-1].before())
    return found[::-1]
