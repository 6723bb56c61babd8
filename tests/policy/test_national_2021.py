"""The national rulebook from 2021: its own worked examples are its tests."""

from __future__ import annotations

import shutil

import pytest

from chunyu.policy import Pack, load_pack
from chunyu.policy.examples import run_examples
from chunyu.policy.loading import PACKS

PACK = load_pack("national-2021")


@pytest.mark.parametrize("result", list(run_examples(PACK)), ids=lambda result: result.example.name)
def test_worked_example_comes_out(result):
    assert result.error is None
    assert result.differences == ()


@pytest.mark.parametrize("number", range(1, 11))
def test_every_reference_vector_is_an_example(number):
    assert any(example.name.split()[0] == f"V{number}" for example in PACK.examples)


def test_equal_content_is_the_same_version(national: Pack):
    assert load_pack("national-2021").digest == national.digest
    changed = national.replacing({"living_standard": "700"}, "测试")
    assert changed.digest != national.digest


def test_line_ends_do_not_make_another_version(national: Pack, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(PACKS / "national-2021", copy)
    for file in copy.rglob("*.*"):
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert load_pack(copy).digest == national.digest
    facts = copy / "facts.toml"
    facts.write_text(facts.read_text(encoding="utf-8") + "# 改一个字\n", encoding="utf-8")
    assert load_pack(copy).digest != national.digest


def test_every_value_names_a_source_of_the_list_or_says_that_it_has_none(national: Pack):
    page = (PACKS / "national-2021/SOURCES.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| ")][1:]
    named = [name.strip() for row in rows for name in row.split(",")]
    without = ["建议", "通行做法", "约数", "虚构", "未填即未知"]
    unsourced = [
        f"{parameter.name} {setting.region}: {setting.source}"
        for parameter in national.parameters.values()
        for setting in parameter.settings
        if not any(name in setting.source for name in (*named, *without))
    ]
    assert unsourced == []
