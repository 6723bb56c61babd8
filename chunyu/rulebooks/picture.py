"""The picture of what depends on what, left to right: facts and parameters, rules on rules, programmes at the end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from unicodedata import east_asian_width

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from chunyu.policy import Pack
from chunyu.policy.nodes import FactValue, ParameterValue, RuleValue, walk

BOX, HEIGHT, GAP_X, GAP_Y, EDGE, FONT = 158, 30, 46, 12, 10, 12
SWEEPS = 6


@dataclass(frozen=True)
class Part:
    """Something in a rulebook: its kind (fact, parameter, rule, programme), its label, and what it stands on."""

    code: str
    kind: str
    label: str
    below: tuple[str, ...] = ()


def parts_of(pack: Pack, language: str) -> dict[str, Part]:
    """Everything in a rulebook by a code that is safe in addresses (``household.size``, ``programme.living``)."""
    parts: dict[str, Part] = {}
    for (entity, name), fact in pack.facts.items():
        parts[f"fact.{entity}.{name}"] = Part(f"fact.{entity}.{name}", "fact", fact.label(language))
    for name, parameter in pack.parameters.items():
        parts[f"parameter.{name}"] = Part(f"parameter.{name}", "parameter", parameter.label(language))
    for (entity, name), rule in pack.rules.items():
        below: dict[str, None] = {}
        for version in rule.versions:
            for node in walk(version.formula):
                if isinstance(node, FactValue):
                    below[f"fact.{node.entity}.{node.name}"] = None
                elif isinstance(node, ParameterValue):
                    below[f"parameter.{node.name}"] = None
                elif isinstance(node, RuleValue):
                    below[f"{node.entity}.{node.name}"] = None
        parts[f"{entity}.{name}"] = Part(f"{entity}.{name}", "rule", rule.label(language), tuple(below))
    for code, programme in pack.programmes.items():
        rules = dict.fromkeys(
            f"household.{name}" for name in (*programme.conditions, *filter(None, [programme.amount]))
        )
        parts[f"programme.{code}"] = Part(f"programme.{code}", "programme", programme.label(language), tuple(rules))
    return parts


def around(parts: Mapping[str, Part], focus: str) -> set[str]:
    """What a part stands on, and what stands on it, with the part itself."""
    above: dict[str, set[str]] = defaultdict(set)
    for part in parts.values():
        for code in part.below:
            above[code].add(part.code)
    return {focus} | _reach(focus, lambda c: parts[c].below) | _reach(focus, lambda c: above[c])


def _reach(start: str, step) -> set[str]:
    found: set[str] = set()
    waiting = list(step(start))
    while waiting:
        code = waiting.pop()
        if code not in found:
            found.add(code)
            waiting += step(code)
    return found


def layers(parts: Mapping[str, Part]) -> list[list[str]]:
    """The parts in columns: each to the right of all that it stands on, programmes last; crossings kept few by moving
    each part towards the middle of its neighbours."""
    depth: dict[str, int] = {}

    def of(code: str) -> int:
        if code not in depth:
            depth[code] = 1 + max((of(each) for each in parts[code].below if each in parts), default=-1)
        return depth[code]

    for code in parts:
        of(code)
    last = max(depth.values(), default=0)
    _draw_near(parts, depth)
    for code, part in parts.items():
        if part.kind == "programme":
            depth[code] = last
    columns: list[list[str]] = [[] for _ in range(last + 1)]
    for code in parts:
        columns[depth[code]].append(code)
    return _untangled(parts, columns)


def _draw_near(parts: Mapping[str, Part], depth: dict[str, int]) -> None:
    """A fact or parameter stands just before the first rule that reads it, so that lines stay short."""
    readers: dict[str, list[int]] = defaultdict(list)
    for part in parts.values():
        for code in part.below:
            readers[code].append(depth[part.code])
    for code, part in parts.items():
        if part.kind in ("fact", "parameter") and readers[code]:
            depth[code] = min(readers[code]) - 1


def _untangled(parts: Mapping[str, Part], columns: list[list[str]]) -> list[list[str]]:
    near: dict[str, set[str]] = defaultdict(set)
    for part in parts.values():
        for code in part.below:
            if code in parts:
                near[part.code].add(code)
                near[code].add(part.code)
    place = {code: row / max(len(column), 1) for column in columns for row, code in enumerate(column)}
    for sweep in range(SWEEPS):
        for column in columns if sweep % 2 else reversed(columns):
            middle = {c: sum(place[n] for n in near[c]) / len(near[c]) if near[c] else place[c] for c in column}
            column.sort(key=lambda code: middle[code])
            for row, code in enumerate(column):
                place[code] = (row + 0.5) / len(column)
    return [column for column in columns if column]


def svg(parts: Mapping[str, Part], focus: str, address, label: str) -> SafeString:
    """The picture as inline SVG; every box is a link, so that the keyboard reaches it. Colours come from the theme."""
    columns = layers(parts)
    tallest = max((len(column) for column in columns), default=0)
    height = EDGE * 2 + tallest * (HEIGHT + GAP_Y)
    width = EDGE * 2 + len(columns) * (BOX + GAP_X) - GAP_X
    at: dict[str, tuple[float, float]] = {}
    for place, column in enumerate(columns):
        room = (height - EDGE * 2) / len(column)
        for row, code in enumerate(column):
            at[code] = EDGE + place * (BOX + GAP_X), EDGE + room * (row + 0.5) - HEIGHT / 2
    lines = [_line(at[below], at[part.code], focus in (below, part.code)) for part in parts.values()
             for below in part.below if below in parts]  # fmt: skip
    boxes = [_box(parts[code], at[code], focus, address(code)) for column in columns for code in column]
    return format_html(
        '<svg class="web" viewBox="0 0 {} {}" width="{}" height="{}" role="group" aria-label="{}">{}{}</svg>',
        round(width), round(height), round(width), round(height), label,
        mark_safe("".join(lines)),  # noqa: S308 - every part was made by format_html
        mark_safe("".join(boxes)),  # noqa: S308 - every part was made by format_html
    )  # fmt: skip


def _line(start: tuple[float, float], end: tuple[float, float], near: bool) -> SafeString:
    x1, y1, x2, y2 = start[0] + BOX, start[1] + HEIGHT / 2, end[0], end[1] + HEIGHT / 2
    bend = max((x2 - x1) / 2, 24)
    return format_html(
        '<path class="web-line{}" d="M{} {}C{} {} {} {} {} {}"/>',
        " near" if near else "",
        *(round(place) for place in (x1, y1, x1 + bend, y1, x2 - bend, y2, x2, y2)),
    )


def _box(part: Part, at: tuple[float, float], focus: str, url: str) -> SafeString:
    x, y = at
    return format_html(
        '<a href="{}" class="web-box {}{}"{}><title>{}</title><rect x="{}" y="{}" width="{}" height="{}" rx="6"/>'
        '<text x="{}" y="{}" text-anchor="middle">{}</text></a>',
        url, part.kind, " now" if part.code == focus else "",
        mark_safe(' aria-current="true"') if part.code == focus else "",
        part.label, round(x), round(y), BOX, HEIGHT, round(x + BOX / 2), round(y + HEIGHT / 2 + 4), fitting(part.label),
    )  # fmt: skip


def fitting(text: str) -> str:
    """As much of a label as its box holds; the whole stands in its title and in the list beside the picture."""
    room, taken = BOX - 16.0, 0.0
    for place, sign in enumerate(text):
        taken += FONT if east_asian_width(sign) in "WF" else FONT * 0.56
        if taken > room:
            return text[: max(place - 1, 1)].rstrip() + "…"
    return text
