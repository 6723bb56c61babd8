"""The rules by hand over position-major blocks: the fastest NumPy known to us, and so the yardstick.

Inside a block, households stand by size, the largest first, and people stand position by position: all first members,
then all second members, and so on. The members at position p then belong to the first `widths[p]` households, so that a
sum over members is a few additions of contiguous prefixes: no hash, no sort, no join.

What is tuned by hand, beyond the layout: every operation writes into a buffer that is used again; small integers
stay one byte wide; a stage of schooling is counted per household before it is priced; programmes that few reach
are worked out for those few alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from bench.workload import COLUMNS, COUNTS, FINAL, HOUSEHOLDS, PERSONS
from bench.workload.parameters import in_force, standards, wages, zones

BLOCK = 131_072
FLAGS = frozenset(name for name in COUNTS if name.startswith(("any_", "excluded")) or name == "north")
SEEN = [name for name in PERSONS if name != "hid"]

Array = np.ndarray


class Block(NamedTuple):
    """One block, laid out. `widths[p]` households have a member at position p, whose columns are `people[p]`."""

    hid: Array
    homes: dict[str, Array]
    sizes: Array
    widths: list[int]
    people: list[dict[str, Array]]


def lay_out(homes: dict[str, Array], persons: dict[str, Array], sizes: Array) -> Block:
    """Households of a stretch by size, and their people position by position. `persons` are those of the stretch."""
    small = sizes.astype(np.int8)
    order = np.argsort(-small, kind="stable")
    starts = (np.cumsum(sizes, dtype=np.int64) - sizes)[order]
    ordered = small[order]
    tally = np.bincount(small)
    widths = [int(tally[p + 1 :].sum()) for p in range(len(tally) - 1)]
    people = []
    for position, width in enumerate(widths):
        rows = starts[:width] + position
        people.append({name: persons[name][rows] for name in SEEN})
    return Block(homes["hid"][order], {n: homes[n][order] for n in HOUSEHOLDS if n != "hid"}, ordered, widths, people)


def dtype(column: str) -> np.dtype:
    return np.dtype(np.bool_ if column in FLAGS else np.int8 if column in COUNTS else np.float64)


def results(households: int, wanted: tuple[str, ...] = COLUMNS) -> dict[str, Array]:
    return {name: np.empty(households, dtype(name)) for name in ("category", "total", *wanted)}


@dataclass
class Tables:
    """Parameters in force, by county number times two plus town."""

    line: Array
    wage: Array
    north: Array

    @classmethod
    def in_force(cls) -> Tables:
        wage = in_force(wages())[:, 0]
        return cls(in_force(standards()).ravel(), np.repeat(wage, 2), np.repeat(zones() == 1, 2))


class Kernel:
    """The buffers of one thread. `run` fills the stretch of the results that belongs to a block."""

    def __init__(self, tables: Tables, block: int = BLOCK) -> None:
        self.tables = tables
        self.buffers = {name: np.empty(block, dtype(name)) for name in COLUMNS}
        for name in ("own_pay", "income"):
            self.buffers[name] = np.empty(block)
        self.floats = [np.empty(block) for _ in range(3)]
        self.bytes = [np.empty(block, np.int8) for _ in range(4)]
        self.stages = [np.empty(block, np.int8) for _ in range(5)]
        self.learners = [np.empty(block, np.int8) for _ in range(2)]
        self.index = np.empty(block, np.intp)

    def run(self, block: Block, into: dict[str, Array]) -> None:
        n = len(block.sizes)
        every = len(into) > len(FINAL)
        of = {name: into.get(name, self.buffers[name][:n]) for name in COLUMNS}
        self._aggregate(block, of, every)
        self._derive(block, of, every)
        self._programmes(block, of, every)

    def _aggregate(self, block: Block, of: dict[str, Array], every: bool) -> None:
        for name in COLUMNS[1:16]:
            of[name].fill(0)
        for array in (*self.stages, *self.learners):
            array[: len(block.sizes)].fill(0)
        np.copyto(of["persons"], block.sizes)
        flags = [b.view(np.bool_) for b in self.bytes]
        for w, m in zip(block.widths, block.people, strict=True):
            a, b, c, d = (array[:w] for array in self.bytes)
            fa, fb, fc = (array[:w] for array in flags[:3])
            x = self.floats[0][:w]
            age, own_pay, employment, student = m["age"], m["own_pay"], m["employment"], m["student"]
            np.add(of["income"][:w], m["income"], out=of["income"][:w])
            np.add(of["own_pay"][:w], own_pay, out=of["own_pay"][:w])
            np.subtract(own_pay, 2000.0, out=x)
            np.maximum(x, 0.0, out=x)
            np.add(of["medical_costs"][:w], x, out=of["medical_costs"][:w])
            _count(of["children"][:w], np.less(age, 18, out=fa), a)
            _count(of["elders"][:w], np.greater_equal(age, 60, out=fa), a)
            # of working age, by sex: a is work, b is a woman at work
            np.subtract(age, 18, out=d)
            np.less(d.view(np.uint8), 42, out=fa)
            np.bitwise_and(a, m["sex"], out=b)
            np.add(of["working_women"][:w], b, out=of["working_women"][:w])
            np.subtract(a, b, out=c)
            np.add(of["working_men"][:w], c, out=of["working_men"][:w])
            # the codes of those who earn are the odd ones
            np.bitwise_and(b, employment, out=b)
            np.add(of["earning_women"][:w], b, out=of["earning_women"][:w])
            # the registered unemployed: who may start a business, who may learn
            np.equal(employment, 2, out=fa)
            np.less(d.view(np.uint8), 27, out=fb)
            np.logical_and(fa, fb, out=fb)
            np.greater_equal(m["insured_months"], 12, out=fc)
            np.logical_and(fb, fc, out=fb)
            np.logical_or(of["any_starter"][:w], fb, out=of["any_starter"][:w])
            np.less(d.view(np.uint8), 37, out=fb)
            np.logical_and(fa, fb, out=fa)
            np.add(self.learners[0][:w], a, out=self.learners[0][:w])
            np.greater_equal(m["insured_months"], 36, out=fb)
            np.logical_and(fa, fb, out=fb)
            np.add(self.learners[1][:w], b, out=self.learners[1][:w])
            np.logical_or(of["any_union_member"][:w], m["union_member"].view(np.bool_), out=of["any_union_member"][:w])
            np.subtract(m["disability"], 1, out=a)
            np.less(a.view(np.uint8), 2, out=fb)
            np.logical_or(of["any_severe_disability"][:w], fb, out=of["any_severe_disability"][:w])
            _major(m["illness"], a, fa, fb)
            np.logical_or(of["any_major_illness"][:w], fb, out=of["any_major_illness"][:w])
            np.multiply(student, m["school"], out=d)
            for stage in range(1, 5):
                _count(self.stages[stage][:w], np.equal(d, stage, out=fa), a)
            if every:
                np.add(of["students"][:w], student, out=of["students"][:w])
                np.maximum(of["highest_school"][:w], d, out=of["highest_school"][:w])

    def _derive(self, block: Block, of: dict[str, Array], every: bool) -> None:
        n = len(block.sizes)
        homes = block.homes
        x, y = self.floats[0][:n], self.floats[1][:n]
        fa, fb = (array[:n].view(np.bool_) for array in self.bytes[:2])
        index = self.index[:n]
        np.multiply(homes["county"], 2, out=index)
        np.add(index, homes["urban"], out=index)
        line = of["line"]
        np.take(self.tables.line, index, out=line, mode="clip")
        if every:
            np.take(self.tables.wage, index, out=of["wage"], mode="clip")
            np.take(self.tables.north, index, out=of["north"], mode="clip")
        self._price(of["schooling_costs"], x, (0, 1000.0, 1500.0, 4000.0, 12000.0))
        np.multiply(line, 0.5, out=x)
        np.minimum(homes["rent"], x, out=x)
        np.equal(homes["housing"], 1, out=fa)
        np.multiply(x, fa, out=of["rent_deduction"])
        rigid, net, per_head = of["rigid"], of["net"], of["income_per_head"]
        np.multiply(of["rent_deduction"], 12.0, out=rigid)
        np.add(rigid, of["medical_costs"], out=rigid)
        np.add(rigid, of["schooling_costs"], out=rigid)
        np.multiply(of["income"], 12.0, out=net)
        np.subtract(net, rigid, out=net)
        np.maximum(net, 0.0, out=net)
        np.divide(of["income"], block.sizes, out=per_head)
        np.multiply(block.sizes, 12.0, out=x)
        np.divide(net, x, out=of["net_per_head"])
        ratio = of["ratio"]
        np.divide(of["net_per_head"], line, out=ratio)
        self._exclude(block, of)
        np.multiply(line, 2.0, out=y)
        near = np.less_equal(per_head, y, out=fa)
        np.multiply(of["income"], 3.0, out=x)
        np.greater(of["own_pay"], x, out=fb)
        np.logical_and(fb, of["any_major_illness"], out=fb)
        np.logical_or(fb, homes["disaster"].view(np.bool_), out=fb)
        np.logical_and(fb, near, out=fb)
        # 3 if struck, else 2 if within one and a half lines, 1 if within one
        category = of["category"]
        within = self.bytes[2][:n]
        np.multiply(fb.view(np.int8), 3, out=category)
        np.less_equal(ratio, 1.5, out=within.view(np.bool_))
        np.copyto(category, 2, where=within.view(np.bool_))
        np.less_equal(ratio, 1.0, out=fb)
        np.subtract(category, fb.view(np.int8), out=category, where=fb)
        np.copyto(category, 0, where=of["excluded"])

    def _price(self, total: Array, x: Array, prices: tuple[float, ...]) -> None:
        n = len(total)
        np.multiply(self.stages[1][:n], prices[1], out=total)
        for stage in range(2, 5):
            np.multiply(self.stages[stage][:n], prices[stage], out=x)
            np.add(total, x, out=total)

    def _exclude(self, block: Block, of: dict[str, Array]) -> None:
        n = len(block.sizes)
        x = self.floats[0][:n]
        fa = self.bytes[0][:n].view(np.bool_)
        cars, homes = of["excluded_by_cars"], block.homes
        np.equal(homes["cars"], 1, out=cars)
        np.greater(cars, of["any_severe_disability"], out=cars)
        np.logical_or(cars, np.greater_equal(homes["cars"], 2, out=fa), out=cars)
        np.copyto(of["excluded_by_home"], homes["second_home"].view(np.bool_))
        np.multiply(of["line"], 3.0, out=x)
        np.greater(of["income_per_head"], x, out=of["excluded_by_income"])
        excluded = of["excluded"]
        np.logical_not(of["any_union_member"], out=excluded)
        for name in ("excluded_by_cars", "excluded_by_home", "excluded_by_income"):
            np.logical_or(excluded, of[name], out=excluded)

    def _programmes(self, block: Block, of: dict[str, Array], every: bool) -> None:
        n = len(block.sizes)
        total = of["total"]
        hard = np.flatnonzero(of["category"])
        given = _hardship(block, of, hard, self.tables, self.index, self.stages)
        # the training grant: 1500 for each learner of a household in hardship, else 1000 for each with 36 months
        training = of["training"] if every else self.floats[2][:n]
        np.multiply(self.learners[1][:n], 1000.0, out=training)
        training[hard] = 1500.0 * self.learners[0][hard]
        np.copyto(total, training)
        summed = np.zeros(len(hard))
        for name, values in given.items():
            if every:
                of[name].fill(0)
                of[name][hard] = values
            summed += values
        total[hard] += summed
        for name, (rows, values) in _anybody(block, of, self).items():
            if every:
                of[name].fill(0)
                np.add.at(of[name], rows, values)
            np.add.at(total, rows, values)
        self._warmth(block, of)
        np.add(total, of["warmth"], out=total)
        np.minimum(total, 60000.0, out=total)

    def _warmth(self, block: Block, of: dict[str, Array]) -> None:
        n = len(block.sizes)
        fa, fb = (array[:n].view(np.bool_) for array in self.bytes[:2])
        group = of["warmth_group"]
        np.copyto(group, of["category"])
        np.equal(group, 0, out=fa)
        np.greater(fa, of["excluded"], out=fa)
        np.logical_and(fa, block.homes["disaster"].view(np.bool_), out=fb)
        np.copyto(group, 5, where=fb)
        # households stand by size: only the last ones have one or two members
        few = block.widths[2] if len(block.widths) > 2 else 0
        tail = slice(few, n)
        np.equal(of["elders"][tail], block.sizes[tail], out=fb[tail])
        np.logical_and(fb[tail], fa[tail], out=fb[tail])
        rows = few + np.flatnonzero(fb[tail])
        group[rows[of["ratio"][rows] <= 2.0]] = 4
        of["warmth"].fill(0)
        rows = np.flatnonzero(group)
        of["warmth"][rows] = WARMTH[group[rows]]


WARMTH = np.array([0.0, 2000, 1200, 800, 600, 500])
MEDICAL = np.array([0.0, 0.1, 0.07, 0.05])


def _count(total: Array, which: Array, as_bytes: Array) -> None:
    np.add(total, as_bytes, out=total)


def _major(illness: Array, a: Array, fa: Array, fb: Array) -> None:
    np.subtract(illness, 3, out=a)
    np.less(a.view(np.uint8), 3, out=fb)
    np.equal(illness, 1, out=fa)
    np.logical_or(fb, fa, out=fb)


def _hardship(
    block: Block, of: dict[str, Array], hard: Array, tables: Tables, index: Array, stages: list[Array]
) -> dict[str, Array]:
    """The programmes of households in hardship: one value for each of the rows `hard`."""
    category = of["category"][hard]
    deep, deeper = category == 1, category != 3
    n, line = block.sizes[hard].astype(np.float64), of["line"][hard]
    living = np.minimum(np.maximum(0.0, 12.0 * line * n - of["net"][hard]), 9.0 * line * n)
    living = np.where(deep, living, np.where(deeper, 3.0 * line, 0.0))
    shares = MEDICAL[category]
    medical, dialysis, cataract = np.zeros(len(hard)), np.zeros(len(hard)), np.zeros(len(hard))
    for w, m in zip(block.widths, block.people, strict=True):
        k = int(np.searchsorted(hard, w))
        rows = hard[:k]
        own_pay, illness = m["own_pay"][rows], m["illness"][rows]
        paid = 5.0 * np.minimum(np.maximum(own_pay - 2000.0, 0.0), 8000.0)
        paid += 6.0 * np.minimum(np.maximum(own_pay - 10000.0, 0.0), 40000.0)
        paid += 7.0 * np.maximum(own_pay - 50000.0, 0.0)
        medical[:k] += np.minimum(30000.0, shares[:k] * paid)
        dialysis[:k] += illness == 1
        eyes = (illness == 2) & deeper[:k] & (m["age"][rows] >= 50)
        cataract[:k] += eyes * np.minimum(own_pay, 2000.0)
    education = 500.0 * stages[2][hard] + 2000.0 * stages[3][hard] + 5000.0 * stages[4][hard]
    mother = (of["working_women"][hard] == 1) & (of["working_men"][hard] == 0)
    children = of["children"][hard]
    mother &= (children >= 1) & (of["earning_women"][hard] >= 1)
    return {
        "living": living,
        "medical": medical,
        "dialysis": dialysis * np.where(deep, 6000.0, 4000.0),
        "cataract": cataract,
        "education": education * np.where(deep, 1.0, 0.5),
        "single_mother": mother * (2000.0 + 500.0 * children),
        "winter": (deeper & tables.north[index[hard]]) * (300.0 + 50.0 * n),
        "startup": of["any_starter"][hard] * 8000.0,
    }


def _anybody(block: Block, of: dict[str, Array], kernel: Kernel) -> dict[str, tuple[Array, Array]]:
    """Owed wages and mutual aid, which few get and anybody may: households (once for each member) and yuan."""
    owed, mutual = [], []
    for w, m in zip(block.widths, block.people, strict=True):
        a = kernel.bytes[0][:w]
        fa, fb, fc = (array[:w].view(np.bool_) for array in kernel.bytes[:3])
        np.equal(m["employment"], 3, out=fa)
        np.greater(m["wages_owed"], 0.0, out=fb)
        rows = np.flatnonzero(np.logical_and(fa, fb, out=fa))
        low = (of["category"][rows] > 0) | (of["income_per_head"][rows] <= 2.0 * of["line"][rows])
        rows = rows[low]
        wage = kernel.tables.wage[kernel.index[rows]]
        owed.append((rows, np.minimum(m["wages_owed"][rows], 2.0 * wage)))
        _major(m["illness"], a, fa, fb)
        np.logical_and(fb, m["union_member"].view(np.bool_), out=fb)
        np.greater_equal(m["insured_months"], 12, out=fc)
        rows = np.flatnonzero(np.logical_and(fb, fc, out=fb))
        mutual.append((rows, np.minimum(20000.0, 3.0 * np.maximum(0.0, m["own_pay"][rows] - 5000.0) / 10.0)))
    return {
        name: (np.concatenate([rows for rows, _ in parts]), np.concatenate([values for _, values in parts]))
        for name, parts in (("arrears", owed), ("mutual", mutual))
    }
