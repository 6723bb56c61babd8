"""Following the money: what the leader, the auditor and the caseworker read."""

from datetime import date

from chunyu.accounts.roles import Role
from chunyu.ledger import actions, queries, traces
from chunyu.ledger.statements import fund_statement
from tests.ledger.situations import (
    DAY,
    LIVING,
    MEDICAL,
    OTHER_CARD,
    acting_as,
    fund_with,
    household,
    order,
    result_csv,
    sent_batch,
)
from tests.situations import county


def pay(finance, second, fund, orders, **bounced):
    batch = sent_batch(finance, second, fund, orders)
    reasons = {line.line_key: "户名不符" for line in batch.lines.all() if line.order_id in bounced.get("bounced", ())}
    actions.import_result(finance, batch, content=result_csv(batch, reasons), day=DAY)
    batch.refresh_from_db()
    return batch


def test_a_funds_statement_adds_up_at_every_stage(finance, second, approver):
    fund = fund_with(finance, 10_000, LIVING, MEDICAL)
    statements = [fund_statement(fund)]
    orders = [order(approver, fund, 100), order(approver, fund, 200, programme=MEDICAL), order(approver, fund, 400)]
    statements.append(fund_statement(fund))
    batch = sent_batch(finance, second, fund, orders[:2])
    statements.append(fund_statement(fund))
    actions.import_result(finance, batch, content=result_csv(batch), day=DAY)
    actions.give_back(finance, fund=fund, amount_fen=1_000, day=DAY, document_no="退", key="k")
    statements.append(fund_statement(fund))
    assert all(each.adds_up for each in statements)
    shown = [(s.brought_in_fen, s.free_fen, s.committed_fen, s.in_transit_fen, s.paid_fen) for s in statements]
    assert shown == [
        (10_000, 10_000, 0, 0, 0),
        (10_000, 9_300, 700, 0, 0),
        (10_000, 9_300, 400, 300, 0),
        (9_000, 8_300, 400, 0, 300),
    ]
    living, medical = statements[-1].by_programme
    assert (living.label, living.committed_fen, living.paid_fen) == ("生活救助", 400, 100)
    assert (medical.label, medical.paid_fen, medical.total_fen) == ("医疗救助", 200, 200)
    [month] = statements[-1].by_month
    assert (month.month, month.brought_in_fen, month.set_aside_fen, month.paid_fen) == (
        date(2026, 11, 1), 9_000, 700, 300,
    )  # fmt: skip


def test_money_by_source_equals_money_by_household(finance, second, approver, tree):
    central = fund_with(finance, 10_000)
    gifts = fund_with(finance, 10_000, source="donation", name="爱心捐赠")
    home, other = household(tree.federation), household(tree.federation)
    pay(finance, second, central, [order(approver, central, 100, home=home), order(approver, central, 50, home=other)])
    pay(finance, second, gifts, [order(approver, gifts, 7, home=home, programme=MEDICAL)])
    lines = queries.money_by_source_and_programme(tree.path)
    assert [(x.source, x.programme, x.households, x.payments, x.fen) for x in lines] == [
        ("central_fiscal", LIVING, 2, 2, 150),
        ("donation", MEDICAL, 1, 1, 7),
    ]
    assert sum(line.fen for line in lines) == sum(traces.household_ledger(each).paid_fen for each in (home, other))
    for line in lines:
        rows = queries.payments(tree.path).filter(order__fund__source=line.source, order__programme=line.programme)
        assert sum(row.amount_fen for row in rows) == line.fen
    assert queries.money_by_source_and_programme(tree.path, end=date(2026, 11, 22)) == []
    assert queries.money_by_source_and_programme(county("青禾县").path) == []
    assert len(queries.money_by_source_and_programme(tree.province.path)) == 2


def test_a_household_has_one_ledger_over_all_programmes_and_levels(finance, second, approver, tree):
    upper = acting_as(Role.FINANCE_OFFICER, tree.province)
    upper_second = acting_as(Role.FINANCE_OFFICER, tree.province)
    home = household(tree.federation)
    own, province = fund_with(finance, 10_000), fund_with(upper, 10_000, source="provincial_union")
    pay(finance, second, own, [order(approver, own, 100, home=home)])
    pay(upper, upper_second, province, [order(approver, province, 30, home=home, programme=MEDICAL)])
    order(approver, own, 9, home=home)
    ledger = traces.household_ledger(home)
    assert (ledger.paid_fen, ledger.promised_fen) == (130, 9)
    assert ledger.by_programme == ((LIVING, "生活救助", 100), (MEDICAL, "医疗救助", 30))
    assert len(ledger.orders) == 3


def test_a_yuan_is_traced_there_and_back(finance, second, approver):
    fund = fund_with(finance, 10_000)
    paid = order(approver, fund, 100)
    pay(finance, second, fund, [paid], bounced={paid.pk})
    paid.refresh_from_db()
    actions.reissue(finance, paid, card_number=OTHER_CARD, bank_name="")
    last = pay(finance, second, fund, [paid])
    trace = list(traces.trace_of_order(paid))
    assert [step.reason for step in trace] == ["reservation", "sending", "bounce", "sending", "payment"]
    # And back: from what the household received to the batch, the fund and its source.
    account = paid.household.accounts.get()
    [leg] = account.legs.all()
    line = paid.lines.get(line_key=leg.transfer.reference)
    assert line.batch == last
    assert line.batch.fund == fund == account.fund


def test_a_batch_is_reconciled_with_the_books(finance, second, approver):
    fund = fund_with(finance, 10_000)
    batch = sent_batch(finance, second, fund, [order(approver, fund, n) for n in (100, 200, 400)])
    one, two, _ = batch.lines.all()
    content = result_csv(batch, {two.line_key: "户名不符"}, only={one.line_key, two.line_key})
    actions.import_result(finance, batch, content=content, day=DAY)
    summary = queries.reconciliation(batch)
    assert (summary.sent_fen, summary.paid_fen, summary.returned_fen, summary.waiting_fen) == (700, 100, 200, 400)
    assert summary.agrees


def test_funds_that_can_pay_a_decision(finance, tree):
    upper = acting_as(Role.FINANCE_OFFICER, tree.province)
    fund_with(finance, 900, MEDICAL)
    own = fund_with(finance, 100, LIVING, MEDICAL)
    anything = fund_with(upper, 200, source="provincial_union")
    fund_with(acting_as(Role.FINANCE_OFFICER, county("青禾县").federation), 500)
    fitting = queries.funds_serving(tree.federation, LIVING)
    assert [(each.pk, each.free_fen) for each in fitting] == [(anything.pk, 200), (own.pk, 100)]


def test_the_list_of_funds_shows_where_the_money_stands(finance, second, approver, tree):
    fund = fund_with(finance, 10_000)
    order(approver, fund, 30)
    pay(finance, second, fund, [order(approver, fund, 100)])
    [row] = queries.funds(tree.path)
    assert (row.free_fen, row.committed_fen, row.in_transit_fen, row.paid_fen, row.total_fen) == (
        9_870, 30, 0, 100, 10_000,
    )  # fmt: skip
