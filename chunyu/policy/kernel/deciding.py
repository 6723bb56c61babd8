"""Deciding many households at once: the same answers as `decide`, household by household."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from threading import Lock, local
from typing import Any

import numpy as np
import numpy.typing as npt

from chunyu.policy.columns import Column, Facts
from chunyu.policy.interpret import parameters_in_force, settings_in_force
from chunyu.policy.kernel import arithmetic, choosing, members, truth
from chunyu.policy.kernel.blocks import HOUSEHOLDS, Block, blocks_of
from chunyu.policy.kernel.evaluation import Evaluation, Operation, Places
from chunyu.policy.kernel.memory import BOOL, INT, OBJECT, SHORT, Array, Level, Pool, Value
from chunyu.policy.kernel.plan import Key, Plan, plan
from chunyu.policy.kinds import Kind, Type
from chunyu.policy.nodes import (
    Age,
    Aggregate,
    AllOf,
    Among,
    AnyOf,
    Choose,
    Compare,
    DecisionDate,
    Disputed,
    Extreme,
    FactValue,
    Literal,
    Lookup,
    Not,
    ParameterValue,
    Plus,
    Product,
    Round,
    Scale,
    Within,
)
from chunyu.policy.pack import Pack
from chunyu.policy.problems import PolicyError

POSITION = np.dtype(np.int16)  # of a code in its list
OPERATIONS: dict[type, Operation] = {
    Age: choosing.age,
    Aggregate: members.aggregate,
    AllOf: truth.all_of,
    Among: truth.among,
    AnyOf: truth.any_of,
    Choose: choosing.choose,
    Compare: truth.compare,
    DecisionDate: choosing.decision_date,
    Disputed: truth.disputed,
    Extreme: arithmetic.extreme,
    FactValue: truth.fact_value,
    Literal: choosing.literal,
    Lookup: choosing.lookup,
    Not: truth.not_,
    ParameterValue: choosing.parameter_value,
    Plus: arithmetic.plus,
    Product: arithmetic.product,
    Round: arithmetic.rounding,
    Scale: choosing.scale,
    Within: truth.within,
}


class Results:
    """The values of the rules asked for, for every household (and of rules of the member, for every member)."""

    def __init__(self, pack: Pack, ids: Any, columns: Mapping[Key, Column]) -> None:
        self.pack, self.ids, self._columns = pack, ids, columns

    def __getitem__(self, rule: str) -> Column:
        return self._columns["household", rule]

    def __iter__(self) -> Iterator[str]:
        return (name for entity, name in self._columns if entity == "household")

    def member(self, rule: str) -> Column:
        """A rule of the member, in the order of `Facts.members`."""
        return self._columns["member", rule]

    @property
    def category(self) -> Column:
        return self[self.pack.roles.category]

    def entitled(self, programme: str) -> npt.NDArray[np.int8]:
        """1 entitled, 0 not, -1 not known: every condition of the programme together."""
        sure = np.ones(len(self.ids), np.int8)
        possible: npt.NDArray[np.int8] | None = None
        for name in self.pack.programmes[programme].conditions:
            condition = self[name]
            known = condition.values.view(np.int8)
            if condition.unknown is not None and possible is None:
                possible = sure.copy()
            if possible is not None:
                possible &= known if condition.unknown is None else known | condition.unknown.view(np.int8)
            sure &= known
        # Possible and not sure is not known.
        return sure if possible is None else 2 * sure - possible

    def programme(self, code: str) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.int64]]:
        """Whether each household is entitled (1, 0, -1 not known), and to how much: fen, -1 while it is not known; help
        in kind is 0 fen."""
        entitled = self.entitled(code)
        rule = self.pack.programmes[code].amount
        amount = None if rule is None else self[rule]
        if amount is None:
            return entitled, np.minimum(entitled, 0).astype(np.int64)
        fen = np.multiply(amount.values, entitled == 1, dtype=np.int64)
        fen += np.minimum(entitled, 0)
        if amount.unknown is not None:
            fen[(entitled == 1) & amount.unknown] = -1
        return entitled, fen


def needed_rules(pack: Pack) -> tuple[str, ...]:
    """The rules of the household that say its category and what it gets from every programme."""
    named = [pack.roles.category, pack.roles.figure]
    for programme in pack.programmes.values():
        named += [*programme.conditions, *([programme.amount] if programme.amount else [])]
    return tuple(dict.fromkeys(named))


@dataclass(eq=False)
class Prepared:
    """A pack's rules for a day and some places, ready to run over blocks."""

    plan: Plan
    places: Places
    numbers: dict[str, int]
    outputs: Mapping[Key, int]
    at_places: list[Value | None]
    uses: list[int]

    @cached_property
    def facts(self) -> set[Key]:
        """The facts that the rules asked for rest on."""
        return self.plan.facts(tuple(self.outputs.values()))

    def decide(self, block: Block, pool: Pool, into: Mapping[Key, Array] | None = None) -> dict[Key, Column]:
        """One block, back in the order of the facts. `into` are arrays for the values, used where their types are
        those of what was found.
        """
        run = Evaluation(self.plan, self.places, OPERATIONS, block, self.at_places, self.uses, pool)
        found: dict[Key, Column] = {}
        for key, number in self.outputs.items():
            out = None if into is None else into[key]
            found[key] = _column(run, run.value(number), _level(key), self.plan.pack.rules[key].type, out)
            run.done(number)
        run.close()
        return found


def _column(run: Evaluation, value: Value, level: Level, type_: Type, out: Array | None) -> Column:
    kind = type_.kind
    unknown, codes = None, value.codes
    if value.sparse is not None and value.level is level and value.unknown is None:
        values = _few_in_order(run, value, level, out)
    else:
        data, unknown = run.raised(value, level)
        values = _in_order(run, data, level, result_type(kind, data.dtype), out)
    gaps = None if unknown is None else _in_order(run, unknown, level, BOOL)
    if kind is Kind.CODE and codes != type_.codes and set(codes) <= set(type_.codes):
        # By the rule's own list: what a block happens to hold must not show in how its values are written.
        values = np.array([type_.codes.index(code) for code in codes], np.int16)[values]
        codes = type_.codes
    return Column(values, gaps, codes, kind)


def result_type(kind: Kind, dtype: np.dtype[Any]) -> np.dtype[Any]:
    """How results are kept: numbers in 32 bits where a block's bounds allow it, and what passes 64 bits as Python has
    it, exact, and refused only by what cannot store it.
    """
    if dtype == OBJECT:
        return OBJECT
    if kind in (Kind.FLAG, Kind.CODE):
        return BOOL if kind is Kind.FLAG else POSITION
    return SHORT if dtype.itemsize <= SHORT.itemsize else INT


def _in_order(run: Evaluation, data: Array, level: Level, dtype: np.dtype[Any], out: Array | None = None) -> Array:
    """Out of the layout; a single value is everybody's."""
    assert run.block is not None
    stands = run.block.layout.stands if level is Level.HOUSEHOLD else run.block.layout.members_stand
    if len(data) != len(stands):
        return np.full(len(stands), data[0], dtype)
    if data.dtype != dtype:
        return data.take(stands).astype(dtype)
    if out is None or out.dtype != dtype:
        return data.take(stands)
    return np.take(data, stands, out=out, mode="clip")


def _few_in_order(run: Evaluation, value: Value, level: Level, out: Array | None) -> Array:
    """The same for numbers that most rows do not have: only the others are put where they belong."""
    assert run.block is not None
    assert value.sparse is not None
    few, dtype = value.sparse, result_type(Kind.COUNT, value.sparse.values.dtype)
    found = np.empty(few.length, dtype) if out is None or out.dtype != dtype else out
    found.fill(few.rest)
    order = run.block.layout.order if level is Level.HOUSEHOLD else run.block.layout.rows
    found[order[few.rows]] = few.values
    return found


def prepare(pack: Pack, chains: Mapping[str, Sequence[str]], on: date, rules: Iterable[Key]) -> Prepared:
    """Make a pack ready for a day and places. Raises PolicyError as `decide` does."""
    named = list(chains)
    if not named:
        raise PolicyError("没有一个家庭", "There are no households")
    found = plan(pack, on, tuple(chains[named[0]]))
    settings = settings_in_force(pack, parameters_in_force(pack, on), [chains[name] for name in named], on)
    places = Places(tuple(tuple(chains[name]) for name in named), settings)
    outputs = {key: found.rules[key] for key in rules}
    uses = [0] * len(found.steps)
    reached: set[int] = set()
    waiting = list(outputs.values())
    for number in waiting:
        uses[number] += 1
    while waiting:
        number = waiting.pop()
        if number in reached:
            continue
        reached.add(number)
        for argument in found.steps[number].arguments:
            uses[argument] += 1
            waiting.append(argument)
    numbers = {name: position for position, name in enumerate(named)}
    return Prepared(found, places, numbers, outputs, _at_places(found, places, reached), uses)


def _at_places(found: Plan, places: Places, reached: set[int]) -> list[Value | None]:
    """What depends on the place alone, worked out once for every place."""
    kept: list[Value | None] = [None] * len(found.steps)
    run = Evaluation(found, places, OPERATIONS, None, kept, [2**40] * len(found.steps), Pool())
    for step in found.steps:
        if step.number in reached and step.level is Level.PLACE:
            kept[step.number] = run.value(step.number)
    return kept


def decide_blocks(prepared: Prepared, blocks: Sequence[Block], threads: int | None = None) -> dict[Key, Column]:
    """Several blocks on local threads, together; NumPy lets go of the interpreter's lock while it works."""
    threads = threads or os.cpu_count() or 1
    own = local()
    # Memory that is mapped in already serves again: a slider runs over the same blocks with every move.
    idle, lent = blocks[0].pools, list[Pool]()
    sizes = {Level.HOUSEHOLD: [each.households for each in blocks], Level.MEMBER: [each.members for each in blocks]}
    whole = {key: _Whole(prepared.plan.pack.rules[key].type, sizes[_level(key)]) for key in prepared.outputs}

    def decide(number: int) -> None:
        pool = getattr(own, "pool", None)
        if pool is None:
            try:
                pool = own.pool = idle.pop()
            except IndexError:
                pool = own.pool = Pool()
            lent.append(pool)
        places = {key: each.place(number) for key, each in whole.items()}
        for key, column in prepared.decide(blocks[number], pool, places).items():
            whole[key].put(number, column)

    if threads == 1 or len(blocks) == 1:
        for number in range(len(blocks)):
            decide(number)
    else:
        with ThreadPoolExecutor(threads) as workers:
            list(workers.map(decide, range(len(blocks))))
    idle += lent
    return {key: each.column() for key, each in whole.items()}


def _level(key: Key) -> Level:
    return Level.HOUSEHOLD if key[0] == "household" else Level.MEMBER


class _Whole:
    """One column of all blocks. Each block puts its part in place as soon as it has it, on its own thread."""

    def __init__(self, type_: Type, sizes: Sequence[int]) -> None:
        self.type = type_
        self.stops = np.cumsum([0, *sizes]).tolist()
        self.values: Array = np.empty(self.stops[-1], result_type(type_.kind, SHORT))
        self.unknown: npt.NDArray[np.bool_] | None = None
        self.lock = Lock()
        # Parts of another make: wider numbers, or codes that the rule does not list.
        self.apart: dict[int, Column] = {}

    def place(self, number: int) -> Array:
        """Where a block may leave its values."""
        return self.values[self.stops[number] : self.stops[number + 1]]

    def put(self, number: int, part: Column) -> None:
        here = slice(self.stops[number], self.stops[number + 1])
        if part.values.dtype != self.values.dtype or part.codes != self.type.codes:
            self.apart[number] = part
            return
        if part.values.base is not self.values:
            self.values[here] = part.values
        if part.unknown is not None:
            with self.lock:
                if self.unknown is None:
                    self.unknown = np.zeros(self.stops[-1], bool)
            self.unknown[here] = part.unknown

    def column(self) -> Column:
        if not self.apart:
            return Column(self.values, self.unknown, self.type.codes, self.type.kind)
        return joined([self._part(number) for number in range(len(self.stops) - 1)])

    def _part(self, number: int) -> Column:
        here = slice(self.stops[number], self.stops[number + 1])
        unknown = None if self.unknown is None else self.unknown[here]
        apart = self.apart.get(number)
        return Column(self.values[here], unknown, self.type.codes, self.type.kind) if apart is None else apart


def decide_many(
    pack: Pack,
    facts: Facts,
    on: date,
    rules: Sequence[str] | None = None,
    member_rules: Sequence[str] = (),
    threads: int | None = None,
    size: int = HOUSEHOLDS,
) -> Results:
    """Decide households as columns, under the rules in force on a day; each at its own place.

    `rules` are rules of the household, by default those that say category, figure and programmes. Raises PolicyError
    (FactsError for columns that do not fit the pack) as `decide` does.
    """
    names, _ = facts.regions
    wanted: list[Key] = [("household", name) for name in (needed_rules(pack) if rules is None else rules)]
    wanted += [("member", name) for name in member_rules]
    for key in wanted:
        if key not in pack.rules:
            raise PolicyError(f"没有名为“{key[1]}”的规则", f'There is no rule "{key[1]}"')
    if len(facts) == 0:
        return Results(pack, facts.households["household"], {key: _nothing(pack, key) for key in wanted})
    prepared = prepare(pack, {name: facts.chains[name] for name in names}, on, wanted)
    columns = decide_blocks(prepared, blocks_of(facts, prepared.numbers, size), threads)
    return Results(pack, facts.households["household"], columns)


def _nothing(pack: Pack, key: Key) -> Column:
    return Column(np.zeros(0, np.int64), None, pack.rules[key].type.codes, pack.rules[key].type.kind)


def joined(parts: Sequence[Column]) -> Column:
    """Columns one after another; the lists of codes of blocks may differ, and are brought together."""
    first = parts[0]
    if len(parts) == 1:
        return first
    codes = tuple(dict.fromkeys(code for part in parts for code in part.codes))
    values = [
        part.values if part.codes == codes else np.array([codes.index(c) for c in part.codes], np.int16)[part.values]
        for part in parts
    ]
    unknown: npt.NDArray[np.bool_] | None = None
    if any(part.unknown is not None for part in parts):
        unknown = np.concatenate(
            [np.zeros(len(part), bool) if part.unknown is None else part.unknown for part in parts]
        )
    return Column(np.concatenate(values), unknown, codes, first.kind)
