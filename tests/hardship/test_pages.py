"""The household's page and list, as each post sees them."""

from datetime import date

import pytest
from django.urls import reverse

from chunyu.accounts.roles import Role
from chunyu.hardship.changes import actions as changing
from chunyu.hardship.deciding import decide_household
from chunyu.hardship.models import Standing
from chunyu.registry.models import ChangeRequest, Household
from chunyu.rulebooks import actions as rulebooks
from chunyu.rulebooks.editing import NewValue
from tests.hardship.families import TODAY, family
from tests.rulebooks.story import submitted
from tests.situations import acting, county

pytestmark = pytest.mark.django_db


@pytest.fixture
def today(settings):
    settings.CHUNYU_TODAY = TODAY


@pytest.fixture
def yurun(today):
    return county()


@pytest.fixture
def household(yurun) -> Household:
    home = family(yurun)
    decide_household(yurun.acting(Role.COUNTY_CASEWORKER, TODAY), home)
    return home


def signed_in(client, post):
    client.force_login(post.user)
    return client


def test_the_caseworker_reads_category_reasons_and_the_nearest_change(client, yurun, household):
    page = signed_in(client, yurun.post(Role.COUNTY_CASEWORKER)).get(reverse("hardship:household", args=[household.pk]))
    text = page.content.decode()
    assert page.status_code == 200
    for shown in ("程梅", "深度困难", "704.17", "740.00", "医疗自付支出", "申报", "相对困难", "医疗救助", "县民政局"):
        assert shown in text
    assert household.members.first().id_number.reveal() not in text


def test_another_countys_household_answers_as_if_it_did_not_exist(client, yurun, household):
    other = county("青禾县")
    client = signed_in(client, other.post(Role.COUNTY_CASEWORKER))
    for name in ("household", "state-fact", "bank-card"):
        assert client.get(reverse(f"hardship:{name}", args=[household.pk])).status_code == 404
    assert "程梅" not in client.get(reverse("hardship:households")).content.decode()


def test_a_fact_is_stated_in_two_steps_and_the_household_is_decided_again(client, yurun, household):
    client = signed_in(client, yurun.post(Role.COUNTY_CASEWORKER))
    address = reverse("hardship:state-fact", args=[household.pk])
    assert "机动车" in client.get(address).content.decode()
    chosen = client.post(address, {"fact": "has_vehicle:"})
    assert chosen.status_code == 303
    asked = {
        "value": "yes",
        "source": "matched",
        "on": TODAY.isoformat(),
        "note": "车管所回复",
        "reason": "与车管所核对",
    }
    done = client.post(chosen.url, asked)
    assert done.status_code == 303
    assert Standing.objects.get(household=household).category == "deep", "it waits for another person"
    request = ChangeRequest.objects.get()
    changing.approve_change(
        yurun.acting(Role.COUNTY_APPROVER, TODAY), request, seen=[each.pk for each in request.proposed.all()]
    )
    assert Standing.objects.get(household=household).category == "unknown", "a car may make up for a disability"
    address += "?fact=vehicle_for_disability:"
    client.post(address, {"value": "no", "source": "verified", "on": TODAY.isoformat(), "note": ""})
    assert Standing.objects.get(household=household).category == "relative"


def test_a_day_to_come_and_a_negative_amount_are_refused_at_the_field(client, yurun, household):
    client = signed_in(client, yurun.post(Role.COUNTY_CASEWORKER))
    address = reverse("hardship:state-fact", args=[household.pk]) + "?fact=medical_spending_12m:"
    answer = client.post(address, {"value": "-5", "source": "declared", "on": "2030-01-01"})
    assert answer.status_code == 422
    assert len(answer.context["form"].errors) == 2


def test_the_list_answers_the_leaders_questions(client, yurun, household):
    client = signed_in(client, yurun.post(Role.COUNTY_CASEWORKER))
    address = reverse("hardship:households")
    assert "程梅" in client.get(address, {"category": "deep", "matter": "found"}).content.decode()
    assert "程梅" not in client.get(address, {"matter": "blocked"}).content.decode()
    assert "程梅" in client.get(address, {"q": "chengmei"}).content.decode()


def test_an_old_decision_is_explained_under_its_own_version(client, yurun, household):
    officers = [acting(Role.POLICY_OFFICER, yurun.province, TODAY) for _ in range(2)]
    decision = Standing.objects.get(household=household).decision
    one_day = [
        NewValue("living_standard", "139901", date(2026, 3, day), value, "雨润县民政局（虚构）：更正一日")
        for day, value in ((2, "400"), (3, "740"))
    ]
    version = submitted(officers[0], *one_day)
    rulebooks.approve(officers[1], version, TODAY)
    after = decide_household(yurun.acting(Role.COUNTY_CASEWORKER, TODAY), household)
    assert (decision.category, after.category) == ("deep", "relative")
    assert after.version == version.digest != decision.version
    address = reverse("hardship:household", args=[household.pk])
    client = signed_in(client, yurun.post(Role.COUNTY_CASEWORKER))
    today, then = client.get(address), client.get(address, {"decision": decision.pk})
    assert version.digest[:12] in today.content.decode()
    assert (today.context["category"], then.context["category"]) == ("相对困难", "深度困难")
    assert then.context["version"].endswith(decision.version[:12])
    assert client.get(address, {"decision": "x"}).status_code == 404
    assert client.get(address, {"decision": household.pk}).status_code == 404


def test_reading_the_page_takes_the_same_queries_however_large_the_family(
    client, yurun, household, django_assert_max_num_queries
):
    signed_in(client, yurun.post(Role.COUNTY_CASEWORKER))
    with django_assert_max_num_queries(40):
        client.get(reverse("hardship:household", args=[household.pk]))
