"""What the database itself keeps of projects: places, rates, own cost, caps, and one unit of one person once."""

# ruff: noqa: S608 - statements put together from constants of this file, before any value from outside exists

from __future__ import annotations

import pgtrigger

from chunyu.federation.triggers import refuse
from chunyu.hardship.projects.shown import LINES
from chunyu.ledger.triggers import kept

__all__ = ["kept"]

PROJECT_IS_KEPT = pgtrigger.Trigger(
    name="project_is_kept",
    when=pgtrigger.Before,
    operation=pgtrigger.Update | pgtrigger.Delete,
    func=f"""
        IF TG_OP = 'DELETE' OR OLD.closed_on IS NOT NULL
                AND to_jsonb(OLD) - 'scope_path' <> to_jsonb(NEW) - 'scope_path'
            OR to_jsonb(OLD) - '{{scope_path,closed_on,closed_by_id,lessons}}'::text[]
                <> to_jsonb(NEW) - '{{scope_path,closed_on,closed_by_id,lessons}}'::text[]
        THEN
            {refuse("project_is_kept", "the terms of a project never change")}
        END IF;
        RETURN NEW;
    """,
)

CLOSED_WITHOUT_OPEN_CASES = pgtrigger.Trigger(
    name="project_closed_without_open_cases",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    condition=pgtrigger.Condition("OLD.closed_on IS NULL AND NEW.closed_on IS NOT NULL"),
    func=f"""
        IF EXISTS (SELECT 1 FROM hardship_projectcase WHERE project_id = NEW.id AND open) THEN
            {refuse("project_closed_without_open_cases", "a project with open cases is not closed")}
        END IF;
        RETURN NEW;
    """,
)

# Two approvals at once wait for one another at the project's row.
WITHIN_THE_QUOTA = pgtrigger.Trigger(
    name="project_within_the_quota",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update,
    declare=[("project", "record"), ("taken", "integer")],
    func=f"""
        IF TG_OP = 'INSERT' OR NEW.approved_on IS DISTINCT FROM OLD.approved_on THEN
            SELECT * INTO project FROM hardship_project WHERE id = NEW.project_id FOR UPDATE;
            IF project.closed_on IS NOT NULL THEN
                {refuse("project_takes_no_more", "the project is closed")}
            END IF;
            SELECT COUNT(DISTINCT person_index) INTO taken FROM hardship_projectcase
                WHERE project_id = NEW.project_id AND approved_on IS NOT NULL AND person_index <> NEW.person_index;
            IF NEW.approved_on IS NOT NULL AND taken >= project.quota THEN
                {refuse("project_within_the_quota", "every place of the project is taken")}
            END IF;
        END IF;
        RETURN NEW;
    """,
)

EYE_OF_AN_EYE_PROJECT = pgtrigger.Trigger(
    name="project_case_eye_as_the_project",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update,
    func=f"""
        IF ((SELECT form FROM hardship_project WHERE id = NEW.project_id) = 'eye') <> (NEW.eye <> '') THEN
            {refuse("project_case_eye_as_the_project", "an eye is named where the project pays by the eye")}
        END IF;
        RETURN NEW;
    """,
)

STOPPED_FOR_GOOD = pgtrigger.Trigger(
    name="project_stipend_stopped_for_good",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    condition=pgtrigger.Condition("OLD.stopped_on IS NOT NULL AND NEW.stopped_on IS DISTINCT FROM OLD.stopped_on"),
    func=refuse("project_stipend_stopped_for_good", "a stipend that stopped does not go on"),
)

ROLL_APPROVED_BY_ANOTHER = pgtrigger.Trigger(
    name="stipend_roll_approved_by_another",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update,
    condition=pgtrigger.Condition("NEW.approved_by_id IS NOT NULL"),
    func=f"""
        IF (SELECT user_id FROM accounts_post WHERE id = NEW.approved_by_id)
            = (SELECT user_id FROM accounts_post WHERE id = NEW.made_by_id)
        THEN
            {refuse("stipend_roll_approved_by_another", "who made a roll does not approve it")}
        END IF;
        RETURN NEW;
    """,
)

ROLL_APPROVED_AS_SHOWN = pgtrigger.Trigger(
    name="stipend_roll_approved_as_shown",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("approved_by_id", "approved_digest"),
    condition=pgtrigger.Condition("NEW.approved_by_id IS NOT NULL"),
    func=f"""
        IF NEW.approved_digest <> {LINES.format(roll="NEW.id")} THEN
            {refuse("stipend_roll_approved_as_shown", "a roll is approved with the lines that were shown")}
        END IF;
        RETURN NEW;
    """,
)

ROLL_APPROVED_IS_KEPT = pgtrigger.Trigger(
    name="stipend_roll_approved_is_kept",
    when=pgtrigger.Before,
    operation=pgtrigger.Update | pgtrigger.Delete,
    condition=pgtrigger.Condition("OLD.approved_by_id IS NOT NULL"),
    func=f"""
        IF TG_OP = 'DELETE' OR to_jsonb(OLD) - 'scope_path' <> to_jsonb(NEW) - 'scope_path' THEN
            {refuse("stipend_roll_approved_is_kept", "an approved roll is never changed")}
        END IF;
        RETURN NEW;
    """,
)

# A payment that was cancelled in the ledger counts nowhere; the same unit can then not be paid again under this case.
_PAID = "SELECT COALESCE(SUM(p.amount_fen), 0) FROM hardship_projectpayment p"

PAYMENT_HOLDS = pgtrigger.Trigger(
    name="project_payment_holds",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    declare=[
        ("held", "record"),
        ("project", "record"),
        ("rate", "record"),
        ("own_cost", "bigint"),
        ("paid", "bigint"),
        ("first_day", "date"),
    ],
    func=f"""
        SELECT * INTO held FROM hardship_projectcase WHERE id = NEW.case_id FOR UPDATE;
        SELECT * INTO project FROM hardship_project WHERE id = held.project_id FOR UPDATE;
        SELECT * INTO rate FROM hardship_projectshare WHERE id = NEW.share_id;
        IF project.closed_on IS NOT NULL THEN
            {refuse("project_takes_no_more", "the project is closed")}
        END IF;
        IF held.approved_on IS NULL OR rate.project_id <> project.id OR rate."group" <> held."group"
            OR rate.part <> NEW.part OR NEW.amount_fen > rate.unit_fen
            OR NEW.programme <> project.programme OR NEW.person_index <> held.person_index
        THEN
            {refuse("project_payment_by_its_rate", "a payment follows a rate of the project, for an approved case")}
        END IF;
        IF project.form = 'stipend' THEN
            IF NEW.unit !~ '^[0-9]{{4}}-[0-9]{{2}}$' THEN
                {refuse("project_payment_of_its_kind", "the project pays by another unit")}
            END IF;
            first_day := (NEW.unit || '-01')::date;
            IF held.started_on IS NULL OR held.started_on >= first_day + interval '1 month'
                OR held.stopped_on <= first_day
            THEN
                {refuse("project_stipend_while_active", "no stipend is paid for a month in which it does not run")}
            END IF;
            RETURN NEW;
        END IF;
        IF project.form = 'sessions' THEN
            IF NEW.unit !~ '^[0-9]{{4}}-H[12]$' THEN
                {refuse("project_payment_of_its_kind", "the project pays by another unit")}
            END IF;
            SELECT COALESCE(SUM(cost_fen - insured_fen), 0) INTO own_cost FROM hardship_treatmentsession
                WHERE case_id = held.id
                AND to_char(day, 'YYYY') = LEFT(NEW.unit, 4) AND (EXTRACT(MONTH FROM day) > 6) = (NEW.unit ~ 'H2');
            IF project.year_cap_fen IS NOT NULL THEN
                {_PAID} INTO paid WHERE p.person_index = NEW.person_index AND p.programme = NEW.programme
                    AND LEFT(p.unit, 4) = LEFT(NEW.unit, 4);
                IF paid + NEW.amount_fen > project.year_cap_fen THEN
                    {refuse("project_within_the_year_cap", "more than the project pays one person in a year")}
                END IF;
            END IF;
        ELSE
            IF (project.form = 'eye' AND NEW.unit <> held.eye) OR (project.form = 'case' AND NEW.unit <> 'once') THEN
                {refuse("project_payment_of_its_kind", "the project pays by another unit")}
            END IF;
            own_cost := COALESCE(held.cost_fen - held.insured_fen - held.other_fen, 0);
        END IF;
        {_PAID} INTO paid WHERE p.case_id = held.id AND p.unit = NEW.unit;
        IF paid + NEW.amount_fen > own_cost THEN
            {refuse("project_within_own_cost", "all levels together pay no more than the own cost")}
        END IF;
        RETURN NEW;
    """,
)

# A line of a roll that waits may be taken off or ordered; nothing else about a payment changes.
PAYMENT_IS_KEPT = pgtrigger.Trigger(
    name="project_payment_is_kept",
    when=pgtrigger.Before,
    operation=pgtrigger.Update | pgtrigger.Delete,
    func=f"""
        IF TG_OP = 'DELETE' THEN
            IF OLD.order_id IS NOT NULL THEN
                {refuse("project_payment_is_kept", "a payment that was ordered is never removed")}
            END IF;
            RETURN OLD;
        END IF;
        IF OLD.order_id IS NOT NULL OR to_jsonb(OLD) - 'order_id' <> to_jsonb(NEW) - 'order_id' THEN
            {refuse("project_payment_is_kept", "a payment that was ordered is never removed")}
        END IF;
        RETURN NEW;
    """,
)
