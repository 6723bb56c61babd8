"""Projects as people use them: opened, nominated for, a roll made by one and approved by another, and closed."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.urls import reverse

from chunyu.accounts.roles import Role
from chunyu.audit.models import Entry
from chunyu.casework import actions as casework
from chunyu.casework.models import Case
from chunyu.hardship.projects import actions
from chunyu.hardship.projects.tables import Project, StipendRoll, TreatmentSession
from chunyu.ledger.models import PaymentOrder
from tests.hardship.families import TODAY, family
from tests.hardship.projects.situations import (
    APPROVER,
    CASEWORKER,
    approved,
    attach,
    cataract,
    dialysis,
    fund,
    love_card,
    treated,
    without_way_out,
)
from tests.situations import county, post

pytestmark = pytest.mark.django_db


@pytest.fixture
def yurun(settings):
    settings.CHUNYU_TODAY = TODAY
    return county()


def test_the_province_opens_a_project_with_two_paying_levels(client, yurun):
    province, city = fund(yurun.province), fund(yurun.city)
    client.force_login(post(APPROVER, yurun.province).user)
    terms = {
        "name": "白内障光明工程", "programme": "cataract", "form": "eye", "funder": "省职工互助基金会",
        "document_no": "3号", "starts_on": "2026-01-01", "ends_on": "2026-12-31", "quota": 100, "pays": "household",
        "fund-member-1": province.pk, "rate-member-1": "300", "fund-member-2": city.pk, "rate-member-2": "300",
    }  # fmt: skip
    wrong = client.post(reverse("hardship:open-project"), terms | {"rate-member-2": ""})
    assert wrong.status_code == 422
    assert client.post(reverse("hardship:open-project"), terms).status_code == 303
    made = Project.objects.get()
    assert list(made.shares.values_list("group", "part", "unit_fen")) == [("member", 1, 30_000), ("member", 2, 30_000)]
    page = client.get(reverse("hardship:project", args=[made.pk])).content.decode()
    assert "300.00" in page
    assert client.get(reverse("hardship:projects")).status_code == 200


def test_a_chair_nominates_from_the_household_and_the_way_is_walked_on_the_case(client, yurun):
    project, household = cataract(yurun), family(yurun)
    client.force_login(yurun.post(Role.WORKPLACE_CHAIR).user)
    url = reverse("hardship:nominate", args=[household.pk])
    asked = {"project": project.pk, "person": household.worker.pk, "eye": "", "channel": "counter"}
    assert client.get(url).status_code == 200
    assert client.post(url, asked).status_code == 422, "an eye has to be named"
    assert client.post(url, asked | {"eye": "left"}).status_code == 303
    case = Case.objects.get(process=actions.TREATMENT)
    attach(yurun.acting(Role.WORKPLACE_CHAIR, TODAY), case, "application", "diagnosis")
    casework.move(yurun.acting(CASEWORKER, TODAY), case, "confirm", hospital=str(project.hospitals.get().pk))
    casework.move(yurun.acting(APPROVER, TODAY), case, "approve", note="同意")
    client.force_login(yurun.post(CASEWORKER).user)
    attach(yurun.acting(CASEWORKER, TODAY), case, "medical_receipts")
    move = reverse("casework:move", args=[case.number, "treat"])
    seen = client.get(move).context["form"]["seen"].value()
    costs = {"treated_on": "2026-03-02", "cost_fen": "6000", "insured_fen": "5100", "other_fen": "0", "seen": seen}
    assert client.post(move, costs).status_code == 303
    page = client.get(case.get_absolute_url()).content.decode()
    assert "900.00" in page, "the own cost, which is less than the rate"
    casework.move(yurun.acting(CASEWORKER, TODAY), case, "pay")
    assert PaymentOrder.objects.get().amount_fen == 90_000
    listed = client.get(reverse("hardship:settlement", args=[project.pk])).content.decode()
    for each in ("春申市眼科医院", case.number, "6,000.00", "5,100.00", "900.00"):
        assert each in listed
    kept = client.post(reverse("hardship:settlement", args=[project.pk]), {"export": "csv"})
    assert "春申市眼科医院" in b"".join(kept.streaming_content).decode()
    assert Entry.objects.filter(event="hardship.export_settlement").exists()


def test_a_roll_is_made_by_one_and_approved_by_another(client, yurun, settings):
    project = love_card(yurun)
    case = approved(yurun, project, without_way_out(yurun), started_on=date(2026, 3, 1))
    client.force_login(yurun.post(CASEWORKER).user)
    made = client.post(reverse("hardship:make-roll", args=[project.pk]), {"month": "2026-03"})
    assert made.status_code == 303
    roll = StipendRoll.objects.get()
    shown = client.get(made.url).content.decode()
    assert case.number in shown
    assert "300.00" in shown
    assert client.post(reverse("hardship:approve-roll", args=[roll.pk])).status_code == 403
    client.force_login(yurun.post(APPROVER).user)
    page = client.get(reverse("hardship:roll", args=[roll.pk])).content.decode()
    [shown] = re.findall(r'name="shown" value="([0-9a-f]{64})"', page)
    client.post(reverse("hardship:approve-roll", args=[roll.pk]), {"shown": "0" * 64})
    assert not StipendRoll.objects.filter(approved_on__isnull=False).exists(), "not what was shown"
    assert client.post(reverse("hardship:approve-roll", args=[roll.pk]), {"shown": shown}).status_code == 303
    assert PaymentOrder.objects.get().reference == case.number
    file = client.post(reverse("hardship:roll", args=[roll.pk]), {"export": "csv"})
    assert case.number in b"".join(file.streaming_content).decode()
    assert client.get(reverse("hardship:rolls")).status_code == 200


def test_sessions_are_counted_on_the_case(client, yurun):
    project = dialysis(yurun)
    case = approved(yurun, project, family(yurun, medical_spending_12m=6_000_000))
    client.force_login(yurun.post(CASEWORKER).user)
    url = reverse("hardship:record-session", args=[case.number])
    assert client.get(url).status_code == 200
    entered = {"day": "2026-03-02", "cost": "500", "insured": "400"}
    assert client.post(url, entered).status_code == 303
    assert client.post(url, entered).status_code == 422, "once a day"
    assert TreatmentSession.objects.count() == 1
    client.force_login(yurun.post(Role.TOWNSHIP_OFFICER).user)
    assert client.post(url, entered | {"day": "2026-03-01"}).status_code == 422


def test_a_sister_county_sees_the_project_and_none_of_its_people(client, yurun):
    project = cataract(yurun)
    case = treated(yurun, approved(yurun, project, family(yurun), eye="left"), 800_000)
    qinghe = county("青禾县")
    client.force_login(qinghe.post(CASEWORKER).user)
    page = client.get(reverse("hardship:project", args=[project.pk]))
    assert page.status_code == 200
    assert case.number not in page.content.decode()
    assert client.get(reverse("hardship:record-session", args=[case.number])).status_code == 404
    assert client.post(reverse("hardship:close-project", args=[project.pk]), {"lessons": "x"}).status_code == 403
    client.force_login(qinghe.post(APPROVER).user)
    assert client.post(reverse("hardship:close-project", args=[project.pk]), {"lessons": "x"}).status_code == 422


def test_lists_take_the_same_queries_however_long(client, yurun, django_assert_max_num_queries):
    project = cataract(yurun)
    for order, name in enumerate(("程梅", "陈梅", "郑兰"), 1):
        case = treated(yurun, approved(yurun, project, family(yurun, name, order=order), eye="left"), 800_000)
        casework.move(yurun.acting(CASEWORKER, TODAY), case, "pay")
    client.force_login(yurun.post(CASEWORKER).user)
    for name, most in (("settlement", 16), ("project", 30)):
        with django_assert_max_num_queries(most):
            assert client.get(reverse(f"hardship:{name}", args=[project.pk])).status_code == 200
