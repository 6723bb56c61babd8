"""Values picked out: by conditions, out of tables, by brackets, by birthdays; and those that parameters give."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

import numpy as np

from chunyu.policy.columns import EPOCH
from chunyu.policy.emitting import by_brackets, whole_years
from chunyu.policy.kernel.arithmetic import finished, lost, scale_of, single
from chunyu.policy.kernel.evaluation import Evaluation, level_of, pooled
from chunyu.policy.kernel.memory import BOOL, INTP, OBJECT, Array, Level, Value, width
from chunyu.policy.kernel.plan import Step
from chunyu.policy.kernel.selection import for_sure, narrowed, screen, touched_by
from chunyu.policy.kernel.truth import by_setting, constant
from chunyu.policy.kinds import MILLIONTHS, Kind, half_up
from chunyu.policy.nodes import Age, Choose, Literal, Lookup, Node, ParameterValue, Scale
from chunyu.policy.pack import Bracket

BYTE = np.dtype(np.int8)
SHORT = np.dtype(np.int16)


def literal(run: Evaluation, step: Step) -> Value:
    node = cast(Literal, step.node)
    if node.type.kind is Kind.FLAG:
        return constant(bool(node.value))
    if node.type.kind is Kind.CODE:
        return Value(Level.PLACE, np.zeros(1, np.int8), None, 0, 0, (str(node.value),))
    return single(int(node.value))


def decision_date(run: Evaluation, step: Step) -> Value:
    return single(run.plan.on.toordinal() - EPOCH)


def parameter_value(run: Evaluation, step: Step) -> Value:
    """The values in force at each place; one value when all places have the same."""
    node = cast(ParameterValue, step.node)
    settings = run.places.settings[node.name]
    if settings.count(settings[0]) == len(settings):  # a province has hundreds of places, and most parameters one value
        settings = settings[:1]
    written = [setting.value for setting in settings]
    if all(each == written[0] for each in written):
        written = written[:1]
    kind = node.type.kind
    codes = tuple(dict.fromkeys(each for each in written if each is not None)) or ("",) if kind is Kind.CODE else ()
    plain = [_plain(each, codes) for each in written]
    unknown = np.array([each is None for each in plain])
    numbers = [0 if each is None else each for each in plain]
    low, high = min(numbers), max(numbers)
    dtype = BOOL if kind is Kind.FLAG else width(low, high)
    data = np.array(numbers, dtype)
    return Value(Level.PLACE, data, unknown if unknown.any() else None, low, high, codes)


def _plain(value: Any, codes: tuple[str, ...]) -> int | None:
    if value is None:
        return None
    if codes:
        return codes.index(value)
    return value.toordinal() - EPOCH if isinstance(value, date) else int(value)


def choose(run: Evaluation, step: Step) -> Value:
    """The value of the first condition that holds. Conditions that are the same for everybody leave only one branch."""
    result = _few(run, step) or _everybody(run, step)
    # Every argument is let go of once for each time that the expression names it.
    for number in step.arguments:
        run.done(number)
    return result


def _few(run: Evaluation, step: Step) -> Value | None:
    """The choice worked out for those alone whom it touches, where they are few and the others get one number."""
    node = cast(Choose, step.node)
    if not node.type.is_number or step.level is Level.PLACE:
        return None
    last = run.plan.steps[step.arguments[-1]]
    if last.level is not Level.PLACE or scale_of(node, node.otherwise) != 1:
        return None
    rest = run.value(last.number)
    if step.level is Level.MEMBER:
        found = narrowed(run, step, screen(run, step), Level.HOUSEHOLD, rest)
        if found is not None:
            return found
    conditions = [run.value(number) for number in step.arguments[: len(node.conditions)]]
    only = for_sure(step, conditions) if scale_of(node, node.values[0]) == 1 else None
    return narrowed(run, step, touched_by(run, step, conditions), step.level, rest, only)


def _everybody(run: Evaluation, step: Step) -> Value:
    node = cast(Choose, step.node)
    count = len(node.conditions)
    conditions, branches = step.arguments[:count], step.arguments[count : 2 * count]
    taken: list[tuple[Value, Value, Node]] = []
    last, otherwise = step.arguments[-1], node.otherwise
    for condition, branch, item in zip(conditions, branches, node.values, strict=True):
        truth = run.value(condition)
        if truth.single and not truth.lost:
            if truth.number:
                last, otherwise = branch, item
                break
            continue
        taken.append((truth, run.value(branch), item))
    rest = run.value(last)
    if taken or scale_of(node, otherwise) != 1:
        return _chosen(run, node, taken, (rest, otherwise))
    rest.uses += 1
    return rest


def _chosen(run: Evaluation, node: Choose, taken: list[tuple[Value, Value, Node]], rest: tuple[Value, Node]) -> Value:
    values = [value for condition, value, _ in taken for value in (condition, value)] + [rest[0]]
    results = [(value, scale_of(node, item)) for _, value, item in taken] + [(rest[0], scale_of(node, rest[1]))]
    level, kind = level_of(values), node.type.kind
    codes = node.type.codes if kind is Kind.CODE else ()
    if kind is Kind.CODE:
        codes = tuple(dict.fromkeys((*codes, *(code for value, _ in results for code in value.codes))))
    low, high = min(v.low * f for v, f in results), max(v.high * f for v, f in results)
    dtype = _dtype(kind, codes, (low, high))
    out = run.fresh(values, dtype)
    if len(taken) == 1 and node.type.is_number and dtype != OBJECT:
        truth, doubt = run.raised(taken[0][0], level)
        if doubt is None and _between_two(run, level, truth, results, out):
            return finished(run, level, out, True, None, (low, high))
    data, gaps = _branch(run, results[-1], level, codes, dtype)
    np.copyto(out, data)
    unknown: Array | None = None
    if gaps is not None or any(condition.unknown is not None or v.unknown is not None for condition, v, _ in taken):
        unknown = run.fresh(values, BOOL)
        np.copyto(unknown, False if gaps is None else gaps)
    for (condition, _, _), result in zip(reversed(taken), reversed(results[:-1]), strict=True):
        truth, doubt = run.raised(condition, level)
        data, gaps = _branch(run, result, level, codes, dtype)
        if doubt is not None:
            assert unknown is not None
            # In doubt, the value stands where both branches agree: known and equal, or unknown both.
            agreed = np.equal(out, data).astype(bool) & ~(unknown if gaps is None else unknown | gaps)
            np.logical_or(unknown, doubt & ~agreed, out=unknown)
        _select(out, data, truth)
        if unknown is not None:
            np.copyto(unknown, False if gaps is None else gaps, where=truth)
    if unknown is not None and kind is Kind.FLAG:
        np.greater(out, unknown, out=out)
    if kind in (Kind.FLAG, Kind.CODE):
        return Value(level, out, unknown, low, high, codes, pooled(out, unknown))
    return finished(run, level, out, True, unknown, (low, high))


def _between_two(run: Evaluation, level: Level, truth: Array, results: list[tuple[Value, int]], out: Array) -> bool:
    """The first number where the condition holds and the second elsewhere, where no array of either is needed: both are
    one number, the second is nothing, or both depend on the place alone. False where it is not so.
    """
    (one, factor), (other, other_factor) = results
    if one.unknown is not None or other.unknown is not None:
        return False
    place = None if run.block is None else run.block.place
    if one.single and other.single:
        rest = other.number * other_factor
        np.multiply(truth, one.number * factor - rest, out=out, dtype=out.dtype)
        if rest:
            np.add(out, rest, out=out)
    elif other.single and not other.number:
        np.multiply(run.raised(one, level)[0], truth, out=out, dtype=out.dtype)
        if factor != 1:
            np.multiply(out, factor, out=out)
    elif one.level is other.level is Level.PLACE and level is Level.HOUSEHOLD and isinstance(place, np.ndarray):
        count = len(run.places.chains)
        table = np.empty(2 * count, out.dtype)
        np.multiply(other.data, other_factor, out=table[:count], dtype=out.dtype)
        np.multiply(one.data, factor, out=table[count:], dtype=out.dtype)
        rows = run.take(level, INTP)
        np.multiply(truth, count, out=rows, dtype=rows.dtype)
        np.add(rows, place, out=rows)
        np.take(table, rows, out=out, mode="clip")
        run.pool.give(rows)
    else:
        return False
    return True


def _select(out: Array, data: Any, truth: Array) -> None:
    """Put `data` where `truth` holds. Copying under a mask stumbles over every change of it; this goes straight on."""
    if out.dtype == BOOL:
        np.greater(out, truth, out=out)
        np.logical_or(out, np.logical_and(data, truth), out=out)
    elif out.dtype == OBJECT:
        np.copyto(out, data, where=truth, casting="unsafe")
    else:
        change = np.subtract(data, out, dtype=out.dtype)
        np.multiply(change, truth, out=change)
        np.add(out, change, out=out)


def _dtype(kind: Kind, codes: tuple[str, ...], bounds: tuple[int, int]) -> np.dtype[Any]:
    """The type of a choice: wide enough for the difference of any two branches."""
    if kind is Kind.FLAG:
        return BOOL
    if kind is Kind.CODE:
        return BYTE if len(codes) < 128 else SHORT
    return width(*bounds, bounds[1] - bounds[0], bounds[0] - bounds[1])


def _branch(
    run: Evaluation, result: tuple[Value, int], level: Level, codes: tuple[str, ...], dtype: np.dtype[Any]
) -> tuple[Any, Array | None]:
    """A branch in the terms of the whole: codes by the whole's list, numbers in its scale; a single one as itself."""
    value, factor = result
    if value.single and dtype != OBJECT:
        number = codes.index(value.codes[value.number]) if codes else value.number * factor
        return (bool(number) if dtype == BOOL else number), value.unknown
    data, unknown = run.raised(value, level)
    if codes and value.codes != codes:
        data = np.array([codes.index(code) for code in value.codes], dtype)[data]
    if dtype == OBJECT:
        data = data.astype(object)
    return (data if factor == 1 else data * factor), unknown


def lookup(run: Evaluation, step: Step) -> Value:
    node = cast(Lookup, step.node)
    key = run.value(step.arguments[0])

    def found(table: dict[str, Any]) -> Value:
        return _looked_up(run, key, table)

    result = lost() if key.lost else by_setting(run, node.table.name, found, lost())
    run.done(step.arguments[0])
    return result


def _looked_up(run: Evaluation, key: Value, table: dict[str, Any]) -> Value:
    written = [table.get(code, table.get("otherwise")) for code in key.codes]
    numbers = [0 if each is None else int(each) for each in written]
    dtype = width(min(numbers), max(numbers))
    positions = run.positions(key, key.level)
    out = run.fresh((key,), dtype)
    np.take(np.array(numbers, dtype), positions, out=out, mode="clip")
    unknown = run.any_unknown((key,), key.level)
    if None in written:
        gaps = np.array([each is None for each in written])[positions]
        unknown = gaps if unknown is None else unknown | gaps
    for array in pooled(positions):
        run.pool.give(array)
    return finished(run, key.level, out, True, unknown, (min(numbers), max(numbers)))


def scale(run: Evaluation, step: Step) -> Value:
    node = cast(Scale, step.node)
    value = run.value(step.arguments[0])

    def sliced(brackets: tuple[Bracket, ...]) -> Value:
        return _by_brackets(run, value, brackets)

    result = lost() if value.lost else by_setting(run, node.brackets.name, sliced, lost())
    run.done(step.arguments[0])
    return result


def _by_brackets(run: Evaluation, value: Value, brackets: tuple[Bracket, ...]) -> Value:
    """Each slice at its rate, as a sum of what lies above each edge times the change of rate there."""
    if value.single:
        return single(by_brackets(brackets, value.number))
    rates = [0, *(bracket.rate for bracket in brackets)]
    edges = [(b.above, b.rate - before) for b, before in zip(brackets, rates, strict=False)]
    if brackets[-1].up_to is not None:
        edges.append((brackets[-1].up_to, -brackets[-1].rate))
    common = int(np.gcd.reduce([MILLIONTHS, *(change for _, change in edges)]))
    below = MILLIONTHS // common
    steepest = sum(abs(change) // common for _, change in edges)
    farthest = max(abs(value.low), abs(value.high), *(abs(edge) for edge, _ in edges))
    dtype = width(4 * farthest * steepest + 2 * below)
    data = value.data.astype(object) if dtype == OBJECT else value.data
    total, spare = run.take(value.level, dtype), run.take(value.level, dtype)
    total.fill(0)
    for edge, change in edges:
        np.maximum(data, edge, out=spare, dtype=spare.dtype)
        np.subtract(spare, edge, out=spare)
        np.multiply(spare, change // common, out=spare)
        np.add(total, spare, out=total)
    signed = any(rate < 0 for rate in rates)
    if signed:
        size = (np.abs(total) * 2 + below) // (2 * below)
        total = np.where(total < 0, -size, size)
    else:
        np.add(total, below // 2, out=total)
        np.floor_divide(total, below, out=total)
    for array in pooled(spare):
        run.pool.give(array)
    ends = [half_up(sum(max(0, v - e) * c for e, c in edges), MILLIONTHS) for v in (value.low, value.high)]
    tops = [by_brackets(brackets, edge) for edge, _ in edges]
    unknown = run.any_unknown((value,), value.level)
    return finished(run, value.level, total, True, unknown, (min(*ends, *tops, 0), max(*ends, *tops, 0)))


def age(run: Evaluation, step: Step) -> Value:
    """Whole years, read off a list of one entry a day between the first birthday and the last."""
    assert isinstance(step.node, Age)
    born = run.value(step.arguments[0])
    if born.lost:
        run.done(step.arguments[0])
        return lost()
    on = run.plan.on
    first = max(born.low, date.min.toordinal() - EPOCH)
    last = min(born.high, date.max.toordinal() - EPOCH)
    years = np.array([whole_years(date.fromordinal(day + EPOCH), on) for day in range(first, last + 1)], np.int64)
    positions = run.positions(born, born.level)
    np.subtract(positions, first, out=positions)
    out = run.fresh((born,), years.dtype)
    np.take(years, positions, out=out, mode="clip")
    for array in pooled(positions):
        run.pool.give(array)
    unknown = run.any_unknown((born,), born.level)
    result = finished(run, born.level, out, True, unknown, (int(years.min()), int(years.max())))
    run.done(step.arguments[0])
    return result
