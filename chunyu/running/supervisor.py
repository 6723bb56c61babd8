"""Keeps the web server and the worker of one home alive, and the embedded database under them.

Started by `chunyu up`, detached from its terminal; ended by `chunyu stop`. A lock held for its whole life makes it the
only one. When it is killed the kernel ends its children, so that the next start finds the field clear.
"""

import contextlib
import ctypes
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from chunyu.running import embedded_postgres
from chunyu.running.places import Places
from chunyu.running.processes import Process, Running

TURN = 0.2  # seconds between looks at the children
DATABASE_TURN = 2.0  # seconds between looks at the database
STEADY = 30.0  # a child that lived this long is started again at once
LONGEST_PAUSE = 15.0
LOG_LIMIT = 20 * 1024 * 1024
PR_SET_PDEATHSIG = 1
BLOCKING_THREADS = 8


def commands(port: int) -> dict[str, list[str]]:
    host = os.environ.get("CHUNYU_LISTEN", "127.0.0.1")
    web = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port)]
    web += ["--workers", "1", "--blocking-threads", str(BLOCKING_THREADS), "--no-ws", "--no-access-log"]
    web += ["--log-level", "warning", "--respawn-failed-workers", "chunyu.wsgi:application"]
    worker = [sys.executable, "-m", "chunyu.worker"]
    return {"web": web, "worker": worker}


@dataclass
class Child:
    """One program that is to run all the time."""

    name: str
    command: list[str]
    log: Path
    process: subprocess.Popen | None = None
    started: float = 0.0
    restarts: int = 0
    not_before: float = 0.0

    def start(self) -> None:
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(  # noqa: S603 - our own programs
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=_die_with_parent,
                env=os.environ | {"CHUNYU_LOGIN": "application"},
            )
        self.started = time.monotonic()

    def clear_up(self) -> None:
        """After its death: end what it started itself, and wait longer each time it dies young."""
        assert self.process
        _signal_group(self.process.pid, signal.SIGKILL)
        self.process = None
        now = time.monotonic()
        self.restarts = 1 if now - self.started > STEADY else self.restarts + 1
        self.not_before = now + (0 if self.restarts == 1 else min(LONGEST_PAUSE, 0.5 * 2**self.restarts))


@dataclass
class Supervisor:
    places: Places
    port: int
    state: str
    embedded: bool
    stopping: bool = False
    children: list[Child] = field(default_factory=list)

    def run(self) -> None:
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        self._end_orphans()
        self.children = [
            Child(name, command, self.places.logs / f"{name}.log") for name, command in commands(self.port).items()
        ]
        look_at_database, database = 0.0, None
        while not self.stopping:
            if not self.places.lock.exists():
                # Somebody threw the whole home away: what still runs would only make a new one.
                self._end_children()
                if database and database.lives:
                    embedded_postgres.end(database)
                return
            if self.embedded and time.monotonic() >= look_at_database:
                self._keep_database()
                database = embedded_postgres.server(self.places)
                look_at_database = time.monotonic() + DATABASE_TURN
            if self._keep_children():
                self._write()
            time.sleep(TURN)
        self._end_children()

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True

    def _end_orphans(self) -> None:
        """Children of a supervisor that was killed, where the kernel did not end them."""
        before = Running.read(self.places.site)
        for orphan in before.children.values() if before else []:
            orphan.end()

    def _keep_children(self) -> bool:
        changed = False
        for child in self.children:
            if child.process and child.process.poll() is not None:
                print(f"{child.name} ended with {child.process.returncode}", flush=True)  # noqa: T201 - our log
                child.clear_up()
            if child.process is None and time.monotonic() >= child.not_before:
                child.start()
                changed = True
        return changed

    def _keep_database(self) -> None:
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(self.places.socket / ".s.PGSQL.5432"))
            except OSError:
                try:
                    embedded_postgres.start(self.places)
                except embedded_postgres.ServerFailed as failure:
                    print(failure, flush=True)  # noqa: T201 - our log; the next turn tries again

    def _write(self) -> None:
        alive = {child.name: Process.of(child.process.pid) for child in self.children if child.process}
        me = Process.of(os.getpid())
        assert me
        Running(
            me,
            {name: process for name, process in alive.items() if process},
            {child.name: child.restarts for child in self.children},
            self.port,
            self.state,
        ).write(self.places.site)

    def _end_children(self) -> None:
        for child in self.children:
            if child.process:
                _signal_group(child.process.pid, signal.SIGTERM)
        until = time.monotonic() + 8
        for child in self.children:
            if child.process:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.process.wait(max(0.1, until - time.monotonic()))
                _signal_group(child.process.pid, signal.SIGKILL)
                child.process.wait()


def _signal_group(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def main(arguments: list[str]) -> Any:
    home, port, state = arguments
    places = Places(Path(home))
    with places.lock.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return f"Another supervisor keeps {home} already."
        Supervisor(places, int(port), state, embedded=not os.environ.get("DATABASE_URL")).run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
