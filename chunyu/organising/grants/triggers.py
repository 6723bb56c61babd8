"""What the database itself keeps of grants: who may receive, the sums, four eyes, and everything once it is settled."""

# ruff: noqa: S608 - statements put together from constants of this file, before any value from outside exists

from __future__ import annotations

import pgtrigger

from chunyu.federation.triggers import refuse
from chunyu.organising.grants.kinds import GIVERS
from chunyu.organising.grants.shown import SHARES, USES

_GIVERS = ", ".join(f"'{kind.value}'" for kind in GIVERS)

GIVEN_BY_A_FEDERATION = pgtrigger.Trigger(
    name="grant_given_by_a_federation",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    func=f"""
        IF NOT EXISTS (
            SELECT 1 FROM federation_organisation WHERE id = NEW.organisation_id AND kind IN ({_GIVERS})
                AND founded_on <= NEW.planned_on AND (dissolved_on IS NULL OR dissolved_on > NEW.planned_on)
        ) THEN
            {refuse("grant_given_by_a_federation", "a city or county federation gives")}
        END IF;
        RETURN NEW;
    """,
)

APPROVED_BY_ANOTHER = pgtrigger.Trigger(
    name="grant_approved_by_another",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update,
    condition=pgtrigger.Condition("NEW.approved_by_id IS NOT NULL"),
    func=f"""
        IF (SELECT user_id FROM accounts_post WHERE id = NEW.approved_by_id)
            = (SELECT user_id FROM accounts_post WHERE id = NEW.planned_by_id)
        THEN
            {refuse("grant_approved_by_another", "who planned a grant does not approve it")}
        END IF;
        RETURN NEW;
    """,
)

# What the second person looked at, and nothing else: the shares are locked by whoever changes them.
APPROVED_AS_SHOWN = pgtrigger.Trigger(
    name="grant_approved_for_what_was_shown",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("approved_by_id", "approved_digest"),
    condition=pgtrigger.Condition("NEW.approved_by_id IS NOT NULL"),
    func=f"""
        IF NEW.approved_digest <> {SHARES.format(plan="NEW.id")} THEN
            {refuse("grant_approved_for_what_was_shown", "the shares are not what was shown")}
        END IF;
        RETURN NEW;
    """,
)

# The sum by receiver is the sum by giver, to the fen, from the moment it is approved; nothing moves after that.
ADDS_UP = pgtrigger.Trigger(
    name="grant_adds_up",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update,
    condition=pgtrigger.Condition("NEW.approved_by_id IS NOT NULL"),
    func=f"""
        IF NEW.budget_fen <>
            (SELECT COALESCE(SUM(amount_fen), 0) FROM organising_grantshare WHERE plan_id = NEW.id)
        THEN
            {refuse("grant_adds_up", "the shares do not add up to the budget")}
        END IF;
        RETURN NEW;
    """,
)

APPROVED_IS_KEPT = pgtrigger.Trigger(
    name="grant_approved_is_kept",
    when=pgtrigger.Before,
    operation=pgtrigger.Update | pgtrigger.Delete,
    condition=pgtrigger.Condition("OLD.approved_by_id IS NOT NULL"),
    func=f"""
        IF TG_OP = 'DELETE' OR (to_jsonb(OLD) - 'fund_id' - 'scope_path') <> (to_jsonb(NEW) - 'fund_id' - 'scope_path')
            OR OLD.fund_id IS NOT NULL AND NEW.fund_id IS DISTINCT FROM OLD.fund_id
        THEN
            {refuse("grant_approved_is_kept", "an approved grant is never changed")}
        END IF;
        RETURN NEW;
    """,
)

# One function says what stands in the way of a grant, for the rule here and for the page that shows the reason.
RECEIVER_MAY_RECEIVE = pgtrigger.Trigger(
    name="grant_to_a_union_that_may_receive",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("organisation_id", "amount_fen", "transfer_id"),
    condition=pgtrigger.Condition("NEW.amount_fen > 0"),
    declare=[("barred", "text"), ("of_year", "integer"), ("on_day", "date")],
    func="""
        SELECT year, planned_on INTO of_year, on_day FROM organising_grantplan WHERE id = NEW.plan_id;
        IF NEW.transfer_id IS NOT NULL THEN
            SELECT day INTO on_day FROM ledger_transfer WHERE id = NEW.transfer_id;
        END IF;
        barred := organising_grant_barred(NEW.organisation_id, of_year, on_day);
        IF barred IS NOT NULL THEN
            RAISE EXCEPTION 'union % may not receive: %', NEW.organisation_id, barred
                USING ERRCODE = '23514', CONSTRAINT = 'grant_barred_' || barred;
        END IF;
        RETURN NEW;
    """,
)

SHARES_UNTIL_APPROVED = pgtrigger.Trigger(
    name="grant_shares_until_approved",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert
    | pgtrigger.UpdateOf("plan_id", "unions", "members", "tasks", "weight_fen", "amount_fen")
    | pgtrigger.Delete,
    declare=[("approver", "bigint")],
    func=f"""
        SELECT approved_by_id INTO approver FROM organising_grantplan
        WHERE id = (CASE TG_OP WHEN 'DELETE' THEN OLD.plan_id ELSE NEW.plan_id END) FOR SHARE;
        IF approver IS NOT NULL THEN
            {refuse("grant_shares_until_approved", "the shares of an approved grant stay")}
        END IF;
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        RETURN NEW;
    """,
)

# Handed down as approved, to the receiver's own fund, and once.
HANDED_DOWN_AS_APPROVED = pgtrigger.Trigger(
    name="grant_handed_down_as_approved",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("transfer_id"),
    declare=[("before", "uuid")],
    func=f"""
        before := CASE TG_OP WHEN 'UPDATE' THEN OLD.transfer_id END;
        IF NEW.transfer_id IS NOT DISTINCT FROM before THEN
            RETURN NEW;
        END IF;
        IF before IS NOT NULL OR NOT EXISTS (
            SELECT 1 FROM organising_grantplan p
            JOIN ledger_leg l ON l.transfer_id = NEW.transfer_id AND l.side = 'debit' AND l.quantity = NEW.amount_fen
            JOIN ledger_account a ON a.id = l.account_id AND a.organisation_id = NEW.organisation_id
            JOIN ledger_leg c ON c.transfer_id = NEW.transfer_id AND c.side = 'credit' AND c.quantity = NEW.amount_fen
            JOIN ledger_account g ON g.id = c.account_id AND g.fund_id = p.fund_id
            WHERE p.id = NEW.plan_id AND p.approved_by_id IS NOT NULL
        ) THEN
            {refuse("grant_handed_down_as_approved", "what is handed down is what was approved")}
        END IF;
        RETURN NEW;
    """,
)

SHARE_STEPS = pgtrigger.Trigger(
    name="grant_checked_by_another",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("reported_by_id", "checked_by_id"),
    condition=pgtrigger.Condition("NEW.checked_by_id IS NOT NULL"),
    func=f"""
        IF TG_OP = 'UPDATE' AND OLD.checked_by_id IS NOT NULL THEN
            {refuse("grant_checked_for_good", "a checked report stays")}
        END IF;
        IF (SELECT user_id FROM accounts_post WHERE id = NEW.checked_by_id)
            = (SELECT user_id FROM accounts_post WHERE id = NEW.reported_by_id)
        THEN
            {refuse("grant_checked_by_another", "who reported the use does not check it")}
        END IF;
        RETURN NEW;
    """,
)

CHECKED_AS_SHOWN = pgtrigger.Trigger(
    name="grant_checked_for_what_was_shown",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("checked_by_id", "checked_digest"),
    condition=pgtrigger.Condition("NEW.checked_by_id IS NOT NULL AND NEW.reported_by_id IS NOT NULL"),
    func=f"""
        IF NEW.checked_digest <> {USES.format(share="NEW.id")} THEN
            {refuse("grant_checked_for_what_was_shown", "the report is not what was shown")}
        END IF;
        RETURN NEW;
    """,
)

# The lock on the share makes entries and the report take turns.
USES_WITHIN_THE_SHARE = pgtrigger.Trigger(
    name="grant_uses_within_the_share",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
    declare=[("share", "record"), ("spent", "bigint")],
    func=f"""
        SELECT id, organisation_id, amount_fen, transfer_id, reported_by_id INTO share FROM organising_grantshare
        WHERE id = (CASE TG_OP WHEN 'DELETE' THEN OLD.share_id ELSE NEW.share_id END) FOR UPDATE;
        IF share.transfer_id IS NULL OR share.reported_by_id IS NOT NULL THEN
            {refuse("grant_uses_until_reported", "uses are entered between the transfer and the report")}
        END IF;
        IF TG_OP <> 'DELETE' AND EXISTS (SELECT FROM ledger_transfer WHERE reverses_id = share.transfer_id) THEN
            {refuse("grant_reported_of_what_is_there", "the money of this grant was taken back")}
        END IF;
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        SELECT COALESCE(SUM(amount_fen), 0) INTO spent FROM organising_grantuse
        WHERE share_id = NEW.share_id AND id <> NEW.id;
        IF spent + NEW.amount_fen > share.amount_fen OR NEW.organisation_id <> share.organisation_id THEN
            {refuse("grant_uses_within_the_share", "no more is used than was received")}
        END IF;
        RETURN NEW;
    """,
)

# Both sides lock the share, so that of a reversal and a report the later sees the earlier.
NOT_REVERSED_UNDER_A_REPORT = pgtrigger.Trigger(
    name="grant_not_reversed_under_a_report",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    condition=pgtrigger.Condition("NEW.reverses_id IS NOT NULL"),
    declare=[("share", "record")],
    func=f"""
        SELECT id, reported_by_id INTO share FROM organising_grantshare WHERE transfer_id = NEW.reverses_id FOR UPDATE;
        IF FOUND AND (share.reported_by_id IS NOT NULL
            OR EXISTS (SELECT FROM organising_grantuse WHERE share_id = share.id))
        THEN
            {refuse("ledger_transfer_built_on", "the use of this grant is entered or reported")}
        END IF;
        RETURN NEW;
    """,
)

REPORTED_OF_WHAT_IS_THERE = pgtrigger.Trigger(
    name="grant_reported_of_what_is_there",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("reported_by_id", "checked_by_id"),
    condition=pgtrigger.Condition("NEW.reported_by_id IS NOT NULL"),
    func=f"""
        IF EXISTS (SELECT FROM ledger_transfer WHERE reverses_id = NEW.transfer_id) THEN
            {refuse("grant_reported_of_what_is_there", "the money of this grant was taken back")}
        END IF;
        RETURN NEW;
    """,
)
