"""Everything is looked at: in both languages, light and dark, on a phone and on a wide screen."""

import pytest

from chunyu.accounts.actions import appoint
from chunyu.accounts.roles import Role
from chunyu.ui import navigation
from tests.situations import FOUNDING_DAY, county, workplace

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("tests.ui.addresses")]

SCHEMES = ("light", "dark")
LANGUAGES = ("zh-Hans", "en")


@pytest.fixture
def look(visit, screenshot, axe):
    """Opens a page, has its accessibility checked in light and dark, and takes its pictures."""

    def open_page(user, path: str, name: str, *, before=None, languages=LANGUAGES, **more):
        page = visit(user, path, **more)
        if before:
            before(page)
        axe(page)
        screenshot(page, name, schemes=SCHEMES, languages=() if before else languages)
        page.emulate_media(color_scheme="dark")
        axe(page)
        return page

    return open_page


@pytest.fixture
def caseworker(yurun):
    return yurun.post(Role.COUNTY_CASEWORKER).user


def test_catalogue(look, caseworker):
    look(caseworker, "/ui/", "catalogue", before=lambda page: page.wait_for_selector("[data-chart] svg"))


def test_list(look, yurun, caseworker):
    for number in range(45):
        workplace(yurun.township, f"第{number + 1:02d}车间工会")
    look(caseworker, "/sample/?q=车间&kind=grassroots_union&page=2", "list")


def test_empty_list(look, caseworker):
    look(caseworker, "/sample/empty/", "list-empty")


def test_sign_in(look):
    look(None, "/account/sign-in/", "sign-in")


def test_sign_in_refused(look, db):
    def refuse(page):
        page.fill("#id_username", "nobody")
        page.fill("#id_password", "wrong")
        page.keyboard.press("Enter")
        page.wait_for_selector("[role=alert]")

    look(None, "/account/sign-in/", "sign-in-refused", before=refuse)


def test_choose_a_post(look, yurun, caseworker):
    appoint(caseworker, yurun.township, Role.TOWNSHIP_OFFICER, on=FOUNDING_DAY)
    look(caseworker, "/account/posts/", "posts")


def test_password(look, caseworker):
    look(caseworker, "/account/password/", "password")


def test_missing_page(look, caseworker):
    look(caseworker, "/nowhere/", "missing")


def test_form_with_faults(look, caseworker):
    def send(page):
        page.locator("form.fields button[type=submit]").click()
        page.wait_for_selector(".field.wrong")

    look(caseworker, "/sample/rename/", "form-faults", before=send)


def test_confirm(look, caseworker):
    look(caseworker, "/sample/dissolve/", "confirm")


@pytest.fixture
def full_menu(monkeypatch):
    """Every entry of the menu, whatever rooms there are."""
    labels = ("工作台", "家庭", "导入", "办件", "资金", "发放", "公示", "政策", "统计")
    icons = ("home", "people", "inbox", "folder", "coins", "send", "notice", "book", "chart")
    names = ("sample:rename", "sample:organisations", *["sample:dissolve"] * 7)
    monkeypatch.setattr(navigation, "ENTRIES", tuple(zip(labels, names, icons, strict=True)))
    monkeypatch.setattr(navigation, "SEARCH", "sample:organisations")


def test_menus(visit, screenshot, axe, caseworker, full_menu):
    page = visit(caseworker, "/sample/")
    page.locator(".who summary").click()
    axe(page)
    screenshot(page, "menu", schemes=SCHEMES, widths=(1024, 1280, 1600))
    page.keyboard.press("Escape")
    page.set_viewport_size({"width": 360, "height": 740})
    page.locator(".more summary").click()
    axe(page)
    screenshot(page, "menu-phone", widths=(360,), schemes=SCHEMES)


def test_menu_in_english(look, caseworker, full_menu):
    look(caseworker, "/ui/", "catalogue-full", languages=("en",))


def test_training_day(visit, screenshot, axe, settings):
    from datetime import date

    settings.CHUNYU_TODAY = date(2015, 1, 14)
    person = county("青禾县").post(Role.COUNTY_APPROVER).user
    page = visit(person, "/sample/")
    axe(page)
    screenshot(page, "training")


def test_paper(visit, screenshot, caseworker, request):
    page = visit(caseworker, "/ui/")
    page.wait_for_selector("[data-chart] svg")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 760, "height": 1000})
    assert not page.locator(".top").is_visible()
    page.screenshot(path=request.config.rootpath / "screenshots" / "paper.png", full_page=True)
