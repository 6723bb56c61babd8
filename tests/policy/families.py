"""Families for runs over many: varied, some facts unknown, at three places of the demonstration's province."""

from __future__ import annotations

from random import Random

from chunyu.policy import Case
from tests.policy.households import FAMILY, cheng_mei

PLACES = tuple((county, "1399", "13", "national") for county in ("139901", "139902", "139903"))


def families(count: int, seed: int) -> list[tuple[str, Case, tuple[str, ...]]]:
    random = Random(seed)
    found = []
    for number in range(count):
        people = tuple(dict(random.choice(FAMILY)) for _ in range(random.choice((1, 2, 3, 3, 4))))
        case = cheng_mei(
            people,
            medical_spending_12m=random.choice((None, 0, random.randrange(40_000) * 100)),
            other_income_12m=random.randrange(90_000) * 100,
            has_vehicle=random.choice((None, False, False, True)),
            homes=random.choice((1, 1, 2)),
        )
        found.append((f"H{number:06d}", case, random.choice(PLACES)))
    return found
