"""An offer of a case to another union, and what became of it. The sender keeps the receipt, whoever has the case."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.models import Post
from chunyu.casework.models.case import Case
from chunyu.casework.models.evidence import Document
from chunyu.federation.models import Organisation, Scoped
from chunyu.privacy.fields import SealedTextField
from chunyu.privacy.row_key import row_key


class Handover(Scoped):
    """`organisation` is the sender. A referral (转介) has the other union open a case of its own beside this one; a
    transfer (移交) gives it this one. Neither happens before somebody there accepts."""

    class Kind(models.TextChoices):
        REFERRAL = "referral", pgettext_lazy("handover", "referral: they open a case beside ours")
        TRANSFER = "transfer", pgettext_lazy("handover", "transfer: the case becomes theirs")

    class Ground(models.TextChoices):
        """Why the person's own consent is not needed."""

        ASKED = "asked", _("the worker asked for it in the application itself")
        DANGER = "danger", _("life or health is in danger")
        LAW = "law", _("a law or rule demands it")
        NO_PERSON = "no_person", _("the case is not about a person")

    class Answer(models.TextChoices):
        ACCEPTED = "accepted", pgettext_lazy("handover", "accepted")
        REFUSED = "refused", pgettext_lazy("handover", "refused")
        WITHDRAWN = "withdrawn", pgettext_lazy("handover", "taken back")

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="handovers")
    kind = models.CharField(pgettext_lazy("handover", "kind"), max_length=10, choices=Kind.choices)
    to = models.ForeignKey(Organisation, models.PROTECT, verbose_name=pgettext_lazy("handover", "to"), related_name="+")
    why = SealedTextField()
    consent_on = models.DateField(_("consent given on"), null=True, blank=True)
    consent_paper = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="+")
    ground = models.CharField(_("why without consent"), max_length=10, choices=Ground.choices, blank=True)
    sent_by = models.ForeignKey(Post, models.PROTECT, related_name="+")
    sent_on = models.DateField(pgettext_lazy("handover", "sent on"))
    answer = models.CharField(_("answer"), max_length=10, choices=Answer.choices, blank=True)
    answer_note = SealedTextField(null=True, blank=True)
    answered_by = models.ForeignKey(Post, models.PROTECT, null=True, blank=True, related_name="+")
    answered_on = models.DateField(_("answered on"), null=True, blank=True)
    opened = models.OneToOneField(Case, models.PROTECT, null=True, blank=True, related_name="referred_from")

    class Meta:
        verbose_name = _("handover")
        ordering = ["-sent_on", "-id"]
        indexes = [models.Index(fields=["to", "answer"], name="handover_by_receiver")]
        triggers = [
            pgtrigger.Protect(
                name="handover_answer_is_kept",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__answered_on__isnull=False),
            ),
            pgtrigger.Protect(
                name="handover_offer_is_kept",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "case", "kind", "to", "why", "consent_on", "consent_paper", "ground", "sent_by", "sent_on"
                ),
            ),
            pgtrigger.Protect(name="handover_is_kept", operation=pgtrigger.Delete),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(answered_on__isnull=True),
                name="handover_one_offer_at_a_time",
                violation_error_message=_("This case is already offered to another union. Take that back first."),
            ),
            models.CheckConstraint(
                condition=Q(consent_on__isnull=False, ground="", consent_on__lte=F("sent_on"))
                | Q(
                    consent_on__isnull=True,
                    consent_paper__isnull=True,
                    ground__in=["asked", "danger", "law", "no_person"],
                ),
                name="handover_with_consent_or_ground",
                violation_error_message=_("State the day of the consent, or why it is not needed: one of the two."),
            ),
            models.CheckConstraint(
                condition=Q(answer="", answered_on__isnull=True, answered_by__isnull=True, opened__isnull=True)
                | Q(
                    answer__in=["accepted", "refused", "withdrawn"],
                    answered_on__gte=F("sent_on"),
                    answered_by__isnull=False,
                ),
                name="handover_answered_by_somebody",
                violation_error_message=_("A handover is answered by somebody, on a day."),
            ),
            models.CheckConstraint(
                condition=Q(opened__isnull=True) | Q(answer="accepted", kind="referral"),
                name="handover_opens_when_a_referral_is_accepted",
                violation_error_message=_("A case is opened beside this one when a referral is accepted."),
            ),
            models.CheckConstraint(
                condition=~Q(to=F("organisation")),
                name="handover_to_another_union",
                violation_error_message=_("Choose another union than the case's own."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} → {self.to_id}"

    @property
    def short_kind(self) -> str:
        """One word, for lists and headings."""
        return str(_("Transfer") if self.kind == self.Kind.TRANSFER else _("Referral"))
