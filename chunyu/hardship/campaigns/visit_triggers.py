"""What the database itself keeps of visits: whom a source may pay for, one grant a family, two visitors, and what was
written down."""

# ruff: noqa: S608 - statements put together from constants of this file, before any value from outside exists

from __future__ import annotations

import pgtrigger

from chunyu.federation.triggers import refuse
from chunyu.hardship.campaigns.triggers import SOURCES, STAYS_WITHIN_ITS_SOURCE, VISITS, within_its_source
from chunyu.ledger import triggers as ledger

WITHIN = within_its_source("campaign_visit", "source_id")
STAYS_WITHIN = STAYS_WITHIN_ITS_SOURCE

# The campaign's row is the place where all that visit in it take turns.
IN_ITS_CAMPAIGN = pgtrigger.Trigger(
    name="a_campaign_visit_in_its_campaign",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert
    | pgtrigger.UpdateOf(
        "campaign_id", "organisation_id", "group", "household_id", "source_id", "cash_fen", "visited_on"
    ),
    declare=[("own", "record"), ("rule", "record")],
    func=f"""
        SELECT stage, scope_path INTO own FROM hardship_campaign WHERE id = NEW.campaign_id FOR NO KEY UPDATE;
        IF own.stage NOT IN ('funded', 'running') OR NEW.visited_on IS NOT NULL AND own.stage <> 'running' THEN
            {refuse("campaign_visit_while_running", "visits are planned once there is money, and made while it runs")}
        END IF;
        IF NOT starts_with(NEW.scope_path, own.scope_path) THEN
            {refuse("campaign_visit_in_its_place", "the visiting organisation takes no part")}
        END IF;
        SELECT needs_file, programme INTO rule FROM hardship_campaigngroup
        WHERE campaign_id = NEW.campaign_id AND kind = NEW."group";
        IF NOT FOUND OR rule.needs_file AND NEW.household_id IS NULL THEN
            {refuse("campaign_group_needs_a_file", "this group is of households on file")}
        END IF;
        IF NEW.household_id IS NOT NULL
            AND (NEW.household_id, NEW.organisation_id) IS DISTINCT FROM (OLD.household_id, OLD.organisation_id)
            AND NOT EXISTS (
            SELECT 1 FROM registry_household WHERE id = NEW.household_id AND starts_with(scope_path, NEW.scope_path)
        ) THEN
            {refuse("campaign_visit_of_its_household", "the household belongs to another organisation")}
        END IF;
        IF NEW.source_id IS NULL THEN
            RETURN NEW;
        END IF;
        IF NOT EXISTS (
            SELECT 1 FROM {SOURCES} s WHERE s.id = NEW.source_id AND s.campaign_id = NEW.campaign_id
                AND starts_with(NEW.scope_path, s.scope_path)
        ) THEN
            {refuse("campaign_source_of_its_line", "the money is held by another organisation")}
        END IF;
        IF EXISTS (SELECT 1 FROM {SOURCES} s JOIN ledger_earmark e ON e.fund_id = s.fund_id WHERE s.id = NEW.source_id)
            AND NOT EXISTS (
                SELECT 1 FROM {SOURCES} s JOIN ledger_earmark e ON e.fund_id = s.fund_id
                WHERE s.id = NEW.source_id AND e.programme = rule.programme)
        THEN
            {refuse("campaign_earmark_respected", "the fund is earmarked for another programme")}
        END IF;
        RETURN NEW;
    """,
)

_PEOPLE_HERE = """
    SELECT id_number_index FROM registry_member WHERE household_id = NEW.household_id AND left_on IS NULL
    UNION ALL SELECT NEW.id_number_index WHERE NEW.id_number_index IS NOT NULL"""

# The same household and the same person are barred by unique rules. This is for one family in two disguises: a person
# visited by name who is on a household's file, and two files that hold the same people.
ONE_GRANT_A_FAMILY = pgtrigger.Trigger(
    name="campaign_one_grant_a_family",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert
    | pgtrigger.UpdateOf("household_id", "id_number_index", "cash_fen", "called_off_on", "campaign_id"),
    condition=pgtrigger.Condition("NEW.cash_fen > 0 AND NEW.called_off_on IS NULL AND NEW.enterprise_id IS NULL"),
    func=f"""
        PERFORM 1 FROM hardship_campaign WHERE id = NEW.campaign_id FOR NO KEY UPDATE;
        IF EXISTS (
            SELECT 1 FROM {VISITS} v WHERE v.campaign_id = NEW.campaign_id AND v.id <> NEW.id
                AND v.cash_fen > 0 AND v.called_off_on IS NULL
                AND v.household_id IS DISTINCT FROM NEW.household_id
                AND v.id_number_index IN ({_PEOPLE_HERE})
        ) OR EXISTS (
            SELECT 1 FROM registry_member m
            JOIN {VISITS} v ON v.household_id = m.household_id AND v.campaign_id = NEW.campaign_id
            WHERE m.id_number_index IN ({_PEOPLE_HERE}) AND m.left_on IS NULL AND v.id <> NEW.id
                AND m.household_id IS DISTINCT FROM NEW.household_id
                AND v.cash_fen > 0 AND v.called_off_on IS NULL
        ) THEN
            {refuse("campaign_one_grant_a_family", "this family has its festival grant already")}
        END IF;
        RETURN NEW;
    """,
)

_LATER = "- 'need_kind' - 'need' - 'need_case_id' - 'need_met_on' - 'scope_path'"
_PAYING = "- 'order_id' - 'transfer_id'"

KEPT_AFTER_CLOSING = pgtrigger.Trigger(
    name="campaign_visit_kept_after_closing",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    func=f"""
        IF (to_jsonb(OLD) {_LATER}) <> (to_jsonb(NEW) {_LATER})
            AND (SELECT stage FROM hardship_campaign WHERE id = NEW.campaign_id) IN ('closed', 'audited')
        THEN
            {refuse("campaign_closed_is_kept", "the campaign is closed")}
        END IF;
        RETURN NEW;
    """,
)

OUTCOME_IS_KEPT = pgtrigger.Trigger(
    name="campaign_visit_is_kept",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    condition=pgtrigger.Condition("OLD.visited_on IS NOT NULL OR OLD.called_off_on IS NOT NULL"),
    func=f"""
        IF (to_jsonb(OLD) {_LATER} {_PAYING}) <> (to_jsonb(NEW) {_LATER} {_PAYING})
            OR OLD.transfer_id IS NOT NULL AND NEW.transfer_id IS DISTINCT FROM OLD.transfer_id
            OR OLD.need_case_id IS NOT NULL AND NEW.need_case_id IS DISTINCT FROM OLD.need_case_id
        THEN
            {refuse("campaign_visit_is_kept", "what was written down of a visit stays")}
        END IF;
        RETURN NEW;
    """,
)
UNDELETABLE = ledger.undeletable("campaign_visit_is_never_removed", "a visit is never removed: call it off")

VISITED_BY_TWO = pgtrigger.Trigger(
    name="campaign_visit_by_two",
    when=pgtrigger.After,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("visited_on"),
    timing=pgtrigger.Deferred,
    condition=pgtrigger.Condition("NEW.visited_on IS NOT NULL"),
    func=f"""
        IF (SELECT count(*) FROM hardship_visitor WHERE visit_id = NEW.id) < 2 THEN
            {refuse("campaign_visit_by_two", "a visit is made by two people or more")}
        END IF;
        RETURN NULL;
    """,
)

PAID_AS_PLANNED = pgtrigger.Trigger(
    name="campaign_paid_as_planned",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("order_id"),
    declare=[("before", "uuid")],
    func=f"""
        before := CASE TG_OP WHEN 'UPDATE' THEN OLD.order_id END;
        IF NEW.order_id IS NOT DISTINCT FROM before THEN
            RETURN NEW;
        END IF;
        IF before IS NOT NULL AND (SELECT status FROM ledger_paymentorder WHERE id = before) <> 'cancelled'
            OR NEW.order_id IS NOT NULL AND NOT EXISTS (
                SELECT 1 FROM ledger_paymentorder o JOIN {SOURCES} s ON s.id = NEW.source_id
                JOIN hardship_campaigngroup g ON g.campaign_id = NEW.campaign_id AND g.kind = NEW."group"
                WHERE o.id = NEW.order_id AND o.household_id = NEW.household_id AND o.amount_fen = NEW.cash_fen
                    AND o.fund_id = s.fund_id AND o.programme = g.programme AND o.reference = NEW.number
            )
        THEN
            {refuse("campaign_paid_as_planned", "the order is not what the visit says")}
        END IF;
        RETURN NEW;
    """,
)

HANDED_OVER_AS_BOOKED = pgtrigger.Trigger(
    name="campaign_handed_over_as_booked",
    when=pgtrigger.After,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("transfer_id"),
    timing=pgtrigger.Deferred,
    condition=pgtrigger.Condition("NEW.transfer_id IS NOT NULL"),
    func=f"""
        IF NOT EXISTS (
            SELECT 1 FROM ledger_transfer t JOIN ledger_leg l ON l.transfer_id = t.id AND l.side = 'credit'
            JOIN ledger_account a ON a.id = l.account_id AND a.kind = 'cash'
            JOIN {SOURCES} s ON s.id = NEW.source_id AND s.fund_id = a.fund_id
            WHERE t.id = NEW.transfer_id AND t.reason = 'spending' AND l.quantity = (
                SELECT SUM(v.cash_fen) FROM {VISITS} v WHERE v.transfer_id = NEW.transfer_id)
        ) OR EXISTS (SELECT 1 FROM {VISITS} WHERE transfer_id = NEW.transfer_id AND source_id <> NEW.source_id)
        THEN
            {refuse("campaign_handed_over_as_booked", "the books do not say what was handed over")}
        END IF;
        RETURN NULL;
    """,
)

_PRIORITY = """(SELECT g.priority FROM hardship_campaignvisit v JOIN hardship_campaigngroup g
            ON g.campaign_id = v.campaign_id AND g.kind = {} WHERE v.id = NEW.visit_id)"""
TAG_AFTER_THE_GROUP = pgtrigger.Trigger(
    name="campaign_group_by_priority",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update,
    func=f"""
        IF ({_PRIORITY.format('NEW."group"')} > {_PRIORITY.format('v."group"')}) IS NOT TRUE THEN
            {refuse("campaign_group_by_priority", "the group that counts is the one of the highest priority")}
        END IF;
        RETURN NEW;
    """,
)

TEAM_IS_KEPT = pgtrigger.Trigger(
    name="campaign_team_is_kept",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
    func=f"""
        IF EXISTS (SELECT 1 FROM {VISITS} WHERE visited_on IS NOT NULL
            AND id = (CASE TG_OP WHEN 'DELETE' THEN OLD.visit_id ELSE NEW.visit_id END))
        THEN
            {refuse("campaign_visit_is_kept", "what was written down of a visit stays")}
        END IF;
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        RETURN NEW;
    """,
)
PAPER_IS_KEPT = ledger.kept("campaign_paper_is_kept", "a paper is never replaced")
