"""One source and one kind of need: no sharing leaves less squared need, to the fen."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chunyu.policy.allocation import AllocationRefused, fill

AMOUNTS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(0, 2)), min_size=1, max_size=5)


def columns(rows: list[tuple[int, int, int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    gap, cap, floor = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    return gap, cap, np.minimum(floor, np.minimum(gap, cap))


@given(AMOUNTS, st.integers(0, 25))
def test_no_other_grants_leave_less(rows, budget):
    gap, cap, floor = columns(rows)
    if floor.sum() > budget:
        with pytest.raises(AllocationRefused):
            fill(gap, budget, cap=cap, floor=floor)
        return
    filled = fill(gap, budget, cap=cap, floor=floor)
    most = np.minimum(gap, cap)
    assert np.all((filled.grants >= floor) & (filled.grants <= most))
    assert filled.spent_fen == filled.grants.sum() == min(budget, most.sum())
    tried = product(*(range(low, high + 1) for low, high in zip(floor, most, strict=True)))
    best = min(int(np.sum((gap - np.array(x)) ** 2)) for x in tried if sum(x) <= budget)
    assert int(np.sum((gap - filled.grants) ** 2)) == best


@given(st.integers(0, 10_000), st.integers(1, 60_000))
def test_the_order_of_the_rows_does_not_matter(seed, budget):
    random = np.random.default_rng(seed)
    ids = np.array([f"h{n:03d}" for n in random.permutation(300)])
    gap = random.integers(0, 400, 300)
    order = random.permutation(300)
    grants = fill(gap, budget, ids=ids).grants
    assert np.array_equal(fill(gap[order], budget, ids=ids[order]).grants, grants[order])


def test_ties_of_a_last_fen_go_by_id():
    filled = fill(np.array([10, 10, 10]), 10, ids=np.array(["c", "a", "b"]))
    assert filled.grants.tolist() == [3, 4, 3]
    assert filled.level_fen == 7


def test_long_columns_narrow_to_the_same_level():
    random = np.random.default_rng(3)
    gap = random.integers(0, 500_000, 50_000)
    cap = random.integers(0, 300_000, 50_000)
    floor = np.minimum(random.integers(0, 2_000, 50_000), np.minimum(gap, cap))
    budget = int(gap.sum() // 5)
    filled = fill(gap, budget, cap=cap, floor=floor)
    assert filled.spent_fen == budget
    level = filled.level_fen
    most = np.minimum(gap, cap)
    assert np.clip(gap - level, floor, most).sum() <= budget < np.clip(gap - level + 1, floor, most).sum()
