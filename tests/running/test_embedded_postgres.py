"""The embedded server survives kills, keeps every row that it acknowledged, and never doubles."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psycopg
import pytest

from chunyu.running import embedded_postgres
from chunyu.running.places import Places
from chunyu.running.processes import wait_until

STARTER = (
    "import sys; from pathlib import Path; from chunyu.running import embedded_postgres;"
    "from chunyu.running.places import Places; embedded_postgres.start(Places(Path(sys.argv[1])))"
)


@pytest.fixture
def home(tmp_path):
    """A home of its own with its own server, stopped in the end."""
    places = Places(tmp_path / "home")
    yield places
    embedded_postgres.stop(places)
    # Where root runs the tests this is a folder outside: theirs is closed to the server's user.
    shutil.rmtree(places.server, ignore_errors=True)


def connect(places):
    return psycopg.connect(host=str(places.socket), user="chunyu", dbname="chunyu", autocommit=True)


def server_pid(places):
    return int((places.database / "postmaster.pid").read_text().split("\n")[0])


def family(places):
    """The server and all its children."""
    parent = server_pid(places)
    found = [parent]
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(stat.read_text().rsplit(")", 1)[1].split()[1]) == parent:
                found.append(int(stat.parent.name))
        except OSError:
            continue
    return found


def test_start_stop_start_keeps_the_rows(home):
    embedded_postgres.start(home)
    assert embedded_postgres.is_running(home)
    with connect(home) as connection:
        connection.execute("CREATE TABLE kept (number int)")
        connection.execute("INSERT INTO kept SELECT generate_series(1, 1000)")
    assert embedded_postgres.stop(home)
    assert not embedded_postgres.is_running(home)
    assert not embedded_postgres.stop(home), "nothing is left to stop"
    embedded_postgres.start(home)
    with connect(home) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (1000,)


def test_starting_what_runs_costs_next_to_nothing(home):
    embedded_postgres.start(home)
    before, begun = server_pid(home), time.monotonic()
    embedded_postgres.start(home)
    assert time.monotonic() - begun < 0.5
    assert server_pid(home) == before


def test_the_socket_is_for_its_owner_alone(home):
    embedded_postgres.start(home)
    assert home.socket.stat().st_mode & 0o077 == 0
    with connect(home) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)


@pytest.mark.proof
@pytest.mark.parametrize("whole_family", [False, True], ids=["postmaster", "postmaster and children"])
def test_every_acknowledged_row_is_there_after_a_kill(home, whole_family):
    embedded_postgres.start(home)
    with connect(home) as connection:
        connection.execute("CREATE TABLE kept (number int PRIMARY KEY)")
        # The control: a table that the server itself is free to lose must be lost, or the kill was none.
        connection.execute("CREATE UNLOGGED TABLE control (number int)")
        connection.execute("INSERT INTO control SELECT generate_series(1, 100)")
    acknowledged: list[int] = []

    def write():
        try:
            with connect(home) as connection:
                for number in range(1_000_000):
                    connection.execute("INSERT INTO kept VALUES (%s)", [number])
                    acknowledged.append(number)
        except psycopg.OperationalError:
            pass

    writer = threading.Thread(target=write)
    writer.start()
    assert wait_until(lambda: len(acknowledged) > 200, 20)
    for pid in family(home) if whole_family else [server_pid(home)]:
        os.kill(pid, signal.SIGKILL)
    writer.join(20)
    embedded_postgres.start(home)
    with connect(home) as connection:
        kept = {number for (number,) in connection.execute("SELECT number FROM kept")}
        control = connection.execute("SELECT count(*) FROM control").fetchone()
    assert set(acknowledged) <= kept
    assert control == (0,)


@pytest.mark.proof
def test_many_starts_at_once_give_one_server(home):
    starts = [subprocess.Popen([sys.executable, "-c", STARTER, str(home.home)]) for _ in range(6)]
    assert [start.wait(60) for start in starts] == [0] * 6
    commands = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists() and _readable(path)]
    servers = [command for command in commands if str(home.database).encode() in command and b"postgres\0" in command]
    assert len(servers) == 1


def _readable(path):
    try:
        return bool(path.read_bytes())
    except OSError:
        return False


def test_a_start_killed_midway_leaves_nothing_that_looks_made(home):
    start = subprocess.Popen([sys.executable, "-c", STARTER, str(home.home)])
    assert wait_until(lambda: list(home.server.glob("database.fresh-*/PG_VERSION")), 20)
    start.kill()
    start.wait()
    embedded_postgres.start(home)
    assert embedded_postgres.is_running(home)


def test_a_stale_process_id_is_not_believed(home):
    embedded_postgres.start(home)
    embedded_postgres.stop(home)
    innocent = subprocess.Popen(["sleep", "60"])
    try:
        (home.database / "postmaster.pid").write_text(f"{innocent.pid}\n{home.database}\n")
        assert not embedded_postgres.stop(home)
        assert innocent.poll() is None
    finally:
        innocent.kill()
        innocent.wait()
        (home.database / "postmaster.pid").unlink()


def test_a_socket_folder_of_somebody_else_is_refused(home, tmp_path, monkeypatch):
    trap = tmp_path / "elsewhere"
    trap.mkdir()
    (tmp_path / "trap").symlink_to(trap)
    monkeypatch.setattr(Places, "socket", property(lambda self: tmp_path / "trap"))
    with pytest.raises(embedded_postgres.ServerFailed, match="belongs to another user, or is a link"):
        embedded_postgres.start(home)
