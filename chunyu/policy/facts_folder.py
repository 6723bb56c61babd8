"""Facts on disk: frozen once, read by any number of runs, and never changed.

::

    FOLDER/manifest.json
    FOLDER/part-<region>/households.parquet     one part for each region
    FOLDER/part-<region>/members.parquet

The columns are those of `columns`. Row group *n* of the members holds the members of row group *n* of the households,
so that a reader needs no more memory than one of them takes. `manifest.json` says what is there, with the SHA-256 of
every file; its `digest` stands for the whole.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from chunyu.policy.columns import MEMBERS, Facts, FactsError

HOUSEHOLDS_IN_GROUP = 65_536
TABLES = ("households", "members")


@dataclass(frozen=True)
class Part:
    """The facts of one region: how many, in how many row groups, and the digests of the two files."""

    region: str
    households: int
    members: int
    groups: int
    digests: Mapping[str, str]


@dataclass(frozen=True)
class FactsFolder:
    """A folder of facts as its manifest describes it."""

    path: Path
    day: date
    chains: Mapping[str, tuple[str, ...]]
    parts: tuple[Part, ...]
    digest: str

    @property
    def households(self) -> int:
        return sum(part.households for part in self.parts)

    def file(self, region: str, table: str) -> Path:
        return self.path / f"part-{region}" / f"{table}.parquet"

    def read(self) -> Facts:
        """Everything at once, for folders that fit in memory."""
        tables = [
            pa.concat_tables([pq.read_table(self.file(part.region, table)) for part in self.parts]).unify_dictionaries()
            for table in TABLES
        ]
        return Facts(tables[0], tables[1], self.chains)


class FactsWriter:
    """Writes a folder region by region; it is a facts folder once `close` has written its manifest."""

    def __init__(self, path: Path, day: date, chains: Mapping[str, Sequence[str]]) -> None:
        self.path, self.day = path, day
        self.chains = {region: tuple(chain) for region, chain in chains.items()}
        self._parts: list[Part] = []
        path.mkdir(parents=True, exist_ok=True)
        (path / "manifest.json").unlink(missing_ok=True)

    def add(self, region: str, pieces: Iterator[Facts]) -> None:
        """The facts of one region, in pieces that fit in memory. Raises FactsError where tables do not fit together."""
        if region not in self.chains:
            raise FactsError(f"地区“{region}”没有说明上级地区", f'The region "{region}" has no chain of places')
        if not re.fullmatch(r"[\w.+-]+", region):
            raise FactsError(f"地区代码“{region}”不能做文件名", f'The region code "{region}" cannot be a file name')
        folder = self.path / f"part-{region}"
        folder.mkdir(exist_ok=True)
        writers: dict[str, pq.ParquetWriter] = {}
        counts = {"households": 0, "members": 0, "groups": 0}
        for facts in pieces:
            for start in range(0, len(facts), HOUSEHOLDS_IN_GROUP):
                group = facts.slice(start, min(start + HOUSEHOLDS_IN_GROUP, len(facts)))
                for table, rows in zip(TABLES, _with_counts(group), strict=True):
                    if table not in writers:
                        writers[table] = pq.ParquetWriter(folder / f"{table}.parquet", rows.schema)
                    writers[table].write_table(rows, row_group_size=max(rows.num_rows, 1))
                    counts[table] += rows.num_rows
                counts["groups"] += 1
        for writer in writers.values():
            writer.close()
        if writers:
            digests = {f"{table}.parquet": file_digest(folder / f"{table}.parquet") for table in TABLES}
            self._parts.append(Part(region, counts["households"], counts["members"], counts["groups"], digests))

    def close(self) -> FactsFolder:
        """Write the manifest: from now on nothing in the folder may change."""
        parts = tuple(sorted(self._parts, key=lambda part: part.region))
        found = FactsFolder(self.path, self.day, self.chains, parts, _digest(self.day, self.chains, parts))
        manifest = {
            "date": self.day.isoformat(),
            "digest": found.digest,
            "chains": {region: list(chain) for region, chain in sorted(self.chains.items())},
            "parts": [
                {
                    "region": part.region,
                    "households": part.households,
                    "members": part.members,
                    "groups": part.groups,
                    "digests": dict(part.digests),
                }
                for part in parts
            ],
        }
        write_whole(self.path / "manifest.json", json.dumps(manifest, ensure_ascii=False, indent=1) + "\n")
        return found


def _with_counts(facts: Facts) -> tuple[pa.Table, pa.Table]:
    """The two tables with the number of members beside each household, which spares readers the members' ids."""
    households = facts.households
    if MEMBERS not in households.column_names:
        households = households.append_column(MEMBERS, pa.array(facts.sizes.astype("int32")))
    return households, facts.members


def write_facts(path: Path, facts: Facts, day: date) -> FactsFolder:
    """Facts that are in memory, as a folder with a part for each region."""
    writer = FactsWriter(path, day, facts.chains)
    names, positions = facts.regions
    sizes = facts.sizes
    owners = pa.array(positions.repeat(sizes))
    for number, name in enumerate(names):
        here = pa.compute.equal(pa.array(positions), number)
        members = facts.members.filter(pa.compute.equal(owners, number))
        households = facts.households
        if MEMBERS not in households.column_names:
            households = households.append_column(MEMBERS, pa.array(sizes.astype("int32")))
        writer.add(name, iter([Facts(households.filter(here), members, facts.chains)]))
    return writer.close()


def open_facts(path: Path) -> FactsFolder:
    """Read a folder's manifest. Raises FactsError when there is none, or when it does not add up."""
    try:
        data: dict[str, Any] = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
        chains = {region: tuple(chain) for region, chain in data["chains"].items()}
        parts = tuple(
            Part(each["region"], each["households"], each["members"], each["groups"], each["digests"])
            for each in data["parts"]
        )
        found = FactsFolder(path, date.fromisoformat(data["date"]), chains, parts, data["digest"])
    except FileNotFoundError:
        raise FactsError(
            f"{path} 里没有 manifest.json：不是一份冻结的数据", f"{path} has no manifest.json: it is no folder of facts"
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise FactsError(
            f"{path} 的 manifest.json 读不懂：{error}", f"The manifest.json of {path} cannot be read: {error}"
        ) from None
    if _digest(found.day, found.chains, found.parts) != found.digest:
        raise FactsError(f"{path} 的 manifest.json 被改动过", f"The manifest.json of {path} has been changed")
    return found


def _digest(day: date, chains: Mapping[str, tuple[str, ...]], parts: Sequence[Part]) -> str:
    total = hashlib.sha256(day.isoformat().encode())
    for region, chain in sorted(chains.items()):
        total.update("\0".join(("chain", region, *chain)).encode())
    for part in parts:
        sizes = (part.households, part.members, part.groups)
        digests = (f"{name}={digest}" for name, digest in sorted(part.digests.items()))
        total.update("\0".join(("part", part.region, *map(str, sizes), *digests)).encode())
    return total.hexdigest()


def file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_whole(path: Path, text: str) -> None:
    """A file that is there whole or not at all, also after a power cut."""
    aside = path.with_name(path.name + ".part")
    with aside.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
