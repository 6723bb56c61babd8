"""Members, an archive, coverage and the tree as they are seen; and members found and opened by keyboard alone."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.urls import reverse

from chunyu.accounts.roles import Role
from chunyu.ledger.models import Fund
from chunyu.organising.archives.actions import add_page, verify_page
from chunyu.organising.archives.kinds import Leaf
from tests.organising.granting import handed_down
from tests.organising.unions import TODAY, Kind, firm, members, union
from tests.situations import county

pytestmark = pytest.mark.django_db(transaction=True)
SCHEMES, LANGUAGES = ("light", "dark"), ("zh-Hans", "en")


@pytest.fixture
def yurun(settings):
    settings.CHUNYU_TODAY = TODAY
    place = county("雨润县")
    organiser = place.acting(Role.ORGANISER, TODAY)
    joint = union(place, "城关镇联合工会", Kind.JOINT_UNION)
    for at, name in enumerate(("第一商店", "第二商店", "雨润县春生食品加工有限责任公司")):
        firm(organiser, place, name, 30 + at, joint, migrant_workers=12)
    firm(organiser, place, "没有工会的机械厂", 60)
    firm(organiser, place, "水务局", 4, place.workplace, ownership="400")
    members(organiser, joint, 12, is_migrant=True)
    members(organiser, place.workplace, 6, first=100)
    add_page(organiser, joint, Leaf.CHAIR, valid_from=date(2022, 3, 1), person="郭建国")
    add_page(organiser, joint, Leaf.TERM, valid_from=date(2021, 3, 20), until=TODAY + timedelta(18))
    leaf = add_page(organiser, joint, Leaf.ACTIVITY, valid_from=date(2025, 9, 28), text="中秋走访一线职工二十人")
    verify_page(place.acting(Role.TOWNSHIP_OFFICER, TODAY), leaf)
    return place


def test_where_workers_are_members(visit, screenshot, axe, yurun):
    user = yurun.post(Role.ORGANISER).user
    joint = yurun.township.children.get(name="城关镇联合工会")
    page = visit(user, reverse("organising:members"))
    for name, address in (
        ("members", reverse("organising:members")),
        ("coverage", reverse("organising:coverage")),
        ("archive", reverse("organising:archive", args=[joint.pk])),
        ("elections", reverse("organising:archives") + "?term=soon"),
        ("tree", reverse("organising:tree")),
        ("admission", reverse("organising:admit")),
    ):
        page.goto(address)
        page.wait_for_load_state("networkidle")
        axe(page)
        screenshot(page, name, schemes=SCHEMES, languages=LANGUAGES)


def test_a_member_is_found_and_opened_by_keyboard_alone(visit, screenshot, axe, yurun):
    page = visit(yurun.post(Role.ORGANISER).user, reverse("organising:members"))
    page.keyboard.press("/")
    page.keyboard.type("郭建国")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=*")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == "郭建国":
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/members/*-*/")
    assert "郭建国" in page.locator("h1").inner_text()
    axe(page)
    screenshot(page, "member", schemes=SCHEMES, languages=LANGUAGES)


def test_reports_on_grants_stand_on_the_workbench(visit, screenshot, axe, yurun, settings):
    finance, second = yurun.acting(Role.FINANCE_OFFICER, TODAY), yurun.acting(Role.COUNTY_APPROVER, TODAY)
    willow = union(yurun, "柳河乡工会", Kind.TOWNSHIP_UNION, under=yurun.federation)
    handed_down(finance, second, yurun.federation, [yurun.township, willow], year=2026)
    assert Fund.objects.exists()
    settings.CHUNYU_TODAY = date(2026, 12, 14)
    page = visit(yurun.post(Role.FINANCE_OFFICER).user, reverse("desk:home"))
    assert page.locator("#grant-reports tbody tr").count() == 2
    axe(page)
    screenshot(page, "desk-grant-reports", schemes=SCHEMES, languages=LANGUAGES)
    page.goto(reverse("organising:grant-shares") + "?due=soon")
    axe(page)
    screenshot(page, "grant-shares-due", schemes=SCHEMES, languages=LANGUAGES)
