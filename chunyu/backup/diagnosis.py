"""What `chunyu doctor` says of the copies."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

from chunyu.backup import drills
from chunyu.backup.shelf import shelf_of
from chunyu.running.fitness import Check
from chunyu.running.places import Places

OLDEST_COPY = timedelta(hours=36)
LONGEST_WAIT = timedelta(minutes=10)
OLDEST_DRILL = timedelta(days=92)


def examine(places: Places) -> list[Check]:
    """Whether copies are as young as they are meant to be; an installation without any is told so, and not faulted."""
    if os.environ.get("DATABASE_URL"):
        return [Check("copies", True, "those of a server of its own are its administrator's")]
    shelf, now = shelf_of(places), datetime.now(UTC)
    copies = shelf.copies()
    if not copies:
        return [Check("copies", True, "none yet; before real people are in it, `chunyu backup` takes the first")]
    taken = datetime.strptime(copies[-1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    checks = [
        Check(
            "copies",
            now - taken <= OLDEST_COPY,
            f"{len(copies)}, the last of {taken.astimezone():%Y-%m-%d %H:%M}",
            f"The worker takes one every night: look at {places.logs}/worker.log, and run `chunyu backup`.",
        ),
        _journal(places, now),
    ]
    drilled = drills.last(shelf)
    recent = drilled is not None and now - drilled <= OLDEST_DRILL
    found = f"tried on {drilled.astimezone():%Y-%m-%d}" if drilled else "never tried"
    return [*checks, Check("bringing back", recent, found, "Run `chunyu backup --drill`: an untried copy is a hope.")]


def _journal(places: Places, now: datetime) -> Check:
    waiting = sorted(path.stat().st_mtime for path in places.archive.glob("[!.]*")) if places.archive.is_dir() else []
    since = datetime.fromtimestamp(waiting[0], UTC) if waiting else now
    return Check(
        "journal",
        now - since <= LONGEST_WAIT,
        f"{len(waiting)} segments wait to be sealed" if waiting else "all sealed",
        f"The worker seals it every minute: look at {places.logs}/worker.log.",
    )
