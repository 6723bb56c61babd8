"""Renaming, moving, merging and splitting regions, through a post at the top of the tree and on the record.

What each act does to regions and federations is `chunyu.federation.regions`; last year's report does not move.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.audit.record import record
from chunyu.federation import regions
from chunyu.federation.models import Region
from chunyu.federation.regions import Entry, Part
from chunyu.organising.regions.queries import regions_seen
from chunyu.organising.structure.keeping import STRUCTURE_ROLES, refusing
from chunyu.registry.refusing import refuse_day_to_come


@transaction.atomic
def rename_region(acting: Acting, region: Region, entry: Entry, *, on: date, source: str) -> Region:
    """Another name, code or kind for the same place."""
    _check(acting, [region], on)
    with refusing():
        new = regions.rename_region(region, entry, on=on, source=source)
    record(acting, "organising.rename_region", new, _told([region], [new], on))
    return new


@transaction.atomic
def move_region(acting: Acting, region: Region, parent: Region, entry: Entry, *, on: date, source: str) -> Region:
    """Under another region, with its federation and all below it."""
    _check(acting, [region, parent], on)
    with refusing():
        new = regions.move_region(region, parent, entry, on=on, source=source)
    record(acting, "organising.move_region", new, f"{_told([region], [new], on)}, under {parent.code}")
    return new


@transaction.atomic
def merge_regions(acting: Acting, merged: Sequence[Region], into: Region | Entry, *, on: date, source: str) -> Region:
    """End regions in favour of one that exists, or of a new one."""
    _check(acting, [*merged, *([into] if isinstance(into, Region) else [])], on)
    with refusing():
        goes_on = regions.merge_regions(merged, into, on=on, source=source)
    record(acting, "organising.merge_regions", goes_on, _told(merged, [goes_on], on))
    return goes_on


@transaction.atomic
def split_region(
    acting: Acting, region: Region, stays: Entry, parts: Sequence[Part], *, on: date, source: str
) -> list[Region]:
    """New regions out of one, each with the unions named for it; the new entries, the one that stays first."""
    _check(acting, [region], on)
    with refusing():
        new = regions.split_region(region, stays, parts, on=on, source=source)
    record(acting, "organising.split_region", new[0], _told([region], new, on))
    return new


def may_change(acting: Acting) -> Refusal | None:
    """Why the post may not change regions; None when it may."""
    if acting.role in STRUCTURE_ROLES and acting.organisation.parent_id is None:
        return None
    return Refusal(_("Regions are changed by the union organiser at the top of the tree."), "role")


def _check(acting: Acting, touched: Sequence[Region], on: date) -> None:
    if refusal := may_change(acting):
        raise refusal
    keys = {region.pk for region in touched}
    if regions_seen(acting).filter(pk__in=keys).count() != len(keys):
        raise Refusal(_("This region is not under yours."), "out_of_scope")
    refuse_day_to_come(acting, on)


def _told(before: Sequence[Region], after: Sequence[Region], on: date) -> str:
    def names(entries: Sequence[Region]) -> str:
        return ", ".join(f"{each.code} {each.name}" for each in entries)

    return f"{names(before)} → {names(after)} from {on}"
