"""Rounds of allocation over families of a county, built through the same actions that its people use."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from chunyu.accounts.acting import Acting
from chunyu.accounts.roles import Role
from chunyu.hardship.rounds import actions, computing, publishing
from chunyu.hardship.rounds.actions import Bounds, Inputs, Limit
from chunyu.hardship.rounds.models import Round, Stage
from chunyu.ledger.models import Fund
from chunyu.registry.models import Household
from tests.hardship.families import TODAY, family
from tests.hardship.journey import medical_fund
from tests.situations import County

# Medical costs in fen: from a deep gap to none.
COSTS = (6_000_000, 2_480_000, 1_200_000, 300_000, 0)
NAMES = ("程梅", "罗建国", "苏秀兰", "田文斌", "沈玉珍")


def families(county: County, costs: tuple[int, ...] = COSTS, start: int = 1) -> list[Household]:
    return [
        family(county, NAMES[n % len(NAMES)], medical_spending_12m=cost, order=start + n)
        for n, cost in enumerate(costs)
    ]


@dataclass
class Plan:
    """A round from its preparation on; `to(stage)` leads it there through the real actions."""

    county: County
    budget_fen: int = 1_500_000
    programmes: dict[str, Bounds] = field(default_factory=lambda: {"medical": Bounds(), "living": Bounds()})
    limit: Limit | None = None
    day: date = TODAY
    fund: Fund = field(init=False)
    round: Round = field(init=False)

    def __post_init__(self) -> None:
        self.fund = medical_fund(self.county, day=self.day)
        self.round = actions.prepare(self.planner, self.inputs())

    def inputs(self, **changed) -> Inputs:
        limits = {self.county.federation: self.limit} if self.limit else {}
        given = {
            "name": "春季精准帮扶",
            "programmes": self.programmes,
            "budgets": {self.fund: self.budget_fen},
            "limits": limits,
        }
        return Inputs(**(given | changed))

    def acting(self, role: Role) -> Acting:
        return self.county.acting(role, self.day)

    @property
    def planner(self) -> Acting:
        return self.acting(Role.COUNTY_CASEWORKER)

    @property
    def second(self) -> Acting:
        return self.acting(Role.COUNTY_APPROVER)

    def to(self, stage: Stage) -> Plan:
        steps = (
            (Stage.COMPUTED, self.compute),
            (Stage.SUBMITTED, lambda: actions.submit(self.planner, self.round)),
            (Stage.PUBLISHED, self.publish),
        )
        for reached, step in steps:
            if list(Stage).index(Stage(self.round.stage)) < list(Stage).index(reached):
                step()
                self.round.refresh_from_db()
            if reached == stage:
                break
        assert self.round.stage == stage, self.round.fault_en
        return self

    def compute(self) -> Round:
        actions.compute(self.planner, self.round, queue=False)
        return computing.compute(self.planner, self.round)

    def publish(self) -> Round:
        return actions.publish(self.second, self.round, shown=self.round.grants_digest, queue=False)

    def open(self) -> int:
        return publishing.open_applications(self.round)
