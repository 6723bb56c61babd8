"""The sums that the database keeps of money: they follow every way of it, and tell the same as the rows behind them."""

from datetime import date

import pytest
from django.db import connection, transaction
from django.urls import reverse

from chunyu.ledger import accounts, actions, checking, posting, queries
from chunyu.ledger.models import BatchLine, FundSum, Leg, PaidSum, Reached, Reason
from chunyu.ledger.posting import move
from chunyu.ledger.statements import fund_statement, moved_fen
from tests.ledger.situations import DAY, LIVING, MEDICAL, fund_with, household, order, result_csv, sent_batch

DECEMBER, NEW_YEAR = date(2026, 12, 31), date(2027, 1, 4)


def paid(finance, second, fund, orders, day=DAY):
    batch = sent_batch(finance, second, fund, orders)
    actions.import_result(finance, batch, content=result_csv(batch), day=day)
    return batch


def test_sums_follow_money_through_all_it_can_meet(finance, second, approver):
    """Paid, bounced, taken back in another month, from several funds, reversed: nothing is ever out of step."""
    fund, other = fund_with(finance, 10_000, LIVING), fund_with(finance, 10_000, source="county_union")
    home = household(finance.organisation)
    batch = sent_batch(
        finance,
        second,
        fund,
        [
            order(approver, fund, 100, home=home),
            order(approver, fund, 40, also=[(other, 10)]),
            order(approver, fund, 7),
        ],
    )
    first, mixed, bounced = batch.lines.order_by("line_no")
    actions.import_result(finance, batch, content=result_csv(batch, {bounced.line_key: "户名不符"}), day=DECEMBER)
    assert checking.sums_out_of_step() == ()
    assert Reached.objects.filter(household=home).values_list("year", "payments").get() == (2026, 1)
    assert sorted(PaidSum.objects.values_list("fund", "payments", "fen")) == [(fund.pk, 2, 130), (other.pk, 1, 10)]

    actions.take_back(finance, BatchLine.objects.get(pk=first.pk), day=NEW_YEAR, reason="账户已销户")
    actions.take_back(finance, BatchLine.objects.get(pk=mixed.pk), day=NEW_YEAR, reason="账户已销户")
    assert not Reached.objects.exists(), "nobody was reached after all"
    assert checking.soundness().holds
    assert {fund_statement(each).adds_up for each in (fund, other)} == {True}
    assert fund_statement(fund).paid_fen == 0


def test_sums_are_what_was_committed(finance):
    """What is rolled back leaves no trace in them, and a repeated key adds nothing."""
    fund = fund_with(finance, 500)
    before = sorted(FundSum.objects.values_list("kind", "reason", "debit", "credit"))
    cash, spent = accounts.of(fund, accounts.CASH, accounts.SPENT)
    spend = move("s", Reason.SPENDING, DAY, out_of=cash, into=spent, quantity=5)
    with transaction.atomic():
        posting.post(finance, [spend])
        assert FundSum.objects.filter(kind="spent").exists()
        transaction.set_rollback(True)
    assert sorted(FundSum.objects.values_list("kind", "reason", "debit", "credit")) == before
    for _ in range(2):
        with transaction.atomic():
            posting.post(finance, [spend])
    assert FundSum.objects.get(kind="spent").debit == 5
    assert checking.soundness().holds


def test_sums_tell_the_same_as_the_rows_whatever_is_asked(finance, second, approver, tree):
    """Every period and breakdown of the kept sums against the same question over the payments one by one."""
    fund, gifts = fund_with(finance, 10_000), fund_with(finance, 10_000, source="donation", name="爱心捐赠")
    home, other = household(tree.federation), household(tree.federation)
    case = {"home": home, "reference": "帮扶〔2026〕甲号"}
    paid(finance, second, fund, [order(approver, fund, 100, **case), order(approver, fund, 50, home=other)])
    paid(finance, second, fund, [order(approver, fund, 30, instalment=2, **case)], day=DECEMBER)
    paid(finance, second, gifts, [order(approver, gifts, 7, home=home, programme=MEDICAL)], day=NEW_YEAR)
    periods = [(None, None), (date(2026, 12, 1), None), (date(2026, 1, 1), DECEMBER), (None, date(2026, 11, 30)),
               (date(2026, 11, 24), None), (date(2027, 1, 1), date(2027, 1, 31))]  # fmt: skip
    everyone = type(home).objects.values("pk")  # a group in which everybody is: asks the rows
    for start, end in periods:
        assert queries.money_by_source_and_programme(tree.path, start, end) == queries.money_by_source_and_programme(
            tree.path, start, end, everyone
        ), (start, end)
        for dimension in queries.DIMENSIONS:
            assert queries.paid_by(tree.path, dimension, start, end) == queries.paid_by(
                tree.path, dimension, start, end, everyone
            ), (dimension, start, end)
    [living, medical] = queries.money_by_source_and_programme(tree.path)
    assert (living.households, living.payments, medical.households) == (2, 3, 1)


@pytest.mark.parametrize(
    "asked", [{}, {"money": "in"}, {"money": "down"}, {"kind": "cash"}, {"reason": "payment"}, {"kind": "committed"}]
)
def test_the_journal_says_the_sum_of_its_rows(client, finance, second, approver, asked):
    fund = fund_with(finance, 1_000)
    paid(finance, second, fund, [order(approver, fund, 100)])
    actions.give_back(finance, fund=fund, amount_fen=30, day=DAY, document_no="退", key="k")
    client.force_login(finance.post.user)
    page = client.get(reverse("ledger:movements"), {"fund": fund.pk} | asked).context["page"]
    rows = list(page.found)
    assert page.total_fen() == sum(row.signed_fen for row in rows)
    assert [row.pk for row in page.sheet] == sorted((row.pk for row in rows), reverse=True)
    assert moved_fen([fund.pk]) == 0


def test_the_journal_of_several_funds_is_one_list(client, finance, monkeypatch):
    """Fund by fund or all at once: the same pages."""
    for each in range(3):
        fund_with(finance, 100 + each)
    client.force_login(finance.post.user)
    shown = []
    for most in (60, 0):
        monkeypatch.setattr("chunyu.ledger.pages.reading.MOST_RANGES", most)
        page = client.get(reverse("ledger:movements")).context["page"]
        shown.append(([row.pk for row in page.sheet], page.count_sentence))
    assert shown[0] == shown[1]
    assert len(shown[0][0]) == Leg.objects.count() == 6


def test_a_leg_says_the_fund_of_its_account_whatever_was_sent(finance):
    fund, other = fund_with(finance, 100), fund_with(finance, 100)
    cash, spent = accounts.of(fund, accounts.CASH, accounts.SPENT)
    with transaction.atomic():
        [made] = posting.post(finance, [move("m", Reason.SPENDING, DAY, out_of=cash, into=spent, quantity=1)])
    assert set(made.legs.values_list("fund", flat=True)) == {fund.pk}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_transfer (id, key, digest, reason, programme, reference, day, posted_at, by_id, note,"
            " leg_count) VALUES (gen_random_uuid(), 'raw', 'x', 'spending', '', '', %s, now(), %s, '', 2) RETURNING id",
            [DAY, finance.post.pk],
        )
        [key] = cursor.fetchone()
        for position, (account, side) in enumerate(((spent, "debit"), (cash, "credit")), start=1):
            cursor.execute(
                "INSERT INTO ledger_leg (transfer_id, position, account_id, side, quantity, fund_id)"
                " VALUES (%s, %s, %s, %s, 2, %s)",
                [key, position, account.pk, side, other.pk],
            )
    assert set(Leg.objects.filter(transfer=key).values_list("fund", flat=True)) == {fund.pk}
    assert checking.soundness().holds


def test_a_sum_that_was_tampered_with_is_found_and_made_anew(finance, second, approver):
    """A check that could not fail would be none."""
    fund = fund_with(finance, 1_000)
    paid(finance, second, fund, [order(approver, fund, 100)])
    damage = {
        "ledger_fundsum": "UPDATE ledger_fundsum SET debit = debit + 1 WHERE kind = 'household'",
        "ledger_paidsum": "UPDATE ledger_paidsum SET payments = payments + 1",
        "ledger_reached": "DELETE FROM ledger_reached",
        "ledger_leg": "UPDATE ledger_leg SET fund_id = NULL",
    }
    for table, statement in damage.items():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            cursor.execute(statement)
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        if table == "ledger_fundsum":
            assert not queries.two_ways(finance.path).agree, "the page of totals says so too"
    assert checking.sums_out_of_step() == tuple(damage)
    assert not checking.soundness().holds
    checking.make_sums_anew()
    assert checking.sums_out_of_step() == ("ledger_leg",)
