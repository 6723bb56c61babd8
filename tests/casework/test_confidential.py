"""A confidential case exists for those who were let in and for nobody else, and its children can only be stricter."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import IntegrityError, ProgrammingError, transaction
from django.test import Client
from django.urls import reverse

from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import CASE_ROLES, READ_CASE_ROLES, Role
from chunyu.casework import actions, process, queries
from chunyu.casework.departments import actions as departments
from chunyu.casework.handing_over import actions as handing_over
from chunyu.casework.handing_over.queries import received, sent
from chunyu.casework.models import Case, Confidant
from chunyu.casework.process import Access
from tests.casework.applications import APPROVER, CASEWORKER, CHAIR, OFFICER, Walk, application
from tests.casework.process import APPLICATION
from tests.situations import acting, county

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def kinds():
    """A kind that is narrower than the application, and one that is wider; known for one test."""
    narrow = Access(works=CASE_ROLES, reads=CASE_ROLES, sees=READ_CASE_ROLES)
    wide = Access(
        works=CASE_ROLES, reads=READ_CASE_ROLES, sees=READ_CASE_ROLES | {Role.ORGANISER, Role.FINANCE_OFFICER}
    )
    before = dict(process._processes)
    yield (
        process.register(replace(APPLICATION, name="tests.narrow", access=narrow, escalates=(), **closed(narrow))),
        process.register(replace(APPLICATION, name="tests.wide", access=wide)),
        process.register(replace(APPLICATION, name="tests.secret", confidential=True)),
    )
    process._processes.clear()
    process._processes.update(before)


def closed(access: Access) -> dict:
    """The application's table with nothing lying on the desk of those who no longer see it."""
    within = {state: frozenset(owners & access.sees) for state, owners in APPLICATION.owners.items()}
    who = {
        name: replace(rule, roles=(rule.roles & access.sees) or frozenset({CASEWORKER}))
        for name, rule in APPLICATION.who.items()
    }
    return {"owners": within, "who": who}


def secret(walk: Walk, *people) -> Case:
    return actions.make_confidential(
        walk.acting(CASEWORKER), walk.case, people=[each.post for each in people], reason="涉及家庭暴力"
    )


def test_for_everybody_else_it_does_not_exist(settings):
    walk = application(county(), "complete")
    approver = walk.acting(APPROVER)
    secret(walk, approver)
    another = acting(CASEWORKER, walk.county.federation, walk.day)
    above = acting(CASEWORKER, walk.county.city, walk.day)
    for outside in (walk.acting(CHAIR), walk.acting(OFFICER), another, above, walk.acting(Role.AUDITOR)):
        assert not queries.known_to(outside).filter(pk=walk.case.pk).exists()
        with pytest.raises(Case.DoesNotExist):
            actions.add_note(outside, walk.case, "看看")
    for inside in (walk.acting(CASEWORKER), approver):
        assert queries.known_to(inside).get() == walk.case
    settings.CHUNYU_TODAY = walk.day
    client = Client()
    client.force_login(another.post.user, backend=BACKEND)
    assert client.get(walk.case.get_absolute_url()).status_code == 404
    assert walk.case.number not in client.get(reverse("casework:cases")).content.decode()
    household = client.get(reverse("hardship:household", args=[walk.case.household_id])).content.decode()
    assert walk.case.number not in household
    mine = Client()
    mine.force_login(walk.county.post(CASEWORKER).user, backend=BACKEND)
    page = mine.get(walk.case.get_absolute_url())
    assert page.status_code == 200
    assert approver.user_name in page.content.decode()


def test_people_are_let_in_and_out_but_somebody_stays():
    walk = application(county(), "complete")
    secret(walk)
    officer = walk.acting(OFFICER)
    actions.let_into(walk.acting(CASEWORKER), walk.case, officer.post)
    assert queries.known_to(officer).exists()
    actions.shut_out(walk.acting(CASEWORKER), walk.case, officer.post)
    assert not queries.known_to(officer).exists()
    with pytest.raises(Refusal, match="has to stay"):
        actions.shut_out(walk.acting(CASEWORKER), walk.case, walk.acting(CASEWORKER).post)
    stranger = county("青禾县").acting(CASEWORKER, walk.day)
    with pytest.raises(Refusal, match="nothing to do"):
        actions.let_into(walk.acting(CASEWORKER), walk.case, stranger.post)
    with pytest.raises(Refusal, match="nothing to do"):
        actions.let_into(walk.acting(CASEWORKER), walk.case, walk.acting(Role.SYSTEM_KEEPER).post)


def test_a_department_asked_about_it_and_an_offer_of_it_give_nothing_away(settings):
    walk, sister = application(county("雨润县"), "complete"), county("青禾县")
    keeper = walk.county.acting(Role.SYSTEM_KEEPER)
    police = departments.open_department(keeper, name="雨润县公安局", duty="police")
    actions.ask_department(walk.acting(CASEWORKER), walk.case, to=police, asked="请核实户口")
    asked = {"kind": "referral", "to": sister.federation, "why": "请协助", "consent_on": walk.day}
    offered = handing_over.offer(walk.acting(CASEWORKER), walk.case, **asked)
    with pytest.raises(Refusal, match="Take that back first"):
        secret(walk)
    handing_over.take_back(walk.acting(CASEWORKER), offered)
    secret(walk)
    with pytest.raises(Refusal, match="not offered to a whole union"):
        handing_over.offer(walk.acting(CASEWORKER), walk.case, **asked)
    assert not sent(walk.acting(OFFICER)).exists()
    assert not received(sister.acting(CASEWORKER, walk.day)).exists()
    assert sent(walk.acting(CASEWORKER)).get() == offered
    settings.CHUNYU_TODAY = walk.day
    client = Client()
    client.force_login(walk.county.post(APPROVER).user, backend=BACKEND)
    page = client.get(reverse("casework:department", args=[police.pk])).content.decode()
    assert walk.case.number not in page


def test_it_is_never_undone():
    walk = application(county(), "complete")
    secret(walk)
    with pytest.raises(Refusal, match="confidential already"):
        secret(walk)
    with pytest.raises(IntegrityError, match="case_stays_confidential"), transaction.atomic():
        Case.objects.filter(pk=walk.case.pk).update(confidential=False)
    with pytest.raises(ProgrammingError, match="Cannot"), transaction.atomic():
        Confidant.objects.update(post=walk.acting(APPROVER).post)


def opened(walk: Walk, kind, parent: Case) -> Case:
    return actions.open_case(
        walk.acting(CASEWORKER), kind, walk.case.organisation, title="法律援助", channel="counter", parent=parent
    )


def test_a_child_of_a_confidential_case_is_confidential_with_the_same_people(kinds):
    narrow, wide, _secret = kinds
    walk = application(county(), "complete")
    secret(walk, walk.acting(APPROVER))
    child = opened(walk, narrow, walk.case)
    assert child.confidential
    assert {each.post for each in child.confidants.all()} == {each.post for each in walk.case.confidants.all()}
    assert not queries.known_to(walk.acting(OFFICER)).exists()
    with pytest.raises(Refusal, match="open to more people"):
        opened(walk, wide, walk.case)
    with pytest.raises(IntegrityError, match="case_child_no_looser"), transaction.atomic():
        Case.objects.create(
            organisation=walk.case.organisation,
            number="X-1",
            process=narrow.name,
            state=narrow.start,
            title="另一件",
            channel="counter",
            opened_by=walk.acting(CASEWORKER).post,
            opened_on=walk.day,
            state_since=walk.day,
            parent=walk.case,
        )


def test_the_children_become_confidential_with_their_parent(kinds):
    _narrow, wide, _secret = kinds
    walk = application(county(), "complete")
    child = opened(walk, wide, walk.case)
    grandchild = opened(walk, wide, child)
    assert not child.confidential
    with pytest.raises(IntegrityError, match="case_child_no_looser"), transaction.atomic():
        Case.objects.filter(pk=walk.case.pk).update(confidential=True)
    secret(walk)
    for each in (child, grandchild):
        each.refresh_from_db()
        assert each.confidential
    assert not queries.known_to(walk.acting(OFFICER)).exists()


def test_a_sensitive_kind_is_confidential_from_its_first_day(kinds):
    _narrow, _wide, sensitive = kinds
    walk = application(county(), "complete")
    case = opened(walk, sensitive, walk.case)
    assert case.confidential
    assert [each.post for each in case.confidants.all()] == [walk.acting(CASEWORKER).post]
    assert queries.known_to(walk.acting(OFFICER)).filter(pk=walk.case.pk).exists(), "the parent is as open as it was"
