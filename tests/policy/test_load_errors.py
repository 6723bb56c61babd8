# sentences are compared whole
"""Every way in which a rulebook is refused, with the sentence that its writer reads.

A sentence says what is wrong, where, and what to do; the studio underlines the very word.
"""

from __future__ import annotations

import pytest

from chunyu.policy import PackRefused, PolicyError, load_pack, read_pack
from tests.policy.rulebooks import FACTS, PACK, PARAMETERS, VALUES, files, refused, rule


def formula(text: str, type_: str = "flag", unit: str = "", entity: str = "household") -> list[str]:
    return [line.split(": ", 1)[1] for line in refused(rule("test", text, type_, unit, entity))]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("lambda: a", "A function definition is not part of the policy language"),
        ("[a for a in b]", "A comprehension is not part of the policy language"),
        ("a[0]", "Indexing with brackets is not part of the policy language"),
        ("x ** 2 > y", "A power is not part of the policy language"),
        ("x // 2 > y", "Whole division is not part of the policy language"),
        ("x % 2 > y", "A remainder is not part of the policy language"),
        ("f'{a}'", "A formatted string is not part of the policy language"),
        ("(a := b)", "An assignment is not part of the policy language"),
        ("a.b", "The form Attribute is not part of the policy language"),
        ("a is b", "The form Is is not part of the policy language"),
        ("x.__class__", "The form Attribute is not part of the policy language"),
        ("().__class__.__bases__", "The form Attribute is not part of the policy language"),
        ("a and", "The formula cannot be read: something is missing here, or too much"),
        ("(a and b", "The formula cannot be read: a bracket has no partner"),
        ("a ＞ b", "The formula cannot be read: there is a strange character “＞”"),
        ("colour == 'red", "The formula cannot be read: a quotation mark has no partner"),
        ("(" * 300 + "a" + ")" * 300, "The formula cannot be read: it is nested too deeply"),
        ("not " * 1100 + "a", "The formula cannot be read: it is longer than 4000 characters"),
        ("not " * 100 + "a", "The formula cannot be read: it is nested too deeply"),
        (
            "n > 1e400",
            "The number 1e400 cannot be kept: at most 1,000,000,000, and six decimals up to 1,000,000",
        ),
        (
            "x > 0.1234567 * y",
            "The number 0.1234567 cannot be kept: at most 1,000,000,000, and six decimals up to 1,000,000",
        ),
        ("open('f')", 'There is no function "open"'),
        ("som(member.pay) > monthly", 'There is no function "som"; did you mean "sum"?'),
        ("__import__('os')", 'There is no function "__import__"'),
    ],
)
def test_what_the_language_does_not_have_is_refused(text, sentence):
    assert formula(text) == [sentence]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("monthl > monthly", 'Nothing is called "monthl": no fact, parameter or rule; did you mean "monthly"?'),
        ("zzz", 'Nothing is called "zzz": no fact, parameter or rule'),
        (
            "any(member.flagg)",
            'Nothing is called "member.flagg": no fact, parameter or rule; did you mean "flag"?',
        ),
        (
            "member.flag",
            '"member.flag" may stand only inside sum, count, any, all, min or max, or in a rule of the member',
        ),
        (
            "any(any(member.flag))",
            "An aggregate over members stands in rules of the household, and not inside another aggregate",
        ),
        ("sum() > monthly", "sum is written sum(member.x) / sum(member.x, where=…)"),
        ("any(member.flag, when=a)", "any is written any(member.x) / any(member.x, where=…)"),
        (
            "min(member.pay, where=member.flag) > monthly",
            "min with where may find nobody: say otherwise=",
        ),
        ("age(a) > 18", "What age takes must be a date, and here it is a yes-or-no"),
        ("scale(x, y) > x", "scale takes the name of a parameter here"),
        ("scale(stepz, x) > y", 'Nothing is called "stepz": no fact, parameter or rule; did you mean "steps"?'),
        ("colour == 'gren'", '"gren" is not one of the values; did you mean "green"?'),
        ("colour in ['red', 'violet']", '"violet" is not one of the values'),
    ],
)
def test_names_and_arguments(text, sentence):
    assert formula(text) == [sentence]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "x > monthly",
            (
                "The units differ: yuan/year and yuan/month cannot be compared; "
                "convert with per_month(...) or per_year(...)"
            ),
        ),
        (
            "x + monthly > x",
            (
                "The units differ: yuan/year and yuan/month cannot be added or subtracted; "
                "convert with per_month(...) or per_year(...)"
            ),
        ),
        (
            "x / 12 > monthly",
            (
                "The units differ: yuan/year and yuan/month cannot be compared; "
                "convert with per_month(...) or per_year(...)"
            ),
        ),
        ("visits > count()", "The units differ: person_time and person cannot be compared"),
        ("x > 1000", "The number 1000 has no unit and cannot meet money: make it a parameter, with its source"),
        ("x > 0.5", "The number 0.5 has no unit and cannot meet money: make it a parameter, with its source"),
        ("x > n", "An amount of money and a count cannot be compared"),
        ("x * y > x", "Money and money cannot be multiplied"),
        ("a + b > n", "What is added or subtracted must be a number, and here it is a yes-or-no"),
        ("x and a", "Each part of and must be a yes-or-no, and here it is an amount of money"),
        ("not x", "What follows not must be a yes-or-no, and here it is an amount of money"),
        (
            "per_month(monthly) > monthly",
            (
                "What per_month takes must be an amount of money (yuan/year), "
                "and here it is an amount of money (yuan/month)"
            ),
        ),
    ],
)
def test_units_and_kinds(text, sentence):
    assert formula(text) == [sentence]


def test_a_rule_gives_what_it_declares():
    assert formula("x", "money", "yuan/month") == [
        (
            'The rule "test" is declared as an amount of money (yuan/month), and its formula gives '
            "an amount of money (yuan/year); convert with per_month(...) or per_year(...)"
        )
    ]
    assert formula("x > y", "money", "yuan/year") == [
        'The rule "test" is declared as an amount of money (yuan/year), and its formula gives a yes-or-no'
    ]


def test_every_fault_of_a_formula_is_told_at_its_own_word():
    text = "aa and (x > 1000 or colour == 'gren') and monthly > bb"
    problems = []
    try:
        read_pack(files(rule("test", text, "flag")))
    except PackRefused as error:
        problems = list(error.problems)
    line = 'formula = "' + text
    words = [line[p.span.column - 1 : p.span.end_column - 1] for p in problems]
    assert [p.code for p in problems] == ["unknown_name", "bare_number", "unknown_code", "unknown_name"]
    assert words == ["aa", "x > 1000", "colour == 'gren'", "bb"]
    assert {p.span.line for p in problems} == {6}


def test_a_formula_of_several_lines_keeps_its_places():
    text = rule("test", "a", "flag").replace('"a"', '"""\na\nand bbb"""')
    assert refused(text) == ['rules/test.toml:8:5: Nothing is called "bbb": no fact, parameter or rule']


def test_rules_that_go_round_in_a_circle():
    rules = rule("one", "two", "flag") + rule("two", "not three", "flag") + rule("three", "one", "flag")
    assert refused(rules) == ["rules/test.toml:1:1: The rules go round in a circle: one → two → three → one"]


def test_a_case_that_can_never_be_reached():
    cases = """[household.shade]
label = "色"
label_en = "shade"
type = "code"
cases = [
  { when = "a", then = "dark" },
  { when = "b and a", then = "light" },
]
otherwise = "light"
source = "测试"
values = { dark = ["深", "dark"], light = ["浅", "light"] }
"""
    assert refused(cases) == ["rules/test.toml:7:13: Case 2 can never be reached: case 1 already covers it"]


def test_versions_of_a_rule_may_not_overlap():
    version = rule("test", "a", "flag").replace("[household.test]", "[[household.test]]")
    first = version + "valid_to = 2024-12-31\n"
    second = version + "valid_from = 2024-12-01\n"
    assert refused(first + second) == [
        'rules/test.toml:10:1: Two validity periods of "household.test" overlap: –2024-12-31 and 2024-12-01–'
    ]


def test_an_unused_fact_is_refused_unless_it_says_what_it_is_kept_for():
    facts = FACTS.replace('kept_for = "测试"\n', "", 1)
    assert refused(facts=facts) == [
        'facts.toml:2:1: No rule uses the fact "household.a"; if it is only kept on record, say kept_for'
    ]


def test_parameters():
    doubled = VALUES + "line,county,2026-01-01,,7500,新县文件\n"
    assert refused(values=doubled) == [
        'parameters/values.csv:11:1: Two validity periods of "line (county)" overlap: 2025-07-01– and 2026-01-01–'
    ]
    assert refused(values=VALUES.replace("7400,县文件", "7400,")) == [
        'parameters/values.csv:5:1: "line" does not say its source'
    ]
    assert refused(values=VALUES.replace("7400", "七千四")) == [
        'parameters/values.csv:5:1: "七千四" is not a value of "line" (which is an amount of money)'
    ]
    assert refused(values=VALUES.replace("7400", "74.005")) == [
        'parameters/values.csv:5:1: "74.005" is not a value of "line" (which is an amount of money)'
    ]
    assert refused(values=VALUES.replace("2025-07-01", "2025/7/1")) == [
        'parameters/values.csv:5:1: "2025/7/1" is not a date; write 2021-07-01'
    ]
    assert refused(values=VALUES.replace("2025-07-01,,", "2025-07-01,2025-06-30,")) == [
        'parameters/values.csv:5:1: The validity of "line (county)" ends before it begins: 2025-07-01–2025-06-30'
    ]
    assert refused(values=VALUES + "lin,national,2021-01-01,,1,测试\n") == [
        (
            'parameters/values.csv:11:1: The parameter "lin" has a value and is not declared in parameters.toml; '
            'did you mean "line"?'
        )
    ]
    assert refused(values=VALUES.replace("; otherwise=0", "")) == [
        'parameters/values.csv:9:1: The table "grant" has no entry for "blue" and no otherwise'
    ]
    assert refused(parameters=PARAMETERS + '\n[idle]\nlabel = "闲"\nlabel_en = "idle"\ntype = "ratio"\n') == [
        'parameters.toml:42:1: The parameter "idle" has no value at all',
        'parameters.toml:42:1: No rule uses the parameter "idle"',
    ]


def test_declarations():
    assert refused(rule("test", "a", "flag").replace('source = "测试"\n', "")) == [
        'rules/test.toml:1:1: "household.test" does not say its source'
    ]
    assert refused(rule("test", "a", "flag", more='lable = "x"')) == [
        'rules/test.toml:8:1: "household.test" has an unknown key lable; did you mean "label"?'
    ]
    assert refused(rule("test", "a", "flg")) == [
        'rules/test.toml:4:1: "household.test" has the unknown type "flg"; did you mean "flag"?'
    ]
    assert refused(rule("test", "x", "money", "yen")) == [
        'rules/test.toml:5:1: "household.test" has the unknown unit "yen"'
    ]
    assert refused(rule("test", "x", "money", "month")) == [
        'rules/test.toml:5:1: "household.test" is money: its unit must be yuan, yuan/month, yuan/year or the like'
    ]
    assert refused(rule("test", "a", "flag", "year")) == [
        'rules/test.toml:5:1: "household.test" is a yes-or-no and has no unit'
    ]
    assert refused(rule("a", "b", "flag")) == ['rules/test.toml:1:1: "household.a" is already defined in facts.toml']
    assert refused(rule("test", "a", "flag").replace('formula = "a"\n', "")) == [
        'rules/test.toml:1:1: The rule "household.test" needs either a formula, or cases with otherwise'
    ]
    assert refused(pack=PACK.replace('category = "category"', 'category = "categories"')) == [
        'pack.toml:1:1: "categories" is not a rule that gives a code; did you mean "category"?'
    ]


def test_files():
    assert refused("[household.test\n")[0].startswith("rules/test.toml:1:1: The file is not valid TOML: ")
    assert refused(values=VALUES.replace("source", "quelle", 1)) == [
        "parameters/values.csv:1:1: The CSV lacks the column source"
    ]
    broken = {"examples/x.yaml": "- name: a\n  - b"}
    assert refused(**broken)[0].startswith("examples/x.yaml:1:1: The file is not valid YAML: ")
    without = files()
    del without["facts.toml"]
    with pytest.raises(PackRefused, match=r"facts.toml:1:1: The file facts.toml is missing"):
        read_pack(without)
    with pytest.raises(PolicyError, match=r'"nowhere" is no pack: it has no pack.toml'):
        load_pack("nowhere")


def test_all_faults_come_at_once_in_the_order_of_the_files():
    rules = rule("one", "aa", "flag") + rule("two", "x > monthly", "flag")
    lines = refused(rules, values=VALUES.replace("7400", "x"))
    assert [line.split(": ")[0] for line in lines] == [
        "parameters/values.csv:5:1",
        "rules/test.toml:6:12",
        "rules/test.toml:14:12",
    ]


def test_every_sentence_has_a_chinese_twin():
    with pytest.raises(PackRefused) as refusal:
        read_pack(files(rule("test", "monthl > x", "flag")))
    assert refusal.value.sentence("zh") == (
        "rules/test.toml:6:12: 没有名为“monthl”的事实、参数或规则；是否想写“monthly”？"
    )


def test_a_programme_names_rules_that_exist_and_fit():
    programme = """[programme]
code = "p"
label = "项目"
label_en = "programme"
for_whom = "人"
for_whom_en = "people"
conditions = ["catgory", "figure"]
amount = "category"
fund_use = "living"
fund_sources = ["union_budget"]
retention_years = 10
payment = "bank_transfer"
source = "测试"
documents = [{ code = "d", label = "纸", label_en = "paper", when = "nothing" }]
[programme.calendar]
opens = "01-01"
"""
    assert refused(**{"programmes/p.toml": programme}) == [
        'programmes/p.toml:7:1: "catgory" is not a rule that gives a yes-or-no',
        'programmes/p.toml:7:1: "figure" is not a rule that gives a yes-or-no',
        'programmes/p.toml:8:1: "category" is not a rule that gives an amount of money',
        'programmes/p.toml:14:1: "nothing" is not a rule that gives a yes-or-no',
    ]


EITHER = "A programme needs either amount (the rule that gives the money) or gives and gives_en (the help in kind)"
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
documents = [{ code = "d", label = "纸", label_en = "paper" }]
[programme.calendar]
opens = "11-01"
closes = "02-28"
"""


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            'amount = "uses"\n',
            "",
            f"1:1: {EITHER}",
        ),
        (
            'amount = "uses"\n',
            'amount = "uses"\ngives = "棉被"\ngives_en = "a quilt"\n',
            f"8:1: {EITHER}",
        ),
        ('amount = "uses"\n', 'gives = "棉被"\n', '1:1: "programme" lacks gives_en'),
        ("11-01", "13-01", '1:1: "13-01" is not a month and day of every year; write 11-01'),
        ("02-28", "02-29", '1:1: "02-29" is not a month and day of every year; write 11-01'),
        (
            'closes = "02-28"',
            'paid = "weekly"',
            '1:1: "weekly" is not a way of paying: once, monthly, quarterly, half_yearly',
        ),
        (
            "retention_years = 10",
            'retention_years = 10\non_request = "yes"',
            '12:1: "programme": on_request must be true or false',
        ),
        (
            "retention_years = 10",
            'retention_years = 10\nconflicts = ["pp"]',
            '1:1: There is no programme "pp"; did you mean "p"?',
        ),
        ('source = "测试"\n', "", '1:1: "programme" does not say its source'),
    ],
)
def test_a_programme_that_is_not_complete(old, new, sentence):
    low = rule("low", "x < y", "flag")
    found = refused(low, **{"programmes/p.toml": PROGRAMME.replace(old, new, 1)})
    assert f"programmes/p.toml:{sentence}" in found


def test_a_complete_programme_is_taken_and_may_give_help_in_kind():
    low = rule("low", "x < y", "flag")
    kind = PROGRAMME.replace('amount = "uses"\n', 'gives = "棉被"\ngives_en = "a quilt"\n')
    for text in (PROGRAMME, kind):
        pack = read_pack(files(low, **{"programmes/p.toml": text}))
        assert (pack.programmes["p"].amount is None) == (text is kind)


def test_what_the_pack_says_of_itself():
    other = PACK + 'on_file = "poor"\n'
    poor = rule("poor", "x < y", "flag")
    assert refused(poor, pack=other) == [
        'rules/test.toml:1:1: "poor" must read category in [...]: the categories that make a hardship household'
    ]
    assert refused(pack=PACK + 'on_file = "poor"\n') == ['pack.toml:1:1: "poor" is not a rule that gives a yes-or-no']
    assert refused(pack=PACK + 'programmes = ["living"]\n') == ['pack.toml:10:1: There is no programme "living"']
    assert refused(pack=PACK + "regions = 13\n") == ['pack.toml:10:1: "pack.toml": regions must be a list of texts']
    pack = read_pack(files(rule("poor", "category in ['low']", "flag"), pack=other))
    assert pack.on_file_categories == {"low"}


def shade(*conditions: str, more: str = "") -> str:
    """A rule of cases with these conditions, each giving another colour."""
    cases = "".join(f'  {{ when = "{when}", then = "c{number}" }},\n' for number, when in enumerate(conditions))
    values = ", ".join(f'c{number} = ["色", "shade"]' for number in range(len(conditions)))
    return (
        f'{more}[household.shade]\nlabel = "色"\nlabel_en = "shade"\ntype = "code"\ncases = [\n{cases}]\n'
        f'otherwise = "c0"\nsource = "测试"\nvalues = {{ {values} }}\n'
    )


@pytest.mark.parametrize(
    "conditions",
    [
        ("n <= 2", "n <= 1"),
        ("n < 2", "n <= 1"),
        ("n >= 1", "n > 1 and a"),
        ("n >= 1", "n == 3"),
        ("2 >= n", "n <= 1"),
        ("x <= 2 * line", "x <= line"),
        ("x <= 1.5 * line", "a and x <= 1 * line"),
        ("x < line", "x < share * line"),
        ("within(x, 2 * line, edge)", "within(x, line, edge) and b"),
        ("colour in ['red', 'green']", "colour == 'red'"),
        ("a or b", "b"),
        ("a", "a and (b or n > 1)"),
        ("x < y or a", "x < y and b or a and b"),
        ("x <= 2 * line", "poor"),
        ("a", "not b", "a and not b"),
    ],
)
def test_a_case_that_an_earlier_one_already_covers(conditions):
    """Shown from the formulas alone: bounds of the same value, lists of codes, and rules behind a name."""
    poor = rule("poor", "x <= line and a", "flag")
    found = refused(shade(*conditions, more=poor))
    assert [line.split(": ", 1)[1] for line in found] == [
        f"Case {len(conditions)} can never be reached: case 1 already covers it"
    ]


@pytest.mark.parametrize(
    "conditions",
    [
        ("n <= 1", "n <= 2"),
        ("n < 1", "n <= 1"),
        ("n <= 2 and a", "n <= 1"),
        ("x <= line", "x <= 2 * line"),
        ("x < line", "x <= line"),
        ("x <= 2 * line", "y <= line"),
        ("x <= 2 * line", "x <= unset"),
        ("x <= 2 * line", "x >= line"),
        ("within(x, line, edge)", "x <= line"),
        ("colour == 'red'", "colour in ['red', 'green']"),
        ("colour in warm", "colour == 'red'"),
        ("a and b", "a or b"),
        ("not a", "a"),
    ],
)
def test_a_case_that_can_be_reached_is_let_pass(conditions):
    assert read_pack(files(shade(*conditions))).rules["household", "shade"]


def test_one_name_in_very_many_cases_is_named():
    many = shade(*(f"n == {number}" for number in range(101)))
    assert refused(many) == [
        'rules/test.toml:5:1: The rule "household.shade" has 101 cases, at most 100; make it a table, with lookup'
    ]
