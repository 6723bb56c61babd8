"""Random rulebooks and random households: every operator, every kind, places that differ, much that is unknown.

A seed gives one rulebook and its households. Formulas are written as text, so that the reading of them is part of what
is tried; amounts stand close to edges (equal to a limit, a fen beside it, halves that must be rounded).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from random import Random

from chunyu.policy import Case, Pack, Stated, read_pack
from chunyu.policy import Member as Person
from chunyu.policy.kinds import Value
from tests.policy.rulebooks import FACTS, VALUES, files, rule

CHAINS = (("county", "national"), ("other", "national"), ("bare", "national"))
DAYS = (date(2024, 12, 31), date(2025, 1, 1), date(2026, 3, 6), date(2024, 2, 29))
COLOURS = ("red", "green", "blue")
# Places differ in each kind of parameter, and one has no value for some of them.
MORE_VALUES = """share,county,2021-01-01,,1.5,测试
share,bare,2021-01-01,,,尚未公布
edge,county,2021-01-01,,<=,测试
edge,bare,2021-01-01,,,尚未公布
warm,county,2021-01-01,,red|green,测试
warm,bare,2021-01-01,,,尚未公布
steps,other,2021-01-01,,0..100: 1; 100..200.01: 0.123457,测试
steps,bare,2021-01-01,,,尚未公布
grant,county,2021-01-01,,red=0.01; green=300; blue=5; otherwise=7,测试
grant,bare,2021-01-01,,,尚未公布
"""


@dataclass
class Writer:
    """Writes formulas of a wanted kind. `names` holds the rules written so far, by entity and kind."""

    random: Random
    names: dict[tuple[str, str], list[str]]
    entity: str = "household"
    inside: bool = False

    def pick(self, *choices: str) -> str:
        return self.random.choice(choices)

    def rules(self, kind: str) -> list[str]:
        """Rules that may be named here."""
        found = list(self.names.get(("household", kind), []))
        if self.inside or self.entity == "member":
            found += [f"member.{name}" for name in self.names.get(("member", kind), [])]
        return found

    @property
    def of_member(self) -> bool:
        return self.inside or self.entity == "member"

    def over_members(self, what: str, kind: str, depth: int) -> str:
        if self.of_member:
            return self.leaf(kind)
        self.inside = True
        where = f"where={self.flag(depth)}" if self.random.random() < 0.6 else ""
        if what == "count":
            text = f"count({where})"
        else:
            value = {"money": self.money, "flag": self.flag}[kind](depth)
            text = f"{what}({value}{', ' if where else ''}{where}"
            if what in ("min", "max"):
                self.inside = False
                text += f", otherwise={self.money(0)}" if where or self.random.random() < 0.5 else ""
            text += ")"
        self.inside = False
        return text

    def leaf(self, kind: str) -> str:
        choices = self.rules(kind) * 2
        choices += {
            "money": ["x", "y", "line", "line"],
            "flag": ["a", "b", "True"],
            "count": ["n", "2"],
            "ratio": ["share", "0.5", "1.000001"],
            "code": ["colour"],
        }[kind]
        if self.random.random() < 0.05:
            choices += {"money": ["unset"] * 9}.get(kind, [])
        if self.of_member:
            choices += {
                "money": ["per_year(member.pay)"] * 5,
                "flag": ["member.flag", "member.other", "disputed(member.pay)"] * 3,
                "code": ["member.shade"] * 3,
            }.get(kind, [])
        return self.random.choice(choices)

    def money(self, depth: int) -> str:
        if depth <= 0:
            return self.leaf("money")
        d = depth - 1
        money, ratio, flag = (lambda: self.money(d)), (lambda: self.ratio(d)), (lambda: self.flag(d))
        forms = (
            lambda: f"({money()} {self.pick('+', '-')} {money()})",
            lambda: f"({money()} - {money()} + {money()})",
            lambda: f"({money()} * {ratio()})",
            lambda: f"({money()} / {ratio()})",
            lambda: f"({money()} * {ratio()} / {self.pick('3', '7', 'share', '0.3', '2', '0')})",
            lambda: f"{self.pick('min', 'max')}({money()}, {money()})",
            lambda: f"({money()} if {flag()} else {money()})",
            lambda: f"scale(steps, {money()})",
            lambda: f"lookup(grant, {self.code(d)})",
            lambda: f"{self.pick('round_half_up', 'round_down', 'round_up')}({money()}, {self.pick('1', '10')})",
            lambda: f"(-{money()})",
            lambda: f"clip({money()}, 0, {money()})",
            lambda: f"max(0, {money()})",
            lambda: f"({money()} if {flag()} else 0)",
            lambda: self.over_members(self.pick("sum", "min", "max"), "money", d),
            lambda: self.shared_out(d),
        )
        return self.random.choice(forms)()

    def shared_out(self, depth: int) -> str:
        """Divided by how many there are: nobody, perhaps."""
        if self.of_member:
            return f"({self.money(depth)} / 3)"
        some = self.over_members("count", "count", depth)
        over, under = (some, "count()") if self.random.random() < 0.5 else ("count()", some)
        return f"({self.money(depth)} * {over} / {under})"

    def ratio(self, depth: int) -> str:
        if depth <= 0:
            return self.leaf("ratio")
        d = depth - 1
        match self.random.randrange(4):
            case 0:
                return f"({self.ratio(d)} * {self.ratio(d)})"
            case 1:
                return f"({self.ratio(d)} + {self.pick('1', '0.25', 'share')})"
            case 2:
                return f"({self.ratio(d)} if {self.flag(d)} else {self.pick('1', '0.5')})"
            case _:
                return f"({self.ratio(d)} / {self.pick('2', '0.7', 'share')})"

    def flag(self, depth: int) -> str:
        if depth <= 0:
            return self.leaf("flag")
        d = depth - 1
        signs = ("<", "<=", "==", "!=", ">=", ">")
        match self.random.randrange(12):
            case 0 | 1:
                return f"({self.flag(d)} and {self.flag(d)})"
            case 2 | 3:
                return f"({self.flag(d)} or {self.flag(d)} or {self.flag(d)})"
            case 4:
                return f"(not {self.flag(d)})"
            case 5 | 6:
                return f"({self.money(d)} {self.pick(*signs)} {self.money(d)})"
            case 7:
                return f"within({self.money(d)}, {self.money(d)}, edge)"
            case 8:
                listed = self.pick("warm", "['red']", "['green', 'blue']")
                return f"({self.code(d)} {self.pick('in', 'not in')} {listed})"
            case 9:
                other = self.pick("'blue'", "colour", "'green'")
                return f"({self.code(d)} {self.pick('==', '!=')} {other})"
            case 10:
                if self.of_member:
                    return f"(age(member.born) {self.pick(*signs)} {self.random.choice((0, 16, 60))})"
                return f"({self.over_members('count', 'count', d)} {self.pick(*signs)} {self.pick('0', '1', '2')})"
            case _:
                return self.over_members(self.pick("any", "all"), "flag", d)

    def code(self, depth: int) -> str:
        if depth <= 0:
            return self.leaf("code")
        d = depth - 1
        first = self.pick(self.code(d), "'green'")
        return f"({first} if {self.flag(d)} else {self.code(d)})"


TYPES = {"money": ("money", "yuan/year"), "flag": ("flag", ""), "ratio": ("ratio", ""), "code": ("code", "")}
CODE_VALUES = "values = { red = ['红', 'red'], green = ['绿', 'green'], blue = ['蓝', 'blue'] }"


def random_rules(random: Random, count: int, depth: int) -> str:
    """Rules that may name those before them."""
    names: dict[tuple[str, str], list[str]] = {}
    texts: list[str] = []
    for number in range(count):
        entity = random.choice(("household", "household", "member"))
        kind = random.choice(("money", "money", "flag", "flag", "ratio", "code"))
        writer = Writer(random, names, entity)
        formula = {"money": writer.money, "flag": writer.flag, "ratio": writer.ratio, "code": writer.code}[kind](depth)
        type_, unit = TYPES[kind]
        texts.append(rule(f"r{number}", formula, type_, unit, entity, CODE_VALUES if kind == "code" else ""))
        names.setdefault((entity, kind), []).append(f"r{number}")
    return "\n".join(texts)


SHADE = """
[member.shade]
label = "色调"
label_en = "shade"
type = "code"
source = "测试"
kept_for = "测试"
values = { red = ["红", "red"], green = ["绿", "green"], blue = ["蓝", "blue"] }
"""


def random_pack(seed: int, rules: int = 8, depth: int = 3) -> Pack:
    """A rulebook of random rules. All that is written is accepted: the writer keeps to the language."""
    return read_pack(files(random_rules(Random(seed), rules, depth), facts=FACTS + SHADE, values=VALUES + MORE_VALUES))


def random_households(seed: int, count: int, unknown: float = 0.15) -> list[tuple[str, Case, tuple[str, ...]]]:
    """Households of one to nine people at three places; each fact is unknown with this chance."""
    random = Random(seed)

    def facts(values: dict[str, Value]) -> dict[str, Stated]:
        stated = {name: Stated(value) for name, value in values.items() if value is not None}
        return {name: each for name, each in stated.items() if random.random() >= unknown}

    def money() -> int:
        return random.choice(
            (0, 1, 600_000, 600_001, 740_000, random.randrange(10**7), 10**13, -random.randrange(10**6))
        )

    def person() -> Person:
        stated: dict[str, Value] = {
            "born": random.choice((date(1966, 3, 6), date(1966, 3, 7), date(2004, 2, 29), date(2027, 1, 1))),
            "flag": random.random() < 0.5,
            "other": random.random() < 0.5,
            "pay": random.choice((0, random.randrange(10**6), 50_000)),
            "shade": random.choice(COLOURS),
        }
        found: dict[str, Stated | tuple[Stated, ...]] = dict(facts(stated))
        if "pay" in found and random.random() < 0.3:
            found["pay"] = (Stated(random.choice((0, 50_000))), Stated(50_000, "matched"))
        return Person(found)

    def household() -> Case:
        stated: dict[str, Value] = {
            "a": random.random() < 0.5,
            "b": random.random() < 0.5,
            "x": money(),
            "y": money(),
            "monthly": money(),
            "n": random.randrange(4),
            "visits": random.randrange(4),
            "colour": random.choice(COLOURS),
        }
        size = random.choice((1, 1, 2, 3, 3, 4, 5, 9))
        return Case(facts(stated), tuple(person() for _ in range(size)))

    return [(f"h{number}", household(), random.choice(CHAINS)) for number in range(count)]
