"""The applicant follows their matter with a slip: what it shows, what it never shows, and what they can say with it."""

from __future__ import annotations

import re

import pytest
from django.db import IntegrityError, ProgrammingError, transaction
from django.test import Client
from django.urls import reverse

from chunyu.accounts.refusal import Refusal
from chunyu.casework import actions, queries
from chunyu.casework.slips import actions as slips
from chunyu.casework.slips.queries import slip_of
from chunyu.casework.slips.tables import Slip, Word
from tests.casework.applications import APPROVER, CASEWORKER, CHAIR, OFFICER, Walk, application
from tests.situations import county

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
BACKEND = "django.contrib.auth.backends.ModelBackend"


def text(response) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def slip(walk: Walk, role=CASEWORKER) -> tuple[Slip, str]:
    return slips.give_slip(walk.acting(role), walk.case)


def shown(walk: Walk, code: str, settings, **more) -> str:
    settings.CHUNYU_TODAY = walk.day
    answer = Client().post(reverse("portal:matters"), {"number": walk.case.number, "code": code, **more})
    assert answer["Cache-Control"] == "no-store"
    return text(answer)


def test_the_applicant_reads_how_it_stands_and_why_it_was_refused(settings):
    walk = application(county(), "county_review")
    actions.add_note(walk.acting(CASEWORKER), walk.case, "邻居说他有一辆车")
    walk.move(APPROVER, "refuse", code="income_above_line", note="人均收入高于标准 35.20 元，可在十个工作日内申诉")
    _slip, code = slip(walk)
    page = shown(walk, code, settings)
    assert "人均收入高于标准" in page
    assert walk.case.state_label in page
    assert "邻居说" not in page, "what the staff wrote among themselves"
    assert walk.county.post(APPROVER).user.full_name not in page
    assert walk.case.household.worker.id_number.reveal() not in page


def test_the_remark_on_an_approval_stays_among_colleagues(settings):
    walk = application(county(), "county_review")
    walk.move(APPROVER, "approve", amount_fen=172_000, note="邻居反映，下月再访")
    _slip, code = slip(walk)
    page = shown(walk, code, settings)
    assert "1,720.00" in page
    assert "邻居反映" not in page


def test_what_is_missing_is_said_in_the_words_of_the_one_who_sent_it_back(settings):
    walk = application(county(), "submitted")
    walk.move(OFFICER, "return", note="缺户口簿首页")
    _slip, code = slip(walk)
    assert "缺户口簿首页" in shown(walk, code, settings)


def test_a_wrong_code_a_wrong_number_and_an_old_slip_look_alike(settings):
    walk = application(county(), "submitted")
    _old, old = slip(walk)
    _new, new = slip(walk)
    other = application(county("青禾县"), "submitted", name="陆远")
    unknown = {shown(walk, code, settings).count("没有与此编号和查询码相符的事项") for code in (old, "AAAA-BBBB-CCCC")}
    assert unknown == {1}
    assert "没有与此编号和查询码相符的事项" in shown(other, new, settings)
    assert walk.case.title in shown(walk, new.lower().replace("-", " "), settings)


def test_a_word_reaches_the_desk_and_its_answer_the_applicant(settings):
    walk = application(county(), "complete")
    _slip, code = slip(walk)
    page = shown(walk, code, settings, do="say", kind="addition", text="我换了电话号码")
    assert "我换了电话号码" in page
    told = queries.unread_messages(walk.acting(OFFICER)).filter(move="word").get()
    assert told.case == walk.case
    client = Client()
    client.force_login(walk.county.post(OFFICER).user, backend=BACKEND)
    assert "我换了电话号码" in text(client.get(walk.case.get_absolute_url()))
    word = Word.objects.get()
    address = reverse("casework:answer-word", args=[walk.case.number, word.pk])
    assert client.post(address, {"answer": ""}).status_code == 422
    assert client.post(address, {"answer": "已记下，周四上门"}).status_code == 303
    assert "已记下，周四上门" in shown(walk, code, settings)
    with pytest.raises(Refusal) as refused:
        slips.answer_word(walk.acting(OFFICER), word, answer="再答")
    assert refused.value.code == "answered"


def test_an_appeal_reaches_those_who_take_it_in_though_the_case_is_closed(settings):
    walk = application(county(), "county_review")
    walk.move(APPROVER, "refuse", code="excluded", note="名下有企业")
    _slip, code = slip(walk)
    shown(walk, code, settings, do="say", kind="appeal", text="企业早已注销")
    assert queries.unread_messages(walk.acting(CASEWORKER)).filter(move="word").exists()
    walk.move(CASEWORKER, "appeal", note="企业早已注销")
    assert walk.case.state == "appealed"


def test_a_few_words_a_day(settings):
    walk = application(county(), "complete")
    given, code = slip(walk)
    for n in range(slips.WORDS_A_DAY):
        slips.say(given, kind="question", text=f"问题{n}", day=walk.day)
    assert "您已多次留言" in shown(walk, code, settings, do="say", kind="question", text="又问")
    assert Word.objects.count() == slips.WORDS_A_DAY


def test_an_ended_slip_says_nothing_more():
    walk = application(county(), "complete")
    given, code = slip(walk)
    slips.end_slip(walk.acting(CHAIR), walk.case)
    assert slip_of(walk.case.number, code) is None
    with pytest.raises(Refusal, match="no longer in use"):
        slips.say(given, kind="question", text="在吗", day=walk.day)
    with pytest.raises(Refusal, match="has no slip"):
        slips.end_slip(walk.acting(CHAIR), walk.case)


def test_the_code_is_shown_once_and_kept_nowhere(settings):
    walk = application(county(), "complete")
    settings.CHUNYU_TODAY = walk.day
    client = Client()
    client.force_login(walk.county.post(OFFICER).user, backend=BACKEND)
    address = reverse("casework:give-slip", args=[walk.case.number])
    assert client.get(address).status_code == 200
    page = client.post(address)
    assert page["Cache-Control"] == "no-store"
    code = re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}", text(page)).group(0)
    assert slip_of(walk.case.number, code) is not None
    assert code.encode() not in bytes(Slip.objects.get().code_digest)
    assert code not in text(client.get(walk.case.get_absolute_url()))


def test_the_database_keeps_words_as_they_were_said():
    walk = application(county(), "complete")
    given, _code = slip(walk)
    word = slips.say(given, kind="question", text="何时有结果？", day=walk.day)
    with pytest.raises(ProgrammingError, match="Cannot"), transaction.atomic():
        Word.objects.filter(pk=word.pk).update(kind="appeal")
    with pytest.raises(ProgrammingError, match="Cannot"), transaction.atomic():
        Word.objects.all().delete()
    with pytest.raises(IntegrityError, match="slip_one_at_a_time"), transaction.atomic():
        Slip.objects.create(case=walk.case, code_digest=b"x" * 32, given_by=walk.acting(CHAIR).post, given_on=walk.day)
    with pytest.raises(IntegrityError, match="word_answered_by_somebody"), transaction.atomic():
        Word.objects.filter(pk=word.pk).update(answered_on=walk.day)
