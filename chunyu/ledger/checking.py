"""Asking the books whether they are sound: plain SQL over the tables, apart from everything that writes them."""

# ruff: noqa: S608 - statements put together from constants of this file

from __future__ import annotations

from dataclasses import dataclass

import pgtrigger
from django.db import connection, transaction

from chunyu.ledger.process import MONEY_STANDS
from chunyu.ledger.triggers import signed

DRIFTED = f"""
    SELECT account.id, account.balance, coalesce(sum({signed("leg")}), 0)
    FROM ledger_account AS account LEFT JOIN ledger_leg AS leg ON leg.account_id = account.id
    GROUP BY account.id HAVING account.balance <> coalesce(sum({signed("leg")}), 0)
    ORDER BY account.id
"""
UNBALANCED = f"""
    SELECT leg.transfer_id::text, account.commodity_id, sum({signed("leg")})
    FROM ledger_leg AS leg JOIN ledger_account AS account ON account.id = leg.account_id
    GROUP BY 1, 2 HAVING sum({signed("leg")}) <> 0
    ORDER BY 1
"""
INCOMPLETE = """
    SELECT transfer.id::text FROM ledger_transfer AS transfer
    WHERE (SELECT count(*) FROM ledger_leg WHERE transfer_id = transfer.id) <> transfer.leg_count
"""
# What the database keeps as sums (decision 86), made anew from the rows behind them: table, key, numbers, and how.
_PAID = """(
    SELECT orders.organisation_id, orders.household_id, orders.programme, orders.use, line.settled_on,
        coalesce(part.fund_id, orders.fund_id) AS fund_id, coalesce(part.amount_fen, line.amount_fen) AS fen
    FROM ledger_batchline AS line JOIN ledger_paymentorder AS orders ON orders.id = line.order_id
    LEFT JOIN ledger_orderpart AS part ON part.order_id = orders.id AND orders.mixed
    WHERE line.outcome = 'paid'
) AS paid JOIN ledger_fund AS fund ON fund.id = paid.fund_id"""
SUMS = {
    ("ledger_fundsum", "fund_id, month, kind, programme, reason", "debit, credit"): """
        SELECT account.fund_id, date_trunc('month', transfer.day)::date, account.kind, account.programme,
            transfer.reason, coalesce(sum(leg.quantity) FILTER (WHERE leg.side = 'debit'), 0),
            coalesce(sum(leg.quantity) FILTER (WHERE leg.side = 'credit'), 0)
        FROM ledger_leg AS leg JOIN ledger_account AS account ON account.id = leg.account_id
        JOIN ledger_transfer AS transfer ON transfer.id = leg.transfer_id
        WHERE account.fund_id IS NOT NULL GROUP BY 1, 2, 3, 4, 5
    """,
    ("ledger_paidsum", "organisation_id, month, fund_id, programme, use", "payments, fen"): f"""
        SELECT paid.organisation_id, date_trunc('month', settled_on)::date, fund_id, programme, use, count(*), sum(fen)
        FROM {_PAID} GROUP BY 1, 2, 3, 4, 5
    """,
    ("ledger_reached", "organisation_id, year, source, programme, household_id", "payments"): f"""
        SELECT paid.organisation_id, extract(year FROM settled_on), fund.source, programme, household_id, count(*)
        FROM {_PAID} GROUP BY 1, 2, 3, 4, 5
    """,
}  # fmt: skip
_STRAY = """
    SELECT 'ledger_leg' FROM ledger_leg AS leg JOIN ledger_account AS account ON account.id = leg.account_id
    WHERE leg.fund_id IS DISTINCT FROM account.fund_id LIMIT 1
"""
BELOW_FLOOR = "SELECT id FROM ledger_account WHERE balance < floor"


@dataclass(frozen=True)
class Soundness:
    """What is wrong with the books, by key; empty everywhere when nothing is."""

    drifted: tuple[int, ...]
    unbalanced: tuple[str, ...]
    incomplete: tuple[str, ...]
    below_floor: tuple[int, ...]
    sums: tuple[str, ...]

    @property
    def holds(self) -> bool:
        return not (self.drifted or self.unbalanced or self.incomplete or self.below_floor or self.sums)


def soundness() -> Soundness:
    """Every balance against the sum of its legs, every transfer against zero, and every sum that is kept."""
    with connection.cursor() as cursor:
        columns = []
        for query in (DRIFTED, UNBALANCED, INCOMPLETE, BELOW_FLOOR):
            cursor.execute(query)
            columns.append(tuple(row[0] for row in cursor.fetchall()))
    return Soundness(*columns, sums=sums_out_of_step())


def sums_out_of_step() -> tuple[str, ...]:
    """The tables of sums in which a row is not what the rows behind it come to; `ledger_leg` where one names another
    fund than its account's."""
    wrong = []
    with connection.cursor() as cursor:
        for (table, key, numbers), anew in SUMS.items():
            kept = f"SELECT {key}, {numbers} FROM {table} WHERE ({numbers}) IS DISTINCT FROM ({_noughts(numbers)})"
            cursor.execute(f"({kept} EXCEPT ALL {anew}) UNION ALL ({anew} EXCEPT ALL {kept}) LIMIT 1")
            if cursor.fetchone():
                wrong.append(table)
        cursor.execute(_STRAY)
        return (*wrong, *(row[0] for row in cursor.fetchall()))


def _noughts(numbers: str) -> str:
    return ", ".join("0" for _ in numbers.split(","))


def make_sums_anew() -> None:
    """Write every sum from the rows behind it: after legs or lines were written past the triggers, as a load does."""
    with pgtrigger.ignore(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE ledger_leg, ledger_batchline IN SHARE MODE")
        for (table, key, numbers), anew in SUMS.items():
            cursor.execute(f"DELETE FROM {table}; INSERT INTO {table} ({key}, {numbers}) {anew}")


def orders_out_of_step() -> tuple[tuple[int, str, str], ...]:
    """Accounts (fund, kind, programme) whose balance is not the sum of the orders that their states put there."""
    stands = ", ".join(f"('{state}', '{kind}')" for state, kind in sorted(MONEY_STANDS.items()))
    query = f"""
        WITH shares AS (
            SELECT fund_id, programme, status, amount_fen FROM ledger_paymentorder WHERE NOT mixed
            UNION ALL
            SELECT part.fund_id, orders.programme, orders.status, part.amount_fen
            FROM ledger_orderpart AS part JOIN ledger_paymentorder AS orders ON orders.id = part.order_id
        ), ordered AS (
            SELECT shares.fund_id, stands.kind, shares.programme, sum(shares.amount_fen) AS fen
            FROM shares JOIN (VALUES {stands}) AS stands (state, kind) ON stands.state = shares.status
            GROUP BY 1, 2, 3
        ), booked AS (
            SELECT fund_id, kind, programme, sum(balance) AS fen FROM ledger_account
            WHERE kind IN ('committed', 'in_transit', 'household') AND fund_id IS NOT NULL GROUP BY 1, 2, 3
        )
        SELECT fund_id, kind, programme FROM ordered FULL JOIN booked USING (fund_id, kind, programme)
        WHERE coalesce(ordered.fen, 0) <> coalesce(booked.fen, 0) ORDER BY 1, 2, 3
    """
    with connection.cursor() as cursor:
        cursor.execute(query)
        return tuple(cursor.fetchall())


def levels_out_of_step() -> tuple[int, ...]:
    """Funds where what is on its way from the level above is not what the allocations say."""
    query = """
        WITH given AS (
            SELECT taker_id AS fund_id, sum(amount_fen) AS fen FROM ledger_allocation AS allocation
            WHERE NOT EXISTS (SELECT 1 FROM ledger_allocationstep WHERE allocation_id = allocation.id) GROUP BY 1
        ), booked AS (
            SELECT fund_id, sum(balance) AS fen FROM ledger_account WHERE kind = 'arriving' GROUP BY 1
        )
        SELECT fund_id FROM given FULL JOIN booked USING (fund_id)
        WHERE coalesce(given.fen, 0) <> coalesce(booked.fen, 0) ORDER BY 1
    """
    with connection.cursor() as cursor:
        cursor.execute(query)
        return tuple(row[0] for row in cursor.fetchall())


def ways_that_differ() -> tuple[tuple[str, str, str], ...]:
    """Where money by source is not money by household: (source, programme, household) whose paid lines and parts do not
    sum to what the household's accounts received."""
    query = """
        WITH told AS (
            SELECT coalesce(part.fund_id, orders.fund_id) AS fund_id, orders.programme, orders.household_id,
                coalesce(part.amount_fen, line.amount_fen) AS fen
            FROM ledger_batchline AS line JOIN ledger_paymentorder AS orders ON orders.id = line.order_id
            LEFT JOIN ledger_orderpart AS part ON part.order_id = orders.id
            WHERE line.outcome = 'paid'
        ), by_source AS (
            SELECT fund.source, told.programme, told.household_id, sum(told.fen) AS fen
            FROM told JOIN ledger_fund AS fund ON fund.id = told.fund_id GROUP BY 1, 2, 3
        ), by_household AS (
            SELECT fund.source, account.programme, account.household_id, sum(account.balance) AS fen
            FROM ledger_account AS account JOIN ledger_fund AS fund ON fund.id = account.fund_id
            WHERE account.kind = 'household' GROUP BY 1, 2, 3
        )
        SELECT source, programme, household_id::text
        FROM by_source FULL JOIN by_household USING (source, programme, household_id)
        WHERE coalesce(by_source.fen, 0) <> coalesce(by_household.fen, 0) ORDER BY 1, 2, 3
    """
    with connection.cursor() as cursor:
        cursor.execute(query)
        return tuple(cursor.fetchall())
