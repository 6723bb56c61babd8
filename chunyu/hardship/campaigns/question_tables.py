"""Questionnaires in versions, and the answers.

A sheet of answers knows the version, the campaign, the county and the group, and nothing else: no visit, no person, no
union below the county, no day. Its keys are random and not made from the time, and the visit keeps only that one was
answered. So no statement over these tables joins an answer to a name.
"""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.models import Post
from chunyu.federation.models import Scoped
from chunyu.hardship.campaigns import answer_triggers as triggers
from chunyu.hardship.campaigns.kinds import GroupKind, QuestionKind
from chunyu.hardship.campaigns.tables import Campaign
from chunyu.ledger.triggers import kept
from chunyu.privacy.fields import SealedTextField
from chunyu.privacy.row_key import row_key

__all__ = ["Answer", "AnswerChoice", "AnswerSheet", "Question", "Questionnaire", "QuestionnaireVersion"]


class Questionnaire(Scoped):
    """Questions that an organisation has its visitors ask."""

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    name = models.CharField(_("name"), max_length=80)

    class Meta:
        verbose_name = _("questionnaire")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "name"],
                name="questionnaire_named_once",
                violation_error_message=_("This organisation has a questionnaire of this name already."),
            )
        ]

    def __str__(self) -> str:
        return self.name


class QuestionnaireVersion(models.Model):
    """The questions as they are asked from a day on. Fixed once somebody has answered."""

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    questionnaire = models.ForeignKey(Questionnaire, models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField(_("version"))
    in_force_on = models.DateField(_("in force from"), null=True, blank=True)
    made_by = models.ForeignKey(Post, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("version of a questionnaire")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["questionnaire", "number"],
                name="questionnaire_version_once",
                violation_error_message=_("This version exists already."),
            ),
            models.UniqueConstraint(
                fields=["questionnaire"],
                condition=Q(in_force_on__isnull=True),
                name="questionnaire_one_draft",
                violation_error_message=_("There is a draft of the next version already."),
            ),
        ]
        triggers = [triggers.VERSION_IS_FIXED]

    def __str__(self) -> str:
        return f"{self.questionnaire} {self.number}"


class Question(models.Model):
    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    version = models.ForeignKey(QuestionnaireVersion, models.CASCADE, related_name="questions")
    place = models.PositiveSmallIntegerField(_("place"))
    kind = models.CharField(_("kind of answer"), max_length=8, choices=QuestionKind.choices)
    text = models.CharField(_("question"), max_length=200)

    class Meta:
        verbose_name = _("question")
        ordering = ["place"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "place"],
                name="question_place_once",
                violation_error_message=_("Two questions cannot stand in one place."),
                deferrable=models.Deferrable.DEFERRED,
            )
        ]
        triggers = [triggers.QUESTION_IS_FIXED]

    def __str__(self) -> str:
        return self.text


class Choice(models.Model):
    question = models.ForeignKey(Question, models.CASCADE, related_name="choices")
    place = models.PositiveSmallIntegerField(_("place"))
    text = models.CharField(pgettext_lazy("question", "answer to choose"), max_length=100)

    class Meta:
        verbose_name = pgettext_lazy("question", "answer to choose")
        ordering = ["place"]
        constraints = [
            models.UniqueConstraint(
                fields=["question", "text"],
                name="question_choice_once",
                violation_error_message=_("The same answer stands there twice."),
            )
        ]
        triggers = [triggers.CHOICE_IS_FIXED]

    def __str__(self) -> str:
        return self.text


class AnswerSheet(Scoped):
    """What somebody answered; `organisation` is the county, never a union below it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.ForeignKey(QuestionnaireVersion, models.PROTECT, related_name="sheets")
    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="sheets")
    group = models.CharField(_("group"), max_length=10, choices=GroupKind.choices)

    class Meta:
        verbose_name = _("sheet of answers")
        triggers = [triggers.SHEET_OF_A_COUNTY, kept("campaign_sheet_is_kept", "answers stay as they were")]

    def __str__(self) -> str:
        return str(self.version)


class Answer(models.Model):
    """The answer to one question. Words are sealed: people say things of themselves in them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sheet = models.ForeignKey(AnswerSheet, models.PROTECT, related_name="answers")
    question = models.ForeignKey(Question, models.PROTECT, related_name="answers")
    number = models.DecimalField(
        pgettext_lazy("question", "number"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    words = SealedTextField(null=True, blank=True)

    class Meta:
        verbose_name = _("answer")
        constraints = [
            models.UniqueConstraint(
                fields=["sheet", "question"],
                name="campaign_answer_once",
                violation_error_message=_("A question is answered once on a sheet."),
            )
        ]
        triggers = [
            triggers.ANSWER_OF_ITS_VERSION,
            kept("campaign_answer_is_kept", "answers stay as they were"),
        ]

    def __str__(self) -> str:
        return str(self.question)


class AnswerChoice(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    answer = models.ForeignKey(Answer, models.PROTECT, related_name="chosen")
    choice = models.ForeignKey(Choice, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = pgettext_lazy("question", "chosen answer")
        constraints = [
            models.UniqueConstraint(
                fields=["answer", "choice"],
                name="campaign_choice_once",
                violation_error_message=_("The same answer is chosen twice."),
            )
        ]
        triggers = [
            triggers.CHOICE_OF_ITS_QUESTION,
            kept("campaign_choice_is_kept", "answers stay as they were"),
        ]

    def __str__(self) -> str:
        return str(self.choice)
