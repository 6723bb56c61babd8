"""From the night's run to the family: found, confirmed, invited, answered, applied; and nobody who did not agree."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.audit.models import Entry
from chunyu.hardship.actions import apply_for, state_fact
from chunyu.hardship.finding import actions, judging, queries, running, tasks
from chunyu.hardship.finding.models import Finding, FindingReview, FindingRun, Invitation, InvitationAnswer
from chunyu.hardship.finding.suppliers import Supplier, supplier_of
from chunyu.policy import installed_packs
from chunyu.registry.consent.actions import give_consent, withdraw_consent
from chunyu.registry.consent.tables import Purpose
from chunyu.registry.models import Fact
from tests.hardship.families import TODAY, family
from tests.hardship.journey import Journey
from tests.situations import acting, county

pytestmark = pytest.mark.django_db(transaction=True)  # a run reads what was committed
Kind, Answer = Finding.Kind, InvitationAnswer.Answer


@pytest.fixture
def yurun():
    return county("雨润县")


@pytest.fixture
def clerk(yurun):
    return yurun.acting(Role.COUNTY_CASEWORKER, TODAY)


@pytest.fixture
def officer(yurun):
    return yurun.acting(Role.TOWNSHIP_OFFICER, TODAY)


def agreeing(clerk, county, name="程梅", **more):
    household = family(county, name, **more)
    give_consent(clerk, household.worker, Purpose.MATCHING, language="zh", on=TODAY)
    return household


@pytest.fixture
def looked(clerk, run_jobs):
    def look() -> FindingRun:
        run = actions.order_run(clerk)
        run_jobs()
        run.refresh_from_db()
        assert run.status == "done", run.outcome
        return run

    return look


def found(post, **chosen) -> list[tuple[str, str, str]]:
    rows = queries.listed(post).filter(**chosen).order_by("worker_pinyin", "programme")
    return [(row.worker_name, row.programme, row.kind) for row in rows]


def test_from_the_night_to_the_application(yurun, clerk, officer, run_jobs, settings):
    settings.CHUNYU_TODAY = TODAY
    family(yurun, "郭强", order=2)  # was never asked
    household = agreeing(clerk, yurun)
    actions.order_every_night(clerk)
    tasks.find_every_night.defer(timestamp=0)
    run_jobs()
    run = FindingRun.objects.get()
    assert (run.status, run.nightly, run.on_file, run.consenting) == ("done", True, 2, 1)
    assert run.version
    assert {name for name, _programme, _kind in found(officer)} == {"程梅"}
    finding = queries.listed(officer).get(kind=Kind.NOT_HELPED, programme="living")
    assert finding.amount_fen > 0
    assert queries.state_of(finding) == "new"

    with pytest.raises(Refusal) as refused:
        actions.invite(officer, finding, channel="letter")
    assert refused.value.code == "not_confirmed"
    actions.confirm(officer, finding)
    assert not household.applications.exists()  # nothing is granted by looking
    invitation = actions.invite(officer, finding, channel="letter")
    assert queries.state_of(queries.listed(officer).get(pk=finding.pk)) == "invited"

    family_types = invitation.code.reveal().lower().replace("-", " ")
    answered = actions.answer_on_the_web(family_types, answer=Answer.APPLY, day=TODAY + timedelta(days=3))
    assert answered == invitation
    assert queries.state_of(queries.listed(officer).get(pk=finding.pk)) == "wants"
    case = actions.open_application(officer, invitation)
    assert (case.household_id, case.channel) == (household.pk, "web")
    assert "living" not in {programme for _name, programme, _kind in found(officer)}  # at once, without another run
    counted = queries.stages(queries.invitations(officer, TODAY, TODAY))
    assert counted == queries.Stages(invited=1, opted_out=0, applied=1, granted=0)
    events = Entry.objects.filter(event__startswith="hardship.").order_by("pk").values_list("event", flat=True)
    assert [each for each in events if "find" in each or "invit" in each] == [
        "hardship.order_finding", "hardship.find", "hardship.finding_confirmed", "hardship.invite",
    ]  # fmt: skip


def test_a_run_and_its_job_are_one_transaction(clerk):
    """Nothing is queued for a run that was never ordered, and no run waits for a job that was never queued."""
    queued = ProcrastinateJob.objects.filter(task_name="hardship.find")
    with transaction.atomic():
        run = actions.order_run(clerk)
        assert queued.filter(args={"run": str(run.pk)}).exists()
        transaction.set_rollback(True)
    assert not queued.exists()
    assert not FindingRun.objects.exists()


def test_a_night_without_the_post_that_ordered_it_does_nothing(clerk, run_jobs, settings):
    settings.CHUNYU_TODAY = TODAY
    actions.order_every_night(clerk)
    clerk.post.valid_to = TODAY
    clerk.post.save()
    tasks.find_every_night.defer(timestamp=0)
    run_jobs()
    assert not FindingRun.objects.exists()


def test_consent_taken_back_between_run_and_list_takes_the_family_off_at_once(yurun, clerk, looked):
    household = agreeing(clerk, yurun)
    looked()
    finding = queries.listed(clerk).get(programme="living")
    actions.confirm(clerk, finding)
    actions.opt_out(clerk, household, channel="phone", on=TODAY)
    assert found(clerk) == []
    for attempt in (actions.confirm, lambda a, f: actions.invite(a, f, channel="letter")):
        with pytest.raises(Refusal) as refused:
            attempt(clerk, finding)
        assert refused.value.code == "no_longer_stands"
    run = looked()
    assert run.consenting == 0
    assert not Finding.objects.filter(ended_in__isnull=True).exists()  # the run closed what stood of it
    give_consent(clerk, household.worker, Purpose.MATCHING, language="zh", on=TODAY)
    assert found(clerk) == []
    looked()
    assert found(clerk)  # consent came back, and so does the family


def test_consent_taken_back_while_the_run_looks_is_heard(yurun, clerk, monkeypatch, looked):
    household = agreeing(clerk, yurun)
    judge = running.judge

    def slow(*given):
        yield from judge(*given)
        withdraw_consent(clerk, household.worker, Purpose.MATCHING, channel="phone", on=TODAY)

    monkeypatch.setattr(running, "judge", slow)
    looked()
    assert not Finding.objects.exists()


def test_a_second_run_writes_only_what_has_changed(yurun, clerk, looked):
    household = agreeing(clerk, yurun)
    first = looked()
    before = list(Finding.objects.order_by("pk").values_list("pk", "ended_in"))
    assert first.appeared == len(before) > 0
    again = looked()
    assert (again.appeared, again.ended) == (0, 0)
    assert list(Finding.objects.order_by("pk").values_list("pk", "ended_in")) == before
    state_fact(clerk, household, "medical_spending_12m", 0, on=TODAY, source=Fact.Source.MATCHED)
    changed = looked()
    assert changed.ended > 0
    assert Finding.objects.filter(ended_in=changed).count() == changed.ended


def test_what_is_unknown_is_named_with_who_can_say_it(yurun, clerk, looked):
    household = agreeing(clerk, yurun, has_vehicle=None)
    looked()
    blocked = queries.listed(clerk).filter(kind=Kind.BLOCKED)
    assert blocked
    facts = {unknown.fact for each in blocked for unknown in each.unknowns.all()}
    assert "has_vehicle" in facts
    assert supplier_of("has_vehicle") == Supplier.CIVIL_AFFAIRS
    state_fact(clerk, household, "has_vehicle", False, on=TODAY, source=Fact.Source.MATCHED)
    looked()
    assert not queries.listed(clerk).filter(kind=Kind.BLOCKED).exists()
    assert queries.listed(clerk).filter(kind=Kind.NOT_HELPED).exists()


def test_who_has_applied_already_is_not_found(yurun, clerk, looked):
    household = agreeing(clerk, yurun)
    apply_for(clerk, household, "living", channel="counter")
    looked()
    assert "living" not in {programme for _name, programme, _kind in found(clerk)}


def test_what_was_set_aside_stays_aside_until_something_else_is_found(yurun, clerk, looked):
    household = agreeing(clerk, yurun)
    looked()
    finding = queries.listed(clerk).get(programme="living")
    with pytest.raises(Refusal):
        actions.set_aside(clerk, finding, reason="")
    review = actions.set_aside(clerk, finding, reason="facts_out_of_date", note="已电话核实，收入有变")
    assert review.note.reveal() == "已电话核实，收入有变"
    looked()
    assert queries.state_of(queries.listed(clerk).get(programme="living")) == "set_aside"
    state_fact(clerk, household, "homes", 0, on=TODAY)
    state_fact(clerk, household, "medical_spending_12m", 1_500_000, on=TODAY, source=Fact.Source.MATCHED)
    looked()
    again = queries.listed(clerk).filter(programme="living").first()
    if again is not None:
        assert queries.state_of(again) == "new"
        assert again.pk != finding.pk


def test_a_family_that_says_no_on_the_web_is_never_listed_again(yurun, clerk, looked):
    agreeing(clerk, yurun)
    looked()
    finding = queries.listed(clerk).get(programme="living")
    actions.confirm(clerk, finding)
    invitation = actions.invite(clerk, finding, channel="letter")
    for wrong in ("", "ABCD-EFGH-JKLM", invitation.code.reveal()[:-1]):
        with pytest.raises(Refusal):
            actions.answer_on_the_web(wrong, answer=Answer.OPT_OUT, day=TODAY)
    with pytest.raises(Refusal):
        actions.answer_on_the_web(invitation.code.reveal(), answer=Answer.OPT_OUT, day=TODAY + timedelta(days=31))
    actions.answer_on_the_web(invitation.code.reveal(), answer=Answer.OPT_OUT, day=TODAY)
    assert found(clerk) == []
    with pytest.raises(Refusal):  # a code is used once
        actions.answer_on_the_web(invitation.code.reveal(), answer=Answer.APPLY, day=TODAY)
    assert queries.stages(queries.invitations(clerk, TODAY, TODAY)).opted_out == 1


def test_a_family_that_takes_its_consent_back_after_the_invitation_counts_as_opted_out(yurun, clerk, looked):
    household = agreeing(clerk, yurun)
    looked()
    finding = queries.listed(clerk).get(programme="living")
    actions.confirm(clerk, finding)
    actions.invite(clerk, finding, channel="letter")
    assert queries.stages(queries.invitations(clerk, TODAY, TODAY)).opted_out == 0
    withdraw_consent(clerk, household.worker, Purpose.MATCHING, channel="phone", on=TODAY)
    assert queries.stages(queries.invitations(clerk, TODAY, TODAY)).opted_out == 1


def test_an_answer_at_the_counter_opens_the_application(yurun, clerk, looked):
    household = agreeing(clerk, yurun)
    looked()
    finding = queries.listed(clerk).get(programme="living")
    actions.confirm(clerk, finding)
    invitation = actions.invite(clerk, finding, channel="phone")
    with pytest.raises(Refusal, match="已就此项目受邀"):
        actions.invite(clerk, finding, channel="letter")
    case = actions.take_in_answer(clerk, invitation, answer=Answer.APPLY, channel="phone")
    assert case.application.household == household
    assert Invitation.objects.get().open is False


def test_an_invitation_without_an_answer_makes_way_when_its_time_is_over(yurun, clerk, looked):
    agreeing(clerk, yurun)
    looked()
    finding = queries.listed(clerk).get(programme="living")
    actions.confirm(clerk, finding)
    actions.invite(clerk, finding, channel="letter")
    later = yurun.acting(Role.COUNTY_CASEWORKER, TODAY + timedelta(days=31))
    actions.invite(later, finding, channel="visit")
    assert InvitationAnswer.objects.get().answer == Answer.NONE
    assert FindingReview.objects.count() == 1


def test_a_killed_run_starts_anew_and_a_lost_one_makes_way(yurun, clerk, monkeypatch, settings, run_jobs):
    agreeing(clerk, yurun)
    run = actions.order_run(clerk)
    assert actions.order_run(clerk) == run  # one at a time
    judge = running.judge

    class Killed(BaseException):
        pass

    def die(*given):
        yield next(judge(*given))
        raise Killed

    monkeypatch.setattr(running, "judge", die)
    with pytest.raises(Killed):
        running.carry_out(run.pk)
    run.refresh_from_db()
    assert run.status == "running"  # nobody could say that it ended
    assert not Finding.objects.exists()
    monkeypatch.setattr(running, "judge", judge)
    running.carry_out(run.pk)  # as the queue's upkeep does
    run.refresh_from_db()
    assert run.status == "done"
    assert Finding.objects.count() == run.appeared > 0
    running.carry_out(run.pk)
    assert Finding.objects.count() == run.appeared
    FindingRun.objects.filter(pk=run.pk).update(status="running", ended_at=None)
    left = settings.PLACES.facts / f"finding-{run.pk}"  # as a kill that no clean-up survives leaves it
    left.mkdir()
    other = actions.order_run(clerk)
    assert other != run
    assert not left.exists()
    run.refresh_from_db()
    assert (run.status, run.outcome) == ("failed", "killed")
    ProcrastinateJob.objects.filter(status="todo").update(status="succeeded")


def test_another_county_sees_and_does_nothing(yurun, clerk, looked):
    agreeing(clerk, yurun)
    looked()
    finding = queries.listed(clerk).get(programme="living")
    other = county("青禾县").acting(Role.COUNTY_CASEWORKER, TODAY)
    assert found(other) == []
    with pytest.raises(Refusal):
        actions.confirm(other, finding)
    finance = yurun.acting(Role.FINANCE_OFFICER, TODAY)
    for attempt in (lambda: actions.confirm(finance, finding), lambda: actions.order_run(finance)):
        with pytest.raises(Refusal):
            attempt()


def test_who_was_helped_and_is_no_longer_entitled_is_looked_at_and_nothing_ends_by_itself(yurun, clerk, looked):
    household = agreeing(clerk, yurun)
    looked()
    finding = queries.listed(clerk).get(programme="medical")
    actions.confirm(clerk, finding)
    actions.invite(clerk, finding, channel="visit")
    journey = Journey(yurun, household=household, programme="medical").to("approved")
    counted = queries.stages(queries.invitations(journey.acting(Role.COUNTY_CASEWORKER), TODAY, journey.day))
    assert counted == queries.Stages(invited=1, opted_out=0, applied=1, granted=1)
    looked()
    assert "medical" not in {programme for _name, programme, _kind in found(clerk)}  # helped, and entitled
    state_fact(clerk, household, "medical_spending_12m", 0, on=TODAY, source=Fact.Source.MATCHED)
    looked()
    gone = queries.listed(clerk).get(programme="medical")
    assert gone.kind == Kind.NO_LONGER
    with pytest.raises(Refusal) as refused:
        actions.invite(clerk, gone, channel="letter")
    assert refused.value.code == "nothing_to_receive"
    journey.case.refresh_from_db()
    assert journey.case.state == "approved"
    actions.set_aside(clerk, gone, reason="seen_to")
    assert not queries.still_open(queries.listed(clerk)).filter(programme="medical").exists()


def test_each_place_of_a_run_is_judged_by_its_own_rulebook(yurun, clerk, run_jobs, monkeypatch):
    """A county with a rulebook of its own, in which nobody gets living aid, beside one under the national rules."""
    national = next(pack for pack in installed_packs() if pack.id == "national-2021")
    own = {code: each for code, each in national.programmes.items() if code != "living"}
    local = replace(national, id="qinghe", regions=("139902",), programmes=own, digest="0" * 64)
    everywhere = judging.pack_on
    monkeypatch.setattr(
        judging, "pack_on", lambda day, places: local if "139902" in places else everywhere(day, places)
    )
    qinghe = county("青禾县")
    city = acting(Role.COUNTY_CASEWORKER, yurun.city, TODAY)
    agreeing(clerk, yurun)
    agreeing(qinghe.acting(Role.COUNTY_CASEWORKER, TODAY), qinghe, "朱娜", order=2)
    run = actions.order_run(city)
    run_jobs()
    run.refresh_from_db()
    assert (run.status, run.consenting) == ("done", 2)
    assert sorted(run.pack.split(" + ")) == ["national-2021", "qinghe"]
    assert run.version not in (national.digest, local.digest)
    assert [name for name, programme, _kind in found(city) if programme == "living"] == ["程梅"]
    assert {name for name, programme, _kind in found(city) if programme == "medical"} == {"程梅", "朱娜"}
