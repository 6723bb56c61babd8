"""What the database refuses about pay-outs on hold, in cash, and unclear at the bank. See `triggers` for the books."""

# ruff: noqa: S608 - statements put together from constants of this file, before any value from outside exists

import pgtrigger

from chunyu.federation.triggers import refuse

_OPEN_HOLD = "EXISTS (SELECT FROM ledger_orderhold WHERE order_id = NEW.id AND released_by_id IS NULL)"
_WAITS_IN_A_BATCH = (
    "EXISTS (SELECT FROM ledger_batchline WHERE order_id = NEW.id AND outcome IN ('', 'unclear', 'paid'))"
)

ORDER_HELD_FOR_A_REASON = pgtrigger.Trigger(
    name="ledger_order_held_for_a_reason",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    condition=pgtrigger.Condition("NEW.status = 'held' AND OLD.status <> 'held'"),
    func=f"""
        IF NOT {_OPEN_HOLD} OR {_WAITS_IN_A_BATCH} THEN
            {refuse("ledger_order_held_for_a_reason", "an order is held for a reason, and out of every batch")}
        END IF;
        RETURN NEW;
    """,
)

ORDER_RELEASED = pgtrigger.Trigger(
    name="ledger_order_released",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    condition=pgtrigger.Condition("OLD.status = 'held' AND NEW.status = 'planned'"),
    func=f"""
        IF {_OPEN_HOLD} THEN
            {refuse("ledger_order_released", "an order goes on when nothing holds it any more")}
        END IF;
        RETURN NEW;
    """,
)


def _same_person(one: str, other: str) -> str:
    """Whether two posts are held by one person."""
    return (
        f"(SELECT user_id FROM accounts_post WHERE id = {one}) = (SELECT user_id FROM accounts_post WHERE id = {other})"
    )


HOLD_RELEASED_BY_ANOTHER = pgtrigger.Trigger(
    name="ledger_hold_released_by_another",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    func=f"""
        IF OLD.released_by_id IS NOT NULL OR {_same_person("NEW.released_by_id", "NEW.placed_by_id")} THEN
            {refuse("ledger_hold_released_by_another", "a hold is released once, by another person")}
        END IF;
        RETURN NEW;
    """,
)

FINDING_OF_DRAFT = pgtrigger.Trigger(
    name="ledger_finding_of_draft",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Delete,
    declare=[("state", "text"), ("changed", "uuid")],
    func=f"""
        changed := CASE TG_OP WHEN 'DELETE' THEN OLD.line_id ELSE NEW.line_id END;
        SELECT batch.status INTO state FROM ledger_payoutbatch AS batch
        JOIN ledger_batchline AS line ON line.batch_id = batch.id WHERE line.id = changed FOR SHARE OF batch;
        IF state <> 'draft' THEN
            {refuse("ledger_finding_of_draft", "what was found is bound to the batch when it is submitted")}
        END IF;
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        RETURN NEW;
    """,
)

LINE_HAS_ITS_CARD = pgtrigger.Trigger(
    name="ledger_line_has_its_card",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    condition=pgtrigger.Condition("NEW.card IS NULL"),
    func=f"""
        IF (SELECT method FROM ledger_payoutbatch WHERE id = NEW.batch_id) = 'bank' THEN
            {refuse("ledger_line_has_its_card", "the bank pays to a card")}
        END IF;
        RETURN NEW;
    """,
)

LINE_IN_CASH_WITH_RECEIPT = pgtrigger.Trigger(
    name="ledger_line_in_cash_with_receipt",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    condition=pgtrigger.Condition("NEW.outcome = 'paid' AND OLD.outcome <> 'paid'"),
    func=f"""
        IF (SELECT method FROM ledger_payoutbatch WHERE id = NEW.batch_id) = 'cash'
            AND NOT EXISTS (SELECT FROM ledger_cashreceipt WHERE line_id = NEW.id)
        THEN
            {refuse("ledger_line_in_cash_with_receipt", "cash was paid when there is a receipt")}
        END IF;
        RETURN NEW;
    """,
)

LINE_CLEARED = pgtrigger.Trigger(
    name="ledger_line_cleared",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    condition=pgtrigger.Condition("OLD.outcome = 'unclear' AND NEW.outcome <> 'unclear'"),
    func=f"""
        IF NOT EXISTS (SELECT FROM ledger_resultfile WHERE batch_id = NEW.batch_id AND day = NEW.settled_on)
            AND NOT EXISTS (
                SELECT FROM ledger_clearing
                WHERE line_id = NEW.id AND outcome = NEW.outcome AND confirmed_by_id IS NOT NULL
            )
        THEN
            {refuse("ledger_line_cleared", "an unclear line is settled by a result file, or by two people")}
        END IF;
        RETURN NEW;
    """,
)

RECEIPT_BY_TWO = pgtrigger.Trigger(
    name="ledger_receipt_by_two",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    func=f"""
        IF (SELECT user_id FROM accounts_post WHERE id = NEW.by_id) = NEW.witness_id OR NOT EXISTS (
            SELECT FROM ledger_batchline AS line JOIN ledger_payoutbatch AS batch ON batch.id = line.batch_id
            WHERE line.id = NEW.line_id AND line.outcome = '' AND batch.method = 'cash' AND batch.status = 'sent'
        ) THEN
            {refuse("ledger_receipt_by_two", "two people hand over cash that was drawn for this line")}
        END IF;
        RETURN NEW;
    """,
)

CLEARING_BY_TWO = pgtrigger.Trigger(
    name="ledger_clearing_by_two",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    func=f"""
        IF OLD.confirmed_by_id IS NOT NULL OR OLD.dropped_on IS NOT NULL
            OR {_same_person("NEW.confirmed_by_id", "NEW.said_by_id")}
        THEN
            {refuse("ledger_clearing_by_two", "another person confirms what one found in the statement")}
        END IF;
        RETURN NEW;
    """,
)
