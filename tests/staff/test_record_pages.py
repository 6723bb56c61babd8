"""Who saw a family is answered on one page; who may read that, and who may not."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from chunyu.accounts.models import Post
from chunyu.accounts.roles import Role
from chunyu.audit.models import Entry
from chunyu.registry.actions import open_household
from tests.registry.people import person
from tests.situations import DAY, county

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


def signed_in(who: Post, settings) -> Client:
    settings.CHUNYU_TODAY = DAY
    client = Client(headers={"accept-language": "en"})
    client.force_login(who.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def yurun():
    return county("雨润县")


@pytest.fixture
def family(yurun):
    return open_household(yurun.acting(Role.COUNTY_CASEWORKER), organisation=yurun.workplace, worker=person(), on=DAY)


def looks(household) -> list[tuple[str, str, str]]:
    found = Entry.objects.filter(seen__contains=[household.pk]).order_by("pk")
    return [(entry.event, entry.subject, entry.post.role) for entry in found]


def test_every_look_at_a_family_and_every_file_with_it_stands_in_the_record(yurun, family, settings):
    caseworker = signed_in(yurun.post(Role.COUNTY_CASEWORKER), settings)
    assert caseworker.get(reverse("hardship:households")).status_code == 200
    assert caseworker.get(reverse("hardship:household", args=[family.pk])).status_code == 200
    for kind in ("csv", "xlsx"):
        answer = caseworker.post(reverse("hardship:households"), {"export": kind})
        assert b"".join(answer)
    role = Role.COUNTY_CASEWORKER
    assert looks(family) == [
        ("people.shown", "hardship:households", role),
        ("people.shown", "hardship:household", role),
        ("people.taken_away", "hardship:households", role),
        ("people.taken_away", "hardship:households", role),
    ]


def test_who_was_not_shown_the_family_is_not_in_its_record(yurun, family, settings):
    elsewhere = signed_in(county("青禾县").post(Role.COUNTY_CASEWORKER), settings)
    assert elsewhere.get(reverse("hardship:household", args=[family.pk])).status_code == 404
    assert elsewhere.get(reverse("hardship:households")).status_code == 200
    assert looks(family) == []


def test_a_county_auditor_asks_who_saw_a_family_and_is_answered(yurun, family, settings):
    signed_in(yurun.post(Role.COUNTY_CASEWORKER), settings).get(reverse("hardship:household", args=[family.pk]))
    auditor = signed_in(yurun.post(Role.AUDITOR), settings)
    page = auditor.get(reverse("staff:record"), {"q": family.file_number}).content.decode()
    assert "looked at people" in page
    assert yurun.post(Role.COUNTY_CASEWORKER).user.full_name in page
    assert "registry.open" in page  # who opened the file stands there too
    other = signed_in(county("青禾县").post(Role.AUDITOR), settings)
    assert "registry.open" not in other.get(reverse("staff:record"), {"q": family.file_number}).content.decode()


@pytest.mark.parametrize("role", [Role.SYSTEM_KEEPER, Role.COUNTY_CASEWORKER, Role.FINANCE_OFFICER])
def test_who_acts_does_not_read_the_record(yurun, settings, role):
    assert signed_in(yurun.post(role), settings).get(reverse("staff:record")).status_code == 403


def test_coming_and_going_stand_in_the_record(yurun, settings):
    settings.CHUNYU_TODAY = DAY
    person = yurun.post(Role.COUNTY_CASEWORKER).user
    person.set_password("春雨润物细无声2015")
    person.save()
    client = Client()
    client.post(reverse("accounts:sign-in"), {"username": person.username, "password": "wrong"})
    assert not Entry.objects.filter(event="accounts.signed_in").exists()
    client.post(reverse("accounts:sign-in"), {"username": person.username, "password": "春雨润物细无声2015"})
    client.post(reverse("accounts:sign-out"))
    found = Entry.objects.filter(event__startswith="accounts.signed_").order_by("pk")
    assert [(entry.event, entry.user) for entry in found] == [
        ("accounts.signed_in", person),
        ("accounts.signed_out", person),
    ]


def test_however_long_the_record_the_page_takes_the_same_queries(yurun, family, settings, django_assert_num_queries):
    auditor = signed_in(yurun.post(Role.AUDITOR), settings)
    with django_assert_num_queries(9):
        auditor.get(reverse("staff:record"))
    caseworker = signed_in(yurun.post(Role.COUNTY_CASEWORKER), settings)
    for _ in range(5):
        caseworker.get(reverse("hardship:household", args=[family.pk]))
    with django_assert_num_queries(9):
        auditor.get(reverse("staff:record"))
