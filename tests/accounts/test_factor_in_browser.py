"""The second factor as it is seen and used with the keyboard alone."""

import pytest
from django.urls import reverse

from chunyu.accounts.roles import Role
from tests.accounts.test_second_factor import PASSWORD, Phone
from tests.situations import DAY, county

pytestmark = pytest.mark.django_db(transaction=True)
EVERYWHERE = {"schemes": ("light", "dark"), "languages": ("en", "zh-hans")}


def test_set_up_and_signing_in_with_it(visit, screenshot, axe, settings):
    settings.CHUNYU_TODAY, settings.SECOND_FACTOR = DAY, "required"
    user = county(password=PASSWORD).post(Role.COUNTY_CASEWORKER).user
    page = visit(None, reverse("accounts:sign-in"))

    def signs_in() -> None:
        page.locator("[name=username]").fill(user.username)
        page.locator("[name=password]").fill(PASSWORD)
        page.keyboard.press("Enter")

    signs_in()
    page.wait_for_url("**/second-factor/")
    axe(page)
    screenshot(page, "factor-wanted", **EVERYWHERE)
    page.locator("button[value=begin]").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("svg.segno")
    axe(page)
    screenshot(page, "factor-set-up", **EVERYWHERE)
    page.locator("[name=code]").fill(Phone(user).code())
    page.keyboard.press("Enter")
    page.wait_for_selector(".paper-codes")
    axe(page)
    screenshot(page, "factor-codes-on-paper", schemes=("light", "dark"))
    page.get_by_role("link", name="已抄录").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/")
    page.goto(reverse("accounts:factor"))
    axe(page)
    screenshot(page, "factor-in-use", **EVERYWHERE)

    page.context.clear_cookies(name="sessionid")
    page.goto(reverse("accounts:sign-in"))
    signs_in()
    page.wait_for_url("**/second-step/")
    axe(page)
    screenshot(page, "factor-second-step", **EVERYWHERE)
    page.keyboard.type(Phone(user).code(1))
    page.keyboard.press("Enter")
    page.wait_for_url("**/")
