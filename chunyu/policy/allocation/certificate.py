"""The proof that comes with an allotment: what it leaves, what no sharing can beat, and how anyone checks both.

Nothing in it has to be believed. The rest of need is summed from the grants; the bound is computed from the prices
alone; budgets, caps, minimums and quotas are added up again. All of it is whole numbers, so a checker on another
machine finds the same digits.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from chunyu.policy.allocation.needs import AllocationRefused, Fen, Mask, Needs, exact_sum, squares
from chunyu.policy.allocation.pricing import Prices, bound
from chunyu.policy.allocation.sharing import Allotment


@dataclass(frozen=True)
class Certificate:
    """`rest` and `bound` are sums of squared fen: what the grants leave, and what nothing can go below.

    `prices` prove the bound. `spent_fen` is grants and handling per source. `needs` and `grants` are digests.
    """

    needs: str
    grants: str
    need: int
    rest: int
    bound: int
    granted_fen: int
    handling_fen: int
    spent_fen: tuple[int, ...]
    left_fen: tuple[int, ...]
    prices: Prices

    @property
    def gap(self) -> float:
        """How far the result can at most be from the best, as a share of the rest; 0 is proven best."""
        return 0.0 if self.rest == self.bound else float(Decimal(self.rest - self.bound) / Decimal(self.rest))

    @property
    def closed(self) -> float:
        """The share of the squared need that the grants close."""
        return 0.0 if self.need == 0 else float(Decimal(self.need - self.rest) / Decimal(self.need))

    @property
    def closable(self) -> float:
        """The most that any sharing could close."""
        return 0.0 if self.need == 0 else float(Decimal(self.need - max(self.bound, 0)) / Decimal(self.need))

    def worth(self) -> tuple[float, ...]:
        """Per source, what one more yuan there does against an average yuan of all the sources (1 is average)."""
        weights = [spent + left for spent, left in zip(self.spent_fen, self.left_fen, strict=True)]
        total = sum(price * weight for price, weight in zip(self.prices.sources, weights, strict=True))
        if total == 0:
            return (0.0,) * len(weights)
        return tuple(price * sum(weights) / total for price in self.prices.sources)

    def to_json(self) -> str:
        return json.dumps(self.to_data(), ensure_ascii=False, indent=2)

    def to_data(self) -> dict[str, Any]:
        """Plain data. The sums of squares are strings, for readers whose numbers stop at 2^53."""
        data = asdict(self)
        for name in ("need", "rest", "bound"):
            data[name] = str(data[name])
        data["gap"] = self.gap
        return data

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Certificate:
        """Raises AllocationRefused when the data are not a certificate."""
        try:
            prices = {name: tuple(map(int, values)) for name, values in data["prices"].items()}
            return cls(
                needs=str(data["needs"]),
                grants=str(data["grants"]),
                need=int(data["need"]),
                rest=int(data["rest"]),
                bound=int(data["bound"]),
                granted_fen=int(data["granted_fen"]),
                handling_fen=int(data["handling_fen"]),
                spent_fen=tuple(map(int, data["spent_fen"])),
                left_fen=tuple(map(int, data["left_fen"])),
                prices=Prices(**prices),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise AllocationRefused("这不是分配证明", "This is not a certificate of an allotment") from error


def certify(needs: Needs, allotment: Allotment, prices: Prices) -> Certificate:
    """The certificate of an allotment, by prices that bound what is possible."""
    spent = spent_by_source(needs, allotment)
    budgets = [source.budget_fen for source in needs.sources]
    return Certificate(
        needs=needs.digest,
        grants=grants_digest(needs, allotment.grants),
        need=squares(needs.gap),
        rest=squares(needs.gap - allotment.grants),
        bound=bound(needs, prices),
        granted_fen=exact_sum(allotment.grants),
        handling_fen=exact_sum(allotment.handling_fen),
        spent_fen=tuple(spent),
        left_fen=tuple(budget - used for budget, used in zip(budgets, spent, strict=True)),
        prices=prices,
    )


def verify(needs: Needs, allotment: Allotment, certificate: Certificate) -> list[AllocationRefused]:
    """Everything about an allotment and its certificate that does not hold; empty when all of it does."""
    faults = []

    def check(holds: bool | np.bool_, chinese: str, english: str) -> None:
        if not holds:
            faults.append(AllocationRefused(chinese, english))

    check(certificate.needs == needs.digest, "证明不是为这份需求所开", "The certificate was made for other needs")
    grants = allotment.grants
    if len(grants) != len(needs):
        return [AllocationRefused("分配与需求行数不同", "The allotment and the needs differ in length")]
    for holds, chinese, english in _limits(needs, allotment):
        check(holds, chinese, english)
    check(certificate.grants == grants_digest(needs, grants), "证明不属于这些金额", "The certificate has other grants")
    spent = spent_by_source(needs, allotment)
    check(certificate.spent_fen == tuple(spent), "各来源支出与证明不符", "What the sources spend is not as certified")
    left = tuple(s.budget_fen - used for s, used in zip(needs.sources, spent, strict=True))
    check(certificate.left_fen == left, "各来源结余与证明不符", "What is left in the sources is not as certified")
    check(
        certificate.granted_fen == exact_sum(grants) and certificate.handling_fen == exact_sum(allotment.handling_fen),
        "合计与证明不符",
        "The totals are not as certified",
    )
    check(certificate.need == squares(needs.gap), "需求平方和与证明不符", "The squared need is not as certified")
    check(certificate.rest == squares(needs.gap - grants), "剩余需求与证明不符", "The rest is not as certified")
    if not _fit(needs, certificate.prices):
        check(False, "证明里的价格不成立", "The prices of the certificate are not ones that can prove a bound")
    else:
        check(
            certificate.bound == bound(needs, certificate.prices), "下界与价格不符", "The prices do not give the bound"
        )
    check(certificate.bound <= certificate.rest, "下界高于结果", "The bound is above the result")
    return faults


def _limits(needs: Needs, allotment: Allotment) -> list[tuple[bool, str, str]]:
    """Budgets, uses, caps, minimums, floors and quotas, each added up from the payments."""
    grants, line = allotment.grants, allotment.line
    paid = np.zeros(len(needs), dtype=np.int64)
    np.add.at(paid, line, allotment.grant_fen)
    handled = np.zeros(len(needs), dtype=np.int64)
    np.add.at(handled, line, allotment.handling_fen)
    handling = np.array([p.handling_fen for p in needs.programmes], dtype=np.int64)
    opened = grants > 0
    fen, households = needs.limits
    county = needs.county[needs.household]
    money = np.zeros(len(needs.counties), dtype=np.int64)
    np.add.at(money, county, grants)
    reached = np.bincount(needs.county[np.unique(needs.household[opened])], minlength=len(needs.counties))
    spent = spent_by_source(needs, allotment)
    return [
        (bool(np.all(paid == grants)), "付款合计不等于金额", "The payments do not add up to the grants"),
        (
            bool(np.all(handled == np.where(opened, handling[needs.programme], 0))),
            "手续成本未付足或多付",
            "Handling is not paid exactly",
        ),
        (
            bool(np.all(allotment.grant_fen >= 0) and np.all(allotment.handling_fen >= 0)),
            "有负的付款",
            "A payment is negative",
        ),
        (
            all(used <= s.budget_fen for used, s in zip(spent, needs.sources, strict=True)),
            "有来源超支",
            "A source is overspent",
        ),
        (_allowed(needs, allotment), "有来源付了不准付的项目", "A source pays what it may not pay"),
        (bool(np.all(grants <= needs.most)), "有金额超过上限或缺口", "A grant is above its cap or its gap"),
        (bool(np.all(~opened | (grants >= needs.least))), "有金额低于起付额", "A grant is below the minimum"),
        (bool(np.all(grants >= needs.floor)), "有保底金额未付足", "A floor is not paid"),
        (bool(np.all((fen < 0) | (money <= fen))), "有县区超出资金限额", "A county has more money than its quota"),
        (bool(np.all((households < 0) | (reached <= households))), "有县区超出户数名额", "A county is over its number"),
    ]


def _allowed(needs: Needs, allotment: Allotment) -> bool:
    uses: Mask = needs.allowed[allotment.source, needs.programme[allotment.line]]
    return bool(np.all(uses))


def _fit(needs: Needs, prices: Prices) -> bool:
    """Whether prices can prove anything: one for each source and county, none negative, none where nothing limits."""
    fen, households = needs.limits
    given = (prices.sources, prices.county_fen, prices.county_households)
    if [len(column) for column in given] != [len(needs.sources), len(fen), len(households)]:
        return False
    top = 2 * int(needs.gap.max(initial=0))
    if any(p < 0 for column in given for p in column) or any(p > top for p in prices.sources + prices.county_fen):
        return False
    if any(p >= 1 << 61 for p in prices.county_households):
        return False
    return not any(
        price and limit < 0
        for column, limits in ((prices.county_fen, fen), (prices.county_households, households))
        for price, limit in zip(column, limits.tolist(), strict=True)
    )


def spent_by_source(needs: Needs, allotment: Allotment) -> list[int]:
    """Grants and handling that each source pays, in fen."""
    spent = np.zeros(len(needs.sources), dtype=np.int64)
    np.add.at(spent, allotment.source, allotment.grant_fen + allotment.handling_fen)
    return [int(fen) for fen in spent]


def grants_digest(needs: Needs, grants: Fen) -> str:
    """SHA-256 of the grants, the same for any order of the rows."""
    rows = np.lexsort((needs.programme, needs.order[needs.household]))
    return hashlib.sha256(np.ascontiguousarray(grants[rows], dtype="<i8").tobytes()).hexdigest()
