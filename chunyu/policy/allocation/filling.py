"""Filling one source into one kind of need, from the deepest up: exact to the fen.

Water in a vessel turned over: every household's rest of need is brought down to one common level, as far as its cap
allows. No other sharing of the same money leaves a smaller sum of squared rests.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from chunyu.policy.allocation.needs import AllocationRefused, Fen, exact_sum


@dataclass(frozen=True, eq=False)
class Filling:
    """`grants` in fen in the order given. What is left of every need that no cap or floor binds is `level_fen`, or one
    fen less for the first ids of those that tie. `spent_fen` falls short of the budget only when every cap is reached.
    """

    grants: Fen
    level_fen: int
    spent_fen: int


def fill(
    gap: Fen,
    budget_fen: int,
    *,
    cap: Fen | None = None,
    floor: Fen | None = None,
    ids: npt.NDArray[np.generic] | None = None,
) -> Filling:
    """The grants that leave the least squared need, each between its floor and the smaller of cap and gap.

    Ties are broken by `ids` in ascending order (by place when there are none). Raises AllocationRefused when the
    budget does not cover the floors.
    """
    needs = np.asarray(gap, dtype=np.int64)
    high = needs if cap is None else np.minimum(needs, cap)
    low = np.zeros_like(needs) if floor is None else np.asarray(floor, dtype=np.int64)
    if np.any(low > high) or (len(low) and int(low.min()) < 0):
        raise AllocationRefused("保底金额高于上限或缺口", "A floor is above its cap or gap")
    if exact_sum(low) > budget_fen:
        raise AllocationRefused("预算不够付保底金额", "The budget does not cover the floors")
    level = water_level(needs, low, high, budget_fen)
    grants = np.clip(needs - level, low, high)
    rest = budget_fen - exact_sum(grants)
    if rest and level > 0:
        tied = np.flatnonzero((grants < high) & (needs - level >= low))
        if ids is None:
            grants[tied[:rest]] += 1
        else:
            grants[tied[np.argsort(ids[tied], kind="stable")[:rest]]] += 1
    return Filling(grants, level, exact_sum(grants))


def water_level(gap: Fen, low: Fen, high: Fen, budget_fen: int) -> int:
    """The lowest level, in whole fen, to which the budget brings every rest of need down.

    By bisection without a sort; households whose floor or cap binds on the whole bracket drop out on the way, so that
    all steps together cost about as much as four passes over the column.
    """
    bottom, top = 0, int(gap.max(initial=0))
    settled = 0
    while bottom < top:
        middle = (bottom + top) // 2
        asked = np.clip(gap - middle, low, high)
        if settled + exact_sum(asked) <= budget_fen:
            top = middle
        else:
            bottom = middle + 1
        if len(gap) > 4096:
            at_cap = gap - top >= high
            at_floor = gap - bottom <= low
            moving = ~(at_cap | at_floor)
            if np.count_nonzero(moving) < 0.8 * len(gap):
                settled += exact_sum(high[at_cap]) + exact_sum(low[at_floor & ~at_cap])
                gap, low, high = gap[moving], low[moving], high[moving]
    return top
