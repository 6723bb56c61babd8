"""Sharing a budget out: how fast, how near the best possible, and how much of the deepest need it closes.

Everything runs on generated needs with fixed seeds, and every certificate is checked again before its figures count.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from chunyu.policy import allocation
from chunyu.policy.allocation import Needs, Programme, Source

ONE_SOURCE = 1_000_000
MANY_SOURCES = 200_000
USES = ((0, 1), (1, 2, 3), (4, 5), (5, 6, 7), tuple(range(8)))


def measure() -> list[dict[str, Any]]:
    """Rows of {name, unit, ours, against, other, ratio, bar, holds}."""
    return [*_one_source(), *_many_sources("partly eligible", 0.4), *_many_sources("all eligible", 1.0), *_precision()]


def gaps(households: int, seed: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Need gaps as incomes scatter: many shallow, few deep; whole yuan, in fen."""
    random = np.random.default_rng(seed)
    return np.minimum(random.gamma(1.3, 3_000, households).astype(np.int64) * 100 + 100, 20_000_000)


def many_sources(households: int, eligible: float, seed: int = 7) -> Needs:
    """Eight programmes with caps, handling costs and minimum grants that bind, and five earmarked sources."""
    random = np.random.default_rng(seed)
    depth = random.gamma(1.3, 1.0, (households, 1))
    size = np.array([320_000, 450_000, 180_000, 90_000, 260_000, 140_000, 60_000, 220_000])
    gap = (depth * random.gamma(2.0, 0.5, (households, 8)) * size).astype(np.int64) // 100 * 100
    gap = np.minimum(gap * (random.random((households, 8)) < eligible), 20_000_000)
    cap = np.array([600_000, 1_200_000, 500_000, 200_000, 800_000, 300_000, 150_000, 600_000])
    minimum = np.array([150_000, 200_000, 100_000, 50_000, 150_000, 80_000, 50_000, 100_000])
    total = int(np.minimum(gap, cap).sum())
    parts = (0.04, 0.06, 0.05, 0.04, 0.06)
    return Needs.from_matrix(
        np.arange(households),
        gap,
        [Programme(f"p{k}", 3_000) for k in range(8)],
        [
            Source(f"s{s}", int(total * part), frozenset(f"p{k}" for k in uses))
            for s, (part, uses) in enumerate(zip(parts, USES, strict=True))
        ],
        cap=np.broadcast_to(cap, gap.shape),
        minimum=np.broadcast_to(minimum, gap.shape),
    )


def _timed(work: Callable[[], Any], times: int) -> tuple[Any, float]:
    """The result, and the median of some runs in seconds."""
    taken, result = [], None
    for _ in range(times):
        start = time.perf_counter()
        result = work()
        taken.append(time.perf_counter() - start)
    return result, sorted(taken)[len(taken) // 2]


def _row(
    name: str, unit: str, ours: float, bar: str, holds: bool, other: str = "", against: float | None = None
) -> dict[str, Any]:
    ratio = ours / against if against else None
    row = {"name": name, "unit": unit, "ours": ours, "against": against, "other": other, "ratio": ratio}
    return {**row, "bar": bar, "holds": holds}


def _one_source() -> list[dict[str, Any]]:
    gap = gaps(ONE_SOURCE, 3)
    cap = gap * 3 // 4
    ids = np.random.default_rng(3).permutation(ONE_SOURCE)
    budget = int(gap.sum()) // 4
    filled, ours = _timed(lambda: allocation.fill(gap, budget, cap=cap, ids=ids), 3)
    sorted_level, by_sorting = _timed(lambda: _level_by_sorting(gap, cap, budget), 3)
    right = filled.spent_fen == budget and filled.level_fen == sorted_level
    name = "1 M households, one source"
    return [_row(name, "s", ours, "< 1 s", ours < 1 and right, "sorted breakpoints", by_sorting)]


def _level_by_sorting(gap: np.ndarray[Any, Any], cap: np.ndarray[Any, Any], budget: int) -> int:
    """The same level the textbook way: sort where every household starts and stops taking, and walk down."""
    steps = np.concatenate([gap, gap - cap])
    order = np.argsort(-steps, kind="stable")
    taking = np.cumsum(np.where(order < len(gap), 1, -1))
    heights = steps[order]
    spent = np.concatenate([[0], np.cumsum(taking[:-1] * (heights[:-1] - heights[1:]))])
    last = int(np.searchsorted(spent, budget, side="right")) - 1
    return int(heights[last]) - (budget - int(spent[last])) // int(taking[last])


def _many_sources(name: str, eligible: float) -> list[dict[str, Any]]:
    needs = many_sources(MANY_SOURCES, eligible)
    made, taken = _timed(lambda: allocation.allocate(needs), 1)
    sound = not allocation.verify(needs, made.allotment, made.certificate)
    even = allocation.measure(needs, allocation.even_split(needs)).square_closed
    gap = made.certificate.gap
    closed = made.certificate.closed
    title = f"200,000 households, 8 programmes, 5 sources, {name}"
    return [
        _row(f"{title}: time", "s", taken, "< 30 s", taken < 30 and sound),
        _row(f"{title}: gap to the bound", "share", gap, "< 0.1 %", gap < 0.001 and sound),
        _row(f"{title}: squared gap closed", "share", closed, "above the other", closed > even, "even split", even),
    ]


def _precision() -> list[dict[str, Any]]:
    """Whose need is closed when a tenth, a quarter and half of all gaps can be paid, beside the plain ways."""
    rows = []
    gap = gaps(MANY_SOURCES, 11)
    for percent in (10, 25, 50):
        needs = Needs.from_matrix(
            np.arange(len(gap)),
            gap.reshape(-1, 1),
            [Programme("living")],
            [Source("fund", int(gap.sum()) * percent // 100, frozenset({"living"}))],
            cap=(gap * 9 // 10).reshape(-1, 1),
        )
        made = allocation.allocate(needs)
        ours = allocation.measure(needs, made.allotment.grants)
        even = allocation.measure(needs, allocation.even_split(needs))
        by_gap = allocation.measure(needs, allocation.proportional(needs))
        closed, bound = ours.square_closed, made.certificate.closable
        title = f"squared gap closed with {percent} % of the gaps"
        for other, found in (("even split", even.square_closed), ("by share of gap", by_gap.square_closed)):
            rows.append(_row(title, "share", closed, "above the other", closed > found, other, found))
        rows.append(_row(title, "share", closed, "the bound", made.certificate.gap < 0.001, "no way can exceed", bound))
        title = f"plain gap closed per yuan with {percent} % of the gaps"
        rows.append(_row(title, "yuan", ours.per_yuan, "as much", ours.per_yuan > 0.999, "even split", even.per_yuan))
    return rows
