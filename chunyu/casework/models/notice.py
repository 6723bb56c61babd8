"""The public notice (公示): a table of masked values only, which is all that the public pages can read."""

from __future__ import annotations

from datetime import date

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.models import Post
from chunyu.casework.models.case import Case
from chunyu.federation.models import Organisation, Scoped, ScopedQuerySet
from chunyu.privacy.fields import SealedTextField
from chunyu.privacy.row_key import row_key


class NoticeQuerySet(ScopedQuerySet):
    def shown_on(self, day: date) -> NoticeQuerySet:
        """Notices that hang on a day: begun, not taken down, and not yet over."""
        return self.filter(from_day__lte=day, to_day__gte=day, withdrawn_on__isnull=True)


class PublicNotice(Scoped):
    """What the public may read of a case, for as long as it may. Nothing here tells more than the masked name, the
    category, the programme and the amount."""

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="notices")
    county = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    masked_name = models.CharField(_("name, masked"), max_length=60)
    category = models.CharField(pgettext_lazy("notice", "category"), max_length=60, blank=True)
    programme = models.CharField(pgettext_lazy("notice", "programme"), max_length=100)
    amount_fen = models.BigIntegerField(pgettext_lazy("notice", "amount"), null=True, blank=True)
    organisation_name = models.CharField(pgettext_lazy("notice", "organisation"), max_length=120)
    place = models.CharField(_("where it also hangs"), max_length=120)
    objections_to = models.CharField(_("where to object"), max_length=200)
    from_day = models.DateField(pgettext_lazy("notice", "from"))
    to_day = models.DateField(pgettext_lazy("notice", "until"))
    working_days = models.PositiveSmallIntegerField(pgettext_lazy("notice", "working days"))
    published_by = models.ForeignKey(Post, models.PROTECT, related_name="+")
    withdrawn_on = models.DateField(_("taken down on"), null=True, blank=True)
    withdrawn_by = models.ForeignKey(Post, models.PROTECT, null=True, related_name="+")

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("public notice")
        ordering = ["from_day", "id"]
        triggers = [
            pgtrigger.Protect(
                name="notice_text_is_kept",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "case", "masked_name", "category", "programme", "amount_fen", "organisation_name", "from_day"
                ),
            ),
            pgtrigger.Protect(name="notice_is_kept", operation=pgtrigger.Delete),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(withdrawn_on__isnull=True),
                name="notice_one_standing_per_case",
                violation_error_message=_("A notice of this case already stands."),
            ),
            models.CheckConstraint(
                condition=Q(to_day__gt=F("from_day"), working_days__gte=1),
                name="notice_ends_after_it_starts",
                violation_error_message=_("A notice hangs for at least one working day."),
            ),
            models.CheckConstraint(
                condition=Q(masked_name__contains="•"),
                name="notice_name_is_masked",
                violation_error_message=_("Only a masked name is published."),
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_on__isnull=True, withdrawn_by__isnull=True)
                | Q(withdrawn_on__isnull=False, withdrawn_by__isnull=False),
                name="notice_taken_down_by_somebody",
                violation_error_message=_("A notice is taken down by somebody, on a day."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.masked_name} {self.from_day} – {self.to_day}"


class Objection(models.Model):
    """Somebody's objection (异议) to a notice. Who and what are sealed; until it is resolved the clock stands still."""

    class Result(models.TextChoices):
        UPHELD = "upheld", _("upheld")
        DISMISSED = "dismissed", _("dismissed")

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    notice = models.ForeignKey(PublicNotice, models.PROTECT, related_name="objections")
    text = SealedTextField()
    contact = SealedTextField(null=True)
    received_on = models.DateField(_("received on"))
    # A keyed digest of the sender's address, to count how often one sender writes; the address itself is not kept.
    sender = models.BinaryField(max_length=32, null=True, editable=False)
    received_by = models.ForeignKey(Post, models.PROTECT, null=True, related_name="+")
    result = models.CharField(pgettext_lazy("notice", "result"), max_length=10, choices=Result.choices, blank=True)
    reason = SealedTextField(null=True)
    resolved_by = models.ForeignKey(Post, models.PROTECT, null=True, related_name="+")
    resolved_on = models.DateField(_("resolved on"), null=True, blank=True)

    class Meta:
        verbose_name = _("objection")
        ordering = ["received_on", "id"]
        triggers = [
            pgtrigger.Protect(
                name="objection_answer_is_kept",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__resolved_on__isnull=False),
            ),
            pgtrigger.Protect(name="objection_is_kept", operation=pgtrigger.Delete),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(resolved_on__isnull=True, resolved_by__isnull=True, reason__isnull=True, result="")
                | Q(
                    resolved_on__gte=F("received_on"),
                    resolved_by__isnull=False,
                    reason__isnull=False,
                    result__in=["upheld", "dismissed"],
                ),
                name="objection_resolved_with_reason",
                violation_error_message=_("An objection is resolved by somebody, with a result and a reason."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.notice_id} {self.received_on}"
