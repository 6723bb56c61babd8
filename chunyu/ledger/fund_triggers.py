"""What the database refuses about funds: money handed from level to level, years closed, orders paid
from several funds, and budgets. Beside `triggers`, which keeps the books themselves."""

# ruff: noqa: S608 - statements put together from constants of this file, before any value from outside exists

from __future__ import annotations

import pgtrigger

from chunyu.federation.triggers import refuse
from chunyu.ledger.earmarks.triggers import in_the_matrix

_LEGS = "FROM ledger_leg AS leg JOIN ledger_account AS account ON account.id = leg.account_id"


def _deferred(name: str, func: str, condition: str = "", **more) -> pgtrigger.Trigger:
    """Asked when the transaction ends, or when posting asks for it."""
    if condition:
        more["condition"] = pgtrigger.Condition(condition)
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        timing=pgtrigger.Deferred,
        func=func + "RETURN NULL;",
        **more,
    )


def _moves(out_of: tuple[str, str], into: tuple[str, str], quantity: str) -> str:
    """Whether transfer `moved` takes exactly this quantity from an account (fund, kind) into another."""
    return " AND ".join(
        f"""EXISTS (
            SELECT 1 {_LEGS} WHERE leg.transfer_id = moved.id AND leg.side = '{side}' AND leg.quantity = {quantity}
                AND account.fund_id = {fund} AND account.kind = '{kind}'
        )"""
        for side, (fund, kind) in (("credit", out_of), ("debit", into))
    )


# --- from level to level

_ALLOCATED = _moves(("given.giver_id", "cash"), ("given.taker_id", "arriving"), "given.amount_fen")
_STEPPED = f"""
    CASE step.kind
        WHEN 'arrived' THEN {_moves(("given.taker_id", "arriving"), ("given.taker_id", "cash"), "step.amount_fen")}
        WHEN 'returned' THEN {_moves(("given.taker_id", "cash"), ("given.giver_id", "cash"), "step.amount_fen")}
        ELSE {_moves(("given.taker_id", "arriving"), ("given.giver_id", "cash"), "step.amount_fen")}
    END
"""
# Money changes levels under an allocation only, and exactly as it says; the key of the transfer names it.
TRANSFER_LEVEL_BY_LEVEL = _deferred(
    "ledger_transfer_level_by_level",
    f"""
        IF NEW.reason = 'reversal' THEN
            IF (SELECT reason FROM ledger_transfer WHERE id = NEW.reverses_id)
                IN ('allocation', 'arrival', 'hand_back', 'carry')
            THEN
                {refuse("ledger_transfer_level_by_level", "money of levels and years is not reversed")}
            END IF;
        ELSIF NOT EXISTS (
            SELECT 1 FROM ledger_leg AS leg JOIN ledger_account AS place ON place.id = leg.account_id
            WHERE leg.transfer_id = NEW.id AND place.fund_id IS NOT NULL
        ) THEN
            RETURN NULL;  -- goods between places, of no fund
        ELSIF NEW.leg_count <> 2 OR NOT EXISTS (
            SELECT 1 FROM ledger_transfer AS moved, ledger_allocation AS given
            WHERE moved.id = NEW.id AND NEW.reason = 'allocation' AND NEW.key = 'allocate:' || given.id AND {_ALLOCATED}
        ) AND NOT EXISTS (
            SELECT 1 FROM ledger_transfer AS moved, ledger_allocationstep AS step
            JOIN ledger_allocation AS given ON given.id = step.allocation_id
            WHERE moved.id = NEW.id AND NEW.key = 'step:' || step.id
                AND NEW.reason = CASE step.kind WHEN 'arrived' THEN 'arrival' ELSE 'hand_back' END
                AND {_STEPPED}
        ) THEN
            {refuse("ledger_transfer_level_by_level", "money changes levels as its allocation says")}
        END IF;
    """,
    "NEW.reason IN ('allocation', 'arrival', 'hand_back', 'reversal')",
)
ALLOCATION_IS_POSTED = _deferred(
    "ledger_allocation_is_posted",
    f"""
        IF NOT EXISTS (SELECT 1 FROM ledger_transfer WHERE key = 'allocate:' || NEW.id) THEN
            {refuse("ledger_allocation_is_posted", "an allocation moves its money")}
        END IF;
    """,
)
ALLOCATION_STEP_IS_POSTED = _deferred(
    "ledger_allocation_step_is_posted",
    f"""
        IF NOT EXISTS (SELECT 1 FROM ledger_transfer WHERE key = 'step:' || NEW.id) THEN
            {refuse("ledger_allocation_step_is_posted", "a step of an allocation moves its money")}
        END IF;
    """,
)
ALLOCATION_DOWN_THE_TREE = pgtrigger.Trigger(
    name="ledger_allocation_down_the_tree",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    func=f"""
        IF NOT EXISTS (
            SELECT 1 FROM ledger_fund AS giver, ledger_fund AS taker
            WHERE giver.id = NEW.giver_id AND taker.id = NEW.taker_id
                AND starts_with(taker.scope_path, giver.scope_path) AND taker.scope_path <> giver.scope_path
                AND NEW.organisation_id = giver.organisation_id
        ) THEN
            {refuse("ledger_allocation_down_the_tree", "money is handed down to an organisation under the giver")}
        END IF;
        IF NOT EXISTS (
            SELECT 1 FROM ledger_fund AS giver, ledger_fund AS taker
            WHERE giver.id = NEW.giver_id AND taker.id = NEW.taker_id
                AND taker.document_no IN (giver.document_no, NEW.document_no)
        ) THEN
            {refuse("ledger_allocation_carries_its_document", "the fund of the receiver carries the document number")}
        END IF;
        RETURN NEW;
    """,
)
# The lock makes arrival and the ways back take turns.
ALLOCATION_STEP_IN_ITS_ORDER = pgtrigger.Trigger(
    name="ledger_allocation_step_in_its_order",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    declare=[("given", "record"), ("arrived", "bigint"), ("gone", "bigint")],
    func=f"""
        SELECT id, amount_fen, by_id INTO given FROM ledger_allocation WHERE id = NEW.allocation_id FOR UPDATE;
        SELECT coalesce(sum(amount_fen) FILTER (WHERE kind = 'arrived'), 0),
            coalesce(sum(amount_fen) FILTER (WHERE kind <> 'arrived'), 0)
        INTO arrived, gone FROM ledger_allocationstep WHERE allocation_id = given.id;
        IF NEW.kind = 'returned' AND arrived = 0 OR NEW.kind <> 'returned' AND (arrived > 0 OR gone > 0) THEN
            {refuse("ledger_allocation_step_in_its_order", "money arrives once, and is handed back after that")}
        END IF;
        IF NEW.kind <> 'returned' AND NEW.amount_fen <> given.amount_fen
            OR NEW.kind = 'returned' AND gone + NEW.amount_fen > given.amount_fen
        THEN
            {refuse("ledger_allocation_step_to_the_fen", "what arrives is what was given, and no more comes back")}
        END IF;
        IF NEW.kind = 'arrived' AND (SELECT user_id FROM accounts_post WHERE id = NEW.by_id)
            = (SELECT user_id FROM accounts_post WHERE id = given.by_id)
        THEN
            {refuse("ledger_allocation_arrives_by_another", "who gave the money does not say that it arrived")}
        END IF;
        RETURN NEW;
    """,
)

# --- years

_MARKS = "SELECT programme, use, rule_no FROM ledger_earmark WHERE fund_id = {}"
TRANSFER_NEXT_YEAR = _deferred(
    "ledger_transfer_next_year",
    f"""
        IF NEW.leg_count <> 2 OR NOT EXISTS (
            SELECT 1 FROM (SELECT account.fund_id AS id {_LEGS}
                WHERE leg.transfer_id = NEW.id AND leg.side = 'credit' AND account.kind = 'cash') AS left_fund
            JOIN ledger_fund AS before ON before.id = left_fund.id
            CROSS JOIN (SELECT account.fund_id AS id {_LEGS}
                WHERE leg.transfer_id = NEW.id AND leg.side = 'debit' AND account.kind = 'cash') AS next_fund
            JOIN ledger_fund AS after ON after.id = next_fund.id
            WHERE (after.organisation_id, after.source, after.document_no)
                    = (before.organisation_id, before.source, before.document_no)
                AND after.year > before.year AND after.year <= extract(year FROM NEW.day)
                AND NOT EXISTS ({_MARKS.format("before.id")} EXCEPT {_MARKS.format("after.id")})
                AND NOT EXISTS ({_MARKS.format("after.id")} EXCEPT {_MARKS.format("before.id")})
        ) THEN
            {refuse("ledger_transfer_next_year", "money is carried over into a later year of the same fund")}
        END IF;
    """,
    "NEW.reason = 'carry'",
)
YEAR_CLOSES_AS_STATED = pgtrigger.Trigger(
    name="ledger_yearclosing_as_stated",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    declare=[("stated", "record")],
    func=f"""
        SELECT statement.fund_id, statement.year, post.user_id INTO stated
        FROM ledger_closingstatement AS statement JOIN accounts_post AS post ON post.id = statement.prepared_by_id
        WHERE statement.id = NEW.statement_id;
        IF (stated.fund_id, stated.year) IS DISTINCT FROM (NEW.fund_id, NEW.year::integer) THEN
            {refuse("ledger_yearclosing_as_stated", "a year is closed by the statement of its fund")}
        END IF;
        IF stated.user_id = (SELECT user_id FROM accounts_post WHERE id = NEW.by_id) THEN
            {refuse("ledger_yearclosing_by_another", "who prepared the statement does not close the year")}
        END IF;
        -- The rows are held by whoever closes, so that nothing comes in between.
        IF EXISTS (
            SELECT 1 FROM ledger_account
            WHERE fund_id = NEW.fund_id AND kind IN ('cash', 'committed', 'in_transit', 'arriving') AND balance <> 0
        ) THEN
            {refuse("ledger_yearclosing_leaves_nothing", "nothing stands in a closed year")}
        END IF;
        RETURN NEW;
    """,
)
STATEMENT_AFTER_ITS_YEAR = pgtrigger.Trigger(
    name="ledger_statement_after_its_year",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    func=f"""
        IF NEW.year >= extract(year FROM NEW.prepared_on)
            OR NEW.year < (SELECT year FROM ledger_fund WHERE id = NEW.fund_id)
        THEN
            {refuse("ledger_statement_after_its_year", "a year of the fund is closed when it is over")}
        END IF;
        RETURN NEW;
    """,
)

# --- orders from several funds

ORDER_HAS_ITS_PARTS = _deferred(
    "ledger_order_has_its_parts",
    f"""
        IF (SELECT (count(*) >= 2, coalesce(sum(amount_fen), 0), coalesce(bool_or(fund_id = NEW.fund_id), false))
            FROM ledger_orderpart WHERE order_id = NEW.id) IS DISTINCT FROM (true, NEW.amount_fen::numeric, true)
        THEN
            {refuse("ledger_order_has_its_parts", "the parts of an order are two or more and add up to it")}
        END IF;
    """,
    "NEW.mixed",
)
PART_OF_A_MIXED_ORDER = pgtrigger.Trigger(
    name="ledger_part_of_a_mixed_order",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    declare=[("whole", "ledger_paymentorder"), ("cell", "text")],
    func=f"""
        SELECT * INTO whole FROM ledger_paymentorder WHERE id = NEW.order_id FOR UPDATE;
        IF NOT whole.mixed OR whole.amount_fen < NEW.amount_fen
            + (SELECT coalesce(sum(amount_fen), 0) FROM ledger_orderpart WHERE order_id = NEW.order_id)
        THEN
            {refuse("ledger_part_of_a_mixed_order", "parts are of an order from several funds, and no more than it")}
        END IF;
        -- One account at the bank, and one book, stand behind an order.
        IF NOT EXISTS (
            SELECT 1 FROM ledger_fund AS first, ledger_fund AS other
            WHERE first.id = whole.fund_id AND other.id = NEW.fund_id AND first.organisation_id = other.organisation_id
        ) THEN
            {refuse("ledger_part_of_one_payer", "all parts of an order are paid by one organisation")}
        END IF;
        IF (SELECT count(*) FROM ledger_fund WHERE id IN (whole.fund_id, NEW.fund_id)
            AND book IN ('pool', 'foundation') AND whole.fund_id <> NEW.fund_id) > 0
        THEN
            {refuse("ledger_part_of_aid_money", "a pool or a foundation pays on its own")}
        END IF;
        {in_the_matrix("part", "whole")}
        RETURN NEW;
    """,
)
