"""A home with a server of its own, some rows in it, and a folder of copies."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chunyu.backup import archiving
from chunyu.backup.shelf import Shelf
from chunyu.privacy.keyring import keyring_file
from chunyu.running import embedded_postgres
from chunyu.running.places import Places


class Clerk:
    """Somebody who writes one row after another, and knows which of them the database acknowledged, and when."""

    def __init__(self, places: Places) -> None:
        self.places = places
        with archiving.connected(places) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS row_written (number int PRIMARY KEY, words text)")

    def writes(self, *numbers: int) -> None:
        with archiving.connected(self.places) as connection:
            for number in numbers:
                connection.execute("INSERT INTO row_written VALUES (%s, %s)", [number, f"润物 {number}" * 20])

    def rows(self, places: Places | None = None) -> list[int]:
        """What is there, in this home or in another whose server is started for it."""
        other = places or self.places
        embedded_postgres.start(other)
        with archiving.connected(other) as connection:
            found = [int(str(n)) for (n,) in connection.execute("SELECT number FROM row_written ORDER BY 1").fetchall()]
        if places:
            embedded_postgres.stop(places)
        return found

    def hands_over(self) -> None:
        """Finish the segment, and wait until the server has laid it down."""
        with archiving.connected(self.places) as connection:
            row = connection.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()
        assert row is not None
        embedded_postgres.wait_until(lambda: (self.places.archive / str(row[0])).exists(), 20)


@pytest.fixture
def home(tmp_path: Path, settings: Any) -> Iterator[Places]:
    places = Places(tmp_path / "home")
    shutil.copy(keyring_file(), places.keys)
    settings.PLACES = places  # a vault that no other test writes to
    embedded_postgres.start(places)
    yield places
    embedded_postgres.stop(places)
    shutil.rmtree(places.server, ignore_errors=True)


@pytest.fixture
def clerk(home: Places) -> Clerk:
    return Clerk(home)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "copies")


@pytest.fixture
def aside(tmp_path: Path) -> Iterator[Path]:
    """Where a copy is brought back to; gone afterwards, with its server's folder."""
    into = tmp_path / "aside"
    yield into
    if into.exists():
        embedded_postgres.stop(Places(into))
        shutil.rmtree(Places(into).server, ignore_errors=True)
