"""Every order of the steps of two transactions, for each rule that looks at several rows, at the isolation that is
shipped (READ COMMITTED): no order breaks a rule, and one of the two always gets through. The control takes the locks
away (and the constraint, where the rule is one) and must find orders that break it."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest
from django.db import connection

from tests.proof.counts import count
from tests.proof.rule_of_two import Rule, World
from tests.proof.rules_of_several_rows import RULES
from tests.proof.scoring import Score
from tests.proof.stepping import Pair, got_through, is_deadlock, orders, take_the_locks_away

pytestmark = [pytest.mark.proof("R17"), pytest.mark.django_db(transaction=True)]
ALL = orders()
# Both look before either writes, or both write before either commits: what a lock is there to forbid.
SKEWED = [order for order in ALL if order[:6].count("A") == 3] + [order for order in ALL if order[:4].count("A") == 2]


@pytest.fixture
def pair(transactional_db: None) -> Iterator[Pair]:
    made = Pair()
    yield made
    made.end()


def chosen(chance: Random, number: int, among: list[str]) -> list[str]:
    """The first order, so that the hands learn where they write, and others by chance."""
    return among if number >= len(among) else [among[0], *chance.sample(among[1:], number - 1)]


def test_there_are_seventy_orders(score: Score):
    score.must_be(70, orders=len(ALL))


@pytest.mark.parametrize("name", RULES)
def test_no_order_of_steps_breaks_the_rule(name: str, pair: Pair, score: Score):
    rule = RULES[name](World())
    broken, deadlocks, nobody = [], 0, 0
    for number, order in enumerate(chosen(score.chance(), count(6, 70), ALL)):
        *acts, breaks = rule.begin(number)
        outcomes = pair.play(order, acts, rule.write)
        deadlocks += any(map(is_deadlock, outcomes))
        nobody += not any(map(got_through, outcomes))
        if breaks():
            broken.append(order)
        score.counted(schedules=1)
    assert not broken, f"{name}: {broken}"
    score.must_be(0, anomalies=len(broken), deadlocks=deadlocks, nobody_got_through=nobody)


@pytest.mark.parametrize("name", RULES)
def test_without_its_lock_the_rule_is_broken(name: str, pair: Pair, score: Score):
    rule: Rule = RULES[name](World())
    take_the_locks_away()
    with connection.cursor() as cursor:
        for table, constraint in rule.drop:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {constraint}")
            cursor.execute(f"DROP INDEX IF EXISTS {constraint}")
    broken = 0
    for number, order in enumerate([ALL[0], *chosen(score.chance(), count(3, 12), SKEWED)]):
        *acts, breaks = rule.begin(number)
        for outcome in pair.play(order, acts, rule.write, locks=False):
            got_through(outcome)
        broken += breaks()
        if broken and count(1, 0):
            break
    score.control(anomalies=broken)
