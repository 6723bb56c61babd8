"""What proves that a line reached its payee where no result file says so: receipts for cash, and statement numbers of
the bank for lines that stayed unclear. Two people stand for each."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.models import Post, User
from chunyu.ledger import payout_triggers, triggers
from chunyu.ledger.models.payouts import DIGEST, BatchLine
from chunyu.privacy.fields import VaultNameField

PAPER_LIMIT = 12 * 1024 * 1024


class CashReceipt(models.Model):
    """Cash handed to a person: who took it, the signed paper (a photo or scan in the vault), and the two who were
    there. Without one no line of a cash batch counts as paid."""

    class Kind(models.TextChoices):
        SIGNED = "signed", _("signed by the payee")
        FINGERPRINT = "fingerprint", _("signed and with a fingerprint")
        PROXY = "proxy", _("signed by somebody whom the payee sent")

    line = models.OneToOneField(BatchLine, models.PROTECT, related_name="receipt")
    kind = models.CharField(pgettext_lazy("receipt", "kind"), max_length=12, choices=Kind.choices)
    taken_by = models.CharField(_("taken by"), max_length=60)
    vault_name = VaultNameField()
    digest = models.CharField(_("SHA-256"), max_length=64)
    size = models.PositiveIntegerField(_("bytes"))
    content_type = models.CharField(max_length=40)
    day = models.DateField(_("day"))
    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(Post, models.PROTECT, verbose_name=_("handed over by"), related_name="+")
    witness = models.ForeignKey(User, models.PROTECT, verbose_name=_("second person"), related_name="+")

    class Meta:
        verbose_name = _("cash receipt")
        constraints = [
            models.CheckConstraint(
                condition=Q(digest__regex=DIGEST, size__gt=0, size__lte=PAPER_LIMIT) & ~Q(vault_name="", taken_by=""),
                name="ledger_receipt_has_its_paper",
                violation_error_message=_("A receipt is a file between 1 byte and 12 MB."),
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["signed", "fingerprint", "proxy"]),
                name="ledger_receipt_kind_known",
                violation_error_message=_("This kind of receipt does not exist."),
            ),
        ]
        triggers = [
            payout_triggers.RECEIPT_BY_TWO,
            triggers.kept("ledger_receipt_is_kept", "a receipt is never changed"),
        ]

    def __str__(self) -> str:
        return f"{self.line} {self.day}"


class Clearing(models.Model):
    """What became of a line that the bank left unclear, found in its statement by one person and confirmed by another.
    Only the confirmation moves money."""

    line = models.ForeignKey(BatchLine, models.PROTECT, related_name="clearings")
    outcome = models.CharField(
        pgettext_lazy("clearing", "outcome"),
        max_length=10,
        choices=[("paid", _("paid")), ("returned", _("returned"))],
    )
    statement_no = models.CharField(_("number of the bank's statement"), max_length=60)
    reason = models.CharField(_("bank's reason"), max_length=200, blank=True, default="")
    said_by = models.ForeignKey(Post, models.PROTECT, verbose_name=_("found by"), related_name="+")
    said_on = models.DateField(pgettext_lazy("clearing", "found on"))
    confirmed_by = models.ForeignKey(Post, models.PROTECT, null=True, verbose_name=_("confirmed by"), related_name="+")
    confirmed_on = models.DateField(_("confirmed on"), null=True)
    dropped_on = models.DateField(_("dropped on"), null=True)

    class Meta:
        verbose_name = pgettext_lazy("batch line", "clearing")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["line"],
                condition=Q(confirmed_by__isnull=True, dropped_on__isnull=True),
                name="ledger_clearing_one_waits",
                violation_error_message=_("A finding of this line already waits for a second person."),
            ),
            models.CheckConstraint(
                condition=~Q(statement_no="") & Q(outcome__in=["paid", "returned"]),
                name="ledger_clearing_names_its_statement",
                violation_error_message=_("Give the number of the bank's statement."),
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True, confirmed_on__isnull=True)
                | Q(
                    confirmed_by__isnull=False,
                    confirmed_on__isnull=False,
                    confirmed_on__gte=F("said_on"),
                    dropped_on__isnull=True,
                ),
                name="ledger_clearing_confirmed_on_a_day",
                violation_error_message=_("It is confirmed by somebody, on a day, or dropped."),
            ),
        ]
        triggers = [
            triggers.fixed(
                "ledger_clearing_keeps_its_word",
                "what was found stays",
                "line",
                "outcome",
                "statement_no",
                "reason",
                "said_by",
                "said_on",
            ),
            payout_triggers.CLEARING_BY_TWO,
            triggers.undeletable("ledger_clearing_is_kept", "a clearing is never removed"),
        ]

    def __str__(self) -> str:
        return f"{self.line} {self.outcome}"
