"""Regions and organisations: who belongs where, as of any date.

An organisation's `path` is the chain of its ancestors' numbers and its own ("000001.000014.000230."). It is compared
byte by byte, so a subtree is the range  path <= x < path_end(path)  on one plain index, and that one column scopes
lists, exports, row security and partitions alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Least
from django.utils.translation import gettext_lazy as _

from chunyu.federation import triggers
from chunyu.federation.kinds import Kind
from chunyu.wall.scope import path_end


def paths_above(path: str) -> list[str]:
    """A path and those of all organisations above it, the top first."""
    return [path[: place + 1] for place, mark in enumerate(path) if mark == "."]


def one_at_a_time(name: str, *fields: str, message: Any) -> ExclusionConstraint:
    """No two rows with equal `fields` hold on the same day; the last day is open (`valid_to` is the day after it)."""
    return ExclusionConstraint(
        name=name,
        expressions=[
            *((field, RangeOperators.EQUAL) for field in fields),
            # Days the wrong way round make an empty range by the least, so that their own rule speaks.
            (Func(Least("valid_from", "valid_to"), "valid_to", function="DATERANGE"), RangeOperators.OVERLAPS),
        ],
        violation_error_message=message,
    )


class ValidQuerySet(models.QuerySet):
    """Rows that hold from `valid_from` until the day before `valid_to` (open when that is empty)."""

    def as_of(self, day: date) -> ValidQuerySet:
        return self.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day), valid_from__lte=day)


class Region(models.Model):
    """A place of the administrative division (GB/T 2260). A code that changes its name or bounds is another row."""

    class Level(models.TextChoices):
        NATION = "nation", _("national level")
        PROVINCE = "province", _("provincial level")
        CITY = "city", _("city level")
        COUNTY = "county", _("county level")

    class Kind(models.TextChoices):
        """What the law calls it; the level alone does not tell a district from a county."""

        NATION = "nation", _("nation")
        PROVINCE = "province", _("province")
        PREFECTURE_CITY = "prefecture_city", _("prefecture-level city")
        PROVINCE_RUN = "province_run", _("counties run by the province")
        DISTRICT = "district", _("district")
        COUNTY_CITY = "county_city", _("county-level city")
        COUNTY = "county", _("county")
        AUTONOMOUS_COUNTY = "autonomous_county", _("autonomous county")

    code = models.CharField(_("code"), max_length=12)
    name = models.CharField(_("official name"), max_length=60)
    level = models.CharField(_("level"), max_length=10, choices=Level.choices)
    kind = models.CharField(_("kind of region"), max_length=20, choices=Kind.choices, blank=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    successors = models.ManyToManyField("self", symmetrical=False, related_name="predecessors", blank=True)
    source = models.CharField(_("source"), max_length=200)

    objects = ValidQuerySet.as_manager()

    class Meta:
        verbose_name = _("region")
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                name="region_ends_after_it_starts",
                violation_error_message=_("A region cannot end before it starts."),
            ),
            one_at_a_time(
                "region_code_one_at_a_time",
                "code",
                message=_("Another entry with this region code holds on some of these days."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def chain(self) -> Iterator[str]:
        """This region's code, then its ancestors': the order in which a local rule's value is looked for."""
        region: Region | None = self
        while region is not None:
            yield region.code
            region = region.parent


class OrganisationQuerySet(models.QuerySet):
    def within(self, path: str) -> OrganisationQuerySet:
        """The organisation at `path` and everything below it."""
        return self.filter(path__gte=path, path__lt=path_end(path))

    def as_of(self, day: date) -> OrganisationQuerySet:
        return self.filter(Q(dissolved_on__isnull=True) | Q(dissolved_on__gt=day), founded_on__lte=day)


class Organisation(models.Model):
    """A union organisation of any level, under its present name and place in the tree; `Placement` has the history."""

    Kind = Kind

    name = models.CharField(_("official name"), max_length=120)
    kind = models.CharField(_("kind of organisation"), max_length=30, choices=Kind.choices)
    region = models.ForeignKey(Region, models.PROTECT, verbose_name=_("region"), related_name="organisations")
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    path = models.CharField(max_length=80, unique=True, db_collation="C", editable=False)
    founded_on = models.DateField(_("founded on"))
    dissolved_on = models.DateField(_("dissolved on"), null=True, blank=True)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = _("organisation")
        triggers = [triggers.STANDS_IN_THE_TREE, triggers.NO_CYCLE, triggers.HISTORY_OF_ORGANISATION]
        constraints = [
            models.CheckConstraint(
                # On the very day: taken back, as if it had never been founded.
                condition=Q(dissolved_on__isnull=True) | Q(dissolved_on__gte=F("founded_on")),
                name="organisation_dissolved_after_founded",
                violation_error_message=_("An organisation cannot be dissolved before it is founded."),
            ),
            models.UniqueConstraint(
                fields=["parent", "name"],
                condition=Q(dissolved_on__isnull=True),
                name="organisation_name_once_among_siblings",
                violation_error_message=_("There is already an organisation with this name here."),
            ),
            models.CheckConstraint(
                condition=Q(path__regex=r"^([0-9]{6,}\.)+$"),
                name="organisation_path_whole",
                violation_error_message=_("The path must be a chain of numbers, each closed by a dot."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def covers(self, path: str) -> bool:
        """Whether something at `path` lies in this organisation's subtree."""
        return self.path <= path < path_end(self.path)

    def county(self) -> Organisation | None:
        """The county federation that this organisation is, or is under."""
        return _nearest(self, self.Kind.COUNTY_FEDERATION)


def _nearest(organisation: Organisation | None, kind: str) -> Organisation | None:
    while organisation is not None and organisation.kind != kind:
        organisation = organisation.parent
    return organisation


class PlacementQuerySet(ValidQuerySet):
    def within(self, path: str) -> PlacementQuerySet:
        return self.filter(path__gte=path, path__lt=path_end(path))


class Placement(models.Model):
    """Under which name, where in the tree, and from when to when an organisation stood."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="placements")
    name = models.CharField(_("official name"), max_length=120)
    parent = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    region = models.ForeignKey(Region, models.PROTECT, related_name="+", editable=False)
    path = models.CharField(max_length=80, db_collation="C", db_index=True)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    objects = PlacementQuerySet.as_manager()

    class Meta:
        verbose_name = _("placement")
        triggers = [triggers.PLACED_IN_THE_TREE]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="placement_ends_after_it_starts",
                violation_error_message=_("A placement cannot end before it starts."),
            ),
            one_at_a_time(
                "placement_one_at_a_time",
                "organisation",
                message=_("An organisation stands in one place at a time."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.valid_from} – {self.valid_to or ''})"


class IndustryTie(models.Model):
    """From when to when an organisation also belonged to an industrial superior.

    It is no part of the path: whoever counts a subtree counts each organisation once, by territory.
    """

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="industry_ties")
    industry_parent = models.ForeignKey(
        Organisation, models.PROTECT, verbose_name=_("industrial superior"), related_name="industry_members"
    )
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    objects = ValidQuerySet.as_manager()

    class Meta:
        verbose_name = _("industrial tie")
        triggers = [triggers.TIE_HOLDS]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                name="industry_tie_ends_after_it_starts",
                violation_error_message=_("An industrial tie cannot end before it starts."),
            ),
            one_at_a_time(
                "industry_tie_one_at_a_time",
                "organisation",
                message=_("An organisation has one industrial superior at a time."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} – {self.industry_parent_id} ({self.valid_from})"


class ScopedQuerySet(models.QuerySet):
    """Rows that belong to an organisation and are seen by its subtree's posts."""

    def within(self, path: str) -> ScopedQuerySet:
        return self.filter(scope_path__gte=path, scope_path__lt=path_end(path))


class Scoped(models.Model):
    """A row that an organisation owns. `scope_path` copies the owner's path, so that every query and the row security
    of the database need no join.

    The copy is the database's duty: a trigger on every such table (chunyu.federation.scope) writes it, whatever way
    the row came (save, bulk insert, COPY). It is set here too, so that the object in hand shows it at once.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name=_("organisation"), related_name="+")
    scope_path = models.CharField(max_length=80, db_collation="C", db_index=True, editable=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        abstract = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.scope_path and "organisation" in kwargs:
            self.scope_path = self.organisation.path

    def save(self, *args: Any, **kwargs: Any) -> None:
        self._copy_path()
        super().save(*args, **kwargs)

    def full_clean(self, *args: Any, **kwargs: Any) -> None:
        self._copy_path()
        super().full_clean(*args, **kwargs)

    def _copy_path(self) -> None:
        if self.organisation_id is not None:
            self.scope_path = self.organisation.path
