"""The seventeen's way through the browser, cut down to two: worker, caseworker, police, approver, second caseworker."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.urls import reverse

from chunyu.casework.models import Case
from chunyu.rights.arrears.queries import matter_of
from tests.rights.arrears import APPROVER, CASEWORKER, arrears, five_departments, line, seventeen, sheet_row, workbook
from tests.situations import DAY, acting, county, post

pytestmark = pytest.mark.django_db(transaction=True)
SEND = "main form.fields button[type=submit].btn-primary"
BOTH = {"widths": (360, 1024, 1600), "languages": ("en", "zh-hans")}


def sign(page, high: int) -> None:
    """A scrawl with the finger, so high; no two people's are alike."""
    sheet = page.locator("canvas.signature")
    sheet.scroll_into_view_if_needed()
    box = sheet.bounding_box()
    page.mouse.move(box["x"] + 30, box["y"] + 60)
    page.mouse.down()
    for step in range(8):
        page.mouse.move(box["x"] + 30 + 20 * step, box["y"] + 60 + (high if step % 2 else -high))
    page.mouse.up()
    page.locator("form").get_by_text("已签名。").wait_for()


def test_from_a_report_on_a_phone_to_the_call_back(visit, screenshot, axe, settings, tmp_path: Path):
    settings.CHUNYU_TODAY = DAY
    yurun = county()
    seats = five_departments(yurun)

    # A worker without an account, on a phone.
    phone = visit(None, reverse("portal:start"), width=360)
    phone.get_by_role("link", name="反映欠薪").click()
    axe(phone)
    phone.locator("[name=county]").select_option(str(yurun.federation.pk))
    said = {
        "employer": "某某置业公司",
        "site": "春雨花园二期",
        "told": "干了四个月没发工资",
        "name": "程梅",
        "phone": "13900000001",
    }
    for name, value in said.items():
        phone.locator(f"[name={name}]").fill(value)
    screenshot(phone, "wages-report", widths=(360,), schemes=("light", "dark"))
    phone.locator(SEND).click()
    phone.get_by_text("您的反映已收到。").wait_for()
    axe(phone)
    screenshot(phone, "wages-reported", widths=(360,))
    number, code = (phone.locator("dl.facts dd b").nth(at).inner_text() for at in range(2))
    case = Case.objects.get(number=number)

    # The secretariat verifies, opens the joint case, imports the list and gives five departments their tasks.
    page = visit(yurun.post(CASEWORKER).user, reverse("rights:arrears"))
    axe(page)
    screenshot(page, "arrears", **BOTH)
    page.get_by_role("link", name="某某置业公司").click()
    page.get_by_role("link", name="核实属实").click()
    page.locator("[name=note]").fill("到工地核实，两人属实")
    page.locator(SEND).click()
    page.get_by_role("button", name="联合立案办理").click()
    page.get_by_role("link", name="导入名单").click()
    wrong = tmp_path / "错.xlsx"
    rows = [sheet_row(at, line(at)) for at in (1, 2)]
    wrong.write_bytes(workbook([[*rows[0][:6], 45.3, *rows[0][7:]], rows[1]]))
    page.set_input_files("[name=file]", wrong)
    page.locator(SEND).click()
    page.get_by_text("这不是整天或半天的天数。").wait_for()
    axe(page)
    screenshot(page, "arrears-import-faults", widths=(360, 1024))
    right = tmp_path / "名单.xlsx"
    right.write_bytes(workbook(rows))
    page.set_input_files("[name=file]", right)
    page.locator(SEND).click()
    page.get_by_text("名单已录入").wait_for()
    page.get_by_role("link", name="向各部门交办").click()
    page.locator(SEND).click()
    page.wait_for_url(f"**{case.get_absolute_url()}")
    axe(page)
    screenshot(page, "arrears-case", **BOTH)

    # The police answer on their own narrow page and see the shared ledger.
    officer = visit(seats["police"][1].post.user, "/")
    officer.get_by_role("link", name=number).first.click()
    officer.get_by_text("应付与已付台账").first.wait_for()
    axe(officer)
    screenshot(officer, "arrears-department", schemes=("light", "dark"), **BOTH)
    assert "13900000001" not in officer.content()
    officer.get_by_role("link", name="提交答复").click()
    officer.locator("[name=reply]").fill("已安排两名民警到场见证")
    officer.locator(SEND).click()
    officer.wait_for_selector("text=答复已入办件")

    # Agreement, the pay-out on the spot before two departments, and each worker's signature.
    page.reload()
    page.get_by_role("link", name="用人单位承诺支付").click()
    page.locator("[name=pay_by]").fill(DAY.isoformat())
    axe(page)
    page.locator(SEND).click()
    page.get_by_role("button", name="开始发放").click()
    page.get_by_role("link", name="现场发放").click()
    for name, value in {"place": "项目部会议室", "payer": "财务 王某"}.items():
        page.locator(f"[name={name}]").fill(value)
    for duty in ("police", "labour"):
        page.locator(f"[name=witness_{seats[duty][0].pk}]").fill("见证人")
    axe(page)
    screenshot(page, "arrears-open-payout", widths=(360, 1024))
    page.locator(SEND).click()
    for name, high in (("发给工人乙", 20), ("发给工人丙", 12)):
        page.get_by_role("link", name=name).click()
        sign(page, high)
        axe(page)
        screenshot(page, "arrears-pay", widths=(360,))
        page.locator(SEND).click()
        page.locator("[data-offline-said] a.btn-primary").click()  # sent; back to the pay-out
        page.get_by_text("已领已签").first.wait_for()
    axe(page)
    screenshot(page, "arrears-payout", schemes=("light", "dark"), **BOTH)
    assert matter_of(case).remaining_fen == 0

    # Another person settles, and a third calls back.
    page = visit(yurun.post(APPROVER).user, case.get_absolute_url())
    page.get_by_role("link", name="办结").click()
    page.locator(SEND).click()
    page.wait_for_url(f"**{case.get_absolute_url()}")
    page = visit(post(CASEWORKER, yurun.federation).user, case.get_absolute_url())
    page.get_by_role("link", name="回访并结案").click()
    page.get_by_label("满意", exact=True).check()
    page.locator("[name=note]").fill("两人都说领到了")
    page.locator(SEND).click()
    page.wait_for_url(f"**{case.get_absolute_url()}")
    axe(page)
    screenshot(page, "arrears-closed", widths=(1024,))
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("closed", "settled")

    # The worker sees it with number and code.
    phone.goto(reverse("portal:matters"))
    phone.locator("[name=number]").fill(number)
    phone.locator("[name=code]").fill(code)
    phone.locator(SEND).click()
    phone.get_by_text("正在发放工资").wait_for()
    axe(phone)
    screenshot(phone, "wages-followed", widths=(360,))


def test_the_board_before_the_festival(visit, screenshot, axe, settings):
    settings.CHUNYU_TODAY = DAY
    walk = arrears().to("paying", seventeen())
    walk.payout()
    arrears(county("青禾县")).to("tasks_out")
    page = visit(acting(APPROVER, walk.county.city).post.user, reverse("rights:arrears-board"))
    axe(page)
    screenshot(page, "arrears-board", schemes=("light", "dark"), **BOTH)
    page = visit(walk.county.post(CASEWORKER).user, walk.case.get_absolute_url())
    axe(page)
    screenshot(page, "arrears-case-seventeen", **BOTH)
    page.goto(reverse("rights:arrears-workers", args=[walk.case.number]))
    axe(page)
    screenshot(page, "arrears-workers", **BOTH)
    page.goto(reverse("rights:report-arrears"))
    axe(page)
    screenshot(page, "arrears-take-report", widths=(360, 1024), languages=("en", "zh-hans"))
    page.goto(reverse("rights:pay-sheet", args=[walk.case.number, walk.matter.payouts.get().pk]))
    axe(page)
    screenshot(page, "arrears-sheet", widths=(360, 1024))
