"""What is refused: for each kind of fault one example, and the sentence that its writer reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chunyu.policy import PackRefused, Problem, read_pack
from tests.policy.rulebooks import FACTS, PACK, PARAMETERS, VALUES, files, rule

WORDS = """
A pack is refused with every fault at once: file, line, column, a sentence in Chinese and English, and a code for
programs (`chunyu policy check PACK --json`). A formula has at most 4,000 characters
and 50 levels of nesting. One example of each kind, in the little rulebook of this page:
"""


@dataclass(frozen=True)
class Refused:
    """`written` is what the writer put down; `replaced` are the files of the little rulebook with it."""

    code: str
    written: str
    replaced: Mapping[str, str | bytes]

    @property
    def problem(self) -> Problem:
        """The first fault of this kind. Raises AssertionError when there is none."""
        with_bytes = {name: text for name, text in self.replaced.items() if isinstance(text, bytes)}
        texts = {name: text for name, text in self.replaced.items() if isinstance(text, str) and text != GONE}
        content = files(**texts) | with_bytes
        for name in [name for name, text in self.replaced.items() if text == GONE]:
            del content[name]
        try:
            read_pack(content)
        except PackRefused as refusal:
            return next(each for each in refusal.problems if each.code == self.code)
        raise AssertionError(f"{self.written} was accepted")


GONE = "\0gone"


def formula(code: str, text: str, type_: str = "flag", unit: str = "") -> Refused:
    return Refused(code, f"`{text}`", {"rules": rule("test", text, type_, unit)})


def instead(code: str, file: str, whole: str, old: str, new: str) -> Refused:
    """One text of a file written differently, or left out."""
    assert old in whole, old
    told = f"`{new}` for `{old}`" if new else f"no `{old}`"
    written = f"{told} in {NAMES[file]}".replace("\n`", "`").replace("\n", "; ")
    return Refused(code, written, {file: whole.replace(old, new, 1)})


def more(code: str, text: str, file: str = "rules", before: str = "", shown: str = "") -> Refused:
    """Something added to a file."""
    return Refused(code, shown or f"`{text.strip()}` in {NAMES[file]}", {file: before + text})


NAMES = {
    "pack": "pack.toml",
    "facts": "facts.toml",
    "parameters": "parameters.toml",
    "values": "parameters/values.csv",
    "rules": "a rule",
}
A_RULE = rule("test", "a", "flag")
CIRCLE = rule("one", "two", "flag") + rule("two", "not one", "flag")
UNREACHABLE = """[household.shade]
label = "色"
label_en = "shade"
type = "code"
cases = [ { when = "a", then = "dark" }, { when = "b and a", then = "light" } ]
otherwise = "light"
source = "测试"
values = { dark = ["深", "dark"], light = ["浅", "light"] }
"""
VERSION = A_RULE.replace("[household.test]", "[[household.test]]")
IDLE = '[idle]\nlabel = "闲"\nlabel_en = "idle"\ntype = "ratio"\n'
EXAMPLE = "- name: 一户\n  on: 2026-03-06\n  regions: [county, national]\n  household: {}\n  members: []\n  expect: 5\n"

PROGRAMME = """[programme]
code = "p"
label = "项目"
label_en = "programme"
for_whom = "人"
for_whom_en = "people"
conditions = ["low"]
amount = "uses"
fund_use = "living"
fund_sources = ["donation"]
retention_years = 10
payment = "bank_transfer"
source = "测试"
documents = []
[programme.calendar]
opens = "11-01"
closes = "02-28"
"""
STACKED = """[stacking.ones]
label = "一次"
label_en = "once"
kind = "once"
per = "year"
programmes = ["p"]
source = "测试"
"""
LOW = rule("low", "x < y", "flag")
STEPS = "".join(rule(f"s{n}", f"s{n + 1}", "flag") for n in range(300)) + rule("s300", "a", "flag")
COLOURS = """[household.shade]
label = "色"
label_en = "shade"
type = "code"
cases = [{cases}]
otherwise = "dark"
source = "测试"
values = {{ dark = ["深", "dark"] }}
""".format(cases=", ".join(f'{{ when = "n == {n}", then = "dark" }}' for n in range(101)))


def programme(code: str, old: str, new: str) -> Refused:
    written = f"`{new}` for `{old}`" if new else "a programme without `amount`"
    return Refused(code, written, {"rules": LOW, "programmes/p.toml": PROGRAMME.replace(old, new)})


OF_FORMULAS: Sequence[Refused] = (
    formula("syntax", "(a and b"),
    formula("number", "n > 1e400"),
    formula("not_allowed", "x ** 2 > y"),
    formula("unknown_name", "monthl > monthly"),
    formula("unknown_function", "som(member.pay) > monthly"),
    formula("member_outside", "member.flag"),
    formula("member_inside", "any(any(member.flag))"),
    formula("wrong_arguments", "sum() > monthly"),
    formula("bare_number", "x > 1000"),
    formula("units_differ", "x > monthly"),
    formula("kinds_differ", "x > n"),
    formula("wrong_kind", "x and a"),
    formula("unknown_code", "colour == 'gren'"),
    formula("not_a_parameter", "scale(x, y) > x"),
    formula("where_needs_otherwise", "min(member.pay, where=member.flag) > monthly"),
    formula("rule_type", "x > y", "money", "yuan/year"),
)
OF_RULES: Sequence[Refused] = (
    Refused("cycle", "`one` is `two`, and `two` is `not one`", {"rules": CIRCLE}),
    Refused("unreachable_case", "cases `a`, then `b and a`", {"rules": UNREACHABLE}),
    Refused(
        "overlapping",
        "`valid_to = 2024-12-31` beside `valid_from = 2024-12-01`",
        {"rules": VERSION + "valid_to = 2024-12-31\n" + VERSION + "valid_from = 2024-12-01\n"},
    ),
    Refused(
        "backwards",
        "`valid_from = 2025-01-01` with `valid_to = 2024-12-31`",
        {"rules": VERSION + "valid_from = 2025-01-01\nvalid_to = 2024-12-31\n"},
    ),
    Refused("missing_source", "a rule without `source`", {"rules": A_RULE.replace('source = "测试"\n', "")}),
    Refused("missing_key", "a rule without `label`", {"rules": A_RULE.replace('label = "规则test"\n', "")}),
    Refused("unknown_key", '`lable = "x"` in a rule', {"rules": A_RULE + 'lable = "x"\n'}),
    Refused("formula_or_cases", "a rule without `formula`", {"rules": A_RULE.replace('formula = "a"\n', "")}),
    Refused("bad_kind", '`type = "flg"`', {"rules": rule("test", "a", "flg")}),
    Refused("bad_unit", '`unit = "yen"`', {"rules": rule("test", "x", "money", "yen")}),
    Refused("money_unit", '`type = "money"` with `unit = "month"`', {"rules": rule("test", "x", "money", "month")}),
    Refused("pure_unit", '`type = "flag"` with `unit = "year"`', {"rules": rule("test", "a", "flag", "year")}),
    Refused("duplicate", "a rule `a` beside the fact `a`", {"rules": rule("a", "b", "flag")}),
)
OF_FILES: Sequence[Refused] = (
    instead("unused_fact", "facts", FACTS, 'kept_for = "测试"\n', ""),
    more("unused_parameter", IDLE, "parameters", PARAMETERS, "a parameter `idle` that no rule names"),
    more("valueless_parameter", IDLE, "parameters", PARAMETERS, "the same without a line in the CSV"),
    more("undeclared_parameter", "lin,national,2021-01-01,,1,测试\n", "values", VALUES),
    instead("bad_value", "values", VALUES, "7400", "七千四"),
    instead("bad_date", "values", VALUES, "2025-07-01", "2025/7/1"),
    instead("table_incomplete", "values", VALUES, "; otherwise=0", ""),
    instead("csv", "values", VALUES, "source", "quelle"),
    Refused("csv_unreadable", "a CSV saved in GBK", {"parameters/values.csv": VALUES.encode("gbk")}),
    Refused("toml", "`[household.test`", {"rules": "[household.test\n"}),
    Refused("yaml", "`- name: a` above `- b` indented", {"examples/x.yaml": "- name: a\n  - b"}),
    Refused("missing_file", "no facts.toml", {"facts.toml": GONE}),
    instead("shape", "pack", PACK, 'example_fact = "x"', 'example_fact = "x"\nblockers = "a"'),
    instead("not_a_rule", "pack", PACK, 'category = "category"', 'category = "categories"'),
    instead("not_a_fact", "pack", PACK, 'example_fact = "x"', 'example_fact = "a"'),
    Refused("example", "an example whose `expect` is `5`", {"examples/x.yaml": EXAMPLE}),
)
OF_PROGRAMMES: Sequence[Refused] = (
    programme("amount_or_gives", 'amount = "uses"\n', ""),
    programme("bad_month_day", "02-28", "02-29"),
    programme("bad_paid", 'closes = "02-28"', 'paid = "weekly"'),
    Refused("no_subject", '`subject = "village"` in pack.toml', {"pack": PACK + 'subject = "village"\n'}),
    Refused("no_programme", '`programmes = ["living"]` in pack.toml', {"pack": PACK + 'programmes = ["living"]\n'}),
    Refused(
        "on_file_form",
        '`on_file = "low"`, and `low` is `x < y`',
        {"rules": LOW, "pack": PACK + 'on_file = "low"\n'},
    ),
)
OF_STACKING: Sequence[Refused] = (
    Refused("not_among", '`per = "week"` in `[stacking.x]`', {"pack": PACK + STACKED.replace('"year"', '"week"')}),
    Refused(
        "cap_and_limit", '`kind = "cap"` without `at_most`', {"pack": PACK + STACKED.replace('"once"\n', '"cap"\n')}
    ),
)
OF_SIZE: Sequence[Refused] = (
    Refused("tree_too_deep", "`s0` is `s1`, `s1` is `s2` … `s300` is `a`", {"rules": STEPS}),
    Refused("too_many_cases", "a rule of 101 cases", {"rules": COLOURS}),
    Refused("too_many_rules", "1,001 rules", {"rules": "".join(rule(f"r{n}", "a", "flag") for n in range(1001))}),
    Refused("file_too_large", "a file of 400 kB", {"rules": "# " + "x" * 400_000}),
    Refused("pack_too_large", "30 files of 250 kB", {f"rules/{n}.toml": "# " + "x" * 250_000 for n in range(30)}),
    Refused("too_many_files", "400 files", {f"rules/{n}.toml": "" for n in range(400)}),
    Refused("nested_too_deep", "`z = [[[[[[[[[[[[[[]]]]]]]]]]]]]]`", {"rules": "z = " + "[" * 14 + "]" * 14}),
    Refused("yaml_form", "`- &a [*a]`", {"examples/x.yaml": "- &a [*a]\n"}),
)
REFUSALS = (*OF_FORMULAS, *OF_RULES, *OF_FILES, *OF_PROGRAMMES, *OF_STACKING, *OF_SIZE)
