"""From what a worker says to what was put right: nobody skips a step, and nobody closes it over the author's head."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import ProgrammingError, connection, transaction

from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.casework.actions import escalate_overdue, move, record_reply
from chunyu.casework.departments import actions as departments
from chunyu.casework.models import Case, Decision, Message
from chunyu.casework.slips.actions import give_slip, say
from chunyu.voice.proposals.actions import Person, Words, open_session, speak_publicly, take_in
from chunyu.voice.proposals.showing import shared
from chunyu.voice.proposals.tables import Acceptance, Author, Motion, Proposal
from tests.situations import county
from tests.situations import workplace as another_workplace
from tests.voice import proposing as of
from tests.voice.proposing import AUTHOR, FLOOR, RAISED, breaks

pytestmark = pytest.mark.django_db
LAMP = Words("楼梯灯不亮", "safety", "三号楼梯", "灯坏了两个月。", "换灯。", "low")


@pytest.fixture
def at(settings):
    settings.CHUNYU_TODAY = RAISED
    return of.workplace(county("雨润县"))


def checked_now() -> None:
    """What the database asks at the end of a transaction, asked now."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def test_a_motion_is_put_right_step_by_step_and_its_author_has_the_last_word(at):
    session = of.congress(at)
    proposal = of.admitted(at)
    case, chair = proposal.case, at.chair()
    move(chair, case, "number", session=str(session.pk), number=1)
    move(chair, case, "submit", to=str(at.management.pk), note="请在二十个工作日内答复。")
    assert (case.state, case.due_on) == ("submitted", date(2014, 4, 4))  # 20 working days
    assert of.question(case).due_on == case.due_on
    of.answer(at, case, "adopt", date(2014, 3, 12))
    assert case.state == "adopted"
    assert Decision.objects.get(case=case).code == "adopt"
    move(at.chair(date(2014, 3, 14)), case, "plan", responsible="设备科", budget=4_800_000,
         starts_on=date(2014, 3, 20), until=date(2014, 4, 30))  # fmt: skip
    assert (case.state, case.due_on) == ("rectifying", date(2014, 4, 30))
    move(at.chair(date(2014, 4, 2)), case, "progress", kind="visit", day=date(2014, 4, 1), people="董事长、张涛",
         text="到现场察看。")  # fmt: skip
    assert (case.state, case.due_on) == ("rectifying", date(2014, 4, 30))  # progress gives nobody more time
    with pytest.raises(Refusal) as bare:
        of.answer(at, case, "done", date(2014, 4, 25), "已完成。")
    assert bare.value.code == "documents"
    of.answer(at, case, "done", date(2014, 4, 25), "地面已重新浇筑。", file=("整改后.pdf", of.PAPER))
    move(at.chair(date(2014, 4, 28)), case, "check", note="通道平整。")
    move(at.chair(date(2014, 4, 29)), case, "confirm", note="张涛当面说很平整。")
    assert (case.state, case.due_on) == ("done", date(2014, 7, 28))  # three months later
    move(at.chair(date(2014, 7, 28)), case, "review", outcome="lasting", satisfaction=5, saved=None, risk_removed="yes")
    assert (case.state, case.outcome) == ("reviewed", "lasting")
    checked_now()
    told = [each.move for each in case.messages.filter(to="household").order_by("pk")]
    assert told == ["admit", "number", "submit", "adopt", "plan", "progress", "claim", "check", "confirm", "review"]


def test_the_author_says_it_on_a_phone_and_that_moves_the_case(at):
    proposal = of.checked(at)
    slip, _code = give_slip(at.chair(date(2014, 4, 28)), proposal.case)
    say(slip, kind="dispute", text="还有一个坑没补。", day=date(2014, 4, 30))
    proposal.case.refresh_from_db()
    assert proposal.case.state == "rectifying"
    assert of.question(proposal.case).asked_in == "rectifying"  # the management is asked again
    of.answer(at, proposal.case, "done", date(2014, 5, 6), "补好了。", file=("再整改.pdf", of.PAPER + b"2"))
    move(at.chair(date(2014, 5, 7)), proposal.case, "check", note="看过。")
    say(slip, kind="confirm", text="好了。", day=date(2014, 5, 8))
    proposal.case.refresh_from_db()
    assert proposal.case.state == "done"
    words = list(proposal.acceptances.values_list("by", "accepted"))
    assert words == [("union", True), ("author", False), ("union", True), ("author", True)]
    checked_now()


def test_a_word_that_closes_is_offered_only_when_it_is_asked_for(at):
    proposal = of.claimed(at)
    slip, _code = give_slip(at.chair(date(2014, 4, 26)), proposal.case)
    with pytest.raises(Refusal) as early:
        say(slip, kind="confirm", text="好了。", day=date(2014, 4, 26))
    assert early.value.code == "kind"


def test_silence_counts_after_ten_working_days_and_is_recorded_as_such(at):
    proposal = of.checked(at)  # on 28 April; the first of May is a holiday
    due = proposal.case.due_on
    with pytest.raises(Refusal) as early:
        move(at.chair(due), proposal.case, "silent")
    assert early.value.code == "waiting"
    move(at.chair(date(2014, 5, 14)), proposal.case, "silent")
    assert proposal.acceptances.last().by == Acceptance.By.SILENCE
    checked_now()


def by_hand(case: Case, state: str = "done") -> None:
    """What a statement of raw SQL would do, to the end of its transaction."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE casework_case SET state = %s WHERE id = %s", [state, case.pk])
    checked_now()


@pytest.mark.parametrize(
    ("stage", "rule"),
    [
        (of.rectifying, "proposal_done_with_proof"),
        (of.claimed, "proposal_done_with_the_unions_check"),
        (of.checked, "proposal_done_with_the_authors_word"),
    ],
)
def test_the_database_closes_nothing_without_proof_check_and_word(at, stage, rule):
    proposal = stage(at)
    for state in ("done", "reviewed"):
        with breaks(rule):
            by_hand(proposal.case, state)


def test_the_database_wants_the_word_after_the_last_check(at):
    proposal = of.checked(at)
    chair = at.chair(date(2014, 4, 29))
    move(chair, proposal.case, "dispute", note="张涛说还有坑。", until=date(2014, 5, 20))
    of.answer(at, proposal.case, "done", date(2014, 5, 6), "补好了。", file=("再整改.pdf", of.PAPER + b"2"))
    move(at.chair(date(2014, 5, 7)), proposal.case, "check", note="看过。")
    with breaks("proposal_done_with_the_authors_word"):
        by_hand(proposal.case)
    Acceptance.objects.create(proposal=proposal, by="author", accepted=False, day=date(2014, 5, 8))
    with breaks("proposal_done_with_the_authors_word"):
        by_hand(proposal.case)


def test_the_database_takes_no_early_silence(at):
    proposal = of.checked(at)
    with breaks("silence_after_ten_days"):
        Acceptance.objects.create(
            proposal=proposal, by="silence", accepted=True, day=date(2014, 5, 8), recorded_by=at.chair().post
        )


def test_a_paper_answer_is_checked_by_somebody_else_than_who_wrote_it_down(at):
    proposal = of.rectifying(at)
    chair = at.chair(date(2014, 4, 25))
    task = of.question(proposal.case)
    record_reply(chair, task, reply="行政来函：已完成。", results={}, code="done", file=("来函.pdf", of.PAPER))
    proposal.case.refresh_from_db()
    with pytest.raises(Refusal) as own:
        move(chair, proposal.case, "check", note="看过。")
    assert own.value.code == "made it"
    move(at.township(date(2014, 4, 26)), proposal.case, "check", note="街道工会看过。")
    assert proposal.case.state == "checked"


@pytest.mark.parametrize(("code", "state"), [("adopt_part", "adopted"), ("later", "deferred"), ("no", "not_adopted")])
def test_every_answer_of_the_management_has_its_reason(at, code, state):
    proposal = of.submitted(at)
    with pytest.raises(Refusal) as bare:
        of.answer(at, proposal.case, code, date(2014, 3, 12), " ")
    assert bare.value.code == "field"
    with pytest.raises(Refusal) as other:
        of.answer(at, proposal.case, "done", date(2014, 3, 12), "已完成")
    assert other.value.code == "reply"
    with pytest.raises(Refusal) as passed_on:
        departments.decline(at.boss(), of.question(proposal.case), reason="不归我们管")
    assert passed_on.value.code == "awaited"
    of.answer(at, proposal.case, code, date(2014, 3, 12), "今年预算已定。")
    assert proposal.case.state == state
    assert Decision.objects.get(case=proposal.case).reason.reveal() == "今年预算已定。"
    with pytest.raises(ProgrammingError, match="Cannot update"), transaction.atomic():
        proposal.case.tasks.update(code="adopt")


def test_the_database_takes_no_answer_without_its_reason(at):
    proposal = of.submitted(at)
    day = date(2014, 3, 12)
    rows = proposal.case.tasks.all()
    for wrong in ({"code": ""}, {"code": "no", "reply": None}):
        with breaks("task_awaited_is_answered_with_a_reason"):
            rows.update(replied_on=day, recorded_by=at.boss().post, **wrong)


def test_what_is_not_adopted_goes_to_the_next_congress_and_both_numbers_stay(at):
    first = of.congress(at)
    proposal = of.admitted(at)
    case = proposal.case
    move(at.chair(), case, "number", session=str(first.pk), number=1)
    move(at.chair(), case, "submit", to=str(at.management.pk))
    of.answer(at, case, "no", date(2014, 3, 20), "今年没有预算。")
    with pytest.raises(Refusal) as same:
        move(at.chair(date(2014, 3, 21)), case, "carry", session=str(first.pk), number=2)
    assert same.value.code == "field"  # only a later session is offered
    second = of.congress(at, date(2015, 1, 10), "第三届六次职代会")
    move(at.chair(date(2015, 1, 10)), case, "carry", session=str(second.pk), number=3)
    assert case.state == "numbered"
    assert list(proposal.motions.order_by("pk").values_list("session__name", "number")) == [
        ("第三届五次职代会", 1),
        ("第三届六次职代会", 3),
    ]
    move(at.chair(date(2015, 1, 12)), case, "submit", to="paper")
    assert of.question(case).to is None


def test_motions_of_a_session_have_their_own_numbers_and_their_own_union(at):
    session = of.congress(at)
    one, other = of.admitted(at), of.admitted(at, LAMP)
    move(at.chair(), one.case, "number", session=str(session.pk), number=1)
    with pytest.raises(Refusal) as twice:
        move(at.chair(), other.case, "number", session=str(session.pk), number=1)
    assert twice.value.code == "motion_number_once_a_session"
    beside = another_workplace(at.county.township, "隔壁厂工会")
    foreign = take_in(at.township(), beside, LAMP, [Person("葛云")], channel="phone")
    with breaks("motion_of_the_same_union"):
        Motion.objects.create(
            proposal=foreign, session=session, number=9, recorded_by=at.chair().post, recorded_on=RAISED
        )


def test_merged_authors_keep_their_credit_their_notices_and_their_say(at):
    kept, second = of.admitted(at), of.proposed(at, LAMP, Person("葛云", "挡车工"))
    slip, _code = give_slip(at.chair(), second.case)
    move(at.chair(), second.case, "merge", into=str(kept.pk))
    assert second.case.outcome == "merged"
    assert list(kept.authors.values_list("name", "came_with")) == [("张涛", None), ("葛云", second.pk)]
    move(at.chair(), kept.case, "submit", to=str(at.management.pk))
    word = say(slip, kind="question", text="我的建议怎样了？", day=RAISED)
    assert word.case == kept.case
    with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
        Author.objects.filter(came_with=second).delete()
    third = of.proposed(at, LAMP, Person("陆雪梅"))
    with breaks("merged_into_the_same_union"):
        Proposal.objects.filter(pk=third.pk).update(into=second)


def test_nobody_edits_the_words(at):
    proposal = of.submitted(at)
    for change in ({"place": "别处"}, {"risk": "none"}, {"unnamed": True}):
        with pytest.raises(ProgrammingError, match="Cannot update"), transaction.atomic():
            Proposal.objects.filter(pk=proposal.pk).update(**change)
    with pytest.raises(ProgrammingError, match="Cannot delete"), transaction.atomic():
        Proposal.objects.filter(pk=proposal.pk)._raw_delete("default")


def test_the_management_reads_the_words_and_the_name_only_where_it_may(at):
    named, unnamed = of.submitted(at), of.submitted(at, Words(**vars(LAMP) | {"unnamed": True}), Person("葛云"))
    assert "张涛" in str(dict(shared(named.case)).values())
    assert "葛云" not in str(dict(shared(unnamed.case)).values())
    assert LAMP.problem in dict(shared(unnamed.case)).values()


def test_late_answers_are_brought_before_those_above(at):
    proposal = of.submitted(at)
    assert escalate_overdue(date(2014, 4, 4)) == 0
    assert escalate_overdue(date(2014, 4, 8)) == 1
    assert Message.objects.get(case=proposal.case, move="overdue").to == Role.TOWNSHIP_OFFICER
    assert escalate_overdue(date(2014, 4, 30)) == 1
    assert proposal.case.escalations.filter(to=Role.COUNTY_APPROVER).exists()


def test_the_same_questions_on_every_channel(at):
    spoken, code = speak_publicly(at.county.workplace, FLOOR, AUTHOR, sender="10.0.0.1", day=RAISED)
    assert (spoken.case.channel, spoken.case.opened_by, spoken.case.state) == ("web", None, "raised")
    assert code
    for channel in ("phone", "paper", "counter"):
        assert take_in(at.chair(), at.county.workplace, LAMP, [AUTHOR], channel=channel).case.state == "raised"
    move(at.chair(), spoken.case, "admit", public_title="通道地面")
    with pytest.raises(Refusal) as nobody:
        take_in(at.chair(), at.county.workplace, LAMP, [], channel="paper")
    assert nobody.value.code == "authors"
    with pytest.raises(Refusal) as county_level:
        take_in(at.township(), at.county.township, LAMP, [AUTHOR], channel="paper")
    assert county_level.value.code == "kind"


def test_a_session_without_a_quorum_is_none(at):
    numbers = {"workers": 620, "delegates": 60, "present": 39}
    with pytest.raises(Refusal) as few:
        open_session(at.chair(), at.county.workplace, name="三届五次", held_on=RAISED, **numbers)
    assert few.value.code == "congress_has_a_quorum"
    open_session(at.chair(), at.county.workplace, name="三届五次", held_on=RAISED, **numbers | {"present": 40})
