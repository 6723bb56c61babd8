# ruff: noqa: E501  # output is compared whole
"""`chunyu explain` and `chunyu policy check`: rulebooks and households tried with no database at all."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from inline_snapshot import snapshot

from chunyu.policy.commands import explain, policy
from chunyu.policy.loading import PACKS

EXAMPLE = Path(__file__).parents[2] / "docs/reference/household-example.json"
HERE = ["national-2021", "--household", str(EXAMPLE), "--date", "2026-03-06"]


@pytest.fixture
def household(tmp_path: Path):
    """Writes the example household with changes, and gives the arguments to explain it."""

    def written(text: str | None = None, **changed: object) -> list[str]:
        data = json.loads(EXAMPLE.read_text(encoding="utf-8"))
        data.update(changed)
        file = tmp_path / "household.json"
        file.write_text(json.dumps(data) if text is None else text, encoding="utf-8")
        return ["national-2021", "--household", str(file), "--date", "2026-03-06", "--lang", "en"]

    return written


def run(command, arguments: list[str]) -> tuple[int, str]:
    result = CliRunner().invoke(command, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def test_explain_says_category_reasons_programmes_and_the_nearest_change():
    code, output = run(explain, HERE)
    assert code == 0
    lines = output.splitlines()
    assert lines[0].startswith("困难职工认定与帮扶（2021 年起） · national-2021@")
    assert lines[2] == "· 困难类别：深度困难"
    assert "  ✓ 家庭人均月净收入在深度困难线以内  704.17 ≤ 740.00" in lines
    told = lines.index("项目")
    assert lines[told - 2 : told + 9] == snapshot(
        [
            "什么会改变结果：家庭人均月净收入再高 35.84 元（例如全家每年多收入 1,721 元），类别变为“相对困难”",
            "",
            "项目",
            "✓ 生活救助  1,720.00",
            "✓ 医疗救助  12,880.00",
            "✓ 金秋助学  2,000.00",
            "✓ 四助：助能、助志、助业  技能培训、结对辅导、实习就业",
            "✓ 两节送温暖  1,000.00",
            "✓ 取暖物资  取暖物资（棉被、煤或电暖器）",
            "✗ 工会爱心卡",
            "    ✗ 脱困无望  否",
        ]
    )
    assert (
        lines[-1]
        == "有需要时可以申请：尿毒症透析救助、职工白内障光明工程、创业贷款贴息、工会法律援助、职工互助保障理赔"
    )


def test_explain_says_what_is_unknown_and_what_fails(household):
    data = json.loads(EXAMPLE.read_text(encoding="utf-8"))["household"]
    del data["has_vehicle"]
    data["medical_spending_12m"] = 1900
    code, output = run(explain, household(household=data))
    assert code == 0
    tail = output.splitlines()
    assert tail[tail.index("Programmes") - 2 :] == snapshot(
        [
            "What would change the result: If monthly net income per head were 298.76 yuan higher (for example 14,341 yuan more income of the household a year), the category becomes not a hardship household",
            "",
            "Programmes",
            "✓ Living aid  2,220.00",
            "✓ Education aid  1,000.00",
            "✓ Four helps: ability, spirit, work  skills training, a mentor, internship and job",
            "✓ Festival warmth  1,000.00",
            "✗ Medical aid",
            "    ✗ medical costs are above the floor  1,900.00 ≤ 2,000.00",
            "    → If medical costs paid by the household were 101 yuan higher (at 2,001 yuan), the household becomes entitled to Medical aid",
            "✗ Love card stipend",
            "    ✗ no way out of hardship of its own  no",
            "✗ Festival visit",
            "    ✗ not a hardship household on file  no",
            "    ? in one of the three groups that are visited without a file  unknown",
            "✗ Winter goods",
            "    ✗ in deep hardship where homes are heated  relative hardship",
            "✗ Training and job placement",
            "    ✗ a member needs help with work  no",
            "✗ Mutual-aid claim",
            "    ✗ own medical costs are above the floor of the mutual aid  1,900.00 ≤ 15,000.00",
            "    ? has joined this year's mutual aid  unknown",
            "When the need is there: Dialysis aid, Cataract project, Start-up loan interest, Legal aid",
        ]
    )


def test_explain_prints_data_for_programs():
    code, output = run(explain, [*HERE, "--json"])
    data = json.loads(output)
    assert code == 0
    assert (data["category"], data["category_label"]) == ("deep", "深度困难")
    assert data["programmes"]["living"] == {"entitled": True, "amount_fen": 172000, "failed": [], "unknown": []}
    assert data["why"]["children"][0]["value"] == "704.17 ≤ 740.00"


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"houshold": {}}, 'houshold: there is no such field; did you mean "household"?'),
        ({"members": []}, "members: at least one member is needed"),
        ({"members": [{"name": "甲", "wage": 1}]}, "members[0].wage: there is no such field"),
        (
            {"members": [{"birth_date": "1993.9.13"}]},
            (
                "members[0].birth_date (date of birth): must be a date like 1993-09-13, not 1993.9.13; "
                "leave it out when it is not known"
            ),
        ),
        (
            {"household": {"homes": 1.5}},
            (
                "household.homes (number of homes owned): must be a whole number, not 1.5; "
                "leave it out when it is not known"
            ),
        ),
        (
            {"household": {"has_vehicle": None}},
            (
                "household.has_vehicle (owns or regularly uses a motor vehicle): must be true or false, not null; "
                "leave it out when it is not known"
            ),
        ),
        (
            {"household": {"other_income_12m": {"value": "12,000"}}},
            (
                "household.other_income_12m.value (the household's other yearly income): must be an amount in yuan, "
                "with at most two decimals, not 12,000; leave it out when it is not known"
            ),
        ),
        (
            {"household": {"other_income_12m": {"value": 1, "source": "guess"}}},
            "household.other_income_12m.source: must be declared, verified or matched",
        ),
        ({"regions": []}, "No region: write regions into the file, or give --region"),
    ],
)
def test_a_household_file_that_cannot_be_used(household, changed, sentence):
    assert run(explain, household(**changed)) == (1, sentence + "\n")


def test_files_that_are_not_there_or_not_json(household, tmp_path: Path):
    arguments = household(text='{"household": ')
    assert run(explain, arguments) == (
        1,
        f"{tmp_path / 'household.json'}, line 1, column 15: this is not valid JSON\n",
    )
    arguments[2] = str(tmp_path / "other.json")
    assert run(explain, arguments) == (1, f"There is no file {tmp_path / 'other.json'}\n")
    code, output = run(explain, ["national-1999", *HERE[1:]])
    assert code == 1
    assert output.startswith("“national-1999”不是规则包：没有 pack.toml。随附的规则包：")


def test_check_accepts_the_packs_that_ship():
    for pack in sorted(PACKS.glob("*/pack.toml")):
        code, output = run(policy, ["check", str(pack.parent), "--lang", "en"])
        assert (code, output.count("\n")) == (0, 1)
        assert output.endswith(" 0 of them not as expected\n")


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    folder = tmp_path / "draft"
    shutil.copytree(PACKS / "national-2021", folder)
    return folder


def test_check_shows_examples_that_do_not_come_out(draft: Path):
    values = draft / "parameters/determination.csv"
    values.write_text(values.read_text(encoding="utf-8").replace(",,2,当地", ",,1.5,当地"), encoding="utf-8")
    code, output = run(policy, ["check", str(draft)])
    assert code == 1
    assert output.splitlines()[:4] == snapshot(
        [
            "examples/vectors.yaml:40: V3 一倍与两倍之间",
            "  N = (60000 − 18000) ÷ 3 ÷ 12 = 1166.67",
            "  困难类别：应为 相对困难，得到 不属于困难职工",
            "",
        ]
    )


def test_check_lists_every_fault_by_file(draft: Path):
    rules = draft / "rules/income.toml"
    text = rules.read_text(encoding="utf-8").replace("per_month((income_12m", "((incom_12m")
    rules.write_text(text, encoding="utf-8")
    with (draft / "parameters/programmes.csv").open("a", encoding="utf-8") as values:
        values.write("medical_cap,national,2025-01-01,,三万,新文件\n")
    code, output = run(policy, ["check", str(draft), "--lang", "en"])
    assert code == 1
    assert output.splitlines() == snapshot(
        [
            "parameters/programmes.csv",
            '  12:1  "三万" is not a value of "medical_cap" (which is an amount of money)',
            "rules/income.toml",
            '  59:14  Nothing is called "incom_12m": no fact, parameter or rule; did you mean "income_12m"?',
            "The pack has 2 faults",
        ]
    )
    code, output = run(policy, ["check", str(draft), "--json"])
    assert code == 1
    assert [problem["code"] for problem in json.loads(output)["problems"]] == ["bad_value", "unknown_name"]


def test_policy_needs_no_framework_and_no_database():
    """Rules can be written and tried on a machine that has neither."""
    program = (
        "import sys; sys.modules['django'] = None; sys.modules['psycopg'] = None\n"
        "from chunyu.policy import load_pack; from chunyu.policy.commands import explain\n"
        "load_pack('national-2021'); print(any(name.startswith('django') and module for name, module in "
        "sys.modules.items()))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
