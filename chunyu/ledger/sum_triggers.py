"""How the database keeps its sums of money: from new legs, and from lines of batches that were paid or taken back.

A sum is locked after the accounts or the lines that it follows, by whoever holds those already. So nobody waits for a
sum who would not have waited for the account: see decision 86. Each lookup is a LATERAL of one row: a plan that a large
batch left behind would otherwise read whole tables for a single payment.
"""

# ruff: noqa: S608 - statements put together from constants of this file, before any value from outside exists

from __future__ import annotations

import pgtrigger

from chunyu.federation.triggers import refuse


def _follows(rule: str, words: str) -> pgtrigger.Trigger:
    """Rows that only other triggers write: at depth 0 somebody writes them with a statement of their own."""
    return pgtrigger.Trigger(
        name=rule,
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        condition=pgtrigger.Condition("pg_trigger_depth() < 1"),
        func=refuse(rule, words),
    )


FUND_SUM_FOLLOWS = _follows("ledger_fundsum_follows_legs", "what a fund moved is summed from its legs only")
PAID_SUM_FOLLOWS = _follows("ledger_paidsum_follows_lines", "what was paid is summed from the lines only")
REACHED_FOLLOWS = _follows("ledger_reached_follows_lines", "who was reached is told by the lines only")

FUND_SUM = ("fund_id", "month", "kind", "programme", "reason")
PAID_SUM = ("organisation_id", "month", "fund_id", "programme", "use")
REACHED = ("organisation_id", "year", "source", "programme", "household_id")


def moved(legs: str) -> str:
    """The sums of a relation of legs."""
    return f"""
        SELECT leg.fund_id, date_trunc('month', transfer.day)::date AS month, account.kind, account.programme,
            transfer.reason, coalesce(sum(leg.quantity) FILTER (WHERE leg.side = 'debit'), 0)::bigint AS debit,
            coalesce(sum(leg.quantity) FILTER (WHERE leg.side = 'credit'), 0)::bigint AS credit
        FROM {legs} AS leg
        CROSS JOIN LATERAL (SELECT kind, programme FROM ledger_account WHERE id = leg.account_id LIMIT 1) AS account
        CROSS JOIN LATERAL (SELECT day, reason FROM ledger_transfer WHERE id = leg.transfer_id LIMIT 1) AS transfer
        WHERE leg.fund_id IS NOT NULL GROUP BY 1, 2, 3, 4, 5
    """


def _added(table: str, key: tuple[str, ...], numbers: tuple[str, ...], rows: str) -> str:
    """Rows of numbers added to what is kept, in the order of the keys so that nobody waits in a circle."""
    more = ", ".join(f"{name} = kept.{name} + excluded.{name}" for name in numbers)
    return f"""
        INSERT INTO {table} AS kept ({", ".join((*key, *numbers))}) {rows} ORDER BY {", ".join(key)}
        ON CONFLICT ({", ".join(key)}) DO UPDATE SET {more}
    """


ADD_MOVED = _added("ledger_fundsum", FUND_SUM, ("debit", "credit"), moved("new_legs")) + ";"


def paid(lines: str) -> str:
    """Each payment behind lines (order_id, settled_on, amount_fen, sign), one row for each fund that gave to it."""
    return f"""
        SELECT orders.organisation_id, orders.household_id, orders.programme, orders.use, line.settled_on,
            share.fund_id, fund.source, line.sign AS payments, line.sign * share.fen AS fen
        FROM {lines} AS line
        CROSS JOIN LATERAL (SELECT * FROM ledger_paymentorder WHERE id = line.order_id LIMIT 1) AS orders
        CROSS JOIN LATERAL (
            SELECT orders.fund_id, line.amount_fen AS fen WHERE NOT orders.mixed
            UNION ALL
            SELECT part.fund_id, part.amount_fen FROM ledger_orderpart AS part
            WHERE orders.mixed AND part.order_id = orders.id
        ) AS share
        CROSS JOIN LATERAL (SELECT source FROM ledger_fund WHERE id = share.fund_id LIMIT 1) AS fund
    """


BY_MONTH = """
    SELECT organisation_id, date_trunc('month', settled_on)::date AS month, fund_id, programme, use,
        sum(payments)::integer AS payments, sum(fen)::bigint AS fen
    FROM paid GROUP BY 1, 2, 3, 4, 5 HAVING sum(payments) <> 0 OR sum(fen) <> 0
"""
BY_HOUSEHOLD = """
    SELECT organisation_id, extract(year FROM settled_on)::smallint AS year, source, programme, household_id,
        sum(payments)::integer AS payments
    FROM paid GROUP BY 1, 2, 3, 4, 5 HAVING sum(payments) <> 0
"""
_TURNED = """(
    SELECT order_id, settled_on, amount_fen, 1 AS sign FROM new_lines WHERE outcome = 'paid'
    UNION ALL
    SELECT order_id, settled_on, amount_fen, -1 FROM old_lines WHERE outcome = 'paid'
)"""

LINES_MOVE_SUMS = pgtrigger.Trigger(
    name="ledger_lines_move_sums",
    level=pgtrigger.Statement,
    when=pgtrigger.After,
    operation=pgtrigger.Update,
    referencing=pgtrigger.Referencing(old="old_lines", new="new_lines"),
    declare=[("undone", "boolean")],
    func=f"""
        SELECT EXISTS (SELECT FROM old_lines WHERE outcome = 'paid') INTO undone;
        IF NOT undone AND NOT EXISTS (SELECT FROM new_lines WHERE outcome = 'paid') THEN
            RETURN NULL;
        END IF;
        WITH paid AS MATERIALIZED ({paid(_TURNED)}),
        by_month AS ({_added("ledger_paidsum", PAID_SUM, ("payments", "fen"), BY_MONTH)})
        {_added("ledger_reached", REACHED, ("payments",), BY_HOUSEHOLD)};
        IF undone THEN
            DELETE FROM ledger_reached WHERE payments = 0 AND household_id IN (
                SELECT orders.household_id FROM old_lines AS line
                JOIN ledger_paymentorder AS orders ON orders.id = line.order_id
            );
        END IF;
        RETURN NULL;
    """,
)
