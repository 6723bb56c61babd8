"""A dated report of a bench: the ratios first, the seconds behind them after."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy
import pyarrow

from bench.data import ROOT
from bench.measuring import Measurement
from bench.rows import Row

REPORTS = ROOT / "docs" / "benchmarks"


def machine() -> dict[str, str]:
    """Where it was measured."""
    return {
        "processor": _from("/proc/cpuinfo", "model name"),
        "cores": str(os.cpu_count()),
        "memory": f"{int(_from('/proc/meminfo', 'MemTotal').split()[0]) / 1_048_576:.0f} GiB",
        "load before": f"{_load_before():.2f}",
        "system": platform.platform(terse=True),
        "Python": platform.python_version(),
        "NumPy": numpy.__version__,
        "PyArrow": pyarrow.__version__,
        "commit": _commit(),
    }


def _load_before() -> float:
    return os.getloadavg()[1]


def _from(path: str, key: str) -> str:
    for line in Path(path).read_text().splitlines():
        if line.startswith(key):
            return line.partition(":")[2].strip()
    return "unknown"


def _commit() -> str:
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty"], capture_output=True, text=True, cwd=ROOT, check=False
    )
    return done.stdout.strip() or "unknown"


def write(
    name: str,
    about: dict[str, str],
    rows: Sequence[Row],
    found: Iterable[Measurement],
    on: date,
    more: Sequence[str] = (),
    plans: Sequence[str] = (),
) -> Path:
    """docs/benchmarks/<date>-<name>.md, and the same as JSON beside it; `more` are lines of the bench's own, `plans` go
    into a text of their own."""
    REPORTS.mkdir(parents=True, exist_ok=True)
    path = REPORTS / f"{on.isoformat()}-{name}.md"
    measured = list(found)
    text = _text(name, about, rows, measured, on) + "".join(f"{line}\n" for line in more)
    path.write_text(text, encoding="utf-8")
    if plans:
        beside = path.with_name(f"{path.stem}-plans.txt")
        beside.write_text("".join(f"{line}\n" for line in plans), encoding="utf-8")
    record = {
        "machine": about,
        "rows": [row.as_json() for row in rows],
        "measurements": [_record(one) for one in measured],
    }
    path.with_suffix(".json").write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def _record(one: Measurement) -> dict[str, Any]:
    what = one.what
    return {
        "engine": one.engine or what.engine,
        "version": one.version,
        "variant": what.variant,
        "households": what.households,
        "mode": what.mode,
        "variables": what.variables,
        "seconds": [round(second, 5) for second in one.seconds],
        "cpu_seconds": [round(second, 5) for second in one.cpu_seconds],
        "load_seconds": round(one.load_seconds, 3),
        "peak_mb": one.peak_mb,
        "failed": one.failed,
    }


def _text(name: str, about: dict[str, str], rows: Sequence[Row], found: list[Measurement], on: date) -> str:
    lines = [
        f"# Bench of {on.isoformat()}: {name}",
        "",
        "What each row means, and how to run it again: [README](README.md). Quote ratios, not seconds: from run to run",
        "seconds differ by a fifth and more. “Load before” says how busy the machine was when the bench began.",
        "",
        "| | |",
        "|---|---|",
        *(f"| {key} | {value} |" for key, value in about.items()),
        "",
        "## Ratios",
        "",
        "| what | against | ratio | bar | holds | ours | other | |",
        "|---|---|--:|---|---|--:|--:|---|",
        *(_row(row) for row in rows),
    ]
    if found:
        lines += [
            "",
            "## Seconds",
            "",
            "Median of warm runs, the least and the most of them; the median of processor seconds over all threads,",
            "which a busy machine disturbs less (Spark's are in another process, not counted); the most memory held.",
            "",
            "| engine | version | households | from | variables | median s | least | most | CPU s | runs | MB | |",
            "|---|---|--:|---|---|--:|--:|--:|--:|--:|--:|---|",
            *(_measured(one) for one in found),
        ]
    return "\n".join(lines) + "\n"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3g}" if value < 1000 else f"{value:,.0f}"


def _row(row: Row) -> str:
    mark = {True: "yes", False: "**no**", None: ""}[row.holds]
    ours, other = (f"{_number(value)} {row.unit}" if value is not None else "–" for value in (row.ours, row.other))
    cells = (row.name, row.against, _number(row.ratio), row.bar.replace("<=", "≤").replace(">=", "≥"), mark)
    return f"| {' | '.join(cells)} | {ours} | {other} | {row.note} |"


def _measured(one: Measurement) -> str:
    what = one.what
    label = f"{one.engine or what.engine}{f', {what.variant}' if what.variant else ''}"
    head = f"| {label} | {one.version} | {what.households:,} | {what.mode} | {what.variables} "
    if one.failed:
        return f"{head}| – | – | – | – | 0 | – | not measured: {one.failed} |"
    seconds = one.seconds
    busy = None if "spark" in (what.engine, what.variant) else statistics.median(one.cpu_seconds)
    numbers = (*map(_number, (one.median, min(seconds), max(seconds), busy)), str(len(seconds)))
    return f"{head}| {' | '.join(numbers)} | {one.peak_mb:,.0f} | |"
