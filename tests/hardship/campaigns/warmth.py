"""A campaign of a county between its festivals, led to any stage through the real actions."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from chunyu.accounts.acting import Acting
from chunyu.accounts.roles import Role
from chunyu.hardship.campaigns import actions, closing, money, planning, visiting
from chunyu.hardship.campaigns.actions import Share, Window
from chunyu.hardship.campaigns.kinds import GroupKind
from chunyu.hardship.campaigns.planning import Grant, Tie
from chunyu.hardship.campaigns.tables import Campaign, CampaignSource
from chunyu.hardship.campaigns.visit_tables import CampaignVisit
from chunyu.hardship.campaigns.visiting import Given, Said
from chunyu.ledger import actions as ledger
from chunyu.ledger.models import Fund
from chunyu.registry.models import Household
from tests import situations
from tests.hardship.families import family
from tests.ledger.situations import result_csv
from tests.situations import County

DAY = date(2026, 1, 20)
WINDOW = Window(date(2025, 12, 26), date(2026, 2, 28), date(2026, 2, 17))
TEAM = ("温晓敏", "邵丽娟")
RICE = Given("大米", 1, "袋")


def fund(acting: Acting, organisation, fen: int, *, source: str = "county_union", no: str = "1", **earmarks) -> Fund:
    made = ledger.open_fund(
        acting, organisation=organisation, name=f"送温暖资金{no}", source=source, document_no=f"送温暖{no}号",
        year=2026, day=DAY, programmes=earmarks,
    )  # fmt: skip
    ledger.receive(acting, fund=made, amount_fen=fen, day=DAY, document_no="回单", key="1")
    return made


@dataclass
class Warmth:
    """`fiscal` is earmarked for people on file, `union` money is for anybody."""

    county: County
    day: date = DAY
    campaign: Campaign = field(init=False)
    fiscal: CampaignSource = field(init=False)
    union: CampaignSource = field(init=False)

    def __post_init__(self) -> None:
        self.campaign = actions.plan_campaign(self.caseworker, name="2026年两节送温暖", window=WINDOW)

    def acting(self, role: Role) -> Acting:
        return self.county.acting(role, self.day)

    @property
    def caseworker(self) -> Acting:
        return self.acting(Role.COUNTY_CASEWORKER)

    @property
    def approver(self) -> Acting:
        return self.acting(Role.COUNTY_APPROVER)

    @property
    def finance(self) -> Acting:
        return self.acting(Role.FINANCE_OFFICER)

    @property
    def auditor(self) -> Acting:
        return self.acting(Role.AUDITOR)

    @property
    def township(self) -> Acting:
        return self.acting(Role.TOWNSHIP_OFFICER)

    def fresh(self) -> Campaign:
        self.campaign = Campaign.objects.get(pk=self.campaign.pk)
        return self.campaign

    def funded(self, fiscal: int = 1_000_000, union: int = 500_000) -> Warmth:
        place = self.county.federation
        funds = (
            fund(self.finance, place, fiscal, source="central_fiscal", warmth="两节送温暖"),
            fund(self.finance, place, union, no="2"),
        )
        self.fiscal, self.union = (
            money.book_source(self.finance, self.campaign, each, amount_fen=fen, day=self.day)
            for each, fen in zip(funds, (fiscal, union), strict=True)
        )
        actions.mark_funded(self.finance, self.campaign)
        self.fresh()
        return self

    def running(self, households: int = 10, amount_fen: int = 300_000) -> Warmth:
        if self.campaign.stage == "planned":
            self.funded()
        shares = {kind: Share(households, amount_fen) for kind in GroupKind.values}
        actions.set_quotas(self.caseworker, self.campaign, {self.county.federation: shares})
        actions.start(self.approver, self.campaign)
        self.fresh()
        return self

    def family(self, name: str = "程梅", order: int = 1) -> Household:
        return family(self.county, name, order=order, day=date(2025, 11, 3))

    def plan(self, *homes: Household, fen: int = 100_000, groups=("hardship",), **more) -> list[CampaignVisit]:
        grant = Grant(fen, more.pop("source", None) or self.fiscal) if fen else Grant()
        given = {"due_on": date(2026, 2, 6)} | more
        return planning.plan_households(self.caseworker, self.campaign, homes, Tie.of(*groups), grant, **given)

    def person(self, name: str = "陆一线", number: str = "", fen: int = 30_000, group: str = "front_line", **more):
        tie = Tie.of(group, sub_kind=more.pop("sub_kind", ""))
        grant = Grant(fen, more.pop("source", None) or self.union) if fen else Grant()
        return planning.plan_person(
            self.caseworker, self.campaign, self.county.workplace, tie, grant,
            name=name, id_number=number, due_on=date(2026, 2, 6),
        )  # fmt: skip

    def visit(self, visit: CampaignVisit, **more) -> CampaignVisit:
        said = {"visited_on": self.day, "outcome": "met", "team": TEAM, "goods": (RICE,)} | more
        return visiting.record_visit(self.township, visit, Said(**said))

    def pay(self, source: CampaignSource | None = None) -> None:
        """Ordered by the approver, put in a batch, approved by another person, answered by the bank as paid."""
        source = source or self.fiscal
        money.order_payments(self.approver, source, day=self.day)
        finance, second = self.finance, situations.acting(Role.FINANCE_OFFICER, source.organisation, self.day)
        orders = list(source.fund.orders.filter(status="planned"))
        batch = ledger.submit(finance, ledger.prepare_batch(finance, fund=source.fund, orders=orders, day=self.day))
        batch = ledger.approve(second, batch, shown=batch.digest, day=self.day)
        ledger.send(finance, batch, day=self.day)
        batch.refresh_from_db()
        ledger.import_result(finance, batch, content=result_csv(batch), day=self.day)

    def close(self) -> Campaign:
        closing.close(self.finance, self.campaign)
        return self.fresh()
