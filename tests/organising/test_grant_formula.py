"""Sharing a grant out to the fen."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chunyu.organising.grants.formula import Counted, by_formula, share_out
from tests.organising.granting import RATES


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 10**13), st.lists(st.integers(0, 10**9), max_size=40).map(lambda some: [*some, 1]))
def test_shares_are_the_budget_to_the_fen_and_nobody_is_a_fen_off(budget, weights):
    shares = share_out(budget, weights)
    assert sum(shares) == budget
    for share, weight in zip(shares, weights, strict=True):
        assert 0 <= share - budget * weight // sum(weights) <= 1
    assert all(share == 0 for share, weight in zip(shares, weights, strict=True) if weight == 0)


def test_left_over_fen_go_to_the_largest_remainders_and_then_to_the_first():
    assert share_out(100, [1, 1, 1]) == [34, 33, 33]
    assert share_out(10, [1, 2, 4]) == [1, 3, 6]
    assert by_formula(RATES, Counted(unions=3, members=40, tasks=2)) == 240_000
    for budget, weights in ((5, []), (5, [0, 0]), (-1, [1]), (5, [3, -1])):
        with pytest.raises(ValueError, match="nothing to share out"):
            share_out(budget, weights)
