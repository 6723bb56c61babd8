"""What a node says: one tree as a Chinese and as an English phrase, with the numbers of one case in it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from chunyu.policy.decision import Determination
from chunyu.policy.kinds import MILLIONTHS, Kind, Type, Value
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
from chunyu.policy.pack import Label

SIGN_WORDS = {
    "<": ("低于", "is below"),
    "<=": ("不高于", "is at most"),
    ">": ("高于", "is above"),
    ">=": ("不低于", "is at least"),
    "==": ("是", "is"),
    "!=": ("不是", "is not"),
}
SIGN_MARKS = {"<": "<", "<=": "≤", ">": ">", ">=": "≥", "==": "=", "!=": "≠"}
OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
YES_NO: Mapping[Value, tuple[str, str]] = {
    True: ("是", "yes"),
    False: ("否", "no"),
    None: ("未知", "unknown"),
}
ROUND_WORDS = {
    "round_half_up": ("四舍五入", "rounded half up"),
    "round_down": ("舍去", "rounded down"),
    "round_up": ("进位", "rounded up"),
}


def yuan(fen: int) -> str:
    """``123456`` fen as ``1,234.56``, with a true minus sign."""
    return f"{Decimal(abs(fen)) / 100:,.2f}" if fen >= 0 else f"−{Decimal(-fen) / 100:,.2f}"


def plain(value: Value, type_: Type, values: Mapping[str, Label], language: str) -> str:
    """A value without its unit."""
    if value is None or type_.kind is Kind.FLAG:
        return YES_NO[value][0 if language == "zh" else 1]
    if type_.kind is Kind.MONEY and isinstance(value, int):
        return yuan(value)
    if type_.kind is Kind.RATIO and isinstance(value, int):
        return f"{(Decimal(value) / MILLIONTHS).normalize():f}"
    if type_.kind is Kind.CODE:
        label = values.get(str(value))
        return label(language) if label else str(value)
    if isinstance(value, date):
        return value.isoformat()
    return f"{value:,}" if isinstance(value, int) else str(value)


def with_unit(value: Value, type_: Type, values: Mapping[str, Label], language: str) -> str:
    text = plain(value, type_, values, language)
    unit = type_.unit.shown(language, one=value == 1)
    return text if value is None or not unit else f"{text} {unit}"


class Words:
    """Phrases for the nodes of one determination in one language. `member` is a position, or None outside."""

    def __init__(self, determination: Determination, language: str) -> None:
        self.determination = determination
        self.pack = determination.pack
        self.language = language
        self.chinese = language == "zh"

    def pick(self, chinese: str, english: str) -> str:
        return chinese if self.chinese else english

    def value(self, node: Node, member: int | None) -> Value:
        if isinstance(node, Literal):
            return node.value
        return self.determination.trace.get(id(node) if member is None else (id(node), member))

    def member_name(self, position: int) -> str:
        name = self.determination.case.members[position].name
        return name or self.pick(f"成员{position + 1}", f"member {position + 1}")

    def label(self, node: Node) -> str:
        if isinstance(node, FactValue):
            return self.pack.facts[node.entity, node.name].label(self.language)
        if isinstance(node, RuleValue):
            return self.pack.rules[node.entity, node.name].label(self.language)
        if isinstance(node, ParameterValue):
            return self.pack.parameters[node.name].label(self.language)
        raise TypeError(node)

    def value_labels(self, node: Node) -> Mapping[str, Label]:
        if isinstance(node, FactValue):
            return self.pack.facts[node.entity, node.name].values
        if isinstance(node, RuleValue):
            return self.pack.rules[node.entity, node.name].values
        if isinstance(node, ParameterValue):
            return self.pack.parameters[node.name].values
        return {}

    def number(self, node: Node, member: int | None) -> str:
        return plain(self.value(node, member), node.type, self.value_labels(node), self.language)

    # phrases

    def say(self, node: Node, member: int | None = None, numbers: bool = True) -> str:
        """The phrase of a node, with the numbers of the case or with names alone."""
        phrase: str = getattr(self, f"_{type(node).__name__.lower()}")(node, member, numbers)
        return phrase

    def _named(self, node: Node, member: int | None, numbers: bool) -> str:
        label = self.label(node)
        if not numbers or node.type.kind is Kind.FLAG:
            return label
        if node.type.kind in (Kind.CODES, Kind.TABLE, Kind.BRACKETS, Kind.BOUNDARY):
            return label
        return f"{label} {self.number(node, member)}"

    def _factvalue(self, node: FactValue, member: int | None, numbers: bool) -> str:
        return self._named(node, member, numbers)

    def _rulevalue(self, node: RuleValue, member: int | None, numbers: bool) -> str:
        return self._named(node, member, numbers)

    def _parametervalue(self, node: ParameterValue, member: int | None, numbers: bool) -> str:
        return self._named(node, member, numbers)

    def _literal(self, node: Literal, member: int | None, numbers: bool) -> str:
        return YES_NO[node.value][0 if self.chinese else 1] if node.type.kind is Kind.FLAG else node.text

    def _decisiondate(self, node: DecisionDate, member: int | None, numbers: bool) -> str:
        return self.pick("申请日", "the date of application")

    def _disputed(self, node: Disputed, member: int | None, numbers: bool) -> str:
        label = self.label(node.fact)
        return self.pick(f"“{label}”的申报与核对不一致", f"{label}: declared and checked figures differ")

    def _compare(self, node: Compare, member: int | None, numbers: bool) -> str:
        return self._comparison(node.left, node.sign, node.right, member, numbers)

    def _within(self, node: Within, member: int | None, numbers: bool) -> str:
        sign = str(self.determination.settings[node.boundary.name].value or "<=")
        return self._comparison(node.value, sign, node.limit, member, numbers)

    def _comparison(self, left: Node, sign: str, right: Node, member: int | None, numbers: bool) -> str:
        word = SIGN_WORDS[sign][0 if self.chinese else 1]
        shown = self.say(right, member, numbers)
        if isinstance(right, Literal) and right.type.kind is Kind.CODE:
            label = self.value_labels(left).get(str(right.value))
            shown = self.pick(f"“{label.zh}”", label.en) if label else shown
        return self.pick(
            f"{self.say(left, member, numbers)}{word}{shown}",
            f"{self.say(left, member, numbers)} {word} {shown}",
        )

    def comparison_marks(self, node: Node, member: int | None) -> str | None:
        """``704.17 ≤ 740.00``: the numbers of a comparison in the relation that is true; None for other
        nodes.
        """
        if isinstance(node, Compare):
            left, sign, right = node.left, str(node.sign), node.right
        elif isinstance(node, Within):
            left, right = node.value, node.limit
            sign = str(self.determination.settings[node.boundary.name].value or "<=")
        elif isinstance(node, Among) and node.value.type.codes:
            return self.number(node.value, member)
        else:
            return None
        if not left.type.is_number:
            return self.number(left, member)
        if self.value(node, member) is None:
            mark = "?"
        else:
            mark = SIGN_MARKS[sign if self.value(node, member) else OPPOSITE[sign]]
        return f"{self.number(left, member)} {mark} {self.number(right, member)}"

    def _joined(self, parts: tuple[Node, ...], word: str, member: int | None, numbers: bool) -> str:
        texts = []
        for part in parts:
            text = self.say(part, member, numbers)
            bracket = isinstance(part, AllOf | AnyOf)
            texts.append(self._bracketed(text) if bracket else text)
        return word.join(texts)

    def _bracketed(self, text: str) -> str:
        return f"（{text}）" if self.chinese else f"({text})"

    def _allof(self, node: AllOf, member: int | None, numbers: bool) -> str:
        return self._joined(node.parts, self.pick("，并且", " and "), member, numbers)

    def _anyof(self, node: AnyOf, member: int | None, numbers: bool) -> str:
        return self._joined(node.parts, self.pick("，或者", " or "), member, numbers)

    def _not(self, node: Not, member: int | None, numbers: bool) -> str:
        if isinstance(node.part, RuleValue):
            rule = self.pack.rules[node.part.entity, node.part.name]
            if rule.label_not is not None:
                return rule.label_not(self.language)
        return self.pick(
            f"不属于：{self.say(node.part, member, numbers)}", f"not: {self.say(node.part, member, numbers)}"
        )

    def _among(self, node: Among, member: int | None, numbers: bool) -> str:
        if isinstance(node.codes, ParameterValue):
            listed = self.pick(f"“{self.label(node.codes)}”", self.label(node.codes))
        else:
            labels = self.value_labels(node.value)
            found = [labels[c](self.language) if c in labels else c for c in node.codes]
            listed = self.pick("、", ", ").join(found)
        value = self.say(node.value, member, numbers)
        word = "不属于" if node.negated else "属于"
        return self.pick(f"{value}{word}{listed}", f"{value} is {'not ' if node.negated else ''}among {listed}")

    def _plus(self, node: Plus, member: int | None, numbers: bool) -> str:
        text = ""
        for term, sign in zip(node.terms, node.signs, strict=True):
            mark = "−" if sign < 0 else "+" if text else ""
            phrase = self.say(term, member, numbers)
            if isinstance(term, Plus) and sign < 0:
                phrase = self._bracketed(phrase)
            text += f" {mark} {phrase}" if text else f"{mark}{phrase}"
        return text

    def _factor(self, node: Node, member: int | None, numbers: bool) -> str:
        text = self.say(node, member, numbers)
        bracket = isinstance(node, Plus | Aggregate) and not (isinstance(node, Aggregate) and node.name == "count")
        return self._bracketed(text) if bracket else text

    def _product(self, node: Product, member: int | None, numbers: bool) -> str:
        text = " × ".join(self._factor(part, member, numbers) for part in node.factors)
        text += "".join(f" ÷ {self._factor(part, member, numbers)}" for part in node.divisors)
        return text.replace("） ", "）").replace(" （", "（")

    def _choose(self, node: Choose, member: int | None, numbers: bool) -> str:
        for condition, value in zip(node.conditions, node.values, strict=True):
            state = self.value(condition, member)
            if state is True:
                return self.say(value, member, numbers)
            if state is None:
                return self.pick("视未知情况而定", "depends on what is unknown")
        return self.say(node.otherwise, member, numbers)

    def _extreme(self, node: Extreme, member: int | None, numbers: bool) -> str:
        floor = next((item for item in node.items if isinstance(item, Literal) and item.is_zero), None)
        if node.name == "max" and floor is not None and len(node.items) == 2:
            text = self.say(next(item for item in node.items if item is not floor), member, numbers)
            return self.pick(f"{text}，不足 0 按 0", f"{text}, and never below 0")
        items = [self.say(item, member, numbers) for item in node.items]
        if self.chinese:
            return f"{'、'.join(items)} 中{'最小' if node.name == 'min' else '最大'}者"
        return f"the {'least' if node.name == 'min' else 'greatest'} of {', '.join(items[:-1])} and {items[-1]}"

    def _round(self, node: Round, member: int | None, numbers: bool) -> str:
        word = ROUND_WORDS[node.name][0 if self.chinese else 1]
        step = node.step // 100
        text = self.say(node.value, member, numbers)
        return self.pick(f"{text}（{word}到 {step} 元）", f"{text}, {word} to {step} yuan")

    def _scale(self, node: Scale, member: int | None, numbers: bool) -> str:
        text, label = self.say(node.value, member, numbers), self.label(node.brackets)
        return self.pick(f"{text}，按{label}计算", f"{text}, by {label}")

    def _lookup(self, node: Lookup, member: int | None, numbers: bool) -> str:
        key = plain(self.value(node.key, member), node.key.type, self.value_labels(node.key), self.language)
        label = self.label(node.table)
        text = self.pick(f"“{key}”的{label}", f"{label} for {key}") if numbers else label
        return f"{text} {self.number(node, member)}" if numbers else text

    def _age(self, node: Age, member: int | None, numbers: bool) -> str:
        return self.pick("年龄", "age") + (f" {self.number(node, member)}" if numbers else "")

    def counted_members(self, node: Aggregate) -> list[int]:
        """Members that `where` does not leave out for sure."""
        everyone = range(len(self.determination.case.members))
        if node.where is None:
            return list(everyone)
        return [i for i in everyone if self.value(node.where, i) is not False]

    def _aggregate(self, node: Aggregate, member: int | None, numbers: bool) -> str:
        where = self.say(node.where, 0, False) if node.where is not None else ""
        who = self.pick(f"{where}的成员", f"members where {where}") if where else self.pick("成员", "members")
        if node.name == "count":
            if numbers:
                return self.pick(f"{who} {self.number(node, member)} 人", f"{self.number(node, member)} {who}")
            return self.pick(f"{who}人数", f"number of {who}")
        value = node.value
        if value is None:
            return who
        names = self.say(value, 0, False)
        if node.name in ("any", "all"):
            one = node.name == "any"
            return self.pick(f"{'有' if one else '全部'}{who}：{names}", f"{'some' if one else 'all'} {who}: {names}")
        if not numbers:
            total = {"sum": ("合计", "total"), "min": ("最小", "least"), "max": ("最大", "greatest")}[node.name]
            return self.pick(f"{who}{names}{total[0]}", f"{total[1]} {names} of {who}")
        counted = self.counted_members(node)
        mark = {"sum": " + ", "min": self.pick("、", ", "), "max": self.pick("、", ", ")}[node.name]
        each = mark.join(f"{self.member_name(i)} {self.number(value, i)}" for i in counted)
        return f"{names}：{each or 0}" if self.chinese else f"{names}: {each or 0}"
