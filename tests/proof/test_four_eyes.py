"""Fifteen tricks to get past the second person, at ten flows that need one: none succeeds, and what was approved is
what was shown. The control compares the posts people sign with, and not the people, and must let one through."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, connections, transaction

from chunyu.accounts.acting import Acting
from chunyu.accounts.actions import appoint, end_post
from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from tests import situations
from tests.proof.counts import count
from tests.proof.four_eyes import FLOWS, Flow
from tests.proof.scoring import Score
from tests.situations import county

pytestmark = [pytest.mark.proof("S14"), pytest.mark.django_db(transaction=True)]
NO = (Refusal, ValidationError, IntegrityError)


def tried(act: Callable[[], object]) -> bool:
    """Whether it went through."""
    try:
        with transaction.atomic():
            act()
    except NO:
        return False
    return True


def another_post(flow: Flow, person: Acting, day_before: int = 100) -> Acting:
    """The same person, through a post in the role that says yes, at the place where that role says it."""
    post = appoint(
        person.post.user, flow.second.organisation, flow.second.role, on=flow.day - timedelta(days=day_before)
    )
    return Acting(post, flow.day)


def own(flow: Flow) -> int:
    item = flow.ask()
    return tried(lambda: flow.approve(flow.first, item, flow.shown(item)))


def other_post_of_the_same_person(flow: Flow) -> int:
    item = flow.ask()
    return tried(lambda: flow.approve(another_post(flow, flow.first), item, flow.shown(item)))


def delegated_to_oneself(flow: Flow) -> int:
    """Appointed after asking, from today on."""
    item = flow.ask()
    return tried(lambda: flow.approve(another_post(flow, flow.first, 0), item, flow.shown(item)))


def under_another_name(flow: Flow) -> int:
    """The account is renamed between the two acts."""
    item, user = flow.ask(), flow.first.post.user
    user.username, user.full_name = f"{user.username}-x{flow.number}", "另一个名字"
    user.save()
    return tried(lambda: flow.approve(another_post(flow, Acting(flow.first.post, flow.day)), item, flow.shown(item)))


def wrong_role(flow: Flow) -> int:
    item, nobody = flow.ask(), situations.acting(Role.WORKPLACE_CHAIR, flow.county.workplace, flow.day)
    return tried(lambda: flow.approve(nobody, item, flow.shown(item)))


def neighbour(flow: Flow) -> int:
    item = flow.ask()
    stranger = situations.acting(flow.second.role, county("青禾县").federation, flow.day)
    try:
        return tried(lambda: flow.approve(stranger, item, flow.shown(item)))
    except Exception as error:
        if type(error).__name__ == "DoesNotExist":  # to the neighbours it is as if it did not exist
            return 0
        raise


def role_lost(flow: Flow) -> int:
    item = flow.ask()
    leaver = situations.acting(flow.second.role, flow.second.organisation, flow.day)
    shown = flow.shown(item)
    end_post(leaver.post, on=flow.day)
    return tried(lambda: flow.approve(Acting.through(leaver.post, flow.day), item, shown))


def clock_set_back(flow: Flow) -> int:
    """Through a post that begins only tomorrow."""
    item = flow.ask()
    comer = situations.post(flow.second.role, flow.second.organisation, since=flow.day + timedelta(days=1))
    return tried(lambda: flow.approve(Acting.through(comer, flow.day), item, flow.shown(item)))


def account_closed(flow: Flow) -> int:
    item = flow.ask()
    leaver = situations.acting(flow.second.role, flow.second.organisation, flow.day)
    type(leaver.post.user).objects.filter(pk=leaver.user_id).update(is_active=False)
    return tried(lambda: flow.approve(Acting.through(leaver.post, flow.day), item, flow.shown(item)))


def changed_after_shown(flow: Flow) -> int:
    item = flow.ask()
    shown = flow.shown(item)
    try:
        changed = tried(lambda: flow.change(item))
    except NotImplementedError:  # it has one content for good
        changed = False
    return changed and tried(lambda: flow.approve(flow.second, item, shown))


def two_clicks_at_once(flow: Flow) -> int:
    item = flow.ask()
    shown, barrier = flow.shown(item), threading.Barrier(2)
    faults: list[BaseException] = []

    def click(by: Acting) -> None:
        try:
            barrier.wait(30)
            tried(lambda: flow.approve(by, item, shown))
        except BaseException as error:  # handed to the one who waits
            faults.append(error)
        finally:
            connections.close_all()

    clicks = [threading.Thread(target=click, args=(by,)) for by in (flow.second, flow.third)]
    for each in clicks:
        each.start()
    for each in clicks:
        each.join(60)
    assert not faults, faults
    assert flow.times(item), "one of the two is heard"
    return flow.times(item) - 1


def said_again(flow: Flow) -> int:
    item = flow.ask()
    shown = flow.shown(item)
    flow.approve(flow.second, item, shown)
    tried(lambda: flow.approve(flow.third, item, shown))
    return flow.times(item) - 1


def step_skipped(flow: Flow) -> int:
    item = flow.draft()
    return item is not None and tried(lambda: flow.approve(flow.second, item, flow.shown(item)))


def in_halves(flow: Flow) -> int:
    """Two items in the place of one: the asker says yes to the half that somebody else is to look at later."""
    item, _other = flow.ask(), flow.ask()
    return tried(lambda: flow.approve(another_post(flow, flow.first), item, flow.shown(item)))


def written_by_hand(flow: Flow) -> int:
    """Past every action, in the database itself."""
    item = flow.ask()
    return bool(flow.by_hand) and tried(lambda: flow.write_by_hand(another_post(flow, flow.first), item))


TRICKS: tuple[Callable[[Flow], Any], ...] = (
    own, other_post_of_the_same_person, delegated_to_oneself, under_another_name, wrong_role, neighbour, role_lost,
    clock_set_back, account_closed, changed_after_shown, two_clicks_at_once, said_again, step_skipped, in_halves,
    written_by_hand,
)  # fmt: skip


@pytest.mark.parametrize("name", FLOWS)
def test_no_trick_gets_past_the_second_person(name: str, score: Score, settings):
    flow = FLOWS[name](county("雨润县"))
    settings.CHUNYU_TODAY = flow.day
    chance = score.chance(list(FLOWS).index(name))
    honest = flow.ask()
    flow.approve(flow.second, honest, flow.shown(honest))
    assert flow.times(honest) == 1, "an honest second person is heard"
    succeeded: list[str] = []
    for _ in range(count(1, 3)):
        for trick in chance.sample(TRICKS, count(5, len(TRICKS))):
            if trick(flow):
                succeeded.append(trick.__name__)
            score.counted(tricks=1)
    assert not succeeded, f"{name}: {succeeded}"
    score.must_be(0, tricks_that_succeeded=len(succeeded))


# Whether two posts are of one person, as the database's rules ask it.
PERSON = re.compile(r"\(SELECT user_id FROM accounts_post WHERE id = ((?:NEW|OLD|given|share)\.\w+)\)")


def test_a_check_of_the_post_and_not_the_person_would_be_found(score: Score, settings):
    """The control: rules that compare what people sign with let one person sign twice."""
    passed = 0
    for name in ("budget", "money handed down", "grant"):
        flow = FLOWS[name](county("雨润县"))
        settings.CHUNYU_TODAY = flow.day
        with connection.cursor() as cursor:
            cursor.execute(
                """SELECT pg_get_functiondef(p.oid) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
                WHERE n.nspname = 'public' AND p.prosrc LIKE '%SELECT user_id FROM accounts_post WHERE id = %'"""
            )
            for (text,) in cursor.fetchall():
                if PERSON.search(text):
                    cursor.execute(PERSON.sub(r"\1", text))
        passed += other_post_of_the_same_person(flow)
    score.control(tricks_that_succeeded=passed)
