"""Closing a year of a fund: one person states how it ends, another closes it, and nothing is posted into it again."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chunyu.accounts.models import Post
from chunyu.federation.models import Scoped
from chunyu.ledger import fund_triggers, triggers
from chunyu.ledger.models.books import Fund

DIGEST = r"^[0-9a-f]{64}$"


class ClosingStatement(Scoped):
    """How a fund's year ends, as one person states it: every sum and every order carried over, in `text`, under a
    digest. When something is posted into the year after that, the statement no longer holds and another is made."""

    fund = models.ForeignKey(Fund, models.PROTECT, verbose_name=_("fund"), related_name="statements")
    year = models.PositiveSmallIntegerField(_("year"))
    text = models.TextField(_("statement"))
    digest = models.CharField(_("check code"), max_length=64)
    prepared_by = models.ForeignKey(Post, models.PROTECT, verbose_name=_("prepared by"), related_name="+")
    prepared_on = models.DateField(_("prepared on"))

    class Meta:
        verbose_name = _("closing statement")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(digest__regex=DIGEST),
                name="ledger_statement_has_a_digest",
                violation_error_message=_("A closing statement is bound to exactly what it shows."),
            ),
        ]
        triggers = [
            triggers.kept("ledger_statement_is_kept", "a closing statement is never changed: make another"),
            fund_triggers.STATEMENT_AFTER_ITS_YEAR,
        ]

    def __str__(self) -> str:
        return f"{self.fund} {self.year}"


class YearClosing(models.Model):
    """The books of a fund are closed up to the end of a year: nothing is posted into it or before it any more. What was
    left stands in `successor`, the fund of the next year."""

    fund = models.ForeignKey(Fund, models.PROTECT, related_name="closings")
    year = models.PositiveSmallIntegerField(_("year"))
    statement = models.OneToOneField(ClosingStatement, models.PROTECT, null=True, related_name="closing")
    successor = models.ForeignKey(Fund, models.PROTECT, null=True, related_name="carried_from")
    closed_at = models.DateTimeField(_("closed at"), auto_now_add=True)
    by = models.ForeignKey(Post, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("year closing")
        constraints = [
            models.UniqueConstraint(
                fields=["fund", "year"],
                name="ledger_yearclosing_once",
                violation_error_message=_("This year is already closed."),
            ),
        ]
        triggers = [
            triggers.kept("ledger_yearclosing_is_kept", "a closed year stays closed"),
            fund_triggers.YEAR_CLOSES_AS_STATED,
        ]

    def __str__(self) -> str:
        return f"{self.fund} {self.year}"
