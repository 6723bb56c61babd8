"""The database is killed in the middle of posting, again and again, on a server of its own. What was acknowledged is
there, once, and every balance is the sum of its legs. The control gives up waiting for the disk and must lose some."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import psycopg
import pytest

from chunyu.ledger.triggers import signed
from chunyu.running import embedded_postgres
from chunyu.running.places import Places
from tests.proof.counts import count
from tests.proof.scoring import Score

pytestmark = pytest.mark.proof("R1")
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    """A home with a server of its own, never the one that other tests share."""
    places = Places(tmp_path_factory.mktemp("crash") / "home")
    embedded_postgres.start(places)
    subprocess.run([sys.executable, "-m", "tests.proof.ledger_prepare"], check=True, **surroundings(places))
    yield places
    embedded_postgres.stop(places)
    shutil.rmtree(places.server, ignore_errors=True)


def surroundings(places: Places) -> dict:
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return {"cwd": ROOT, "env": kept | {"CHUNYU_HOME": str(places.home), "DJANGO_SETTINGS_MODULE": "chunyu.settings"}}


def ask(places: Places, sql: str) -> list[tuple]:
    with psycopg.connect(host=str(places.socket), user="chunyu", dbname="chunyu", autocommit=True) as connection:
        cursor = connection.execute(sql)
        return cursor.fetchall() if cursor.description else []


def kill_server(places: Places) -> None:
    """Postmaster and all its children at one blow: the parent is stopped first, so that it cannot tell them."""
    parent = int((places.database / "postmaster.pid").read_text().split("\n")[0])
    os.kill(parent, signal.SIGSTOP)
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            if int(stat.read_text().rsplit(")", 1)[1].split()[1]) == parent:
                os.kill(int(stat.parent.name), signal.SIGKILL)
    os.kill(parent, signal.SIGKILL)


def round_of_writing(places: Places, first: int, wait: float) -> tuple[set[str], set[str], float]:
    """Write, kill the server after `wait` seconds of posting, start it again: acknowledged keys, keys in doubt, and
    the seconds until the server took writes again."""
    # Unbuffered: a buffer would swallow the keys that arrive together with the first one.
    writer = subprocess.Popen(
        [sys.executable, "-m", "tests.proof.ledger_writer", str(first)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        **surroundings(places),
    )
    assert writer.stdout is not None
    begin = writer.stdout.readline()
    time.sleep(wait)
    kill_server(places)
    out, doubtful = writer.communicate(timeout=60)
    begun = time.monotonic()
    embedded_postgres.start(places)
    keys = [set(text.decode().split()) for text in (begin + out, doubtful)]
    return keys[0], keys[1], time.monotonic() - begun


def lost_in(places: Places, rounds: int, first: int, chance: Random) -> tuple[int, int]:
    """Of keys numbered from `first`: how many were acknowledged over all rounds, and how many of them are gone."""
    acknowledged, doubtful = set(), set()
    for number in range(rounds):
        sure, unsure, seconds = round_of_writing(places, first + number * 1_000_000, chance.uniform(0.1, 0.6))
        acknowledged |= sure
        doubtful |= unsure
        assert seconds < 60
    posted = ask(places, "SELECT key FROM ledger_transfer WHERE reason = 'reservation'")
    stored = {key for (key,) in posted if first <= int(key.split("-")[1]) < first + rounds * 1_000_000}
    assert stored <= acknowledged | doubtful, "nothing is posted that nobody asked for"
    return len(acknowledged), len(acknowledged - stored)


DRIFT = f"""
    SELECT account.id FROM ledger_account AS account LEFT JOIN ledger_leg AS leg ON leg.account_id = account.id
    GROUP BY account.id HAVING account.balance <> coalesce(sum({signed("leg")}), 0)
"""


@pytest.mark.parametrize("shard", range(count(1, 4)))
def test_a_killed_database_loses_nothing_acknowledged(home: Places, score: Score, shard: int):
    kills = count(2, 50)
    acknowledged, lost = lost_in(home, kills, shard * 10**8, score.chance(shard))
    assert acknowledged > 20
    score.counted(transfers_acknowledged=acknowledged)
    score.fired(kills_of_the_database=kills)
    score.must_be(0, lost=lost, accounts_in_drift=len(ask(home, DRIFT)))
    [(cash, committed, posted)] = ask(
        home,
        """SELECT sum(balance) FILTER (WHERE kind = 'cash'), sum(balance) FILTER (WHERE kind = 'committed'),
            (SELECT count(*) FROM ledger_transfer WHERE reason = 'reservation') FROM ledger_account""",
    )
    assert (cash, committed) == (10**9 - posted, posted)


def test_without_waiting_for_the_disk_something_is_lost(home: Places, score: Score):
    """The control: the same kills notice a server that acknowledges before it has written."""
    ask(home, "ALTER SYSTEM SET synchronous_commit = off")
    ask(home, "ALTER SYSTEM SET wal_writer_delay = '10s'")
    ask(home, "SELECT pg_reload_conf()")
    try:
        _acknowledged, lost = lost_in(home, count(2, 15), 10**9, score.chance(99))
    finally:
        ask(home, "ALTER SYSTEM RESET ALL")
        ask(home, "SELECT pg_reload_conf()")
    score.control(lost=lost)
