"""Raw SQL as the application on every walled table, four verbs, three scopes: nothing of another county is seen or
written. One connection is handed from scope to scope a thousand times, with accidents in between, and keeps none."""

from __future__ import annotations

import pytest
from django.db import connection

from chunyu.accounts.roles import Role
from chunyu.wall import policies
from chunyu.wall.policies import walled_models
from tests.proof.counts import count
from tests.proof.scoring import Score
from tests.registry.people import person
from tests.registry.test_households import opened
from tests.situations import County, county
from tests.wall import probing
from tests.wall.switching import kept_by_the_connection, leaks

pytestmark = pytest.mark.proof("S3")


@pytest.fixture(autouse=True)
def _wall_is_up(monkeypatch):
    monkeypatch.setenv("CHUNYU_ROW_SECURITY", "on")


def two_counties() -> tuple[County, County]:
    return county("雨润县"), county("青禾县")


def probed(own: probing.Rows, other: probing.Rows, score: Score, every: int = 1) -> tuple[int, int]:
    """How many foreign rows were reached, and how many of one's own were not."""
    foreign = missing = 0
    for model in walled_models()[::every]:
        for _verb, statement, values in probing.attempts(model, other):
            for path in (None, own.county.path):
                with probing.looking(path):
                    foreign += probing.reached(statement, values)
                score.counted(statements=1)
        with probing.looking(own.county.path):
            foreign += probing.reached(*probing.handing_over(model, own, other))
            for _verb, statement, values in probing.attempts(model, own):
                missing += not probing.reached(statement, values)
                score.counted(statements=1)
    return foreign, missing


@pytest.mark.django_db
def test_no_foreign_row(score: Score):
    assert policies.faults() == []
    own, other = (probing.Rows(each) for each in two_counties())
    probing.without_rules()
    own.put_all()
    other.put_all()
    score.counted(tables=len(walled_models()))
    foreign, missing = probed(own, other, score)
    turned, lost = probed(other, own, score)
    score.must_be(0, foreign_rows=foreign + turned, own_rows_missing=missing + lost)


@pytest.mark.django_db
def test_without_the_policies_they_would_be_reached(score: Score):
    own, other = (probing.Rows(each) for each in two_counties())
    probing.without_rules()
    own.put_all()
    other.put_all()
    with connection.cursor() as cursor:
        for model in walled_models():
            cursor.execute(f"ALTER TABLE {model._meta.db_table} DISABLE ROW LEVEL SECURITY")
    foreign, _missing = probed(own, other, score, every=10)
    score.control(foreign_rows=foreign)


@pytest.mark.django_db(transaction=True)
def test_a_connection_keeps_no_scope(score: Score):
    paths = _with_a_family_each()
    turns = count(100, 1_000)
    seen, accidents = leaks(score.chance(), turns, paths)
    score.counted(switches=turns)
    score.fired(accidents=accidents)
    assert accidents > turns / 4
    score.must_be(0, scopes_that_stayed=seen)


@pytest.mark.django_db(transaction=True)
def test_a_scope_told_to_the_session_would_stay(score: Score):
    seen, _accidents = leaks(score.chance(), 20, _with_a_family_each(), kept_by_the_connection)
    connection.close()
    score.control(scopes_that_stayed=seen)


def _with_a_family_each() -> list[str]:
    found = []
    for number, (each, name) in enumerate(zip(two_counties(), ("程梅", "高远山"), strict=True)):
        opened(each.acting(Role.COUNTY_CASEWORKER), each.workplace, person(name, order=2 * number + 2))
        found.append(each.path)
    return found
