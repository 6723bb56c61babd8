"""Whole-number arithmetic over columns: exact, rounded half up where the language says so, widened where it must be."""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd, prod
from typing import Any, cast

import numpy as np

from chunyu.policy.kernel.evaluation import Evaluation, level_of, pooled
from chunyu.policy.kernel.memory import INT, OBJECT, WIDEST, Array, Level, Value, width
from chunyu.policy.kernel.plan import Step
from chunyu.policy.kinds import MILLIONTHS, Kind, half_up
from chunyu.policy.nodes import Extreme, Node, Plus, Product, Round

Interval = tuple[int, int]
FLOAT = np.dtype(np.float64)
EXACT = 2**52  # whole numbers below it, and their halves, are exact in floating point


def is_wide(*bounds: int) -> bool:
    """Whether numbers with these bounds may pass 64 bits."""
    return any(bound >= WIDEST or bound <= -WIDEST for bound in bounds)


def scale_of(node: Node, item: Node) -> int:
    """A whole number that stands among ratios is a number of wholes."""
    return MILLIONTHS if node.type.kind is Kind.RATIO and item.type.kind is Kind.COUNT else 1


def same_scale(run: Evaluation, level: Level, one: tuple[Node, Value], other: tuple[Node, Value]) -> list[Any]:
    """The two sides of a comparison as numbers that may be compared: arrays, or whole numbers of Python."""
    ratio = Kind.RATIO in (one[0].type.kind, other[0].type.kind)
    found: list[Any] = []
    for node, value in (one, other):
        factor = MILLIONTHS if ratio and node.type.kind is Kind.COUNT else 1
        if value.single and not (one[1].single and other[1].single):
            found.append(value.number * factor)
            continue
        data, _ = run.raised(value, level)
        if factor > 1:
            wide = is_wide(value.low * factor, value.high * factor)
            data = data.astype(object) * factor if wide else np.multiply(data, factor, dtype=np.int64)
        found.append(data)
    return found


class Sum:
    """A running result over arrays of rising level: `a op b op c`, with as few arrays as there can be."""

    def __init__(self, run: Evaluation, ufunc: np.ufunc, dtype: np.dtype[Any]) -> None:
        self.run, self.ufunc, self.dtype = run, ufunc, dtype
        self.level = Level.PLACE
        self.data: Any = None
        self.own = False

    def take_in(self, value: Value, factor: int = 1, ufunc: np.ufunc | None = None) -> None:
        """The next operand, times a whole number."""
        if self._add_few(value, factor, ufunc or self.ufunc):
            return
        level = max(self.level, value.level)
        operand, _ = self.run.raised(value, level)
        if self.dtype == OBJECT:
            operand = operand.astype(object)
        if factor != 1:
            operand = np.multiply(operand, factor, dtype=self.dtype)
        if self.data is None:
            self.data, self.level = operand, level
            return
        self.lift(level)
        self._into(ufunc or self.ufunc, operand)

    def _add_few(self, value: Value, factor: int, ufunc: np.ufunc) -> bool:
        """Add or take off numbers that most rows do not have, where the result is an array of our own already."""
        sparse = value.sparse
        if sparse is None or sparse.rest or factor != 1 or not self.own or self.dtype == OBJECT:
            return False
        if self.data.dtype != self.dtype:
            return False
        if value.level is not self.level or len(self.data) != sparse.length or ufunc not in (np.add, np.subtract):
            return False
        self.data[sparse.rows] = ufunc(self.data[sparse.rows], sparse.values)
        return True

    def constant(self, number: int, ufunc: np.ufunc | None = None) -> None:
        """The same with one number for everybody."""
        if self.data is None:
            self.data = np.full(1, number, self.dtype)
        else:
            self._into(ufunc or self.ufunc, number)

    def lift(self, level: Level) -> None:
        """Bring what there is to the level of what comes."""
        if level > self.level and len(self.data) > 1:
            held = Value(self.level, self.data)
            data, _ = self.run.raised(held, level)
            if self.own:
                self.run.pool.give(self.data)
            self.data, self.own = data, data.dtype != OBJECT
        self.level = level

    def _into(self, ufunc: np.ufunc, operand: Any) -> None:
        longest = max(len(self.data), 1 if isinstance(operand, int) else len(operand))
        if self.dtype == OBJECT:
            self.data = ufunc(self.data, operand, dtype=object)
        elif longest == self.run.length(self.level):
            mine = self.own and len(self.data) == longest and self.data.dtype == self.dtype
            out = self.data if mine else self.run.take(self.level, self.dtype)
            ufunc(self.data, operand, out=out, dtype=self.dtype)
            if self.own and out is not self.data:
                self.run.pool.give(self.data)
            self.data, self.own = out, True
        else:
            self.data = ufunc(self.data, operand, dtype=self.dtype)
            self.own = False


def finished(run: Evaluation, level: Level, data: Array, own: bool, unknown: Array | None, bounds: Interval) -> Value:
    """A number as a value; what Python kept is brought back to 64 bits when it fits."""
    low, high = bounds
    if data.dtype == OBJECT:
        low, high = (int(min(data)), int(max(data))) if len(data) else (0, 0)
        if not is_wide(low, high):
            data = data.astype(np.int64)
        own = False
    owned = (*(pooled(data) if own else ()), *pooled(unknown))
    return Value(level, data, unknown, low, high, (), owned)


def lost() -> Value:
    """A number unknown for everybody."""
    return Value(Level.PLACE, np.zeros(1, np.int64), np.ones(1, bool), 0, 0)


def _holding(values: Sequence[Value], *bounds: int) -> np.dtype[Any]:
    """The type for what comes of these values: nothing times a number that only Python holds is Python's too."""
    return OBJECT if any(value.is_object for value in values) else width(*bounds)


def _values(run: Evaluation, step: Step) -> list[Value]:
    return [run.value(number) for number in step.arguments]


def _done(run: Evaluation, step: Step, result: Value) -> Value:
    for number in step.arguments:
        run.done(number)
    return result


def plus(run: Evaluation, step: Step) -> Value:
    node = cast(Plus, step.node)
    values = _values(run, step)
    if any(value.lost for value in values):
        return _done(run, step, lost())
    terms = [(v, s, scale_of(node, t)) for v, s, t in zip(values, node.signs, node.terms, strict=True)]
    low = sum((v.low if s > 0 else -v.high) * f for v, s, f in terms)
    high = sum((v.high if s > 0 else -v.low) * f for v, s, f in terms)
    reach = sum(max(abs(v.low), abs(v.high)) * f for v, _, f in terms)
    total = Sum(run, np.add, _holding(values, reach))
    # A single value is kept for the end as one number; the rest in rising level, a term to add before one to take off.
    whole = sum(v.number * s * f for v, s, f in terms if v.single)
    # Terms that most rows do not have come last, when there is an array to add them to.
    rest = sorted((t for t in terms if not t[0].single), key=lambda t: (t[0].level, t[0].sparse is not None, -t[1]))
    if not rest or rest[0][1] < 0:
        total.constant(whole)
        whole = 0
    for value, sign, factor in rest:
        total.take_in(value, factor, np.add if sign > 0 else np.subtract)
    if whole:
        total.constant(whole, np.add)
    return _done(run, step, _result(run, step, total, values, (low, high)))


def _result(run: Evaluation, step: Step, total: Sum, values: Sequence[Value], bounds: Interval) -> Value:
    """The value of a running result, shared with its only operand where nothing was done to it."""
    level = level_of(values)
    if not total.own and total.dtype != OBJECT and len(total.data) > 1:
        same = next((v for v in values if v.sparse is None and v.data is total.data), None)
        if same is not None and same.unknown is None and all(v.unknown is None for v in values):
            same.uses += 1
            return same
        out = run.fresh(values, total.dtype)
        np.copyto(out, total.data)
        total.data, total.own = out, True
    unknown = run.any_unknown(values, level)
    return finished(run, level, total.data, total.own, unknown, bounds)


def product(run: Evaluation, step: Step) -> Value:
    """Factors over divisors, worked out exactly and rounded once."""
    node = cast(Product, step.node)
    values = _values(run, step)
    over, under = values[: len(node.factors)], values[len(node.factors) :]
    top = prod(v.number for v in over if v.single) * MILLIONTHS ** max(-node.millionths, 0)
    bottom = prod(v.number for v in under if v.single) * MILLIONTHS ** max(node.millionths, 0)
    if any(value.lost for value in values) or bottom == 0:
        return _done(run, step, lost())
    common = gcd(top, bottom) * (-1 if bottom < 0 else 1)
    top, bottom = (top // common, bottom // common) if common else (top, bottom)
    over, under = [v for v in over if not v.single], [v for v in under if not v.single]
    low, high = _times([(v.low, v.high) for v in over], top)
    if not over and not under:
        number = half_up(top, bottom)
        return _done(run, step, single(number))
    reach = 2 * max(abs(low), abs(high), prod(max(abs(v.low), abs(v.high)) for v in over) * abs(top))
    depth = prod(max(abs(v.low), abs(v.high), 1) for v in under) * abs(bottom)
    dtype = _holding((*over, *under), reach + depth, 2 * depth)
    numerator = Sum(run, np.multiply, dtype)
    for value in sorted(over, key=lambda v: v.level):
        numerator.take_in(value)
    if top != 1 or not over:
        numerator.constant(top)
    if not under and bottom == 1:
        return _done(run, step, _result(run, step, numerator, values, (low, high)))
    return _done(run, step, _quotient(run, step, numerator, (under, bottom), values, (low, high)))


def single(number: int) -> Value:
    """One number for everybody."""
    return Value(Level.PLACE, np.full(1, number, object if is_wide(number) else np.int64), None, number, number)


def _times(intervals: Sequence[Interval], factor: int) -> Interval:
    low, high = factor, factor
    for a, b in intervals:
        corners = (low * a, low * b, high * a, high * b)
        low, high = min(corners), max(corners)
    return low, high


def _quotient(
    run: Evaluation, step: Step, numerator: Sum, under: tuple[list[Value], int], values: list[Value], bounds: Interval
) -> Value:
    divisors, bottom = under
    level = level_of(values)
    numerator.lift(level)
    top, own = numerator.data, numerator.own
    if top.dtype != numerator.dtype:
        top, own = top.astype(numerator.dtype), False
    unknown = run.any_unknown(values, level)
    if not divisors:
        out = _by_number(run, level, top, own, bottom, bounds)
        low, high = half_up(bounds[0], bottom), half_up(bounds[1], bottom)
        return finished(run, level, out, True, unknown, (low, high))
    # The least divisor makes the most of both bounds; one that may be below zero turns them about.
    least = prod(v.low for v in divisors) * bottom if all(v.low > 0 for v in divisors) else 0
    reach = max(abs(bounds[0]), abs(bounds[1]))
    found = (half_up(min(bounds[0], 0), least), half_up(max(bounds[1], 0), least)) if least else (-reach, reach)
    if len(divisors) == 1 and divisors[0].segments and level is Level.HOUSEHOLD and top.dtype != OBJECT:
        out = _by_size(run, np.broadcast_to(top, (run.length(level),)), divisors[0], bottom, bounds)
    else:
        out, gaps = _over(run, level, top, under, bounds)
        if gaps is not None:
            unknown = gaps if unknown is None else unknown | gaps
        if unknown is not None and len(unknown) == 1 < run.length(level):
            unknown = np.full(run.length(level), unknown[0])
    if own:
        run.pool.give(top)
    return finished(run, level, out, True, unknown, found)


def _over(
    run: Evaluation, level: Level, top: Array, under: tuple[list[Value], int], bounds: Interval
) -> tuple[Array, Array | None]:
    """Divided by what differs from one to the next, and where the quotient is unknown."""
    divisors, bottom = under
    denominator = Sum(run, np.multiply, top.dtype)
    for value in sorted(divisors, key=lambda v: v.level):
        denominator.take_in(value)
    if bottom != 1:
        denominator.constant(bottom)
    denominator.lift(level)
    below, positive = denominator.data, all(v.low > 0 for v in divisors)
    reach = 2 * max(abs(bounds[0]), abs(bounds[1])) + bottom * prod(max(abs(v.low), abs(v.high)) for v in divisors)
    gaps: Array | None = None
    if positive and reach < EXACT and top.dtype != OBJECT and len(below) == run.length(level):
        spare = run.take(level, FLOAT), run.take(level, FLOAT)
        out = rounded_in_floats(top, below, bounds[0] < 0, spare, run.take(level, INT))
        for array in spare:
            run.pool.give(array)
    else:
        out, gaps = _by_numbers(top, below, bounds[0] < 0, positive)
        if len(out) == 1 < run.length(level):
            out = np.full(run.length(level), out[0], out.dtype)
    if denominator.own:
        run.pool.give(below)
    return out, gaps


def _by_size(run: Evaluation, top: Array, size: Value, bottom: int, bounds: Interval) -> Array:
    """Divided by the size of the household: a plain number for each run of households of one size."""
    out = run.take(Level.HOUSEHOLD, top.dtype)
    for start, stop, people in size.segments:
        _by_number(run, Level.HOUSEHOLD, top[start:stop], False, people * bottom, bounds, out[start:stop])
    return out


def _by_numbers(top: Any, below: Any, signed: bool, above_zero: bool) -> tuple[Any, Array | None]:
    """Divided element by element; where the divisor is zero the result is unknown."""
    if above_zero:
        return _rounded(top, below, signed), None
    zero = np.asarray(below == 0, bool)
    below = np.where(zero, 1, below)
    out = _rounded(np.where(below < 0, -top, top), np.abs(below), True)
    return out, np.broadcast_to(zero, out.shape).copy() if zero.any() else None


def _rounded(top: Any, below: Any, signed: bool) -> Any:
    """Half up by size, for divisors above zero: `sign(n) · ((2·|n| + d) // (2·d))`."""
    if not signed:
        return (top + (below >> 1)) // below
    whole = (np.abs(top) * 2 + below) // (below * 2)
    return np.where(top < 0, -whole, whole)


def rounded_in_floats(top: Array, below: Array, signed: bool, spare: tuple[Array, Array], out: Array) -> Array:
    """The same by dividing floating-point numbers, which processors do several at a time; `spare` are two arrays of
    them.

    It is exact: with m = 2·|n| + d, a quotient m / 2d that is not whole lies at least 1 / 2d off the next whole number
    k, and beside k the numbers of 53 bits stand closer than that while m < 2**52.
    """
    near, half = spare
    np.copyto(near, top)
    np.multiply(below, 0.5, out=half)
    np.add(near, np.copysign(half, near, out=half) if signed else half, out=near)
    np.divide(near, below, out=near)
    np.copyto(out, near, casting="unsafe")  # whole numbers are what is left when the rest is cut off
    return out


def _by_number(
    run: Evaluation, level: Level, top: Array, own: bool, divisor: int, bounds: Interval, out: Array | None = None
) -> Array:
    """Half up by a number above zero. For n at least 0 that is `(n + d // 2) // d`; below zero, an even divisor's
    halves must go the other way, which takes one off first.
    """
    if top.dtype == OBJECT:
        return np.asarray(_rounded(top, divisor, True), object)
    if out is None:
        out = top if own else run.take(level, top.dtype) if len(top) == run.length(level) else np.empty_like(top)
    half = divisor // 2
    if bounds[0] < 0 and divisor % 2 == 0:
        below_zero = np.less(top, 0).view(np.int8)
        np.add(top, half, out=out, dtype=out.dtype)
        np.subtract(out, below_zero, out=out, dtype=out.dtype)
    elif half:
        np.add(top, half, out=out, dtype=out.dtype)
    elif out is not top:
        np.copyto(out, top)
    np.floor_divide(out, divisor, out=out)
    return out


def extreme(run: Evaluation, step: Step) -> Value:
    node = cast(Extreme, step.node)
    values = _values(run, step)
    if any(value.lost for value in values):
        return _done(run, step, lost())
    ufunc: np.ufunc = np.minimum if node.name == "min" else np.maximum
    pick = min if node.name == "min" else max
    scaled = [(v, scale_of(node, item)) for v, item in zip(values, node.items, strict=True)]
    low, high = pick(v.low * f for v, f in scaled), pick(v.high * f for v, f in scaled)
    dtype = _holding(values, *(v.low * f for v, f in scaled), *(v.high * f for v, f in scaled))
    found = Sum(run, ufunc, dtype)
    numbers = [v.number * f for v, f in scaled if v.single]
    for value, factor in sorted((each for each in scaled if not each[0].single), key=lambda each: each[0].level):
        found.take_in(value, factor)
    if numbers:
        found.constant(pick(numbers))
    return _done(run, step, _result(run, step, found, values, (low, high)))


def rounding(run: Evaluation, step: Step) -> Value:
    """Money rounded to whole steps: half up by size, towards zero, or away from it."""
    node = cast(Round, step.node)
    value = run.value(step.arguments[0])
    if value.lost:
        return _done(run, step, lost())
    data = value.data.astype(object if is_wide(value.low * 2, value.high * 2) else np.int64)
    unit = node.step
    size = np.abs(data)
    if node.name == "round_half_up":
        size = (size * 2 + unit) // (2 * unit) * unit
    else:
        size = size // unit * unit if node.name == "round_down" else -(-size // unit) * unit
    rounded = np.where(data < 0, -size, size)
    unknown = None if value.unknown is None else value.unknown.copy()
    bounds = (value.low - unit, value.high + unit)
    return _done(run, step, finished(run, value.level, rounded, False, unknown, bounds))
