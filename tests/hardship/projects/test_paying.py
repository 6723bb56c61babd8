"""How levels share out a grant between them, to the fen."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from chunyu.hardship.projects.paying import shared_out


@settings(deadline=None)
@given(st.lists(st.integers(1, 10**7), min_size=1, max_size=4), st.integers(0, 10**8))
def test_levels_share_out_exactly(rates, limit):
    given_out = shared_out([(n, fen) for n, fen in enumerate(rates)], limit)
    assert sum(fen for _n, fen in given_out) == min(sum(rates), limit)
    assert all(0 < fen <= rates[n] for n, fen in given_out)
