"""How a peer is measured: one child process, one engine, one JSON line.

`run.py --data DIR --households N --repeat K --mode memory|parquet --variables final|all --variant NAME` prints

    {"engine", "version", "seconds": [...], "cpu_seconds": [...], "load_seconds", "peak_mb",
     "checks": {column: sum over households}}

`cpu_seconds` are those of all threads of the process (of Spark's Java process there are none).

The first run warms caches and is not in `seconds`, unless it is the only one. What is timed is told by each peer.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import resource
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.workload import COLUMNS, FINAL

THREADS = 2


@dataclass(frozen=True)
class Request:
    data: Path
    households: int
    repeat: int
    mode: str
    variables: str
    variant: str
    out: Path

    @property
    def columns(self) -> tuple[str, ...]:
        return COLUMNS if self.variables == "all" else FINAL


@dataclass(frozen=True)
class Run:
    """`prepare` is done before each timed call of `once`, and is not timed; what it gives is handed to `once`."""

    once: Callable[[Any], Any]
    sums: Callable[[Any], Mapping[str, float]]
    prepare: Callable[[], Any] = lambda: None


def request() -> Request:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--households", type=int, required=True)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--mode", choices=("memory", "parquet"), default="memory")
    parser.add_argument("--variables", choices=("final", "all"), default="final")
    parser.add_argument("--variant", default="")
    parser.add_argument("--out", type=Path, default=Path("build/bench/out"))
    return Request(**vars(parser.parse_args()))


def measure(engine: str, version: str, load: Callable[[Request], Run]) -> None:
    """Load, run `repeat` times and once before, print the line."""
    asked = request()
    asked.out.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    run = load(asked)
    loaded = time.perf_counter() - started
    seconds, busy = [], []
    result = None
    for _ in range(asked.repeat + 1):
        result = None
        given = run.prepare()
        gc.collect()
        started, working = time.perf_counter(), time.process_time()
        result = run.once(given)
        seconds.append(time.perf_counter() - started)
        busy.append(time.process_time() - working)
    peak = peak_mb()
    line = {
        "engine": engine,
        "version": version,
        "seconds": seconds[1:] or seconds,
        "cpu_seconds": busy[1:] or busy,
        "first": seconds[0],
        "load_seconds": loaded,
        "peak_mb": round(peak),
        "checks": dict(run.sums(result)),
    }
    print(json.dumps(line))


def peak_mb() -> float:
    """The most memory that this process and those it started have held, in MB."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return own + sum(_high_water(pid) for pid in _descendants(os.getpid()))


def _descendants(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [found for child in children for found in (int(child), *_descendants(int(child)))]


def _high_water(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)


def arrays(data: Path, table: str, columns: Mapping[str, str]) -> dict[str, np.ndarray]:
    """Columns of the workload, read into memory."""
    return {name: np.load(data / "arrays" / f"{table}.{name}.npy") for name in columns}


def sums_of(columns: Mapping[str, np.ndarray]) -> dict[str, float]:
    return {name: float(np.sum(column, dtype=np.float64)) for name, column in columns.items()}
