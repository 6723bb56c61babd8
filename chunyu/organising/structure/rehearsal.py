"""What an act on the tree changes, shown before it is done: the act itself is carried out, looked at and taken back.

So the preview can never say something else than the act does. What was shown has a digest; an act that is confirmed
compares its own effect with it, and is refused when the tree has changed in between.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from chunyu.accounts.refusal import Refusal
from chunyu.federation.actions import lock_tree
from chunyu.federation.models import IndustryTie, Organisation, Placement, Region

T = TypeVar("T")
SHOWN = 60  # lines of a preview; the rest is counted


@dataclass(frozen=True)
class Place:
    """Where an organisation stands, in words."""

    name: str
    above: str
    region: str


@dataclass(frozen=True)
class Change:
    """One organisation placed anew: nothing before for a new one, nothing after for one that ends."""

    key: int
    before: Place | None
    after: Place | None

    @property
    def renamed(self) -> bool:
        return bool(self.before and self.after and self.before.name != self.after.name)

    @property
    def moved(self) -> bool:
        return bool(self.before and self.after and self.before.above != self.after.above)

    @property
    def elsewhere(self) -> bool:
        return bool(self.before and self.after and self.before.region != self.after.region)


@dataclass(frozen=True)
class Effect:
    """Regions that end and begin, organisations placed anew, ties to an industry that end and begin."""

    regions_ended: tuple[str, ...]
    regions_opened: tuple[str, ...]
    changes: tuple[Change, ...]
    ties: tuple[str, ...]
    codes_ended: tuple[str, ...] = ()
    codes_opened: tuple[str, ...] = ()  # that no region had before

    @property
    def first(self) -> tuple[Change, ...]:
        return self.changes[:SHOWN]

    @property
    def rest(self) -> int:
        return max(0, len(self.changes) - SHOWN)

    @property
    def new(self) -> int:
        return sum(1 for each in self.changes if each.before is None)

    @property
    def ended(self) -> int:
        return sum(1 for each in self.changes if each.after is None)

    @property
    def digest(self) -> str:
        """Of what the reader saw. New organisations have no lasting number yet and go by their name alone."""
        lines = [
            [each.key if each.before else 0, *(_words(place) for place in (each.before, each.after))]
            for each in self.changes
        ]
        said = [self.regions_ended, self.regions_opened, self.ties, sorted(lines, key=json.dumps)]
        return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


class _TakenBack(Exception):
    """Ends a rehearsal."""


def rehearse(act: Callable[[], object]) -> Effect:
    """What the act would change. Nothing stays of it; what it refuses, it refuses here too."""
    try:
        with transaction.atomic():
            effect, _result = _watched(act)
            raise _TakenBack
    except _TakenBack:
        return effect


@transaction.atomic
def carry_out(act: Callable[[], T], shown: str) -> T:
    """Do the act, when it changes what was shown under this digest and nothing else."""
    effect, result = _watched(act)
    if effect.digest != shown:
        raise Refusal(_("Something changed since this was shown. Look at it again."), "changed_since")
    return result


def _watched(act: Callable[[], T]) -> tuple[Effect, T]:
    # Nobody else changes the tree meanwhile, so what has a later number than these came from the act.
    lock_tree()
    marks = {kind: kind.objects.aggregate(last=Max("pk"))["last"] or 0 for kind in (Placement, Region, IndustryTie)}
    standing = set(Region.objects.filter(valid_to__isnull=True).values_list("pk", flat=True))
    gone = set(Organisation.objects.filter(dissolved_on__isnull=False).values_list("pk", flat=True))
    tied = set(IndustryTie.objects.filter(valid_to__isnull=True).values_list("pk", flat=True))
    result = act()
    ended = Region.objects.filter(pk__in=standing, valid_to__isnull=False).order_by("code")
    opened = Region.objects.filter(pk__gt=marks[Region]).select_related("parent").order_by("code")
    effect = Effect(
        tuple(f"{each.code} {each.name}" for each in ended),
        tuple(f"{each.code} {each.name} ({each.parent or '—'})" for each in opened),
        tuple(_changes(marks[Placement], gone)),
        tuple(_ties(marks[IndustryTie], tied)),
        tuple(each.code for each in ended),
        tuple(each.code for each in opened if each.code not in {one.code for one in ended}),
    )
    return effect, result


def _changes(mark: int, gone: set[int]) -> Iterator[Change]:
    placed = list(
        Placement.objects.filter(pk__gt=mark).select_related("parent", "region", "organisation").order_by("path")
    )
    dissolved = list(Organisation.objects.filter(dissolved_on__isnull=False).exclude(pk__in=gone).order_by("path"))
    keys = [each.organisation_id for each in placed] + [each.pk for each in dissolved]
    before: dict[int, Place] = {}
    starts = {each.organisation_id: each.valid_from for each in placed} | {
        each.pk: each.dissolved_on for each in dissolved
    }
    closed = Placement.objects.filter(organisation__in=keys, valid_to__isnull=False)
    for each in closed.select_related("parent", "region").order_by("valid_from"):
        day = starts[each.organisation_id] - timedelta(days=1)
        if each.valid_from <= day < each.valid_to:
            before[each.organisation_id] = _place(each)
    for each in placed:
        yield Change(each.organisation_id, before.get(each.organisation_id), _place(each))
    for organisation in dissolved:
        yield Change(organisation.pk, before.get(organisation.pk), None)


def _ties(mark: int, tied: set[int]) -> Iterator[str]:
    rows = IndustryTie.objects.select_related("organisation", "industry_parent").order_by("pk")
    for tie in rows.filter(pk__in=tied, valid_to__isnull=False):
        words = {"name": tie.organisation.name, "above": tie.industry_parent.name, "day": tie.valid_to.isoformat()}
        yield _("%(name)s no longer belongs to %(above)s by industry, from %(day)s.") % words
    for tie in rows.filter(pk__gt=mark):
        words = {"name": tie.organisation.name, "above": tie.industry_parent.name, "day": tie.valid_from.isoformat()}
        yield _("%(name)s belongs to %(above)s by industry, from %(day)s.") % words


def _place(placement: Placement) -> Place:
    return Place(placement.name, placement.parent.name if placement.parent else "—", placement.region.name)


def _words(place: Place | None) -> list[str]:
    return [place.name, place.above, place.region] if place else []
