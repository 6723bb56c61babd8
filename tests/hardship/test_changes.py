"""A fact that a decision or a payment rests on is changed by two persons, who see before what it would change."""

from __future__ import annotations

import threading
from datetime import date
from unittest.mock import patch

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.urls import reverse

from chunyu.accounts.actions import appoint
from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.audit.models import Entry
from chunyu.hardship.actions import state_fact
from chunyu.hardship.changes import actions
from chunyu.hardship.changes.effect import effect_of
from chunyu.hardship.deciding import decide_household
from chunyu.hardship.models import Standing
from chunyu.ledger.models import PaymentOrder
from chunyu.registry.actions import member_leaves
from chunyu.registry.changes import actions as changes
from chunyu.registry.changes.queries import requests_waiting
from chunyu.registry.models import ChangeRequest, Fact, Household, ProposedFact
from chunyu.registry.queries import facts_on
from tests.casework.test_races import at_once
from tests.hardship.families import TODAY, family
from tests.hardship.journey import Journey
from tests.situations import acting, county

pytestmark = pytest.mark.django_db
RULES_NOW = "SET CONSTRAINTS ALL IMMEDIATE"
State = ChangeRequest.State


@pytest.fixture
def yurun(settings):
    settings.CHUNYU_TODAY = TODAY
    return county("雨润县")


@pytest.fixture
def caseworker(yurun):
    return yurun.acting(Role.COUNTY_CASEWORKER, TODAY)


@pytest.fixture
def approver(yurun):
    return yurun.acting(Role.COUNTY_APPROVER, TODAY)


@pytest.fixture
def household(yurun, caseworker):
    found = family(yurun)
    decide_household(caseworker, found)
    return found


def ask(by, household, name="medical_spending_12m", value=0, **more):
    about = {"on": TODAY, "reason": "核对医院结算单", "source": "verified"} | more
    return actions.state_or_ask(by, household, name, value, **about)


def approve(by, request, seen=None):
    rows = request.proposed.values_list("pk", flat=True) if seen is None else seen
    actions.approve_change(by, request, seen=list(rows))


def category(household):
    return Standing.objects.get(household=household).category


def test_what_a_decision_rests_on_is_changed_by_two(yurun, household, caseworker, approver):
    request = ask(caseworker, household)
    assert isinstance(request, ChangeRequest)
    assert category(household) == "deep"
    assert facts_on(household, TODAY).facts["medical_spending_12m"].value == 2_480_000
    approve(approver, request)
    assert category(household) == "relative"
    said = facts_on(household, TODAY).facts["medical_spending_12m"]
    assert (said.value, said.by) == (0, caseworker.user_name)
    request.refresh_from_db()
    assert (request.state, request.answered_by) == (State.APPROVED, approver.post)
    assert list(Entry.objects.filter(event__contains="change").values_list("event", flat=True).order_by("pk")) == [
        "registry.ask_change",
        "registry.approve_change",
    ]


def test_what_nothing_rests_on_is_stated_at_once(yurun, caseworker):
    rich = family(yurun, incomes=(5_000_000, 4_000_000), order=3, medical_spending_12m=0)
    decide_household(caseworker, rich)
    assert isinstance(ask(caseworker, rich, "homes", 2), Fact)
    unread = family(yurun, name="陈梅", order=5)
    assert isinstance(ask(caseworker, unread), Fact), "nothing was decided yet"


def test_what_nobody_has_stated_is_answered_and_not_changed(household, caseworker):
    assert isinstance(ask(caseworker, household, "savings", 100_000), Fact)
    assert isinstance(ask(caseworker, household, "homes", 1), Fact), "it says what is on file, from a better source"


def test_a_payment_on_its_way_is_a_reason_too(yurun):
    journey = Journey(yurun).to("in_payment")
    order = PaymentOrder.objects.get()
    assert any(order.reference in each for each in actions.rests_on(journey.household))
    Standing.objects.update(in_hardship=False, entitled_fen=0)
    assert isinstance(ask(yurun.acting(Role.COUNTY_CASEWORKER, TODAY), journey.household), ChangeRequest)


def test_the_effect_says_what_the_rules_make_of_it(household, caseworker):
    request = ask(caseworker, household)
    effect = effect_of(request, list(request.proposed.all()), TODAY)
    assert effect.changes_category
    assert (effect.before.net_income_fen, effect.after.net_income_fen) == (70_417, 122_083)
    assert any(each.entitled_before and not each.entitled_after for each in effect.changed)
    assert category(household) == "deep", "nothing is decided by reading"
    # The same words as the decision's own, once it is made.
    assert effect.before.why != effect.after.why


def test_a_declaration_does_not_outdo_a_register(household, caseworker, approver):
    worker = household.worker
    state_fact(caseworker, household, "income_month", 260_000, member=worker, on=TODAY, source="matched")
    request = ask(caseworker, household, "income_month", 0, member=worker, source="declared")
    effect = effect_of(request, list(request.proposed.select_related("member")), TODAY)
    assert effect.before.net_income_fen == effect.after.net_income_fen
    approve(approver, request)
    assert facts_on(household, TODAY).members[0].facts["income_month"].value == 260_000


def test_a_sealed_fact_stays_sealed_while_it_waits(yurun, household, caseworker, approver):
    worker = household.worker
    state_fact(caseworker, household, "illness", "none", member=worker, on=TODAY)
    request = ask(caseworker, household, "illness", "uremia", member=worker)
    with connection.cursor() as cursor:
        cursor.execute("SELECT code, sealed FROM registry_proposedfact")
        code, sealed = cursor.fetchone()
    assert code is None
    assert b"uremia" not in bytes(sealed)
    approve(approver, request)
    assert facts_on(household, TODAY).members[0].facts["illness"].value == "uremia"


def refusal(act):
    with pytest.raises(Refusal) as refused:
        act()
    return refused.value.code


def test_nobody_approves_their_own_request_under_any_post(yurun, household, caseworker, approver):
    request = ask(caseworker, household)
    assert refusal(lambda: approve(caseworker, request)) == "request_answered_by_another"
    second = appoint(caseworker.post.user, yurun.federation, Role.COUNTY_APPROVER, on=date(2020, 1, 1))
    again = type(caseworker)(second, TODAY)
    assert refusal(lambda: approve(again, request)) == "request_answered_by_another"
    assert refusal(lambda: changes.refuse_change(again, request, note="自己")) == "request_answered_by_another"
    assert refusal(lambda: changes.withdraw_change(approver, request)) == "request_withdrawn_by_its_author"
    assert refusal(lambda: approve(yurun.acting(Role.TOWNSHIP_OFFICER, TODAY), request)) == "role"
    assert category(household) == "deep"
    assert request.proposed.get().fact is None


def test_an_answer_is_final_and_a_refusal_says_why(household, caseworker, approver):
    request = ask(caseworker, household)
    assert refusal(lambda: changes.refuse_change(approver, request, note=" ")) == "changerequest_refused_with_a_reason"
    changes.refuse_change(approver, request, note="结算单不是本人的")
    assert refusal(lambda: approve(approver, request)) == "request_answered_once"
    assert refusal(lambda: changes.withdraw_change(caseworker, request)) == "request_answered_once"
    changes.withdraw_change(caseworker, ask(caseworker, household))
    assert Fact.objects.filter(household=household, name="medical_spending_12m").count() == 1


def test_what_changed_in_between_is_a_conflict(household, caseworker, approver):
    request = ask(caseworker, household)
    state_fact(caseworker, household, "medical_spending_12m", 900_000, on=TODAY, source="matched")
    assert refusal(lambda: approve(approver, request)) == "conflict"
    changes.withdraw_change(caseworker, request)
    gone = household.members.filter(is_worker=False).first()
    leaving = ask(caseworker, household, "income_month", 1, member=gone)
    member_leaves(caseworker, gone, on=TODAY, reason="moved out")
    assert refusal(lambda: approve(approver, leaving)) == "gone"


def test_what_was_added_since_is_looked_at_again(yurun, household, caseworker, approver):
    request = ask(caseworker, household)
    seen = list(request.proposed.values_list("pk", flat=True))
    assert ask(caseworker, household, "homes", 3) == request
    assert refusal(lambda: approve(approver, request, seen)) == "seen"
    assert refusal(lambda: ask(caseworker, household, "homes", 4)) == "proposed_fact_once"
    other = acting(Role.COUNTY_CASEWORKER, yurun.federation, TODAY)
    assert refusal(lambda: ask(other, household, "homes", 4)) == "change_request_one_at_a_time"
    assert refusal(lambda: ask(other, household, "homes", 4, reason="")) == "changerequest_asked_with_a_reason"
    approve(approver, request)
    assert facts_on(household, TODAY).facts["homes"].value == 3


UPDATE = "UPDATE registry_changerequest SET "
APPROVED = UPDATE + "state = 'approved', answered_by_id = {approver}, answered_on = '2026-03-02'"


OF_ANY = "(SELECT id FROM registry_fact LIMIT 1)"


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (APPROVED, "what was approved was not stated"),
        (APPROVED.replace("{approver}", "{caseworker}"), "another person answers"),
        (APPROVED.replace("approved'", "withdrawn'"), "one withdraws what one asked for"),
        (APPROVED.replace("approved'", "refused'"), "changerequest_refused_with_a_reason"),
        (UPDATE + "answer_note = '好'", "changerequest_answered_by_somebody"),
        (UPDATE + "reason = 'x'", "Cannot update"),
        ("DELETE FROM registry_changerequest", "delete"),
        ("UPDATE registry_proposedfact SET amount_fen = 1", "Cannot update"),
        ("DELETE FROM registry_proposedfact", "delete"),
        ("UPDATE registry_proposedfact SET fact_id = " + OF_ANY, "only what was approved is stated"),
    ],
)
def test_nobody_gets_past_the_database(household, caseworker, approver, statement, said):
    ask(caseworker, household)
    posts = {"approver": approver.post.pk, "caseworker": caseworker.post.pk}
    with pytest.raises(DatabaseError, match=said), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(**posts) + "; " + RULES_NOW)


def test_rows_that_say_nothing_twice_or_too_late_are_refused(household, caseworker, approver):
    request = ask(caseworker, household)
    whole = {"request": request, "name": "homes", "source": "declared", "stated_on": TODAY, "valid_from": TODAY}
    for wrong, rule in (
        ({}, "proposed_fact_has_one_value"),
        ({"count": 1, "flag": True}, "proposed_fact_has_one_value"),
        ({"count": 1, "source": "rumour"}, "proposed_fact_source_known"),
        ({"name": "medical_spending_12m", "amount_fen": 1}, "proposed_fact_once"),
    ):
        with pytest.raises(IntegrityError, match=rule), transaction.atomic():
            ProposedFact.objects.create(**whole | wrong)
    approve(approver, request)
    with pytest.raises(IntegrityError, match="has its answer"), transaction.atomic():
        ProposedFact.objects.create(**whole, count=1)
    with pytest.raises(IntegrityError, match="stated already"), transaction.atomic():
        request.proposed.update(fact=None)
    with pytest.raises(IntegrityError, match="has its answer"), transaction.atomic():
        ChangeRequest.objects.update(state="refused", answer_note="x")
    with pytest.raises(IntegrityError, match="unanswered"), transaction.atomic():
        ChangeRequest.objects.create(
            organisation=household.organisation, household=household, reason="x", asked_by=caseworker.post,
            asked_on=TODAY, state="refused",
        )  # fmt: skip


def test_on_the_pages(client, yurun, household, caseworker, approver):
    client.force_login(caseworker.post.user)
    address = reverse("hardship:state-fact", args=[household.pk]) + "?fact=medical_spending_12m:"
    sent = {"value": "0", "source": "verified", "on": TODAY.isoformat(), "note": "医院结算单"}
    assert client.post(address, sent).status_code == 422  # no reason given
    where = client.post(address, sent | {"reason": "复核"}).headers["Location"]
    page = client.get(where)
    assert page.context["own"]
    assert "request-answer" in page.content.decode()
    assert client.post(where, {"do": "approve", "seen": page.context["seen"]}).status_code == 422
    assert where in client.get(reverse("hardship:household", args=[household.pk])).content.decode()
    client.force_login(approver.post.user)
    assert [each.pk for each in requests_waiting(approver)] == [page.context["object"].pk]
    shown = client.get(where)
    assert shown.context["effect"].changes_category
    assert client.post(where, {"do": "refuse", "note": ""}).status_code == 422
    assert client.post(where, {"do": "approve", "seen": ["x"]}).status_code == 422
    assert client.post(where, {"do": "approve", "seen": shown.context["seen"]}).status_code == 303
    assert category(household) == "relative"
    assert client.get(where).context["effect"] is None
    client.force_login(county("青禾县").post(Role.COUNTY_APPROVER).user)
    assert client.get(where).status_code == 404
    assert client.post(where, {"do": "refuse", "note": "x"}).status_code == 404
    assert client.get(reverse("hardship:changes")).context["page"].sheet.paginator.count == 0
    client.force_login(yurun.post(Role.FINANCE_OFFICER).user)
    assert client.get(reverse("hardship:changes")).status_code == 403


def test_however_many_requests_the_list_takes_the_same_queries(client, yurun, caseworker, django_assert_num_queries):
    client.force_login(caseworker.post.user)

    def another(order):
        home = family(yurun, order=order)
        decide_household(caseworker, home)
        ask(caseworker, home)

    another(1)
    with django_assert_num_queries(9) as few:
        client.get(reverse("hardship:changes"))
    for order in (2, 3, 4):
        another(order)
    with django_assert_num_queries(len(few)):
        client.get(reverse("hardship:changes"))


def approvals_at_once(yurun) -> tuple[ChangeRequest, list[object]]:
    caseworker = yurun.acting(Role.COUNTY_CASEWORKER, TODAY)
    household = family(yurun)
    decide_household(caseworker, household)
    request = ask(caseworker, household)
    seen = [each.pk for each in request.proposed.all()]
    people = [acting(Role.COUNTY_APPROVER, yurun.federation, TODAY) for _ in range(2)]
    barrier = threading.Barrier(2)

    def approving(person):
        def act():
            barrier.wait(30)
            actions.approve_change(person, ChangeRequest.objects.get(pk=request.pk), seen=seen)
            return "approved"

        return act

    return request, at_once(*map(approving, people))


@pytest.mark.django_db(transaction=True)
def test_of_two_approvals_at_once_one_states_it(yurun):
    request, answers = approvals_at_once(yurun)
    refused = [each for each in answers if isinstance(each, Refusal)]
    assert len(refused) == 1
    assert refused[0].code == "request_answered_once"
    assert Fact.objects.filter(name="medical_spending_12m").count() == 2
    assert request.proposed.get().fact is not None


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_it_is_stated_twice(yurun):
    """The same race with the locks, the look for conflicts and the database's rules taken out."""

    def unlocked(acting, request):
        return ChangeRequest.objects.select_related("asked_by__user").get(pk=request.pk)

    manager = type(Household.objects.all())
    with (
        patch.object(changes, "held_for_answer", unlocked),
        patch.object(manager, "select_for_update", lambda rows, **_options: rows),
        patch.object(changes, "_refuse_conflicts", lambda found: threading.Event().wait(0.5)),
        patch.object(changes, "answer", lambda *_args: None),
        connection.cursor() as cursor,
    ):
        cursor.execute("ALTER TABLE registry_proposedfact DISABLE TRIGGER USER")
        _request, answers = approvals_at_once(yurun)
        cursor.execute("ALTER TABLE registry_proposedfact ENABLE TRIGGER USER")
    assert answers == ["approved", "approved"]
    assert Fact.objects.filter(name="medical_spending_12m").count() == 3
