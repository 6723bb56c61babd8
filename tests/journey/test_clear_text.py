"""The search for personal values has teeth: it finds what is planted, and no key or digest by chance."""

import pytest
from django.db import connection

from tests.journey.clear_text import PERSONAL, tables_with

pytestmark = pytest.mark.django_db


def plant(value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE planted AS SELECT {value} AS value")


@pytest.mark.parametrize(
    "value",
    [
        "'139999198001010011'::text",
        "'13999919751231002X'::text",
        "'电话 13981528947，晚上'::text",
        "convert_to('139999198001010011', 'UTF8')",
        "'雨润县城关镇春雨路196号'::text",
        '\'{"illness": "uremia"}\'::jsonb',
    ],
)
def test_what_stands_in_clear_is_found(value):
    plant(value)
    assert tables_with(PERSONAL) == ["planted"]


@pytest.mark.parametrize(
    "value",
    ["'01a202c8-15f8-7967-af55-139152894741'::uuid", r"'\x00aa13915289474aff'::bytea", "13981528947123::bigint"],
)
def test_a_key_or_a_digest_is_not(value):
    plant(value)
    assert tables_with(PERSONAL) == []
