"""Arrays that are used again and again, and the values that the kernel works with.

A block needs a few hundred arrays one after another. Fresh ones would have to be mapped in page by page each time;
arrays that are handed back stay in the processor's cache.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
INT = np.dtype(np.int64)
BOOL = np.dtype(np.bool_)
INTP = np.dtype(np.intp)
OBJECT = np.dtype(object)
WIDEST = 2**62  # beyond this, whole numbers are kept by Python itself


class Level(IntEnum):
    """How many values there are: one a place, one a household, or one a member."""

    PLACE = 0
    HOUSEHOLD = 1
    MEMBER = 2


class Pool:
    """Arrays by size in bytes, given out and taken back. One pool to a thread."""

    def __init__(self) -> None:
        self._free: dict[int, list[Array]] = {}

    def take(self, length: int, dtype: np.dtype[Any]) -> Array:
        """An array whose content is not defined."""
        if dtype == OBJECT:
            return np.empty(length, object)
        size = length * dtype.itemsize
        free = self._free.get(size)
        raw = free.pop() if free else np.empty(size, np.uint8)
        return raw.view(dtype)

    def give(self, array: Array) -> None:
        """Take back an array that `take` gave out."""
        if array.dtype != OBJECT:
            raw = array.base
            assert raw is not None
            self._free.setdefault(raw.nbytes, []).append(raw)

    def forget(self) -> None:
        """Let go of everything: blocks of another size come next."""
        self._free.clear()


class Value:
    """What one step of a plan came to.

    `data` holds numbers, truth, or positions in `codes`; `unknown` marks what is not known and is None when all is.
    Truth is never both true and unknown. `low` and `high` are bounds of the numbers, known and garbage alike. A value
    of one place, where `data` has a single element, stands for everybody.
    """

    __slots__ = ("codes", "data", "high", "level", "low", "owned", "segments", "spreads", "unknown", "uses")

    def __init__(
        self,
        level: Level,
        data: Array,
        unknown: Array | None = None,
        low: int = 0,
        high: int = 0,
        codes: tuple[str, ...] = (),
        owned: tuple[Array, ...] = (),
    ) -> None:
        self.level, self.data, self.unknown = level, data, unknown
        self.low, self.high, self.codes = low, high, codes
        self.owned = list(owned)
        self.spreads: dict[Level, tuple[Array, Array | None]] = {}
        self.segments: tuple[tuple[int, int, int], ...] = ()
        self.uses = 1

    @property
    def single(self) -> bool:
        """One value for everybody."""
        return self.level is Level.PLACE and len(self.data) == 1

    @property
    def lost(self) -> bool:
        """Unknown for everybody."""
        return self.single and self.unknown is not None and bool(self.unknown[0])

    @property
    def number(self) -> int:
        """The number, truth or position that a single value has."""
        return int(self.data[0])
