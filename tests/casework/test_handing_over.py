"""Referral and transfer: nothing moves before the other union accepts, and the sender keeps the receipt."""

from __future__ import annotations

import re

import pytest
from django.db import ProgrammingError, transaction
from django.test import Client
from django.urls import reverse

from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.casework import actions
from chunyu.casework.handing_over import actions as handing_over
from chunyu.casework.handing_over import queries
from chunyu.casework.handing_over.tables import Handover
from chunyu.casework.models import Case
from tests.casework.applications import CASEWORKER, CHAIR, OFFICER, Walk, application
from tests.casework.process import APPLICATION
from tests.situations import acting, county

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
BACKEND = "django.contrib.auth.backends.ModelBackend"


def text(response) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def offer(walk: Walk, to, kind: str = "referral", **more) -> Handover:
    consent = {"consent_on": walk.day} if "ground" not in more else {}
    return handing_over.offer(
        walk.acting(CASEWORKER), walk.case, kind=kind, to=to, why="户主在贵县务工，请协助核实", **consent, **more
    )


def test_a_referral_opens_a_case_there_and_leaves_this_one_here(settings):
    walk, sister = application(county("雨润县"), "submitted"), county("青禾县")
    handover = offer(walk, sister.federation)
    theirs = sister.acting(CASEWORKER, walk.day)
    assert queries.received(theirs).get() == handover
    assert not Case.objects.open_to(theirs).exists(), "before accepting they see the offer, not the case"
    opened = handing_over.accept(theirs, handover, process=APPLICATION.name, note="收到，下周走访")
    handover.refresh_from_db()
    assert handover.answer == "accepted"
    assert opened.organisation == sister.federation
    assert handover.opened == opened
    assert opened.household is None, "the family's file stays where it is"
    walk.case.refresh_from_db()
    assert walk.case.organisation == walk.county.workplace
    settings.CHUNYU_TODAY = walk.day
    client = Client()
    client.force_login(walk.county.post(CASEWORKER).user, backend=BACKEND)
    receipt = text(client.get(reverse("casework:handover", args=[handover.pk])))
    assert opened.number in receipt
    assert "收到，下周走访" in receipt
    assert client.get(opened.get_absolute_url()).status_code == 404


def test_a_transfer_gives_the_case_away_when_it_is_accepted():
    walk = application(county("雨润县"), "submitted")
    handover = handing_over.offer(
        walk.acting(CHAIR),
        walk.case,
        kind="transfer",
        to=walk.county.federation,
        why="本单位即将破产",
        ground="asked",
    )
    assert walk.case.organisation == walk.county.workplace
    actions.stop_clock(walk.acting(CASEWORKER), walk.case, code="department", note="等对方接收")
    case = handing_over.accept(walk.acting(CASEWORKER), handover)
    assert case.organisation == walk.county.federation
    assert case.scope_path == walk.county.federation.path
    assert case.number == walk.case.number
    assert case.due_on is not None
    assert not case.clock_stops.filter(to_day__isnull=True).exists(), "its deadline starts anew"
    chair = walk.acting(CHAIR)
    assert not Case.objects.open_to(chair).filter(pk=case.pk).exists()
    assert queries.sent(chair).get().answer == "accepted", "the receipt stays with the sender"


def test_a_familys_case_does_not_leave_the_sight_of_its_file():
    walk, sister = application(county("雨润县"), "submitted"), county("青禾县")
    with pytest.raises(Refusal, match="Refer the case instead"):
        offer(walk, sister.federation, "transfer")


def test_an_offer_needs_consent_or_a_ground_and_a_union_that_can_take_it():
    walk, sister = application(county("雨润县"), "submitted"), county("青禾县")
    worker = walk.acting(CASEWORKER)
    asks = {"kind": "referral", "to": sister.federation, "why": "请协助"}
    with pytest.raises(Refusal, match="consent"):
        handing_over.offer(worker, walk.case, **asks)
    with pytest.raises(Refusal, match="consent"):
        handing_over.offer(worker, walk.case, **asks, consent_on=walk.day, ground="law")
    empty = acting(Role.PROVINCE_ANALYST, walk.county.city, walk.day).organisation
    with pytest.raises(Refusal, match="Nobody in that union"):
        handing_over.offer(worker, walk.case, **{**asks, "to": empty}, ground="law")
    offer(walk, sister.federation)
    with pytest.raises(Refusal, match="already offered"):
        offer(walk, sister.township)


def test_refused_or_taken_back_the_case_stays_and_the_answer_stands():
    walk, sister = application(county("雨润县"), "submitted"), county("青禾县")
    handover = offer(walk, sister.federation)
    with pytest.raises(Refusal, match="Say why"):
        handing_over.refuse(sister.acting(CASEWORKER, walk.day), handover, reason="")
    handing_over.refuse(sister.acting(CASEWORKER, walk.day), handover, reason="当事人已离开本县，请问松涛区")
    with pytest.raises(Refusal, match="answered already"):
        handing_over.accept(sister.acting(CASEWORKER, walk.day), handover, process=APPLICATION.name)
    second = offer(walk, sister.township)
    handing_over.take_back(walk.acting(CASEWORKER), second)
    assert queries.sent(walk.acting(CASEWORKER)).filter(answer="").count() == 0
    with pytest.raises(ProgrammingError, match="Cannot"), transaction.atomic():
        Handover.objects.filter(pk=second.pk).update(consent_on=None)


def test_a_third_union_knows_nothing_of_it(settings):
    walk, sister, third = application(county("雨润县"), "submitted"), county("青禾县"), county("松涛区")
    handover = offer(walk, sister.federation)
    settings.CHUNYU_TODAY = walk.day
    client = Client()
    client.force_login(third.post(CASEWORKER).user, backend=BACKEND)
    for name in ("handover", "handover-accept", "handover-refuse"):
        assert client.get(reverse(f"casework:{name}", args=[handover.pk])).status_code == 404
    assert client.post(reverse("casework:handover-back", args=[handover.pk])).status_code == 404
    with pytest.raises(Handover.DoesNotExist):
        handing_over.accept(third.acting(CASEWORKER, walk.day), handover, process=APPLICATION.name)
    sender = Client()
    sender.force_login(walk.county.post(CASEWORKER).user, backend=BACKEND)
    assert sender.get(reverse("casework:handover-accept", args=[handover.pk])).status_code == 404


def test_it_is_walked_on_the_pages(settings):
    walk, sister = application(county("雨润县"), "submitted"), county("青禾县")
    settings.CHUNYU_TODAY = walk.day
    ours, theirs = Client(), Client()
    ours.force_login(walk.county.post(OFFICER).user, backend=BACKEND)
    theirs.force_login(sister.post(CASEWORKER).user, backend=BACKEND)
    address = reverse("casework:offer", args=[walk.case.number])
    form = {"kind": "referral", "to": sister.federation.pk, "why": "请协助", "consent_on": "", "ground": ""}
    assert ours.post(address, form).status_code == 422
    assert ours.post(address, {**form, "consent_on": walk.day.isoformat()}).status_code == 303
    handover = Handover.objects.get()
    assert walk.case.number in text(theirs.get(reverse("casework:received")))
    accept = reverse("casework:handover-accept", args=[handover.pk])
    assert theirs.get(accept).status_code == 200
    assert theirs.post(accept, {"process": APPLICATION.name, "note": ""}).status_code == 303
    assert Case.objects.filter(organisation=sister.federation).count() == 1
    actions.add_note(walk.acting(CASEWORKER), walk.case, "仍由我们办理")
