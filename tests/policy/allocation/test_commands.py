"""`chunyu allocate`: a planner shares a budget out from two files, with no database."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from chunyu.policy.allocation import Certificate, allocate, verify
from chunyu.policy.allocation.commands import allocate_command
from chunyu.policy.allocation.reading import read_needs

LINES = """household,county,programme,gap,cap,minimum,last
A,139901,living,3000,2500,200,500
B,139901,living,900,,200,500
B,139901,medical,9000,8000,200,
C,139902,medical,400,,200,500
"""
BUDGET = """
[sources.central]
budget = 5000
uses = ["medical"]
[sources.union]
budget = 1500.55
[programmes.medical]
handling = 20
[quotas.139902]
households = 1
money = 300
"""


@pytest.fixture
def files(tmp_path: Path):
    def written(lines: str = LINES, budget: str = BUDGET) -> tuple[Path, Path]:
        needs, pots = tmp_path / "needs.csv", tmp_path / "budget.toml"
        needs.write_text(lines, encoding="utf-8")
        pots.write_text(budget, encoding="utf-8")
        return needs, pots

    return written


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(allocate_command, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def test_a_planner_sees_the_ways_beside_each_other_and_the_proof(files):
    needs, budget = files()
    code, output = run(needs, "--budget", budget, "--lang", "en")
    assert code == 0
    assert "3 households, 4 needs, gaps of 13,300.00 yuan" in output
    rows = {line[:16].strip(): line.split() for line in output.splitlines() if "%" in line}
    assert rows["allotment"][-2] == "82.2%"
    assert rows["last year"][-2] == "3.9%"
    assert "central: 5,000.00 yuan, 0.00 left" in output
    assert "Proof: at most 0.0000% from the best possible" in output
    chinese = run(needs, "--budget", budget)[1]
    assert "精准分配" in chinese
    assert "证明：与最优相差不超过" in chinese


def test_lines_and_certificate_are_written_and_can_be_checked_again(files, tmp_path):
    needs, budget = files()
    out, proof = tmp_path / "out.csv", tmp_path / "proof.json"
    assert run(needs, "--budget", budget, "--out", out, "--certificate", proof)[0] == 0
    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["household"], row["programme"], row["grant"]) for row in rows] == [
        ("A", "living", "240.28"),
        ("B", "living", "0.00"),
        ("B", "medical", "6240.27"),
        ("C", "medical", "0.00"),
    ]
    assert rows[2]["sources"] == "central union"
    assert rows[0]["reason"] == "level"
    assert rows[0]["why"].startswith("缺口 3,000.00 元。")
    given, last = read_needs(needs, str(budget))
    certificate = Certificate.from_data(json.loads(proof.read_text(encoding="utf-8")))
    assert verify(given, allocate(given).allotment, certificate) == []
    assert last is not None
    assert last.tolist() == [50_000, 50_000, 0, 50_000]


def test_a_plain_amount_is_one_source_for_everything(files):
    needs, _ = files()
    code, output = run(needs, "--budget", "4000", "--json")
    assert code == 0
    data = json.loads(output)
    assert data["certificate"]["spent_fen"] == [400_000]
    assert data["ways"]["allotment"]["square_closed"] > data["ways"]["even"]["square_closed"]
    assert data["worth"] == {"budget": 1.0}


@pytest.mark.parametrize(
    ("lines", "budget", "sentence"),
    [
        ("household,gap\nA,5\n", BUDGET, "line 1: Missing columns: programme"),
        ("household,programme,gap\n", BUDGET, "line 1: There are no lines of need"),
        ("household,programme,gap\nA,living,\n", BUDGET, "line 2: gap is not an amount in yuan: ''"),
        ("household,programme,gap\nA,living,1.005\n", BUDGET, "line 2: gap is not an amount in yuan: '1.005'"),
        ("household,programme,gap\nA,living,nan\n", BUDGET, "line 2: gap is not an amount in yuan: 'nan'"),
        ("household,programme,gap\n,living,5\n", BUDGET, "line 2: Household and programme cannot be empty"),
        (
            "household,county,programme,gap\nA,1,living,5\nA,2,medical,5\n",
            BUDGET,
            "line 3: A stands in two counties",
        ),
        ("household,programme,gap\nA,living,5\nA,living,6\n", BUDGET, "stands twice under one programme"),
        ("household,programme,gap\nA,living,-5\n", BUDGET, "between 0 and 5,000,000 yuan"),
        (LINES, "", "names no source of money"),
        (LINES, "[sources.a]\nbudget = 'much'\n", "budget of a is not an amount in yuan"),
        (LINES, "[sources.a]\nbudget = 5\nuses = ['housing']\n", "No such programme: housing"),
        (LINES, "[sources.a\n", "is not TOML"),
        (LINES, "[sources.a]\nbudget = -5\n", "budget of a is not an amount in yuan"),
    ],
)
def test_a_mistake_is_one_sentence_with_its_place(files, lines, budget, sentence):
    needs, pots = files(lines, budget)
    code, output = run(needs, "--budget", pots, "--lang", "en")
    assert code == 1
    assert sentence in output
    assert len(output.strip().splitlines()) == 1


def test_files_that_are_not_there_are_a_sentence(files, tmp_path):
    needs, _ = files()
    assert "cannot be read" in run(tmp_path / "none.csv", "--budget", "5", "--lang", "en")[1]
    assert "neither an amount" in run(needs, "--budget", tmp_path / "none.toml", "--lang", "en")[1]
    code, output = run(needs, "--budget", "5", "--out", tmp_path / "no" / "out.csv", "--lang", "en")
    assert (code, output.strip()) == (1, f"{tmp_path / 'no' / 'out.csv'} cannot be written")
