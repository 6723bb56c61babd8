"""Central money on its way from the province through the city to one county: acknowledged, used, partly handed back;
the county's budget beside it, and a payment that two funds share."""

from __future__ import annotations

from datetime import date, timedelta

from chunyu.accounts.roles import Role
from chunyu.demo.federation import acting
from chunyu.demo.matters import answer
from chunyu.federation.models import Organisation
from chunyu.ledger import actions as ledger
from chunyu.ledger.budgets import digest
from chunyu.ledger.models import Allocation, Fund
from chunyu.registry.models import Household

PROGRAMMES = {"living": "生活救助", "medical": "医疗救助"}
# Fen: what the province got, handed to the city, the city to the county; what came back, what is still on its way.
GRANTED, TO_CITY, TO_COUNTY, BACK, ON_THE_WAY = 50_000_000, 20_000_000, 12_000_000, 1_500_000, 2_000_000
# One payment of a thousand yuan: six hundred of the centre's, four hundred of the union's.
SHARED = (60_000, 40_000)
BUDGET = {
    ("central_fiscal", "living"): 90_000_000, ("central_fiscal", "medical"): 40_000_000,
    ("provincial_union", "medical"): 30_000_000, ("county_union", "living"): 2_000_000,
}  # fmt: skip


def hand_money_down(province: Organisation, city: Organisation, county: Organisation, day: date) -> None:
    """The whole story, on the days before `day`."""
    begun, arrived = day - timedelta(days=40), day - timedelta(days=30)
    _plan(county, begun)
    top = _granted(province, begun)
    at_city = _down(top, city, TO_CITY, begun, "1")
    ledger.acknowledge(acting(Role.FINANCE_OFFICER, city, arrived), at_city, day=arrived, document_no="收款回单3")
    at_county = _down(at_city.taker, county, TO_COUNTY, arrived, "2")
    finance = acting(Role.FINANCE_OFFICER, county, arrived)
    ledger.acknowledge(finance, at_county, day=arrived, document_no="收款回单8")
    _pay_together(county, at_county.taker, day - timedelta(days=20))
    late = day - timedelta(days=3)
    ledger.return_unspent(
        acting(Role.FINANCE_OFFICER, county, late), at_county, amount_fen=BACK, day=late, document_no="退款1号",
        reason="结余上缴", key="1",
    )  # fmt: skip
    _down(at_city.taker, county, ON_THE_WAY, late, "3")


def _plan(county: Organisation, day: date) -> None:
    budget = ledger.prepare_budget(
        acting(Role.FINANCE_OFFICER, county, day), organisation=county, year=day.year,
        title=f"{day.year}年帮扶资金预算", document_no=f"演工发〔{day.year}〕2号", over="warn", lines=BUDGET,
    )  # fmt: skip
    ledger.approve_budget(acting(Role.FINANCE_OFFICER, county, day, 1), budget, shown=digest(budget))


def _granted(province: Organisation, day: date) -> Fund:
    finance = acting(Role.FINANCE_OFFICER, province, day)
    fund = ledger.open_fund(
        finance, organisation=province, name="中央财政专项帮扶资金（省级）", source="central_fiscal",
        document_no=f"演财社〔{day.year}〕3号", year=day.year, day=day, programmes=PROGRAMMES,
    )  # fmt: skip
    ledger.receive(finance, fund=fund, amount_fen=GRANTED, day=day, document_no="国库拨款单1", key="1")
    return fund


def _down(giver: Fund, to: Organisation, fen: int, day: date, number: str) -> Allocation:
    return ledger.hand_down(
        acting(Role.FINANCE_OFFICER, giver.organisation, day), giver=giver, organisation=to, amount_fen=fen, day=day,
        document_no=f"演工财〔{day.year}〕{number}号", key=number,
    )  # fmt: skip


def _pay_together(county: Organisation, central: Fund, day: date) -> None:
    finance, second = (acting(Role.FINANCE_OFFICER, county, day, which) for which in (0, 1))
    union = ledger.open_fund(
        finance, organisation=county, name="县总工会帮扶经费", source="county_union",
        document_no=f"演县工发〔{day.year}〕4号", year=day.year, day=day,
    )  # fmt: skip
    ledger.receive(finance, fund=union, amount_fen=1_000_000, day=day, document_no="经费拨款单1", key="1")
    on_file = Household.objects.within(county.path).filter(status="on_file", opened_on__lt=day)
    home = on_file.select_related("organisation").order_by("file_number").last()
    assert home is not None
    order = ledger.order_payment(
        acting(Role.COUNTY_APPROVER, county, day), organisation=home.organisation, household=home, programme="living",
        programme_label=PROGRAMMES["living"], fund=central, amount_fen=sum(SHARED), also=[(union, SHARED[1])],
        reference=f"LS{county.region.code}-{day.year}-0001", payee_name=home.worker.name, bank_name=home.bank_name,
        card_number=home.bank_card.reveal(), day=day, delivery="centre",
        entered_by=acting(Role.COUNTY_CASEWORKER, county, day).post.user,
        approved_by=acting(Role.COUNTY_APPROVER, county, day).post.user,
    )  # fmt: skip
    batch = ledger.submit(finance, ledger.prepare_batch(finance, fund=central, orders=[order], day=day))
    batch = ledger.approve(second, batch, shown=batch.digest, day=day)
    ledger.send(finance, batch, day=day)
    batch.refresh_from_db()
    ledger.import_result(finance, batch, content=answer(batch, set()), day=day + timedelta(days=1))
