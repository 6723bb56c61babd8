"""Cases that somebody without an account opens: of kinds that say so, and not in floods."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chunyu.accounts.refusal import Refusal
from chunyu.casework.actions import open_publicly
from chunyu.casework.models import Arrival, Case
from chunyu.casework.process import process_named
from chunyu.casework.queries import on_my_desk
from chunyu.casework.slips.queries import slip_of
from chunyu.casework.standing import Standing
from tests.casework.process import APPLICATION
from tests.situations import DAY, Role, county

pytestmark = pytest.mark.django_db


def arrive(where, sender: str = "192.0.2.1", day=DAY):
    process = process_named("rights.arrears")
    return open_publicly(process, where.federation, title="欠薪：某公司", sender=sender, day=day)


def test_it_has_a_number_a_deadline_and_a_slip_and_lies_on_the_desk():
    yurun = county()
    case, code = arrive(yurun)
    assert (case.opened_by, case.number) == (None, "YR-2015-000001")
    assert case.due_on is not None
    assert slip_of(case.number, code.lower()).case == case
    assert case in on_my_desk(yurun.acting(Role.COUNTY_CASEWORKER))
    assert Standing(case, DAY).hands_of(yurun.post(Role.COUNTY_APPROVER).user_id) == []


def test_a_kind_that_does_not_say_so_is_not_opened_by_the_public():
    with pytest.raises(ValueError, match="not opened by the public"):
        open_publicly(APPLICATION, county().federation, title="医疗救助", sender="192.0.2.1", day=DAY)
    assert not Case.objects.exists()


def test_one_address_opens_three_a_day_and_another_one_its_own():
    yurun = county()
    for _time in range(3):
        arrive(yurun)
    with pytest.raises(Refusal) as many:
        arrive(yurun)
    assert many.value.code == "too many"
    arrive(yurun, sender="192.0.2.2")
    arrive(yurun, day=DAY + timedelta(days=1))
    assert Arrival.objects.count() == 5
    assert b"192.0.2" not in b"".join(bytes(each.sender) for each in Arrival.objects.all())
