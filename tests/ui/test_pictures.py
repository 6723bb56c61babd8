"""Everything is looked at: in both languages, light and dark, on a phone and on a wide screen."""

import pytest

from chunyu.accounts.roles import Role

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("tests.ui.addresses")]

SCHEMES = ("light", "dark")


def test_catalogue(visit, screenshot, axe, yurun):
    page = visit(yurun.post(Role.COUNTY_CASEWORKER).user, "/ui/")
    page.wait_for_selector("[data-chart] svg")
    axe(page)
    screenshot(page, "catalogue", schemes=SCHEMES)
    page.emulate_media(color_scheme="dark")
    axe(page)


def test_list(visit, screenshot, axe, yurun):
    page = visit(yurun.post(Role.COUNTY_CASEWORKER).user, "/sample/")
    axe(page)
    screenshot(page, "list", schemes=SCHEMES, languages=("zh-hans", "en"))


def test_sign_in(visit, screenshot, axe, yurun):
    page = visit(None, "/account/sign-in/")
    axe(page)
    screenshot(page, "sign-in", schemes=SCHEMES, languages=("zh-hans", "en"))
