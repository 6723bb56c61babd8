"""Grants to the small third level: a giver's plan for a year, the share of each receiver, and what it was used for."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.models import Post
from chunyu.federation.models import Scoped
from chunyu.ledger.models import Fund, Transfer
from chunyu.organising.grants import triggers
from chunyu.organising.grants.kinds import BARRED
from chunyu.privacy.row_key import row_key


class GrantPlan(Scoped):
    """What a city or county federation (`organisation`) hands down in a year, and the formula that shares it out."""

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    year = models.PositiveSmallIntegerField(_("year"))
    name = models.CharField(_("name"), max_length=80)
    document_no = models.CharField(_("document number"), max_length=80)
    budget_fen = models.BigIntegerField(_("budget"))
    base_fen = models.BigIntegerField(_("for each receiver"))
    per_union_fen = models.BigIntegerField(_("for each union"))
    per_member_fen = models.BigIntegerField(_("for each member"))
    per_task_fen = models.BigIntegerField(_("for each task"))
    counted_on = models.DateField(pgettext_lazy("grant", "counted on"))
    report_by = models.DateField(_("use to be reported by"))
    planned_by = models.ForeignKey(Post, models.PROTECT, verbose_name=_("planned by"), related_name="+")
    planned_on = models.DateField(_("planned on"))
    approved_by = models.ForeignKey(
        Post, models.PROTECT, verbose_name=_("approved by"), related_name="+", null=True, blank=True
    )
    approved_on = models.DateField(_("approved on"), null=True, blank=True)
    approved_digest = models.CharField(max_length=64, blank=True, default="")  # of the shares that were looked at
    fund = models.ForeignKey(Fund, models.PROTECT, verbose_name=_("fund"), related_name="+", null=True, blank=True)

    class Meta:
        verbose_name = _("grant of a year")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "year", "document_no"],
                name="grant_once_per_document",
                violation_error_message=_("A grant of this year under this document is planned already."),
            ),
            models.CheckConstraint(
                condition=Q(budget_fen__gt=0),
                name="grant_has_a_budget",
                violation_error_message=_("The budget must be above zero."),
            ),
            models.CheckConstraint(
                condition=Q(base_fen__gte=0, per_union_fen__gte=0, per_member_fen__gte=0, per_task_fen__gte=0),
                name="grant_rates_not_below_zero",
                violation_error_message=_("No rate of the formula is below zero."),
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True, approved_on__isnull=True, fund__isnull=True)
                | Q(approved_by__isnull=False, approved_on__isnull=False),
                name="grant_approved_with_a_day",
                violation_error_message=_("An approval has its day, and money is handed down after it."),
            ),
            models.CheckConstraint(
                condition=Q(report_by__gte=F("planned_on")),
                name="grant_reported_by_a_day_to_come",
                violation_error_message=_("The day until which the use is reported lies after the plan."),
            ),
        ]
        triggers = [
            triggers.GIVEN_BY_A_FEDERATION,
            triggers.APPROVED_BY_ANOTHER,
            triggers.APPROVED_AS_SHOWN,
            triggers.ADDS_UP,
            triggers.APPROVED_IS_KEPT,
        ]

    def __str__(self) -> str:
        return self.name


class GrantTransfer(Transfer):
    """A transfer as this room sees it: the one that handed a share down stays, once its use is told."""

    class Meta:
        proxy = True
        triggers = [triggers.NOT_REVERSED_UNDER_A_REPORT]


class GrantShare(Scoped):
    """The share of one receiver (`organisation`): what was counted, what the formula makes of it, and the amount; with
    `barred`, a share of nothing that says what stood in the way."""

    class Stage(models.TextChoices):
        BARRED = "barred", pgettext_lazy("grant", "left out")
        PLANNED = "planned", pgettext_lazy("grant", "planned")
        APPROVED = "approved", pgettext_lazy("grant", "approved")
        HANDED_DOWN = "handed_down", pgettext_lazy("grant", "handed down")
        REPORTED = "reported", pgettext_lazy("grant", "use reported")
        CHECKED = "checked", pgettext_lazy("grant", "checked")

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    plan = models.ForeignKey(
        GrantPlan, models.CASCADE, verbose_name=pgettext_lazy("to unions", "grant"), related_name="shares"
    )
    unions = models.PositiveIntegerField(pgettext_lazy("count", "unions"))
    members = models.PositiveIntegerField(pgettext_lazy("count", "members"))
    tasks = models.PositiveIntegerField(pgettext_lazy("count", "tasks"), default=0)
    weight_fen = models.BigIntegerField(_("by the formula"))
    amount_fen = models.BigIntegerField(_("amount"))
    barred = models.CharField(_("stands in the way"), max_length=12, choices=BARRED.items(), blank=True, default="")
    transfer = models.OneToOneField(Transfer, models.PROTECT, null=True, blank=True, related_name="grant_share")
    reported_by = models.ForeignKey(Post, models.PROTECT, null=True, blank=True, related_name="+")
    reported_on = models.DateField(_("reported on"), null=True, blank=True)
    remark = models.CharField(_("remark"), max_length=200, blank=True, default="")
    checked_by = models.ForeignKey(Post, models.PROTECT, null=True, blank=True, related_name="+")
    checked_on = models.DateField(pgettext_lazy("grant", "checked on"), null=True, blank=True)
    checked_digest = models.CharField(max_length=64, blank=True, default="")  # of the uses that were looked at

    class Meta:
        verbose_name = _("share of a grant")
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "organisation"],
                name="grant_share_once_per_receiver",
                violation_error_message=_("A receiver has one share of a grant."),
            ),
            models.CheckConstraint(
                condition=Q(amount_fen__gte=0, weight_fen__gte=0),
                name="grant_share_not_below_zero",
                violation_error_message=_("A share is not below zero."),
            ),
            models.CheckConstraint(
                condition=Q(barred="") | Q(weight_fen=0, amount_fen=0),
                name="grant_share_of_the_barred_is_nothing",
                violation_error_message=_("Who cannot receive a grant gets nothing of it."),
            ),
            models.CheckConstraint(
                condition=Q(reported_by__isnull=True, reported_on__isnull=True)
                | Q(reported_by__isnull=False, reported_on__isnull=False, transfer__isnull=False),
                name="grant_reported_after_it_arrived",
                violation_error_message=_("The use of a grant is reported once it has been handed down."),
            ),
            models.CheckConstraint(
                condition=Q(checked_by__isnull=True, checked_on__isnull=True)
                | Q(checked_by__isnull=False, checked_on__isnull=False, reported_by__isnull=False),
                name="grant_checked_after_its_report",
                violation_error_message=_("A report is checked once it is there."),
            ),
        ]
        indexes = [
            models.Index(
                fields=["organisation"],
                condition=Q(transfer__isnull=False, reported_by__isnull=True),
                name="grant_share_unreported",
            )
        ]
        triggers = [
            triggers.RECEIVER_MAY_RECEIVE,
            triggers.SHARES_UNTIL_APPROVED,
            triggers.HANDED_DOWN_AS_APPROVED,
            triggers.SHARE_STEPS,
            triggers.CHECKED_AS_SHOWN,
            triggers.REPORTED_OF_WHAT_IS_THERE,
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.plan}"

    @property
    def stage(self) -> Stage:
        if self.barred:
            return self.Stage.BARRED
        if self.checked_by_id is not None:
            return self.Stage.CHECKED
        if self.reported_by_id is not None:
            return self.Stage.REPORTED
        if self.transfer_id is not None:
            return self.Stage.HANDED_DOWN
        return self.Stage.APPROVED if self.plan.approved_by_id is not None else self.Stage.PLANNED


class GrantUse(Scoped):
    """One use of a share, as the receiver (`organisation`) reports it."""

    class Purpose(models.TextChoices):
        ACTIVITY = "activity", pgettext_lazy("use of money", "activities")
        TRAINING = "training", pgettext_lazy("use of money", "training")
        VISITS = "visits", pgettext_lazy("use of money", "visits and relief")
        RIGHTS = "rights", pgettext_lazy("use of money", "protecting rights")
        STAFF = "staff", pgettext_lazy("use of money", "full-time union workers")
        OFFICE = "office", pgettext_lazy("use of money", "rooms and office")
        OTHER = "other", pgettext_lazy("use of money", "other")

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    share = models.ForeignKey(GrantShare, models.PROTECT, related_name="uses")
    used_on = models.DateField(_("used on"))
    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose.choices)
    text = models.CharField(_("in words"), max_length=120)
    document_no = models.CharField(_("number of the voucher"), max_length=60)
    amount_fen = models.BigIntegerField(_("amount"))
    recorded_by = models.ForeignKey(Post, models.PROTECT, verbose_name=_("recorded by"), related_name="+")

    class Meta:
        verbose_name = _("use of a grant")
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0),
                name="grant_use_above_zero",
                violation_error_message=_("The amount must be above zero."),
            ),
            models.UniqueConstraint(
                fields=["share", "document_no"],
                name="grant_use_once_per_voucher",
                violation_error_message=_("This voucher is entered already."),
            ),
        ]
        triggers = [triggers.USES_WITHIN_THE_SHARE]

    def __str__(self) -> str:
        return f"{self.used_on} {self.get_purpose_display()}"
