"""One move on many cases: each by itself, none kept back by another, each with its own line in the record."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from chunyu.audit.models import Entry
from chunyu.casework import actions
from chunyu.casework.actions.together import can_be_together, move_together, stamps
from chunyu.casework.models import Decision, TimelineEntry
from chunyu.hardship.process import APPLICATION as REAL
from tests.casework.applications import APPROVER, CASEWORKER, CHAIR, OFFICER, Walk, application
from tests.casework.process import APPLICATION
from tests.situations import county

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
BACKEND = "django.contrib.auth.backends.ModelBackend"


def text(response) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def several(state: str, *names: str) -> list[Walk]:
    yurun = county()
    return [application(yurun, state, name=name) for name in names]


def shown(walks: list[Walk]) -> dict[str, str]:
    marks = stamps(walk.case for walk in walks)
    return {walk.case.number: marks[walk.case.pk] for walk in walks}


def test_those_that_are_ready_move_and_the_others_say_why_not():
    ready, bare = application(yurun := county(), "submitted", name="程梅"), Walk(yurun, name="陆远")
    bare.attach("application")
    bare.move(CHAIR, "submit")
    ready.attach("id_copy", "income_proof")
    moved = move_together(ready.acting(OFFICER), APPLICATION, "accept", shown([bare, ready]), {})
    assert [each.refusal is None for each in moved] == [False, True]
    assert "missing" in moved[0].refusal.sentence
    ready.case.refresh_from_db()
    bare.case.refresh_from_db()
    assert (ready.case.state, bare.case.state) == ("complete", "submitted")


def test_each_case_keeps_its_own_record():
    walks = several("submitted", "程梅", "陆远", "沈音")
    for walk in walks:
        walk.attach("id_copy", "income_proof")
    before = Entry.objects.count()
    move_together(walks[0].acting(OFFICER), APPLICATION, "accept", shown(walks), {})
    entries = Entry.objects.order_by("pk")[before:]
    assert {each.subject for each in entries} == {f"casework.Case:{walk.case.pk}" for walk in walks}
    assert TimelineEntry.objects.filter(act="accept").count() == 3


def test_decisions_are_rows_of_their_own_with_what_each_case_suggests():
    walks = several("county_review", "程梅", "陆远")
    moved = move_together(walks[0].acting(APPROVER), APPLICATION, "approve", shown(walks), {"note": "同意"})
    assert [each.refusal for each in moved] == [None, None]
    assert Decision.objects.count() == 2
    assert {each.by for each in Decision.objects.all()} == {walks[0].acting(APPROVER).post}


def test_four_eyes_hold_for_each_case():
    first, second = several("county_review", "程梅", "陆远")
    actions.attach_document(
        first.acting(APPROVER), first.case, kind="other", name="补充.pdf", content=b"%PDF-1.4\nextra\n%%EOF\n"
    )
    moved = move_together(first.acting(APPROVER), APPLICATION, "approve", shown([first, second]), {"note": "同意"})
    assert [each.refusal is None for each in moved] == [False, True]


def test_what_changed_since_it_was_shown_is_looked_at_again():
    walks = several("submitted", "程梅", "陆远")
    seen = shown(walks)
    for walk in walks:
        walk.attach("id_copy", "income_proof")
    moved = move_together(walks[0].acting(OFFICER), APPLICATION, "accept", seen, {})
    assert all("changed" in each.refusal.sentence for each in moved)


def test_cases_of_another_county_are_not_even_named():
    mine, foreign = application(county("雨润县"), "submitted"), application(county("青禾县"), "submitted", name="陆远")
    moved = move_together(mine.acting(OFFICER), APPLICATION, "accept", shown([foreign]), {})
    assert moved == []


def test_a_move_whose_choices_depend_on_the_case_is_not_offered():
    assert not can_be_together(REAL, REAL.move("pay_out"))
    assert not can_be_together(REAL, REAL.move("object"))
    assert can_be_together(REAL, REAL.move("approve"))


def test_it_is_walked_on_the_pages(settings):
    walks = several("submitted", "程梅", "陆远")
    walks[0].attach("id_copy", "income_proof")
    settings.CHUNYU_TODAY = walks[0].day
    client = Client()
    client.force_login(walks[0].county.post(CASEWORKER).user, backend=BACKEND)
    address = reverse("casework:move-together", args=[APPLICATION.name, "submitted", "accept"])
    assert address in text(client.get(reverse("casework:together")))
    page = text(client.get(address))
    values = re.findall(r'name="case" value="([^"]+)"', page)
    assert len(values) == 2
    assert client.post(address, {}).status_code == 422
    done = text(client.post(address, {"case": values}))
    assert walks[0].case.number in done
    walks[0].case.refresh_from_db()
    walks[1].case.refresh_from_db()
    assert {walks[0].case.state, walks[1].case.state} == {"complete", "submitted"}
    other = reverse("casework:move-together", args=[APPLICATION.name, "submitted", "approve"])
    assert client.get(other).status_code == 404


def test_the_list_takes_the_same_queries_however_many_cases_it_shows(settings, django_assert_max_num_queries):
    walks = several("submitted", "程梅", "陆远", "沈音", "赵川")
    settings.CHUNYU_TODAY = walks[0].day
    client = Client()
    client.force_login(walks[0].county.post(CASEWORKER).user, backend=BACKEND)
    address = reverse("casework:move-together", args=[APPLICATION.name, "submitted", "accept"])
    with django_assert_max_num_queries(20):
        client.get(address)
