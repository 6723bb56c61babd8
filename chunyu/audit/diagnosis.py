"""What `chunyu doctor` says of the record of acts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from chunyu.running.fitness import Check
from chunyu.running.places import Places

LONGEST_AGO = timedelta(minutes=30)  # of the look that the worker takes every five minutes


def examine(places: Places) -> list[Check]:
    """Whether the record held when it was last read over; an installation that never ran is told so, not faulted."""
    from chunyu.audit.looking import last_look

    found = last_look()
    if found is None:
        return [Check("record of acts", True, "not read over yet; the worker does so every five minutes")]
    if not found.holds:
        return [
            Check(
                "record of acts",
                False,
                found.findings[0].sentence,
                "Run `chunyu record` to see everything that does not hold; tell the auditor and the security keeper.",
            )
        ]
    recent = datetime.now(UTC) - found.at <= LONGEST_AGO
    return [
        Check(
            "record of acts",
            recent,
            f"{found.entries:,} entries held at {found.at.astimezone():%Y-%m-%d %H:%M}",
            f"The worker reads it every five minutes: look at {places.logs}/worker.log.",
        )
    ]
