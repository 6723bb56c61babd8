"""What can be wrong with a pack, where, and the sentence that helps, in Chinese and English."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field

SENTENCES: dict[str, tuple[str, str]] = {
    "syntax": ("公式读不懂：{detail_zh}", "The formula cannot be read: {detail_en}"),
    "number": (
        "数字 {number} 写不了：整数不超过 10 亿，小数最多六位且不超过一百万",
        "The number {number} cannot be kept: at most 1,000,000,000, and six decimals up to 1,000,000",
    ),
    "not_allowed": (
        "规则语言里没有{what_zh}",
        "{what_en} is not part of the policy language",
    ),
    "unknown_name": (
        "没有名为“{name}”的事实、参数或规则{hint_zh}",
        'Nothing is called "{name}": no fact, parameter or rule{hint_en}',
    ),
    "unknown_function": (
        "没有名为“{name}”的函数{hint_zh}",
        'There is no function "{name}"{hint_en}',
    ),
    "member_outside": (
        "“member.{name}”只能写在 sum、count、any、all、min、max 里，或写在成员的规则里",
        '"member.{name}" may stand only inside sum, count, any, all, min or max, or in a rule of the member',
    ),
    "member_inside": (
        "汇总只能写在家庭的规则里，也不能套在另一个汇总里",
        "An aggregate over members stands in rules of the household, and not inside another aggregate",
    ),
    "wrong_arguments": ("{name} 应写作 {usage}", "{name} is written {usage}"),
    "bare_number": (
        "数字 {number} 没有单位，不能与金额相加或比较：请把它写成有来源的参数",
        "The number {number} has no unit and cannot meet money: make it a parameter, with its source",
    ),
    "units_differ": (
        "单位不同：{left} 与 {right} 不能{verb_zh}{hint_zh}",
        "The units differ: {left} and {right} cannot be {verb_en}{hint_en}",
    ),
    "kinds_differ": (
        "{left_zh}与{right_zh}不能{verb_zh}",
        "{left_en} and {right_en} cannot be {verb_en}",
    ),
    "wrong_kind": (
        "{place_zh}应为{expected_zh}，这里是{found_zh}",
        "{place_en} must be {expected_en}, and here it is {found_en}",
    ),
    "unknown_code": (
        "“{code}”不在取值之内{hint_zh}",
        '"{code}" is not one of the values{hint_en}',
    ),
    "not_a_parameter": (
        "{name} 应写参数的名称",
        "{name} takes the name of a parameter here",
    ),
    "where_needs_otherwise": (
        "{name} 带 where 时可能一个人也没有，请写明 otherwise=",
        "{name} with where may find nobody: say otherwise=",
    ),
    "rule_type": (
        "规则“{rule}”声明为{declared_zh}，公式得出的是{found_zh}{hint_zh}",
        'The rule "{rule}" is declared as {declared_en}, and its formula gives {found_en}{hint_en}',
    ),
    "cycle": ("规则互相引用，成了环：{path}", "The rules go round in a circle: {path}"),
    "tree_too_deep": (
        "规则“{rule}”层层引用其他规则，超过 {limit} 步；请拆开或合并中间的规则",
        'The rule "{rule}" builds on rules that build on rules, more than {limit} steps deep; merge some of them',
    ),
    "too_many_rules": (
        "规则包有 {count} 条规则，最多 {limit} 条",
        "The pack has {count} rules, at most {limit}",
    ),
    "too_many_cases": (
        "规则“{name}”有 {count} 种情形，最多 {limit} 种；请改用参数表",
        'The rule "{name}" has {count} cases, at most {limit}; make it a table, with lookup',
    ),
    "file_too_large": (
        "文件有 {size} 千字节，最多 {limit} 千字节",
        "The file has {size} kB, at most {limit} kB",
    ),
    "pack_too_large": (
        "规则包共 {size} 千字节，最多 {limit} 千字节",
        "The pack has {size} kB in all, at most {limit} kB",
    ),
    "too_many_files": (
        "规则包有 {count} 个文件，最多 {limit} 个",
        "The pack has {count} files, at most {limit}",
    ),
    "nested_too_deep": (
        "文件嵌套超过 {limit} 层",
        "The file is nested more than {limit} levels deep",
    ),
    "yaml_form": (
        "示例里不能用锚点、引用和标签（& * !）：请把内容写全",
        "Examples have no anchors, references or tags (& * !): write the content out",
    ),
    "unused_fact": (
        "事实“{name}”没有规则用到；若只作记录，请写 kept_for",
        'No rule uses the fact "{name}"; if it is only kept on record, say kept_for',
    ),
    "unused_parameter": ("参数“{name}”没有规则用到", 'No rule uses the parameter "{name}"'),
    "unreachable_case": (
        "第 {number} 种情形永远轮不到：第 {earlier} 种已经包括了它",
        "Case {number} can never be reached: case {earlier} already covers it",
    ),
    "overlapping": (
        "“{name}”有两段有效期重叠：{first} 与 {second}",
        'Two validity periods of "{name}" overlap: {first} and {second}',
    ),
    "backwards": (
        "“{name}”的有效期终止早于开始：{first}",
        'The validity of "{name}" ends before it begins: {first}',
    ),
    "missing_source": ("“{name}”没有写来源（source）", '"{name}" does not say its source'),
    "missing_key": ("“{name}”缺少 {key}", '"{name}" lacks {key}'),
    "unknown_key": ("“{name}”里不认识 {key}{hint_zh}", '"{name}" has an unknown key {key}{hint_en}'),
    "bad_value": (
        "“{text}”不是“{name}”的合法取值（应为{expected_zh}）",
        '"{text}" is not a value of "{name}" (which is {expected_en})',
    ),
    "bad_kind": ("“{name}”的 type“{kind}”不存在{hint_zh}", '"{name}" has the unknown type "{kind}"{hint_en}'),
    "no_subject": (
        "规则包不能关于“{subject}”，只能是 household（家庭）或 union（工会）{hint_zh}",
        'A rulebook is about a household or a union, not about "{subject}"{hint_en}',
    ),
    "bad_unit": ("“{name}”的单位“{unit}”不存在", '"{name}" has the unknown unit "{unit}"'),
    "bad_date": ("“{text}”不是日期，应写作 2021-07-01", '"{text}" is not a date; write 2021-07-01'),
    "money_unit": (
        "“{name}”是金额，单位应以 yuan 起头，例如 yuan/month",
        '"{name}" is money: its unit must be yuan, yuan/month, yuan/year or the like',
    ),
    "pure_unit": ("“{name}”是{kind_zh}，不带单位", '"{name}" is {kind_en} and has no unit'),
    "duplicate": (
        "“{name}”已在 {other} 定义过",
        '"{name}" is already defined in {other}',
    ),
    "undeclared_parameter": (
        "参数“{name}”有取值，却没有在 parameters.toml 里声明{hint_zh}",
        'The parameter "{name}" has a value and is not declared in parameters.toml{hint_en}',
    ),
    "valueless_parameter": (
        "参数“{name}”一个取值也没有",
        'The parameter "{name}" has no value at all',
    ),
    "table_incomplete": (
        "对照表“{name}”没有写“{missing}”，也没有写 otherwise",
        'The table "{name}" has no entry for "{missing}" and no otherwise',
    ),
    "formula_or_cases": (
        "规则“{name}”要么写 formula，要么写 cases 和 otherwise",
        'The rule "{name}" needs either a formula, or cases with otherwise',
    ),
    "shape": ("“{name}”的 {key} 应是{expected_zh}", '"{name}": {key} must be {expected_en}'),
    "toml": ("文件不是合法的 TOML：{detail}", "The file is not valid TOML: {detail}"),
    "csv_unreadable": ("文件不是 UTF-8 的 CSV：{detail}", "The file is not CSV in UTF-8: {detail}"),
    "csv": ("CSV 缺少列 {column}", "The CSV lacks the column {column}"),
    "yaml": ("文件不是合法的 YAML：{detail}", "The file is not valid YAML: {detail}"),
    "missing_file": ("缺少文件 {name}", "The file {name} is missing"),
    "not_a_rule": (
        "“{rule}”不是{kind_zh}的规则{hint_zh}",
        '"{rule}" is not a rule that gives {kind_en}{hint_en}',
    ),
    "amount_or_gives": (
        "项目要么写 amount（得出金额的规则），要么写 gives 和 gives_en（给予什么帮助）",
        "A programme needs either amount (the rule that gives the money) or gives and gives_en (the help in kind)",
    ),
    "bad_month_day": (
        "“{text}”不是每年都有的月日，应写作 11-01",
        '"{text}" is not a month and day of every year; write 11-01',
    ),
    "bad_paid": (
        "“{text}”不是发放方式：{known}",
        '"{text}" is not a way of paying: {known}',
    ),
    "not_among": (
        "“{name}”的 {key} 不能是“{text}”，只能是 {known}{hint_zh}",
        '"{name}": {key} cannot be "{text}", only {known}{hint_en}',
    ),
    "cap_and_limit": (
        '“{name}”：kind = "cap" 要写 at_most（得出每年限额的规则），其他种类不写',
        '"{name}": kind = "cap" needs at_most (the rule that gives the yearly limit), and no other kind has one',
    ),
    "on_file_form": (
        "“{rule}”应写作 category in [...]：列出建档的困难类别",
        '"{rule}" must read category in [...]: the categories that make a hardship household',
    ),
    "no_programme": (
        "没有代码为“{code}”的项目{hint_zh}",
        'There is no programme "{code}"{hint_en}',
    ),
    "not_a_fact": (
        "“{fact}”不是家庭的金额事实（example_fact）",
        'example_fact: "{fact}" is not a fact of the household in money',
    ),
    "example": ("示例“{name}”：{detail_zh}", 'The example "{name}": {detail_en}'),
}

PER_MONTH_HINT = ("；可用 per_month(…) 或 per_year(…) 换算", "; convert with per_month(...) or per_year(...)")


MOST_NAMES = 150  # looked at for the nearest one
LONGEST = 200  # characters of one quoted text in a sentence


@dataclass(frozen=True)
class Span:
    """Where something stands: a file of the pack, lines and columns from 1, the end exclusive."""

    file: str = ""
    line: int = 1
    column: int = 1
    end_line: int = 1
    end_column: int = 1


NOWHERE = Span()


@dataclass(frozen=True)
class Problem:
    """One fault of a pack. `code` and `params` are for programs, `sentence` for people."""

    code: str
    span: Span
    params: dict[str, str] = field(default_factory=dict, hash=False)

    def sentence(self, language: str = "en") -> str:
        chinese, english = SENTENCES[self.code]
        shown = {name: text if len(text) <= LONGEST else f"{text[:LONGEST]}…" for name, text in self.params.items()}
        return (chinese if language == "zh" else english).format_map(_Blank(shown))

    def shown(self, language: str = "en") -> str:
        return f"{self.span.file}:{self.span.line}:{self.span.column}: {self.sentence(language)}"


class _Blank(dict[str, str]):
    """A hint that does not apply is left out of the sentence."""

    def __missing__(self, key: str) -> str:
        return ""


class PolicyError(Exception):
    """Something the user can put right; `sentence(language)` is fit to show."""

    def __init__(self, chinese: str, english: str) -> None:
        super().__init__(english)
        self.chinese = chinese
        self.english = english

    def sentence(self, language: str = "zh") -> str:
        return self.chinese if language == "zh" else self.english


class PackRefused(PolicyError):
    """A pack with faults: all of them, in the order of files and lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda p: (p.span.file, p.span.line, p.span.column)))
        super().__init__(
            "\n".join(problem.shown("zh") for problem in self.problems),
            "\n".join(problem.shown("en") for problem in self.problems),
        )


class ShapeError(Exception):
    """A node of the tree refused to be built; the reader turns it into a `Problem` at its place."""

    def __init__(self, code: str, /, **params: str) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


def nearest(name: str, known: Iterable[str]) -> dict[str, str]:
    """The `did you mean` hint in both languages, or nothing when no name is near."""
    among = list(known)
    if len(among) > MOST_NAMES:  # looking at every name takes long; a slip seldom changes both ends
        among = [each for each in among if each[:2] == name[:2] or each[-2:] == name[-2:]][:MOST_NAMES]
    found = difflib.get_close_matches(name[:LONGEST], among, n=1, cutoff=0.6)
    if not found:
        return {}
    return {"hint_zh": f"；是否想写“{found[0]}”？", "hint_en": f'; did you mean "{found[0]}"?'}
