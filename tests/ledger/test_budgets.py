"""A year's budget: planned, approved by another as shown, supplemented, and set beside what happened."""

import pytest

from chunyu.accounts.refusal import Refusal
from chunyu.ledger import actions
from chunyu.ledger.budgets import digest, execution
from tests.ledger.situations import DAY, LIVING, MEDICAL, fund_with, order, result_csv, sent_batch

PLAN = {("central_fiscal", "living"): 500, ("county_union", "medical"): 200}


def prepare(acting, lines=PLAN, over="refuse", **more):
    told = {"year": 2026, "title": "2026年帮扶预算", "document_no": "县工发〔2026〕2号"} | more
    return actions.prepare_budget(acting, organisation=acting.organisation, over=over, lines=lines, **told)


def approved(finance, second, **more):
    made = prepare(finance, **more)
    return actions.approve_budget(second, made, shown=digest(made))


def code_of(act) -> str:
    with pytest.raises(Refusal) as refused:
        act()
    return refused.value.code


def test_another_person_approves_what_was_shown(finance, second):
    made = prepare(finance)
    shown = digest(made)
    assert code_of(lambda: actions.approve_budget(finance, made, shown=shown)) == "ledger_budget_approved_by_another"
    actions.change_budget(finance, made, PLAN | {("donation", "goods"): 5})
    assert code_of(lambda: actions.approve_budget(second, made, shown=shown)) == "ledger_budget_changed"
    actions.approve_budget(second, made, shown=digest(made))
    made.refresh_from_db()
    assert code_of(lambda: actions.change_budget(finance, made, PLAN)) == "ledger_budget_lines_until_approved"
    assert code_of(lambda: actions.withdraw_budget(finance, made)) == "ledger_budget_lines_until_approved"


def test_orders_stop_at_the_plan_until_a_supplement(finance, second, approver):
    approved(finance, second)
    fund = fund_with(finance, 10_000, LIVING, MEDICAL)
    order(approver, fund, 400)
    assert code_of(lambda: order(approver, fund, 101)) == "ledger_order_within_budget"
    assert code_of(lambda: order(approver, fund, 1, programme=MEDICAL)) == "ledger_order_within_budget"
    order(approver, fund, 100)
    approved(finance, second, lines={("central_fiscal", "living"): 50}, title="追加")
    order(approver, fund, 50)
    union = fund_with(finance, 1_000, source="county_union")
    assert code_of(lambda: order(approver, fund, 60, also=[(union, 60 - 1)])) in (
        "ledger_order_within_budget", "ledger_part_within_budget",
    )  # fmt: skip


def test_a_budget_that_warns_lets_orders_pass_and_shows_them(finance, second, approver):
    approved(finance, second, over="warn")
    fund = fund_with(finance, 10_000, LIVING)
    paid = order(approver, fund, 600)
    order(approver, fund, 50)
    batch = sent_batch(finance, second, fund, [paid])
    actions.import_result(finance, batch, content=result_csv(batch), day=DAY)
    central, union = execution(finance.organisation, 2026)
    [living] = central.uses
    assert (living.planned_fen, living.committed_fen, living.paid_fen, living.over) == (500, 50, 600, True)
    assert (central.brought_in_fen, central.handed_down_fen, central.free_fen) == (10_000, 0, 9_350)
    assert (union.planned_fen, union.paid_fen, union.brought_in_fen) == (200, 0, 0)


def test_what_is_handed_down_stands_apart_from_what_came_in(finance, second, tree):
    fund = fund_with(finance, 1_000, LIVING)
    actions.hand_down(
        finance, giver=fund, organisation=tree.township, amount_fen=300, day=DAY, document_no="拨", key="1"
    )
    [central] = execution(finance.organisation, 2026)
    assert (central.brought_in_fen, central.handed_down_fen, central.free_fen) == (1_000, 300, 700)


def test_a_supplement_takes_away_no_more_than_was_planned(finance, second):
    approved(finance, second)
    over = prepare(finance, lines={("central_fiscal", "living"): -501})
    assert (
        code_of(lambda: actions.approve_budget(second, over, shown=digest(over))) == "ledger_budget_not_below_nothing"
    )
    assert code_of(lambda: prepare(finance)) == "ledger_budget_in_its_order"


def test_a_line_that_the_matrix_forbids_is_not_planned(finance):
    forbidden = {("central_fiscal", "office"): 5}
    assert code_of(lambda: prepare(finance, lines=forbidden)) == "ledger_earmark_in_the_matrix"
