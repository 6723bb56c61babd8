"""Who answers for a union sees on the workbench that its term of office ends."""

from datetime import date

import pytest
from django.urls import reverse

from chunyu.accounts.roles import Role
from chunyu.organising.archives.actions import add_page
from chunyu.organising.archives.kinds import Leaf
from tests.situations import county

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 2)


def test_terms_that_end_stand_on_the_desk_of_chair_officer_and_organiser(client, settings):
    settings.CHUNYU_TODAY = TODAY
    yurun = county("雨润县")
    clerk = yurun.acting(Role.ORGANISER, TODAY)
    add_page(clerk, yurun.workplace, Leaf.TERM, valid_from=date(2021, 4, 1), until=date(2026, 4, 1))
    add_page(clerk, yurun.township, Leaf.TERM, valid_from=date(2024, 4, 1), until=date(2029, 4, 1))
    for role, shown in (
        (Role.WORKPLACE_CHAIR, 1),
        (Role.TOWNSHIP_OFFICER, 1),
        (Role.ORGANISER, 1),
        (Role.FINANCE_OFFICER, 0),
    ):
        client.force_login(yurun.post(role).user)
        assert len(client.get(reverse("desk:home")).context["elections"]) == shown, role
