"""Coverage and density: joint unions count each firm once, dissolved unions not from their day, never above one."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from django.urls import reverse

from chunyu.accounts.roles import Role
from chunyu.federation.actions import dissolve, found, move
from chunyu.organising.coverage.measuring import measure, more_members_than_workers
from chunyu.registry.employers.actions import hand_over_employers
from chunyu.registry.membership.actions import move_members
from tests.organising.unions import TODAY, Kind, firm, members, union
from tests.situations import county

pytestmark = pytest.mark.django_db


@pytest.fixture
def yurun(settings):
    settings.CHUNYU_TODAY = TODAY
    return county("雨润县")


@pytest.fixture
def organiser(yurun, client):
    client.force_login(yurun.post(Role.ORGANISER).user)
    return yurun.acting(Role.ORGANISER, TODAY)


def test_a_joint_union_covers_many_and_each_counts_once(yurun, organiser):
    joint = union(yurun, "城关镇联合工会", Kind.JOINT_UNION)
    for name in ("第一商店", "第二商店", "第三商店"):
        firm(organiser, yurun, name, 30, joint)
    firm(organiser, yurun, "没有工会的厂", 60)
    firm(organiser, yurun, "小店", 5)
    firm(organiser, yurun, "水务局", 40, yurun.workplace, ownership="400")
    members(organiser, joint, 9)
    members(organiser, yurun.workplace, 6, first=100)
    whole, places = measure(yurun.federation, TODAY)
    assert (whole.coverage.employers, whole.coverage.with_union) == (5, 4)
    assert (whole.non_public.employers, whole.non_public.with_union) == (4, 3)
    assert whole.all.density == Fraction(15, 195)
    assert [place.name for place in places] == [yurun.township.name]
    assert places[0].coverage == whole.coverage


def test_a_dissolved_union_drops_from_its_day_and_not_before(yurun, organiser):
    other = union(yurun, "雨润县机械厂工会")
    firm(organiser, yurun, "机械厂", 100, other)
    members(organiser, other, 4)
    move_members(organiser, other, yurun.workplace, on=TODAY, reason="撤销")
    hand_over_employers(organiser, other, None, on=TODAY)
    dissolve(other, on=TODAY)
    before, _ = measure(yurun.federation, TODAY - timedelta(days=1))
    after, _ = measure(yurun.federation, TODAY)
    assert (before.coverage.rate, after.coverage.rate) == (1, 0)
    assert before.all.members == after.all.members == 4


def test_more_members_than_workers_is_a_fault_and_no_density(client, yurun, organiser):
    other = union(yurun, "雨润县机械厂工会")
    firm(organiser, yurun, "机械厂", 30, other)
    members(organiser, other, 31)
    whole, _ = measure(yurun.federation, TODAY)
    assert whole.all.faulty
    assert whole.all.density is None
    assert more_members_than_workers(yurun.federation, TODAY) == [(other, 31, 30)]
    page = client.get(reverse("organising:coverage")).content.decode()
    assert "数据有误" in page
    assert "机械厂工会" in page


def test_groups_are_measured_beside_everybody(yurun, organiser):
    courier = firm(
        organiser, yurun, "快递站", 40, yurun.workplace, migrant_workers=20, new_form_workers=10
    )  # fmt: skip
    members(organiser, yurun.workplace, 5, is_migrant=True, new_form="courier", enterprise=courier)
    members(organiser, yurun.workplace, 5, first=50)
    whole, _ = measure(yurun.federation, TODAY)
    assert whole.all.density == Fraction(10, 40)
    assert whole.migrants.density == Fraction(5, 20)
    assert whole.new_forms.density == Fraction(5, 10)
    assert whole.non_public_workers.density == Fraction(5, 40)


def test_a_county_that_moves_leaves_last_years_figures(yurun, organiser):
    firm(organiser, yurun, "机械厂", 30, yurun.workplace)
    members(organiser, yurun.workplace, 3)
    city = found(
        name="新城市总工会", kind=Kind.MUNICIPAL_FEDERATION, region=yurun.city.region, parent=yurun.province,
        on=date(2000, 1, 1),
    )  # fmt: skip
    move(yurun.federation, city, on=date(2026, 1, 1))
    last_year = date(2025, 12, 31)
    old, new = (measure(each, last_year)[0] for each in (yurun.city, city))
    assert (old.all.members, new.all.members) == (3, 0)
    old, new = (measure(each, TODAY)[0] for each in (yurun.city, city))
    assert (old.all.members, new.all.members, new.coverage.with_union) == (0, 3, 1)


def test_a_county_younger_than_the_trend_has_nothing_before_its_first_day(client, yurun, settings):
    settings.CHUNYU_TODAY = date(2002, 6, 1)  # founded on 1 January 2000; the trend goes back to 1998
    client.force_login(yurun.post(Role.ORGANISER).user)
    page = client.get(reverse("organising:coverage"))
    assert page.status_code == 200
    assert [row[1:] for row in page.context["chart"].rows][:2] == [("—", "—")] * 2
    assert client.get(reverse("organising:coverage"), {"on": "1990-01-01"}).status_code == 200


def test_every_figure_opens_its_rows(client, yurun, organiser):
    joint = union(yurun, "城关镇联合工会", Kind.JOINT_UNION)
    firm(organiser, yurun, "第一商店", 30, joint)
    firm(organiser, yurun, "没有工会的厂", 60)
    firm(organiser, yurun, "小店", 5)
    members(organiser, joint, 9)
    context = client.get(reverse("organising:coverage")).context
    for line in (context["whole"], *context["places"]):
        expected = (line["place"].coverage.employers, line["place"].coverage.with_union, line["place"].all.members)
        for href, count in zip(("employers_href", "union_href", "members_href"), expected, strict=True):
            if "under=" in line[href] and line["place"].path == yurun.path:
                continue  # the whole is the list itself
            assert client.get(line[href]).context["page"].sheet.paginator.count == count
    gaps = client.get(context["gaps"]).context["page"].sheet
    assert [row.name for row in gaps.object_list] == ["没有工会的厂"]


def test_an_employer_from_first_visit_to_closing(client, yurun, organiser):
    sent = {"name": "新来的厂", "organisation": yurun.township.pk, "ownership": "170", "known_from": "2026-02-01"}
    made = client.post(reverse("organising:new-employer"), sent, follow=True)
    assert made.status_code == 200
    pk = made.context["object"].pk
    counted = {"workers": "80", "migrant_workers": "50", "new_form_workers": "0", "on": "2026-02-02", "source": "走访"}
    client.post(reverse("organising:count-workers", args=[pk]), counted)
    client.post(reverse("organising:cover", args=[pk]), {"union": yurun.workplace.pk, "on": "2026-02-03"})
    page = client.get(reverse("organising:employer", args=[pk])).content.decode()
    assert "80" in page
    assert yurun.workplace.name in page
    client.post(reverse("organising:close-employer", args=[pk]), {"closing": "closed", "on": "2026-03-01"})
    assert client.get(reverse("organising:employers")).context["page"].sheet.paginator.count == 0
    wrong = client.post(reverse("organising:new-employer"), sent | {"credit_code": "91110000600037341M"})
    assert wrong.status_code == 422
