"""A household divides: some of its people become a file of their own, and nothing that was decided or paid moves."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.urls import reverse

from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.desk import figures
from chunyu.hardship.changes import actions
from chunyu.hardship.deciding import decide_household
from chunyu.hardship.models import Decision, Standing
from chunyu.ledger.checking import soundness
from chunyu.ledger.traces import household_ledger
from chunyu.registry.dividing.actions import ask_division, refuse_division, withdraw_division
from chunyu.registry.models import DividedPerson, Division, Household, Member
from chunyu.registry.queries import facts_on
from tests.hardship.families import TODAY, family
from tests.hardship.journey import Journey
from tests.situations import county

pytestmark = pytest.mark.django_db
RULES_NOW = "SET CONSTRAINTS ALL IMMEDIATE"


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
    found = family(yurun, day=TODAY - timedelta(days=30))
    decide_household(caseworker, found)
    return found


def daughter_and_mother(household):
    """The daughter with the old mother, who is a parent to her... of another household from now on."""
    people = {each.relation: each for each in household.members.all()}
    return {people["30"]: "01", people["52"]: "60"}


def ask(by, household, people=None, **more):
    about = {"day": TODAY, "reason": "女儿成家，与奶奶另住"} | more
    return ask_division(by, household, people if people is not None else daughter_and_mother(household), **about)


def test_two_go_and_what_was_stays(household, caseworker, approver):
    before = facts_on(household, TODAY - timedelta(days=1))
    decided = household.decisions.get()
    new = actions.confirm_division(approver, ask(caseworker, household))
    assert facts_on(household, TODAY - timedelta(days=1)).members == before.members, "the past is as it was"
    assert [each.relation for each in facts_on(household, TODAY).members] == ["01", "10"]
    told = facts_on(new, TODAY)
    assert [(each.relation, each.is_worker) for each in told.members] == [("01", True), ("60", False)]
    assert told.members[0].facts["income_month"].value == 0
    assert told.members[1].facts["income_month"].value == 120_000
    assert told.facts == {}, "what is stated of the household stays with the household"
    assert new.file_number != household.file_number
    assert list(household.decisions.filter(pk=decided.pk)) == [decided]
    assert not Decision.objects.filter(household=new, known_at__lte=decided.known_at).exists()
    assert set(Standing.objects.values_list("household", flat=True)) == {household.pk, new.pk}
    division = Division.objects.get()
    assert (division.new, division.state, division.answered_by) == (new, "approved", approver.post)


def test_the_ledger_stays_with_the_file_that_was_paid(yurun, approver):
    journey = Journey(yurun).to("closed")
    household = journey.household
    paid = household_ledger(household).paid_fen
    assert paid > 0
    new = actions.confirm_division(approver, ask(yurun.acting(Role.COUNTY_CASEWORKER, TODAY), household))
    assert household_ledger(household).paid_fen == paid
    assert household_ledger(new).paid_fen == 0
    assert soundness().holds


def refusal(act):
    with pytest.raises(Refusal) as refused:
        act()
    return refused.value.code


def test_what_cannot_be_is_refused(household, caseworker, approver):
    people = {each.relation: each for each in household.members.all()}
    assert refusal(lambda: ask(caseworker, household, {})) == "nobody"
    assert refusal(lambda: ask(caseworker, household, {people["01"]: "01"})) == "worker_leaves"
    assert refusal(lambda: ask(caseworker, household, {people["30"]: "20"})) == "one_worker"
    assert refusal(lambda: ask(caseworker, household, {people["30"]: "01", people["10"]: "01"})) == "one_worker"
    assert refusal(lambda: ask(caseworker, household, day=date(2020, 1, 1))) == "not_there"
    assert refusal(lambda: ask(caseworker, household, day=TODAY + timedelta(days=1))) == "day_to_come"
    assert refusal(lambda: ask(caseworker, household, reason=" ")) == "division_asked_with_a_reason"
    division = ask(caseworker, household)
    assert refusal(lambda: ask(approver, household)) == "division_one_at_a_time"
    assert refusal(lambda: actions.confirm_division(caseworker, division)) == "request_answered_by_another"
    assert Household.objects.count() == 1, "nothing is half done"
    assert refusal(lambda: withdraw_division(approver, division)) == "request_withdrawn_by_its_author"
    refuse_division(approver, division, note="还没有另住")
    assert refusal(lambda: actions.confirm_division(approver, division)) == "request_answered_once"
    withdraw_division(caseworker, ask(caseworker, household))
    assert Member.objects.filter(left_on__isnull=True).count() == 4


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE registry_division SET day = '2020-01-01'", "Cannot update"),
        ("DELETE FROM registry_division", "delete"),
        ("DELETE FROM registry_dividedperson", "delete"),
        ("UPDATE registry_dividedperson SET relation = '20'", "Cannot update"),
        (
            "UPDATE registry_division SET state = 'approved', answered_by_id = {approver}, answered_on = '2026-03-02'",
            "division_done_opens_a_file",
        ),
        (
            "UPDATE registry_division SET state = 'refused', answered_by_id = {approver}, answered_on = '2026-03-02'",
            "division_refused_with_a_reason",
        ),
        ("UPDATE registry_division SET answered_on = '2026-03-02'", "division_answered_by_somebody"),
    ],
)
def test_nobody_gets_past_the_database(household, caseworker, approver, statement, said):
    ask(caseworker, household)
    with pytest.raises(DatabaseError, match=said), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(approver=approver.post.pk) + "; " + RULES_NOW)


def test_only_people_of_the_household_go_and_its_worker_stays(yurun, household, caseworker):
    division = ask(caseworker, household)
    stranger = family(yurun, "陈梅", order=3).worker
    for who, relation, rule in (
        (household.worker, "10", "the worker stays"),
        (stranger, "10", "strangers do not go"),
        (household.members.get(relation="10"), "01", "divided_file_has_one_worker"),
        (household.members.get(relation="30"), "20", "divided_person_once"),
    ):
        with pytest.raises(IntegrityError, match=rule), transaction.atomic():
            DividedPerson.objects.create(division=division, was=who, relation=relation)


def test_on_the_pages(client, yurun, household, caseworker, approver):
    client.force_login(caseworker.post.user)
    where = reverse("hardship:divide", args=[household.pk])
    assert client.get(where).status_code == 200
    people = {str(each.pk): relation for each, relation in daughter_and_mother(household).items()}
    assert client.post(where, {"day": TODAY.isoformat(), "reason": "另住"}).status_code == 422
    there = client.post(where, people | {"day": TODAY.isoformat(), "reason": "另住"}).headers["Location"]
    assert client.post(there, {"do": "approve"}).status_code == 422
    client.force_login(approver.post.user)
    shown = client.get(there)
    assert [label for label, _answer in shown.context["answers"]] != []
    assert shown.context["facts"] == 4
    (waiting,) = figures.requests(approver)
    assert waiting["count"] == 1
    assert figures.requests(caseworker) == []
    assert waiting["href"] in client.get(reverse("desk:home")).content.decode()
    assert client.post(there, {"do": "approve"}).status_code == 303
    new = Division.objects.get().new
    assert client.get(reverse("hardship:household", args=[new.pk])).status_code == 200
    assert new.file_number in client.get(there).content.decode() or client.get(there).context["object"].new == new
    client.force_login(county("青禾县").post(Role.COUNTY_APPROVER).user)
    assert client.get(there).status_code == 404
    assert client.get(where).status_code == 404
    client.force_login(yurun.post(Role.AUDITOR).user)
    assert client.get(there).status_code == 200
    assert client.get(where).status_code == 403


def test_however_many_divisions_the_list_takes_the_same_queries(client, yurun, caseworker, django_assert_num_queries):
    client.force_login(caseworker.post.user)
    ask(caseworker, family(yurun))
    with django_assert_num_queries(9) as few:
        client.get(reverse("hardship:divisions"))
    for order in (2, 3, 4):
        ask(caseworker, family(yurun, order=order))
    with django_assert_num_queries(len(few)):
        client.get(reverse("hardship:divisions"))
