"""Projects: the monthly stipend, repeated dialysis, cataract per eye with two paying levels, and the closing report."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.casework import actions as casework
from chunyu.casework.actions import Refused
from chunyu.hardship.projects import actions
from chunyu.hardship.projects.queries import report, roll_lines, stage_of, with_counts
from chunyu.hardship.projects.shown import digest_of_roll
from chunyu.hardship.projects.tables import Project, ProjectCase, ProjectPayment, StipendRoll
from chunyu.hardship.stacking.family_ledger import family_ledger
from chunyu.ledger.models import PaymentOrder
from chunyu.ledger.queries import payments, summed
from chunyu.registry.actions import close_household
from tests.hardship.families import TODAY, family
from tests.hardship.projects.situations import (
    APPROVER,
    CASEWORKER,
    FINANCE,
    approved,
    attach,
    bank_pays,
    cataract,
    dialysis,
    held,
    love_card,
    nominated,
    treated,
    without_way_out,
)
from tests.situations import County, acting, county

pytestmark = pytest.mark.django_db
JANUARY, FEBRUARY, MARCH, APRIL = (date(2026, month, 1) for month in range(1, 5))
END = date(2026, 6, 20)


def roll(yurun: County, project: Project, month: date, *, day: date = END) -> StipendRoll:
    made = actions.make_roll(yurun.acting(CASEWORKER, day), project, month)
    return actions.approve_roll(yurun.acting(APPROVER, day), made, shown=digest_of_roll(made))


def stop(yurun: County, case, on: date, *, day: date = END, code: str = "death") -> None:
    casework.move(yurun.acting(CASEWORKER, day), case, "stop", stopped_on=on, code=code)


# --- 爱心卡


def test_the_roll_holds_exactly_the_stipends_that_run_and_each_month_is_paid_once():
    yurun = county()
    project = love_card(yurun)
    first, second = without_way_out(yurun), without_way_out(yurun, "郑兰", 2)
    one = approved(yurun, project, first, started_on=MARCH)
    two = approved(yurun, project, second, started_on=APRIL)
    assert {line.case.case for line in roll_lines(project, yurun.path, MARCH)[0]} == {one}
    made = roll(yurun, project, MARCH)
    assert [(each.case.case, each.amount_fen, each.unit) for each in made.lines.all()] == [(one, 30_000, "2026-03")]
    assert PaymentOrder.objects.get().reference == one.number
    with pytest.raises(Refusal) as refused:
        roll(yurun, project, MARCH)
    assert refused.value.code == "approved"
    april = roll(yurun, project, APRIL)
    assert {each.case.case for each in april.lines.all()} == {one, two}
    assert sorted(PaymentOrder.objects.filter(reference=one.number).values_list("instalment", flat=True)) == [1, 2]
    bank_pays(project, END)
    assert family_ledger(first).paid_fen == 60_000


def test_no_month_after_the_stopping_date_is_paid():
    yurun = county()
    project = love_card(yurun)
    case = approved(yurun, project, without_way_out(yurun), started_on=JANUARY)
    roll(yurun, project, FEBRUARY)
    stop(yurun, case, date(2026, 3, 1))
    assert case.state == "stopped"
    assert case.outcome == "stopped"
    assert roll_lines(project, yurun.path, MARCH) == ([], [])
    assert len(roll_lines(project, yurun.path, JANUARY)[0]) == 1, "what was due before it stopped still is"
    with pytest.raises(Refusal) as refused:
        roll(yurun, project, MARCH)
    assert refused.value.code == "empty"
    row, share = held(case), project.shares.get()
    with pytest.raises(IntegrityError, match="does not run"), transaction.atomic():
        ProjectPayment.objects.create(
            case=row, share=share, programme="love_card", person_index=row.person_index, unit="2026-03", part=1,
            amount_fen=100, roll=StipendRoll.objects.first(),
        )  # fmt: skip
    with pytest.raises(IntegrityError, match="does not go on"), transaction.atomic():
        ProjectCase.objects.filter(pk=row.pk).update(stopped_on=date(2026, 9, 1))


@pytest.mark.parametrize(("prorated", "february", "march"), [(True, 15_000, 8_710), (False, 0, 30_000)])
def test_a_month_begun_or_broken_off_follows_the_projects_rule(prorated, february, march):
    """From 15 February (14 of 28 days), without from 10 March (9 of 31 days) on."""
    yurun = county()
    project = love_card(yurun, prorated=prorated)
    case = approved(yurun, project, without_way_out(yurun), started_on=date(2026, 2, 15))
    stop(yurun, case, date(2026, 3, 10))
    for month, fen in ((FEBRUARY, february), (MARCH, march)):
        assert sum(line.fen for line in roll_lines(project, yurun.path, month)[0]) == fen
    assert roll_lines(project, yurun.path, APRIL)[0] == []


def test_one_month_of_a_person_is_paid_once_even_by_another_project():
    yurun = county()
    first, household = love_card(yurun), without_way_out(yurun)
    approved(yurun, first, household, started_on=MARCH)
    roll(yurun, first, MARCH)
    other = actions.open_project(
        acting(APPROVER, yurun.province, TODAY),
        actions.Terms("love_card", "另一项目", "stipend", "省总", "2号", JANUARY, END, 5,
                      (actions.Rate("hardship", first.shares.get().fund, 30_000),)),
    )  # fmt: skip
    worker = household.worker
    case = casework.open_case(
        yurun.acting(Role.WORKPLACE_CHAIR, TODAY), first.cases.get().case.table, household.organisation,
        title="爱心卡", channel="counter", household=household,
    )  # fmt: skip
    row = ProjectCase.objects.create(
        organisation=household.organisation, case=case, project=other, household=household, member=worker,
        person_index=worker.id_number_index, group="hardship", approved_on=TODAY, started_on=MARCH,
    )  # fmt: skip
    assert roll_lines(other, yurun.path, MARCH)[0] == []
    pending = StipendRoll.objects.create(
        organisation=yurun.federation, project=other, month=MARCH, made_by=yurun.post(CASEWORKER), made_on=END
    )
    with pytest.raises(IntegrityError, match="project_unit_paid_once"), transaction.atomic():
        ProjectPayment.objects.create(
            case=row, share=other.shares.get(), programme="love_card", person_index=worker.id_number_index,
            unit="2026-03", part=1, amount_fen=30_000, roll=pending,
        )  # fmt: skip


def test_a_roll_is_approved_by_another_person_and_only_as_it_stands():
    yurun = county()
    project = love_card(yurun)
    case = approved(yurun, project, without_way_out(yurun), started_on=JANUARY)
    finance = yurun.acting(FINANCE, END)
    made = actions.make_roll(finance, project, MARCH)
    with pytest.raises(IntegrityError, match="who made a roll"), transaction.atomic():
        StipendRoll.objects.filter(pk=made.pk).update(
            approved_by=finance.post, approved_on=END, approved_digest=digest_of_roll(made)
        )
    stop(yurun, case, date(2026, 2, 1))
    with pytest.raises(Refusal) as refused:
        actions.approve_roll(yurun.acting(APPROVER, END), made, shown=digest_of_roll(made))
    assert refused.value.code == "changed"
    assert not PaymentOrder.objects.exists()


def test_a_roll_that_was_made_again_after_the_look_is_looked_at_again():
    """The yes of a second person holds for the lines that they saw, whoever writes it."""
    yurun = county()
    project = love_card(yurun)
    first = approved(yurun, project, without_way_out(yurun), started_on=JANUARY)
    made = actions.make_roll(yurun.acting(FINANCE, END), project, MARCH)
    seen = digest_of_roll(made)
    approved(yurun, project, without_way_out(yurun, "郑兰", 2), started_on=JANUARY)
    made = actions.make_roll(yurun.acting(FINANCE, END), project, MARCH)
    assert made.lines.count() == 2
    for shown in (seen, ""):
        with pytest.raises(Refusal) as refused:
            actions.approve_roll(yurun.acting(APPROVER, END), made, shown=shown)
        assert refused.value.code == "stipend_roll_approved_as_shown"
    with pytest.raises(IntegrityError, match="lines that were shown"), transaction.atomic():
        StipendRoll.objects.filter(pk=made.pk).update(
            approved_by=yurun.post(APPROVER), approved_on=END, approved_digest=seen
        )
    assert not PaymentOrder.objects.exists()
    actions.approve_roll(yurun.acting(APPROVER, END), made, shown=digest_of_roll(made))
    assert PaymentOrder.objects.filter(reference=first.number).exists()
    assert PaymentOrder.objects.count() == 2


def test_a_file_that_ended_is_not_paid_and_is_named():
    yurun = county()
    project = love_card(yurun)
    household = without_way_out(yurun)
    case = approved(yurun, project, household, started_on=JANUARY)
    close_household(yurun.acting(CASEWORKER, END), household, on=END)
    lines, to_stop = roll_lines(project, yurun.path, MARCH)
    assert lines == []
    assert [each.case for each in to_stop] == [case]


def test_a_stipend_is_for_whom_the_rules_name():
    yurun = county()
    project = love_card(yurun)
    with pytest.raises(Refused) as refused:
        approved(yurun, project, family(yurun), started_on=MARCH)
    assert "not_entitled" in refused.value.codes


# --- 透析


def test_dialysis_counts_sessions_and_pays_half_years_up_to_the_caps():
    yurun = county()
    project = dialysis(yurun)
    case = approved(yurun, project, family(yurun, medical_spending_12m=6_000_000), day=TODAY)
    worker = yurun.acting(CASEWORKER, END)
    attach(worker, case, "medical_receipts")
    for day, own in ((date(2026, 3, 4), 40_000), (date(2026, 4, 8), 60_000)):
        actions.record_session(worker, held(case), day=day, cost_fen=own + 10_000, insured_fen=10_000)
    with pytest.raises(Refusal) as refused:
        actions.record_session(worker, held(case), day=date(2026, 4, 8), cost_fen=1_000, insured_fen=0)
    assert refused.value.code == "treatment_session_once_a_day"
    casework.move(worker, case, "take_sessions")
    casework.move(worker, case, "pay")
    assert PaymentOrder.objects.get().amount_fen == 100_000, "no more than the family's own cost"
    bank_pays(project, END)
    casework.move(yurun.acting(FINANCE, END), case, "settle")
    casework.move(worker, case, "go_on")
    with pytest.raises(Refused) as nothing:
        casework.move(worker, case, "pay")
    assert nothing.value.codes == {"nothing_due"}
    later = yurun.acting(CASEWORKER, date(2026, 11, 20))
    actions.record_session(later, held(case), day=date(2026, 8, 1), cost_fen=900_000, insured_fen=100_000)
    casework.move(later, case, "pay")
    assert list(held(case).payments.order_by("unit").values_list("unit", "amount_fen")) == [
        ("2026-H1", 100_000),
        ("2026-H2", 250_000),
    ]
    assert held(case).sessions.count() == 3


def test_the_yearly_cap_holds_in_the_database():
    yurun = county()
    project = dialysis(yurun, year_cap_fen=300_000)
    case = approved(yurun, project, family(yurun, medical_spending_12m=6_000_000))
    worker = yurun.acting(CASEWORKER, date(2026, 11, 20))
    attach(worker, case, "medical_receipts")
    for day in (date(2026, 3, 4), date(2026, 8, 4)):
        actions.record_session(worker, held(case), day=day, cost_fen=900_000, insured_fen=0)
    casework.move(worker, case, "take_sessions")
    casework.move(worker, case, "pay")
    assert [each.amount_fen for each in held(case).payments.order_by("unit")] == [250_000, 50_000]
    with pytest.raises(IntegrityError, match="never removed"), transaction.atomic():
        held(case).payments.all().delete()


# --- 白内障


@pytest.mark.parametrize(
    ("own", "province", "city"), [(200_000, 30_000, 30_000), (45_000, 30_000, 15_000), (20_000, 20_000, 0)]
)
def test_two_levels_add_up_exactly_and_never_exceed_the_own_cost(own, province, city):
    yurun = county()
    project = cataract(yurun)
    household = family(yurun, incomes=(900_000, 900_000), medical_spending_12m=600_000)
    case = treated(yurun, approved(yurun, project, household, eye="left"), own + 150_000, 150_000)
    assert held(case).group == "member"
    casework.move(yurun.acting(CASEWORKER, TODAY), case, "pay")
    given = {each.share.fund.organisation: each.amount_fen for each in held(case).payments.all()}
    assert given.get(yurun.province, 0) == province
    assert given.get(yurun.city, 0) == city
    assert sum(given.values()) == min(own, 60_000)
    assert summed(PaymentOrder.objects.filter(reference=case.number), "amount_fen") == sum(given.values())


def test_each_eye_once():
    yurun = county()
    project, household = cataract(yurun), family(yurun)
    left = treated(yurun, approved(yurun, project, household, eye="left"), 800_000)
    casework.move(yurun.acting(CASEWORKER, TODAY), left, "pay")
    with pytest.raises(Refused) as refused:
        nominated(yurun, project, household, eye="left")
    assert "paid_already" in refused.value.codes
    right = approved(yurun, project, household, eye="right")
    assert right.state == "approved", "the other eye is another operation"
    row = held(right)
    with pytest.raises(IntegrityError, match="another unit"), transaction.atomic():
        ProjectPayment.objects.create(
            case=row, share=project.shares.get(group="hardship"), programme="cataract", person_index=row.person_index,
            unit="left", part=1, amount_fen=1, order=PaymentOrder.objects.first(),
        )  # fmt: skip


def test_nothing_above_the_own_cost_gets_past_the_database():
    yurun = county()
    project = cataract(yurun)
    case = treated(yurun, approved(yurun, project, family(yurun), eye="left"), 500_000, 450_000)
    casework.move(yurun.acting(CASEWORKER, TODAY), case, "pay")
    assert held(case).payments.get().amount_fen == 50_000
    with pytest.raises(IntegrityError), transaction.atomic():
        ProjectCase.objects.filter(pk=held(case).pk).update(insured_fen=600_000)


# --- the project


def test_a_full_project_takes_nobody_in():
    yurun = county()
    project = cataract(yurun, quota=1)
    approved(yurun, project, family(yurun), eye="left")
    assert stage_of(with_counts(Project.objects.filter(pk=project.pk)).get(), TODAY) == "full"
    with pytest.raises(Refused) as refused:
        nominated(yurun, project, family(yurun, "陈梅", order=3), eye="left")
    assert "full" in refused.value.codes
    row = held(approved_without_asking(yurun, project))
    with pytest.raises(IntegrityError, match="every place"), transaction.atomic():
        ProjectCase.objects.filter(pk=row.pk).update(approved_on=TODAY)


def approved_without_asking(yurun: County, project: Project):
    """A case that came in past the checks of the actions."""
    household = family(yurun, "郑兰", order=5)
    case = casework.open_case(
        yurun.acting(Role.WORKPLACE_CHAIR, TODAY), project.cases.first().case.table, household.organisation,
        title="白内障", channel="counter", household=household,
    )  # fmt: skip
    ProjectCase.objects.create(
        organisation=household.organisation, case=case, project=project, household=household, member=household.worker,
        person_index=household.worker.id_number_index, group="hardship", eye="left",
    )  # fmt: skip
    return case


def test_the_closing_report_counts_people_cases_and_the_sum_that_arrived():
    yurun = county()
    project, household = cataract(yurun), family(yurun)
    cases = [treated(yurun, approved(yurun, project, household, eye=eye), 800_000) for eye in ("left", "right")]
    for case in cases:
        casework.move(yurun.acting(CASEWORKER, TODAY), case, "pay")
    assert report(project, yurun.province.path).promised_fen == 200_000
    bank_pays(project)
    finance, worker = yurun.acting(FINANCE, TODAY), yurun.acting(CASEWORKER, TODAY)
    closer = acting(APPROVER, yurun.province, END)
    with pytest.raises(Refusal) as refused:
        actions.close_project(closer, project, lessons="专家下乡义诊效果好")
    assert refused.value.code == "project_closed_without_open_cases"
    for case in cases:
        casework.move(finance, case, "settle")
        casework.move(worker, case, "plan_follow_up")
        casework.move(yurun.acting(Role.TOWNSHIP_OFFICER, TODAY), case, "close", outcome="helped", note="视力恢复")
    found = report(project, yurun.province.path)
    assert (found.people, found.cases, found.paid_fen, found.per_case_fen) == (1, 2, 200_000, 100_000)
    assert found.paid_fen == summed(payments(yurun.province.path), "amount_fen")
    actions.close_project(closer, project, lessons="专家下乡义诊效果好")
    with pytest.raises(IntegrityError, match="terms of a project"), transaction.atomic():
        Project.objects.filter(pk=project.pk).update(quota=99)
    with pytest.raises(Refused):
        nominated(yurun, project, family(yurun, "陈梅", order=3), eye="left")


def test_what_other_programmes_gave_leaves_less_for_a_project():
    """Own cost of the year 6,000 yuan; 5,000 came as dialysis aid: just the 1,000 of the operation are left."""
    yurun = county()
    household = family(yurun, medical_spending_12m=600_000)
    first = dialysis(yurun)
    case = approved(yurun, first, household)
    worker = yurun.acting(CASEWORKER, date(2026, 11, 20))
    attach(worker, case, "medical_receipts")
    for day in (date(2026, 3, 4), date(2026, 8, 4)):
        actions.record_session(worker, held(case), day=day, cost_fen=900_000, insured_fen=0)
    casework.move(worker, case, "take_sessions")
    casework.move(worker, case, "pay")
    assert summed(PaymentOrder.objects.all(), "amount_fen") == 500_000
    operation = treated(yurun, approved(yurun, cataract(yurun), household, eye="left"), 800_000)
    casework.move(yurun.acting(CASEWORKER, TODAY), operation, "pay")
    assert held(operation).payments.get().amount_fen == 100_000
    assert family_ledger(household).promised_fen == 600_000
