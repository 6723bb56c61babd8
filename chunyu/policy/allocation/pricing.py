"""What every line takes at given prices, and what no sharing can beat.

A price is counted in squared fen of need per fen of money. At price p (of its cheapest source) plus m (what the money
quota of its county adds), a line of gap g that gets x brings x(2g - x) less squared need and costs (p + m)x plus p
for every fen of handling. The best x has a closed form, so the best answer of every household is exact, also with
minimum grants. Prices are whole numbers, and so is everything here: nothing depends on the order of the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from chunyu.policy.allocation.needs import Fen, Index, Mask, Needs, exact_sum, squares


@dataclass(frozen=True)
class Prices:
    """Multipliers, each a whole number of squared fen: per fen of a source, per fen of a county's money quota, and per
    household of a county's household quota. None of them below 0."""

    sources: tuple[int, ...]
    county_fen: tuple[int, ...]
    county_households: tuple[int, ...]

    @classmethod
    def nothing(cls, needs: Needs) -> Prices:
        none = (0,) * len(needs.counties)
        return cls((0,) * len(needs.sources), none, none)


def programme_prices(needs: Needs, sources: Sequence[int]) -> list[int]:
    """The price that each programme sees: that of the cheapest source that may pay it; -1 where none may."""
    prices = []
    for k in range(len(needs.programmes)):
        open_to_it = [price for price, may in zip(sources, needs.allowed[:, k], strict=True) if may]
        prices.append(min(open_to_it, default=-1))
    return prices


@dataclass(frozen=True, eq=False)
class Shelf:
    """The lines of one programme that can get a grant, side by side. `line` is their place in the needs."""

    line: Index
    gap: Fen
    low: Fen
    high: Fen
    owed: Mask
    county: Index
    handling: int

    @cached_property
    def owes(self) -> bool:
        return bool(self.owed.any())

    def kept(self, mask: Mask) -> Shelf:
        return Shelf(
            self.line[mask],
            self.gap[mask],
            self.low[mask],
            self.high[mask],
            self.owed[mask],
            self.county[mask],
            self.handling,
        )

    def answer(self, price: int, county_fen: Fen | None) -> tuple[Fen, Fen]:
        """The best grants at a price, and what each then gains over no grant. Both are 0 where a line stays closed;
        the gain of a line that is owed its floor may be negative."""
        paid = price if county_fen is None else county_fen[self.county] + price
        grants: Fen = self.gap - (paid + 1) // 2
        np.clip(grants, self.low, self.high, out=grants)
        gains: Fen = 2 * self.gap - paid
        gains -= grants
        gains *= grants
        gains -= price * self.handling
        closed: Mask = np.asarray(gains <= 0)
        if self.owes:
            closed = closed & ~self.owed
        grants[closed] = 0
        gains[closed] = 0
        return grants, gains

    def between(self, price: int, county_fen: Fen | None) -> Fen:
        """The best grants when every line of the shelf must be open."""
        paid = price if county_fen is None else county_fen[self.county] + price
        grants: Fen = self.gap - (paid + 1) // 2
        np.clip(grants, self.low, self.high, out=grants)
        return grants

    def cost(self, grants: Fen) -> int:
        """What grants take out of the sources: themselves, and the handling of each."""
        return exact_sum(grants) + (self.handling * int(np.count_nonzero(grants)) if self.handling else 0)


def shelves(needs: Needs) -> list[Shelf]:
    """Per programme the lines that can get a grant at all."""
    payable = needs.payable
    made = []
    for k, programme in enumerate(needs.programmes):
        line = np.flatnonzero((needs.programme == k) & needs.grantable & bool(payable[k]))
        made.append(
            Shelf(
                line,
                needs.gap[line],
                needs.least[line],
                needs.most[line],
                needs.owed[line],
                needs.county[needs.household[line]],
                programme.handling_fen,
            )
        )
    return made


def household_gains(needs: Needs, stock: Sequence[Shelf], prices: Prices) -> Fen:
    """What each household's best answer gains at the prices, before any charge for reaching it."""
    county_fen = np.array(prices.county_fen, dtype=np.int64)
    added = county_fen if county_fen.any() else None
    total = np.zeros(len(needs.ids), dtype=np.int64)
    for shelf, price in zip(stock, programme_prices(needs, prices.sources), strict=True):
        if len(shelf.line):
            gains = shelf.answer(price, added)[1]
            # A household stands once under a programme, so plain indexing adds each gain.
            total[needs.household[shelf.line]] += gains
    return total


def owed_households(needs: Needs) -> Mask:
    """The households that must be reached because a floor is owed to them."""
    owed = np.zeros(len(needs.ids), dtype=bool)
    owed[needs.household[needs.owed]] = True
    return owed


def bound(needs: Needs, prices: Prices) -> int:
    """What the prices alone prove: no sharing within budgets, caps, minimums and quotas leaves a smaller sum of squared
    rests (in squared fen). Holds for any prices that are not negative; good prices make it tight."""
    gains = household_gains(needs, shelves(needs), prices)
    charge = np.array(prices.county_households, dtype=np.int64)[needs.county]
    after = gains - charge
    np.copyto(after, 0, where=(after < 0) & ~owed_households(needs))
    fen, households = needs.limits
    money = sum(p * s.budget_fen for p, s in zip(prices.sources, needs.sources, strict=True))
    money += sum(p * limit for p, limit in zip(prices.county_fen, fen.tolist(), strict=True) if limit >= 0)
    money += sum(p * n for p, n in zip(prices.county_households, households.tolist(), strict=True) if n >= 0)
    return squares(needs.gap) - exact_sum(after) - int(money)
