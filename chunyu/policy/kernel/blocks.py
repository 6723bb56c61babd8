"""The layout that makes totals over members cheap: households by size, people position by position.

Inside a block the households stand in descending order of size, and the members so that all first members come first,
then all second members, and so on. The members at position `k` belong to the first `heads[k]` households, in the same
order: a sum over members is a few additions of one run of memory to another. Households with more than `POSITIONS`
members keep the rest in a tail, household by household, where totals are taken segment by segment.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from chunyu.policy.columns import Column, Facts, dispute_column, fact_column
from chunyu.policy.kernel.memory import Array, Level, Pool, width
from chunyu.policy.kinds import NUMBERS, Kind
from chunyu.policy.nodes import Entity
from chunyu.policy.pack import Fact, Pack

# Threads hand Python's lock to each other after every operation: few long operations cost less than many short ones.
HOUSEHOLDS = 524_288
POSITIONS = 64


@dataclass(frozen=True)
class Laid:
    """One column in the layout, with the bounds of its numbers."""

    data: Array
    unknown: npt.NDArray[np.bool_] | None
    low: int
    high: int


@dataclass(frozen=True, eq=False)
class Layout:
    """Where households and members of a block stand. `order` and `rows` say which rows of the facts they are."""

    order: npt.NDArray[np.intp]
    rows: npt.NDArray[np.intp]
    sizes: npt.NDArray[np.int64]
    heads: tuple[int, ...]
    tail_starts: npt.NDArray[np.intp] = field(default_factory=lambda: np.zeros(0, np.intp))
    tail_sizes: npt.NDArray[np.intp] = field(default_factory=lambda: np.zeros(0, np.intp))

    @classmethod
    def of(cls, sizes: npt.NDArray[np.int64]) -> Layout:
        """The layout of households with these numbers of members, whose members stand in the same order."""
        keys = sizes if len(sizes) == 0 or sizes.max() > 32_000 else sizes.astype(np.int16)
        order = np.argsort(-keys, kind="stable")
        ordered = sizes[order]
        firsts = (np.cumsum(sizes) - sizes)[order]
        largest = int(ordered[0]) if len(ordered) else 0
        heads = tuple(int(n) for n in np.searchsorted(-ordered, -np.arange(min(largest, POSITIONS)), side="left"))
        pieces = [firsts[:count] + position for position, count in enumerate(heads)]
        beyond = ordered[ordered > POSITIONS] - POSITIONS
        starts = np.cumsum(beyond) - beyond
        pieces += [np.arange(n) + first + POSITIONS for n, first in zip(beyond, firsts, strict=False)]
        rows = np.concatenate(pieces).astype(np.intp) if pieces else np.zeros(0, np.intp)
        return cls(order, rows, ordered, heads, starts.astype(np.intp), beyond.astype(np.intp))

    @cached_property
    def stands(self) -> npt.NDArray[np.intp]:
        """For each household of the facts, where it stands. Fetching by it is quicker than putting back by `order`."""
        return _inverse(self.order)

    @cached_property
    def members_stand(self) -> npt.NDArray[np.intp]:
        """For each member of the facts, where it stands."""
        return _inverse(self.rows)

    @cached_property
    def segments(self) -> tuple[tuple[int, int, int], ...]:
        """(from, to, size): the runs of households of one size."""
        edges = np.flatnonzero(np.diff(self.sizes)) + 1
        starts = [0, *(int(edge) for edge in edges)]
        stops = [*starts[1:], len(self.sizes)]
        return tuple((a, b, int(self.sizes[a])) for a, b in zip(starts, stops, strict=True) if b > a)

    @cached_property
    def counts(self) -> Array:
        """Members of each household, as a count that rules take."""
        return self.sizes.astype(narrowest(0, self.largest))

    @property
    def largest(self) -> int:
        return int(self.sizes[0]) if len(self.sizes) else 0

    @cached_property
    def owners(self) -> npt.NDArray[np.intp]:
        """For each member in the layout, its household."""
        found = np.empty(sum(self.heads) + int(self.tail_sizes.sum()), np.intp)
        self.spread(np.arange(len(self.sizes), dtype=np.intp), found)
        return found

    def spread(self, source: Array, out: Array) -> None:
        """The value of each household, for each of its members."""
        at = 0
        for count in self.heads:
            out[at : at + count] = source[:count]
            at += count
        if len(self.tail_sizes):
            out[at:] = np.repeat(source[: len(self.tail_sizes)], self.tail_sizes)

    def fold(self, ufunc: np.ufunc, members: Array, out: Array) -> None:
        """Each household's members brought together by `ufunc` (add, or, minimum ...), in `out`'s own type."""
        first = self.heads[0]
        np.copyto(out, members[:first])
        at = first
        for count in self.heads[1:]:
            ufunc(out[:count], members[at : at + count], out=out[:count], dtype=out.dtype, casting="unsafe")
            at += count
        if len(self.tail_sizes):
            rest = ufunc.reduceat(members[at:], self.tail_starts, dtype=out.dtype)
            some = out[: len(rest)]
            ufunc(some, rest, out=some)


def narrowest(low: int, high: int) -> np.dtype[Any]:
    """The smallest type with a sign that holds these numbers: for what is compared and looked up."""
    return np.dtype(
        next(f"i{size}" for size in (1, 2, 4, 8) if -(1 << 8 * size - 1) <= low and high < 1 << 8 * size - 1)
    )


def _inverse(order: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    found = np.empty_like(order)
    found[order] = np.arange(len(order), dtype=np.intp)
    return found


class Block:
    """Some households, laid out; columns are brought into the layout when a plan first asks for them.

    `place` is the number of the place where they all are, or the number of each household's.
    """

    lowest = Level.HOUSEHOLD  # at which what differs by place is written out

    def __init__(self, layout: Layout, place: int | Array, column: Callable[[str, Fact], Column]) -> None:
        self.layout = layout
        self.place = place
        self._column = column
        self._laid: dict[tuple[str, str], Laid] = {}
        self.pools: list[Pool] = []  # of threads that are done, for the next run over the same blocks

    @classmethod
    def of(cls, facts: Facts, places: dict[str, int]) -> Block:
        """The block of these facts; `places` numbers the regions."""
        names, positions = facts.regions
        numbers = np.array([places[name] for name in names], np.intp)
        layout = Layout.of(facts.sizes)
        laid = numbers[positions][layout.order]
        place = int(laid[0]) if len(laid) and (laid == laid[0]).all() else laid

        def column(kind: str, fact: Fact) -> Column:
            table = facts.households if fact.entity == "household" else facts.members
            return fact_column(table, fact) if kind == "fact" else dispute_column(table, fact)

        return cls(layout, place, column)

    def fact(self, fact: Fact) -> Laid:
        return self._get("fact", fact)

    def dispute(self, fact: Fact) -> Laid:
        return self._get("disputed", fact)

    def _get(self, kind: str, fact: Fact) -> Laid:
        key = (kind, f"{fact.entity}.{fact.name}")
        found = self._laid.get(key)
        if found is None:
            found = self._laid[key] = self._lay(fact.entity, self._column(kind, fact))
        return found

    def _lay(self, entity: Entity, column: Column) -> Laid:
        rows = self.layout.order if entity == "household" else self.layout.rows
        unknown = None if column.unknown is None else column.unknown.take(rows)
        if unknown is not None and not unknown.any():
            unknown = None
        values = column.values
        if column.kind is Kind.FLAG:
            data = values.take(rows)
            if unknown is not None:
                data &= ~unknown
            return Laid(data, unknown, 0, 1)
        low, high = column.bounds or (0, len(column.codes))
        # Narrowed first: there is less to move about.
        if column.kind in (Kind.COUNT, Kind.CODE):
            values = values.astype(narrowest(low, high), copy=False)
        elif column.kind in NUMBERS:
            values = values.astype(width(low, high), copy=False)
        return Laid(values.take(rows), unknown, low, high)

    def prepare(self, pack: Pack, names: set[tuple[Entity, str]]) -> None:
        """Bring the columns of these facts into the layout now."""
        for key in names:
            self.fact(pack.facts[key])

    @cached_property
    def places(self) -> tuple[int, ...]:
        """The numbers of the places that occur."""
        return (self.place,) if isinstance(self.place, int) else tuple(int(n) for n in np.unique(self.place))

    def spread(self, source: Array, out: Array) -> None:
        """The value of each household, for each of its members."""
        self.layout.spread(source, out)

    def spread_place(self, source: Array, level: Level, out: Array) -> None:
        """The value of each place, for each household or member there."""
        if level is Level.HOUSEHOLD:
            np.take(source, self.place, out=out, mode="clip")
        else:
            self.spread(source.take(self.place), out)

    @property
    def households(self) -> int:
        return len(self.layout.sizes)

    @property
    def members(self) -> int:
        return len(self.layout.rows)


def blocks_of(facts: Facts, places: dict[str, int], size: int = HOUSEHOLDS) -> list[Block]:
    """The facts in blocks of one length, of at most `size` households; their columns are laid out when asked for."""
    count = -(-len(facts) // size)
    each = -(-len(facts) // max(count, 1))
    blocks = [Block.of(facts.slice(start, start + each), places) for start in range(0, len(facts), each or 1)]
    for block in blocks:
        block.pools = blocks[0].pools
    return blocks
