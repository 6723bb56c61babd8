"""The same run scheduled by a Spark cluster (the extra `chunyu[spark]`).

Spark is given the names of the pieces and nothing else: each worker reads its files, runs the same kernel and writes
its part, so no row passes through Spark. Facts, pack and results lie where every worker can read and write them (a
network file system), under the same paths, and every worker has the same release of Chunyu installed.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from chunyu.policy.facts_folder import open_facts
from chunyu.policy.loading import find_pack, load_pack
from chunyu.policy.problems import PolicyError
from chunyu.policy.running import (
    Done,
    Job,
    Piece,
    Progress,
    Run,
    batches_of,
    do_pieces,
    finish,
    finished_pieces,
    marks,
    pieces_of,
    start,
)


@dataclass(frozen=True)
class Timing:
    """Seconds until the session was there, and seconds of the run itself."""

    session: float
    run: float


def session(master: str, **options: str) -> Any:
    """A Spark session whose workers run this Python. Raises PolicyError when PySpark or Java is missing."""
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise PolicyError(
            "没有安装 PySpark：请安装 chunyu[spark]", "PySpark is not installed: install chunyu[spark]"
        ) from None
    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable  # read when the session is made
    builder = SparkSession.builder.master(master).appName("chunyu").config("spark.ui.enabled", "false")
    for name, value in options.items():
        builder = builder.config(name, value)
    try:
        return builder.getOrCreate()
    except Exception as error:
        raise PolicyError(
            f"连不上 Spark（{master}）：{error}", f"Spark at {master} cannot be reached: {error}"
        ) from error


def run_on_spark(
    pack: str | Path,
    facts: Path,
    on: date,
    out: Path,
    master: str,
    rules: Sequence[str] = (),
    progress: Progress = lambda done, total: None,
    options: dict[str, str] | None = None,
) -> tuple[Run, Timing]:
    """`running.run` with the pieces done by a cluster; the same digest. Goes on where an earlier start stopped."""
    source = find_pack(str(pack)).resolve()
    folder = open_facts(facts.resolve())
    job = start(load_pack(source), source, folder, on, out.resolve(), rules)
    pieces = pieces_of(folder)
    before = marks(folder)
    done = finished_pieces(job, pieces)
    waiting = [piece for piece in pieces if piece not in done]
    began = time.monotonic()
    spark = session(master, **(options or {}))
    there = time.monotonic()
    if waiting:
        context = spark.sparkContext
        batches = batches_of(folder, waiting)
        tasks = context.parallelize(batches, min(len(batches), 4 * context.defaultParallelism))
        done |= {each.piece: each for each in tasks.flatMap(_worker(job)).collect()}
    counted = sum(each.households for each in done.values())
    progress(counted, folder.households)
    found = finish(job, folder, before, [done[piece] for piece in pieces])
    return found, Timing(there - began, time.monotonic() - there)


def _worker(job: Job) -> Callable[[tuple[Piece, ...]], list[Done]]:
    def do(pieces: tuple[Piece, ...]) -> list[Done]:
        return do_pieces(job, pieces)

    return do
