"""Every figure of the leader's page can be cut by the four groups, and still opens as many rows as it says."""

from __future__ import annotations

import pytest
from django.urls import reverse

from chunyu.accounts.roles import Role
from chunyu.hardship.deciding import decide_households
from chunyu.registry.actions import state_fact
from chunyu.registry.models import Fact, Household
from tests.hardship.families import TODAY, family
from tests.hardship.journey import Journey
from tests.situations import county

pytestmark = pytest.mark.django_db


@pytest.fixture
def yurun(settings):
    """Three families: the worker who was paid is a migrant and on the front line, one is a migrant, one is neither."""
    settings.CHUNYU_TODAY = TODAY
    yurun = county()
    migrant = family(yurun, "麦青", order=2)
    family(yurun, "钟原", order=3, incomes=(900_000, 900_000))
    journey = Journey(yurun).to("paid")
    settings.CHUNYU_TODAY = journey.day
    clerk = yurun.acting(Role.COUNTY_CASEWORKER, journey.day)
    for household, groups in ((migrant, ["migrant"]), (journey.household, ["migrant", "front_line"])):
        for group in groups:
            worker = household.members.get(is_worker=True)
            state_fact(clerk, household, member=worker, name=group, value=True, source=Fact.Source.VERIFIED, on=TODAY)
    decide_households(clerk, Household.objects.all())
    return yurun


def test_distinct_workers_stand_beside_the_counts_of_the_groups(client, yurun):
    client.force_login(yurun.post(Role.COUNTY_APPROVER).user)
    lines = {each.group: each for each in client.get(reverse("desk:leader")).context["groups"]}
    assert {group: lines[group].persons for group in ("", "migrant", "front_line", "dispatched")} == {
        "": 3,
        "migrant": 2,
        "front_line": 1,
        "dispatched": 0,
    }
    assert lines[""].fen == lines["migrant"].fen == lines["front_line"].fen > lines["dispatched"].fen == 0


@pytest.mark.parametrize("group", ["", "front_line", "migrant", "dispatched", "young"])
@pytest.mark.parametrize("role", [Role.COUNTY_CASEWORKER, Role.PROVINCE_ANALYST])
def test_every_figure_of_a_group_opens_as_many_rows_as_it_says(client, yurun, role, group):
    client.force_login(yurun.post(role).user)
    context = client.get(reverse("desk:leader"), {"group": group}).context
    shown = [(each.label, each.value, each.href) for each in context["figures"] if each.href.endswith(group)]
    shown += [(each["label"], str(each["count"]), each["href"]) for each in context["categories"]]
    shown += [(each["label"], str(each["count"]), each["href"]) for each in context["unknowns"]]
    for line in context["groups"]:
        shown += zip([line.label] * 3, map(str, (line.persons, line.found, line.helped)), line.hrefs, strict=True)
    counted = [(label, value, href) for label, value, href in shown if "households" in href or "rows" in href]
    assert len(counted) >= 20
    for label, value, href in counted:
        assert client.get(href).context["page"].sheet.paginator.count == int(value.replace(",", "")), label


def test_paid_money_is_cut_the_same_way(client, yurun):
    client.force_login(yurun.post(Role.FINANCE_OFFICER).user)
    everybody, migrants, dispatched = (
        client.get(reverse("ledger:totals"), {"group": group}).context for group in ("", "migrant", "dispatched")
    )
    assert everybody["total_fen"] == migrants["total_fen"] > dispatched["total_fen"] == 0
    assert client.get(everybody["workers_url"]).context["cut"].persons == 1
    (_line, href), *_others = migrants["rows"]
    assert "group=migrant" in href
    assert client.get(href).context["page"].sheet.paginator.count == 1
    nobody = client.get(reverse("ledger:payments"), {"group": "dispatched"})
    assert nobody.context["page"].sheet.paginator.count == 0


def test_decisions_are_cut_too(client, yurun):
    client.force_login(yurun.post(Role.COUNTY_APPROVER).user)
    counts = [
        client.get(reverse("desk:decisions"), {"group": group}).context["page"].sheet.paginator.count
        for group in ("", "migrant", "dispatched")
    ]
    assert counts == [1, 1, 0]
