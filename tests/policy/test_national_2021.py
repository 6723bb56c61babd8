"""The national rulebook from 2021: its own worked examples are its tests."""

from __future__ import annotations

import pytest

from chunyu.policy import Pack, load_pack
from chunyu.policy.examples import run_examples

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
