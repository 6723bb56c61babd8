"""What phones sent in: one row for each time an entry was received, appended only."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.models import Post
from chunyu.privacy.row_key import row_key


class Received(models.Model):
    """An entry as it arrived. `key` is made on the phone and taken in once; a refusal or a conflict leaves a row too.

    Nothing of the content is here: `digest` is keyed, so that a short answer cannot be guessed from it.
    """

    class Outcome(models.TextChoices):
        TAKEN_IN = "taken_in", pgettext_lazy("entry", "taken in")
        REFUSED = "refused", pgettext_lazy("entry", "refused")
        CONFLICT = "conflict", pgettext_lazy("entry", "conflict")

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    key = models.UUIDField(_("key of the entry"))
    form = models.CharField(_("form"), max_length=60)
    subject = models.CharField(_("subject"), max_length=60, blank=True)
    post = models.ForeignKey(Post, models.PROTECT, verbose_name=_("post"), related_name="+")
    captured_at = models.DateTimeField(_("captured at, by the phone's clock"))
    received_at = models.DateTimeField(_("received at"), auto_now_add=True)
    digest = models.CharField(_("keyed digest of the content"), max_length=64)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices)
    # Why it was not taken in, or how the person chose to go on after a conflict.
    code = models.CharField(_("code"), max_length=60, blank=True)
    goal = models.CharField(_("address of what it became"), max_length=200, blank=True)

    class Meta:
        app_label = "ui"
        verbose_name = _("received entry")
        ordering = ["received_at", "id"]
        indexes = [models.Index(fields=["key"], name="received_by_key")]
        triggers = [pgtrigger.Protect(name="received_is_kept", operation=pgtrigger.Update | pgtrigger.Delete)]
        constraints = [
            models.UniqueConstraint(
                fields=["key"],
                condition=Q(outcome="taken_in"),
                name="entry_taken_in_once",
                violation_error_message=_("This entry was taken in already."),
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=["taken_in", "refused", "conflict"]),
                name="received_outcome_known",
                violation_error_message=_("An entry is taken in, refused, or in conflict."),
            ),
            models.CheckConstraint(
                condition=Q(digest__regex=r"^[0-9a-f]{64}$"),
                name="received_digest_is_whole",
                violation_error_message=_("An entry has the digest of its content."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.outcome}"
