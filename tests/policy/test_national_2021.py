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


def test_every_amount_without_a_found_source_says_so(national: Pack):
    """A value stands on a source that was found, or is marked as general knowledge, a proposal or invented."""
    marks = ("[found", "[GK", "[proposal", "虚构", "D1", "未填即未知")
    unmarked = [
        f"{parameter.name} {setting.region}: {setting.source}"
        for parameter in national.parameters.values()
        for setting in parameter.settings
        if not any(mark in setting.source for mark in marks)
    ]
    assert unmarked == []
