"""What there is to share: lines of need, the sources of money, what each source may be used for, and quotas."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from chunyu.policy.problems import PolicyError

Fen = npt.NDArray[np.int64]
Index = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]  # one truth value a row

# With gaps up to five million yuan a line's square, its price times its grant, and their sums stay exact in 64 bits.
LARGEST_FEN = 500_000_000


class AllocationRefused(PolicyError):
    """What was asked cannot be shared out; the sentence says why."""


@dataclass(frozen=True)
class Programme:
    """`handling_fen` is what one award costs to make (a visit, a transfer), paid by the source beside the grant."""

    code: str
    handling_fen: int = 0


@dataclass(frozen=True)
class Source:
    """An earmarked pot: what is in it, in fen, and the codes of the programmes it may pay for."""

    code: str
    budget_fen: int
    uses: frozenset[str]


@dataclass(frozen=True)
class Quota:
    """The most that one county may get: households reached, or fen granted. None sets no limit."""

    households: int | None = None
    fen: int | None = None


@dataclass(frozen=True, eq=False)
class Needs:
    """Lines of need, one per household and programme, as arrays of one length; money in fen.

    `household` and `programme` are positions in `ids` and `programmes`. A grant on a line is 0, or at least
    `minimum` and at least 1, and never above `cap` or `gap`. A positive `floor` is owed: such a line gets it
    whatever else happens. `county` is given per household, as a position in `counties`.

    Needs of different programmes are different needs: a tuition grant does not close a medical gap. So what is
    made small is the sum, over lines, of the squared rest of the gap.
    """

    ids: npt.NDArray[np.generic]
    household: Index
    programme: Index
    gap: Fen
    cap: Fen
    floor: Fen
    minimum: Fen
    programmes: tuple[Programme, ...]
    sources: tuple[Source, ...]
    county: Index
    counties: tuple[str, ...] = ("",)
    quotas: Mapping[str, Quota] | None = None

    def __post_init__(self) -> None:
        self._check_shapes()
        self._check_money()
        self._check_names()

    def __len__(self) -> int:
        return len(self.gap)

    @cached_property
    def allowed(self) -> Mask:
        """Which source (row) may pay for which programme (column)."""
        return np.array([[p.code in s.uses for p in self.programmes] for s in self.sources], dtype=bool).reshape(
            len(self.sources), len(self.programmes)
        )

    @cached_property
    def payable(self) -> Mask:
        """Per programme, whether any source may pay for it."""
        return np.asarray(self.allowed.any(axis=0), dtype=bool)

    @cached_property
    def most(self) -> Fen:
        """The largest grant of each line."""
        return np.minimum(self.gap, self.cap)

    @cached_property
    def least(self) -> Fen:
        """The smallest grant of each line that gets anything."""
        return np.maximum(np.maximum(self.minimum, self.floor), 1)

    @cached_property
    def owed(self) -> Mask:
        return self.floor > 0

    @cached_property
    def grantable(self) -> Mask:
        """Lines that can get anything: there is a gap, and the cap leaves room for the smallest grant."""
        return self.most >= self.least

    @cached_property
    def order(self) -> Index:
        """Each household's place among the ids in ascending order: what decides a tie, whatever the row order."""
        place = np.empty(len(self.ids), dtype=np.int64)
        place[np.argsort(self.ids, kind="stable")] = np.arange(len(self.ids))
        return place

    @cached_property
    def limits(self) -> tuple[Fen, Index]:
        """Per county the most fen and the most households; -1 where there is no limit."""
        quotas = self.quotas or {}
        given = [quotas.get(code, Quota()) for code in self.counties]
        return (
            np.array([-1 if q.fen is None else q.fen for q in given], dtype=np.int64),
            np.array([-1 if q.households is None else q.households for q in given], dtype=np.int64),
        )

    @cached_property
    def digest(self) -> str:
        """SHA-256 of everything given, the same for any order of the rows."""
        rows = np.lexsort((self.programme, self.order[self.household]))
        seen = hashlib.sha256()
        for column in (self.programme, self.gap, self.cap, self.floor, self.minimum, self.county[self.household]):
            seen.update(np.ascontiguousarray(column[rows], dtype="<i8").tobytes())
        seen.update("\n".join(map(str, self.ids[self.household[rows]].tolist())).encode())
        for programme in self.programmes:
            seen.update(f"\n{programme.code} {programme.handling_fen}".encode())
        for source in self.sources:
            seen.update(f"\n{source.code} {source.budget_fen} {','.join(sorted(source.uses))}".encode())
        for code, fen, households in zip(self.counties, *self.limits, strict=True):
            seen.update(f"\n{code} {fen} {households}".encode())
        return seen.hexdigest()

    @classmethod
    def from_matrix(
        cls,
        ids: Sequence[str] | npt.NDArray[np.generic],
        gap: Fen,
        programmes: Sequence[Programme],
        sources: Sequence[Source],
        *,
        cap: Fen | None = None,
        floor: Fen | None = None,
        minimum: Fen | None = None,
        county: Index | None = None,
        counties: Sequence[str] = ("",),
        quotas: Mapping[str, Quota] | None = None,
    ) -> Needs:
        """From a table of households by programmes, where a gap of 0 means not eligible.

        `cap`, `floor` and `minimum` have the shape of `gap` or broadcast to it; without a cap, the gap is the cap.
        """
        table = np.asarray(gap, dtype=np.int64)
        if table.ndim != 2 or table.shape != (len(ids), len(programmes)):
            raise AllocationRefused(
                "缺口表须一行一户、一列一个项目",
                "The table of gaps has one row per household and one column per programme",
            )
        household, programme = np.nonzero(table)

        def column(given: Fen | None, otherwise: Fen) -> Fen:
            if given is None:
                return otherwise
            spread = np.broadcast_to(np.asarray(given, dtype=np.int64), table.shape)
            return np.ascontiguousarray(spread[household, programme])

        gaps = table[household, programme]
        return cls(
            ids=np.asarray(ids),
            household=household.astype(np.int64),
            programme=programme.astype(np.int64),
            gap=gaps,
            cap=column(cap, gaps),
            floor=column(floor, np.zeros_like(gaps)),
            minimum=column(minimum, np.zeros_like(gaps)),
            programmes=tuple(programmes),
            sources=tuple(sources),
            county=np.zeros(len(ids), dtype=np.int64) if county is None else np.asarray(county, dtype=np.int64),
            counties=tuple(counties),
            quotas=quotas,
        )

    def _check_shapes(self) -> None:
        columns = (self.household, self.programme, self.gap, self.cap, self.floor, self.minimum)
        if len({len(column) for column in columns}) != 1 or len(self.county) != len(self.ids):
            raise AllocationRefused("各列的行数不同", "The columns differ in length")
        for places, size in ((self.household, len(self.ids)), (self.programme, len(self.programmes))):
            if len(places) and (int(places.min()) < 0 or int(places.max()) >= size):
                raise AllocationRefused(
                    "有行指向不存在的家庭或项目", "A line names a household or programme that is not there"
                )
        pairs = self.household * max(1, len(self.programmes)) + self.programme
        if len(pairs) > 1 and np.any(np.diff(pairs) <= 0) and len(np.unique(pairs)) != len(pairs):
            raise AllocationRefused("同一户同一项目出现两次", "A household stands twice under one programme")

    def _check_money(self) -> None:
        for column in (self.gap, self.cap, self.floor, self.minimum):
            if len(column) and (int(column.min()) < 0 or int(column.max()) > LARGEST_FEN):
                raise AllocationRefused("金额须在 0 到 500 万元之间", "An amount must lie between 0 and 5,000,000 yuan")
        short = self.owed & (self.least > self.most)
        if np.any(short):
            who = self.ids[self.household[int(np.argmax(short))]]
            raise AllocationRefused(
                f"{who} 的保底金额高于上限或缺口", f"The floor of {who} is above its cap or its gap"
            )
        amounts = [s.budget_fen for s in self.sources] + [p.handling_fen for p in self.programmes]
        amounts += [n for q in (self.quotas or {}).values() for n in (q.fen, q.households) if n is not None]
        if any(amount < 0 for amount in amounts):
            raise AllocationRefused(
                "预算、手续成本和名额不能为负", "A budget, handling cost or quota cannot be negative"
            )
        if any(p.handling_fen > LARGEST_FEN for p in self.programmes):
            raise AllocationRefused("手续成本过高", "A handling cost is too high")

    def _check_names(self) -> None:
        codes = [p.code for p in self.programmes]
        unknown = {use for s in self.sources for use in s.uses} - set(codes)
        if unknown:
            names = "、".join(sorted(unknown))
            raise AllocationRefused(f"没有这样的项目：{names}", f"No such programme: {names}")
        strange = set(self.quotas or {}) - set(self.counties)
        if strange:
            names = "、".join(sorted(strange))
            raise AllocationRefused(f"没有这样的县区：{names}", f"No such county: {names}")
        for names_given in (codes, [s.code for s in self.sources], list(self.counties), self.ids.tolist()):
            if len(set(names_given)) != len(names_given):
                raise AllocationRefused("名称或编号重复", "A name or number stands twice")


def exact_sum(values: Fen) -> int:
    """The sum of 64-bit integers without overflow, for any length and the same for any order."""
    high = int(np.sum(values >> 32))
    return (high << 32) + int(np.sum(values & 0xFFFFFFFF))


def squares(values: Fen) -> int:
    """The exact sum of squares of amounts up to `LARGEST_FEN`."""
    return exact_sum(values * values)
