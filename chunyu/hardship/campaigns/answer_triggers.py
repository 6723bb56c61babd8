"""What the database itself keeps of questionnaires: fixed once answered, and answers that know no person."""

# ruff: noqa: S608 - statements put together from constants of this file, before any value from outside exists

from __future__ import annotations

import pgtrigger

from chunyu.federation.triggers import refuse
from chunyu.hardship.campaigns.kinds import LEVELS

_LEVELS = ", ".join(sorted(f"'{kind.value}'" for kind in LEVELS))
_FIXED = refuse("questionnaire_fixed_once_answered", "somebody has answered this version: make the next one")


def _fixed(name: str, version: str) -> pgtrigger.Trigger:
    """The lock waits for a sheet that is just being answered, which holds the version's key."""
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        declare=[("asked", "uuid")],
        func=f"""
            asked := {version};
            PERFORM 1 FROM hardship_questionnaireversion WHERE id = asked FOR UPDATE;
            IF EXISTS (SELECT 1 FROM hardship_answersheet WHERE version_id = asked) THEN
                {_FIXED}
            END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        """,
    )


QUESTION_IS_FIXED = _fixed("question_is_fixed", "CASE TG_OP WHEN 'DELETE' THEN OLD.version_id ELSE NEW.version_id END")
CHOICE_IS_FIXED = _fixed(
    "choice_is_fixed",
    """(SELECT version_id FROM hardship_question
                WHERE id = (CASE TG_OP WHEN 'DELETE' THEN OLD.question_id ELSE NEW.question_id END))""",
)
VERSION_IS_FIXED = pgtrigger.Trigger(
    name="version_is_fixed",
    when=pgtrigger.Before,
    operation=pgtrigger.Update | pgtrigger.Delete,
    func=f"""
        IF EXISTS (SELECT 1 FROM hardship_answersheet WHERE version_id = OLD.id) THEN
            {_FIXED}
        END IF;
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        RETURN NEW;
    """,
)

SHEET_OF_A_COUNTY = pgtrigger.Trigger(
    name="campaign_sheet_of_a_county",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    func=f"""
        IF NOT EXISTS (
            SELECT 1 FROM federation_organisation WHERE id = NEW.organisation_id AND kind IN ({_LEVELS})
        ) THEN
            {refuse("campaign_sheet_of_a_county", "a sheet names a county or a level above, no smaller place")}
        END IF;
        IF NOT EXISTS (
            SELECT 1 FROM hardship_questionnaireversion v
            JOIN hardship_campaign c ON c.id = NEW.campaign_id AND c.questionnaire_id = v.questionnaire_id
            WHERE v.id = NEW.version_id AND v.in_force_on IS NOT NULL AND c.stage = 'running'
        ) THEN
            {refuse("campaign_asks_its_questionnaire", "the campaign does not ask this version")}
        END IF;
        RETURN NEW;
    """,
)

ANSWER_OF_ITS_VERSION = pgtrigger.Trigger(
    name="campaign_answer_of_its_version",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    func=f"""
        IF NOT EXISTS (
            SELECT 1 FROM hardship_answersheet s JOIN hardship_question q ON q.version_id = s.version_id
            WHERE s.id = NEW.sheet_id AND q.id = NEW.question_id
        ) THEN
            {refuse("campaign_answer_of_its_version", "this question is not of this version")}
        END IF;
        RETURN NEW;
    """,
)
CHOICE_OF_ITS_QUESTION = pgtrigger.Trigger(
    name="campaign_choice_of_its_question",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    func=f"""
        IF NOT EXISTS (
            SELECT 1 FROM hardship_answer a JOIN hardship_choice c ON c.question_id = a.question_id
            WHERE a.id = NEW.answer_id AND c.id = NEW.choice_id
        ) THEN
            {refuse("campaign_choice_of_its_question", "this is no answer to the question")}
        END IF;
        RETURN NEW;
    """,
)
