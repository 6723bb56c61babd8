"""`chunyu policy run` and `chunyu whatif`: a rulebook tried on many households, with no database."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from chunyu.policy import load_pack
from chunyu.policy.columns import facts_of_cases
from chunyu.policy.commands import policy
from chunyu.policy.facts_folder import write_facts
from chunyu.policy.many_commands import whatif
from tests.policy.families import families


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> str:
    made = facts_of_cases(load_pack("national-2021"), families(60, seed=1))
    return str(write_facts(tmp_path_factory.mktemp("frozen") / "facts", made, date(2026, 3, 6)).path)


def run_policy(facts: str, out: Path, *more: str) -> Result:
    called = ["run", "national-2021", "--facts", facts, "--date", "2026-03-06", "--out", str(out), *more]
    return CliRunner().invoke(policy, called)


def test_a_run_says_how_many_and_its_digest(facts: str, tmp_path: Path):
    plain = run_policy(facts, tmp_path / "out", "--lang", "en")
    assert plain.exit_code == 0, plain.output
    assert "60 households decided" in plain.output
    data = json.loads(run_policy(facts, tmp_path / "again", "--json").stdout)
    assert data["households"] == 60
    assert data["digest"] in plain.output


def test_a_rule_that_is_not_there_is_refused_in_a_sentence(facts: str, tmp_path: Path):
    refused = run_policy(facts, tmp_path / "out", "--rule", "nonsense", "--lang", "en")
    assert refused.exit_code == 1
    assert 'There is no rule "nonsense"' in refused.output


def test_a_whatif_shows_who_gains_and_what_it_costs(facts: str):
    called = ["national-2021", "--facts", facts, "--date", "2026-03-06", "--set", "living_standard=900"]
    data = json.loads(CliRunner().invoke(whatif, [*called, "--json"]).stdout)
    assert data["total"]["households"] == 60
    assert data["total"]["gaining"] > 0
    assert data["total"]["after_fen"] > data["total"]["before_fen"]
    assert set(data["regions"]) == {"139901", "139902", "139903"}
    words = CliRunner().invoke(whatif, [*called, "--lang", "en"]).output
    assert "everybody" in words
    assert "Living aid" in words


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("living_standard", "must be written NAME=VALUE"),
        ("nonsense=1", 'There is no parameter "nonsense"'),
        ("living_standard=much", '"much" is not a value of the parameter "living_standard"'),
    ],
)
def test_a_change_that_cannot_be_made_is_refused_in_a_sentence(facts: str, change: str, sentence: str):
    called = ["national-2021", "--facts", facts, "--date", "2026-03-06", "--set", change, "--lang", "en"]
    refused = CliRunner().invoke(whatif, called)
    assert refused.exit_code == 1
    assert sentence in refused.output
