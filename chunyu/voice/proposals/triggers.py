"""What the database itself keeps of proposals: nothing is put right without proof, check and word."""

# ruff: noqa: S608 - statements put together from constants of this file, before any value from outside exists

from __future__ import annotations

from typing import Final

import pgtrigger

from chunyu.federation.triggers import refuse

PROCESS: Final = "voice.proposal"
PROOF: Final = "proof"
DONE: Final = ("done", "reviewed")

# Asked when the transaction ends: the state of the case and the word that it rests on are written by one act. The rows
# are compared by their keys, which grow.
PUT_RIGHT = pgtrigger.Trigger(
    name="proposal_done_with_proof_check_and_word",
    when=pgtrigger.After,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("state", "process"),
    timing=pgtrigger.Deferred,
    condition=pgtrigger.Condition(f"NEW.process = '{PROCESS}' AND NEW.state IN {DONE}"),
    declare=[("checked", "bigint")],
    func=f"""
        IF NOT EXISTS (SELECT 1 FROM casework_document WHERE case_id = NEW.id AND kind = '{PROOF}') THEN
            {refuse("proposal_done_with_proof", "no proof is on the case")}
        END IF;
        SELECT max(a.id) INTO checked FROM voice_acceptance a JOIN voice_proposal p ON p.id = a.proposal_id
            WHERE p.case_id = NEW.id AND a.by = 'union';
        IF checked IS NULL OR NOT (SELECT accepted FROM voice_acceptance WHERE id = checked) THEN
            {refuse("proposal_done_with_the_unions_check", "the union has not accepted it")}
        END IF;
        IF NOT COALESCE((SELECT a.accepted FROM voice_acceptance a JOIN voice_proposal p ON p.id = a.proposal_id
            WHERE p.case_id = NEW.id AND a.by <> 'union' AND a.id > checked ORDER BY a.id DESC LIMIT 1), false)
        THEN
            {refuse("proposal_done_with_the_authors_word", "the author has not accepted it")}
        END IF;
        RETURN NULL;
    """,
)

# Ten working days are never less than ten days; how many they are in a year with its holidays is the calendar's.
SILENCE = pgtrigger.Trigger(
    name="silence_after_ten_days",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    condition=pgtrigger.Condition("NEW.by = 'silence'"),
    func=f"""
        IF NEW.day <= COALESCE((SELECT max(day) + 10 FROM voice_acceptance
            WHERE proposal_id = NEW.proposal_id AND by = 'union'), 'infinity'::date)
        THEN
            {refuse("silence_after_ten_days", "the author still has time")}
        END IF;
        RETURN NEW;
    """,
)

MOTION_OF_ONE_UNION = pgtrigger.Trigger(
    name="motion_of_the_same_union",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    func=f"""
        IF NOT EXISTS (
            SELECT 1 FROM voice_proposal p JOIN voice_congresssession s ON s.organisation_id = p.organisation_id
            WHERE p.id = NEW.proposal_id AND s.id = NEW.session_id
        ) THEN
            {refuse("motion_of_the_same_union", "a motion goes to a congress of its own union")}
        END IF;
        RETURN NEW;
    """,
)

MERGED_IN_ONE_UNION = pgtrigger.Trigger(
    name="merged_into_the_same_union",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("into_id"),
    condition=pgtrigger.Condition("NEW.into_id IS NOT NULL"),
    func=f"""
        IF NOT EXISTS (
            SELECT 1 FROM voice_proposal WHERE id = NEW.into_id AND organisation_id = NEW.organisation_id
                AND into_id IS NULL FOR SHARE
        ) THEN
            {refuse("merged_into_the_same_union", "merged within one union, into one that stands")}
        END IF;
        RETURN NEW;
    """,
)
