"""Which rulebook is in force on a day, and any rulebook by its digest.

A rulebook holds from its start (an approved version: the day it was approved for; one that came with the software:
the day it says itself) until the next start. So there is one on a day, and periods cannot overlap.
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
from chunyu.federation.models import Organisation
from chunyu.policy import Pack, installed_packs, read_pack
from chunyu.rulebooks.models import RulebookFile, RulebookVersion

NATION = "national"
DIGEST_LENGTH = 64


@dataclass(frozen=True)
class Start:
    """A rulebook begins to hold on a day."""

    day: date
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
    starts = [Start(day, digest) for day, digest in approved.values_list("in_force_from", "digest")]
    starts += [Start(pack.valid_from, pack.digest) for pack in installed_packs()]
    found = tuple(sorted(starts, key=lambda start: start.day, reverse=True))
    if kept is not None:
        kept[0] = found
    return found


def pack_on(day: date) -> Pack:
    """The rulebook in force; Refusal when there is none for the day."""
    for start in timetable():
        if start.day <= day:
            pack = pack_by_digest(start.digest)
            if pack.valid_to is None or day <= pack.valid_to:
                return pack
    raise Refusal(
        _("No rulebook is in force on %(day)s. Choose a later day.") % {"day": day.isoformat()}, code="no_rulebook"
    )


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
    """The chain of places whose parameters hold for a household of this organisation, nearest first."""
    return (*organisation.region.chain(), NATION)
