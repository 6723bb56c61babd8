"""The self-check on a worker's old phone: a real browser, a narrow screen, no scripts."""

from __future__ import annotations

from datetime import date

import pytest

from tests.portal.checking import CHECK
from tests.situations import county

ON = date(2026, 3, 6)


class TestOnAnOldPhone:
    """A screen of 360 px, no scripts: the whole way, by touch and by keyboard."""

    PAGES = (
        {"place": "139901", "size": "4"},
        {f"income_month-{n}": yuan for n, yuan in enumerate(("2600", "1500", "0", "1200"), 1)}
        | {f"is_student-{n}": "yes" if n == 3 else "no" for n in range(1, 5)}
        | {"relation-2": "10", "relation-3": "30", "relation-4": "52"},
        {
            "other_income_12m": "0",
            "medical_spending_12m": "24,800",
            "education_spending_12m": "5000",
            "housing_spending_12m": "0",
            "disability_spending_12m": "0",
            "other_rigid_spending_12m": "0",
        },
        {"has_vehicle": "no", "homes": "1", "declared": "all"},
        {"school_level-3": "senior", "single_parent": "no"},
    )

    def fill(self, page, values):
        for name, value in values.items():
            control = page.locator(f"[name={name}]").first
            if control.get_attribute("type") == "radio":
                page.locator(f"[name={name}][value={value}]").check()
            elif control.evaluate("each => each.tagName") == "SELECT":
                control.select_option(value)
            else:
                control.fill(value)

    @pytest.mark.django_db(transaction=True)
    @pytest.mark.parametrize(("language", "onward"), [("zh-hans", "下一步"), ("en", "Go on")])
    def test_the_whole_way(self, visit, screenshot, axe, settings, language, onward):
        settings.CHUNYU_TODAY = ON
        county()
        county("青禾县")
        page = visit(None, "/p/", width=360, language=language)
        axe(page)
        screenshot(page, "start", schemes=("light", "dark"), widths=(360, 1024))
        page.locator("a[href='/p/check/']").click()
        for number, values in enumerate(self.PAGES, 1):
            axe(page)
            screenshot(page, f"check-{number}", schemes=("light", "dark"), widths=(360, 1024))
            self.fill(page, values)
            page.get_by_role("button", name=onward).last.click()
        assert page.locator(".sum .amount").inner_text().startswith("17,600")
        axe(page)
        screenshot(page, "check-result", schemes=("light", "dark"), widths=(360, 1024))
        page.emulate_media(color_scheme="dark")
        for each in page.locator("details.folded").all():
            each.evaluate("each => { each.open = true }")
        axe(page)
        screenshot(page, "check-result-open", widths=(360, 1024))
        assert page.url.endswith(CHECK)
        assert {each["name"] for each in page.context.cookies()} == {
            "django_language",
            "csrftoken",
        }  # of the start page

    @pytest.mark.django_db(transaction=True)
    @pytest.mark.parametrize(
        ("name", "means", "further", "heading"),
        [
            (
                "no",
                {"other_income_12m": "300000", "medical_spending_12m": "1000"},
                ({"main_cause": "major_illness"},),
                "按现在的规定，可能还不符合。",
            ),
            (
                "unknown",
                {"other_income_12m": ""},
                (
                    {"has_vehicle": "no", "homes": "1", "declared": "unsure"},
                    {"main_cause": "child_schooling"},
                    {"school_level-3": "senior", "single_parent": "no"},
                ),
                "现在还说不准。",
            ),
        ],
    )
    def test_a_no_and_a_not_yet(self, visit, screenshot, axe, settings, name, means, further, heading):
        settings.CHUNYU_TODAY = ON
        county()
        page = visit(None, CHECK, width=360)
        place, people, money, *_ = self.PAGES
        for values in (place, people, money | means, *further):
            self.fill(page, values)
            page.get_by_role("button", name="下一步").last.click()
        page.get_by_text(heading).wait_for()
        axe(page)
        screenshot(page, f"check-{name}", schemes=("light", "dark"))

    @pytest.mark.django_db(transaction=True)
    def test_without_scripts_and_by_keyboard_alone(self, browser, live_server, settings, request):
        settings.CHUNYU_TODAY = ON
        county()
        context = browser.new_context(
            base_url=live_server.url,
            java_script_enabled=False,
            viewport={"width": 360, "height": 740},
            locale="zh-CN",
        )
        page = context.new_page()
        page.goto(CHECK)
        for values in self.PAGES:
            self.fill(page, {name: value for name, value in values.items() if name != "income_month-1"})
            first = page.locator("#id_income_month-1")
            if first.count():
                first.fill("2600")
                first.press("Enter")  # goes on, and does not press another button of the page
            else:
                page.get_by_role("button", name="下一步").last.focus()
                page.keyboard.press("Enter")
            page.wait_for_load_state()
        assert page.locator(".sum .amount").inner_text().startswith("17,600")
        assert context.cookies() == []
        page.emulate_media(media="print")
        assert not page.locator(".top").is_visible()
        assert not page.locator(".onward").is_visible()
        assert page.locator(".only-print").is_visible()
        page.set_viewport_size({"width": 760, "height": 1000})
        page.screenshot(path=request.config.rootpath / "screenshots" / "check-paper.png", full_page=True)
        context.close()
