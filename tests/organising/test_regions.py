"""The province's organiser renames, moves, merges and splits counties; last year's report does not move."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.urls import reverse

from chunyu.accounts.roles import Role
from chunyu.audit.models import Entry
from chunyu.federation.actions import found, rename
from chunyu.federation.models import Organisation, Placement, Region
from chunyu.organising.coverage.measuring import measure
from chunyu.registry.employers.tables import Enterprise
from chunyu.registry.membership.queries import members_under_on
from tests.organising.unions import TODAY, firm, members
from tests.situations import FOUNDING_DAY, acting, county

pytestmark = pytest.mark.django_db
CHANGE = date(2026, 1, 1)
LAST_YEAR = date(2025, 12, 31)
ORDER = {"on": CHANGE.isoformat(), "source": "国函〔2025〕9号（虚构）"}
Kind = Organisation.Kind


@pytest.fixture
def yurun(settings):
    settings.CHUNYU_TODAY = TODAY
    return county("雨润县")


@pytest.fixture
def qinghe(yurun):
    return county("青禾县")


@pytest.fixture
def officer(yurun, client):
    """The organiser of the province, signed in."""
    organiser = acting(Role.ORGANISER, yurun.province, TODAY)
    client.force_login(organiser.post.user)
    return organiser


@pytest.fixture
def other_city(yurun):
    city = Region.objects.create(
        code="1398",
        name="稻香市",
        level="city",
        parent=yurun.province.region,
        valid_from=FOUNDING_DAY,
        source="fictional",
    )
    found(name="稻香市总工会", kind=Kind.MUNICIPAL_FEDERATION, region=city, parent=yurun.province, on=FOUNDING_DAY)
    return city


@pytest.fixture
def people(yurun, qinghe):
    """Firms and members of both counties, so that a report has something to say."""
    for place, first in ((yurun, 1), (qinghe, 100)):
        organiser = place.acting(Role.ORGANISER, TODAY)
        firm(organiser, place, f"{place.region.name}织造公司", 60, covered_by=place.workplace)
        firm(organiser, place, f"{place.region.name}砖厂", 40)
        members(organiser, place.workplace, 4, first=first)


def report(day):
    """Members rolled up and coverage, of every federation of the province on a day."""
    federations = Organisation.objects.filter(
        kind__in=[Kind.PROVINCIAL_FEDERATION, Kind.MUNICIPAL_FEDERATION, Kind.COUNTY_FEDERATION]
    ).order_by("pk")
    return [(each.pk, members_under_on(each, day), *measure(each, day)) for each in federations]


def address(name, region):
    return reverse(f"organising:{name}", args=[region.pk])


def changed(client, where, sent):
    """What the preview says, and the answer to its confirmation."""
    shown = client.post(where, sent)
    assert shown.status_code == 200, shown.context["form"].errors
    digest = re.search(r'name="shown" value="(\w+)"', shown.content.decode()).group(1)
    return shown.context["effect"], client.post(where, sent | {"shown": digest})


def renamed(yurun, qinghe, other_city):
    return "rename-region", {"code": "139951", "name": "雨润区", "kind": "district"}


def moved(yurun, qinghe, other_city):
    return "move-region", {"code": "139806", "name": "雨润县", "parent": other_city.pk}


def merged(yurun, qinghe, other_city):
    return "merge-regions", {"others": [qinghe.region.pk], "into": "stays"}


def split(yurun, qinghe, other_city):
    parts = {"code_1": "139961", "name_1": "清溪区", f"unit_{yurun.township.pk}": "1"}
    return "split-region", {"code": "139901", "name": "雨润县", **parts}


@pytest.mark.parametrize("change", [renamed, moved, merged, split])
def test_the_report_of_last_year_is_the_same_before_and_after(
    client, officer, yurun, qinghe, other_city, people, change
):
    before = report(LAST_YEAR)
    assert [row[1] for row in before[:2]] == [8, 8]
    name, sent = change(yurun, qinghe, other_city)
    effect, answer = changed(client, address(name, yurun.region), sent | ORDER)
    assert answer.status_code == 303
    assert effect.changes
    after = {row[0]: row for row in report(LAST_YEAR)}
    assert [after[row[0]] for row in before] == before
    province = report(TODAY)[0]
    assert province[1] == 8
    entry = Entry.objects.get(event=f"organising.{name.replace('-', '_')}")
    assert entry.user_id == officer.user_id
    assert "from 2026-01-01" in entry.note


def test_the_preview_says_what_changes_and_changes_nothing(client, officer, yurun, other_city):
    before = (list(Region.objects.order_by("pk").values()), list(Placement.objects.order_by("pk").values()))
    entries = Entry.objects.count()
    where = address("move-region", yurun.region)
    shown = client.post(where, ORDER | {"code": "139806", "name": "雨润县", "parent": other_city.pk})
    effect = shown.context["effect"]
    assert effect.regions_ended == ("139901 雨润县",)
    assert effect.regions_opened == ("139806 雨润县 (稻香市)",)
    federation = effect.changes[0]
    assert (federation.before.above, federation.after.above) == ("春申市总工会", "稻香市总工会")
    assert [each.after.name for each in effect.changes] == ["雨润县总工会", "雨润县城关镇总工会", "雨润县纺织厂工会"]
    assert (list(Region.objects.order_by("pk").values()), list(Placement.objects.order_by("pk").values())) == before
    assert Entry.objects.count() == entries
    assert client.get(where).status_code == 200


def test_what_was_shown_is_what_is_done_or_nothing(client, officer, yurun):
    where = address("rename-region", yurun.region)
    sent = ORDER | {"code": "139951", "name": "雨润区", "kind": "district"}
    shown = client.post(where, sent)
    digest = re.search(r'name="shown" value="(\w+)"', shown.content.decode()).group(1)
    rename(yurun.workplace, "雨润纺织集团工会", on=CHANGE)
    again = client.post(where, sent | {"shown": digest})
    assert again.status_code == 422
    assert Region.objects.filter(code="139951").count() == 0


def test_an_employer_of_a_merged_county_is_answered_for_by_the_one_that_goes_on(client, officer, yurun, qinghe, people):
    Enterprise.objects.filter(name="青禾县砖厂").update(organisation=qinghe.federation)
    before = [measure(yurun.city, day)[0].coverage for day in (LAST_YEAR, TODAY)]
    assert [each.employers for each in before] == [4, 4]
    name, sent = merged(yurun, qinghe, None)
    changed(client, address(name, yurun.region), sent | ORDER)
    yurun.city.refresh_from_db()
    assert [measure(yurun.city, day)[0].coverage for day in (LAST_YEAR, TODAY)] == before
    assert measure(qinghe.federation, LAST_YEAR)[0].coverage.employers == 2


def test_the_preview_tells_what_the_rulebook_gives_for_the_old_code_alone(client, officer, yurun):
    sent = ORDER | {"code": "139951", "name": "雨润区", "kind": "district"}
    shown = client.post(address("rename-region", yurun.region), sent)
    (warning,) = shown.context["warnings"]
    assert "139901" in warning
    assert "139951" in warning
    kept = client.post(address("rename-region", yurun.region), sent | {"code": "139901"})
    assert kept.context["warnings"] == []


def test_two_counties_become_one_and_the_page_tells_where_it_came_from(client, officer, yurun, qinghe):
    sent = ORDER | {"others": [qinghe.region.pk], "into": "new", "code": "139960", "name": "润禾区", "kind": "district"}
    effect, answer = changed(client, address("merge-regions", yurun.region), sent)
    assert effect.ended == 1  # the federation of the county that is taken in
    page = client.get(answer.headers["Location"])
    new = page.context["region"]
    assert [each.name for each in page.context["lineage"]] == ["雨润县", "青禾县", "润禾区"]
    assert page.context["count"] == 5
    old = client.get(address("region", qinghe.region))
    assert [each.pk for each in old.context["lineage"]] == [qinghe.region.pk, new.pk]
    assert old.context["day"] == LAST_YEAR
    assert old.context["count"] == 3
    assert old.context["actions"] == []


def test_what_cannot_be_is_said_and_what_was_entered_stays(client, officer, yurun, qinghe):
    where = address("merge-regions", yurun.region)
    for sent, field in (
        ({"others": [], "into": "stays"}, "others"),
        ({"others": [qinghe.region.pk], "into": "new"}, "code"),
        ({"others": [qinghe.region.pk], "into": "new", "code": "not a code", "name": "润禾区"}, "code"),
    ):
        answer = client.post(where, ORDER | sent)
        assert answer.status_code == 422
        assert field in answer.context["form"].errors
    late = client.post(where, {"others": [qinghe.region.pk], "into": "stays", "source": "x", "on": "2026-03-03"})
    assert late.status_code == 422
    early = client.post(where, {"others": [qinghe.region.pk], "into": "stays", "source": "x", "on": "1949-10-01"})
    assert early.status_code == 422
    assert "雨润县" in str(early.context["form"].non_field_errors()) or "青禾县" in str(
        early.context["form"].non_field_errors()
    )


def test_only_the_top_of_the_tree_changes_regions(client, yurun, qinghe, officer):
    here = address("region", yurun.region)
    assert all(each.allowed for each in client.get(here).context["actions"])
    client.force_login(acting(Role.ORGANISER, yurun.city, TODAY).post.user)
    assert not any(each.allowed for each in client.get(here).context["actions"])
    refused = client.post(
        address("rename-region", yurun.region), ORDER | {"code": "139951", "name": "雨润区", "kind": "district"}
    )
    assert refused.status_code == 422
    client.force_login(yurun.post(Role.ORGANISER).user)
    assert client.get(address("region", qinghe.region)).status_code == 404
    assert client.get(address("rename-region", qinghe.region)).status_code == 404
    client.force_login(yurun.post(Role.AUDITOR).user)
    assert client.get(here).status_code == 200
    assert client.get(address("rename-region", yurun.region)).status_code == 403
    client.force_login(yurun.post(Role.FINANCE_OFFICER).user)
    assert client.get(address("region", qinghe.region)).status_code == 404


def listed(client, **asked):
    return [row.code for row in client.get(reverse("organising:regions"), asked).context["page"].sheet.object_list]


def test_the_list_is_of_any_day_and_narrows(client, officer, yurun, qinghe, other_city):
    name, sent = moved(yurun, qinghe, other_city)
    changed(client, address(name, yurun.region), sent | ORDER)
    assert listed(client) == ["1398", "139806", "1399", "139902", "99"]
    assert listed(client, on=LAST_YEAR.isoformat()) == ["1398", "1399", "139901", "139902", "99"]
    assert listed(client, level="county") == ["139806", "139902"]
    assert listed(client, under=str(other_city.pk)) == ["139806"]
    assert listed(client, q="雨润") == ["139806"]
    assert listed(client, on="no day") == listed(client)
    exported = client.post(f"{reverse('organising:regions')}?on={LAST_YEAR}", {"export": "csv"})
    assert "139901" in b"".join(exported.streaming_content).decode("utf-8-sig")


def test_however_many_regions_the_list_takes_the_same_queries(client, officer, yurun, django_assert_num_queries):
    with django_assert_num_queries(9) as few:
        client.get(reverse("organising:regions"))
    for name in ("青禾县", "松涛区", "溪口县", "林下县"):
        county(name)
    with django_assert_num_queries(len(few)):
        client.get(reverse("organising:regions"))
