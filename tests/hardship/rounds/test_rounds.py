"""A round of allocation from the planner's desk to the caseworkers who receive its applications."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from chunyu.accounts.actions import end_post
from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.casework import actions as casework
from chunyu.casework.models import Case
from chunyu.casework.queries import on_my_desk
from chunyu.hardship import approval
from chunyu.hardship.actions import apply_for
from chunyu.hardship.models import Application, Grant
from chunyu.hardship.payments import follow_payments
from chunyu.hardship.rounds import actions, queries
from chunyu.hardship.rounds.actions import Bounds, Limit
from chunyu.hardship.rounds.models import RoundApplication, RoundLine, Stage, Way
from chunyu.hardship.rounds.wording import sentence_of
from chunyu.ledger import actions as ledger
from chunyu.ledger.models import PaymentOrder
from chunyu.registry.actions import close_household
from tests.hardship.families import TODAY, family
from tests.hardship.journey import Journey
from tests.hardship.rounds.plans import Plan, families
from tests.situations import acting, county

pytestmark = pytest.mark.django_db


def refused(act, *args, **fields) -> str:
    with pytest.raises(Refusal) as refusal:
        act(*args, **fields)
    return refusal.value.code


def test_the_deepest_gaps_come_first_within_the_budget_and_every_line_says_why():
    yurun = county()
    families(yurun)
    plan = Plan(yurun).to(Stage.COMPUTED)
    lines = list(RoundLine.objects.filter(round=plan.round).order_by("-gap_fen"))
    assert sum(line.amount_fen for line in lines) == plan.budget_fen
    rests = [line.gap_fen - line.amount_fen for line in lines]
    given = [line for line in lines if line.amount_fen]
    assert given
    assert max(line.gap_fen for line in lines if not line.amount_fen) <= max(rests)
    for line in lines:
        assert f"{line.gap_fen / 100:,.2f}" in sentence_of(line)
    assert plan.round.bound <= plan.round.rest <= plan.round.need
    measures = {each.way: each for each in plan.round.measures.all()}
    assert measures[Way.ALLOTMENT].square_closed > measures[Way.EVEN].square_closed
    assert measures[Way.LAST].granted_fen == 0
    assert sum(each.households for each in plan.round.deciles.filter(way=Way.ALLOTMENT)) == len(
        {line.household_id for line in lines}
    )


def test_who_cannot_be_decided_or_is_being_served_takes_no_part_and_is_counted():
    yurun = county()
    households = families(yurun)
    family(yurun, "钟国平", has_vehicle=None, order=8)
    apply_for(yurun.acting(Role.WORKPLACE_CHAIR, TODAY), households[0], "medical", channel="counter")
    plan = Plan(yurun).to(Stage.COMPUTED)
    assert (plan.round.undecided, plan.round.served) == (1, 1)
    assert not RoundLine.objects.filter(round=plan.round, household=households[0], programme="medical").exists()
    assert RoundLine.objects.filter(round=plan.round, household=households[0], programme="living").exists()


def test_caps_least_grants_floors_and_the_countys_number_hold():
    yurun = county()
    families(yurun)
    bounds = {"medical": Bounds(cap_fen=600_000, minimum_fen=100_000, handling_fen=3_000)}
    plan = Plan(yurun, programmes=bounds, limit=Limit(households=2)).to(Stage.COMPUTED)
    lines = RoundLine.objects.filter(round=plan.round)
    assert {line.amount_fen for line in lines if line.amount_fen} <= set(range(100_000, 600_001))
    assert len({line.household_id for line in lines if line.amount_fen}) == 2
    assert lines.filter(reason="quota").exists()
    with_floor = {"medical": Bounds(floor_fen=20_000)}
    actions.change(plan.planner, plan.round, plan.inputs(programmes=with_floor, limits={}))
    plan.compute()
    assert all(line.amount_fen >= 20_000 for line in RoundLine.objects.filter(round=plan.round))


def test_floors_that_the_funds_do_not_cover_leave_a_draft_that_says_so():
    yurun = county()
    families(yurun)
    plan = Plan(yurun, budget_fen=10_000, programmes={"medical": Bounds(floor_fen=20_000)})
    computed = plan.compute()
    assert computed.stage == Stage.DRAFT
    assert "do not cover the floors" in computed.fault_en
    assert computed.fault_zh
    assert not RoundLine.objects.exists()


def test_a_second_person_publishes_and_the_caseworkers_receive_the_applications():
    yurun = county()
    families(yurun)
    plan = Plan(yurun).to(Stage.SUBMITTED)
    assert refused(actions.publish, plan.planner, plan.round, shown=plan.round.grants_digest) == "role"
    assert refused(actions.publish, plan.second, plan.round, shown="f" * 64) == "stale"
    plan.to(Stage.PUBLISHED)
    giving = RoundLine.objects.filter(round=plan.round, amount_fen__gt=0).count()
    assert plan.open() == giving
    assert plan.open() == 0
    assert queries.opened(plan.round) == (giving, giving, 0)
    assert Application.objects.count() == Case.objects.count() == giving
    for role in (Role.COUNTY_CASEWORKER, Role.WORKPLACE_CHAIR):
        assert on_my_desk(yurun.acting(role, TODAY)).count() == giving


def test_an_interrupted_opening_goes_on_where_it_was(monkeypatch):
    yurun = county()
    families(yurun)
    plan = Plan(yurun).to(Stage.PUBLISHED)
    monkeypatch.setattr("chunyu.hardship.rounds.publishing.AT_ONCE", 1)
    real = apply_for
    calls = []

    def breaks_once(*args, **fields):
        calls.append(args)
        if len(calls) == 2:
            raise RuntimeError("the worker was killed")
        return real(*args, **fields)

    monkeypatch.setattr("chunyu.hardship.rounds.publishing.apply_for", breaks_once)
    with pytest.raises(RuntimeError):
        plan.open()
    assert RoundApplication.objects.count() == Application.objects.count() == 1
    plan.open()
    giving = RoundLine.objects.filter(round=plan.round, amount_fen__gt=0).count()
    assert RoundApplication.objects.count() == Application.objects.count() == giving


def test_a_family_that_asked_meanwhile_keeps_its_application_and_the_line_says_so():
    yurun = county()
    families(yurun)
    plan = Plan(yurun).to(Stage.SUBMITTED)
    line = RoundLine.objects.filter(round=plan.round, amount_fen__gt=0).first()
    apply_for(yurun.acting(Role.WORKPLACE_CHAIR, TODAY), line.household, line.programme, channel="counter")
    plan.to(Stage.PUBLISHED).open()
    became = RoundApplication.objects.get(line=line)
    assert became.application is None
    assert "办件" in became.refusal


def test_the_approver_is_offered_the_rounds_amount_and_its_reason_stands_on_the_case():
    yurun = county()
    families(yurun)
    plan = Plan(yurun).to(Stage.PUBLISHED)
    plan.open()
    line = RoundLine.objects.filter(round=plan.round, amount_fen__gt=0, programme="medical").order_by("gap_fen").first()
    case = line.opened.application.case
    assert line.amount_fen < line.gap_fen
    assert approval.suggested_amount(case, plan.second) == line.amount_fen
    shown = approval.panel(case, plan.second)["round"]
    assert (shown["amount_fen"], shown["why"]) == (line.amount_fen, sentence_of(line))
    assert refused(approval.grant, plan.second, case, amount_fen=line.gap_fen) == "amount"
    approval.grant(plan.second, case)
    assert Grant.objects.get().amount_fen == line.amount_fen


def test_a_round_that_was_sent_back_says_why_and_can_be_changed():
    yurun = county()
    families(yurun)
    plan = Plan(yurun).to(Stage.SUBMITTED)
    assert refused(actions.change, plan.planner, plan.round, plan.inputs()) == "stage"
    assert refused(actions.send_back, plan.second, plan.round, why=" ") == "why"
    back = actions.send_back(plan.second, plan.round, why="医疗上限太低")
    assert (back.stage, back.sent_back) == (Stage.COMPUTED, "医疗上限太低")
    changed = actions.change(plan.planner, plan.round, plan.inputs(name="春季精准帮扶（改）"))
    assert changed.stage == Stage.DRAFT
    assert not RoundLine.objects.filter(round=changed).exists()


def test_who_plans_and_with_what_is_checked():
    yurun, qinghe = county(), county("青禾县")
    families(yurun)
    plan = Plan(yurun)
    other = acting(Role.COUNTY_CASEWORKER, qinghe.federation, TODAY)
    assert refused(actions.prepare, other, plan.inputs(limits={})) == "fund"
    assert refused(actions.prepare, plan.planner, plan.inputs(limits={qinghe.federation: Limit(1)})) == "county"
    assert refused(actions.prepare, plan.second, plan.inputs()) == "role"
    township = acting(Role.COUNTY_CASEWORKER, yurun.township, TODAY)
    assert refused(actions.prepare, township, plan.inputs()) == "level"
    for changed, code in (
        ({"name": " "}, "name"),
        ({"programmes": {}}, "programmes"),
        ({"budgets": {}}, "funds"),
        ({"programmes": {"education": Bounds()}}, "not_open"),
        ({"programmes": {"festival": Bounds()}}, "no_programme"),
        ({"budgets": {plan.fund: 10_000_001}}, "short"),
        ({"programmes": {"medical": Bounds(cap_fen=5, minimum_fen=6)}}, "invalid"),
    ):
        assert refused(actions.prepare, plan.planner, plan.inputs(**changed)) == code


def test_nobody_entitled_is_a_sentence_and_not_an_empty_round():
    yurun = county()
    family(yurun, incomes=(2_000_000, 1_500_000))
    computed = Plan(yurun).compute()
    assert computed.stage == Stage.DRAFT
    assert "Nobody in scope can take part" in computed.fault_en


def test_a_file_that_was_closed_meanwhile_opens_nothing():
    yurun = county()
    families(yurun)
    plan = Plan(yurun).to(Stage.PUBLISHED)
    line = RoundLine.objects.filter(round=plan.round, amount_fen__gt=0).first()
    close_household(yurun.acting(Role.COUNTY_CASEWORKER, TODAY), line.household, on=TODAY)
    plan.open()
    assert not Application.objects.filter(household=line.household_id).exists()
    assert RoundApplication.objects.filter(line__household=line.household_id, application=None).exists()


def test_an_application_of_a_round_goes_the_usual_way_to_the_familys_account():
    yurun = county()
    families(yurun)
    plan = Plan(yurun).to(Stage.PUBLISHED)
    plan.open()
    line = RoundLine.objects.filter(round=plan.round, amount_fen__gt=0, programme="medical").order_by("gap_fen").first()
    FromRound(yurun, plan=plan, line=line).to("paid")
    order = PaymentOrder.objects.get()
    assert (order.amount_fen, order.status) == (line.amount_fen, "paid")


@dataclass
class FromRound(Journey):
    """The walk of an application that a round opened; the approver takes the amount that is offered."""

    plan: Plan | None = None
    line: RoundLine | None = None

    def __post_init__(self) -> None:
        self.fund, self.household = self.plan.fund, self.line.household
        self.case = self.line.opened.application.case

    def move(self, role: Role, name: str, **fields) -> Case:
        if name == "settle":
            follow_payments(self.acting(Role.FINANCE_OFFICER))
            self.case.refresh_from_db()
            return self.case
        return super().move(role, name, **fields)


def test_money_that_a_published_round_promised_is_not_promised_again():
    yurun = county()
    families(yurun)
    plan = Plan(yurun).to(Stage.PUBLISHED)
    [fund] = queries.funds_for(yurun.federation)
    assert fund.free_fen == 10_000_000 - 1_500_000
    assert refused(actions.prepare, plan.planner, plan.inputs(budgets={plan.fund: 8_500_001})) == "short"
    plan.open()
    giving = RoundLine.objects.filter(round=plan.round, amount_fen__gt=0)
    line, other = giving.get(programme="living"), giving.get(programme="medical")
    case = line.opened.application.case
    casework.move(yurun.acting(Role.COUNTY_CASEWORKER, TODAY), case, "withdraw", note="家庭不再需要")
    assert queries.promised(None, [plan.fund.pk]) == {plan.fund.pk: 1_500_000 - line.amount_fen}
    other = (
        RoundLine.objects.filter(round=plan.round, amount_fen__gt=0, programme="medical").exclude(pk=line.pk).first()
    )
    FromRound(yurun, plan=plan, line=other).to("in_payment")
    assert queries.promised(None, [plan.fund.pk]) == {}


def test_a_round_whose_planner_has_left_is_planned_anew_by_somebody_else():
    yurun = county()
    families(yurun)
    plan = Plan(yurun).to(Stage.SUBMITTED)
    end_post(plan.round.planned_by, on=TODAY)
    assert refused(actions.publish, plan.second, plan.round, shown=plan.round.grants_digest) == "post-ended"
    plan.round.refresh_from_db()
    assert plan.round.stage == Stage.SUBMITTED


def test_a_computation_that_breaks_leaves_a_draft_to_be_computed_again(monkeypatch):
    yurun = county()
    families(yurun)
    plan = Plan(yurun)

    def breaks(needs):
        raise MemoryError

    with monkeypatch.context() as broken:
        broken.setattr("chunyu.hardship.rounds.computing.allocate", breaks)
        with pytest.raises(MemoryError):
            plan.compute()
    plan.round.refresh_from_db()
    assert (plan.round.stage, plan.round.fault_en) == (Stage.DRAFT, "The computation failed: tell the system keeper")
    plan.to(Stage.COMPUTED)
    assert plan.round.fault_en == ""


def test_the_fund_that_the_round_counted_on_is_offered_first():
    yurun = county()
    families(yurun)
    plan = Plan(yurun).to(Stage.PUBLISHED)
    plan.open()
    finance = yurun.acting(Role.FINANCE_OFFICER, TODAY)
    fuller = ledger.open_fund(
        finance,
        organisation=yurun.federation,
        name="县级工会经费",
        source="county_union",
        document_no="雨工发〔2026〕2号",
        year=2026,
        day=TODAY,
    )
    ledger.receive(finance, fund=fuller, amount_fen=90_000_000, day=TODAY, document_no="拨款单2", key="second")
    case = RoundLine.objects.filter(amount_fen__gt=0).first().opened.application.case
    offered = [choice.code for choice in approval.funds_for(case, plan.second)]
    assert offered == [str(plan.fund.pk), str(fuller.pk)]
