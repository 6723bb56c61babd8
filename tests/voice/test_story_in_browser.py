"""One proposal from the worker's phone to the worker's word, as each of the people meets it on their own pages."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.urls import reverse

from chunyu.accounts.roles import Role
from chunyu.casework.departments import actions as departments
from chunyu.voice.proposals.tables import Proposal
from tests.situations import county
from tests.voice import proposing as of

pytestmark = pytest.mark.django_db(transaction=True)
TODAY = date(2014, 3, 10)


def press(page) -> None:
    """Send the form, and wait until the answer is there."""
    with page.expect_navigation():
        page.locator("button[type=submit].btn-primary").last.click()


def test_from_the_phone_to_the_management_and_back_to_the_author(visit, screenshot, axe, settings, tmp_path):
    settings.CHUNYU_TODAY = TODAY
    yurun = county("雨润县")
    chair = yurun.acting(Role.WORKPLACE_CHAIR, TODAY)
    management = departments.open_department(chair, name="公司行政", duty="management")
    seat = departments.seat_person(
        chair, management, username="office", full_name="董怀民", password="three unrelated words"
    )
    # The worker, on a phone.
    phone = visit(None, reverse("portal:speak"), width=360)
    axe(phone)
    screenshot(phone, "voice-speak", schemes=("light", "dark"), languages=("en", "zh-hans"))
    phone.locator("[name=county]").select_option(label="雨润县总工会")
    phone.locator("[name=where]").fill("纺织厂")
    for name, text in (
        ("title", "通道地面不平整"), ("place", "布机车间通道"), ("problem", "有坑，纱轴车会翻。"),
        ("suggestion", "修补地面。"), ("name", "张涛"), ("job", "布机设备保养工"),
    ):  # fmt: skip
        phone.locator(f"[name={name}]").fill(text)
    phone.locator("[name=risk][value=high]").check()
    press(phone)
    number, code = (each.inner_text() for each in phone.locator("dd.num").all())
    axe(phone)
    screenshot(phone, "voice-spoken", widths=(360,))
    # The chair: takes it up, numbers it at the congress, submits it.
    desk = visit(chair.post.user, reverse("voice:open-session"))
    for name, text in (("name", "第三届五次职代会"), ("workers", "620"), ("delegates", "60"), ("present", "52")):
        desk.locator(f"[name={name}]").fill(text)
    desk.locator("[name=held_on]").fill("2014-03-08")
    axe(desk)
    press(desk)
    case = Proposal.objects.get().case
    for step in ("admit", "number", "submit"):
        desk.goto(reverse("casework:move", args=[case.number, step]))
        axe(desk)
        screenshot(desk, f"voice-{step}", widths=(360, 1024))
        if step == "number":
            desk.locator("[name=session]").first.check()
        press(desk)
    desk.goto(reverse("voice:proposals"))
    axe(desk)
    screenshot(desk, "voice-proposals", schemes=("light", "dark"), languages=("en", "zh-hans"))
    desk.goto(reverse("voice:sessions"))
    axe(desk)
    desk.get_by_role("link", name="第三届五次职代会").first.click()
    axe(desk)
    screenshot(desk, "voice-session", schemes=("light", "dark"), languages=("en", "zh-hans"))
    # The management, on its own page.
    boss = visit(seat.post.user, reverse("casework:tasks"))
    boss.get_by_role("link", name=case.number).first.click()
    axe(boss)
    screenshot(boss, "voice-question", languages=("en", "zh-hans"))
    assert boss.get_by_text("有坑，纱轴车会翻。").count() == 1
    boss.goto(reverse("casework:task-answer", args=[of.question(case).pk]))
    axe(boss)
    screenshot(boss, "voice-answer", widths=(360, 1024))
    boss.locator("[name=code][value=adopt]").check()
    boss.locator("[name=reply]").fill("当场决定投资修缮。")
    press(boss)
    # The plan, progress; the management reports with proof; the union checks.
    desk.goto(reverse("casework:move", args=[case.number, "plan"]))
    for name, text in (
        ("responsible", "设备科"),
        ("budget", "48000"),
        ("starts_on", "2014-03-20"),
        ("until", "2014-04-30"),
    ):
        desk.locator(f"[name={name}]").fill(text)
    press(desk)
    desk.goto(reverse("casework:move", args=[case.number, "progress"]))
    desk.locator("[name=kind][value=visit]").check()
    desk.locator("[name=people]").fill("董事长、张涛")
    desk.locator("[name=text]").fill("到现场察看通道。")
    axe(desk)
    press(desk)
    proof = tmp_path / "整改后.pdf"
    proof.write_bytes(of.PAPER)
    boss.goto(reverse("casework:task-answer", args=[of.question(case).pk]))
    boss.locator("[name=code][value=done]").check()
    boss.locator("[name=reply]").fill("地面已重新浇筑。")
    boss.locator("[name=file]").set_input_files(proof)
    press(boss)
    desk.goto(reverse("casework:move", args=[case.number, "check"]))
    desk.locator("[name=note]").fill("通道平整。")
    press(desk)
    axe(desk)
    screenshot(desk, "voice-case", schemes=("light", "dark"), languages=("en", "zh-hans"))
    # The author, on the phone again: the last word.
    phone.goto(reverse("portal:matters"))
    phone.locator("[name=number]").fill(number)
    phone.locator("[name=code]").fill(code)
    press(phone)
    axe(phone)
    screenshot(phone, "voice-matter", widths=(360, 1024))
    phone.locator("[name=kind][value=confirm]").check()
    phone.locator("[name=text]").fill("很平整，谢谢。")
    press(phone)
    case.refresh_from_db()
    assert case.state == "done"
    # Everybody, on the board.
    board = visit(None, reverse("portal:board"))
    axe(board)
    board.get_by_role("link", name=re.compile("雨润县总工会")).click()
    assert board.get_by_text("通道地面不平整").count() == 1
    assert "张涛" not in board.content()
    axe(board)
    screenshot(board, "voice-board", schemes=("light", "dark"), languages=("en", "zh-hans"))
