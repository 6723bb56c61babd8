"""The clock stops for a stated reason and runs on with the days that were left; lateness is brought before others."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, ProgrammingError, transaction
from django.test import Client
from django.urls import reverse

from chunyu.accounts.refusal import Refusal
from chunyu.casework import actions, queries
from chunyu.casework.calendar import calendar_in_force
from chunyu.casework.models import ClockStop, Escalation, Message
from chunyu.casework.working_days import count_working_days
from tests.casework.applications import APPROVER, CASEWORKER, OFFICER, application
from tests.situations import county

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


def test_the_days_that_were_left_run_on():
    walk = application(county(), "complete")
    left = count_working_days(walk.day, walk.case.due_on, calendar_in_force())
    walk.wait(2)
    actions.stop_clock(walk.acting(OFFICER), walk.case, code="family", note="等户主从外地回来签字")
    assert walk.case.due_on is None
    walk.wait(30)
    assert not walk.case.overdue_on(walk.day)
    actions.restart_clock(walk.acting(OFFICER), walk.case)
    assert count_working_days(walk.day, walk.case.due_on, calendar_in_force()) == left - 2
    with pytest.raises(Refusal, match="Nobody has stopped"):
        actions.restart_clock(walk.acting(OFFICER), walk.case)


def test_a_move_ends_the_stop_and_starts_the_next_deadline():
    walk = application(county(), "complete")
    actions.stop_clock(walk.acting(OFFICER), walk.case, code="absent", note="全家回乡")
    walk.wait(3)
    walk.attach("means_check_consent")
    walk.visit()
    walk.move(OFFICER, "visit")
    stop = walk.case.clock_stops.get()
    assert stop.to_day == walk.day
    assert walk.case.due_on > walk.day


def test_what_cannot_be_stopped():
    walk = application(county(), "complete")
    with pytest.raises(actions.Refused) as caught:
        actions.stop_clock(walk.acting(OFFICER), walk.case, code="holiday", note="")
    assert caught.value.codes == {"code", "field"}
    overdue = application(county("青禾县"), "complete", name="陆远")
    overdue.day = overdue.case.due_on + timedelta(days=1)
    with pytest.raises(actions.Refused) as caught:
        actions.stop_clock(overdue.acting(OFFICER), overdue.case, code="family", note="补材料")
    assert caught.value.codes == {"overdue"}
    actions.stop_clock(walk.acting(OFFICER), walk.case, code="family", note="补材料")
    with pytest.raises(actions.Refused) as caught:
        actions.stop_clock(walk.acting(OFFICER), walk.case, code="family", note="补材料")
    assert caught.value.codes == {"stopped"}
    noticed = application(county("松涛区"), "in_notice", name="沈音")
    with pytest.raises(actions.Refused) as caught:
        actions.stop_clock(noticed.acting(OFFICER), noticed.case, code="family", note="补材料")
    assert caught.value.codes == {"no deadline"}, "while it hangs, the notice sets the day"
    actions.object_in_person(noticed.acting(OFFICER), noticed.case, text="有异议")
    with pytest.raises(Refusal, match="Nobody has stopped"):
        actions.restart_clock(noticed.acting(OFFICER), noticed.case)


def test_a_stop_is_kept_as_it_was_made():
    walk = application(county(), "complete")
    stop = actions.stop_clock(walk.acting(OFFICER), walk.case, code="family", note="等签字")
    with pytest.raises(ProgrammingError, match="Cannot"), transaction.atomic():
        ClockStop.objects.filter(pk=stop.pk).update(days_left=99)
    actions.restart_clock(walk.acting(OFFICER), walk.case)
    with pytest.raises(ProgrammingError, match="Cannot"), transaction.atomic():
        ClockStop.objects.filter(pk=stop.pk).update(to_day=None)
    with pytest.raises(IntegrityError, match="clock_stopped_by_hand_keeps_its_days"), transaction.atomic():
        ClockStop.objects.create(
            case=walk.case, from_day=walk.day, to_day=walk.day, reason="family", by=walk.acting(OFFICER).post
        )


def test_the_page_says_why_it_stands_still(settings):
    walk = application(county(), "complete")
    settings.CHUNYU_TODAY = walk.day
    client = Client()
    client.force_login(walk.county.post(OFFICER).user, backend="django.contrib.auth.backends.ModelBackend")
    address = reverse("casework:stop-clock", args=[walk.case.number])
    assert client.post(address, {"code": "family", "note": ""}).status_code == 422
    assert client.post(address, {"code": "family", "note": "等户主签字"}).status_code == 303
    page = client.get(walk.case.get_absolute_url()).content.decode()
    assert "等户主签字" in page
    assert client.post(reverse("casework:restart-clock", args=[walk.case.number])).status_code == 303
    walk.case.refresh_from_db()
    assert walk.case.due_on is not None


def test_an_overdue_case_is_brought_before_each_role_once_for_each_deadline():
    walk = application(county(), "complete")
    due = walk.case.due_on
    assert actions.escalate_overdue(due) == 0, "on its last day it is not late"
    walk.day = due
    walk.wait(1)
    assert actions.escalate_overdue(walk.day) == 1
    assert actions.escalate_overdue(walk.day) == 0, "a second run of the same night changes nothing"
    walk.wait(2)
    assert actions.escalate_overdue(walk.day) == 1
    assert [(each.days, each.to) for each in Escalation.objects.order_by("days")] == [(1, CASEWORKER), (3, APPROVER)]
    told = queries.unread_messages(walk.acting(APPROVER)).filter(move="overdue").get()
    assert str(told.sentence)
    walk.attach("means_check_consent")
    walk.visit()
    walk.move(OFFICER, "visit")
    walk.day = walk.case.due_on
    walk.wait(1)
    assert actions.escalate_overdue(walk.day) == 1, "the next deadline is another one"


def test_a_stopped_clock_is_not_late():
    walk = application(county(), "complete")
    actions.stop_clock(walk.acting(OFFICER), walk.case, code="department", note="等民政答复")
    walk.wait(60)
    assert actions.escalate_overdue(walk.day) == 0
    assert not Message.objects.filter(move="overdue").exists()


def test_escalations_are_rows_that_stay():
    walk = application(county(), "complete")
    with pytest.raises(IntegrityError, match="escalated_after_the_deadline"), transaction.atomic():
        Escalation.objects.create(case=walk.case, due_on=walk.day, days=1, to=APPROVER, day=walk.day)
    walk.day = walk.case.due_on
    walk.wait(1)
    actions.escalate_overdue(walk.day)
    with pytest.raises(ProgrammingError, match="Cannot"), transaction.atomic():
        Escalation.objects.all().delete()
