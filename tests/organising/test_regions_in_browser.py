"""The province's organiser moves a county in the browser: the list, the region, the preview, the confirmation."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from chunyu.accounts.roles import Role
from chunyu.federation.actions import found
from chunyu.federation.models import Organisation, Region
from tests.organising.unions import TODAY
from tests.situations import FOUNDING_DAY, acting, county

pytestmark = pytest.mark.django_db(transaction=True)
WIDTHS = (360, 1600)


def test_a_county_is_moved(visit: Any, screenshot: Any, axe: Any, settings: Any) -> None:
    settings.CHUNYU_TODAY = TODAY
    yurun = county("雨润县")
    county("青禾县")
    top = yurun.province
    city = Region.objects.create(
        code="1398", name="稻香市", level="city", parent=top.region, valid_from=FOUNDING_DAY, source="fictional"
    )
    kind = Organisation.Kind.MUNICIPAL_FEDERATION
    found(name="稻香市总工会", kind=kind, region=city, parent=top, on=FOUNDING_DAY)
    page = visit(acting(Role.ORGANISER, top, TODAY).post.user, reverse("organising:regions"))
    axe(page)
    screenshot(page, "regions", widths=WIDTHS, languages=("en", "zh-hans"))
    page.get_by_role("link", name="雨润县").first.click()
    page.wait_for_url("**/organising/regions/*/")
    axe(page)
    screenshot(page, "region", widths=WIDTHS, languages=("en", "zh-hans"))
    page.get_by_role("link", name="改隶").click()
    page.locator("[name=parent]").select_option(str(city.pk))
    page.locator("[name=code]").fill("139806")
    page.locator("[name=source]").fill("国函〔2026〕9号（虚构）")
    page.locator("form.fields button[type=submit]").click()
    page.locator("#effect").wait_for()
    axe(page)
    screenshot(page, "region-preview", widths=WIDTHS)
    assert not Region.objects.filter(code="139806").exists()
    page.locator("#effect .btn-primary").click()
    page.wait_for_url("**/organising/regions/*/")
    assert Region.objects.get(code="139806").parent == city
    page.goto(reverse("organising:split-region", args=[Region.objects.get(code="139806").pk]))
    axe(page)
    screenshot(page, "region-split", widths=WIDTHS)
    page.goto(reverse("organising:union", args=[yurun.workplace.pk]))
    axe(page)
    screenshot(page, "union-structure", widths=WIDTHS)
