"""`chunyu bench`: the rows that others rely on, the exit code, and the report."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from bench import commands, report
from bench.measuring import Measurement, What
from bench.rows import Row, at_least, at_most, row_of, under, unmeasured, wrong
from chunyu import cli

KEYS = {"name", "unit", "ours", "against", "other", "ratio", "bar", "holds"}


@pytest.mark.parametrize(
    ("row", "holds"),
    [
        (at_most("quick enough", "s", 1.4, "by hand", 1.0, 1.5), True),
        (at_most("too slow", "s", 1.6, "by hand", 1.0, 1.5), False),
        (at_least("far ahead", "s", 1.0, "a peer", 7.5, 7), True),
        (at_least("not far enough", "s", 1.0, "a peer", 6.5, 7), False),
        (at_least("for information", "s", 1.0, "a peer", 0.5), None),
        (under("within", "ms", 0.09, 0.1), True),
        (under("beyond", "ms", 0.11, 0.1), False),
        (unmeasured("too large", "s", "a peer", ">= 7", "it would need about 40 GB"), None),
        (wrong("results", "by hand", "total differs"), False),
    ],
    ids=lambda value: value.name if isinstance(value, Row) else str(value),
)
def test_a_row_is_held_against_its_bar(row: Row, holds: bool | None) -> None:
    assert row.holds is holds
    assert set(row.as_json()) == KEYS | {"note"}


def test_rows_of_other_benches_are_read_either_way_round() -> None:
    made = {"name": "gap", "unit": "s", "ours": 1.0, "ratio": 0.5, "bar": "< 1", "holds": True}
    expected = Row("gap", "s", 1.0, "by sorting", 2.0, 0.5, "< 1", True)
    assert row_of({**made, "against": "by sorting", "other": 2.0}) == expected
    assert row_of({**made, "against": 2.0, "other": "by sorting"}) == expected


def _measured(rows: list[Row], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "BENCHES", {"rules": ("bench.rules", lambda sizes, quick, say: (rows, []))})


def test_a_bar_that_does_not_hold_gives_exit_code_1(monkeypatch: pytest.MonkeyPatch) -> None:
    good, bad = at_most("quick", "s", 1.0, "by hand", 1.0, 1.5), at_most("slow", "s", 2.0, "by hand", 1.0, 1.5)
    _measured([good], monkeypatch)
    done = CliRunner().invoke(cli.main, ["bench", "rules", "--json", "--quick"])
    assert done.exit_code == 0
    assert [row["name"] for row in json.loads(done.stdout)] == ["quick"]
    _measured([good, bad], monkeypatch)
    done = CliRunner().invoke(cli.main, ["bench", "--json", "--quick"])
    assert done.exit_code == 1
    assert [row["holds"] for row in json.loads(done.stdout)] == [True, False]


def test_a_bench_that_is_not_there_is_refused_in_a_sentence() -> None:
    done = CliRunner().invoke(cli.main, ["bench", "weather"])
    assert done.exit_code == 2
    assert "there are: rules" in done.stderr


def test_the_report_gives_ratios_first_and_says_what_was_not_measured(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(report, "REPORTS", tmp_path)
    rows = [
        at_least("rules", "s", 0.1, "DuckDB", 1.1, 7),
        unmeasured("rules", "s", "Spark SQL", "", "it would need about 40 GB; 20 GB are free"),
    ]
    found = [
        Measurement(What("duckdb", 1000), "DuckDB", "duckdb 2", [1.0, 1.1, 1.3], [2.0, 2.2, 2.4], peak_mb=200),
        Measurement(What("spark", 1000), failed="it would need about 40 GB; 20 GB are free"),
    ]
    path = report.write("rules", report.machine(), rows, found, date(2026, 11, 25))
    text = path.read_text()
    assert path.name == "2026-11-25-rules.md"
    assert text.index("| rules | DuckDB | 11 | ≥ 7 | yes |") < text.index("| DuckDB | duckdb 2 | 1,000 |")
    assert text.count("not measured: it would need about 40 GB") == 2
    record = json.loads(path.with_suffix(".json").read_text())
    assert [row["holds"] for row in record["rows"]] == [True, None]
    assert record["measurements"][0]["seconds"] == [1.0, 1.1, 1.3]
