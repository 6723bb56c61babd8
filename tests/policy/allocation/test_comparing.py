"""The other ways to share the same money, measured beside the allotment."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from chunyu.policy.allocation import (
    AllocationRefused,
    Needs,
    Programme,
    Source,
    allocate,
    even_split,
    measure,
    proportional,
)
from chunyu.policy.allocation.sharing import pay
from tests.policy.allocation import sharings


def one_fund(gaps: list[int], budget: int) -> Needs:
    return Needs.from_matrix(
        [f"h{n}" for n in range(len(gaps))],
        np.array(gaps).reshape(-1, 1),
        [Programme("living")],
        [Source("fund", budget, frozenset({"living"}))],
    )


def test_the_plain_ways_on_four_households():
    needs = one_fund([1000, 400, 100, 0], 600)
    assert even_split(needs).tolist() == [250, 250, 100]
    assert proportional(needs).tolist() == [400, 160, 40]
    assert allocate(needs).allotment.grants.tolist() == [600, 0, 0]


def test_measures_say_whose_gap_is_closed():
    needs = one_fund([1000, 400, 100], 600)
    even, ours = measure(needs, even_split(needs)), measure(needs, allocate(needs).allotment.grants)
    assert even.gap_closed == ours.gap_closed == pytest.approx(600 / 1500)
    assert (even.households, ours.households) == (3, 1)
    assert ours.square_closed == pytest.approx((1000**2 - 400**2) / (1000**2 + 400**2 + 100**2))
    assert even.square_closed < ours.square_closed
    assert ours.per_yuan == 1
    assert ours.depth == pytest.approx(ours.square_closed / 0.4)


def test_deciles_run_from_the_deepest_need():
    needs = one_fund(list(range(100, 2100, 100)), 3000)
    deciles = measure(needs, allocate(needs).allotment.grants).deciles
    assert [d.households for d in deciles] == [2] * 10
    assert deciles[0].gap_fen == 2000 + 1900
    reached = [d.reached for d in deciles]
    assert reached == sorted(reached, reverse=True)
    assert reached[0] == 2
    assert reached[-1] == 0
    assert sum(d.granted_fen for d in deciles) == 3000


@settings(max_examples=80, deadline=None)
@given(sharings.needs(quotas=False, floors=False))
def test_the_plain_ways_stay_within_the_same_sources_and_caps(needs):
    for grants in (even_split(needs), proportional(needs)):
        assert np.all((grants >= 0) & (grants <= needs.most))
        pay(needs, grants)


@settings(max_examples=60, deadline=None)
@given(sharings.needs(quotas=False, floors=False))
def test_no_plain_way_that_keeps_the_minimums_closes_more_than_the_bound(needs):
    try:
        made = allocate(needs)
    except AllocationRefused:
        return
    for grants in (even_split(needs), proportional(needs)):
        if np.all((grants == 0) | (grants >= needs.least)):
            assert int(np.sum((needs.gap - grants) ** 2)) >= made.certificate.bound
