"""A campaign, its five groups, the money it was given, its quotas, and its closing account.

Money stands in funds of the ledger. A `CampaignSource` is a fund, or a share of one, that the campaign may use; handed
down to another organisation it is a further row under the first. All sums in fen.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.models import Post
from chunyu.federation.models import Scoped
from chunyu.hardship.campaigns import triggers
from chunyu.hardship.campaigns.kinds import MOVES, GroupKind, Stage
from chunyu.ledger.models import Fund, Transfer
from chunyu.privacy.row_key import row_key


class Campaign(Scoped):
    """A campaign that an organisation runs over its subtree, in a window of days around its festival."""

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    code = models.CharField(_("code"), max_length=24, unique=True)
    name = models.CharField(_("name"), max_length=80)
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    festival_on = models.DateField(_("Spring Festival"))
    stage = models.CharField(
        pgettext_lazy("campaign", "stage"), max_length=8, choices=Stage.choices, default=Stage.PLANNED
    )
    last_number = models.PositiveIntegerField(default=0, editable=False)  # of the visits numbered so far
    questionnaire = models.ForeignKey(
        "hardship.Questionnaire", models.PROTECT, null=True, blank=True, related_name="campaigns"
    )
    planned_by = models.ForeignKey(Post, models.PROTECT, verbose_name=_("planned by"), related_name="+")
    planned_on = models.DateField(_("planned on"))
    funded_on = models.DateField(null=True, blank=True)
    opened_on = models.DateField(null=True, blank=True)
    closed_by = models.ForeignKey(Post, models.PROTECT, null=True, blank=True, related_name="+")
    closed_on = models.DateField(null=True, blank=True)
    audited_by = models.ForeignKey(Post, models.PROTECT, null=True, blank=True, related_name="+")
    audited_on = models.DateField(null=True, blank=True)
    audit_note = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("warmth campaign")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "name"],
                name="campaign_named_once",
                violation_error_message=_("This organisation has a campaign of this name already."),
            ),
            models.CheckConstraint(
                condition=Q(starts_on__lte=F("ends_on")),
                name="campaign_window_in_order",
                violation_error_message=_("The first day of a campaign is not after its last."),
            ),
            models.CheckConstraint(
                condition=~Q(stage__in=["closed", "audited"]) | Q(closed_by__isnull=False, closed_on__isnull=False),
                name="campaign_closed_by_somebody",
                violation_error_message=_("A campaign is closed by somebody, on a day."),
            ),
            models.CheckConstraint(
                condition=Q(stage="audited", audited_by__isnull=False, audited_on__isnull=False)
                | ~Q(stage="audited") & Q(audited_by__isnull=True, audited_on__isnull=True),
                name="campaign_audited_by_somebody",
                violation_error_message=_("An audit is confirmed by somebody, on a day, and only after the closing."),
            ),
        ]
        triggers = [
            triggers.STARTS,
            triggers.steps(MOVES),
            triggers.FUNDED_WITH_ITS_PARTS,
            triggers.RUNS_WITHIN_ITS_MONEY,
            triggers.CLOSES_TO_THE_FEN,
            triggers.AUDITED_BY_AN_AUDITOR,
            triggers.CLOSED_IS_KEPT,
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        return self.stage not in (Stage.CLOSED, Stage.AUDITED)


class CampaignGroup(models.Model):
    """One of the five groups in a campaign: `priority` 1 counts first where a household falls into several, and
    `programme` is what its grants are paid as."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="groups")
    kind = models.CharField(_("group"), max_length=10, choices=GroupKind.choices)
    priority = models.PositiveSmallIntegerField(_("priority"))
    needs_file = models.BooleanField(_("a hardship file comes first"))
    programme = models.CharField(_("programme"), max_length=60)
    programme_label = models.CharField(_("name of the programme"), max_length=80)

    class Meta:
        verbose_name = _("group of a campaign")
        ordering = ["priority"]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "kind"],
                name="campaign_group_once",
                violation_error_message=_("A group is in a campaign once."),
            ),
            models.UniqueConstraint(
                fields=["campaign", "priority"],
                name="campaign_group_priority_once",
                violation_error_message=_("No two groups have the same priority."),
            ),
            models.CheckConstraint(
                condition=Q(kind__in=GroupKind.values, priority__gte=1, priority__lte=5),
                name="campaign_has_five_groups",
                violation_error_message=_("A campaign has five groups, with priorities from 1 to 5."),
            ),
        ]
        triggers = [triggers.GROUPS_WHILE_PLANNED]

    def __str__(self) -> str:
        return str(GroupKind(self.kind).label)


class CampaignSource(Scoped):
    """Money that an organisation holds for a campaign: of a fund, `amount_fen`. `above` is what it was handed down
    from, by `transfer`, and `root` the source it comes from in the end; a source itself has neither."""

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="sources")
    fund = models.ForeignKey(Fund, models.PROTECT, verbose_name=_("fund"), related_name="campaigns")
    amount_fen = models.BigIntegerField(_("amount"))
    above = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="below")
    root = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="portions")
    transfer = models.OneToOneField(Transfer, models.PROTECT, null=True, blank=True, related_name="campaign_source")
    booked_by = models.ForeignKey(Post, models.PROTECT, related_name="+")
    booked_on = models.DateField(_("booked on"))

    class Meta:
        verbose_name = _("source of a campaign")
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "fund"],
                condition=Q(above__isnull=True),
                name="campaign_source_once",
                violation_error_message=_("This fund is a source of the campaign already."),
            ),
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0),
                name="campaign_source_has_money",
                violation_error_message=_("The amount must be above zero."),
            ),
            models.CheckConstraint(
                condition=Q(above__isnull=True, root__isnull=True, transfer__isnull=True)
                | Q(above__isnull=False, root__isnull=False, transfer__isnull=False),
                name="campaign_portion_names_its_source",
                violation_error_message=_("Money that was handed down names where it came from."),
            ),
        ]
        triggers = [
            triggers.SOURCE_IN_AN_OPEN_CAMPAIGN,
            triggers.RAISED_IN_ITS_FUND,
            triggers.HANDED_DOWN_IN_THE_BOOKS,
            triggers.within_its_source("campaign_portion", "above_id"),
            triggers.SOURCE_IS_KEPT,
        ]

    def __str__(self) -> str:
        return str(self.fund)


class CampaignQuota(Scoped):
    """How many households of a group an organisation is to visit, and with how much money."""

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="quotas")
    group = models.CharField(_("group"), max_length=10, choices=GroupKind.choices)
    households = models.PositiveIntegerField(_("households"))
    amount_fen = models.BigIntegerField(_("amount"), default=0)
    set_by = models.ForeignKey(Post, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("quota of a campaign")
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "organisation", "group"],
                name="campaign_quota_once",
                violation_error_message=_("An organisation has one quota of each group."),
            ),
            models.CheckConstraint(
                condition=Q(amount_fen__gte=0),
                name="campaign_quota_not_below_zero",
                violation_error_message=_("A quota is not below zero."),
            ),
        ]
        triggers = [triggers.QUOTA_SPLITS_WHAT_IT_GOT]

    def __str__(self) -> str:
        return f"{self.organisation} {self.group}: {self.households}"


class CampaignReturn(models.Model):
    """Money of a campaign that went back: from a source to whoever gave it, from what was handed down to the level
    above. The transfer in the books says the same."""

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    source = models.ForeignKey(CampaignSource, models.PROTECT, related_name="returns")
    amount_fen = models.BigIntegerField(_("amount"))
    transfer = models.OneToOneField(Transfer, models.PROTECT, related_name="campaign_return")
    by = models.ForeignKey(Post, models.PROTECT, related_name="+")
    day = models.DateField(_("day"))

    class Meta:
        verbose_name = _("return of campaign money")
        ordering = ["day", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0),
                name="campaign_return_above_zero",
                violation_error_message=_("The amount must be above zero."),
            ),
        ]
        triggers = [
            triggers.RETURN_IN_AN_OPEN_CAMPAIGN,
            triggers.RETURNED_IN_THE_BOOKS,
            triggers.within_its_source("campaign_return", "source_id"),
            triggers.RETURN_IS_KEPT,
        ]

    def __str__(self) -> str:
        return f"{self.source}: {self.amount_fen}"


class ClosingLine(models.Model):
    """One source in the closing account, to the fen: everything raised was paid, returned, or is unspent."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="closing")
    source = models.OneToOneField(CampaignSource, models.PROTECT, related_name="closing")
    raised_fen = models.BigIntegerField(_("raised"))
    paid_fen = models.BigIntegerField(pgettext_lazy("campaign", "paid"))
    returned_fen = models.BigIntegerField(pgettext_lazy("campaign", "returned"))
    unspent_fen = models.BigIntegerField(_("unspent"))

    class Meta:
        verbose_name = _("line of a closing account")
        constraints = [
            models.CheckConstraint(
                condition=Q(raised_fen=F("paid_fen") + F("returned_fen") + F("unspent_fen"))
                & Q(paid_fen__gte=0, returned_fen__gte=0, unspent_fen__gte=0),
                name="campaign_closing_adds_up",
                violation_error_message=_("Paid, returned and unspent are together what was raised."),
            ),
        ]
        triggers = [triggers.CLOSING_IS_KEPT]

    def __str__(self) -> str:
        return f"{self.source}: {self.raised_fen}"
