"""A county's campaign from its plan to its audit, as its people go through it."""

from __future__ import annotations

from datetime import date

import pytest

from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.audit.models import Entry
from chunyu.casework.models import Case
from chunyu.hardship.actions import apply_for
from chunyu.hardship.campaigns import actions, closing, money, planning, visiting
from chunyu.hardship.campaigns.actions import Share
from chunyu.hardship.campaigns.kinds import GroupKind, Stage, VisitStage
from chunyu.hardship.campaigns.visit_tables import CampaignVisit
from chunyu.hardship.campaigns.visiting import Need
from chunyu.ledger import accounts
from chunyu.ledger.checking import orders_out_of_step, soundness
from chunyu.ledger.models import Account
from chunyu.ledger.queries import household_ledger, money_by_source_and_programme, summed
from tests import situations
from tests.hardship.campaigns.warmth import DAY, TEAM, WINDOW, Warmth, fund
from tests.registry.people import id_number
from tests.situations import county

pytestmark = pytest.mark.django_db
ANNA = id_number(date(1991, 5, 4), 77)


@pytest.fixture
def warmth(settings):
    settings.CHUNYU_TODAY = DAY
    return Warmth(county())


def refused(code: str, act, *args, **fields) -> Refusal:
    with pytest.raises(Refusal) as caught:
        act(*args, **fields)
    assert caught.value.code == code, caught.value
    return caught.value


def test_a_campaign_has_five_groups_is_funded_started_by_another_and_then_visits(warmth):
    groups = list(warmth.campaign.groups.values_list("kind", "priority", "needs_file", "programme"))
    assert [kind for kind, *_ in groups] == GroupKind.values
    assert [needs for _, _, needs, _ in groups] == [True, True, False, False, False]
    refused("campaign_has_sources", actions.mark_funded, warmth.finance, warmth.campaign)
    warmth.funded()
    refused("role", actions.start, warmth.caseworker, warmth.campaign)
    too_much = {"hardship": Share(100, 1_500_001)}
    refused(
        "campaign_quota_within_what_was_raised",
        actions.set_quotas,
        warmth.caseworker,
        warmth.campaign,
        {warmth.county.federation: too_much},
    )
    warmth.running()
    assert warmth.campaign.stage == Stage.RUNNING
    assert Entry.objects.filter(event="hardship.campaign_started").exists()


def test_quotas_are_split_level_by_level(warmth):
    warmth.running(households=10, amount_fen=100_000)
    county_, township, workplace = warmth.county.federation, warmth.county.township, warmth.county.workplace
    split = {township: {"hardship": Share(6, 60_000)}}
    actions.set_quotas(warmth.caseworker, warmth.campaign, split)
    code = "campaign_quota_splits_what_it_got"
    for wrong in (
        {township: {"hardship": Share(11, 60_000)}},
        {township: {"hardship": Share(6, 100_001)}},
        {workplace: {"hardship": Share(7, 0)}},
        {workplace: {"front_line": Share(1, 0)}},  # the township has none of this group
        {county_: {"hardship": Share(5, 100_000)}},  # less than what is split already
    ):
        refused(code, actions.set_quotas, warmth.caseworker, warmth.campaign, wrong)
    actions.set_quotas(warmth.caseworker, warmth.campaign, {workplace: {"hardship": Share(6, 60_000)}})


def test_households_are_proposed_by_need_planned_in_the_quota_and_get_one_grant(warmth):
    warmth.running(households=2, amount_fen=200_000)
    homes = [warmth.family("程梅", 1), warmth.family("罗建国", 2), warmth.family("苏秀兰", 3)]
    place = warmth.county.federation
    offered = planning.proposed(warmth.caseworker, warmth.campaign, "hardship", place)
    assert set(offered) == set(homes)
    refused("quota", warmth.plan, *homes)
    first, second = warmth.plan(*homes[:2], groups=("hardship", "laid_off"))
    assert (first.group, [tag.group for tag in first.tags.all()]) == ("hardship", ["laid_off"])
    assert first.number == f"{warmth.campaign.code}-00001"
    assert list(planning.proposed(warmth.caseworker, warmth.campaign, "hardship", place)) == [homes[2]]
    assert not planning.proposed(warmth.caseworker, warmth.campaign, "model", place).exists()
    planning.call_off(warmth.township, second, why="外出务工，节后再访")
    refused("campaign_grant_once_a_household", warmth.plan, homes[0], groups=("laid_off",), source=warmth.union)
    warmth.plan(homes[1])
    # The same person by name, although not on the file's own group: still one grant a family.
    number = homes[0].worker.id_number.reveal()
    refused("campaign_one_grant_a_family", warmth.person, "程梅", number)


def test_on_duty_workers_need_no_file_and_the_earmark_is_respected(warmth):
    warmth.running()
    home = warmth.family()
    refused("campaign_group_needs_a_file", warmth.person, number=ANNA, group="hardship")
    refused("campaign_earmark_respected", warmth.person, number=ANNA, source=warmth.fiscal)
    refused("campaign_earmark_respected", warmth.plan, home, groups=("laid_off",))
    refused("id_number", warmth.person)
    visit = warmth.person(number=ANNA)
    refused("campaign_grant_once_a_person", warmth.person, number=ANNA, group="laid_off")
    assert visit.person_name == "陆一线"
    assert ANNA.encode() not in bytes(CampaignVisit.objects.values_list("id_number", flat=True).get())
    rescuer = warmth.person("苏救援", fen=0, group="disaster", sub_kind="rescue")
    assert rescuer.get_sub_kind_display()


def test_a_visit_counts_with_two_people_and_an_outcome(warmth):
    warmth.running()
    [visit] = warmth.plan(warmth.family())
    assert visit.stage == VisitStage.PLANNED
    found = refused(
        "campaign_visit_by_two", warmth.visit, visit, team=("温晓敏",), outcome="", visited_on=date(2027, 1, 1)
    )
    assert found.codes == {"campaign_visit_by_two", "outcome", "day_to_come"}
    done = warmth.visit(visit, notes="屋顶漏雨")
    assert done.stage == VisitStage.DONE
    assert [each.name for each in done.team.all()] == list(TEAM)
    assert str(done.goods.get()) == "大米 1袋"
    assert CampaignVisit.objects.get(pk=done.pk).notes.reveal() == "屋顶漏雨"
    refused("campaign_visit_is_kept", warmth.visit, visit)
    refused("campaign_visit_is_kept", planning.call_off, warmth.township, visit, why="…")


def test_a_need_becomes_a_case_in_one_step_and_closes_with_it(warmth):
    warmth.running()
    [visit] = warmth.plan(warmth.family())
    visit = warmth.visit(visit, need=Need("medical", "透析费用"))
    assert visit.stage == VisitStage.NEED_RAISED
    chair = warmth.acting(Role.WORKPLACE_CHAIR)
    case = visiting.need_becomes_case(chair, visit, "medical")
    visit = CampaignVisit.objects.select_related("need_case").get(pk=visit.pk)
    assert (visit.need_case, case.channel, visit.stage) == (case, "visit", VisitStage.NEED_RAISED)
    assert visit.number in case.timeline.get(act="note").note.reveal()
    refused("need", visiting.need_met, chair, visit)
    Case.objects.filter(pk=case.pk).update(closed_on=DAY, outcome="withdrawn")
    assert CampaignVisit.objects.select_related("need_case").get(pk=visit.pk).stage == VisitStage.NEED_CLOSED
    other = warmth.visit(warmth.person(number=ANNA), need=Need("legal", "欠薪"))
    refused("no_file", visiting.need_becomes_case, chair, other, "medical")
    refused("no_case", visiting.link_need, chair, other, "XX-1")
    assert visiting.need_met(chair, other).stage == VisitStage.NEED_CLOSED
    third = warmth.visit(warmth.person("冯雨", fen=0), need=Need("living", "取暖"))
    open_one = apply_for(chair, warmth.family("罗建国", 2), "living", channel="visit")
    visiting.link_need(chair, third, open_one.number)
    assert CampaignVisit.objects.get(pk=third.pk).need_case == open_one


def test_money_moves_through_the_books_and_the_account_comes_out_to_the_fen(warmth):
    warmth.running()
    home = warmth.family()
    [visit] = warmth.plan(home)
    person = warmth.person(number=ANNA)
    found = {each.code for each in closing.closing_refusals(warmth.campaign)}
    assert found == {"campaign_closes_without_open_visits", "campaign_closes_with_all_paid"}
    warmth.visit(visit)
    warmth.visit(person)
    planner = situations.Acting(
        situations.appoint(warmth.caseworker.post.user, warmth.county.federation, Role.COUNTY_APPROVER, on=DAY), DAY
    )
    refused("second_person", money.order_payments, planner, warmth.fiscal, day=DAY)
    warmth.pay()
    assert money.book_handed_over(warmth.finance, warmth.union, day=DAY) == 30_000
    assert money.book_handed_over(warmth.finance, warmth.union, day=DAY) == 0
    refused(
        "ledger_account_not_below_floor",
        money.give_back,
        warmth.finance,
        warmth.union,
        amount_fen=470_001,
        day=DAY,
        document_no="退1",
    )
    money.give_back(warmth.finance, warmth.union, amount_fen=470_000, day=DAY, document_no="退1")
    lines = {line.source: line for line in closing.account(warmth.campaign)}
    fiscal, union = lines[warmth.fiscal], lines[warmth.union]
    assert (fiscal.raised_fen, fiscal.paid_fen, fiscal.returned_fen, fiscal.unspent_fen) == (
        1_000_000,
        100_000,
        0,
        900_000,
    )
    assert (union.raised_fen, union.paid_fen, union.returned_fen, union.unspent_fen) == (500_000, 30_000, 470_000, 0)
    refused("role", closing.close, warmth.approver, warmth.campaign)
    warmth.close()
    assert warmth.campaign.closing.count() == 2
    refused("campaign_steps", closing.close, warmth.finance, warmth.campaign)
    refused("campaign_steps", warmth.plan, warmth.family("罗建国", 9))
    refused("role", closing.confirm_audit, warmth.approver, warmth.campaign)
    closing.confirm_audit(warmth.auditor, warmth.campaign, note="账实相符")
    assert warmth.fresh().stage == Stage.AUDITED
    assert soundness().holds
    assert orders_out_of_step() == ()
    assert accounts.cash(warmth.fiscal.fund).balance == 900_000
    by_source = money_by_source_and_programme(warmth.county.path)
    assert sum(line.fen for line in by_source) == household_ledger(home).paid_fen == 100_000
    assert summed(Account.objects.filter(kind="household"), "balance") == 100_000


def test_money_handed_down_is_given_by_the_county_and_comes_back(warmth, settings):
    """A campaign of the city: its money goes to the county's own fund, and what is left over goes up again."""
    city = warmth.county.city
    planner, second, finance, auditor = (
        situations.acting(role, city, DAY)
        for role in (Role.COUNTY_CASEWORKER, Role.COUNTY_APPROVER, Role.FINANCE_OFFICER, Role.AUDITOR)
    )
    campaign = actions.plan_campaign(planner, name="全市送温暖", window=WINDOW)
    source = money.book_source(
        finance, campaign, fund(finance, city, 800_000, source="municipal_union"), amount_fen=700_000, day=DAY
    )
    actions.mark_funded(finance, campaign)
    actions.set_quotas(planner, campaign, {city: {"front_line": Share(5, 700_000)}})
    actions.set_quotas(planner, campaign, {warmth.county.federation: {"front_line": Share(5, 300_000)}})
    actions.start(second, campaign)
    refused("campaign_portion_below", money.hand_down, finance, source, city, amount_fen=1, day=DAY)
    portion = money.hand_down(finance, source, warmth.county.federation, amount_fen=300_000, day=DAY)
    assert portion.fund.organisation == warmth.county.federation
    assert accounts.cash(portion.fund).balance == 0, "it is on its way until the county acknowledges it"
    refused("ledger_allocation_by_the_receiver", money.acknowledge, finance, portion, day=DAY)
    money.acknowledge(warmth.finance, portion, day=DAY)
    assert accounts.cash(portion.fund).balance == 300_000
    warmth.campaign = campaign
    visit = warmth.person(number=ANNA, source=portion)
    warmth.visit(visit)
    money.book_handed_over(warmth.finance, portion, day=DAY)
    [stands] = closing.closing_refusals(actions.held(campaign))
    assert stands.code == "campaign_closes_with_all_back"
    assert "2,700.00" in str(stands)
    money.give_back(warmth.finance, portion, amount_fen=270_000, day=DAY, document_no="上缴1")
    assert closing.left_in(source) == 670_000
    closing.close(finance, campaign)
    line = campaign.closing.get()
    assert (line.raised_fen, line.paid_fen, line.returned_fen, line.unspent_fen) == (700_000, 30_000, 0, 670_000)
    closing.confirm_audit(auditor, campaign)
    assert soundness().holds
