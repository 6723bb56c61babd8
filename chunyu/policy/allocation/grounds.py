"""Why a line got this amount: the numbers that decide it, and the sentence that says so.

An amount is never explained beside its making: the sentence is built from the numbers, and refused when they do not
give the amount again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from chunyu.policy.allocation.needs import AllocationRefused, Fen, Index, Mask, Needs
from chunyu.policy.allocation.pricing import programme_prices
from chunyu.policy.allocation.sharing import Allotment
from chunyu.policy.wording import yuan


class Reason(IntEnum):
    """What binds an amount. The first five give something, the others nothing."""

    LEVEL = 1  # the rest of the gap comes down to the common level
    CAP = 2  # the cap stops it above the level
    GAP = 3  # the gap is closed
    MINIMUM = 4  # less would be due, but nothing smaller is paid
    FLOOR = 5  # owed whatever the level
    SHALLOW = 11  # the gap is no deeper than the level
    SMALL = 12  # what is due is too far below the minimum grant
    HANDLING = 13  # what is due is not worth its handling
    NO_ROOM = 14  # the cap lies below the minimum grant
    NO_SOURCE = 15  # no source may pay for the programme
    QUOTA = 16  # the county's household quota went to deeper needs
    LAST = 17  # the money ended among lines of equal worth; order decided


@dataclass(frozen=True)
class Ground:
    """The numbers behind one line, in fen. `level_fen` is what the money brings every rest of need down to, `extra_fen`
    1 where the line got a fen of the remainder."""

    reason: Reason
    amount_fen: int
    gap_fen: int
    level_fen: int
    cap_fen: int
    floor_fen: int
    minimum_fen: int
    extra_fen: int = 0

    @property
    def due_fen(self) -> int:
        """What the level alone would give."""
        return max(0, self.gap_fen - self.level_fen)

    @property
    def holds(self) -> bool:
        """Whether the reason and the numbers give the amount."""
        due, most, least = self.due_fen, min(self.cap_fen, self.gap_fen), max(self.minimum_fen, self.floor_fen, 1)
        if self.reason < Reason.SHALLOW and not least <= self.amount_fen <= most:
            return False
        tests = {
            Reason.LEVEL: self.amount_fen == due + self.extra_fen,
            Reason.CAP: self.amount_fen == self.cap_fen <= due,
            Reason.GAP: self.amount_fen == self.gap_fen,
            Reason.MINIMUM: self.amount_fen == least == max(self.minimum_fen, 1) >= due,
            Reason.FLOOR: self.amount_fen == self.floor_fen >= due,
            Reason.SHALLOW: due == 0,
            Reason.SMALL: 0 < 2 * due <= least,
            Reason.HANDLING: due > 0,
            Reason.NO_ROOM: most < least,
        }
        return tests.get(self.reason, True) and (self.reason < Reason.SHALLOW or self.amount_fen == 0)


@dataclass(frozen=True, eq=False)
class Grounds:
    """The grounds of every line, as columns in the order of the needs."""

    needs: Needs
    grants: Fen
    reason: Index
    level: Fen
    extra: Mask

    def __getitem__(self, line: int) -> Ground:
        needs = self.needs
        return Ground(
            Reason(int(self.reason[line])),
            int(self.grants[line]),
            int(needs.gap[line]),
            int(self.level[line]),
            int(needs.cap[line]),
            int(needs.floor[line]),
            int(needs.minimum[line]),
            int(self.extra[line]),
        )


def grounds(needs: Needs, allotment: Allotment) -> Grounds:
    """Why every line got what it got. Raises AllocationRefused when one cannot be explained."""
    prices, entry = allotment.final, allotment.entry
    opened = allotment.grants > 0
    level = np.where(
        opened,
        _levels(needs, prices.sources, prices.county_fen),
        _levels(needs, entry.sources, entry.county_fen),
    )
    made = Grounds(needs, allotment.grants, _reasons(needs, allotment, level), level, allotment.extra)
    _refuse_unexplained(made)
    return made


def _levels(needs: Needs, sources: Sequence[int], county_fen: Sequence[int]) -> Fen:
    by_programme = np.array(programme_prices(needs, sources), dtype=np.int64)
    by_county = np.array(county_fen, dtype=np.int64)
    paid: Fen = by_programme[needs.programme] + by_county[needs.county[needs.household]]
    return np.maximum((paid + 1) // 2, 0)


def _reasons(needs: Needs, allotment: Allotment, level: Fen) -> Index:
    grants, opened = allotment.grants, allotment.grants > 0
    due = np.maximum(needs.gap - level, 0)
    handling = np.array([p.handling_fen for p in needs.programmes], dtype=np.int64)[needs.programme]
    payable = needs.payable[needs.programme]
    cases = [
        (opened & (grants == needs.gap), Reason.GAP),
        (opened & (grants == needs.cap) & (due >= needs.cap), Reason.CAP),
        (opened & (grants == due + allotment.extra), Reason.LEVEL),
        (opened & needs.owed & (grants == needs.floor), Reason.FLOOR),
        (opened, Reason.MINIMUM),
        (~payable, Reason.NO_SOURCE),
        (~needs.grantable, Reason.NO_ROOM),
        (due == 0, Reason.SHALLOW),
        (~allotment.reachable[needs.household], Reason.QUOTA),
        (2 * due <= needs.least, Reason.SMALL),
        (handling > 0, Reason.HANDLING),
    ]
    found: Index = np.select([c for c, _ in cases], [int(r) for _, r in cases], default=int(Reason.LAST))
    return found


def _refuse_unexplained(made: Grounds) -> None:
    """All lines at once; the numbers must give every amount."""
    needs, grants, reason = made.needs, made.grants, made.reason
    due = np.maximum(needs.gap - made.level, 0)
    holds = np.select(
        [reason == int(r) for r in (Reason.LEVEL, Reason.CAP, Reason.GAP, Reason.MINIMUM, Reason.FLOOR)],
        [
            grants == due + made.extra,
            (grants == needs.cap) & (due >= needs.cap),
            grants == needs.gap,
            (grants == needs.least) & (due <= grants),
            (grants == needs.floor) & (due <= grants),
        ],
        default=grants == 0,
    )
    if not np.all(holds):
        raise _unexplained(made[int(np.argmin(holds))])


def _unexplained(ground: Ground) -> AllocationRefused:
    return AllocationRefused(
        f"金额 {yuan(ground.amount_fen)} 元无法由依据得出（{ground.reason.name}），不能发放",
        f"The amount of {yuan(ground.amount_fen)} does not follow from its grounds ({ground.reason.name})",
    )


SENTENCES = {
    Reason.LEVEL: (
        "缺口 {gap} 元。现有资金使同类缺口都补到只剩 {level} 元，本户得 {amount} 元{extra}。",
        "The gap is {gap} yuan. The money brings every gap of this kind down to {level} yuan: {amount} yuan{extra}.",
    ),
    Reason.CAP: (
        "缺口 {gap} 元，按水位应得 {due} 元，但本项目每户最多 {cap} 元，故为 {amount} 元。",
        "The gap is {gap} yuan and {due} would be due, but the programme pays at most {cap} yuan: {amount} yuan.",
    ),
    Reason.GAP: (
        "缺口 {gap} 元，资金足以全部补足，故为 {amount} 元。",
        "The gap is {gap} yuan and the money closes it: {amount} yuan.",
    ),
    Reason.MINIMUM: (
        "缺口 {gap} 元，按水位应得 {due} 元，未到起付额 {minimum} 元；补到起付额仍然值得，故为 {amount} 元。",
        "The gap is {gap} yuan and {due} would be due; {minimum} yuan is the least grant and worth it: {amount} yuan.",
    ),
    Reason.FLOOR: (
        "本户有保底 {floor} 元，按水位应得 {due} 元，就高发给 {amount} 元。",
        "A floor of {floor} yuan is owed and {due} would be due; the higher is paid: {amount} yuan.",
    ),
    Reason.SHALLOW: (
        "缺口 {gap} 元，不深于水位 {level} 元：资金先补更深的缺口，这次没有金额。",
        "The gap of {gap} yuan is no deeper than the level of {level} yuan: deeper gaps come first: nothing.",
    ),
    Reason.SMALL: (
        "缺口 {gap} 元，按水位只应得 {due} 元，不到起付额 {minimum} 元的一半，这次没有金额。",
        "The gap is {gap} yuan and only {due} would be due, not half of the least grant of {minimum} yuan: nothing.",
    ),
    Reason.HANDLING: (
        "缺口 {gap} 元，按水位应得 {due} 元，抵不上办理成本，这次没有金额。",
        "The gap is {gap} yuan and {due} would be due, which does not outweigh the cost of handling: nothing.",
    ),
    Reason.NO_ROOM: (
        "本户最多可得 {most} 元，低于起付额 {minimum} 元，这次没有金额。",
        "At most {most} yuan could be paid, below the least grant of {minimum} yuan: nothing.",
    ),
    Reason.NO_SOURCE: (
        "没有资金来源可用于本项目，这次没有金额。",
        "No source of money may pay for this programme: nothing.",
    ),
    Reason.QUOTA: (
        "缺口 {gap} 元。本县区的户数名额已用于缺口更深的家庭，这次没有金额。",
        "The gap is {gap} yuan. The county's number of households went to deeper needs: nothing.",
    ),
    Reason.LAST: (
        "缺口 {gap} 元，与最后得到资金的几户同等；余款不够再发一户，按编号排在后面，这次没有金额。",
        "The gap of {gap} yuan ranks with the last paid; in order of number the money did not reach one more: nothing.",
    ),
}


def explain_line(ground: Ground, language: str = "zh") -> str:
    """The sentence of one line, in "zh" or "en". Raises AllocationRefused when the numbers do not give the amount."""
    if not ground.holds:
        raise _unexplained(ground)
    chinese, english = SENTENCES[ground.reason]
    extra = ("（含尾数一分）", " (with a fen of the remainder)") if ground.extra_fen else ("", "")
    return (chinese if language == "zh" else english).format(
        gap=yuan(ground.gap_fen),
        level=yuan(ground.level_fen),
        due=yuan(ground.due_fen),
        cap=yuan(ground.cap_fen),
        most=yuan(min(ground.cap_fen, ground.gap_fen)),
        floor=yuan(ground.floor_fen),
        minimum=yuan(max(ground.minimum_fen, ground.floor_fen, 1)),
        amount=yuan(ground.amount_fen),
        extra=extra[0 if language == "zh" else 1],
    )
