"""The pages of the indices, looked at on a phone and a wide screen, light and dark, in both languages."""

from datetime import date

import pytest
from django.urls import reverse

from chunyu.accounts.roles import Role
from chunyu.hardship.indices.actions import draft_report, publish_report
from tests.hardship.indices.spreading import LATER, families, needs, pay, serve
from tests.situations import county, workplace

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def yurun(settings):
    """An even list in March, one by the gap in May; members served; a second union under the township."""
    settings.CHUNYU_TODAY = LATER
    yurun = county()
    homes = families(yurun)
    pay(yurun, dict.fromkeys(homes, 60_000), day=date(2026, 3, 3))
    by_gap = {home: need // 12 for home, need in zip(homes, needs(homes), strict=True)}
    pay(yurun, by_gap, day=date(2026, 5, 6), programme="medical", delivery="centre", source="donation")
    serve(yurun, 6, day=date(2026, 5, 20), front_line=True, migrant=False, dispatched=False, partner="春雨职业培训学校")
    serve(yurun, 3, day=date(2026, 6, 2), at=workplace(yurun.township, "机械厂工会"), category="legal")
    return yurun


def test_the_indices(visit, screenshot, axe, yurun):
    page = visit(yurun.post(Role.COUNTY_CASEWORKER).user, reverse("hardship:indices") + "?period=quarter:2026-04-01")
    page.wait_for_selector("[data-chart] svg")
    axe(page)
    screenshot(page, "indices", schemes=("light", "dark"), languages=("zh-Hans", "en"))


def test_rows_reports_and_services(visit, screenshot, axe, yurun):
    approver = yurun.acting(Role.COUNTY_APPROVER, LATER)
    report = draft_report(approver, yurun.federation, start=date(2026, 1, 1), end=date(2026, 6, 30))
    publish_report(approver, report)
    user = yurun.post(Role.COUNTY_CASEWORKER).user
    for name, address in (
        ("index-payments", reverse("hardship:index-payments")),
        ("index-households", reverse("hardship:index-households")),
        ("index-services", reverse("hardship:services")),
        ("index-service-new", reverse("hardship:service-new")),
        ("index-report", reverse("hardship:index-report", args=[report.pk])),
        ("index-reports", reverse("hardship:index-reports")),
        ("index-preview", reverse("hardship:index-preview")),
    ):
        page = visit(user, address)
        axe(page)
        screenshot(page, name, languages=())
