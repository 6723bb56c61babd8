"""Verifying the record: the chain against itself, and against the checkpoints kept outside the database."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from django.db import connection

from chunyu.audit.chain import BEGINNING, BODY, Body, digest_of, head, links
from chunyu.audit.checkpoints import Checkpoint, Forged, moment

SLOWEST = 2 * 3_600 * 1_000_000  # microseconds that an act may take from its beginning until it is committed
NAMED = 100  # findings that are told; a record that was written over would otherwise fill pages

Kind = Literal["changed", "gone", "missing", "cut", "rewritten", "late", "clock", "waiting", "checkpoint", "trigger"]


@dataclass(frozen=True)
class Finding:
    """Something that is not as it was written: what, at which position of the chain, and in which entry."""

    kind: Kind
    position: int
    entry: int | None
    sentence: str


@dataclass
class Report:
    """What was looked at, and what was found. `restored` tells when an older copy was brought back, with the entries
    that were lost by it."""

    entries: int = 0
    checkpoints: int = 0
    findings: list[Finding] = field(default_factory=list)
    more: int = 0
    restored: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not self.findings

    def add(self, finding: Finding) -> None:
        if len(self.findings) < NAMED:
            self.findings.append(finding)
        else:
            self.more += 1


def verify(
    checkpoints: Sequence[Checkpoint], forged: Iterable[Forged] = (), *, first: int = 1, last: int | None = None
) -> Report:
    """Read the record from a position to another (else to its end), and say everything that does not hold.

    From a later `first` on, the link before it is taken as it stands: a checkpoint or another look vouches for it.
    """
    report = Report(checkpoints=len(checkpoints))
    for each in forged:
        report.add(Finding("checkpoint", 0, None, f"Line {each.line} of the checkpoints: {each.why}."))
    for finding in _triggers():
        report.add(finding)
    in_force, report.restored = _in_force(checkpoints)
    for finding in _walk(report, in_force, [each.at for each in checkpoints], (first, last)):
        report.add(finding)
    for finding in _waiting(checkpoints):
        report.add(finding)
    return report


def _in_force(checkpoints: Sequence[Checkpoint]) -> tuple[dict[int, bytes], list[str]]:
    """What each checkpoint says of its position, less what a copy that was brought back took away."""
    found: dict[int, bytes] = {}
    restored = []
    for each in checkpoints:
        if each.restored:
            lost = max(found, default=0) - each.position
            found = {position: digest for position, digest in found.items() if position <= each.position}
            if lost > 0:
                restored.append(
                    f"{moment(each.at):%Y-%m-%d %H:%M} UTC: an older copy of the database was brought back; the record "
                    f"goes on after entry {each.position:,}, and {lost:,} entries after it are gone."
                )
        found[each.position] = each.digest
    return found, restored


def _walk(report: Report, said: dict[int, bytes], times: list[int], part: tuple[int, int | None]) -> Iterator[Finding]:
    first, last = part
    expected, before, sealed = max(first - 1, 1), BEGINNING, 0
    vouched = 0  # the last position whose checkpoint agreed
    for position, digest, sealed_at, body in links(expected, last):
        if position == expected == first - 1:
            expected, before, sealed, vouched = first, digest, sealed_at, position
            continue
        report.entries += 1
        if position != expected:
            yield Finding("missing", expected, None, f"{_places(expected, position - 1)} of the record are missing.")
        elif body[0] is None:
            yield Finding("gone", position, None, f"The entry at place {position:,} of the record is gone.")
        elif digest_of(before, position, sealed_at, body) != digest:
            words = f"Entry {body[0]:,} at place {position:,} of the record is not as it was written."
            yield Finding("changed", position, body[0], words)
        if sealed_at < sealed:
            yield Finding("clock", position, body[0], f"Place {position:,} was sealed before the place before it.")
        yield from _late(position, sealed_at, body, times)
        if position in said:
            if said[position] != digest:
                words = (
                    f"The record was written anew somewhere in places {vouched + 1:,} to {position:,}: a checkpoint "
                    "outside the database has another digest."
                )
                yield Finding("rewritten", vouched + 1, None, words)
            vouched = position
        expected, before, sealed = position + 1, digest, sealed_at
    end, longest = head().position, max(said, default=0)
    stop = end if last is None else min(last, end)
    if expected <= stop:
        yield Finding("missing", expected, None, f"{_places(expected, stop)} of the record are missing.")
    if longest > end:
        words = f"The record ends at place {end:,}, and a checkpoint has seen place {longest:,}: its end is gone."
        yield Finding("cut", end + 1, None, words)


def _late(position: int, sealed_at: int, body: Body, times: list[int]) -> Iterator[Finding]:
    """An entry that claims to be older than a checkpoint that should have seen it was put in afterwards."""
    earlier = bisect_left(times, sealed_at)
    if body[0] is not None and earlier and body[1] < times[earlier - 1] - SLOWEST:
        words = f"Entry {body[0]:,} at place {position:,} says {moment(body[1]):%Y-%m-%d %H:%M} UTC, and came later."
        yield Finding("late", position, body[0], words)


def _waiting(checkpoints: Sequence[Checkpoint]) -> Iterator[Finding]:
    """Committed entries that got no place although a checkpoint was made since."""
    if not checkpoints:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {BODY} FROM audit_entry e "  # noqa: S608 no value of anybody's
            "WHERE NOT EXISTS (SELECT FROM audit_link l WHERE l.entry_id = e.id) "
            "AND extract(epoch FROM e.at) * 1000000 < %s ORDER BY e.id LIMIT %s",
            [checkpoints[-1].at - SLOWEST, NAMED],
        )
        for row in cursor.fetchall():
            yield Finding("waiting", 0, row[0], f"Entry {row[0]:,} has no place in the record, and should have one.")


def _triggers() -> Iterator[Finding]:
    """The database's own refusal to change the record, switched off or taken away."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, count(t.oid) FILTER (WHERE t.tgenabled IN ('O', 'A')) "
            "FROM pg_class c LEFT JOIN pg_trigger t ON t.tgrelid = c.oid AND t.tgname LIKE 'pgtrigger_audit_%%' "
            "WHERE c.oid IN ('audit_entry'::regclass, 'audit_link'::regclass) GROUP BY c.relname"
        )
        for table, on in cursor.fetchall():
            if on < 2:
                yield Finding("trigger", 0, None, f"The database no longer refuses to change {table}.")


def _places(first: int, last: int) -> str:
    return f"Place {first:,}" if first == last else f"Places {first:,} to {last:,}"
