"""What the database itself refuses. Each refusal carries the name of a rule, which `refusing` turns into a sentence.

These hold against any client, raw SQL included; the actions above them only ask earlier and more kindly.
"""

# ruff: noqa: S608 - statements put together from constants of this file, before any value from outside exists

from collections.abc import Mapping

import pgtrigger

from chunyu.federation.triggers import refuse
from chunyu.ledger.sum_triggers import ADD_MOVED

# Debits count up and credits down, everywhere and always: one sign rule, so that nobody has to remember two.
SIGNED = "CASE {leg}.side WHEN 'debit' THEN {leg}.quantity ELSE -{leg}.quantity END"


def signed(leg: str) -> str:
    return SIGNED.format(leg=leg)


def kept(rule: str, words: str) -> pgtrigger.Trigger:
    """Rows that are appended and never changed or removed."""
    return pgtrigger.Trigger(
        name=rule,
        when=pgtrigger.Before,
        operation=pgtrigger.Update | pgtrigger.Delete,
        func=refuse(rule, words),
    )


def fixed(rule: str, words: str, *fields: str) -> pgtrigger.Trigger:
    """Fields that keep the value with which the row was made."""
    return pgtrigger.Trigger(
        name=rule,
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        condition=pgtrigger.AnyChange(*fields),
        func=refuse(rule, words),
    )


def undeletable(rule: str, words: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(name=rule, when=pgtrigger.Before, operation=pgtrigger.Delete, func=refuse(rule, words))


ACCOUNT_OPENS = pgtrigger.Trigger(
    name="ledger_account_opens_in_its_earmark",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    func=f"""
        IF NEW.balance <> 0 THEN
            {refuse("ledger_account_opens_empty", "an account opens empty: only legs move its balance")}
        END IF;
        -- The key of the fund is checked when the transaction ends, which is too late: an earmark that is being written
        -- holds the fund, and is waited for here (ledger_earmark_before_money).
        PERFORM 1 FROM ledger_fund WHERE id = NEW.fund_id FOR KEY SHARE;
        IF NEW.programme <> '' AND EXISTS (SELECT 1 FROM ledger_earmark WHERE fund_id = NEW.fund_id)
            AND NOT EXISTS (SELECT 1 FROM ledger_earmark WHERE fund_id = NEW.fund_id AND programme = NEW.programme)
        THEN
            {refuse("ledger_account_opens_in_its_earmark", "this fund is earmarked for other programmes")}
        END IF;
        RETURN NEW;
    """,
)

# Depth 1 is this trigger fired by a plain UPDATE; the trigger of new legs updates from depth 1, so arrives here at 2.
ACCOUNT_MOVES_BY_LEGS = pgtrigger.Trigger(
    name="ledger_account_moves_by_legs",
    when=pgtrigger.Before,
    operation=pgtrigger.UpdateOf("balance"),
    condition=pgtrigger.AnyChange("balance"),
    func=f"""
        IF pg_trigger_depth() < 2 THEN
            {refuse("ledger_account_moves_by_legs", "a balance is moved by the legs of a transfer only")}
        END IF;
        RETURN NEW;
    """,
)

EARMARK_BEFORE_MONEY = pgtrigger.Trigger(
    name="ledger_earmark_before_money",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    func=f"""
        PERFORM 1 FROM ledger_fund WHERE id = NEW.fund_id FOR UPDATE;
        IF EXISTS (SELECT 1 FROM ledger_account WHERE fund_id = NEW.fund_id) THEN
            {refuse("ledger_earmark_before_money", "earmarks are fixed before the fund holds money")}
        END IF;
        RETURN NEW;
    """,
)

# A leg carries the fund of its account, so that a fund's legs are a range of one index, in the order of their posting.
LEG_IN_ITS_PLACE = pgtrigger.Trigger(
    name="ledger_leg_in_its_place",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    declare=[("places", "smallint")],
    func=f"""
        SELECT fund_id INTO NEW.fund_id FROM ledger_account WHERE id = NEW.account_id;
        SELECT leg_count INTO places FROM ledger_transfer WHERE id = NEW.transfer_id;
        IF NEW.position > places THEN
            {refuse("ledger_leg_in_its_place", "a posted transfer takes no further leg")}
        END IF;
        RETURN NEW;
    """,
)

# Accounts are locked in the order of their keys, so that two transfers never wait for each other in a circle. The
# update after the lock sees the last committed balance, and the account's own check refuses one below the floor.
LEGS_MOVE_BALANCES = pgtrigger.Trigger(
    name="ledger_legs_move_balances",
    level=pgtrigger.Statement,
    when=pgtrigger.After,
    operation=pgtrigger.Insert,
    referencing=pgtrigger.Referencing(new="new_legs"),
    func=f"""
        PERFORM 1 FROM ledger_account WHERE id IN (SELECT account_id FROM new_legs) ORDER BY id FOR NO KEY UPDATE;
        UPDATE ledger_account AS account SET balance = account.balance + moved.quantity
        FROM (
            SELECT account_id, sum({signed("new_legs")})::bigint AS quantity FROM new_legs GROUP BY account_id
        ) AS moved
        WHERE account.id = moved.account_id AND moved.quantity <> 0;
        {ADD_MOVED}
        RETURN NULL;
    """,
)

_LEGS = "FROM ledger_leg AS leg JOIN ledger_account AS account ON account.id = leg.account_id"

# Runs when the transaction commits: by then all legs are there, and none can follow (ledger_leg_in_its_place). What
# every transfer is asked is asked in one look at its legs; each rule refuses under a name of its own.
TRANSFER_HOLDS = pgtrigger.Trigger(
    name="ledger_transfer_holds",
    when=pgtrigger.After,
    operation=pgtrigger.Insert,
    timing=pgtrigger.Deferred,
    declare=[("found", "record")],
    func=f"""
        SELECT count(*) AS legs, min(account.fund_id) AS fund, max(account.fund_id) AS other_fund,
            min(fund.book) AS book, max(fund.book) AS other_book, min(account.commodity_id) AS commodity,
            max(account.commodity_id) AS other_commodity, sum({signed("leg")}) AS difference,
            bool_or(account.programme NOT IN ('', NEW.programme)) AS strange,
            bool_or(EXISTS (
                SELECT FROM ledger_yearclosing AS closing
                WHERE closing.fund_id = account.fund_id AND closing.year >= extract(year FROM NEW.day)
            )) AS closed
        INTO found {_LEGS} LEFT JOIN ledger_fund AS fund ON fund.id = account.fund_id
        WHERE leg.transfer_id = NEW.id;
        IF found.book <> found.other_book THEN
            {refuse("ledger_transfer_in_one_book", "money does not pass from one book into another")}
        END IF;
        IF found.closed THEN
            {refuse("ledger_transfer_in_open_year", "the books of this fund are closed for that year")}
        END IF;
        IF found.fund <> found.other_fund AND (
            -- Back up, and into the next year's books: ledger_transfer_level_by_level and ledger_transfer_next_year.
            NEW.reason NOT IN ('allocation', 'hand_back', 'carry') OR NEW.reason = 'allocation' AND EXISTS (
                SELECT 1
                FROM (SELECT DISTINCT account.fund_id AS id {_LEGS}
                      WHERE leg.transfer_id = NEW.id AND leg.side = 'credit') AS giver
                CROSS JOIN (SELECT DISTINCT account.fund_id AS id {_LEGS}
                      WHERE leg.transfer_id = NEW.id AND leg.side = 'debit') AS taker
                WHERE (SELECT source FROM ledger_fund WHERE id = giver.id)
                        <> (SELECT source FROM ledger_fund WHERE id = taker.id)
                    OR EXISTS (SELECT 1 FROM ledger_earmark WHERE fund_id = giver.id) AND (
                        NOT EXISTS (SELECT 1 FROM ledger_earmark WHERE fund_id = taker.id)
                        OR EXISTS (
                            SELECT programme FROM ledger_earmark WHERE fund_id = taker.id
                            EXCEPT SELECT programme FROM ledger_earmark WHERE fund_id = giver.id
                        )
                    )
            )
        ) THEN
            {refuse("ledger_transfer_keeps_purpose", "earmarked money stays within its source and its purposes")}
        END IF;
        IF found.legs <> NEW.leg_count THEN
            {refuse("ledger_transfer_whole", "a transfer has exactly the legs that it declares")}
        END IF;
        IF found.commodity = found.other_commodity AND found.difference <> 0
            OR found.commodity <> found.other_commodity AND EXISTS (
                SELECT 1 {_LEGS} WHERE leg.transfer_id = NEW.id
                GROUP BY account.commodity_id HAVING sum({signed("leg")}) <> 0
            )
        THEN
            {refuse("ledger_transfer_balanced", "debits and credits of a transfer must be equal per commodity")}
        END IF;
        IF found.strange THEN
            {refuse("ledger_transfer_in_one_programme", "money set aside for one programme cannot serve another")}
        END IF;
        RETURN NULL;
    """,
)

TRANSFER_MIRRORS = pgtrigger.Trigger(
    name="ledger_transfer_mirrors",
    when=pgtrigger.After,
    operation=pgtrigger.Insert,
    timing=pgtrigger.Deferred,
    condition=pgtrigger.Q(new__reverses__isnull=False),
    func=f"""
        IF EXISTS (SELECT 1 FROM ledger_transfer WHERE id = NEW.reverses_id AND reverses_id IS NOT NULL)
            OR NEW.leg_count <> (SELECT leg_count FROM ledger_transfer WHERE id = NEW.reverses_id)
            OR EXISTS (
                SELECT account_id, CASE side WHEN 'debit' THEN 'credit' ELSE 'debit' END, quantity
                FROM ledger_leg WHERE transfer_id = NEW.reverses_id
                EXCEPT ALL
                SELECT account_id, side, quantity FROM ledger_leg WHERE transfer_id = NEW.id
            )
        THEN
            {refuse("ledger_transfer_mirrors", "a reversal mirrors an original transfer leg by leg")}
        END IF;
        RETURN NULL;
    """,
)


def starts(rule: str, field: str, first: str) -> pgtrigger.Trigger:
    """Rows begin in their first state."""
    return pgtrigger.Trigger(
        name=rule,
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        condition=pgtrigger.Condition(f"NEW.{field} <> '{first}'"),
        func=refuse(rule, f"begins as {first}"),
    )


def steps(rule: str, field: str, moves: Mapping[tuple[str, str], str]) -> pgtrigger.Trigger:
    """A state changes only along the moves of its process table."""
    pairs = ", ".join(sorted({f"('{before}', '{after}')" for (before, _), after in moves.items()}))
    return pgtrigger.Trigger(
        name=rule,
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        condition=pgtrigger.AnyChange(field),
        func=f"""
            IF (OLD.{field}, NEW.{field}) NOT IN ({pairs}) THEN
                {refuse(rule, "there is no such step")}
            END IF;
            RETURN NEW;
        """,
    )


# The lock makes an order and a joining of the file take turns: whichever is second sees the first.
ORDER_OF_A_FILE_THAT_GOES_ON = pgtrigger.Trigger(
    name="ledger_order_of_a_file_that_goes_on",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    declare=[("file", "text")],
    func=f"""
        SELECT status INTO file FROM registry_household WHERE id = NEW.household_id FOR SHARE;
        IF file = 'merged' THEN
            {refuse("ledger_order_of_a_file_that_goes_on", "the file was joined to another: pay from that one")}
        END IF;
        RETURN NEW;
    """,
)

# A row lock on the batch: no line slips in while the batch is being submitted.
LINE_OF_DRAFT = pgtrigger.Trigger(
    name="ledger_line_of_draft",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Delete,
    declare=[("state", "text"), ("changed", "uuid")],
    func=f"""
        changed := CASE TG_OP WHEN 'DELETE' THEN OLD.batch_id ELSE NEW.batch_id END;
        SELECT status INTO state FROM ledger_payoutbatch WHERE id = changed FOR SHARE;
        IF state <> 'draft' OR TG_OP = 'DELETE' AND OLD.outcome <> '' THEN
            {refuse("ledger_line_of_draft", "lines are put in or taken out while a batch is being prepared")}
        END IF;
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        RETURN NEW;
    """,
)

LINE_AS_ORDERED = pgtrigger.Trigger(
    name="ledger_line_as_ordered",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    func=f"""
        IF NOT EXISTS (
            SELECT 1 FROM ledger_paymentorder AS orders JOIN ledger_payoutbatch AS batch ON batch.id = NEW.batch_id
            WHERE orders.id = NEW.order_id AND orders.amount_fen = NEW.amount_fen AND orders.fund_id = batch.fund_id
        ) THEN
            {refuse("ledger_line_as_ordered", "a line pays what was ordered, from the fund of the batch")}
        END IF;
        RETURN NEW;
    """,
)

# Four eyes is no setting: the approver is a person who neither prepared nor submitted the batch, nor entered, decided
# or ordered any payment in it.
DECISION_OF_ANOTHER = pgtrigger.Trigger(
    name="ledger_decision_of_another",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    condition=pgtrigger.Condition("NEW.kind = 'approve'"),
    declare=[("approver", "bigint")],
    func=f"""
        SELECT user_id INTO approver FROM accounts_post WHERE id = NEW.by_id;
        IF EXISTS (
            SELECT 1 FROM ledger_payoutbatch AS batch
            JOIN accounts_post AS post ON post.id IN (batch.prepared_by_id, batch.submitted_by_id)
            WHERE batch.id = NEW.batch_id AND post.user_id = approver
        ) OR EXISTS (
            SELECT 1 FROM ledger_batchline AS line
            JOIN ledger_paymentorder AS orders ON orders.id = line.order_id
            JOIN accounts_post AS post ON post.id = orders.ordered_by_id
            WHERE line.batch_id = NEW.batch_id
                AND approver IN (orders.entered_by_id, orders.approved_by_id, post.user_id)
        ) THEN
            {refuse("ledger_decision_of_another", "a batch is approved by somebody who had no hand in it")}
        END IF;
        RETURN NEW;
    """,
)

BATCH_APPROVED_BY_DECISION = pgtrigger.Trigger(
    name="ledger_batch_approved_by_decision",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    condition=pgtrigger.Condition("NEW.status IN ('approved', 'sent')"),
    func=f"""
        IF NEW.digest <> coalesce((
            SELECT CASE kind WHEN 'approve' THEN digest END FROM ledger_batchdecision
            WHERE batch_id = NEW.id ORDER BY id DESC LIMIT 1
        ), '') THEN
            {refuse("ledger_batch_approved_by_decision", "a batch goes on only as it was approved")}
        END IF;
        RETURN NEW;
    """,
)
