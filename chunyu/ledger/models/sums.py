"""Sums that the database keeps beside what they are sums of, so that a statement adds up months and not legs.

Nobody writes them: the triggers of legs and of lines do, in the transaction and under the locks of what they count
(decision 86). `chunyu.ledger.checking.sums_out_of_step` makes each anew from the rows behind it, and compares.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from chunyu.federation.models import Organisation
from chunyu.ledger import sum_triggers
from chunyu.ledger.models.books import Account, Fund, Reason
from chunyu.registry.models import Household


class FundSum(models.Model):
    """What the legs of a fund moved in one month, by where and why, in fen."""

    pk = models.CompositePrimaryKey("fund", "month", "kind", "programme", "reason")
    # The legs behind it name the fund already: no need to ask of each again.
    fund = models.ForeignKey(
        Fund, models.PROTECT, related_name="sums", db_constraint=False, db_index=False, editable=False
    )
    month = models.DateField(_("month"))
    kind = models.CharField(_("kind"), max_length=12, choices=Account.Kind.choices)
    programme = models.CharField(_("programme"), max_length=60, blank=True)
    reason = models.CharField(_("reason"), max_length=20, choices=Reason.choices)
    debit = models.BigIntegerField(default=0)
    credit = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("sum of a fund's month")
        triggers = [sum_triggers.FUND_SUM_FOLLOWS]

    def __str__(self) -> str:
        return f"{self.fund_id} {self.month:%Y-%m} {self.kind} {self.reason}: +{self.debit} -{self.credit}"


class PaidSum(models.Model):
    """What reached the households of an organisation in one month out of one fund for one programme. A payment from
    several funds counts with each part under its fund."""

    pk = models.CompositePrimaryKey("organisation", "month", "fund", "programme", "use")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", db_constraint=False, db_index=False, editable=False
    )
    month = models.DateField(_("month"))
    fund = models.ForeignKey(
        Fund, models.PROTECT, related_name="paid_sums", db_constraint=False, db_index=True, editable=False
    )
    programme = models.CharField(_("programme"), max_length=60)
    use = models.CharField(_("use"), max_length=20)
    payments = models.IntegerField(default=0)
    fen = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("sum of a month's payments")
        triggers = [sum_triggers.PAID_SUM_FOLLOWS]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.month:%Y-%m} {self.programme}: {self.payments}, {self.fen}"


class Reached(models.Model):
    """That a household of an organisation was paid out of a source for a programme in a year, and how often. Households
    of several rows are counted once, which no sum of numbers could do."""

    pk = models.CompositePrimaryKey("organisation", "year", "source", "programme", "household")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", db_constraint=False, db_index=False, editable=False
    )
    year = models.SmallIntegerField(_("year"))
    source = models.CharField(_("fund source"), max_length=30, choices=Fund.Source.choices)
    programme = models.CharField(_("programme"), max_length=60)
    household = models.ForeignKey(
        Household, models.PROTECT, related_name="+", db_constraint=False, db_index=False, editable=False
    )
    payments = models.IntegerField(default=0)

    class Meta:
        verbose_name = _("household reached in a year")
        indexes = [models.Index(fields=["household", "year"], name="ledger_reached_household")]
        triggers = [sum_triggers.REACHED_FOLLOWS]

    def __str__(self) -> str:
        return f"{self.household_id} {self.year} {self.programme}: {self.payments}"
