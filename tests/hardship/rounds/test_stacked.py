"""What a family has from elsewhere counts before a round gives it anything, and before anybody is told to invite it."""

from __future__ import annotations

import pytest

from chunyu.accounts.roles import Role
from chunyu.hardship.finding import actions as finding
from chunyu.hardship.finding import queries as found
from chunyu.hardship.rounds.models import RoundLine, Stage
from chunyu.hardship.stacking.family_ledger import entries_of_many, lines_of
from chunyu.ledger import actions as ledger
from chunyu.registry.consent.actions import give_consent
from chunyu.registry.consent.tables import Purpose
from chunyu.registry.models import Household
from tests.hardship.families import TODAY
from tests.hardship.journey import Journey
from tests.hardship.rounds.plans import Plan, families
from tests.hardship.stacking.test_stacking import provincial_fund
from tests.situations import County, county

pytestmark = pytest.mark.django_db


def given(yurun: County, *lines: tuple[Household, str, int, str]) -> None:
    """Promised by the province on lists of its own: no application stands behind them."""
    finance, fund = provincial_fund(yurun)
    for household, programme, fen, number in lines:
        listed = ledger.ListedPayment(household, fen, number, household.worker.name, "", "6217009999000000016")
        ledger.order_list(
            finance, fund=fund, programme=programme, programme_label=programme, lines=[listed], day=TODAY,
            delivery="campaign",
        )  # fmt: skip


def line_of(plan: Plan, household: Household, programme: str) -> RoundLine | None:
    return RoundLine.objects.filter(round=plan.round, household=household, programme=programme).first()


def test_a_round_gives_no_more_than_the_caps_leave_over_all_levels():
    """24,800 yuan of own cost, of which the province's dialysis list covers 20,000: 4,800 are the most."""
    yurun = county()
    households = families(yurun)
    given(yurun, (households[1], "dialysis", 2_000_000, "透析-2026-1"))
    plan = Plan(yurun, budget_fen=5_000_000).to(Stage.COMPUTED)
    line = line_of(plan, households[1], "medical")
    assert (line.gap_fen, line.cap_fen) == (1_288_000, 480_000)
    assert 0 < line.amount_fen <= 480_000
    assert line_of(plan, households[0], "medical").cap_fen > 480_000, "a neighbour keeps what is theirs"


def test_whom_a_list_has_paid_this_year_takes_no_part_for_that_programme():
    yurun = county()
    households = families(yurun)
    given(yurun, (households[0], "living", 100_000, "生活-1"), (households[1], "dialysis", 2_480_000, "透析-2026-1"))
    plan = Plan(yurun).to(Stage.COMPUTED)
    assert line_of(plan, households[0], "living") is None
    assert line_of(plan, households[0], "medical") is not None
    assert line_of(plan, households[1], "medical") is None, "nothing of the own cost is left"
    assert plan.round.served == 2


@pytest.mark.django_db(transaction=True)
def test_a_run_finds_nobody_whom_the_rules_bar_and_names_what_is_left(run_jobs):
    yurun = county()
    clerk = yurun.acting(Role.COUNTY_CASEWORKER, TODAY)
    households = families(yurun)
    for each in households:
        give_consent(clerk, each.worker, Purpose.MATCHING, language="zh", on=TODAY)
    given(
        yurun,
        (households[0], "living", 100_000, "生活-1"),
        (households[1], "dialysis", 2_000_000, "透析-2026-1"),
        (households[2], "dialysis", 1_200_000, "透析-2026-2"),
    )
    run = finding.order_run(clerk)
    run_jobs()
    run.refresh_from_db()
    assert run.status == "done", run.outcome
    rows = {(row.household_id, row.programme): row for row in found.listed(clerk).filter(kind="not_helped")}
    assert (households[0].pk, "living") not in rows
    assert (households[1].pk, "living") in rows
    assert rows[households[1].pk, "medical"].amount_fen == 480_000
    assert (households[2].pk, "medical") not in rows
    assert rows[households[0].pk, "medical"].amount_fen > 480_000


def test_of_many_families_the_rules_see_what_they_see_of_one():
    journey = Journey(county()).to("approved")
    granted = journey.household
    others = families(journey.county, start=40)
    given(journey.county, (granted, "warmth", 100_000, "春雨行动-1"), (others[0], "dialysis", 5_000, "透析-1"))
    many = entries_of_many(Household.objects.all(), TODAY)
    assert set(many) == {granted.pk, others[0].pk}
    for household in (granted, others[0]):
        one = [line.entry for line in lines_of(household)]
        assert sorted(many[household.pk], key=lambda each: each.number) == sorted(one, key=lambda each: each.number)
    journey.to("in_payment")
    assert len(entries_of_many(Household.objects.all(), TODAY)[granted.pk]) == 2, "ordered, it is still one entry"
