"""One value out of all members of a household: totals, counts, any, all, the least and the greatest."""

from __future__ import annotations

from typing import cast

import numpy as np

from chunyu.policy.kernel.arithmetic import finished, scale_of
from chunyu.policy.kernel.evaluation import Evaluation, pooled
from chunyu.policy.kernel.memory import BOOL, INT, OBJECT, Array, Level, Value, width
from chunyu.policy.kernel.plan import Step
from chunyu.policy.kernel.selection import narrowed, screen
from chunyu.policy.nodes import Aggregate, Choose

COUNTER = np.dtype(np.int16)
HIGHEST, LOWEST = np.int64(np.iinfo(np.int64).max), np.int64(np.iinfo(np.int64).min)


class Counted:
    """The members' values and who of them counts: for sure, and maybe. Arrays are None where nobody is in doubt."""

    def __init__(self, run: Evaluation, step: Step) -> None:
        node = cast(Aggregate, step.node)
        waiting = list(step.arguments)
        self.value = run.value(waiting.pop(0)) if node.value is not None else None
        self.where = run.value(waiting.pop(0)) if node.where is not None else None
        self.run = run
        if self.where is not None and self.where.single and self.where.unknown is None and self.where.number:
            self.where = None

    def data(self) -> Array:
        """The members' values, one for each."""
        assert self.value is not None
        data, _ = self.run.raised(self.value, Level.MEMBER)
        return full(self.run, data)

    def gaps(self) -> Array | None:
        """Whose value is unknown."""
        if self.value is None:
            return None
        _, unknown = self.run.raised(self.value, Level.MEMBER)
        return None if unknown is None else full(self.run, unknown)

    def sure(self) -> Array | None:
        """Who counts for sure; None is everybody."""
        if self.where is None:
            return None
        data, _ = self.run.raised(self.where, Level.MEMBER)
        return full(self.run, data)

    def doubt(self) -> Array | None:
        """Who may count; None is nobody."""
        if self.where is None:
            return None
        _, unknown = self.run.raised(self.where, Level.MEMBER)
        return None if unknown is None else full(self.run, unknown)


def full(run: Evaluation, array: Array) -> Array:
    """An array for each member out of a single element."""
    members = run.length(Level.MEMBER)
    return array if len(array) == members else np.full(members, array[0], array.dtype)


def aggregate(run: Evaluation, step: Step) -> Value:
    node = cast(Aggregate, step.node)
    result = _of_few(run, step) or _of_everybody(run, step, node)
    for number in step.arguments:
        run.done(number)
    return result


def _of_few(run: Evaluation, step: Step) -> Value | None:
    """A total of what only members of few households can have, worked out for those households alone."""
    node = cast(Aggregate, step.node)
    if node.name != "sum" or node.where is not None:
        return None
    value = run.plan.steps[step.arguments[0]]
    if not isinstance(value.node, Choose) or value.level is not Level.MEMBER:
        return None
    last = run.plan.steps[value.arguments[-1]]
    if last.level is not Level.PLACE:
        return None
    rest = run.value(last.number)
    if not rest.single or rest.number:
        return None
    return narrowed(run, step, screen(run, value), Level.HOUSEHOLD, rest)


def _of_everybody(run: Evaluation, step: Step, node: Aggregate) -> Value:
    counted = Counted(run, step)
    if node.name == "count":
        return _count(run, counted)
    if node.name == "sum":
        return _sum(run, counted)
    if node.name in ("any", "all"):
        return _some(run, counted, node.name == "any")
    otherwise = run.value(step.arguments[-1]) if node.otherwise is not None else None
    return _extreme(run, node, counted, otherwise)


def folded(run: Evaluation, ufunc: np.ufunc, members: Array, dtype: np.dtype[np.generic]) -> Array:
    out = run.take(Level.HOUSEHOLD, dtype)
    assert run.block is not None
    run.block.layout.fold(ufunc, members, out)
    return out


def _count(run: Evaluation, counted: Counted) -> Value:
    assert run.block is not None
    layout = run.block.layout
    if counted.where is None:
        value = Value(Level.HOUSEHOLD, layout.counts, None, 1, layout.largest)
        value.segments = layout.segments
        return value
    sure = counted.sure()
    assert sure is not None
    dtype = COUNTER if layout.largest < 32_000 else INT
    total = folded(run, np.add, sure.view(np.int8), dtype)
    doubt = counted.doubt()
    unknown = None if doubt is None else folded(run, np.logical_or, doubt, BOOL)
    return Value(Level.HOUSEHOLD, total, unknown, 0, layout.largest, (), pooled(total, unknown))


def _sum(run: Evaluation, counted: Counted) -> Value:
    assert run.block is not None
    assert counted.value is not None
    largest, value = run.block.layout.largest, counted.value
    if value.sparse is not None and value.unknown is None and counted.where is None and not value.sparse.rest:
        return _sum_of_few(run, value, (min(0, value.low) * largest, max(0, value.high) * largest))
    low, high = min(0, value.low) * largest, max(0, value.high) * largest
    data, sure, gaps, doubt = counted.data(), counted.sure(), counted.gaps(), counted.doubt()
    dtype = width(low, high)
    if dtype == OBJECT:
        data = data.astype(object)
    chosen: Array | None = None
    if sure is not None:
        chosen = run.take(Level.MEMBER, dtype)
        np.multiply(data, sure, out=chosen, dtype=chosen.dtype)
    total = folded(run, np.add, data if chosen is None else chosen, dtype)
    for array in pooled(chosen):
        run.pool.give(array)
    unknown: Array | None = None
    if gaps is not None or doubt is not None:
        # A value that nobody knows, of somebody who counts or may; or one other than nothing of somebody who may.
        open_ = np.zeros(run.length(Level.MEMBER), bool)
        if gaps is not None:
            who = sure if doubt is None else sure | doubt if sure is not None else doubt
            np.logical_or(open_, gaps if who is None else gaps & who, out=open_)
        if doubt is not None:
            np.logical_or(open_, doubt & (data != 0).astype(bool), out=open_)
        unknown = folded(run, np.logical_or, open_, BOOL)
    return finished(run, Level.HOUSEHOLD, total, True, unknown, (low, high))


def _sum_of_few(run: Evaluation, value: Value, bounds: tuple[int, int]) -> Value:
    """The total where most members have nothing: at each position those who have something are different households."""
    assert run.block is not None
    assert value.sparse is not None
    layout, (rows, values, *_) = run.block.layout, value.sparse
    out = run.take(Level.HOUSEHOLD, width(*bounds))
    out.fill(0)
    ends = np.cumsum(layout.heads)
    edges = [0, *(int(edge) for edge in np.searchsorted(rows, ends))]
    for start, stop, end, count in zip(edges, edges[1:], ends, layout.heads, strict=False):
        if stop > start:
            out[rows[start:stop] - (int(end) - count)] += values[start:stop]
    return finished(run, Level.HOUSEHOLD, out, True, None, bounds)


def _some(run: Evaluation, counted: Counted, one: bool) -> Value:
    """`any`: one of those who count holds. `all` is the same of the denial, denied."""
    data, sure, gaps, doubt = counted.data(), counted.sure(), counted.gaps(), counted.doubt()
    hit = data if one else ~data if gaps is None else ~(data | gaps)
    decided = folded(run, np.logical_or, hit if sure is None else hit & sure, BOOL)
    unknown: Array | None = None
    if gaps is not None or doubt is not None:
        may_hit = hit if gaps is None else hit | gaps
        may_count = sure if doubt is None else doubt if sure is None else sure | doubt
        unknown = folded(run, np.logical_or, may_hit if may_count is None else may_hit & may_count, BOOL)
        np.greater(unknown, decided, out=unknown)
    if not one:
        np.logical_not(decided, out=decided)
        if unknown is not None:
            np.greater(decided, unknown, out=decided)
    return Value(Level.HOUSEHOLD, decided, unknown, 0, 1, (), pooled(decided, unknown))


def _extreme(run: Evaluation, node: Aggregate, counted: Counted, otherwise: Value | None) -> Value:
    least = node.name == "min"
    ufunc: np.ufunc = np.minimum if least else np.maximum
    filler = HIGHEST if least else LOWEST
    assert counted.value is not None
    data, sure, gaps, doubt = counted.data(), counted.sure(), counted.gaps(), counted.doubt()
    factor = 1 if otherwise is None or node.otherwise is None else scale_of(node, node.otherwise)
    beyond = otherwise is not None and width(otherwise.low * factor, otherwise.high * factor) == OBJECT
    dtype = OBJECT if data.dtype == OBJECT or beyond or (otherwise is not None and otherwise.is_object) else INT

    def best(who: Array | None) -> Array:
        return folded(run, ufunc, data if who is None else np.where(who, data, filler), dtype)

    def somebody(who: Array) -> Array:
        return folded(run, np.logical_or, who, BOOL)

    known = sure if gaps is None else ~gaps if sure is None else sure & ~gaps
    found = best(known)
    there = np.ones(run.length(Level.HOUSEHOLD), bool) if known is None else somebody(known)
    unknown = np.zeros(len(there), bool)
    low, high = counted.value.low, counted.value.high
    maybe: Array | None = None
    if doubt is not None:
        maybe = doubt if gaps is None else doubt & ~gaps
        better = best(maybe)
        unknown |= somebody(maybe) & ((better < found) if least else (better > found)).astype(bool) & there
    if gaps is not None:
        who = sure if doubt is None else doubt if sure is None else sure | doubt
        unknown |= somebody(gaps if who is None else gaps & who)
    nobody = ~there
    if maybe is not None:
        unknown |= nobody & somebody(maybe)
    if otherwise is None or node.otherwise is None:
        unknown |= nobody
    else:
        other, open_ = run.raised(otherwise, Level.HOUSEHOLD)
        np.copyto(found, other.astype(dtype) * factor if factor > 1 else other, where=nobody, casting="unsafe")
        if open_ is not None:
            unknown |= nobody & open_
        low, high = min(low, otherwise.low * factor), max(high, otherwise.high * factor)
    if dtype == INT:
        np.copyto(found, 0, where=unknown)
        low, high = min(low, 0), max(high, 0)
    return finished(run, Level.HOUSEHOLD, found, True, unknown if unknown.any() else None, (low, high))
