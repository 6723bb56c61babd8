"""What a bench prints: one row for each comparison, with the bar that it is held against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """`ours` and `other` in `unit`; `ratio` is what `bar` speaks of. `holds` is None where nothing is asked."""

    name: str
    unit: str
    ours: float | None
    against: str
    other: float | None
    ratio: float | None
    bar: str
    holds: bool | None
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        numbers = {"ours": self.ours, "other": self.other, "ratio": self.ratio}
        rounded = {key: None if value is None else float(f"{value:.4g}") for key, value in numbers.items()}
        return {"name": self.name, "unit": self.unit, "against": self.against, **rounded} | {
            "bar": self.bar,
            "holds": self.holds,
            "note": self.note,
        }


def row_of(made: Mapping[str, Any]) -> Row:
    """A row from a mapping; what it is compared with may stand under `against` or under `other`, its figure beside."""
    words, figure = made["against"], made["other"]
    if not isinstance(words, str):
        words, figure = figure, words
    given = {key: made[key] for key in ("name", "unit", "ours", "ratio", "bar", "holds")}
    return Row(**given, against=words, other=figure, note=str(made.get("note", "")))


def at_most(name: str, unit: str, ours: float, against: str, other: float, bar: float | None = None) -> Row:
    """Ours over the other, which is to be small."""
    ratio = ours / other
    return Row(name, unit, ours, against, other, ratio, *_held(ratio, "<=", bar))


def at_least(name: str, unit: str, ours: float, against: str, other: float, bar: float | None = None) -> Row:
    """The other over ours: how many times faster we are, which is to be large."""
    ratio = other / ours
    return Row(name, unit, ours, against, other, ratio, *_held(ratio, ">=", bar))


def rate(name: str, unit: str, ours: float, against: str, other: float, bar: float | None = None) -> Row:
    """Ours over the other, of what is to be large: things done in a time."""
    ratio = ours / other
    return Row(name, unit, ours, against, other, ratio, *_held(ratio, ">=", bar))


def under(name: str, unit: str, ours: float, limit: float) -> Row:
    """Ours against a fixed limit."""
    return Row(name, unit, ours, "the limit", limit, ours / limit, "< 1", ours < limit)


def unmeasured(name: str, unit: str, against: str, bar: str, why: str, ours: float | None = None) -> Row:
    return Row(name, unit, ours, against, None, None, bar, None, f"not measured: {why}")


def wrong(name: str, against: str, what: str) -> Row:
    """A result that differs: it is no use being quick."""
    return Row(name, "", None, against, None, None, "equal results", False, what)


def _held(ratio: float, sign: str, bar: float | None) -> tuple[str, bool | None]:
    if bar is None:
        return "", None
    return f"{sign} {bar:g}", ratio <= bar if sign == "<=" else ratio >= bar
