"""Consent as rows: the texts that people agreed to, and every time that somebody agreed or took it back.

Both are only ever appended. Whether somebody consents today is a question to the events, never a mark that could be
forgotten: the latest event of a person for a purpose counts.
"""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.models import Post
from chunyu.federation.models import Scoped
from chunyu.privacy.row_key import row_key


class Purpose(models.TextChoices):
    """What a person may be asked to agree to, each apart from the others."""

    MATCHING = "matching", _("be checked for what the family could receive, and be told of it")


class ConsentText(models.Model):
    """What a person agrees to, word for word. A changed text is another version; who agreed to an earlier one agreed
    to that."""

    class Language(models.TextChoices):
        CHINESE = "zh", pgettext_lazy("of a text", "Chinese")
        ENGLISH = "en", pgettext_lazy("of a text", "English")

    purpose = models.CharField(_("purpose"), max_length=20, choices=Purpose.choices)
    version = models.PositiveSmallIntegerField(_("version"))
    language = models.CharField(_("language"), max_length=2, choices=Language.choices)
    text = models.TextField(_("text"))
    valid_from = models.DateField(_("used from"))

    class Meta:
        verbose_name = _("text of a consent")
        constraints = [
            models.UniqueConstraint(
                fields=["purpose", "version", "language"],
                name="consent_text_once_per_version_and_language",
                violation_error_message=_("This version already has a text in this language."),
            ),
            models.CheckConstraint(
                condition=Q(purpose__in=Purpose.values),
                name="consent_text_purpose_known",
                violation_error_message=_("This purpose does not exist."),
            ),
            models.CheckConstraint(
                condition=Q(language__in=["zh", "en"]),
                name="consent_text_language_known",
                violation_error_message=_("A text is in Chinese or in English."),
            ),
            models.CheckConstraint(
                condition=Q(version__gte=1) & ~Q(text=""),
                name="consent_text_says_something",
                violation_error_message=_("A text has a version from 1 on and is not empty."),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="consent_text_is_kept", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.version} {self.language}"


class ConsentEvent(Scoped):
    """A person agreed to a text, or took it back, on a day; who recorded it and how it came."""

    class Kind(models.TextChoices):
        GIVEN = "given", pgettext_lazy("consent", "given")
        WITHDRAWN = "withdrawn", pgettext_lazy("consent", "withdrawn")

    class Channel(models.TextChoices):
        FORM = "form", _("signed form")
        COUNTER = "counter", _("at the counter")
        PHONE = "phone", _("by telephone")
        VISIT = "visit", _("on a home visit")
        WEB = "web", _("on the web with a letter's code")

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    member = models.ForeignKey("registry.Member", models.PROTECT, related_name="consents")
    purpose = models.CharField(_("purpose"), max_length=20, choices=Purpose.choices)
    kind = models.CharField(_("given or withdrawn"), max_length=10, choices=Kind.choices)
    text = models.ForeignKey(ConsentText, models.PROTECT, verbose_name=_("text"), null=True, related_name="events")
    channel = models.CharField(_("how it came"), max_length=10, choices=Channel.choices)
    said_on = models.DateField(_("said on"))
    recorded_at = models.DateTimeField(_("recorded"), auto_now_add=True)
    # Nobody, where the person did it on the web.
    recorded_by = models.ForeignKey(Post, models.PROTECT, verbose_name=_("recorded by"), null=True, related_name="+")

    class Meta:
        verbose_name = _("consent")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="given", text__isnull=False) | Q(kind="withdrawn", text__isnull=True),
                name="consent_names_its_text",
                violation_error_message=_("Consent is given to a text; it is taken back without one."),
            ),
            models.CheckConstraint(
                condition=Q(purpose__in=Purpose.values),
                name="consent_purpose_known",
                violation_error_message=_("This purpose does not exist."),
            ),
            models.CheckConstraint(
                condition=Q(channel__in=["form", "counter", "phone", "visit", "web"]),
                name="consent_channel_known",
                violation_error_message=_("It comes on a form, at the counter, by telephone, on a visit or by web."),
            ),
            models.CheckConstraint(
                condition=Q(kind="withdrawn") | Q(channel="form", recorded_by__isnull=False),
                name="consent_is_given_in_writing",
                violation_error_message=_("Consent is given on a signed form that somebody recorded."),
            ),
            models.CheckConstraint(
                condition=Q(channel="web", recorded_by__isnull=True) | ~Q(channel="web") & Q(recorded_by__isnull=False),
                name="consent_recorded_by_somebody",
                violation_error_message=_("Whoever records a consent or its withdrawal is named."),
            ),
        ]
        indexes = [models.Index(fields=["member", "purpose", "-said_on", "-recorded_at"], name="consent_latest")]
        triggers = [
            pgtrigger.Trigger(
                name="consent_text_of_its_purpose",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Condition("NEW.text_id IS NOT NULL"),
                func="""
                    IF NOT EXISTS (SELECT 1 FROM registry_consenttext
                                    WHERE id = NEW.text_id AND purpose = NEW.purpose AND valid_from <= NEW.said_on) THEN
                        RAISE EXCEPTION 'the text % is of another purpose or of a later day', NEW.text_id
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'consent_text_of_its_purpose';
                    END IF;
                    RETURN NEW;
                """,
            ),
            # A move of the owning organisation changes where the event is seen, never what it says.
            pgtrigger.ReadOnly(name="consent_is_not_edited", exclude=["organisation", "scope_path"]),
            pgtrigger.Protect(name="consent_is_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.kind} {self.said_on}"
