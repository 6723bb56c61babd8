"""The worker of an import is killed in the middle, at any moment and again after its restart: the import ends with just
the rows of an unbroken one, and nobody is on file twice. The control commits piece by piece and must be found out."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest
from django.conf import settings
from django.db import connection

from chunyu.accounts.roles import Role
from chunyu.registry.importing.actions import send_workbook
from chunyu.registry.models import Cause, Fact, Household, ImportBatch, Member
from tests import databases
from tests.proof.counts import count
from tests.proof.scoring import Score
from tests.registry.test_volume import county_workbook
from tests.registry.workbooks import yurun

pytestmark = pytest.mark.proof("R3")
ROOT = Path(__file__).resolve().parents[2]
HOUSEHOLDS = count(36, 600)
PIECE = HOUSEHOLDS // 12
LOTS = 4 * 12  # households, members, causes and statements of each piece
ROUNDS = count(2, 60)
Begin = Callable[[], ImportBatch]


@pytest.fixture
def begin(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker) -> Iterator[Begin]:
    """`begin()`: a database as fresh as migrations leave it, with the same workbook waiting in it."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "alone")
    content = county_workbook(HOUSEHOLDS)
    with django_db_blocker.unblock():
        own = databases.Copy(f"test_chunyu_crash_{worker}")

        def fresh() -> ImportBatch:
            own.restore()
            clerk = yurun().acting(Role.COUNTY_CASEWORKER)
            return send_workbook(clerk, name="名册.xlsx", content=content, queue=False)

        yield fresh
        own.drop()


def started(batch: ImportBatch, *control: str) -> subprocess.Popen[str]:
    name = settings.DATABASES["default"]["NAME"]
    command = [sys.executable, "-m", "tests.proof.import_worker", name, str(batch.pk), str(PIECE), *control]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def killed(batch: ImportBatch, chance: Random, *control: str) -> bool:
    """Start a worker and kill it: while it reads or checks, or after some of its lots. Whether that came in time."""
    worker = started(batch, *control)
    assert worker.stdout is not None
    worker.stdout.readline()
    if not control and chance.random() < 0.2:
        time.sleep(chance.random() / 2)
    else:
        for _ in range(chance.randrange(5, LOTS - 4)):
            worker.stdout.readline()
    in_time = worker.poll() is None
    worker.send_signal(signal.SIGKILL)
    worker.communicate()
    return in_time


def finished(batch: ImportBatch, *control: str) -> str:
    """Started again until the import has ended, as the queue's upkeep does; answers what it then holds."""
    for _ in range(20):
        # The server may not have noticed yet that the killed one is gone; its lock then turns the next one away.
        worker = started(batch, *control)
        _out, error = worker.communicate(timeout=300)
        connection.close()
        batch.refresh_from_db()
        if batch.status not in ImportBatch.UNFINISHED or worker.returncode:
            break
        time.sleep(0.2)
    return f"{batch.status} {batch.households} {batch.outcome} {error[-300:] if control else ''}"


def rows() -> dict[str, list[tuple]]:
    """All that is on file, without what differs from run to run: keys, seals and the clock."""
    households = Household.objects.values_list("file_number", "organisation__name", "employer", "floor_area", "status")
    people = Member.objects.select_related("household")
    values = ("amount_fen", "count", "flag", "code", "day")
    facts = Fact.objects.values_list("household__file_number", "member__id_number_index", "name", "origin", *values)
    return {
        "households": sorted(households),
        "people": sorted(
            (each.household.file_number, each.name, each.id_number.reveal(), each.relation, each.birth_date)
            for each in people
        ),
        "causes": sorted(Cause.objects.values_list("household__file_number", "rank", "code")),
        "facts": sorted(map(repr, facts)),
    }  # fmt: skip


def unbroken(begin: Begin) -> dict[str, list[tuple]]:
    batch = begin()
    assert finished(batch).startswith("imported")
    return rows()


def test_an_import_killed_again_and_again_ends_as_an_unbroken_one(begin: Begin, score: Score):
    expected = unbroken(begin)
    assert len(expected["households"]) == HOUSEHOLDS
    assert len(expected["people"]) == 3 * HOUSEHOLDS
    kills = different = 0
    for seed in range(ROUNDS):
        chance, batch = score.chance(seed), begin()
        for _ in range(chance.randrange(1, 3)):
            kills += killed(batch, chance)
            connection.close()
            assert not Household.objects.exists(), "a killed import leaves nothing"
        assert finished(batch).startswith(f"imported {HOUSEHOLDS}")
        different += rows() != expected
        numbers = [bytes(each) for each in Member.objects.values_list("id_number_index", flat=True)]
        assert len(set(numbers)) == len(numbers) == 3 * HOUSEHOLDS, "nobody twice"
    assert kills >= ROUNDS // 2, "the kills came too late to prove anything"
    score.counted(imports=ROUNDS)
    score.fired(kills_of_the_worker=kills)
    score.must_be(0, imports_that_differ=different)


def test_an_import_that_commits_piece_by_piece_would_be_found(begin: Begin, score: Score):
    """The control must fail: without the one transaction a killed import leaves rows, and its restart finds them."""
    expected = unbroken(begin)
    wrong = 0
    for seed in range(count(1, 10)):
        chance, batch = score.chance(seed), begin()
        killed(batch, chance, "parts")
        connection.close()
        left = Household.objects.exists()
        ended = finished(batch, "parts")
        wrong += left and (not ended.startswith("imported") or rows() != expected)
    score.control(imports_that_differ=wrong)
