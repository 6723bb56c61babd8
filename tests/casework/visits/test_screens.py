"""The pages of visits as people see them: at a desk and on a phone, in both languages, on paper; and by keyboard."""

import re

import pytest

from tests.casework.applications import OFFICER, application
from tests.casework.visits.phones import visit_address
from tests.situations import county

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def walk(settings):
    walk = application(county(), "complete")
    for name in ("程梅", "吴秀兰", "郭志强"):
        other = walk if name == "程梅" else application(walk.county, "complete", name=name)
        worker = other.case.household.worker
        worker.address, worker.phone = "雨润县城关镇纺织路8号3单元201室", "13900000000"
        worker.save()
    settings.CHUNYU_TODAY = walk.day
    return walk


def test_the_list_and_the_form_at_a_desk(visit, screenshot, axe, walk):
    page = visit(walk.county.post(OFFICER).user, "/cases/visits/")
    page.wait_for_selector("[data-take-along][data-ready]")
    axe(page)
    screenshot(page, "visits", widths=(360, 1024, 1600), schemes=("light", "dark"), languages=("en", "zh-hans"))
    page.goto(visit_address(walk))
    page.wait_for_selector("form[data-offline][data-ready]")
    axe(page)
    screenshot(page, "visit", widths=(360, 1024, 1600), schemes=("light",), languages=("en", "zh-hans"))
    page.goto("/offline/phone/")
    page.wait_for_selector("[data-phone-page][data-ready]")
    axe(page)
    screenshot(page, "phone", widths=(360, 1024, 1600), schemes=("light",), languages=("en", "zh-hans"))


def test_the_pack_on_paper(visit, axe, walk, request):
    page = visit(walk.county.post(OFFICER).user, "/cases/visits/")
    page.wait_for_selector("[data-take-along][data-ready]")
    page.check("[data-take-all]")
    page.get_by_role("button", name="打印走访资料").click()
    page.wait_for_selector(".pack-sheet")
    axe(page)
    folder = request.config.rootpath / "screenshots"
    page.screenshot(path=folder / "pack-screen.png", full_page=True)
    page.emulate_media(media="print")
    assert not page.locator(".top").is_visible()
    page.set_viewport_size({"width": 760, "height": 1080})
    page.screenshot(path=folder / "pack-paper.png", full_page=True)
    pdf = page.pdf(format="A4")
    assert len(re.findall(rb"/Type /Page\b(?!s)", pdf)) == 4, "a list and three sheets"


def test_a_visit_is_taken_along_by_keyboard(visit, walk):
    page = visit(walk.county.post(OFFICER).user, "/cases/visits/", width=360)
    page.wait_for_selector("[data-take-along][data-ready]")
    page.locator("[data-take-all]").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.matches('[data-take]')")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-take-said] .alert.rain")
    link = page.locator("[data-on-phone]")
    assert link.is_visible()
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-phone-page][data-ready]")
    assert page.locator("[data-part=along] .entry").count() == 3
