"""What a draft amounts to as it stands: a rulebook, or the list of its faults."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

from chunyu.policy import Pack, PackRefused, Problem, read_pack
from chunyu.rulebooks.in_force import contents, files_of, pack_by_digest
from chunyu.rulebooks.models import RulebookVersion

REMEMBERED = 48


@dataclass(frozen=True)
class Checked:
    """A rulebook that can be used, or what is wrong with it."""

    pack: Pack | None
    problems: tuple[Problem, ...] = ()

    @property
    def works(self) -> bool:
        return self.pack is not None


_lock = Lock()
_known: OrderedDict[str, Checked] = OrderedDict()


def checked_texts(texts: dict[str, str]) -> Checked:
    """Read a draft's files and check them as a whole. The same texts are read once."""
    key = hashlib.sha256(repr(sorted(texts.items())).encode()).hexdigest()
    with _lock:
        if key in _known:
            _known.move_to_end(key)
            return _known[key]
    try:
        found = Checked(read_pack(contents(texts)))
    except PackRefused as refused:
        found = Checked(None, refused.problems)
    with _lock:
        _known[key] = found
        while len(_known) > REMEMBERED:
            _known.popitem(last=False)
    return found


def checked(version: RulebookVersion) -> Checked:
    """The same for a version: a submitted one by its digest, a draft from its files as they are."""
    if version.digest:
        return Checked(pack_by_digest(version.digest))
    return checked_texts(files_of(version))


def base_pack(version: RulebookVersion) -> Pack | None:
    """The rulebook that a version was made from; None for one that came with the software."""
    return checked(version.base).pack if version.base is not None else None
