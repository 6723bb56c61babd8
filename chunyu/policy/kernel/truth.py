"""Truth over columns: and, or, not, comparisons, codes in a list. The tables are those of `nodes`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np

from chunyu.policy.kernel.arithmetic import same_scale
from chunyu.policy.kernel.evaluation import Evaluation, level_of, pooled
from chunyu.policy.kernel.memory import BOOL, OBJECT, Array, Level, Value
from chunyu.policy.kernel.plan import Step
from chunyu.policy.kinds import Kind
from chunyu.policy.nodes import AllOf, Among, AnyOf, Compare, Disputed, FactValue, Not, ParameterValue, Within

SIGNS: dict[str, np.ufunc] = {
    "<": np.less,
    "<=": np.less_equal,
    "==": np.equal,
    "!=": np.not_equal,
    ">=": np.greater_equal,
    ">": np.greater,
}


def flag(run: Evaluation, values: Sequence[Value], data: Array) -> Value:
    """A truth value that is unknown where one of `values` is; what is unknown is not true."""
    level = level_of(values)
    unknown = run.any_unknown(values, level)
    if unknown is not None:
        np.greater(data, unknown, out=data)
    return Value(level, data, unknown, 0, 1, (), pooled(data, unknown))


def constant(truth: bool | None) -> Value:
    """The same for everybody; None is unknown."""
    return Value(Level.PLACE, np.full(1, bool(truth)), np.ones(1, bool) if truth is None else None, 0, 1)


def compare(run: Evaluation, step: Step) -> Value:
    node = cast(Compare, step.node)
    left, right = (run.value(number) for number in step.arguments)
    result = compared(run, step, node.sign, left, right)
    for number in step.arguments:
        run.done(number)
    return result


def within(run: Evaluation, step: Step) -> Value:
    node = cast(Within, step.node)
    left, right = (run.value(number) for number in step.arguments)
    name = node.boundary.name
    result = by_setting(run, name, lambda sign: compared(run, step, sign, left, right), constant(None))
    for number in step.arguments:
        run.done(number)
    return result


def compared(run: Evaluation, step: Step, sign: str, left: Value, right: Value) -> Value:
    if left.lost or right.lost:
        return constant(None)
    one, other = step.parts
    if one.type.kind is Kind.CODE:
        return _same_code(run, sign == "!=", left, right)
    level = level_of((left, right))
    a, b = same_scale(run, level, (one, left), (other, right))
    out = run.fresh((left, right), BOOL)
    SIGNS[sign](a, b, out=out)
    return flag(run, (left, right), out)


def _same_code(run: Evaluation, negated: bool, left: Value, right: Value) -> Value:
    if left.single:
        left, right = right, left
    level = level_of((left, right))
    out = run.fresh((left, right), BOOL)
    a, _ = run.raised(left, level)
    if right.single:
        code = right.codes[right.number]
        np.equal(a, left.codes.index(code) if code in left.codes else -1, out=out)
    else:
        b, _ = run.raised(right, level)
        if left.codes != right.codes:
            found = {code: position for position, code in enumerate(left.codes)}
            b = np.array([found.get(code, -1) for code in right.codes], np.int16)[b]
        np.equal(a, b, out=out)
    if negated:
        np.logical_not(out, out=out)
    return flag(run, (left, right), out)


def among(run: Evaluation, step: Step) -> Value:
    node = cast(Among, step.node)
    value = run.value(step.arguments[0])

    def listed(codes: tuple[str, ...]) -> Value:
        return _listed(run, value, codes, node.negated)

    if isinstance(node.codes, ParameterValue):
        result = by_setting(run, node.codes.name, listed, constant(None))
    else:
        result = listed(node.codes)
    run.done(step.arguments[0])
    return result


def _listed(run: Evaluation, value: Value, codes: tuple[str, ...], negated: bool) -> Value:
    if value.lost:
        return constant(None)
    inside = [position for position, code in enumerate(value.codes) if code in codes]
    outside = [position for position in range(len(value.codes)) if position not in inside]
    turned = len(_runs(outside)) < len(_runs(inside))
    out, spare, second = (run.fresh((value,), BOOL) for _ in range(3))
    out.fill(False)
    for low, high in _runs(outside if turned else inside):
        if low == high:
            np.equal(value.data, low, out=spare)
        else:
            np.greater_equal(value.data, low, out=spare)
            np.less_equal(value.data, high, out=second)
            np.logical_and(spare, second, out=spare)
        np.logical_or(out, spare, out=out)
    for array in pooled(spare, second):
        run.pool.give(array)
    if turned is not negated:
        np.logical_not(out, out=out)
    return flag(run, (value,), out)


def _runs(positions: list[int]) -> list[tuple[int, int]]:
    """Positions as runs from the first to the last of neighbours."""
    found: list[tuple[int, int]] = []
    for position in positions:
        if found and found[-1][1] == position - 1:
            found[-1] = (found[-1][0], position)
        else:
            found.append((position, position))
    return found


def by_setting(run: Evaluation, parameter: str, made: Callable[[Any], Value], missing: Value) -> Value:
    """What `made` gives for the parameter's value; where places differ, each has what its own value gives.

    `missing` is the unknown value of the same kind, for places that have none.
    """
    parts = [(missing if value is None else made(value), places) for value, places in run.settings(parameter)]
    if len(parts) == 1:
        return parts[0][0]
    level = max(level_of([part for part, _ in parts]), Level.PLACE if run.block is None else run.block.lowest)
    known = next((part for part, _ in parts if not part.lost), missing)
    wide = any(part.data.dtype == OBJECT for part, _ in parts)
    out, unknown = run.take(level, OBJECT if wide else known.data.dtype), run.take(level, BOOL)
    unknown.fill(False)
    for part, places in parts:
        here = run.at(places, level)
        data, gaps = run.raised(part, level)
        np.copyto(out, data, where=here, casting="unsafe")
        if gaps is not None:
            np.copyto(unknown, gaps, where=here)
        if part is not missing:
            run.release(part)
    low, high = min(part.low for part, _ in parts), max(part.high for part, _ in parts)
    gaps = unknown if unknown.any() else None
    return Value(level, out, gaps, low, high, known.codes, pooled(out, unknown))


def all_of(run: Evaluation, step: Step) -> Value:
    return _joined(run, step, decisive=False)


def any_of(run: Evaluation, step: Step) -> Value:
    return _joined(run, step, decisive=True)


def _joined(run: Evaluation, step: Step, decisive: bool) -> Value:
    """`and` (a no decides) or `or` (a yes decides). Parts that are the same for everybody are looked at first."""
    assert isinstance(step.node, AllOf | AnyOf)
    waiting = sorted(step.arguments, key=lambda number: run.plan.steps[number].level)
    parts: list[tuple[int, Value]] = []
    result: Value | None = None
    while waiting and result is None:
        number = waiting.pop(0)
        part = run.value(number)
        if part.single and not part.lost:
            if bool(part.number) is decisive:
                result = constant(decisive)
            run.done(number)
        else:
            parts.append((number, part))
    if result is None:
        result = _together(run, [part for _, part in parts], decisive)
    for number in (*waiting, *(number for number, _ in parts)):
        run.done(number)
    return result


def _together(run: Evaluation, parts: list[Value], decisive: bool) -> Value:
    if not parts:
        return constant(not decisive)
    if len(parts) == 1:
        parts[0].uses += 1
        return parts[0]
    level = level_of(parts)
    out = run.fresh(parts, BOOL)
    join: np.ufunc = np.logical_or if decisive else np.logical_and
    raised = [run.raised(part, level) for part in parts]
    if all(unknown is None for _, unknown in raised):
        join(raised[0][0], raised[1][0], out=out)
        for data, _ in raised[2:]:
            join(out, data, out=out)
        return Value(level, out, None, 0, 1, (), pooled(out))
    # Not decided, and not known: what may hold, less what does (for or); what is not a no, less what is a yes (and).
    maybe, spare = run.fresh(parts, BOOL), run.fresh(parts, BOOL)
    out.fill(not decisive)
    maybe.fill(not decisive)
    for data, unknown in raised:
        join(out, data, out=out)
        if unknown is None:
            join(maybe, data, out=maybe)
        else:
            np.logical_or(data, unknown, out=spare)
            join(maybe, spare, out=maybe)
    for array in pooled(spare):
        run.pool.give(array)
    # For `and`, what may hold counts what is known to hold; for `or` likewise: the rest is what nobody knows.
    np.greater(maybe, out, out=maybe)
    return Value(level, out, maybe, 0, 1, (), pooled(out, maybe))


def not_(run: Evaluation, step: Step) -> Value:
    assert isinstance(step.node, Not)
    part = run.value(step.arguments[0])
    out = run.fresh((part,), BOOL)
    np.logical_not(part.data, out=out)
    result = flag(run, (part,), out)
    run.done(step.arguments[0])
    return result


def disputed(run: Evaluation, step: Step) -> Value:
    node = cast(Disputed, step.node)
    assert run.block is not None
    laid = run.block.dispute(run.plan.pack.facts[node.fact.entity, node.fact.name])
    for number in step.arguments:
        run.done(number)
    return Value(step.level, laid.data, laid.unknown, 0, 1)


def fact_value(run: Evaluation, step: Step) -> Value:
    node = cast(FactValue, step.node)
    assert run.block is not None
    laid = run.block.fact(run.plan.pack.facts[node.entity, node.name])
    return Value(step.level, laid.data, laid.unknown, laid.low, laid.high, node.type.codes)
