"""Why: the reasons for a value as a tree of sentences with their numbers, sources and who stated what.

The tree is made on demand from a determination, in Chinese ("zh") or English ("en"), and never stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal as OneOf

from chunyu.policy.cases import statements, strongest
from chunyu.policy.decision import Determination
from chunyu.policy.kinds import Kind, Type, Value
from chunyu.policy.nodes import (
    Aggregate,
    AllOf,
    Among,
    AnyOf,
    Choose,
    Entity,
    FactValue,
    Literal,
    Lookup,
    Node,
    Not,
    ParameterValue,
    RuleValue,
)
from chunyu.policy.pack import Bracket, Label, Programme
from chunyu.policy.wording import Words, plain, with_unit, yuan

Status = OneOf["yes", "no", "unknown", ""]
STATUS: dict[Value, Status] = {True: "yes", False: "no", None: "unknown"}
STATED_WORDS = {
    "declared": ("申报", "declared"),
    "verified": ("核实", "verified"),
    "matched": ("比对", "matched"),
}


@dataclass(frozen=True)
class SourceLine:
    """Where something comes from: a statement of a fact, a parameter's document, or a rule's."""

    kind: OneOf["fact", "parameter", "rule", "programme"]
    text: str
    stated: str = ""


@dataclass(frozen=True)
class Why:
    """One step. `sentence` is what is claimed, `value` its outcome, `working` the formula in words with
    numbers.

    `status` is yes, no or unknown for conditions, unknown for a number that is not known, else empty.
    `code` is the name of the rule, fact or parameter, `member` the position of the member it is about.
    """

    sentence: str
    value: str
    status: Status
    working: str = ""
    sources: tuple[SourceLine, ...] = ()
    children: tuple[Why, ...] = ()
    code: str = ""
    member: int | None = None


def explain(determination: Determination, rule: str, language: str = "zh") -> Why:
    """Why a rule of the household has its value; `rule` may also be the code of a programme."""
    teller = _Teller(determination, language)
    if rule in determination.pack.programmes:
        return teller.programme(determination.pack.programmes[rule], everything=True)
    return teller.rule("household", rule, None)


def why_not(determination: Determination, what: str, language: str = "zh") -> tuple[Why, ...]:
    """The conditions that keep a programme, or a category by its code, from holding; empty when it holds."""
    teller = _Teller(determination, language)
    if what in determination.pack.programmes:
        return teller.programme(determination.pack.programmes[what], everything=False).children
    return teller.category_not(what)


class _Teller:
    def __init__(self, determination: Determination, language: str) -> None:
        self.determination = determination
        self.words = Words(determination, language)
        self.language = language
        self.pick = self.words.pick
        self.told: set[tuple[Entity, str, int | None]] = set()

    # named things

    def rule(self, entity: Entity, name: str, member: int | None, negated: bool = False) -> Why:
        determination = self.determination
        rule = determination.program.rule((entity, name))
        version = determination.program.versions[entity, name]
        formula = version.formula
        value = determination.values[name] if entity == "household" else determination.member_values[name][member or 0]
        label = rule.label(self.language)
        if entity == "member" and member is not None:
            label = self.pick(
                f"{self.words.member_name(member)}：{label}", f"{self.words.member_name(member)}: {label}"
            )
        sources: tuple[SourceLine, ...] = (SourceLine("rule", version.source),)
        key = (entity, name, member)
        children = () if key in self.told else self.reasons(formula, member, negated)
        self.told.add(key)
        if isinstance(formula, FactValue):
            sources += tuple(line for child in children for line in child.sources)
            children = ()
        if rule.type.kind is Kind.FLAG:
            core = self.core(formula, member)
            shown = self.words.comparison_marks(core, member) or with_unit(value, rule.type, {}, self.language)
            status = STATUS[value]
            if negated:
                status = {"yes": "no", "no": "yes"}.get(status, status)  # type: ignore[assignment]  # a dict of Status
                opposite = rule.label_not
                label = opposite(self.language) if opposite else self.pick(f"不属于：{label}", f"not: {label}")
                if self.words.comparison_marks(core, member) is None:
                    shown = with_unit(None if value is None else not value, rule.type, {}, self.language)
            return Why(label, shown, status, "", sources, children, name, member)
        shown = with_unit(value, rule.type, rule.values, self.language)
        unknown: Status = "unknown" if value is None else ""
        working = "" if rule.type.kind is Kind.CODE else self.words.say(formula, member)
        sentence = self.pick(f"{label}：{shown}", f"{label}: {shown}") if rule.type.kind is Kind.CODE else label
        return Why(sentence, shown, unknown, working, sources, children, name, member)

    def fact(self, entity: Entity, name: str, member: int | None) -> Why:
        fact = self.determination.pack.facts[entity, name]
        case = self.determination.case
        facts = case.household if entity == "household" else case.members[member or 0].facts
        label = fact.label(self.language)
        if entity == "member" and member is not None:
            who = self.words.member_name(member)
            label = self.pick(f"{who}：{label}", f"{who}: {label}")
        counted = strongest(facts.get(name))
        lines = []
        for stated in sorted(statements(facts.get(name)), key=lambda s: s is not counted):
            word = STATED_WORDS[stated.source][0 if self.language == "zh" else 1]
            day = stated.on.isoformat() if stated.on else ""
            text = " ".join(part for part in (word, stated.by, day, stated.note) if part)
            if stated is not counted:
                other = with_unit(stated.value, fact.type, fact.values, self.language)
                text += self.pick(f"（{other}，未采用）", f" ({other}, not used)")
            lines.append(SourceLine("fact", text, stated.source))
        value = None if counted is None else counted.value
        if counted is None:
            lines.append(SourceLine("fact", self.pick("还没有人申报或核实", "nobody has stated it yet")))
        status: Status = "unknown" if value is None else ""
        shown = with_unit(value, fact.type, fact.values, self.language)
        return Why(label, shown, status, "", tuple(lines), (), name, member if entity == "member" else None)

    def listed(self, name: str, labels: Mapping[str, Label]) -> str:
        """A list, table or set of brackets as a reader can read it."""
        parameter = self.determination.pack.parameters[name]
        value, kind = self.determination.settings[name].value, parameter.type.kind
        join = self.pick("；", "; ")

        def named(code: str) -> str:
            if code == "otherwise":
                return self.pick("其余", "otherwise")
            return labels[code](self.language) if code in labels else code

        if value is None:
            return with_unit(None, parameter.type, {}, self.language)
        if kind is Kind.CODES:
            return self.pick("、", ", ").join(named(code) for code in value)
        if kind is Kind.TABLE:
            of = Type(parameter.type.of or Kind.MONEY)
            return join.join(f"{named(code)} {plain(one, of, {}, self.language)}" for code, one in value.items())
        if kind is Kind.BRACKETS:
            return join.join(self.bracket(one) for one in value)
        return str(value).replace("<=", "≤")

    def bracket(self, bracket: Bracket) -> str:
        rate = plain(bracket.rate * 100, Type(Kind.RATIO), {}, self.language) + "%"
        low = yuan(bracket.above).removesuffix(".00")
        if bracket.up_to is None:
            return self.pick(f"{low} 以上 {rate}", f"above {low}: {rate}")
        high = yuan(bracket.up_to).removesuffix(".00")
        return self.pick(f"{low} 至 {high} {rate}", f"{low} to {high}: {rate}")

    def parameter(self, name: str, labels: Mapping[str, Label] | None = None) -> Why:
        parameter = self.determination.pack.parameters[name]
        setting = self.determination.settings[name]
        since = setting.valid_from.isoformat() if setting.valid_from.year > 1 else ""
        period = self.pick(f"{since} 起", f"from {since}") if since else ""
        if setting.valid_to is not None:
            period += self.pick(f"至 {setting.valid_to}", f" to {setting.valid_to}")
        place = " · ".join(part for part in (setting.region, period) if part)
        source = SourceLine(
            "parameter",
            f"{setting.source}（{place}）" if self.language == "zh" else f"{setting.source} ({place})",
        )
        kind = parameter.type.kind
        if kind in (Kind.CODES, Kind.TABLE, Kind.BRACKETS, Kind.BOUNDARY):
            shown = self.listed(name, labels or {})
        else:
            shown = with_unit(setting.value, parameter.type, parameter.values, self.language)
        status: Status = "unknown" if setting.value is None else ""
        return Why(parameter.label(self.language), shown, status, "", (source,), (), name)

    # pieces of formulas

    def switched(self, node: Node, member: int | None) -> bool:
        """A condition that asks a parameter alone, such as a route that a place has switched on or off."""
        if isinstance(node, ParameterValue):
            return node.type.kind is Kind.FLAG
        return isinstance(node, Among) and isinstance(node.value, ParameterValue)

    def off(self, node: Node, member: int | None) -> bool:
        """Whether a route is switched off by a parameter, so that nothing else in it matters."""
        if isinstance(node, AllOf):
            return any(self.off(part, member) for part in node.parts)
        return self.switched(node, member) and self.words.value(node, member) is False

    def core(self, node: Node, member: int | None) -> Node:
        """A condition without routes that are switched off, when one single condition is left."""
        if isinstance(node, AllOf | AnyOf):
            left = self.left(node, member)
            if len(left) == 1:
                return self.core(left[0], member)
        return node

    def left(self, node: AllOf | AnyOf, member: int | None) -> list[Node]:
        """The parts worth telling: those that decide, where some do, and no switches of parameters."""
        parts = [part for part in node.parts if not self.switched(part, member)] or list(node.parts)
        decisive = isinstance(node, AnyOf)
        if self.words.value(node, member) is decisive:
            return [part for part in parts if self.words.value(part, member) is decisive] or parts
        return [part for part in parts if not self.off(part, member)] or parts

    def parts(self, node: Node, member: int | None) -> tuple[Why, ...]:
        """What a formula rests on, one step down."""
        if isinstance(node, RuleValue):
            return (self.named(node, member),)
        if isinstance(node, FactValue):
            return (self.fact(node.entity, node.name, member),)
        if isinstance(node, ParameterValue):
            return (self.parameter(node.name),)
        return _each_once(self.beneath(node, member))

    def beneath(self, node: Node, member: int | None) -> Iterator[Why]:
        """The same for what is composed of other nodes."""
        if isinstance(node, AllOf | AnyOf):
            core = self.core(node, member)
            if isinstance(core, AllOf | AnyOf):
                yield from (self.condition(part, member) for part in self.left(core, member))
            else:
                yield from self.parts(core, member)
        elif isinstance(node, Not):
            yield self.condition(node, member)
        elif isinstance(node, Choose):
            yield from self.choice(node, member)
        elif isinstance(node, Aggregate):
            yield from self.members(node)
        elif isinstance(node, Among) and isinstance(node.codes, ParameterValue):
            yield from self.parts(node.value, member)
            yield self.parameter(node.codes.name, self.words.value_labels(node.value))
        elif isinstance(node, Lookup):
            yield from self.parts(node.key, member)
            yield self.parameter(node.table.name, self.words.value_labels(node.key))
        else:
            for child in node.children():
                yield from self.parts(child, member)

    def passed_on(self, node: RuleValue, member: int | None) -> FactValue | None:
        """The fact that a rule passes on as it is, its other routes being switched off."""
        where = member if node.entity == "member" else None
        formula = self.determination.program.versions[node.entity, node.name].formula
        switched = isinstance(formula, Choose) and all(self.off(c, where) for c in formula.conditions)
        if isinstance(formula, Choose) and switched and isinstance(formula.otherwise, FactValue):
            return formula.otherwise
        return None

    def named(self, node: RuleValue, member: int | None) -> Why:
        """A rule; one that passes a fact on is told as the fact."""
        where = member if node.entity == "member" else None
        fact = self.passed_on(node, member)
        if fact is not None:
            return self.fact(fact.entity, fact.name, where)
        return self.rule(node.entity, node.name, where)

    def reasons(self, formula: Node, member: int | None, negated: bool) -> tuple[Why, ...]:
        """What a rule rests on; where it is denied (`not a or b`), each part is denied in turn."""
        core = self.core(formula, member)
        if negated and isinstance(core, AnyOf | RuleValue):
            parts = self.left(core, member) if isinstance(core, AnyOf) else [core]
            return _each_once(self.condition(part, member, negated=True) for part in parts)
        return self.parts(formula, member)

    def condition(self, node: Node, member: int | None, negated: bool = False) -> Why:
        """A condition inside a formula as a step of its own."""
        node = self.core(node, member)
        if isinstance(node, RuleValue):
            return self.rule(node.entity, node.name, member if node.entity == "member" else None, negated)
        if isinstance(node, Not) and isinstance(node.part, RuleValue):
            rule = node.part
            return self.rule(rule.entity, rule.name, member if rule.entity == "member" else None, negated=True)
        if isinstance(node, FactValue):
            return self.fact(node.entity, node.name, member)
        value = self.words.value(node, member)
        sentence = self.words.say(node, member, numbers=False)
        shown = self.words.comparison_marks(node, member) or with_unit(value, node.type, {}, self.language)
        inner = node.part if isinstance(node, Not) else node
        return Why(sentence, shown, STATUS[value], "", (), self.parts(inner, member), "", member)

    def choice(self, node: Choose, member: int | None) -> Iterable[Why]:
        for number, (condition, value) in enumerate(zip(node.conditions, node.values, strict=True)):
            state = self.words.value(condition, member)
            if self.off(condition, member):
                continue
            if isinstance(value, Literal) and value.type.kind is Kind.CODE:
                yield from self.case(condition, value, member, first=number == 0)
            else:
                yield self.condition(condition, member)
                if state is not False:
                    yield from self.parts(value, member)
            if state is True:
                return
        yield from self.parts(node.otherwise, member)

    def case(self, condition: Node, value: Literal, member: int | None, first: bool) -> Iterable[Why]:
        """One case as a step with its reasons; when the first case holds, its reasons alone."""
        state = self.words.value(condition, member)
        core = self.core(condition, member)
        parts = self.left(core, member) if isinstance(core, AllOf) else [core]
        steps = tuple(self.condition(part, member) for part in parts)
        if state is True and first:
            yield from steps
            return
        name = self.determination.pack.category_label(str(value.value), self.language)
        sentence = self.pick(f"“{name}”的条件", f"the conditions of {name}")
        shown = {
            "yes": self.pick("符合", "met"),
            "no": self.pick("不符合", "not met"),
            "unknown": self.pick("尚不能确定", "not known yet"),
        }[STATUS[state]]
        yield Why(sentence, shown, STATUS[state], "", (), steps, str(value.value), member)

    def members(self, node: Aggregate) -> Iterable[Why]:
        for position in self.telling_members(node):
            if node.where is not None and self.words.value(node.where, position) is None:
                yield from self.parts(node.where, position)
            if node.value is not None:
                yield from self.parts(node.value, position)

    def telling_members(self, node: Aggregate) -> list[int]:
        """The members that make the result: those that decide an any or all, those who add to a sum."""
        counted = self.words.counted_members(node)
        value = node.value
        if value is None:
            return counted
        result = self.words.value(node, None)
        if (node.name == "any" and result is True) or (node.name == "all" and result is False):
            return [i for i in counted if self.words.value(value, i) is result]
        if node.name == "sum" and isinstance(value, RuleValue):
            return [i for i in counted if self.words.value(value, i) != 0 or self.passed_on(value, i)]
        return counted

    # programmes and categories

    def programme(self, programme: Programme, everything: bool) -> Why:
        result = self.determination.programmes[programme.code]
        told = programme.conditions if everything else (*(f.code for f in result.failed), *result.unsettled)
        self.told.add(("household", self.determination.pack.roles.category, None))
        amount, shown = [], ""
        if programme.amount is not None:
            if everything and result.entitled is not False:
                amount = [self.rule("household", programme.amount, None)]
            type_ = self.determination.pack.rules["household", programme.amount].type
            shown = with_unit(result.amount_fen, type_, {}, self.language)
        elif programme.gives is not None:
            shown = programme.gives(self.language)
        children = [self.rule("household", name, None) for name in told] + amount
        sentence = {
            True: self.pick("可以享受", "entitled to"),
            False: self.pick("不符合", "not entitled to"),
            None: self.pick("尚不能确定能否享受", "not yet known whether entitled to"),
        }[result.entitled]
        label = programme.label(self.language)
        return Why(
            self.pick(f"{sentence}“{label}”", f"{sentence} {label}"),
            shown if result.entitled else with_unit(result.entitled, _FLAG, {}, self.language),
            STATUS[result.entitled],
            "",
            (
                SourceLine("programme", programme.for_whom(self.language)),
                SourceLine("programme", programme.source),
            ),
            tuple(children),
            programme.code,
        )

    def category_not(self, code: str) -> tuple[Why, ...]:
        name = self.determination.pack.roles.category
        formula = self.determination.program.versions["household", name].formula
        if not isinstance(formula, Choose) or self.determination.category == code:
            return ()
        found: list[Why] = []
        for condition, value in zip(formula.conditions, formula.values, strict=True):
            if isinstance(value, Literal) and value.value == code:
                parts = condition.parts if isinstance(condition, AllOf) else (condition,)
                found += [self.condition(p, None) for p in parts if self.words.value(p, None) is not True]
        return tuple(found)


def _each_once(steps: Iterable[Why]) -> tuple[Why, ...]:
    return tuple({(s.code, s.member, s.sentence): s for s in steps}.values())


_FLAG = Literal(True, Kind.FLAG).type
