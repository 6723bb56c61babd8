"""Visits of a campaign: whom, by whom, with what, what came of it, and what is needed.

A visit is of a household on file, of a person by name (with or without an ID number), or of a firm. Talk notes and
needs are sealed. Where a visit stands follows from its columns (`stage`).
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.models import Post
from chunyu.casework.models import Case
from chunyu.federation.models import Scoped
from chunyu.hardship.campaigns import visit_triggers as triggers
from chunyu.hardship.campaigns.kinds import GroupKind, NeedKind, Outcome, SubKind, VisitStage
from chunyu.hardship.campaigns.tables import Campaign, CampaignSource
from chunyu.ledger.models import PaymentOrder, Transfer
from chunyu.privacy.fields import BlindIndexField, SealedTextField, VaultNameField
from chunyu.privacy.row_key import row_key
from chunyu.registry.employers.tables import Enterprise
from chunyu.registry.identity import ID_NUMBER
from chunyu.registry.membership.tables import Worker
from chunyu.registry.models import Household

__all__ = ["CampaignVisit", "VisitGoods", "VisitPaper", "VisitTag", "Visitor"]

PAPER_LIMIT = 12 * 1024 * 1024
LIVE_GRANT = Q(called_off_on__isnull=True, cash_fen__gt=0)


class CampaignVisit(Scoped):
    """One visit. `organisation` visits; `source` pays `cash_fen`: by a payment order to a household on file, or handed
    over and booked with a `transfer` to anybody else. `people` counts the workers of a firm."""

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="visits")
    number = models.CharField(_("number"), max_length=40, unique=True)
    group = models.CharField(_("group"), max_length=10, choices=GroupKind.choices)
    sub_kind = models.CharField(_("of the fifth group"), max_length=10, choices=SubKind.choices, blank=True, default="")
    household = models.ForeignKey(Household, models.PROTECT, null=True, blank=True, related_name="campaign_visits")
    person_name = models.CharField(_("person's name"), max_length=60, blank=True, default="")
    id_number = SealedTextField(_("ID number"), null=True, blank=True)
    id_number_index = BlindIndexField(of="id_number", purpose=ID_NUMBER, null=True)
    worker = models.ForeignKey(Worker, models.PROTECT, null=True, blank=True, related_name="+")
    enterprise = models.ForeignKey(Enterprise, models.PROTECT, null=True, blank=True, related_name="+")
    people = models.PositiveIntegerField(pgettext_lazy("count", "people"), default=1)
    source = models.ForeignKey(CampaignSource, models.PROTECT, null=True, blank=True, related_name="visits")
    cash_fen = models.BigIntegerField(_("cash"), default=0)
    due_on = models.DateField(_("planned for"))
    planned_by = models.ForeignKey(Post, models.PROTECT, related_name="+")
    planned_on = models.DateField(_("planned on"))
    called_off_on = models.DateField(null=True, blank=True)
    called_off_why = models.CharField(max_length=200, blank=True, default="")
    visited_on = models.DateField(_("visited on"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome.choices, blank=True, default="")
    notes = SealedTextField(null=True, blank=True)
    recorded_by = models.ForeignKey(Post, models.PROTECT, null=True, blank=True, related_name="+")
    recorded_on = models.DateField(null=True, blank=True)
    answered = models.BooleanField(_("questionnaire answered"), default=False)
    order = models.OneToOneField(PaymentOrder, models.PROTECT, null=True, blank=True, related_name="campaign_visit")
    transfer = models.ForeignKey(Transfer, models.PROTECT, null=True, blank=True, related_name="campaign_visits")
    need_kind = models.CharField(_("need"), max_length=10, choices=NeedKind.choices, blank=True, default="")
    need = SealedTextField(null=True, blank=True)
    need_case = models.ForeignKey(Case, models.PROTECT, null=True, blank=True, related_name="campaign_needs")
    need_met_on = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name = _("visit of a campaign")
        indexes = [
            models.Index(fields=["campaign", "scope_path"], name="campaign_visit_by_place"),
            models.Index(
                fields=["campaign", "due_on"],
                condition=Q(visited_on__isnull=True, called_off_on__isnull=True),
                name="campaign_unvisited",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "household"],
                condition=LIVE_GRANT,
                name="campaign_grant_once_a_household",
                violation_error_message=_("This household has its festival grant of the campaign already."),
            ),
            models.UniqueConstraint(
                fields=["campaign", "id_number_index"],
                condition=LIVE_GRANT,
                name="campaign_grant_once_a_person",
                violation_error_message=_("This person has a festival grant of the campaign already."),
            ),
            models.CheckConstraint(
                condition=Q(household__isnull=False, person_name="", enterprise__isnull=True)
                | Q(household__isnull=True, enterprise__isnull=True) & ~Q(person_name="")
                | Q(household__isnull=True, person_name="", enterprise__isnull=False),
                name="campaign_visit_of_one",
                violation_error_message=_("A visit is of a household, of a person, or of a firm."),
            ),
            models.CheckConstraint(
                condition=Q(group="disaster") & ~Q(sub_kind="") | ~Q(group="disaster") & Q(sub_kind=""),
                name="campaign_fifth_group_says_which",
                violation_error_message=_("The fifth group says which of its three kinds it is, the others do not."),
            ),
            models.CheckConstraint(
                condition=Q(cash_fen=0, source__isnull=True) | Q(cash_fen__gt=0, source__isnull=False),
                name="campaign_cash_from_a_source",
                violation_error_message=_("Cash comes from a source of the campaign."),
            ),
            models.CheckConstraint(
                condition=Q(visited_on__isnull=True, outcome="", recorded_by__isnull=True, recorded_on__isnull=True)
                | Q(visited_on__isnull=False, recorded_by__isnull=False, recorded_on__gte=F("visited_on"))
                & ~Q(outcome=""),
                name="campaign_visit_counts_with_its_outcome",
                violation_error_message=_("A visit counts with its day and its outcome, and not before."),
            ),
            models.CheckConstraint(
                condition=Q(called_off_on__isnull=True) | Q(visited_on__isnull=True, order__isnull=True),
                name="campaign_visit_called_off_before_it_was_made",
                violation_error_message=_("A visit that was made, or whose payment is ordered, is not called off."),
            ),
            models.CheckConstraint(
                condition=Q(need_kind="", need_case__isnull=True, need_met_on__isnull=True)
                | Q(visited_on__isnull=False) & ~Q(need_kind=""),
                name="campaign_need_raised_at_a_visit",
                violation_error_message=_("A need is raised at a visit that was made."),
            ),
            models.CheckConstraint(
                condition=Q(order__isnull=True, transfer__isnull=True)
                | Q(order__isnull=False, transfer__isnull=True, household__isnull=False)
                | Q(order__isnull=True, transfer__isnull=False, household__isnull=True, visited_on__isnull=False),
                name="campaign_cash_paid_one_way",
                violation_error_message=_(
                    "A household on file is paid by order; money handed to others is booked after the visit."
                ),
            ),
        ]
        triggers = [
            triggers.IN_ITS_CAMPAIGN,
            triggers.WITHIN,
            triggers.STAYS_WITHIN,
            triggers.ONE_GRANT_A_FAMILY,
            triggers.KEPT_AFTER_CLOSING,
            triggers.OUTCOME_IS_KEPT,
            triggers.VISITED_BY_TWO,
            triggers.PAID_AS_PLANNED,
            triggers.HANDED_OVER_AS_BOOKED,
            triggers.UNDELETABLE,
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def stage(self) -> VisitStage:
        """Reads `need_case`: select it along."""
        if self.called_off_on is not None:
            return VisitStage.CALLED_OFF
        if self.visited_on is None:
            return VisitStage.PLANNED
        if not self.need_kind:
            return VisitStage.DONE
        closed = self.need_met_on is not None or (self.need_case is not None and not self.need_case.is_open)
        return VisitStage.NEED_CLOSED if closed else VisitStage.NEED_RAISED


class VisitTag(models.Model):
    """A further group that the visited belong to. The group that counts is the one of the visit."""

    visit = models.ForeignKey(CampaignVisit, models.CASCADE, related_name="tags")
    group = models.CharField(_("group"), max_length=10, choices=GroupKind.choices)

    class Meta:
        verbose_name = _("further group of a visit")
        constraints = [
            models.UniqueConstraint(
                fields=["visit", "group"],
                name="campaign_tag_once",
                violation_error_message=_("This group is named already."),
            )
        ]
        triggers = [triggers.TAG_AFTER_THE_GROUP]

    def __str__(self) -> str:
        return self.group


class Visitor(models.Model):
    """One of the team: through a post, or by name only."""

    visit = models.ForeignKey(CampaignVisit, models.CASCADE, related_name="team")
    post = models.ForeignKey(Post, models.PROTECT, null=True, blank=True, related_name="+")
    name = models.CharField(_("name"), max_length=60)

    class Meta:
        verbose_name = _("visitor")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["visit", "name"],
                name="campaign_visitor_once",
                violation_error_message=_("This person is named for the visit already."),
            )
        ]
        triggers = [triggers.TEAM_IS_KEPT]

    def __str__(self) -> str:
        return self.name


class VisitGoods(models.Model):
    """Goods that were handed over, in words."""

    visit = models.ForeignKey(CampaignVisit, models.CASCADE, related_name="goods")
    name = models.CharField(pgettext_lazy("goods", "what"), max_length=60)
    quantity = models.PositiveIntegerField(_("quantity"))
    unit = models.CharField(_("unit"), max_length=12)

    class Meta:
        verbose_name = _("goods of a visit")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gt=0),
                name="campaign_goods_above_zero",
                violation_error_message=_("The quantity must be above zero."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.quantity}{self.unit}"


class VisitPaper(models.Model):
    """The signed receipt or a photo of a visit, in the vault. Never replaced: a better one is added."""

    class Kind(models.TextChoices):
        RECEIPT = "receipt", _("signed receipt")
        PHOTO = "photo", pgettext_lazy("visit", "photo")

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    visit = models.ForeignKey(CampaignVisit, models.PROTECT, related_name="papers")
    kind = models.CharField(pgettext_lazy("visit", "kind of paper"), max_length=8, choices=Kind.choices)
    stored = VaultNameField(unique=True)
    size = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    content_type = models.CharField(max_length=40)
    added_by = models.ForeignKey(Post, models.PROTECT, related_name="+")
    added_on = models.DateField()

    class Meta:
        verbose_name = _("paper of a visit")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["visit", "digest"],
                name="campaign_paper_once",
                violation_error_message=_("This very file is with the visit already."),
            ),
            models.CheckConstraint(
                condition=Q(size__gt=0, size__lte=PAPER_LIMIT),
                name="campaign_paper_size",
                violation_error_message=_("A document is between 1 byte and 12 MB."),
            ),
        ]
        triggers = [triggers.PAPER_IS_KEPT]

    def __str__(self) -> str:
        return f"{self.visit} {self.kind}"
