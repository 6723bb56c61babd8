"""The grid (网格化): the cells of a service station, who keeps each, and which firms and villages fall in it.

That each firm and each village falls in one cell at a time is the database's rule; that none is left out is shown by
the list of those that fall in none.
"""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.models import Post
from chunyu.federation.models import Organisation, Scoped, one_at_a_time
from chunyu.federation.triggers import refuse
from chunyu.organising.spells import NEVER, ends_last, in_order, only_ended, within
from chunyu.privacy.row_key import row_key
from chunyu.registry.employers.tables import Enterprise, ScopedSpells

STATION = Organisation.Kind.SERVICE_STATION
VILLAGE = Organisation.Kind.COMMUNITY_UNION


class GridCell(Scoped):
    """One cell. `organisation` is the service station that it belongs to."""

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    name = models.CharField(_("name of the cell"), max_length=60)
    area = models.CharField(_("what it takes in"), max_length=200, blank=True, default="")
    valid_from = models.DateField(_("from"))
    valid_to = models.DateField(_("until"), null=True, blank=True)

    objects = ScopedSpells.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("grid", "cell")
        constraints = [
            one_at_a_time(
                "cell_name_once_a_station",
                "organisation",
                "name",
                message=_("This station already has a cell of this name on some of these days."),
            ),
            in_order("cell_ends_after_it_starts", _("A cell cannot end before it starts.")),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="cell_of_a_station_that_stands",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=f"""
                    PERFORM 1 FROM federation_organisation WHERE id = NEW.organisation_id FOR SHARE;
                    IF NOT EXISTS (
                        SELECT 1 FROM federation_organisation WHERE id = NEW.organisation_id AND kind = '{STATION}'
                            AND founded_on <= NEW.valid_from
                            AND COALESCE(NEW.valid_to, {NEVER}) <= COALESCE(dissolved_on, {NEVER})
                    ) THEN
                        {refuse("cell_of_a_station_that_stands", "cells belong to a service station that stands")}
                    END IF;
                    RETURN NEW;
                """,  # noqa: S608 - constants of this file
            ),
            ends_last(
                "cell_ends_after_all_in_it",
                "cell_id",
                "firms, villages or a keeper are left in the cell",
                "organising_cellkeeper",
                "organising_cellplace",
            ),
            *only_ended("cell", "organisation", "name"),
        ]

    def __str__(self) -> str:
        return self.name


class CellKeeper(Scoped):
    """Who keeps a cell, from a day to a day: somebody with a post, or a person by name who signs in to nothing."""

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    cell = models.ForeignKey(GridCell, models.PROTECT, related_name="keepers")
    post = models.ForeignKey(Post, models.PROTECT, verbose_name=_("post"), related_name="+", null=True, blank=True)
    person = models.CharField(_("person"), max_length=60, blank=True, default="")
    valid_from = models.DateField(_("from"))
    valid_to = models.DateField(_("until"), null=True, blank=True)

    objects = ScopedSpells.as_manager()

    class Meta:
        verbose_name = _("keeper of a cell")
        constraints = [
            one_at_a_time(
                "cell_kept_by_one", "cell", message=_("This cell already has a keeper on some of these days.")
            ),
            in_order("keeper_ends_after_it_starts", _("A keeper cannot end before they begin.")),
            models.CheckConstraint(
                condition=Q(post__isnull=False, person="") | Q(post__isnull=True) & ~Q(person=""),
                name="keeper_is_a_post_or_a_person",
                violation_error_message=_("A keeper is either somebody with a post or a person by name."),
            ),
        ]
        triggers = [
            within("keeper_within_the_cell", "organising_gridcell", "cell_id", "a keeper outlives the cell"),
            *only_ended("keeper", "cell", "post", "person"),
        ]

    def __str__(self) -> str:
        return self.post.user.full_name if self.post else self.person


class CellPlace(Scoped):
    """A firm or a village that falls in a cell, from a day to a day."""

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    cell = models.ForeignKey(GridCell, models.PROTECT, related_name="places")
    enterprise = models.ForeignKey(
        Enterprise, models.PROTECT, verbose_name=_("employer"), related_name="cell_spells", null=True, blank=True
    )
    village = models.ForeignKey(
        Organisation,
        models.PROTECT,
        verbose_name=_("village or community"),
        related_name="cell_spells",
        null=True,
        blank=True,
    )
    valid_from = models.DateField(_("from"))
    valid_to = models.DateField(_("until"), null=True, blank=True)

    objects = ScopedSpells.as_manager()

    class Meta:
        verbose_name = _("place in a cell")
        constraints = [
            one_at_a_time(
                "employer_in_one_cell",
                "enterprise",
                message=_("An employer falls in one cell at a time: choose a later day to move it."),
            ),
            one_at_a_time(
                "village_in_one_cell",
                "village",
                message=_("A village falls in one cell at a time: choose a later day to move it."),
            ),
            in_order("cell_place_ends_after_it_starts", _("A place in a cell cannot end before it starts.")),
            models.CheckConstraint(
                condition=Q(enterprise__isnull=False, village__isnull=True)
                | Q(enterprise__isnull=True, village__isnull=False),
                name="cell_place_is_an_employer_or_a_village",
                violation_error_message=_("What falls in a cell is either an employer or a village."),
            ),
        ]
        triggers = [
            within("cell_place_within_the_cell", "organising_gridcell", "cell_id", "a place outlives the cell"),
            pgtrigger.Trigger(
                name="cell_village_is_a_community_union",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Condition("NEW.village_id IS NOT NULL"),
                func=f"""
                    IF NOT EXISTS (
                        SELECT 1 FROM federation_organisation WHERE id = NEW.village_id AND kind = '{VILLAGE}'
                    ) THEN
                        {refuse("cell_village_is_a_community_union", "this organisation is of no village")}
                    END IF;
                    RETURN NEW;
                """,  # noqa: S608 - constants of this file
            ),
            *only_ended("cell_place", "cell", "enterprise", "village"),
        ]

    def __str__(self) -> str:
        return str(self.enterprise or self.village)
