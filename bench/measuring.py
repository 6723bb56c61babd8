"""Running engines one at a time in child processes, and comparing what they found."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.data import BUILD, ROOT, prepare
from bench.environments import PEERS, NotInstalled, python_of
from bench.workload import COUNTS, ROUNDED

OURS = "ours"
LIMIT_SECONDS = 1500
SPARE_MB = 1500


@dataclass(frozen=True)
class Engine:
    """An engine and how far its sums may be from those of the yardstick, relative to their size."""

    name: str
    tolerance: float = 1e-14

    @property
    def command(self) -> list[str]:
        if self.name == OURS:
            return [sys.executable, "-m", "bench.ours"]
        return [str(python_of(self.name)), "-m", f"bench.peers.{self.name}.run"]


# Sums of float32, and a share that float32 cannot write, are off by up to half a unit of its last place.
FLOAT32 = 6e-8
ENGINES = {
    engine.name: engine
    for engine in (
        Engine(OURS),
        Engine("numpy_blocks"),
        Engine("openfisca", FLOAT32),
        Engine("openfisca_tuned", FLOAT32),
        Engine("policyengine", FLOAT32),
        Engine("duckdb"),
        Engine("polars"),
        Engine("spark"),
    )
}


@dataclass(frozen=True)
class What:
    """What is measured: an engine's variant on a size, from memory or Parquet, with some of the variables."""

    engine: str
    households: int
    mode: str = "memory"
    variables: str = "final"
    variant: str = ""


@dataclass
class Measurement:
    """Seconds of all warm runs, over one or more child processes. `failed` says in words why there are none."""

    what: What
    engine: str = ""
    version: str = ""
    seconds: list[float] = field(default_factory=list)
    cpu_seconds: list[float] = field(default_factory=list)
    load_seconds: float = 0.0
    peak_mb: float = 0.0
    checks: dict[str, float] = field(default_factory=dict)
    failed: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    def add(self, line: Mapping[str, Any]) -> None:
        self.engine, self.version = str(line["engine"]), str(line["version"])
        self.seconds += line["seconds"]
        self.cpu_seconds += line["cpu_seconds"]
        self.load_seconds, self.checks = float(line["load_seconds"]), dict(line["checks"])
        self.peak_mb = max(self.peak_mb, float(line["peak_mb"]))


class Bench:
    """Measurements of one session, each made once, and the memory that each engine was seen to need."""

    def __init__(self, say: Any = None) -> None:
        self.found: dict[What, Measurement] = {}
        self.say = say or (lambda text: None)

    def measure(self, what: What, repeat: int, rounds: int = 1) -> Measurement:
        """Run `rounds` child processes of `repeat` warm runs each, unless it was done before."""
        found = self.found.get(what)
        if found is None:
            found = self.found[what] = Measurement(what)
            found.failed = self._too_large(what, repeat)
            for _ in range(rounds):
                if not found.failed:
                    self._run(found, repeat)
        return found

    def interleaved(self, whats: list[What], repeat: int, rounds: int) -> list[Measurement]:
        """Several that are compared closely: in turn, so that a slow minute of the machine meets all of them."""
        fresh = [what for what in whats if what not in self.found]
        for what in fresh:
            self.found[what] = Measurement(what, failed=self._too_large(what, repeat))
        for _ in range(rounds):
            for what in fresh:
                if not self.found[what].failed:
                    self._run(self.found[what], repeat)
        return [self.found[what] for what in whats]

    def _run(self, found: Measurement, repeat: int) -> None:
        what = found.what
        self.say(f"{what.engine} {what.variant} {what.households:,} {what.mode} {what.variables}")
        try:
            line = run_once(what, repeat)
        except (NotInstalled, Failed) as failure:
            found.failed = str(failure)
        else:
            found.add(line)

    def _too_large(self, what: What, repeat: int) -> str:
        """Why an engine is not tried at a size, from what it needed at a smaller one."""
        smaller = [
            m
            for w, m in self.found.items()
            if (w.engine, w.mode) == (what.engine, what.mode) and w.households < what.households
        ]
        if not smaller:
            return ""
        last = max(smaller, key=lambda m: m.what.households)
        if last.failed:
            return last.failed
        times = what.households / last.what.households
        free = free_mb()
        if what.engine not in (OURS, "spark") and what.mode == "memory" and last.peak_mb * times > free - SPARE_MB:
            return f"it would need about {last.peak_mb * times / 1000:.0f} GB; {free / 1000:.0f} GB are free"
        expected = last.median * times * (repeat + 1) + last.load_seconds * times
        if expected > LIMIT_SECONDS:
            return f"it would take about {expected / 60:.0f} minutes"
        return ""


class Failed(Exception):
    """A child process did not come to its end; the last line that it said."""


def run_once(what: What, repeat: int) -> dict[str, Any]:
    """One child process. Raises Failed or NotInstalled."""
    data = prepare(what.households)
    command = [*ENGINES[what.engine].command, "--data", str(data), "--households", str(what.households)]
    command += ["--repeat", str(repeat), "--mode", what.mode, "--variables", what.variables]
    command += ["--variant", what.variant, "--out", str(BUILD / "out")]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=ROOT, timeout=LIMIT_SECONDS, check=False, env=_environment()
        )
    except subprocess.TimeoutExpired:
        raise Failed(f"not done after {LIMIT_SECONDS // 60} minutes") from None
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        killed = "it ran out of memory" if done.returncode == -9 else said[-1]
        raise Failed(killed)
    line: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return line


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}


def free_mb() -> float:
    lines = Path("/proc/meminfo").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("MemAvailable"))


def differences(found: Measurement, reference: Measurement) -> list[str]:
    """Columns in which an engine's sums are not those of the yardstick.

    Small whole numbers must be equal. The three quotients are rounded by our language and not by floats, and engines
    add them up in different orders.
    """
    tolerance = ENGINES[found.what.engine].tolerance
    wrong = []
    for name, value in found.checks.items():
        expected = reference.checks.get(name)
        if expected is None:
            continue
        allowed = 0.0 if name in COUNTS else tolerance * abs(expected)
        if name in ROUNDED:
            allowed = max(allowed, 1e-12 * abs(expected))
            if found.what.engine == OURS:
                allowed = ROUNDED[name] * found.what.households
        if abs(value - expected) > allowed:
            wrong.append(f"{name}: {value!r} is not {expected!r}")
    return wrong


__all__ = ["ENGINES", "OURS", "PEERS", "Bench", "Engine", "Failed", "Measurement", "What", "differences", "run_once"]
