"""The leader's figures: each agrees with the rows that it opens, for whoever may read them."""

import re

import pytest
from django.urls import reverse

from chunyu.accounts.roles import EVERY_ROLE, Role
from chunyu.hardship.deciding import decide_households
from chunyu.registry.models import Household
from tests.hardship.families import TODAY, family
from tests.hardship.journey import Journey
from tests.situations import county

pytestmark = pytest.mark.django_db


@pytest.fixture
def yurun(settings):
    settings.CHUNYU_TODAY = TODAY
    yurun = county()
    family(yurun, "麦青", order=2, has_vehicle=None)
    family(yurun, "钟原", order=3, incomes=(900_000, 900_000))
    journey = Journey(yurun).to("paid")
    settings.CHUNYU_TODAY = journey.day
    decide_households(yurun.acting(Role.COUNTY_CASEWORKER, journey.day), Household.objects.all())
    return yurun


def count_behind(client, address: str) -> int:
    return client.get(address).context["page"].sheet.paginator.count


@pytest.mark.parametrize("role", [Role.COUNTY_CASEWORKER, Role.COUNTY_APPROVER, Role.PROVINCE_ANALYST, Role.AUDITOR])
def test_every_figure_opens_as_many_rows_as_it_says(client, yurun, role):
    client.force_login(yurun.post(role).user)
    page = client.get(reverse("desk:leader"))
    assert page.status_code == 200
    shown = [(each.label, each.value, each.href) for each in page.context["figures"] if "households" in each.href]
    shown += [(each["label"], str(each["count"]), each["href"]) for each in page.context["categories"]]
    shown += [(each["label"], str(each["count"]), each["href"]) for each in page.context["unknowns"]]
    assert len(shown) >= 8 or role is Role.PROVINCE_ANALYST
    for label, value, address in shown:
        assert count_behind(client, address) == int(value.replace(",", "")), label


def test_the_figures_say_what_happened(client, yurun):
    client.force_login(yurun.post(Role.COUNTY_APPROVER).user)
    context = client.get(reverse("desk:leader")).context
    by_category = {str(each["label"]): each["count"] for each in context["categories"]}
    assert by_category == {"深度困难": 1, "相对困难": 0, "意外致困": 0, "不属于困难职工": 1, "暂时无法认定": 1}
    assert [line.programme for line in context["money"]] == ["medical"]
    assert context["money_total"] == sum(line.fen for line in context["money"]) > 0
    found, helped = context["figures"][1], context["figures"][2]
    assert (found.value, helped.value) == ("0", "1")


def test_the_analyst_reads_rows_without_a_name_and_no_familys_page(client, yurun):
    client.force_login(yurun.post(Role.PROVINCE_ANALYST).user)
    rows = client.get(reverse("hardship:rows")).content.decode()
    assert re.search(r"139901-\d{4}-\d{6}", rows)
    assert not any(name in rows for name in ("程梅", "麦青", "钟原"))
    home = Household.objects.first()
    assert client.get(reverse("hardship:household", args=[home.pk])).status_code == 403


@pytest.mark.parametrize("role", sorted(EVERY_ROLE))
def test_everybody_has_a_workbench(client, yurun, role):
    client.force_login(yurun.post(role).user)
    assert client.get(reverse("desk:home")).status_code == 200
