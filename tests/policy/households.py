"""Households for tests of the national rulebook: the one of the household page, and random ones."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from random import Random
from typing import Any

from hypothesis import strategies as st

from chunyu.policy import Case, Determination, Member, Pack, Stated, decide
from chunyu.policy.kinds import Kind
from chunyu.policy.pack import Fact

REGIONS = ("139901", "1399", "13", "national")
ON = date(2026, 3, 6)

CHENG_MEI: dict[str, Any] = {
    "other_income_12m": 0,
    "medical_spending_12m": 24_800_00,
    "education_spending_12m": 5_000_00,
    "housing_spending_12m": 0,
    "disability_spending_12m": 0,
    "other_rigid_spending_12m": 0,
    "has_vehicle": False,
    "homes": 1,
    "controls_company": False,
    "high_fee_school": False,
    "refuses_checks": False,
    "conceals_or_false_papers": False,
    "refuses_work": False,
    "main_cause": "major_illness",
}
FAMILY = (
    {"income_month": 2_600_00, "is_student": False},
    {"income_month": 1_500_00, "is_student": False},
    {"income_month": 0, "is_student": True, "school_level": "senior"},
    {"income_month": 1_200_00, "is_student": False},
)
NAMES = ("程梅", "郭•", "郭••", "谢•")


def stated(facts: Mapping[str, Any]) -> dict[str, Stated]:
    return {
        name: value if isinstance(value, Stated) else Stated(value)
        for name, value in facts.items()
        if value is not None
    }


def cheng_mei(members: tuple[Mapping[str, Any], ...] = FAMILY, **changed: Any) -> Case:
    """The family of the household page, with some facts changed; None makes a fact unknown."""
    people = tuple(Member(stated(m), name) for m, name in zip(members, NAMES, strict=False))
    return Case(stated(CHENG_MEI | changed), people, "程梅家庭")


def decided(pack: Pack, case: Case) -> Determination:
    return decide(pack, case, ON, REGIONS)


def _value(fact: Fact) -> st.SearchStrategy[Any]:
    if fact.type.kind is Kind.FLAG:
        return st.booleans()
    if fact.type.kind is Kind.CODE:
        return st.sampled_from(fact.type.codes)
    if fact.type.kind is Kind.DATE:
        return st.dates(date(1940, 1, 1), date(2025, 12, 31))
    if fact.type.kind is Kind.COUNT:
        return st.integers(0, 4)
    return st.integers(0, 60_000).map(lambda yuan: yuan * 100) | st.integers(0, 9_000_00)


def known_facts(facts: tuple[Fact, ...]) -> st.SearchStrategy[dict[str, Stated]]:
    """Every fact known."""
    return st.fixed_dictionaries({f.name: _value(f).map(Stated) for f in facts})


@st.composite
def known_cases(draw: st.DrawFn, pack: Pack) -> Case:
    """A household of which everything is known."""
    members = draw(st.lists(known_facts(pack.member_facts), min_size=1, max_size=4))
    return Case(draw(known_facts(pack.household_facts)), tuple(Member(m) for m in members))


@st.composite
def with_gaps(draw: st.DrawFn, case: Case) -> Case:
    """The same household with some facts unknown."""

    def some(facts: Mapping[str, Any]) -> dict[str, Any]:
        kept = draw(st.lists(st.booleans(), min_size=len(facts), max_size=len(facts)))
        return {name: value for (name, value), keep in zip(facts.items(), kept, strict=True) if keep}

    return Case(some(case.household), tuple(Member(some(m.facts)) for m in case.members))


def random_case(pack: Pack, random: Random) -> Case:
    """A household of one to five, each fact of the pack stated or not; codes and small counts as they come."""

    def value(fact: Fact) -> Any:
        match fact.type.kind:
            case Kind.FLAG:
                return random.random() < 0.3
            case Kind.CODE:
                return random.choice(fact.type.codes)
            case Kind.DATE:
                return date(random.randint(1940, 2024), random.randint(1, 12), random.randint(1, 28))
            case Kind.COUNT:
                return random.randint(0, 3)
        return random.choice((0, random.randrange(2_000) * 100, random.randrange(60_000) * 100))

    def some(facts: tuple[Fact, ...]) -> dict[str, Stated]:
        return {fact.name: Stated(value(fact)) for fact in facts if random.random() < 0.8}

    members = tuple(Member(some(pack.member_facts), name) for name in "甲乙丙丁戊"[: random.randint(1, 5)])
    return Case(some(pack.household_facts), members)
