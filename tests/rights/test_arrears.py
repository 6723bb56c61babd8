"""Wages owed, from a report to the call-back: every rule that must hold, and the seventeen of the newspaper."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from chunyu.accounts.refusal import Refusal
from chunyu.casework import actions as casework
from chunyu.casework.calendar import calendar_in_force
from chunyu.casework.models import Link
from chunyu.casework.working_days import count_working_days
from chunyu.rights.arrears import actions, paying, queries
from chunyu.rights.arrears.pay_tables import ArrearsPayment, ArrearsPayout
from tests.casework.applications import PDF
from tests.rights.arrears import (
    APPROVER,
    CASEWORKER,
    FIVE,
    ORDINARY,
    TOTAL_FEN,
    Arrears,
    arrears,
    claim,
    five_departments,
    line,
    seventeen,
    signature,
)
from tests.situations import DAY, acting, county

pytestmark = pytest.mark.django_db


def closed(walk: Arrears) -> Arrears:
    walk.move("settle", APPROVER)
    casework.move(walk.acting(CASEWORKER, which=1), walk.case, "call_back", code="content", note="都领到了")
    return walk


def test_the_seventeen_are_paid_on_the_spot_and_the_case_ends_at_zero():
    walk = arrears()
    five_departments(walk.county)
    walk.to("paying", seventeen())
    assert (walk.matter.owed_to, walk.matter.owed_fen) == (17, TOTAL_FEN)
    assert {each.department for each in walk.case.tasks.all()} == set(FIVE.values())
    walk.pay_all()
    assert walk.case.state == "paid", "the last signature moves the case on"
    assert (walk.matter.paid_fen, walk.matter.remaining_fen) == (TOTAL_FEN, 0)
    closed(walk)
    assert (walk.case.state, walk.case.outcome) == ("closed", "settled")
    assert ArrearsPayment.objects.filter(signed="finger", signature__isnull=False).count() == 17


def test_a_case_does_not_end_while_a_fen_is_owed():
    walk = arrears().to("paying", [line(1, 1_000_000), line(2, 500_001)])
    payout = walk.payout()
    first, second = walk.matter.workers.all()
    paying.pay(walk.acting(CASEWORKER), payout, first, amount_fen=1_000_000, signature=signature(1))
    paying.pay(walk.acting(CASEWORKER), payout, second, amount_fen=500_000, signature=signature(2))
    assert walk.matter.remaining_fen == 1
    walk.case.refresh_from_db()
    walk.move("pay_part")
    with pytest.raises(Refusal) as owed:
        walk.move("settle", APPROVER)
    assert owed.value.code == "still_owed"
    with pytest.raises(Refusal) as alone:
        walk.move("write_off", CASEWORKER, worker=str(second.pk), amount_fen=1, code="waived", note="自愿放弃")
    assert alone.value.code == "role"
    with pytest.raises(Refusal) as too_much:
        walk.move("write_off", APPROVER, worker=str(second.pk), amount_fen=2, code="waived", note="自愿放弃")
    assert too_much.value.code == "arrears_no_more_than_owed"
    walk.move("write_off", APPROVER, worker=str(second.pk), amount_fen=1, code="waived", note="自愿放弃一分钱")
    closed(walk)
    assert (walk.matter.paid_fen, walk.matter.written_off_fen) == (1_500_000, 1)


def test_a_claim_is_corrected_by_its_next_version_and_the_total_follows():
    walk = arrears().to("joint")
    actions.enter_lines(walk.acting(CASEWORKER), walk.case, [line(1, 1_000_000), line(2, 700_000)])
    worker = walk.matter.workers.first()
    with pytest.raises(Refusal):
        actions.correct_claim(walk.acting(CASEWORKER), worker, claim(900_000), reason=" ")
    actions.correct_claim(walk.acting(CASEWORKER), worker, claim(900_000), reason="已预支一千元")
    assert walk.matter.owed_fen == 1_600_000
    assert [each.owed_fen for each in worker.claims.all()] == [1_000_000, 900_000], "the first version stays"
    actions.correct_claim(walk.acting(CASEWORKER), worker, claim(0), reason="不是本工地的人")
    assert (walk.matter.owed_to, walk.matter.owed_fen) == (1, 700_000)
    again = actions.enter_lines(walk.acting(CASEWORKER), walk.case, [line(2, 700_000), line(3)])
    assert (again.new, again.corrected, again.unchanged) == (1, 0, 1)


def test_somebody_in_two_cases_for_the_same_days_is_flagged():
    first = arrears().to("joint")
    second = arrears(first.county, employer="另一家建筑公司").to("joint")
    actions.enter_lines(first.acting(CASEWORKER), first.case, [line(1), line(2)])
    actions.enter_lines(
        second.acting(CASEWORKER),
        second.case,
        [
            line(1, 600_000, from_day=date(2014, 12, 1), half_days=62),
            line(2, 100_000, from_day=date(2015, 1, 1), to_day=date(2015, 1, 10), half_days=20),
        ],
    )
    flagged = queries.named_twice(second.acting(CASEWORKER), second.matter)
    assert [(worker.line, told) for worker, told in flagged] == [(1, [first.case.number])]
    second.case.refresh_from_db()
    qinghe = county("青禾县")
    third = arrears(qinghe).to("joint")
    actions.enter_lines(third.acting(CASEWORKER), third.case, [line(1)])
    ((_worker, told),) = queries.named_twice(third.acting(CASEWORKER), third.matter)
    assert set(told) == {"雨润县"}, "of a case elsewhere the county alone is told"


def test_before_the_festival_everything_is_due_sooner():
    early, ordinary = arrears().to("tasks_out"), arrears(county("青禾县"), day=ORDINARY).to("tasks_out")
    calendar = calendar_in_force()
    days = [count_working_days(each.day, each.case.due_on, calendar) for each in (early, ordinary)]
    assert days == [5, 15]
    answers = [count_working_days(each.day, each.case.tasks.first().due_on, calendar) for each in (early, ordinary)]
    assert answers == [3, 10]


def test_a_pay_out_needs_witnesses_of_two_departments_or_is_marked():
    walk = arrears().to("paying")
    alone = [paying.Witness("雨润县公安局", "武某"), paying.Witness("雨润县公安局", "文某")]
    with pytest.raises(Refusal) as refused:
        walk.payout(witnesses=alone)
    assert refused.value.code == "arrears_payout_witnessed_by_two"
    assert walk.payout(witnesses=alone, unwitnessed=True).unwitnessed
    assert not walk.payout().unwitnessed


def test_the_printed_sheet_pays_all_who_signed_and_none_without_it():
    walk = arrears().to("paying", seventeen())
    payout = walk.payout()
    workers = list(walk.matter.workers.all())
    amounts = {each: each.remaining_fen for each in workers[:16]}
    paying.pay_from_sheet(walk.acting(CASEWORKER), payout, amounts, sheet=("表.pdf", PDF))
    assert walk.matter.remaining_fen == workers[16].owed_fen
    with pytest.raises(Refusal) as twice:
        paying.pay_from_sheet(walk.acting(CASEWORKER), payout, {workers[16]: 1}, sheet=("表.pdf", PDF + b"2"))
    assert twice.value.code == "sheet"
    with pytest.raises(Refusal) as again:
        paying.pay(walk.acting(CASEWORKER), payout, workers[0], amount_fen=1, signature=signature(1))
    assert again.value.code in ("arrears_paid_once_per_payout", "arrears_no_more_than_owed")


def test_what_bounced_is_owed_again_and_opens_the_case():
    walk = arrears().to("paying")
    walk.pay_all()
    closed(walk)
    payment = ArrearsPayment.objects.filter(payout__matter=walk.matter).order_by("worker__line").first()
    walk.move("bounce", payment=str(payment.pk), reason="支票退票")
    assert (walk.case.state, walk.case.closed_on) == ("partly_paid", None)
    assert walk.matter.remaining_fen == payment.amount_fen
    with pytest.raises(Refusal):
        walk.move("bounce", payment=str(payment.pk), reason="支票退票")
    walk.move("begin_paying")
    rest = walk.payout(place="县总工会")
    paying.pay(walk.acting(CASEWORKER), rest, payment.worker, amount_fen=payment.amount_fen, signature=signature(99))
    walk.case.refresh_from_db()
    assert walk.case.state == "paid"


def test_measures_are_kept_and_a_referral_to_the_police_asks_them():
    walk = arrears()
    five_departments(walk.county)
    walk.to("tasks_out")
    walk.move("order", code="inspection", number="雨劳监令〔2015〕3 号", amount_fen=2_000_000, pay_by=walk.day)
    walk.move("draw_guarantee", number="某某银行 保函 7 号", amount_fen=500_000)
    walk.move("refer_police", note="老板电话关机")
    walk.move("refer_legal_aid", number="FY-1", note="请求支付工资")
    kinds = [each.kind for each in walk.matter.measures.order_by("id")]
    assert kinds == ["order", "guarantee", "police", "legal_aid"]
    assert walk.case.tasks.filter(department="雨润县公安局").count() == 2
    assert walk.case.state == "referred"


def test_a_second_report_joins_the_first_and_both_numbers_stay():
    walk = arrears().to("verified")
    other = arrears(walk.county, name="张伟")
    other.move("join", number=walk.case.number)
    assert (other.case.outcome, other.case.is_open) == ("joined", False)
    tie = Link.objects.get(case=other.case)
    assert tie.other == walk.case
    third = arrears(walk.county)
    with pytest.raises(Refusal) as unknown:
        third.move("join", number="YR-1999-000001")
    assert unknown.value.code == "no_case"


def test_a_case_of_legal_aid_and_the_joint_case_keep_both_numbers():
    walk = arrears().to("tasks_out")
    other = arrears(walk.county, employer="同一公司的另一件")
    walk.move("refer_legal_aid", number=other.case.number, note="请求支付工资")
    assert walk.matter.measures.get().number == other.case.number
    assert Link.objects.get(case=walk.case).other == other.case


def test_the_call_back_is_made_by_somebody_whose_hands_were_not_on_the_case():
    walk = arrears().to("paying")
    walk.pay_all()
    walk.move("settle", APPROVER)
    with pytest.raises(Refusal) as own:
        walk.move("call_back", code="content", note="好")
    assert {"worked on it"} <= own.value.codes
    other = walk.acting(CASEWORKER, which=1)
    casework.move(other, walk.case, "call_back", code="content", note="好")
    assert walk.case.outcome == "settled"


def test_a_report_that_is_not_taken_up_says_why_and_is_decided_by_another():
    walk = arrears()
    with pytest.raises(Refusal):
        walk.move("dismiss", CASEWORKER, code="not_wages", note="这是材料款")
    walk.move("dismiss", APPROVER, code="not_wages", note="这是材料款，请向法院起诉")
    decision = walk.case.decisions.get()
    assert (decision.verdict, decision.reason.reveal()) == ("refused", "这是材料款，请向法院起诉")


def test_departments_get_no_task_before_there_is_a_list():
    walk = arrears().to("joint")
    with pytest.raises(Refusal) as empty:
        walk.move("send_out")
    assert empty.value.code == "no_list"
    with pytest.raises(Refusal) as early:
        walk.payout()
    assert early.value.code == "state"
    assert not ArrearsPayout.objects.exists()


def test_a_board_sums_what_is_owed_by_area():
    walk = arrears().to("paying", seventeen())
    other = arrears(county("青禾县"), day=DAY).to("tasks_out")
    city = walk.county.city
    board = queries.board(acting(APPROVER, city, DAY + timedelta(days=30)))
    rows = {each.organisation.name: each for each in board.areas}
    assert rows["雨润县总工会"].owed_fen == TOTAL_FEN
    assert rows["雨润县总工会"].workers == 17
    assert rows["青禾县总工会"].late_answers == 5
    assert board.total("cases") == 2
    assert board.total("overdue") == 2
    province = queries.board(acting(APPROVER, walk.county.province, DAY))
    assert [(each.organisation.name, each.cases) for each in province.areas] == [("春申市总工会", 2)]
    own = queries.board(other.acting(CASEWORKER))
    assert [each.cases for each in own.areas] == [1]
