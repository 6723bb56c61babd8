"""How data/hebei-regions.csv was made, so that it can be made again or for another province.

    git clone https://github.com/modood/Administrative-divisions-of-China
    python -m chunyu.federation.derive_regions Administrative-divisions-of-China/.git > hebei-regions.csv

The source keeps, over its commits, yearly snapshots of the statistics bureau's region codes. Comparing them gives each
entry the first snapshot that shows it and the first that no longer does. Where a vanished county went is read from its
townships: the county units under which they newly stand in the next snapshot.
"""

import csv
import io
import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from typing import TextIO

PROVINCE = "13"
# Reference date of each snapshot and the commit that holds it.
SNAPSHOTS = {
    "2015-09-30": "a7a85c0",
    "2016-07-31": "d5a8cf3",
    "2017-10-31": "c893e3b",
    "2018-10-31": "31aaa3c",
    "2019-10-31": "f715135",
    "2020-06-30": "78b6f36",
    "2021-10-31": "0b7fd75",
    "2022-10-31": "d33ad30",
    "2023-06-30": "5739d76",
}
# 71 to 79: development zones that only the statistics bureau counts, not units of GB/T 2260. 01: a city's own head.
NOT_A_COUNTY = re.compile(r"(?!1390)\d{4}(7[1-9]|01)")
PROVINCE_RUN = "1390"
COLUMNS = ["code", "name", "level", "kind", "parent_code", "valid_from", "valid_to", "successor_codes", "source"]
OFFICE = re.compile(r"(办事处|街道办|街道办事处)$")


@dataclass
class Entry:
    code: str
    name: str
    valid_from: str
    valid_to: str = ""
    successors: list[str] = field(default_factory=list)


@dataclass
class Snapshot:
    """One reference date: names by county code and by city code, and (county code, township) pairs."""

    day: str
    commit: str
    counties: dict[str, str]
    cities: dict[str, str]
    townships: set[tuple[str, str]]


def derive(repository: str) -> list[dict[str, str]]:
    snapshots = [read_snapshot(repository, day, commit) for day, commit in SNAPSHOTS.items()]
    cities = history(snapshots, "cities")
    counties = history(snapshots, "counties")
    source = "modood/Administrative-divisions-of-China"
    rows = [_row(Entry("CN", "中国", "1949-10-01"), "nation", "nation", "", "root of the tree")]
    rows.append(
        _row(Entry(PROVINCE, "河北省", snapshots[0].day), "province", "province", "CN", f"{source} {snapshots[0].day}")
    )
    for level, entries in (("city", cities), ("county", counties)):
        for entry in entries:
            parent = PROVINCE if level == "city" else entry.code[:4]
            rows.append(_row(entry, level, kind_of(entry, level), parent, f"{source} {entry.valid_from}"))
    return rows


def history(snapshots: list[Snapshot], part: str) -> list[Entry]:
    """Every (code, name) with its first day, the day it was gone, and what stands in its place from then on."""
    open_now: dict[str, Entry] = {}
    ended: list[Entry] = []
    for before, now in zip([None, *snapshots], snapshots, strict=False):
        present: dict[str, str] = getattr(now, part)
        for code, entry in list(open_now.items()):
            if present.get(code) != entry.name:
                assert before is not None
                entry.valid_to = now.day
                entry.successors = [code] if code in present else successors(code, before, now)
                ended.append(open_now.pop(code))
        for code, name in present.items():
            if code not in open_now:
                open_now[code] = Entry(code, name, now.day)
    return sorted([*ended, *open_now.values()], key=lambda entry: (entry.code, entry.valid_from))


def successors(code: str, before: Snapshot, now: Snapshot) -> list[str]:
    """The county units under which townships of a vanished county newly stand, the largest share first."""
    own = {name for county, name in before.townships if county == code}
    counted = Counter(
        county
        for county, name in now.townships - before.townships
        if name in own and county in now.counties and (county[:4] == code[:4] or code.startswith(PROVINCE_RUN))
    )
    most = sorted(counted.items(), key=lambda each: (-each[1], each[0]))
    # A county run by the province keeps its own name under a city: same-named townships elsewhere are another place.
    return [county for county, _ in most[: 1 if code.startswith(PROVINCE_RUN) else None]]


def kind_of(entry: Entry, level: str) -> str:
    if level == "city":
        return "province_run" if entry.code == PROVINCE_RUN else "prefecture_city"
    if entry.name.endswith("自治县"):
        return "autonomous_county"
    return {"区": "district", "市": "county_city", "县": "county"}[entry.name[-1]]


def read_snapshot(repository: str, day: str, commit: str) -> Snapshot:
    areas = _read(repository, commit, "areas")
    cities = {code[:4]: name for code, name in _read(repository, commit, "cities") if code.startswith(PROVINCE)}
    townships = {
        (code[:6], OFFICE.sub("街道", name))
        for code, name in _read(repository, commit, "streets")
        if code.startswith(PROVINCE)
    }
    counties = {
        code[:6]: name for code, name in areas if code.startswith(PROVINCE) and not NOT_A_COUNTY.fullmatch(code[:6])
    }
    return Snapshot(day, commit, counties, cities, townships)


def _read(repository: str, commit: str, table: str) -> list[tuple[str, str]]:
    for ending in ("csv", "json"):
        done = _git(repository, f"{commit}:dist/{table}.{ending}")
        if done is not None:
            text = done.decode("utf-8-sig")
            rows = csv.DictReader(io.StringIO(text)) if ending == "csv" else json.loads(text)
            return [(str(row["code"]), row["name"].strip()) for row in rows]
    raise SystemExit(f"{repository} has no table {table} in commit {commit}.")


def _git(repository: str, what: str) -> bytes | None:
    git = shutil.which("git") or "git"
    done = subprocess.run([git, f"--git-dir={repository}", "show", what], capture_output=True, check=False)  # noqa: S603 - a fixed program, the caller's own folder
    return done.stdout if done.returncode == 0 else None


def _row(entry: Entry, level: str, kind: str, parent: str, source: str) -> dict[str, str]:
    values = [entry.code, entry.name, level, kind, parent, entry.valid_from, entry.valid_to, " ".join(entry.successors)]
    return dict(zip(COLUMNS, [*values, source], strict=True))


def write(rows: list[dict[str, str]], out: TextIO) -> None:
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)


if __name__ == "__main__":
    write(derive(sys.argv[1]), sys.stdout)
