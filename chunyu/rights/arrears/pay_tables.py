"""Money that changed hands before witnesses. It is the employer's, never the union's: our books know nothing of it.

What is written here is what was seen: who was paid how much on which day, with whose signature, and who stood by.
"""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.models import Post
from chunyu.casework.models import Department, Document
from chunyu.privacy.fields import SealedTextField
from chunyu.privacy.row_key import row_key
from chunyu.rights.arrears import triggers
from chunyu.rights.arrears.tables import ArrearsMatter, ArrearsWorker


class ArrearsPayout(models.Model):
    """One occasion on which the employer pays; with fewer than two departments as witnesses it is marked so."""

    class Method(models.TextChoices):
        CASH = "cash", _("in cash")
        TRANSFER = "transfer", _("to their bank cards")

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    matter = models.ForeignKey(ArrearsMatter, models.PROTECT, related_name="payouts")
    day = models.DateField(_("paid on"))
    place = models.CharField(pgettext_lazy("payout", "place"), max_length=120)
    payer = models.CharField(_("who pays"), max_length=120)
    method = models.CharField(pgettext_lazy("payout", "how"), max_length=10, choices=Method.choices)
    unwitnessed = models.BooleanField(_("unwitnessed"), default=False)
    # The sheet with the signatures, scanned; the photo of the occasion. Each once.
    sheet = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="+")
    photo = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="+")
    by = models.ForeignKey(Post, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("pay-out of wages")
        ordering = ["day", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(method__in=["cash", "transfer"]),
                name="arrears_payout_method_known",
                violation_error_message=_("Wages are paid in cash or to bank cards."),
            ),
        ]
        triggers = [
            triggers.WITNESSED_BY_TWO,
            pgtrigger.Protect(
                name="arrears_payout_is_kept",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("matter", "day", "place", "payer", "method", "unwitnessed", "by"),
            ),
            pgtrigger.Protect(
                name="arrears_papers_come_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "((OLD.sheet_id IS NOT NULL AND OLD.sheet_id IS DISTINCT FROM NEW.sheet_id)"
                    " OR (OLD.photo_id IS NOT NULL AND OLD.photo_id IS DISTINCT FROM NEW.photo_id))"
                ),
            ),
            pgtrigger.Protect(name="arrears_payout_stays", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.place}"


class ArrearsWitness(models.Model):
    """Somebody who stood by when wages were paid, and for which department."""

    payout = models.ForeignKey(ArrearsPayout, models.PROTECT, related_name="witnesses")
    to = models.ForeignKey(Department, models.PROTECT, null=True, blank=True, related_name="+")
    department = models.CharField(_("department"), max_length=100)
    name = models.CharField(pgettext_lazy("person", "Name"), max_length=60)

    class Meta:
        verbose_name = _("witness of a pay-out")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["payout", "department", "name"],
                name="arrears_witness_once",
                violation_error_message=_("This witness is named twice."),
            ),
        ]
        triggers = [triggers.kept("arrears_witness_is_kept")]

    def __str__(self) -> str:
        return f"{self.department} {self.name}"


class ArrearsPayment(models.Model):
    """What one worker received on one occasion, and how they signed for it."""

    class Signed(models.TextChoices):
        FINGER = "finger", _("by finger on the phone")
        PAPER = "paper", _("on the printed sheet")

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    payout = models.ForeignKey(ArrearsPayout, models.PROTECT, related_name="payments")
    worker = models.ForeignKey(ArrearsWorker, models.PROTECT, related_name="payments")
    amount_fen = models.BigIntegerField(pgettext_lazy("case", "amount"))
    signed = models.CharField(pgettext_lazy("wages", "signed"), max_length=10, choices=Signed.choices)
    signature = models.OneToOneField(Document, models.PROTECT, null=True, blank=True, related_name="+")
    by = models.ForeignKey(Post, models.PROTECT, related_name="+")
    day = models.DateField(_("entered on"))

    class Meta:
        verbose_name = _("payment of wages")
        ordering = ["payout", "worker__line"]
        constraints = [
            models.UniqueConstraint(
                fields=["payout", "worker"],
                name="arrears_paid_once_per_payout",
                violation_error_message=_("This worker has been paid on this occasion already."),
            ),
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0),
                name="arrears_payment_positive",
                violation_error_message=_("A payment is more than nothing."),
            ),
            models.CheckConstraint(
                condition=Q(signed="finger", signature__isnull=False) | Q(signed="paper", signature__isnull=True),
                name="arrears_each_worker_signs",
                violation_error_message=_("Each worker signs: on the phone, or on the sheet."),
            ),
        ]
        triggers = [
            triggers.PAYMENT_FITS,
            triggers.PAYMENTS_MOVE_WORKERS,
            triggers.kept("arrears_payment_is_kept"),
        ]

    def __str__(self) -> str:
        return f"{self.worker_id} {self.amount_fen}"


class ArrearsReturn(models.Model):
    """A payment that turned out not to have reached the worker: a cheque that bounced, a transfer that came back."""

    payment = models.OneToOneField(ArrearsPayment, models.PROTECT, related_name="returned")
    reason = models.CharField(pgettext_lazy("case", "reason"), max_length=200)
    by = models.ForeignKey(Post, models.PROTECT, related_name="+")
    day = models.DateField(pgettext_lazy("case", "day"))

    class Meta:
        verbose_name = _("payment that bounced")
        triggers = [triggers.RETURNS_MOVE_WORKERS, triggers.kept("arrears_return_is_kept")]

    def __str__(self) -> str:
        return f"{self.payment_id} {self.day}"


class ArrearsWriteOff(models.Model):
    """What one named worker will not get, decided by the approver with the reason."""

    class Why(models.TextChoices):
        WAIVED = "waived", _("the worker waives it, in writing")
        NOT_OWED = "not_owed", _("turned out not to be owed")
        IN_COURT = "in_court", _("pursued in court by the worker")
        EMPLOYER_GONE = "employer_gone", _("the employer is gone and has nothing")

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    worker = models.ForeignKey(ArrearsWorker, models.PROTECT, related_name="write_offs")
    amount_fen = models.BigIntegerField(pgettext_lazy("case", "amount"))
    why = models.CharField(pgettext_lazy("case", "reason"), max_length=20, choices=Why.choices)
    note = SealedTextField()
    by = models.ForeignKey(Post, models.PROTECT, related_name="+")
    day = models.DateField(pgettext_lazy("case", "day"))

    class Meta:
        verbose_name = _("written-off line")
        ordering = ["day", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0),
                name="arrears_write_off_positive",
                violation_error_message=_("What is written off is more than nothing."),
            ),
            models.CheckConstraint(
                condition=Q(why__in=["waived", "not_owed", "in_court", "employer_gone"]),
                name="arrears_write_off_reason_known",
                violation_error_message=_("Choose why the line is written off."),
            ),
        ]
        triggers = [triggers.WRITE_OFFS_MOVE_WORKERS, triggers.kept("arrears_write_off_is_kept")]

    def __str__(self) -> str:
        return f"{self.worker_id} {self.amount_fen}"
