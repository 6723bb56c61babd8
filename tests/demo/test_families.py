"""The families of the demonstration: fictional beyond doubt, alike each time, and spread as real ones are."""

import hashlib
import os
import subprocess
import sys
from collections import Counter
from datetime import date
from random import Random

import pytest
from stdnum import luhn

from chunyu.demo.families import Families
from chunyu.registry.identity import read

DAY = date(2026, 3, 12)
STANDARD = 74_000


def make(count=600, seed=2015, taken=None):
    taken = set() if taken is None else taken
    return list(Families(Random(seed), "雨润县", ("城关镇", "杏花镇"), STANDARD, DAY, taken).make(count))


def digest(families):
    return hashlib.sha256("\n".join(map(repr, families)).encode()).hexdigest()


@pytest.fixture(scope="module")
def families():
    return make()


def people(families):
    return [person for family in families for person in (family.worker, *family.members)]


def test_the_same_seed_makes_the_same_families_and_another_makes_others(families):
    assert digest(make()) == digest(families)
    assert digest(make(seed=2016)) != digest(families)


def test_another_process_makes_the_same_ones():
    """Nothing hangs on the order of sets or hashes."""
    program = "import django; django.setup(); from tests.demo.test_families import *; print(digest(make(60)))"
    made = {
        subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | {"PYTHONHASHSEED": seed, "DJANGO_SETTINGS_MODULE": "chunyu.settings"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert made == {digest(make(60)) + "\n"}


def test_nobody_is_real(families):
    for person in people(families):
        assert person.id_number.startswith("139999")
        assert read(person.id_number).text == person.id_number
        assert not person.phone or person.phone.startswith("1390000")
    for family in families:
        card = family.details["bank_card"]
        assert card.startswith("62000000")
        assert luhn.is_valid(card)


def test_nobody_is_twice_on_file_even_across_counties():
    taken = set()
    both = people(make(300, taken=taken)) + people(make(300, seed=7, taken=taken))
    assert len({person.id_number for person in both}) == len(both)


def test_sizes_are_those_of_real_households(families):
    sizes = [1 + len(family.members) for family in families]
    assert 2.85 < sum(sizes) / len(sizes) < 3.05
    assert set(sizes) == {1, 2, 3, 4, 5, 6}


def test_ages_fit_the_relations(families):
    for family in families:
        worker = read(family.worker.id_number).birth_date.year
        assert 18 <= family.opened_on.year - worker <= 60
        for member in family.members:
            born = read(member.id_number).birth_date.year
            if member.relation in {"20", "30"}:
                assert born - worker >= 20
            elif member.relation in {"51", "52"}:
                assert worker - born >= 20


def test_every_family_states_its_money_and_leaves_out_only_what_it_was_not_asked(families):
    spending = {"medical_spending_12m", "education_spending_12m", "housing_spending_12m"}
    unasked = [family for family in families if "has_vehicle" not in family.facts]
    assert len(unasked) == round(len(families) * 0.075)
    for family in families:
        assert spending <= family.facts.keys()
        assert all(amount >= 0 for name, amount in family.facts.items() if name.endswith("_12m"))
        assert len(family.facts_of_people) == 1 + len(family.members)
    assert sum(1 for family in families if family.matched_income) > 5


def test_illness_and_schooling_are_the_most_frequent_causes(families):
    counted = Counter(family.causes[0] for family in families).most_common(3)
    assert [cause for cause, _ in counted] == ["major_illness", "child_schooling", "laid_off"]
