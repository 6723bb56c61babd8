"""What the rules said of a household, what was applied for, and what was granted.

A decision is made under the rule pack in force on a day, from the facts known at that moment, and is never restated:
the explanation is made again on demand from the same facts, day and pack version.
"""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chunyu.accounts.models import Post
from chunyu.casework.models import Case
from chunyu.federation.models import Organisation, Scoped
from chunyu.hardship.campaigns import question_tables, tables, visit_tables  # noqa: F401 its tables are this room's
from chunyu.hardship.decision_file.tables import DecisionFile
from chunyu.hardship.finding import models as finding  # noqa: F401 likewise
from chunyu.hardship.indices.models import IndexReport, IndexRow, Service
from chunyu.hardship.projects import tables as projects  # noqa: F401 likewise
from chunyu.hardship.rounds import models as rounds  # noqa: F401 likewise
from chunyu.privacy.row_key import row_key
from chunyu.registry.models import Household

__all__ = [
    "UNKNOWN",
    "Application",
    "Decision",
    "DecisionFile",
    "DecisionProgramme",
    "DecisionUnknown",
    "Grant",
    "IndexReport",
    "IndexRow",
    "Service",
    "Standing",
    "Target",
]

# Categories are the codes of the rule pack that decided, and it has their words (`wording.category_word`). The one
# answer that is no category of any pack: an unknown fact stands in the way.
UNKNOWN = "unknown"


def _appended_only(table: str) -> pgtrigger.Protect:
    return pgtrigger.Protect(name=f"{table}_is_kept", operation=pgtrigger.Update | pgtrigger.Delete)


class Decision(Scoped):
    """One reading of one household. `day` selects the rules, `known_at` the facts; both with `version` repeat it."""

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    household = models.ForeignKey(Household, models.PROTECT, verbose_name=_("household"), related_name="decisions")
    day = models.DateField(_("decided as of"))
    known_at = models.DateTimeField(_("facts known until"))
    pack = models.CharField(_("rule pack"), max_length=60)
    version = models.CharField(_("version"), max_length=64)
    category = models.CharField(_("hardship category"), max_length=20)
    net_income_fen = models.BigIntegerField(_("net income per head and month"), null=True)
    standard_fen = models.BigIntegerField(_("living standard per month"), null=True)
    # What the household lacks in a year to the line up to which the rules know hardship, all its people together.
    need_fen = models.BigIntegerField(_("yearly gap"), null=True)
    # Somebody stated one thing and a register another: a person looks at it, nothing is refused for it.
    statements_differ = models.BooleanField(_("statements differ"), default=False)
    by = models.ForeignKey(Post, models.PROTECT, verbose_name=_("by"), related_name="+")

    class Meta:
        verbose_name = _("decision")
        ordering = ["-known_at"]
        triggers = [_appended_only("decision")]
        indexes = [models.Index(fields=["household", "-day", "-known_at"], name="decision_of_household_by_day")]
        constraints = [
            models.CheckConstraint(
                condition=Q(need_fen__isnull=True) | Q(need_fen__gte=0),
                name="decision_need_not_negative",
                violation_error_message=_("A yearly gap is not below nought."),
            ),
            models.CheckConstraint(
                condition=Q(category__regex=r"^[a-z][a-z_]*$"),
                name="decision_category_is_a_code",
                violation_error_message=_("This is no code of a category."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.category} {self.day}"


class DecisionProgramme(models.Model):
    """What one decision says of one programme; `entitled` is empty while an unknown fact stands in the way."""

    decision = models.ForeignKey(Decision, models.CASCADE, related_name="programmes")
    programme = models.CharField(_("programme"), max_length=40)
    entitled = models.BooleanField(_("entitled"), null=True)
    amount_fen = models.BigIntegerField(_("amount"), null=True)

    class Meta:
        verbose_name = _("programme of a decision")
        triggers = [_appended_only("decisionprogramme")]
        constraints = [
            models.UniqueConstraint(fields=["decision", "programme"], name="decision_names_a_programme_once"),
            models.CheckConstraint(
                condition=Q(amount_fen__isnull=True) | Q(amount_fen__gte=0), name="decision_programme_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.programme}: {self.entitled}"


class DecisionUnknown(models.Model):
    """A fact that nobody has stated and that stands in the way of the decision."""

    decision = models.ForeignKey(Decision, models.CASCADE, related_name="unknowns")
    fact = models.CharField(_("fact"), max_length=60)

    class Meta:
        verbose_name = _("unknown fact")
        triggers = [_appended_only("decisionunknown")]
        constraints = [
            models.UniqueConstraint(fields=["decision", "fact"], name="decision_names_an_unknown_once"),
        ]

    def __str__(self) -> str:
        return self.fact


class Standing(Scoped):
    """Where a household stands today: its latest decision, with what lists filter and sort by."""

    household = models.OneToOneField(Household, models.CASCADE, primary_key=True, related_name="standing")
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="+")
    category = models.CharField(_("hardship category"), max_length=20)
    # What the deciding pack says of the category: a hardship household or not; empty while that cannot be decided.
    in_hardship = models.BooleanField(_("a hardship household"), null=True)
    entitled_fen = models.BigIntegerField(_("could receive"), default=0)
    unknowns = models.PositiveSmallIntegerField(_("unknown facts in the way"), default=0)
    checked_on = models.DateField(_("checked on"))

    class Meta:
        verbose_name = _("standing")
        indexes = [
            models.Index(fields=["scope_path", "category"], name="standing_scope_category"),
        ]

    def __str__(self) -> str:
        return self.category


class Application(models.Model):
    """What a case of this room asks for: one programme for one household, under the decision of its first day."""

    case = models.OneToOneField(Case, models.PROTECT, primary_key=True, related_name="application")
    household = models.ForeignKey(Household, models.PROTECT, related_name="applications")
    programme = models.CharField(_("programme"), max_length=40)
    day = models.DateField(_("date of application"))
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="applications")
    open = models.BooleanField(default=True, editable=False)

    class Meta:
        verbose_name = _("application")
        constraints = [
            models.UniqueConstraint(
                fields=["household", "programme"],
                condition=Q(open=True),
                name="application_open_once_per_programme",
                violation_error_message=_("This household already has an open application for this programme."),
            ),
        ]
        triggers = [
            # The lock makes an application and a joining of the file take turns.
            pgtrigger.Trigger(
                name="application_of_a_file_that_goes_on",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("file", "text")],
                func="""
                    SELECT status INTO file FROM registry_household WHERE id = NEW.household_id FOR SHARE;
                    IF file = 'merged' THEN
                        RAISE EXCEPTION 'the file was joined to another'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'application_of_a_file_that_goes_on';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case} {self.programme}"


class Grant(models.Model):
    """Aid approved by a second person, with the decision it rests on. Appended only: an approval taken back is another
    row of the case's decisions, and its grant is never paid. The ledger's order names the case as its reference."""

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    application = models.ForeignKey(Application, models.PROTECT, related_name="grants")
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="grants")
    amount_fen = models.BigIntegerField(_("amount"))
    approved_on = models.DateField(_("approved on"))
    approved_by = models.ForeignKey(Post, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("grant")
        triggers = [_appended_only("grant")]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0),
                name="grant_is_positive",
                violation_error_message=_("A grant must be more than nothing."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application} {self.amount_fen}"


class Target(models.Model):
    """How many households a federation has promised precise aid in a year; broken down level by level."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="targets")
    year = models.PositiveSmallIntegerField(_("year"))
    households = models.PositiveIntegerField(_("households"))

    class Meta:
        verbose_name = _("target")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "year"],
                name="target_once_a_year",
                violation_error_message=_("This organisation already has a target for the year."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.year}: {self.households}"
