"""The rules by hand, in NumPy, as plainly as one would write them: what every engine's results are compared with.

Whole yuan in float64, quotients unrounded. `in_fen` rounds the three quotients as the language declares.
"""

from __future__ import annotations

import numpy as np

from bench.workload import ROUNDED
from bench.workload.parameters import in_force, standards, wages, zones
from bench.workload.province import Chunk

Columns = dict[str, np.ndarray]


def brackets(own_pay: np.ndarray) -> np.ndarray:
    """Each slice of the costs at its own rate. Exact to the tenth of a yuan."""
    return (
        5 * np.clip(own_pay - 2000, 0, 8000)
        + 6 * np.clip(own_pay - 10000, 0, 40000)
        + 7 * np.maximum(own_pay - 50000, 0)
    ) / 10


def all_columns(province: Chunk) -> Columns:
    """The 44 variables of each household, in order of household."""
    homes, people = province.households, province.persons
    found = _aggregates(people, province.sizes)
    found |= _derived(homes, found)
    owner = np.repeat(np.arange(len(province.sizes)), province.sizes)
    starts = np.cumsum(province.sizes) - province.sizes
    for name, each in _by_member(people, {name: found[name][owner] for name in SEEN_BY_MEMBERS}).items():
        found[name] = np.add.reduceat(each, starts)
    found |= _programmes(homes, found)
    return found


def in_fen(found: Columns) -> Columns:
    """The same as the language declares it: money in whole fen, the ratio in millionths, flags and counts as they are.

    Nothing but quotients needs rounding; halves go up, and every quotient here is positive.
    """
    fen = {name: np.floor(found["net"] * 100 / (12 * found["persons"]) + 0.5) for name in ("net_per_head",)}
    fen["income_per_head"] = np.floor(found["income"] * 100 / found["persons"] + 0.5)
    line = found["line"] * 100
    fen["ratio"] = np.floor(fen["net_per_head"] * 1_000_000 / line + 0.5)
    for name, column in found.items():
        if name not in fen and column.dtype == np.float64:
            fen[name] = column * 100
    return {name: np.rint(fen[name]).astype(np.int64) if name in fen else column for name, column in found.items()}


SEEN_BY_MEMBERS = ("category", "income_per_head", "line", "wage")
assert set(ROUNDED) == {"net_per_head", "income_per_head", "ratio"}


def _aggregates(people: Columns, sizes: np.ndarray) -> Columns:
    starts = np.cumsum(sizes) - sizes
    age, own_pay, student = people["age"], people["own_pay"], people["student"] != 0
    work = (age >= 18) & (age < 60)
    woman = people["sex"] == 1
    earns = np.isin(people["employment"], (1, 3, 5))
    starter = (people["employment"] == 2) & (age >= 18) & (age < 45) & (people["insured_months"] >= 12)
    schooling = np.array([0.0, 1000, 1500, 4000, 12000])[people["school"]]

    def count(which: np.ndarray) -> np.ndarray:
        return np.add.reduceat(which.astype(np.int64), starts)

    def some(which: np.ndarray) -> np.ndarray:
        return np.logical_or.reduceat(which, starts)

    return {
        "persons": sizes.astype(np.int64),
        "children": count(age < 18),
        "elders": count(age >= 60),
        "students": count(student),
        "income": np.add.reduceat(people["income"], starts),
        "medical_costs": np.add.reduceat(np.maximum(0, own_pay - 2000), starts),
        "schooling_costs": np.add.reduceat(np.where(student, schooling, 0), starts),
        "own_pay": np.add.reduceat(own_pay, starts),
        "any_union_member": some(people["union_member"] != 0),
        "any_severe_disability": some(np.isin(people["disability"], (1, 2))),
        "any_major_illness": some(_major(people)),
        "highest_school": np.maximum.reduceat(np.where(student, people["school"], 0), starts).astype(np.int64),
        "working_women": count(work & woman),
        "working_men": count(work & ~woman),
        "earning_women": count(work & woman & earns),
        "any_starter": some(starter),
    }


def _major(people: Columns) -> np.ndarray:
    return np.isin(people["illness"], (1, 3, 4, 5))


def _derived(homes: Columns, of: Columns) -> Columns:
    county = homes["county"]
    line = in_force(standards())[county, homes["urban"]]
    rent = np.where(homes["housing"] == 1, np.minimum(homes["rent"], 0.5 * line), 0.0)
    rigid = of["medical_costs"] + of["schooling_costs"] + 12 * rent
    net = np.maximum(0, 12 * of["income"] - rigid)
    net_per_head, income_per_head = net / (12 * of["persons"]), of["income"] / of["persons"]
    ratio = net_per_head / line
    cars = (homes["cars"] >= 2) | ((homes["cars"] == 1) & ~of["any_severe_disability"])
    home, rich = homes["second_home"] == 1, income_per_head > 3 * line
    excluded = cars | home | rich | ~of["any_union_member"]
    struck = (homes["disaster"] == 1) | (of["any_major_illness"] & (of["own_pay"] > 0.25 * 12 * of["income"]))
    category = np.select(
        [excluded, ratio <= 1, ratio <= 1.5, (income_per_head <= 2 * line) & struck], [0, 1, 2, 3], default=0
    )
    return {
        "line": line,
        "wage": in_force(wages())[county, 0],
        "north": zones()[county] == 1,
        "rent_deduction": rent,
        "rigid": rigid,
        "net": net,
        "net_per_head": net_per_head,
        "income_per_head": income_per_head,
        "ratio": ratio,
        "excluded_by_cars": cars,
        "excluded_by_home": home,
        "excluded_by_income": rich,
        "excluded": excluded,
        "category": category,
    }


def _by_member(people: Columns, home: Columns) -> Columns:
    """Seven programmes of each member, who sees the values of their household."""
    age, own_pay, employment = people["age"], people["own_pay"], people["employment"]
    category = home["category"]
    hard, deeper = category > 0, np.isin(category, (1, 2))
    student = people["student"] != 0
    tenths = np.array([0, 10, 7, 5])[category]
    education = np.array([0.0, 0, 500, 2000, 5000])[people["school"]] * np.where(category == 1, 1, 0.5)
    owed = (employment == 3) & (people["wages_owed"] > 0) & (hard | (home["income_per_head"] <= 2 * home["line"]))
    insured = people["insured_months"]
    covered = (people["union_member"] != 0) & (insured >= 12) & _major(people)
    learner = (employment == 2) & (age >= 18) & (age < 55)
    return {
        "medical": np.minimum(30000, tenths * brackets(own_pay) / 10),
        "dialysis": np.where((people["illness"] == 1) & hard, np.where(category == 1, 6000.0, 4000.0), 0),
        "cataract": np.where((people["illness"] == 2) & deeper & (age >= 50), np.minimum(own_pay, 2000), 0),
        "education": np.where(student & hard, education, 0),
        "arrears": np.where(owed, np.minimum(people["wages_owed"], 2 * home["wage"]), 0),
        "mutual": np.where(covered, np.minimum(20000, 3 * np.maximum(0, own_pay - 5000) / 10), 0),
        "training": np.where(learner, np.where(hard, 1500.0, np.where(insured >= 36, 1000.0, 0)), 0),
    }


def _programmes(homes: Columns, of: Columns) -> Columns:
    n, line, category = of["persons"], of["line"], of["category"]
    hard, deeper = category > 0, np.isin(category, (1, 2))
    gap = np.minimum(np.maximum(0, 12 * line * n - of["net"]), 9 * line * n)
    mother = (
        (of["working_women"] == 1)
        & (of["working_men"] == 0)
        & (of["children"] >= 1)
        & (of["earning_women"] >= 1)
        & hard
    )
    old = (of["elders"] == n) & (n <= 2) & (of["ratio"] <= 2) & ~of["excluded"]
    struck = (homes["disaster"] == 1) & ~of["excluded"]
    group = np.select([hard, old, struck], [category, 4, 5], default=0)
    found = {
        "living": np.select([category == 1, category == 2], [gap, 3 * line], default=0.0),
        "single_mother": np.where(mother, 2000.0 + 500 * of["children"], 0),
        "warmth_group": group,
        "warmth": np.array([0.0, 2000, 1200, 800, 600, 500])[group],
        "winter": np.where(deeper & of["north"], 300.0 + 50 * n, 0),
        "startup": np.where(of["any_starter"] & hard, 8000.0, 0),
    }
    parts = ("medical", "dialysis", "cataract", "education", "arrears", "mutual", "training")
    given = sum(of[name] for name in parts) + sum(
        found[name] for name in ("living", "single_mother", "warmth", "winter", "startup")
    )
    return found | {"total": np.minimum(60000, given)}
