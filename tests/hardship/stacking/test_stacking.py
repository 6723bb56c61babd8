"""One ledger of a family over all programmes and levels, and what it bars before an approval."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from chunyu.accounts.roles import Role
from chunyu.casework.actions import Refused, move
from chunyu.hardship.approval import allowed_fen, application_of
from chunyu.hardship.decision_file.freezing import read_frozen
from chunyu.hardship.models import DecisionFile, Grant
from chunyu.hardship.stacking.family_ledger import family_ledger
from chunyu.hardship.stacking.judging import of_application
from chunyu.ledger import actions as ledger
from chunyu.ledger.queries import payments, summed
from chunyu.ledger.traces import household_ledger
from chunyu.registry.duplicates import joining
from chunyu.registry.models import Household
from tests.hardship.families import TODAY, family
from tests.hardship.journey import Journey
from tests.hardship.test_joined_files import confirmed
from tests.ledger.situations import result_csv
from tests.situations import County, acting, county

pytestmark = pytest.mark.django_db
APPROVER = Role.COUNTY_APPROVER


def provincial_fund(yurun: County, amount_fen: int = 10_000_000):
    finance = acting(Role.FINANCE_OFFICER, yurun.province, TODAY)
    fund = ledger.open_fund(
        finance,
        organisation=yurun.province,
        name="省总送温暖资金",
        source="provincial_union",
        document_no="冀工发〔2026〕2号",
        year=TODAY.year,
        day=TODAY,
        programmes={},
    )
    ledger.receive(finance, fund=fund, amount_fen=amount_fen, day=TODAY, document_no="拨款单9", key="province")
    return finance, fund


def given(yurun: County, household: Household, programme: str, fen: int, number: str, *, day: date = TODAY):
    """Paid or promised by the province on a list of its own: no application of this room stands behind it."""
    finance, fund = provincial_fund(yurun)
    return fund, ledger.order_list(
        finance,
        fund=fund,
        programme=programme,
        programme_label=programme,
        lines=[ledger.ListedPayment(household, fen, number, household.worker.name, "", "6217009999000000016")],
        day=day,
        delivery="campaign",
    )[0]


def pay(yurun: County, fund):
    finance, second = (acting(Role.FINANCE_OFFICER, yurun.province, TODAY) for _ in range(2))
    batch = ledger.prepare_batch(finance, fund=fund, orders=list(fund.orders.filter(status="planned")), day=TODAY)
    batch = ledger.submit(finance, batch)
    ledger.approve(second, batch, shown=batch.digest, day=TODAY)
    ledger.send(finance, batch, day=TODAY)
    batch.refresh_from_db()
    ledger.import_result(finance, batch, content=result_csv(batch), day=TODAY)


def test_the_ledger_of_a_person_helped_by_several_levels_equals_the_payments():
    yurun = county()
    journey = Journey(yurun).to("paid")
    fund, _order = given(yurun, journey.household, "warmth", 100_000, "春雨行动-1")
    pay(yurun, fund)
    found = family_ledger(journey.household)
    paid = summed(payments(yurun.province.path).filter(order__household=journey.household), "amount_fen")
    assert found.paid_fen == paid == household_ledger(journey.household).paid_fen
    assert found.paid_fen == Grant.objects.get().amount_fen + 100_000
    assert {line.level for line in found.lines} == {"雨润县总工会", "春雨省总工会"}
    assert sum(fen for _label, fen in found.by_programme) == found.paid_fen
    assert [year.paid_fen for year in found.years] == [found.paid_fen]


def test_a_grant_stands_in_the_ledger_once_on_its_whole_way():
    journey = Journey(county())
    for state, shown in (("approved", "granted"), ("in_payment", "promised"), ("paid", "paid")):
        journey.to(state)
        lines = family_ledger(journey.household).lines
        assert [(line.state, line.fen) for line in lines] == [(shown, Grant.objects.get().amount_fen)]


def test_medical_aid_of_all_levels_stays_within_the_familys_own_cost():
    """24,800 yuan of own cost; 20,000 came from the province's dialysis list: 4,800 are left of the 12,880."""
    yurun = county()
    journey = Journey(yurun).to("county_review")
    whole = allowed_fen(application_of(journey.case), TODAY)
    given(yurun, journey.household, "dialysis", 2_000_000, "透析-2026-1")
    assert whole == 1_288_000
    assert allowed_fen(application_of(journey.case), TODAY) == 480_000
    approver = journey.acting(APPROVER)
    with pytest.raises(Exception, match=r"4,800\.00") as refused:
        move(approver, journey.case, "approve", amount_fen=480_001, note="同意")
    assert refused.value.code == "amount"
    move(approver, journey.case, "approve", note="同意")
    assert Grant.objects.get().amount_fen == 480_000
    frozen = read_frozen(DecisionFile.objects.get())["stacking"]
    cap = next(each for each in frozen if each["rule"] == "medical_within_own_cost")
    assert cap["limit_fen"] == 2_480_000
    assert [(each["number"], each["fen"]) for each in cap["looked_at"]] == [("透析-2026-1", 2_000_000)]


def test_nothing_left_blocks_the_approval_with_the_sentence(client):
    yurun = county()
    journey = Journey(yurun).to("county_review")
    _fund, order = given(yurun, journey.household, "dialysis", 2_480_000, "透析-2026-1")
    with pytest.raises(Refused) as refused:
        journey.move(APPROVER, "approve")
    assert refused.value.codes == {"cap_reached"}
    assert "24,800.00" in str(refused.value)
    client.force_login(yurun.post(APPROVER).user)
    page = client.get(journey.case.get_absolute_url()).content.decode()
    assert "透析-2026-1" in page, "the approver sees what the rule looked at"
    ledger.cancel_order(acting(Role.FINANCE_OFFICER, yurun.province, TODAY), order, day=TODAY, reason="名单有误")
    assert journey.move(APPROVER, "approve").state == "approved", "what was cancelled is not counted"


def test_one_festival_grant_a_household_and_season_whoever_gives_it():
    yurun = county()
    household = family(yurun)
    journey = Journey(yurun, household=household, programme="medical")
    application = application_of(journey.case)
    application.programme = "warmth"
    given(yurun, household, "festival_visit", 50_000, "走访-7", day=date(2026, 2, 10))
    held = of_application(application, date(2026, 2, 20))
    assert [each.code for each in held.refusals()] == ["granted_this_year"] * 2
    assert "走访-7" in " ".join(map(str, held.refusals()))
    festival = next(each for each in held.judged if each.rule.code == "festival_once")
    assert festival.holds is False
    assert {each.rule.kind for each in held.judged} == {"once", "exclude"}
    next_season = of_application(application, date(2026, 12, 20))
    festival = next(each for each in next_season.judged if each.rule.code == "festival_once")
    assert festival.holds, "the next season began on 15 December"


def test_files_that_were_joined_count_as_one():
    yurun = county()
    journey = Journey(yurun).to("county_review")
    other = family(yurun, "陈梅", order=3)
    fund, _order = given(yurun, other, "dialysis", 2_000_000, "透析-2026-1")
    pay(yurun, fund)
    assert allowed_fen(application_of(journey.case), TODAY) == 1_288_000
    keeper = yurun.acting(Role.COUNTY_CASEWORKER, TODAY)
    joining.join_files(keeper, confirmed(yurun, other, journey.household), goes_on=journey.household)
    assert allowed_fen(application_of(journey.case), TODAY) == 480_000
    assert {line.number for line in family_ledger(journey.household).lines} == {"透析-2026-1"}


def test_an_unknown_limit_never_reads_as_none():
    yurun = county()
    journey = Journey(yurun, household=family(yurun, medical_spending_12m=None))
    assert "cap_unknown" in {each.code for each in of_application(application_of(journey.case), TODAY).refusals()}


def test_the_page_shows_each_level_year_and_what_bars(client):
    yurun = county()
    journey = Journey(yurun).to("paid")
    given(yurun, journey.household, "warmth", 100_000, "春雨行动-1")
    client.force_login(yurun.post(Role.COUNTY_CASEWORKER).user)
    url = reverse("hardship:family-ledger", args=[journey.household.pk])
    page = client.get(url)
    shown = page.content.decode()
    assert page.status_code == 200
    for each in ("春雨省总工会", "春雨行动-1", journey.case.number, "1,000.00"):
        assert each in shown
    assert reverse("casework:case", args=[journey.case.number]) in shown
    client.force_login(county("青禾县").post(Role.COUNTY_CASEWORKER).user)
    assert client.get(url).status_code == 404


def test_an_empty_ledger_says_so(client):
    yurun = county()
    household = family(yurun)
    client.force_login(yurun.post(Role.FINANCE_OFFICER).user)
    assert client.get(reverse("hardship:family-ledger", args=[household.pk])).status_code == 200
