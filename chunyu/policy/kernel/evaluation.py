"""Running a plan over one block: steps are worked out when they are asked for, and let go of after their last use."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from chunyu.policy.kernel.blocks import Block
from chunyu.policy.kernel.memory import BOOL, INTP, OBJECT, Array, Level, Pool, Value
from chunyu.policy.kernel.plan import Plan, Step
from chunyu.policy.pack import Setting

Operation = Callable[["Evaluation", Step], Value]


@dataclass(eq=False)
class Places:
    """The chains of places of a run, with the parameter setting in force at each."""

    chains: tuple[tuple[str, ...], ...]
    settings: dict[str, tuple[Setting, ...]]

    def __post_init__(self) -> None:
        self._distinct: dict[tuple[str, tuple[int, ...] | None], list[tuple[Any, tuple[int, ...]]]] = {}

    def distinct(self, name: str, here: tuple[int, ...] | None) -> list[tuple[Any, tuple[int, ...]]]:
        """The different values of a parameter at some places (none: at all), each with the places where it holds."""
        key = (name, here)
        if key not in self._distinct:
            found: list[tuple[Any, list[int]]] = []
            for number in range(len(self.chains)) if here is None else here:
                value = self.settings[name][number].value
                entry = next((e for e in found if e[0] == value), None)
                if entry is None:
                    found.append((value, [number]))
                else:
                    entry[1].append(number)
            self._distinct[key] = [(value, tuple(numbers)) for value, numbers in found]
        return self._distinct[key]


def level_of(values: Sequence[Value]) -> Level:
    level = Level.PLACE
    for value in values:
        if value.level > level:
            level = value.level
    return level


def pooled(*arrays: Array | None) -> tuple[Array, ...]:
    """Those of the arrays that came out of a pool, and go back to it."""
    found: tuple[Array, ...] = ()
    for each in arrays:
        if each is not None and each.base is not None and each.dtype is not OBJECT:
            found += (each,)
    return found


class Evaluation:
    """One pass over a block, or with `block` none over the places alone."""

    def __init__(
        self,
        plan: Plan,
        places: Places,
        operations: dict[type, Operation],
        block: Block | None,
        at_places: Sequence[Value | None],
        uses: Sequence[int],
        pool: Pool,
    ) -> None:
        self.plan, self.places, self.operations = plan, places, operations
        self.block, self.pool = block, pool
        self.at_places = at_places
        self.found: list[Value | None] = [None] * len(plan.steps)
        self.uses = list(uses)
        self.narrow: dict[tuple[object, ...], Evaluation] = {}  # runs over some of the rows, see `selection`
        everywhere = len(places.chains)
        self.lengths = (everywhere,) * 3 if block is None else (everywhere, block.households, block.members)

    # places

    def settings(self, name: str) -> list[tuple[Any, tuple[int, ...]]]:
        """The different values of a parameter here, each with the places where it holds."""
        whole = self.places.distinct(name, None)
        if len(whole) == 1 or self.block is None:
            return whole
        return self.places.distinct(name, self.block.places)

    def at(self, numbers: tuple[int, ...], level: Level) -> Array:
        """Truth: which of the places, households or members are at one of these places."""
        chosen = np.zeros(len(self.places.chains), bool)
        chosen[list(numbers)] = True
        if level is Level.PLACE:
            return chosen
        assert self.block is not None
        out = np.empty(self.lengths[level], bool)
        self.block.spread_place(chosen, level, out)
        return out

    # steps

    def value(self, number: int) -> Value:
        """The value of a step, for one use of it; hand it back with `done`."""
        found = self.found[number]
        if found is not None:
            return found
        step = self.plan.steps[number]
        if step.level is Level.PLACE and self.block is not None:
            found = self._of_places(number)
        else:
            found = self.operations[type(step.node)](self, step)
        self.found[number] = found
        return found

    def knows(self, number: int) -> bool:
        """Whether a step has been worked out and is still there."""
        return self.found[number] is not None

    def _of_places(self, number: int) -> Value:
        """What was worked out for all places, narrowed to those of this block."""
        whole = self.at_places[number]
        assert whole is not None
        assert self.block is not None
        if whole.single or not isinstance(self.block.place, int):
            # A value of its own: what is spread from it belongs to this block, and blocks run side by side.
            return Value(Level.PLACE, whole.data, whole.unknown, whole.low, whole.high, whole.codes)
        here = slice(self.block.place, self.block.place + 1)
        unknown = None if whole.unknown is None or not whole.unknown[here].any() else whole.unknown[here]
        data = whole.data[here]
        exact = int(data[0]) if data.dtype != np.bool_ else 0
        return Value(Level.PLACE, data, unknown, exact, exact, whole.codes)

    def done(self, number: int) -> None:
        """One use of a step is over: a step that nobody needs any more gives its arrays back.

        A step that was never worked out, because what was asked for did not depend on it, gives up its own uses of
        others.
        """
        self.uses[number] -= 1
        if self.uses[number]:
            return
        found = self.found[number]
        if found is None:
            for argument in self.plan.steps[number].arguments:
                self.done(argument)
        else:
            self.found[number] = None
            self.release(found)

    def release(self, value: Value) -> None:
        value.uses -= 1
        if value.uses == 0:
            for array in value.owned:
                self.pool.give(array)
            value.owned.clear()

    def close(self) -> None:
        """Give back what runs over some of the rows still hold."""
        for inner in self.narrow.values():
            inner.close()
        self.narrow.clear()

    # arrays

    def length(self, level: Level) -> int:
        return self.lengths[level]

    def take(self, level: Level, dtype: np.dtype[Any]) -> Array:
        return self.pool.take(self.lengths[level], dtype)

    def raised(self, value: Value, level: Level) -> tuple[Array, Array | None]:
        """Data and unknown of a value, for each household or member; a single value stays one and is broadcast."""
        if value.level is level or value.single:
            return value.data, value.unknown
        found = value.spreads.get(level)
        if found is None:
            data = self._spread(value, value.data, level)
            unknown = None if value.unknown is None else self._spread(value, value.unknown, level)
            found = value.spreads[level] = (data, unknown)
        return found

    def _spread(self, value: Value, source: Array, level: Level) -> Array:
        out = self.take(level, source.dtype)
        if out.dtype != object:
            value.owned.append(out)
        assert self.block is not None
        if value.level is Level.PLACE:
            self.block.spread_place(source, level, out)
        else:
            self.block.spread(source, out)
        return out

    def fresh(self, values: Sequence[Value], dtype: np.dtype[Any]) -> Array:
        """An array for what comes of these values: a single element when each is the same for everybody."""
        for value in values:
            if not value.single:
                return self.take(level_of(values), dtype)
        return np.empty(1, dtype)

    def any_unknown(self, values: Sequence[Value], level: Level) -> Array | None:
        """Where one of the values is unknown, as an array of its own; None when all are known everywhere."""
        found: Array | None = None
        for value in values:
            if value.unknown is not None:  # asked first: to raise a value is to write out what is sparse
                _, unknown = self.raised(value, level)
                assert unknown is not None
                if found is None:
                    found = np.empty(1, bool) if all(each.single for each in values) else self.take(level, BOOL)
                    np.copyto(found, unknown)
                else:
                    np.logical_or(found, unknown, out=found)
        return found

    def positions(self, value: Value, level: Level) -> npt.NDArray[np.intp]:
        """Codes as indices that NumPy takes without turning them over; hand the array back to the pool."""
        data, _ = self.raised(value, level)
        out = np.empty(1, np.intp) if value.single else self.take(level, INTP)
        np.copyto(out, data)
        return out
