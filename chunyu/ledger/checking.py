"""Asking the books whether they are sound: plain SQL over the tables, apart from everything that writes them."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from chunyu.ledger.process import MONEY_STANDS
from chunyu.ledger.triggers import signed

DRIFTED = f"""
    SELECT account.id, account.balance, coalesce(sum({signed("leg")}), 0)
    FROM ledger_account AS account LEFT JOIN ledger_leg AS leg ON leg.account_id = account.id
    GROUP BY account.id HAVING account.balance <> coalesce(sum({signed("leg")}), 0)
    ORDER BY account.id
"""  # noqa: S608 - a constant expression, no value from outside
UNBALANCED = f"""
    SELECT leg.transfer_id::text, account.commodity_id, sum({signed("leg")})
    FROM ledger_leg AS leg JOIN ledger_account AS account ON account.id = leg.account_id
    GROUP BY 1, 2 HAVING sum({signed("leg")}) <> 0
    ORDER BY 1
"""  # noqa: S608 - as above
INCOMPLETE = """
    SELECT transfer.id::text FROM ledger_transfer AS transfer
    WHERE (SELECT count(*) FROM ledger_leg WHERE transfer_id = transfer.id) <> transfer.leg_count
"""
BELOW_FLOOR = "SELECT id FROM ledger_account WHERE balance < floor"


@dataclass(frozen=True)
class Soundness:
    """What is wrong with the books, by key; empty everywhere when nothing is."""

    drifted: tuple[int, ...]
    unbalanced: tuple[str, ...]
    incomplete: tuple[str, ...]
    below_floor: tuple[int, ...]

    @property
    def holds(self) -> bool:
        return not (self.drifted or self.unbalanced or self.incomplete or self.below_floor)


def soundness() -> Soundness:
    """Every balance against the sum of its legs, every transfer against zero."""
    with connection.cursor() as cursor:
        columns = []
        for query in (DRIFTED, UNBALANCED, INCOMPLETE, BELOW_FLOOR):
            cursor.execute(query)
            columns.append(tuple(row[0] for row in cursor.fetchall()))
    return Soundness(*columns)


def orders_out_of_step() -> tuple[tuple[int, str, str], ...]:
    """Accounts (fund, kind, programme) whose balance is not the sum of the orders that their states put there."""
    stands = ", ".join(f"('{state}', '{kind}')" for state, kind in sorted(MONEY_STANDS.items()))
    query = f"""
        WITH ordered AS (
            SELECT orders.fund_id, stands.kind, orders.programme, sum(orders.amount_fen) AS fen
            FROM ledger_paymentorder AS orders JOIN (VALUES {stands}) AS stands (state, kind)
                ON stands.state = orders.status
            GROUP BY 1, 2, 3
        ), booked AS (
            SELECT fund_id, kind, programme, sum(balance) AS fen FROM ledger_account
            WHERE kind IN ('committed', 'in_transit', 'household') AND fund_id IS NOT NULL GROUP BY 1, 2, 3
        )
        SELECT fund_id, kind, programme FROM ordered FULL JOIN booked USING (fund_id, kind, programme)
        WHERE coalesce(ordered.fen, 0) <> coalesce(booked.fen, 0) ORDER BY 1, 2, 3
    """  # noqa: S608 - names of states from the process table
    with connection.cursor() as cursor:
        cursor.execute(query)
        return tuple(cursor.fetchall())
