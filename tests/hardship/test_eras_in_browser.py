"""The household's page under three eras, looked at: on a phone and a wide screen, light and dark, in both languages."""

from datetime import date

import pytest
from django.urls import reverse

from chunyu.accounts.roles import Role
from chunyu.hardship.actions import state_fact
from chunyu.hardship.deciding import decide_household
from tests.hardship.families import TODAY, family
from tests.situations import county

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def household(settings):
    settings.CHUNYU_TODAY = TODAY
    yurun = county()
    home = family(yurun, day=date(2015, 1, 14), incomes=(80_000, 40_000, 0, 0), main_cause="major_illness")
    for day in (date(2015, 1, 14), TODAY):
        decide_household(yurun.acting(Role.COUNTY_CASEWORKER, day), home)
    acting = yurun.acting(Role.COUNTY_CASEWORKER, TODAY)
    worker = home.members.get(is_worker=True)
    for name, value in (("illness", "uremia"), ("work_status", "sick_leave")):
        state_fact(acting, home, name, value, member=worker, on=TODAY, source="verified")
    return yurun.post(Role.COUNTY_CASEWORKER).user, reverse("hardship:household", args=[home.pk])


def test_from_the_rules_in_force_to_those_of_2015_and_back_by_keyboard(household, visit, screenshot, axe):
    user, address = household
    page = visit(user, address)
    screenshot(page, "household-programmes", widths=(360, 1600))
    axe(page)
    page.locator(".more-programmes > summary").first.focus()
    page.keyboard.press("Enter")
    assert page.get_by_text("尿毒症透析救助", exact=True).is_visible()
    axe(page)
    screenshot(page, "household-needs", widths=(1024,))
    page.get_by_role("link", name="河北困难职工帮扶（2015 年及以前）").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**under=hebei-2015**")
    assert page.get_by_text("这只是查看").is_visible()
    assert page.locator("h1").locator("..").get_by_text("低保户").count()
    axe(page)
    page.get_by_role("link", name="回到现行规定").click()
    page.wait_for_url(lambda url: "under" not in url)
    page = visit(user, f"{address}?under=hebei-2015")
    screenshot(page, "household-2015", widths=(360, 1024), schemes=("light", "dark"), languages=("zh-hans", "en"))
