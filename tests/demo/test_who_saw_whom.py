"""Whoever is named on a page stands in the record of who saw whom."""

import pytest
from django.db import transaction

from chunyu.accounts.models import Post
from chunyu.accounts.roles import Role
from chunyu.demo import load
from tests.demo import looking_around
from tests.demo.test_demo import DAY

PAGES = 100
ROLES = (Role.COUNTY_CASEWORKER, Role.COUNTY_APPROVER, Role.FINANCE_OFFICER, Role.TOWNSHIP_OFFICER, Role.AUDITOR,
         Role.ORGANISER, Role.WORKPLACE_CHAIR)  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def demo(django_db_setup, django_db_blocker):
    """Loaded once for this file, in a transaction that is rolled back after it."""
    with django_db_blocker.unblock(), transaction.atomic():
        load.load_demo(DAY)
        yield looking_around.marked()
        transaction.set_rollback(True)


@pytest.mark.parametrize("role", ROLES)
def test_whoever_is_named_on_a_page_stands_in_the_record(demo, role, settings):
    settings.CHUNYU_TODAY = DAY
    post = Post.objects.held_on(DAY).filter(role=role).order_by("pk").first()
    missing, met = looking_around.not_on_record(post, demo, PAGES)
    assert missing == {}
    assert met > 10 or role == Role.ORGANISER  # whose pages are of unions
