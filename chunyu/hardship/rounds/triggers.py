"""What the database itself keeps of a round: its steps, its sums, and everything once it is submitted."""

# ruff: noqa: S608 - statements put together from constants of this file, before any value from outside exists

from __future__ import annotations

from collections.abc import Mapping

import pgtrigger

from chunyu.ledger import triggers as ledger
from chunyu.ledger.triggers import refuse

ANY = pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete
STARTS = ledger.starts("round_starts_as_draft", "stage", "draft")
OPENED_KEPT = ledger.kept("round_application_is_kept", "what became of a line is never changed")

FROZEN = pgtrigger.Trigger(
    name="round_published_is_kept",
    when=pgtrigger.Before,
    operation=pgtrigger.Update | pgtrigger.Delete,
    condition=pgtrigger.Condition("OLD.stage = 'published'"),
    func=refuse("round_published_is_kept", "a published round is never changed"),
)

ADDS_UP = pgtrigger.Trigger(
    name="round_adds_up",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    condition=pgtrigger.Condition("OLD.stage = 'computed' AND NEW.stage = 'submitted'"),
    func=f"""
        IF EXISTS (
            SELECT 1 FROM hardship_roundsource s LEFT JOIN hardship_roundpayment p ON p.source_id = s.id
            WHERE s.round_id = NEW.id
            GROUP BY s.id HAVING COALESCE(SUM(p.grant_fen + p.handling_fen), 0) > s.budget_fen
        ) THEN
            {refuse("round_within_its_budgets", "a fund of the round is overspent")}
        END IF;
        IF EXISTS (
            SELECT 1 FROM hardship_roundsource s JOIN hardship_roundpayment p ON p.source_id = s.id
            JOIN hardship_roundline l ON l.id = p.line_id WHERE s.round_id = NEW.id AND l.round_id <> NEW.id
        ) THEN
            {refuse("round_pays_its_own_lines", "a fund of this round pays a line of another")}
        END IF;
        IF EXISTS (
            SELECT 1 FROM hardship_roundline l LEFT JOIN hardship_roundpayment p ON p.line_id = l.id
            WHERE l.round_id = NEW.id
            GROUP BY l.id HAVING COALESCE(SUM(p.grant_fen), 0) <> l.amount_fen
        ) THEN
            {refuse("round_pays_its_lines", "the funds do not pay exactly what the lines say")}
        END IF;
        IF EXISTS (
            SELECT 1 FROM hardship_roundquota q
            JOIN federation_organisation o ON o.id = q.county_id
            LEFT JOIN hardship_roundline l ON l.round_id = q.round_id AND l.amount_fen > 0
                AND l.scope_path LIKE o.path || '%'
            WHERE q.round_id = NEW.id
            GROUP BY q.id
            HAVING SUM(l.amount_fen) > q.fen OR COUNT(DISTINCT l.household_id) > q.households
        ) THEN
            {refuse("round_within_its_quotas", "a county is over its quota")}
        END IF;
        RETURN NEW;
    """,
)


def steps(moves: Mapping[tuple[str, str], str]) -> pgtrigger.Trigger:
    return ledger.steps("round_steps", "stage", {(str(b), move): str(after) for (b, move), after in moves.items()})


def until_settled(table: str) -> pgtrigger.Trigger:
    """Rows of a round change only while it is prepared or computed. The lock keeps it from moving on meanwhile."""
    rule = f"{table}_until_settled"
    return pgtrigger.Trigger(
        name=rule,
        when=pgtrigger.Before,
        operation=ANY,
        declare=[("at", "text")],
        func=f"""
            SELECT stage INTO at FROM hardship_round
            WHERE id = (CASE TG_OP WHEN 'DELETE' THEN OLD.round_id ELSE NEW.round_id END) FOR SHARE;
            IF at NOT IN ('draft', 'computing') THEN
                {refuse(rule, "this part of the round is settled")}
            END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        """,
    )


PAYMENTS = pgtrigger.Trigger(
    name="roundpayment_until_settled",
    when=pgtrigger.Before,
    operation=ANY,
    declare=[("at", "text")],
    func=f"""
        SELECT r.stage INTO at FROM hardship_round r JOIN hardship_roundsource s ON s.round_id = r.id
        WHERE s.id = (CASE TG_OP WHEN 'DELETE' THEN OLD.source_id ELSE NEW.source_id END) FOR SHARE OF r;
        IF at NOT IN ('draft', 'computing') THEN
            {refuse("roundpayment_until_settled", "this part of the round is settled")}
        END IF;
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        RETURN NEW;
    """,
)

OPENED = pgtrigger.Trigger(
    name="round_opens_when_published",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    declare=[("at", "text"), ("amount", "bigint")],
    func=f"""
        SELECT r.stage, l.amount_fen INTO at, amount
        FROM hardship_roundline l JOIN hardship_round r ON r.id = l.round_id
        WHERE l.id = NEW.line_id;
        IF at <> 'published' OR amount = 0 THEN
            {refuse("round_opens_when_published", "only lines of a published round that grant something go on")}
        END IF;
        RETURN NEW;
    """,
)
