"""The standard for shell unions is a rulebook: changed in the studio by one person, approved by another, in force from
a day; the pages of the studio open for it as for any other."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.urls import reverse

from chunyu.accounts.acting import Acting
from chunyu.accounts.roles import Role
from chunyu.organising.archives.actions import add_page
from chunyu.organising.shells.signals import read_union
from chunyu.policy.pack import UNION
from chunyu.rulebooks import actions
from chunyu.rulebooks.editing import NewValue
from chunyu.rulebooks.in_force import pack_on
from chunyu.rulebooks.models import RulebookVersion
from tests.organising.unions import TODAY, members, union
from tests.situations import acting as somebody
from tests.situations import county

pytestmark = pytest.mark.django_db
FROM = TODAY + timedelta(days=1)


@pytest.fixture
def yurun(settings):
    settings.CHUNYU_TODAY = TODAY
    return county("雨润县")


@pytest.fixture
def officer(yurun) -> Acting:
    return yurun.acting(Role.POLICY_OFFICER, TODAY)


def test_a_stricter_standard_counts_from_its_day(yurun, officer):
    sleepy = union(yurun, "雨润县睡觉厂工会")
    organiser = yurun.acting(Role.ORGANISER, TODAY)
    members(organiser, sleepy, 3)
    add_page(organiser, sleepy, "chair", valid_from=date(2020, 1, 1), person="程梅")
    assert [each.code for each in read_union(sleepy, TODAY).signals] == ["no_money", "no_activity"]
    assert not read_union(sleepy, TODAY).suspected
    draft = actions.begin_draft(officer, pack_on(TODAY, subject=UNION))
    actions.set_parameter(officer, draft, NewValue("signals_needed", "national", FROM, "2", "省总工会通知〔2026〕3号"))
    actions.submit(officer, draft, "两项信号即列入核查")
    second = somebody(Role.POLICY_OFFICER, yurun.province, TODAY)
    actions.approve(second, draft, FROM)
    assert not read_union(sleepy, TODAY).suspected
    assert read_union(sleepy, FROM).suspected


def test_every_page_of_the_studio_opens_for_it(client, yurun, officer):
    client.force_login(officer.post.user)
    shipped = RulebookVersion.objects.get(pack="union-standing")
    for name in ("version", "version-read", "version-picture", "version-effect", "texts", "tests"):
        page = client.get(reverse(f"rulebooks:{name}", args=[shipped.pk]))
        assert page.status_code == 200, name
    assert "空壳" in client.get(reverse("rulebooks:version-read", args=[shipped.pk])).content.decode()
    assert "union-standing" in client.get(reverse("rulebooks:versions")).content.decode()
    begun = client.post(reverse("rulebooks:begin"), {"digest": shipped.digest})
    assert begun.status_code == 303
    assert RulebookVersion.objects.filter(pack="union-standing", state="draft").exists()
