"""Arrays that are used again and again, and the values that the kernel works with.

A block needs a few hundred arrays one after another. Fresh ones would have to be mapped in page by page each time;
arrays that are handed back stay in the processor's cache.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
INT = np.dtype(np.int64)
SHORT = np.dtype(np.int32)
BOOL = np.dtype(np.bool_)
INTP = np.dtype(np.intp)
OBJECT = np.dtype(object)
GRAIN = 2**16  # bytes: blocks differ a little in members, and share their arrays all the same
WIDEST = 2**62  # beyond this, whole numbers are kept by Python itself


def width(*bounds: int) -> np.dtype[Any]:
    """The narrowest of 32 bits, 64 bits and Python's own whole numbers that holds numbers with these bounds.

    Half the bits are half the memory to move, and twice the numbers to an instruction.
    """
    if all(-(2**31) < bound < 2**31 for bound in bounds):
        return SHORT
    return INT if all(-WIDEST < bound < WIDEST for bound in bounds) else OBJECT


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
        if dtype is OBJECT:
            return np.empty(length, object)
        size = length * dtype.itemsize
        room = -(-size // GRAIN) * GRAIN
        free = self._free.get(room)
        raw = free.pop() if free else np.empty(room, np.uint8)
        return raw[:size].view(dtype)

    def give(self, array: Array) -> None:
        """Take back an array that `take` gave out."""
        if array.dtype != OBJECT:
            raw = array.base
            assert raw is not None
            self._free.setdefault(raw.nbytes, []).append(raw)


class Borrowed(Pool):
    """Arrays of another pool that all go back together."""

    def __init__(self, lender: Pool) -> None:
        self._lender = lender
        self._taken: list[Array] = []

    def take(self, length: int, dtype: np.dtype[Any]) -> Array:
        array = self._lender.take(length, dtype)
        if dtype != OBJECT:
            self._taken.append(array)
        return array

    def give(self, array: Array) -> None:
        """Kept until the end."""

    def give_back(self) -> None:
        for array in self._taken:
            self._lender.give(array)
        self._taken.clear()


class Sparse(NamedTuple):
    """Numbers that are `rest` everywhere but in some `rows`, which are in rising order."""

    rows: npt.NDArray[np.intp]
    values: Array
    rest: int
    length: int
    pool: Pool


class Value:
    """What one step of a plan came to.

    `data` holds numbers, truth, or positions in `codes`; `unknown` marks what is not known and is None when all is.
    Truth is never both true and unknown. `low` and `high` are bounds of the numbers, known and garbage alike. A value
    of one place, where `data` has a `single` element, stands for everybody; it is `lost` when it is unknown. `sparse`
    numbers are written out when `data` is first asked for.
    """

    __slots__ = (
        "_data",
        "codes",
        "high",
        "level",
        "lost",
        "low",
        "owned",
        "segments",
        "single",
        "sparse",
        "spreads",
        "unknown",
        "uses",
    )

    def __init__(
        self,
        level: Level,
        data: Array | None,
        unknown: Array | None = None,
        low: int = 0,
        high: int = 0,
        codes: tuple[str, ...] = (),
        owned: tuple[Array, ...] = (),
        sparse: Sparse | None = None,
    ) -> None:
        self.level, self._data, self.unknown, self.sparse = level, data, unknown, sparse
        self.single = data is not None and level is Level.PLACE and len(data) == 1
        self.lost = self.single and unknown is not None and bool(unknown[0])
        self.low, self.high, self.codes = low, high, codes
        self.owned = list(owned)
        self.spreads: dict[Level, tuple[Array, Array | None]] = {}
        self.segments: tuple[tuple[int, int, int], ...] = ()
        self.uses = 1

    @property
    def data(self) -> Array:
        if self._data is None:
            assert self.sparse is not None
            self._data = self.sparse.pool.take(self.sparse.length, self.sparse.values.dtype)
            self._data.fill(self.sparse.rest)
            self._data[self.sparse.rows] = self.sparse.values
            if self._data.base is not None:
                self.owned.append(self._data)
        return self._data

    @property
    def is_object(self) -> bool:
        """Whether Python keeps the numbers."""
        return self._data is not None and self._data.dtype == OBJECT

    @property
    def number(self) -> int:
        """The number, truth or position that a single value has."""
        return int(self.data[0])
