"""A workbook of households with their members: taken in whole, beside reading the same file and copying the same rows.

On a PostgreSQL of its own beneath build/bench. Both sides read one file from beginning to end and write the same rows
into the same tables, with their keys, checks and triggers, in one run; ours finds every fault, seals what is personal,
looks for everybody in the whole registry and states each figure with its cell.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.data import BUILD, ROOT
from bench.measuring import Measurement
from bench.rows import Row, at_most, under
from chunyu.running import embedded_postgres
from chunyu.running.places import Places

HOUSEHOLDS = (10_000, 100_000)
QUICK = (1_000, 5_000)
TIMES = {10_000: 3}  # turns of both; the largest takes one
MOST_TIMES = 4
MOST_MEMORY = 1_000  # MB
MOST_SECONDS = 60


def importing(sizes: tuple[int, ...], quick: bool, say: Callable[[str], None]) -> tuple[list[Row], list[Measurement]]:
    home = BUILD / "import"
    places = Places(home / "home")
    embedded_postgres.stop(places)  # what a bench that was broken off left behind
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True, exist_ok=True)
    embedded_postgres.start(places)
    rows: list[Row] = []
    try:
        _step(places, "prepare")
        for households in QUICK if quick else HOUSEHOLDS:
            say(f"{households:,} households")
            rows += _size(places, home / f"{households}.xlsx", households, say)
    finally:
        embedded_postgres.stop(places)
        shutil.rmtree(home, ignore_errors=True)
    return rows, []


def _size(places: Places, file: Path, households: int, say: Callable[[str], None]) -> list[Row]:
    _step(places, "workbook", str(file), str(households))
    ours, others = [], []
    for _ in range(TIMES.get(households, 1)):
        ours.append(_step(places, "ours", str(file), str(households)))
        others.append(_step(places, "other", str(file)))
        say(f"  ours {ours[-1]}; other {others[-1]}")
    name = f"{households:,} households with members"
    taken = statistics.median(each["seconds"] for each in ours)
    same = statistics.median(each["read"] + each["copy"] for each in others)
    bare = statistics.median(each["read"] + each["bare"] for each in others)
    large = households == max(HOUSEHOLDS)
    found = [
        at_most(name, "s", taken, "reading the file and COPY of the same rows", same, MOST_TIMES if large else None),
        at_most(f"{name}, tables bare", "s", taken, "the same COPY without keys, checks and triggers", bare),
        under(f"{name}: peak memory", "MB", max(each["peak_mb"] for each in ours), MOST_MEMORY),
        at_most(
            f"{name}: peak memory of the reading child",
            "MB",
            max(each["child_mb"] for each in ours),
            "reading the file alone",
            max(each["peak_mb"] for each in others),
        ),
    ]
    return found if large else [*found, under(f"{name}: time", "s", taken, MOST_SECONDS)]


def _step(places: Places, *arguments: str) -> dict[str, Any]:
    """A step in a process of its own, whose memory is its own."""
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    surroundings = {"CHUNYU_HOME": str(places.home), "DJANGO_SETTINGS_MODULE": "chunyu.settings"}
    command = [sys.executable, "-m", "bench.importing_step", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=kept | surroundings, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-2_000:])
    return json.loads(done.stdout.strip().splitlines()[-1])
