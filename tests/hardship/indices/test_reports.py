"""A report is drafted by the analyst, published with the day of its data, and then stays whatever happens."""

from datetime import date
from fractions import Fraction

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.audit.models import Entry
from chunyu.hardship.indices import actions
from chunyu.hardship.indices.actions import draft_report, publish_report
from chunyu.hardship.models import IndexReport, IndexRow
from tests.hardship.indices.spreading import LATER, families, pay, serve
from tests.situations import county

pytestmark = pytest.mark.django_db
START, END = date(2026, 1, 1), date(2026, 6, 30)


@pytest.fixture
def yurun(settings):
    settings.CHUNYU_TODAY = LATER
    return county()


def draft(yurun, **changed):
    told = {"start": START, "end": END} | changed
    return draft_report(yurun.acting(Role.COUNTY_APPROVER, LATER), yurun.federation, **told)


def sesame(client, report):
    page = client.get(reverse("hardship:index-report", args=[report.pk]))
    assert page.status_code == 200
    return page.context["indices"][0]["now"]


def test_from_the_page_to_a_published_report_that_no_later_payment_moves(client, yurun):
    homes = families(yurun)
    pay(yurun, dict.fromkeys(homes, 50_000))
    analyst = yurun.post(Role.PROVINCE_ANALYST).user
    client.force_login(analyst)
    page = client.get(reverse("hardship:indices"), {"place": yurun.federation.pk})
    button = page.context["draft"]
    assert client.post(button.url, button.hidden).status_code == 303
    report = IndexReport.objects.get()
    assert (report.organisation, report.start, report.end) == (yurun.federation, START, LATER)
    assert sesame(client, report) == "1.00"
    # A draft follows the data.
    pay(yurun, {homes[0]: 900_000}, day=date(2026, 5, 1))
    moved = sesame(client, report)
    assert moved != "1.00"
    asked = client.get(reverse("hardship:index-publish", args=[report.pk])).content.decode()
    assert "封存报告" in asked
    assert client.post(reverse("hardship:index-publish", args=[report.pk])).status_code == 303
    report.refresh_from_db()
    assert (report.status, report.data_date, report.published_by.user) == ("published", LATER, analyst)
    # What is published does not.
    pay(yurun, {homes[1]: 990_000}, day=date(2026, 5, 4))
    assert sesame(client, report) == moved
    shown = client.get(reverse("hardship:index-report", args=[report.pk])).content.decode()
    assert "数值不再变化" in shown
    assert Entry.objects.filter(event="hardship.publish_index_report").count() == 1
    assert client.get(reverse("hardship:index-reports")).context["page"].sheet.paginator.count == 1


def test_a_draft_and_its_publication_say_the_same(client, yurun):
    homes = families(yurun)
    pay(yurun, dict.fromkeys(homes, 50_000))
    serve(yurun, 4, front_line=True)
    report = draft(yurun)
    client.force_login(yurun.post(Role.COUNTY_APPROVER).user)
    parts = ("indices", "shifts", "totals", "places", "groups", "people")

    def told():
        context = client.get(reverse("hardship:index-report", args=[report.pk])).context
        return {part: context[part] for part in parts}

    drafted = told()
    publish_report(yurun.acting(Role.COUNTY_APPROVER, LATER), report)
    assert told() == drafted
    assert drafted["people"] == {"people": 16, "in_groups": 4, "in_none": 0, "unknown": 16}
    assert drafted["places"]


def test_too_few_is_published_as_too_few(client, yurun):
    pay(yurun, dict.fromkeys(families(yurun, 3), 50_000))
    report = draft(yurun)
    publish_report(yurun.acting(Role.COUNTY_APPROVER, LATER), report)
    row = IndexRow.objects.get(report=report, place=yurun.federation, group="", measure="sesame")
    assert (row.state, row.value) == ("too_few", None)
    client.force_login(yurun.post(Role.COUNTY_APPROVER).user)
    assert sesame(client, report) == "数量太少"


def test_a_draft_is_discarded_and_a_published_report_is_not(client, yurun):
    client.force_login(yurun.post(Role.COUNTY_APPROVER).user)
    gone, kept = draft(yurun), draft(yurun)
    publish_report(yurun.acting(Role.COUNTY_APPROVER, LATER), kept)
    for report in (gone, kept):
        client.post(reverse("hardship:index-discard", args=[report.pk]))
    assert list(IndexReport.objects.all()) == [kept]
    with pytest.raises(Refusal, match="不能再改动"):
        publish_report(yurun.acting(Role.COUNTY_APPROVER, LATER), kept)


def test_who_may(client, yurun):
    report = draft(yurun)
    for role in (Role.COUNTY_CASEWORKER, Role.AUDITOR, Role.FINANCE_OFFICER):
        with pytest.raises(Refusal, match="编制报告"):
            publish_report(yurun.acting(role, LATER), report)
        client.force_login(yurun.post(role).user)
        assert client.get(reverse("hardship:index-report", args=[report.pk])).status_code == 200
        assert client.post(reverse("hardship:index-publish", args=[report.pk])).status_code == 403
    other = county("青禾县")
    client.force_login(other.post(Role.COUNTY_APPROVER).user)
    for name in ("index-report", "index-publish"):
        assert client.get(reverse(f"hardship:{name}", args=[report.pk])).status_code == 404
    assert client.post(reverse("hardship:index-discard", args=[report.pk])).status_code == 404
    told = {"place": yurun.federation.pk, "start": "2026-01-01", "end": "2026-02-01", "programme": ""}
    assert client.post(reverse("hardship:index-draft"), told).status_code == 404
    with pytest.raises(Refusal, match="编制报告"):
        draft_report(other.acting(Role.COUNTY_APPROVER, LATER), yurun.federation, start=START, end=END)


def test_a_period_must_make_sense(yurun):
    with pytest.raises(Refusal, match="还没有开始"):
        draft(yurun, start=date(2027, 1, 1), end=date(2027, 2, 1))
    with pytest.raises(Refusal, match="结束早于开始"):
        draft(yurun, start=date(2026, 3, 1), end=date(2026, 2, 1))
    assert not IndexReport.objects.exists()


@pytest.fixture
def published(yurun):
    pay(yurun, dict.fromkeys(families(yurun, 10), 50_000))
    return publish_report(yurun.acting(Role.COUNTY_APPROVER, LATER), draft(yurun))


def row_of(report, **changed):
    told = {"report": report, "place": report.organisation, "measure": "new", "state": "found", "value": 1}
    return IndexRow(**told | changed)


def change(report, **changed):
    IndexReport.objects.filter(pk=report.pk).update(**changed)


STAYS, KEPT = "stays as it is", "never changed"
ATTACKS = {
    "another period": (lambda report: change(report, end=date(2026, 7, 1)), STAYS),
    "back to a draft": (lambda report: change(report, status="draft", data_date=None, published_by=None), STAYS),
    "removed": (lambda report: IndexReport.objects.filter(pk=report.pk)._raw_delete("default"), STAYS),
    "another number": (lambda report: report.rows.update(value=1), KEPT),
    "a number less": (lambda report: report.rows.all()._raw_delete("default"), KEPT),
    "a number more": (lambda report: row_of(report).save(), "takes no further row"),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_moves_a_published_report(published, attack):
    act, words = ATTACKS[attack]
    with pytest.raises(DatabaseError, match=words), transaction.atomic():
        act(published)


RULES = {
    "index_report_period_in_order": lambda report: change(report, end=date(2025, 1, 1)),
    "index_report_published_with_data_date": lambda report: change(report, data_date=LATER),
    "published with its rows": lambda report: change(
        report, status="published", data_date=LATER, published_by=report.made_by
    ),
    "index_row_once": lambda report: IndexRow.objects.bulk_create([row_of(report), row_of(report)]),
    "index_row_value_where_found": lambda report: row_of(report, state="too_few").save(),
}


@pytest.mark.parametrize("rule", RULES)
def test_the_database_refuses(yurun, rule):
    report = draft(yurun)
    with pytest.raises(DatabaseError, match=rule), transaction.atomic():
        RULES[rule](report)


def test_millionths_are_rounded_half_up():
    assert actions.millionths(Fraction(1, 3)) == 333_333
    assert actions.millionths(Fraction(5, 10_000_000)) == 1
    assert actions.millionths(Fraction(-1, 3)) == -333_333
