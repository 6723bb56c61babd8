"""The planner asks what the same money would have done by the gap: the total and the legal caps are kept."""

import pytest
from django.urls import reverse

from chunyu.accounts.roles import Role
from chunyu.hardship.deciding import decide_household
from chunyu.hardship.indices.periods import Span, period_at
from chunyu.hardship.indices.preview import preview
from chunyu.hardship.models import DecisionProgramme
from tests.hardship.families import TODAY, family
from tests.hardship.indices.spreading import LATER, PAID_ON, families, needs, pay
from tests.situations import county

pytestmark = pytest.mark.django_db
YEAR = period_at(Span.YEAR, LATER)


@pytest.fixture
def yurun(settings):
    settings.CHUNYU_TODAY = LATER
    return county()


def allowed_to(home):
    rows = DecisionProgramme.objects.filter(decision=home.standing.decision, entitled=True)
    return sum(row.amount_fen or 0 for row in rows)


def test_the_total_and_the_caps_are_kept(yurun):
    homes = families(yurun, 14)
    pay(yurun, dict.fromkeys(homes, 300_000))
    seen = preview(yurun.federation, YEAR, "", LATER)
    caps = [min(need, allowed_to(home)) for home, need in zip(homes, needs(homes), strict=True)]
    assert seen.total_fen == seen.paid.spent_fen == 14 * 300_000
    assert seen.by_gap.spent_fen == min(seen.total_fen, sum(caps))
    assert seen.by_gap.spent_fen + seen.unspent_fen == seen.total_fen
    assert seen.by_gap.largest_fen <= max(caps)
    assert (seen.paid.evenness, seen.paid.sesame) == (1, 1)
    assert seen.by_gap.closed >= seen.paid.closed
    assert seen.by_gap.sesame is None or seen.by_gap.sesame < seen.paid.sesame


def test_more_money_than_the_rules_allow_is_left_over_and_said(client, yurun):
    homes = families(yurun, 11)
    pay(yurun, dict.fromkeys(homes, 8_000_000))
    seen = preview(yurun.federation, YEAR, "", LATER)
    assert seen.by_gap.spent_fen == sum(
        min(need, allowed_to(home)) for home, need in zip(homes, needs(homes), strict=True)
    )
    assert seen.unspent_fen > 0
    client.force_login(yurun.post(Role.PROVINCE_ANALYST).user)
    page = client.get(reverse("hardship:index-preview"), {"place": yurun.federation.pk})
    assert "会剩余" in page.content.decode()
    assert not page.context["seen"].by_gap.spent_fen > page.context["seen"].total_fen


def test_a_family_on_file_that_got_nothing_is_reached_and_an_unknown_gap_stays_out(yurun):
    homes = families(yurun, 11)
    unknown = family(yurun, "麦青", order=60, other_income_12m=None)
    decide_household(yurun.acting(Role.COUNTY_CASEWORKER, TODAY), unknown)
    assert unknown.standing.decision.need_fen is None
    pay(yurun, dict.fromkeys([*homes[:10], unknown], 100000))
    seen = preview(yurun.federation, YEAR, "", LATER)
    assert (seen.on_file, seen.paid.households) == (11, 10)
    assert (seen.left_out, seen.left_out_fen) == (1, 100_000)


def test_looking_changes_nothing_and_a_foreign_place_does_not_exist(client, yurun, django_assert_max_num_queries):
    pay(yurun, dict.fromkeys(families(yurun, 10), 100_000))
    client.force_login(yurun.post(Role.COUNTY_APPROVER).user)
    with django_assert_max_num_queries(24) as asked:
        assert client.get(reverse("hardship:index-preview")).status_code == 200
    assert not [each["sql"] for each in asked if each["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    other = county("青禾县").federation
    assert client.get(reverse("hardship:index-preview"), {"place": other.pk}).status_code == 404


def test_nothing_paid_says_so(client, yurun):
    client.force_login(yurun.post(Role.COUNTY_APPROVER).user)
    page = client.get(reverse("hardship:index-preview"), {"period": "custom", "start": PAID_ON, "end": PAID_ON})
    assert page.context["seen"].total_fen == 0
    assert "没有发放资金" in page.content.decode()
