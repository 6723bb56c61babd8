"""Visits kept on a phone and sent over a line that breaks at random, by a browser that is killed on the way: each is on
record exactly once. The control sends a fresh key with each try and must be found out."""

from __future__ import annotations

from random import Random

import pytest
from django.db.models import Count

from chunyu.casework.models import Case, Visit
from chunyu.casework.visits.pages import RecordVisit
from chunyu.ui.models import Received
from tests.casework.applications import OFFICER, application
from tests.phone import Phone
from tests.proof.counts import count
from tests.proof.scoring import Score
from tests.situations import County, county

pytestmark = [pytest.mark.proof("R10"), pytest.mark.django_db(transaction=True)]
ENTRIES = count(20, 40)
ROUNDS = count(1, 10)
KILLS = count(2, 6)
CONTROLS = count(4, 12)
TRIES = 60


@pytest.fixture
def yurun(settings) -> County:
    made = county()
    settings.CHUNYU_TODAY = application(made, "complete").day
    return made


def cases(yurun: County, number: int) -> list[Case]:
    """So many open cases whose household is to be visited, those of earlier rounds not among them."""
    waiting = Case.objects.filter(state="complete", visits__isnull=True)
    for _ in range(number - waiting.count()):
        application(yurun, "complete")
    return list(waiting.order_by("number")[:number])


def kept(phone: Phone, yurun: County, number: int) -> list[Case]:
    """A visit of each case, written on the phone without a network; its findings name the case."""
    chosen = cases(yurun, number)
    phone.sign_in(yurun.post(OFFICER).user)
    phone.take_along(*(case.number for case in chosen))
    phone.line.cut()
    for case in chosen:
        page = phone.go(f"/cases/{case.number}/visit/")
        page.fill("[name=others]", "刘明")
        page.fill("[name=findings]", f"{case.number} 与申报一致")
        page.click("form[data-offline] button[type=submit]")
        page.wait_for_selector("[data-offline-said]:not([hidden])")
    assert phone.states() == ["waits"] * number
    return chosen


def sent(phone: Phone, yurun: County, chance: Random, kills: int = 0) -> None:
    """Tried again and again over the bad line until nothing waits; the browser is killed `kills` times on the way."""
    phone.line.chance = chance
    phone.line.mend()
    for attempt in range(TRIES):
        if kills and chance.random() < 0.4:
            kills -= 1
            phone.page.goto("/offline/phone/", wait_until="commit")
            phone.page.wait_for_timeout(chance.randrange(50, 400))
            phone.kill()
            phone.open()
            phone.sign_in(yurun.post(OFFICER).user)
        phone.go("/offline/phone/")
        if "waits" not in phone.states():
            break
        assert attempt < TRIES - 1, "the entries never came through"
    assert not kills
    phone.line.chance = None


def test_every_entry_is_on_record_exactly_once(new_phone, yurun, score: Score):
    cuts: list[str] = []
    for seed in range(ROUNDS):
        phone, chance = new_phone(), score.chance(seed)
        phone.line.cuts.clear()
        chosen = kept(phone, yurun, ENTRIES)
        sent(phone, yurun, chance, KILLS)
        cuts += phone.line.cuts
        visits = Visit.objects.filter(case__in=chosen)
        assert {each.findings.reveal() for each in visits} == {f"{case.number} 与申报一致" for case in chosen}
        score.counted(offline_entries=ENTRIES)
        score.must_be(0, not_exactly_once=abs(visits.count() - ENTRIES))
        taken = Received.objects.filter(outcome="taken_in", subject__in=[case.number for case in chosen])
        assert taken.values("key").distinct().count() == taken.count() == ENTRIES
        assert phone.states() == ["done"] * ENTRIES
        phone.context.close()
    assert cuts.count("after") >= ROUNDS, "no answer was lost: nothing was proved"
    score.fired(cuts_of_the_phone_line=len(cuts), kills_of_the_browser=ROUNDS * KILLS)
    assert cuts.count("before") + cuts.count("middle") >= ROUNDS


def test_a_fresh_key_with_each_try_would_be_found(new_phone, yurun, monkeypatch, score: Score):
    """The control must fail: without its key, and without the look at what changed meanwhile, a retry doubles."""
    monkeypatch.setattr(RecordVisit, "stands_at", lambda page: "")
    phone = new_phone()
    phone.context.add_init_script(
        """const append = FormData.prototype.append;
        FormData.prototype.append = function (name, ...value) {
            return append.call(this, name, ...(name === "entry_key" ? [crypto.randomUUID()] : value)); };"""
    )
    chosen = kept(phone, yurun, CONTROLS)
    phone.line.lose_answers(CONTROLS)
    sent(phone, yurun, score.chance(1))
    doubled = Visit.objects.filter(case__in=chosen).values("case").annotate(visits=Count("pk")).filter(visits__gt=1)
    score.control(not_exactly_once=doubled.count())
