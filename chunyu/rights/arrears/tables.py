"""What is owed to whom: the matter of one employer and site, its workers, their claims, and the measures taken."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.lookups import GreaterThanOrEqual
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.models import Post
from chunyu.casework.models import Case
from chunyu.federation.models import Scoped
from chunyu.privacy.fields import BlindIndexField, SealedTextField
from chunyu.privacy.row_key import row_key
from chunyu.registry.identity import ID_NUMBER
from chunyu.rights.arrears import triggers


def in_days(half_days: int) -> str:
    """45 or 45.5."""
    whole, half = divmod(half_days, 2)
    return f"{whole}.5" if half else str(whole)


class ArrearsMatter(Scoped):
    """One report of wages owed by one employer, with its case; `organisation` is the union that looks after it.

    `told` and what the reporter said of number and sum stay as they were said; what is owed is the workers' lines. The
    four kept columns are written by triggers."""

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    case = models.OneToOneField(Case, models.PROTECT, related_name="arrears")
    employer = models.CharField(_("Employer"), max_length=120)
    site = models.CharField(_("project or site"), max_length=120, blank=True, default="")
    told = SealedTextField(_("what was reported"))
    reporter_name = SealedTextField(pgettext_lazy("person", "Name"), null=True)
    reporter_phone = SealedTextField(_("Phone"), null=True)
    # Who reports may fear for it: the name then shows to nobody but the approver, who opens it on record.
    name_locked = models.BooleanField(_("name locked"), default=False)
    said_workers = models.PositiveIntegerField(_("workers, as reported"), null=True, blank=True)
    said_fen = models.BigIntegerField(_("sum, as reported"), null=True, blank=True)
    owed_to = models.PositiveIntegerField(_("workers owed"), default=0, editable=False)
    owed_fen = models.BigIntegerField(pgettext_lazy("wages", "owed"), default=0, editable=False)
    paid_fen = models.BigIntegerField(pgettext_lazy("wages", "paid"), default=0, editable=False)
    written_off_fen = models.BigIntegerField(_("written off"), default=0, editable=False)

    class Meta:
        verbose_name = _("matter of wages owed")
        indexes = [models.Index(fields=["employer"], name="arrears_by_employer")]
        constraints = [
            models.CheckConstraint(
                condition=Q(said_fen__isnull=True) | Q(said_fen__gt=0),
                name="arrears_reported_sum_positive",
                violation_error_message=_("A sum that is owed is more than nothing."),
            ),
        ]
        triggers = [
            triggers.TOTAL_IS_ITS_LINES,
            triggers.NAME_STAYS_LOCKED,
            pgtrigger.ReadOnly(
                name="arrears_report_stays_as_said",
                fields=["case", "told", "reporter_name", "reporter_phone", "said_workers", "said_fen"],
            ),
            pgtrigger.Protect(name="arrears_matter_is_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.employer

    @property
    def remaining_fen(self) -> int:
        return self.owed_fen - self.paid_fen - self.written_off_fen

    @property
    def place(self) -> str:
        return f"{self.employer} · {self.site}" if self.site else self.employer


class ArrearsWorker(models.Model):
    """One worker of a matter. The amounts are those of the last claim, and of payments and write-offs."""

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    matter = models.ForeignKey(ArrearsMatter, models.PROTECT, related_name="workers")
    line = models.PositiveSmallIntegerField(_("Line"))
    name = models.CharField(pgettext_lazy("person", "Name"), max_length=60)
    id_number = SealedTextField(_("ID number"))
    id_number_index = BlindIndexField(of="id_number", purpose=ID_NUMBER, db_index=True)
    phone = SealedTextField(_("Phone"), null=True)
    owed_fen = models.BigIntegerField(pgettext_lazy("wages", "owed"), default=0, editable=False)
    paid_fen = models.BigIntegerField(pgettext_lazy("wages", "paid"), default=0, editable=False)
    written_off_fen = models.BigIntegerField(_("written off"), default=0, editable=False)

    class Meta:
        verbose_name = _("worker who is owed wages")
        ordering = ["line"]
        constraints = [
            models.UniqueConstraint(
                fields=["matter", "id_number_index"],
                name="arrears_worker_once",
                violation_error_message=_("This worker stands in the list already."),
            ),
            models.UniqueConstraint(
                fields=["matter", "line"],
                name="arrears_line_once",
                violation_error_message=_("This line of the list is taken."),
            ),
            models.CheckConstraint(
                condition=Q(owed_fen__gte=F("paid_fen") + F("written_off_fen")),
                name="arrears_no_more_than_owed",
                violation_error_message=_("More would be paid or written off than this worker is owed."),
            ),
        ]
        triggers = [
            triggers.WORKER_IS_ITS_ROWS,
            triggers.WORKERS_MOVE_MATTERS,
            pgtrigger.ReadOnly(name="arrears_worker_stays", fields=["matter", "line", "id_number", "id_number_index"]),
            pgtrigger.Protect(name="arrears_worker_is_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.line} {self.name}"

    @property
    def days(self) -> str:
        """Of the last claim, in rows of `queries.workers`."""
        return in_days(getattr(self, "last_half_days", None) or 0)

    @property
    def remaining_fen(self) -> int:
        return self.owed_fen - self.paid_fen - self.written_off_fen


class ArrearsClaim(models.Model):
    """What a worker is owed and for which days; the last version counts. Nothing owed takes the worker off the list."""

    class Proof(models.TextChoices):
        ATTENDANCE = "attendance", _("attendance record")
        IOU = "iou", _("IOU")
        WAGE_SHEET = "wage_sheet", _("wage sheet")
        CONTRACT = "contract", _("labour contract")
        WITNESSES = "witnesses", _("word of other workers")
        NONE = "none", pgettext_lazy("proof", "none yet")

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    worker = models.ForeignKey(ArrearsWorker, models.PROTECT, related_name="claims")
    version = models.PositiveSmallIntegerField(_("version"))
    from_day = models.DateField(_("worked from"))
    to_day = models.DateField(_("worked until"))
    half_days = models.PositiveIntegerField(_("half days worked"))
    rate_fen = models.BigIntegerField(_("rate per day"))
    owed_fen = models.BigIntegerField(pgettext_lazy("wages", "owed"))
    proof = models.CharField(_("proof"), max_length=20, choices=Proof.choices)
    reason = models.CharField(_("why it was corrected"), max_length=200, blank=True, default="")
    by = models.ForeignKey(Post, models.PROTECT, related_name="+")
    day = models.DateField(pgettext_lazy("case", "day"))

    class Meta:
        verbose_name = _("claim of a worker")
        ordering = ["worker", "version"]
        indexes = [models.Index(fields=["worker", "-version"], name="arrears_claim_latest")]
        constraints = [
            models.UniqueConstraint(
                fields=["worker", "version"],
                name="arrears_claim_version_once",
                violation_error_message=_("Somebody corrected this claim meanwhile: look at it again."),
            ),
            models.CheckConstraint(
                condition=Q(to_day__gte=F("from_day")),
                name="arrears_claim_days_in_order",
                violation_error_message=_("The period cannot end before it begins."),
            ),
            models.CheckConstraint(
                condition=Q(owed_fen__gte=0) & Q(half_days__gt=0) & Q(rate_fen__gt=0),
                name="arrears_claim_says_something",
                violation_error_message=_("Days and rate are more than nothing, and what is owed is not less."),
            ),
            models.CheckConstraint(
                # Half a day of an odd rate is rounded up to the fen.
                condition=Q(GreaterThanOrEqual(F("half_days") * F("rate_fen") + 1, F("owed_fen") * 2)),
                name="arrears_claim_within_its_days",
                violation_error_message=_("More is owed than the days at this rate come to."),
            ),
            models.CheckConstraint(
                condition=Q(proof__in=["attendance", "iou", "wage_sheet", "contract", "witnesses", "none"]),
                name="arrears_proof_known",
                violation_error_message=_("Choose what proves the claim."),
            ),
        ]
        triggers = [triggers.CLAIM_FOLLOWS, triggers.CLAIMS_MOVE_WORKERS, triggers.kept("arrears_claim_is_kept")]

    def __str__(self) -> str:
        return f"{self.worker_id} {self.version}"

    @property
    def days(self) -> str:
        return in_days(self.half_days)


class ArrearsMeasure(models.Model):
    """One measure that was taken so that the employer pays."""

    class Kind(models.TextChoices):
        AGREEMENT = "agreement", _("agreement to pay")
        ORDER = "order", _("order to pay")
        GUARANTEE = "guarantee", _("guarantee drawn")
        POLICE = "police", _("referred to the police")
        LEGAL_AID = "legal_aid", _("referred to legal aid")

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    matter = models.ForeignKey(ArrearsMatter, models.PROTECT, related_name="measures")
    kind = models.CharField(pgettext_lazy("case", "kind"), max_length=12, choices=Kind.choices)
    number = models.CharField(_("number of the paper"), max_length=120, blank=True, default="")
    amount_fen = models.BigIntegerField(pgettext_lazy("case", "amount"), null=True, blank=True)
    pay_by = models.DateField(_("to be paid by"), null=True, blank=True)
    day = models.DateField(pgettext_lazy("case", "day"))
    by = models.ForeignKey(Post, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("measure against arrears")
        ordering = ["day", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["agreement", "order", "guarantee", "police", "legal_aid"]),
                name="arrears_measure_known",
                violation_error_message=_("This measure does not exist."),
            ),
            models.CheckConstraint(
                condition=Q(amount_fen__isnull=True) | Q(amount_fen__gt=0),
                name="arrears_measure_positive",
                violation_error_message=_("An amount of a measure is more than nothing."),
            ),
        ]
        triggers = [triggers.kept("arrears_measure_is_kept")]

    def __str__(self) -> str:
        return f"{self.day} {self.get_kind_display()}"
