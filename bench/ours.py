"""This project's own kernel, measured by the same protocol as its peers.

In memory the layout is prepared, as the yardstick's is; `--variant relaid` starts from Arrow columns and counts laying
them out. `--variant decode` only decodes the columns of the facts that the rules read, and decides nothing.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bench.data import facts_table
from bench.peers import protocol
from bench.workload import CODES, COUNTS, HOUSEHOLDS, ON, PACK, PERSONS, ROUNDED
from bench.workload.parameters import chain, counties
from chunyu.policy import Pack, load_pack
from chunyu.policy.columns import Column, Facts
from chunyu.policy.kernel import Prepared, Results, blocks_of, decide_blocks, decide_many, prepare
from chunyu.policy.kernel.deciding import joined

pa.set_cpu_count(protocol.THREADS)
pa.set_io_thread_count(protocol.THREADS)


def chains() -> dict[str, tuple[str, ...]]:
    return {code: chain(code) for code in counties()}


def facts_in_memory(data: Path) -> Facts:
    """The workload as facts, whole."""
    homes = facts_table(protocol.arrays(data, "households", HOUSEHOLDS))
    return Facts(homes, facts_table(protocol.arrays(data, "persons", PERSONS)), chains())


def load(asked: protocol.Request) -> protocol.Run:
    if asked.variant == "decode":
        return protocol.Run(lambda _: _decode(asked.data / "facts"), lambda _: {})
    return _parquet(asked) if asked.mode == "parquet" else _memory(asked)


def _memory(asked: protocol.Request) -> protocol.Run:
    pack = load_pack(PACK)
    facts = facts_in_memory(asked.data)
    return _relaid(asked, pack, facts) if asked.variant == "relaid" else _prepared(asked, pack, facts)


def _relaid(asked: protocol.Request, pack: Pack, facts: Facts) -> protocol.Run:
    return protocol.Run(
        lambda _: decide_many(pack, facts, ON, asked.columns, threads=protocol.THREADS),
        lambda results: sums(asked.columns, results),
    )


def _prepared(asked: protocol.Request, pack: Pack, facts: Facts) -> protocol.Run:
    names, _ = facts.regions
    keys = [("household", name) for name in asked.columns]
    places = {name: facts.chains[name] for name in names}
    blocks = blocks_of(facts, prepare(pack, places, ON, keys).numbers)
    ids = facts.households["household"]

    def once(_: None) -> Results:
        prepared = prepare(pack, places, ON, keys)
        parts = decide_blocks(prepared, blocks, protocol.THREADS)
        return Results(pack, ids, {key: joined([part[key] for part in parts]) for key in keys})

    return protocol.Run(once, lambda results: sums(asked.columns, results))


def sums(names: Iterable[str], results: Mapping[str, Column] | Results) -> dict[str, float]:
    """Sums as the peers give them: yuan, and codes as their numbers."""
    return {name: _sum(name, results[name]) for name in names}


def _sum(name: str, column: Column) -> float:
    if column.unknown is not None and column.unknown.any():
        raise ValueError(f"{name} is unknown for somebody, and every fact is known")
    if name in CODES:
        numbers = np.array([CODES[name].index(code) for code in column.codes])
        return float(numbers[column.values].sum())
    return float(column.values.sum(dtype=np.int64)) / _scale(name)


def _scale(name: str) -> int:
    return 1 if name in COUNTS else 1_000_000 if name == "ratio" else 100


def _parts(folder: Path) -> list[Path]:
    return sorted(folder.glob("part-*"), key=lambda part: -(part / "members.parquet").stat().st_size)


def _decode(folder: Path) -> None:
    def one(part: Path) -> None:
        for table in ("households", "members"):
            pq.ParquetFile(part / f"{table}.parquet").read(use_threads=False)

    with ThreadPoolExecutor(protocol.THREADS) as threads:
        list(threads.map(one, _parts(folder)))


def _parquet(asked: protocol.Request) -> protocol.Run:
    pack = load_pack(PACK)
    folder = asked.data / "facts"
    places = {
        name: tuple(chain) for name, chain in json.loads((folder / "manifest.json").read_text())["chains"].items()
    }
    out = asked.out / "ours"

    keys = [("household", name) for name in asked.columns]

    def one(prepared: Prepared, part: Path) -> None:
        tables = (
            pq.ParquetFile(part / f"{name}.parquet").read(use_threads=False) for name in ("households", "members")
        )
        facts = Facts(*tables, places)
        (found,) = decide_blocks(prepared, blocks_of(facts, prepared.numbers, len(facts)), 1)
        rows = {key[1]: found[key].to_arrow() for key in keys}
        pq.write_table(pa.table({"household": facts.households["household"], **rows}), out / f"{part.name}.parquet")

    def fresh() -> None:
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)

    def once(_: Any) -> None:
        prepared = prepare(pack, places, ON, keys)
        with ThreadPoolExecutor(protocol.THREADS) as threads:
            list(threads.map(lambda part: one(prepared, part), _parts(folder)))

    def written(_: Any) -> dict[str, float]:
        total: dict[str, float] = {}
        for file in sorted(out.glob("*.parquet")):
            rows = pq.read_table(file)
            for name in asked.columns:
                column = rows[name].combine_chunks()
                if name in CODES:
                    numbers = np.array([CODES[name].index(code) for code in column.dictionary.to_pylist()])
                    found = float(numbers[column.indices.to_numpy()].sum())
                else:
                    found = float(column.to_numpy(zero_copy_only=False).sum(dtype=np.int64)) / _scale(name)
                total[name] = total.get(name, 0.0) + found
        return total

    return protocol.Run(once, written, fresh)


assert set(ROUNDED) == {"net_per_head", "income_per_head", "ratio"}

if __name__ == "__main__":
    protocol.measure("Chunyu's kernel (2 threads)", f"numpy {np.__version__}", load)
