"""A caseworker looks for something in a list, narrows it, and takes it away as a file."""

import csv
import io
import re
from datetime import date

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from chunyu.accounts.roles import Role
from tests.situations import county, workplace

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.ui.addresses")]

LIST = "/sample/"
# What a spreadsheet takes for a formula, plain and disguised.
FORMULAS = ["=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "＝1", " =1", "'=1", "=HYPERLINK(0)", "\u3000＠x"]


def signed_in(post) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(post.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def caseworker(yurun) -> Client:
    return signed_in(yurun.post(Role.COUNTY_CASEWORKER))


@pytest.fixture
def forty_workplaces(yurun) -> None:
    for number in range(40):
        workplace(yurun.township, f"第{number:02d}车间工会")


def text(answer) -> str:
    return answer.content.decode()


def shown(answer) -> list[str]:
    return [row.name for row in answer.context["page"].sheet.object_list]


def test_shows_the_own_county_and_nothing_of_the_next(caseworker):
    county("青禾县")
    page = text(caseworker.get(LIST))
    assert "雨润县纺织厂工会" in page
    assert "青禾县" not in page
    assert "3 rows" in page
    assert "3,703.68" in page
    assert "as of" in page


def test_finds_rows_that_hold_every_word(caseworker, forty_workplaces):
    assert shown(caseworker.get(LIST, {"q": "07"})) == ["第07车间工会"]
    assert shown(caseworker.get(LIST, {"q": "雨润县 纺织"})) == ["雨润县纺织厂工会"]


def test_narrows_by_a_filter_and_lifts_it_again(caseworker, forty_workplaces):
    answer = caseworker.get(LIST, {"kind": "county_federation", "q": "总工会"})
    assert shown(answer) == ["雨润县总工会"]
    lifts = {each.label: each.url for each in answer.context["page"].narrowed}
    assert lifts == {
        "Search: 总工会": "/sample/?kind=county_federation",
        "Kind of organisation: county federation": "/sample/?q=%E6%80%BB%E5%B7%A5%E4%BC%9A",
    }


def test_a_search_sent_as_a_form_becomes_an_address(caseworker):
    answer = caseworker.post(LIST, {"q": "纺织", "kind": "", "sort": "-name"})
    assert (answer.status_code, answer.url) == (303, "/sample/?q=%E7%BA%BA%E7%BB%87&sort=-name")


@pytest.mark.parametrize("number", ["139999198001010011", "1399991980", "139 9999 8888", "6222 0200 0000 0000"])
def test_a_personal_number_is_looked_for_and_stands_in_no_address(caseworker, number):
    page = text(caseworker.post(LIST, {"q": number, "kind": "county_federation"}))
    assert "Nothing matches" in page
    links = re.findall(r'(?:href|action|hx-get)="([^"]*)"', page)
    assert any("county_federation" in link for link in links)
    assert not [link for link in links if "q=" in link]
    assert 'name="export"' not in page


def test_sorts_both_ways_and_ignores_what_it_does_not_know(caseworker, forty_workplaces):
    names = shown(caseworker.get(LIST, {"sort": "-name"}))
    assert names == sorted(names, reverse=True)
    assert shown(caseworker.get(LIST, {"sort": "-password"})) == shown(caseworker.get(LIST))


def test_turns_pages_and_survives_a_page_that_is_not_there(caseworker, forty_workplaces):
    first, second = (shown(caseworker.get(LIST, {"page": number})) for number in (1, 2))
    assert len(first) == len(second) == 20
    assert not set(first) & set(second)
    assert len(shown(caseworker.get(LIST, {"page": "999"}))) == 3
    assert shown(caseworker.get(LIST, {"page": "x"})) == first


def test_an_empty_list_says_what_to_do(caseworker):
    assert "Remove a filter above" in text(caseworker.get(LIST, {"q": "没有这个"}))
    page = text(caseworker.get("/sample/empty/"))
    assert "还没有工会组织" in page
    assert "从 Excel 导入组织名册。" in page


def test_the_number_of_queries_does_not_grow_with_the_rows(caseworker, forty_workplaces):
    def queries(**chosen) -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            caseworker.get(LIST, chosen)
        return len(seen)

    assert queries(q="第00车间") == queries()


def test_a_script_fetches_only_the_rows(caseworker):
    whole, part = (
        text(caseworker.get(LIST, headers=headers)) for headers in ({}, {"HX-Request": "true", "HX-Target": "rows"})
    )
    assert "<html" in whole
    assert "<html" not in part
    assert "雨润县纺织厂工会" in part


def test_a_role_that_is_not_named_is_refused(yurun):
    assert signed_in(yurun.post(Role.AUDITOR)).get(LIST).status_code == 403


@pytest.fixture
def hostile_names(yurun) -> list[str]:
    for name in FORMULAS:
        workplace(yurun.township, name)
    return FORMULAS


def test_takes_away_exactly_what_was_narrowed_as_a_workbook(caseworker, forty_workplaces):
    answer = caseworker.post(f"{LIST}?q=车间&sort=-name", {"export": "xlsx"})
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0] == ("名称", "类型", "地区", "成立日期", "字数", "经费（元）")
    assert len(rows) == 41
    assert rows[1][0] == "第39车间工会"
    assert rows[1][3].date() == date(2000, 1, 1)
    assert rows[1][4:] == (7, 1234.56)


def test_no_cell_of_a_workbook_is_a_formula(caseworker, hostile_names):
    answer = caseworker.post(LIST, {"export": "xlsx"})
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    cells = [row[0] for row in book.active.iter_rows(min_row=2)]
    assert set(hostile_names) <= {cell.value for cell in cells}
    assert {cell.data_type for cell in cells} == {"s"}
    assert not [cell for cell in cells if cell.hyperlink]


def test_no_cell_of_a_csv_file_starts_a_formula(caseworker, hostile_names):
    answer = caseworker.post(LIST, {"export": "csv"})
    content = b"".join(answer.streaming_content).decode("utf-8-sig")
    names = [row[0] for row in csv.reader(io.StringIO(content, newline=""))]
    assert {f"'{name}" for name in hostile_names} <= set(names)
    assert "雨润县纺织厂工会" in names


def test_an_unknown_kind_of_file_is_no_page(caseworker):
    assert caseworker.post(LIST, {"export": "exe"}).status_code == 404


def test_a_reading_request_exports_nothing(caseworker):
    assert caseworker.get(LIST, {"export": "csv"})["Content-Type"].startswith("text/html")
