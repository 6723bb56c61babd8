"""A rule that two people would break together, and the county in which they try."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import Sum

from chunyu.accounts.acting import Acting
from chunyu.accounts.roles import Role
from chunyu.federation.models import Organisation
from tests import situations
from tests.ledger.situations import DAY, household
from tests.proof.stepping import Act

Setting = tuple[Act, Act, Callable[[], bool]]


class World:
    """A county with its people, made once for a rule and kept over all orders of its steps."""

    def __init__(self) -> None:
        self.county = situations.county("雨润县")
        self.finance, self.second = (self.acting(Role.FINANCE_OFFICER) for _ in range(2))
        self.approvers = (self.acting(Role.COUNTY_APPROVER), self.acting(Role.COUNTY_APPROVER))
        self.homes = [household(self.county.federation) for _ in range(2)]

    def acting(self, role: Role, at: Organisation | None = None) -> Acting:
        return situations.acting(role, at or self.county.federation, DAY)


class Rule:
    """`write`: the statement before which an act stops. `drop`: constraints and indexes that the control takes away,
    where the rule is one of those, or where one of them happens to stand before it. What acts need is made by
    `begin`, never within them."""

    write = ""
    drop: tuple[tuple[str, str], ...] = ()

    def __init__(self, world: World) -> None:
        self.world = world

    def begin(self, number: int) -> Setting:
        raise NotImplementedError


def total(rows) -> int:
    return rows.aggregate(of=Sum("amount_fen"))["of"] or 0
