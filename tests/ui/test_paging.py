"""Lists of any length: counted as far as is said, leafed as far as was counted, found in parts without one lost."""

from __future__ import annotations

import pytest
from django.db.models import Q

from chunyu.accounts.roles import Role
from chunyu.federation.models import Organisation
from chunyu.ui.paging import Order, Part, Sheets
from tests.situations import workplace

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows(yurun):
    for number in range(30):
        workplace(yurun.township, f"第{number:02d}车间工会")
    return Organisation.objects.within(yurun.township.path).filter(name__contains="车间")


def names(page) -> list[str]:
    return [row.name for row in page.object_list]


def test_counts_exactly_up_to_the_limit_and_then_says_more(rows) -> None:
    order = Order(rows, "name")
    found = order.of(rows)
    exact, more = Sheets(found, 10, order, most=30), Sheets(found, 10, order, most=29)
    assert (exact.count, exact.is_more, exact.num_pages) == (30, False, 3)
    assert (more.count, more.is_more, more.num_pages) == (29, True, 3)
    assert len(more.get_page(3).object_list) == 9
    known = Sheets(found, 10, order, known=30, most=12)
    assert (known.count, known.is_more, known.num_pages) == (12, True, 2)


@pytest.mark.parametrize("key", ["name", "-name", "founded_on", "dissolved_on"])
@pytest.mark.parametrize("in_order", [True, False])
def test_parts_that_overlap_are_the_same_pages_as_the_whole(rows, key: str, in_order: bool) -> None:
    order = Order(rows, key)
    ways = Q(name__startswith="第0"), Q(name__contains="5"), Q(name__startswith="第1")
    parts = [Part(rows.filter(way), in_order) for way in ways]
    whole = order.of(rows.filter(ways[0] | ways[1] | ways[2]))
    sheets = Sheets(whole, 7, order, parts=parts)
    assert sheets.count == whole.count() == 21
    assert [names(sheets.page(number)) for number in (1, 2, 3)] == [
        [row.name for row in whole[first : first + 7]] for first in (0, 7, 14)
    ]


def test_nothing_found_is_an_empty_page(rows) -> None:
    none, order = rows.filter(name="没有"), Order(rows, "name")
    sheets = Sheets(order.of(none), 10, order, parts=[Part(none), Part(none)])
    assert (sheets.count, names(sheets.get_page(1))) == (0, [])


def test_a_list_says_that_there_is_more(yurun, client, rows, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chunyu.ui.paging.MOST_COUNTED", 20)
    monkeypatch.setattr(Sheets.__init__, "__kwdefaults__", Sheets.__init__.__kwdefaults__ | {"most": 20})
    client.force_login(yurun.post(Role.PROVINCE_ANALYST).user)
    page = client.get("/organising/archives/").content.decode()
    assert "超过 20 条" in page
    assert "请搜索或筛选" in page
