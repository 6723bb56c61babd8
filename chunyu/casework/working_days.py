"""Working days in China: weekends, the State Council's holidays, and the weekends worked in exchange for them.

Pure functions over a `Calendar`. Years for which the arrangement has not been published fall back to plain weekends;
`Calendar.published` says so, and pages pass that on beside the date.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from types import MappingProxyType

from chinese_calendar import constants

ONE_DAY = timedelta(days=1)
SATURDAY = 5


@dataclass(frozen=True)
class Calendar:
    """`exceptions`: days that differ from the plain week, True when worked. `years`: those fully arranged."""

    exceptions: Mapping[date, bool] = field(default_factory=dict)
    years: frozenset[int] = frozenset()

    def works(self, day: date) -> bool:
        return self.exceptions.get(day, day.weekday() < SATURDAY)

    def published(self, day: date) -> bool:
        """Whether the arrangement of the day's year is known; if not, dates in it may still shift."""
        return day.year in self.years

    def changed(self, days: Mapping[date, bool]) -> Calendar:
        """The same calendar with some days set otherwise (the federation's own entries). A year counts as arranged
        once New Year's Day and the National Day are both entered."""
        exceptions = {**self.exceptions, **days}
        arranged = {day.year for day in days if date(day.year, 1, 1) in days and date(day.year, 10, 1) in days}
        return Calendar(exceptions, self.years | arranged)


def next_unpublished_year(year: int, calendar: Calendar) -> int:
    """The first year from `year` on whose arrangement is not known."""
    while year in calendar.years:
        year += 1
    return year


@cache
def published_calendar() -> Calendar:
    """The arrangements published by the State Council, as the chinesecalendar package carries them."""
    exceptions = dict.fromkeys(constants.holidays, False) | dict.fromkeys(constants.workdays, True)
    return Calendar(MappingProxyType(exceptions), frozenset(day.year for day in exceptions))


def add_working_days(start: date, count: int, calendar: Calendar) -> date:
    """The day that is `count` working days after `start`. The starting day itself is not counted, as in the periods
    of administrative law; zero gives `start` itself, worked or not. Negative counts are a ValueError."""
    if count < 0:
        raise ValueError("Working days are counted forward.")
    day = start
    while count:
        day += ONE_DAY
        count -= calendar.works(day)
    return day


def count_working_days(start: date, end: date, calendar: Calendar) -> int:
    """How many working days lie after `start` up to and including `end`; negative when `end` is earlier."""
    if end < start:
        return -count_working_days(end, start, calendar)
    return sum(calendar.works(day) for day in _days_after(start, end))


def _days_after(start: date, end: date) -> Iterator[date]:
    day = start
    while day < end:
        day += ONE_DAY
        yield day
