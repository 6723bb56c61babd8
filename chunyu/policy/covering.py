"""Cases that can never be reached, as far as it can be shown without a household: the earlier one asks for no more.

The proof is sound and not complete: it looks into `and` and `or`, into comparisons of one value with bounds that are
multiples of the same parameters, into lists of codes, and through rules that have one formula at all times. What it
cannot show it lets pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from chunyu.policy.kinds import MILLIONTHS, Kind
from chunyu.policy.nodes import (
    AllOf,
    Among,
    AnyOf,
    Choose,
    Compare,
    Entity,
    Literal,
    Node,
    ParameterValue,
    Product,
    RuleValue,
    Within,
)
from chunyu.policy.pack import Parameter, Rule

STEPS = 20_000  # of looking, for one rule: a proof that takes longer is not made
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "=="}


@dataclass(frozen=True)
class _Bound:
    """A multiple of some parameters, the multiplier between `low` and `high` wherever and whenever it is asked."""

    low: Fraction
    high: Fraction
    of: tuple[str, ...] = ()


@dataclass
class Covering:
    """Looks for one rule's unreachable cases, with what the pack's rules and parameters are."""

    rules: Mapping[tuple[Entity, str], Rule]
    parameters: Mapping[str, Parameter]
    _steps: int = field(default=0, init=False)

    def unreachable(self, choice: Choose) -> list[tuple[int, int]]:
        """Each case that is never reached, with the first earlier one that covers it; numbered from 0."""
        self._steps = 0
        found = []
        for number, condition in enumerate(choice.conditions):
            earlier = (e for e, before in enumerate(choice.conditions[:number]) if self.implies(condition, before))
            first = next(earlier, None)
            if first is not None:
                found.append((number, first))
        return found

    def implies(self, a: Node, b: Node) -> bool:
        """Whether `b` is shown to hold wherever `a` does."""
        self._steps += 1
        if self._steps > STEPS:
            return False
        if a == b or (isinstance(b, Literal) and b.value is True):
            return True
        if isinstance(b, AllOf):
            return all(self.implies(a, part) for part in b.parts)
        if isinstance(a, AnyOf):
            return all(self.implies(part, b) for part in a.parts)
        if isinstance(a, AllOf) and any(self.implies(part, b) for part in a.parts):
            return True
        if isinstance(b, AnyOf) and any(self.implies(a, part) for part in b.parts):
            return True
        if isinstance(a, RuleValue) and (meaning := self._meaning(a)):
            return self.implies(meaning, b)
        if isinstance(b, RuleValue) and (meaning := self._meaning(b)):
            return self.implies(a, meaning)
        return self._narrower(a, b)

    def _meaning(self, named: RuleValue) -> Node | None:
        """The formula of a rule that has only one, whatever the date."""
        rule = self.rules.get((named.entity, named.name))
        if rule is None or len(rule.versions) != 1:
            return None
        version = rule.versions[0]
        return version.formula if version.valid_from is None and version.valid_to is None else None

    def _narrower(self, a: Node, b: Node) -> bool:
        codes, others = _codes(a), _codes(b)
        if codes is not None and others is not None:
            return codes[0] == others[0] and codes[1] <= others[1]
        if isinstance(a, Within) and isinstance(b, Within):
            return a.value == b.value and a.boundary == b.boundary and self._below(a.limit, b.limit)
        if isinstance(a, Compare) and isinstance(b, Compare):
            return any(self._closer(one, other) for one in _sides(a) for other in _sides(b))
        return False

    def _closer(self, a: tuple[Node, str, Node], b: tuple[Node, str, Node]) -> bool:
        """Both say something of the same left side, and the bound of `a` lies within that of `b`."""
        (value, sign, bound), (other, other_sign, other_bound) = a, b
        if value != other or other_sign == "==":
            return False
        strict = other_sign in ("<", ">") and sign in ("<=", ">=", "==")
        if other_sign in ("<", "<=") and sign in ("<", "<=", "=="):
            return self._below(bound, other_bound, strict)
        if other_sign in (">", ">=") and sign in (">", ">=", "=="):
            return self._below(other_bound, bound, strict)
        return False

    def _below(self, low: Node, high: Node, strict: bool = False) -> bool:
        """Whether one bound is never above the other; `strict`: always below it, shown for plain numbers only."""
        one, other = self._bound(low), self._bound(high)
        if one is None or other is None or one.of != other.of:
            return False
        if strict:
            return not one.of and one.high < other.low
        return one.high <= other.low

    def _bound(self, node: Node) -> _Bound | None:
        self._steps += 1
        if self._steps > STEPS:
            return None
        if isinstance(node, RuleValue):
            meaning = self._meaning(node)
            return self._bound(meaning) if meaning else None
        if isinstance(node, Literal) and node.type.is_number:
            value = Fraction(int(node.value), MILLIONTHS if node.kind is Kind.RATIO else 1)
            return _Bound(value, value)
        if isinstance(node, ParameterValue):
            return self._parameter(node)
        if isinstance(node, Product) and not node.divisors:
            return self._product(node)
        return None

    def _parameter(self, node: ParameterValue) -> _Bound | None:
        """A ratio multiplies by what it is worth anywhere at any time; an amount stays itself, if never below zero."""
        settings = self.parameters[node.name].settings
        values = [setting.value for setting in settings if type(setting.value) is int]
        if not values or min(values) < 0:
            return None
        if node.type.kind is Kind.RATIO:
            return _Bound(Fraction(min(values), MILLIONTHS), Fraction(max(values), MILLIONTHS))
        return _Bound(Fraction(1), Fraction(1), (node.name,))

    def _product(self, node: Product) -> _Bound | None:
        low, high = Fraction(1), Fraction(1)
        of: list[str] = []
        for factor in node.factors:
            bound = self._bound(factor)
            if bound is None or bound.low < 0:
                return None
            low, high = low * bound.low, high * bound.high
            of += bound.of
        return _Bound(low, high, tuple(sorted(of)))


def _codes(node: Node) -> tuple[Node, frozenset[str]] | None:
    """`x == "a"` and `x in ["a", "b"]` as the value and the codes it may have."""
    if isinstance(node, Among) and not node.negated and not isinstance(node.codes, ParameterValue):
        return node.value, frozenset(node.codes)
    if isinstance(node, Compare) and node.sign == "==" and isinstance(node.right, Literal):
        value = node.right.value
        return (node.left, frozenset([value])) if node.right.kind is Kind.CODE and isinstance(value, str) else None
    return None


def _sides(node: Compare) -> list[tuple[Node, str, Node]]:
    """A comparison read from either side."""
    if node.sign == "!=":
        return []
    return [(node.left, node.sign, node.right), (node.right, _MIRRORED[node.sign], node.left)]
