"""What is on record of a proposal beside its case: the words, the authors, the motions, the plans, and what was done.

Everything here is added and never edited, so that the management, the union and the authors read the same for ever.
"""

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
from chunyu.privacy.fields import SealedTextField
from chunyu.privacy.row_key import row_key
from chunyu.voice.proposals import triggers


def kept(name: str) -> pgtrigger.Trigger:
    """Rows are added, and neither changed nor removed."""
    return pgtrigger.Protect(name=name, operation=pgtrigger.Update | pgtrigger.Delete)


class CongressSession(Scoped):
    """A session of a workers' congress (职代会): how many workers it stood for, and who was there."""

    name = models.CharField(pgettext_lazy("congress", "session"), max_length=60)
    held_on = models.DateField(_("held on"))
    workers = models.PositiveIntegerField(_("workers of the workplace"))
    delegates = models.PositiveIntegerField(_("delegates"))
    present = models.PositiveIntegerField(pgettext_lazy("congress", "delegates present"))
    recorded_by = models.ForeignKey(Post, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("session of a workers' congress")
        ordering = ["-held_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "held_on"],
                name="congress_once_a_day",
                violation_error_message=_("A session of this day is entered already."),
            ),
            models.CheckConstraint(
                condition=Q(present__lte=F("delegates"), delegates__lte=F("workers"))
                & Q(GreaterThanOrEqual(F("present") * 3, F("delegates") * 2)),
                name="congress_has_a_quorum",
                violation_error_message=_(
                    "A congress needs two thirds of its delegates, who are workers of the place."
                ),
            ),
        ]
        triggers = [kept("congress_is_kept")]

    def __str__(self) -> str:
        return self.name


class Proposal(Scoped):
    """What a worker proposes. Its words are the author's and nobody edits them; `public_title` is what the union puts
    on the public board."""

    class Theme(models.TextChoices):
        SAFETY = "safety", pgettext_lazy("proposal", "safety")
        EQUIPMENT = "equipment", pgettext_lazy("proposal", "machines and tools")
        PROCESS = "process", pgettext_lazy("proposal", "how the work is done")
        WELFARE = "welfare", pgettext_lazy("proposal", "canteen, dormitory, welfare")
        PAY = "pay", pgettext_lazy("proposal", "pay and working hours")
        OTHER = "other", pgettext_lazy("proposal", "other")

    class Risk(models.TextChoices):
        NONE = "none", pgettext_lazy("risk", "none")
        LOW = "low", pgettext_lazy("risk", "somebody may be hurt slightly")
        HIGH = "high", pgettext_lazy("risk", "somebody may be hurt badly")

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    case = models.OneToOneField(Case, models.PROTECT, related_name="proposal")
    theme = models.CharField(pgettext_lazy("proposal", "about"), max_length=10, choices=Theme.choices)
    place = models.CharField(_("where in the workplace"), max_length=120)
    problem = SealedTextField(_("what is wrong"))
    suggestion = SealedTextField(_("what should be done"))
    risk = models.CharField(_("risk"), max_length=5, choices=Risk.choices)
    # The management reads the words, not by whom they are.
    unnamed = models.BooleanField(_("the management does not learn who says it"), default=False)
    raised_on = models.DateField(_("raised on"))
    public_title = models.CharField(_("title on the board"), max_length=80, blank=True, default="")
    into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged")

    class Meta:
        verbose_name = _("proposal")
        ordering = ["-raised_on", "-pk"]
        triggers = [
            pgtrigger.Protect(
                name="proposal_words_are_kept",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "case", "theme", "place", "problem", "suggestion", "risk", "unnamed", "raised_on"
                ),
            ),
            pgtrigger.Protect(
                name="proposal_merged_for_good",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.into_id IS NOT NULL AND NEW.into_id IS DISTINCT FROM OLD.into_id"),
            ),
            pgtrigger.Protect(name="proposal_is_kept", operation=pgtrigger.Delete),
            triggers.MERGED_IN_ONE_UNION,
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(into__isnull=True) | ~Q(into=F("id")),
                name="proposal_not_merged_into_itself",
                violation_error_message=_("A proposal cannot be merged into itself."),
            ),
            models.CheckConstraint(
                condition=Q(theme__in=["safety", "equipment", "process", "welfare", "pay", "other"]),
                name="proposal_theme_known",
                violation_error_message=_("Choose what the proposal is about."),
            ),
            models.CheckConstraint(
                condition=Q(risk__in=["none", "low", "high"]),
                name="proposal_risk_known",
                violation_error_message=_("Choose the risk."),
            ),
        ]

    def __str__(self) -> str:
        return self.public_title or self.case.title


class ProposalCase(Case):
    """A case as this room sees it: put right only with proof, the union's check and the author's word."""

    class Meta:
        proxy = True
        triggers = [triggers.PUT_RIGHT]


class Author(models.Model):
    """Who said it. A merged proposal's authors stand with the one that goes on, beside where they came from."""

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    proposal = models.ForeignKey(Proposal, models.PROTECT, related_name="authors")
    name = models.CharField(pgettext_lazy("person", "name"), max_length=60)
    job = models.CharField(_("job in the workplace"), max_length=60, blank=True, default="")
    is_delegate = models.BooleanField(_("delegate of the congress"), default=False)
    contact = SealedTextField(_("how to reach them"), null=True, blank=True)
    came_with = models.ForeignKey(Proposal, models.PROTECT, null=True, blank=True, related_name="+")
    recorded_on = models.DateField()

    class Meta:
        verbose_name = _("author of a proposal")
        ordering = ["id"]
        triggers = [kept("author_keeps_credit")]
        constraints = [
            models.UniqueConstraint(
                fields=["proposal", "name", "came_with"],
                nulls_distinct=False,
                name="author_named_once",
                violation_error_message=_("This author is named already."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Motion(models.Model):
    """That a proposal is a numbered motion of a session, the first 一号议案. One not adopted may be one again."""

    proposal = models.ForeignKey(Proposal, models.PROTECT, related_name="motions")
    session = models.ForeignKey(CongressSession, models.PROTECT, related_name="motions")
    number = models.PositiveIntegerField(_("motion number"))
    recorded_by = models.ForeignKey(Post, models.PROTECT, related_name="+")
    recorded_on = models.DateField()

    class Meta:
        verbose_name = _("motion")
        ordering = ["session", "number"]
        triggers = [kept("motion_is_kept"), triggers.MOTION_OF_ONE_UNION]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "number"],
                name="motion_number_once_a_session",
                violation_error_message=_("Another motion of this session has this number."),
            ),
            models.UniqueConstraint(
                fields=["session", "proposal"],
                name="proposal_once_a_session",
                violation_error_message=_("This proposal is a motion of the session already: take a later one."),
            ),
            models.CheckConstraint(
                condition=Q(number__gte=1),
                name="motion_number_from_one",
                violation_error_message=_("Motions are numbered from 1."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.session_id} {self.number}"


class RectificationPlan(models.Model):
    """What the management undertakes: who, for how much, from when to when. A later one replaces it."""

    proposal = models.ForeignKey(Proposal, models.PROTECT, related_name="plans")
    responsible = models.CharField(_("department responsible"), max_length=100)
    budget_fen = models.BigIntegerField(_("budget"))
    starts_on = models.DateField(_("begins on"))
    until = models.DateField(_("done by"))
    recorded_by = models.ForeignKey(Post, models.PROTECT, related_name="+")
    recorded_on = models.DateField()

    class Meta:
        verbose_name = _("plan of a rectification")
        ordering = ["pk"]
        triggers = [kept("plan_is_kept")]
        constraints = [
            models.CheckConstraint(
                condition=Q(until__gte=F("starts_on"), budget_fen__gte=0),
                name="plan_ends_after_it_begins",
                violation_error_message=_("A plan ends after it begins, and its budget is not below zero."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.proposal_id} {self.until}"


class ProgressEntry(models.Model):
    """What was seen, talked over or done on the spot: a site visit, a meeting with workers, a piece of the work."""

    class Kind(models.TextChoices):
        VISIT = "visit", pgettext_lazy("progress", "site visit")
        MEETING = "meeting", pgettext_lazy("progress", "meeting with workers")
        WORK = "work", pgettext_lazy("progress", "work done")

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    proposal = models.ForeignKey(Proposal, models.PROTECT, related_name="progress")
    kind = models.CharField(pgettext_lazy("progress", "kind"), max_length=8, choices=Kind.choices)
    day = models.DateField(pgettext_lazy("progress", "day"))
    people = models.CharField(_("who was there"), max_length=120)
    text = SealedTextField(_("what was seen, said or done"))
    recorded_by = models.ForeignKey(Post, models.PROTECT, related_name="+")
    recorded_on = models.DateField()

    class Meta:
        verbose_name = _("progress of a rectification")
        ordering = ["day", "id"]
        triggers = [kept("progress_is_kept")]
        constraints = [
            models.CheckConstraint(
                condition=Q(recorded_on__gte=F("day")),
                name="progress_recorded_afterwards",
                violation_error_message=_("This day is still to come."),
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["visit", "meeting", "work"]),
                name="progress_kind_known",
                violation_error_message=_("Choose what it was."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.kind}"


class Acceptance(models.Model):
    """Whether the work is accepted: the union's check, then the author's own word or their silence."""

    class By(models.TextChoices):
        UNION = "union", _("checked by the union")
        AUTHOR = "author", _("the author's word")
        SILENCE = "silence", _("silent for ten working days")

    proposal = models.ForeignKey(Proposal, models.PROTECT, related_name="acceptances")
    by = models.CharField(max_length=8, choices=By.choices)
    accepted = models.BooleanField()
    day = models.DateField()
    # Who wrote it down; empty for what an author said with the slip.
    recorded_by = models.ForeignKey(Post, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("acceptance of a rectification")
        ordering = ["pk"]
        triggers = [kept("acceptance_is_kept"), triggers.SILENCE]
        constraints = [
            models.CheckConstraint(
                condition=Q(by="author")
                | Q(by="union", recorded_by__isnull=False)
                | Q(by="silence", recorded_by__isnull=False, accepted=True),
                name="acceptance_by_somebody",
                violation_error_message=_("The union's check and a silence are written down by somebody."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.proposal_id} {self.by}"


class EffectReview(models.Model):
    """What came of it after three months."""

    proposal = models.OneToOneField(Proposal, models.PROTECT, related_name="review")
    satisfaction = models.PositiveSmallIntegerField(_("satisfaction of the authors, 1 to 5"))
    saved_fen = models.BigIntegerField(_("saved in a year"), null=True, blank=True)
    risk_removed = models.BooleanField(_("risk removed"), default=False)
    recorded_by = models.ForeignKey(Post, models.PROTECT, related_name="+")
    recorded_on = models.DateField()

    class Meta:
        verbose_name = _("review of the effect")
        triggers = [kept("effect_review_is_kept")]
        constraints = [
            models.CheckConstraint(
                condition=Q(satisfaction__gte=1, satisfaction__lte=5),
                name="effect_satisfaction_from_one_to_five",
                violation_error_message=_("Satisfaction is from 1 to 5."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.proposal_id} {self.recorded_on}"
