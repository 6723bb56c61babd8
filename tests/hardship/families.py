"""Families of the hardship stories: put on file by the workplace chair, decided under the rules of 2026."""

from __future__ import annotations

from datetime import date
from typing import Any
from zlib import crc32

from chunyu.accounts.roles import Role
from chunyu.registry.actions import Person, open_household
from chunyu.registry.models import Household
from tests.registry.people import person
from tests.situations import County

TODAY = date(2026, 3, 2)  # a Monday after the lantern festival
NO_SPENDING = {
    "other_income_12m": 0,
    "medical_spending_12m": 0,
    "education_spending_12m": 0,
    "housing_spending_12m": 0,
    "disability_spending_12m": 0,
    "other_rigid_spending_12m": 0,
}


def family(
    county: County,
    name: str = "程梅",
    *,
    incomes: tuple[int, ...] = (260_000, 150_000, 120_000, 0),
    day: date = TODAY,
    order: int = 1,
    **facts: Any,
) -> Household:
    """`incomes`: monthly, in fen, the worker's first. Unless told otherwise: 24,800 yuan of medical costs, 5,000 of
    schooling, no car, one home. The standard household of the worked example: 704.17 yuan a head and month."""
    stated = NO_SPENDING | {"medical_spending_12m": 2_480_000, "education_spending_12m": 500_000}
    stated |= {"has_vehicle": False, "homes": 1, "main_cause": "laid_off"} | facts
    people: list[Person] = [person(name, order=order * 10)]
    relations = ("10", "52", "30", "20")
    names = ("郭志强", "谢秀英", "郭小雨", "郭小雪")
    for place, (relation, other) in enumerate(zip(relations, names, strict=True), 1):
        if place < len(incomes):
            people.append(person(other, order=order * 10 + place, relation=relation))
    return open_household(
        county.acting(Role.WORKPLACE_CHAIR, day),
        organisation=county.workplace,
        worker=people[0],
        members=people[1:],
        on=day,
        causes=[stated["main_cause"]],
        facts={key: value for key, value in stated.items() if value is not None},
        facts_of_people={
            each.id_number: {"income_month": income, "is_student": False}
            for each, income in zip(people, incomes, strict=True)
        },
        bank_name="中国工商银行",
        # No two people share one: the checks before paying would notice.
        bank_card=f"62170099{crc32(name.encode()):011d}",
    )
