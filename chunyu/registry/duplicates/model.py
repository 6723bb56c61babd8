"""What is compared, in which steps, and what each step weighs: one table gives both the query and the words.

The weights are `weights.toml`: how often a step holds for one person on two files (m) and for two persons (u), in
millionths, with the recipe that found them. The score is the sum of log2(m/u), in thousandths of a bit.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from math import log2
from pathlib import Path

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

WEIGHTS = Path(__file__).with_name("weights.toml")
MILLION = 1_000_000


@dataclass(frozen=True)
class Level:
    """A step of a comparison: the first whose condition holds counts. An empty condition is "anything else"."""

    code: str
    sql: str
    label: Promise


@dataclass(frozen=True)
class Comparison:
    """`unknown`: when a side does not say it, which weighs nothing; empty where both always do."""

    code: str
    label: Promise
    levels: tuple[Level, ...]
    unknown: str = ""


def _near(column: str) -> str:
    return f"damerau_levenshtein({column}_l, {column}_r) <= 1"


COMPARISONS = (
    Comparison(
        "name",
        pgettext_lazy("person", "Name"),
        (
            Level("same", "name_l = name_r", _("the same name")),
            Level("variant", "plain_l = plain_r", _("the same name in other forms of its characters")),
            Level(
                "reading",
                "len(plain_l) = len(plain_r) AND list_has_any(readings_l, readings_r)",
                _("other characters read aloud alike"),
            ),
            Level("shape", "shape_l = shape_r", _("characters that look alike")),
            Level("sound", "sound_l = sound_r", _("sounds that dialects confuse")),
            Level(
                "close",
                "len(plain_l) >= 2 AND len(plain_r) >= 2 AND damerau_levenshtein(plain_l, plain_r) <= 1",
                _("one character of the name differs"),
            ),
            Level("other", "", _("another name")),
        ),
    ),
    Comparison(
        "birth",
        _("Birth date"),
        (
            Level("same", "birth_l = birth_r", _("the same birth date")),
            Level("near", _near("birth"), _("birth dates one figure or one swap apart")),
            Level("year", "birth_year_l = birth_year_r", _("the same year of birth")),
            Level("other", "", _("another year of birth")),
        ),
    ),
    Comparison(
        "region",
        _("First six figures of the ID number"),
        (
            Level("same", "region_l = region_r", _("the same six figures")),
            Level("near", _near("region"), _("one figure or one swap apart")),
            Level("other", "", _("another place")),
        ),
    ),
    Comparison(
        "order",
        _("Last figures of the ID number"),
        (
            Level("same", "order_code_l = order_code_r", _("the same last figures")),
            Level("near", _near("order_code"), _("one figure or one swap apart")),
            Level("other", "", _("other last figures")),
        ),
    ),
    Comparison(
        "sex",
        _("Sex"),
        (Level("same", "sex_l = sex_r", _("the same sex")), Level("other", "", _("another sex"))),
    ),
    Comparison(
        "phone",
        _("Phone"),
        (
            Level("same", "phone_l = phone_r", _("the same phone")),
            Level("near", _near("phone"), _("one figure or one swap apart")),
            Level("other", "", _("another phone")),
        ),
        unknown="phone_l IS NULL OR phone_r IS NULL",
    ),
    Comparison(
        "address",
        _("Address"),
        (
            Level("same", "address_l = address_r", _("the same address")),
            Level("near", "jaro_winkler_similarity(address_l, address_r) >= 0.94", _("nearly the same address")),
            Level("other", "", _("another address")),
        ),
        unknown="address_l IS NULL OR address_r IS NULL",
    ),
    Comparison(
        "family",
        _("Family"),
        (
            Level("two", "len(list_intersect(family_l, family_r)) >= 2", _("two or more of the family are the same")),
            Level("one", "len(list_intersect(family_l, family_r)) = 1", _("one of the family is the same")),
            Level("none", "", _("nobody of the family is the same")),
        ),
        unknown="family_l IS NULL OR family_r IS NULL",
    ),
)
BY_CODE = {comparison.code: comparison for comparison in COMPARISONS}
NOT_SAID = "unknown"

# Pairs are compared when they share one of these; each rule forgives what the others ask for.
BLOCKING = (
    ("reading", "birth"),
    ("shape", "birth"),
    ("region", "birth"),
    ("birth", "order_code"),
    ("phone",),
    ("plain", "region", "order_code"),
    ("region", "order_code", "birth_year"),
    ("plain", "address"),
    ("sound", "region", "birth_year"),
    ("relative", "birth"),
    ("plain", "relative"),
)


@dataclass(frozen=True)
class Weights:
    """`m` and `u` in millionths, by comparison and level; `prior` in thousandths of a bit."""

    version: str
    threshold: int
    m: dict[str, dict[str, int]]
    u: dict[str, dict[str, int]]

    def weigh(self, comparison: str, level: str) -> int:
        """What a step says for one person (above nought) or for two (below), in thousandths of a bit."""
        if level == NOT_SAID:
            return 0
        return round(1000 * log2(self.m[comparison][level] / self.u[comparison][level]))

    def score(self, levels: dict[str, str]) -> int:
        return sum(self.weigh(comparison, level) for comparison, level in levels.items())


@cache
def shipped() -> Weights:
    """The weights that come with the program."""
    with WEIGHTS.open("rb") as file:
        table = tomllib.load(file)
    return Weights(table["version"], table["threshold"], table["m"], table["u"])
