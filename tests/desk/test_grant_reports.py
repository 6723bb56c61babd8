"""Reports on grants stand on the workbench of who owes them and of who waits for them, from 90 days before."""

from datetime import date

import pytest
from django.urls import reverse

from chunyu.accounts.acting import Acting
from chunyu.accounts.roles import Role
from chunyu.ledger import actions as ledger
from chunyu.organising.grants import actions
from chunyu.organising.grants.formula import Rates
from chunyu.organising.grants.shown import digest_of_plan, digest_of_report
from chunyu.organising.grants.tables import GrantShare
from tests.situations import County, county

pytestmark = pytest.mark.django_db
PLANNED, DUE = date(2026, 3, 2), date(2026, 12, 31)


@pytest.fixture
def yurun() -> County:
    return county("雨润县")


@pytest.fixture
def share(yurun: County) -> GrantShare:
    """The share of a township, with the money handed down and its use to be reported by the end of the year."""
    finance, second = yurun.acting(Role.FINANCE_OFFICER, PLANNED), yurun.acting(Role.COUNTY_APPROVER, PLANNED)
    fund = ledger.open_fund(
        finance, organisation=yurun.federation, name="工会经费", source="county_union", document_no="经费1号",
        year=2026, day=PLANNED,
    )  # fmt: skip
    ledger.receive(finance, fund=fund, amount_fen=100_000, day=PLANNED, document_no="回单1", key="1")
    plan = actions.plan_grant(
        finance, yurun.federation, year=2026, name="小三级补助", document_no="补助1号", budget_fen=100_000,
        rates=Rates(100, 0, 0, 0), receivers=[yurun.township], counted_on=PLANNED, report_by=DUE,
    )  # fmt: skip
    actions.approve_plan(second, plan, shown=digest_of_plan(plan))
    actions.hand_down(finance, plan, fund, day=PLANNED)
    return plan.shares.get()


def on_the_desk(client, yurun: County, role: Role) -> list[tuple[str, str]]:
    client.force_login(yurun.post(role).user)
    found = client.get(reverse("desk:home")).context["grant_reports"]
    return [(each["words"], each["tone"]) for each in found]


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (date(2026, 10, 1), []),
        (date(2026, 10, 2), [("90 天内到期", "sky")]),
        (date(2026, 12, 1), [("30 天内到期", "amber")]),
        (date(2026, 12, 31), [("今天到期", "seal")]),
        (date(2027, 1, 1), [("已逾期", "seal")]),
    ],
)
def test_receiver_and_giver_are_reminded_90_30_and_0_days_before_and_after(client, yurun, share, settings, day, said):
    settings.CHUNYU_TODAY = day
    for role in (Role.TOWNSHIP_OFFICER, Role.ORGANISER, Role.FINANCE_OFFICER):
        assert on_the_desk(client, yurun, role) == said, role
    for role in (Role.COUNTY_CASEWORKER, Role.WORKPLACE_CHAIR):
        assert on_the_desk(client, yurun, role) == [], role


def test_a_report_that_was_sent_waits_for_another_person(client, yurun, share, settings):
    settings.CHUNYU_TODAY = DUE
    actions.report_use(Acting(yurun.post(Role.TOWNSHIP_OFFICER), DUE), share)
    assert on_the_desk(client, yurun, Role.TOWNSHIP_OFFICER) == []
    assert on_the_desk(client, yurun, Role.FINANCE_OFFICER) == [("待审核", "sky")]
    share.refresh_from_db()
    actions.check_use(Acting(yurun.post(Role.FINANCE_OFFICER), DUE), share, shown=digest_of_report(share))
    assert on_the_desk(client, yurun, Role.FINANCE_OFFICER) == []


def test_the_list_is_narrowed_to_what_is_due(client, yurun, share, settings):
    client.force_login(yurun.post(Role.TOWNSHIP_OFFICER).user)
    for day, due, shown in (
        (date(2026, 10, 1), "soon", 0),
        (date(2026, 12, 1), "soon", 1),
        (date(2026, 12, 1), "over", 0),
        (date(2027, 1, 1), "over", 1),
    ):
        settings.CHUNYU_TODAY = day
        page = client.get(reverse("organising:grant-shares"), {"due": due})
        assert page.context["page"].sheet.paginator.count == shown, (day, due)
