"""The same households as cases, for the executor that decides one at a time."""

from __future__ import annotations

from collections.abc import Iterator

from bench.workload import CODES, HOUSEHOLDS, PERSONS
from bench.workload.parameters import chain, counties
from bench.workload.province import Chunk
from chunyu.policy import Case, Member, Stated

MONEY = frozenset(["rent", "income", "own_pay", "wages_owed"])
FLAGS = frozenset(["urban", "second_home", "disaster", "student", "union_member"])


def _stated(name: str, value: float) -> Stated:
    if name in CODES:
        return Stated(CODES[name][int(value)])
    if name in FLAGS:
        return Stated(bool(value))
    return Stated(round(value * 100) if name in MONEY else int(value))


def cases(province: Chunk) -> Iterator[tuple[str, Case, tuple[str, ...]]]:
    """Household number, case, and chain of regions of each household."""
    homes = {name: column.tolist() for name, column in province.households.items()}
    people = {name: column.tolist() for name, column in province.persons.items()}
    first = 0
    for row, size in enumerate(province.sizes.tolist()):
        members = tuple(
            Member({name: _stated(name, people[name][place]) for name in PERSONS if name != "hid"})
            for place in range(first, first + size)
        )
        first += size
        facts = {name: _stated(name, homes[name][row]) for name in HOUSEHOLDS if name not in ("hid", "county")}
        yield str(homes["hid"][row]), Case(facts, members), chain(counties()[homes["county"][row]])
