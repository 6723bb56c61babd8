"""The workload's data on disk, once for each size: arrays for engines in memory, Parquet for others, facts for ours.

build/bench/data/<households>/
    arrays/{households,persons}.<column>.npy, arrays/sizes.npy
    households.parquet, persons.parquet     one row group for each stretch of whole households, the same in both
    facts/                                  the same households as frozen facts, a part for each county
"""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bench.workload import CODES, HOUSEHOLDS, ON, PERSONS
from bench.workload.cases import FLAGS, MONEY
from bench.workload.parameters import chain, counties
from bench.workload.province import Chunk, chunks
from chunyu.policy.columns import MEMBERS, Facts
from chunyu.policy.facts_folder import FactsWriter

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "bench"
TYPES = {"households": HOUSEHOLDS, "persons": PERSONS}


def prepare(households: int) -> Path:
    """The folder of a size, written when it is not there or was written by other code."""
    folder = BUILD / "data" / str(households)
    mark = folder / "version"
    version = _version()
    if not mark.is_file() or mark.read_text() != version:
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "arrays").mkdir(parents=True)
        _write(folder, households)
        mark.write_text(version)
    return folder


def _version() -> str:
    here = Path(__file__).parent
    sources = [here / "data.py", *sorted((here / "workload").glob("*.py")), *sorted((here / "workload").rglob("*.csv"))]
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()


def _write(folder: Path, households: int) -> None:
    arrays = folder / "arrays"
    files = {
        (table, name): (arrays / f"{table}.{name}.npy.part").open("wb")
        for table, columns in TYPES.items()
        for name in columns
    }
    sizes = []
    writers: dict[str, pq.ParquetWriter] = {}
    facts = Freezing(folder / "facts")
    for chunk in chunks(households):
        sizes.append(chunk.sizes.astype(np.int8))
        for table in TYPES:
            columns = getattr(chunk, table)
            for name, column in columns.items():
                files[table, name].write(column.tobytes())
            rows = pa.table(columns)
            if table not in writers:
                writers[table] = pq.ParquetWriter(folder / f"{table}.parquet", rows.schema)
            writers[table].write_table(rows, row_group_size=rows.num_rows)
        facts.add(chunk)
    for writer in writers.values():
        writer.close()
    facts.close()
    np.save(arrays / "sizes.npy", np.concatenate(sizes))
    for (table, name), file in files.items():
        file.close()
        raw = np.memmap(file.name, TYPES[table][name], "r")
        np.save(arrays / f"{table}.{name}.npy", raw)
        Path(file.name).unlink()


class Freezing:
    """The province as a folder of facts, a part for each county."""

    def __init__(self, folder: Path) -> None:
        self.writer = FactsWriter(folder, ON, chains())
        self.county = -1
        self.rows: list[Chunk] = []

    def add(self, chunk: Chunk) -> None:
        """Households come county by county."""
        numbers, first = np.unique(chunk.households["county"], return_index=True)
        ends = np.append(first[1:], len(chunk.sizes))
        people = np.concatenate([[0], np.cumsum(chunk.sizes)])
        for county, start, end in zip(numbers.tolist(), first.tolist(), ends.tolist(), strict=True):
            if county != self.county:
                self._flush()
                self.county = county
            self.rows.append(
                Chunk(
                    {name: column[start:end] for name, column in chunk.households.items()},
                    {name: column[people[start] : people[end]] for name, column in chunk.persons.items()},
                    chunk.sizes[start:end],
                )
            )

    def _flush(self) -> None:
        if self.rows:
            households, persons = (
                {name: np.concatenate([getattr(row, table)[name] for row in self.rows]) for name in columns}
                for table, columns in TYPES.items()
            )
            sizes = np.concatenate([row.sizes for row in self.rows])
            self.writer.add(counties()[self.county], iter([facts_of(households, persons, sizes)]))
        self.rows = []

    def close(self) -> None:
        self._flush()
        self.writer.close()


def chains() -> dict[str, tuple[str, ...]]:
    return {code: chain(code) for code in counties()}


def facts_of(households: dict[str, np.ndarray], persons: dict[str, np.ndarray], sizes: np.ndarray) -> Facts:
    """Columns of the workload as facts, with the number of members beside each household, as they are frozen."""
    homes = facts_table(households).append_column(MEMBERS, pa.array(sizes.astype(np.int32)))
    return Facts(homes, facts_table(persons), chains())


def facts_table(columns: dict[str, np.ndarray]) -> pa.Table:
    """Columns of the workload as facts: fen, counts, flags, codes as dictionaries; people with their tags."""
    facts = {_named(name): _fact(name, column) for name, column in columns.items()}
    if "employment" in columns:
        facts["group.migrant"] = pa.array(columns["employment"] == CODES["employment"].index("migrant"))
        facts["group.young"] = pa.array((columns["age"] >= 18) & (columns["age"] < 35))
    return pa.table(facts)


def _named(column: str) -> str:
    return {"hid": "household", "county": "region"}.get(column, column)


def _fact(name: str, column: np.ndarray) -> pa.Array:
    if name == "county":
        return pa.DictionaryArray.from_arrays(pa.array(column), pa.array(counties()))
    if name in CODES:
        return pa.DictionaryArray.from_arrays(pa.array(column), pa.array(CODES[name]))
    if name in FLAGS:
        return pa.array(column.astype(bool))
    if name in MONEY:
        return pa.array(np.rint(column * 100).astype(np.int64))
    return pa.array(column)
