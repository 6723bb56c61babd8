"""Lines that no result file settles: unclear at the bank, and paid in cash."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from chunyu.accounts.refusal import Refusal
from chunyu.ledger import accounts, actions, queries
from chunyu.ledger.checking import orders_out_of_step, soundness
from chunyu.ledger.models import BankFile, BatchLine, CashReceipt
from tests.ledger.situations import DAY, LIVING, PAPER, approved_batch, fund_with, order, result_csv, sent_batch

NEXT = DAY + timedelta(days=1)


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


@pytest.fixture
def fund(finance):
    return fund_with(finance, 1_000_000)


def unknown(batch, *keys: str) -> bytes:
    text = result_csv(batch).decode()
    for key in keys:
        amount = f"{batch.lines.get(line_key=key).amount_fen / 100:.2f}"
        text = text.replace(f"{key},{amount},成功,", f"{key},{amount},未知,")
    return text.encode()


@pytest.fixture
def unclear(approver, finance, second, fund):
    """A batch of two: the first paid, of the second the bank does not know."""
    batch = sent_batch(finance, second, fund, [order(approver, fund, 100), order(approver, fund, 200)])
    actions.import_result(finance, batch, content=unknown(batch, f"{batch.number}-0002"), day=DAY)
    batch.refresh_from_db()
    return batch


def test_what_the_bank_does_not_know_waits_and_is_seen(unclear, finance, fund):
    line = unclear.lines.get(line_no=2)
    assert (line.outcome, line.unclear_since, line.order.status) == ("unclear", DAY, "sent")
    assert unclear.status == "sent"
    assert accounts.in_transit(fund, LIVING).balance == 200
    there = queries.reconciliation(unclear)
    assert (there.waiting_fen, there.agrees) == (200, True)
    [listed] = queries.unclear_at_bank(finance.path, DAY + timedelta(days=5))
    assert (listed.pk, listed.days) == (line.pk, 5)
    assert not queries.unclear_at_bank("000000.", DAY).exists()


def test_silence_becomes_work_after_some_days(approver, finance, second, fund):
    batch = sent_batch(finance, second, fund, [order(approver, fund, 100)])
    assert not queries.unclear_at_bank(finance.path, DAY + timedelta(days=2)).exists()
    [line] = queries.unclear_at_bank(finance.path, DAY + timedelta(days=3))
    assert (line.batch_id, line.days) == (batch.pk, 3)


def test_an_unclear_line_enters_no_second_file(unclear, finance, approver, fund):
    line = unclear.lines.get(line_no=2)
    for act in (
        lambda: actions.reissue(finance, line.order, card_number="6200000000000000028", bank_name=""),
        lambda: actions.cancel_order(finance, line.order, day=DAY, reason="急"),
        lambda: actions.prepare_batch(finance, fund=fund, orders=[line.order], day=DAY),
        lambda: actions.hold(finance, line.order, day=DAY, reason="急"),
    ):
        with pytest.raises(Refusal):
            act()
    draft = actions.prepare_batch(finance, fund=fund, orders=[order(approver, fund, 5)], day=DAY)
    again = BatchLine(batch=draft, order=line.order, line_no=9, line_key="x", payee_name="x", bank_name="x",
                      card="62000000000", amount_fen=200)  # fmt: skip
    with pytest.raises(IntegrityError, match="ledger_line_order_once"), transaction.atomic():
        BatchLine.objects.bulk_create([again])


def test_a_later_result_file_settles_it(unclear, finance, fund):
    actions.import_result(finance, unclear, content=result_csv(unclear), day=NEXT)
    unclear.refresh_from_db()
    line = unclear.lines.get(line_no=2)
    assert (unclear.status, line.outcome, line.settled_on) == ("settled", "paid", NEXT)
    assert accounts.in_transit(fund, LIVING).balance == 0
    assert orders_out_of_step() == ()


@pytest.mark.parametrize(("outcome", "stands"), [("paid", "paid"), ("returned", "returned")])
def test_two_people_settle_it_with_the_banks_statement(unclear, finance, second, outcome, stands):
    line = unclear.lines.get(line_no=2)
    told = {"outcome": outcome, "statement_no": "对账单20261124-7", "reason": "账户已销户", "day": NEXT}
    with pytest.raises(Refusal, match="number"):
        actions.say_cleared(finance, line, **{**told, "statement_no": " "})
    clearing = actions.say_cleared(finance, line, **told)
    line.refresh_from_db()
    assert line.outcome == "unclear", "one person alone moves nothing"
    with pytest.raises(Refusal) as refused:
        actions.say_cleared(second, line, **told)
    assert refused.value.code == "ledger_clearing_one_waits"
    assert actions.confirmation_barred(finance, clearing) is not None
    with pytest.raises(Refusal) as refused:
        actions.confirm_cleared(finance, clearing, day=NEXT)
    assert refused.value.code == "ledger_clearing_by_two"
    actions.confirm_cleared(second, clearing, day=NEXT)
    line.refresh_from_db()
    assert (line.outcome, line.order.status, line.settled_on) == (outcome, stands, NEXT)
    assert (orders_out_of_step(), soundness().holds) == ((), True)
    with pytest.raises(Refusal):
        actions.confirm_cleared(second, clearing, day=NEXT)


def test_a_mistaken_finding_is_dropped(unclear, finance, second):
    line = unclear.lines.get(line_no=2)
    clearing = actions.say_cleared(finance, line, outcome="paid", statement_no="1", day=NEXT)
    actions.drop_clearing(second, clearing, day=NEXT)
    with pytest.raises(Refusal):
        actions.confirm_cleared(second, clearing, day=NEXT)
    line.refresh_from_db()
    assert line.outcome == "unclear"
    actions.say_cleared(finance, line, outcome="paid", statement_no="2", day=NEXT)


# --- cash


@pytest.fixture
def drawn(approver, finance, second, fund):
    """Cash for two families, one of which has no card, drawn to the township."""
    orders = [order(approver, fund, 600_00), order(approver, fund, 400_00, card="", in_cash=True, payee="钟原")]
    batch = actions.prepare_batch(finance, fund=fund, orders=orders, day=DAY, cash_at="城关镇便民服务点")
    batch = actions.submit(finance, batch)
    batch = actions.approve(second, batch, shown=batch.digest, day=DAY)
    assert actions.send(finance, batch, day=DAY) is None
    batch.refresh_from_db()
    return batch


def handed(finance, second, line, **more):
    given = {"kind": "signed", "taken_by": line.payee_name, "paper": PAPER, "witness": second.post.user, "day": NEXT}
    return actions.hand_over(finance, line, **given | more)


def test_cash_is_drawn_handed_over_and_the_rest_brought_back(drawn, finance, second, fund):
    assert not BankFile.objects.exists()
    assert drawn.state_words == "cash drawn, being paid"
    assert accounts.in_transit(fund, LIVING).balance == 1_000_00
    first, other = drawn.lines.order_by("amount_fen")
    receipt = handed(finance, second, first)
    assert actions.open_receipt(finance, receipt) == PAPER
    first.refresh_from_db()
    assert (first.outcome, first.order.status) == ("paid", "paid")
    with pytest.raises(Refusal):
        handed(finance, second, first)
    assert actions.bring_back(finance, drawn, day=NEXT, reason="人在外地") == 600_00
    drawn.refresh_from_db()
    other.refresh_from_db()
    assert (drawn.status, other.outcome, other.order.status) == ("settled", "returned", "returned")
    assert accounts.in_transit(fund, LIVING).balance == 0
    again = actions.reissue(finance, other.order, card_number="6200000000000000010", bank_name="")
    approved_batch(finance, second, fund, [again])
    assert (orders_out_of_step(), soundness().holds) == ((), True)


def test_cash_takes_two_people_and_a_paper(drawn, finance, second):
    line = drawn.lines.first()
    refusals = {
        "ledger_receipt_by_two": {"witness": finance.post.user},
        "ledger_paper_empty": {"paper": b""},
        "ledger_paper_type": {"paper": b"MZ"},
        "ledger_receipt_has_its_paper": {"taken_by": " "},
    }
    for code, more in refusals.items():
        with pytest.raises(Refusal) as refused:
            handed(finance, second, line, **more)
        assert refused.value.code == code
    assert not CashReceipt.objects.exists()
    with pytest.raises(IntegrityError, match="cash was paid when there is a receipt"), transaction.atomic():
        BatchLine.objects.filter(pk=line.pk).update(outcome="paid", settled_on=DAY)


def test_without_a_card_no_bank_pays(approver, finance, fund):
    bare = order(approver, fund, 10, card="", in_cash=True)
    with pytest.raises(Refusal) as refused:
        actions.prepare_batch(finance, fund=fund, orders=[bare], day=DAY)
    assert refused.value.code == "ledger_line_has_its_card"


def test_no_bank_answers_for_cash(drawn, finance):
    with pytest.raises(Refusal, match="cash"):
        actions.import_result(finance, drawn, content=result_csv(drawn), day=NEXT)
