"""What the database itself keeps of campaigns and their money; of visits and answers see the files beside."""

# ruff: noqa: S608 - statements put together from constants of this file, before any value from outside exists

from __future__ import annotations

from collections.abc import Mapping

import pgtrigger

from chunyu.federation.triggers import refuse
from chunyu.ledger import triggers as ledger
from chunyu.ledger.triggers import signed

kept = ledger.kept
STARTS = ledger.starts("campaign_starts_planned", "stage", "planned")
SOURCES, VISITS, RETURNS = "hardship_campaignsource", "hardship_campaignvisit", "hardship_campaignreturn"


def steps(moves: Mapping[tuple[str, str], str]) -> pgtrigger.Trigger:
    return ledger.steps("campaign_steps", "stage", {(str(b), move): str(after) for (b, move), after in moves.items()})


def used(source: str) -> str:
    """What a source has given away: to visits, to organisations below (less what came back from them), and back."""
    return f"""(
        (SELECT COALESCE(SUM(u.cash_fen), 0) FROM {VISITS} u WHERE u.source_id = {source} AND u.called_off_on IS NULL)
        + (SELECT COALESCE(SUM(u.amount_fen), 0) FROM {SOURCES} u WHERE u.above_id = {source})
        - (SELECT COALESCE(SUM(r.amount_fen), 0) FROM {RETURNS} r JOIN {SOURCES} u ON u.id = r.source_id
            WHERE u.above_id = {source})
        + (SELECT COALESCE(SUM(r.amount_fen), 0) FROM {RETURNS} r WHERE r.source_id = {source}))"""


def _within(sources: str) -> str:
    # The lock makes two that take from one source take turns: whoever is second sees what the first took.
    return f"""
        PERFORM 1 FROM {SOURCES} WHERE id IN ({sources}) ORDER BY id FOR NO KEY UPDATE;
        IF EXISTS (SELECT 1 FROM {SOURCES} s WHERE s.id IN ({sources}) AND s.amount_fen < {used("s.id")}) THEN
            {refuse("campaign_allocated_within_its_source", "more is allocated than the source holds")}
        END IF;
    """


def within_its_source(table: str, column: str) -> pgtrigger.Trigger:
    """New rows of a table take no more from a source than it holds, however many come in one statement."""
    return pgtrigger.Trigger(
        name=f"{table}_within_its_source",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        referencing=pgtrigger.Referencing(new="new_rows"),
        func=_within(f"SELECT {column} FROM new_rows") + "RETURN NULL;",
    )


STAYS_WITHIN_ITS_SOURCE = pgtrigger.Trigger(
    name="campaign_visit_stays_within_its_source",
    when=pgtrigger.After,
    operation=pgtrigger.UpdateOf("cash_fen", "source_id", "called_off_on"),
    condition=pgtrigger.Condition("NEW.source_id IS NOT NULL"),
    func=_within("NEW.source_id") + "RETURN NULL;",
)

FUNDED_WITH_ITS_PARTS = pgtrigger.Trigger(
    name="campaign_funded_with_its_parts",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    condition=pgtrigger.Condition("OLD.stage = 'planned' AND NEW.stage = 'funded'"),
    func=f"""
        IF (SELECT count(*) FROM hardship_campaigngroup WHERE campaign_id = NEW.id) <> 5 THEN
            {refuse("campaign_has_five_groups", "a campaign has exactly five groups")}
        END IF;
        IF NOT EXISTS (SELECT 1 FROM {SOURCES} WHERE campaign_id = NEW.id AND above_id IS NULL) THEN
            {refuse("campaign_has_sources", "a campaign is funded from sources")}
        END IF;
        RETURN NEW;
    """,
)


def _over_quota(campaign: str, organisation: str) -> str:
    return f"""
        (SELECT COALESCE(SUM(amount_fen), 0) FROM hardship_campaignquota
            WHERE campaign_id = {campaign} AND organisation_id = {organisation})
        > (SELECT COALESCE(SUM(amount_fen), 0) FROM {SOURCES} WHERE campaign_id = {campaign} AND above_id IS NULL)"""


RUNS_WITHIN_ITS_MONEY = pgtrigger.Trigger(
    name="campaign_runs_within_its_money",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    condition=pgtrigger.Condition("OLD.stage = 'funded' AND NEW.stage = 'running'"),
    func=f"""
        IF {_over_quota("NEW.id", "NEW.organisation_id")} THEN
            {refuse("campaign_quota_within_what_was_raised", "the quotas promise more than was raised")}
        END IF;
        RETURN NEW;
    """,
)

_TREE = "(s.id = line.source_id OR s.root_id = line.source_id)"
# What the books paid for visits of a source, its portions included: bank lines that arrived, and transfers booked.
_PAID = f"""(
    (SELECT COALESCE(SUM(b.amount_fen), 0) FROM {SOURCES} s JOIN {VISITS} v ON v.source_id = s.id
        JOIN ledger_batchline b ON b.order_id = v.order_id AND b.outcome = 'paid' WHERE {_TREE})
    + (SELECT COALESCE(SUM(l.quantity), 0) FROM ledger_leg l WHERE l.side = 'credit' AND l.transfer_id IN (
        SELECT v.transfer_id FROM {SOURCES} s JOIN {VISITS} v ON v.source_id = s.id WHERE {_TREE})))"""

CLOSES_TO_THE_FEN = pgtrigger.Trigger(
    name="campaign_closes_to_the_fen",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    condition=pgtrigger.Condition("OLD.stage = 'running' AND NEW.stage = 'closed'"),
    func=f"""
        IF EXISTS (
            SELECT 1 FROM {VISITS} WHERE campaign_id = NEW.id AND visited_on IS NULL AND called_off_on IS NULL
        ) THEN
            {refuse("campaign_closes_without_open_visits", "visits are neither made nor called off")}
        END IF;
        IF EXISTS (
            SELECT 1 FROM {VISITS} v LEFT JOIN ledger_paymentorder o ON o.id = v.order_id
            WHERE v.campaign_id = NEW.id AND v.called_off_on IS NULL AND v.cash_fen > 0
                AND v.transfer_id IS NULL AND o.status IS DISTINCT FROM 'paid'
        ) THEN
            {refuse("campaign_closes_with_all_paid", "grants have not reached everybody")}
        END IF;
        IF EXISTS (
            SELECT 1 FROM {SOURCES} s
            WHERE s.campaign_id = NEW.id AND s.above_id IS NOT NULL AND s.amount_fen <> {used("s.id")}
        ) THEN
            {refuse("campaign_closes_with_all_back", "money handed down has not come back")}
        END IF;
        IF (SELECT count(*) FROM {SOURCES} WHERE campaign_id = NEW.id AND above_id IS NULL)
            <> (SELECT count(*) FROM hardship_closingline line JOIN {SOURCES} s ON s.id = line.source_id
                WHERE line.campaign_id = NEW.id AND s.campaign_id = NEW.id AND s.above_id IS NULL)
            OR EXISTS (
            SELECT 1 FROM hardship_closingline line JOIN {SOURCES} root ON root.id = line.source_id
            WHERE line.campaign_id = NEW.id AND (line.raised_fen <> root.amount_fen OR line.paid_fen <> {_PAID}
                OR line.returned_fen <>
                    (SELECT COALESCE(SUM(amount_fen), 0) FROM {RETURNS} WHERE source_id = line.source_id))
        ) THEN
            {refuse("campaign_closing_as_in_the_books", "the closing account is not what the books say")}
        END IF;
        IF EXISTS (
            SELECT 1 FROM hardship_closingline line JOIN {SOURCES} root ON root.id = line.source_id
            JOIN ledger_account a ON a.fund_id = root.fund_id AND a.kind = 'cash' AND a.commodity_id = 'CNY'
            WHERE line.campaign_id = NEW.id AND a.balance < line.unspent_fen
        ) THEN
            {refuse("campaign_unspent_is_there", "what is unspent is not in the fund")}
        END IF;
        RETURN NEW;
    """,
)

AUDITED_BY_AN_AUDITOR = pgtrigger.Trigger(
    name="campaign_audited_by_an_auditor",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update,
    condition=pgtrigger.Condition("NEW.stage = 'audited'"),
    func=f"""
        IF NOT EXISTS (
            SELECT 1 FROM accounts_post p JOIN federation_organisation o ON o.id = p.organisation_id
            WHERE p.id = NEW.audited_by_id AND p.role = 'auditor' AND starts_with(NEW.scope_path, o.path)
                AND p.user_id NOT IN (
                    SELECT user_id FROM accounts_post WHERE id IN (NEW.planned_by_id, NEW.closed_by_id))
        ) THEN
            {refuse("campaign_audited_by_an_auditor", "an auditor confirms it who had no hand in it")}
        END IF;
        RETURN NEW;
    """,
)

_AUDIT = "- 'stage' - 'audited_by_id' - 'audited_on' - 'audit_note' - 'scope_path'"
CLOSED_IS_KEPT = pgtrigger.Trigger(
    name="campaign_closed_is_kept",
    when=pgtrigger.Before,
    operation=pgtrigger.Update | pgtrigger.Delete,
    condition=pgtrigger.Condition("OLD.stage IN ('closed', 'audited')"),
    func=f"""
        IF TG_OP = 'DELETE' OR OLD.stage = 'audited' AND to_jsonb(OLD) - 'scope_path' <> to_jsonb(NEW) - 'scope_path'
            OR (to_jsonb(OLD) {_AUDIT}) <> (to_jsonb(NEW) {_AUDIT})
        THEN
            {refuse("campaign_closed_is_kept", "a closed campaign is never changed")}
        END IF;
        RETURN NEW;
    """,
)

GROUPS_WHILE_PLANNED = pgtrigger.Trigger(
    name="campaign_groups_while_planned",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
    declare=[("at", "text")],
    func=f"""
        SELECT stage INTO at FROM hardship_campaign
        WHERE id = (CASE TG_OP WHEN 'DELETE' THEN OLD.campaign_id ELSE NEW.campaign_id END) FOR NO KEY UPDATE;
        IF at <> 'planned' THEN
            {refuse("campaign_groups_while_planned", "groups are settled while a campaign is planned")}
        END IF;
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        RETURN NEW;
    """,
)


def _while_open(rule: str, campaign: str) -> str:
    return f"""
        PERFORM 1 FROM hardship_campaign WHERE id = {campaign} AND stage IN ('planned', 'funded', 'running')
        FOR NO KEY UPDATE;
        IF NOT FOUND THEN
            {refuse(rule, "the campaign is closed")}
        END IF;
        RETURN NEW;
    """


SOURCE_IN_AN_OPEN_CAMPAIGN = pgtrigger.Trigger(
    name="a_campaign_source_while_open",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    func=_while_open("campaign_source_while_open", "NEW.campaign_id"),
)
RETURN_IN_AN_OPEN_CAMPAIGN = pgtrigger.Trigger(
    name="a_campaign_return_while_open",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    func=_while_open("campaign_return_while_open", f"(SELECT campaign_id FROM {SOURCES} WHERE id = NEW.source_id)"),
)

# What came into a fund: from its source, and handed down to it; not what its own portions gave back.
_BROUGHT = f"""(
    SELECT COALESCE(SUM({signed("l")}), 0) FROM ledger_leg l JOIN ledger_account a ON a.id = l.account_id
    JOIN ledger_transfer t ON t.id = l.transfer_id LEFT JOIN ledger_transfer original ON original.id = t.reverses_id
    WHERE a.fund_id = NEW.fund_id AND a.kind = 'cash' AND a.commodity_id = 'CNY'
        AND (COALESCE(original.reason, t.reason) IN ('receipt', 'give_back', 'arrival')
            OR t.reason = 'hand_back' AND l.side = 'credit')
        AND t.id NOT IN (SELECT r.transfer_id FROM {RETURNS} r JOIN {SOURCES} c ON c.id = r.source_id
            WHERE c.above_id IS NOT NULL))"""

RAISED_IN_ITS_FUND = pgtrigger.Trigger(
    name="campaign_raised_in_its_fund",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    condition=pgtrigger.Condition("NEW.above_id IS NULL"),
    func=f"""
        PERFORM 1 FROM ledger_fund WHERE id = NEW.fund_id FOR NO KEY UPDATE;
        IF NOT EXISTS (
            SELECT 1 FROM ledger_fund f JOIN hardship_campaign c ON c.id = NEW.campaign_id
            WHERE f.id = NEW.fund_id AND f.organisation_id = NEW.organisation_id
                AND starts_with(f.scope_path, c.scope_path)
        ) THEN
            {refuse("campaign_source_of_its_holder", "a source is a fund of one of its organisations")}
        END IF;
        IF NEW.amount_fen + (
            SELECT COALESCE(SUM(s.amount_fen), 0) FROM {SOURCES} s WHERE s.fund_id = NEW.fund_id AND s.above_id IS NULL
        ) - (
            SELECT COALESCE(SUM(r.amount_fen), 0) FROM {RETURNS} r JOIN {SOURCES} s ON s.id = r.source_id
            WHERE s.fund_id = NEW.fund_id AND s.above_id IS NULL
        ) > {_BROUGHT} THEN
            {refuse("campaign_raised_in_its_fund", "the fund has not received so much")}
        END IF;
        RETURN NEW;
    """,
)

HANDED_DOWN_IN_THE_BOOKS = pgtrigger.Trigger(
    name="campaign_handed_down_in_the_books",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    condition=pgtrigger.Condition("NEW.above_id IS NOT NULL"),
    func=f"""
        IF NOT EXISTS (
            SELECT 1 FROM {SOURCES} a JOIN ledger_fund f ON f.id = NEW.fund_id
                AND f.organisation_id = NEW.organisation_id
            JOIN ledger_transfer t ON t.id = NEW.transfer_id AND t.reason = 'allocation'
            JOIN ledger_leg gave ON gave.transfer_id = t.id AND gave.side = 'credit' AND gave.quantity = NEW.amount_fen
            JOIN ledger_account giver ON giver.id = gave.account_id AND giver.fund_id = a.fund_id
            JOIN ledger_leg took ON took.transfer_id = t.id AND took.side = 'debit'
            JOIN ledger_account taker ON taker.id = took.account_id AND taker.fund_id = NEW.fund_id
            WHERE a.id = NEW.above_id AND a.campaign_id = NEW.campaign_id AND NEW.root_id = COALESCE(a.root_id, a.id)
                AND starts_with(NEW.scope_path, a.scope_path)
        ) THEN
            {refuse("campaign_handed_down_in_the_books", "the books do not say that this was handed down")}
        END IF;
        RETURN NEW;
    """,
)

RETURNED_IN_THE_BOOKS = pgtrigger.Trigger(
    name="campaign_returned_in_the_books",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    func=f"""
        IF NOT EXISTS (
            SELECT 1 FROM {SOURCES} s LEFT JOIN {SOURCES} above ON above.id = s.above_id
            JOIN ledger_transfer t ON t.id = NEW.transfer_id
                AND t.reason = CASE WHEN s.above_id IS NULL THEN 'give_back' ELSE 'hand_back' END
            JOIN ledger_leg gave ON gave.transfer_id = t.id AND gave.side = 'credit' AND gave.quantity = NEW.amount_fen
            JOIN ledger_account giver ON giver.id = gave.account_id AND giver.fund_id = s.fund_id
            JOIN ledger_leg took ON took.transfer_id = t.id AND took.side = 'debit'
            JOIN ledger_account taker ON taker.id = took.account_id
                AND taker.fund_id = COALESCE(above.fund_id, s.fund_id)
            WHERE s.id = NEW.source_id
        ) THEN
            {refuse("campaign_returned_in_the_books", "the books do not say that this went back")}
        END IF;
        RETURN NEW;
    """,
)

# A source that was booked by mistake can be taken out while the campaign is planned; nothing else ever changes.
SOURCE_IS_KEPT = pgtrigger.Trigger(
    name="campaign_source_is_kept",
    when=pgtrigger.Before,
    operation=pgtrigger.Update | pgtrigger.Delete,
    func=f"""
        IF TG_OP = 'UPDATE' OR OLD.above_id IS NOT NULL
            OR (SELECT stage FROM hardship_campaign WHERE id = OLD.campaign_id FOR NO KEY UPDATE) <> 'planned'
        THEN
            {refuse("campaign_source_is_kept", "a source of a campaign stays as it was booked")}
        END IF;
        RETURN OLD;
    """,
)
RETURN_IS_KEPT = kept("campaign_return_is_kept", "what went back is never changed")
CLOSING_IS_KEPT = kept("campaign_closing_is_kept", "a closing account is never changed")

# At the end of the transaction, so that a whole level can be split anew in one act.
QUOTA_SPLITS_WHAT_IT_GOT = pgtrigger.Trigger(
    name="campaign_quota_splits_what_it_got",
    when=pgtrigger.After,
    operation=pgtrigger.Insert | pgtrigger.Update,
    timing=pgtrigger.Deferred,
    declare=[("own", "record"), ("above", "bigint")],
    func=f"""
        SELECT stage, organisation_id INTO own FROM hardship_campaign WHERE id = NEW.campaign_id FOR NO KEY UPDATE;
        IF own.stage NOT IN ('planned', 'funded', 'running') THEN
            {refuse("campaign_quota_while_open", "the campaign is closed")}
        END IF;
        IF NEW.organisation_id = own.organisation_id THEN
            IF own.stage <> 'planned' AND {_over_quota("NEW.campaign_id", "NEW.organisation_id")} THEN
                {refuse("campaign_quota_within_what_was_raised", "the quotas promise more than was raised")}
            END IF;
        ELSE
            SELECT parent_id INTO above FROM federation_organisation WHERE id = NEW.organisation_id;
            IF NOT EXISTS (
                SELECT 1 FROM hardship_campaignquota p WHERE p.campaign_id = NEW.campaign_id AND p."group" = NEW."group"
                    AND p.organisation_id = above
            ) THEN
                {refuse("campaign_quota_splits_what_it_got", "the level above has no quota of this group")}
            END IF;
        END IF;
        IF EXISTS (
            SELECT 1 FROM hardship_campaignquota p
            JOIN federation_organisation o ON o.parent_id = p.organisation_id
            JOIN hardship_campaignquota c ON c.campaign_id = p.campaign_id AND c."group" = p."group"
                AND c.organisation_id = o.id
            WHERE p.campaign_id = NEW.campaign_id AND p."group" = NEW."group"
                AND p.organisation_id IN (NEW.organisation_id, above)
            GROUP BY p.id HAVING SUM(c.households) > p.households OR SUM(c.amount_fen) > p.amount_fen
        ) THEN
            {refuse("campaign_quota_splits_what_it_got", "more is split than was got")}
        END IF;
        RETURN NULL;
    """,
)
