"""Division by floating-point numbers rounds as whole numbers do, up to the largest that it is used for."""

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from chunyu.policy.kernel.arithmetic import EXACT, rounded_in_floats
from chunyu.policy.kinds import half_up


def divided(tops: list[int], below: int, signed: bool) -> list[int]:
    top = np.array(tops, np.int64)
    spare = np.empty(len(top)), np.empty(len(top))
    found = rounded_in_floats(top, np.full(len(top), below), signed, spare, np.empty(len(top), np.int64))
    return [int(number) for number in found]


@given(below=st.integers(1, 10**9), whole=st.integers(0, 10**9), off=st.integers(-3, 3))
@example(below=1, whole=(EXACT - 3) // 2, off=0)
@example(below=3, whole=(EXACT - 5) // 6, off=-1)
@example(below=10**9, whole=2_000_000, off=1)
def test_it_is_exact_on_both_sides_of_every_half(below: int, whole: int, off: int) -> None:
    """Around whole numbers and around the halves between them, of either sign."""
    near = [whole * below + off, whole * below + below // 2 + off, whole * below + -(-below // 2) + off]
    tops = [top for top in near if top >= 0 and 2 * top + below < EXACT]
    assert divided(tops, below, signed=False) == [half_up(top, below) for top in tops]
    both = [sign * top for top in tops for sign in (1, -1)]
    assert divided(both, below, signed=True) == [half_up(top, below) for top in both]


def test_beyond_the_limit_it_would_not_be() -> None:
    """So the limit is needed: not far above it a number already comes out wrong."""
    below, whole = 2**31 - 1, 2**30
    beyond = [(2 * below * whole - 1 - below) // 2]  # the last number that is rounded down
    assert divided(beyond, below, signed=False) != [half_up(top, below) for top in beyond]
