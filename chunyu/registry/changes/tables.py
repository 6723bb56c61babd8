"""Changes of facts that wait for another person, because a decision or a payment rests on them.

What is proposed stands in rows of its own, never among the statements: only once it is approved does each row become a
statement, in the same act.
"""

# ruff: noqa: S608 - statements put together from constants of this file, before any value from outside exists

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Func, Q
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from chunyu.federation.triggers import refuse
from chunyu.privacy.fields import SealedTextField
from chunyu.privacy.row_key import row_key
from chunyu.registry.asking.tables import ASKED_COLUMNS, Asked


class ChangeRequest(Asked):
    """What somebody asks to be changed of one household."""

    household = models.ForeignKey("registry.Household", models.PROTECT, related_name="change_requests")

    class Meta(Asked.Meta):
        verbose_name = _("change request")
        constraints = [
            *Asked.Meta.constraints,
            models.UniqueConstraint(
                fields=["household"],
                condition=Q(state="asked"),
                name="change_request_one_at_a_time",
                violation_error_message=_("A change of this household is already waiting to be decided."),
            ),
        ]
        indexes = [
            models.Index(fields=["scope_path", "asked_at"], condition=Q(state="asked"), name="change_request_waiting")
        ]
        triggers = [
            *Asked.Meta.triggers,
            pgtrigger.ReadOnly(name="change_request_is_not_edited", fields=[*ASKED_COLUMNS, "household"]),
            pgtrigger.Trigger(
                name="change_request_approved_is_applied",
                when=pgtrigger.After,
                operation=pgtrigger.UpdateOf("state"),
                condition=pgtrigger.Condition("NEW.state = 'approved'"),
                timing=pgtrigger.Deferred,
                func=f"""
                    IF NOT EXISTS (SELECT FROM registry_proposedfact WHERE request_id = NEW.id)
                        OR EXISTS (SELECT FROM registry_proposedfact WHERE request_id = NEW.id AND fact_id IS NULL)
                    THEN
                        {refuse("change_request_approved_is_applied", "what was approved was not stated")}
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.household} {self.asked_on}"


class ProposedFact(models.Model):
    """One statement that is proposed. `instead_of` is the statement that held when it was asked for (none: nobody had
    stated anything), `fact` the statement that was made of it."""

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    request = models.ForeignKey(ChangeRequest, models.PROTECT, related_name="proposed")
    member = models.ForeignKey("registry.Member", models.PROTECT, null=True, blank=True, related_name="+")
    name = models.CharField(_("fact"), max_length=40)
    amount_fen = models.BigIntegerField(_("amount (fen)"), null=True, blank=True)
    count = models.IntegerField(_("number"), null=True, blank=True)
    flag = models.BooleanField(_("yes or no"), null=True, blank=True)
    code = models.CharField(_("code"), max_length=40, null=True, blank=True)  # empty is not a value
    day = models.DateField(_("day"), null=True, blank=True)
    sealed = SealedTextField(_("sensitive value"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=10)
    stated_on = models.DateField(_("stated on"))
    valid_from = models.DateField(_("holds from"))
    note = models.CharField(_("note"), max_length=200, blank=True, default="")
    instead_of = models.ForeignKey("registry.Fact", models.PROTECT, null=True, blank=True, related_name="+")
    fact = models.OneToOneField("registry.Fact", models.PROTECT, null=True, blank=True, related_name="proposed_as")

    class Meta:
        verbose_name = _("proposed fact")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Exact(
                    Func(
                        *("amount_fen", "count", "flag", "code", "day", "sealed"),
                        function="num_nonnulls",
                        output_field=models.IntegerField(),
                    ),
                    1,
                ),
                name="proposed_fact_has_one_value",
                violation_error_message=_("A fact states exactly one value."),
            ),
            models.CheckConstraint(
                condition=Q(source__in=["declared", "verified", "matched"]),
                name="proposed_fact_source_known",
                violation_error_message=_("A fact is declared, verified or matched."),
            ),
            models.UniqueConstraint(
                fields=["request", "name", "member"],
                name="proposed_fact_once",
                nulls_distinct=False,
                violation_error_message=_("This fact is already in the request: withdraw it and ask anew."),
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="proposed_fact_is_not_edited", exclude=["fact"]),
            pgtrigger.Protect(name="proposed_fact_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="proposed_fact_applied_once",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("fact_id"),
                condition=pgtrigger.Condition("OLD.fact_id IS NOT NULL AND OLD.fact_id IS DISTINCT FROM NEW.fact_id"),
                func=refuse("proposed_fact_applied_once", "this was stated already"),
            ),
            pgtrigger.Trigger(
                name="proposed_fact_while_it_waits",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=f"""
                    PERFORM FROM registry_changerequest WHERE id = NEW.request_id AND state = 'asked' FOR SHARE;
                    IF NOT FOUND OR NEW.fact_id IS NOT NULL THEN
                        {refuse("proposed_fact_while_it_waits", "this request has its answer")}
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="proposed_fact_stated_when_approved",
                when=pgtrigger.After,
                operation=pgtrigger.UpdateOf("fact_id"),
                condition=pgtrigger.Condition("NEW.fact_id IS NOT NULL"),
                timing=pgtrigger.Deferred,
                func=f"""
                    IF NOT EXISTS (SELECT FROM registry_changerequest WHERE id = NEW.request_id AND state = 'approved')
                    THEN
                        {refuse("proposed_fact_stated_when_approved", "only what was approved is stated")}
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.source}, {self.stated_on})"
