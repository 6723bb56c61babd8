"""Regions that change: renamed, moved, merged, split. An entry is closed and another opened, with successors.

`on` is the first day of the new division. The federations follow in the same transaction: they take the new region and
name, and where a county ends its unions move to the federation that goes on. What was is closed, never overwritten, so
the tree of any earlier day stays as it was. Refused acts raise ValidationError with a sentence for the user.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from chunyu.federation import actions
from chunyu.federation.models import Organisation, Region

LEVELS = list(Region.Level.values)


@dataclass(frozen=True)
class Entry:
    """How a region is called from a day on: code of GB/T 2260, name, and kind in law (as before, if empty)."""

    code: str
    name: str
    kind: str = ""


@transaction.atomic
def rename_region(region: Region, entry: Entry, *, on: date, source: str) -> Region:
    """Another name, code or kind for the same place; its federation is renamed where it bore the place's name."""
    actions.lock_tree()
    _holds(region, on)
    return _succeed(region, entry, region.parent, on, source)


@transaction.atomic
def move_region(region: Region, parent: Region, entry: Entry, *, on: date, source: str) -> Region:
    """Put a region under another; its federation moves under the federation there, with all below it."""
    actions.lock_tree()
    _holds(region, on)
    _holds(parent, on)
    if LEVELS.index(parent.level) >= LEVELS.index(region.level):
        raise ValidationError(
            _("%(parent)s is no higher than %(region)s: it cannot be above it."),
            params={"parent": parent.name, "region": region.name},
        )
    own = federation_of(region)
    above = federation_of(parent)
    if own is not None and above is None:
        raise ValidationError(_("%(region)s has no federation yet."), params={"region": parent.name})
    new = _succeed(region, entry, parent, on, source)
    if own is not None and above is not None and own.parent_id != above.pk:
        own.refresh_from_db()
        actions.move(own, above, on=on)
    return new


@transaction.atomic
def merge_regions(regions: Sequence[Region], into: Region | Entry, *, on: date, source: str) -> Region:
    """End regions in favour of one that exists or of a new one (an `Entry`, under the parent of the first).

    The federation of the one that goes on takes in the unions of the others, which are dissolved. Under a new entry the
    first region's federation goes on. What a dissolved federation owned is filed under the one that goes on.
    """
    actions.lock_tree()
    for region in regions:
        _holds(region, on)
    if len({region.pk for region in regions}) < (2 if isinstance(into, Entry) else 1):
        raise ValidationError(_("Choose at least two regions to merge into a new one."))
    if isinstance(into, Region):
        _holds(into, on)
        if into in regions:
            raise ValidationError(_("%(region)s cannot be merged into itself."), params={"region": into.name})
    if len({region.level for region in regions} | ({into.level} if isinstance(into, Region) else set())) > 1:
        raise ValidationError(_("Only regions of the same level can be merged."))
    rest = list(regions)
    new = isinstance(into, Entry)
    goes_on = _succeed(rest.pop(0), into, regions[0].parent, on, source) if new else into
    for region in rest:
        _close(region, [goes_on], on)
        _children_follow(region, goes_on, on, source)
        _absorb(region, goes_on, on)
    return goes_on


@dataclass(frozen=True)
class Part:
    """One part of a split: its entry and the organisations, directly under the old federation, that go to it."""

    entry: Entry
    units: tuple[Organisation, ...] = ()


@transaction.atomic
def split_region(region: Region, stays: Entry, parts: Sequence[Part], *, on: date, source: str) -> list[Region]:
    """Split a region: `stays` keeps its federation, each part gets a new federation and the units named for it.

    The new entries, `stays` first.
    """
    actions.lock_tree()
    _holds(region, on)
    own = federation_of(region)
    if not parts:
        raise ValidationError(_("A split needs at least one new part."))
    named = [unit.pk for part in parts for unit in part.units]
    if len(named) != len(set(named)):
        raise ValidationError(_("A unit can go to one part only."))
    new = [_succeed(region, stays, region.parent, on, source)]
    for part in parts:
        opened = _open(part.entry, region, region.parent, on, source)
        region.successors.add(opened)
        new.append(opened)
        if own is None:
            continue
        own.refresh_from_db()
        federation = actions.found(name=federation_name(opened), kind=own.kind, region=opened, parent=own.parent, on=on)
        for unit in part.units:
            unit.refresh_from_db()
            if unit.parent_id != own.pk:
                raise ValidationError(
                    _("%(name)s is not directly under %(parent)s."), params={"name": unit.name, "parent": own.name}
                )
            actions.move(unit, federation, on=on)
            _take_region(Organisation.objects.within(unit.path).filter(region=new[0]), opened, on)
    return new


def federation_of(region: Region) -> Organisation | None:
    """The federation of a region's own level that stands there now."""
    kinds = {
        Region.Level.PROVINCE: Organisation.Kind.PROVINCIAL_FEDERATION,
        Region.Level.CITY: Organisation.Kind.MUNICIPAL_FEDERATION,
        Region.Level.COUNTY: Organisation.Kind.COUNTY_FEDERATION,
    }
    return region.organisations.filter(kind=kinds.get(region.level, ""), dissolved_on__isnull=True).first()


def federation_name(region: Region) -> str:
    """What the federation of a place is called."""
    return f"{region.name}总工会"


def _holds(region: Region, on: date) -> None:
    if region.valid_from >= on or (region.valid_to and region.valid_to <= on):
        raise ValidationError(
            _("%(region)s does not hold on the day before %(day)s: choose a later day, or the entry of that time."),
            params={"region": region.name, "day": on.isoformat()},
        )


def _close(region: Region, successors: Sequence[Region], on: date) -> None:
    region.valid_to = on
    region.full_clean(exclude=["kind"])
    region.save(update_fields=["valid_to"])
    region.successors.set(successors)


def _open(entry: Entry, like: Region, parent: Region | None, on: date, source: str) -> Region:
    region = Region(
        code=entry.code,
        name=entry.name,
        kind=entry.kind or like.kind,
        level=like.level,
        parent=parent,
        valid_from=on,
        source=source,
    )
    region.full_clean()
    region.save()
    return region


def _succeed(region: Region, entry: Entry, parent: Region | None, on: date, source: str) -> Region:
    """Close an entry and open the one that the same place has from the day on; places and federations below follow."""
    _close(region, [], on)
    new = _open(entry, region, parent, on, source)
    region.successors.set([new])
    _children_follow(region, new, on, source)
    own = federation_of(region)
    _take_region(Organisation.objects.filter(region=region), new, on)
    if own is not None and own.name == federation_name(region) and new.name != region.name:
        own.refresh_from_db()
        actions.rename(own, federation_name(new), on=on)
    return new


def _children_follow(region: Region, new: Region, on: date, source: str) -> None:
    """Places below keep code and name under an entry of the new parent."""
    for child in Region.objects.as_of(on).filter(parent=region):
        _succeed(child, Entry(child.code, child.name, child.kind), new, on, source)


def _absorb(region: Region, goes_on: Region, on: date) -> None:
    """The federation of an ended region gives its unions to the one that goes on, and ends."""
    own, successor = federation_of(region), federation_of(goes_on)
    if own is not None and successor is None:
        raise ValidationError(_("%(region)s has no federation yet."), params={"region": goes_on.name})
    if own is not None and successor is not None:
        for unit in own.children.as_of(on):
            actions.move(unit, successor, on=on)
        own.refresh_from_db()
        actions.dissolve(own, on=on, successor=successor)
    _take_region(Organisation.objects.filter(region=region), goes_on, on)


def _take_region(organisations: QuerySet[Organisation], new: Region, on: date) -> None:
    """Living organisations stand in another region from the day on; dissolved ones keep theirs."""
    keys = list(organisations.filter(dissolved_on__isnull=True).values_list("pk", flat=True))
    rows = Organisation.objects.filter(pk__in=keys)
    rows.update(region=new)
    actions.replace_placements(rows, on)
