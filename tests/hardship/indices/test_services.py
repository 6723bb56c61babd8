"""A centre records what it does for members: nobody's number stays, and a mistake is taken back."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.audit.models import Entry
from chunyu.hardship.indices import actions
from chunyu.hardship.indices.actions import Given, record_services
from chunyu.hardship.models import Service
from tests.hardship.indices.spreading import LATER, PAID_ON, families, serve
from tests.registry.people import id_number
from tests.situations import county

pytestmark = pytest.mark.django_db
ANNA = id_number(date(1991, 5, 4), 77)


@pytest.fixture
def yurun(settings):
    settings.CHUNYU_TODAY = LATER
    return county()


def given(**changed):
    return Given(**{"id_number": ANNA, "day": PAID_ON, "category": "legal", "delivery": "centre"} | changed)


def test_a_caseworker_records_a_service_on_the_page(client, yurun):
    client.force_login(yurun.post(Role.COUNTY_CASEWORKER).user)
    told = {
        "id_number": ANNA, "day": "2026-03-20", "category": "legal", "delivery": "centre", "partner": "春雨律师事务所",
        "value": "500", "is_member": "true", "front_line": "unknown", "migrant": "true", "dispatched": "false",
    }  # fmt: skip
    assert client.post(reverse("hardship:service-new"), told).status_code == 303
    [service] = Service.objects.all()
    assert (service.origin, service.value_fen, service.on_file, service.front_line, service.migrant) == (
        "society", 50_000, False, None, True,
    )  # fmt: skip
    listed = client.get(reverse("hardship:services")).content.decode()
    assert "春雨律师事务所" in listed
    page = client.get(reverse("hardship:service", args=[service.pk])).content.decode()
    assert ANNA not in listed + page
    assert ANNA.encode() not in bytes(service.person_index)
    assert Entry.objects.filter(event="hardship.record_services").exists()


def test_a_wrong_number_comes_back_with_the_form(client, yurun):
    client.force_login(yurun.post(Role.COUNTY_CASEWORKER).user)
    told = {"id_number": "139999199105040000", "day": "2026-03-20", "category": "legal", "delivery": "centre"}
    answer = client.post(reverse("hardship:service-new"), told)
    assert answer.status_code == 422
    assert "身份证号无效" in answer.content.decode()
    assert not Service.objects.exists()


def test_whether_somebody_is_on_file_is_looked_up(yurun):
    [home] = families(yurun, 1)
    caseworker = yurun.acting(Role.COUNTY_CASEWORKER, LATER)
    worker = home.worker.id_number.reveal()
    [before, after] = record_services(
        caseworker,
        yurun.federation,
        [given(id_number=worker, day=home.opened_on - timedelta(days=1)), given(id_number=worker)],
    )
    assert (before.on_file, before.household) == (False, None)
    assert (after.on_file, after.household, after.of_worker) == (True, home, True)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"day": LATER + timedelta(days=1)}, "service_ahead"),
        ({"id_number": "12"}, "id_number"),
        ({"category": "dancing"}, "service_category_known"),
        ({"delivery": "by post"}, "service_delivery_known"),
        ({"value_fen": -1}, "service_value_not_negative"),
    ],
)
def test_refused_with_a_sentence_and_nothing_kept(yurun, changed, code):
    with pytest.raises(Refusal) as refused:
        record_services(yurun.acting(Role.COUNTY_CASEWORKER, LATER), yurun.federation, [given(), given(**changed)])
    assert refused.value.code == code
    assert str(refused.value)
    assert not Service.objects.exists()


def test_nobody_records_for_another_county_or_without_the_post(yurun):
    qinghe = county("青禾县")
    for acting in (qinghe.acting(Role.COUNTY_CASEWORKER, LATER), yurun.acting(Role.FINANCE_OFFICER, LATER)):
        with pytest.raises(Refusal, match="登记服务"):
            record_services(acting, yurun.federation, [given()])


def test_taken_back_it_counts_no_more_and_both_rows_stay(client, yurun):
    serve(yurun, 3)
    one = Service.objects.first()
    client.force_login(yurun.post(Role.COUNTY_CASEWORKER).user)
    assert "3 条" in client.get(reverse("hardship:services")).context["page"].count_sentence
    assert client.post(reverse("hardship:service-back", args=[one.pk])).status_code == 303
    assert client.get(reverse("hardship:services")).context["page"].sheet.paginator.count == 2
    assert Service.objects.count() == 4
    back = Service.objects.get(takes_back=one)
    for service in (one, back):
        with pytest.raises(Refusal, match="已经撤销"):
            actions.take_back_service(yurun.acting(Role.COUNTY_CASEWORKER, LATER), service)


def test_a_foreign_service_does_not_exist(client, yurun):
    serve(yurun, 1)
    one = Service.objects.get()
    client.force_login(county("青禾县").post(Role.COUNTY_CASEWORKER).user)
    for name in ("service", "service-back"):
        assert client.get(reverse(f"hardship:{name}", args=[one.pk])).status_code == 404


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"category": "dancing"}, "service_category_known"),
        ({"delivery": "by post"}, "service_delivery_known"),
        ({"origin": "society"}, "service_partner_where_from_society"),
        ({"partner": "somebody"}, "service_partner_where_from_society"),
        ({"value_fen": -1}, "service_value_not_negative"),
        ({"on_file": True}, "service_on_file_names_the_household"),
        ({"takes_back": "itself"}, "service_takes_back_another"),
    ],
)
def test_the_database_refuses(yurun, change, rule):
    serve(yurun, 1)
    row = Service.objects.get()
    row.pk = None
    row = Service(**{f.attname: getattr(row, f.attname) for f in Service._meta.concrete_fields if f.name != "id"})
    for name, value in change.items():
        setattr(row, name if value != "itself" else "takes_back_id", row.pk if value == "itself" else value)
    with pytest.raises(DatabaseError, match=rule), transaction.atomic():
        row.save(force_insert=True)


def test_what_is_recorded_is_never_changed(yurun):
    serve(yurun, 1)
    for touch in (lambda: Service.objects.update(value_fen=1), lambda: Service.objects.all().delete()):
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
            touch()
