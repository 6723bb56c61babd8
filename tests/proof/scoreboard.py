"""The scoreboard: one line for each proof, computed from what its tests recorded."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
BOARDS = ROOT / "docs" / "proof"

TITLES = {
    "R1": "the books under many hands, and the database killed while it posts",
    "R2": "books and a plain model agree after every step",
    "R3": "a killed import, started again, ends as an unbroken one",
    "R4": "limited goods: what is there is given out, no more and no less",
    "R5": "a pay-out broken off anywhere pays nobody twice and forgets nobody",
    "R6": "a run of the rules broken off and resumed gives the same digest",
    "R8": "a coupon is used once over all counters",
    "R9": "jobs put in with a change: done at least once, in effect once",
    "R10": "broken connections: after a retry the thing is done exactly once",
    "R17": "every order of steps of two or three transactions, for rules over several rows",
    "S3": "row security: raw SQL as the application reaches no row of another county",
    "S14": "four eyes: no trick gets past the second person",
}


@dataclass
class Line:
    """One proof of one run. `holds` needs that every test passed and that a control failed as it must."""

    id: str
    title: str
    full: bool
    seed: int
    commit: str
    day: str
    tests: int = 0
    seconds: float = 0.0
    count: dict[str, int] = field(default_factory=dict)
    faults: dict[str, int] = field(default_factory=dict)
    must: dict[str, list[int]] = field(default_factory=dict)
    control: dict[str, int] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)

    @property
    def violations(self) -> int:
        return sum(abs(seen - expected) for expected, seen in self.must.values())

    @property
    def control_failed(self) -> bool:
        return bool(self.control) and all(self.control.values())

    @property
    def holds(self) -> bool:
        return bool(self.must) and not self.violations and self.control_failed and not self.failed

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {
            "violations": self.violations,
            "control_failed": self.control_failed,
            "holds": self.holds,
        }


def lines_of(records: Iterable[Mapping[str, Any]], *, full: bool, commit: str, day: date) -> list[Line]:
    """One line for each proof, from the records of its tests."""
    found: dict[str, Line] = {}
    for record in records:
        if not (name := record.get("proof")):
            continue
        line = found.setdefault(name, Line(name, TITLES.get(name, ""), full, record["seed"], commit, day.isoformat()))
        line.tests += 1
        line.seconds += record["seconds"]
        for into, more in ((line.count, record["counts"]), (line.faults, record["faults"]),
                           (line.control, record["controls"])):  # fmt: skip
            for key, number in more.items():
                into[key] = into.get(key, 0) + number
        for key, (expected, seen) in record["must"].items():
            before = line.must.get(key, [0, 0])
            line.must[key] = [before[0] + expected, before[1] + seen]
        if record["outcome"] != "passed":
            line.failed.append(record["test"])
    return sorted(found.values(), key=lambda line: _order(line.id))


def write(lines: Sequence[Line], day: date) -> Path:
    """The day's board: these lines in the place of earlier ones of the same proofs; the others stay."""
    BOARDS.mkdir(parents=True, exist_ok=True)
    kept = BOARDS / f"{day.isoformat()}.json"
    rows = {row["id"]: row for row in json.loads(kept.read_text(encoding="utf-8"))} if kept.exists() else {}
    rows |= {line.id: line.as_json() for line in lines}
    ordered = [rows[name] for name in sorted(rows, key=_order)]
    kept.write_text(json.dumps(ordered, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    path = kept.with_suffix(".md")
    path.write_text(page(ordered, day), encoding="utf-8")
    return path


def page(rows: Sequence[Mapping[str, Any]], day: date) -> str:
    text = [
        f"# Proofs of {day.isoformat()}",
        "",
        "Computed from what the tests recorded; how, and how to run one again: [README](README.md). “Control” is the",
        "same with the guard away: it must not be 0. A commit with `-dirty` had changes that were not committed yet.",
        "",
        "| | proof | counts | done | faults | must be | seen | control | seconds | seed | commit | holds |",
        "|---|---|---|---|---|---|---|---|--:|--:|---|---|",
    ]
    for row in rows:
        cells = [
            row["id"],
            row["title"],
            "full" if row["full"] else "gate",
            numbers(row["count"]),
            numbers(row["faults"]),
            numbers({name: expected for name, (expected, _seen) in row["must"].items()}),
            numbers({name: seen for name, (_expected, seen) in row["must"].items()}),
            numbers(row["control"]),
            f"{row['seconds']:.0f}",
            str(row["seed"]),
            f"`{row['commit']}`",
            "yes" if row["holds"] else "**no**",
        ]
        text.append(f"| {' | '.join(cells)} |")
    failed = [f"- {row['id']}: `{test}`" for row in rows for test in row["failed"]]
    if failed:
        text += ["", "Failed:", "", *failed]
    return "\n".join(text) + "\n"


def numbers(by_name: Mapping[str, int]) -> str:
    return ", ".join(f"{number:,} {name.replace('_', ' ')}" for name, number in by_name.items()) or "–"


def _order(name: str) -> tuple[str, int]:
    return name[:1], int(name[1:])
