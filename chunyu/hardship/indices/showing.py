"""The indices as they are shown: numbers in words, trend charts with their tables, and the comparison of places."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from chunyu.hardship.indices.measures import (
    BUNCHING,
    BY_CODE,
    COVERAGE,
    DEPTH,
    EVENNESS,
    HERFINDAHL,
    HOUSEHOLDS,
    INDICES,
    NEED_FIT,
    SESAME,
    SHIFTS,
    TOTAL,
    USUAL_SHARE,
    Measure,
    Number,
)
from chunyu.hardship.indices.measuring import Compared, Found, Overview
from chunyu.hardship.indices.preview import Preview, Shared
from chunyu.policy.indices import ENOUGH
from chunyu.ui.charts import Chart, line
from chunyu.ui.templatetags.show import percent, yuan

SPREAD_EVENLY, FOLLOWS_NEED = Fraction(6, 10), Fraction(3, 10)
COMPARED = (HOUSEHOLDS, TOTAL, SESAME, EVENNESS, NEED_FIT, BUNCHING, USUAL_SHARE, COVERAGE, DEPTH)
# Which rows an index opens: households with what they got, or payments with their day and kind.
OPENS = {measure.code: "hardship:index-households" for measure in (SESAME, EVENNESS, NEED_FIT, COVERAGE, DEPTH)}
OPENS |= {measure.code: "hardship:index-payments" for measure in (BUNCHING, USUAL_SHARE, HERFINDAHL)}


def spoken(measure: Measure, value: Number, *, enough: bool) -> str:
    """A number as it is read; where there is none, why."""
    if value is None:
        return str(measure.missing) if enough else _("too few")
    if measure.whole:
        return yuan(int(value)) if measure is TOTAL else f"{int(value):,}"
    return percent(float(value)) if measure.percent else f"{float(value):.2f}"


def of(measure: Measure, found: Found) -> str:
    return spoken(measure, measure.value(found), enough=measure.enough(found))


def verdict(found: Found) -> tuple[str, str]:
    """What S says, in a sentence, and its tone."""
    index = found.indices.sesame
    if index is None:
        if not found.indices.enough:
            return _("Fewer than ten households were helped: too few to speak of a practice."), "plain"
        return _("The need of fewer than ten helped households is known, so nothing can be said of it."), "amber"
    if index >= SPREAD_EVENLY:
        return _(
            "The money is spread evenly, like sesame salt: how much a family gets hardly hangs on what it lacks."
        ), "seal"
    if index > FOLLOWS_NEED:
        return _("The amounts follow the need in part."), "amber"
    return _("The amounts follow the need: who lacks more, gets more."), "rain"


@dataclass(frozen=True)
class Line:
    """One measure of the page: now, in the period before, and where its rows are."""

    label: str | Promise
    formula: str | Promise
    now: str
    before: str
    tone: str
    href: str


def _tone(measure: Measure, now: Found, before: Found | None) -> str:
    """Better or worse than before, for the measures that have a good way."""
    if before is None or not measure.better:
        return ""
    new, old = measure.value(now), measure.value(before)
    if new is None or old is None or new == old:
        return ""
    return "rain" if (new < old) == (measure.better == "low") else "seal"


def lines(overview: Overview, measures: Sequence[Measure], address: str) -> list[Line]:
    now = overview.now
    before = overview.trend[-2] if len(overview.trend) > 1 else None
    return [
        Line(
            label=each.label,
            formula=each.formula,
            now=of(each, now),
            before=of(each, before) if before else "",
            tone=_tone(each, now, before),
            href=f"{reverse(OPENS.get(each.code, 'hardship:services'))}?{address}",
        )
        for each in measures
    ]


def index_lines(overview: Overview, address: str) -> list[Line]:
    return lines(overview, INDICES, address)


def shift_lines(overview: Overview, address: str) -> list[Line]:
    return lines(overview, SHIFTS, address)


def trend_chart(overview: Overview) -> Chart:
    """S, E and F over the periods: all three between nought and one, F perhaps below."""
    shown = (SESAME, EVENNESS, NEED_FIT)
    known = [each for each in overview.trend if each.indices.sesame is not None] or [overview.now]
    summary = _("Sesame-salt index: %(first)s in %(from)s, %(last)s in %(to)s.") % {
        "first": of(SESAME, known[0]), "from": known[0].period.label,
        "last": of(SESAME, known[-1]), "to": known[-1].period.label,
    }  # fmt: skip
    return _chart("trend", summary, overview.trend, shown)


def shifts_chart(overview: Overview) -> Chart:
    summary = _("The four shifts, each as the share of what is new.")
    return _chart("shifts", summary, overview.trend, SHIFTS)


def _chart(name: str, summary: str, trend: Sequence[Found], measures: Sequence[Measure]) -> Chart:
    begun = next((place for place, found in enumerate(trend) if found.people), len(trend))
    trend = trend[min(begun, len(trend) - 2) :] if len(trend) > 1 else trend  # from the first that had anything
    periods = [each.period.label for each in trend]
    series: dict[str, list[Any]] = {
        str(each.short or each.label): [_point(each, found) for found in trend] for each in measures
    }
    head = (_("Period"), *(str(each.label) for each in measures))
    rows = [(found.period.label, *(of(each, found) for each in measures)) for found in trend]
    return Chart(name, summary, head, rows, line(periods, series))


def _point(measure: Measure, found: Found) -> float | None:
    value = measure.value(found)
    if value is None:
        return None
    return round(float(value) * (100 if measure.percent else 1), 3)


@dataclass(frozen=True)
class Head:
    label: str | Promise
    url: str
    order: str


def heads(chosen: dict[str, str], by: str) -> list[Head]:
    """The comparison's column heads, each with the address that sorts by it."""
    found = []
    for measure in COMPARED:
        now = "" if by.lstrip("-") != measure.code else ("descending" if by.startswith("-") else "ascending")
        target = measure.code if now == "descending" else f"-{measure.code}"
        found.append(Head(measure.label, f"?{urlencode({**chosen, 'by': target})}#places", now))
    return found


def compared(places: Sequence[Compared], by: str, address_of: Any) -> list[dict[str, Any]]:
    """The rows of the comparison, those without a number last whichever way."""
    measure = BY_CODE.get(by.lstrip("-"))
    if measure in COMPARED and measure is not None:
        known = [each for each in places if measure.value(each.found) is not None]
        rest = [each for each in places if measure.value(each.found) is None]
        places = sorted(known, key=lambda each: measure.value(each.found) or 0, reverse=by.startswith("-")) + rest
    return [
        {
            "name": each.place.name,
            "direct": each.direct,
            "href": "" if each.direct else address_of(each.place),
            "cells": [(measure.label, of(measure, each.found)) for measure in COMPARED],
        }
        for each in places
    ]


def preview_lines(seen: Preview) -> list[tuple[str, str, str]]:
    """The ways beside each other: what is measured, as it was paid, by the gap."""
    both = (seen.paid, seen.by_gap)

    def line(label: Any, tell: Callable[[Shared], str]) -> tuple[str, str, str]:
        paid, by_gap = (tell(each) for each in both)
        return str(label), paid, by_gap

    def index(measure: Measure) -> tuple[str, str, str]:
        return line(
            measure.label,
            lambda each: spoken(measure, getattr(each, measure.code), enough=each.households >= ENOUGH),
        )

    return [
        line(HOUSEHOLDS.label, lambda each: f"{each.households:,}"),
        line(_("Money spent (yuan)"), lambda each: yuan(each.spent_fen)),
        line(_("Middle amount (yuan)"), lambda each: yuan(None if each.median_fen is None else int(each.median_fen))),
        line(_("Largest amount (yuan)"), lambda each: yuan(each.largest_fen)),
        index(SESAME),
        index(EVENNESS),
        index(NEED_FIT),
        line(
            _("Share of the squared gaps closed"),
            lambda each: percent(None if each.closed is None else float(each.closed)),
        ),
    ]


def groups(overview: Overview) -> list[dict[str, Any]]:
    return [
        {
            "label": each.group.label,
            "people": each.people,
            "households": each.households,
            "total_fen": each.total_fen,
            "sesame": spoken(SESAME, each.indices.sesame, enough=each.indices.enough),
        }
        for each in overview.cuts.groups
    ]
