"""Founding and clearing up as people see them: lists, one union, the cases and their forms, in a real browser."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.urls import reverse

from chunyu.accounts.roles import Role
from chunyu.casework.actions import attach_document, move
from chunyu.organising.archives.actions import add_page
from chunyu.organising.founding.actions import take_on
from chunyu.organising.shells.actions import begin_inquiry, note_contact
from tests.organising.unions import TODAY, firm, members, union
from tests.situations import county

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def yurun(settings):
    settings.CHUNYU_TODAY = TODAY
    return county("雨润县")


@pytest.fixture
def organiser(yurun):
    return yurun.acting(Role.ORGANISER, TODAY)


def test_unions_on_paper(visit, screenshot, axe, yurun, organiser):
    paper, other = union(yurun, "雨润县招牌厂工会"), union(yurun, "雨润县旧货公司工会")
    firm(organiser, yurun, "招牌厂", 40, paper)
    members(organiser, paper, 8)
    for each in (paper, other):
        add_page(organiser, each, "chair", valid_from=date(2016, 1, 1), person="郭建国", until=date(2025, 9, 1))
    note_contact(organiser, other, on=TODAY - timedelta(days=8), way="phone", reached=False, note="停机")
    case = begin_inquiry(organiser, paper).case
    page = visit(organiser.post.user, reverse("organising:shells"))
    axe(page)
    screenshot(page, "shells", schemes=("light", "dark"), languages=("en", "zh-hans"))
    page.goto(reverse("organising:shell", args=[other.pk]))
    axe(page)
    screenshot(page, "shell", schemes=("light", "dark"), languages=("en", "zh-hans"))
    page.goto(reverse("organising:note-contact", args=[other.pk]))
    axe(page)
    screenshot(page, "shell-contact", widths=(360, 1024))
    page.goto(case.get_absolute_url())
    axe(page)
    screenshot(page, "shell-case", languages=("en", "zh-hans"))
    page.get_by_role("link", name="发出通知").click()
    assert "2025-09-01" in page.content()
    axe(page)
    screenshot(page, "shell-notify", widths=(360, 1024))
    page.get_by_role("button", name="发出通知").click()
    page.wait_for_selector("text=已办理：发出通知")
    case.refresh_from_db()
    assert case.state == "notified"
    page.goto(reverse("organising:begin-inquiries"))
    axe(page)
    page.get_by_role("button", name="开始").click()
    page.wait_for_selector("text=已开始 2 项核查")


def test_unions_to_be(visit, screenshot, axe, yurun, organiser):
    firms = [firm(organiser, yurun, f"{name}有限公司", 30 + 10 * n) for n, name in enumerate(("春江", "云岭", "石桥"))]
    page = visit(organiser.post.user, reverse("organising:take-on"))
    axe(page)
    screenshot(page, "take-on", languages=("en", "zh-hans"))
    page.get_by_label("石桥有限公司").check()
    page.get_by_role("button", name="开始").click()
    page.wait_for_selector("text=登记联系情况")
    axe(page)
    screenshot(page, "founding-case", schemes=("light", "dark"), languages=("en", "zh-hans"))
    case = take_on(organiser, firms[:1]).case
    move(organiser, case, "contact", note="厂长同意。")
    move(organiser, case, "prepare", note="三人。")
    declined = take_on(organiser, [firms[1]]).case
    move(organiser, declined, "decline", code="fears_cost", note="再等等")
    page.goto(reverse("casework:move", args=[case.number, "apply"]))
    axe(page)
    screenshot(page, "founding-apply", widths=(360, 1024))
    page.get_by_label("文号").fill("雨工筹〔2026〕1 号")
    page.get_by_label("城关镇总工会").check()
    page.get_by_role("button", name="上报请示").click()
    page.wait_for_selector("text=已办理：上报请示")
    attach_document(organiser, case, kind="request", name="请示.pdf", content=b"%PDF-1.4\n1 0 obj\n%%EOF")
    move(yurun.acting(Role.COUNTY_APPROVER, TODAY), case, "reply", number="2 号")
    page.goto(reverse("casework:move", args=[case.number, "elect"]))
    axe(page)
    screenshot(page, "founding-elect", widths=(360, 1024), languages=("en", "zh-hans"))
    page.goto(reverse("organising:foundings"))
    axe(page)
    screenshot(page, "foundings", schemes=("light", "dark"), languages=("en", "zh-hans"))
