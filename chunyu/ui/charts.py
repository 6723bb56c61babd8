"""Charts as data: the same rows make the picture, the table beside it and the sentence above it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Row = tuple[str, ...]


@dataclass(frozen=True)
class Chart:
    """Drawn by `<c-chart :chart="chart" />`; without scripts it is its summary and its table.

    id       unique on the page
    summary  what the chart shows, in one or two sentences with the numbers that matter
    head     the table's column heads
    rows     the table's rows, values already written as they are to be read
    options  what the drawing takes; `bar`, `line`, `pie` and `flow` below fill it
    """

    id: str
    summary: str
    head: Sequence[str]
    rows: Sequence[Row]
    options: Mapping[str, Any]
    table_open: bool = False

    @property
    def script_id(self) -> str:
        return f"chart-{self.id}"


def _series(kind: str, names: Sequence[str], series: Mapping[str, Sequence[float]], **more: Any) -> dict[str, Any]:
    return {
        "grid": {"left": 8, "right": 12, "top": 34 if len(series) > 1 else 12, "bottom": 4, "containLabel": True},
        "tooltip": {"trigger": "axis"},
        "legend": {"show": len(series) > 1, "top": 0, "left": 0},
        "xAxis": {"type": "category", "data": list(names)},
        "yAxis": {"type": "value"},
        "series": [{"type": kind, "name": name, "data": list(values), **more} for name, values in series.items()],
    }


def bar(names: Sequence[str], series: Mapping[str, Sequence[float]], *, lying: bool = False) -> dict[str, Any]:
    """Bars per name; `lying` puts the names on the left, for many or long ones."""
    options = _series("bar", names, series, barMaxWidth=26, itemStyle={"borderRadius": 2})
    if lying:
        options["xAxis"], options["yAxis"] = options["yAxis"], options["xAxis"] | {"inverse": True}
    return options


def line(names: Sequence[str], series: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    return _series("line", names, series, symbolSize=6, lineStyle={"width": 2})


def pie(parts: Mapping[str, float]) -> dict[str, Any]:
    """A ring of a few parts; more than six are better as bars."""
    data = [{"name": name, "value": value} for name, value in parts.items()]
    ring = {"type": "pie", "radius": ["52%", "80%"], "center": ["50%", "44%"], "label": {"show": False}, "data": data}
    return {"tooltip": {"trigger": "item"}, "legend": {"bottom": 0, "icon": "circle"}, "series": [ring]}


def flow(links: Sequence[tuple[str, str, float]]) -> dict[str, Any]:
    """Where something comes from and goes to: (from, to, amount). The names of both sides must differ."""
    names = list(dict.fromkeys(name for start, end, _amount in links for name in (start, end)))
    return {
        "tooltip": {"trigger": "item"},
        "series": [
            {
                "type": "sankey",
                "top": 8,
                "bottom": 8,
                "nodeWidth": 10,
                "nodeGap": 12,
                "emphasis": {"focus": "adjacency"},
                "data": [{"name": name} for name in names],
                "levels": [{"depth": 0, "label": {"position": "left"}}],
                "links": [{"source": start, "target": end, "value": amount} for start, end, amount in links],
            }
        ],
    }
