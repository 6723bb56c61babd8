"""Held payments, cash, goods and the counter as people see them: on a phone and on a desk, by mouse and by keyboard."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from chunyu.accounts.roles import Role
from chunyu.ledger import actions
from chunyu.ledger import stock_accounts as at
from chunyu.ledger.models import PayoutBatch
from tests.ledger.situations import DAY, PAPER, acting_as, fund_with, household, order, sent_batch, stocked
from tests.situations import county

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def yurun(settings):
    settings.CHUNYU_TODAY = DAY
    return county("雨润县")


def url(name: str, *args) -> str:
    return reverse(f"ledger:{name}", args=args)


def test_a_blocked_payment_and_cash(visit, screenshot, axe, yurun, tmp_path):
    finance, second = (acting_as(Role.FINANCE_OFFICER, yurun.federation) for _ in range(2))
    approver = acting_as(Role.COUNTY_APPROVER, yurun.federation)
    fund, home = fund_with(finance, 1_000_000), household(yurun.federation)
    order(approver, fund, 600_00, home=home)
    order(approver, fund, 800_00, home=home)
    page = visit(finance.post.user, url("prepare-batch", fund.pk))
    axe(page)
    screenshot(page, "prepare-checked", schemes=("light", "dark"), languages=("en", "zh-hans"))
    page.get_by_label("现金发放地点").fill("城关镇服务点")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=有1笔付款已暂缓")
    batch = PayoutBatch.objects.get()
    page.get_by_role("button", name="提交").click()
    batch.refresh_from_db()
    actions.approve(second, batch, shown=batch.digest, day=DAY)
    page.reload()
    page.get_by_role("button", name="提取现金").click()
    page.wait_for_selector("text=现金已提取")
    screenshot(page, "cash-batch", languages=("en", "zh-hans"))
    axe(page)
    page.get_by_role("link", name="交付").click()
    axe(page)
    screenshot(page, "hand-over", widths=(360, 1024))
    paper = tmp_path / "receipt.jpg"
    paper.write_bytes(PAPER)
    page.get_by_label("第二人").select_option(str(second.user_id))
    page.get_by_label("签字凭证").set_input_files(paper)
    page.get_by_role("button", name="录入凭证").click()
    page.wait_for_selector("text=凭证已保存")
    sent_batch(finance, second, fund, [order(approver, fund, 100, payee="钟原")])
    page.goto(url("held"))
    axe(page)
    screenshot(page, "held", languages=("en", "zh-hans"))
    auditor = visit(acting_as(Role.AUDITOR, yurun.federation).post.user, url("audit"))
    axe(auditor)
    screenshot(auditor, "audit", schemes=("light", "dark"), languages=("en", "zh-hans"))
    auditor.goto(url("audit-rows", "unclear"))
    axe(auditor)


def test_a_township_gives_out_goods_on_a_phone(visit, screenshot, axe, yurun, tmp_path):
    finance = acting_as(Role.FINANCE_OFFICER, yurun.federation)
    officer = acting_as(Role.TOWNSHIP_OFFICER, yurun.township)
    store = stocked(finance, yurun.township, {"大米 5千克": 10, "食用油 5升": 4})
    rice, oil = store.goods
    home = household(yurun.township)
    page = visit(officer.post.user, url("stock"), width=360)
    axe(page)
    screenshot(page, "stock", languages=("en", "zh-hans"))
    page.goto(url("place", yurun.township.pk))
    axe(page)
    screenshot(page, "store", schemes=("light", "dark"), languages=("en", "zh-hans"))
    page.get_by_role("link", name="发放", exact=True).click()
    axe(page)
    screenshot(page, "give-out", languages=("en", "zh-hans"))
    paper = tmp_path / "receipt.jpg"
    paper.write_bytes(PAPER)
    page.get_by_label("家庭档案号").fill(home.file_number)
    page.get_by_label("领取人").fill("程梅")
    page.get_by_label("项目", exact=False).select_option("living")
    page.get_by_label("大米 5千克").fill("2")
    page.get_by_label("签字凭证").set_input_files(paper)
    page.get_by_role("button", name="登记发放").click()
    page.wait_for_selector("text=物资已发放")
    assert at.there(yurun.township, rice) == 8
    basket = actions.make_basket(
        finance, organisation=yurun.federation, name="春节慰问包", programme="living", programme_label="生活救助",
        goods={rice: 1, oil: 1}, day=DAY,
    )  # fmt: skip
    [coupon] = actions.make_coupons(
        finance, organisation=yurun.federation, members=[home.worker], basket=basket, from_day=DAY,
        to_day=DAY + timedelta(days=30), day=DAY,
    )  # fmt: skip
    page.goto(url("counter"))
    axe(page)
    screenshot(page, "counter", widths=(360,))
    page.keyboard.type(coupon.code.reveal())  # the field has the focus
    page.keyboard.press("Enter")
    page.wait_for_selector("text=春节慰问包")
    axe(page)
    screenshot(page, "redeem", widths=(360, 1024))
    page.get_by_role("button", name="交付物资").click()
    page.wait_for_selector("text=已使用")
    page.goto(url("redeem", coupon.pk))
    page.wait_for_selector("text=此券不能使用")
    screenshot(page, "redeemed", widths=(360,))
    desk = visit(finance.post.user, url("coupons"))
    axe(desk)
    screenshot(desk, "coupons", languages=("en", "zh-hans"))
    desk.goto(url("goods"))
    axe(desk)
    screenshot(desk, "goods", widths=(360, 1024))
