"""The grid, full-time posts and grants as they are seen: on a phone and a wide screen, in both languages."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from chunyu.accounts.roles import Role
from chunyu.organising.full_time import actions as posts
from chunyu.organising.grants import actions as grants
from chunyu.organising.grants.shown import digest_of_plan
from chunyu.organising.grants.tables import GrantUse
from chunyu.organising.grid import actions as grid
from tests.organising.granting import BUDGET, fund_of, plan
from tests.organising.unions import TODAY, Kind, firm, members, station, union, village
from tests.registry.people import id_number
from tests.situations import county

pytestmark = pytest.mark.django_db(transaction=True)
START = date(2020, 1, 1)


@pytest.fixture
def yurun(settings):
    settings.CHUNYU_TODAY = TODAY
    return county("雨润县")


@pytest.fixture
def look(visit, screenshot, axe):
    def at(user, address: str, name: str) -> None:
        page = visit(user, address)
        axe(page)
        screenshot(page, name, widths=(360, 1600), languages=("zh-Hans", "en"))

    return at


def test_the_grid(look, yurun):
    organiser = yurun.acting(Role.ORGANISER, TODAY)
    cell = grid.open_cell(organiser, station(yurun), name="第一网格", area="春雨路以东、纺织路以北", on=START)
    firms = [firm(organiser, yurun, f"雨润县第{n}食品加工有限公司", 30) for n in range(6)]
    villages = [village(yurun, "城关镇东关社区工会联合会"), village(yurun, "城关镇西河村工会")]
    grid.put_in_cell(organiser, cell, enterprises=firms[:4], villages=villages[:1], on=START)
    grid.give_to_keeper(organiser, cell, person="邵丽娟", on=START)
    grid.give_to_keeper(organiser, cell, post=yurun.post(Role.TOWNSHIP_OFFICER), on=date(2024, 1, 1))
    user = yurun.post(Role.ORGANISER).user
    look(user, reverse("organising:grid"), "grid")
    look(user, reverse("organising:cell", args=[cell.pk]), "grid-cell")
    look(user, reverse("organising:uncovered"), "grid-uncovered")
    look(user, reverse("organising:assign"), "grid-assign")
    look(user, reverse("organising:keeper", args=[cell.pk]), "grid-keeper")
    look(user, reverse("organising:union", args=[yurun.township.pk]), "union-with-grid")


def test_full_time_posts(look, yurun):
    organiser = yurun.acting(Role.ORGANISER, TODAY)
    couriers = union(yurun, "雨润县快递行业工会联合会", Kind.UNION_ASSOCIATION)
    members(organiser, union(yurun, "顺和快递工会", under=couriers), 5, first=30)
    opened = [posts.open_post(organiser, couriers, title, on=START) for title in ("组织员", "集体协商指导员", "维权员")]
    holdings = [
        posts.fill_post(
            organiser, post, name="程梅", id_number=id_number(order=n), contract=f"工聘〔2020〕{n}号", on=START,
            contract_until=date(2027, 1, 1),
        )
        for n, post in enumerate(opened[:2], 1)
    ]  # fmt: skip
    training = posts.hold_class(
        organiser,
        name="2025年集体协商培训班",
        category="bargaining",
        starts_on=date(2025, 6, 1),
        ends_on=date(2025, 6, 3),
    )
    posts.take_part(organiser, training, holdings)
    posts.examine(organiser, training.taken.first(), on=date(2025, 6, 3), passed=True, score=88)
    user = yurun.post(Role.ORGANISER).user
    look(user, reverse("organising:full-time"), "full-time")
    look(user, reverse("organising:loads"), "full-time-load")
    look(user, reverse("organising:full-time-post", args=[opened[0].pk]), "full-time-post")
    look(user, reverse("organising:class", args=[training.pk]), "full-time-class")
    look(user, reverse("organising:fill-post", args=[opened[2].pk]), "full-time-fill")


def test_grants(look, yurun):
    finance, second = yurun.acting(Role.FINANCE_OFFICER, TODAY), yurun.acting(Role.COUNTY_APPROVER, TODAY)
    officer = yurun.acting(Role.TOWNSHIP_OFFICER, TODAY)
    fund = fund_of(finance, yurun.federation, 10 * BUDGET)
    before = plan(finance, yurun.federation, [yurun.township, yurun.workplace], year=2025)
    grants.approve_plan(second, before, shown=digest_of_plan(before))
    grants.hand_down(finance, before, fund, day=TODAY)
    share = before.shares.get(organisation=yurun.township)
    grants.enter_use(
        officer, share, used_on=TODAY, purpose=GrantUse.Purpose.VISITS, text="走访一线职工", document_no="凭证12号",
        amount_fen=1_234_567,
    )  # fmt: skip
    preview = plan(finance, yurun.federation, [yurun.township, village(yurun, "城关镇西河村工会")])
    user = yurun.post(Role.COUNTY_APPROVER).user
    look(user, reverse("organising:grants"), "grants")
    look(user, reverse("organising:grant", args=[preview.pk]), "grant-preview")
    look(user, reverse("organising:approve-grant", args=[preview.pk]), "grant-approve")
    look(user, reverse("organising:grant-shares"), "grant-shares")
    look(user, reverse("organising:grant-receivers"), "grant-receivers")
    look(user, reverse("organising:plan-grant"), "grant-plan")
    look(officer.post.user, reverse("organising:grant-share", args=[share.pk]), "grant-share")
