"""A change is asked for and approved in the browser, on a phone and on a wide screen."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from chunyu.accounts.roles import Role
from chunyu.hardship.deciding import decide_household
from chunyu.hardship.models import Standing
from chunyu.registry.models import ChangeRequest, Division, Household
from tests.hardship.families import TODAY, family
from tests.situations import county

pytestmark = pytest.mark.django_db(transaction=True)
WIDTHS = (360, 1600)


def test_one_asks_and_another_approves(visit: Any, screenshot: Any, axe: Any, settings: Any) -> None:
    settings.CHUNYU_TODAY = TODAY
    yurun = county("雨润县")
    household = family(yurun)
    decide_household(yurun.acting(Role.COUNTY_CASEWORKER, TODAY), household)
    first = visit(yurun.post(Role.COUNTY_CASEWORKER).user, f"/hardship/households/{household.pk}/state/")
    first.locator("[name=fact]").select_option("medical_spending_12m:")
    first.locator("form.fields button[type=submit]").click()
    first.locator("[name=value]").fill("0")
    first.locator("[name=source]").select_option("verified")
    first.locator("[name=reason]").fill("医院结算单复核")
    first.locator("form.fields button[type=submit]").click()
    first.wait_for_url("**/hardship/changes/*/")
    request = ChangeRequest.objects.get()
    second = visit(yurun.post(Role.COUNTY_APPROVER).user, "/")
    second.locator("#requests a").click()
    second.wait_for_url("**/hardship/changes/**")
    screenshot(second, "changes", widths=WIDTHS)
    second.goto(reverse("hardship:change", args=[request.pk]))
    axe(second)
    screenshot(second, "change", widths=WIDTHS, languages=("en", "zh-hans"))
    second.locator("#answer .btn-primary").click()
    second.wait_for_load_state()
    assert second.locator("#effect").count() == 0
    assert Standing.objects.get(household=household).category == "relative"


def test_a_household_divides(visit: Any, screenshot: Any, axe: Any, settings: Any) -> None:
    settings.CHUNYU_TODAY = TODAY
    yurun = county("雨润县")
    household = family(yurun)
    first = visit(yurun.post(Role.COUNTY_CASEWORKER).user, reverse("hardship:divide", args=[household.pk]))
    daughter = household.members.get(relation="30")
    first.locator(f"[name='{daughter.pk}']").select_option("01")
    first.locator("[name=reason]").fill("女儿成家另住")
    screenshot(first, "divide", widths=WIDTHS)
    first.locator("form.fields button[type=submit]").click()
    first.wait_for_url("**/hardship/divisions/*/")
    division = Division.objects.get()
    second = visit(yurun.post(Role.COUNTY_APPROVER).user, reverse("hardship:division", args=[division.pk]))
    axe(second)
    screenshot(second, "division", widths=WIDTHS, languages=("en", "zh-hans"))
    second.locator("#answer .btn-primary").click()
    second.wait_for_load_state()
    assert Household.objects.count() == 2
