"""One decision paid from several funds: one payment to the family, one line at the bank, each part in its fund."""

import pytest

from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.ledger import actions, queries, traces
from chunyu.ledger.checking import orders_out_of_step, soundness, ways_that_differ
from chunyu.ledger.models import PaymentOrder
from tests.ledger.situations import (
    DAY,
    LIVING,
    MEDICAL,
    OTHER_CARD,
    acting_as,
    approved_batch,
    fund_with,
    order,
    result_csv,
    sent_batch,
)


@pytest.fixture
def central(finance):
    return fund_with(finance, 1_000_00, LIVING)


@pytest.fixture
def union(finance):
    return fund_with(finance, 500_00, source="county_union", name="县工会经费")


def stands(fund) -> dict[str, int]:
    return {each.kind: each.balance for each in fund.accounts.exclude(kind="source").exclude(balance=0)}


def test_six_hundred_and_four_hundred_are_one_payment(finance, second, approver, central, union):
    mixed = order(approver, central, 1_000_00, also=[(union, 400_00)])
    assert (stands(central), stands(union)) == (
        {"cash": 400_00, "committed": 600_00}, {"cash": 100_00, "committed": 400_00},
    )  # fmt: skip
    batch = approved_batch(finance, second, central, [mixed])
    actions.send(finance, batch, day=DAY)
    batch.refresh_from_db()
    content = actions.download(finance, batch).decode()
    assert content.count("\r\nD,") == 1
    assert "1000.00" in content
    line = batch.lines.get()
    actions.import_result(finance, batch, content=result_csv(batch, {line.line_key: "户名不符"}), day=DAY)
    # It bounced: each part is set aside in its own fund again.
    assert (stands(central)["committed"], stands(union)["committed"]) == (600_00, 400_00)
    mixed.refresh_from_db()
    again = actions.reissue(finance, mixed, card_number=OTHER_CARD, bank_name="")
    batch = sent_batch(finance, second, central, [again])
    actions.import_result(finance, batch, content=result_csv(batch), day=DAY)
    assert (stands(central)["household"], stands(union)["household"]) == (600_00, 400_00)
    ledger = traces.household_ledger(mixed.household)
    assert (ledger.paid_fen, len(ledger.orders)) == (1_000_00, 1)
    lines = queries.money_by_source_and_programme(finance.path)
    assert [(each.source, each.fen, each.payments) for each in lines] == [
        ("central_fiscal", 600_00, 1), ("county_union", 400_00, 1),
    ]  # fmt: skip
    assert [each.reason for each in traces.trace_of_order(mixed)].count("payment") == 2
    assert (soundness().holds, orders_out_of_step(), ways_that_differ()) == (True, (), ())
    actions.take_back(finance, batch.lines.get(), day=DAY, reason="次日退票")
    mixed.refresh_from_db()
    actions.cancel_order(finance, mixed, day=DAY, reason="户主去世")
    assert (stands(central), stands(union)) == ({"cash": 1_000_00}, {"cash": 500_00})
    assert (orders_out_of_step(), ways_that_differ()) == ((), ())


def test_all_parts_or_none(finance, approver, central, union, tree):
    with pytest.raises(Refusal) as refused:
        order(approver, central, 1_000_00, also=[(union, 500_01)])
    assert refused.value.code == "ledger_account_not_below_floor"
    assert PaymentOrder.objects.count() == 0
    assert (stands(central), stands(union)) == ({"cash": 1_000_00}, {"cash": 500_00})


def test_who_may_pay_together(finance, approver, central, tree):
    upper = acting_as(Role.FINANCE_OFFICER, tree.province)
    pool = fund_with(finance, 100, LIVING, source="mutual_aid_pool", rule_no="互助规则1号")
    medical = fund_with(finance, 100, MEDICAL)
    for other, code in (
        (fund_with(upper, 100, source="provincial_union"), "ledger_part_of_one_payer"),
        (pool, "ledger_part_of_aid_money"),
        (medical, "ledger_account_opens_in_its_earmark"),
    ):
        with pytest.raises(Refusal) as refused:
            order(approver, central, 50, also=[(other, 20)])
        assert refused.value.code == code


def test_the_same_decision_from_other_parts_is_refused(finance, approver, central, union):
    first = order(approver, central, 100, reference="一案", also=[(union, 40)])
    assert order(approver, central, 100, reference="一案", home=first.household, also=[(union, 40)]) == first
    with pytest.raises(Refusal) as refused:
        order(approver, central, 100, reference="一案", home=first.household, also=[(union, 50)])
    assert refused.value.code == "ledger_order_once_per_decision"
