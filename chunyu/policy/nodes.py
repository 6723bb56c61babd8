"""The tree of a rule: immutable, typed nodes that refuse a wrong shape when they are built.

This is the meaning of a formula. The interpreter, the explanation and any bulk executor read the same tree
and add nothing to it. Every node carries its `type` (kind and unit) and the `span` of text it was read from;
the span takes no part in equality.

**Unknown.** Every value may be unknown. What each node makes of it:

* numbers, comparisons, rounding, age, tables, `in`: unknown when an operand they need is unknown; nothing
  times
  unknown is unknown, also zero;
* `and`, `or`, `not`: the strong three-valued (Kleene) tables: `no and unknown` is no, `yes or unknown` is
  yes;
* `a if c else b`, cases: with `c` unknown, the value that both branches agree on, else unknown;
* `sum`, `count`: unknown when a member who counts, or may count, could change the result;
* `any`, `all`: as a chain of `or`, of `and`; a member left out for sure by `where` has no say;
* `min`, `max` over members: unknown when a member who counts is unknown, or one who may count would change
  it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Literal as OneOf
from typing import cast

from chunyu.policy.kinds import DATE, FLAG, KIND_WORDS, Kind, Type
from chunyu.policy.problems import NOWHERE, PER_MONTH_HINT, ShapeError, Span
from chunyu.policy.units import PERSON, PURE, YEARS_OF_AGE, Unit

Entity = OneOf["household", "member"]
CompareSign = OneOf["<", "<=", "==", "!=", ">=", ">"]
AggregateName = OneOf["sum", "count", "any", "all", "min", "max"]
RoundingName = OneOf["round_half_up", "round_down", "round_up"]

ADD = {"verb_zh": "相加减", "verb_en": "added or subtracted"}
COMPARE = {"verb_zh": "比较", "verb_en": "compared"}
CHOOSE = {"verb_zh": "作为同一个结果的两个分支", "verb_en": "two branches of one result"}
DIVIDE = {"verb_zh": "相乘除", "verb_en": "multiplied or divided"}


@dataclass(frozen=True, kw_only=True)
class Node:
    span: Span = field(default=NOWHERE, compare=False, repr=False)
    type: Type = field(init=False, compare=False, repr=False)

    def _is(self, type_: Type) -> None:
        object.__setattr__(self, "type", type_)

    def children(self) -> Iterator[Node]:
        """The nodes directly beneath, in the order of the text."""
        return iter(self._beneath)

    @cached_property
    def _beneath(self) -> tuple[Node, ...]:
        values = [getattr(self, spec.name) for spec in fields(self)]
        listed = [value if isinstance(value, tuple) else (value,) for value in values]
        return tuple(item for items in listed for item in items if isinstance(item, Node))


def walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children():
        yield from walk(child)


def _need(node: Node, kind: Kind, place_zh: str, place_en: str) -> None:
    if node.type.kind is not kind:
        expected, found = KIND_WORDS[kind], KIND_WORDS[node.type.kind]
        raise ShapeError(
            "wrong_kind",
            place_zh=place_zh,
            place_en=place_en,
            expected_zh=expected[0],
            expected_en=expected[1],
            found_zh=found[0],
            found_en=found[1],
        )


def _need_number(node: Node, place_zh: str, place_en: str) -> None:
    if not node.type.is_number:
        found = KIND_WORDS[node.type.kind]
        raise ShapeError(
            "wrong_kind",
            place_zh=place_zh,
            place_en=place_en,
            expected_zh="数",
            expected_en="a number",
            found_zh=found[0],
            found_en=found[1],
        )


def _calendar_apart(left: Unit, right: Unit) -> bool:
    quotient = left / right
    return {name for name, _ in quotient.powers} == {"month", "year"}


def meeting(left: Node, right: Node, verb: dict[str, str]) -> Type:
    """The common type of two values that are added, compared or chosen between; refuses others."""
    one, other = left.type, right.type
    for literal, named in ((left, other), (right, one)):
        if isinstance(literal, Literal) and literal.is_zero and named.is_number:
            return named
        if isinstance(literal, Literal) and named.kind is Kind.MONEY and literal.type.is_number:
            raise ShapeError("bare_number", number=literal.text)
        whole = isinstance(literal, Literal) and literal.type.kind is Kind.COUNT
        if whole and named.kind in (Kind.COUNT, Kind.RATIO):
            return named
    if one.kind is not other.kind:
        words, others = KIND_WORDS[one.kind], KIND_WORDS[other.kind]
        raise ShapeError(
            "kinds_differ",
            left_zh=words[0],
            left_en=words[1].capitalize(),
            right_zh=others[0],
            right_en=others[1],
            **verb,
        )
    if one.unit != other.unit:
        hint = (
            {"hint_zh": PER_MONTH_HINT[0], "hint_en": PER_MONTH_HINT[1]}
            if _calendar_apart(one.unit, other.unit)
            else {}
        )
        raise ShapeError("units_differ", left=str(one.unit), right=str(other.unit), **verb, **hint)
    if one.kind is Kind.CODE and one.codes != other.codes:
        return Type(Kind.CODE, codes=tuple(dict.fromkeys((*one.codes, *other.codes))))
    return one


def common_type(nodes: tuple[Node, ...], verb: dict[str, str]) -> Type:
    """The type of values that stand side by side: what is named decides, and literals follow it."""
    named = [node for node in nodes if not isinstance(node, Literal)]
    ratios = [node for node in nodes if node.type.kind is Kind.RATIO]
    nonzero = [node for node in nodes if not (isinstance(node, Literal) and node.is_zero)]
    anchor = [*named, *ratios, *nonzero, *nodes][0]
    result = anchor.type
    for node in nodes:
        if node is not anchor:
            common = meeting(anchor, node, verb)
            if common.kind is Kind.CODE:
                result = Type(Kind.CODE, codes=tuple(dict.fromkeys((*result.codes, *node.type.codes))))
    return result


@dataclass(frozen=True)
class Literal(Node):
    """A number, yes/no or code written in the formula. A ratio is in millionths, as everywhere."""

    value: int | bool | str
    kind: Kind
    unit: Unit = PURE
    text: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        codes = (str(self.value),) if self.kind is Kind.CODE else ()
        self._is(Type(self.kind, self.unit, codes))

    @property
    def is_zero(self) -> bool:
        return self.type.is_number and self.value == 0


@dataclass(frozen=True)
class FactValue(Node):
    entity: Entity
    name: str
    declared: Type = field(repr=False)

    def __post_init__(self) -> None:
        self._is(self.declared)


@dataclass(frozen=True)
class RuleValue(Node):
    entity: Entity
    name: str
    declared: Type = field(repr=False)

    def __post_init__(self) -> None:
        self._is(self.declared)


@dataclass(frozen=True)
class ParameterValue(Node):
    """A parameter in force for the region and date of the decision."""

    name: str
    declared: Type = field(repr=False)

    def __post_init__(self) -> None:
        self._is(self.declared)


@dataclass(frozen=True)
class DecisionDate(Node):
    """The date whose rules apply: the date of application."""

    def __post_init__(self) -> None:
        self._is(DATE)


@dataclass(frozen=True)
class Disputed(Node):
    """Whether sources contradict each other on a fact: what was declared is not what was verified or
    matched.
    """

    fact: FactValue

    def __post_init__(self) -> None:
        self._is(FLAG)


@dataclass(frozen=True)
class Compare(Node):
    sign: CompareSign
    left: Node
    right: Node

    def __post_init__(self) -> None:
        common = meeting(self.left, self.right, COMPARE)
        if self.sign in ("==", "!="):
            for side, other in ((self.left, self.right), (self.right, self.left)):
                _need_listed(side, other.type)
        elif common.kind is not Kind.DATE:
            _need_number(self.left, "比较大小的两边", "What is compared by size")
        self._is(FLAG)


@dataclass(frozen=True)
class Within(Node):
    """`value <= limit` or `value < limit`: which of the two is a parameter, because places differ."""

    value: Node
    limit: Node
    boundary: ParameterValue

    def __post_init__(self) -> None:
        _need_number(self.value, "within 的第一项", "The first part of within")
        meeting(self.value, self.limit, COMPARE)
        _need(self.boundary, Kind.BOUNDARY, "within 的第三项", "The third part of within")
        self._is(FLAG)


def _need_listed(code: Node, among: Type) -> None:
    listed = among.kind is Kind.CODE and among.codes
    if isinstance(code, Literal) and listed and code.value not in among.codes:
        raise ShapeError("unknown_code", code=str(code.value), known="|".join(among.codes))


@dataclass(frozen=True)
class AllOf(Node):
    parts: tuple[Node, ...]

    def __post_init__(self) -> None:
        for part in self.parts:
            _need(part, Kind.FLAG, "and 的每一项", "Each part of and")
        self._is(FLAG)


@dataclass(frozen=True)
class AnyOf(Node):
    parts: tuple[Node, ...]

    def __post_init__(self) -> None:
        for part in self.parts:
            _need(part, Kind.FLAG, "or 的每一项", "Each part of or")
        self._is(FLAG)


@dataclass(frozen=True)
class Not(Node):
    part: Node

    def __post_init__(self) -> None:
        _need(self.part, Kind.FLAG, "not 之后", "What follows not")
        self._is(FLAG)


@dataclass(frozen=True)
class Among(Node):
    """A code in a list: written out, or a dated parameter."""

    value: Node
    codes: tuple[str, ...] | ParameterValue
    negated: bool = False

    def __post_init__(self) -> None:
        _need(self.value, Kind.CODE, "in 的左边", "What stands before in")
        if isinstance(self.codes, ParameterValue):
            _need(self.codes, Kind.CODES, "in 的右边", "What stands after in")
        else:
            for code in self.codes:
                _need_listed(Literal(code, Kind.CODE), self.value.type)
        self._is(FLAG)


@dataclass(frozen=True)
class Plus(Node):
    """Terms added, or subtracted where the sign is −1."""

    terms: tuple[Node, ...]
    signs: tuple[int, ...]

    def __post_init__(self) -> None:
        for term in self.terms:
            _need_number(term, "加减的每一项", "What is added or subtracted")
        self._is(common_type(self.terms, ADD))


@dataclass(frozen=True)
class Product(Node):
    """Factors over divisors, exact, and rounded once. A chain of `*` and `/` is one such node."""

    factors: tuple[Node, ...]
    divisors: tuple[Node, ...] = ()

    def __post_init__(self) -> None:
        unit, money, plain = PURE, 0, True
        for power, group in ((1, self.factors), (-1, self.divisors)):
            for part in group:
                _need_number(part, "乘除的每一项", "What is multiplied or divided")
                unit = unit * part.type.unit if power > 0 else unit / part.type.unit
                money += power * (part.type.kind is Kind.MONEY)
                plain = plain and part.type.kind is Kind.COUNT and power > 0
        if money not in (0, 1):
            raise ShapeError(
                "kinds_differ",
                left_zh="金额",
                left_en="Money",
                right_zh="金额" if money > 1 else "数",
                right_en="money" if money > 1 else "a number",
                verb_zh="相乘" if money > 1 else "作为被除数与除数",
                verb_en="multiplied" if money > 1 else "divided that way round",
            )
        kind = Kind.MONEY if money else Kind.COUNT if plain else Kind.RATIO
        self._is(Type(kind, unit))

    @property
    def millionths(self) -> int:
        """How many times the divisor must be multiplied by a million, from the ratios on both sides."""
        over = sum(part.type.kind is Kind.RATIO for part in self.factors)
        under = sum(part.type.kind is Kind.RATIO for part in self.divisors)
        return over - under - (self.type.kind is Kind.RATIO)


@dataclass(frozen=True)
class Choose(Node):
    """Ordered cases: the value of the first condition that holds, else `otherwise`."""

    conditions: tuple[Node, ...]
    values: tuple[Node, ...]
    otherwise: Node

    def __post_init__(self) -> None:
        for condition in self.conditions:
            _need(condition, Kind.FLAG, "条件", "The condition")
        self._is(common_type((*self.values, self.otherwise), CHOOSE))


@dataclass(frozen=True)
class Extreme(Node):
    """The least or the greatest of some values."""

    name: OneOf["min", "max"]
    items: tuple[Node, ...]

    def __post_init__(self) -> None:
        for item in self.items:
            _need_number(item, f"{self.name} 的每一项", f"Each part of {self.name}")
        self._is(common_type(self.items, COMPARE))


@dataclass(frozen=True)
class Round(Node):
    """Money rounded to whole steps; `step` in fen."""

    name: RoundingName
    value: Node
    step: int

    def __post_init__(self) -> None:
        _need(self.value, Kind.MONEY, f"{self.name} 的第一项", f"The first part of {self.name}")
        self._is(self.value.type)


@dataclass(frozen=True)
class Scale(Node):
    """Marginal brackets: each slice of the value times the rate of its bracket, rounded once at the end."""

    brackets: ParameterValue
    value: Node

    def __post_init__(self) -> None:
        _need(self.brackets, Kind.BRACKETS, "scale 的第一项", "The first part of scale")
        _need(self.value, Kind.MONEY, "scale 的第二项", "The second part of scale")
        if self.brackets.type.unit != self.value.type.unit:
            raise ShapeError(
                "units_differ",
                left=str(self.brackets.type.unit),
                right=str(self.value.type.unit),
                **COMPARE,
            )
        self._is(self.value.type)


@dataclass(frozen=True)
class Lookup(Node):
    """The value that a table parameter gives for a code."""

    table: ParameterValue
    key: Node

    def __post_init__(self) -> None:
        _need(self.table, Kind.TABLE, "lookup 的第一项", "The first part of lookup")
        _need(self.key, Kind.CODE, "lookup 的第二项", "The second part of lookup")
        declared = self.table.type
        self._is(Type(declared.of or Kind.MONEY, declared.unit))


@dataclass(frozen=True)
class Age(Node):
    """Whole years on the date of decision; who is born on 29 February is a year older on 1 March."""

    born: Node

    def __post_init__(self) -> None:
        _need(self.born, Kind.DATE, "age 的参数", "What age takes")
        self._is(Type(Kind.COUNT, YEARS_OF_AGE))


@dataclass(frozen=True)
class Aggregate(Node):
    """One value out of all members. `value` is none for count; `where` none means everybody."""

    name: AggregateName
    value: Node | None = None
    where: Node | None = None
    otherwise: Node | None = None

    def __post_init__(self) -> None:
        if self.where is not None:
            _need(self.where, Kind.FLAG, "where", "where")
        if self.name == "count":
            self._is(Type(Kind.COUNT, PERSON))
            return
        value = cast(Node, self.value)
        if self.name in ("any", "all"):
            _need(value, Kind.FLAG, f"{self.name} 的第一项", f"The first part of {self.name}")
            self._is(FLAG)
            return
        _need_number(value, f"{self.name} 的第一项", f"The first part of {self.name}")
        if self.name in ("min", "max"):
            if self.where is not None and self.otherwise is None:
                raise ShapeError("where_needs_otherwise", name=self.name)
            if self.otherwise is not None:
                meeting(value, self.otherwise, CHOOSE)
        self._is(Type(value.type.kind, value.type.unit))
