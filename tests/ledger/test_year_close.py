"""The year ends: stated by one, closed by another, and what is left goes on in the books of the next year."""

import pytest

from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.ledger import accounts, actions
from chunyu.ledger.checking import orders_out_of_step, soundness
from chunyu.ledger.closing import ending
from chunyu.ledger.levels import chain_above
from chunyu.ledger.models import PaymentOrder
from tests.ledger.situations import (
    DAY,
    LIVING,
    NEXT_YEAR,
    acting_as,
    close,
    fund_with,
    next_year,
    order,
    result_csv,
    sent_batch,
)


@pytest.fixture
def fund(finance):
    return fund_with(finance, 1_000, LIVING)


def refused(act) -> Refusal:
    with pytest.raises(Refusal) as caught:
        act()
    return caught.value


def test_what_is_left_goes_on_by_name(finance, second, approver, fund):
    waiting, paid = order(approver, fund, 30), order(approver, fund, 100)
    batch = sent_batch(finance, second, fund, [paid])
    actions.import_result(finance, batch, content=result_csv(batch), day=DAY)
    closing = close(finance, second, fund)
    after = closing.successor
    assert (after.year, after.document_no, after.serves(LIVING)) == (2027, fund.document_no, True)
    assert f"carried\t{waiting.reference}\t1\t30" in closing.statement.text
    waiting.refresh_from_db()
    assert waiting.status == "cancelled"
    goes_on = PaymentOrder.objects.get(carries=waiting)
    assert (goes_on.fund, goes_on.reference, goes_on.amount_fen) == (after, waiting.reference, 30)
    assert goes_on.card.reveal() == waiting.card.reveal()
    assert (accounts.cash(after).balance, accounts.committed(after, LIVING).balance) == (870, 30)
    assert {each.kind for each in fund.accounts.exclude(balance=0)} == {"source", "household"}
    end = ending(fund, 2026)
    assert (end.opening_fen, end.paid_fen, end.left_fen, end.adds_up) == (0, 100, 900, True)
    assert (soundness().holds, orders_out_of_step()) == (True, ())
    assert chain_above(after) == [fund, after]
    # And it is paid in the next year like any other.
    batch = sent_batch(next_year(finance), next_year(second), after, [goes_on])
    actions.import_result(next_year(finance), batch, content=result_csv(batch), day=NEXT_YEAR)
    assert ending(after, 2027).paid_fen == 30


def test_an_order_from_several_funds_goes_on_with_the_part_of_each(finance, second, approver, fund):
    union = fund_with(finance, 500, source="county_union", name="县工会经费")
    mixed = order(approver, fund, 100, also=[(union, 40)])
    closing = close(finance, second, fund)
    after = closing.successor
    assert f"carried\t{mixed.reference}\t1\t60" in closing.statement.text
    goes_on = PaymentOrder.objects.get(carries=mixed)
    assert (goes_on.fund, goes_on.mixed, goes_on.amount_fen) == (after, True, 100)
    assert {part.fund: part.amount_fen for part in goes_on.parts.all()} == {after: 60, union: 40}
    assert (accounts.cash(after).balance, accounts.committed(after, LIVING).balance) == (940, 60)
    assert (accounts.cash(union).balance, accounts.committed(union, LIVING).balance) == (460, 40)
    # The other fund ends its year too: the order stays under the first, and its part goes on.
    beside = close(finance, second, union).successor
    last = PaymentOrder.objects.get(carries=goes_on)
    assert last.fund == after
    assert {part.fund: part.amount_fen for part in last.parts.all()} == {after: 60, beside: 40}
    assert (soundness().holds, orders_out_of_step()) == (True, ())
    assert {each.kind for each in union.accounts.exclude(balance=0)} == {"source"}
    batch = sent_batch(next_year(finance), next_year(second), after, [last])
    actions.import_result(next_year(finance), batch, content=result_csv(batch), day=NEXT_YEAR)
    assert (ending(after, 2027).paid_fen, ending(beside, 2027).paid_fen) == (60, 40)


def test_what_stands_in_the_way_is_said_all_at_once(finance, second, approver, tree, fund):
    sent_batch(finance, second, fund, [order(approver, fund, 30)])
    actions.prepare_batch(finance, fund=fund, orders=[order(approver, fund, 40)], day=DAY)
    actions.hand_down(
        finance, giver=fund, organisation=tree.township, amount_fen=50, day=DAY, document_no="拨", key="1"
    )
    refusal = refused(lambda: actions.prepare_closing(next_year(finance), fund=fund, year=2026))
    assert refusal.code == "ledger_yearclosing_blocked"
    for part in ("0.30", "0.50", "1"):
        assert part in str(refusal)
    too_early = refused(lambda: actions.prepare_closing(finance, fund=fund_with(finance, 5), year=2026))
    assert "2026" in str(too_early)


def test_another_person_closes_what_was_shown(finance, second, fund):
    statement = actions.prepare_closing(next_year(finance), fund=fund, year=2026)
    same = refused(lambda: actions.close_year(next_year(finance), statement, shown=statement.digest))
    assert same.code == "ledger_yearclosing_by_another"
    actions.receive(finance, fund=fund, amount_fen=5, day=DAY, document_no="迟到", key="late")
    changed = refused(lambda: actions.close_year(next_year(second), statement, shown=statement.digest))
    assert changed.code == "ledger_statement_changed"
    neighbour = acting_as(Role.AUDITOR, finance.organisation)
    assert refused(lambda: close(neighbour, second, fund)).code == "ledger_not_your_role"
    assert accounts.cash(close(finance, second, fund).successor).balance == 1_005


def test_a_payment_that_comes_back_after_the_year_is_corrected_in_the_open_one(finance, second, approver, fund):
    batch = sent_batch(finance, second, fund, [order(approver, fund, 100)])
    actions.import_result(finance, batch, content=result_csv(batch), day=DAY)
    close(finance, second, fund)
    before = ending(fund, 2026)
    late = refused(lambda: actions.take_back(finance, batch.lines.get(), day=DAY, reason="退票"))
    assert late.code == "ledger_transfer_in_open_year"
    actions.take_back(next_year(finance), batch.lines.get(), day=NEXT_YEAR, reason="退票")
    assert ending(fund, 2026) == before
    assert accounts.committed(fund, LIVING).balance == 100
