"""Archives of loose leaves: added, verified by another, corrected and never lost; as of any day; terms that end."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.organising.archives import queries
from chunyu.organising.archives.actions import add_page, correct_page, verify_page
from chunyu.organising.archives.kinds import Leaf
from chunyu.organising.archives.tables import ArchivePage
from chunyu.organising.days import notice
from tests.organising.unions import TODAY, union
from tests.situations import acting, county

pytestmark = pytest.mark.django_db
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f6"
    "45400000000049454e44ae426082"
)


@pytest.fixture
def yurun(settings):
    settings.CHUNYU_TODAY = TODAY
    return county("雨润县")


@pytest.fixture
def organiser(yurun):
    return yurun.acting(Role.ORGANISER, TODAY)


def section(organisation, kind: str, day: date, known: date = TODAY) -> queries.Section:
    return next(each for each in queries.archive(organisation, day, known) if each.kind == kind)


def test_a_new_chair_takes_the_place_of_the_last_one(yurun, organiser):
    add_page(organiser, yurun.workplace, Leaf.CHAIR, valid_from=date(2015, 1, 1), person="郝建华")
    add_page(organiser, yurun.workplace, Leaf.CHAIR, valid_from=date(2020, 1, 1), person="祝红梅")
    for day, chair, earlier in ((date(2019, 12, 31), "郝建华", 0), (date(2020, 1, 1), "祝红梅", 1)):
        found = section(yurun.workplace, "chair", day)
        assert ([page.person for page in found.now], len(found.before)) == ([chair], earlier)


def test_a_wrong_leaf_stays_as_what_was_on_file(yurun):
    before = yurun.acting(Role.ORGANISER, date(2026, 2, 1))
    wrong = add_page(before, yurun.workplace, Leaf.CHAIR, valid_from=date(2015, 1, 1), person="郝健华")
    correct_page(
        yurun.acting(Role.ORGANISER, date(2026, 2, 20)), wrong, reason="错别字", valid_from=date(2015, 1, 1),
        person="郝建华",
    )  # fmt: skip
    now = section(yurun.workplace, "chair", date(2015, 6, 1))
    assert [page.person for page in now.now] == ["郝建华"]
    then = section(yurun.workplace, "chair", date(2015, 6, 1), known=date(2026, 2, 10))
    assert [page.person for page in then.now] == ["郝健华"]
    with pytest.raises(Refusal) as refused:
        correct_page(before, wrong, reason="再改", valid_from=date(2015, 1, 1), person="郝建化")
    assert refused.value.code == "superseded"


def test_another_person_verifies_and_once(yurun, organiser):
    page = add_page(organiser, yurun.workplace, Leaf.SEAL, valid_from=TODAY, text="圆形，42毫米")
    with pytest.raises(Refusal) as refused:
        verify_page(organiser, page)
    assert refused.value.code == "archive_page_verified_by_another"
    verify_page(yurun.acting(Role.TOWNSHIP_OFFICER, TODAY), page)
    with pytest.raises(Refusal) as refused:
        verify_page(acting(Role.ORGANISER, yurun.federation), page)
    assert refused.value.code == "archive_page_verified_once"


@pytest.mark.parametrize(
    ("kind", "says"),
    [(Leaf.CHAIR, {}), (Leaf.TERM, {"text": "五年"}), (Leaf.LETTER, {"text": "同意"}), (Leaf.ACCOUNT, {})],
)
def test_a_leaf_that_says_nothing_is_refused(yurun, organiser, kind, says):
    with pytest.raises(Refusal) as refused:
        add_page(organiser, yurun.workplace, kind, valid_from=TODAY, **says)
    assert refused.value.code == "archive_page_says_something"


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("UPDATE organising_archivepage SET person = '别人'", "Cannot update"),
        ("DELETE FROM organising_archivepage", "delete"),
        ("UPDATE organising_archivepage SET verified_on = '2026-01-01'", "archive_page_verified_with_a_day"),
        (
            "UPDATE organising_archivepage SET verified_by_id = recorded_by_id, verified_on = recorded_on",
            "verified by who wrote it",
        ),
        ("INSERT INTO organising_archivepage SELECT * FROM organising_archivepage", "duplicate key"),
    ],
)
def test_nobody_gets_past_the_database(yurun, organiser, statement, rule):
    add_page(organiser, yurun.workplace, Leaf.CHAIR, valid_from=TODAY, person="郝建华")
    with pytest.raises(Exception, match=rule), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    page = ArchivePage.objects.get()
    for wrong, name in (
        ({"until": date(2000, 1, 1)}, "archive_page_ends_after_it_starts"),
        ({"reason": "没有代替谁"}, "archive_page_corrects_with_a_reason"),
    ):
        row = ArchivePage(
            organisation=yurun.workplace, kind="chair", person="某", valid_from=TODAY, recorded_by=page.recorded_by,
            recorded_on=TODAY, **wrong,
        )  # fmt: skip
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            row.save(force_insert=True)


def test_reminders_come_at_90_30_and_0_days_and_when_the_term_is_over(yurun):
    days = {91: None, 90: 90, 31: 90, 30: 30, 1: 30, 0: 0, -1: -1}
    for left, due in days.items():
        assert notice(date.fromordinal(TODAY.toordinal() + left), TODAY) == due


def test_elections_are_listed_by_urgency_for_who_is_responsible(client, yurun, organiser):
    add_page(organiser, yurun.workplace, Leaf.TERM, valid_from=date(2021, 4, 1), until=date(2026, 4, 1))
    add_page(organiser, yurun.township, Leaf.TERM, valid_from=date(2021, 1, 1), until=date(2026, 1, 1))
    add_page(organiser, yurun.federation, Leaf.TERM, valid_from=date(2024, 1, 1), until=date(2029, 1, 1))
    names = [each.name for each in queries.elections(organiser)]
    assert names == [yurun.township.name, yurun.workplace.name]
    chair = yurun.acting(Role.WORKPLACE_CHAIR, TODAY)
    assert [each.name for each in queries.elections(chair)] == [yurun.workplace.name]
    add_page(organiser, yurun.township, Leaf.TERM, valid_from=date(2026, 2, 1), until=date(2031, 2, 1))
    assert [each.name for each in queries.elections(organiser)] == [yurun.workplace.name]
    client.force_login(yurun.post(Role.ORGANISER).user)
    page = client.get(reverse("organising:archives"), {"term": "soon"}).context["page"]
    assert [row.name for row in page.sheet.object_list] == [yurun.workplace.name]


def test_completeness_says_what_is_missing(client, yurun, organiser):
    for kind, says in (
        (Leaf.FOUNDING, {"text": "2000年成立"}),
        (Leaf.CHAIR, {"person": "邵丽娟"}),
        (Leaf.TERM, {"until": date(2030, 1, 1)}),
    ):
        add_page(organiser, yurun.township, kind, valid_from=date(2020, 1, 1), **says)
    found = queries.missing([yurun.township, yurun.workplace], TODAY)
    assert found == {yurun.township.pk: (), yurun.workplace.pk: ("founding", "letter", "chair", "committee", "term")}
    client.force_login(yurun.post(Role.AUDITOR).user)
    lacking = client.get(reverse("organising:archives"), {"lacks": "chair"}).context["page"]
    assert yurun.township.name not in [row.name for row in lacking.sheet.object_list]
    assert yurun.workplace.name in [row.name for row in lacking.sheet.object_list]


def test_the_archive_on_its_pages(client, yurun, organiser, django_assert_num_queries):
    client.force_login(yurun.post(Role.ORGANISER).user)
    home = reverse("organising:archive", args=[yurun.workplace.pk])
    add = reverse("organising:add-leaf", args=[yurun.workplace.pk, "letter"])
    assert client.post(add, {"valid_from": "2020-01-01", "number": "", "text": ""}).status_code == 422
    sent = {"valid_from": "2020-01-01", "number": "雨工发〔2020〕3号", "text": "同意成立"}
    client.post(add, sent | {"scan": SimpleUploadedFile("批复.png", PNG)})
    page = client.get(home)
    assert "雨工发〔2020〕3号" in page.content.decode()
    scan = ArchivePage.objects.get().documents.get()
    given = client.post(reverse("organising:scan", args=[scan.pk]))
    assert (given.content, given.headers["Content-Disposition"][:10]) == (PNG, "attachment")
    client.force_login(yurun.post(Role.COUNTY_APPROVER).user)
    leaf = ArchivePage.objects.get()
    client.post(reverse("organising:verify-leaf", args=[leaf.pk]))
    leaf.refresh_from_db()
    assert leaf.verified_by is not None
    foreign = county("青禾县")
    client.force_login(foreign.post(Role.ORGANISER).user)
    for address in (home, add, reverse("organising:correct-leaf", args=[leaf.pk])):
        assert client.get(address).status_code == 404
    assert client.post(reverse("organising:scan", args=[scan.pk])).status_code == 404


def test_however_many_unions_the_list_takes_the_same_queries(client, yurun, organiser, django_assert_num_queries):
    client.force_login(yurun.post(Role.ORGANISER).user)
    with django_assert_num_queries(10) as few:
        client.get(reverse("organising:archives"))
    for number in range(12):
        union(yurun, f"第{number}工会")
    with django_assert_num_queries(len(few)):
        client.get(reverse("organising:archives"))
