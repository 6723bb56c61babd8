"""The keeper of an installation takes copies while the site goes on, and brings any moment back."""

import json
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest

from chunyu.backup import archiving, checking, drills, restoring, taking
from chunyu.backup.shelf import SEGMENT, Shelf, Unusable, following, holding
from chunyu.privacy import vault
from chunyu.running.places import Places

SECRET = "润物细无声"


def now():
    """A moment between two commits."""
    time.sleep(0.05)
    moment = datetime.now(UTC)
    time.sleep(0.05)
    return moment


def brought_back(shelf, clerk, into, until=None, rescued=None):
    """The rows of the moment; the folder is gone again afterwards."""
    restored = restoring.recover(shelf, into, until, rescued=rescued)
    rows = clerk.rows(restored.places)
    shutil.rmtree(restored.places.server, ignore_errors=True)
    shutil.rmtree(into, ignore_errors=True)
    return rows


def test_any_moment_after_a_copy_comes_back_and_nothing_of_later(home, clerk, shelf, aside):
    clerk.writes(1, 2)
    taking.take(home, shelf)
    clerk.writes(3)
    moment = now()
    clerk.writes(4, 5)
    clerk.hands_over()
    archiving.ship(home, shelf)
    assert brought_back(shelf, clerk, aside, moment) == [1, 2, 3]
    assert brought_back(shelf, clerk, aside) == [1, 2, 3, 4, 5]


def test_what_nobody_fetched_yet_is_taken_from_the_old_folder(home, clerk, shelf, aside):
    taking.take(home, shelf)
    clerk.writes(1, 2, 3)
    archiving.ship(home, shelf)
    assert brought_back(shelf, clerk, aside) == []
    assert brought_back(shelf, clerk, aside, rescued=home.database / "pg_wal") == [1, 2, 3]


def test_of_several_copies_the_last_before_the_moment_is_used(home, clerk, shelf, aside):
    clerk.writes(1)
    first = taking.take(home, shelf)
    clerk.writes(2)
    moment = now()
    time.sleep(1)  # copies are named by the second
    clerk.writes(3)
    second = taking.take(home, shelf)
    assert shelf.copies() == [first.copy, second.copy]
    restored = restoring.recover(shelf, aside, moment)
    assert restored.copy == first.copy
    assert clerk.rows(restored.places) == [1, 2]


def test_a_moment_of_quiet_is_reached_when_the_journal_is_known_to_be_whole(home, clerk, shelf, aside):
    clerk.writes(1)
    taking.take(home, shelf)
    clerk.writes(2)
    moment = now()
    with pytest.raises(Unusable, match="nothing was committed after that moment"):
        restoring.recover(shelf, aside, moment)
    assert brought_back(shelf, clerk, aside, moment, rescued=home.database / "pg_wal") == [1, 2]
    time.sleep(1)
    taking.take(home, shelf)
    assert brought_back(shelf, clerk, aside, moment) == [1, 2], "a later copy says that nothing is missing"


def test_too_early_and_too_late_are_told_apart(home, clerk, shelf, aside):
    early = now()
    with pytest.raises(Unusable, match="There is no copy in"):
        restoring.recover(shelf, aside)
    taking.take(home, shelf)
    with pytest.raises(Unusable, match="no earlier moment can be reached"):
        restoring.recover(shelf, aside, early)
    with pytest.raises(Unusable, match="nothing was committed after that moment"):
        restoring.recover(shelf, aside, now())
    assert not aside.exists(), "what failed leaves nothing behind"
    aside.mkdir()
    with pytest.raises(Unusable, match="is there already"):
        restoring.recover(shelf, aside)


def test_nothing_on_the_shelf_can_be_read_without_the_keys(home, clerk, shelf):
    with archiving.connected(home) as connection:
        connection.execute("INSERT INTO row_written VALUES (1, %s)", [SECRET])
    stored = vault.put(SECRET.encode())
    taking.take(home, shelf)
    clerk.hands_over()
    archiving.ship(home, shelf)
    files = [path for path in shelf.folder.rglob("*") if path.is_file()]
    assert any(path.name == stored.name for path in files)
    assert not [path for path in files if SECRET.encode() in path.read_bytes()]
    assert not [path for path in files if path.stat().st_mode & 0o077 and path.name != ".lock"]


def test_a_file_of_the_vault_comes_back_and_what_is_there_stays(home, clerk, shelf):
    lost, kept = vault.put(b"a receipt"), vault.put(b"another")
    taking.take(home, shelf)
    vault.remove(lost.name)
    before = vault.path_of(kept.name).stat().st_mtime_ns
    assert restoring.bring_back_vault(shelf) == 1
    assert vault.get(lost.name) == b"a receipt"
    assert vault.path_of(kept.name).stat().st_mtime_ns == before


def test_older_copies_go_with_the_journal_that_nobody_needs(home, clerk, shelf, aside):
    for number in (1, 2, 3):
        clerk.writes(number)
        taking.take(home, shelf)
        time.sleep(1)
    oldest, *others = shelf.copies()
    assert taking.keep(shelf, 2) == [oldest]
    assert shelf.copies() == others
    assert min(shelf.segments()) == shelf.manifests()[0].first_segment
    assert all(check.holds for check in checking.examine(shelf))
    assert brought_back(shelf, clerk, aside) == [1, 2, 3]
    assert taking.keep(shelf, 2) == []


def test_two_databases_do_not_mix_on_one_shelf(home, clerk, shelf, tmp_path):
    taking.take(home, shelf)
    segment = shelf.segments()[-1]
    (home.archive / segment).write_bytes(b"of another database")
    with pytest.raises(Unusable, match="two databases use one folder"):
        archiving.ship(home, shelf)
    assert (home.archive / segment).exists(), "nothing is thrown away"


def test_a_copy_that_was_cut_short_is_none(home, clerk, shelf, monkeypatch):
    monkeypatch.setattr(taking, "PIECE_BYTES", 1024**2)
    laid = Shelf.lay

    def fails_at_the_third(self, name, plain):
        if name.endswith("/0002"):
            raise OSError("No space left on device")
        laid(self, name, plain)

    monkeypatch.setattr(Shelf, "lay", fails_at_the_third)
    with pytest.raises(OSError, match="No space left"):
        taking.take(home, shelf)
    assert shelf.copies() == []
    assert not list(shelf.folder.glob("2*"))


def test_a_trial_reads_every_row_and_is_noted(home, clerk, shelf, aside):
    clerk.writes(1, 2, 3)
    taking.take(home, shelf)
    assert drills.last(shelf) is None
    drill = drills.look_over(restoring.recover(shelf, aside), 1.5)
    drills.note(shelf, drill)
    assert (drill.tables, drill.rows) == (1, 3)
    assert drills.last(shelf) == drill.at


def test_names_of_segments():
    assert following("000000010000000000000003") == "000000010000000000000004"
    assert following("0000000100000000000000FF") == "000000010000000100000000"
    assert holding(1, "0/2000028") == "000000010000000000000002"
    assert holding(2, "A/FF000000") == "000000020000000A000000FF"
    assert SEGMENT.fullmatch(holding(2, "A/FF000000"))


class TestCommands:
    """The same from a terminal, on an installation whose site is down."""

    @pytest.fixture
    def run(self, home, shelf, monkeypatch):
        monkeypatch.delenv("DATABASE_URL", raising=False)
        monkeypatch.setenv("CHUNYU_HOME", str(home.home))
        monkeypatch.setenv("CHUNYU_BACKUPS", str(shelf.folder))

        def chunyu(*words):
            command = [sys.executable, "-m", "chunyu.cli", *words]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            return done.returncode, done.stdout, done.stderr

        return chunyu

    def test_back_to_a_moment_in_place(self, run, home, clerk, shelf):
        clerk.writes(1)
        code, out, _ = run("backup", "--json")
        assert code == 0
        assert json.loads(out)["copy"] in shelf.copies()
        clerk.writes(2)
        moment = now().astimezone()
        clerk.writes(3)
        code, out, error = run("restore", "--yes", "--to", f"{moment:%Y-%m-%d %H:%M:%S.%f}")
        assert code == 0, error
        assert "is kept in" in out
        assert clerk.rows() == [1, 2]
        assert len(shelf.copies()) == 2, "the new history has a copy of its own"
        clerk.writes(4)
        code, out, error = run("restore", "--yes")
        assert code == 0, error
        assert clerk.rows() == [1, 2, 4], "and can be brought back in its turn"
        assert shelf.histories() == ["00000002.history", "00000003.history"]
        assert len([path for path in home.server.iterdir() if path.name.startswith("database.until-")]) == 2

    def test_looking_over_listing_and_trying(self, run, clerk, shelf):
        code, out, _ = run("backup", "--check")
        assert (code, "none in" in out) == (1, True)
        run("backup")
        code, out, _ = run("backup", "--list")
        assert shelf.copies()[0] in out
        code, out, _ = run("backup", "--check", "--json")
        assert code == 0
        assert [check["name"] for check in json.loads(out)] == [f"copy {shelf.copies()[0]}", "journal 1", "vault"]
        code, out, _ = run("backup", "--drill")
        assert (code, "Brought back" in out) == (0, True)
        assert drills.last(shelf) is not None

    def test_mistakes_are_answered_in_plain_words(self, run, monkeypatch):
        assert "There is no copy in" in run("restore", "--yes")[2]
        code, _, error = run("restore", "--to", "yesterday")
        assert (code, "write it as 2026-11-26 15:04:05" in error) == (2, True)
        monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@localhost/none")
        assert "whose administrator copies it" in run("backup")[2]


def test_the_doctor_speaks_of_copies(home, clerk, shelf, monkeypatch):
    from chunyu.backup import diagnosis

    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("CHUNYU_BACKUPS", str(shelf.folder))
    [none] = diagnosis.examine(home)
    assert none.holds
    assert "takes the first" in none.found
    taking.take(home, shelf)
    assert {check.name: check.holds for check in diagnosis.examine(home)} == {
        "copies": True,
        "journal": True,
        "bringing back": False,
    }
    (home.archive / "000000010000000000000099").touch()
    later = datetime.now(UTC) + diagnosis.LONGEST_WAIT * 2
    assert not diagnosis._journal(Places(home.home), later).holds
