"""The parts of an order that is paid from several funds. Every other order is wholly of its own fund."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chunyu.ledger import budget_triggers, fund_triggers, triggers
from chunyu.ledger.models.books import Fund
from chunyu.ledger.models.payouts import PaymentOrder


class OrderPart(models.Model):
    """What one fund gives to an order. The family sees one payment; the books see each part in its fund."""

    order = models.ForeignKey(PaymentOrder, models.PROTECT, related_name="parts")
    fund = models.ForeignKey(Fund, models.PROTECT, verbose_name=_("fund"), related_name="parts")
    amount_fen = models.BigIntegerField(_("amount"))

    class Meta:
        verbose_name = _("part of an order")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["order", "fund"],
                name="ledger_part_once_per_fund",
                violation_error_message=_("Each fund gives one part of an order."),
            ),
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0),
                name="ledger_part_amount_positive",
                violation_error_message=_("The amount must be above zero."),
            ),
        ]
        triggers = [
            triggers.kept("ledger_part_is_kept", "the parts of an order stay: cancel it and make another"),
            fund_triggers.PART_OF_A_MIXED_ORDER,
            budget_triggers.PART_WITHIN_BUDGET,
        ]

    def __str__(self) -> str:
        return f"{self.order} {self.fund_id}"
