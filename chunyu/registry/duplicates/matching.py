"""The look for one person on two files: Splink on DuckDB, in memory, without files and without a network.

Memory is bounded by DuckDB's own limit over the columns of `features`; nothing is spilled to disk, since the columns
hold clear numbers: a look that needs more ends with an error instead.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from chunyu.registry.duplicates.features import Person, columns
from chunyu.registry.duplicates.model import BLOCKING, COMPARISONS, MILLION, NOT_SAID, Comparison, Weights, shipped

MEMORY_LIMIT = "6GB"
THREADS = 2
AT_ONCE = 10_000


@dataclass(frozen=True)
class Match:
    """Two people, by their places in what was compared (left before right), the score in thousandths of a bit, and the
    level that each comparison came to."""

    left: int
    right: int
    score: int
    levels: dict[str, str]


def find(people: Sequence[Person], weights: Weights | None = None, *, every: bool = False) -> Iterator[Match]:
    """Pairs of different files that reach the threshold, the strongest first; with `every`, all that were compared."""
    weights = weights or shipped()
    if len(people) < 2:
        return
    table = columns(people)
    with memory() as connection:
        linker = _linker(connection, table, weights)
        del table
        predicted = linker.inference.predict(threshold_match_weight=None if every else weights.threshold / 1000 - 0.5)
        gammas = ", ".join(f"gamma_{each.code}" for each in COMPARISONS)
        names = _score_sql(weights)
        found = connection.execute(
            f"SELECT unique_id_l, unique_id_r, {names} AS score, {gammas} FROM {predicted.physical_name} "  # noqa: S608 - names and numbers of the shipped table
            f"{'' if every else f'WHERE {names} >= {weights.threshold}'} ORDER BY score DESC, 1, 2"
        )
        while rows := found.fetchmany(AT_ONCE):
            for left, right, score, *levels in rows:
                said = {each.code: level_of(each, gamma) for each, gamma in zip(COMPARISONS, levels, strict=True)}
                yield Match(min(left, right), max(left, right), int(score), said)


def level_of(comparison: Comparison, gamma: int) -> str:
    """Splink numbers the levels from the weakest, 0, upwards; -1 is not said."""
    return NOT_SAID if gamma < 0 else comparison.levels[len(comparison.levels) - 1 - gamma].code


def _score_sql(weights: Weights) -> str:
    """The sum of the table's own whole numbers, so that a page can add up what it shows."""
    parts = []
    for each in COMPARISONS:
        last = len(each.levels) - 1
        cases = " ".join(
            f"WHEN {last - place} THEN {weights.weigh(each.code, level.code)}"
            for place, level in enumerate(each.levels)
        )
        parts.append(f"CASE gamma_{each.code} {cases} ELSE 0 END")
    return f"({' + '.join(parts)})"


@contextmanager
def memory() -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory only: nothing is written to disk, nothing is loaded from outside."""
    connection = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": MEMORY_LIMIT,
            "threads": THREADS,
            "temp_directory": "",
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
            "preserve_insertion_order": False,
        },
    )
    try:
        yield connection
    finally:
        connection.close()


def _linker(connection: duckdb.DuckDBPyConnection, table: pa.Table, weights: Weights) -> Any:
    from splink import DuckDBAPI, Linker

    logging.getLogger("splink").setLevel(logging.ERROR)
    # Loaded only now: the pages of this room need none of it.
    connection.register("people_view", table)
    connection.execute("CREATE TABLE people AS SELECT * FROM people_view")
    connection.unregister("people_view")
    database = DuckDBAPI(connection=connection)
    people = database.register("people")
    return Linker(people, settings(weights), validate_settings=False, log_level=None)


def settings(weights: Weights) -> dict[str, Any]:
    """The model as Splink takes it."""
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "unique_id",
        # Even odds: what is shown is the sum of what was compared, and no prior that nobody sees.
        "probability_two_random_records_match": 0.5,
        # Splink keeps the numbers of the levels only together with these; by the threshold they are few.
        "retain_matching_columns": True,
        "retain_intermediate_calculation_columns": False,
        "comparisons": [_comparison(each, weights) for each in COMPARISONS],
        "blocking_rules_to_generate_predictions": [_blocking(columns) for columns in BLOCKING],
        "additional_columns_to_retain": [],
    }


def _blocking(shared: tuple[str, ...]) -> dict[str, str]:
    equal = " AND ".join(f"l.{column} = r.{column}" for column in shared)
    return {"blocking_rule": f"{equal} AND l.household <> r.household", "sql_dialect": "duckdb"}


def _comparison(each: Comparison, weights: Weights) -> dict[str, Any]:
    levels: list[dict[str, Any]] = []
    if each.unknown:
        levels.append({"sql_condition": each.unknown, "label_for_charts": NOT_SAID, "is_null_level": True})
    levels += [
        {
            "sql_condition": level.sql or "ELSE",
            "label_for_charts": level.code,
            "m_probability": weights.m[each.code][level.code] / MILLION,
            "u_probability": weights.u[each.code][level.code] / MILLION,
        }
        for level in each.levels
    ]
    return {"output_column_name": each.code, "comparison_levels": levels, "comparison_description": each.code}
