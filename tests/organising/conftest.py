"""Fixtures that the tests of organising share."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse


@pytest.fixture
def measured(client: Client) -> Callable[..., int]:
    """`measured("grid")` opens a list as whoever is signed in and says how many queries that took."""

    def count(name: str, **asked: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse(f"organising:{name}"), asked).status_code == 200
        return len(queries)

    return count
