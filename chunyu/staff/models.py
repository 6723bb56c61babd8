"""A post that one keeper asks for and another one grants."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.models import Post, User
from chunyu.accounts.roles import Role
from chunyu.federation.models import Organisation, Scoped
from chunyu.federation.triggers import refuse

BY_TWO = pgtrigger.Trigger(
    name="post_request_by_two",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update,
    func=f"""
        IF EXISTS (SELECT 1 FROM accounts_post WHERE id = NEW.asked_by_id AND user_id = NEW.person_id)
            OR EXISTS (SELECT 1 FROM accounts_post WHERE id = NEW.answered_by_id AND user_id = NEW.person_id)
        THEN
            {refuse("post_request_not_for_oneself", "nobody asks for a post for themselves, or grants it")}
        END IF;
        IF EXISTS (
            SELECT 1 FROM accounts_post asked JOIN accounts_post answered ON answered.id = NEW.answered_by_id
            WHERE asked.id = NEW.asked_by_id AND asked.user_id = answered.user_id
        ) AND NEW.answer <> 'withdrawn' THEN
            {refuse("post_request_by_two", "whoever asked for a post does not grant it")}
        END IF;
        RETURN NEW;
    """,  # noqa: S608 - constants of this file
)
ANSWERED_ONCE = pgtrigger.Trigger(
    name="post_request_answered_once",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    condition=pgtrigger.Condition("OLD.answer <> ''"),
    func=refuse("post_request_answered_once", "a request is answered once"),
)
ASKED_STAYS = pgtrigger.Trigger(
    name="post_request_is_not_edited",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    condition=pgtrigger.AnyChange(
        "person", "organisation", "role", "valid_from", "valid_to", "reason", "asked_by", "asked_on"
    ),
    func=refuse("post_request_is_not_edited", "what was asked for stays: take it back and ask anew"),
)


class PostRequest(Scoped):
    """A post asked for by a system keeper. It holds once a security keeper has said yes; the post then carries it."""

    class Answer(models.TextChoices):
        GRANTED = "granted", pgettext_lazy("post", "granted")
        REFUSED = "refused", pgettext_lazy("post", "refused")
        WITHDRAWN = "withdrawn", pgettext_lazy("post", "taken back")

    person = models.ForeignKey(User, models.PROTECT, verbose_name=_("person"), related_name="post_requests")
    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name=_("organisation"), related_name="+")
    role = models.CharField(_("role"), max_length=30, choices=Role.choices)
    valid_from = models.DateField(_("from"))
    valid_to = models.DateField(_("until"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200)
    asked_by = models.ForeignKey(Post, models.PROTECT, verbose_name=_("asked for by"), related_name="+")
    asked_on = models.DateField(_("asked for on"))
    answer = models.CharField(_("answer"), max_length=10, choices=Answer.choices, blank=True)
    answer_note = models.CharField(_("why"), max_length=200, blank=True)
    answered_by = models.ForeignKey(Post, models.PROTECT, null=True, blank=True, related_name="+")
    answered_on = models.DateField(pgettext_lazy("post", "answered on"), null=True, blank=True)
    post = models.OneToOneField(Post, models.PROTECT, null=True, blank=True, related_name="request")

    class Meta:
        verbose_name = _("request for a post")
        ordering = ["-asked_on", "-pk"]
        triggers = [
            BY_TWO,
            ANSWERED_ONCE,
            ASKED_STAYS,
            pgtrigger.Protect(name="post_request_is_kept", operation=pgtrigger.Delete),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "organisation", "role"],
                condition=Q(answer=""),
                name="post_requested_once",
                violation_error_message=_("This post is asked for already and waits for an answer."),
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                name="post_request_ends_after_it_starts",
                violation_error_message=_("A post cannot end before it starts."),
            ),
            models.CheckConstraint(
                condition=Q(answer="", answered_by__isnull=True, answered_on__isnull=True)
                | ~Q(answer="") & Q(answered_by__isnull=False, answered_on__isnull=False),
                name="post_request_answered_by_somebody",
                violation_error_message=_("An answer says who gave it, and when."),
            ),
            models.CheckConstraint(
                condition=Q(answer="granted", post__isnull=False) | ~Q(answer="granted") & Q(post__isnull=True),
                name="post_request_granted_is_a_post",
                violation_error_message=_("A granted request is a post, and no other is."),
            ),
            models.CheckConstraint(
                condition=~Q(answer="refused", answer_note=""),
                name="post_request_refused_with_a_reason",
                violation_error_message=pgettext_lazy("post", "Say why it is refused."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.get_role_display()}"
