"""A sign-in ends by itself, and typing keeps it."""

import time

import pytest
from django.test import Client
from django.urls import reverse

from chunyu.accounts.idle import LONGEST, SESSION_BEGUN, SESSION_SEEN
from chunyu.accounts.roles import Role
from tests.situations import DAY, county

pytestmark = pytest.mark.django_db
PASSWORD = "春雨润物细无声2015"


@pytest.fixture
def client(settings):
    settings.CHUNYU_TODAY = DAY
    user = county("雨润县", password=PASSWORD).post(Role.COUNTY_CASEWORKER).user
    client = Client(headers={"accept-language": "en"})
    client.post(reverse("accounts:sign-in"), {"username": user.username, "password": PASSWORD})
    return client


def minutes_pass(client: Client, minutes: float, key: str = SESSION_SEEN) -> None:
    session = client.session
    session[key] -= minutes * 60
    session.save()


def is_in(client: Client) -> bool:
    return client.get(reverse("accounts:posts")).status_code == 200


def test_a_quarter_of_an_hour_without_anything_ends_it_and_says_so(client):
    assert is_in(client)
    minutes_pass(client, 16)
    assert not is_in(client)
    page = client.get(reverse("accounts:sign-in")).content.decode()
    assert "nothing was done for 15 minutes" in page


def test_looking_at_pages_and_typing_keep_it(client):
    for _ in range(4):
        minutes_pass(client, 14)
        assert is_in(client)
    for _ in range(4):
        minutes_pass(client, 14)
        assert client.head(reverse("accounts:here")).status_code == 204
    assert is_in(client)


def test_twelve_hours_end_it_whatever_is_done(client):
    session = client.session
    session[SESSION_BEGUN] = time.time() - LONGEST - 1
    session.save()
    assert not is_in(client)
    assert "at most twelve hours" in client.get(reverse("accounts:sign-in")).content.decode()


def test_how_long_is_a_setting(client, settings):
    settings.IDLE_MINUTES = 5
    minutes_pass(client, 6)
    assert not is_in(client)


def test_typing_is_asked_of_nobody_who_is_not_signed_in(client):
    assert Client().head(reverse("accounts:here")).status_code == 302
