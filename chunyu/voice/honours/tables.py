"""A round of honours, whatever is honoured: proposals today, people, teams or brands by the same tables."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.models import Post
from chunyu.casework.models import Case
from chunyu.federation.models import Scoped
from chunyu.ledger.models import Transfer
from chunyu.voice.honours import triggers
from chunyu.voice.proposals.tables import kept


class HonourRound(Scoped):
    """One round: what is honoured, for which year, by which rules, how many and with what bonus each."""

    class Kind(models.TextChoices):
        PROPOSALS = "proposals", pgettext_lazy("honours", "proposals put right")
        PEOPLE = "people", pgettext_lazy("honours", "people")
        TEAMS = "teams", pgettext_lazy("honours", "teams and families")
        BRANDS = "brands", pgettext_lazy("honours", "brands and projects")

    case = models.OneToOneField(Case, models.PROTECT, related_name="honour_round")
    kind = models.CharField(pgettext_lazy("honours", "for"), max_length=10, choices=Kind.choices)
    title = models.CharField(_("name of the honour"), max_length=60)
    year = models.PositiveSmallIntegerField(_("year"))
    rules = models.CharField(_("rules of the round"), max_length=1000)
    places = models.PositiveSmallIntegerField(_("how many are honoured"))
    bonus_fen = models.BigIntegerField(_("bonus each"))

    class Meta:
        verbose_name = _("round of honours")
        ordering = ["-year", "-pk"]
        triggers = [kept("honour_round_is_kept")]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "title", "year"],
                name="honour_round_once_a_year",
                violation_error_message=_("There is a round of this honour for the year already."),
            ),
            models.CheckConstraint(
                condition=Q(places__gte=1, places__lte=10, bonus_fen__gte=0),
                name="honour_round_of_ten_at_most",
                violation_error_message=_("One to ten are honoured, with a bonus not below zero."),
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["proposals", "people", "teams", "brands"]),
                name="honour_kind_known",
                violation_error_message=_("Choose what is honoured."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.year}"


class HonourCase(Case):
    """A case as this part sees it: closed as paid when every bonus has been paid."""

    class Meta:
        proxy = True
        triggers = [triggers.ALL_PAID]


class Nominee(models.Model):
    """Who or what may be honoured, and for what; for a proposal, its case."""

    round = models.ForeignKey(HonourRound, models.PROTECT, related_name="nominees")
    name = models.CharField(pgettext_lazy("honours", "name"), max_length=60)
    citation = models.CharField(_("honoured for"), max_length=200)
    case = models.ForeignKey(Case, models.PROTECT, null=True, blank=True, related_name="+")
    recorded_by = models.ForeignKey(Post, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("nominee")
        ordering = ["pk"]
        triggers = [kept("nominee_is_kept"), triggers.NOMINEE_FITS]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "name", "citation"],
                name="nominated_once",
                violation_error_message=_("This nominee stands in the round already."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Juror(models.Model):
    round = models.ForeignKey(HonourRound, models.PROTECT, related_name="jurors")
    name = models.CharField(pgettext_lazy("person", "name"), max_length=60)
    job = models.CharField(_("job in the workplace"), max_length=60, blank=True, default="")

    class Meta:
        verbose_name = _("juror")
        ordering = ["pk"]
        triggers = [kept("juror_is_kept")]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "name"],
                name="juror_named_once",
                violation_error_message=_("This juror is named already."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Recusal(models.Model):
    """That a juror is too near to a nominee to score them, and why."""

    juror = models.ForeignKey(Juror, models.PROTECT, related_name="recusals")
    nominee = models.ForeignKey(Nominee, models.PROTECT, related_name="recusals")
    why = models.CharField(pgettext_lazy("honours", "why"), max_length=120)

    class Meta:
        verbose_name = _("recusal of a juror")
        triggers = [kept("recusal_is_kept")]
        constraints = [
            models.UniqueConstraint(
                fields=["juror", "nominee"],
                name="recused_once",
                violation_error_message=_("This juror stands aside already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.juror_id} {self.nominee_id}"


class Score(models.Model):
    juror = models.ForeignKey(Juror, models.PROTECT, related_name="scores")
    nominee = models.ForeignKey(Nominee, models.PROTECT, related_name="scores")
    points = models.PositiveSmallIntegerField(_("points"))
    recorded_by = models.ForeignKey(Post, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("score")
        triggers = [kept("score_is_kept"), triggers.NO_CONFLICT]
        constraints = [
            models.UniqueConstraint(
                fields=["juror", "nominee"],
                name="scored_once",
                violation_error_message=_("This juror has scored this nominee already."),
            ),
            models.CheckConstraint(
                condition=Q(points__lte=100),
                name="points_of_a_hundred",
                violation_error_message=_("Points are from 0 to 100."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.points}"


class Award(models.Model):
    """One winner, with the place, the number of the certificate and the bonus."""

    nominee = models.OneToOneField(Nominee, models.PROTECT, related_name="award")
    place = models.PositiveSmallIntegerField(_("place"))
    certificate = models.CharField(_("certificate number"), max_length=40, unique=True)
    bonus_fen = models.BigIntegerField(_("bonus"))
    day = models.DateField(pgettext_lazy("award", "confirmed on"))

    class Meta:
        verbose_name = _("award")
        ordering = ["place"]
        triggers = [kept("award_is_kept")]

    def __str__(self) -> str:
        return self.certificate


class AwardPayment(models.Model):
    """The transfer by which a bonus was paid: of exactly its amount."""

    award = models.OneToOneField(Award, models.PROTECT, related_name="payment")
    transfer = models.OneToOneField(Transfer, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("payment of an award")
        triggers = [kept("award_payment_is_kept"), triggers.PAID_AS_AWARDED]

    def __str__(self) -> str:
        return f"{self.award_id}"
