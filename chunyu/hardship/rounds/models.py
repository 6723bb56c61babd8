"""A round of allocation: what goes in, every line with the numbers that give its amount, who pays it, and the proof.

Inputs and lines may change until the round is submitted; from then on the database keeps them. A line whose amount
does not follow from its own columns cannot be stored: nobody gets, or goes without, money that cannot be explained.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.models import Post, User
from chunyu.federation.models import Organisation, Scoped
from chunyu.hardship.rounds import triggers
from chunyu.ledger.models import Fund
from chunyu.privacy.row_key import row_key
from chunyu.registry.models import Household

MILLION = 1_000_000


class Stage(models.TextChoices):
    DRAFT = "draft", pgettext_lazy("round", "Being prepared")
    COMPUTING = "computing", _("Being computed")
    COMPUTED = "computed", pgettext_lazy("round", "Computed")
    SUBMITTED = "submitted", pgettext_lazy("round", "Awaiting a second person")
    PUBLISHED = "published", pgettext_lazy("round", "Published")


# (stage, move) -> stage; a computation that fails leaves the round as a draft that says why.
MOVES = {
    (Stage.DRAFT, "compute"): Stage.COMPUTING,
    (Stage.COMPUTED, "compute"): Stage.COMPUTING,
    (Stage.COMPUTING, "done"): Stage.COMPUTED,
    (Stage.COMPUTING, "failed"): Stage.DRAFT,
    (Stage.COMPUTED, "change"): Stage.DRAFT,
    (Stage.COMPUTED, "submit"): Stage.SUBMITTED,
    (Stage.SUBMITTED, "send_back"): Stage.COMPUTED,
    (Stage.SUBMITTED, "publish"): Stage.PUBLISHED,
}


class Reason(models.TextChoices):
    """What binds an amount: `chunyu.policy.allocation.Reason`, as it is kept and filtered."""

    LEVEL = "level", _("down to the common level")
    CAP = "cap", _("the most that is paid")
    GAP = "gap", _("gap closed")
    MINIMUM = "minimum", _("the least that is paid")
    FLOOR = "floor", pgettext_lazy("round", "floor")
    SHALLOW = "shallow", _("not deeper than the level")
    SMALL = "small", _("too far below the least grant")
    HANDLING = "handling", _("not worth its handling")
    NO_ROOM = "no_room", _("cap below the least grant")
    NO_SOURCE = "no_source", _("no fund for the programme")
    QUOTA = "quota", _("the county's number is used")
    LAST = "last", _("the money ended before it")


GIVING = (Reason.LEVEL, Reason.CAP, Reason.GAP, Reason.MINIMUM, Reason.FLOOR)


class Way(models.TextChoices):
    ALLOTMENT = "allotment", _("This allotment")
    EVEN = "even", _("Even split")
    PROPORTIONAL = "proportional", _("By share of the gap")
    LAST = "last", _("Paid last year")


class Round(Scoped):
    """One sharing-out over an organisation's subtree. `day` selects rules and facts; sums of squares in squared fen."""

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    name = models.CharField(_("name"), max_length=120)
    day = models.DateField(_("as of"))
    stage = models.CharField(_("stage"), max_length=10, choices=Stage.choices, default=Stage.DRAFT)
    planned_by = models.ForeignKey(Post, models.PROTECT, related_name="+")
    planner = models.ForeignKey(User, models.PROTECT, related_name="+")
    submitter = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    submitted_on = models.DateField(null=True)
    publisher = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    published_on = models.DateField(null=True)
    sent_back = models.CharField(max_length=300, blank=True)
    # How far a computation is, or why it ended without a result, in both languages.
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    fault_zh = models.CharField(max_length=300, blank=True)
    fault_en = models.CharField(max_length=300, blank=True)
    # The proof.
    pack = models.CharField(_("rule pack"), max_length=60, blank=True)
    version = models.CharField(_("version"), max_length=64, blank=True)
    needs_digest = models.CharField(max_length=64, blank=True)
    grants_digest = models.CharField(max_length=64, blank=True)
    need = models.DecimalField(max_digits=40, decimal_places=0, null=True)
    rest = models.DecimalField(max_digits=40, decimal_places=0, null=True)
    bound = models.DecimalField(max_digits=40, decimal_places=0, null=True)
    # Who could not take part: nobody can decide them yet, or they are being served already.
    undecided = models.PositiveIntegerField(default=0)
    served = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("round of allocation")
        constraints = [
            models.CheckConstraint(
                condition=Q(stage__in=Stage.values),
                name="round_stage_known",
                violation_error_message=_("This stage does not exist."),
            ),
            models.CheckConstraint(
                condition=Q(stage__in=["draft", "computing"])
                | Q(need__isnull=False, rest__isnull=False, bound__isnull=False, bound__lte=F("rest")),
                name="round_computed_with_its_proof",
                violation_error_message=_("A computed round carries its proof."),
            ),
            models.CheckConstraint(
                condition=~Q(stage="published")
                | (
                    Q(publisher__isnull=False, published_on__isnull=False, submitter__isnull=False)
                    & ~Q(publisher=F("submitter"))
                    & ~Q(publisher=F("planner"))
                ),
                name="round_published_by_a_second_person",
                violation_error_message=_("A round is published by another person than those who planned it."),
            ),
        ]
        triggers = [triggers.STARTS, triggers.steps(MOVES), triggers.FROZEN, triggers.ADDS_UP]

    def __str__(self) -> str:
        return self.name


class RoundProgramme(models.Model):
    """A programme that takes part, with what the round sets for every line of it, in fen. No cap means the gap."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="programmes")
    programme = models.CharField(_("programme"), max_length=40)
    cap_fen = models.BigIntegerField(null=True)
    floor_fen = models.BigIntegerField(default=0)
    minimum_fen = models.BigIntegerField(default=0)
    handling_fen = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("programme of a round")
        triggers = [triggers.until_settled("roundprogramme")]
        constraints = [
            models.UniqueConstraint(fields=["round", "programme"], name="round_names_a_programme_once"),
            models.CheckConstraint(
                condition=Q(floor_fen__gte=0, minimum_fen__gte=0, handling_fen__gte=0)
                & (Q(cap_fen__isnull=True) | Q(cap_fen__gte=F("floor_fen")) & Q(cap_fen__gte=F("minimum_fen"))),
                name="round_programme_bounds",
                violation_error_message=_("The most per household cannot be below the floor or the least grant."),
            ),
        ]

    def __str__(self) -> str:
        return self.programme


class RoundSource(models.Model):
    """A fund that pays, with how much of it the round may use. `price` is what one more fen there would do, in squared
    fen; known once the round is computed."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="sources")
    fund = models.ForeignKey(Fund, models.PROTECT, related_name="rounds")
    budget_fen = models.BigIntegerField()
    price = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = _("fund of a round")
        triggers = [triggers.until_settled("roundsource")]
        constraints = [
            models.UniqueConstraint(fields=["round", "fund"], name="round_names_a_fund_once"),
            models.CheckConstraint(
                condition=Q(budget_fen__gt=0),
                name="round_source_has_money",
                violation_error_message=_("A fund takes part with an amount above zero."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.fund}: {self.budget_fen}"


class RoundQuota(models.Model):
    """The most that one county may get in the round; an empty limit is none. Prices as of sources."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="quotas")
    county = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    households = models.PositiveIntegerField(null=True)
    fen = models.BigIntegerField(null=True)
    price_fen = models.BigIntegerField(null=True)
    price_households = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = _("quota of a county")
        triggers = [triggers.until_settled("roundquota")]
        constraints = [
            models.UniqueConstraint(fields=["round", "county"], name="round_names_a_county_once"),
            models.CheckConstraint(
                condition=(Q(households__isnull=False) | Q(fen__isnull=False)) & (Q(fen__isnull=True) | Q(fen__gte=0)),
                name="round_quota_limits",
                violation_error_message=_("A quota limits households, money or both."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.county}: {self.households} / {self.fen}"


class RoundLine(Scoped):
    """One household under one programme, with everything that gives its amount. All in fen; see
    `chunyu.policy.allocation.Ground`."""

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    round = models.ForeignKey(Round, models.CASCADE, related_name="lines")
    household = models.ForeignKey(Household, models.PROTECT, related_name="round_lines")
    decision = models.ForeignKey("hardship.Decision", models.PROTECT, related_name="+")
    programme = models.CharField(_("programme"), max_length=40)
    gap_fen = models.BigIntegerField()
    cap_fen = models.BigIntegerField()
    floor_fen = models.BigIntegerField()
    minimum_fen = models.BigIntegerField()
    level_fen = models.BigIntegerField()
    extra_fen = models.SmallIntegerField(default=0)
    reason = models.CharField(max_length=10, choices=Reason.choices)
    amount_fen = models.BigIntegerField()
    even_fen = models.BigIntegerField()
    last_fen = models.BigIntegerField()

    class Meta:
        verbose_name = _("line of a round")
        triggers = [triggers.until_settled("roundline")]
        indexes = [models.Index(fields=["round", "-amount_fen"], name="round_line_by_amount")]
        constraints = [
            models.UniqueConstraint(fields=["round", "household", "programme"], name="round_line_once"),
            models.CheckConstraint(
                condition=Q(gap_fen__gt=0, cap_fen__gte=0, floor_fen__gte=0, minimum_fen__gte=1, level_fen__gte=0)
                & Q(extra_fen__in=[0, 1], even_fen__gte=0, last_fen__gte=0),
                name="round_line_numbers",
                violation_error_message=_("A line's numbers cannot be negative."),
            ),
            models.CheckConstraint(
                condition=Q(amount_fen=0, reason__in=[r for r in Reason.values if r not in GIVING])
                | Q(
                    reason__in=GIVING,
                    amount_fen__gte=F("minimum_fen"),
                    amount_fen__lte=F("gap_fen"),
                )
                & Q(amount_fen__lte=F("cap_fen"), amount_fen__gt=0),
                name="round_line_within_its_bounds",
                violation_error_message=_("An amount is nothing, or lies between the least and the most of its line."),
            ),
            models.CheckConstraint(
                condition=Q(amount_fen__gte=F("floor_fen")),
                name="round_line_pays_its_floor",
                violation_error_message=_("A floor is owed whatever else happens."),
            ),
            models.CheckConstraint(
                condition=Q(reason="level", amount_fen=F("gap_fen") - F("level_fen") + F("extra_fen"))
                | Q(reason="cap", amount_fen=F("cap_fen"), gap_fen__gte=F("level_fen") + F("cap_fen"))
                | Q(reason="gap", amount_fen=F("gap_fen"))
                | Q(reason="minimum", amount_fen=F("minimum_fen"), gap_fen__lte=F("level_fen") + F("minimum_fen"))
                | Q(reason="floor", amount_fen=F("floor_fen"), gap_fen__lte=F("level_fen") + F("floor_fen"))
                | Q(reason="shallow", gap_fen__lte=F("level_fen"))
                | Q(reason="small", gap_fen__gt=F("level_fen"))
                | Q(reason="handling", gap_fen__gt=F("level_fen"))
                | Q(reason="no_room", minimum_fen__gt=F("cap_fen"))
                | Q(reason="no_room", minimum_fen__gt=F("gap_fen"))
                | Q(reason__in=["no_source", "quota", "last"]),
                name="round_line_explained",
                violation_error_message=_("The amount does not follow from the numbers of its line."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.programme} {self.amount_fen}"

    @property
    def gives(self) -> bool:
        return self.amount_fen > 0


class RoundPayment(models.Model):
    """Which fund pays a line, grant and handling apart, in fen."""

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    line = models.ForeignKey(RoundLine, models.CASCADE, related_name="payments")
    source = models.ForeignKey(RoundSource, models.CASCADE, related_name="payments")
    grant_fen = models.BigIntegerField()
    handling_fen = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("payment of a line")
        triggers = [triggers.PAYMENTS]
        constraints = [
            models.UniqueConstraint(fields=["line", "source"], name="round_payment_once"),
            models.CheckConstraint(
                condition=Q(grant_fen__gte=0, handling_fen__gte=0), name="round_payment_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source}: {self.grant_fen}"


class RoundMeasure(models.Model):
    """How one way of sharing the same money does. Shares in millionths."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="measures")
    way = models.CharField(max_length=12, choices=Way.choices)
    granted_fen = models.BigIntegerField()
    handling_fen = models.BigIntegerField()
    households = models.PositiveIntegerField()
    gap_closed = models.PositiveIntegerField()
    square_closed = models.PositiveIntegerField()
    per_yuan = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("measure of a round")
        triggers = [triggers.until_settled("roundmeasure")]
        constraints = [models.UniqueConstraint(fields=["round", "way"], name="round_measures_a_way_once")]

    def __str__(self) -> str:
        return self.way


class RoundDecile(models.Model):
    """A tenth of the households by depth of need, the deepest first, under one way of sharing."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="deciles")
    way = models.CharField(max_length=12, choices=Way.choices)
    decile = models.PositiveSmallIntegerField()
    households = models.PositiveIntegerField()
    reached = models.PositiveIntegerField()
    gap_fen = models.BigIntegerField()
    granted_fen = models.BigIntegerField()

    class Meta:
        verbose_name = _("decile of a round")
        triggers = [triggers.until_settled("rounddecile")]
        constraints = [models.UniqueConstraint(fields=["round", "way", "decile"], name="round_decile_once")]

    def __str__(self) -> str:
        return f"{self.way} {self.decile}"


class RoundApplication(models.Model):
    """What became of a published line: the application it opened, or the sentence why none could be opened. Appended
    only, one per line: publishing again opens nothing twice."""

    line = models.OneToOneField(RoundLine, models.PROTECT, primary_key=True, related_name="opened")
    application = models.OneToOneField("hardship.Application", models.PROTECT, null=True, related_name="round_line")
    refusal = models.CharField(max_length=300, blank=True)
    day = models.DateField()

    class Meta:
        verbose_name = _("application of a line")
        triggers = [triggers.OPENED, triggers.OPENED_KEPT]
        constraints = [
            models.CheckConstraint(
                condition=Q(application__isnull=False, refusal="") | (Q(application__isnull=True) & ~Q(refusal="")),
                name="round_application_or_why_not",
                violation_error_message=_("A line has an application or a reason why it has none."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line}"
