"""An application from the workplace to the call-back, and every wrong turn on the way, from the actors' view."""

from datetime import date

import pytest

from chunyu.accounts.acting import Acting
from chunyu.accounts.actions import appoint
from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.audit.models import Entry
from chunyu.casework import actions
from chunyu.casework.actions import Refused
from chunyu.casework.models import Case, Decision
from chunyu.casework.queries import desk_counts, on_my_desk
from chunyu.casework.standing import Standing
from tests.casework.applications import APPROVER, CASEWORKER, CHAIR, FINANCE, OFFICER, WAY, Walk, application
from tests.situations import DAY, acting, county

pytestmark = pytest.mark.django_db


def refused(codes: set[str], act, *args, **fields) -> Refused:
    with pytest.raises(Refused) as caught:
        act(*args, **fields)
    assert caught.value.codes == codes
    assert all(str(each).strip() for each in caught.value.refusals)
    return caught.value


def test_the_straight_way_from_application_to_call_back():
    walk = application(county(), "closed")
    case = walk.case
    assert case.outcome == "helped"
    assert case.closed_on == walk.day
    assert [entry.act for entry in case.timeline.all() if entry.to_state] == ["open", *(step[1] for step in WAY)]
    assert case.decisions.get().amount_fen == 172_000
    events = set(Entry.objects.filter(subject=f"casework.Case:{case.pk}").values_list("event", flat=True))
    assert {"casework.open_case", "hardship.application.approve", "casework.publish_notice"} <= events
    assert "程梅" not in "".join(Entry.objects.values_list("note", flat=True))


def test_a_case_lies_on_one_desk_at_a_time():
    yurun = county()
    walk = application(yurun, "county_review")
    desks = {role for role in (CHAIR, OFFICER, CASEWORKER, APPROVER, FINANCE) if on_my_desk(walk.acting(role)).exists()}
    assert desks == {APPROVER}
    assert desk_counts(walk.acting(APPROVER)).waiting == 1
    assert desk_counts(walk.acting(APPROVER)).messages == 1


def test_a_draft_lies_with_the_person_who_began_it():
    yurun = county()
    walk = application(yurun)
    colleague = acting(CHAIR, yurun.workplace)
    assert on_my_desk(walk.acting(CHAIR)).get() == walk.case
    assert not on_my_desk(colleague).exists()


def test_everything_that_is_missing_is_said_at_once():
    walk = application(county(), "complete")
    refusal = refused({"visit", "documents"}, walk.move, OFFICER, "visit")
    assert len(refusal.refusals) == 2
    refusal = refused({"role", "documents", "visit"}, walk.move, FINANCE, "visit")
    assert len(refusal.refusals) == 3


def test_a_step_cannot_be_skipped():
    walk = application(county(), "visited")
    refused({"state"}, walk.move, CASEWORKER, "publish", place="x", objections_to="y")
    refused({"state"}, walk.move, APPROVER, "approve")


def test_an_unknown_cross_check_is_not_a_clear_one():
    walk = application(county(), "cross_checking")
    walk.reply(homes="unknown", vehicles="hit")
    refused({"check hit", "check unknown"}, walk.move, CASEWORKER, "checked")
    actions.ask_department(
        walk.acting(CASEWORKER), walk.case, department="县核对中心", asked="请再查", items=["homes", "vehicles"]
    )
    refused({"task", "check missing"}, walk.move, CASEWORKER, "checked")
    task = walk.case.tasks.get(replied_on__isnull=True)
    actions.record_reply(walk.acting(CASEWORKER), task, reply="", results={"homes": "clear", "vehicles": "clear"})
    assert walk.move(CASEWORKER, "checked").state == "cross_checked"


def test_an_answer_names_a_result_for_every_item_and_stands():
    walk = application(county(), "cross_checking")
    task = walk.case.tasks.get()
    refused({"results"}, actions.record_reply, walk.acting(CASEWORKER), task, reply="", results={"homes": "clear"})
    walk.reply()
    refused(
        {"answered"},
        actions.record_reply,
        walk.acting(CASEWORKER),
        task,
        reply="",
        results=dict.fromkeys([item.item for item in task.items.all()], "hit"),
    )


def test_nobody_approves_before_the_notice_is_over():
    walk = application(county(), "in_notice")
    refused({"notice running"}, walk.move, CASEWORKER, "review")
    walk.day = walk.case.notices.get().to_day
    refused({"notice running"}, walk.move, CASEWORKER, "review")
    walk.wait(1)
    assert walk.move(CASEWORKER, "review").state == "county_review"


@pytest.mark.parametrize("deed", ["opened", "visited", "was named as visitor", "answered", "attached", "published"])
def test_whoever_had_a_hand_in_the_case_cannot_approve_it_under_another_post(deed):
    """One person may hold several posts; the person counts, not the post."""
    yurun = county()
    role = {"opened": CHAIR, "visited": OFFICER, "was named as visitor": CHAIR, "attached": CHAIR}.get(deed, CASEWORKER)
    user = yurun.post(role).user
    walk = Walk(yurun)
    if deed == "was named as visitor":
        walk.to("complete")
        walk.attach("means_check_consent")
        stranger = acting(CASEWORKER, yurun.federation, walk.day)
        user = acting(OFFICER, yurun.township, walk.day).post.user
        actions.record_visit(stranger, walk.case, visited_on=walk.day, findings="属实", people=[user, "刘明"])
    walk.to("county_review")
    second_post = appoint(user, yurun.federation, APPROVER, on=DAY)
    both = Acting(second_post, walk.day)
    codes = {each.code for each in walk.case.table.may(both, "approve", Standing(walk.case, walk.day))}
    assert codes
    assert codes <= {"entered it", "worked on it", "visited it", "checked it", "added to it"}
    with pytest.raises(Refused):
        actions.move(both, walk.case, "approve")
    assert walk.move(APPROVER, "approve").state == "approved"


def test_a_township_approver_is_below_the_level():
    yurun = county()
    walk = application(yurun, "county_review")
    low = acting(APPROVER, yurun.township, walk.day)
    refused({"level"}, actions.move, low, walk.case, "approve")


def test_a_foreign_case_is_as_if_it_did_not_exist():
    walk = application(county("雨润县"), "county_review")
    foreign = county("青禾县").acting(APPROVER, walk.day)
    with pytest.raises(Case.DoesNotExist):
        actions.move(foreign, walk.case, "approve")
    with pytest.raises(Case.DoesNotExist):
        actions.add_note(foreign, walk.case, "x")
    assert not on_my_desk(foreign).exists()


def test_refusal_appeal_and_a_second_reviewer():
    yurun = county()
    walk = application(yurun, "county_review")
    refused({"field"}, walk.move, APPROVER, "refuse", code="nonsense", note="说明")
    refused({"field"}, walk.move, APPROVER, "refuse", code="excluded", note="  ")
    walk.move(APPROVER, "refuse", code="excluded", note="名下有第二套住房")
    assert (walk.case.outcome, walk.case.closed_on) == ("refused", walk.day)
    assert not walk.case.notices.filter(withdrawn_on__isnull=True).exists()
    walk.move(CHAIR, "appeal", note="该房已于去年出售")
    assert (walk.case.outcome, walk.case.closed_on) == ("", None)
    refused({"made it"}, walk.move, APPROVER, "hear_appeal", note="重新审查")
    second = acting(APPROVER, yurun.federation, walk.day)
    actions.move(second, walk.case, "hear_appeal", note="证明属实")
    refusal = walk.case.decisions.get(verdict=Decision.Verdict.REFUSED)
    assert refusal.reversed_by.by == second.post
    refused({"made it", "notice missing"}, walk.move, APPROVER, "approve")


def test_sent_back_and_resubmitted_keeps_its_number_and_evidence():
    walk = application(county(), "visited")
    number = walk.case.number
    walk.move(CASEWORKER, "return", note="缺配偶收入证明")
    assert walk.case.handler == walk.case.opened_by
    assert on_my_desk(walk.acting(CHAIR)).get() == walk.case
    walk.move(CHAIR, "submit")
    assert walk.case.number == number
    assert walk.case.visits.count() == 1


def test_withdrawal_takes_the_notice_down():
    walk = application(county(), "in_notice")
    walk.move(CHAIR, "withdraw", note="家庭撤回")
    assert walk.case.outcome == "withdrawn"
    assert walk.case.notices.get().withdrawn_on == walk.day


def test_a_closed_case_takes_nothing_more():
    walk = application(county())
    walk.move(CHAIR, "withdraw", note="不办了")
    refused({"closed"}, actions.add_note, walk.acting(CHAIR), walk.case, "再写一句")
    refused({"closed"}, walk.attach, "other")


def test_an_auditor_reads_and_changes_nothing():
    yurun = county()
    walk = application(yurun, "submitted")
    auditor = walk.acting(Role.AUDITOR)
    refused({"role"}, actions.add_note, auditor, walk.case, "看过")
    for move in walk.case.table.moves:
        assert walk.case.table.may(auditor, move.name, Standing(walk.case, walk.day))


def test_deadlines_follow_the_state_in_working_days():
    walk = application(county(), "submitted", day=date(2015, 2, 17))  # the day before the Spring Festival
    assert walk.case.due_on == date(2015, 2, 27)
    walk.to("in_notice")
    assert walk.case.due_on > walk.case.notices.get().to_day


def test_numbers_run_by_county_and_year():
    yurun, qinghe = county("雨润县"), county("青禾县")
    numbers = [Walk(yurun).case.number, Walk(yurun).case.number, Walk(qinghe).case.number]
    assert numbers == ["YR-2015-000001", "YR-2015-000002", "QH-2015-000001"]
    assert Walk(yurun, day=date(2016, 1, 5)).case.number == "YR-2016-000001"


def test_two_counties_with_the_same_initials_never_share_a_number():
    first, second = county("雨润县"), county("玉荣县")
    assert Walk(first).case.number == "YR-2015-000001"
    assert Walk(second).case.number == "YR2-2015-000001"
    assert Walk(second, day=date(2016, 1, 5)).case.number == "YR2-2016-000001"


def test_a_decision_is_reversed_only_by_another_person_with_a_reason():
    yurun = county()
    walk = application(yurun, "approved")
    decision = walk.case.decisions.get()
    refused({"made it"}, actions.reverse_decision, walk.acting(APPROVER), decision, "金额有误")
    second = acting(APPROVER, yurun.federation, walk.day)
    refused({"field"}, actions.reverse_decision, second, decision, " ")
    reversal = actions.reverse_decision(second, decision, "金额有误")
    assert reversal.reverses == decision
    refused({"reversed"}, actions.reverse_decision, second, decision, "再一次")


def test_a_message_to_the_family_is_told_once_by_somebody():
    walk = application(county(), "approved")
    message = walk.case.messages.get(move="approve", to="household")
    assert "approved" in message.sentence.lower() or "批准" in message.sentence
    actions.told(walk.acting(CASEWORKER), message)
    again = actions.told(walk.acting(CHAIR), message)
    assert again.done_by == walk.acting(CASEWORKER).post


def test_a_case_is_given_to_a_post_that_can_take_it():
    yurun = county()
    walk = application(yurun, "submitted")
    officer = yurun.post(OFFICER)
    actions.reassign(walk.acting(CASEWORKER), walk.case, officer)
    assert on_my_desk(walk.acting(OFFICER)).exists()
    assert not on_my_desk(walk.acting(CASEWORKER)).exists()
    with pytest.raises(Refusal, match=r"."):
        actions.reassign(walk.acting(CASEWORKER), walk.case, yurun.post(FINANCE))
    stranger = county("青禾县").post(OFFICER)
    with pytest.raises(Refusal):
        actions.reassign(walk.acting(CASEWORKER), walk.case, stranger)
