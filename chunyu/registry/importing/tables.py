"""Imports as rows: each file that came, how far it got, and what its sender answered about headers and unions.

What a file says about people is never here: the file, its faults and the result workbook lie sealed in the vault.
"""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chunyu.accounts.models import Post
from chunyu.federation.models import Organisation, Scoped
from chunyu.privacy.fields import SealedTextField, VaultNameField
from chunyu.privacy.row_key import row_key


class ImportBatch(Scoped):
    """One workbook sent in, from its arrival to its outcome."""

    class Status(models.TextChoices):
        QUEUED = "queued", _("waiting")
        RUNNING = "running", _("being read")
        ASKING = "asking", _("waiting for your answers")
        CHECKED = "checked", _("tried out, nothing written")
        IMPORTED = "imported", _("imported")
        REFUSED = "refused", _("not taken in")
        CANCELLED = "cancelled", _("stopped")

    class Stage(models.TextChoices):
        WAITING = "waiting", _("waiting for the worker")
        READING = "reading", _("reading the workbook")
        CHECKING = "checking", _("checking every row")
        WRITING = "writing", _("writing the rows")
        MARKING = "marking", _("marking the faults in your workbook")
        DONE = "done", _("done")

    UNFINISHED = (Status.QUEUED, Status.RUNNING)

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    # What the rows of the workbook are (chunyu.registry.importing.kinds), and what one is found by on file.
    kind = models.CharField(max_length=20, default="households")
    # Empty until the workbook was read, when its sender left the choice to what was chosen for such a sheet last time.
    match_key = models.CharField(max_length=20, blank=True, default="")
    # The sender's own word that members of other unions are to be transferred.
    transfers = models.BooleanField(_("transfer members of other unions"), default=False)
    post = models.ForeignKey(Post, models.PROTECT, verbose_name=_("sent by"), related_name="+")
    file_name = SealedTextField(_("file name"))
    file = VaultNameField()
    size = models.PositiveBigIntegerField(_("size"))
    sha256 = models.CharField(max_length=64, db_index=True)
    dry_run = models.BooleanField(_("trial only"), default=False)
    day = models.DateField(_("day"))
    language = models.CharField(max_length=10)

    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.QUEUED)
    stage = models.CharField(_("stage"), max_length=10, choices=Stage.choices, default=Stage.WAITING)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    sent_at = models.DateTimeField(_("sent"), auto_now_add=True)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    households = models.PositiveIntegerField(_("households"), default=0)  # rows, whatever they are of
    people = models.PositiveIntegerField(_("people"), default=0)
    new = models.PositiveIntegerField(_("new"), default=0)
    changed = models.PositiveIntegerField(_("changed"), default=0)
    unchanged = models.PositiveIntegerField(_("unchanged"), default=0)
    faults = models.PositiveIntegerField(_("faults"), default=0)
    warnings = models.PositiveIntegerField(_("warnings"), default=0)
    outcome = models.CharField(max_length=40, blank=True, default="")
    findings = VaultNameField(blank=True, default="")
    result = VaultNameField(blank=True, default="")
    # What stood before, sealed in the vault: what an undo goes by.
    before = VaultNameField(blank=True, default="")
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)
    undone_by = models.ForeignKey(Post, models.PROTECT, null=True, blank=True, related_name="+")
    undone_rows = models.PositiveIntegerField(default=0)
    kept_rows = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("import")
        ordering = ["-sent_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["queued", "running", "asking"], ended_at__isnull=True)
                | ~Q(status__in=["queued", "running", "asking"]) & Q(ended_at__isnull=False),
                name="import_ends_with_an_outcome",
                violation_error_message=_("An import that has ended has a time of ending; one that goes on has none."),
            ),
            models.CheckConstraint(
                condition=~Q(status="imported") | Q(dry_run=False, faults=0),
                name="import_whole_or_not_at_all",
                violation_error_message=_("A workbook with faults, or one only tried out, imports nothing."),
            ),
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True, undone_by__isnull=True)
                | Q(status="imported", undone_at__isnull=False, undone_by__isnull=False),
                name="import_undone_once_imported",
                violation_error_message=_("Only an import that was carried out can be undone, by somebody."),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="import_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="import_undone_for_good",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.undone_at IS NOT NULL AND (NEW.undone_at IS DISTINCT FROM OLD.undone_at"
                    " OR NEW.status IS DISTINCT FROM OLD.status)"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sent_at:%Y-%m-%d %H:%M} {self.get_status_display()}"

    @property
    def is_unfinished(self) -> bool:
        return self.status in self.UNFINISHED


class HeaderMeaning(Scoped):
    """What a column header means beyond the known wordings; an empty field leaves the column out. A county's answer
    holds for every sheet. What a sender chose for one sheet is kept with the digest of all its headings, and holds for
    sheets with just these headings."""

    headings = models.CharField(max_length=64, blank=True, default="")
    part = models.CharField(_("part"), max_length=12)  # worker, member, or the one part of another kind
    header = models.CharField(_("header"), max_length=120)
    field = models.CharField(_("meaning"), max_length=40, blank=True, default="")
    answered_by = models.ForeignKey(Post, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("meaning of a header")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "headings", "part", "header"],
                name="header_means_one_thing",
                violation_error_message=_("This header already has a meaning here."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.header} = {self.field}"


class RememberedSheet(Scoped):
    """A sheet that a sender has settled how to read: the next one with just these headings is read so again. What its
    columns mean are `HeaderMeaning`s with the same digest."""

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    kind = models.CharField(max_length=20)
    headings = models.CharField(max_length=64)
    name = models.CharField(_("name of the mapping"), max_length=60)
    match_key = models.CharField(max_length=20)
    remembered_by = models.ForeignKey(Post, models.PROTECT, verbose_name=_("remembered by"), related_name="+")
    remembered_at = models.DateTimeField(_("remembered"))
    used_at = models.DateTimeField(_("last used"), null=True, blank=True)

    class Meta:
        verbose_name = _("remembered mapping")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "kind", "headings"],
                name="sheet_remembered_once",
                violation_error_message=_("A mapping for these headings is remembered already."),
            ),
            models.CheckConstraint(
                condition=~Q(name=""),
                name="remembered_sheet_has_a_name",
                violation_error_message=_("A mapping has a name by which it is found again."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class UnionMeaning(Scoped):
    """Which organisation a county means by a union's name that is not written as in the register of organisations."""

    name = models.CharField(_("name in the file"), max_length=120)
    union = models.ForeignKey(Organisation, models.PROTECT, verbose_name=_("organisation"), related_name="+")
    answered_by = models.ForeignKey(Post, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("meaning of a union's name")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "name"],
                name="union_name_means_one_organisation",
                violation_error_message=_("This name already has a meaning here."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} = {self.union}"
