"""The shape of the specification, and how one of its tables is worked out by either executor.

A row is written as it is printed: values between bars, in the order of `given`, then of `gives`. Money is in yuan,
`unknown` is unknown, and the values of several people stand side by side with a slash between them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from chunyu.policy import Case, Member, Pack, Stated, decide
from chunyu.policy.columns import facts_of_cases
from chunyu.policy.kernel import decide_many
from chunyu.policy.kinds import Kind, Type, Value, value_from_text
from tests.policy.rulebooks import HERE, ON, pack_with, rule

UNKNOWN = "unknown"
PLACES = {"county": HERE, "elsewhere": ("another county", "national")}
SOURCES = {"declared": "declared", "verified": "verified", "matched": "matched"}


@dataclass(frozen=True)
class Out:
    """A formula and the type that a rule with it would declare."""

    formula: str
    type: str = "flag"
    unit: str = ""
    entity: str = "household"


def money(formula: str, unit: str = "yuan/year", entity: str = "household") -> Out:
    return Out(formula, "money", unit, entity)


@dataclass(frozen=True)
class Table:
    """One sentence of the specification with the rows that show it. `rules` are further rules, as in a pack."""

    sentence: str
    given: str
    gives: Sequence[Out]
    rows: str
    rules: str = ""

    @property
    def inputs(self) -> list[str]:
        return cells(self.given) if self.given else []

    @cached_property
    def lines(self) -> list[list[str]]:
        found = [cells(line) for line in self.rows.strip().splitlines()]
        width = len(self.inputs) + len(self.gives)
        assert all(len(line) == width for line in found), f"{self.sentence}: a row has not {width} values"
        return found

    @cached_property
    def pack(self) -> Pack:
        texts = [
            rule(f"out{number}", each.formula, each.type, each.unit, each.entity)
            for number, each in enumerate(self.gives)
        ]
        return pack_with(self.rules + "\n".join(texts))

    @cached_property
    def situations(self) -> list[tuple[Case, date, tuple[str, ...]]]:
        return [self._situation(dict(zip(self.inputs, line, strict=False))) for line in self.lines]

    def _situation(self, given: Mapping[str, str]) -> tuple[Case, date, tuple[str, ...]]:
        household: dict[str, Any] = {}
        people: list[dict[str, Any]] = [{}]
        for name, text in given.items():
            if name.startswith("member."):
                values = [self._statements("member", name.removeprefix("member."), each) for each in parts(text)]
                people += [{} for _ in values[len(people) :]]
                for facts, stated in zip(people, values, strict=True):
                    facts.update(stated)
            elif name not in ("date", "place"):
                household |= self._statements("household", name, text)
        case = Case(household, tuple(Member(facts) for facts in people))
        on = date.fromisoformat(given["date"]) if "date" in given else ON
        return case, on, PLACES[given.get("place", "county")]

    def _statements(self, entity: Any, name: str, text: str) -> dict[str, Any]:
        """A value, or values with who stated them: ``declared 1.00, matched 2.00``."""
        type_ = self.pack.facts[entity, name].type
        found = []
        for each in text.split(", "):
            source, _, value = each.rpartition(" ") if each.split(" ")[0] in SOURCES else ("declared", "", each)
            if value != UNKNOWN:
                found.append(Stated(read(value, type_), source))
        return {name: tuple(found)} if found else {}

    def expected(self) -> list[list[Any]]:
        """What each formula gives, row by row."""
        return [
            [self._expected(out, text) for out, text in zip(self.gives, line[len(self.inputs) :], strict=True)]
            for line in self.lines
        ]

    def _expected(self, out: Out, text: str) -> Any:
        type_ = Type(Kind(out.type))
        if out.entity == "member":
            return tuple(read(each, type_) for each in parts(text))
        return read(text, type_)

    def by_one(self) -> list[list[Any]]:
        """The same as the interpreter works it out, case by case."""
        found = []
        for case, on, regions in self.situations:
            values = decide(self.pack, case, on, regions)
            names = [values.values if each.entity == "household" else values.member_values for each in self.gives]
            found.append([named[f"out{number}"] for number, named in enumerate(names)])
        return found

    def by_many(self) -> list[list[Any]]:
        """The same as the kernel works it out over columns, all rows of a day at once."""
        found: dict[int, list[Any]] = {}
        names = {
            entity: [f"out{number}" for number, each in enumerate(self.gives) if each.entity == entity]
            for entity in ("household", "member")
        }
        for day in dict.fromkeys(on for _, on, _ in self.situations):
            rows = [number for number, (_, on, _) in enumerate(self.situations) if on == day]
            cases = [(str(number), self.situations[number][0], self.situations[number][2]) for number in rows]
            facts = facts_of_cases(self.pack, cases)
            results = decide_many(self.pack, facts, day, names["household"], names["member"])
            first = 0
            for position, number in enumerate(rows):
                people = range(first, first + len(cases[position][1].members))
                first = people.stop
                found[number] = [
                    results[f"out{n}"].native(position)
                    if each.entity == "household"
                    else tuple(results.member(f"out{n}").native(row) for row in people)
                    for n, each in enumerate(self.gives)
                ]
        return [found[number] for number in range(len(self.situations))]


@dataclass(frozen=True)
class Chapter:
    """One family of operators. `words` come before the tables."""

    title: str
    words: str
    tables: Sequence[Table] = field(default_factory=tuple)


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.split("|")]


def parts(text: str) -> list[str]:
    """The values of several people."""
    return [each.strip() for each in text.split(" / ")]


def read(text: str, type_: Type) -> Value:
    """A value as the specification writes it."""
    if text == UNKNOWN:
        return None
    return text if type_.kind is Kind.CODE else value_from_text(text, type_)


def every_table(chapters: Sequence[Chapter]) -> Iterator[Table]:
    for chapter in chapters:
        yield from chapter.tables
