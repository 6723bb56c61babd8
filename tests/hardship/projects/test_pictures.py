"""Projects and the family's ledger on screen: both languages, light and dark, on a phone and on a wide screen."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from chunyu.casework import actions as casework
from chunyu.hardship.projects import actions
from tests.hardship.families import TODAY, family
from tests.hardship.projects.situations import (
    APPROVER,
    CASEWORKER,
    approved,
    bank_pays,
    cataract,
    love_card,
    treated,
    without_way_out,
)
from tests.situations import county, post

pytestmark = pytest.mark.django_db(transaction=True)


def test_projects_on_screen(visit, screenshot, axe, settings):
    settings.CHUNYU_TODAY = TODAY
    yurun = county()
    eyes, card = cataract(yurun, name="职工白内障光明工程"), love_card(yurun, name="工会爱心卡", document_no="4号")
    household = family(yurun)
    case = treated(yurun, approved(yurun, eyes, household, eye="left"), 800_000, 600_000)
    casework.move(yurun.acting(CASEWORKER, TODAY), case, "pay")
    bank_pays(eyes)
    other = approved(yurun, eyes, family(yurun, "陈梅", order=3), eye="right")
    approved(yurun, card, without_way_out(yurun, "郑兰", 5), started_on=date(2026, 3, 1))
    roll = actions.make_roll(yurun.acting(CASEWORKER, TODAY), card, date(2026, 3, 1))

    def look(user, name: str, path: str) -> None:
        page = visit(user, path)
        page.wait_for_load_state("networkidle")
        axe(page)
        screenshot(page, name, schemes=("light", "dark"), languages=("zh-hans", "en"))

    worker = yurun.post(CASEWORKER).user
    look(worker, "projects-list", reverse("hardship:projects"))
    look(worker, "projects-project", reverse("hardship:project", args=[eyes.pk]))
    look(worker, "projects-case", other.get_absolute_url())
    look(yurun.post(APPROVER).user, "projects-roll", reverse("hardship:roll", args=[roll.pk]))
    look(worker, "projects-settlement", reverse("hardship:settlement", args=[eyes.pk]))
    look(worker, "family-ledger", reverse("hardship:family-ledger", args=[household.pk]))
    look(post(APPROVER, yurun.province).user, "projects-open", reverse("hardship:open-project"))


def test_a_roll_is_approved_with_the_keyboard(visit, settings):
    settings.CHUNYU_TODAY = TODAY
    yurun = county()
    card = love_card(yurun)
    approved(yurun, card, without_way_out(yurun), started_on=date(2026, 3, 1))
    roll = actions.make_roll(yurun.acting(CASEWORKER, TODAY), card, date(2026, 3, 1))
    page = visit(yurun.post(APPROVER).user, reverse("hardship:roll", args=[roll.pk]))
    button = page.locator(f"form[action$='{reverse('hardship:approve-roll', args=[roll.pk])}'] button")
    button.focus()
    page.keyboard.press("Enter")
    page.wait_for_load_state("networkidle")
    roll.refresh_from_db()
    assert roll.approved_on == TODAY
