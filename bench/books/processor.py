"""Processor seconds of this thread and of its database session: what a busy machine disturbs less than the clock."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection

from chunyu.running import embedded_postgres

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Spent:
    """Seconds by the clock, and of processors: in this thread and in its database session, on this machine."""

    clock: float
    here: float
    database: float

    @property
    def processor(self) -> float:
        return self.here + self.database

    def since(self, before: Spent) -> Spent:
        return Spent(self.clock - before.clock, self.here - before.here, self.database - before.database)


def now() -> Spent:
    return Spent(time.perf_counter(), time.thread_time(), _session())


@contextmanager
def of_ended_sessions() -> Iterator[list[float]]:
    """Seconds of the processors for the database sessions that end meanwhile, and for the programs that do; the one
    number stands in the list afterwards. No other session of the server may end meanwhile."""
    connection.close()
    server = embedded_postgres.server(settings.PLACES)
    if server is None:
        raise RuntimeError("the server of this home does not run here")
    found: list[float] = []
    before = _of_children(server.pid) + _of_children(os.getpid())
    yield found
    time.sleep(0.5)  # the last of them are still going
    found.append(_of_children(server.pid) + _of_children(os.getpid()) - before)


def _of_children(pid: int) -> float:
    """Of the children of a process that have ended, all together."""
    return sum(_facts(pid)[13:15])


def _facts(pid: int) -> list[float]:
    facts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return [int(each) / TICKS if each.lstrip("-").isdigit() else 0.0 for each in facts]


def _session() -> float:
    connection.ensure_connection()
    return sum(_facts(connection.connection.info.backend_pid)[11:13])
