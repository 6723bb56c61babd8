"""What the database refuses about budgets: four eyes, appended changes, and orders over a budget that refuses them."""

# ruff: noqa: S608 - statements put together from constants of this file, before any value from outside exists

from __future__ import annotations

import pgtrigger

from chunyu.federation.triggers import refuse

IN_ITS_ORDER = pgtrigger.Trigger(
    name="ledger_budget_in_its_order",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    condition=pgtrigger.Condition("NEW.number > 0"),
    func=f"""
        IF NOT EXISTS (
            SELECT 1 FROM ledger_budget WHERE organisation_id = NEW.organisation_id AND year = NEW.year
                AND number = NEW.number - 1 AND approved_by_id IS NOT NULL
        ) THEN
            {refuse("ledger_budget_in_its_order", "a supplement follows what is approved")}
        END IF;
        RETURN NEW;
    """,
)
# A supplement may take away no more than was planned.
APPROVED_BY_ANOTHER = pgtrigger.Trigger(
    name="ledger_budget_approved_by_another",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update,
    condition=pgtrigger.Condition("NEW.approved_by_id IS NOT NULL"),
    func=f"""
        IF (SELECT user_id FROM accounts_post WHERE id = NEW.approved_by_id)
            = (SELECT user_id FROM accounts_post WHERE id = NEW.prepared_by_id)
        THEN
            {refuse("ledger_budget_approved_by_another", "who prepared a budget does not approve it")}
        END IF;
        IF NOT EXISTS (SELECT 1 FROM ledger_budgetline WHERE budget_id = NEW.id) OR EXISTS (
            SELECT 1 FROM ledger_budgetline AS line JOIN ledger_budget AS budget ON budget.id = line.budget_id
            WHERE budget.organisation_id = NEW.organisation_id AND budget.year = NEW.year
                AND (budget.id = NEW.id OR budget.approved_by_id IS NOT NULL)
            GROUP BY line.source, line.use HAVING sum(line.amount_fen) < 0
        ) THEN
            {refuse("ledger_budget_not_below_nothing", "a budget plans something, and no line of it below zero")}
        END IF;
        RETURN NEW;
    """,
)
APPROVED_IS_KEPT = pgtrigger.Trigger(
    name="ledger_budget_approved_is_kept",
    when=pgtrigger.Before,
    operation=pgtrigger.Update | pgtrigger.Delete,
    condition=pgtrigger.Condition("OLD.approved_by_id IS NOT NULL"),
    func=f"""
        IF TG_OP = 'DELETE' OR (to_jsonb(OLD) - 'scope_path') <> (to_jsonb(NEW) - 'scope_path') THEN
            {refuse("ledger_budget_approved_is_kept", "an approved budget is never changed: append a supplement")}
        END IF;
        RETURN NEW;
    """,
)
LINES_UNTIL_APPROVED = pgtrigger.Trigger(
    name="ledger_budget_lines_until_approved",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
    declare=[("approver", "bigint")],
    func=f"""
        SELECT approved_by_id INTO approver FROM ledger_budget
        WHERE id = (CASE TG_OP WHEN 'INSERT' THEN NEW.budget_id ELSE OLD.budget_id END) FOR SHARE;
        IF approver IS NOT NULL OR TG_OP = 'UPDATE' AND NEW.budget_id <> OLD.budget_id THEN
            {refuse("ledger_budget_lines_until_approved", "the lines of an approved budget stay")}
        END IF;
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        RETURN NEW;
    """,
)


def within_budget(name: str, touched: str) -> pgtrigger.Trigger:
    """Orders of a statement against the budgets that refuse. `touched` selects fund_id, use and carries_id of what is
    new. The lock makes orders of one organisation take turns; what was carried over had its budget a year before."""
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        referencing=pgtrigger.Referencing(new="new_rows"),
        func=f"""
            PERFORM 1 FROM ledger_budget WHERE number = 0 AND over = 'refuse' AND approved_by_id IS NOT NULL
                AND (organisation_id, year) IN (
                    SELECT fund.organisation_id, fund.year FROM ({touched}) AS fresh
                    JOIN ledger_fund AS fund ON fund.id = fresh.fund_id
                ) ORDER BY id FOR NO KEY UPDATE;
            IF NOT FOUND THEN
                RETURN NULL;
            END IF;
            IF EXISTS (
                SELECT 1 FROM (
                    SELECT DISTINCT budget.organisation_id, budget.year, fund.source, fresh.use
                    FROM ({touched}) AS fresh JOIN ledger_fund AS fund ON fund.id = fresh.fund_id
                    JOIN ledger_budget AS budget ON budget.organisation_id = fund.organisation_id
                        AND budget.year = fund.year AND budget.number = 0 AND budget.over = 'refuse'
                        AND budget.approved_by_id IS NOT NULL
                    WHERE fresh.carries_id IS NULL
                ) AS asked
                WHERE (
                    SELECT coalesce(sum(orders.amount_fen), 0) FROM ledger_paymentorder AS orders
                    JOIN ledger_fund AS fund ON fund.id = orders.fund_id
                    WHERE fund.organisation_id = asked.organisation_id AND fund.year = asked.year
                        AND fund.source = asked.source AND orders.use = asked.use AND NOT orders.mixed
                        AND orders.status <> 'cancelled'
                ) + (
                    SELECT coalesce(sum(part.amount_fen), 0) FROM ledger_orderpart AS part
                    JOIN ledger_paymentorder AS orders ON orders.id = part.order_id
                    JOIN ledger_fund AS fund ON fund.id = part.fund_id
                    WHERE fund.organisation_id = asked.organisation_id AND fund.year = asked.year
                        AND fund.source = asked.source AND orders.use = asked.use AND orders.status <> 'cancelled'
                ) > (
                    SELECT coalesce(sum(line.amount_fen), 0) FROM ledger_budgetline AS line
                    JOIN ledger_budget AS budget ON budget.id = line.budget_id
                    WHERE budget.organisation_id = asked.organisation_id AND budget.year = asked.year
                        AND budget.approved_by_id IS NOT NULL AND line.source = asked.source AND line.use = asked.use
                )
            ) THEN
                {refuse(name, "the budget of this year is used up")}
            END IF;
            RETURN NULL;
        """,
    )


ORDER_WITHIN_BUDGET = within_budget(
    "ledger_order_within_budget", "SELECT fund_id, use, carries_id FROM new_rows WHERE NOT mixed"
)
PART_WITHIN_BUDGET = within_budget(
    "ledger_part_within_budget",
    "SELECT part.fund_id, orders.use, orders.carries_id FROM new_rows AS part "
    "JOIN ledger_paymentorder AS orders ON orders.id = part.order_id",
)
