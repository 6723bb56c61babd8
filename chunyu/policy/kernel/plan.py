"""From the tree of rules to steps, each different expression once.

A plan belongs to a pack and a day: the same steps serve every place, since places differ in the values of parameters
only. Nothing is compiled; a changed formula is another plan, ready in a few milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from functools import lru_cache

from chunyu.policy.checking import order
from chunyu.policy.interpret import program
from chunyu.policy.kernel.memory import Level
from chunyu.policy.kinds import Kind
from chunyu.policy.nodes import (
    Aggregate,
    Among,
    Disputed,
    Entity,
    FactValue,
    Lookup,
    Node,
    ParameterValue,
    RuleValue,
    Scale,
    Within,
)
from chunyu.policy.pack import Pack, RuleVersion

Key = tuple[Entity, str]
STRUCTURAL = (Kind.BOUNDARY, Kind.CODES, Kind.BRACKETS, Kind.TABLE)


@dataclass(frozen=True, eq=False)
class Step:
    """One expression: `arguments` are the numbers of the steps it takes, `parts` their nodes, `level` how many values
    it has.
    """

    number: int
    node: Node
    arguments: tuple[int, ...]
    level: Level
    parts: tuple[Node, ...]


@dataclass(eq=False)
class Plan:
    """Steps in an order in which each comes after those it takes; `rules` says which step gives each rule."""

    pack: Pack
    on: date
    versions: Mapping[Key, RuleVersion]
    steps: list[Step] = field(default_factory=list)
    rules: dict[Key, int] = field(default_factory=dict)
    _known: dict[tuple[object, ...], int] = field(default_factory=dict)

    def add(self, node: Node) -> int:
        """The number of the step for an expression; equal expressions share theirs."""
        if isinstance(node, RuleValue):
            return self.rules[node.entity, node.name]
        structural = _structural(node)
        parts = tuple(child for child in node.children() if child not in structural)
        arguments = tuple(self.add(child) for child in parts)
        own = tuple(
            value
            for spec in fields(node)
            if spec.name not in ("span", "type", "text", "declared")
            and not isinstance(value := getattr(node, spec.name), Node)
            and not (isinstance(value, tuple) and value and isinstance(value[0], Node))
        )
        key = (type(node), own, tuple(p.name for p in structural), arguments, node.type.codes, _shape(node))
        number = self._known.get(key)
        if number is None:
            number = self._known[key] = len(self.steps)
            self.steps.append(Step(number, node, arguments, self._level(node, arguments), parts))
        return number

    def _level(self, node: Node, arguments: tuple[int, ...]) -> Level:
        if isinstance(node, FactValue | Disputed):
            entity = node.entity if isinstance(node, FactValue) else node.fact.entity
            return Level.HOUSEHOLD if entity == "household" else Level.MEMBER
        if isinstance(node, Aggregate):
            return Level.HOUSEHOLD
        return max((self.steps[number].level for number in arguments), default=Level.PLACE)

    def facts(self, outputs: tuple[int, ...]) -> set[Key]:
        """The facts that these steps rest on."""
        found: set[Key] = set()
        seen: set[int] = set()
        waiting = list(outputs)
        while waiting:
            number = waiting.pop()
            if number in seen:
                continue
            seen.add(number)
            step = self.steps[number]
            if isinstance(step.node, FactValue):
                found.add((step.node.entity, step.node.name))
            waiting += step.arguments
        return found


def _structural(node: Node) -> tuple[ParameterValue, ...]:
    """Parameters that shape an expression (a table, brackets, a list, a boundary) and are not values in it."""
    if isinstance(node, Within):
        return (node.boundary,)
    if isinstance(node, Among) and isinstance(node.codes, ParameterValue):
        return (node.codes,)
    if isinstance(node, Scale):
        return (node.brackets,)
    if isinstance(node, Lookup):
        return (node.table,)
    return ()


def _shape(node: Node) -> tuple[object, ...]:
    """What tells expressions apart that take the same steps: which of them are missing, and how many of each sort."""
    found: list[object] = []
    for spec in fields(node):
        if spec.name not in ("span", "type"):
            value = getattr(node, spec.name)
            found.append(len(value) if isinstance(value, tuple) else value is None)
    return tuple(found)


@lru_cache(maxsize=64)
def plan(pack: Pack, on: date, regions: tuple[str, ...]) -> Plan:
    """The plan of every rule in force on a day. Raises PolicyError as `decide` does, for the place named."""
    ready = program(pack, regions, on)
    found = Plan(pack, on, ready.versions)
    for entity, name in order(pack):
        found.rules[entity, name] = found.add(ready.versions[entity, name].formula)
    return found
