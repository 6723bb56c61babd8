"""Members on the pages: found, admitted, transferred, ended; foreign ones do not exist."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from chunyu.accounts.roles import Role
from chunyu.registry import names
from chunyu.registry.membership.actions import NewWorker, admit
from chunyu.registry.membership.tables import Worker
from tests.organising.unions import TODAY, Kind, firm, members, union
from tests.registry.people import id_number
from tests.situations import county

pytestmark = pytest.mark.django_db


@pytest.fixture
def yurun(settings):
    settings.CHUNYU_TODAY = TODAY
    return county("雨润县")


@pytest.fixture
def organiser(yurun, client):
    client.force_login(yurun.post(Role.ORGANISER).user)
    return yurun.acting(Role.ORGANISER, TODAY)


def listed(client, **asked: str) -> list[str]:
    page = client.get(reverse("organising:members"), asked).context["page"]
    return [row.name for row in page.sheet.object_list]


def test_a_member_is_admitted_at_the_counter_and_found_again(client, yurun, organiser):
    sent = {"name": "曾小燕", "id_number": id_number(order=7), "union": yurun.workplace.pk, "on": "2026-03-01"}
    answer = client.post(reverse("organising:admit"), sent, follow=True)
    assert "曾小燕" in answer.content.decode()
    assert id_number(order=7) not in answer.content.decode()
    for asked in ("曾小燕", "小燕", "zengxiao", "zxy"):
        assert listed(client, q=asked) == ["曾小燕"], asked
    found = client.post(reverse("organising:members"), {"q": id_number(order=7)})
    assert [row.name for row in found.context["page"].sheet.object_list] == ["曾小燕"]
    again = client.post(reverse("organising:admit"), sent)
    assert again.status_code == 422
    assert "曾小燕" in again.content.decode()


def test_the_employer_is_written_and_must_be_on_file(client, yurun, organiser):
    works = firm(organiser, yurun, "第一机械厂", 30, yurun.workplace, credit_code="91110000600037341L")
    sent = {"name": "程梅", "union": yurun.workplace.pk, "on": "2026-03-01"}
    for order, written in ((7, "第一机械厂"), (9, "91110000600037341l")):
        client.post(reverse("organising:admit"), sent | {"id_number": id_number(order=order), "employer": written})
        assert Worker.objects.get(id_number_index=id_number(order=order)).enterprise == works
    strange = client.post(
        reverse("organising:admit"), sent | {"id_number": id_number(order=11), "employer": "没有的厂"}
    )
    assert strange.status_code == 422
    assert "没有这个名称" in strange.content.decode()


def test_members_of_now_are_counted_by_the_database(client, yurun, organiser):
    members(organiser, yurun.workplace, 3)
    page = client.get(reverse("organising:members"), {"status": "now"}).context["page"]
    assert page.known_count() == page.sheet.paginator.count == 3
    assert (
        client.get(reverse("organising:members"), {"status": "now", "q": "程梅"}).context["page"].known_count() is None
    )


def test_the_list_is_in_the_order_of_the_alphabet_and_narrows(client, yurun, organiser):
    other = union(yurun, "雨润县机械厂工会")
    members(organiser, yurun.workplace, 3)
    members(organiser, other, 2, first=10, new_form="courier", is_migrant=True)
    assert listed(client) == ["程梅", "程梅", "郭建国", "郭建国", "欧阳建国"]
    assert listed(client, under=other.path) == ["程梅", "郭建国"]
    assert listed(client, new_form="courier") == ["程梅", "郭建国"]
    assert listed(client, is_migrant="true") == ["程梅", "郭建国"]
    assert listed(client, q="建国") == ["郭建国", "郭建国"]
    assert listed(client, q="ouyang") == ["欧阳建国"]
    assert listed(client, on="2015-12-31") == []
    assert len(listed(client, on="2016-01-01")) == 5


def test_transfer_keeps_the_years_and_leaving_keeps_the_record(client, yurun, organiser):
    other = union(yurun, "雨润县机械厂工会")
    (spell,) = members(organiser, yurun.workplace, 1, on=date(2016, 3, 2))
    page = reverse("organising:member", args=[spell.worker_id])
    gone = client.post(
        reverse("organising:transfer", args=[spell.worker_id]), {"union": other.name, "on": "2020-01-01"}, follow=True
    )
    assert gone.redirect_chain[-1][0] == page
    assert (gone.context["years"], gone.context["months"]) == (10, 0)
    left = client.post(
        reverse("organising:leave", args=[spell.worker_id]), {"how": "retired", "on": "2026-03-02"}, follow=True
    )
    assert left.status_code == 200
    assert listed(client, status="former") == ["程梅"]
    assert listed(client, status="now") == []


def test_a_union_that_nobody_knows_is_asked_for_again(client, yurun, organiser):
    (spell,) = members(organiser, yurun.workplace, 1)
    answer = client.post(
        reverse("organising:transfer", args=[spell.worker_id]), {"union": "没有的工会", "on": "2020-01-01"}
    )
    assert answer.status_code == 422
    assert "没有的工会" in answer.content.decode()


def test_a_worker_goes_to_another_county(client, yurun, organiser):
    qinghe = county("青禾县")
    (spell,) = members(organiser, yurun.workplace, 1)
    address = reverse("organising:transfer", args=[spell.worker_id])
    client.post(address, {"union": qinghe.workplace.name, "on": "2026-03-01"})
    worker = Worker.objects.get()
    assert worker.organisation == qinghe.workplace
    assert client.get(reverse("organising:member", args=[worker.pk])).status_code == 404


def test_foreign_members_do_not_exist_and_only_organisers_write(client, yurun, organiser):
    qinghe = county("青禾县")
    (theirs,) = members(qinghe.acting(Role.ORGANISER, TODAY), qinghe.workplace, 1)
    assert listed(client) == []
    for name in ("member", "transfer", "leave"):
        assert client.get(reverse(f"organising:{name}", args=[theirs.worker_id])).status_code == 404
    client.force_login(yurun.post(Role.AUDITOR).user)
    assert client.get(reverse("organising:members")).status_code == 200
    assert client.get(reverse("organising:admit")).status_code == 403
    client.force_login(yurun.post(Role.FINANCE_OFFICER).user)
    assert client.get(reverse("organising:members")).status_code == 403


def test_however_many_members_the_queries_are_the_same(client, yurun, organiser, django_assert_num_queries):
    members(organiser, yurun.workplace, 2)
    with django_assert_num_queries(10) as few:
        client.get(reverse("organising:members"))
    members(organiser, yurun.workplace, 20, first=100)
    with django_assert_num_queries(len(few)):
        client.get(reverse("organising:members"))


@pytest.mark.parametrize("counted", [10_000, 2])
def test_one_character_finds_family_and_given_names_in_order(client, yurun, organiser, monkeypatch, counted):
    """The same people in the same order, whether there are few of them or more than are counted."""
    monkeypatch.setattr("chunyu.organising.members.queries.MOST_COUNTED", counted)
    names = ("单晓燕", "单于梅", "程单", "程单梅", "单静", "丹梅")
    for order, name in enumerate(names, 1):
        admit(organiser, yurun.workplace, NewWorker(name, id_number(order=order)), on=date(2016, 1, 1))
    assert listed(client, q="单") == ["单于梅", "程单", "程单梅", "单静", "单晓燕"]
    assert listed(client, q="丹") == ["丹梅"]


def test_every_spelling_of_a_name_begins_with_a_reading_of_its_first_character():
    for name in ("单雄", "单于梅", "单", "万俟静", "万梅", "沈燕", "贾静", "重庆", "王静", "曾", "曾梅", "令狐冲"):
        assert "".join(names.syllables(name)).startswith(tuple(names.readings(name[0]))), name


def test_where_there_are_too_many_unions_for_a_list_one_is_written_by_its_name(client, yurun, organiser, monkeypatch):
    monkeypatch.setattr("chunyu.organising.choices.MOST_OFFERED", 1)
    union(yurun, "雨润县机械厂工会")
    page = client.get(reverse("organising:admit")).content.decode()
    assert 'name="union"' in page
    assert "<option" not in page.split('name="union"')[1].split("<select")[0]
    sent = {"name": "曾小燕", "id_number": id_number(order=7), "union": " 雨润县机械厂工会 ", "on": "2026-03-01"}
    wrong = client.post(reverse("organising:admit"), sent | {"union": "机械厂"})
    assert wrong.status_code == 422
    assert "请写全称" in wrong.content.decode()
    client.post(reverse("organising:admit"), sent)
    assert Worker.objects.get().organisation.name == "雨润县机械厂工会"
    union(yurun, "雨润县机械厂工会", under=union(yurun, "柳河乡总工会", Kind.TOWNSHIP_UNION, under=yurun.federation))
    twice = client.post(reverse("organising:admit"), sent | {"id_number": id_number(order=9)})
    assert "柳河乡总工会" in twice.content.decode()
