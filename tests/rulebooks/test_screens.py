"""The studio in a browser: looked at in every width, with the keyboard, and as scripts make it."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from django.urls import reverse

from chunyu.accounts.roles import Role
from chunyu.rulebooks import actions
from chunyu.rulebooks.in_force import files_of
from tests.hardship.families import family
from tests.rulebooks.conftest import TODAY
from tests.rulebooks.story import LOWER, STANDARD, drafted, rewritten, submitted
from tests.rulebooks.test_effects import INCOMES
from tests.rulebooks.test_story import TEST
from tests.situations import acting, county

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _today(settings):
    settings.CHUNYU_TODAY = TODAY


@pytest.fixture
def yurun():
    return county("雨润县")


@pytest.fixture
def officer(yurun):
    return acting(Role.POLICY_OFFICER, yurun.province, TODAY)


@pytest.fixture
def look(visit, screenshot, axe):
    def open_page(person, path, name, *, widths=(360, 1600), **more):
        page = visit(person.post.user, path, **more)
        axe(page)
        screenshot(page, f"rulebooks-{name}", widths=widths, schemes=("light", "dark"))
        screenshot(page, f"rulebooks-{name}", widths=(1024,), languages=("en",))
        page.emulate_media(color_scheme="dark")
        axe(page)
        return page

    return open_page


def of(version, name, **query):
    address = reverse(f"rulebooks:{name}", args=[version.pk])
    return address + ("?" + "&".join(f"{k}={quote(str(v))}" for k, v in query.items()) if query else "")


def test_reading(look, yurun):
    county_post = acting(Role.COUNTY_CASEWORKER, yurun.federation, TODAY)
    look(county_post, reverse("rulebooks:in-force"), "sentences")
    look(county_post, reverse("rulebooks:in-force") + "?chapter=parameters", "parameters")
    look(county_post, reverse("rulebooks:in-force") + "?chapter=programme-living", "programme", widths=(360, 1600))


def test_the_picture(look, officer):
    page = look(officer, reverse("rulebooks:in-force-picture") + "?focus=household.net_income", "picture")
    page.focus(".web-box")
    for _step in range(3):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    assert "focus=" in page.url
    look(officer, reverse("rulebooks:in-force-picture") + "?focus=all", "picture-all")


def test_a_draft_and_its_versions(look, officer):
    actions.write_test(officer, "national-2021", TEST)
    draft = drafted(officer, STANDARD, LOWER)
    rewritten(officer, draft, "rules/income.toml", 'formula = "count()"', 'formula = "max(1, count())"')
    look(officer, of(draft, "version"), "draft")
    look(officer, of(draft, "tests"), "tests")
    look(officer, of(draft, "compare-test", test="两线之间的一户"), "compare")
    look(officer, reverse("rulebooks:set-parameter", args=[draft.pk, "living_standard"]), "parameter")
    look(officer, reverse("rulebooks:versions"), "versions")


def test_what_waits_for_approval(look, officer, yurun):
    version = submitted(officer, STANDARD)
    second = acting(Role.POLICY_OFFICER, yurun.province, TODAY)
    look(second, of(version, "version"), "submitted")
    look(second, of(version, "approve"), "approve")


def test_faults_are_marked_while_somebody_writes(look, officer):
    draft = drafted(officer)
    page = look(officer, of(draft, "texts", file="rules/income.toml"), "texts")
    text = files_of(draft)["rules/income.toml"]
    page.fill("#id_text", text.replace('formula = "count()"', 'formula = "cuont()"'))
    page.wait_for_selector(".faults mark")
    assert page.inner_text(".faults mark") == "cuont"
    assert page.inner_text(".mirror mark") == "cuont"
    page.click(".faults a")
    chosen = "field => field.value.slice(field.selectionStart, field.selectionEnd)"
    assert page.eval_on_selector("#id_text", chosen) == "cuont"
    rewritten(officer, draft, "rules/income.toml", 'formula = "count()"', 'formula = "cuont()"')
    look(officer, of(draft, "texts", file="rules/income.toml"), "faults")


def test_the_slider_moves_the_figures(look, officer, yurun):
    for place, (name, first) in enumerate(zip(("程梅", "程兰", "程竹", "程菊"), INCOMES, strict=True), 1):
        family(yurun, name, incomes=(*first, 150_000, 120_000, 0), order=place)
    page = look(officer, reverse("rulebooks:effect"), "effect")
    page.reload()
    before = page.inner_text(".effect-summary")
    page.focus("#slide")
    for _step in range(50):
        page.keyboard.press("ArrowLeft")
    page.wait_for_function("text => document.querySelector('.effect-summary').innerText !== text", arg=before)
    assert page.input_value("#value") == "1.5"
    page.wait_for_function("document.querySelector('.sums .down').innerText === '1'")
    assert "value=1.5" in page.url
    look(
        officer,
        reverse("rulebooks:effect") + "?parameter=relative_multiple&value=1.5&of=relative_multiple/",
        "effect-moved",
    )
    page.select_option("#parameter", "living_standard")
    page.wait_for_selector("#place")
