"""Deadlines are counted in China's working days, weekends swapped for holidays included."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chunyu.casework.working_days import Calendar, add_working_days, count_working_days, published_calendar

CALENDAR = published_calendar()


@pytest.mark.parametrize(
    ("day", "worked", "why"),
    [
        (date(2015, 1, 2), False, "New Year's bridge"),
        (date(2015, 1, 4), True, "a Sunday worked for it"),
        (date(2015, 2, 15), True, "a Sunday before the Spring Festival"),
        (date(2015, 2, 18), False, "New Year's Eve of the lunar year"),
        (date(2015, 9, 3), False, "victory day, that year only"),
        (date(2015, 9, 6), True, "the Sunday worked for it"),
        (date(2016, 9, 3), False, "an ordinary Saturday a year later"),
        (date(2020, 1, 31), False, "the holiday prolonged in the epidemic"),
        (date(2026, 2, 14), True, "a Saturday before the Spring Festival"),
        (date(2026, 10, 8), True, "the first day after the National Day week"),
        (date(2026, 10, 10), True, "a Saturday worked for it"),
    ],
)
def test_real_days(day, worked, why):
    assert CALENDAR.works(day) is worked, why


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        (date(2015, 1, 14), 5, date(2015, 1, 21)),  # over an ordinary weekend
        (date(2015, 2, 13), 5, date(2015, 2, 26)),  # a worked Sunday, then the Spring Festival
        (date(2015, 2, 17), 1, date(2015, 2, 25)),
        (date(2026, 9, 30), 5, date(2026, 10, 13)),  # the National Day week, Saturday the 10th worked
        (date(2026, 2, 12), 5, date(2026, 2, 26)),
        (date(2015, 1, 14), 0, date(2015, 1, 14)),
    ],
)
def test_five_working_days_end_where_the_wall_calendar_says(start, days, end):
    assert add_working_days(start, days, CALENDAR) == end
    assert count_working_days(start, end, CALENDAR) == days


def test_an_unpublished_year_counts_plain_weekends_and_says_so():
    assert not CALENDAR.published(date(2027, 3, 1))
    assert CALENDAR.published(date(2026, 3, 1))
    assert add_working_days(date(2027, 2, 5), 1, CALENDAR) == date(2027, 2, 8)


def test_own_entries_go_before_the_published_ones():
    ours = CALENDAR.changed({date(2027, 2, 8): False})
    assert add_working_days(date(2027, 2, 5), 1, ours) == date(2027, 2, 9)
    assert not ours.published(date(2027, 3, 1)), "one entry does not make a year's arrangement"
    whole = ours.changed({date(2027, 1, 1): False, date(2027, 10, 1): False})
    assert whole.published(date(2027, 3, 1))


def test_counting_back_is_counting_forward_negated():
    assert count_working_days(date(2015, 1, 21), date(2015, 1, 14), CALENDAR) == -5


def test_working_days_are_not_counted_backward():
    with pytest.raises(ValueError, match="forward"):
        add_working_days(date(2015, 1, 1), -1, CALENDAR)


@settings(deadline=None)  # other work on the machine is no fault of the function
@given(st.dates(date(2010, 1, 1), date(2030, 1, 1)), st.integers(1, 60))
def test_the_end_is_worked_and_the_count_agrees(start, days):
    end = add_working_days(start, days, CALENDAR)
    assert CALENDAR.works(end)
    assert count_working_days(start, end, CALENDAR) == days
    assert count_working_days(start, end - timedelta(days=1), CALENDAR) == days - 1


def test_a_calendar_without_exceptions_is_the_plain_week():
    plain = Calendar()
    assert [plain.works(date(2015, 1, 12) + timedelta(days=n)) for n in range(7)] == [True] * 5 + [False] * 2
