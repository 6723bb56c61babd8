"""The kernel and the yardstick on the bench's workload: what is measured must be right first."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bench import data, ours
from bench.measuring import OURS, Measurement, What, differences
from bench.peers import protocol
from bench.peers.numpy_blocks import run as yardstick
from bench.peers.numpy_blocks.kernel import Kernel, Tables, lay_out, results
from bench.workload import CODES, COLUMNS, COUNTS, ON, PACK
from bench.workload.province import Chunk, whole
from bench.workload.reference import Columns, all_columns, in_fen
from chunyu.policy import load_pack
from chunyu.policy.kernel import decide_many

HOUSEHOLDS = 2_000


@pytest.fixture(scope="module")
def province() -> Chunk:
    return whole(HOUSEHOLDS)


@pytest.fixture(scope="module")
def by_hand(province: Chunk) -> Columns:
    return all_columns(province)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workload's files, small."""
    built = tmp_path_factory.mktemp("bench")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(data, "BUILD", built)
        return data.prepare(HOUSEHOLDS)


def test_the_kernel_gives_what_the_rules_by_hand_give_to_the_fen(province: Chunk, by_hand: Columns) -> None:
    facts = data.facts_of(province.households, province.persons, province.sizes)
    found = decide_many(load_pack(PACK), facts, ON, COLUMNS, threads=2, size=700)
    expected = in_fen(by_hand)
    for name in COLUMNS:
        column = found[name]
        assert column.known.all(), name
        values = column.values
        if name in CODES:
            values = np.array([CODES[name].index(code) for code in column.codes])[values]
        assert np.array_equal(values, expected[name]), name


def test_the_yardstick_gives_the_same_in_its_own_order(province: Chunk, by_hand: Columns) -> None:
    block = lay_out(province.households, province.persons, province.sizes)
    found = results(HOUSEHOLDS)
    Kernel(Tables.in_force(), HOUSEHOLDS).run(block, found)
    for name in COLUMNS:
        expected = by_hand[name][block.hid]
        if name in COUNTS:
            assert np.array_equal(found[name], expected), name
        else:
            np.testing.assert_allclose(found[name], expected, rtol=1e-13, err_msg=name)


@pytest.mark.parametrize("mode", ["memory", "parquet"])
@pytest.mark.parametrize("variables", ["final", "all"])
def test_both_give_equal_sums_by_the_peers_protocol(folder: Path, tmp_path: Path, mode: str, variables: str) -> None:
    asked = protocol.Request(folder, HOUSEHOLDS, 1, mode, variables, "", tmp_path)
    checks = []
    for engine in (ours, yardstick):
        run = engine.load(asked)
        checks.append(dict(run.sums(run.once(run.prepare()))))
    measured = [
        Measurement(What(engine, HOUSEHOLDS, mode, variables), checks=sums)
        for engine, sums in zip((OURS, "numpy_blocks"), checks, strict=True)
    ]
    assert set(checks[0]) == set(checks[1]) == set(asked.columns)
    assert differences(*measured) == []


def test_a_result_that_differs_is_told(folder: Path, tmp_path: Path) -> None:
    run = yardstick.load(protocol.Request(folder, HOUSEHOLDS, 1, "memory", "all", "", tmp_path))
    right = Measurement(What("numpy_blocks", HOUSEHOLDS), checks=dict(run.sums(run.once(None))))
    one_more = Measurement(What(OURS, HOUSEHOLDS), checks={**right.checks, "category": right.checks["category"] + 1})
    a_fen = Measurement(What("duckdb", HOUSEHOLDS), checks={**right.checks, "total": right.checks["total"] + 0.01})
    assert [line.split(":")[0] for line in differences(one_more, right)] == ["category"]
    assert [line.split(":")[0] for line in differences(a_fen, right)] == ["total"]
