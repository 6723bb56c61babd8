"""The facts folder decided piece by piece, results written as Parquet: on local threads, or scheduled by Spark."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bench.peers import protocol
from bench.workload import CODES, COUNTS, HOUSEHOLDS, ON, PACK, PERSONS
from chunyu.policy import load_pack
from chunyu.policy.columns import Facts
from chunyu.policy.kernel import Prepared, blocks_of, decide_blocks, prepare
from chunyu.policy.kernel.blocks import HOUSEHOLDS as BLOCK

TABLES = {"households": HOUSEHOLDS, "members": PERSONS}
NAMES = {"hid": "household", "county": "region"}


@dataclass(frozen=True)
class Stream:
    """One folder of facts, and where its results go."""

    folder: Path
    columns: tuple[str, ...]
    out: Path

    def pieces(self) -> list[tuple[str, ...]]:
        """Neighbouring parts together, up to the size of a block: a small county costs as much planning as a large."""
        found: list[tuple[str, ...]] = []
        piece: list[str] = []
        held = 0
        for part in sorted(path.name for path in self.folder.glob("part-*")):
            rows = pq.ParquetFile(self.folder / part / "households.parquet").metadata.num_rows
            if piece and held + rows > BLOCK:
                found.append(tuple(piece))
                piece, held = [], 0
            piece.append(part)
            held += rows
        return [*found, tuple(piece)]

    def read(self, piece: Sequence[str], table: str) -> pa.Table:
        """The columns that the rules read."""
        wanted = [NAMES.get(name, name) for name in TABLES[table]]
        tables = (
            pq.ParquetFile(self.folder / part / f"{table}.parquet").read(wanted, use_threads=False) for part in piece
        )
        return pa.concat_tables(tables)

    def decode(self) -> None:
        """Read everything and decide nothing."""
        self._in_turn(lambda piece: [self.read(piece, table) for table in TABLES])

    def decide(self) -> None:
        """Everything, on local threads."""
        prepared = self.prepared()
        self._in_turn(lambda piece: self.decide_piece(prepared, piece))

    def _in_turn(self, one: Any) -> None:
        with ThreadPoolExecutor(protocol.THREADS) as threads:
            list(threads.map(one, self.pieces()))

    def places(self) -> dict[str, tuple[str, ...]]:
        chains = json.loads((self.folder / "manifest.json").read_text())["chains"]
        return {name: tuple(chain) for name, chain in chains.items()}

    def prepared(self) -> Prepared:
        return prepare(load_pack(PACK), self.places(), ON, [("household", name) for name in self.columns])

    def decide_piece(self, prepared: Prepared, piece: Sequence[str]) -> int:
        """One piece, read, decided and written. Gives the number of households."""
        facts = Facts(*(self.read(piece, table) for table in TABLES), self.places())
        (found,) = decide_blocks(prepared, blocks_of(facts, prepared.numbers, len(facts)), 1)
        rows = {name: found["household", name].to_arrow() for name in self.columns}
        path = self.out / f"{piece[0]}.parquet"
        pq.write_table(pa.table({"household": facts.households["household"], **rows}), path)
        return len(facts)

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


@cache
def _ready(stream: Stream) -> Prepared:
    pa.set_cpu_count(1)
    return stream.prepared()


def _scheduled(task: tuple[Stream, tuple[str, ...]]) -> int:
    """What a Spark worker does with a piece; its rules are made ready once."""
    stream, piece = task
    return stream.decide_piece(_ready(stream), piece)


def by_spark(stream: Stream) -> protocol.Run:
    """The same pieces scheduled by Spark on two local cores, each decided by this kernel in a Python worker."""
    from bench.peers.spark.session import local_session

    context = local_session(stream.out.parent / "spark").sparkContext
    tasks = [(stream, piece) for piece in stream.pieces()]

    def once(_: None) -> int:
        return context.parallelize(tasks, len(tasks)).map(_scheduled).sum()

    return protocol.Run(once, lambda _: stream.sums(), stream.fresh)
