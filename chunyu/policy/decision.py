"""Deciding a case: `decide` gives a `Determination` that holds every value and every reason, as codes.

Text comes later, from `explanation`. Nothing here reads a clock or a store: the date and the place are
passed in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Literal as OneOf

from chunyu.policy.cases import Case
from chunyu.policy.checking import dependencies
from chunyu.policy.interpret import Program, Trace, program
from chunyu.policy.kinds import Value
from chunyu.policy.nodes import Aggregate, Choose, FactValue, Node, ParameterValue, RuleValue, walk
from chunyu.policy.pack import Pack, Programme, Setting

Clearance = OneOf["hit", "clear", "unknown"]


@dataclass(frozen=True)
class Missing:
    """Something unknown that stands in the way. `member` is a position in the case, from 0."""

    kind: OneOf["household", "member", "parameter"]
    name: str
    member: int | None = None


@dataclass(frozen=True)
class FailedCondition:
    """A condition that does not hold: the code is the rule's name, `params` the values that it looked at."""

    code: str
    params: Mapping[str, Value]


@dataclass(frozen=True)
class ProgrammeResult:
    """Whether a household is entitled, to how much, and every condition that fails.

    `entitled` None is unknown, and `unknown` then says what stands in the way. `amount_fen` is 0 for a
    household that is not entitled, and for help in kind, and None while entitlement or amount is unknown.
    """

    programme: Programme
    entitled: bool | None
    amount_fen: int | None
    failed: tuple[FailedCondition, ...]
    unsettled: tuple[str, ...]
    unknown: tuple[Missing, ...]


@dataclass(frozen=True, eq=False)
class Determination:
    """The outcome of one case under one pack version, at one place, on one date."""

    program: Program
    case: Case
    household_values: tuple[Value, ...]
    member_columns: tuple[list[Value], ...]

    @property
    def pack(self) -> Pack:
        return self.program.pack

    @property
    def on(self) -> date:
        return self.program.on

    @property
    def regions(self) -> tuple[str, ...]:
        return self.program.regions

    @cached_property
    def values(self) -> Mapping[str, Value]:
        """The value of every rule of the household, by name; None is unknown."""
        return dict(zip(self.program.compiled.household_rules, self.household_values, strict=True))

    @cached_property
    def member_values(self) -> Mapping[str, tuple[Value, ...]]:
        """The value of every rule of the member, by name, in the order of the case's members."""
        columns = zip(self.program.compiled.member_rules, self.member_columns, strict=True)
        return {name: tuple(column) for name, column in columns}

    @property
    def category(self) -> str | None:
        """The code of the category, or None while unknown."""
        value = self.values[self.pack.roles.category]
        return None if value is None else str(value)

    @property
    def in_hardship(self) -> bool | None:
        """Whether the category is one of those that make a hardship household; None while it is unknown."""
        return None if self.category is None else self.category in self.pack.on_file_categories

    @property
    def settings(self) -> Mapping[str, Setting]:
        """The parameter values that were in force, with their source and validity."""
        return self.program.settings

    @cached_property
    def trace(self) -> Trace:
        return self.program.trace(self.case)

    @cached_property
    def exclusions(self) -> Mapping[str, Clearance]:
        """Each rule that may exclude: hit, clear or unknown."""
        words: dict[Value, Clearance] = {True: "hit", False: "clear", None: "unknown"}
        return {name: words[self.values[name]] for name in self.pack.roles.blockers}

    @cached_property
    def notices(self) -> tuple[str, ...]:
        """Flags for the eye that decide nothing by themselves, such as declared and matched income that
        differ.
        """
        return tuple(name for name in self.pack.roles.notices if self.values[name] is True)

    @cached_property
    def programmes(self) -> Mapping[str, ProgrammeResult]:
        return {code: self._programme(programme) for code, programme in self.pack.programmes.items()}

    @cached_property
    def unknown(self) -> tuple[Missing, ...]:
        """What stands in the way of the category; empty when the category is settled."""
        return self.unknown_of(self.pack.roles.category)

    @property
    def settled(self) -> bool:
        """Whether the category is known. An unsettled case may be taken in, and may not be approved."""
        return self.category is not None

    def unknown_of(self, rule: str) -> tuple[Missing, ...]:
        """Every unknown fact or parameter that keeps a rule of the household unknown; empty when it is
        known.
        """
        if self.values[rule] is not None:
            return ()
        formula = self.program.versions["household", rule].formula
        return tuple(dict.fromkeys(self._missing(formula, None, set())))

    def entitled(self, programme: str) -> bool | None:
        """Whether every condition of a programme holds; None is unknown."""
        states = [self.values[name] for name in self.pack.programmes[programme].conditions]
        return False if False in states else None if None in states else True

    def _programme(self, programme: Programme) -> ProgrammeResult:
        states = [self.values[name] for name in programme.conditions]
        entitled = self.entitled(programme.code)
        failed = tuple(
            FailedCondition(name, self._params(name))
            for name, state in zip(programme.conditions, states, strict=True)
            if state is False
        )
        unsettled = tuple(n for n, state in zip(programme.conditions, states, strict=True) if state is None)
        amount = 0 if programme.amount is None else self.values[programme.amount]
        priced = (programme.amount,) if entitled and programme.amount else ()
        asked = unsettled if entitled is None else priced
        missing = dict.fromkeys(m for name in asked for m in self.unknown_of(name))
        fen = 0 if entitled is False else amount if entitled and isinstance(amount, int) else None
        return ProgrammeResult(programme, entitled, fen, failed, unsettled, tuple(missing))

    def _params(self, rule: str) -> dict[str, Value]:
        formula = self.program.versions["household", rule].formula
        params: dict[str, Value] = {
            name: self.values[name] for entity, name in dependencies(formula) if entity == "household"
        }
        for node in walk(formula):
            if isinstance(node, ParameterValue) and isinstance(value := self.settings[node.name].value, int | str):
                params[node.name] = value
            elif isinstance(node, FactValue) and node.entity == "household":
                params[node.name] = self.trace.get(id(node))
        return params

    def _missing(self, node: Node, member: int | None, asked: set[object]) -> Iterator[Missing]:
        """`asked` holds the rules already gone into, so that one named in many places is told of once."""
        key = id(node) if member is None else (id(node), member)
        if self.trace.get(key) is not None:
            return
        if isinstance(node, FactValue):
            yield Missing(node.entity, node.name, member if node.entity == "member" else None)
        elif isinstance(node, ParameterValue):
            if self.settings[node.name].value is None:
                yield Missing("parameter", node.name)
        elif isinstance(node, RuleValue):
            who = member if node.entity == "member" else None
            if (node.entity, node.name, who) not in asked:
                asked.add((node.entity, node.name, who))
                yield from self._missing(self.program.versions[node.entity, node.name].formula, who, asked)
        elif isinstance(node, Aggregate):
            yield from self._missing_members(node, asked)
        elif isinstance(node, Choose):
            yield from self._missing_choice(node, member, asked)
        else:
            for child in node.children():
                yield from self._missing(child, member, asked)

    def _missing_members(self, node: Aggregate, asked: set[object]) -> Iterator[Missing]:
        for position in range(len(self.case.members)):
            if node.where is not None:
                if self.trace.get((id(node.where), position)) is False:
                    continue
                yield from self._missing(node.where, position, asked)
            if node.value is not None:
                yield from self._missing(node.value, position, asked)

    def _missing_choice(self, node: Choose, member: int | None, asked: set[object]) -> Iterator[Missing]:
        for condition, value in zip(node.conditions, node.values, strict=True):
            state = self.trace.get(id(condition) if member is None else (id(condition), member))
            if state is False:
                continue
            yield from self._missing(condition, member, asked)
            yield from self._missing(value, member, asked)
            if state is True:
                return
        yield from self._missing(node.otherwise, member, asked)


def decide(pack: Pack, case: Case, on: date, regions: Sequence[str]) -> Determination:
    """Decide a case under the rules in force on a date at a place.

    `regions` is the chain of region codes, nearest first, for example ``("139901", "1399", "13",
    "national")``; each parameter takes the value of the first region that has one on that date. Raises
    PolicyError (CaseError) when the case names unknown facts or values of the wrong kind, has no members, or
    when the pack has no rule or parameter value in force.
    """
    ready = program(pack, tuple(regions), on)
    return Determination(ready, case, *ready.run(*ready.compiled.inputs(case)))


def missing_documents(
    determination: Determination, programme: str, held: Sequence[str] = ()
) -> tuple[tuple[str, bool | None], ...]:
    """Documents of a programme not yet held, as (code, needed): True, or None while it is unknown whether
    needed.
    """
    found = []
    for document in determination.pack.programmes[programme].documents:
        needed = True if document.when is None else determination.values[document.when]
        if document.code not in held and needed is not False:
            found.append((document.code, None if needed is None else True))
    return tuple(found)
