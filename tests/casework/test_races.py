"""Two people at once: the row's lock lets one through. The control arm shows that without it both would pass."""

import threading
import time
from collections.abc import Callable

import pytest
from django.db import connection

from chunyu.accounts.acting import Acting
from chunyu.casework import actions
from chunyu.casework.actions import Refused
from chunyu.casework.actions import case as case_actions
from chunyu.casework.models import Case, Decision
from chunyu.casework.standing import Standing
from tests.casework.applications import APPROVER, Walk, application
from tests.situations import acting, county


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Run the acts in threads of their own and give what each returned or raised."""
    results: list[object] = [None] * len(acts)

    def run(index: int, act: Callable[[], object]) -> None:
        try:
            results[index] = act()
        except Exception as error:  # compared by the test
            results[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


def approve_twice(walk: Walk) -> list[object]:
    first, second = walk.acting(APPROVER), acting(APPROVER, walk.county.federation, walk.day)

    def approving(approver: Acting) -> Callable[[], object]:
        return lambda: actions.move(approver, Case.objects.get(pk=walk.case.pk), "approve", amount_fen=100)

    return at_once(approving(first), approving(second))


def held_between_check_and_write(monkeypatch, pause: Callable[[], object]) -> None:
    """Let both arms linger where the harm would happen, so that they certainly overlap."""

    class Slow(Standing):
        def hands_of(self, user_id: int):
            refusals = super().hands_of(user_id)
            if threading.current_thread() is not threading.main_thread():
                pause()
            return refusals

    monkeypatch.setattr(case_actions, "Standing", Slow)


@pytest.mark.django_db(transaction=True)
def test_of_two_approvals_at_once_one_wins(monkeypatch):
    walk = application(county(), "county_review")
    held_between_check_and_write(monkeypatch, lambda: time.sleep(0.5))
    results = approve_twice(walk)
    assert {type(each) for each in results} == {Case, Refused}
    assert next(each for each in results if isinstance(each, Refused)).code == "state"
    assert Decision.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_both_approve(monkeypatch):
    """The same race with the lock taken out: the harm is real."""
    walk = application(county(), "county_review")

    def unlocked(acting: Acting, case: Case) -> Case:
        case.refresh_from_db()
        return case

    monkeypatch.setattr(case_actions, "locked", unlocked)
    held_between_check_and_write(monkeypatch, threading.Barrier(2, timeout=10).wait)
    results = approve_twice(walk)
    assert [type(each) for each in results] == [Case, Case]
    assert Decision.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_twenty_openings_at_once_get_twenty_numbers():
    yurun = county()
    walks = at_once(*[lambda: Walk(yurun) for _ in range(20)])
    assert [type(walk) for walk in walks] == [Walk] * 20
    numbers = sorted(Case.objects.values_list("number", flat=True))
    assert numbers == [f"YR-2015-{n:06d}" for n in range(1, 21)]
