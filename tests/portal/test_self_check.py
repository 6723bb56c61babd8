"""A worker asks what they could get: a few questions, an answer with reasons, and nothing kept anywhere."""

from datetime import date

import pytest

from tests.situations import county

CHECK = "/p/check/"
ON = date(2026, 3, 6)


@pytest.mark.django_db(transaction=True)
def test_a_family_on_an_old_phone(visit, screenshot, axe, settings):
    settings.CHUNYU_TODAY = ON
    county()
    county("青禾县")
    page = visit(None, "/p/", width=360)
    screenshot(page, "start", widths=(360, 1024))
    page.get_by_role("link", name="我能得到什么").click()
    screenshot(page, "check-1", widths=(360, 1024))
    page.get_by_label("您在哪个县").select_option("雨润县")
    page.get_by_label("连您在内").select_option("4")
    page.get_by_role("button", name="下一步").click()
    screenshot(page, "check-2", widths=(360, 1024))
    for number, income in enumerate(("2600", "1500", "0", "1200"), 1):
        page.locator(f"#id_income_month-{number}").fill(income)
        page.locator(f"input[name=is_student-{number}][value={'yes' if number == 3 else 'no'}]").check()
    page.get_by_role("button", name="下一步").click()
    screenshot(page, "check-3", widths=(360, 1024))
    for name, text in {"other_income_12m": "0", "medical_spending_12m": "24,800", "education_spending_12m": "5000", "housing_spending_12m": "0", "disability_spending_12m": "0", "other_rigid_spending_12m": "0"}.items():
        page.locator(f"#id_{name}").fill(text)
    page.get_by_role("button", name="下一步").click()
    screenshot(page, "check-4", widths=(360, 1024))
    page.locator("input[name=has_vehicle][value=no]").check()
    page.locator("#id_homes").fill("1")
    page.locator("input[name=declared][value=all]").check()
    page.get_by_role("button", name="下一步").click()
    screenshot(page, "check-5", widths=(360, 1024))
    page.locator("input[name=school_level-3]")
    page.locator("#id_school_level-3").select_option("senior")
    page.get_by_role("button", name="下一步").click()
    screenshot(page, "check-6", widths=(360, 1024))
