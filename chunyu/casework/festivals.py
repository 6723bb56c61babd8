"""The Spring Festival, before which wages are settled and to which much of the year's work is bent."""

from __future__ import annotations

from datetime import date, timedelta

# Month and day of the Spring Festival: the first day of the lunar year, in Beijing time.
SPRING = {
    2010: (2, 14), 2011: (2, 3), 2012: (1, 23), 2013: (2, 10), 2014: (1, 31), 2015: (2, 19), 2016: (2, 8),
    2017: (1, 28), 2018: (2, 16), 2019: (2, 5), 2020: (1, 25), 2021: (2, 12), 2022: (2, 1), 2023: (1, 22),
    2024: (2, 10), 2025: (1, 29), 2026: (2, 17), 2027: (2, 6), 2028: (1, 26), 2029: (2, 13), 2030: (2, 3),
    2031: (1, 23), 2032: (2, 11), 2033: (1, 31), 2034: (2, 19), 2035: (2, 8), 2036: (1, 28), 2037: (2, 15),
    2038: (2, 4), 2039: (1, 24), 2040: (2, 12), 2041: (2, 1), 2042: (1, 22), 2043: (2, 10), 2044: (1, 30),
    2045: (2, 17), 2046: (2, 6), 2047: (1, 26), 2048: (2, 14), 2049: (2, 2), 2050: (1, 23),
}  # fmt: skip


def next_spring_festival(day: date) -> date | None:
    """The first Spring Festival on or after a day; none beyond the calendar."""
    coming = (date(year, *SPRING[year]) for year in (day.year, day.year + 1) if year in SPRING)
    return next((each for each in coming if each >= day), None)


def shortly_before(day: date, days: int) -> bool:
    """Whether a Spring Festival comes within so many days."""
    coming = next_spring_festival(day)
    return coming is not None and coming - day <= timedelta(days=days)
