"""What the database refuses outside the earmark matrix. The cells are in its function `ledger_fund_use`."""

# ruff: noqa: S608 - statements put together from constants of this file, before any value from outside exists

import pgtrigger

from chunyu.federation.triggers import refuse

EARMARK_IN_THE_MATRIX = pgtrigger.Trigger(
    name="ledger_earmark_in_the_matrix",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    declare=[("cell", "text")],
    func=f"""
        SELECT ledger_fund_use(source, NEW.use, opened_on) INTO cell FROM ledger_fund WHERE id = NEW.fund_id;
        IF cell = 'no' THEN
            {refuse("ledger_earmark_in_the_matrix", "money of this source may not serve this use")}
        END IF;
        IF cell IN ('by_rule', 'claim') AND NEW.rule_no = '' THEN
            {refuse("ledger_earmark_states_its_rule", "this use needs the number of the document that allows it")}
        END IF;
        RETURN NEW;
    """,
)


def in_the_matrix(table: str, order: str) -> str:
    """The checks of one fund that is to pay one order; `NEW` has the fund, `order` the rest."""
    return f"""
        SELECT ledger_fund_use(source, {order}.use, {order}.ordered_on) INTO cell
        FROM ledger_fund WHERE id = NEW.fund_id;
        IF cell = 'no' THEN
            {refuse(f"ledger_{table}_in_the_matrix", "money of this source may not serve this use")}
        END IF;
        IF cell IN ('by_rule', 'claim') AND NOT EXISTS (
            SELECT 1 FROM ledger_earmark
            WHERE fund_id = NEW.fund_id AND programme = {order}.programme AND rule_no <> ''
        ) THEN
            {refuse(f"ledger_{table}_states_its_rule", "this use needs the number of the document that allows it")}
        END IF;
        -- An order carried over from the year before was decided while there was a file.
        IF cell = 'on_file' AND {order}.carries_id IS NULL AND NOT EXISTS (
            SELECT 1 FROM registry_household WHERE id = {order}.household_id AND status = 'on_file'
        ) THEN
            {refuse(f"ledger_{table}_no_file_no_money", "no file, no central money")}
        END IF;
    """


ORDER_IN_THE_MATRIX = pgtrigger.Trigger(
    name="ledger_order_in_the_matrix",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    declare=[("cell", "text")],
    func=in_the_matrix("order", "NEW") + "RETURN NEW;",
)
