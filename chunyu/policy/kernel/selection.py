"""Working out a choice for those alone whom it touches.

Most programmes say `... if in hardship else 0`, and few are in hardship. Where the conditions of a choice leave most
rows to a single number, the choice is worked out over the others alone and its value kept as rows and numbers.
"""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from chunyu.policy.kernel.blocks import Block, Laid, Layout
from chunyu.policy.kernel.evaluation import Evaluation
from chunyu.policy.kernel.memory import OBJECT, Array, Borrowed, Level, Sparse, Value, width
from chunyu.policy.kernel.plan import Step
from chunyu.policy.nodes import AllOf, Choose
from chunyu.policy.pack import Fact

FEW = 3  # one row in this many, at most
ENOUGH = 2048  # rows below which there is nothing to gain


class SomeHouseholds(Block):
    """Some households of a block, in its layout, which has no tail."""

    def __init__(self, block: Block, rows: npt.NDArray[np.intp]) -> None:
        self.whole, self.chosen = block, rows
        heads = tuple(int(count) for count in np.searchsorted(rows, block.layout.heads) if count)
        self.layout = Layout(rows, rows[:0], block.layout.sizes[rows], heads)
        self.place = block.place if isinstance(block.place, int) else block.place[rows]

    @cached_property
    def member_rows(self) -> npt.NDArray[np.intp]:
        """Where the members of these households stand in the whole block."""
        starts = np.concatenate(([0], np.cumsum(self.whole.layout.heads)))
        return np.concatenate(
            [self.chosen[:count] + start for count, start in zip(self.layout.heads, starts, strict=False)]
        )

    def fact(self, fact: Fact) -> Laid:
        return self._some(self.whole.fact(fact), fact)

    def dispute(self, fact: Fact) -> Laid:
        return self._some(self.whole.dispute(fact), fact)

    def _some(self, laid: Laid, fact: Fact) -> Laid:
        rows = self.chosen if fact.entity == "household" else self.member_rows
        unknown = None if laid.unknown is None else laid.unknown.take(rows)
        return Laid(laid.data.take(rows), unknown, laid.low, laid.high)

    @property
    def places(self) -> tuple[int, ...]:
        return self.whole.places

    @property
    def members(self) -> int:
        return sum(self.layout.heads)

    def taken(self, value: Value) -> Value:
        """A value of the whole block, for these households or their members."""
        rows = self.chosen if value.level is Level.HOUSEHOLD else self.member_rows
        found = _rows_of(value, rows, value.level)
        if value.segments:
            found.segments = self.layout.segments
        return found


class SomeMembers(Block):
    """Some members of a block, or of some members of one. They stand for themselves: the values of their households
    become their own.
    """

    lowest = Level.MEMBER

    def __init__(self, block: Block, rows: npt.NDArray[np.intp]) -> None:
        self.whole, self.chosen = block, rows
        self.layout = block.layout

    @cached_property
    def owners(self) -> npt.NDArray[np.intp]:
        """Where in the whole a value of each one's household stands."""
        if isinstance(self.whole, SomeMembers):
            return self.chosen
        return np.asarray(self.whole.layout.owners[self.chosen], np.intp)

    @cached_property
    def place(self) -> int | Array:  # type: ignore[override]  # worked out when it is asked for
        return self.whole.place if isinstance(self.whole.place, int) else self.whole.place[self.owners]

    def fact(self, fact: Fact) -> Laid:
        return self._some(self.whole.fact(fact), fact)

    def dispute(self, fact: Fact) -> Laid:
        return self._some(self.whole.dispute(fact), fact)

    def _some(self, laid: Laid, fact: Fact) -> Laid:
        rows = self.owners if fact.entity == "household" else self.chosen
        unknown = None if laid.unknown is None else laid.unknown.take(rows)
        return Laid(laid.data.take(rows), unknown, laid.low, laid.high)

    @property
    def places(self) -> tuple[int, ...]:
        return self.whole.places

    def taken(self, value: Value) -> Value:
        rows = self.owners if value.level is Level.HOUSEHOLD else self.chosen
        return _rows_of(value, rows, Level.MEMBER)

    def spread_place(self, source: Array, level: Level, out: Array) -> None:
        np.take(source, self.place, out=out, mode="clip")

    @property
    def members(self) -> int:
        return len(self.chosen)


def _rows_of(value: Value, rows: npt.NDArray[np.intp], level: Level) -> Value:
    unknown = None if value.unknown is None else value.unknown.take(rows)
    return Value(level, value.data.take(rows), unknown, value.low, value.high, value.codes)


class Narrowed(Evaluation):
    """A run over some rows of another: what that run knows already is taken from it."""

    def __init__(self, outer: Evaluation, block: SomeHouseholds | SomeMembers) -> None:
        kept = [2**40] * len(outer.uses)  # few rows: nothing is handed back before the end
        self.borrowed = Borrowed(outer.pool)
        super().__init__(outer.plan, outer.places, outer.operations, block, outer.at_places, kept, self.borrowed)
        self.outer, self.some = outer, block

    def value(self, number: int) -> Value:
        found = self.found[number]
        if found is None:
            level = self.plan.steps[number].level
            of_household = level is Level.HOUSEHOLD and isinstance(self.some, SomeMembers)
            if level is not Level.PLACE and (of_household or self.outer.knows(number)):
                found = self._taken(self.outer.value(number))
            else:
                found = super().value(number)
            self.found[number] = found
        return found

    def _taken(self, value: Value) -> Value:
        if value.level is Level.PLACE:
            return Value(Level.PLACE, value.data, value.unknown, value.low, value.high, value.codes)
        return self.some.taken(value)

    def close(self) -> None:
        super().close()
        self.borrowed.give_back()

    def knows(self, number: int) -> bool:
        return self.found[number] is not None or self.outer.knows(number)


class Touched(NamedTuple):
    """The rows that a choice touches, and `key`, which is the same for choices that touch the same rows."""

    rows: Array
    key: tuple[object, ...]


def screen(run: Evaluation, step: Step) -> Touched | None:
    """For a choice among members: the households to which one of its conditions may apply at all.

    None where some condition asks nothing of the household.
    """
    assert isinstance(step.node, Choose)
    found: Array | None = None
    key: list[tuple[int, ...]] = []
    for number in step.arguments[: len(step.node.conditions)]:
        condition = run.plan.steps[number]
        parts = condition.arguments if isinstance(condition.node, AllOf) else (number,)
        asked = [part for part in parts if run.plan.steps[part].level is Level.HOUSEHOLD]
        values = [value for part in asked if (value := run.value(part)).level is Level.HOUSEHOLD]
        if not values:
            return None
        touched = _possible(values[0])
        for value in values[1:]:
            touched = touched & _possible(value)
        found = touched if found is None else found | touched
        key.append(tuple(sorted(asked)))
    return None if found is None else Touched(found, ("screen", *sorted(key)))


def _possible(truth: Value) -> Array:
    """Where it holds or may hold."""
    return truth.data if truth.unknown is None else truth.data | truth.unknown


def for_sure(step: Step, conditions: list[Value]) -> int | None:
    """The only branch of a choice between two, where nobody is in doubt."""
    return step.arguments[1] if len(conditions) == 1 and conditions[0].unknown is None else None


def touched_by(run: Evaluation, step: Step, conditions: list[Value]) -> Touched | None:
    """The rows where a condition holds or may hold; None where one is the same for everybody."""
    found: Array | None = None
    for condition in conditions:
        if condition.single:
            return None
        data, unknown = run.raised(condition, step.level)
        possible = data if unknown is None else data | unknown
        found = possible if found is None else found | possible
    return None if found is None else Touched(found, step.arguments[: len(conditions)])


def narrowed(
    run: Evaluation, step: Step, touched: Touched | None, level: Level, rest: Value, only: int | None = None
) -> Value | None:
    """The value of a step that leaves most rows to `rest`; None where it is better worked out for everybody.

    `only` is the branch that all the rows touched take, where that is known.
    """
    if touched is None or not rest.single or rest.lost or rest.data.dtype == OBJECT or run.block is None:
        return None
    if len(touched.rows) < ENOUGH or len(run.block.layout.tail_sizes):
        return None
    key = (level, *touched.key)
    inner = run.narrow.get(key)
    if inner is None:
        count = int(np.count_nonzero(touched.rows))
        if count * FEW > len(touched.rows) or count == len(touched.rows):
            return None
        if count == 0:
            rest.uses += 1
            return rest
        rows = np.flatnonzero(touched.rows)
        some = SomeHouseholds(run.block, rows) if level is Level.HOUSEHOLD else SomeMembers(run.block, rows)
        inner = run.narrow[key] = Narrowed(run, some)
    assert isinstance(inner, Narrowed)
    rows = inner.some.chosen
    if isinstance(inner.some, SomeHouseholds) and step.level is Level.MEMBER:
        rows = inner.some.member_rows
    return _kept(run, step, inner, inner.value(step.number if only is None else only), rows, rest.number)


def _kept(run: Evaluation, step: Step, inner: Narrowed, value: Value, rows: npt.NDArray[np.intp], rest: int) -> Value:
    """What came of a few rows, as a value of all."""
    data, unknown = inner.raised(value, step.level)
    length = run.length(step.level)
    low, high = min(value.low, rest), max(value.high, rest)
    gaps: Array | None = None
    if unknown is not None:
        gaps = np.zeros(length, bool)
        gaps[rows] = unknown
    dtype = width(low, high)
    if dtype == OBJECT or data.dtype == OBJECT:
        whole = np.full(length, rest, object)
        whole[rows] = data
        return Value(step.level, whole, gaps, low, high)
    values = run.pool.take(len(rows), dtype)
    np.copyto(values, data)
    return Value(step.level, None, gaps, low, high, (), (values,), Sparse(rows, values, rest, length, run.pool))
