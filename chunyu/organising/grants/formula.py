"""The formula of a grant, in whole fen: what each receiver counts for, and the budget shared out by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Rates:
    """Fen for each receiver, and for each of its unions, members and tasks."""

    base_fen: int
    per_union_fen: int
    per_member_fen: int
    per_task_fen: int = 0


@dataclass(frozen=True)
class Counted:
    unions: int
    members: int
    tasks: int = 0


def by_formula(rates: Rates, counted: Counted) -> int:
    return (
        rates.base_fen
        + rates.per_union_fen * counted.unions
        + rates.per_member_fen * counted.members
        + rates.per_task_fen * counted.tasks
    )


def share_out(budget_fen: int, weights: Sequence[int]) -> list[int]:
    """The budget in proportion to the weights, to the fen: each gets the whole fen of its share, and the fen that are
    left over go one each to the largest remainders; of equal ones the earlier comes first. All together are exactly
    the budget. ValueError when nobody counts for anything."""
    whole = sum(weights)
    if budget_fen < 0 or whole <= 0 or min(weights) < 0:
        raise ValueError("There is nothing to share out, or nobody to share it to.")
    parts = [divmod(budget_fen * weight, whole) for weight in weights]
    shares = [fen for fen, _rest in parts]
    left = budget_fen - sum(shares)
    for place in sorted(range(len(parts)), key=lambda place: (-parts[place][1], place))[:left]:
        shares[place] += 1
    return shares
