"""What was found before paying: the findings that a submitted batch shows, and orders held back because of them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.models import Post
from chunyu.ledger import payout_triggers, triggers
from chunyu.ledger.models.payouts import BatchLine, PaymentOrder

BY_HAND = "by_hand"


class OrderHold(models.Model):
    """An order is kept out of batches: `code` and `detail` name the finding of a check, or a person gives the reason.
    It is released by another person than the one who placed it, with a reason; both stay on record."""

    order = models.ForeignKey(PaymentOrder, models.PROTECT, related_name="holds")
    code = models.CharField(pgettext_lazy("hold", "check"), max_length=30)
    detail = models.CharField(max_length=200, blank=True, default="")
    reason = models.CharField(_("reason"), max_length=200, blank=True, default="")
    placed_by = models.ForeignKey(Post, models.PROTECT, verbose_name=_("held by"), related_name="+")
    placed_on = models.DateField(_("held on"))
    placed_at = models.DateTimeField(auto_now_add=True)
    released_by = models.ForeignKey(Post, models.PROTECT, null=True, verbose_name=_("released by"), related_name="+")
    released_on = models.DateField(_("released on"), null=True)
    release_reason = models.CharField(_("reason for the release"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = pgettext_lazy("payment order", "hold")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["order", "code", "detail"],
                condition=Q(released_by__isnull=True),
                name="ledger_hold_once",
                violation_error_message=_("The payment is already held for this reason."),
            ),
            models.CheckConstraint(
                condition=Q(released_by__isnull=True, released_on__isnull=True, release_reason="")
                | (Q(released_by__isnull=False, released_on__isnull=False) & ~Q(release_reason="")),
                name="ledger_hold_released_with_reason",
                violation_error_message=_("A hold is released by somebody, on a day, with a reason."),
            ),
            models.CheckConstraint(
                condition=~Q(code=BY_HAND) | ~Q(reason=""),
                name="ledger_hold_by_hand_with_reason",
                violation_error_message=_("State why the payment is held."),
            ),
        ]
        triggers = [
            triggers.fixed(
                "ledger_hold_keeps_its_reason",
                "why and by whom an order was held stays",
                "order",
                "code",
                "detail",
                "reason",
                "placed_by",
                "placed_on",
            ),
            payout_triggers.HOLD_RELEASED_BY_ANOTHER,
            triggers.undeletable("ledger_hold_is_kept", "a hold is never removed: release it"),
        ]

    def __str__(self) -> str:
        return f"{self.order} {self.code}"


class LineFinding(models.Model):
    """What the checks found about a line when its batch was submitted: part of what the second person approves.
    `hold` names the release where the finding would otherwise keep the line from being paid."""

    line = models.ForeignKey(BatchLine, models.CASCADE, related_name="findings")
    code = models.CharField(max_length=30)
    detail = models.CharField(max_length=200, blank=True, default="")
    hold = models.ForeignKey(OrderHold, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = pgettext_lazy("batch line", "finding")
        ordering = ["line__line_no", "code", "detail"]
        constraints = [
            models.UniqueConstraint(
                fields=["line", "code", "detail"],
                name="ledger_finding_once",
                violation_error_message=_("A finding is listed once."),
            ),
        ]
        triggers = [
            payout_triggers.FINDING_OF_DRAFT,
            triggers.fixed("ledger_finding_is_kept", "what was shown stays", "line", "code", "detail", "hold"),
        ]

    def __str__(self) -> str:
        return f"{self.line} {self.code}"
