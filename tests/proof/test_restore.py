"""R11: a moment that is brought back holds all that was acknowledged before it, and nothing after. R13: a copy that is
damaged, incomplete or sealed under other keys is refused, never served short."""

from __future__ import annotations

import base64
import random
import secrets
import shutil
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from django.test import override_settings

from chunyu.backup import archiving, checking, restoring, taking
from chunyu.backup.shelf import Shelf, Unusable
from chunyu.privacy import keyring as keys
from chunyu.privacy import vault
from chunyu.running import embedded_postgres
from chunyu.running.places import Places
from chunyu.running.processes import wait_until
from tests.proof.counts import count
from tests.proof.test_ledger_crash import kill_server

pytestmark = pytest.mark.proof
SEED = 20261126
WRITERS = 3


class Writing:
    """Writers that note the moment before and after each commit: a row is certain at a moment when its commit was
    acknowledged before, and impossible when it was begun after."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.began: dict[int, datetime] = {}
        self.known: dict[int, datetime] = {}
        self.over = threading.Event()

    def write(self, first: int) -> None:
        number = first
        with archiving.connected(self.places) as connection:
            while not self.over.is_set():
                self.began[number] = datetime.now(UTC)
                try:
                    connection.execute("INSERT INTO written VALUES (%s, %s)", [number, secrets.token_hex(200)])
                except psycopg.OperationalError:
                    return
                self.known[number] = datetime.now(UTC)
                number += WRITERS

    def must(self, moment: datetime) -> set[int]:
        return {number for number, at in self.known.items() if at < moment}

    def may(self, moment: datetime) -> set[int]:
        return {number for number, at in self.began.items() if at <= moment}


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Places, Shelf, Writing]]:
    """Some seconds of writing with two copies in it, and a server that was killed in the end."""
    folder = tmp_path_factory.mktemp("history")
    places, shelf = Places(folder / "home"), Shelf(folder / "copies")
    shutil.copy(keys.keyring_file(), places.keys)
    with override_settings(PLACES=places):  # a vault that no other test writes to
        yield from lived_through(places, shelf)


def lived_through(places: Places, shelf: Shelf) -> Iterator[tuple[Places, Shelf, Writing]]:
    embedded_postgres.start(places)
    with archiving.connected(places) as connection:
        connection.execute("CREATE TABLE written (number int PRIMARY KEY, words text)")
    vault.put(b"a receipt")
    writing = Writing(places)
    threads = [threading.Thread(target=writing.write, args=(number,)) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    for _ in range(2):
        taking.take(places, shelf)
        time.sleep(count(2, 10))
        with archiving.connected(places) as connection:
            row = connection.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()
        assert row is not None
        assert wait_until(lambda segment=row[0]: (places.archive / str(segment)).exists(), 30)
    kill_server(places)
    writing.over.set()
    for thread in threads:
        thread.join()
    archiving.ship(places, shelf)
    yield places, shelf, writing
    embedded_postgres.stop(places)
    shutil.rmtree(places.server, ignore_errors=True)


def rows_of(restored: restoring.Restored) -> set[int]:
    embedded_postgres.start(restored.places)
    try:
        with archiving.connected(restored.places) as connection:
            return {int(str(n)) for (n,) in connection.execute("SELECT number FROM written").fetchall()}
    finally:
        embedded_postgres.stop(restored.places)
        shutil.rmtree(restored.places.server, ignore_errors=True)
        shutil.rmtree(restored.places.home, ignore_errors=True)


def test_every_moment_comes_back_exactly(history, tmp_path):
    places, shelf, writing = history
    chance = random.Random(SEED)
    first = shelf.manifests()[0].ended_at
    span = (max(writing.known.values()) - first).total_seconds()
    for number in range(count(3, 50)):
        moment = first + (max(writing.known.values()) - first) * chance.uniform(0.02, 0.98)
        restored = restoring.recover(shelf, tmp_path / f"{number}", moment, rescued=places.database / "pg_wal")
        rows = rows_of(restored)
        assert writing.must(moment) <= rows <= writing.may(moment), f"seed {SEED}, restore {number} of {span:.1f} s"
    everything = restoring.recover(shelf, tmp_path / "all", None, rescued=places.database / "pg_wal")
    assert writing.must(datetime.now(UTC)) <= rows_of(everything)


def test_without_the_last_journal_something_is_lost(history, tmp_path):
    """The control: the same question notices a journal that ends early."""
    _places, shelf, writing = history
    shorter = Shelf(tmp_path / "shorter")
    shutil.copytree(shelf.folder, shorter.folder)
    last = shorter.segments()[-1]
    (shorter.folder / "wal" / last).unlink()
    with pytest.raises(Unusable, match=f"{last} is missing"):
        restoring.recover(shorter, tmp_path / "refused")
    (shorter.folder / "wal" / "last").unlink()  # as if nobody had noted how far it went
    rows = rows_of(restoring.recover(shorter, tmp_path / "short"))
    assert writing.must(datetime.now(UTC)) - rows


def damages(shelf: Shelf, chance: random.Random) -> list[tuple[str, str]]:
    """Ways to spoil a shelf: what is done, and to which file."""
    copy = shelf.copies()[-1]
    pieces = sorted(path.name for path in (shelf.folder / copy).iterdir() if path.name.isdigit())
    segments = [name for name in shelf.segments() if name >= shelf.manifest(copy).first_segment]
    files = [str(path.relative_to(shelf.folder)) for path in shelf.folder.glob("vault/??/*")]
    named = [f"{copy}/{chance.choice(pieces)}", f"{copy}/manifest", f"wal/{chance.choice(segments)}", "wal/last"]
    ways = [("flip", name) for name in [*named, files[0]] for _ in range(count(1, 5))]
    ways += [("cut", name) for name in [*named, files[0]]]
    ways += [("remove", f"{copy}/{chance.choice(pieces)}"), ("remove", f"wal/{chance.choice(segments)}")]
    ways += [("remove", files[0]), ("exchange", copy), ("rename", copy), ("keys", ""), ("old", f"wal/{segments[0]}")]
    return ways


def spoil(shelf: Shelf, way: str, name: str, chance: random.Random) -> None:
    path = shelf.folder / name
    if way == "flip":
        content = bytearray(path.read_bytes())
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        path.write_bytes(content)
    elif way == "cut":
        path.write_bytes(path.read_bytes()[: -chance.randrange(1, 30)])
    elif way == "remove":
        path.unlink()
    elif way == "exchange":  # two copies change places
        other = shelf.folder / shelf.copies()[0]
        between = shelf.folder / "between"
        for source, target in ((path, between), (other, path), (between, other)):
            source.rename(target)
    elif way == "rename":
        path.rename(shelf.folder / "20301231T000000Z")
    elif way == "old":  # an earlier state of the same name
        shutil.copy(shelf.folder / "wal" / shelf.segments()[-1], path)


def test_every_bad_shelf_says_so(history, tmp_path, monkeypatch):
    _places, shelf, _writing = history
    chance = random.Random(SEED)
    assert all(check.holds for check in checking.examine(shelf)), "the control: the same look finds a good one good"
    silent = []
    for number, (way, name) in enumerate(damages(shelf, chance)):
        bad = Shelf(tmp_path / f"bad{number}")
        shutil.copytree(shelf.folder, bad.folder)
        with monkeypatch.context() as patch:
            if way == "keys":
                patch.setenv("CHUNYU_SEAL_KEYS", f"1:{base64.b64encode(secrets.token_bytes(32)).decode()}")
                patch.setenv("CHUNYU_BLIND_KEY", base64.b64encode(secrets.token_bytes(32)).decode())
                keys.keyring.cache_clear()
            else:
                spoil(bad, way, name, chance)
            if all(check.holds for check in checking.examine(bad)):
                silent.append((way, name))
        keys.keyring.cache_clear()
        shutil.rmtree(bad.folder)
    assert silent == []


def test_a_damaged_copy_is_not_brought_back(history, tmp_path):
    _places, shelf, _writing = history
    bad = Shelf(tmp_path / "bad")
    shutil.copytree(shelf.folder, bad.folder)
    spoil(bad, "flip", f"{bad.copies()[-1]}/0000", random.Random(SEED))
    with pytest.raises(Unusable, match="does not open"):
        restoring.recover(bad, tmp_path / "into")
    assert not Path(tmp_path / "into").exists()
