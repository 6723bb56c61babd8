"""A list that was approved as a whole is ordered as a whole: each line like an order of its own, or none of them."""

import pytest

from chunyu.accounts.refusal import Refusal
from chunyu.audit.models import Entry
from chunyu.ledger import accounts, actions
from chunyu.ledger.checking import orders_out_of_step
from chunyu.ledger.models import PaymentOrder, Transfer
from tests import situations
from tests.ledger.situations import CARD, DAY, LABELS, LIVING, MEDICAL, fund_with, household


@pytest.fixture
def fund(finance):
    return fund_with(finance, 1_000_000, LIVING)


def line(home, fen=10_000, reference="春节名单-001", **changed):
    told = {"payee_name": "程梅", "bank_name": "春雨农商银行", "card_number": CARD} | changed
    return actions.ListedPayment(home, fen, reference, **told)


def order(approver, fund, lines, programme=LIVING, delivery="campaign"):
    return actions.order_list(
        approver, fund=fund, programme=programme, programme_label=LABELS[programme], lines=lines, day=DAY,
        delivery=delivery,
    )  # fmt: skip


def test_every_line_is_an_order_with_its_money_set_aside(approver, fund):
    lines = [line(household(approver.organisation), 10_000 + n, f"春节名单-{n:03d}") for n in range(12)]
    orders = order(approver, fund, lines)
    assert [each.amount_fen for each in orders] == [10_000 + n for n in range(12)]
    assert {each.delivery for each in PaymentOrder.objects.all()} == {"campaign"}
    assert accounts.committed(fund, LIVING).balance == sum(each.amount_fen for each in orders)
    assert orders_out_of_step() == ()
    assert Entry.objects.filter(event="ledger.order_list").count() == 1


def test_as_many_queries_for_two_lines_as_for_twenty(approver, fund, django_assert_max_num_queries):
    homes = [household(approver.organisation) for _ in range(22)]
    counts = []
    for some in (homes[:2], homes[2:]):
        with django_assert_max_num_queries(40) as asked:
            order(approver, fund, [line(home, reference=f"名单-{home.pk}") for home in some])
        counts.append(len(asked))
    # The very first order also opens the account of the programme.
    assert counts[1] <= counts[0]


def refused(approver, fund, lines, code, **more):
    before = [PaymentOrder.objects.count(), Transfer.objects.count()]
    with pytest.raises(Refusal) as refusal:
        order(approver, fund, lines, **more)
    assert refusal.value.code == code
    assert [PaymentOrder.objects.count(), Transfer.objects.count()] == before


def test_all_lines_or_none(approver, fund):
    home = household(approver.organisation)
    good = line(home, reference="名单-1")
    other = household(situations.county("青禾县").federation)
    refused(approver, fund, [good, line(home, 2_000_000, "名单-2")], "ledger_account_not_below_floor")
    refused(approver, fund, [good, line(other, reference="名单-2")], "ledger_order_foreign_fund")
    refused(approver, fund, [good, line(home, 0, "名单-2")], "ledger_order_amount_positive")
    refused(approver, fund, [good, line(home, reference="名单-2", payee_name="=1+1")], "ledger_order_plain_text")
    refused(approver, fund, [good], "ledger_account_opens_in_its_earmark", programme=MEDICAL)
    refused(approver, fund, [good], "ledger_order_delivery_known", delivery="by post")


def test_a_list_is_not_ordered_twice(approver, fund):
    lines = [line(household(approver.organisation), reference=f"名单-{n}") for n in range(3)]
    order(approver, fund, lines)
    refused(approver, fund, lines, "ledger_order_once_per_decision")
