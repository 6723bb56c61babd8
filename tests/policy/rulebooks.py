"""Small rulebooks for tests: facts of every kind, and the rules that a test writes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from chunyu.policy import Case, Determination, Member, Pack, PackRefused, Stated, decide, read_pack

ON = date(2026, 3, 6)
HERE = ("county", "national")

PACK = """
id = "small"
title = "小规则包"
title_en = "Small rulebook"
source = "测试"
valid_from = 2021-01-01
category = "category"
figure = "figure"
example_fact = "x"
"""

FACTS = """
[household.a]
label = "甲"
label_en = "A"
type = "flag"
source = "测试"
kept_for = "测试"

[household.b]
label = "乙"
label_en = "B"
type = "flag"
source = "测试"
kept_for = "测试"

[household.x]
label = "年收入"
label_en = "yearly income"
type = "money"
unit = "yuan/year"
source = "测试"
kept_for = "测试"

[household.y]
label = "年支出"
label_en = "yearly spending"
type = "money"
unit = "yuan/year"
source = "测试"
kept_for = "测试"

[household.monthly]
label = "月租金"
label_en = "monthly rent"
type = "money"
unit = "yuan/month"
source = "测试"
kept_for = "测试"

[household.n]
label = "住房"
label_en = "homes"
type = "count"
unit = "home"
source = "测试"
kept_for = "测试"

[household.visits]
label = "帮扶人次"
label_en = "person-times"
type = "count"
unit = "person_time"
source = "测试"
kept_for = "测试"

[household.colour]
label = "颜色"
label_en = "colour"
type = "code"
source = "测试"
kept_for = "测试"
values = { red = ["红", "red"], green = ["绿", "green"], blue = ["蓝", "blue"] }

[member.born]
label = "出生"
label_en = "birth"
type = "date"
source = "测试"
kept_for = "测试"

[member.flag]
label = "标记"
label_en = "mark"
type = "flag"
source = "测试"
kept_for = "测试"

[member.other]
label = "另一标记"
label_en = "other mark"
type = "flag"
source = "测试"
kept_for = "测试"

[member.pay]
label = "工资"
label_en = "pay"
type = "money"
unit = "yuan/month"
source = "测试"
kept_for = "测试"
"""

PARAMETERS = """
[share]
label = "比例"
label_en = "share"
type = "ratio"

[line]
label = "标准"
label_en = "line"
type = "money"
unit = "yuan/year"

[edge]
label = "边界"
label_en = "edge"
type = "boundary"

[warm]
label = "暖色"
label_en = "warm colours"
type = "codes"

[steps]
label = "分段"
label_en = "steps"
type = "brackets"
unit = "yuan/year"

[grant]
label = "定额"
label_en = "grant"
type = "table"
of = "money"
unit = "yuan/year"

[unset]
label = "未定标准"
label_en = "unset line"
type = "money"
unit = "yuan/year"
"""

VALUES = """name,region,valid_from,valid_to,value,source
share,national,2021-01-01,,0.333333,测试
line,national,2021-01-01,2024-12-31,5000,旧文件
line,national,2025-01-01,,6000,新文件
line,county,2025-07-01,,7400,县文件
edge,national,2021-01-01,,<,测试
warm,national,2021-01-01,,red,测试
steps,national,2021-01-01,,2000..10000: 0.5; 10000..50000: 0.6; 50000..: 0.7,测试
grant,national,2021-01-01,,red=100; green=200.50; otherwise=0,测试
unset,national,2021-01-01,,,尚未公布
"""

USES_ALL_PARAMETERS = """
[household.figure]
label = "数"
label_en = "figure"
type = "money"
unit = "yuan/year"
formula = "x"
source = "测试"

[household.category]
label = "类别"
label_en = "category"
type = "code"
cases = [
  { when = "x < line and x < unset and x < share * line and within(x, line, edge) and colour in warm", then = "low" },
]
otherwise = "high"
source = "测试"
values = { low = ["低", "low"], high = ["高", "high"] }

[household.uses]
label = "用到"
label_en = "uses"
type = "money"
unit = "yuan/year"
formula = "scale(steps, x) + lookup(grant, colour)"
source = "测试"
"""


def rule(name: str, formula: str, type_: str, unit: str = "", entity: str = "household", more: str = "") -> str:
    quoted = formula.replace('"', "'")
    return (
        f'[{entity}.{name}]\nlabel = "规则{name}"\nlabel_en = "rule {name}"\ntype = "{type_}"\nunit = "{unit}"\n'
        f'formula = "{quoted}"\nsource = "测试"\n{more}\n'
    )


def files(rules: str = "", **replaced: str) -> dict[str, bytes]:
    """The files of the small rulebook, with rules of the test; keyword arguments replace whole files."""
    texts = {
        "pack.toml": PACK,
        "facts.toml": FACTS,
        "parameters.toml": PARAMETERS,
        "parameters/values.csv": VALUES,
        "rules/base.toml": USES_ALL_PARAMETERS,
        "rules/test.toml": rules,
    }
    names = {
        "pack": "pack.toml",
        "facts": "facts.toml",
        "parameters": "parameters.toml",
        "values": "parameters/values.csv",
    }
    texts |= {names.get(name, name): text for name, text in replaced.items()}
    return {name: text.encode() for name, text in texts.items()}


def pack_with(rules: str = "", **replaced: str) -> Pack:
    return read_pack(files(rules, **replaced))


def refused(rules: str = "", **replaced: str) -> list[str]:
    """The English sentences, with file and line, that refuse the rulebook."""
    try:
        read_pack(files(rules, **replaced))
    except PackRefused as error:
        return [problem.shown("en") for problem in error.problems]
    raise AssertionError("the pack was accepted")


def case(members: tuple[Mapping[str, Any], ...] = ({},), **household: Any) -> Case:
    """A case from plain values; None is unknown."""

    def stated(facts: Mapping[str, Any]) -> dict[str, Stated]:
        return {name: Stated(value) for name, value in facts.items() if value is not None}

    return Case(stated(household), tuple(Member(stated(m), f"成员{i}") for i, m in enumerate(members, 1)))


def value(
    formula: str,
    type_: str = "flag",
    unit: str = "",
    members: tuple[Mapping[str, Any], ...] = ({},),
    **household: Any,
) -> Any:
    """What a formula gives for plain facts; None is unknown."""
    return decided(pack_with(rule("test", formula, type_, unit)), members, **household).values["test"]


def decided(
    pack: Pack, members: tuple[Mapping[str, Any], ...] = ({},), on: date = ON, **household: Any
) -> Determination:
    return decide(pack, case(members, **household), on, HERE)
