"""Every page of this room: who may open it, what a foreign post gets, and how many queries it takes."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from chunyu.accounts.roles import Role
from chunyu.casework.actions import make_confidential, move
from chunyu.casework.slips.actions import give_slip
from chunyu.voice.honours import actions as honours
from chunyu.voice.proposals.actions import Person, Words
from tests.situations import county
from tests.voice import proposing as of
from tests.voice.proposing import FLOOR, RAISED

pytestmark = pytest.mark.django_db
WORKS = {Role.WORKPLACE_CHAIR, Role.TOWNSHIP_OFFICER}
READS = WORKS | {Role.COUNTY_APPROVER, Role.AUDITOR}
HONOURS = READS | {Role.FINANCE_OFFICER}
RULES = {
    "proposals": READS,
    "sessions": READS,
    "take-in": WORKS,
    "open-session": WORKS,
    "honours": HONOURS,
    "open-round": WORKS,
}


@pytest.fixture
def at(settings):
    settings.CHUNYU_TODAY = RAISED
    return of.workplace(county("雨润县"))


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.parametrize("name", RULES)
def test_each_page_opens_to_its_roles_and_to_no_other(at, name):
    for role, post in at.county.posts.items():
        wanted = 200 if role in RULES[name] else 403
        assert signed_in(post.user).get(reverse(f"voice:{name}")).status_code == wanted, role


def test_what_is_another_unions_does_not_exist(at):
    session = of.congress(at)
    proposal = of.admitted(at)
    held = honours.open_round(
        at.chair(), at.county.workplace, kind="people", title="善行大使", year=2014, rules="推荐", places=1, bonus_fen=0
    )
    juror = honours.name_juror(at.chair(), held, name="甲一")
    addresses = [
        ("get", reverse("voice:session", args=[session.pk])),
        ("post", reverse("voice:print-session", args=[session.pk])),
        ("get", proposal.case.get_absolute_url()),
        ("get", held.case.get_absolute_url()),
        ("get", reverse("voice:nominate", args=[held.pk])),
        ("get", reverse("voice:juror", args=[held.pk])),
        ("get", reverse("voice:scores", args=[held.pk, juror.pk])),
        ("get", reverse("voice:aside", args=[held.pk, juror.pk])),
        ("post", reverse("voice:certificate", args=[1])),
    ]
    foreign = signed_in(county("青禾县").post(Role.WORKPLACE_CHAIR).user)
    own = signed_in(at.chair().post.user)
    for method, address in addresses:
        assert getattr(foreign, method)(address).status_code == 404, address
        if "certificates" not in address:
            assert getattr(own, method)(address).status_code == 200, address
    for role in (Role.COUNTY_CASEWORKER, Role.FINANCE_OFFICER, Role.ORGANISER):
        assert signed_in(at.county.post(role).user).get(proposal.case.get_absolute_url()).status_code == 404, role
    for role in (Role.POLICY_OFFICER, Role.PROVINCE_ANALYST, Role.DEPARTMENT_OFFICER):
        assert signed_in(at.county.post(role).user).get(proposal.case.get_absolute_url()).status_code == 403, role


def test_a_management_sees_its_question_and_no_page_of_the_room(at):
    proposal = of.submitted(at)
    boss = signed_in(at.manager.user)
    assert boss.get(reverse("casework:task", args=[of.question(proposal.case).pk])).status_code == 200
    for name in RULES:
        assert boss.get(reverse(f"voice:{name}")).status_code == 403
    assert boss.get(proposal.case.get_absolute_url()).status_code == 403


def test_a_chair_lists_the_management_and_nobody_else(at):
    chair = signed_in(at.chair().post.user)
    address = reverse("casework:open-department")
    assert chair.post(address, {"name": "公安局", "duty": "police"}).status_code == 422
    approver = signed_in(at.county.post(Role.COUNTY_APPROVER).user)
    assert approver.post(address, {"name": "某公司行政", "duty": "management"}).status_code == 422


def test_a_confidential_proposal_is_on_no_list_and_not_on_the_board(at):
    proposal = of.admitted(at)
    approver = signed_in(at.county.post(Role.COUNTY_APPROVER).user)
    board = reverse("portal:county-board", args=[at.county.federation.pk])
    assert FLOOR.title in Client().get(board).content.decode()
    make_confidential(at.chair(), proposal.case, people=[], reason="涉及举报")
    assert FLOOR.title not in approver.get(reverse("voice:proposals")).content.decode()
    assert Client().get(board).status_code == 404


def test_the_board_shows_neither_words_nor_names(at):
    of.submitted(at)
    of.admitted(at, Words("宿舍", "welfare", "宿舍", "漏水", "修", unnamed=True), Person("葛云"))
    shown = Client().get(reverse("portal:county-board", args=[at.county.federation.pk])).content.decode()
    assert "张•" in shown
    for hidden in ("张涛", "葛•", FLOOR.problem, "13900000001"):
        assert hidden not in shown


def test_merged_authors_read_the_one_that_goes_on_with_their_own_slip(at):
    kept = of.submitted(at)
    second = of.proposed(at, Words("地面有坑", "safety", "通道", "坑", "补"), Person("葛云"))
    slip, code = give_slip(at.chair(), second.case)
    move(at.chair(), second.case, "merge", into=str(kept.pk))
    shown = Client().post(reverse("portal:matters"), {"number": second.case.number, "code": code}).content.decode()
    assert kept.case.number in shown
    assert slip.case == second.case


def counted(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


def test_however_many_there_are_the_pages_take_the_same_queries(at):
    session = of.congress(at)
    client, anybody = signed_in(at.chair().post.user), Client()
    held = honours.open_round(
        at.chair(), at.county.workplace, kind="people", title="善行大使", year=2014, rules="推荐", places=1, bonus_fen=0
    )
    first = of.admitted(at)
    addresses = [
        (client, reverse("voice:proposals")),
        (client, reverse("voice:sessions")),
        (client, reverse("voice:session", args=[session.pk])),
        (client, reverse("voice:honours")),
        (client, held.case.get_absolute_url()),
        (client, first.case.get_absolute_url()),
        (anybody, reverse("portal:county-board", args=[at.county.federation.pk])),
    ]

    def add(number: int) -> None:
        proposal = of.admitted(at, Words(f"建议{number}", "other", "厂区", "问题", "办法"), Person(f"职工{number}"))
        move(at.chair(), proposal.case, "number", session=str(session.pk), number=number)
        merged = of.proposed(at, Words(f"并{number}", "other", "厂区", "问题", "办法"), Person(f"同事{number}"))
        move(at.chair(), merged.case, "merge", into=str(first.pk))
        honours.nominate(at.chair(), held, name=f"职工{number}", citation="热心")
        juror = honours.name_juror(at.chair(), held, name=f"评委{number}")
        honours.enter_scores(at.chair(), juror, {held.nominees.first(): 90})

    add(1)
    add(2)  # so that some sheet is open before as after
    before = [counted(each, address) for each, address in addresses]
    for number in range(3, 8):
        add(number)
    after = [counted(each, address) for each, address in addresses]
    assert before == after


def test_the_report_to_the_congress_is_printed(at):
    session = of.congress(at)
    proposal = of.admitted(at)
    move(at.chair(), proposal.case, "number", session=str(session.pk), number=1)
    answer = signed_in(at.chair().post.user).post(reverse("voice:print-session", args=[session.pk]))
    assert answer["Content-Type"] == "application/pdf"


def test_three_proposals_a_day_come_from_one_address(at, settings):
    settings.CHUNYU_TODAY = date(2014, 3, 10)
    asked = {
        "county": at.county.federation.pk, "where": "纺织厂", "title": "灯", "theme": "other", "place": "楼梯",
        "problem": "坏了", "suggestion": "换", "risk": "none", "name": "葛云",
    }  # fmt: skip
    codes = [Client().post(reverse("portal:speak"), asked).status_code for _ in range(4)]
    assert codes == [200, 200, 200, 422]
    assert Client().post(reverse("portal:speak"), asked | {"where": "没有的厂"}).status_code == 422
