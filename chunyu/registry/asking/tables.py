"""What one person asks for and another decides: the columns and rules that all such requests share.

A request is asked once, answered once and never edited. The database itself refuses an answer by whoever asked, also
under another of their posts.
"""

# ruff: noqa: S608 - statements put together from constants of this file, before any value from outside exists

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.models import Post
from chunyu.federation.models import Scoped
from chunyu.federation.triggers import refuse
from chunyu.privacy.row_key import row_key

ASKED_COLUMNS = ["asked_by", "asked_on", "asked_at", "reason"]


class Asked(Scoped):
    """Asked by one, answered by another, once. `state` begins as asked; whoever asked may withdraw it."""

    class State(models.TextChoices):
        ASKED = "asked", pgettext_lazy("request", "waits for another person")
        APPROVED = "approved", pgettext_lazy("request", "approved and done")
        REFUSED = "refused", pgettext_lazy("request", "refused")
        WITHDRAWN = "withdrawn", pgettext_lazy("request", "withdrawn")

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    asked_by = models.ForeignKey(Post, models.PROTECT, verbose_name=_("asked by"), related_name="+")
    asked_on = models.DateField(_("asked on"))
    asked_at = models.DateTimeField(auto_now_add=True)
    reason = models.CharField(_("reason"), max_length=200)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.ASKED)
    answered_by = models.ForeignKey(
        Post, models.PROTECT, verbose_name=_("answered by"), related_name="+", null=True, blank=True
    )
    answered_on = models.DateField(_("answered on"), null=True, blank=True)
    answer_note = models.CharField(_("why it was answered so"), max_length=200, blank=True, default="")

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="%(class)s_asked_with_a_reason",
                violation_error_message=_("Say why it is asked for."),
            ),
            models.CheckConstraint(
                condition=Q(state="asked", answered_by__isnull=True, answered_on__isnull=True, answer_note="")
                | ~Q(state="asked") & Q(answered_by__isnull=False, answered_on__isnull=False),
                name="%(class)s_answered_by_somebody",
                violation_error_message=_("An answer has its person and its day; what waits has neither."),
            ),
            models.CheckConstraint(
                condition=~Q(state="refused") | ~Q(answer_note=""),
                name="%(class)s_refused_with_a_reason",
                violation_error_message=_("Say why it is refused."),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="request_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="request_starts_asked",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Condition("NEW.state <> 'asked'"),
                func=refuse("request_starts_asked", "a request begins unanswered"),
            ),
            pgtrigger.Trigger(
                name="request_answered_once",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("state", "answered_by_id", "answered_on", "answer_note"),
                condition=pgtrigger.Condition("OLD.state <> 'asked'"),
                func=refuse("request_answered_once", "this request has its answer"),
            ),
            pgtrigger.Trigger(
                name="request_answered_by_the_right_person",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("state"),
                condition=pgtrigger.Condition("NEW.state <> 'asked'"),
                declare=[("own", "boolean")],
                func=f"""
                    SELECT a.user_id = b.user_id INTO own FROM accounts_post a, accounts_post b
                    WHERE a.id = NEW.asked_by_id AND b.id = NEW.answered_by_id;
                    IF NEW.state = 'withdrawn' AND NOT own THEN
                        {refuse("request_withdrawn_by_its_author", "one withdraws what one asked for")}
                    END IF;
                    IF NEW.state <> 'withdrawn' AND own THEN
                        {refuse("request_answered_by_another", "another person answers")}
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    @property
    def waits(self) -> bool:
        return self.state == self.State.ASKED
