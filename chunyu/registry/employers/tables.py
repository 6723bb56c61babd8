"""Employers (用人单位), how many work there, and which union covers them."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from chunyu.accounts.models import Post
from chunyu.federation.models import Organisation, Region, Scoped, ScopedQuerySet, ValidQuerySet, one_at_a_time
from chunyu.privacy.row_key import row_key
from chunyu.registry.employers.codes import INDUSTRY, OWNERSHIP, PUBLIC

Kind = Organisation.Kind
# Unions that workers join and that cover firms; the levels above bring unions together and have no members themselves.
WITH_MEMBERS = (Kind.COMMUNITY_UNION, Kind.JOINT_UNION, Kind.GRASSROOTS_UNION, Kind.PROJECT_UNION)
LISTED = ", ".join(f"'{kind.value}'" for kind in WITH_MEMBERS)  # as SQL


class ScopedSpells(ScopedQuerySet, ValidQuerySet):
    """Rows of a scope that hold from a day to a day. One that ended on the day it began holds on no day: so is taken
    back what should never have been there."""


class Enterprise(Scoped):
    """One employer. `organisation` is the union level that answers for it: a township's or a county's."""

    class Closing(models.TextChoices):
        CLOSED = "closed", _("closed down")
        MOVED = "moved", _("moved away")
        MERGED = "merged", _("taken over")
        UNDONE = "undone", _("put on file by an import that was undone")

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    name = models.CharField(_("employer's name"), max_length=120)
    credit_code = models.CharField(_("unified credit code"), max_length=18, blank=True, default="")
    ownership = models.CharField(_("kind of registration"), max_length=3, choices=OWNERSHIP.choices)
    industry = models.CharField(_("industry"), max_length=1, choices=INDUSTRY.choices, blank=True, default="")
    region = models.ForeignKey(Region, models.PROTECT, verbose_name=_("region"), related_name="+")
    address = models.CharField(_("address of the employer"), max_length=200, blank=True, default="")
    has_party_cell = models.BooleanField(_("has a party cell"), null=True, blank=True)
    known_from = models.DateField(_("known since"))
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    closing = models.CharField(_("how it ended"), max_length=10, choices=Closing.choices, blank=True, default="")
    # The day since which what is said of it here holds; whoever changes its kind of registration sets it.
    described_on = models.DateField(null=True, editable=False)

    class Meta:
        verbose_name = _("employer")
        constraints = [
            models.UniqueConstraint(
                fields=["credit_code"],
                condition=~Q(credit_code="") & ~Q(closing="undone"),
                name="enterprise_credit_code_once",
                violation_error_message=_("An employer with this unified credit code is already on file."),
            ),
            models.CheckConstraint(
                condition=Q(credit_code="") | Q(credit_code__regex=r"^[0-9A-HJ-NPQRTUWXY]{18}$"),
                name="enterprise_credit_code_written_right",
                violation_error_message=_("A unified credit code has 18 digits and letters, without I, O, S, V and Z."),
            ),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True, closing="") | Q(closed_on__isnull=False) & ~Q(closing=""),
                name="enterprise_closed_with_a_way",
                violation_error_message=_(
                    "A closed employer has the day and the way it ended; an open one has neither."
                ),
            ),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True)
                | Q(closed_on__gt=F("known_from"))
                | Q(closing="undone", closed_on=F("known_from")),
                name="enterprise_closed_after_known",
                violation_error_message=_("An employer cannot close before it is known."),
            ),
        ]
        indexes = [models.Index(fields=["name"], name="enterprise_by_name")]
        triggers = [pgtrigger.Protect(name="enterprise_is_kept", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.name

    @property
    def is_public(self) -> bool:
        return self.ownership in PUBLIC


class HeadcountQuerySet(ScopedQuerySet):
    def standing(self) -> HeadcountQuerySet:
        """Without the counts of imports that were undone: they stay in the table and count no more."""
        return self.filter(Q(batch__isnull=True) | Q(batch__undone_at__isnull=True))


class Headcount(Scoped):
    """How many worked for an employer on a day, as somebody counted them. The latest count up to a day is the one that
    counts on it; a wrong one is followed by a right one."""

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    enterprise = models.ForeignKey(Enterprise, models.PROTECT, verbose_name=_("employer"), related_name="headcounts")
    counted_on = models.DateField(_("counted on"))
    workers = models.PositiveIntegerField(_("workers"))
    migrant_workers = models.PositiveIntegerField(_("migrant workers among them"), default=0)
    new_form_workers = models.PositiveIntegerField(_("in new forms of work among them"), default=0)
    source = models.CharField(_("source"), max_length=80)
    recorded_by = models.ForeignKey(Post, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)
    batch = models.ForeignKey("registry.ImportBatch", models.PROTECT, null=True, blank=True, related_name="headcounts")

    objects = HeadcountQuerySet.as_manager()

    class Meta:
        verbose_name = _("count of workers")
        constraints = [
            models.CheckConstraint(
                condition=Q(migrant_workers__lte=F("workers"), new_form_workers__lte=F("workers")),
                name="headcount_parts_within_the_whole",
                violation_error_message=_("A part of the workers cannot be more than all of them."),
            ),
        ]
        indexes = [models.Index(fields=["enterprise", "-counted_on", "-recorded_at"], name="headcount_latest")]
        triggers = [
            pgtrigger.ReadOnly(name="headcount_is_not_edited", exclude=["organisation", "scope_path"]),
            pgtrigger.Protect(name="headcount_is_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.counted_on}: {self.workers}"


class ShellSpell(Scoped):
    """From the day on which a union was found to exist on paper only, until the day on which it was revived; it goes on
    to the end for one that was merged or dissolved. Such a union covers nobody. `organisation` is the union."""

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    valid_from = models.DateField(_("from"))
    valid_to = models.DateField(_("until"), null=True, blank=True)
    found_by = models.ForeignKey(Post, models.PROTECT, related_name="+")
    ended_by = models.ForeignKey(Post, models.PROTECT, null=True, blank=True, related_name="+")

    objects = ScopedSpells.as_manager()

    class Meta:
        verbose_name = _("time as a shell union")
        constraints = [
            one_at_a_time(
                "shell_found_once_at_a_time",
                "organisation",
                message=_("This union is already found to exist on paper only on some of these days."),
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True, ended_by__isnull=True)
                | Q(valid_to__gt=F("valid_from"), ended_by__isnull=False),
                name="shell_ended_later_by_somebody",
                violation_error_message=_("A union is revived by somebody, on a day after it was found a shell."),
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="shell_spell_is_only_ended", exclude=["organisation", "scope_path", "valid_to", "ended_by"]
            ),
            pgtrigger.Protect(name="shell_spell_is_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.valid_from} – {self.valid_to or ''}"


class UnionCover(Scoped):
    """Which union an employer's workers belong to, from a day to a day. A joint union covers many employers; an
    employer is covered by one union at a time, so that it is counted once."""

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    enterprise = models.ForeignKey(Enterprise, models.PROTECT, verbose_name=_("employer"), related_name="covers")
    union = models.ForeignKey(Organisation, models.PROTECT, verbose_name=_("union"), related_name="covered")
    valid_from = models.DateField(_("from"))
    valid_to = models.DateField(_("until"), null=True, blank=True)

    objects = ScopedSpells.as_manager()

    class Meta:
        verbose_name = _("cover by a union")
        constraints = [
            one_at_a_time(
                "enterprise_covered_by_one_union",
                "enterprise",
                message=_("This employer is already covered by a union on some of these days."),
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="cover_ends_after_it_starts",
                violation_error_message=_("A cover cannot end before it starts."),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="cover_is_by_a_grassroots_union",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func="""
                    IF NOT EXISTS (SELECT 1 FROM federation_organisation
                                   WHERE id = NEW.union_id AND kind IN (:with_members)) THEN
                        RAISE EXCEPTION 'organisation % takes no members', NEW.union_id
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'cover_is_by_a_grassroots_union';
                    END IF;
                    RETURN NEW;
                """.replace(":with_members", LISTED),
            ),
            pgtrigger.Trigger(
                name="cover_by_a_union_that_stands",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("union_id", "valid_to"),
                func="""
                    PERFORM FROM federation_organisation WHERE id = NEW.union_id
                        AND (dissolved_on IS NULL OR NEW.valid_to <= dissolved_on) FOR SHARE;
                    IF NOT FOUND THEN
                        RAISE EXCEPTION 'union % is gone', NEW.union_id
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'cover_by_a_union_that_stands';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Protect(name="cover_is_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.enterprise} – {self.union}"
