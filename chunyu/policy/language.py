"""Reading formulas: Python expression syntax, refused node by node unless listed here, into the tree of
`nodes`.

What may be written is described for pack writers in docs/reference/policy.md. The text is parsed by
`ast` and never evaluated.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import cast

from chunyu.policy.kinds import FEN, KIND_WORDS, MILLIONTHS, Kind, Type
from chunyu.policy.nodes import (
    Age,
    Aggregate,
    AggregateName,
    AllOf,
    Among,
    AnyOf,
    Choose,
    Compare,
    CompareSign,
    DecisionDate,
    Disputed,
    Entity,
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
    RoundingName,
    RuleValue,
    Scale,
    Within,
)
from chunyu.policy.problems import Problem, ShapeError, Span, nearest
from chunyu.policy.units import MONTHS_PER_YEAR

SIGNS: dict[type[ast.cmpop], CompareSign] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.GtE: ">=",
    ast.Gt: ">",
}
LONGEST = 4000  # characters: a longer rule is several rules
DEEPEST = 50  # levels of nesting, so that no reader of the tree runs out of stack
AGGREGATES = ("sum", "count", "any", "all", "min", "max")
USAGES = {
    "sum": "sum(member.x) / sum(member.x, where=…)",
    "count": "count() / count(where=…)",
    "any": "any(member.x) / any(member.x, where=…)",
    "all": "all(member.x) / all(member.x, where=…)",
    "min": "min(a, b) / min(member.x) / min(member.x, where=…, otherwise=…)",
    "max": "max(a, b) / max(member.x) / max(member.x, where=…, otherwise=…)",
    "clip": "clip(x, low, high)",
    "within": "within(x, limit, boundary_parameter)",
    "round_half_up": "round_half_up(x, 1)",
    "round_down": "round_down(x, 1)",
    "round_up": "round_up(x, 1)",
    "per_month": "per_month(x)",
    "per_year": "per_year(x)",
    "scale": "scale(bracket_parameter, x)",
    "lookup": "lookup(table_parameter, code)",
    "age": "age(date)",
    "disputed": "disputed(fact)",
}
_WHAT = {
    ast.Lambda: ("函数定义", "A function definition"),
    ast.Subscript: ("方括号取值", "Indexing with brackets"),
    ast.JoinedStr: ("格式化字符串", "A formatted string"),
    ast.ListComp: ("推导式", "A comprehension"),
    ast.GeneratorExp: ("推导式", "A comprehension"),
    ast.Dict: ("字典", "A dictionary"),
    ast.NamedExpr: ("赋值", "An assignment"),
    ast.Pow: ("乘方", "A power"),
    ast.Mod: ("取余", "A remainder"),
    ast.FloorDiv: ("整除", "Whole division"),
    ast.Starred: ("星号展开", "A starred argument"),
    ast.List: ("清单（只能写在 in 之后）", "A list (other than after in)"),
}


@dataclass(frozen=True)
class Names:
    """What formulas may name, with types: facts and rules of each entity, and parameters."""

    facts: Mapping[tuple[Entity, str], Type]
    rules: Mapping[tuple[Entity, str], Type]
    parameters: Mapping[str, Type]

    def near(self, name: str, entity: Entity) -> dict[str, str]:
        known = [n for e, n in (*self.facts, *self.rules) if e == entity]
        return nearest(name, known if entity == "member" else [*known, *self.parameters])


@dataclass
class Reader:
    """Reads one formula; `problems` collects every fault with its place."""

    names: Names
    entity: Entity
    place: Span
    text: str
    problems: list[Problem] = field(default_factory=list)
    _in_aggregate: bool = False
    _depth: int = 0

    def read(self) -> Node | None:
        if len(self.text) > LONGEST:
            self._unreadable(1, 1, f"超过 {LONGEST} 个字符，请拆成几条规则", f"it is longer than {LONGEST} characters")
            return None
        try:
            tree = ast.parse(f"({self.text}\n)", mode="eval")
            return self.visit(tree.body)
        except SyntaxError as error:
            chinese, english = _said(error)
            self._unreadable(error.lineno or 1, error.offset or 1, chinese, english)
        except ValueError:
            self._unreadable(1, 1, "有不能写的字符", "it has a character that cannot be written")
        except (RecursionError, MemoryError):
            self._unreadable(1, 1, "括号套得太深，请拆成几条规则", "it is nested too deeply")
        return None

    def _unreadable(self, line: int, column: int, chinese: str, english: str) -> None:
        span = self._span_at(line, column - 1, line, column)
        self.problems.append(Problem("syntax", span, {"detail_zh": chinese, "detail_en": english}))

    # places

    def _span_at(self, line: int, column: int, end_line: int, end_column: int) -> Span:
        def position(row: int, offset: int) -> tuple[int, int]:
            if row == 1:
                return self.place.line, self.place.column + max(offset - 1, 0)
            return self.place.line + row - 1, 1 + offset

        start, end = position(line, column), position(end_line, end_column)
        return Span(self.place.file, *start, *end)

    def _span(self, expression: ast.expr) -> Span:
        lines = f"({self.text}\n)".split("\n")

        def characters(row: int, octets: int) -> int:
            return len(lines[row - 1].encode()[:octets].decode())

        end_line = expression.end_lineno or expression.lineno
        return self._span_at(
            expression.lineno,
            characters(expression.lineno, expression.col_offset),
            end_line,
            characters(end_line, expression.end_col_offset or 0),
        )

    def _problem(self, at: ast.expr, code: str, /, **params: str) -> None:
        self.problems.append(Problem(code, self._span(at), params))

    def _build(self, at: ast.expr, make: Callable[[Span], Node]) -> Node | None:
        try:
            return make(self._span(at))
        except ShapeError as error:
            params = dict(error.params)
            if error.code == "unknown_code":
                params |= nearest(params["code"], params.pop("known").split("|"))
            self._problem(at, error.code, **params)
            return None

    def _refuse(self, at: ast.expr, what: ast.AST) -> None:
        name = type(what).__name__
        chinese, english = _WHAT.get(type(what), (f"“{name}”这种写法", f"The form {name}"))
        self._problem(at, "not_allowed", what_zh=chinese, what_en=english)

    # expressions

    def visit(self, e: ast.expr) -> Node | None:
        self._depth += 1
        try:
            if self._depth > DEEPEST:
                raise RecursionError
            return self._visit(e)
        finally:
            self._depth -= 1

    def _visit(self, e: ast.expr) -> Node | None:
        match e:
            case ast.Constant():
                return self._constant(e)
            case ast.Name():
                return self._name(e)
            case ast.Attribute():
                return self._attribute(e)
            case ast.BoolOp(op=op, values=values):
                parts = self._all(values)
                if parts is None:
                    return None
                return self._build(
                    e,
                    lambda s: AllOf(parts, span=s) if isinstance(op, ast.And) else AnyOf(parts, span=s),
                )
            case ast.UnaryOp():
                return self._unary(e)
            case ast.BinOp():
                return self._binary(e)
            case ast.Compare():
                return self._compare(e)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                found = self._all([test, body, orelse])
                if found is None:
                    return None
                return self._build(e, lambda s: Choose((found[0],), (found[1],), found[2], span=s))
            case ast.Call():
                return self._call(e)
            case _:
                self._refuse(e, e)
                return None

    def _all(self, expressions: list[ast.expr]) -> tuple[Node, ...] | None:
        found = [self.visit(e) for e in expressions]
        return None if any(node is None for node in found) else tuple(cast("list[Node]", found))

    def _constant(self, e: ast.Constant) -> Node | None:
        value, text = e.value, ast.unparse(e)
        if isinstance(value, bool):
            return Literal(value, Kind.FLAG, text=text, span=self._span(e))
        if isinstance(value, int | float):
            return self._number(e, value, ast.get_source_segment(f"({self.text}\n)", e) or text)
        if isinstance(value, str):
            return Literal(value, Kind.CODE, text=value, span=self._span(e))
        self._refuse(e, e)
        return None

    def _number(self, e: ast.Constant, value: int | float, text: str) -> Node | None:
        if isinstance(value, int) and value <= 10**9:
            return Literal(value, Kind.COUNT, text=text, span=self._span(e))
        if isinstance(value, float) and value <= 10**6:
            exact = Decimal(repr(value)) * MILLIONTHS
            if exact == exact.to_integral_value():
                return Literal(int(exact), Kind.RATIO, text=text, span=self._span(e))
        self._problem(e, "number", number=text)
        return None

    def _name(self, e: ast.Name) -> Node | None:
        name, span = e.id, self._span(e)
        if name == "decision_date":
            return DecisionDate(span=span)
        if (fact := self.names.facts.get(("household", name))) is not None:
            return FactValue("household", name, fact, span=span)
        if (rule := self.names.rules.get(("household", name))) is not None:
            return RuleValue("household", name, rule, span=span)
        if (parameter := self.names.parameters.get(name)) is not None:
            return ParameterValue(name, parameter, span=span)
        self._problem(e, "unknown_name", name=name, **self.names.near(name, "household"))
        return None

    def _attribute(self, e: ast.Attribute) -> Node | None:
        if not (isinstance(e.value, ast.Name) and e.value.id == "member"):
            self._refuse(e, e)
            return None
        name = e.attr
        if self.entity != "member" and not self._in_aggregate:
            self._problem(e, "member_outside", name=name)
            return None
        if (fact := self.names.facts.get(("member", name))) is not None:
            return FactValue("member", name, fact, span=self._span(e))
        if (rule := self.names.rules.get(("member", name))) is not None:
            return RuleValue("member", name, rule, span=self._span(e))
        self._problem(e, "unknown_name", name=f"member.{name}", **self.names.near(name, "member"))
        return None

    def _unary(self, e: ast.UnaryOp) -> Node | None:
        if isinstance(e.op, ast.Not):
            part = self.visit(e.operand)
            if part is None:
                return None
            return self._build(e, lambda s: Not(part, span=s))
        if isinstance(e.op, ast.USub):
            amount = self.visit(e.operand)
            if amount is None:
                return None
            return self._build(e, lambda s: Plus((amount,), (-1,), span=s))
        self._refuse(e, e.op)
        return None

    def _binary(self, e: ast.BinOp) -> Node | None:
        if not isinstance(e.op, ast.Add | ast.Sub | ast.Mult | ast.Div):
            self._refuse(e, e.op)
            return None
        found = self._all([e.left, e.right])
        if found is None:
            return None
        left, right = found
        if isinstance(e.op, ast.Add | ast.Sub):
            sign = 1 if isinstance(e.op, ast.Add) else -1
            terms, signs = (left.terms, left.signs) if isinstance(left, Plus) else ((left,), (1,))
            return self._build(e, lambda s: Plus((*terms, right), (*signs, sign), span=s))
        factors, divisors = _as_product(left)
        if isinstance(e.op, ast.Mult):
            more, under = _as_product(right)
            return self._build(e, lambda s: Product((*factors, *more), (*divisors, *under), span=s))
        over, under = _as_product(right)
        return self._build(e, lambda s: Product((*factors, *under), (*divisors, *over), span=s))

    def _compare(self, e: ast.Compare) -> Node | None:
        parts: list[Node | None] = []
        left = e.left
        for op, right in zip(e.ops, e.comparators, strict=True):
            if isinstance(op, ast.In | ast.NotIn):
                parts.append(self._among(e, left, op, right))
            elif type(op) in SIGNS:
                sides = self._all([left, right])
                sign = SIGNS[type(op)]
                parts.append(
                    None if sides is None else self._build(e, lambda s, i=sides, g=sign: Compare(g, i[0], i[1], span=s))  # type: ignore[misc]  # mypy cannot infer a lambda with bound defaults
                )
            else:
                self._refuse(e, op)
                parts.append(None)
            left = right
        if any(part is None for part in parts):
            return None
        known = tuple(cast("list[Node]", parts))
        return known[0] if len(known) == 1 else self._build(e, lambda s: AllOf(known, span=s))

    def _among(self, e: ast.Compare, left: ast.expr, op: ast.cmpop, right: ast.expr) -> Node | None:
        value = self.visit(left)
        negated = isinstance(op, ast.NotIn)
        if isinstance(right, ast.List | ast.Tuple):
            codes: list[str] = []
            for item in right.elts:
                if not (isinstance(item, ast.Constant) and isinstance(item.value, str)):
                    self._refuse(item, item)
                    return None
                codes.append(item.value)
            return value and self._build(right, lambda s: Among(value, tuple(codes), negated, span=self._span(e)))
        listed = self._parameter(right, "in")
        if value is None or listed is None:
            return None
        return self._build(e, lambda s: Among(value, listed, negated, span=s))

    def _parameter(self, e: ast.expr, function: str) -> ParameterValue | None:
        if isinstance(e, ast.Name) and e.id in self.names.parameters:
            return ParameterValue(e.id, self.names.parameters[e.id], span=self._span(e))
        hint = nearest(e.id, self.names.parameters) if isinstance(e, ast.Name) else {}
        if hint:
            self._problem(e, "unknown_name", name=cast(ast.Name, e).id, **hint)
        else:
            self._problem(e, "not_a_parameter", name=function)
        return None

    # calls

    def _call(self, e: ast.Call) -> Node | None:
        if not isinstance(e.func, ast.Name):
            self._refuse(e, e.func)
            return None
        name = e.func.id
        if name not in USAGES:
            self._problem(e.func, "unknown_function", name=name, **nearest(name, USAGES))
            return None
        keywords = {k.arg: k.value for k in e.keywords if k.arg}
        scalars = name in ("min", "max") and len(e.args) > 1
        if name in AGGREGATES and not scalars:
            return self._aggregate(e, cast(AggregateName, name), keywords)
        if keywords or len(e.keywords) != len(keywords) or any(isinstance(a, ast.Starred) for a in e.args):
            return self._wrong_arguments(e, name)
        return self._function(e, name)

    def _wrong_arguments(self, e: ast.expr, name: str) -> Node | None:
        self._problem(e, "wrong_arguments", name=name, usage=USAGES[name])
        return None

    def _aggregate(self, e: ast.Call, name: AggregateName, keywords: dict[str, ast.expr]) -> Node | None:
        allowed = {"where", "otherwise"} if name in ("min", "max") else {"where"}
        if len(e.args) != (0 if name == "count" else 1) or set(keywords) - allowed:
            return self._wrong_arguments(e, name)
        if self._in_aggregate or self.entity == "member":
            self._problem(e, "member_inside")
            return None
        otherwise = self.visit(keywords["otherwise"]) if "otherwise" in keywords else None
        self._in_aggregate = True
        value = self.visit(e.args[0]) if e.args else None
        where = self.visit(keywords["where"]) if "where" in keywords else None
        self._in_aggregate = False
        broken = (
            (e.args and value is None)
            or ("where" in keywords and where is None)
            or ("otherwise" in keywords and otherwise is None)
        )
        if broken:
            return None
        return self._build(e, lambda s: Aggregate(name, value, where, otherwise, span=s))

    def _function(self, e: ast.Call, name: str) -> Node | None:  # noqa: C901  # one arm per function of the language
        arguments = e.args
        count = len(arguments)
        if name in ("min", "max"):
            items = self._all(arguments)
            if items is None:
                return None
            return self._build(e, lambda s: Extreme("min" if name == "min" else "max", items, span=s))
        if name == "clip" and count == 3:
            three = self._all(arguments)
            if three is None:
                return None
            value, low, high = three
            capped = self._build(e, lambda s: Extreme("min", (value, high), span=s))
            return capped and self._build(e, lambda s: Extreme("max", (low, capped), span=s))
        if name in ("per_month", "per_year") and count == 1:
            return self._per(e, name, arguments[0])
        if name in ("round_half_up", "round_down", "round_up") and count == 2:
            return self._round(e, cast(RoundingName, name), arguments)
        if name == "age" and count == 1:
            born = self.visit(arguments[0])
            return born and self._build(e, lambda s: Age(born, span=s))
        if name == "disputed" and count == 1:
            fact = self.visit(arguments[0])
            if fact is not None and not isinstance(fact, FactValue):
                return self._wrong_arguments(e, name)
            return fact and self._build(e, lambda s: Disputed(fact, span=s))
        if name in ("scale", "lookup") and count == 2:
            parameter, given = self._parameter(arguments[0], name), self.visit(arguments[1])
            if parameter is None or given is None:
                return None
            if name == "scale":
                return self._build(e, lambda s: Scale(parameter, given, span=s))
            return self._build(e, lambda s: Lookup(parameter, given, span=s))
        if name == "within" and count == 3:
            sides, boundary = self._all(arguments[:2]), self._parameter(arguments[2], name)
            if sides is None or boundary is None:
                return None
            return self._build(e, lambda s: Within(sides[0], sides[1], boundary, span=s))
        return self._wrong_arguments(e, name)

    def _per(self, e: ast.Call, name: str, argument: ast.expr) -> Node | None:
        value = self.visit(argument)
        if value is None:
            return None
        wanted = "year" if name == "per_month" else "month"
        if value.type.unit.power_of(wanted) != -1 or value.type.unit.power_of("yuan") != 1:
            expected = f"yuan/{wanted}"
            self._problem(
                argument,
                "wrong_kind",
                place_zh=f"{name} 的参数",
                place_en=f"What {name} takes",
                expected_zh=f"{KIND_WORDS[Kind.MONEY][0]} ({expected})",
                expected_en=f"{KIND_WORDS[Kind.MONEY][1]} ({expected})",
                found_zh=value.type.words("zh"),
                found_en=value.type.words("en"),
            )
            return None
        twelve = Literal(12, Kind.COUNT, MONTHS_PER_YEAR, text="12", span=self._span(e))
        factors, divisors = _as_product(value)
        if name == "per_month":
            return self._build(e, lambda s: Product(factors, (*divisors, twelve), span=s))
        return self._build(e, lambda s: Product((*factors, twelve), divisors, span=s))

    def _round(self, e: ast.Call, name: RoundingName, arguments: list[ast.expr]) -> Node | None:
        value, step = self.visit(arguments[0]), arguments[1]
        if not (isinstance(step, ast.Constant) and type(step.value) is int and step.value > 0):
            return self._wrong_arguments(e, name)
        whole = step.value
        return value and self._build(e, lambda s: Round(name, value, whole * FEN, span=s))


def _as_product(node: Node) -> tuple[tuple[Node, ...], tuple[Node, ...]]:
    """A product is opened so that a chain stays one node and is rounded once."""
    return (node.factors, node.divisors) if isinstance(node, Product) else ((node,), ())


def _said(error: SyntaxError) -> tuple[str, str]:
    """What the parser found, in both languages."""
    message = error.msg or ""
    if "nested" in message:
        return "括号套得太深，请拆成几条规则", "it is nested too deeply"
    if "never closed" in message or "unmatched" in message or "does not match" in message:
        return "括号没有配对", "a bracket has no partner"
    if "invalid character" in message or "invalid non-printable" in message:
        mark = (error.text or "")[(error.offset or 1) - 1 : error.offset or 1]
        return f"不认识的字符“{mark}”，符号请用半角", f"there is a strange character “{mark}”"
    if "string" in message:
        return "引号没有配对", "a quotation mark has no partner"
    return "这里少了内容，或多了内容", "something is missing here, or too much"
