"""The fund side as it is seen, on a phone and a wide screen, in both languages."""

from __future__ import annotations

import pytest
from django.urls import reverse

from chunyu.accounts.roles import Role
from chunyu.ledger import actions
from chunyu.ledger.budgets import digest
from tests.ledger.situations import (
    DAY,
    LIVING,
    MEDICAL,
    NEXT_YEAR,
    acting_as,
    fund_with,
    next_year,
    order,
    result_csv,
    sent_batch,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def look(visit, screenshot, axe):
    def at(user, address: str, name: str) -> None:
        page = visit(user, address)
        axe(page)
        screenshot(page, name, widths=(360, 1600), languages=("zh-Hans", "en"))

    return at


def test_the_fund_side(look, tree, finance, second, approver, settings):
    settings.CHUNYU_TODAY = DAY
    city = acting_as(Role.FINANCE_OFFICER, tree.city)
    top = fund_with(city, 500_000_00, LIVING, MEDICAL)
    given = actions.hand_down(
        city, giver=top, organisation=tree.federation, amount_fen=200_000_00, day=DAY, document_no="春工财〔2026〕8号",
        key="1",
    )  # fmt: skip
    actions.acknowledge(finance, given, day=DAY)
    union = fund_with(finance, 20_000_00, source="county_union", name="县总工会帮扶经费")
    mixed = order(approver, given.taker, 1_000_00, also=[(union, 400_00)])
    batch = sent_batch(finance, second, given.taker, [mixed])
    actions.import_result(finance, batch, content=result_csv(batch), day=DAY)
    order(approver, given.taker, 3_000_00, programme=MEDICAL)
    actions.return_unspent(
        finance, given, amount_fen=15_000_00, day=DAY, document_no="退1号", reason="结余上缴", key="1"
    )
    plan = actions.prepare_budget(
        finance, organisation=tree.federation, year=2026, title="2026年帮扶资金预算", document_no="县工发〔2026〕2号",
        over="warn", lines={("central_fiscal", "living"): 900_00, ("central_fiscal", "medical"): 50_000_00},
    )  # fmt: skip
    actions.approve_budget(second, plan, shown=digest(plan))
    user = finance.post.user
    look(user, reverse("ledger:matrix"), "fund-matrix")
    look(user, reverse("ledger:allocation", args=[given.pk]), "fund-allocation")
    look(user, reverse("ledger:execution"), "fund-execution")
    look(user, reverse("ledger:budget", args=[plan.pk]), "fund-budget")
    look(user, reverse("ledger:totals"), "fund-totals")
    look(user, reverse("ledger:order", args=[mixed.pk]), "fund-order")
    look(city.post.user, reverse("ledger:fund", args=[top.pk]), "fund-levels")
    settings.CHUNYU_TODAY = NEXT_YEAR
    statement = actions.prepare_closing(next_year(finance), fund=given.taker, year=2026)
    look(user, reverse("ledger:year-close"), "fund-year-close")
    look(second.post.user, reverse("ledger:closing", args=[statement.pk]), "fund-closing")
