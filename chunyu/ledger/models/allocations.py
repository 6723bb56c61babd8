"""Money handed down the tree: from a fund to one under it, acknowledged there, and handed back where it is not used.

An allocation is what the giver did; its steps are what happened to it after that. Both are appended, and each moves its
money by one transfer: down at once, but free at the receiver's only when somebody there says that it arrived.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.models import Post
from chunyu.federation.models import Scoped
from chunyu.ledger import fund_triggers, triggers
from chunyu.ledger.models.books import Fund, Transfer
from chunyu.privacy.row_key import row_key


class Allocation(Scoped):
    """What a giver (`organisation`) handed from one of its funds to a fund under it. `key` is made by the client."""

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    giver = models.ForeignKey(Fund, models.PROTECT, verbose_name=_("from fund"), related_name="given")
    taker = models.ForeignKey(Fund, models.PROTECT, verbose_name=_("to fund"), related_name="taken")
    amount_fen = models.BigIntegerField(_("amount"))
    document_no = models.CharField(_("document number"), max_length=80)
    day = models.DateField(_("day"))
    by = models.ForeignKey(Post, models.PROTECT, verbose_name=_("by"), related_name="+")
    at = models.DateTimeField(_("time"), auto_now_add=True)
    key = models.CharField(max_length=120)

    class Meta:
        verbose_name = _("allocation")
        indexes = [
            models.Index(fields=["giver", "taker"], name="ledger_allocation_by_funds"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["key"],
                name="ledger_allocation_key_once",
                violation_error_message=_("This movement has already been posted."),
            ),
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0),
                name="ledger_allocation_amount_positive",
                violation_error_message=_("The amount must be above zero."),
            ),
            models.CheckConstraint(
                condition=~Q(document_no=""),
                name="ledger_allocation_has_a_document",
                violation_error_message=_("Give the number of the document that hands the money down."),
            ),
        ]
        triggers = [
            triggers.kept("ledger_allocation_is_kept", "an allocation is never changed: hand the money back"),
            fund_triggers.ALLOCATION_DOWN_THE_TREE,
            fund_triggers.ALLOCATION_IS_POSTED,
        ]

    def __str__(self) -> str:
        return self.document_no

    @property
    def transfer(self) -> Transfer:
        """The movement that took the money out of the giver's fund."""
        return Transfer.objects.get(key=f"allocate:{self.pk}")


class AllocationStep(models.Model):
    """What happened to an allocation: it arrived, it was refused or taken back before that, or a part came back."""

    class Kind(models.TextChoices):
        ARRIVED = "arrived", pgettext_lazy("allocation", "arrived")
        REFUSED = "refused", pgettext_lazy("allocation", "refused by the receiver")
        TAKEN_BACK = "taken_back", pgettext_lazy("allocation", "taken back by the giver")
        RETURNED = "returned", pgettext_lazy("allocation", "unspent, handed back")

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    allocation = models.ForeignKey(Allocation, models.PROTECT, related_name="steps")
    kind = models.CharField(_("step"), max_length=12, choices=Kind.choices)
    amount_fen = models.BigIntegerField(_("amount"))
    document_no = models.CharField(_("document number"), max_length=80, blank=True, default="")
    reason = models.CharField(_("reason"), max_length=200, blank=True, default="")
    day = models.DateField(_("day"))
    by = models.ForeignKey(Post, models.PROTECT, verbose_name=_("by"), related_name="+")
    at = models.DateTimeField(_("time"), auto_now_add=True)
    key = models.CharField(max_length=120)

    class Meta:
        verbose_name = _("step of an allocation")
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["key"],
                name="ledger_allocation_step_key_once",
                violation_error_message=_("This movement has already been posted."),
            ),
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0),
                name="ledger_allocation_step_positive",
                violation_error_message=_("The amount must be above zero."),
            ),
            models.CheckConstraint(
                condition=Q(kind="arrived") | ~Q(reason=""),
                name="ledger_allocation_step_says_why",
                violation_error_message=_("Say why the money goes back."),
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["arrived", "refused", "taken_back", "returned"]),
                name="ledger_allocation_step_known",
                violation_error_message=_("There is no such step of an allocation."),
            ),
        ]
        triggers = [
            triggers.kept("ledger_allocation_step_is_kept", "a step of an allocation is never changed"),
            fund_triggers.ALLOCATION_STEP_IN_ITS_ORDER,
            fund_triggers.ALLOCATION_STEP_IS_POSTED,
        ]

    def __str__(self) -> str:
        return f"{self.allocation} {self.kind}"
