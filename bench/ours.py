"""This project's own kernel, measured by the same protocol as its peers.

In memory the layout is prepared, as the yardstick's is; `--variant relaid` starts from Arrow columns and counts laying
them out. From Parquet it streams a facts folder; `--variant spark` has Spark schedule the same pieces, and `--variant
decode` only decodes the columns that the rules read, and decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa

from bench.data import facts_of
from bench.peers import protocol
from bench.streaming import Stream, scale
from bench.workload import CODES, HOUSEHOLDS, ON, PACK, PERSONS
from chunyu.policy import Pack, load_pack
from chunyu.policy.columns import Column, Facts
from chunyu.policy.kernel import Results, blocks_of, decide_blocks, decide_many, prepare

pa.set_cpu_count(protocol.THREADS)
pa.set_io_thread_count(protocol.THREADS)


def facts_in_memory(data: Path) -> Facts:
    """The workload as facts, whole."""
    homes = protocol.arrays(data, "households", HOUSEHOLDS)
    persons = protocol.arrays(data, "persons", PERSONS)
    return facts_of(homes, persons, np.load(data / "arrays" / "sizes.npy"))


def load(asked: protocol.Request) -> protocol.Run:
    if asked.mode == "memory" and asked.variant != "decode":
        return _memory(asked)
    stream = Stream(asked.data / "facts", asked.columns, asked.out / "ours")
    if asked.variant == "decode":
        return stream.decode()
    return stream.by_spark() if asked.variant == "spark" else stream.local()


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
        return Results(pack, ids, decide_blocks(prepared, blocks, protocol.THREADS))

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
    return float(column.values.sum(dtype=np.int64)) / scale(name)


if __name__ == "__main__":
    protocol.measure("Chunyu's kernel (2 threads)", f"numpy {np.__version__}", load)
