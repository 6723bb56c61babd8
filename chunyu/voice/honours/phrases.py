"""A number as a newspaper says it: 近40 for 39, 20余 for 23, 120余 for 123, 1000余 for 1042."""

from __future__ import annotations

from typing import Final

UNITS: Final = (1_000, 100, 10)
CLOSE_PERCENT: Final = 5


def about(number: int) -> str:
    """The roundest number that is less than five in a hundred away, else the ten below. A round number stands alone."""
    if number < 10 or number % 10 == 0:
        return str(number)
    for unit in UNITS:
        below, above = number // unit * unit, (number // unit + 1) * unit
        if (above - number) * 100 < CLOSE_PERCENT * number:
            return f"近{above}"
        if below and (number - below) * 100 < CLOSE_PERCENT * number:
            return f"{below}余"
    return f"{number // 10 * 10}余"
