"""Plans of grants for tests, made and handed down through the real actions."""

from __future__ import annotations

from datetime import date

from chunyu.accounts.acting import Acting
from chunyu.federation.models import Organisation
from chunyu.ledger import actions as ledger
from chunyu.ledger.models import Fund
from chunyu.organising.grants import actions
from chunyu.organising.grants.formula import Rates
from chunyu.organising.grants.shown import digest_of_plan
from chunyu.organising.grants.tables import GrantPlan
from tests.organising.unions import TODAY

RATES = Rates(base_fen=100_000, per_union_fen=20_000, per_member_fen=500, per_task_fen=30_000)
BUDGET = 10_000_001


def fund_of(acting: Acting, giver: Organisation, fen: int, source: str = "county_union") -> Fund:
    fund = ledger.open_fund(
        acting, organisation=giver, name="工会经费", source=source, document_no="经费1号", year=2026, day=acting.day
    )
    ledger.receive(acting, fund=fund, amount_fen=fen, day=acting.day, document_no="回单1", key="1")
    return fund


def plan(acting: Acting, giver, receivers, *, year: int = 2026, budget: int = BUDGET, no: str = "补助1号") -> GrantPlan:
    return actions.plan_grant(
        acting, giver, year=year, name=f"{year}年小三级补助", document_no=f"{no}〔{year}〕", budget_fen=budget,
        rates=RATES, receivers=receivers, counted_on=acting.day, report_by=max(acting.day, date(year, 12, 31)),
    )  # fmt: skip


def handed_down(finance, second, giver, receivers, **more) -> GrantPlan:
    made = plan(finance, giver, receivers, **more)
    actions.approve_plan(second, made, shown=digest_of_plan(made))
    fund = Fund.objects.filter(organisation=giver).first() or fund_of(finance, giver, 10 * BUDGET)
    actions.hand_down(finance, made, fund, day=TODAY)
    return made
