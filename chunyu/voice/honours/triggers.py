"""What the database itself keeps of honours: who may be nominated, who may score, and what is paid."""

# ruff: noqa: S608 - statements put together from constants of this file, before any value from outside exists

from __future__ import annotations

from typing import Final

import pgtrigger

from chunyu.federation.triggers import refuse

PROCESS: Final = "voice.honours"
PUT_RIGHT: Final = ("done", "reviewed")

NOMINEE_FITS = pgtrigger.Trigger(
    name="nominee_fits_the_round",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    func=f"""
        IF NOT EXISTS (
            SELECT 1 FROM voice_honourround r JOIN casework_case c ON c.id = r.case_id
            WHERE r.id = NEW.round_id AND c.state = 'open' FOR SHARE OF c
        ) THEN
            {refuse("honours_while_open", "the round is no longer open")}
        END IF;
        IF (SELECT kind = 'proposals' FROM voice_honourround WHERE id = NEW.round_id) AND NOT EXISTS (
            SELECT 1 FROM voice_honourround r JOIN voice_proposal p ON p.organisation_id = r.organisation_id
            JOIN casework_case c ON c.id = p.case_id
            WHERE r.id = NEW.round_id AND c.id = NEW.case_id AND c.state IN {PUT_RIGHT}
                AND extract(year FROM p.raised_on) = r.year
        ) THEN
            {refuse("nominee_of_that_year", "only proposals of that year that were put right")}
        END IF;
        RETURN NEW;
    """,
)

# A juror never scores their own: by the name under which they stand as nominee, or as author of what is nominated.
NO_CONFLICT = pgtrigger.Trigger(
    name="juror_without_conflict",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    func=f"""
        IF NOT EXISTS (
            SELECT 1 FROM voice_nominee n JOIN voice_juror j ON j.round_id = n.round_id
            JOIN voice_honourround r ON r.id = n.round_id JOIN casework_case c ON c.id = r.case_id
            WHERE n.id = NEW.nominee_id AND j.id = NEW.juror_id AND c.state = 'open' FOR SHARE OF c
        ) THEN
            {refuse("honours_while_open", "the round is no longer open")}
        END IF;
        IF EXISTS (
            SELECT 1 FROM voice_nominee n JOIN voice_juror j ON j.id = NEW.juror_id
            WHERE n.id = NEW.nominee_id AND (n.name = j.name OR EXISTS (
                SELECT 1 FROM voice_proposal p JOIN voice_author a ON a.proposal_id = p.id
                WHERE p.case_id = n.case_id AND a.name = j.name))
        ) OR EXISTS (SELECT 1 FROM voice_recusal WHERE nominee_id = NEW.nominee_id AND juror_id = NEW.juror_id) THEN
            {refuse("juror_without_conflict", "a juror does not score their own")}
        END IF;
        RETURN NEW;
    """,
)

PAID_AS_AWARDED = pgtrigger.Trigger(
    name="award_paid_as_awarded",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    func=f"""
        IF (SELECT sum(quantity) FROM ledger_leg WHERE transfer_id = NEW.transfer_id AND side = 'debit')
            IS DISTINCT FROM (SELECT bonus_fen FROM voice_award WHERE id = NEW.award_id)
        THEN
            {refuse("award_paid_as_awarded", "the payment is not the bonus")}
        END IF;
        RETURN NEW;
    """,
)

ALL_PAID = pgtrigger.Trigger(
    name="honours_all_paid",
    when=pgtrigger.After,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("state", "process"),
    timing=pgtrigger.Deferred,
    condition=pgtrigger.Condition(f"NEW.process = '{PROCESS}' AND NEW.state = 'paid'"),
    func=f"""
        IF EXISTS (
            SELECT 1 FROM voice_award a JOIN voice_nominee n ON n.id = a.nominee_id
            JOIN voice_honourround r ON r.id = n.round_id
            WHERE r.case_id = NEW.id AND a.bonus_fen > 0
                AND NOT EXISTS (SELECT 1 FROM voice_awardpayment WHERE award_id = a.id)
        ) THEN
            {refuse("honours_all_paid", "a bonus has not been paid")}
        END IF;
        RETURN NULL;
    """,
)
