"""What anybody may read: masked, timed, not to be searched or taken away; and how anybody objects."""

import re
from collections import Counter
from datetime import date, timedelta
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given
from hypothesis import settings as bounds
from hypothesis import strategies as st

from chunyu.casework import actions
from chunyu.casework.models import Objection
from chunyu.casework.published import Published, keep_back
from tests.casework.applications import CASEWORKER, Walk, application
from tests.situations import county

NOTICES = "/p/notices/"


def shown(client: Client, walk: Walk, settings) -> str:
    settings.CHUNYU_TODAY = walk.day
    return client.get(reverse("portal:county-notices", args=[walk.county.federation.pk])).content.decode()


@pytest.mark.django_db
class TestThePublic:
    def test_reads_masked_notices_of_a_county(self, client, settings):
        walk = application(county(), "in_notice", name="买买提·艾力")
        application(walk.county, "in_notice", name="郭明远")
        settings.CHUNYU_TODAY = walk.day
        first = client.get(NOTICES)
        assert "雨润县总工会" in first.content.decode()
        page = shown(client, walk, settings)
        assert walk.case.notices.get().masked_name in page
        assert "郭•远" in page
        for word in ("买买提", "艾力", "明远", walk.case.number, str(walk.case.pk), str(walk.case.household.pk)):
            assert word not in page
        assert walk.case.household.worker.id_number.reveal() not in page

    def test_is_not_helped_by_search_engines_or_caches(self, client, settings):
        walk = application(county(), "in_notice")
        settings.CHUNYU_TODAY = walk.day
        addresses = [
            NOTICES,
            reverse("portal:county-notices", args=[walk.county.federation.pk]),
            reverse("portal:object", args=[walk.case.notices.get().pk]),
        ]
        for each in addresses:
            answer = client.get(each)
            assert answer.status_code == 200
            assert "noindex" in answer["X-Robots-Tag"]
            assert answer["Cache-Control"] == "no-store"
            assert '<meta name="robots" content="noindex' in answer.content.decode()

    def test_sees_nothing_once_the_period_is_over_or_the_notice_withdrawn(self, client, settings):
        walk = application(county(), "in_notice")
        other = application(walk.county, "in_notice", name="郭明远")
        notice = walk.case.notices.get()
        actions.take_down_notice(other.acting(CASEWORKER), other.case)
        page = shown(client, walk, settings)
        assert "程•" in page
        assert "郭•远" not in page
        settings.CHUNYU_TODAY = notice.to_day + timedelta(days=1)
        assert client.get(reverse("portal:county-notices", args=[walk.county.federation.pk])).status_code == 404
        assert client.get(reverse("portal:object", args=[notice.pk])).status_code == 404
        assert "当前没有公示" in client.get(NOTICES).content.decode()

    def test_takes_thirty_at_a_time_and_never_all(self, client, settings, monkeypatch):
        monkeypatch.setattr("chunyu.portal.pages.PER_PAGE", 2)
        yurun = county()
        walks = [application(yurun, "in_notice") for _ in range(3)]
        page = shown(client, walks[0], settings)
        assert page.count("notice-name") == 2
        address = reverse("portal:county-notices", args=[yurun.federation.pk])
        assert client.get(f"{address}?after=2").content.decode().count("notice-name") == 1
        for odd in ("-1", "x", "9999999", "1;drop"):
            assert client.get(address, {"after": odd}).status_code == 200
        assert client.post(address).status_code == 404

    def test_objects_without_a_name_and_stops_the_clock(self, client, settings):
        walk = application(county(), "in_notice")
        settings.CHUNYU_TODAY = walk.day
        address = reverse("portal:object", args=[walk.case.notices.get().pk])
        assert client.post(address, {"text": "  "}).status_code == 422
        assert client.post(address, {"text": "该户有两辆车"}).url == reverse("portal:thanks")
        walk.case.refresh_from_db()
        assert walk.case.state == "investigating"
        assert client.get(reverse("portal:thanks")).status_code == 200

    def test_cannot_flood_a_notice(self, client, settings):
        yurun = county()
        walks = [application(yurun, "in_notice") for _ in range(2)]
        settings.CHUNYU_TODAY = walks[0].day

        def send(walk: Walk, sender: str) -> int:
            address = reverse("portal:object", args=[walk.case.notices.get().pk])
            # What the sender writes in front of the proxy's own entry is not believed.
            forged = f"203.0.113.{Objection.objects.count()}, {sender}"
            return client.post(address, {"text": "异议"}, headers={"X-Forwarded-For": forged}).status_code

        assert [send(walks[0], "198.51.100.1") for _ in range(4)] == [303, 303, 303, 422]
        assert send(walks[1], "198.51.100.1") == 422, "three a day from one sender, over all notices"
        assert send(walks[1], "198.51.100.2") == 303
        many = [send(walks[0], f"198.51.100.{n // 2 + 10}") for n in range(12)]
        assert many.count(303) == 7, "ten in all on one notice"

    def test_the_senders_address_is_not_kept(self, client, settings):
        walk = application(county(), "in_notice")
        settings.CHUNYU_TODAY = walk.day
        client.post(reverse("portal:object", args=[walk.case.notices.get().pk]), {"text": "异议"})
        assert b"127.0.0.1" not in bytes(Objection.objects.get().sender)

    def test_the_masking_of_many_names_leaves_none_whole(self, client, settings):
        yurun = county()
        names = ["王芳", "欧阳娜娜", "阿依古丽·买买提", "司马相如", "李雷", "Anna Smith"]
        walks = [application(yurun, "in_notice", name=name) for name in names]
        page = re.sub(r"<[^>]+>", " ", shown(client, walks[0], settings))
        for name in names:
            assert name not in page
            assert name[1:] not in page

    def test_is_told_union_and_category_only_where_five_share_them(self, client, settings):
        yurun = county()
        walks = [application(yurun, "in_notice") for _ in range(4)]
        workplace = "雨润县纺织厂工会"
        page = shown(client, walks[0], settings)
        assert workplace not in page
        walks.append(application(yurun, "in_notice"))
        assert shown(client, walks[0], settings).count(workplace) == 5
        actions.take_down_notice(walks[4].acting(CASEWORKER), walks[4].case)
        assert workplace not in shown(client, walks[0], settings)
        one = client.get(reverse("portal:object", args=[walks[0].case.notices.get().pk])).content.decode()
        assert workplace not in one


def notice(union: str, category: str, number: int) -> Published:
    day = date(2015, 2, 2)
    return Published(UUID(int=number), "程•", category, "医疗救助", 100, union, day, day, "县总工会")


@bounds(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(st.sampled_from("甲乙丙"), st.sampled_from(["深度困难", "相对困难", "意外致困", ""])), max_size=40
    )
)
def test_whatever_hangs_a_union_or_category_that_is_shown_is_shared_by_five(rows):
    whole = [notice(union, category, at) for at, (union, category) in enumerate(rows)]
    seen = keep_back(whole)
    assert [each.pk for each in seen] == [each.pk for each in whole]
    for before, after in zip(whole, seen, strict=True):
        assert after.organisation_name in (before.organisation_name, "")
        assert after.category in (before.category, "")
        alike = Counter((each.organisation_name, each.category) for each in seen)
        if after.organisation_name or after.category:
            assert alike[after.organisation_name, after.category] >= 5
    if len(whole) >= 5 and len(set(rows)) == 1:
        assert seen == whole, "nothing is kept back that need not be"


@pytest.mark.django_db(transaction=True)
def test_on_an_old_phone(visit, screenshot, axe, settings):
    yurun = county()
    walk = application(yurun, "in_notice")
    for name in ("郭明远", "欧阳娜娜", "买买提·艾力"):
        application(yurun, "in_notice", name=name)
    settings.CHUNYU_TODAY = walk.day
    page = visit(None, NOTICES, width=360)
    axe(page)
    screenshot(page, "notices", widths=(360, 1024))
    page.get_by_role("link", name="雨润县总工会").click()
    axe(page)
    screenshot(page, "notices-county", schemes=("light", "dark"), languages=("zh-hans", "en"))
    page.get_by_role("link", name="Raise an objection").first.click()
    page.wait_for_url("**/objection/**")
    axe(page)
    screenshot(page, "notices-object", widths=(360, 1024), languages=("en", "zh-hans"))
    page.get_by_label("异议内容").fill("该户有两辆车")
    page.get_by_role("button", name="提交异议").click()
    page.wait_for_selector("text=公示已停止计时")
    screenshot(page, "notices-thanks", widths=(360,))
