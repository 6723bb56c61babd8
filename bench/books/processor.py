"""Processor seconds of this process and of its database session: what a busy machine disturbs less than the clock."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Spent:
    """Seconds by the clock, and of processors: here and in the database. The server must be on this machine."""

    clock: float
    here: float
    database: float

    @property
    def processor(self) -> float:
        return self.here + self.database

    def since(self, before: Spent) -> Spent:
        return Spent(self.clock - before.clock, self.here - before.here, self.database - before.database)


def now() -> Spent:
    return Spent(time.perf_counter(), time.process_time(), _session())


def _session() -> float:
    connection.ensure_connection()
    facts = Path(f"/proc/{connection.connection.info.backend_pid}/stat").read_text().rpartition(")")[2].split()
    return (int(facts[11]) + int(facts[12])) / TICKS
