"""From nodes to lines of plain Python, three-valued logic spelled out.

Only nodes reach this file, never text that somebody wrote: names become numbered variables, and every
literal is written by `repr`. With `traced`, every node's value is also put down in ``T`` under the node's id
(and the position of the member), which is what the explanation reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from chunyu.policy.kinds import MILLIONTHS, half_up
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
    Node,
    Not,
    ParameterValue,
    Plus,
    Product,
    Round,
    RuleValue,
    Scale,
    Within,
)
from chunyu.policy.pack import Bracket


def whole_years(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def by_brackets(brackets: tuple[Bracket, ...], value: int) -> int:
    total = 0
    for bracket in brackets:
        if value > bracket.above:
            top = value if bracket.up_to is None else min(value, bracket.up_to)
            total += (top - bracket.above) * bracket.rate
    return half_up(total, MILLIONTHS)


def stepped(name: str, value: int, step: int) -> int:
    """Round to whole steps: half up by size, towards zero, or away from it."""
    if name == "round_half_up":
        return half_up(value, step) * step
    size = abs(value) // step if name == "round_down" else -(-abs(value) // step)
    return size * step if value >= 0 else -size * step


class Atom(NamedTuple):
    """A variable or constant in the emitted code, and whether it may be None."""

    text: str
    open: bool


class Emitter:
    """Emits one function body. `facts` and `rules` map names to the variables that hold them."""

    def __init__(
        self,
        parameters: Mapping[str, Any],
        household: Mapping[str, str],
        members: Mapping[str, str],
        traced: bool,
    ) -> None:
        self.lines: list[str] = []
        self.globals: dict[str, Any] = {
            "half_up": half_up,
            "whole_years": whole_years,
            "by_brackets": by_brackets,
            "stepped": stepped,
        }
        self.parameters = parameters
        self.household = household
        self.members = members
        self.traced = traced
        self.depth = 1
        self.in_member = False
        self._count = 0

    def line(self, text: str) -> None:
        self.lines.append("    " * self.depth + text)

    def fresh(self, prefix: str = "t") -> str:
        self._count += 1
        return f"{prefix}{self._count}"

    def constant(self, value: object) -> str:
        name = self.fresh("K")
        self.globals[name] = value
        return name

    def let(self, expression: str, needs: tuple[Atom, ...], extra: str = "") -> Atom:
        """A variable that is None when any of `needs` is, or when `extra` holds."""
        guards = [f"{atom.text} is None" for atom in needs if atom.open]
        if extra:
            guards.append(extra)
        name = self.fresh()
        self.line(f"{name} = None if {' or '.join(guards)} else {expression}" if guards else f"{name} = {expression}")
        return Atom(name, bool(guards))

    def emit(self, node: Node) -> Atom:
        atom: Atom = getattr(self, f"_{type(node).__name__.lower()}")(node)
        if self.traced:
            key = f"({id(node)}, i)" if self.in_member else str(id(node))
            self.line(f"T[{key}] = {atom.text}")
        return atom

    # leaves

    def _literal(self, node: Literal) -> Atom:
        return Atom(f"({node.value!r})" if isinstance(node.value, int) else repr(node.value), False)

    def _factvalue(self, node: FactValue) -> Atom:
        table = self.household if node.entity == "household" else self.members
        return Atom(table[f"fact {node.name}"], True)

    def _rulevalue(self, node: RuleValue) -> Atom:
        table = self.household if node.entity == "household" else self.members
        return Atom(table[f"rule {node.name}"], True)

    def _disputed(self, node: Disputed) -> Atom:
        table = self.household if node.fact.entity == "household" else self.members
        self.emit(node.fact)
        return Atom(table[f"disputed {node.fact.name}"], True)

    def _parametervalue(self, node: ParameterValue) -> Atom:
        value = self.parameters[node.name]
        if type(value) in (int, bool, str):
            return Atom(f"({value!r})", False)
        return Atom(self.constant(value), value is None)

    def _decisiondate(self, node: DecisionDate) -> Atom:
        return Atom("on", False)

    # truth

    def _kleene(self, parts: list[Atom], decisive: bool) -> Atom:
        name = self.fresh()
        hit = " or ".join(f"{part.text} is {decisive}" for part in parts)
        opens = " or ".join(f"{part.text} is None" for part in parts if part.open)
        rest = f"None if {opens} else {not decisive}" if opens else f"{not decisive}"
        self.line(f"{name} = {decisive} if {hit} else {rest}")
        return Atom(name, bool(opens))

    def _allof(self, node: AllOf) -> Atom:
        return self._kleene([self.emit(part) for part in node.parts], False)

    def _anyof(self, node: AnyOf) -> Atom:
        return self._kleene([self.emit(part) for part in node.parts], True)

    def _not(self, node: Not) -> Atom:
        part = self.emit(node.part)
        return self.let(f"not {part.text}", (part,))

    def _compare(self, node: Compare) -> Atom:
        left, right = self.emit(node.left), self.emit(node.right)
        one, other = self._same_scale(node.left, left, node.right, right)
        return self.let(f"{one} {node.sign} {other}", (left, right))

    def _same_scale(self, left: Node, one: Atom, right: Node, other: Atom) -> tuple[str, str]:
        """A bare whole number that meets a ratio is a number of wholes."""
        if left.type.kind is not right.type.kind and left.type.is_number:
            if left.type.kind.value == "ratio":
                return one.text, f"{other.text} * {MILLIONTHS}"
            if right.type.kind.value == "ratio":
                return f"{one.text} * {MILLIONTHS}", other.text
        return one.text, other.text

    def _scaled(self, node: Node, item: Node, atom: Atom) -> str:
        """The atom in the scale of `node`, which it is added to or chosen for."""
        if node.type.kind.value == "ratio" and item.type.kind.value == "count":
            return f"{atom.text} * {MILLIONTHS}"
        return atom.text

    def _within(self, node: Within) -> Atom:
        value, limit = self.emit(node.value), self.emit(node.limit)
        boundary = self.parameters[node.boundary.name]
        if boundary is None:
            return Atom("None", True)
        one, other = self._same_scale(node.value, value, node.limit, limit)
        return self.let(f"{one} {boundary} {other}", (value, limit))

    def _among(self, node: Among) -> Atom:
        value = self.emit(node.value)
        codes = node.codes
        if isinstance(codes, ParameterValue):
            codes = self.parameters[codes.name]
            if codes is None:
                return Atom("None", True)
        word = "not in" if node.negated else "in"
        return self.let(f"{value.text} {word} {self.constant(frozenset(codes))}", (value,))

    # numbers

    def _plus(self, node: Plus) -> Atom:
        atoms = tuple(self.emit(term) for term in node.terms)
        text = " ".join(
            f"{'+' if sign > 0 else '-'} {self._scaled(node, term, atom)}"
            for term, atom, sign in zip(node.terms, atoms, node.signs, strict=True)
        )
        return self.let(text.removeprefix("+ "), atoms)

    def _product(self, node: Product) -> Atom:
        over = tuple(self.emit(part) for part in node.factors)
        under = tuple(self.emit(part) for part in node.divisors)
        numerator, denominator = [a.text for a in over], [a.text for a in under]
        if node.millionths > 0:
            denominator.append(str(MILLIONTHS**node.millionths))
        elif node.millionths < 0:
            numerator.append(str(MILLIONTHS**-node.millionths))
        if not denominator:
            return self.let(" * ".join(numerator), over)
        zero = [a.text for part, a in zip(node.divisors, under, strict=True) if not isinstance(part, Literal)]
        extra = " or ".join(f"{text} == 0" for text in zero)
        if any(isinstance(part, Literal) and part.is_zero for part in node.divisors):
            extra = "True"
        return self.let(f"half_up({' * '.join(numerator)}, {' * '.join(denominator)})", (*over, *under), extra)

    def _choose(self, node: Choose) -> Atom:
        conditions = [self.emit(condition) for condition in node.conditions]
        values = [(value, self.emit(value)) for value in node.values]
        last = self.emit(node.otherwise)
        result = Atom(self._scaled(node, node.otherwise, last), last.open)
        for condition, (value, atom) in zip(reversed(conditions), reversed(values), strict=True):
            chosen = self._scaled(node, value, atom)
            name = self.fresh()
            rest = result.text
            if condition.open:
                rest = f"({result.text} if {condition.text} is False or {chosen} == {result.text} else None)"
            self.line(f"{name} = {chosen} if {condition.text} else {rest}")
            result = Atom(name, True)
        return result

    def _extreme(self, node: Extreme) -> Atom:
        atoms = tuple(self.emit(item) for item in node.items)
        texts = [self._scaled(node, item, atom) for item, atom in zip(node.items, atoms, strict=True)]
        return self.let(f"{node.name}({', '.join(texts)})", atoms)

    def _round(self, node: Round) -> Atom:
        value = self.emit(node.value)
        return self.let(f"stepped({node.name!r}, {value.text}, {node.step})", (value,))

    def _scale(self, node: Scale) -> Atom:
        brackets, value = self.emit(node.brackets), self.emit(node.value)
        return self.let(f"by_brackets({brackets.text}, {value.text})", (brackets, value))

    def _lookup(self, node: Lookup) -> Atom:
        table, key = self.emit(node.table), self.emit(node.key)
        found = self.let(f"{table.text}.get({key.text}, {table.text}.get('otherwise'))", (table, key))
        return Atom(found.text, True)

    def _age(self, node: Age) -> Atom:
        born = self.emit(node.born)
        return self.let(f"whole_years({born.text}, on)", (born,))

    # members

    def each_member(self) -> None:
        """Open a loop over the members; what is emitted next is per member."""
        self.line("for i, m in enumerate(M):")
        self.depth += 1
        self.in_member = True

    def all_members_done(self) -> None:
        self.depth -= 1
        self.in_member = False

    def _aggregate(self, node: Aggregate) -> Atom:
        if node.name == "count" and node.where is None:
            return self.let("len(M)", ())
        result = getattr(self, f"_over_{node.name if node.name not in ('min', 'max') else 'extreme'}")(node)
        return Atom(result, True)

    def _counted(self, node: Aggregate) -> tuple[str, str]:
        """Inside the loop: the variables of `value` and `where` for this member."""
        value, where = self.fresh("v"), self.fresh("w")
        self.line(f"{value} = {self.emit(node.value).text if node.value is not None else 1}")
        self.line(f"{where} = {self.emit(node.where).text if node.where is not None else True}")
        return value, where

    def _over_sum(self, node: Aggregate) -> str:
        total, unsure = self.fresh("s"), self.fresh("u")
        self.line(f"{total} = 0; {unsure} = False")
        self.each_member()
        value, where = self._counted(node)
        self.line(f"if {where} is not False:")
        self.line(f"    if {value} is None or ({where} is None and {value} != 0): {unsure} = True")
        self.line(f"    else: {total} += {value}")
        self.all_members_done()
        self.line(f"if {unsure}: {total} = None")
        return total

    def _over_count(self, node: Aggregate) -> str:
        return self._over_sum(node)

    def _over_any(self, node: Aggregate) -> str:
        result = self.fresh("a")
        self.line(f"{result} = False")
        self.each_member()
        value, where = self._counted(node)
        self.line(f"if {value} is True and {where} is True: {result} = True")
        self.line(f"elif {value} is not False and {where} is not False and {result} is False: {result} = None")
        self.all_members_done()
        return result

    def _over_all(self, node: Aggregate) -> str:
        result = self.fresh("a")
        self.line(f"{result} = True")
        self.each_member()
        value, where = self._counted(node)
        self.line(f"if {value} is False and {where} is True: {result} = False")
        self.line(f"elif {value} is not True and {where} is not False and {result} is True: {result} = None")
        self.all_members_done()
        return result

    def _over_extreme(self, node: Aggregate) -> str:
        best, unsure, maybe = self.fresh("b"), self.fresh("u"), self.fresh("y")
        sign = "<" if node.name == "min" else ">"
        otherwise = "None"
        if node.otherwise is not None:
            otherwise = self._scaled(node, node.otherwise, self.emit(node.otherwise))
        self.line(f"{best} = None; {unsure} = False; {maybe} = []")
        self.each_member()
        value, where = self._counted(node)
        self.line(f"if {where} is False: pass")
        self.line(f"elif {value} is None: {unsure} = True")
        self.line(f"elif {where} is None: {maybe}.append({value})")
        self.line(f"elif {best} is None or {value} {sign} {best}: {best} = {value}")
        self.all_members_done()
        changes = f"any(y {sign} {best} for y in {maybe})"
        self.line(f"if {unsure}: {best} = None")
        self.line(f"elif {best} is None: {best} = None if {maybe} else {otherwise}")
        self.line(f"elif {changes}: {best} = None")
        return best
