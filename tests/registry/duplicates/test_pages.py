"""The pages of duplicates, as a county's people use them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.registry.duplicates.actions import end_every_night, order_every_night
from chunyu.registry.models import Household, Look, NightlyLook, Pair
from chunyu.registry.tasks import look_every_night
from tests.registry.duplicates.test_deciding import looked, opened, twice
from tests.registry.people import id_number
from tests.situations import acting, county


def signed_in(post: Any) -> Client:
    client = Client()
    client.force_login(post.user)
    return client


@pytest.mark.django_db
def test_from_the_list_to_a_decision_by_two() -> None:
    yurun = county("雨润县")
    twice(yurun)
    looked(yurun)
    pair = Pair.objects.get()
    first = signed_in(yurun.post(Role.COUNTY_CASEWORKER))
    second = signed_in(yurun.post(Role.COUNTY_APPROVER))
    assert "陈未梅 · 陈末梅" in first.get(reverse("registry:pairs")).content.decode()
    there = reverse("registry:pair", args=[pair.pk])
    assert first.post(there, {"do": "same"}).status_code == 303
    assert first.post(there, {"do": "confirm_same"}).status_code == 422
    assert second.post(there, {"do": "confirm_same"}).status_code == 303
    pair.refresh_from_db()
    assert pair.state == Pair.State.SAME
    answer = second.post(there, {"do": "join", "file": str(pair.left.household_id)})
    assert answer.status_code == 303
    assert pair.right.household.file_number in second.get(there).content.decode()
    apart = reverse("registry:ask-apart", args=[pair.pk])
    assert first.post(apart, {"reason": ""}).status_code == 422
    assert first.post(apart, {"reason": "两姐妹"}).status_code == 303
    assert first.post(there, {"do": "take_apart"}).status_code == 422
    assert "两姐妹" in second.get(there).content.decode()
    assert second.post(reverse("registry:keep-joined", args=[pair.pk]), {"reason": "是同一人"}).status_code == 303
    assert second.post(there, {"do": "take_apart"}).status_code == 422
    first.post(apart, {"reason": "身份证为证"})
    assert second.post(there, {"do": "take_apart"}).headers["Location"] == reverse("registry:pairs")
    assert not Household.objects.filter(status="merged").exists()
    assert second.get(apart).status_code == 404


@pytest.mark.django_db
def test_what_lies_elsewhere_does_not_exist_and_an_auditor_only_reads() -> None:
    yurun, qinghe = county("雨润县"), county("青禾县")
    twice(yurun)
    looked(yurun)
    there = reverse("registry:pair", args=[Pair.objects.get().pk])
    assert signed_in(qinghe.post(Role.COUNTY_CASEWORKER)).get(there).status_code == 404
    auditor = signed_in(yurun.post(Role.AUDITOR))
    assert 'name="y"' not in auditor.get(there).content.decode()
    assert auditor.post(there, {"do": "same"}).status_code == 422
    assert auditor.post(reverse("registry:look-for-duplicates")).status_code == 403


@pytest.mark.django_db
def test_a_list_takes_the_same_queries_however_long(django_assert_num_queries: Any) -> None:
    yurun = county("雨润县")
    twice(yurun)
    looked(yurun)
    client = signed_in(yurun.post(Role.COUNTY_CASEWORKER))
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(
        connection,
    ) as once:
        client.get(reverse("registry:pairs"))
    opened(yurun, "程末梅", order=4, phone="13900000001")
    looked(yurun)
    assert Pair.objects.count() > 1
    with django_assert_num_queries(len(once)):
        client.get(reverse("registry:pairs"))


@pytest.mark.django_db
def test_somebody_is_looked_up_in_all_counties_but_masked_beyond_ones_own() -> None:
    yurun, qinghe = county("雨润县"), county("青禾县")
    opened(yurun, "陈玉梅", number=id_number(date(1950, 1, 2), 4))
    number = id_number(date(1950, 1, 2), 4)
    old_form = number[:6] + number[8:17]
    there = reverse("registry:look-first")
    own = signed_in(yurun.post(Role.COUNTY_CASEWORKER)).post(there, {"id_number": old_form}).content.decode()
    assert "陈玉梅" in own
    assert number in own
    beyond = signed_in(qinghe.post(Role.COUNTY_CASEWORKER)).post(there, {"id_number": number}).content.decode()
    assert "陈•梅" in beyond
    assert "雨润县" in beyond
    assert "陈玉梅" not in beyond
    assert number not in beyond.replace(f'value="{number}"', "")
    nobody = id_number(date(1951, 1, 2), 4)
    assert (
        "alert rain"
        in signed_in(qinghe.post(Role.COUNTY_CASEWORKER)).post(there, {"id_number": nobody}).content.decode()
    )


@pytest.mark.django_db(transaction=True)
def test_a_look_is_started_on_the_page_and_done_by_the_worker(run_jobs: Any) -> None:
    yurun = county("雨润县")
    twice(yurun)
    client = signed_in(yurun.post(Role.COUNTY_CASEWORKER))
    answer = client.post(reverse("registry:look-for-duplicates"))
    assert answer.status_code == 303
    assert client.get(answer["Location"]).status_code == 200
    run_jobs()
    look = Look.objects.get()
    assert (look.status, look.found) == (Look.Status.DONE, 1)
    assert acting(Role.COUNTY_CASEWORKER, yurun.federation)
    assert client.get(answer["Location"]).status_code == 200


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_keyboard_decides_and_the_page_is_fit_to_be_seen(visit: Any, screenshot: Any, axe: Any) -> None:
    yurun = county("雨润县")
    twice(yurun)
    looked(yurun)
    pair = Pair.objects.get()
    there = reverse("registry:pair", args=[pair.pk])
    page = visit(yurun.post(Role.COUNTY_CASEWORKER).user, there)
    axe(page)
    screenshot(page, "registry-pair", widths=(360, 1024), schemes=("light",))
    with page.expect_navigation():
        page.keyboard.press("y")
    assert pair.words.get().same


@pytest.mark.django_db(transaction=True)
def test_a_look_is_made_every_night_where_somebody_ordered_it(run_jobs: Any) -> None:
    yurun = county("雨润县")
    twice(yurun)
    client = signed_in(yurun.post(Role.COUNTY_CASEWORKER))
    client.post(reverse("registry:look-every-night"))
    look_every_night.defer(timestamp=0)
    run_jobs()
    look = Look.objects.get()
    assert (look.organisation, look.post) == (yurun.federation, yurun.post(Role.COUNTY_CASEWORKER))
    assert (look.status, look.new) == (Look.Status.DONE, 1)
    client.post(reverse("registry:look-every-night"))
    assert NightlyLook.objects.get().ended_by == yurun.post(Role.COUNTY_CASEWORKER)
    look_every_night.defer(timestamp=0)
    run_jobs()
    assert Look.objects.count() == 1


@pytest.mark.django_db
def test_a_nightly_look_is_ordered_once_and_ended_by_somebody() -> None:
    yurun = county("雨润县")
    keeper = yurun.acting(Role.COUNTY_CASEWORKER)
    order = order_every_night(keeper)
    with pytest.raises(Refusal) as refused:
        order_every_night(yurun.acting(Role.COUNTY_APPROVER))
    assert refused.value.code == "nightly_look_ordered_once"
    with pytest.raises(IntegrityError, match="nightly_look_ended_by_somebody"), transaction.atomic():
        NightlyLook.objects.update(ended_on=date(2030, 1, 1))
    with pytest.raises(Refusal):
        end_every_night(county("青禾县").acting(Role.COUNTY_CASEWORKER), order)
    assert signed_in(yurun.post(Role.AUDITOR)).post(reverse("registry:look-every-night")).status_code == 403
