"""The workload: a province of households (`province`), what the rules are worth where (`parameters`), the rules
themselves as a pack (`pack/`) and by hand (`reference`), and the columns that every engine must give (here).
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

ON = date(2026, 3, 1)
PACK = Path(__file__).parent / "pack"

# Codes as small integers, for engines that take them so. A code's number is its place in its tuple.
CODES = {
    "sex": ("male", "female"),
    "school": ("none", "primary", "junior", "senior", "college"),
    "disability": ("none", "first", "second", "third", "fourth"),
    "illness": (
        "none",
        "uraemia",
        "cataract",
        "cancer",
        "stroke",
        "heart",
        "diabetes",
        "lung",
        "hepatitis",
        "other",
    ),
    "employment": ("none", "employed", "unemployed", "migrant", "retired", "self_employed"),
    "housing": ("own", "rented", "public_rental", "shared"),
    "category": ("none", "deep", "relative", "accidental"),
    "warmth_group": ("none", "deep", "relative", "accidental", "elders", "disaster"),
}

# Input columns, with the type that engines with small integers are given. Money is whole yuan in a float64.
HOUSEHOLDS = {
    "hid": "int32",
    "county": "int16",
    "urban": "int8",
    "housing": "int8",
    "rent": "float64",
    "cars": "int8",
    "second_home": "int8",
    "disaster": "int8",
}
PERSONS = {
    "hid": "int32",
    "age": "int8",
    "sex": "int8",
    "income": "float64",
    "student": "int8",
    "school": "int8",
    "disability": "int8",
    "illness": "int8",
    "own_pay": "float64",
    "employment": "int8",
    "union_member": "int8",
    "insured_months": "int16",
    "wages_owed": "float64",
}

PROGRAMMES = (
    "living",
    "medical",
    "dialysis",
    "cataract",
    "education",
    "arrears",
    "mutual",
    "training",
    "single_mother",
    "warmth",
    "winter",
    "startup",
)

# The 44 variables of a household, in the order of the rules.
COLUMNS = (
    "persons",
    "children",
    "elders",
    "students",
    "income",
    "medical_costs",
    "schooling_costs",
    "own_pay",
    "any_union_member",
    "any_severe_disability",
    "any_major_illness",
    "highest_school",
    "working_women",
    "working_men",
    "earning_women",
    "any_starter",
    "line",
    "wage",
    "north",
    "rent_deduction",
    "rigid",
    "net",
    "net_per_head",
    "income_per_head",
    "ratio",
    "excluded_by_cars",
    "excluded_by_home",
    "excluded_by_income",
    "excluded",
    "category",
    *PROGRAMMES,
    "warmth_group",
    "total",
)
FINAL = ("category", "total")

# Columns of small whole numbers: their sums must agree exactly. The others are yuan (and one ratio).
COUNTS = frozenset(
    [
        "persons",
        "children",
        "elders",
        "students",
        "any_union_member",
        "any_severe_disability",
        "any_major_illness",
        "highest_school",
        "working_women",
        "working_men",
        "earning_women",
        "any_starter",
        "north",
        "excluded_by_cars",
        "excluded_by_home",
        "excluded_by_income",
        "excluded",
        "category",
        "warmth_group",
    ]
)

# Quotients. The language rounds each to the fen or the millionth, by declaration; engines on floats do not round.
ROUNDED = {"net_per_head": 0.005, "income_per_head": 0.005, "ratio": 0.0000005 + 0.005 / 100}
