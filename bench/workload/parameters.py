"""What lines, wages and zones are worth in each county, read from the pack's own CSV: one source for every engine."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np

from bench.workload import ON, PACK


@dataclass(frozen=True)
class Dated:
    """Rows (county number, town or not, first day, yuan), as a table that engines look up as of a day."""

    name: str
    rows: tuple[tuple[int, int, date, float], ...]


def _rows() -> list[dict[str, str]]:
    with (PACK / "parameters" / "counties.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@cache
def counties() -> tuple[str, ...]:
    """The codes of the counties. A county's number is its place here."""
    return tuple(dict.fromkeys(row["region"] for row in _rows()))


def chain(county: str) -> tuple[str, ...]:
    """The regions that a county lies in, nearest first."""
    return county, county[:4], county[:2], "national"


@cache
def standards() -> Dated:
    """The living standard by county, town (1) or country (0), and date, in yuan a month."""
    place = {code: number for number, code in enumerate(counties())}
    kinds = {"urban_standard": 1, "rural_standard": 0}
    return Dated(
        "standards",
        tuple(
            (place[row["region"]], kinds[row["name"]], date.fromisoformat(row["valid_from"]), float(row["value"]))
            for row in _rows()
            if row["name"] in kinds
        ),
    )


@cache
def wages() -> Dated:
    """The minimum wage by county and date, in yuan a month; the same in town and country."""
    place = {code: number for number, code in enumerate(counties())}
    return Dated(
        "wages",
        tuple(
            (place[row["region"]], 0, date.fromisoformat(row["valid_from"]), float(row["value"]))
            for row in _rows()
            if row["name"] == "minimum_wage"
        ),
    )


@cache
def zones() -> np.ndarray:
    """int8 by county: 1 where homes are heated in winter."""
    return np.array([row["value"] == "yes" for row in _rows() if row["name"] == "northern"], np.int8)


def in_force(table: Dated, on: date = ON) -> np.ndarray:
    """float64 [county, town]: the value of the last row whose first day is not after `on`."""
    found = np.full((len(counties()), 2), np.nan)
    for county, town, _, yuan in sorted((row for row in table.rows if row[2] <= on), key=lambda row: row[2]):
        found[county, town] = yuan
    return found
