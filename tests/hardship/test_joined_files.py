"""Two files of one family are joined: nothing is lost, and nothing is given twice."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.hardship.actions import application_refusals, programme_for
from chunyu.hardship.models import Application
from chunyu.ledger.actions import order_payment
from chunyu.ledger.checking import orders_out_of_step, soundness
from chunyu.ledger.models import Account, PaymentOrder
from chunyu.ledger.traces import household_ledger
from chunyu.registry.duplicates import actions, joining
from chunyu.registry.models import Household, Joining, Member, Pair, Parting
from chunyu.registry.queries import facts_on
from tests.hardship.families import TODAY, family
from tests.hardship.journey import Journey
from tests.situations import County, county


def confirmed(place: County, one: Household, other: Household) -> Pair:
    """The two workers said and confirmed to be one person."""
    left, right = sorted((one.worker, other.worker), key=lambda each: each.pk)
    pair = Pair.objects.create(
        organisation=place.workplace,
        left=left,
        right=right,
        left_digest=actions.person_of(left).digest,
        right_digest=actions.person_of(right).digest,
        left_county=place.federation,
        right_county=place.federation,
        score=30_000,
        weights="test",
    )
    actions.say(place.acting(Role.COUNTY_CASEWORKER, TODAY), pair, same=True)
    actions.confirm(place.acting(Role.COUNTY_APPROVER, TODAY), pair, same=True)
    return pair


def paid_journey(place: County) -> Journey:
    journey = Journey(place)
    journey.to("closed")
    return journey


@pytest.mark.django_db
def test_an_undecided_pair_joins_nothing_not_even_by_hand() -> None:
    yurun = county("雨润县")
    one, other = family(yurun), family(yurun, "陈梅", order=3)
    with pytest.raises(IntegrityError, match="joined to none"), transaction.atomic():
        Household.objects.filter(pk=other.pk).update(status="merged", merged_into=one, closed_on=TODAY)
    pair = confirmed(yurun, one, other)
    with pytest.raises(IntegrityError, match="pair that two confirmed"), transaction.atomic():
        Joining.objects.create(
            organisation=yurun.workplace,
            pair=pair,
            joined=family(yurun, "王芳", order=5),
            into=one,
            day=TODAY,
            by=yurun.post(Role.COUNTY_CASEWORKER),
        )


@pytest.mark.django_db
def test_people_and_statements_come_over_and_go_back() -> None:
    yurun = county("雨润县")
    keeper = yurun.acting(Role.COUNTY_CASEWORKER, TODAY)
    one, other = family(yurun, incomes=(260_000,)), family(yurun, "陈梅", order=3, incomes=(90_000, 0))
    before = facts_on(one, TODAY)
    made = joining.join_files(keeper, confirmed(yurun, one, other), goes_on=one)
    other.refresh_from_db()
    assert (other.status, other.merged_into) == ("merged", one)
    assert not Member.objects.filter(household=other, is_open=True).exists()
    added = Member.objects.get(household=one, is_worker=False)
    assert (added.name, added.relation) == ("郭志强", "10")
    after = facts_on(one, TODAY)
    assert len(after.members) == 2
    assert after.members[0].facts["income_month"].value == 90_000, "the later of two equal statements holds"
    assert Joining.objects.get().facts.count() == other.stated.count()
    with pytest.raises(Refusal):
        joining.ask_apart(keeper, made, reason="  ")
    parting = joining.ask_apart(keeper, made, reason="two sisters")
    with pytest.raises(Refusal) as refused:
        joining.take_apart(keeper, parting)
    assert refused.value.code == "request_answered_by_another"
    second = yurun.acting(Role.COUNTY_APPROVER, TODAY)
    joining.take_apart(second, parting)
    other.refresh_from_db()
    assert (other.status, other.merged_into_id) == ("on_file", None)
    assert facts_on(one, TODAY).facts == before.facts
    assert facts_on(one, TODAY).members == before.members
    assert Pair.objects.get().state == Pair.State.SUPERSEDED
    with pytest.raises(Refusal) as refused:
        joining.take_apart(second, parting)
    assert refused.value.code == "request_answered_once"
    made.refresh_from_db()
    with pytest.raises(Refusal) as refused:
        joining.ask_apart(keeper, made, reason="again")
    assert refused.value.code == "joining_parts_once"


@pytest.mark.django_db
def test_one_person_alone_takes_nothing_apart_not_even_by_hand() -> None:
    yurun = county("雨润县")
    keeper = yurun.acting(Role.COUNTY_CASEWORKER, TODAY)
    one, other = family(yurun), family(yurun, "陈梅", order=3)
    made = joining.join_files(keeper, confirmed(yurun, one, other), goes_on=one)
    statement = """
        UPDATE registry_joining SET parted_on = '2026-03-02', parted_at = now(), parted_by_id = %s, reason = 'x';
        SET CONSTRAINTS ALL IMMEDIATE
    """
    with (
        pytest.raises(IntegrityError, match="one person asks"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement.replace("%s", str(keeper.post.pk)))
    made.refresh_from_db()
    parting = joining.ask_apart(keeper, made, reason="two sisters")
    with pytest.raises(IntegrityError, match="parting_one_at_a_time"), transaction.atomic():
        Parting.objects.create(
            organisation=one.organisation, joining=made, reason="x", asked_by=keeper.post, asked_on=TODAY
        )
    with pytest.raises(Refusal) as refused:
        joining.withdraw_parting(yurun.acting(Role.COUNTY_APPROVER, TODAY), parting)
    assert refused.value.code == "request_withdrawn_by_its_author"
    with pytest.raises(Refusal) as refused:
        joining.keep_joined(yurun.acting(Role.COUNTY_APPROVER, TODAY), parting, note="  ")
    assert refused.value.code == "parting_refused_with_a_reason"
    joining.keep_joined(yurun.acting(Role.COUNTY_APPROVER, TODAY), parting, note="one person after all")
    joining.withdraw_parting(keeper, joining.ask_apart(keeper, made, reason="once more"))
    other.refresh_from_db()
    assert other.status == "merged"


@pytest.mark.django_db
def test_both_ledgers_count_and_nothing_is_paid_twice() -> None:
    yurun = county("雨润县")
    keeper = yurun.acting(Role.COUNTY_CASEWORKER, TODAY)
    journey = paid_journey(yurun)
    helped = journey.household
    fresh = family(yurun, "陈梅", order=3)
    programme = programme_for(fresh, "medical", TODAY)
    assert not application_refusals(fresh, programme, TODAY)
    paid = household_ledger(helped).paid_fen
    assert paid > 0
    accounts = sorted(Account.objects.values_list("pk", "balance", "household"))
    made = joining.join_files(keeper, confirmed(yurun, helped, fresh), goes_on=fresh)
    assert household_ledger(fresh).paid_fen == paid
    assert sorted(Account.objects.values_list("pk", "balance", "household")) == accounts, "no account was touched"
    assert soundness().holds
    assert orders_out_of_step() == ()
    assert [each.code for each in application_refusals(fresh, programme, TODAY)] == ["granted_this_year"]
    with pytest.raises(Refusal) as refused:
        order_payment(
            yurun.acting(Role.FINANCE_OFFICER, TODAY),
            organisation=helped.organisation,
            household=helped,
            programme="medical",
            programme_label="医疗救助",
            fund=journey.fund,
            amount_fen=100,
            reference="X1",
            payee_name="程梅",
            bank_name="",
            card_number="6217009999000000016",
            day=TODAY,
        )
    # Both rules stand in the way of a file that ended by being joined.
    assert refused.value.code in {"ledger_order_of_a_file_that_goes_on", "ledger_order_no_file_no_money"}
    case = Application.objects.get()
    with pytest.raises(IntegrityError, match="joined to another"), transaction.atomic():
        Application.objects.create(
            case_id="00000000-0000-0000-0000-000000000000"
            if not isinstance(case.case_id, int)
            else case.case_id + 1_000_000,
            household=helped,
            programme="living",
            day=TODAY,
            decision=case.decision,
        )
    parting = joining.ask_apart(keeper, made, reason="two persons after all")
    joining.take_apart(yurun.acting(Role.COUNTY_APPROVER, TODAY), parting)
    assert household_ledger(fresh).paid_fen == 0
    assert household_ledger(helped).paid_fen == paid
    assert not application_refusals(fresh, programme, TODAY)


@pytest.mark.django_db
def test_nothing_may_be_under_way_on_the_file_that_is_to_lie_still() -> None:
    yurun = county("雨润县")
    keeper = yurun.acting(Role.COUNTY_CASEWORKER, TODAY)
    journey = Journey(yurun)
    fresh = family(yurun, "陈梅", order=3)
    pair = confirmed(yurun, journey.household, fresh)
    with pytest.raises(Refusal) as refused:
        joining.join_files(keeper, pair, goes_on=fresh)
    assert refused.value.code == "open_matter"
    assert journey.case.number in str(refused.value)
    joining.join_files(keeper, pair, goes_on=journey.household)
    assert not PaymentOrder.objects.exists()
