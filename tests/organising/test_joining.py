"""Asking to join: on a phone, at the counter, on paper; answered once; and nothing is told about anybody else."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.db import Error, transaction
from django.urls import reverse

from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.organising.joining import actions
from chunyu.organising.joining.queries import application_of
from chunyu.registry.membership.actions import NewWorker, admit
from chunyu.registry.membership.tables import JoinRequest, Membership, Worker
from tests.organising.unions import TODAY, Kind, firm, members, union
from tests.registry.people import id_number
from tests.situations import county

pytestmark = pytest.mark.django_db
JOIN, FOLLOW = "/p/join/", "/p/join/answer/"


@pytest.fixture
def yurun(settings):
    settings.CHUNYU_TODAY = TODAY
    return county("雨润县")


@pytest.fixture
def organiser(yurun):
    return yurun.acting(Role.ORGANISER, TODAY)


def typed(yurun, order=2, where="", **more) -> dict:
    return {
        "county": yurun.federation.pk, "where": where, "name": "程梅", "id_number": id_number(order=order),
        "phone": "13900000000", "new_form": "courier", **more,
    }  # fmt: skip


def told(answer) -> str:
    """What a page says, without its marks and what differs by chance."""
    words = re.sub(r"<[^>]+>|\s+", " ", re.sub(r"csrf\S+ value=\S+", "", answer.content.decode()))
    return re.sub(r"[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4}|\w+-2026-\d{6}|nonce\S+", "", words)


def test_a_courier_applies_on_a_phone_and_follows_the_answer(client, yurun, organiser):
    joint = union(yurun, "城关镇快递业联合工会", Kind.JOINT_UNION)
    firm(organiser, yurun, "飞快速递有限公司", 40, joint)
    asked = client.post(JOIN, typed(yurun, where="速递"))
    assert "城关镇快递业联合工会" in asked.content.decode()  # found by the firm; the worker says yes
    assert not JoinRequest.objects.exists()
    done = client.post(JOIN, typed(yurun, where="速递", union=joint.pk))
    number, code = done.context["given"].number, done.context["code"]
    request = JoinRequest.objects.get()
    assert (request.organisation, request.channel, request.new_form) == (joint, "phone_page", "courier")
    assert code.encode() not in bytes(request.code_digest)
    both = {"number": number, "code": code.lower().replace("-", " ")}
    assert "等待" in client.post(FOLLOW, both).content.decode()
    assert client.post(FOLLOW, both | {"code": "AAAA-BBBB-CCCC"}).status_code == 422

    client.force_login(yurun.post(Role.ORGANISER).user)
    page = client.post(
        reverse("organising:admit-applicant", args=[request.pk]), {"union": joint.pk, "on": "2026-03-02"}
    )
    assert page.status_code == 303
    worker = Worker.objects.get()
    assert (worker.organisation, worker.is_member, worker.new_form) == (joint, True, "courier")
    client.logout()
    assert joint.name in client.post(FOLLOW, both).content.decode()


def test_an_exact_name_goes_there_and_no_name_goes_to_the_county(client, yurun):
    client.post(JOIN, typed(yurun, where=yurun.workplace.name))
    client.post(JOIN, typed(yurun, order=4))
    found = list(JoinRequest.objects.order_by("number").values_list("organisation", flat=True))
    assert found == [yurun.workplace.pk, yurun.federation.pk]


def test_nobody_learns_who_has_asked_or_is_a_member(client, yurun, organiser):
    members(organiser, yurun.workplace, 1, first=8)
    answers = [client.post(JOIN, typed(yurun, order=order)) for order in (2, 2, 8)]
    assert len({told(each) for each in answers}) == 1, "a new, a repeated and a member's application look alike"
    both = [{"number": each.context["given"].number, "code": each.context["code"]} for each in answers]
    assert len({told(client.post(FOLLOW, each)) for each in both}) == 1
    assert list(JoinRequest.objects.order_by("number").values_list("answer", flat=True)) == ["", "repeated", ""]
    gone = [told(client.post(FOLLOW, each | {"do": "withdraw"})) for each in both[:2]]
    assert len(set(gone)) == 1
    assert "撤回" in gone[0]


def test_one_sender_applies_three_times_a_day(client, yurun):
    codes = [client.post(JOIN, typed(yurun, order=2 * order)).status_code for order in range(1, 5)]
    assert codes == [200, 200, 200, 422]
    assert b"127.0.0.1" not in bytes(JoinRequest.objects.first().sender)
    wrong = client.post(JOIN, typed(yurun) | {"id_number": "139999198001010012"})
    assert wrong.status_code == 422
    assert JoinRequest.objects.count() == 3


def test_paper_and_counter_come_the_same_way_and_a_second_is_told(client, yurun, organiser):
    client.force_login(yurun.post(Role.WORKPLACE_CHAIR).user)
    entered = {
        "name": "程梅", "id_number": id_number(order=2), "union": yurun.workplace.pk, "channel": "paper",
        "on": "2026-03-01", "new_form": "", "phone": "",
    }  # fmt: skip
    page = client.post(reverse("organising:new-application"), entered)
    assert page.context["code"] in page.content.decode()
    assert application_of(page.context["asked"].number, page.context["code"]).channel == "paper"
    again = client.post(reverse("organising:new-application"), entered)
    assert again.status_code == 422
    assert JoinRequest.objects.count() == 1


def test_many_are_admitted_and_who_cannot_be_stays(client, yurun, organiser):
    qinghe = county("青禾县")
    members(qinghe.acting(Role.ORGANISER, TODAY), qinghe.workplace, 1, first=6)
    rows = [
        actions.take_in_application(
            organiser, yurun.workplace, NewWorker("程梅", id_number(order=order)), channel="paper", on=TODAY
        )[0]
        for order in (2, 4, 6)
    ]
    client.force_login(yurun.post(Role.ORGANISER).user)
    sent = {"union": yurun.workplace.pk, "on": "2026-03-02", "chosen": [str(each.pk) for each in rows]}
    assert client.post(reverse("organising:admit-many"), sent).status_code == 303
    assert [JoinRequest.objects.get(pk=each.pk).answer for each in rows] == ["admitted", "admitted", ""]
    page = client.get(reverse("organising:application", args=[rows[2].pk])).content.decode()
    assert "青禾县" in page
    assert qinghe.workplace.name not in page
    # With the letter in hand it is a transfer, and the years count on.
    there = reverse("organising:admit-applicant", args=[rows[2].pk])
    client.post(there, {"union": yurun.workplace.pk, "on": "2026-03-02", "transfer": "on"})
    assert Membership.objects.get(valid_to__isnull=True, worker__organisation=yurun.workplace, begun="transferred")


def test_an_answer_stands_and_a_refusal_gives_its_reason(client, yurun, organiser):
    asked, code = actions.ask_on_the_web(
        yurun.workplace, NewWorker("程梅", id_number(order=2)), sender="198.51.100.1", day=TODAY
    )
    with pytest.raises(Refusal) as refused:
        actions.refuse_applicant(organiser, asked, reason=" ")
    assert refused.value.code == "no_reason"
    actions.refuse_applicant(organiser, asked, reason="请先到所在企业工会")
    assert "请先到所在企业工会" in client.post(FOLLOW, {"number": asked.number, "code": code}).content.decode()
    for attempt in (
        lambda: actions.admit_applicant(organiser, asked, yurun.workplace, on=TODAY),
        lambda: actions.withdraw_on_the_web(asked, TODAY),
    ):
        with pytest.raises(Refusal) as refused:
            attempt()
        assert refused.value.code == "join_request_answered_once"
    mine = JoinRequest.objects.filter(pk=asked.pk)
    for change in (
        {"answer": "", "answered_on": None},
        {"answer": "withdrawn"},
        {"name": "陈美"},
        {"asked_on": TODAY.replace(day=1)},
    ):
        with pytest.raises(Error, match=r"has its answer|Cannot update"), transaction.atomic():
            mine.update(**change)
    with pytest.raises(Error, match="Cannot delete"), transaction.atomic():
        mine.delete()


def test_foreign_applications_do_not_exist(client, yurun, organiser):
    asked, _ = actions.ask_on_the_web(
        yurun.workplace, NewWorker("程梅", id_number(order=2)), sender="198.51.100.1", day=TODAY
    )
    client.force_login(county("青禾县").post(Role.ORGANISER).user)
    for name in ("application", "admit-applicant", "refuse-applicant"):
        assert client.get(reverse(f"organising:{name}", args=[asked.pk])).status_code == 404
    client.force_login(yurun.post(Role.PROVINCE_ANALYST).user)
    assert client.get(reverse("organising:applications")).status_code == 403


def test_no_query_grows_with_the_applications(client, yurun, organiser, django_assert_max_num_queries):
    client.force_login(yurun.post(Role.ORGANISER).user)
    for address in ("applications", "admit-many"):
        counts = []
        for order in range(10, 14):
            asked = NewWorker("程梅", id_number(birth=date(1981, 1, 1 + len(address)), order=order))
            actions.take_in_application(organiser, yurun.workplace, asked, channel="paper", on=TODAY)
            with django_assert_max_num_queries(25) as seen:
                assert client.get(reverse(f"organising:{address}")).status_code == 200
            counts.append(len(seen))
        assert len(set(counts)) == 1


def test_a_transfer_that_breaks_the_years_is_refused_by_the_database(yurun, organiser):
    spell = admit(organiser, yurun.workplace, NewWorker("程梅", id_number(order=2)), on=date(2015, 5, 1))
    Membership.objects.filter(pk=spell.pk).update(valid_to=date(2020, 1, 1), ended="transferred")
    other = union(yurun, "雨润县机械厂工会")
    for day, begun in ((date(2020, 1, 2), "transferred"), (date(2020, 1, 1), "moved")):
        with pytest.raises(Error, match="goes over on"), transaction.atomic():
            Membership.objects.create(organisation=other, worker=spell.worker, valid_from=day, begun=begun)
    Membership.objects.create(organisation=other, worker=spell.worker, valid_from=date(2020, 1, 1), begun="transferred")


@pytest.mark.django_db(transaction=True)
def test_on_an_old_phone_and_on_the_staffs_screen(visit, screenshot, axe, yurun, organiser):
    union(yurun, "雨润县机械厂工会")
    page = visit(None, JOIN, width=360)
    axe(page)
    screenshot(page, "join", widths=(360, 1024))
    page.locator("#id_county").select_option(label=yurun.federation.name)
    page.get_by_label("您的工会或单位").fill("雨润县")
    page.get_by_label("姓名").fill("程梅")
    page.get_by_label("身份证号").fill(id_number(order=2))
    page.get_by_label("电话").fill("13900000000")
    page.get_by_role("button", name="申请入会").click()
    page.get_by_label("雨润县机械厂工会").check()
    axe(page)
    screenshot(page, "join-which", widths=(360,))
    page.get_by_role("button", name="申请入会").click()
    page.wait_for_selector("text=已收到")
    screenshot(page, "join-done", widths=(360,), languages=("zh-hans",))
    asked = JoinRequest.objects.filter(answer="").get()
    page = visit(yurun.post(Role.ORGANISER).user, reverse("organising:applications"))
    axe(page)
    screenshot(page, "applications")
    page = visit(yurun.post(Role.ORGANISER).user, reverse("organising:application", args=[asked.pk]))
    axe(page)
    screenshot(page, "application", widths=(360, 1024))
    page = visit(yurun.post(Role.ORGANISER).user, reverse("organising:admit-many"))
    axe(page)
    screenshot(page, "admit-many", widths=(360, 1024))
