"""A caseworker looks for something in a list, narrows it, and takes it away as a file."""

import pytest
from django.test import Client

from chunyu.accounts.roles import Role
from tests.situations import county

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.ui.addresses")]


@pytest.fixture
def caseworker(yurun) -> Client:
    client = Client()
    client.force_login(yurun.post(Role.COUNTY_CASEWORKER).user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_shows_the_own_county_and_nothing_of_the_next(caseworker):
    county("青禾县")
    page = caseworker.get("/sample/").content.decode()
    assert "雨润县纺织厂工会" in page
    assert "青禾县" not in page
