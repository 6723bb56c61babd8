"""Rulebooks as versions: what each one says word for word, who wrote it, who approved it, and from when it holds.

A version is a draft until it is submitted; from then on its files are frozen and its digest names it for good. Every
decision keeps the digest of the rulebook it was made under, so a version is never changed and never removed.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.acting import Acting
from chunyu.accounts.models import Post
from chunyu.federation.models import Organisation, Scoped, path_end
from chunyu.privacy.row_key import row_key
from chunyu.rulebooks import triggers

# The files that make a rulebook, as chunyu.policy reads them.
FILE_NAME = (
    r"^((pack|facts|parameters)\.toml|(rules|programmes)/[a-z0-9][a-z0-9_-]*\.toml"
    r"|parameters/[a-z0-9][a-z0-9_-]*\.csv|examples/[a-z0-9][a-z0-9_-]*\.yaml)$"
)


class RulebookVersionQuerySet(models.QuerySet):
    def visible_to(self, acting: Acting) -> RulebookVersionQuerySet:
        """What has been approved or came with the software holds for everybody; the rest stays in its own subtree."""
        own = Q(organisation__path__gte=acting.path, organisation__path__lt=path_end(acting.path))
        return self.filter(own | Q(state__in=SETTLED))


class RulebookVersion(models.Model):
    """One version of a rulebook. `number` counts within `pack`; `digest` is empty while it is a draft."""

    class State(models.TextChoices):
        SHIPPED = "shipped", pgettext_lazy("rulebook", "came with the software")
        DRAFT = "draft", pgettext_lazy("rulebook", "draft")
        SUBMITTED = "submitted", pgettext_lazy("rulebook", "submitted")
        APPROVED = "approved", pgettext_lazy("rulebook", "approved")
        WITHDRAWN = "withdrawn", pgettext_lazy("rulebook", "withdrawn")

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    pack = models.CharField(_("rulebook"), max_length=60)
    number = models.PositiveIntegerField(_("version"))
    state = models.CharField(pgettext_lazy("rulebook", "state"), max_length=10, choices=State.choices)
    digest = models.CharField(_("digest"), max_length=64, blank=True, db_index=True)
    base = models.ForeignKey("self", models.PROTECT, null=True, related_name="+", verbose_name=_("made from"))
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    reason = models.TextField(_("what is changed and why"), max_length=1000, blank=True)
    author = models.ForeignKey(Post, models.PROTECT, null=True, related_name="+", verbose_name=_("author"))
    begun_on = models.DateField(_("begun on"))
    submitted_by = models.ForeignKey(Post, models.PROTECT, null=True, related_name="+")
    submitted_on = models.DateField(_("submitted on"), null=True)
    approved_by = models.ForeignKey(Post, models.PROTECT, null=True, related_name="+")
    approved_on = models.DateField(_("approved on"), null=True)
    in_force_from = models.DateField(_("in force from"), null=True)
    withdrawn_by = models.ForeignKey(Post, models.PROTECT, null=True, related_name="+")
    withdrawn_on = models.DateField(_("withdrawn on"), null=True)
    withdrawn_reason = models.TextField(_("why it was withdrawn"), max_length=1000, blank=True)

    objects = RulebookVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("version of a rulebook")
        ordering = ["-begun_on", "-number"]
        triggers = [
            triggers.STARTS,
            triggers.KEEPS_ORIGIN,
            triggers.KEEPS_SUBMISSION,
            triggers.KEEPS_APPROVAL,
            triggers.STEPS,
            triggers.SUBMITTED_AS_WRITTEN,
            triggers.APPROVED_BY_ANOTHER,
            triggers.FOLLOWS_THE_LAST,
            triggers.VERSION_IS_KEPT,
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["pack", "number"],
                name="rulebook_number_once",
                violation_error_message=_("This number is taken. Try again."),
            ),
            models.UniqueConstraint(
                fields=["digest"],
                condition=Q(state__in=["shipped", "submitted", "approved"]),
                name="rulebook_says_something_new",
                violation_error_message=_("Another version says the same, word for word."),
            ),
            models.CheckConstraint(
                condition=Q(
                    state="shipped", organisation__isnull=True, author__isnull=True, in_force_from__isnull=False
                )
                | ~Q(state="shipped") & Q(organisation__isnull=False, author__isnull=False),
                name="rulebook_has_an_author",
                violation_error_message=_("A version has an author, unless it came with the software."),
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "withdrawn"]) | Q(digest__regex=r"^[0-9a-f]{64}$"),
                name="rulebook_digest_whole",
                violation_error_message=_("A submitted version has its digest."),
            ),
            models.CheckConstraint(
                condition=Q(state__in=["shipped", "withdrawn"])
                | Q(state="draft", submitted_by__isnull=True, submitted_on__isnull=True, digest="")
                | Q(state__in=["submitted", "approved"], submitted_by__isnull=False, submitted_on__gte=F("begun_on"))
                & ~Q(reason=""),
                name="rulebook_submitted_by_somebody",
                violation_error_message=_("A version is submitted by somebody, with what is changed and why."),
            ),
            models.CheckConstraint(
                condition=Q(state="approved", approved_by__isnull=False, approved_on__gte=F("submitted_on"))
                | Q(state="withdrawn")
                | Q(state__in=["shipped", "draft", "submitted"], approved_by__isnull=True, approved_on__isnull=True),
                name="rulebook_approved_by_somebody",
                violation_error_message=_("A version is approved by somebody, on a day not before it was submitted."),
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "submitted"], in_force_from__isnull=True)
                | Q(state="shipped")
                | Q(state="approved", in_force_from__gte=F("approved_on"))
                | Q(state="withdrawn"),
                name="rulebook_never_in_force_before_approval",
                violation_error_message=_("A version cannot be in force before the day it is approved."),
            ),
            models.CheckConstraint(
                condition=Q(state="withdrawn", withdrawn_by__isnull=False, withdrawn_on__isnull=False)
                & ~Q(withdrawn_reason="")
                | ~Q(state="withdrawn") & Q(withdrawn_by__isnull=True, withdrawn_on__isnull=True, withdrawn_reason=""),
                name="rulebook_withdrawn_with_reason",
                violation_error_message=_("A version is withdrawn by somebody, with a reason."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pack} · {self.number}"


SETTLED = (RulebookVersion.State.SHIPPED, RulebookVersion.State.APPROVED)


class RulebookFile(models.Model):
    """One file of a version, its text word for word."""

    version = models.ForeignKey(RulebookVersion, models.PROTECT, related_name="files")
    name = models.CharField(_("file"), max_length=80, db_collation="C")
    text = models.TextField(_("text"))

    class Meta:
        verbose_name = _("file of a rulebook")
        ordering = ["name"]
        triggers = [triggers.FILES_OF_A_DRAFT]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "name"],
                name="rulebook_file_once",
                violation_error_message=_("The rulebook already has a file with this name."),
            ),
            models.CheckConstraint(
                condition=Q(name__regex=FILE_NAME),
                name="rulebook_file_has_its_place",
                violation_error_message=_(
                    "A file is named like rules/income.toml, programmes/heating.toml, parameters/limits.csv or "
                    "examples/cases.yaml: small letters, digits, - and _."
                ),
            ),
            models.CheckConstraint(
                condition=~Q(text__contains="\r"),
                name="rulebook_file_has_plain_line_ends",
                violation_error_message=_("Lines end with a line feed alone."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class StaffTest(Scoped):
    """A named household with the answers that staff expect, written as a rulebook's own examples are. A test is never
    edited: a new one takes its place, so that what an earlier version was held to stays on record."""

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    pack = models.CharField(_("rulebook"), max_length=60)
    name = models.CharField(pgettext_lazy("test", "name"), max_length=120)
    text = models.TextField(_("household and expected answers"))
    written_by = models.ForeignKey(Post, models.PROTECT, related_name="+", verbose_name=_("written by"))
    written_on = models.DateField(_("written on"))
    retired_by = models.ForeignKey(Post, models.PROTECT, null=True, related_name="+")
    retired_on = models.DateField(_("retired on"), null=True)

    class Meta:
        verbose_name = _("staff test")
        ordering = ["name"]
        triggers = [triggers.TEST_KEEPS_ITS_TEXT, triggers.TEST_IS_KEPT]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "pack", "name"],
                condition=Q(retired_on__isnull=True),
                name="rulebook_test_name_once",
                violation_error_message=_("There is already a test with this name here. Retire it first."),
            ),
            models.CheckConstraint(
                condition=Q(retired_on__isnull=True, retired_by__isnull=True)
                | Q(retired_on__gte=F("written_on"), retired_by__isnull=False),
                name="rulebook_test_retired_by_somebody",
                violation_error_message=_("A test is retired by somebody, on a day not before it was written."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class AcceptedDifference(models.Model):
    """Somebody takes the responsibility for one answer that is not the expected one, by name and with a reason.

    It covers exactly this difference: `found` other than here is a new one. `expected` and `found` are Chinese.
    """

    version = models.ForeignKey(RulebookVersion, models.PROTECT, related_name="accepted")
    test = models.CharField(pgettext_lazy("test", "name"), max_length=120)
    aspect = models.CharField(pgettext_lazy("test", "answer"), max_length=120)
    expected = models.CharField(_("expected"), max_length=200)
    found = models.CharField(_("found"), max_length=200)
    reason = models.TextField(_("reason"), max_length=1000)
    by = models.ForeignKey(Post, models.PROTECT, related_name="+", verbose_name=_("by"))
    on = models.DateField(_("on"))

    class Meta:
        verbose_name = _("accepted difference")
        ordering = ["test", "aspect"]
        triggers = [
            triggers.ACCEPTED_IN_A_DRAFT,
            triggers.kept("rulebook_acceptance_is_kept", "an acceptance is never changed"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "test", "aspect", "expected", "found"],
                name="rulebook_difference_accepted_once",
                violation_error_message=_("This difference has been accepted already."),
            ),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="rulebook_difference_has_a_reason",
                violation_error_message=_("A difference is accepted with a reason."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.test}: {self.aspect}"
