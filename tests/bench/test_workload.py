"""The workload says the same in every form: the pack decided one household at a time, and the rules by hand."""

from __future__ import annotations

import numpy as np
import pytest

from bench.workload import CODES, COLUMNS, COUNTS, ON, PACK
from bench.workload.cases import cases
from bench.workload.parameters import counties
from bench.workload.province import CHUNK, Chunk, chunks, whole
from bench.workload.reference import Columns, all_columns, in_fen
from chunyu.policy import Pack, decide, load_pack

HOUSEHOLDS = 2_000


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack(PACK)


@pytest.fixture(scope="module")
def province() -> Chunk:
    return whole(HOUSEHOLDS)


@pytest.fixture(scope="module")
def by_hand(province: Chunk) -> Columns:
    return in_fen(all_columns(province))


def test_the_interpreter_gives_what_the_rules_by_hand_give_to_the_fen(
    pack: Pack, province: Chunk, by_hand: Columns
) -> None:
    decided = [decide(pack, case, ON, regions).values for _, case, regions in cases(province)]
    for name in COLUMNS:
        codes = CODES.get(name)
        values = [codes.index(str(values[name])) if codes else values[name] for values in decided]
        assert values == by_hand[name].tolist(), name


def test_every_programme_and_every_category_occurs(by_hand: Columns) -> None:
    for name in COLUMNS:
        assert np.any(by_hand[name]), name
    assert set(np.unique(by_hand["category"])) == {0, 1, 2, 3}
    assert set(np.unique(by_hand["warmth_group"])) == {0, 1, 2, 3, 4, 5}


def test_the_province_is_the_same_whenever_it_is_drawn() -> None:
    once, again = whole(CHUNK + 500), whole(CHUNK + 500)
    for table in ("households", "persons"):
        for name, column in getattr(once, table).items():
            assert np.array_equal(column, getattr(again, table)[name]), name
    county = once.households["county"]
    assert np.all(np.diff(county) >= 0)
    assert len(np.unique(county)) == len(counties()) == 170
    assert len(next(iter(chunks(10))).sizes) == 10


def test_the_columns_are_those_that_the_reports_count() -> None:
    assert len(COLUMNS) == 44
    assert len(COUNTS) == 19
    assert set(COLUMNS) >= COUNTS
