"""Hands on the pages: the keyboard alone, a phone, a page at twice its size, a browser without scripts."""

import re

import pytest

from chunyu.accounts.roles import Role
from tests.situations import county, workplace

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("tests.ui.addresses")]
PASSWORD = "three calm words"


@pytest.fixture
def yurun(db):
    return county("雨润县", password=PASSWORD)


@pytest.fixture
def caseworker(yurun):
    return yurun.post(Role.COUNTY_CASEWORKER).user


def focused(page) -> str:
    return page.evaluate("document.activeElement.id || document.activeElement.name || document.activeElement.className")


def test_signs_in_with_the_keyboard_alone(visit, caseworker):
    page = visit(None, "/account/sign-in/?next=/sample/")
    page.keyboard.press("Tab")
    assert focused(page) == "skip"
    for _ in range(12):
        page.keyboard.press("Tab")
        if focused(page) == "id_username":
            break
    page.keyboard.type(caseworker.username)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/sample/")
    assert page.locator("h1").inner_text() == "工会组织"


def test_a_refused_sign_in_puts_the_reading_on_what_is_wrong(visit, caseworker):
    page = visit(None, "/account/sign-in/", language="en")
    page.fill("#id_username", caseworker.username)
    page.fill("#id_password", "wrong")
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=alert]")
    assert "do not match" in page.evaluate("document.activeElement.innerText")


def test_a_slash_leads_to_the_search_and_typing_fetches_the_rows(visit, yurun, caseworker):
    for number in range(30):
        workplace(yurun.township, f"第{number:02d}车间工会")
    page = visit(caseworker, "/sample/")
    page.keyboard.press("/")
    assert focused(page) == "list-search"
    page.evaluate("window.stillHere = true")
    page.keyboard.type("07")
    page.wait_for_url("**/sample/?q=07")
    assert page.locator("#rows tbody tr").count() == 1
    assert page.evaluate("window.stillHere"), "the whole page was fetched again"
    page.select_option("[name=kind]", "county_federation")
    page.wait_for_selector(".empty")
    assert re.search(r"\?q=07&kind=county_federation$", page.url)
    page.go_back()
    page.wait_for_url("**/sample/?q=07")


def test_a_personal_number_never_enters_an_address(visit, caseworker):
    page = visit(caseworker, "/sample/")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.fill("#list-search", "139999198001010011")
    page.wait_for_selector(".empty")
    page.keyboard.press("Enter")
    page.wait_for_load_state("networkidle")
    assert asked
    assert not [url for url in asked if "1399" in url]
    assert "1399" not in page.url


def test_takes_a_list_away_as_a_file(visit, caseworker):
    page = visit(caseworker, "/sample/")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Excel").click()
    assert re.fullmatch(r"organisation-\d{8}\.xlsx", waiting.value.suggested_filename)


def test_a_button_that_is_barred_can_be_reached_and_says_why(visit, caseworker):
    page = visit(caseworker, "/ui/")
    button = page.get_by_role("button", name="提交审批")
    button.focus()
    reason = page.locator(f"#{button.get_attribute('aria-describedby')}")
    assert reason.is_visible()
    assert "公示期还有 2 个工作日" in reason.inner_text()


def test_the_theme_changes_at_once_and_stays(visit, caseworker):
    page = visit(caseworker, "/ui/")
    page.locator(".who summary").click()
    with page.expect_response("**/account/theme/"):
        page.get_by_role("button", name="深色").click()
    assert page.evaluate("document.documentElement.dataset.bsTheme") == "dark"
    page.reload()
    assert page.evaluate("document.documentElement.dataset.bsTheme") == "dark"
    page.locator(".who summary").click()
    page.keyboard.press("Escape")
    assert not page.locator(".who-menu").is_visible()


def test_the_language_changes_and_the_page_stays(visit, caseworker):
    page = visit(caseworker, "/sample/?q=纺织")
    page.locator(".who summary").click()
    page.get_by_role("button", name="English").click()
    page.wait_for_url("**/sample/?q=**")
    assert "1 row" in page.locator(".count").inner_text()


def test_progress_goes_on_by_itself_until_it_is_finished(visit, caseworker):
    page = visit(caseworker, "/ui/")
    page.evaluate("htmx.ajax('GET', '/ui/progress/', {target: '#progress', swap: 'outerHTML'})")
    page.wait_for_selector("#progress progress[value='1200']", timeout=8_000)
    assert page.locator("#progress").get_attribute("hx-get") is None


@pytest.mark.parametrize("path", ["/ui/", "/sample/", "/sample/rename/", "/account/sign-in/", "/nowhere/"])
def test_nothing_is_cut_off_at_twice_the_size_or_on_a_small_phone(visit, caseworker, path):
    for width in (320, 512):
        page = visit(None if "sign-in" in path else caseworker, path, width=width)
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert over <= 0, f"{path} is {over} px too wide at {width} px"


def test_works_without_scripts(browser, live_server, caseworker, visit):
    session = visit(caseworker, "/sample/").context.cookies()
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False, locale="zh-CN")
    context.add_cookies(session)
    page = context.new_page()
    page.goto("/sample/")
    page.fill("#list-search", "纺织")
    page.get_by_role("button", name="查看").click()
    assert page.locator("#rows tbody tr").count() == 1
    page.goto("/ui/")
    assert page.locator(".chart-table").first.is_visible()
    assert not page.locator(".chart-picture").first.is_visible()
    context.close()


def test_charts_without_room_wait_until_they_have_it(visit, caseworker):
    """Printing makes the window one pixel wide for a moment; a flow fails to be laid out there."""
    page = visit(caseworker, "/ui/")
    page.wait_for_selector("[data-chart] svg")
    for narrow in ("0", "2px"):
        page.evaluate(
            """width => {
                for (const picture of document.querySelectorAll(".chart-picture")) picture.style.width = width;
                dispatchEvent(new Event("resize"));
            }""",
            narrow,
        )
    page.evaluate(
        """() => {
            for (const picture of document.querySelectorAll(".chart-picture")) picture.style.width = "180px";
            dispatchEvent(new Event("resize"));
        }"""
    )
    widths = page.eval_on_selector_all("[data-chart] svg", "all => all.map(each => each.getAttribute('width'))")
    assert set(widths) == {"180"}
