"""Leaves of archives: added, verified by another person, superseded by a later leaf; never edited, never removed."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from chunyu.accounts.models import Post
from chunyu.federation.models import Scoped
from chunyu.organising.archives.kinds import LASTING, SHEETS, Leaf
from chunyu.privacy.fields import SealedTextField, VaultNameField
from chunyu.privacy.row_key import row_key

LIMIT = 12 * 1024 * 1024


def _filled() -> Q:
    """Each kind has what it must say, so that a leaf is never an empty sheet."""
    found = Q()
    for leaf, sheet in SHEETS.items():
        says = Q(kind=leaf)
        for column in sheet.says:
            says &= Q(**{f"{column}__isnull": False}) if column in ("until", "account_number") else ~Q(**{column: ""})
        found |= says
    return found


class ArchivePage(Scoped):
    """One leaf. It holds from `valid_from`; a lasting one until the next of its kind begins, or `until` if it says so.
    A leaf that `supersedes` another corrects it: the other is still shown as what was on file before."""

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    kind = models.CharField(_("leaf"), max_length=14, choices=Leaf.choices)
    valid_from = models.DateField(_("holds from"))
    until = models.DateField(_("holds until"), null=True, blank=True)
    person = models.CharField(_("person"), max_length=60, blank=True, default="")
    number = models.CharField(_("number or code"), max_length=60, blank=True, default="")
    account_number = SealedTextField(_("account number"), null=True, blank=True)
    text = models.CharField(_("in words"), max_length=1000, blank=True, default="")
    supersedes = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="superseded_by")
    reason = models.CharField(_("reason"), max_length=120, blank=True, default="")
    recorded_by = models.ForeignKey(Post, models.PROTECT, verbose_name=_("recorded by"), related_name="+")
    recorded_on = models.DateField(_("recorded on"))
    recorded_at = models.DateTimeField(auto_now_add=True)
    verified_by = models.ForeignKey(Post, models.PROTECT, null=True, blank=True, related_name="+")
    verified_on = models.DateField(_("verified on"), null=True, blank=True)

    class Meta:
        verbose_name = _("leaf of an archive")
        constraints = [
            models.CheckConstraint(
                condition=_filled(),
                name="archive_page_says_something",
                violation_error_message=_("This leaf does not say what its kind must say."),
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gt=F("valid_from")),
                name="archive_page_ends_after_it_starts",
                violation_error_message=_("A leaf cannot end before it starts."),
            ),
            models.CheckConstraint(
                condition=Q(supersedes__isnull=True, reason="") | Q(supersedes__isnull=False) & ~Q(reason=""),
                name="archive_page_corrects_with_a_reason",
                violation_error_message=_("A leaf that takes another's place says why."),
            ),
            models.CheckConstraint(
                condition=Q(verified_by__isnull=True, verified_on__isnull=True)
                | Q(verified_by__isnull=False, verified_on__isnull=False),
                name="archive_page_verified_with_a_day",
                violation_error_message=_("A verification has its day."),
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "kind", "-valid_from"], name="archive_page_latest"),
            models.Index(
                fields=["until"], condition=Q(kind="term", until__isnull=False), name="archive_page_term_ends"
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="archive_page_is_not_edited",
                exclude=["organisation", "scope_path", "verified_by", "verified_on"],
            ),
            pgtrigger.Protect(name="archive_page_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="archive_page_verified_by_another",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                condition=pgtrigger.Condition("NEW.verified_by_id IS NOT NULL"),
                func="""
                    IF (SELECT user_id FROM accounts_post WHERE id = NEW.verified_by_id)
                        = (SELECT user_id FROM accounts_post WHERE id = NEW.recorded_by_id) THEN
                        RAISE EXCEPTION 'leaf % verified by who wrote it', NEW.id
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'archive_page_verified_by_another';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="archive_page_verified_once",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.verified_by_id IS NOT NULL AND (OLD.verified_by_id, OLD.verified_on)"
                    " IS DISTINCT FROM (NEW.verified_by_id, NEW.verified_on)"
                ),
                func="""
                    RAISE EXCEPTION 'leaf % is verified', OLD.id
                        USING ERRCODE = 'check_violation', CONSTRAINT = 'archive_page_verified_once';
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.valid_from}"

    @property
    def lasting(self) -> bool:
        return self.kind in LASTING


class ArchiveDocument(models.Model):
    """A scan behind a leaf, in the vault."""

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    page = models.ForeignKey(ArchivePage, models.PROTECT, related_name="documents")
    name = models.CharField(_("file name"), max_length=120)
    stored = VaultNameField(unique=True)
    size = models.PositiveIntegerField(_("size"))
    digest = models.CharField(_("SHA-256"), max_length=64)
    content_type = models.CharField(_("type"), max_length=40)

    class Meta:
        verbose_name = _("scan of a leaf")
        constraints = [
            models.UniqueConstraint(
                fields=["page", "digest"],
                name="archive_document_once_per_page",
                violation_error_message=_("This very file is already with this leaf."),
            ),
            models.CheckConstraint(
                condition=Q(size__gt=0, size__lte=LIMIT),
                name="archive_document_size_within_limit",
                violation_error_message=_("A scan is between 1 byte and 12 MB."),
            ),
        ]
        triggers = [pgtrigger.Protect(name="archive_document_is_kept", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.name
