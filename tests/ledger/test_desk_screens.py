"""Funds and goods at a desk: every page in the dark and in English, and their forms with the keyboard alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from chunyu.accounts.roles import Role
from chunyu.ledger import accounts, actions
from chunyu.ledger import stock_accounts as at
from chunyu.ledger.models import StockMovement
from tests.ledger.situations import (
    DAY,
    LIVING,
    MEDICAL,
    acting_as,
    fund_with,
    household,
    order,
    result_csv,
    sent_batch,
    stocked,
)
from tests.situations import county

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def yurun(settings):
    settings.CHUNYU_TODAY = DAY
    return county("雨润县")


def url(name: str, *args) -> str:
    return reverse(f"ledger:{name}", args=args)


@pytest.fixture
def look(visit, screenshot, axe):
    def at_desk(user, pages: dict[str, str]) -> None:
        page = visit(user, url("funds"), width=1024, language="en", scheme="dark")
        for name, address in pages.items():
            page.goto(address)
            axe(page)
            screenshot(page, f"desk-{name}", widths=(1024,), schemes=("dark",), languages=("en",))

    return at_desk


def type_in(page, label: str, text: str) -> None:
    """Go on with Tab until the field with this label has the focus, and type."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("l => (document.activeElement?.labels?.[0]?.textContent || '').trim().startsWith(l)", label):
            page.keyboard.type(text)
            return
    raise AssertionError(f"Tab never reaches {label}")


def test_pages_of_funds(look, yurun):
    finance, second = (acting_as(Role.FINANCE_OFFICER, yurun.federation) for _ in range(2))
    approver = acting_as(Role.COUNTY_APPROVER, yurun.federation)
    fund = fund_with(finance, 500_000_00, LIVING, MEDICAL)
    paid, waiting = order(approver, fund, 1_000_00), order(approver, fund, 3_000_00, programme=MEDICAL)
    batch = sent_batch(finance, second, fund, [paid])
    actions.import_result(finance, batch, content=result_csv(batch), day=DAY)
    pages = {
        "funds": url("funds"),
        "fund": url("fund", fund.pk),
        "open-fund": url("open-fund"),
        "receive": url("receive", fund.pk),
        "give-back": url("give-back", fund.pk),
        "hand-down": url("hand-down", fund.pk),
        "orders": url("orders"),
        "order": url("order", waiting.pk),
        "prepare-batch": url("prepare-batch", fund.pk),
        "batches": url("batches"),
        "batch": url("batch", batch.pk),
        "check-list": url("check-list"),
        "payments": url("payments"),
        "movements": url("movements"),
    }
    look(finance.post.user, pages)


def test_pages_of_goods(look, yurun):
    finance = acting_as(Role.FINANCE_OFFICER, yurun.federation)
    store = stocked(finance, yurun.federation, {"大米 5千克": 10, "食用油 5升": 4})
    rice, oil = store.goods
    home = household(yurun.federation)
    basket = actions.make_basket(
        finance, organisation=yurun.federation, name="春节慰问包", programme="living", programme_label="生活救助",
        goods={rice: 1, oil: 1}, day=DAY,
    )  # fmt: skip
    [coupon] = actions.make_coupons(
        finance, organisation=yurun.federation, members=[home.worker], basket=basket, from_day=DAY,
        to_day=DAY + timedelta(days=30), day=DAY,
    )  # fmt: skip
    here = yurun.federation.pk
    pages = {
        "stock": url("stock"),
        "place": url("place", here),
        "goods": url("goods"),
        "list-good": url("list-good"),
        "make-basket": url("make-basket"),
        "take-in": url("take-in", here),
        "give-out": url("give-out", here),
        "move-goods": url("move-goods", here),
        "write-off": url("write-off", here),
        "take-stock": url("take-stock", here),
        "goods-movements": url("goods-movements"),
        "goods-movement": url("goods-movement", StockMovement.objects.first().pk),
        "coupons": url("coupons"),
        "make-coupons": url("make-coupons"),
        "coupon": url("coupon", coupon.pk),
        "counter": url("counter"),
    }
    look(finance.post.user, pages)


def test_money_and_goods_are_entered_with_the_keyboard_alone(visit, yurun):
    finance = acting_as(Role.FINANCE_OFFICER, yurun.federation)
    fund = fund_with(finance, 100)
    store = stocked(finance, yurun.federation, {"大米 5千克": 10})
    page = visit(finance.post.user, url("receive", fund.pk), width=1024, language="en")
    type_in(page, "Amount (yuan)", "12,345.67")
    type_in(page, "Number of the receipt or remittance", "收款回单7")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=12,345.67 yuan entered.")
    assert accounts.cash(fund).balance == 100 + 12_345_67
    page.goto(url("take-in", yurun.federation.pk))
    type_in(page, "大米 5千克", "5")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{url('place', yurun.federation.pk)}")
    assert at.there(yurun.federation, store.goods[0]) == 15
