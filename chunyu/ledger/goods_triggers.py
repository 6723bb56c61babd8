"""What the database refuses about goods. See `triggers` for the books, which keep any stock from going below nought."""

# ruff: noqa: S608 - statements put together from constants of this file, before any value from outside exists

import pgtrigger

from chunyu.federation.triggers import refuse

MOVEMENT_BY_TWO = pgtrigger.Trigger(
    name="ledger_stock_by_two",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    condition=pgtrigger.Condition("NEW.second_id IS NOT NULL"),
    func=f"""
        IF (SELECT user_id FROM accounts_post WHERE id = NEW.by_id) = NEW.second_id THEN
            {refuse("ledger_stock_by_two", "the second person is another one")}
        END IF;
        IF NOT EXISTS (
            SELECT FROM accounts_post AS post JOIN accounts_user AS person ON person.id = post.user_id
            JOIN federation_organisation AS place ON place.id = post.organisation_id
            WHERE post.user_id = NEW.second_id AND person.is_active
                AND post.valid_from <= NEW.day AND (post.valid_to IS NULL OR post.valid_to > NEW.day)
                AND starts_with(NEW.scope_path, place.path)
        ) THEN
            {refuse("ledger_stock_second_works_here", "the second person holds a post here, or above")}
        END IF;
        RETURN NEW;
    """,
)

MOVEMENT_OF_GOODS = pgtrigger.Trigger(
    name="ledger_stock_moves_goods",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    func=f"""
        IF EXISTS (
            SELECT FROM ledger_leg AS leg JOIN ledger_account AS account ON account.id = leg.account_id
            WHERE leg.transfer_id = NEW.transfer_id AND account.fund_id IS NOT NULL
        ) OR NOT EXISTS (
            SELECT FROM ledger_leg AS leg JOIN ledger_account AS account ON account.id = leg.account_id
            WHERE leg.transfer_id = NEW.transfer_id AND account.organisation_id = NEW.organisation_id
                AND account.kind = 'cash'
        ) THEN
            {refuse("ledger_stock_moves_goods", "a paper about goods belongs to a transfer of goods of its place")}
        END IF;
        RETURN NEW;
    """,
)

# The lock makes the making of a coupon and a late addition take turns.
ITEM_BEFORE_USE = pgtrigger.Trigger(
    name="ledger_basket_filled_before_use",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    func=f"""
        PERFORM 1 FROM ledger_basket WHERE id = NEW.basket_id FOR UPDATE;
        IF EXISTS (SELECT FROM ledger_coupon WHERE basket_id = NEW.basket_id)
            OR EXISTS (SELECT FROM ledger_stockmovement WHERE basket_id = NEW.basket_id)
        THEN
            {refuse("ledger_basket_filled_before_use", "a basket is filled before it is first used")}
        END IF;
        RETURN NEW;
    """,
)

COUPON_NOT_REVOKED_AFTER_USE = pgtrigger.Trigger(
    name="ledger_coupon_not_revoked_after_use",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    condition=pgtrigger.Condition("NEW.revoked_on IS DISTINCT FROM OLD.revoked_on"),
    func=f"""
        IF OLD.revoked_on IS NOT NULL OR EXISTS (SELECT FROM ledger_redemption WHERE coupon_id = NEW.id) THEN
            {refuse("ledger_coupon_not_revoked_after_use", "a used or revoked coupon stays as it is")}
        END IF;
        RETURN NEW;
    """,
)

REDEEMED_AS_PROMISED = pgtrigger.Trigger(
    name="ledger_redemption_as_promised",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    func=f"""
        PERFORM 1 FROM ledger_coupon WHERE id = NEW.coupon_id FOR UPDATE;
        IF NOT EXISTS (
            SELECT FROM ledger_coupon AS coupon JOIN ledger_stockmovement AS movement ON movement.id = NEW.movement_id
            WHERE coupon.id = NEW.coupon_id AND coupon.revoked_on IS NULL AND movement.kind = 'issued'
                AND movement.household_id = coupon.household_id AND movement.basket_id = coupon.basket_id
                AND movement.day BETWEEN coupon.from_day AND coupon.to_day
        ) THEN
            {refuse("ledger_redemption_as_promised", "a coupon gives its basket to its family in its period")}
        END IF;
        RETURN NEW;
    """,
)
