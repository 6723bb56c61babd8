"""Running a rulebook over a folder of facts: result Parquet, a manifest, and a digest that repeats anywhere.

A run is the facts' digest, the pack's digest, a date and the rules asked for; its result is a function of these alone.
The work falls into pieces, one row group each, which any number of threads or machines may do in any order. A piece
that is there is whole, and carries the key of its run: a run that was killed goes on where it was.

::

    OUT/piece-<region>-<number>.parquet     household, region, a column for each rule
    OUT/manifest.json                       written last: the key, and the digest of every piece and of the whole
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from threading import local
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from chunyu.policy.columns import DISPUTED, MEMBERS, Column, Facts, FactsError
from chunyu.policy.facts_folder import HOUSEHOLDS_IN_GROUP, TABLES, FactsFolder, open_facts, write_whole
from chunyu.policy.kernel.blocks import Block
from chunyu.policy.kernel.deciding import Prepared, needed_rules, prepare
from chunyu.policy.kernel.memory import Pool
from chunyu.policy.kernel.plan import Key
from chunyu.policy.loading import find_pack, load_pack
from chunyu.policy.nodes import Entity
from chunyu.policy.pack import Pack
from chunyu.policy.problems import PolicyError

Progress = Callable[[int, int], None]
KEY = b"chunyu.run"
DIGEST = b"chunyu.digest"
# Decided at once, so that the fixed cost of a block is spread over many; more would take more memory.
TOGETHER = 131_072


@dataclass(frozen=True)
class Piece:
    """One row group of one region."""

    region: str
    group: int

    @property
    def name(self) -> str:
        return f"piece-{self.region}-{self.group:05d}.parquet"


@dataclass(frozen=True)
class Done:
    """A piece that is there: how many households, and the digest of what they came to."""

    piece: Piece
    households: int
    digest: str


@dataclass(frozen=True)
class Job:
    """Everything that a worker needs to do a piece, here or on another machine: paths, and the key of the run."""

    pack: str
    version: str
    facts: str
    out: str
    on: date
    rules: tuple[str, ...]
    key: str


@dataclass(frozen=True)
class Run:
    """A finished run."""

    out: Path
    key: str
    facts: str
    pack: str
    on: date
    rules: tuple[str, ...]
    households: int
    pieces: tuple[Done, ...]
    digest: str


def start(pack: Pack, source: Path, facts: FactsFolder, on: date, out: Path, rules: Sequence[str] = ()) -> Job:
    """The job of a run. `source` is the pack's folder, which every worker must be able to read.

    Raises PolicyError for rules that the pack does not have, or when `out` holds another run.
    """
    asked = tuple(rules) or needed_rules(pack)
    for name in asked:
        if ("household", name) not in pack.rules:
            raise PolicyError(f"没有名为“{name}”的规则", f'There is no rule "{name}"')
    text = "\0".join((facts.digest, pack.digest, on.isoformat(), *asked))
    key = hashlib.sha256(text.encode()).hexdigest()
    job = Job(str(source), pack.digest, str(facts.path), str(out), on, asked, key)
    out.mkdir(parents=True, exist_ok=True)
    mark = out / "run.json"
    if mark.exists() and json.loads(mark.read_text()).get("key") != job.key:
        raise PolicyError(
            f"{out} 里是另一次运行的结果：请换一个文件夹，或先清空它",
            f"{out} holds the results of another run: choose another folder, or empty it first",
        )
    write_whole(mark, json.dumps({"key": job.key}) + "\n")
    return job


def pieces_of(facts: FactsFolder) -> list[Piece]:
    return [Piece(part.region, group) for part in facts.parts for group in range(part.groups)]


def batches_of(facts: FactsFolder, pieces: Sequence[Piece]) -> list[tuple[Piece, ...]]:
    """Pieces that are decided together: small ones share the kernel's fixed cost of a block."""
    sizes = {part.region: min(part.households, HOUSEHOLDS_IN_GROUP) for part in facts.parts}
    found: list[list[Piece]] = []
    room = 0
    for piece in pieces:
        if room < sizes[piece.region]:
            found.append([])
            room = TOGETHER
        found[-1].append(piece)
        room -= sizes[piece.region]
    return [tuple(batch) for batch in found]


def finished_pieces(job: Job, pieces: Sequence[Piece]) -> dict[Piece, Done]:
    """The pieces that an earlier start of the same run has left, each whole."""
    found = {}
    for piece in pieces:
        path = Path(job.out) / piece.name
        if path.exists():
            metadata = pq.read_schema(path).metadata or {}
            if metadata.get(KEY) == job.key.encode():
                rows = pq.ParquetFile(path).metadata.num_rows
                found[piece] = Done(piece, rows, metadata[DIGEST].decode())
    return found


def run(
    pack: str | Path,
    facts: Path,
    on: date,
    out: Path,
    rules: Sequence[str] = (),
    threads: int | None = None,
    progress: Progress = lambda done, total: None,
) -> Run:
    """Decide everybody in a folder of facts on local threads; goes on where an earlier start stopped.

    `progress` is called with households done and in all. Raises PolicyError (FactsError) for facts, pack or folder
    that cannot be used, and when the facts are changed while the run is under way.
    """
    source = find_pack(str(pack))
    folder = open_facts(facts)
    job = start(load_pack(source), source, folder, on, out, rules)
    pieces = pieces_of(folder)
    before = marks(folder)
    done = finished_pieces(job, pieces)
    total, counted = folder.households, sum(each.households for each in done.values())
    progress(counted, total)
    waiting = [piece for piece in pieces if piece not in done]
    with ThreadPoolExecutor(threads or os.cpu_count() or 1) as workers:
        for together in workers.map(lambda some: do_pieces(job, some), batches_of(folder, waiting)):
            for each in together:
                done[each.piece] = each
                counted += each.households
            progress(counted, total)
    return finish(job, folder, before, [done[piece] for piece in pieces])


def marks(facts: FactsFolder) -> dict[str, tuple[int, int]]:
    """Size and time of every file of the facts, by which a change during the run is seen."""
    found = {}
    for part in facts.parts:
        for table in TABLES:
            path = facts.file(part.region, table)
            try:
                status = path.stat()
            except FileNotFoundError:
                raise FactsError(f"找不到文件 {path}", f"There is no file {path}") from None
            found[str(path)] = (status.st_size, status.st_mtime_ns)
    return found


def finish(job: Job, facts: FactsFolder, before: Mapping[str, tuple[int, int]], done: Sequence[Done]) -> Run:
    """Write the manifest. Raises FactsError when a file of the facts is no longer what it was."""
    now = marks(facts)
    changed = next((name for name, mark in before.items() if now[name] != mark), None)
    if changed is not None:
        raise FactsError(
            f"运行期间数据被改动：{changed}。结果作废，请重新冻结数据后再运行",
            f"The facts were changed during the run: {changed}. Its results do not count; freeze the facts again",
        )
    done = sorted(done, key=lambda each: (each.piece.region, each.piece.group))
    total = hashlib.sha256(job.key.encode())
    for each in done:
        total.update(f"\0{each.piece.region}\0{each.piece.group}\0{each.digest}".encode())
    pack = _pack(job)
    found = Run(
        Path(job.out),
        job.key,
        facts.digest,
        pack.digest,
        job.on,
        job.rules,
        sum(each.households for each in done),
        tuple(done),
        total.hexdigest(),
    )
    write_whole(found.out / "manifest.json", json.dumps(manifest(found, pack), ensure_ascii=False, indent=1) + "\n")
    return found


def manifest(found: Run, pack: Pack) -> dict[str, Any]:
    """What a run was made of and came to, as data."""
    return {
        "facts": found.facts,
        "pack": pack.id,
        "version": found.pack,
        "date": found.on.isoformat(),
        "rules": list(found.rules),
        "households": found.households,
        "digest": found.digest,
        "pieces": [
            {"file": each.piece.name, "households": each.households, "digest": each.digest} for each in found.pieces
        ],
    }


def read_results(out: Path) -> pa.Table:
    """The results of a finished run, all pieces together. Raises PolicyError when the run is not finished."""
    path = out / "manifest.json"
    if not path.exists():
        raise PolicyError(f"{out} 里没有完成的运行", f"{out} holds no finished run")
    pieces = json.loads(path.read_text(encoding="utf-8"))["pieces"]
    return pa.concat_tables([pq.read_table(out / piece["file"]) for piece in pieces]).unify_dictionaries()


# some pieces


def do_pieces(job: Job, pieces: Sequence[Piece]) -> list[Done]:
    """Read, decide and write some pieces: the same on a thread here and on another machine."""
    folder, prepared = _folder(job.facts), _prepared(job)
    parts = [_read(folder, piece, prepared) for piece in pieces]
    facts = parts[0] if len(parts) == 1 else _together(parts)
    columns = prepared.decide(Block.of(facts, prepared.numbers), _pool())
    done, first = [], 0
    for piece, part in zip(pieces, parts, strict=True):
        here = slice(first, first + len(part))
        first = here.stop
        done.append(_write(job, piece, part, {name: columns["household", name].rows(here) for name in job.rules}))
    return done


def _together(parts: Sequence[Facts]) -> Facts:
    tables = [pa.concat_tables([getattr(part, table) for part in parts]).unify_dictionaries() for table in TABLES]
    return Facts(tables[0], tables[1], parts[0].chains)


def _write(job: Job, piece: Piece, facts: Facts, columns: Mapping[str, Column]) -> Done:
    households = facts.households["household"]
    digest = content_digest(households, columns)
    region = pa.DictionaryArray.from_arrays(pa.array(np.zeros(len(facts), np.int8)), [piece.region])
    rows = {"household": households, "region": region} | {name: each.to_arrow() for name, each in columns.items()}
    table = pa.table(rows).replace_schema_metadata({KEY: job.key.encode(), DIGEST: digest.encode()})
    path = Path(job.out) / piece.name
    aside = path.with_name(f"{path.name}.{os.getpid()}.part")
    # Numbers that hardly repeat gain nothing from a dictionary, and the pieces are read whole.
    coded = [field.name for field in table.schema if pa.types.is_dictionary(field.type)]
    rows_at_once = max(table.num_rows, 1)
    pq.write_table(table, aside, row_group_size=rows_at_once, use_dictionary=coded, write_statistics=False)
    aside.replace(path)
    return Done(piece, len(facts), digest)


_own = local()


def _pool() -> Pool:
    """The arrays of this thread."""
    if not hasattr(_own, "pool"):
        _own.pool = Pool()
    pool: Pool = _own.pool
    return pool


@lru_cache(maxsize=4)
def _pack(job: Job) -> Pack:
    pack = load_pack(job.pack)
    if pack.digest != job.version:
        raise PolicyError(
            f"规则包 {job.pack} 与运行开始时不同，请重新运行",
            f"The pack {job.pack} is not what the run began with: start again",
        )
    return pack


@lru_cache(maxsize=4)
def _folder(path: str) -> FactsFolder:
    return open_facts(Path(path))


@lru_cache(maxsize=4)
def _prepared(job: Job) -> Prepared:
    folder = _folder(job.facts)
    chains = {part.region: folder.chains[part.region] for part in folder.parts}
    wanted: list[Key] = [("household", name) for name in job.rules]
    return prepare(_pack(job), chains, job.on, wanted)


def _read(folder: FactsFolder, piece: Piece, prepared: Prepared) -> Facts:
    """The columns of a piece that the rules ask for."""
    households = _table(
        folder.file(piece.region, "households"), piece.group, ["household", "region", MEMBERS], prepared
    )
    counted = MEMBERS in households.column_names
    members = _table(folder.file(piece.region, "members"), piece.group, [] if counted else ["household"], prepared)
    return Facts(households, members, folder.chains)


def _table(path: Path, group: int, always: list[str], prepared: Prepared) -> pa.Table:
    file = pq.ParquetFile(path)
    there = set(file.schema_arrow.names)
    wanted = always + _columns(prepared, "household" if path.stem == "households" else "member")
    return file.read_row_group(group, columns=[name for name in wanted if name in there], use_threads=False)


def _columns(prepared: Prepared, entity: Entity) -> list[str]:
    names = sorted(name for owner, name in prepared.facts if owner == entity)
    return [column for name in names for column in (name, DISPUTED + name)]


def content_digest(households: pa.ChunkedArray, columns: Mapping[str, Column]) -> str:
    """SHA-256 over ids and values as whole numbers, so that no version of a file format enters into it."""
    total = hashlib.sha256()
    ids = households.combine_chunks()
    if pa.types.is_dictionary(ids.type):
        ids = ids.dictionary_decode()
    if pa.types.is_integer(ids.type):
        total.update(ids.to_numpy().astype("<i8").tobytes())
    else:
        for buffer in pa.concat_arrays([ids.cast(pa.large_string())]).buffers()[1:]:
            total.update(buffer)
    for name, column in sorted(columns.items()):
        total.update(f"\0{name}\0{column.kind}\0{'|'.join(column.codes)}\0".encode())
        values = column.values.astype("<i8")
        total.update((values if column.unknown is None else np.where(column.unknown, 0, values)).tobytes())
        total.update(b"" if column.unknown is None else column.unknown.tobytes())
    return total.hexdigest()
