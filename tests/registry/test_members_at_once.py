"""Two who enter members of one union at once, for years long past: the ends of the years after add both up."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import date

import pytest
from django.db import connection, transaction

from chunyu.accounts.roles import Role
from chunyu.demo.province.proof import RULES
from chunyu.registry.membership import grouping
from chunyu.registry.membership.actions import NewWorker, admit
from chunyu.registry.membership.queries import members_under_on
from tests.registry.people import id_number
from tests.situations import County, county

pytestmark = pytest.mark.django_db(transaction=True)
TODAY = date(2026, 3, 2)
EARLY, LATE, AFTER_BOTH = date(2019, 5, 1), date(2024, 5, 1), date(2024, 12, 31)
Enter = Callable[[date], None]


@pytest.fixture
def yurun(settings) -> County:
    settings.CHUNYU_TODAY = TODAY
    place = county("雨润县")
    admit(
        place.acting(Role.ORGANISER, TODAY), place.workplace, NewWorker("程梅", id_number(order=1)), on=date(2016, 1, 1)
    )
    return place


def at_once(enter: Enter) -> None:
    """One enters a member of an early year and takes a while to end; the other one of a late year meanwhile."""

    def first() -> None:
        try:
            with transaction.atomic():
                enter(EARLY)
                time.sleep(0.8)
        finally:
            connection.close()

    thread = threading.Thread(target=first)
    thread.start()
    time.sleep(0.4)
    with transaction.atomic():
        enter(LATE)
    thread.join(30)


def wrong_years() -> int:
    with connection.cursor() as cursor:
        cursor.execute(RULES["each year ends with what the years before it left"])
        return cursor.fetchone()[0]


def test_the_later_adds_up_both(yurun: County) -> None:
    organiser = yurun.acting(Role.ORGANISER, TODAY)

    def enter(day: date) -> None:
        admit(organiser, yurun.workplace, NewWorker("郭建国", id_number(order=day.year - 2000)), on=day)

    at_once(enter)
    assert wrong_years() == 0
    assert members_under_on(yurun.federation, AFTER_BOTH) == 3


def test_control_without_the_lock_on_the_unions_number_one_is_left_out(yurun: County) -> None:
    union = yurun.workplace.pk

    def enter(day: date) -> None:
        row = f"{union}, DATE '{day}', 1, 0, '', 0"
        added = f"SELECT * FROM (VALUES ({row})) AS one (organisation_id, day, begun, ended, member_group, change)"
        with connection.cursor() as cursor:
            cursor.execute(grouping.tallied(added))
            cursor.execute(grouping.settled(str(union)))

    at_once(enter)
    assert wrong_years() > 0
    assert members_under_on(yurun.federation, AFTER_BOTH) != 3
