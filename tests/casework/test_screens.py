"""The pages as people see them, in a real browser: looked at on a phone and a wide screen, in both languages."""

import pytest
from django.urls import reverse

from chunyu.casework import actions
from tests.casework.applications import APPROVER, CASEWORKER, OFFICER, application
from tests.situations import county

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def walk(settings):
    walk = application(county(), "in_notice")
    actions.object_in_person(walk.acting(OFFICER), walk.case, text="该户去年购置了一辆小汽车", contact="13900000000")
    settings.CHUNYU_TODAY = walk.day
    return walk


def test_case_and_its_forms(visit, screenshot, axe, walk):
    number = walk.case.number
    page = visit(walk.county.post(CASEWORKER).user, walk.case.get_absolute_url())
    assert page.get_by_role("heading", level=1).inner_text().startswith("医疗救助")
    assert "发布公示" in page.content()
    axe(page)
    screenshot(page, "case", schemes=("light", "dark"), languages=("en", "zh-hans"))
    page.click("details.diagram summary")
    screenshot(page, "case-diagram", widths=(360, 1024))
    axe(page)
    for name in ("attach", "visit", "ask", "note", "handler"):
        page.goto(reverse(f"casework:{name}", args=[number]))
        axe(page)
        screenshot(page, f"case-{name}", widths=(360, 1024))


def test_county_approval(visit, screenshot, axe, settings):
    walk = application(county(), "county_review")
    settings.CHUNYU_TODAY = walk.day
    page = visit(walk.county.post(APPROVER).user, reverse("casework:inbox"))
    axe(page)
    screenshot(page, "inbox", schemes=("light", "dark"))
    page.get_by_role("link", name=walk.case.number).first.click()
    axe(page)
    screenshot(page, "case-review")
    page.get_by_role("link", name="批准", exact=True).click()
    page.get_by_label("金额").fill("1720.00")
    page.get_by_label("审批意见").fill("同意")
    axe(page)
    screenshot(page, "case-approve", widths=(360, 1024))
    page.get_by_role("button", name="批准", exact=True).click()
    page.wait_for_selector("text=已办理：批准")
    assert "1,720.00" in page.content()
    walk.case.refresh_from_db()
    assert walk.case.state == "approved"


def test_list_and_objection(visit, screenshot, axe, walk):
    for state in ("draft", "submitted", "complete"):
        application(walk.county, state)
    page = visit(walk.county.post(CASEWORKER).user, reverse("casework:cases"))
    axe(page)
    screenshot(page, "cases", languages=("zh-hans", "en"))
    objection = walk.case.notices.get().objections.get()
    page = visit(walk.county.post(APPROVER).user, reverse("casework:resolve", args=[walk.case.number, objection.pk]))
    axe(page)
    screenshot(page, "case-resolve", widths=(360, 1024))
