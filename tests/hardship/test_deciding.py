"""A household is decided under the rulebook in force, stands somewhere, and is decided again when facts change."""

from datetime import date

import pytest
from django.db import InternalError, ProgrammingError, transaction

from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.hardship.actions import state_fact
from chunyu.hardship.deciding import decide_household, decide_households
from chunyu.hardship.models import UNKNOWN, Decision, Standing
from chunyu.hardship.reading import read
from chunyu.policy import explain, nearest_change
from chunyu.registry.models import Fact, Household
from tests.hardship.families import TODAY, family
from tests.situations import county

pytestmark = pytest.mark.django_db


def test_a_household_below_the_line_is_in_deep_hardship_and_the_reasons_can_be_read():
    yurun = county()
    household = family(yurun)
    decision = decide_household(yurun.acting(Role.COUNTY_CASEWORKER, TODAY), household)
    assert decision.category == "deep"
    assert decision.net_income_fen == 70_417
    assert decision.standard_fen == 74_000
    told = {each.programme: (each.entitled, each.amount_fen) for each in decision.programmes.all()}
    assert told["living"][0] is True
    assert told["medical"][0] is True
    assert told["education"] == (False, 0)
    determination = read(household, TODAY).determination
    assert "704.17" in str(explain(determination, "category"))
    assert "相对困难" in nearest_change(determination).sentence


def test_an_unanswered_question_about_the_car_stands_in_the_way_and_never_reads_as_no():
    yurun = county()
    household = family(yurun, has_vehicle=None)
    acting = yurun.acting(Role.COUNTY_CASEWORKER, TODAY)
    decision = decide_household(acting, household)
    assert decision.category == UNKNOWN
    assert "has_vehicle" in {each.fact for each in decision.unknowns.all()}
    state_fact(acting, household, "has_vehicle", False, on=TODAY, source=Fact.Source.VERIFIED)
    assert Standing.objects.get(household=household).category == "deep"
    assert household.decisions.count() == 2


def test_deciding_again_without_news_adds_nothing():
    yurun = county()
    family(yurun)
    acting = yurun.acting(Role.COUNTY_CASEWORKER, TODAY)
    first = decide_households(acting, Household.objects.all())
    again = decide_households(acting, Household.objects.all())
    assert (first.households, first.changed, again.changed) == (1, 1, 0)
    assert Decision.objects.count() == 1


def test_an_earlier_moment_is_read_with_the_facts_of_that_moment():
    yurun = county()
    household = family(yurun)
    acting = yurun.acting(Role.COUNTY_CASEWORKER, TODAY)
    before = decide_household(acting, household)
    state_fact(acting, household, "medical_spending_12m", 0, on=TODAY, source=Fact.Source.VERIFIED)
    after = Standing.objects.get(household=household).decision
    assert after.category == "relative"
    then = read(household, before.day, before.known_at).determination
    assert then.category == before.category == "deep"


def test_declared_and_matched_income_that_differ_are_flagged_and_not_refused():
    yurun = county()
    household = family(yurun, incomes=(0, 0, 0))
    acting = yurun.acting(Role.COUNTY_CASEWORKER, TODAY)
    worker = household.members.get(is_worker=True)
    state_fact(acting, household, "income_month", 350_000, member=worker, on=TODAY, source=Fact.Source.MATCHED)
    decision = Standing.objects.get(household=household).decision
    assert decision.statements_differ
    assert decision.category == "deep"


def test_no_rulebook_is_in_force_before_the_first_era_and_the_refusal_says_so():
    yurun = county()
    household = family(yurun, day=date(2012, 1, 14))
    with pytest.raises(Refusal) as refused:
        decide_household(yurun.acting(Role.COUNTY_CASEWORKER, date(2012, 1, 14)), household)
    assert refused.value.code == "no_rulebook"


def test_a_decision_is_never_edited():
    yurun = county()
    decision = decide_household(yurun.acting(Role.COUNTY_CASEWORKER, TODAY), family(yurun))
    for change in (
        lambda: Decision.objects.filter(pk=decision.pk).update(category="none"),
        lambda: decision.programmes.update(amount_fen=1),
        lambda: decision.programmes.all()._raw_delete("default"),
    ):
        with pytest.raises((ProgrammingError, InternalError)), transaction.atomic():
            change()
