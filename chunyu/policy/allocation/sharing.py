"""Sharing earmarked sources out over many needs at once, with minimum grants, handling costs and quotas.

First the dual: prices of sources and quotas at which everybody's best answer fits (exact up to a step of the price).
Then the grants: the lines that are open at these prices stay open, as many of the lines on the edge join as the money
allows, and with the open lines fixed the problem is convex and is solved to the fen in the same way. The bound of the
prices and the value of the grants are both exact; how far they lie apart is stated, never assumed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from chunyu.policy.allocation.needs import AllocationRefused, Fen, Index, Mask, Needs
from chunyu.policy.allocation.pricing import (
    Prices,
    Shelf,
    bound,
    household_gains,
    owed_households,
    programme_prices,
    shelves,
)
from chunyu.policy.allocation.routing import Route, least_prices

ROUNDS = 8


@dataclass(frozen=True, eq=False)
class Allotment:
    """Grants per line in the order of the needs, in fen, and who pays them.

    Every payment is one row of `line`, `source`, `grant_fen`, `handling_fen`; few lines have two. `entry` are the
    prices that decided which lines are open, `final` those that decided the amounts; `extra` marks lines that got one
    fen of the remainder. `reachable` tells per household whether the household quota of its county has room for it.
    """

    grants: Fen
    line: Index
    source: Index
    grant_fen: Fen
    handling_fen: Fen
    entry: Prices
    final: Prices
    extra: Mask
    reachable: Mask


@dataclass(eq=False)
class Sharing:
    """One computation: what is fixed, and the prices as they settle."""

    needs: Needs
    stock: list[Shelf] = field(init=False)
    top: int = field(init=False)
    fen_limit: Fen = field(init=False)
    household_limit: Index = field(init=False)
    county_fen: Fen = field(init=False)
    county_households: Fen = field(init=False)
    source_prices: list[int] = field(init=False)

    def __post_init__(self) -> None:
        needs = self.needs
        self.stock = shelves(needs)
        if np.any(needs.owed & ~needs.payable[needs.programme]):
            raise AllocationRefused("有保底的项目没有资金来源", "A programme with floors has no source of money")
        self.top = 2 * int(needs.gap.max(initial=0))
        self.fen_limit, self.household_limit = needs.limits
        self.county_fen = np.zeros(len(needs.counties), dtype=np.int64)
        self.county_households = np.zeros(len(needs.counties), dtype=np.int64)
        self.source_prices = [0] * len(needs.sources)

    @property
    def budgets(self) -> list[int]:
        return [source.budget_fen for source in self.needs.sources]

    @property
    def prices(self) -> Prices:
        return Prices(
            tuple(self.source_prices), tuple(self.county_fen.tolist()), tuple(self.county_households.tolist())
        )

    def added(self) -> Fen | None:
        return self.county_fen if self.county_fen.any() else None

    def settle_sources(self, stock: list[Shelf], answer: Callable[[Shelf, int], Fen]) -> None:
        def demand(programmes: tuple[int, ...], price: int) -> list[int]:
            return [stock[k].cost(answer(stock[k], price)) for k in programmes]

        self.source_prices = least_prices(demand, self.needs.allowed, self.budgets, self.top)

    def settle_county_fen(self, stock: list[Shelf], answer: Callable[[Shelf, int, Fen], Fen], at_least: Fen) -> None:
        """The least price of every county's money quota at which its lines stay within it; all counties at once."""
        limited = self.fen_limit >= 0
        if not limited.any():
            return
        prices = programme_prices(self.needs, self.source_prices)
        low = at_least.copy()
        high = np.where(limited, self.top, 0)
        while np.any(low < high):
            middle = (low + high) // 2
            spent = self._county_spent(stock, prices, answer, middle)
            fits = (spent <= self.fen_limit) | ~limited
            high = np.where(fits, middle, high)
            low = np.where(fits, low, middle + 1)
        if np.any(limited & (low == self.top) & (self._county_spent(stock, prices, answer, low) > self.fen_limit)):
            raise AllocationRefused(
                "某县区的资金限额不够付保底金额", "A county's limit of money does not cover the floors owed there"
            )
        self.county_fen = np.where(limited, low, 0)

    def _county_spent(
        self, stock: list[Shelf], prices: list[int], answer: Callable[[Shelf, int, Fen], Fen], county_fen: Fen
    ) -> Fen:
        spent = np.zeros(len(county_fen), dtype=np.int64)
        for shelf, price in zip(stock, prices, strict=True):
            if len(shelf.line):
                np.add.at(spent, shelf.county, answer(shelf, price, county_fen))
        return spent

    def choose_households(self) -> Mask:
        """Who is reached where a county's households are limited: those that gain most, and ties by id. The price of
        the quota is what the first household left out would have gained."""
        needs = self.needs
        chosen = np.ones(len(needs.ids), dtype=bool)
        limited = np.flatnonzero(self.household_limit >= 0)
        if not len(limited):
            return chosen
        gains = household_gains(needs, self.stock, self.prices)
        owed = owed_households(needs)
        wants = owed | (gains > 0)
        rank = np.lexsort((needs.order, -gains, ~owed, ~wants, needs.county))
        county = needs.county[rank]
        place = np.arange(len(rank)) - np.searchsorted(county, county)
        limit = self.household_limit[county]
        out = (limit >= 0) & (place >= limit) & wants[rank]
        if np.any(owed[rank[out]]):
            raise AllocationRefused(
                "某县区的户数名额少于有保底的户数", "A county's quota is smaller than the households owed a floor"
            )
        chosen[rank[out]] = False
        self.county_households[:] = 0
        first = out & (place == limit)
        self.county_households[county[first]] = np.maximum(gains[rank[first]], 0)
        return chosen


def share(needs: Needs) -> tuple[Allotment, Prices]:
    """The grants, and the prices whose `bound` certifies them. Raises AllocationRefused when floors cannot be paid."""
    sharing = Sharing(needs)
    proof, chosen = _dual(sharing)
    kept = [shelf.kept(chosen[needs.household[shelf.line]]) for shelf in sharing.stock]
    entry = sharing.prices
    opened = _open_lines(sharing, kept)
    extra = _settle_open(sharing, opened)
    grants = np.zeros(len(needs), dtype=np.int64)
    for shelf, price in zip(opened, programme_prices(needs, sharing.source_prices), strict=True):
        grants[shelf.line] = shelf.between(price, sharing.added())
    grants[extra] += 1
    return Allotment(grants, *pay(needs, grants), entry, sharing.prices, extra, chosen), proof


def _dual(sharing: Sharing) -> tuple[Prices, Mask]:
    """Prices of sources and quotas, settled in turn until they stand; the tightest seen, and who may be reached."""
    needs = sharing.needs
    chosen = np.ones(len(needs.ids), dtype=bool)
    limits = bool(np.any(sharing.fen_limit >= 0) or np.any(sharing.household_limit >= 0))
    best: tuple[int, Prices] | None = None
    nothing = np.zeros_like(sharing.county_fen)
    for _ in range(ROUNDS if limits else 1):
        before = sharing.prices
        kept = [shelf.kept(chosen[needs.household[shelf.line]]) for shelf in sharing.stock] if limits else sharing.stock
        sharing.settle_sources(kept, lambda shelf, price: shelf.answer(price, sharing.added())[0])
        if limits:
            sharing.settle_county_fen(kept, lambda shelf, price, county: shelf.answer(price, county)[0], nothing)
            chosen = sharing.choose_households()
        proven = bound(needs, sharing.prices)
        if best is None or proven > best[0]:
            best = (proven, sharing.prices)
        if sharing.prices == before:
            break
    assert best is not None
    if limits:
        kept = [shelf.kept(chosen[needs.household[shelf.line]]) for shelf in sharing.stock]
        sharing.settle_sources(kept, lambda shelf, price: shelf.answer(price, sharing.added())[0])
        sharing.settle_county_fen(kept, lambda shelf, price, county: shelf.answer(price, county)[0], sharing.county_fen)
        proven = bound(needs, sharing.prices)
        if proven > best[0]:
            best = (proven, sharing.prices)
    return best[1], chosen


def _open_lines(sharing: Sharing, stock: list[Shelf]) -> list[Shelf]:
    """The lines that will get something: all that the prices open, and of those on the edge as many as can be paid."""
    prices = programme_prices(sharing.needs, sharing.source_prices)
    opened, costs, edges = [], [], []
    for k, (shelf, price) in enumerate(zip(stock, prices, strict=True)):
        grants, _ = shelf.answer(price, sharing.added())
        opened.append(grants > 0)
        costs.append(shelf.cost(grants))
        if price > 0:
            edges.append(_edge(sharing, shelf, k, price, grants))
    if edges:
        programme, place, worth, cost, order = (np.concatenate(column) for column in zip(*edges, strict=True))
        rank = np.lexsort((programme, order, -worth))
        many = _payable_prefix(sharing, costs, programme[rank], cost[rank])
        for k, position in zip(programme[rank[:many]].tolist(), place[rank[:many]].tolist(), strict=True):
            opened[k][position] = True
    return [shelf.kept(mask) for shelf, mask in zip(stock, opened, strict=True)]


def _edge(sharing: Sharing, shelf: Shelf, k: int, price: int, grants: Fen) -> tuple[Index, Index, Fen, Fen, Index]:
    """Lines that one step less of the price would open: programme, place, worth per fen, cost, order."""
    wider, gains = shelf.answer(price - 1, sharing.added())
    place = np.flatnonzero((grants == 0) & (wider > 0) & (sharing.fen_limit[shelf.county] < 0))
    cost = wider[place] + shelf.handling
    order = sharing.needs.order[sharing.needs.household[shelf.line[place]]]
    return np.full(len(place), k, dtype=np.int64), place, (gains[place] * 1_000_000) // cost, cost, order


def _payable_prefix(sharing: Sharing, costs: list[int], programme: Index, cost: Fen) -> int:
    """How many of the listed lines, taken in order, can be paid beside what is already asked."""

    def payable(count: int) -> bool:
        added = [int(cost[:count][programme[:count] == k].sum()) for k in range(len(costs))]
        return not _route(sharing.needs, [a + b for a, b in zip(costs, added, strict=True)]).overfull

    low, high = 0, len(cost)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if payable(middle) else (low, middle - 1)
    return low


def _settle_open(sharing: Sharing, opened: list[Shelf]) -> Mask:
    """Prices at which the open lines together just use the money; and the lines that get a fen of the remainder."""

    def settle(at_least: Fen) -> None:
        sharing.settle_county_fen(opened, lambda shelf, price, county: shelf.between(price, county), at_least)

    sharing.settle_sources(opened, lambda shelf, price: shelf.between(price, sharing.added()))
    for _ in range(ROUNDS if np.any(sharing.fen_limit >= 0) else 0):
        before = sharing.prices
        settle(np.zeros_like(sharing.county_fen))
        sharing.settle_sources(opened, lambda shelf, price: shelf.between(price, sharing.added()))
        if sharing.prices == before:
            break
    settle(sharing.county_fen)
    return _spread_remainder(sharing, opened)


def _spread_remainder(sharing: Sharing, opened: list[Shelf]) -> Mask:
    """What is left is less than one fen for each line that stands at its level: one fen each, by id, while it lasts."""
    needs = sharing.needs
    prices = programme_prices(needs, sharing.source_prices)
    extra = np.zeros(len(needs), dtype=bool)
    costs = [shelf.cost(shelf.between(p, sharing.added())) for shelf, p in zip(opened, prices, strict=True)]
    lines, programmes = [], []
    for k, (shelf, price) in enumerate(zip(opened, prices, strict=True)):
        if price > 0 and len(shelf.line):
            grants = shelf.between(price, sharing.added())
            wider = shelf.between(max(0, price - 2), sharing.added())
            tied = (wider > grants) & (sharing.fen_limit[shelf.county] < 0)
            lines.append(shelf.line[tied])
            programmes.append(np.full(int(tied.sum()), k, dtype=np.int64))
    if not lines:
        return extra
    line, programme = np.concatenate(lines), np.concatenate(programmes)
    rank = np.lexsort((programme, needs.order[needs.household[line]]))
    line, programme = line[rank], programme[rank]
    while len(line) and sum(_route(needs, costs).left.values()):
        many = _payable_prefix(sharing, costs, programme, np.ones(len(line), dtype=np.int64))
        extra[line[:many]] = True
        costs = [cost + int((programme[:many] == k).sum()) for k, cost in enumerate(costs)]
        if many == len(line):
            break
        stays = programme[many:] != programme[many]
        line, programme = line[many:][stays], programme[many:][stays]
    return extra


def _route(needs: Needs, costs: list[int]) -> Route:
    budgets = {s: source.budget_fen for s, source in enumerate(needs.sources)}
    return Route(dict(enumerate(costs)), budgets, needs.allowed)


def pay(needs: Needs, grants: Fen) -> tuple[Index, Index, Fen, Fen]:
    """Payments for given grants: line, source, grant and handling in fen. Within a programme the lines are paid in the
    order of their ids, the narrowest source first. Raises AllocationRefused when the sources cannot pay them."""
    handling = np.array([p.handling_fen for p in needs.programmes], dtype=np.int64)
    opened = np.flatnonzero(grants > 0)
    cost = grants[opened] + handling[needs.programme[opened]]
    totals = [int(cost[needs.programme[opened] == k].sum()) for k in range(len(needs.programmes))]
    route = _route(needs, totals)
    if route.overfull:
        raise AllocationRefused("这些金额超出资金来源", "The sources cannot pay these grants")
    rows: list[tuple[Index, Index, Fen, Fen]] = []
    for k in range(len(needs.programmes)):
        mine = opened[needs.programme[opened] == k]
        if len(mine):
            mine = mine[np.argsort(needs.order[needs.household[mine]], kind="stable")]
            payers = [s for s in sorted(route.paid, key=lambda s: (int(needs.allowed[s].sum()), s)) if route.paid[s][k]]
            rows.append(_segments(mine, grants[mine], int(handling[k]), payers, [route.paid[s][k] for s in payers]))
    if not rows:
        empty = np.zeros(0, dtype=np.int64)
        return empty, empty, empty, empty
    line, source, grant, fee = (np.concatenate(column) for column in zip(*rows, strict=True))
    return line, source, grant, fee


def _segments(
    line: Index, grants: Fen, handling: int, payers: list[int], flows: list[int]
) -> tuple[Index, Index, Fen, Fen]:
    """One programme's lines laid end to end against its sources laid end to end; a line across a seam has two rows."""
    line_ends = np.cumsum(grants + handling)
    source_ends = np.cumsum(np.array(flows, dtype=np.int64))
    ends = np.union1d(line_ends, source_ends)
    starts = np.concatenate([np.zeros(1, dtype=np.int64), ends[:-1]])
    at = np.searchsorted(line_ends, ends)
    grant_ends = line_ends[at] - handling
    granted = np.maximum(np.minimum(ends, grant_ends) - starts, 0)
    source = np.array(payers, dtype=np.int64)[np.searchsorted(source_ends, ends)]
    return line[at], source, granted, ends - starts - granted
