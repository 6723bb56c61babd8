"""The two festivals, around which aid used to bunch: which days, and how wide their windows are."""

from __future__ import annotations

from datetime import date

from chunyu.casework.festivals import SPRING
from chunyu.policy.indices import Festival, new_year, spring_festival

BEFORE, AFTER = 30, 15  # days around the Spring Festival
AROUND_NEW_YEAR = 15


def festivals_near(start: date, end: date) -> list[Festival]:
    """The festivals whose windows can touch a period. The calendar reaches from 2010 to 2050."""
    years = range(start.year - 1, end.year + 2)
    spring = [spring_festival(date(year, *SPRING[year]), BEFORE, AFTER) for year in years if year in SPRING]
    return spring + [new_year(year, AROUND_NEW_YEAR) for year in years]
