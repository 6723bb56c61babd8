"""A province, made small: killed on the way and begun again, it is whole; and the same plan makes the same people."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import date
from random import Random
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction

from chunyu.accounts.refusal import Refusal
from chunyu.demo.province import loading, proof, working
from chunyu.demo.province.names import Names, firm_name, place_name
from chunyu.demo.province.people import People
from chunyu.demo.province.plan import SPACE, Plan, identity_of, parts
from chunyu.demo.province.tree import PEOPLED, County, Tree
from chunyu.federation import scope
from chunyu.federation.kinds import PARENTS
from chunyu.federation.models import Organisation
from chunyu.hardship.models import Standing
from chunyu.registry import identity
from chunyu.registry.membership.actions import worker_with
from chunyu.registry.membership.queries import members_under
from chunyu.registry.membership.tables import MemberCount, Membership, Worker
from chunyu.registry.models import Household
from tests.situations import county

DAY = date(2026, 3, 12)
SIZES = ("--members", "50000", "--organisations", "1200", "--households", "30")


def plan(**other: int) -> Plan:
    return Plan(**{"seed": 7, "members": 30_000, "organisations": 1_500, "households": 0, "day": DAY} | other)


def tree(made: Plan) -> Tree:
    counties = [County(number, f"000001.{number:06d}.", number + 100, f"春{number}县总工会") for number in range(2, 22)]
    return Tree.of(made, counties, [], 22, 21)


def command() -> subprocess.Popen[str]:
    """The command itself, on the database of this test."""
    known = connection.settings_dict
    address = urlencode({"host": known["HOST"], "user": known["USER"], "dbname": known["NAME"]})
    return subprocess.Popen(
        [sys.executable, "-m", "chunyu.cli", "demo", "--scale", "province", *SIZES, "--processes", "2", "--json"],
        env=os.environ | {"DATABASE_URL": f"postgresql://?{address}", "CHUNYU_TODAY": DAY.isoformat()},
        cwd=settings.ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def pieces(step: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('province_load.piece')")
        if cursor.fetchone()[0] is None:
            return 0
        cursor.execute("SELECT count(*) FROM province_load.piece WHERE step = %s", [step])
        return cursor.fetchone()[0]


def killed_at(step: str, count: int) -> None:
    """Begin, and kill without warning once so many pieces of a step are done."""
    running = command()
    while pieces(step) < count:
        assert running.poll() is None, running.communicate()
        time.sleep(0.02)
    os.kill(running.pid, signal.SIGKILL)
    running.communicate()


def one(query: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone()[0]


def test_killed_and_begun_again_it_is_whole(transactional_db: None) -> None:
    killed_at("organisations", 20)
    killed_at("people", 1)
    assert one("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'O'") == 0
    running = command()
    said, errors = running.communicate()
    assert running.returncode == 0, errors
    made = json.loads(said)
    assert made["loaded"] is True
    assert made["bytes"] > 0

    assert Organisation.objects.count() == 1_200
    assert Membership.objects.filter(valid_to__isnull=True).count() == 50_000
    assert Worker.objects.filter(is_member=True).count() == 50_000
    assert sum(MemberCount.objects.values_list("members", flat=True)) == 50_000
    assert members_under(Organisation.objects.get(parent=None).path) == 50_000
    assert Standing.objects.count() == Household.objects.count() == 30
    assert scope.out_of_step() == {}
    found = working.tree()
    proof.prove(found.plan, found, lambda line: None)
    rules_hold()
    opens_and_is_found(found.plan)

    running = command()
    said, errors = running.communicate()
    assert running.returncode == 0, errors
    assert json.loads(said)["loaded"] is False
    with pytest.raises(Refusal, match="50,000"):
        loading.load(plan(), 1, lambda line: None)


def rules_hold() -> None:
    """What was put aside for the load is in force again."""
    spell = Membership.objects.filter(valid_to__isnull=True).first()
    for twin in (
        Membership(organisation=spell.organisation, worker=spell.worker, valid_from=spell.valid_from),
        Worker(organisation=spell.organisation, sex="1", birth_date=DAY),
    ):
        if isinstance(twin, Worker):
            twin.id_number = spell.worker.id_number.reveal()
        with pytest.raises(IntegrityError), transaction.atomic():
            twin.save(force_insert=True)
    province = Organisation.objects.get(parent=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(organisation=province, worker=spell.worker, valid_from=date(1999, 1, 1))


def opens_and_is_found(made: Plan) -> None:
    for worker in Worker.objects.order_by("spelling")[:20]:
        number = identity.read(worker.id_number.reveal())
        assert number.text.startswith("139999")
        assert (number.birth_date, number.sex) == (worker.birth_date, worker.sex)
        assert worker_with(number.text).pk == worker.pk
        spelling = Worker()
        spelling.give_name(worker.name)
        assert (worker.spelling, worker.initials) == (spelling.spelling, spelling.initials)
    assert made.day == DAY


def test_a_database_in_use_is_refused(db: None) -> None:
    county()
    with pytest.raises(Refusal, match="CHUNYU_HOME"):
        loading.load(plan(), 1, lambda line: None)


def test_the_same_plan_makes_the_same_people() -> None:
    def people(made: Plan) -> list[str]:
        workers, spells = People(tree(made)).block(0)
        sealed = {8, 10}  # under a fresh nonce each time
        rows = [line.split("\t") for line in workers.decode().splitlines()]
        return [*("|".join(v for at, v in enumerate(row) if at not in sealed) for row in rows), spells.decode()]

    assert people(plan()) == people(plan())
    assert people(plan()) != people(plan(seed=8))


def test_numbers_are_valid_and_nobodys_and_given_once() -> None:
    step = SPACE // 5_000
    found = [identity_of(number, 17) for number in (*range(3_000), *range(0, SPACE, step))]
    for text, born, sex in found:
        assert text.startswith("139999")
        assert identity.read(text).birth_date.isoformat() == born
        assert identity.sex_in(text) == sex
    assert len({text for text, _, _ in found}) == len({*range(3_000), *range(0, SPACE, step)})


def test_the_tree_is_as_large_as_asked_and_each_stands_where_it_may() -> None:
    made = tree(plan())
    assert len(made.founded) == 1_500 - 21
    kinds = {each.number: str(each.kind) for each in made.founded}
    kinds |= {each.number: "county_federation" for each in made.counties}
    for each in made.founded:
        assert kinds[each.parent] in PARENTS[each.kind]
        assert each.path == f"{each.parent_path}{each.number:06d}."
    named = [(each.parent, each.name) for each in made.founded]
    assert len(set(named)) == len(named)
    assert sum(made.sizes) == 30_000
    assert all(each.kind in PEOPLED for each in made.unions)


def test_names_are_as_unequal_as_in_life() -> None:
    random, names = Random(3), Names()
    found = Counter(names.draw(random, "12"[at % 2], 1950 + at % 58) for at in range(40_000))
    surnames = Counter(name[0] for name in found.elements())
    assert 0.07 < surnames["王"] / 40_000 < 0.13
    assert found.most_common(1)[0][1] > 60
    assert len(found) > 15_000
    assert len({place_name(number) for number in range(3_000)}) == 3_000
    assert len({firm_name(number) for number in range(50_000)}) == 50_000


def test_shares_add_up() -> None:
    assert sum(parts(1_001, [1, 2, 3.5])) == 1_001
    assert parts(4, [0, 0, 1], least=1) == [1, 1, 2]
