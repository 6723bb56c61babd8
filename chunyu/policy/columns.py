"""Facts of many households as columns, and what the rules make of them.

`Facts` is what is frozen out of a register before a run: one Arrow table of households and one of their members. A
null is *unknown*. The same two tables, written as Parquet, are a facts folder (see `facts_folder`).

=========  ==============================================================================================
kind       column
=========  ==============================================================================================
money      int64, fen
count      any whole-number type
ratio      int64, millionths
flag       bool
code       string, plain or dictionary-encoded
date       date32
=========  ==============================================================================================

Households have ``household`` (their id) and ``region`` (a key of `Facts.chains`); the members stand in the order of the
households, those of one household together. Either the households say in ``members`` how many theirs are, or each
member has its ``household``. A column ``disputed.<fact>`` says whether sources
contradict each other. Columns ``group.<name>`` of members are tags by which reports are cut; rules never see them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute  # here, and not by the first thread that needs it

from chunyu.policy.cases import Case, disputed, slots
from chunyu.policy.kinds import LIMITS, NUMBERS, Kind, Value
from chunyu.policy.nodes import Entity
from chunyu.policy.pack import Fact, Pack
from chunyu.policy.problems import PolicyError

Array = npt.NDArray[Any]
GROUP = "group."
DISPUTED = "disputed."
MEMBERS = "members"
ARROW = {
    Kind.MONEY: pa.int64(),
    Kind.COUNT: pa.int64(),
    Kind.RATIO: pa.int64(),
    Kind.FLAG: pa.bool_(),
    Kind.CODE: pa.dictionary(pa.int16(), pa.string()),
    Kind.DATE: pa.date32(),
}
EPOCH = date(1970, 1, 1).toordinal()


class FactsError(PolicyError):
    """Columns that cannot be decided: which column or household, and what it should be."""


@dataclass(frozen=True)
class Column:
    """The value of one rule for every household, in the order of `Facts.households`.

    `values` are whole numbers (fen, millionths, pieces, days since 1970), bool, or positions in `codes`; where
    `unknown` is true the value means nothing. `unknown` is None when every value is known. Numbers are int32 where all
    fit, or int64: NumPy's totals of them are 64 bits wide, and products must ask for it. `bounds` are those of the
    numbers of a fact, garbage included.
    """

    values: Array
    unknown: npt.NDArray[np.bool_] | None = None
    codes: tuple[str, ...] = ()
    kind: Kind = Kind.COUNT
    bounds: tuple[int, int] | None = None

    def __len__(self) -> int:
        return len(self.values)

    @property
    def known(self) -> npt.NDArray[np.bool_]:
        return np.ones(len(self.values), bool) if self.unknown is None else ~self.unknown

    def rows(self, here: slice) -> Column:
        """The values of some consecutive households."""
        return Column(self.values[here], None if self.unknown is None else self.unknown[here], self.codes, self.kind)

    def native(self, position: int) -> Value:
        """One value as the interpreter has it; None is unknown."""
        if self.unknown is not None and self.unknown[position]:
            return None
        value = self.values[position]
        if self.kind is Kind.CODE:
            return self.codes[int(value)]
        if self.kind is Kind.FLAG:
            return bool(value)
        return date.fromordinal(int(value) + EPOCH) if self.kind is Kind.DATE else int(value)

    def natives(self) -> list[Value]:
        return [self.native(position) for position in range(len(self.values))]

    def to_arrow(self) -> pa.Array:
        """The column as Arrow keeps it, null where unknown."""
        if self.kind is Kind.CODE:
            indices = pa.array(self.values.astype(np.int16), mask=self.unknown)
            return pa.DictionaryArray.from_arrays(indices, pa.array(self.codes, pa.string()))
        values = self.values.astype(np.int32) if self.kind is Kind.DATE else self.values
        return pa.array(values, ARROW[self.kind], mask=self.unknown)


@dataclass(frozen=True, eq=False)
class Facts:
    """Households and members as Arrow tables, and for each region the chain of places whose parameters hold there."""

    households: pa.Table
    members: pa.Table
    chains: Mapping[str, tuple[str, ...]]

    def __len__(self) -> int:
        return int(self.households.num_rows)

    @cached_property
    def sizes(self) -> npt.NDArray[np.int64]:
        """Members of each household: as its column `members` says, or else by the ids of the members.

        Raises FactsError where the two tables do not fit together.
        """
        if MEMBERS in self.households.column_names:
            return self._counted(self.households[MEMBERS].to_numpy())
        own, theirs = self.households["household"], self.members["household"]
        if self.households.num_rows == 0:
            return np.zeros(0, np.int64)
        runs = _runs(theirs)
        firsts = theirs.take(pa.array(runs[:-1])) if len(runs) > 1 else theirs.slice(0, 0)
        if len(firsts) != len(own) or not firsts.combine_chunks().equals(own.combine_chunks().cast(firsts.type)):
            raise _misaligned(own, firsts)
        return np.diff(runs)

    def _counted(self, sizes: Array) -> npt.NDArray[np.int64]:
        if len(sizes) and int(sizes.min()) < 1:
            alone = self.households["household"][int(sizes.argmin())].as_py()
            raise _without_members(alone)
        if int(sizes.sum()) != self.members.num_rows:
            raise FactsError(
                f"家庭共有成员 {int(sizes.sum())} 人，成员表却有 {self.members.num_rows} 行",
                f"The households have {int(sizes.sum())} members, and the table of members has {self.members.num_rows}",
            )
        return sizes.astype(np.int64)

    @cached_property
    def regions(self) -> tuple[tuple[str, ...], npt.NDArray[np.int64]]:
        """The regions that occur, and for each household the position of its own among them."""
        encoded = self.households["region"].combine_chunks()
        if not pa.types.is_dictionary(encoded.type):
            encoded = encoded.dictionary_encode()
        if encoded.null_count:
            raise FactsError("有家庭没有地区", "Some households have no region")
        indices = np.asarray(encoded.indices.to_numpy(zero_copy_only=False), np.int64)
        written = encoded.dictionary.to_pylist()
        occurs = np.bincount(indices, minlength=len(written)) > 0
        names = tuple(str(name) for name, here in zip(written, occurs, strict=True) if here)
        for name in names:
            if name not in self.chains:
                raise FactsError(f"地区“{name}”没有说明上级地区", f'The region "{name}" has no chain of places')
        return names, (np.cumsum(occurs) - 1)[indices]

    def slice(self, start: int, stop: int) -> Facts:
        """Some consecutive households, with their members."""
        ends = np.concatenate(([0], np.cumsum(self.sizes)))
        first, last = int(ends[start]), int(ends[min(stop, len(self))])
        return Facts(self.households.slice(start, stop - start), self.members.slice(first, last - first), self.chains)

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """The tags that members carry, without their prefix."""
        return tuple(name.removeprefix(GROUP) for name in self.members.column_names if name.startswith(GROUP))


def _runs(ids: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    """Where each run of equal ids begins, and the end."""
    whole = ids.combine_chunks()
    if pa.types.is_dictionary(whole.type):
        whole = whole.indices
    count = len(whole)
    if count == 0:
        return np.zeros(1, np.int64)
    if pa.types.is_integer(whole.type):
        values = whole.to_numpy(zero_copy_only=False)
        changes = values[1:] != values[:-1]
    else:
        changes = pa.compute.not_equal(whole.slice(1), whole.slice(0, count - 1)).to_numpy(zero_copy_only=False)
    return np.concatenate(([0], np.flatnonzero(changes) + 1, [count])).astype(np.int64)


def _misaligned(own: pa.ChunkedArray, firsts: pa.ChunkedArray) -> FactsError:
    theirs = set(firsts.to_pylist())
    alone = next((each for each in own.to_pylist() if each not in theirs), None)
    if alone is not None:
        return _without_members(alone)
    return FactsError(
        "成员表与家庭表的次序不同：成员须按家庭的次序排列，同一家庭的成员相邻",
        "The members are not in the order of the households, those of one household together",
    )


def _without_members(household: object) -> FactsError:
    return FactsError(
        f"家庭 {household} 没有成员：至少要有一人", f"Household {household} has no members: it needs at least one"
    )


def facts_of_cases(pack: Pack, cases: Iterable[tuple[str, Case, Sequence[str]]]) -> Facts:
    """Columns from cases: (id, case, chain of regions nearest first). Raises CaseError like `decide`."""
    rows = list(cases)
    known = {entity: frozenset(f.name for f in _facts(pack, entity)) for entity in ("household", "member")}
    chains: dict[str, tuple[str, ...]] = {}
    keys = []
    for _, _, regions in rows:
        # A region is known by its code, unless the same code comes with different places above it.
        same = chains.setdefault(regions[0], tuple(regions)) == tuple(regions)
        keys.append(regions[0] if same else "+".join(regions))
        chains[keys[-1]] = tuple(regions)
    household = _columns(
        _facts(pack, "household"), known["household"], ((case.household, "家庭 household") for _, case, _ in rows)
    )
    people = ((member.facts, f"成员 member {i}") for _, case, _ in rows for i, member in enumerate(case.members, 1))
    member = _columns(_facts(pack, "member"), known["member"], people)
    ids = pa.array([name for name, _, _ in rows], pa.string())
    places = pa.array(keys, pa.string()).dictionary_encode()
    theirs = pa.array([name for name, case, _ in rows for _ in case.members], pa.string())
    return Facts(
        pa.table({"household": ids, "region": places, **household}), pa.table({"household": theirs, **member}), chains
    )


def _facts(pack: Pack, entity: Entity) -> tuple[Fact, ...]:
    return pack.household_facts if entity == "household" else pack.member_facts


def _columns(
    facts: tuple[Fact, ...], known: frozenset[str], rows: Iterator[tuple[Mapping[str, Any], str]]
) -> dict[str, pa.Array]:
    values: list[list[Value]] = []
    disputes: list[list[bool | None]] = []
    for stated, where in rows:
        values.append(slots(stated, facts, known, where))
        disputes.append([disputed(stated.get(fact.name)) for fact in facts])
    columns: dict[str, pa.Array] = {}
    for position, fact in enumerate(facts):
        columns[fact.name] = pa.array([row[position] for row in values], ARROW[fact.type.kind])
        contradicted = [row[position] for row in disputes]
        columns[DISPUTED + fact.name] = pa.array(contradicted, pa.bool_())
    return columns


def fact_column(table: pa.Table, fact: Fact) -> Column:
    """One fact as the kernel reads it. A column that is not there is unknown for everybody.

    Raises FactsError when the column is not of the fact's kind, has a code that the pack does not list, or a number
    beyond the limits of `kinds`.
    """
    if fact.name not in table.column_names:
        everybody = np.ones(table.num_rows, bool)
        dtype = np.bool_ if fact.type.kind is Kind.FLAG else np.int8
        return Column(np.zeros(table.num_rows, dtype), everybody, fact.type.codes, fact.type.kind)
    array = table[fact.name].combine_chunks()
    unknown = array.is_null().to_numpy(zero_copy_only=False) if array.null_count else None
    kind = fact.type.kind
    if kind is Kind.CODE:
        return Column(_code_positions(array, fact), unknown, fact.type.codes, kind)
    expected = pa.types.is_boolean if kind is Kind.FLAG else pa.types.is_date32 if kind is Kind.DATE else _is_whole
    if not expected(array.type):
        raise FactsError(
            f"“{fact.name}”这一列应为 {ARROW[kind]}，不能是 {array.type}",
            f'The column "{fact.name}" must be {ARROW[kind]}, not {array.type}',
        )
    if kind is Kind.DATE:
        array = array.cast(pa.int32())
    if unknown is not None:
        array = array.fill_null(False if kind is Kind.FLAG else 0)
    values = array.to_numpy(zero_copy_only=False)
    bounds = None
    if kind is not Kind.FLAG:
        bounds = (int(values.min()), int(values.max())) if len(values) else (0, 0)
        if kind in NUMBERS and max(-bounds[0], bounds[1]) > LIMITS[kind]:
            raise FactsError(f"“{fact.name}”这一列的数过大", f'The column "{fact.name}" has a number that is too large')
    return Column(values, unknown, (), kind, bounds)


def _is_whole(type_: pa.DataType) -> bool:
    return bool(pa.types.is_integer(type_))


def _code_positions(array: pa.Array, fact: Fact) -> Array:
    if not pa.types.is_dictionary(array.type):
        array = array.cast(pa.string()).dictionary_encode()
    found = {code: position for position, code in enumerate(fact.type.codes)}
    written = array.dictionary.to_pylist()
    strange = next((code for code in written if code not in found), None)
    dtype = np.int8 if len(found) < 128 else np.int16
    if strange is not None and strange in array.unique().to_pylist():
        raise FactsError(
            f"“{fact.name}”这一列有不认识的代码“{strange}”",
            f'The column "{fact.name}" has the code "{strange}", which the pack does not list',
        )
    indices = array.indices.fill_null(0) if array.null_count else array.indices
    numbers: Array = indices.to_numpy(zero_copy_only=False)
    if written == list(fact.type.codes[: len(written)]):
        return numbers.astype(dtype)
    table = np.array([found.get(code, 0) for code in written] or [0], dtype)
    return table[numbers]


def dispute_column(table: pa.Table, fact: Fact) -> Column:
    """Whether sources contradict each other on a fact. Where the table does not say, nothing is contradicted."""
    if DISPUTED + fact.name not in table.column_names:
        known = fact_column(table, fact).unknown
        return Column(np.zeros(table.num_rows, bool), known, (), Kind.FLAG)
    array = table[DISPUTED + fact.name].combine_chunks()
    unknown = array.is_null().to_numpy(zero_copy_only=False) if array.null_count else None
    filled = array.fill_null(False) if unknown is not None else array
    return Column(filled.to_numpy(zero_copy_only=False), unknown, (), Kind.FLAG)
