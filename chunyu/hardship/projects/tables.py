"""Projects, who pays which rate, partner hospitals, the cases, treatments, monthly rolls, and what was paid for what.

A person is known across files and projects by the keyed digest of the ID number, as in the registry, so that one month,
one half-year or one eye of one person is paid once, whatever file or project it comes from.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.models import Post
from chunyu.casework.models import Case
from chunyu.federation.models import Scoped
from chunyu.hardship.projects import triggers
from chunyu.hardship.projects.kinds import UNIT, Eye, Form, Group, Pays, StopReason
from chunyu.ledger.models import Fund, PaymentOrder
from chunyu.privacy.fields import SealedTextField
from chunyu.privacy.row_key import row_key
from chunyu.registry.models import Household, Member


class Project(Scoped):
    """One project of a federation (`organisation`) over a period. Its rates stand in its shares and never change."""

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    programme = models.CharField(_("programme"), max_length=40)
    name = models.CharField(_("name"), max_length=80)
    form = models.CharField(_("paid for"), max_length=10, choices=Form.choices)
    funder = models.CharField(_("funder"), max_length=80)
    document_no = models.CharField(_("document number"), max_length=80)
    starts_on = models.DateField(pgettext_lazy("project", "from"))
    ends_on = models.DateField(pgettext_lazy("project", "until"))
    quota = models.PositiveIntegerField(_("places"))
    prorated = models.BooleanField(_("a month begun is paid by its days"), default=False)
    year_cap_fen = models.BigIntegerField(_("at most in a year"), null=True, blank=True)
    pays = models.CharField(_("paid to"), max_length=10, choices=Pays.choices, default=Pays.HOUSEHOLD)
    opened_by = models.ForeignKey(Post, models.PROTECT, verbose_name=_("opened by"), related_name="+")
    opened_on = models.DateField(_("opened on"))
    closed_by = models.ForeignKey(Post, models.PROTECT, null=True, blank=True, related_name="+")
    closed_on = models.DateField(pgettext_lazy("project", "closed on"), null=True, blank=True)
    lessons = models.CharField(_("what was learnt"), max_length=400, blank=True, default="")

    class Meta:
        verbose_name = pgettext_lazy("aid", "project")
        ordering = ["-starts_on", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "programme", "document_no"],
                name="project_once_per_document",
                violation_error_message=_("A project of this programme under this document is open already."),
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gt=F("starts_on")),
                name="project_period_in_order",
                violation_error_message=_("A project ends after it begins."),
            ),
            models.CheckConstraint(
                condition=Q(quota__gt=0),
                name="project_has_places",
                violation_error_message=_("A project has at least one place."),
            ),
            models.CheckConstraint(
                condition=Q(year_cap_fen__isnull=True) | Q(year_cap_fen__gt=0, form="sessions"),
                name="project_cap_of_repeated_treatment",
                violation_error_message=_("A yearly cap is above zero, and only for repeated treatment."),
            ),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True, closed_by__isnull=True)
                | Q(closed_on__isnull=False, closed_by__isnull=False),
                name="project_closed_by_somebody",
                violation_error_message=_("A project is closed by somebody, on a day."),
            ),
        ]
        triggers = [triggers.PROJECT_IS_KEPT, triggers.CLOSED_WITHOUT_OPEN_CASES]

    def __str__(self) -> str:
        return self.name


class ProjectShare(models.Model):
    """What one level pays for one unit (month, half-year, eye, treatment) of one group, from which of its funds."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="shares")
    part = models.PositiveSmallIntegerField(_("level"))
    group = models.CharField(_("group"), max_length=10, choices=Group.choices)
    fund = models.ForeignKey(Fund, models.PROTECT, verbose_name=_("fund"), related_name="+")
    unit_fen = models.BigIntegerField(_("rate"))

    class Meta:
        verbose_name = _("rate of a project")
        ordering = ["project", "group", "part"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "group", "part"],
                name="project_share_once_per_level",
                violation_error_message=_("Each level pays one rate for a group."),
            ),
            models.CheckConstraint(
                condition=Q(unit_fen__gt=0),
                name="project_share_positive",
                violation_error_message=_("A rate is above zero."),
            ),
        ]
        triggers = [triggers.kept("project_share_is_kept", "the rates of a project never change")]

    def __str__(self) -> str:
        return f"{self.group} {self.part}"


class PartnerHospital(models.Model):
    """A hospital that treats for a project; `account` is where the project pays, if it pays hospitals."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="hospitals")
    name = models.CharField(_("hospital"), max_length=60)
    bank_name = models.CharField(_("bank"), max_length=80, blank=True, default="")
    account = SealedTextField(_("bank account"), null=True, blank=True)

    class Meta:
        verbose_name = _("partner hospital")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "name"],
                name="partner_hospital_once",
                violation_error_message=_("This hospital is a partner of the project already."),
            )
        ]

    def __str__(self) -> str:
        return self.name


class ProjectCase(Scoped):
    """What a case asks of a project, for one person. Costs are in fen; what is left to the family is its own cost."""

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    case = models.OneToOneField(Case, models.PROTECT, related_name="project_case")
    project = models.ForeignKey(Project, models.PROTECT, verbose_name=_("project"), related_name="cases")
    household = models.ForeignKey(Household, models.PROTECT, related_name="project_cases")
    member = models.ForeignKey(Member, models.PROTECT, verbose_name=_("person"), related_name="+")
    person_index = models.BinaryField(max_length=32, editable=False)
    group = models.CharField(_("group"), max_length=10, choices=Group.choices)
    eye = models.CharField(_("eye"), max_length=5, choices=Eye.choices, blank=True, default="")
    hospital = models.ForeignKey(PartnerHospital, models.PROTECT, null=True, blank=True, related_name="cases")
    approved_on = models.DateField(_("approved on"), null=True, blank=True)
    treated_on = models.DateField(_("treated on"), null=True, blank=True)
    cost_fen = models.BigIntegerField(_("cost"), null=True, blank=True)
    insured_fen = models.BigIntegerField(_("paid by insurance"), null=True, blank=True)
    other_fen = models.BigIntegerField(_("other help"), null=True, blank=True)
    started_on = models.DateField(pgettext_lazy("stipend", "from"), null=True, blank=True)
    stopped_on = models.DateField(pgettext_lazy("stipend", "stopped on"), null=True, blank=True)
    stop_reason = models.CharField(_("why stopped"), max_length=10, choices=StopReason.choices, blank=True, default="")
    open = models.BooleanField(default=True, editable=False)

    class Meta:
        verbose_name = _("case of a project")
        constraints = [
            models.UniqueConstraint(
                fields=["project", "person_index", "eye"],
                condition=Q(open=True),
                name="project_case_open_once",
                violation_error_message=_("This person already has a case of this project."),
            ),
            models.CheckConstraint(
                condition=Q(cost_fen__isnull=True, insured_fen__isnull=True, other_fen__isnull=True)
                | Q(
                    cost_fen__gt=0,
                    insured_fen__gte=0,
                    other_fen__gte=0,
                    cost_fen__gte=F("insured_fen") + F("other_fen"),
                ),
                name="project_case_costs_in_order",
                violation_error_message=_("Insurance and other help together are not above the cost."),
            ),
            models.CheckConstraint(
                condition=Q(stopped_on__isnull=True, stop_reason="")
                | (Q(started_on__isnull=False, stopped_on__gte=F("started_on")) & ~Q(stop_reason="")),
                name="project_case_stopped_with_a_reason",
                violation_error_message=_("A stipend stops on a day after it began, for a reason."),
            ),
        ]
        triggers = [triggers.WITHIN_THE_QUOTA, triggers.EYE_OF_AN_EYE_PROJECT, triggers.STOPPED_FOR_GOOD]

    def __str__(self) -> str:
        return f"{self.case} {self.project}"

    @property
    def own_cost_fen(self) -> int | None:
        if self.cost_fen is None:
            return None
        return self.cost_fen - (self.insured_fen or 0) - (self.other_fen or 0)


class TreatmentSession(models.Model):
    """One session of repeated treatment, with what it cost and what insurance and others paid."""

    case = models.ForeignKey(ProjectCase, models.PROTECT, related_name="sessions")
    day = models.DateField(pgettext_lazy("treatment", "day"))
    cost_fen = models.BigIntegerField(_("cost"))
    insured_fen = models.BigIntegerField(_("paid by insurance"), default=0)
    recorded_by = models.ForeignKey(Post, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("session of treatment")
        ordering = ["day"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "day"],
                name="treatment_session_once_a_day",
                violation_error_message=_("A session on this day is recorded already."),
            ),
            models.CheckConstraint(
                condition=Q(cost_fen__gt=0, insured_fen__gte=0, cost_fen__gte=F("insured_fen")),
                name="treatment_session_costs_in_order",
                violation_error_message=_("Insurance and other help together are not above the cost."),
            ),
        ]
        triggers = [triggers.kept("treatment_session_is_kept", "a session that was recorded is never changed")]

    def __str__(self) -> str:
        return f"{self.day}"


class StipendRoll(Scoped):
    """The stipends of one month in one county (`organisation`): made by one person, approved and ordered by another."""

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    project = models.ForeignKey(Project, models.PROTECT, verbose_name=_("project"), related_name="rolls")
    month = models.DateField(_("month"))
    made_by = models.ForeignKey(Post, models.PROTECT, verbose_name=_("made by"), related_name="+")
    made_on = models.DateField(_("made on"))
    approved_by = models.ForeignKey(Post, models.PROTECT, null=True, blank=True, related_name="+")
    approved_on = models.DateField(_("approved on"), null=True, blank=True)
    approved_digest = models.CharField(max_length=64, blank=True, default="")  # of the lines that were looked at

    class Meta:
        verbose_name = _("monthly roll")
        ordering = ["-month"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "organisation", "month"],
                name="stipend_roll_once_a_month",
                violation_error_message=_("The roll of this month is there already."),
            ),
            models.CheckConstraint(
                condition=Q(month__day=1),
                name="stipend_roll_of_a_month",
                violation_error_message=_("A roll is of a whole month."),
            ),
        ]
        triggers = [triggers.ROLL_APPROVED_BY_ANOTHER, triggers.ROLL_APPROVED_AS_SHOWN, triggers.ROLL_APPROVED_IS_KEPT]

    def __str__(self) -> str:
        return f"{self.project} {self.month:%Y-%m}"


class ProjectPayment(models.Model):
    """What one level pays for one unit of one person. The order is empty while its roll waits for approval."""

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    case = models.ForeignKey(ProjectCase, models.PROTECT, related_name="payments")
    share = models.ForeignKey(ProjectShare, models.PROTECT, related_name="payments")
    programme = models.CharField(max_length=40)
    person_index = models.BinaryField(max_length=32, editable=False)
    unit = models.CharField(_("paid for"), max_length=8)
    part = models.PositiveSmallIntegerField()
    amount_fen = models.BigIntegerField(_("amount"))
    roll = models.ForeignKey(StipendRoll, models.PROTECT, null=True, blank=True, related_name="lines")
    order = models.OneToOneField(PaymentOrder, models.PROTECT, null=True, blank=True, related_name="project_payment")

    class Meta:
        verbose_name = _("payment of a project")
        constraints = [
            models.UniqueConstraint(
                fields=["person_index", "programme", "unit", "part"],
                name="project_unit_paid_once",
                violation_error_message=_("This month, half-year, eye or treatment of the person is paid already."),
            ),
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0),
                name="project_payment_positive",
                violation_error_message=_("A payment is above zero."),
            ),
            models.CheckConstraint(
                condition=Q(unit__regex=UNIT),
                name="project_payment_of_a_unit",
                violation_error_message=_("A payment is for a month, a half-year, an eye or a treatment."),
            ),
            models.CheckConstraint(
                condition=Q(roll__isnull=False) | Q(order__isnull=False),
                name="project_payment_ordered_or_on_a_roll",
                violation_error_message=_("A payment is ordered, or stands on a roll."),
            ),
        ]
        triggers = [triggers.PAYMENT_HOLDS, triggers.PAYMENT_IS_KEPT]

    def __str__(self) -> str:
        return f"{self.unit} {self.amount_fen}"


__all__ = [
    "PartnerHospital",
    "Project",
    "ProjectCase",
    "ProjectPayment",
    "ProjectShare",
    "StipendRoll",
    "TreatmentSession",
]
