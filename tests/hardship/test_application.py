"""From the family's request to money in its account, and what keeps a wrong one from getting there."""

from datetime import date

import pytest

from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.casework import actions as casework
from chunyu.casework.actions import Refused
from chunyu.hardship.actions import apply_for, state_fact
from chunyu.hardship.models import Application, Grant
from chunyu.hardship.payments import follow_payments
from chunyu.ledger import actions as ledger
from chunyu.ledger.checking import soundness
from chunyu.ledger.models import PaymentOrder
from chunyu.registry.models import Fact
from tests.hardship.families import TODAY, family
from tests.hardship.journey import Journey
from tests.ledger.situations import result_csv
from tests.situations import county

pytestmark = pytest.mark.django_db
CHAIR, CASEWORKER, APPROVER, FINANCE = (
    Role.WORKPLACE_CHAIR,
    Role.COUNTY_CASEWORKER,
    Role.COUNTY_APPROVER,
    Role.FINANCE_OFFICER,
)


def codes(act, *args, **fields) -> set[str]:
    with pytest.raises(Refused) as refused:
        act(*args, **fields)
    return refused.value.codes


def test_medical_aid_is_applied_for_approved_paid_and_arrives():
    journey = Journey(county()).to("in_payment")
    entitled = Grant.objects.get().amount_fen
    order = PaymentOrder.objects.get()
    assert (order.amount_fen, order.reference) == (entitled, journey.case.number)
    batch = journey.batch()
    ledger.import_result(journey.acting(FINANCE), batch, content=result_csv(batch), day=journey.day)
    followed = follow_payments(journey.acting(FINANCE))
    assert (followed.arrived, followed.returned) == (1, 0)
    journey.case.refresh_from_db()
    assert journey.case.state == "paid"
    assert soundness().holds


def test_a_bounced_payment_comes_back_to_the_caseworker_and_is_sent_anew_to_the_corrected_card():
    journey = Journey(county()).to("in_payment")
    batch = journey.batch()
    bad = batch.lines.get()
    result = result_csv(batch, {bad.line_key: "账号与户名不符"})
    ledger.import_result(journey.acting(FINANCE), batch, content=result, day=journey.day)
    assert follow_payments(journey.acting(FINANCE)).returned == 1
    journey.case.refresh_from_db()
    assert journey.case.state == "filed"
    journey.household.bank_card = "6217009999000000024"
    journey.household.save(update_fields=["bank_card"])
    journey.move(FINANCE, "pay_out")
    assert PaymentOrder.objects.get().status == "reissued"
    again = journey.batch()
    assert again.lines.get().card.reveal() == "6217009999000000024"
    ledger.import_result(journey.acting(FINANCE), again, content=result_csv(again), day=journey.day)
    assert follow_payments(journey.acting(FINANCE)).arrived == 1


def test_approval_waits_for_every_unknown_fact_and_names_it():
    yurun = county()
    journey = Journey(yurun, household=family(yurun, has_vehicle=None)).to("county_review")
    with pytest.raises(Refused) as refused:
        journey.move(APPROVER, "approve")
    assert refused.value.codes == {"unknown_fact"}
    assert "机动车" in str(refused.value)
    state_fact(
        journey.acting(CASEWORKER), journey.household, "has_vehicle", False, on=TODAY, source=Fact.Source.MATCHED
    )
    assert journey.move(APPROVER, "approve").state == "approved"


def test_a_household_that_turns_out_to_be_above_the_line_is_not_approved_and_every_reason_is_given():
    journey = Journey(county()).to("county_review")
    worker = journey.household.members.get(is_worker=True)
    matched = {"on": TODAY, "source": Fact.Source.MATCHED, "member": worker}
    state_fact(journey.acting(CASEWORKER), journey.household, "income_month", 2_000_000, **matched)
    assert codes(journey.move, APPROVER, "approve") == {"not_entitled"}


def test_the_approver_may_give_less_with_a_reason_and_never_more():
    journey = Journey(county()).to("county_review")
    for amount, note in ((99_999_999, "特别困难"), (100, "")):
        with pytest.raises(Refusal) as refused:
            casework.move(journey.acting(APPROVER), journey.case, "approve", amount_fen=amount, note=note)
        assert refused.value.code == "amount"
    casework.move(journey.acting(APPROVER), journey.case, "approve", amount_fen=100_000, note="另有单位补助")
    assert Grant.objects.get().amount_fen == 100_000


def test_the_programmes_own_papers_are_asked_for():
    journey = Journey(county()).to("submitted")
    journey.attach("id_copy", "income_proof")
    with pytest.raises(Refused) as refused:
        journey.move(Role.TOWNSHIP_OFFICER, "accept")
    assert refused.value.codes == {"documents"}


def test_one_application_at_a_time_one_grant_a_year_and_only_in_season():
    yurun = county()
    journey = Journey(yurun)
    chair = yurun.acting(CHAIR, TODAY)
    assert codes(apply_for, chair, journey.household, "medical", channel="counter") == {"open_application"}
    assert codes(apply_for, chair, journey.household, "education", channel="counter") == {"not_open"}
    journey.to("closed")
    assert not Application.objects.filter(open=True).exists()
    later = yurun.acting(CHAIR, date(2026, 10, 12))
    assert codes(apply_for, later, journey.household, "medical", channel="counter") == {"granted_this_year"}


def test_the_notice_masks_the_name_and_says_category_programme_and_amount():
    journey = Journey(county()).to("in_notice")
    notice = journey.case.notices.get()
    assert notice.masked_name == "程•"
    assert (notice.category, notice.programme) == ("深度困难", "医疗救助")
    assert notice.amount_fen > 0


def test_an_answer_posted_by_an_approver_leaves_the_step_to_the_finance_officer():
    journey = Journey(county()).to("in_payment")
    batch = journey.batch()
    approver = journey.acting(APPROVER)
    ledger.import_result(approver, batch, content=result_csv(batch), day=journey.day)
    assert follow_payments(approver).arrived == 0
    assert follow_payments(journey.acting(FINANCE)).arrived == 1
