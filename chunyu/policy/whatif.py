"""What a change of the rules would do to everybody: who gains, who loses, what it costs, by place and by group.

A `Province` keeps the facts in the kernel's layout together with what today's rules make of them, so that only the
changed rules have to be run: quickly enough to follow a slider.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt

from chunyu.policy.columns import GROUP, Column, Facts
from chunyu.policy.kernel import Block, Results, blocks_of, decide_blocks, needed_rules, prepare
from chunyu.policy.kernel.blocks import HOUSEHOLDS
from chunyu.policy.kernel.plan import Key
from chunyu.policy.pack import Pack

Fen = npt.NDArray[np.int64]
AT_ONCE = 262_144  # households whose sums are formed together


@dataclass(frozen=True)
class Change:
    """What happens to some households. Money in fen a year; where an amount is not known it counts as nothing.

    `unknown` are households of which some amount is not known before or after; they are in no other count but
    `households`. `persons`, `persons_gaining` and `persons_losing` are the people counted: all members of the
    households, or in a group those who carry its tag.
    """

    households: int
    gaining: int
    losing: int
    unchanged: int
    unknown: int
    persons: int
    persons_gaining: int
    persons_losing: int
    before_fen: int
    after_fen: int
    gained_fen: int
    lost_fen: int

    @property
    def cost_fen(self) -> int:
        """What the change costs more, or saves where it is below zero."""
        return self.after_fen - self.before_fen


@dataclass(frozen=True)
class ProgrammeChange:
    """One programme before and after: households that receive it, and what it pays; nothing where it does not exist."""

    code: str
    households_before: int
    households_after: int
    before_fen: int
    after_fen: int


@dataclass(frozen=True)
class Effect:
    """A change of the rules over many households. `categories` counts households by (before, after)."""

    total: Change
    programmes: tuple[ProgrammeChange, ...]
    regions: Mapping[str, Change]
    groups: Mapping[str, Change]
    categories: Mapping[tuple[str | None, str | None], int]


@dataclass(frozen=True, eq=False)
class Outcome:
    """What one version of the rules makes of everybody: category and total, and each programme's amounts."""

    results: Results
    amounts: Mapping[str, tuple[npt.NDArray[np.int8], Fen]]

    @cached_property
    def total(self) -> Fen:
        """The sum of what each household is entitled to."""
        found = np.zeros(len(self.results.ids), np.int64)
        for _, fen in self.amounts.values():
            np.add(found, np.maximum(fen, 0), out=found)
        return found

    @cached_property
    def unknown(self) -> npt.NDArray[np.bool_]:
        """Where some amount is not known; what a programme on request asks is left out, as nobody raised the need."""
        found = np.zeros(len(self.results.ids), bool)
        programmes = self.results.pack.programmes
        for code, (_, fen) in self.amounts.items():
            if not programmes[code].on_request:
                found |= fen < 0
        return found


class Province:
    """Facts of many households on a day, ready to be decided under one version of the rules after another."""

    def __init__(self, facts: Facts, on: date, size: int = HOUSEHOLDS) -> None:
        self.facts, self.on = facts, on
        names, self.places = facts.regions
        self.chains = {name: facts.chains[name] for name in names}
        self.blocks: list[Block] = blocks_of(facts, {name: number for number, name in enumerate(names)}, size)

    def outcome(self, pack: Pack, threads: int | None = None) -> Outcome:
        """Everybody under these rules. Raises PolicyError as `decide` does."""
        rules: list[Key] = [("household", name) for name in needed_rules(pack)]
        prepared = prepare(pack, self.chains, self.on, rules)
        columns = decide_blocks(prepared, self.blocks, threads)
        results = Results(pack, self.facts.households["household"], columns)
        return Outcome(results, {code: results.programme(code) for code in pack.programmes})

    def effect(self, before: Outcome, after: Outcome) -> Effect:
        """The difference between two versions."""
        counts = _Counts(self, before, after)
        return Effect(
            counts.group(0),
            tuple(_programmes(before, after)),
            {name: counts.place(number) for number, name in enumerate(self.chains)},
            {name: counts.group(number) for number, name in enumerate(self.facts.groups, 1)},
            _categories(before, after),
        )

    @cached_property
    def people(self) -> Fen:
        """Members of each household."""
        return self.facts.sizes

    @cached_property
    def tagged(self) -> Mapping[str, Fen]:
        """For each group, how many members of each household carry its tag."""
        starts = np.cumsum(self.people) - self.people
        found = {}
        for name in self.facts.groups:
            tags = self.facts.members[GROUP + name].combine_chunks().fill_null(False)
            values = tags.to_numpy(zero_copy_only=False).astype(np.int64)
            found[name] = np.add.reduceat(values, starts) if len(starts) else values
        return found


class _Counts:
    """Sums over households by what happens to them, for everybody, every place and every group.

    Sums are products of doubles, which are exact while they stay below 2**53 fen: 90 trillion yuan.
    """

    def __init__(self, province: Province, before: Outcome, after: Outcome) -> None:
        self.many = len(province.chains)
        # What is counted of households, and the first three of it of their persons.
        self.groups = (province.people, *(province.tagged[name] for name in province.facts.groups))
        self.households = np.zeros((8, len(self.groups)))
        self.persons = np.zeros((3, len(self.groups)))
        self.places = np.zeros((11, self.many))
        for start in range(0, len(province.people), AT_ONCE):
            self._add(province, before, after, slice(start, start + AT_ONCE))

    def _add(self, province: Province, before: Outcome, after: Outcome, here: slice) -> None:
        old, new = before.total[here], after.total[here]
        unknown = before.unknown[here] | after.unknown[here]
        change = np.where(unknown, 0, new - old)
        gains, losses = change > 0, change < 0
        counted = np.array(
            (np.ones(len(old)), gains, losses, unknown, old, new, np.maximum(change, 0), np.maximum(-change, 0)),
            np.float64,
        )
        persons = np.array([group[here] for group in self.groups], np.float64)
        self.households += counted @ (persons > 0).T.astype(np.float64)
        self.persons += counted[:3] @ persons.T
        places = province.places[here]
        for row, column in enumerate((*counted, *(counted[:3] * persons[0]))):
            self.places[row] += np.bincount(places, weights=column, minlength=self.many)

    def group(self, number: int) -> Change:
        """A group by its number; the first is everybody."""
        return _change([*self.households[:, number], *self.persons[:, number]])

    def place(self, number: int) -> Change:
        return _change([*self.places[:, number]])


def _change(sums: list[float]) -> Change:
    households, gaining, losing, unknown, before, after, gained, lost, persons, up, down = (int(each) for each in sums)
    unchanged = households - gaining - losing - unknown
    return Change(households, gaining, losing, unchanged, unknown, persons, up, down, before, after, gained, lost)


def _programmes(before: Outcome, after: Outcome) -> Iterator[ProgrammeChange]:
    nothing = (np.zeros(0, np.int8), np.zeros(0, np.int64))
    for code in dict.fromkeys((*before.amounts, *after.amounts)):
        old, new = (outcome.amounts.get(code, nothing)[1] for outcome in (before, after))
        receive = [int(np.count_nonzero(fen > 0)) for fen in (old, new)]
        paid = [int(np.maximum(fen, 0).sum()) for fen in (old, new)]
        yield ProgrammeChange(code, *receive, *paid)


def _categories(before: Outcome, after: Outcome) -> dict[tuple[str | None, str | None], int]:
    old, new = before.results.category, after.results.category
    pairs = _positions(old) * (len(new.codes) + 1) + _positions(new)
    counts = np.bincount(pairs, minlength=(len(old.codes) + 1) * (len(new.codes) + 1))
    names, others = [*old.codes, None], [*new.codes, None]
    table = counts.reshape(len(names), len(others))
    return {
        (one, other): int(table[i, j]) for i, one in enumerate(names) for j, other in enumerate(others) if table[i, j]
    }


def _positions(column: Column) -> npt.NDArray[np.int64]:
    """Codes as positions, unknown as the one after the last."""
    values = column.values.astype(np.int64)
    return values if column.unknown is None else np.where(column.unknown, len(column.codes), values)


def effect(before: Pack, after: Pack, facts: Facts, on: date) -> Effect:
    """What changing from one version of the rules to another does on a day. Raises PolicyError as `decide` does."""
    province = Province(facts, on)
    return province.effect(province.outcome(before), province.outcome(after))
