"""The picture of a process on the case page, drawn from its table."""

from __future__ import annotations

from dataclasses import dataclass
from unicodedata import east_asian_width

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from chunyu.casework.process import Process

ROW, BOX, TOP, LEFT, FONT = 46, 168, 14, 12, 13
ASIDE, GAP = 20, 22


@dataclass(frozen=True)
class Line:
    """One state of the picture: its box, and the ways out of it that do not lead straight down."""

    name: str
    label: str
    exits: tuple[tuple[str, str], ...]
    straight: str | None


def lines_of(process: Process) -> list[Line]:
    """The straight way first, then the states aside, each with its other exits."""
    way = straight_way(process)
    order = [*way, *(state.name for state in process.states if state.name not in way)]
    lines = []
    for index, name in enumerate(order):
        below = way[index + 1] if index + 1 < len(way) else None
        moves = process.moves_from(name)
        straight = next((str(move.label) for move in moves if move.main and move.target == below), None)
        exits = [move for move in moves if not (move.main and move.target == below)]
        told = tuple((str(move.label), str(process.state(move.target).label)) for move in exits)
        lines.append(Line(name, str(process.state(name).label), told, straight))
    return lines


def straight_way(process: Process) -> list[str]:
    """The states from the start along the main moves, until they end or come round."""
    way = [process.start]
    while True:
        ahead = [move for move in process.moves_from(way[-1]) if move.main and move.target not in way]
        if not ahead:
            return way
        way.append(ahead[0].target)


def width_of(text: str) -> float:
    """Roughly how wide a text is drawn, in pixels: a Chinese character is one em, a Latin letter a little over half."""
    return sum(FONT if east_asian_width(character) in "WF" else FONT * 0.56 for character in text)


def svg(process: Process, current: str = "") -> SafeString:
    """The process as an inline picture, with the case's present state marked. Colours come from the page's theme."""
    lines = lines_of(process)
    steps = len(straight_way(process))
    parts, widest = [], 0.0
    for index, line in enumerate(lines):
        y = TOP + index * ROW + (ASIDE if index >= steps else 0)
        parts.append(_box(line, y, current))
        if line.straight:
            parts.append(_arrow(line.straight, y))
        x = LEFT + BOX + 14.0
        if line.exits:
            for move, target in line.exits:
                text = f"{move} → {target}" if move != target else f"→ {target}"
                parts.append(format_html('<text class="way-exit" x="{}" y="{}">{}</text>', round(x), y + 19, text))
                x += width_of(text) + GAP
            widest = max(widest, x)
    height = TOP + len(lines) * ROW + ASIDE
    width = max(widest + LEFT, LEFT * 2 + BOX)
    label = _("Diagram: %(process)s") % {"process": process.label}
    return format_html(
        '<svg class="way" viewBox="0 0 {} {}" width="{}" height="{}" role="img" aria-label="{}">{}</svg>',
        round(width),
        height,
        round(width),
        height,
        label,
        mark_safe("".join(parts)),  # noqa: S308 - every part was made by format_html
    )


def _box(line: Line, y: int, current: str) -> SafeString:
    return format_html(
        '<g class="way-state{}"><rect x="{}" y="{}" width="{}" height="28" rx="6"/>'
        '<text x="{}" y="{}" text-anchor="middle">{}</text></g>',
        " now" if line.name == current else "",
        LEFT,
        y,
        BOX,
        LEFT + BOX / 2,
        y + 19,
        line.label,
    )


def _arrow(label: str, y: int) -> SafeString:
    x, head = LEFT + 20, y + ROW
    return format_html(
        '<path class="way-arrow" d="M{} {}V{}m-4 -5l4 5l4 -5"/><text class="way-move" x="{}" y="{}">{}</text>',
        x,
        y + 28,
        head,
        x + 10,
        y + 42,
        label,
    )
