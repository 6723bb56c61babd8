"""The four groups: stated with source and date, young by the birth date, and never added up to the people."""

from datetime import date

import pytest

from chunyu.accounts.roles import Role
from chunyu.registry import actions
from chunyu.registry.groups import Group, cut, groups_of
from chunyu.registry.models import Fact, Household, Member
from tests.registry.people import person
from tests.situations import DAY, county

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 2)


@pytest.fixture
def clerk():
    return county("雨润县").acting(Role.COUNTY_CASEWORKER, TODAY)


def worker(clerk, name, birth=date(1980, 1, 1), order=1, **flags) -> Member:
    household = actions.open_household(
        clerk, organisation=clerk.organisation, worker=person(name, birth=birth, order=order), on=DAY
    )
    member = household.members.get()
    for fact, value in flags.items():
        actions.state_fact(clerk, household, fact, value, member=member, on=DAY)
    return member


def test_one_person_is_in_several_groups_and_counted_once(clerk, django_assert_num_queries):
    both = worker(clerk, "程梅", order=2, front_line=True, dispatched=True)
    driver = worker(clerk, "郭强", order=1, front_line=True)
    young = worker(clerk, "谢秀英", birth=date(1995, 5, 5), order=4)
    with django_assert_num_queries(1):
        found = groups_of([both.pk, driver.pk, young.pk], TODAY)
    assert found == {
        both.pk: {Group.FRONT_LINE, Group.DISPATCHED},
        driver.pk: {Group.FRONT_LINE},
        young.pk: {Group.YOUNG},
    }
    with django_assert_num_queries(1):
        counted = cut(Member.objects.all(), TODAY)
    assert counted.persons == 3
    assert counted.groups == {Group.FRONT_LINE: 2, Group.MIGRANT: 0, Group.DISPATCHED: 1, Group.YOUNG: 1}
    assert sum(counted.groups.values()) >= counted.persons - counted.in_none
    assert counted.in_none == 0
    assert counted.unstated == {Group.FRONT_LINE: 1, Group.MIGRANT: 3, Group.DISPATCHED: 2}


def test_the_statement_that_counts_is_the_one_that_the_rules_would_count(clerk):
    member = worker(clerk, "程梅", front_line=True)
    household = member.household
    actions.state_fact(clerk, household, "front_line", False, member=member, on=DAY, source=Fact.Source.VERIFIED)
    actions.state_fact(clerk, household, "front_line", True, member=member, on=TODAY)
    assert groups_of([member.pk], TODAY)[member.pk] == frozenset()  # verified outweighs the later declaration
    actions.state_fact(clerk, household, "front_line", True, member=member, on=TODAY, source=Fact.Source.MATCHED)
    assert groups_of([member.pk], TODAY)[member.pk] == {Group.FRONT_LINE}
    assert Group.FRONT_LINE not in groups_of([member.pk], DAY)[member.pk]  # what holds from later did not hold then


def test_a_work_status_says_migrant_where_nobody_stated_the_group(clerk):
    member = worker(clerk, "程梅", work_status="migrant")
    assert groups_of([member.pk], TODAY)[member.pk] == {Group.MIGRANT}
    actions.state_fact(clerk, member.household, "migrant", False, member=member, on=TODAY)
    assert groups_of([member.pk], TODAY)[member.pk] == frozenset()
    other = worker(clerk, "郭强", order=3, work_status="employed")
    assert cut(Member.objects.filter(pk=other.pk), TODAY).unstated[Group.MIGRANT] == 1  # employed says nothing of it


@pytest.mark.parametrize(
    ("birth", "young"),
    [
        (date(2010, 3, 2), True),  # sixteen today
        (date(2010, 3, 3), False),
        (date(1990, 3, 3), True),  # thirty-five until tomorrow
        (date(1990, 3, 2), False),  # thirty-six today
    ],
)
def test_young_is_an_age_on_a_day(clerk, birth, young):
    member = worker(clerk, "程梅", birth=birth)
    assert (Group.YOUNG in groups_of([member.pk], TODAY)[member.pk]) is young


def test_who_was_born_on_29_february_is_a_year_older_on_1_march(clerk):
    member = worker(clerk, "程梅", birth=date(1988, 2, 29))
    young = [Group.YOUNG in groups_of([member.pk], day)[member.pk] for day in (date(2024, 2, 28), date(2024, 2, 29))]
    assert young == [True, False]  # thirty-six on the day itself, in a leap year
    member = worker(clerk, "郭强", birth=date(1992, 2, 29), order=3)
    young = [Group.YOUNG in groups_of([member.pk], day)[member.pk] for day in (date(2028, 2, 28), date(2028, 2, 29))]
    assert young == [True, False]


def test_one_person_on_two_files_is_one_person(clerk):
    first = worker(clerk, "程梅", front_line=True)
    actions.close_household(clerk, first.household, on=TODAY)
    worker(clerk, "程梅", front_line=True)
    assert Household.objects.count() == 2
    counted = cut(Member.objects.all(), TODAY)
    assert (counted.persons, counted.groups[Group.FRONT_LINE]) == (1, 1)
