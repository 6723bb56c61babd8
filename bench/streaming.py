"""A run over the folder of facts, as `chunyu policy run` does it: on local threads, or scheduled by Spark."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bench.peers import protocol
from bench.workload import CODES, COUNTS, HOUSEHOLDS, ON, PACK, PERSONS
from chunyu.policy.columns import MEMBERS
from chunyu.policy.facts_folder import open_facts
from chunyu.policy.running import Piece, pieces_of, run
from chunyu.policy.spark import run_on_spark, session

MASTER = f"local[{protocol.THREADS}]"
READ = {
    "households": ["household", "region", MEMBERS, *(name for name in HOUSEHOLDS if name not in ("hid", "county"))],
    "members": [name for name in PERSONS if name != "hid"],
}


@dataclass(frozen=True)
class Stream:
    """One folder of facts, and where its results go."""

    folder: Path
    columns: tuple[str, ...]
    out: Path

    def local(self) -> protocol.Run:
        return protocol.Run(
            lambda _: run(PACK, self.folder, ON, self.out, self.columns, protocol.THREADS),
            lambda _: self.sums(),
            self.fresh,
        )

    def by_spark(self) -> protocol.Run:
        """The session is started first, and its seconds are those of loading."""
        options = {
            "spark.ui.showConsoleProgress": "false",
            "spark.log.level": "ERROR",
            "spark.local.dir": str(self.out.parent / "spark"),
        }
        session(MASTER, **options)
        return protocol.Run(
            lambda _: run_on_spark(PACK, self.folder, ON, self.out, MASTER, self.columns, options=options),
            lambda _: self.sums(),
            self.fresh,
        )

    def decode(self) -> protocol.Run:
        """Read the columns that the rules read, and decide nothing."""
        facts = open_facts(self.folder)

        def read(piece: Piece) -> None:
            for table, columns in READ.items():
                file = pq.ParquetFile(facts.file(piece.region, table))
                file.read_row_group(piece.group, columns=columns, use_threads=False)

        def once(_: None) -> None:
            with ThreadPoolExecutor(protocol.THREADS) as threads:
                list(threads.map(read, pieces_of(facts)))

        return protocol.Run(once, lambda _: {})

    def fresh(self) -> None:
        shutil.rmtree(self.out, ignore_errors=True)
        self.out.mkdir(parents=True)

    def sums(self) -> dict[str, float]:
        """The check over what was written, in the peers' terms: yuan, and codes as their numbers."""
        total: dict[str, float] = {}
        for file in sorted(self.out.glob("*.parquet")):
            rows = pq.read_table(file)
            for name in self.columns:
                total[name] = total.get(name, 0.0) + _sum(name, rows[name].combine_chunks())
        return total


def _sum(name: str, column: pa.Array) -> float:
    if column.null_count:
        raise ValueError(f"{name} is unknown for somebody, and every fact is known")
    if name in CODES:
        numbers = np.array([CODES[name].index(code) for code in column.dictionary.to_pylist()])
        return float(numbers[column.indices.to_numpy()].sum())
    return float(column.to_numpy(zero_copy_only=False).sum(dtype=np.int64)) / scale(name)


def scale(name: str) -> int:
    """How many of the language's whole pieces make one: fen to the yuan, millionths to one."""
    return 1 if name in COUNTS else 1_000_000 if name == "ratio" else 100
