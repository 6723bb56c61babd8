"""The screens of finding people are looked at: both languages, light and dark, phone to wide; keyboard and print."""

import pytest
from django.urls import reverse

from chunyu.accounts.roles import Role
from chunyu.hardship.finding import actions, queries
from chunyu.registry.actions import state_fact
from chunyu.registry.consent.actions import give_consent
from chunyu.registry.consent.tables import Purpose
from tests.hardship.families import TODAY, family
from tests.situations import county

pytestmark = pytest.mark.django_db(transaction=True)
SCHEMES = ("light", "dark")
LANGUAGES = ("zh-Hans", "en")


@pytest.fixture
def place(settings, run_jobs):
    """A county in which several families agreed, a run has looked, and one family was invited and applied."""
    settings.CHUNYU_TODAY = TODAY
    yurun = county("雨润县")
    clerk = yurun.acting(Role.COUNTY_CASEWORKER, TODAY)
    names = ("程梅", "郭强", "朱娜", "何静", "谢安")
    for order, name in enumerate(names, 1):
        told = {"has_vehicle": None} if name in ("郭强", "谢安") else {}
        household = family(yurun, name, order=order, **told)
        give_consent(clerk, household.worker, Purpose.MATCHING, language="zh", on=TODAY)
        if order % 2:
            for group in ("front_line", "dispatched"):
                state_fact(clerk, household, group, True, member=household.worker, on=TODAY)
    actions.order_run(clerk)
    run_jobs()
    for name in ("朱娜", "何静"):
        finding = queries.listed(clerk).get(worker_name=name, programme="living")
        actions.confirm(clerk, finding)
        invitation = actions.invite(clerk, finding, channel="letter")
        if name == "何静":
            actions.take_in_answer(clerk, invitation, answer="apply", channel="phone")
    return yurun


@pytest.fixture
def look(visit, screenshot, axe):
    def open_page(user, path, name, *, before=None, languages=LANGUAGES):
        page = visit(user, path)
        if before:
            before(page)
        axe(page)
        screenshot(page, name, schemes=SCHEMES, languages=() if before else languages)
        page.emulate_media(color_scheme="dark")
        axe(page)
        return page

    return open_page


def test_the_officers_screens(place, look):
    clerk = place.acting(Role.COUNTY_CASEWORKER, TODAY)
    user = place.post(Role.COUNTY_CASEWORKER).user
    invited = queries.listed(clerk).get(worker_name="朱娜", programme="living")
    blocked = queries.listed(clerk).filter(worker_name="郭强").first()
    look(user, "/hardship/finding/", "finding")
    look(user, f"/hardship/finding/{invited.pk}/", "finding-one")
    look(user, f"/hardship/finding/{blocked.pk}/", "finding-blocked")
    look(user, "/hardship/finding/runs/", "finding-runs")
    look(user, "/hardship/finding/figures/", "finding-figures")
    look(user, f"/hardship/finding/{invited.pk}/letter/", "finding-letter")
    look(user, f"/hardship/households/{invited.household_id}/", "finding-household")
    look(user, f"/hardship/households/{invited.household_id}/consent/", "finding-consent")
    look(user, f"/hardship/households/{invited.household_id}/groups/", "finding-groups")
    look(user, f"/hardship/finding/{invited.pk}/answer/", "finding-answer")


def test_the_familys_screens(place, look):
    clerk = place.acting(Role.COUNTY_CASEWORKER, TODAY)
    invited = queries.listed(clerk).get(worker_name="朱娜", programme="living")
    code = invited.invitations.get().code.reveal()

    def type_code(page):
        page.fill("#id_code", code)
        page.keyboard.press("Enter")
        page.wait_for_selector("button[value=apply]")

    look(None, reverse("portal:invitation"), "invitation")
    look(None, reverse("portal:invitation"), "invitation-code", before=type_code)


def test_the_letter_on_paper(place, visit, request):
    clerk = place.acting(Role.COUNTY_CASEWORKER, TODAY)
    invited = queries.listed(clerk).get(worker_name="朱娜", programme="living")
    page = visit(place.post(Role.COUNTY_CASEWORKER).user, f"/hardship/finding/{invited.pk}/letter/")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 760, "height": 1000})
    assert not page.locator(".top").is_visible()
    assert not page.get_by_role("button", name="打印").is_visible()
    assert page.locator(".letter .code").is_visible()
    folder = request.config.rootpath / "screenshots"
    folder.mkdir(exist_ok=True)
    page.screenshot(path=folder / "finding-letter-paper.png", full_page=True)


def test_the_menu_keeps_its_last_entries_behind_more(place, visit, screenshot, axe):
    page = visit(place.post(Role.COUNTY_CASEWORKER).user, "/hardship/finding/")
    assert not page.get_by_role("link", name="统计").is_visible()
    page.locator(".beyond summary").click()
    assert page.get_by_role("link", name="统计").is_visible()
    axe(page)
    screenshot(page, "finding-menu", widths=(1024, 1600), schemes=SCHEMES)
    page.keyboard.press("Escape")
    assert not page.get_by_role("link", name="统计").is_visible()
