"""The yearly budget of an organisation: what is planned by source and use, approved by a second person, and changed by
supplements only, which are appended."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.models import Post
from chunyu.federation.models import Scoped
from chunyu.ledger import budget_triggers
from chunyu.ledger.earmarks.uses import Use
from chunyu.ledger.models.books import Fund


class Budget(Scoped):
    """A year's budget (`number` 0) or a supplement to it (1, 2 …). The approval binds it to what was shown, by a
    digest; what holds is the sum of all that are approved."""

    class Over(models.TextChoices):
        WARN = "warn", pgettext_lazy("over budget", "say so and go on")
        REFUSE = "refuse", pgettext_lazy("over budget", "order nothing more")

    year = models.PositiveSmallIntegerField(_("year"))
    number = models.PositiveSmallIntegerField(_("supplement"), default=0)
    title = models.CharField(_("name"), max_length=120)
    document_no = models.CharField(_("document number"), max_length=80)
    over = models.CharField(_("when a line is used up"), max_length=8, choices=Over.choices, default=Over.WARN)
    prepared_by = models.ForeignKey(Post, models.PROTECT, verbose_name=_("prepared by"), related_name="+")
    prepared_on = models.DateField(_("prepared on"))
    approved_by = models.ForeignKey(Post, models.PROTECT, null=True, verbose_name=_("approved by"), related_name="+")
    approved_on = models.DateField(_("approved on"), null=True)
    digest = models.CharField(_("check code"), max_length=64, blank=True, default="")

    class Meta:
        verbose_name = _("budget")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "year", "number"],
                name="ledger_budget_once",
                violation_error_message=_("This year has its budget already: prepare a supplement."),
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True, approved_on__isnull=True, digest="")
                | Q(approved_by__isnull=False, approved_on__isnull=False, digest__regex=r"^[0-9a-f]{64}$"),
                name="ledger_budget_bound_when_approved",
                violation_error_message=_("An approved budget is bound to exactly what it shows."),
            ),
            models.CheckConstraint(
                condition=Q(over__in=["warn", "refuse"]),
                name="ledger_budget_over_known",
                violation_error_message=_("A budget warns or refuses when a line is used up."),
            ),
        ]
        triggers = [
            budget_triggers.IN_ITS_ORDER,
            budget_triggers.APPROVED_BY_ANOTHER,
            budget_triggers.APPROVED_IS_KEPT,
        ]

    def __str__(self) -> str:
        return self.title


class BudgetLine(models.Model):
    """What is planned for a use out of a source, in fen; in a supplement, how much more (or, below zero, less)."""

    budget = models.ForeignKey(Budget, models.CASCADE, related_name="lines")
    source = models.CharField(_("fund source"), max_length=30, choices=Fund.Source.choices)
    use = models.CharField(_("use"), max_length=20, choices=Use.choices)
    amount_fen = models.BigIntegerField(_("amount"))

    class Meta:
        verbose_name = _("budget line")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["budget", "source", "use"],
                name="ledger_budget_line_once",
                violation_error_message=_("This source and use have a line already."),
            ),
            models.CheckConstraint(
                condition=~Q(amount_fen=0),
                name="ledger_budget_line_says_something",
                violation_error_message=_("A budget line of nothing says nothing: leave it out."),
            ),
        ]
        triggers = [budget_triggers.LINES_UNTIL_APPROVED]

    def __str__(self) -> str:
        return f"{self.source} {self.use}"
