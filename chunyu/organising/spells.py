"""What the tables of spells in this room share: days in their order, spells that are only ever ended, and kept."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.db import models
from django.db.models import F, Q

from chunyu.federation.triggers import refuse

NEVER = "DATE '9999-12-31'"


def in_order(name: str, message: Any) -> models.CheckConstraint:
    """The first day without it comes after the first day with it."""
    return models.CheckConstraint(
        condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
        name=name,
        violation_error_message=message,
    )


def only_ended(prefix: str, *fixed: str) -> list[pgtrigger.Trigger]:
    """A spell keeps what it says; it may be ended, once, and is never removed."""
    return [
        pgtrigger.ReadOnly(name=f"{prefix}_is_only_ended", fields=[*fixed, "valid_from"]),
        pgtrigger.Trigger(
            name=f"{prefix}_ended_for_good",
            when=pgtrigger.Before,
            operation=pgtrigger.UpdateOf("valid_to"),
            condition=pgtrigger.Condition("OLD.valid_to IS NOT NULL AND OLD.valid_to IS DISTINCT FROM NEW.valid_to"),
            func=refuse(f"{prefix}_ended_for_good", "what has ended stays ended"),
        ),
        pgtrigger.Protect(name=f"{prefix}_is_kept", operation=pgtrigger.Delete),
    ]


def within(rule: str, table: str, column: str, words: str) -> pgtrigger.Trigger:
    """A spell lies within the days of the row that it belongs to, and is owned by the same organisation. The lock
    makes it and the ending of that row take turns."""
    return pgtrigger.Trigger(
        name=rule,
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("valid_from", "valid_to"),
        declare=[("whole", "record")],
        func=f"""
            SELECT organisation_id, valid_from, valid_to INTO whole FROM {table} WHERE id = NEW.{column} FOR SHARE;
            IF NEW.organisation_id <> whole.organisation_id OR NEW.valid_from < whole.valid_from
                OR COALESCE(NEW.valid_to, {NEVER}) > COALESCE(whole.valid_to, {NEVER})
            THEN
                {refuse(rule, words)}
            END IF;
            RETURN NEW;
        """,  # noqa: S608 - names of this room's own tables
    )


def ends_last(rule: str, column: str, words: str, *tables: str) -> pgtrigger.Trigger:
    """A row cannot end before the spells in `tables` that belong to it."""
    outlives = " OR ".join(
        f"EXISTS (SELECT 1 FROM {table} WHERE {column} = NEW.id AND COALESCE(valid_to, {NEVER}) > NEW.valid_to)"  # noqa: S608 - names of this room's own tables
        for table in tables
    )
    return pgtrigger.Trigger(
        name=rule,
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("valid_to"),
        condition=pgtrigger.Condition("NEW.valid_to IS NOT NULL"),
        func=f"""
            IF {outlives} THEN
                {refuse(rule, words)}
            END IF;
            RETURN NEW;
        """,
    )
