"""A partner department as its own officer meets it, and what no other department ever sees."""

from __future__ import annotations

import re

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.audit.models import Entry
from chunyu.casework import actions
from chunyu.casework.departments import actions as departments
from chunyu.casework.departments import queries
from chunyu.casework.departments.tables import Department, Seat, SharedDocument
from chunyu.casework.models import DepartmentTask
from tests.casework.applications import APPROVER, CASEWORKER, PDF, Walk, application
from tests.situations import County, county, post

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
BACKEND = "django.contrib.auth.backends.ModelBackend"
KEEPER = Role.SYSTEM_KEEPER


def listed(yurun: County, name: str, duty: str, person: str) -> tuple[Department, Seat]:
    """A department of the county with one person in it."""
    keeper = yurun.acting(KEEPER)
    department = departments.open_department(keeper, name=name, duty=duty)
    seat = departments.seat_person(
        keeper, department, username=person, full_name=f"{name}·{person}", password="three unrelated words"
    )
    return department, seat


def acting(seat: Seat, walk: Walk):

    return Acting(seat.post, walk.day)


def signed_in(seat: Seat, walk: Walk, settings) -> Client:
    settings.CHUNYU_TODAY = walk.day
    client = Client()
    client.force_login(seat.post.user, backend=BACKEND)
    return client


def text(response) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


@pytest.fixture
def asked():
    """A case about which the police and the housing office are asked; each knows of its own question."""
    walk = application(county(), "complete")
    police, officer = listed(walk.county, "雨润县公安局", "police", "gongan")
    housing, builder = listed(walk.county, "雨润县住房和城乡建设局", "housing", "zhujian")
    worker = walk.acting(CASEWORKER)
    paper = walk.case.documents.first()
    first = actions.ask_department(worker, walk.case, to=police, asked="请核实户口", documents=[paper])
    second = actions.ask_department(worker, walk.case, to=housing, asked="请核实住房面积")
    return walk, (officer, first), (builder, second)


def test_an_officer_answers_on_a_page_that_shows_the_question_and_nothing_else(asked, settings):
    walk, (officer, task), (_builder, other) = asked
    actions.add_note(walk.acting(CASEWORKER), walk.case, "家里有人患尿毒症")
    client = signed_in(officer, walk, settings)
    home = client.get("/", follow=True)
    assert home.redirect_chain[-1][0] == reverse("casework:tasks")
    page = text(client.get(reverse("casework:task", args=[task.pk])))
    assert "请核实户口" in page
    assert "请核实住房面积" not in page
    assert "尿毒症" not in page
    assert "雨润县住房和城乡建设局" in page, "that another department is asked is no secret; what it is asked is one"
    assert client.get(reverse("casework:task", args=[other.pk])).status_code == 404

    answer = client.post(reverse("casework:task-answer", args=[task.pk]), {"reply": "户口属实"})
    assert answer.status_code == 303
    task.refresh_from_db()
    assert task.replied_on == walk.day
    assert task.recorded_by == officer.post
    assert task.reply.reveal() == "户口属实"
    again = client.post(reverse("casework:task-answer", args=[task.pk]), {"reply": "另一个答复"})
    assert again.status_code == 422, "an answer stands"


def test_every_other_page_of_cases_money_and_families_is_closed_to_an_officer(asked, settings):
    walk, (officer, _task), _other = asked
    client = signed_in(officer, walk, settings)
    for name in ("casework:cases", "casework:inbox", "hardship:households", "ledger:funds", "desk:leader"):
        assert client.get(reverse(name)).status_code == 403, name
    assert client.get(walk.case.get_absolute_url()).status_code == 403


def test_only_the_papers_shown_with_the_question_open(asked, settings):
    walk, (officer, task), (builder, second) = asked
    shown = task.shared.get().document
    hidden = next(each for each in walk.case.documents.all() if each.pk != shown.pk)
    client = signed_in(officer, walk, settings)
    opened = client.post(reverse("casework:task-paper", args=[task.pk, shown.pk]))
    assert opened.status_code == 200
    assert opened.content.startswith(PDF[:8])
    assert Entry.objects.filter(event="casework.open_shown_document", post=officer.post).count() == 1
    assert client.post(reverse("casework:task-paper", args=[task.pk, hidden.pk])).status_code == 404
    other = signed_in(builder, walk, settings)
    assert other.post(reverse("casework:task-paper", args=[second.pk, shown.pk])).status_code == 404
    with pytest.raises(DepartmentTask.DoesNotExist):
        departments.open_shown(acting(builder, walk), task, shown)


def test_notes_go_between_the_caseworkers_and_one_department(asked, settings):
    walk, (officer, task), (builder, second) = asked
    departments.write_to(walk.acting(CASEWORKER), task, "请在周五前答复")
    departments.write_to(acting(officer, walk), task, "档案在旧所，要两天")
    own = text(signed_in(officer, walk, settings).get(reverse("casework:task", args=[task.pk])))
    assert "请在周五前答复" in own
    assert "档案在旧所" in own
    others = text(signed_in(builder, walk, settings).get(reverse("casework:task", args=[second.pk])))
    assert "档案在旧所" not in others
    with pytest.raises(DepartmentTask.DoesNotExist):
        departments.write_to(acting(builder, walk), task, "偷看")
    client = Client()
    client.force_login(walk.county.post(CASEWORKER).user, backend=BACKEND)
    assert "档案在旧所" in text(client.get(walk.case.get_absolute_url()))


def test_a_declined_question_counts_as_nothing_checked():
    walk = application(county(), "visited")
    _centre, seat = listed(walk.county, "雨润县民政局核对中心", "civil_affairs", "minzheng")
    walk.move(CASEWORKER, "cross_check")
    task = walk.case.tasks.get()
    assert task.to is not None, "the listed checking centre is asked by itself"
    assert [each.document.kind for each in task.shared.all()] == ["means_check_consent"]
    with pytest.raises(Refusal, match="not your matter"):
        departments.decline(acting(seat, walk), task, reason=" ")
    departments.decline(acting(seat, walk), task, reason="户籍不在本县，请问松涛区")
    assert {item.result for item in task.items.all()} == {"unknown"}
    with pytest.raises(Refusal):
        walk.move(CASEWORKER, "checked")


def test_the_centre_answers_each_item_and_the_case_goes_on(settings):
    walk = application(county(), "visited")
    _centre, seat = listed(walk.county, "雨润县民政局核对中心", "civil_affairs", "minzheng")
    walk.move(CASEWORKER, "cross_check")
    task = walk.case.tasks.get()
    client = signed_in(seat, walk, settings)
    page = text(client.get(reverse("casework:task", args=[task.pk])))
    assert "程梅" in page, "whom it is asked about"
    assert walk.case.household.worker.id_number.reveal() not in page
    one_missing = {f"item_{each.item}": "clear" for each in task.items.all()[1:]}
    assert client.post(reverse("casework:task-answer", args=[task.pk]), one_missing).status_code == 422
    all_clear = {f"item_{each.item}": "clear" for each in task.items.all()}
    assert client.post(reverse("casework:task-answer", args=[task.pk]), all_clear).status_code == 303
    walk.move(CASEWORKER, "checked")
    assert walk.case.state == "cross_checked"


def test_a_seat_that_ends_closes_the_door(asked, settings):
    walk, (officer, task), _other = asked
    keeper = walk.county.acting(KEEPER, walk.day)
    with pytest.raises(Refusal, match="unanswered"):
        departments.end_department(keeper, officer.department)
    walk.wait(1)
    departments.unseat(walk.county.acting(KEEPER, walk.day), officer)
    client = signed_in(officer, walk, settings)
    assert client.get(reverse("casework:task", args=[task.pk])).status_code in {302, 403}
    fresh = departments.seat_person(
        walk.county.acting(KEEPER, walk.day),
        officer.department,
        username="gongan2",
        full_name="新来的",
        password="three unrelated words",
    )
    assert queries.tasks_for(acting(fresh, walk)).get() == task


def test_departments_are_those_of_the_case_or_above_it():
    walk = application(county("雨润县"), "complete")
    sister = county("青禾县")
    foreign, _seat = listed(sister, "青禾县公安局", "police", "qinghe")
    with pytest.raises(Refusal, match="does not work with"):
        actions.ask_department(walk.acting(CASEWORKER), walk.case, to=foreign, asked="请核实")
    with pytest.raises(Refusal, match="an approver, the system keeper, or the chair"):
        departments.open_department(walk.acting(CASEWORKER), name="雨润县信访局", duty="petitions")
    with pytest.raises(Refusal, match="already listed"):
        departments.open_department(sister.acting(APPROVER), name="青禾县公安局", duty="police")


def test_the_database_keeps_seats_and_shown_papers_in_place(asked):
    walk, (officer, task), _other = asked
    clerk = post(CASEWORKER, walk.county.federation)
    with pytest.raises(IntegrityError, match="department_seat_fits_its_post"), transaction.atomic():
        Seat.objects.create(department=officer.department, post=clerk)
    elsewhere = county("青禾县")
    stray = post(Role.DEPARTMENT_OFFICER, elsewhere.federation)
    with pytest.raises(IntegrityError, match="department_seat_fits_its_post"), transaction.atomic():
        Seat.objects.create(department=officer.department, post=stray)
    another = application(elsewhere, "submitted", name="陆远")
    with pytest.raises(IntegrityError, match="shown_document_of_the_same_case"), transaction.atomic():
        SharedDocument.objects.create(task=task, document=another.case.documents.first())
    with pytest.raises(IntegrityError, match="task_declined_with_a_reason"), transaction.atomic():
        DepartmentTask.objects.filter(pk=task.pk).update(declined=True)


def test_the_list_of_questions_takes_the_same_queries_however_many_there_are(
    asked, settings, django_assert_max_num_queries
):
    walk, (officer, task), _other = asked
    client = signed_in(officer, walk, settings)
    for n in range(12):
        actions.ask_department(walk.acting(CASEWORKER), walk.case, to=task.to, asked=f"问题{n}")
    with django_assert_max_num_queries(14):
        page = text(client.get(reverse("casework:tasks")))
    assert page.count(walk.case.number) >= 13
    assert text(client.get(reverse("casework:tasks") + "?state=answered")).count(walk.case.number) == 0
