"""Which process is which: an id alone is reused by the system, an id with its start time is not."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


class NotRunning(Exception):
    """The site did not come up, or nothing runs that could be stopped; the message says why and what to do."""


@dataclass(frozen=True)
class Process:
    """One life of one process."""

    pid: int
    born: str

    @classmethod
    def of(cls, pid: int) -> Process | None:
        """The process with this id now; None when there is none or it is only waiting to be forgotten."""
        try:
            # The name, in brackets, may itself hold brackets and spaces; the fields after it cannot.
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        except OSError:
            return None
        state, ticks = fields[0], fields[19]
        return None if state in "ZX" else cls(pid, f"{boot}.{ticks}")

    @property
    def lives(self) -> bool:
        return Process.of(self.pid) == self

    def end(self, patience: float = 10.0) -> None:
        """Ask it to end with its whole group, then make it; harmless when another process has its id by now."""
        if not self.lives:
            return
        self._signal(signal.SIGTERM)
        if not wait_until(lambda: not self.lives, patience):
            self._signal(signal.SIGKILL)
            wait_until(lambda: not self.lives, 5)

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            if os.getpgid(self.pid) == self.pid:
                os.killpg(self.pid, number)
            else:
                os.kill(self.pid, number)


def wait_until(holds: Any, patience: float) -> bool:
    """Ask every 50 ms until it holds; False when patience (seconds) has run out."""
    until = time.monotonic() + patience
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


@dataclass(frozen=True)
class Running:
    """What the supervisor says of itself in processes/site.json."""

    supervisor: Process
    children: dict[str, Process]
    restarts: dict[str, int]
    port: int
    state: str

    @property
    def lives(self) -> bool:
        return self.supervisor.lives

    def write(self, path: Path) -> None:
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps(asdict(self)))
        fresh.replace(path)

    @classmethod
    def read(cls, path: Path) -> Running | None:
        """What was last written; whether it still lives is another question."""
        try:
            kept = json.loads(path.read_text())
        except (OSError, ValueError):
            return None
        return cls(
            Process(**kept["supervisor"]),
            {name: Process(**each) for name, each in kept["children"].items()},
            kept["restarts"],
            kept["port"],
            kept["state"],
        )
