"""What else could be done with the same money, and how each way measures up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from chunyu.policy.allocation.needs import Fen, Needs, exact_sum, squares
from chunyu.policy.allocation.pricing import Shelf, shelves
from chunyu.policy.allocation.routing import least_prices

STEPS = 1 << 30
DECILES = 10


@dataclass(frozen=True)
class Decile:
    """A tenth of the households by depth of need, the deepest first; money in fen."""

    households: int
    reached: int
    gap_fen: int
    granted_fen: int


@dataclass(frozen=True)
class Measures:
    """How one way of sharing does. Shares are between 0 and 1.

    `per_yuan` is the plain gap closed by each yuan that leaves the sources, handling included; `depth` the mean
    squared need closed by a granted yuan, against closing every gap alike (above 1: the deepest come first).
    """

    granted_fen: int
    handling_fen: int
    households: int
    gap_closed: float
    square_closed: float
    per_yuan: float
    depth: float
    deciles: tuple[Decile, ...]


def measure(needs: Needs, grants: Fen) -> Measures:
    """The measures of grants given per line."""
    useful = np.minimum(grants, needs.gap)
    total, need = exact_sum(needs.gap), squares(needs.gap)
    rest = squares(needs.gap - useful)
    granted = exact_sum(grants)
    handling = exact_sum(
        np.array([p.handling_fen for p in needs.programmes], dtype=np.int64)[needs.programme[grants > 0]]
    )
    closed = _ratio(exact_sum(useful), total)
    square = _ratio(need - rest, need)
    return Measures(
        granted_fen=granted,
        handling_fen=handling,
        households=len(np.unique(needs.household[grants > 0])),
        gap_closed=closed,
        square_closed=square,
        per_yuan=_ratio(exact_sum(useful), granted + handling),
        depth=square / closed if closed else 0.0,
        deciles=_deciles(needs, grants),
    )


def _ratio(part: int, whole: int) -> float:
    return float(Decimal(part) / Decimal(whole)) if whole else 0.0


def _deciles(needs: Needs, grants: Fen) -> tuple[Decile, ...]:
    gap = np.zeros(len(needs.ids), dtype=np.int64)
    granted = np.zeros(len(needs.ids), dtype=np.int64)
    np.add.at(gap, needs.household, needs.gap)
    np.add.at(granted, needs.household, grants)
    in_need = np.flatnonzero(gap > 0)
    deepest = in_need[np.lexsort((needs.order[in_need], -gap[in_need]))]
    return tuple(
        Decile(len(part), int(np.count_nonzero(granted[part])), exact_sum(gap[part]), exact_sum(granted[part]))
        for part in np.array_split(deepest, DECILES)
    )


def even_split(needs: Needs) -> Fen:
    """The same amount for every line, as far as caps allow: sesame salt. Minimum grants, floors and quotas apart."""
    return _by_level(needs, lambda shelf, level, top: np.minimum(shelf.high, top - level))


def proportional(needs: Needs) -> Fen:
    """The same share of every gap, as far as caps allow. Minimum grants, floors and quotas apart."""

    def answer(shelf: Shelf, level: int, top: int) -> Fen:
        # A gap is below 2^29 and a part at most 2^30: the product stays within 64 bits.
        part: Fen = (shelf.gap * (top - level)) // top
        return np.minimum(shelf.high, part)

    return _by_level(needs, answer, STEPS)


def _by_level(needs: Needs, answer: Callable[[Shelf, int, int], Fen], top: int | None = None) -> Fen:
    """One level for every source, as high as its money allows: the plain ways, on the same sources and uses."""
    stock = shelves(needs)
    highest = max((int(shelf.high.max(initial=0)) for shelf in stock), default=0) if top is None else top

    def demand(programmes: tuple[int, ...], level: int) -> list[int]:
        return [stock[k].cost(answer(stock[k], level, highest)) for k in programmes]

    levels = least_prices(demand, needs.allowed, [s.budget_fen for s in needs.sources], highest)
    grants = np.zeros(len(needs), dtype=np.int64)
    for k, shelf in enumerate(stock):
        payers = np.flatnonzero(needs.allowed[:, k])
        if len(payers) and len(shelf.line):
            grants[shelf.line] = answer(shelf, min(levels[s] for s in payers), highest)
    return grants
