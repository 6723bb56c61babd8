"""A made-up province of any size, the same on every machine: drawn in chunks from counter-based random numbers.

Households are grouped by county, as a federation freezes them, and people by household. Distributions resemble a
province's: three people a household, some poor, some ill, most with a union member. All money is whole yuan.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from bench.workload.parameters import counties

CHUNK = 100_000
SEED = 20260301
SIZES = np.array([0.17, 0.24, 0.27, 0.16, 0.09, 0.045, 0.015, 0.01])


@dataclass(frozen=True)
class Chunk:
    """Some whole households with their members: columns by name, as `HOUSEHOLDS` and `PERSONS` declare them."""

    households: dict[str, np.ndarray]
    persons: dict[str, np.ndarray]
    sizes: np.ndarray


def chunks(households: int) -> Iterator[Chunk]:
    """The province of that many households, in order of household number."""
    ends = _county_ends(households)
    for number, first in enumerate(range(0, households, CHUNK)):
        rng = np.random.Generator(np.random.Philox(key=[SEED, number]))
        hid = np.arange(first, min(first + CHUNK, households), dtype=np.int32)
        yield _chunk(rng, hid, np.searchsorted(ends, hid, side="right").astype(np.int16))


def _county_ends(households: int) -> np.ndarray:
    """The household number at which each county ends; the largest is five times the smallest."""
    rng = np.random.Generator(np.random.Philox(key=[SEED, 2**32]))
    weights = rng.uniform(1, 5, len(counties()))
    return np.floor(np.cumsum(weights) / weights.sum() * households + 0.5)


def _chunk(rng: np.random.Generator, hid: np.ndarray, county: np.ndarray) -> Chunk:
    n = len(hid)
    sizes = rng.choice(np.arange(1, 9), n, p=SIZES)
    means = np.where(rng.random(n) < 0.22, rng.uniform(0.25, 0.75, n), 1.0)
    poor = means < 1
    urban = rng.random(n) < 0.6
    housing = rng.choice(4, n, p=[0.7, 0.18, 0.08, 0.04]).astype(np.int8)
    rent = np.where(housing == 1, np.round(rng.gamma(3, 220, n)), 0.0)
    rent[housing == 2] = np.round(rng.uniform(50, 300, n))[housing == 2]
    cars = np.where(poor, rng.random(n) < 0.05, rng.choice(3, n, p=[0.55, 0.4, 0.05])).astype(np.int8)
    homes = {
        "hid": hid,
        "county": county,
        "urban": urban.astype(np.int8),
        "housing": housing,
        "rent": rent,
        "cars": cars,
        "second_home": (rng.random(n) < np.where(poor, 0.01, 0.12)).astype(np.int8),
        "disaster": (rng.random(n) < 0.03).astype(np.int8),
    }
    return Chunk(homes, _persons(rng, hid, sizes, means), sizes)


def _persons(rng: np.random.Generator, hid: np.ndarray, sizes: np.ndarray, means: np.ndarray) -> dict[str, np.ndarray]:
    owner = np.repeat(np.arange(len(hid)), sizes)
    n = len(owner)
    place = np.arange(n) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    age = _ages(rng, place, np.repeat(sizes, sizes))
    woman = rng.random(n) < 0.49
    school, student = _schooling(rng, age)
    illness = np.where(
        rng.random(n) < 0.06 + 0.12 * (age > 60),
        rng.choice(np.arange(1, 10), n, p=[0.04, 0.12, 0.12, 0.1, 0.14, 0.18, 0.1, 0.08, 0.12]),
        0,
    )
    employment = _employment(rng, age, student, means[owner] < 1)
    insured = np.where(employment == 0, 0, np.minimum(rng.geometric(1 / 70, n), 480))
    owed = np.where((employment == 3) & (rng.random(n) < 0.07), np.round(rng.gamma(2, 4500, n)), 0.0)
    return {
        "hid": hid[owner],
        "age": age.astype(np.int8),
        "sex": woman.astype(np.int8),
        "income": _income(rng, employment, means[owner]),
        "student": student.astype(np.int8),
        "school": school.astype(np.int8),
        "disability": np.where(rng.random(n) < 0.05, rng.integers(1, 5, n), 0).astype(np.int8),
        "illness": illness.astype(np.int8),
        "own_pay": _own_pay(rng, illness),
        "employment": employment.astype(np.int8),
        "union_member": ((rng.random(n) < 0.75) & np.isin(employment, (1, 3, 4))).astype(np.int8),
        "insured_months": insured.astype(np.int16),
        "wages_owed": owed,
    }


def _ages(rng: np.random.Generator, place: np.ndarray, size: np.ndarray) -> np.ndarray:
    n = len(place)
    old_home = (size <= 2) & (rng.random(n) < 0.3)
    grown = np.where(old_home, rng.integers(60, 93, n), rng.integers(22, 60, n))
    kind = rng.random(n)
    younger = np.where(kind < 0.6, rng.integers(0, 24, n), rng.integers(24, 60, n))
    alone = (place == 1) & (size > 1) & (np.repeat(rng.random(int((place == 0).sum())), size[place == 0]) < 0.12)
    raised_by_one = np.where(kind < 0.8, rng.integers(0, 18, n), grown)
    later = np.where(kind > 0.78, rng.integers(60, 96, n), younger)
    return np.where(alone, raised_by_one, np.where(place < 2, grown, later))


def _schooling(rng: np.random.Generator, age: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    n = len(age)
    stage = np.select([age < 6, age < 12, age < 15, age < 18], [0, 1, 2, 3], 4)
    student = (age >= 6) & ((age < 16) | ((age < 18) & (rng.random(n) < 0.85)) | ((age < 24) & (rng.random(n) < 0.5)))
    return np.where(age < 24, stage, rng.choice(5, n, p=[0.1, 0.2, 0.35, 0.2, 0.15])), student


def _employment(rng: np.random.Generator, age: np.ndarray, student: np.ndarray, poor: np.ndarray) -> np.ndarray:
    n = len(age)
    usual = rng.choice(6, n, p=[0.1, 0.5, 0.06, 0.22, 0.0, 0.12])
    hard = rng.choice(6, n, p=[0.3, 0.22, 0.18, 0.25, 0.0, 0.05])
    working = np.where(poor, hard, usual)
    retired = np.where(rng.random(n) < 0.8, 4, 0)
    return np.where((age < 18) | student, 0, np.where(age >= 60, retired, working))


def _income(rng: np.random.Generator, employment: np.ndarray, means: np.ndarray) -> np.ndarray:
    n = len(employment)
    middle = np.array([0, 4200, 600, 3600, 2600, 4600])[employment]
    drawn = middle * np.exp(rng.normal(0, 0.45, n)) * means
    return np.minimum(np.round(drawn), 200_000)


def _own_pay(rng: np.random.Generator, illness: np.ndarray) -> np.ndarray:
    n = len(illness)
    usual = np.where(rng.random(n) < 0.55, 0, rng.gamma(1.2, 700, n))
    heavy = np.isin(illness, (1, 3, 4, 5))
    return np.minimum(np.round(np.where(heavy, rng.lognormal(9.6, 0.9, n), usual + 1500 * (illness > 0))), 400_000)


def whole(households: int) -> Chunk:
    """The whole province at once, for sizes that fit in memory."""
    parts = list(chunks(households))
    return Chunk(
        {name: np.concatenate([part.households[name] for part in parts]) for name in parts[0].households},
        {name: np.concatenate([part.persons[name] for part in parts]) for name in parts[0].persons},
        np.concatenate([part.sizes for part in parts]),
    )
