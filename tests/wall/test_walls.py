"""The database shows nobody another county's rows, whatever the program asks; every exception is counted."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from django.db import connection, models
from django.urls import reverse

from chunyu.accounts.roles import Role
from chunyu.federation.models import ScopedQuerySet
from chunyu.registry.models import Household
from chunyu.wall import APPLICATION, policies
from chunyu.wall.policies import NOT_WALLED, faults, walled_models
from chunyu.wall.scope import BEYOND, as_application, beyond_scope, scoped, take_on
from tests.registry.people import person
from tests.registry.test_households import opened
from tests.situations import DAY, County, county
from tests.wall import probing

pytestmark = pytest.mark.django_db
PACKAGE = Path(policies.__file__).parent.parent


@pytest.fixture
def two() -> tuple[County, County]:
    return county("雨润县"), county("青禾县")


@pytest.fixture
def families(two: tuple[County, County]) -> tuple[Household, Household]:
    first, second = two
    return (
        opened(first.acting(Role.COUNTY_CASEWORKER), first.workplace, person("程梅", order=2)),
        opened(second.acting(Role.COUNTY_CASEWORKER), second.workplace, person("高远山", order=4)),
    )


def test_every_table_is_walled_or_named_with_its_reason():
    assert faults() == []
    assert not set(NOT_WALLED) & {model._meta.label for model in walled_models()}
    assert all(len(reason) > 20 for reason in NOT_WALLED.values())


@pytest.mark.parametrize(
    ("done", "told"),
    [
        ("CREATE TABLE registry_forgotten (id int)", "registry_forgotten"),
        ("ALTER TABLE registry_member NO FORCE ROW LEVEL SECURITY", "registry_member"),
        ("DROP POLICY scope ON ledger_leg", "ledger_leg"),
        ("CREATE VIEW everybody AS SELECT * FROM registry_member", "everybody"),
        ("CREATE FUNCTION peep() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'", "peep"),
        (f"ALTER ROLE {APPLICATION} BYPASSRLS", APPLICATION),
        (f"ALTER TABLE registry_member OWNER TO {APPLICATION}", APPLICATION),
    ],
)
def test_a_gap_in_the_wall_is_told(done: str, told: str):
    with connection.cursor() as cursor:
        cursor.execute(done)
    assert any(told in fault for fault in faults()), faults()


def test_a_new_table_that_hangs_from_nothing_is_refused():
    class Loose(models.Model):
        class Meta:
            app_label = "wall"

    try:
        with pytest.raises(LookupError, match="hangs from no table"):
            policies.condition(Loose)
    finally:
        from django.apps import apps

        apps.all_models["wall"].pop("loose")


def test_no_raw_statement_reaches_another_county(two: tuple[County, County]):
    """Every walled table, four verbs, three scopes: the same probe that `make proof` counts."""
    probing.without_rules()
    own, other = (probing.Rows(each) for each in two)
    own.put_all()
    other.put_all()
    leaks = []
    for model in walled_models():
        for verb, statement, values in probing.attempts(model, other):
            for path in (None, two[0].path):
                with probing.looking(path):
                    if probing.reached(statement, values):
                        leaks.append((model._meta.label, verb, path))
        with probing.looking(two[0].path):
            statement, values = next(each[1:] for each in probing.attempts(model, own))
            assert probing.reached(statement, values) == 1, f"{model._meta.label}: its own row is seen"
    assert leaks == []


def test_the_list_of_exceptions_is_whole_and_short():
    """Each reason is used, each use has a reason, and a new place has to be counted here."""
    used = Counter(
        name
        for path in PACKAGE.rglob("*.py")
        if path.parent != PACKAGE / "wall"
        for name in re.findall(r'(?:beyond_scope\(\s*|looks_beyond = )"([a-z-]+)"', path.read_text())
    )
    assert set(used) == set(BEYOND)
    assert sum(used.values()) == USES
    assert all(len(reason) > 40 for reason in BEYOND.values())
    with pytest.raises(LookupError), beyond_scope("just this once"):
        pass


USES = 46


def seen() -> int:
    return Household.objects.count()


def test_what_held_before_holds_again(families: tuple[Household, Household], two: tuple[County, County]):
    with as_application():
        assert seen() == 0
        with scoped(two[0].path):
            assert Household.objects.get() == families[0]
            with beyond_scope(next(iter(BEYOND))):
                assert seen() == 2
            assert seen() == 1
            with scoped(None):
                assert seen() == 0
                take_on(two[1].path)
                assert Household.objects.get() == families[1]
            assert Household.objects.get() == families[0]
        assert seen() == 0
        take_on(two[1].path)
        assert seen() == 0, "nobody takes a scope on without a block that ends it"
    assert seen() == 2


def test_the_second_wall_holds_when_a_page_forgets_to_ask(client, two, families, monkeypatch, settings):
    settings.CHUNYU_TODAY = DAY
    monkeypatch.setattr(ScopedQuerySet, "within", lambda self, path: self.all())
    client.force_login(two[0].post(Role.COUNTY_CASEWORKER).user)
    page = client.get(reverse("hardship:households")).content.decode()
    assert "程梅" in page
    assert "高远山" not in page
    assert client.get(reverse("hardship:household", args=[families[1].pk])).status_code == 404
    # The control: with this wall down as well, the first one's gap is there to be seen.
    down()
    assert "高远山" in client.get(reverse("hardship:households")).content.decode()


def test_pages_hold_without_the_second_wall(client, two, families, settings):
    settings.CHUNYU_TODAY = DAY
    down()
    client.force_login(two[0].post(Role.COUNTY_CASEWORKER).user)
    page = client.get(reverse("hardship:households")).content.decode()
    assert "程梅" in page
    assert "高远山" not in page
    assert client.get(reverse("hardship:household", args=[families[1].pk])).status_code == 404


def down() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for model in walled_models():
            cursor.execute(f"ALTER TABLE {model._meta.db_table} DISABLE ROW LEVEL SECURITY")
