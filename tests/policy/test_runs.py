"""Runs over a folder of facts: the same result whatever interrupts them, on whatever engine, in whatever order."""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path

import pytest

from chunyu.policy import PolicyError, load_pack
from chunyu.policy.columns import Facts, FactsError, facts_of_cases
from chunyu.policy.facts_folder import FactsFolder, FactsWriter, open_facts, write_facts
from chunyu.policy.kernel import decide_many
from chunyu.policy.running import read_results, run
from tests.policy.families import families

ON = date(2026, 3, 6)
PACK = "national-2021"


@pytest.fixture(scope="module")
def facts() -> Facts:
    return facts_of_cases(load_pack(PACK), families(400, seed=3))


@pytest.fixture
def folder(facts: Facts, tmp_path: Path) -> FactsFolder:
    return write_facts(tmp_path / "facts", facts, ON)


def test_results_are_those_of_the_facts_in_memory(facts: Facts, folder: FactsFolder, tmp_path: Path):
    found = run(PACK, folder.path, ON, tmp_path / "out")
    rows = {row["household"]: row for row in read_results(tmp_path / "out").to_pylist()}
    expected = decide_many(load_pack(PACK), facts, ON)
    assert found.households == len(rows) == 400
    for position, household in enumerate(facts.households["household"].to_pylist()):
        for rule in found.rules:
            assert rows[household][rule] == expected[rule].native(position), rule


def test_a_manifest_says_what_the_run_was_made_of(folder: FactsFolder, tmp_path: Path):
    found = run(PACK, folder.path, ON, tmp_path / "out", ["category"])
    said = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert said["facts"] == folder.digest
    assert said["version"] == load_pack(PACK).digest
    assert said["date"] == "2026-03-06"
    assert said["digest"] == found.digest
    assert sum(piece["households"] for piece in said["pieces"]) == 400


def test_the_digest_follows_the_content_alone(folder: FactsFolder, tmp_path: Path):
    whole = run(PACK, folder.path, ON, tmp_path / "one", threads=1)
    assert run(PACK, folder.path, ON, tmp_path / "two", threads=2).digest == whole.digest
    assert run(PACK, folder.path, date(2026, 3, 7), tmp_path / "three").digest != whole.digest
    assert run(PACK, folder.path, ON, tmp_path / "four", ["category"]).digest != whole.digest


def test_a_started_run_goes_on_where_it_stopped(folder: FactsFolder, tmp_path: Path):
    whole = run(PACK, folder.path, ON, tmp_path / "out")
    first, second = whole.pieces[:2]
    lost = tmp_path / "out" / first.piece.name
    kept = tmp_path / "out" / second.piece.name
    lost.unlink()
    (tmp_path / "out" / "manifest.json").unlink()
    before = kept.stat().st_mtime_ns
    calls: list[tuple[int, int]] = []
    again = run(PACK, folder.path, ON, tmp_path / "out", progress=lambda done, total: calls.append((done, total)))
    assert again.digest == whole.digest
    assert kept.stat().st_mtime_ns == before
    assert calls[0] == (400 - first.households, 400)
    assert calls[-1] == (400, 400)


def test_another_run_does_not_mix_with_this_one(folder: FactsFolder, tmp_path: Path):
    run(PACK, folder.path, ON, tmp_path / "out")
    with pytest.raises(PolicyError, match="holds the results of another run"):
        run(PACK, folder.path, date(2026, 3, 7), tmp_path / "out")


def test_facts_changed_under_way_do_not_count(folder: FactsFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("chunyu.policy.running.TOGETHER", 1)
    members = folder.file(folder.parts[-1].region, "members")

    def meddle(done: int, total: int) -> None:
        if 0 < done < total:
            os.utime(members, ns=(1, 1))

    with pytest.raises(FactsError, match="changed during the run"):
        run(PACK, folder.path, ON, tmp_path / "out", threads=1, progress=meddle)
    assert not (tmp_path / "out" / "manifest.json").exists()


def test_row_groups_bound_what_is_held_at_once(facts: Facts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    whole = run(PACK, write_facts(tmp_path / "facts", facts, ON).path, ON, tmp_path / "out", ["category"])
    monkeypatch.setattr("chunyu.policy.facts_folder.HOUSEHOLDS_IN_GROUP", 37)
    small = write_facts(tmp_path / "small", facts, ON)
    parts = run(PACK, small.path, ON, tmp_path / "parts", ["category"])
    assert len(parts.pieces) > 2 * len(whole.pieces)
    read = [read_results(tmp_path / name).sort_by("household").to_pylist() for name in ("out", "parts")]
    assert read[0] == read[1]


def test_a_folder_that_was_meddled_with_is_refused(folder: FactsFolder, tmp_path: Path):
    manifest = folder.path / "manifest.json"
    text = manifest.read_text()
    manifest.write_text(text.replace('"date": "2026-03-06"', '"date": "2026-03-07"'))
    with pytest.raises(FactsError, match="has been changed"):
        open_facts(folder.path)
    manifest.write_text("{")
    with pytest.raises(FactsError, match="cannot be read"):
        open_facts(folder.path)
    manifest.unlink()
    with pytest.raises(FactsError, match="has no manifest"):
        open_facts(folder.path)


def test_a_writer_refuses_a_region_without_its_places(facts: Facts, tmp_path: Path):
    writer = FactsWriter(tmp_path / "facts", ON, {})
    with pytest.raises(FactsError, match="no chain of places"):
        writer.add("139901", iter([facts]))
