"""A change of the rules over many households: who gains and loses, at what cost, by place and by group."""

from __future__ import annotations

from datetime import date
from random import Random

import numpy as np
import pyarrow as pa
import pytest

from chunyu.policy import Pack, decide, load_pack
from chunyu.policy.columns import Facts, facts_of_cases
from chunyu.policy.whatif import effect
from tests.policy.households import FAMILY, cheng_mei

ON = date(2026, 3, 6)
CHAINS = (("139901", "1399", "13", "national"), ("139902", "1399", "13", "national"))


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack("national-2021")


@pytest.fixture(scope="module")
def families(pack: Pack):
    random = Random(11)
    found = []
    for number in range(120):
        spent = random.choice((None, 0, random.randrange(40_000) * 100))
        family = FAMILY[: random.randint(1, 4)]
        case = cheng_mei(family, medical_spending_12m=spent, other_income_12m=random.randrange(90_000) * 100)
        found.append((str(number), case, CHAINS[number % 2]))
    return found


@pytest.fixture(scope="module")
def facts(pack: Pack, families) -> Facts:
    made = facts_of_cases(pack, families)
    random = Random(5)
    tags = {name: [random.random() < 0.3 for _ in range(made.members.num_rows)] for name in ("migrant", "young")}
    members = made.members
    for name, values in tags.items():
        members = members.append_column(f"group.{name}", pa.array(values))
    return Facts(made.households, members, made.chains)


def totals(pack: Pack, families) -> list[int | None]:
    """What each family is entitled to, one by one; None where an amount is not known, unraised needs apart."""
    found = []
    for _, case, regions in families:
        results = decide(pack, case, ON, regions).programmes.values()
        unknown = any(each.amount_fen is None and not each.programme.on_request for each in results)
        found.append(None if unknown else sum(each.amount_fen or 0 for each in results))
    return found


def test_gains_losses_and_cost_are_those_of_the_families_one_by_one(pack, families, facts):
    after = pack.replacing({"living_standard": "900"}, "试算")
    old, new = totals(pack, families), totals(after, families)
    found = effect(pack, after, facts, ON).total
    pairs = [(a, b) for a, b in zip(old, new, strict=True) if a is not None and b is not None]
    assert found.households == 120
    assert found.gaining == sum(b > a for a, b in pairs) > 0
    assert found.losing == sum(b < a for a, b in pairs)
    assert found.unknown == 120 - len(pairs) > 0
    assert found.unchanged == sum(a == b for a, b in pairs)
    assert found.gained_fen == sum(b - a for a, b in pairs if b > a)
    assert found.persons == sum(len(case.members) for _, case, _ in families)


def test_places_add_up_to_the_whole(pack, facts):
    found = effect(pack, pack.replacing({"relative_multiple": "1.5"}, "试算"), facts, ON)
    assert len(found.regions) == 2
    for name in ("households", "gaining", "losing", "unknown", "persons", "before_fen", "after_fen", "lost_fen"):
        assert sum(getattr(each, name) for each in found.regions.values()) == getattr(found.total, name)
    assert found.total.losing > 0
    assert found.total.cost_fen < 0


def test_groups_count_their_own_people(pack, facts):
    found = effect(pack, pack.replacing({"living_standard": "900"}, "试算"), facts, ON)
    for name, change in found.groups.items():
        assert change.persons == sum(facts.members[f"group.{name}"].to_pylist())
        assert change.persons_gaining <= change.persons
        assert 0 < change.households < found.total.households


def test_the_same_rules_change_nothing(pack, facts):
    found = effect(pack, pack, facts, ON)
    assert (found.total.gaining, found.total.losing, found.total.cost_fen) == (0, 0, 0)
    assert all(one == other for one, other in found.categories)
    assert sum(found.categories.values()) == 120


def test_order_of_households_changes_nothing(pack, families, facts):
    order = np.random.default_rng(3).permutation(len(families))
    shuffled = facts_of_cases(pack, [families[i] for i in order])
    after = pack.replacing({"living_standard": "900"}, "试算")
    assert effect(pack, after, shuffled, ON).total == effect(pack, after, facts, ON).total
