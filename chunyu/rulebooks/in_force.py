"""Which rulebook is in force at a place on a day, and any rulebook by its digest.

Each rulebook has its line of versions. One holds from its start (an approved version: the day it was approved for; one
that came with the software: the day it says itself) until the next start of the line. So there is one of a line on a
day, and periods cannot overlap. Of several lines the one made for the nearest place counts, as in `policy`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from django.utils.translation import gettext as _

from chunyu.accounts.refusal import Refusal
from chunyu.federation.models import Organisation, Region
from chunyu.policy import Pack, installed_packs, pack_in_force, read_pack
from chunyu.policy.pack import HOUSEHOLD
from chunyu.rulebooks.models import RulebookFile, RulebookVersion

NATION = "national"
DIGEST_LENGTH = 64


@dataclass(frozen=True)
class Start:
    """A version of a rulebook begins to hold on a day."""

    day: date
    pack: str
    digest: str


_timetable: ContextVar[list[tuple[Start, ...] | None] | None] = ContextVar("timetable", default=None)


@contextmanager
def one_timetable() -> Iterator[None]:
    """Read the timetable once within this block: it stays as it was, as for one page."""
    token = _timetable.set([None])
    try:
        yield
    finally:
        _timetable.reset(token)


def forget_timetable() -> None:
    """An approval or withdrawal changes it for the rest of the block too."""
    if (kept := _timetable.get()) is not None:
        kept[0] = None


def timetable() -> tuple[Start, ...]:
    """All starts, the latest first; of two on one day the approved one."""
    kept = _timetable.get()
    if kept is not None and kept[0] is not None:
        return kept[0]
    approved = RulebookVersion.objects.filter(state=RulebookVersion.State.APPROVED).order_by("-in_force_from")
    starts = [Start(*row) for row in approved.values_list("in_force_from", "pack", "digest")]
    starts += [Start(pack.valid_from, pack.id, pack.digest) for pack in installed_packs()]
    found = tuple(sorted(starts, key=lambda start: start.day, reverse=True))
    if kept is not None:
        kept[0] = found
    return found


def rulebooks_on(day: date) -> tuple[Pack, ...]:
    """The version of every line that has begun by a day, whether or not its rulebook still holds anywhere."""
    digests: dict[str, str] = {}
    for start in timetable():
        if start.day <= day:
            digests.setdefault(start.pack, start.digest)
    return tuple(pack_by_digest(digest) for digest in digests.values())


def pack_on(day: date, regions: Sequence[str] = (NATION,), subject: str = HOUSEHOLD) -> Pack:
    """The rulebook about households (or another subject) in force where `regions` is the chain of places, nearest
    first; Refusal when there is none."""
    pack = pack_in_force(rulebooks_on(day), day, regions, subject)
    if pack is None:
        sentence = _("No rulebook is in force on %(day)s. Choose a later day.")
        raise Refusal(sentence % {"day": day.isoformat()}, code="no_rulebook")
    return pack


def rulebook_of(organisation: Organisation, day: date, subject: str = HOUSEHOLD) -> Pack:
    """The rulebook in force where an organisation is; Refusal when there is none."""
    return pack_on(day, regions_of(organisation), subject)


def eras_of(organisation: Organisation, today: date) -> list[tuple[Pack, date]]:
    """The rulebooks that have been in force where an organisation is, the newest first, each with the last day on
    which it was: today for the one in force."""
    regions, found = regions_of(organisation), []
    for pack in sorted(rulebooks_on(today), key=lambda each: each.valid_from, reverse=True):
        day = min(today, pack.valid_to or today)
        held = pack_in_force(rulebooks_on(day), day, regions)
        if held is not None and held.id == pack.id:
            found.append((held, day))
    return found


def pack_by_digest(digest: str) -> Pack:
    """The rulebook that a decision names, word for word as it was; Refusal when this site does not hold it."""
    for pack in installed_packs():
        if pack.digest == digest:
            return pack
    try:
        return _kept_pack(digest)
    except LookupError:
        raise Refusal(
            _("This site does not hold the rulebook %(digest)s.") % {"digest": digest[:12]}, code="no_such_rulebook"
        ) from None


def every_pack() -> tuple[Pack, ...]:
    """Every rulebook that holds, held or will hold, the newest first."""
    return tuple(dict.fromkeys(pack_by_digest(start.digest) for start in timetable()))


@lru_cache(maxsize=32)
def _kept_pack(digest: str) -> Pack:
    """Read from the rows of a version; a digest names its content for good, so it is read once."""
    version = RulebookVersion.objects.filter(digest=digest).first() if len(digest) == DIGEST_LENGTH else None
    if version is None:
        raise LookupError(digest)
    return read_pack(contents(files_of(version)))


def files_of(version: RulebookVersion) -> dict[str, str]:
    """The texts of a version by file name."""
    return dict(RulebookFile.objects.filter(version=version).values_list("name", "text"))


def contents(texts: dict[str, str]) -> dict[str, bytes]:
    """As chunyu.policy reads them."""
    return {name: text.encode() for name, text in texts.items()}


def regions_of(organisation: Organisation) -> Sequence[str]:
    """The chain of places whose rules and parameters hold for a household of this organisation, nearest first."""
    return chain_of(organisation.region)


def chain_of(region: Region) -> tuple[str, ...]:
    """The same for a place itself."""
    return (*region.chain(), NATION)
