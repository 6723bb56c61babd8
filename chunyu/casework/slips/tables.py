"""Slips given to applicants, and what they said with them. The code is kept as a keyed digest only."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.models import Post
from chunyu.casework.models.case import Case
from chunyu.privacy.fields import SealedTextField
from chunyu.privacy.row_key import row_key


class Slip(models.Model):
    """One slip opens one case, and names the family's other ones. A new slip ends the one before."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="slips")
    code_digest = models.BinaryField(max_length=32, unique=True)
    # Empty for the one that came with a report of the public itself.
    given_by = models.ForeignKey(Post, models.PROTECT, null=True, related_name="+")
    given_on = models.DateField(_("given on"))
    ended_on = models.DateField(_("no longer since"), null=True, blank=True)

    class Meta:
        verbose_name = _("applicant's slip")
        triggers = [
            pgtrigger.Protect(
                name="slip_is_kept",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("case", "code_digest", "given_by", "given_on"),
            ),
            pgtrigger.Protect(name="slip_stays", operation=pgtrigger.Delete),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(ended_on__isnull=True),
                name="slip_one_at_a_time",
                violation_error_message=_("This case has a slip already."),
            ),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("given_on")),
                name="slip_ends_after_it_was_given",
                violation_error_message=_("A slip cannot end before it was given."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.given_on}"


class Word(models.Model):
    """What an applicant said with the slip. It asks the staff for something and moves nothing by itself."""

    class Kind(models.TextChoices):
        QUESTION = "question", pgettext_lazy("word", "a question")
        ADDITION = "addition", pgettext_lazy("word", "something to add or correct")
        APPEAL = "appeal", pgettext_lazy("word", "I do not agree with the decision")
        WITHDRAWAL = "withdrawal", pgettext_lazy("word", "I take the application back")
        CONFIRM = "confirm", pgettext_lazy("word", "It has been done, as I meant it")
        DISPUTE = "dispute", pgettext_lazy("word", "It has not been done")

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="words")
    slip = models.ForeignKey(Slip, models.PROTECT, related_name="words")
    kind = models.CharField(pgettext_lazy("word", "kind"), max_length=12, choices=Kind.choices)
    text = SealedTextField()
    said_on = models.DateField(pgettext_lazy("word", "said on"))
    answer = SealedTextField(null=True, blank=True)
    answered_by = models.ForeignKey(Post, models.PROTECT, null=True, blank=True, related_name="+")
    answered_on = models.DateField(_("answered on"), null=True, blank=True)

    class Meta:
        verbose_name = _("word of an applicant")
        ordering = ["said_on", "id"]
        triggers = [
            pgtrigger.Protect(
                name="word_is_kept",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("case", "slip", "kind", "text", "said_on"),
            ),
            pgtrigger.Protect(
                name="word_is_answered_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__answered_on__isnull=False),
            ),
            pgtrigger.Protect(name="word_stays", operation=pgtrigger.Delete),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(answered_on__isnull=True, answered_by__isnull=True, answer__isnull=True)
                | Q(answered_on__gte=F("said_on"), answered_by__isnull=False, answer__isnull=False),
                name="word_answered_by_somebody",
                violation_error_message=_("A word is answered by somebody, in words."),
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["question", "addition", "appeal", "withdrawal", "confirm", "dispute"]),
                name="word_kind_known",
                violation_error_message=_("Choose what it is about."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind} {self.said_on}"
