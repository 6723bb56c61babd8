"""The family tree on paper: an SVG of any subtree, and the same on one page of A4 to A0 or of its own size as PDF."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from html import escape
from typing import Final

import typst
from django.utils.translation import gettext as _

from chunyu.organising.standing import Standing
from chunyu.organising.tree.queries import Tree

ROW: Final = 22  # pixels between two lines
INDENT: Final = 190  # pixels between two levels
MARGIN: Final = 28
HEAD: Final = 56
LETTER: Final = 13
COLOURS: Final = {
    Standing.NORMAL: "#2c6a4d",
    Standing.INQUIRY: "#a86a10",
    Standing.SHELL: "#b03a25",
    Standing.DISSOLVED: "#77746c",
}
FONT: Final = "Noto Sans CJK SC, Noto Sans SC, Source Han Sans SC, Microsoft YaHei, sans-serif"
# Millimetres, upright. "fit" is as large as the picture itself.
PAPERS: Final = {"a4": (210, 297), "a3": (297, 420), "a2": (420, 594), "a1": (594, 841), "a0": (841, 1189)}
MM_A_PIXEL: Final = 25.4 / 96


@dataclass(frozen=True)
class Layout:
    """Where every node stands, in pixels; leaves a row each, and whoever is above in the middle of the branch."""

    x: list[int]
    y: list[float]
    width: int
    height: int


def laid_out(tree: Tree) -> Layout:
    count = len(tree)
    depth = [0] * count
    first: list[float | None] = [None] * count
    last = [0.0] * count
    y = [0.0] * count
    for node in range(1, count):
        depth[node] = depth[tree.parents[node]] + 1
    below = set(tree.parents)
    row = 0
    for node in range(count):
        if node not in below:
            y[node] = HEAD + MARGIN + row * ROW
            row += 1
    for node in range(count - 1, -1, -1):
        if node in below:
            y[node] = ((first[node] or 0.0) + last[node]) / 2
        parent = tree.parents[node]
        if parent >= 0:
            first[parent] = y[node]
            last[parent] = max(last[parent], y[node])
    widest = max((depth[node] * INDENT + len(tree.names[node]) * LETTER for node in range(count)), default=0)
    return Layout([MARGIN + each * INDENT for each in depth], y, widest + 3 * MARGIN, HEAD + 2 * MARGIN + row * ROW)


def _opening(at: Layout) -> str:
    size = f'width="{at.width}" height="{at.height}" viewBox="0 0 {at.width} {at.height}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="{FONT}" font-size="{LETTER}">'


def svg(tree: Tree, day: date) -> str:
    """A standalone picture with its title, day and number of organisations; industrial ties are dashed."""
    at = laid_out(tree)
    title = tree.names[0] if len(tree) else ""
    under = _("Family tree as of %(day)s · %(count)s organisations") % {"day": day.isoformat(), "count": len(tree)}
    parts = [
        _opening(at),
        f"<title>{escape(title)}</title>",
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        f'<text x="{MARGIN}" y="34" font-size="20" font-weight="600" fill="#1d2a24">{escape(title)}</text>',
        f'<text x="{MARGIN}" y="56" fill="#58665f">{escape(under)}</text>',
        '<g fill="none" stroke="#8b958f" stroke-width="1">',
    ]
    for node in range(1, len(tree)):
        above = tree.parents[node]
        middle = at.x[node] - 14
        start = at.x[above] + len(tree.names[above]) * LETTER + 16
        parts.append(f'<path d="M{min(start, middle)} {at.y[above]:g}H{middle}V{at.y[node]:g}H{at.x[node] - 6}"/>')
    parts.append('</g><g fill="none" stroke="#2a5d8a" stroke-width="1.2" stroke-dasharray="5 4">')
    for own, above in tree.ties:
        bend = max(at.x[own], at.x[above]) + 120
        parts.append(
            f'<path d="M{at.x[own]} {at.y[own]:g}C{bend} {at.y[own]:g} {bend} {at.y[above]:g}'
            f' {at.x[above]} {at.y[above]:g}"/>'
        )
    parts.append("</g>")
    for node, name in enumerate(tree.names):
        colour = COLOURS[Standing(tree.standings[node])]
        x, y = at.x[node], at.y[node]
        # White beneath the letters, so that no line runs through a name.
        parts.append(f'<rect x="{x - 6}" y="{y - 10:g}" width="{len(name) * LETTER + 20}" height="20" fill="#ffffff"/>')
        parts.append(f'<circle cx="{x}" cy="{y:g}" r="4.5" fill="{colour}"/>')
        parts.append(f'<text x="{x + 9}" y="{y + 4.5:g}" fill="#1d2a24">{escape(name)}</text>')
    parts.append("</svg>")
    return "".join(parts)


def pdf(tree: Tree, day: date, paper: str) -> bytes:
    """One page with the picture as large as the paper allows, turned to its longer side."""
    at = laid_out(tree)
    if paper in PAPERS:
        short, long = PAPERS[paper]
        width, height = (long, short) if at.width > at.height else (short, long)
        margin = 8
    else:
        width, height, margin = at.width * MM_A_PIXEL, at.height * MM_A_PIXEL, 0
    page = (
        f"#set page(width: {width:.2f}mm, height: {height:.2f}mm, margin: {margin}mm)\n"
        "#set document(title: sys.inputs.title)\n"
        '#align(center + horizon, image(bytes(sys.inputs.picture), format: "svg", width: 100%, height: 100%,'
        ' fit: "contain"))\n'
    )
    inputs = {"picture": svg(tree, day), "title": tree.names[0] if len(tree) else ""}
    return typst.compile(page.encode(), sys_inputs=inputs)
