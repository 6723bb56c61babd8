"""The analyst asks how a county's aid is spread, and gets numbers that its rows bear out."""

from datetime import date
from fractions import Fraction

import pytest
from django.urls import reverse

from chunyu.accounts.roles import Role
from chunyu.hardship.indices.categories import Category, category_of
from chunyu.hardship.indices.groups import flags_of_workers, is_young
from chunyu.hardship.indices.measuring import overview
from chunyu.hardship.indices.periods import Span, back_from, days, period_at
from chunyu.hardship.models import Decision
from chunyu.policy import installed_packs
from chunyu.registry.actions import state_fact
from chunyu.registry.models import Member
from tests.hardship.indices.spreading import LATER, PAID_ON, families, needs, pay, serve
from tests.situations import county

pytestmark = pytest.mark.django_db
YEAR = period_at(Span.YEAR, LATER)


@pytest.fixture
def yurun(settings):
    settings.CHUNYU_TODAY = LATER
    return county()


def look(client, yurun, role=Role.COUNTY_CASEWORKER, **chosen):
    client.force_login(yurun.post(role).user)
    return client.get(reverse("hardship:indices"), chosen)


def test_the_same_for_everybody_is_sesame_salt_and_the_gap_is_not(client, yurun):
    """In March everybody gets 500 yuan; in June twice as much money goes by the gap."""
    homes = families(yurun)
    pay(yurun, dict.fromkeys(homes, 50_000))
    march = overview(yurun.federation, days(PAID_ON, PAID_ON), "", LATER).now.indices
    assert (march.evenness, march.sesame) == (1, 1)
    pay(yurun, {home: need // 10 for home, need in zip(homes, needs(homes), strict=True)}, day=date(2026, 6, 1))
    june = overview(yurun.federation, days(date(2026, 6, 1), LATER), "", LATER).now.indices
    assert (june.need_fit, june.sesame) == (1, 0)
    shown = look(client, yurun, period="custom", start="2026-03-20", end="2026-03-20")
    assert shown.context["sesame"] == "1.00"
    assert "撒芝麻盐" in shown.context["sentence"]


def test_every_number_opens_the_rows_that_it_is_made_of(client, yurun):
    homes = families(yurun)
    pay(yurun, dict.fromkeys(homes, 50_000))
    pay(yurun, dict.fromkeys(homes[:4], 80_000), programme="medical", delivery="centre", day=date(2026, 5, 6))
    page = look(client, yurun)
    now = page.context["found"].now
    rows = {line.href for line in page.context["lines"]}
    assert len(rows) == 2
    behind = {each.split("?")[0]: client.get(each).context["page"] for each in rows}
    payments = behind[reverse("hardship:index-payments")]
    households = behind[reverse("hardship:index-households")]
    assert payments.sheet.paginator.count == 16
    assert households.sheet.paginator.count == now.indices.households == 12
    assert payments.total_fen() == households.total_fen() == now.indices.total_fen == 12 * 50_000 + 4 * 80_000
    assert {row.received_fen for row in households.found} == {50_000, 130_000}
    assert sorted(row.need_fen for row in households.found) == sorted(needs(homes))
    narrowed = client.get(f"{reverse('hardship:index-payments')}?programme=medical&delivery=centre")
    assert narrowed.context["page"].sheet.paginator.count == 4


def test_ten_households_are_enough_and_nine_too_few(client, yurun):
    homes = families(yurun, 10)
    pay(yurun, dict.fromkeys(homes[:9], 50_000))
    page = look(client, yurun)
    assert {line.now for line in page.context["lines"]} == {"数量太少"}
    pay(yurun, {homes[9]: 50_000}, day=date(2026, 4, 1))
    assert look(client, yurun).context["sesame"] == "1.00"


def test_a_need_that_nobody_knows_is_left_out_and_said(yurun):
    """One family's vehicle was never asked about, so its need is as unknown as its category: hardly. Its income is."""
    homes = families(yurun, 11)
    pay(yurun, {home: need // 10 for home, need in zip(homes, needs(homes), strict=True)})
    before = overview(yurun.federation, YEAR, "", LATER).now.indices
    assert (before.need_known, before.sesame) == (11, 0)
    late = Decision.objects.filter(household=homes[0]).order_by("-day").first()
    assert late.day < PAID_ON
    # Decided after the money had arrived: on that day nothing was known of it.
    other = families(yurun, 1, first=40)
    pay(yurun, dict.fromkeys(other, 1_000_000), day=date(2026, 2, 2))
    after = overview(yurun.federation, YEAR, "", LATER).now.indices
    assert (after.households, after.need_known, after.sesame) == (12, 11, 0)


def test_money_in_the_window_bunches_and_the_list_shows_which(client, yurun):
    homes = families(yurun)
    pay(yurun, dict.fromkeys(homes, 10_000), day=date(2026, 3, 4))  # 17 February is the festival: outside by two days
    pay(yurun, dict.fromkeys(homes, 30_000), day=date(2026, 3, 3))
    found = look(client, yurun, period="custom", start="2026-02-27", end="2026-03-08").context["found"].now.indices
    # Four of ten days lie in the window (27 February to 4 March is six; the window ends on 4 March).
    assert found.bunching == Fraction(10, 6)
    assert (
        client.get(reverse("hardship:index-payments"), {"festive": "yes"}).context["page"].sheet.paginator.count == 24
    )


def test_shifts_rise_with_members_entities_and_partners(yurun):
    homes = families(yurun)
    pay(yurun, dict.fromkeys(homes, 50_000), day=date(2026, 3, 4))
    first = overview(yurun.federation, days(date(2026, 3, 1), date(2026, 3, 31)), "", LATER).now.shifts
    assert (first.all_members, first.beyond_living, first.at_entities, first.from_society) == (0, 0, 0, 0)
    pay(yurun, dict.fromkeys(homes, 20_000), day=date(2026, 5, 1), programme="education", delivery="centre",
        source="donation")  # fmt: skip
    serve(yurun, 8, day=date(2026, 5, 8), partner="春雨职业培训学校", value_fen=30_000)
    later = overview(yurun.federation, days(date(2026, 4, 1), date(2026, 6, 30)), "", LATER).now
    assert later.people == 20
    assert later.shifts.all_members == Fraction(8, 20)
    assert (later.shifts.beyond_living, later.shifts.at_entities, later.shifts.from_society) == (1, 1, 1)


def test_groups_count_people_once_and_in_each_group(client, yurun):
    homes = families(yurun)
    pay(yurun, dict.fromkeys(homes, 50_000))
    serve(yurun, 3, front_line=True, migrant=True, dispatched=False)
    cuts = overview(yurun.federation, YEAR, "", LATER).cuts
    counted = {cut.group.value: cut.people for cut in cuts.groups}
    assert cuts.people == 15
    assert (counted["front_line"], counted["migrant"], counted["dispatched"]) == (3, 3, 0)
    assert cuts.in_groups == sum(counted.values()) == 6  # three people, two groups each
    assert cuts.unknown == 12
    page = look(client, yurun).content.decode()
    assert "共 15 人；各群体相加为 6 人次" in page


def test_young_is_an_age_on_a_day():
    born = date(1990, 6, 15)
    assert is_young(born, date(2026, 6, 14))
    assert not is_young(born, date(2026, 6, 15))


def test_places_add_up_and_can_be_sorted(client, yurun, settings):
    qinghe = county("青禾县")
    pay(yurun, dict.fromkeys(families(yurun), 50_000))
    homes = families(qinghe, first=60)
    pay(qinghe, {home: need // 10 for home, need in zip(homes, needs(homes), strict=True)})
    client.force_login(yurun.post(Role.PROVINCE_ANALYST).user)
    page = client.get(reverse("hardship:indices"), {"place": yurun.city.pk, "by": "-sesame"})
    assert [row["name"] for row in page.context["places"]] == ["雨润县总工会", "青禾县总工会"]
    turned = client.get(reverse("hardship:indices"), {"place": yurun.city.pk, "by": "sesame"})
    assert [row["name"] for row in turned.context["places"]] == ["青禾县总工会", "雨润县总工会"]
    found = page.context["found"]
    assert sum(each.found.indices.total_fen for each in found.places) == found.now.indices.total_fen


def test_the_trend_comes_after_the_page_or_stands_alone(client, yurun):
    homes = families(yurun)
    pay(yurun, dict.fromkeys(homes, 50_000), day=date(2026, 3, 4))
    pay(yurun, {home: need // 10 for home, need in zip(homes, needs(homes), strict=True)}, day=date(2026, 6, 1))
    page = look(client, yurun, period="quarter:2026-04-01")
    address = page.context["trend_address"]
    assert f'hx-get="{address.replace("&", "&amp;")}"' in page.content.decode()
    alone = client.get(address)
    assert "<!doctype html>" in alone.content.decode().lower()
    part = client.get(address, headers={"hx-request": "true"})
    assert "<html" not in part.content.decode()
    for answer in (alone, part):
        chart = answer.context["trend"]
        assert chart.summary == "撒芝麻盐指数：2026年第1季度为 1.00，2026年第2季度为 0.00。"
        assert [row[:2] for row in chart.rows] == [("2026年第1季度", "1.00"), ("2026年第2季度", "0.00")]


def test_tags_are_statements_and_a_migrants_work_says_so_too(yurun):
    migrant, said, unsaid = families(yurun, 3)
    caseworker = yurun.acting(Role.COUNTY_CASEWORKER, LATER)
    state_fact(caseworker, migrant, "work_status", "migrant", on=PAID_ON, member=migrant.worker)
    state_fact(caseworker, said, "work_status", "employed", on=PAID_ON, member=said.worker)
    flags = flags_of_workers(Member.objects.filter(is_worker=True), LATER)
    assert [flags[home.pk][1] for home in (migrant, said, unsaid)] == [1, -1, -1]
    assert flags_of_workers(Member.objects.filter(is_worker=True), date(2026, 3, 10))[migrant.pk][1] == -1


def test_a_foreign_place_does_not_exist(client, yurun):
    qinghe = county("青禾县")
    for address in (
        "hardship:indices",
        "hardship:index-trend",
        "hardship:index-payments",
        "hardship:index-households",
        "hardship:services",
    ):
        client.force_login(yurun.post(Role.COUNTY_CASEWORKER).user)
        assert client.get(reverse(address), {"place": qinghe.federation.pk}).status_code == 404
        assert client.get(reverse(address), {"place": yurun.city.pk}).status_code == 404
        assert client.get(reverse(address), {"place": "'; --"}).status_code == 404
        assert client.get(reverse(address), {"place": yurun.township.pk}).status_code == 200


@pytest.mark.parametrize("role", [Role.WORKPLACE_CHAIR, Role.TOWNSHIP_OFFICER, Role.SYSTEM_KEEPER])
def test_who_reads_no_figures_reads_none_here(client, yurun, role):
    assert look(client, yurun, role).status_code == 403


def test_a_broken_choice_is_answered_with_this_year(client, yurun):
    page = look(client, yurun, period="custom", start="2026-05-01", end="2026-04-01")
    assert page.status_code == 200
    assert page.context["found"].period.start == date(2026, 1, 1)


def test_as_many_queries_for_few_families_as_for_more(client, yurun, django_assert_max_num_queries):
    pay(yurun, dict.fromkeys(families(yurun, 10), 50_000))
    client.force_login(yurun.post(Role.COUNTY_CASEWORKER).user)
    addresses = [reverse(f"hardship:{name}") for name in ("indices", "index-payments", "index-households")]
    counts = []
    for _round in range(2):
        for address in addresses:
            with django_assert_max_num_queries(32) as asked:
                assert client.get(address).status_code == 200
            counts.append(len(asked))
        if not counts[3:]:
            pay(yurun, dict.fromkeys(families(yurun, 4, first=30), 40_000), day=date(2026, 5, 1))
    assert counts[:3] == counts[3:]


def test_periods():
    assert [each.label for each in back_from(period_at(Span.QUARTER, date(2026, 2, 1)), 3)] == [
        "2025年第3季度", "2025年第4季度", "2026年第1季度",
    ]  # fmt: skip
    half = period_at(Span.HALF, date(2026, 12, 31))
    assert (half.start, half.end) == (date(2026, 7, 1), date(2026, 12, 31))
    assert days(date(2026, 3, 1), date(2026, 3, 10)).before() == days(date(2026, 2, 19), date(2026, 2, 28))
    assert YEAR.until(LATER).end == LATER


def test_every_programme_of_every_rulebook_has_its_kind():
    codes = {code for pack in installed_packs() for code in pack.programmes}
    assert {code for code in codes if category_of(code) is Category.OTHER} == set()
