"""Looking after the record: sealing what was written, noting its end outside the database, and reading it over."""

from __future__ import annotations

import json
import logging
import time
from dataclasses import asdict, dataclass
from datetime import datetime

from django.conf import settings

from chunyu.audit import chain, checkpoints
from chunyu.audit.checkpoints import Checkpoint, moment
from chunyu.audit.verifying import Finding, Report, verify

NOTED_AGAIN = 600  # seconds after which a record that nothing was added to is noted all the same
AT_A_TIME = 500_000  # entries that one look reads; what is older has its turn in the looks after it
LOOKED, BROUGHT_BACK = "last-look.json", "brought-back"
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Look:
    """What the last look found: when it was, how much of the record it read, and the first things that did not hold."""

    at: datetime
    entries: int
    findings: tuple[Finding, ...]

    @property
    def holds(self) -> bool:
        return not self.findings


def now() -> int:
    return time.time_ns() // 1_000


def keep(*, everything: bool = False) -> Checkpoint | None:
    """Seal what waits and note the end of the chain where it moved, or now and then; the note, if one was made."""
    mark = settings.PLACES.checkpoints / BROUGHT_BACK
    if mark.exists():  # first how the record of the copy ends, then what is sealed from there on
        checkpoints.note(chain.head(), now(), restored=True)
        mark.unlink()
    head, before, at = chain.seal(everything=everything), checkpoints.last(), now()
    if before is not None:
        moved = (before.position, before.digest) != (head.position, head.digest)
        if not moved and at - before.at < NOTED_AGAIN * 1_000_000:
            return None
    checkpoints.note(head, at)
    return Checkpoint(head.position, head.digest, at)


def brought_back() -> None:
    """Say that an older copy of the database was put in place, so that its shorter record is not taken for a cut. The
    next note carries it; no database is asked for here."""
    (settings.PLACES.checkpoints / BROUGHT_BACK).touch(mode=0o600)


def look(at_a_time: int = AT_A_TIME) -> Report:
    """Read a stretch of the record over and keep what was found. A record of at most `at_a_time` entries is read whole
    each time, a longer one stretch by stretch."""
    said, forged = checkpoints.read()
    end, state = chain.head().position, _state()
    first = int(state.get("next", 1)) if end > at_a_time else 1
    if first > end:
        first = 1
    report = verify(said, forged, first=first, last=first + at_a_time - 1 if end > at_a_time else None)
    after = first + report.entries if end > at_a_time else 1
    found = [asdict(each) for each in report.findings]
    if first > 1 and state.get("findings"):  # what an earlier stretch showed is told until all was read again
        found = [*state["findings"], *(each for each in found if each not in state["findings"])]
    _keep_state({"at": now(), "entries": report.entries, "next": after, "findings": found})
    for each in report.findings:
        log.critical("The record of acts does not hold: %s", each.sentence)
    return report


def last_look() -> Look | None:
    state = _state()
    if not state:
        return None
    return Look(moment(state["at"]), state["entries"], tuple(Finding(**each) for each in state["findings"]))


def _state() -> dict:
    path = settings.PLACES.checkpoints / LOOKED
    return json.loads(path.read_text()) if path.exists() else {}


def _keep_state(state: dict) -> None:
    path = settings.PLACES.checkpoints / LOOKED
    aside = path.with_name(f".{LOOKED}")
    aside.touch(mode=0o600)
    aside.write_text(json.dumps(state, ensure_ascii=False))
    aside.replace(path)
