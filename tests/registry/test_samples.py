"""The two workbooks of one county: the right one imports whole and to the fen, the other is refused whole with every
planted fault at its cell and nothing else."""

import io

import openpyxl
import pytest

from chunyu.accounts.roles import Role
from chunyu.privacy import vault
from chunyu.registry.importing.findings import Findings
from chunyu.registry.models import Fact, ImportBatch, Member
from tests.registry.workbooks import digests, expected, figures_on_file, imported, rows, sample, yurun

pytestmark = pytest.mark.django_db
# What a planted fault cannot but show elsewhere: the other of two places.
COUNTERPARTS = {("困难职工基本信息", "18", "身份证号"), ("家庭成员", "3", "身份证号")}


@pytest.fixture
def place():
    return yurun()


@pytest.fixture
def clerk(place):
    return place.acting(Role.COUNTY_CASEWORKER)


def test_the_right_workbook_imports_whole_and_to_the_fen(place, clerk):
    batch = imported(clerk, sample("good"))
    assert (batch.status, batch.faults, batch.warnings) == ("imported", 0, 0)
    assert (batch.new, batch.people) == (40, 108)
    assert figures_on_file() == expected("good")


def test_what_is_unknown_stays_unknown_and_a_stated_zero_is_stated(place, clerk):
    imported(clerk, sample("good"))
    column = rows("good_workers")[2].index("是否有机动车")
    said = [row[column] for row in rows("good_workers")[3:] if row and len(row) > column and row[0]]
    assert Fact.objects.filter(name="has_vehicle").count() == sum(value is not None for value in said)
    assert not Fact.objects.filter(name="has_vehicle", flag=True).exists()
    assert Fact.objects.filter(name="other_income_12m").count() == 40


def test_each_fact_says_who_stated_it_when_and_in_which_cell(place, clerk):
    batch = imported(clerk, sample("good"))
    worker = Member.objects.get(name="程梅")
    fact = Fact.objects.get(member=worker, name="income_month")
    assert fact.amount_fen == 320_000
    assert (fact.source, fact.stated_by_id, fact.batch) == ("declared", clerk.user_id, batch)
    assert fact.origin == "困难职工基本信息!R5"


def test_the_faulty_workbook_is_refused_with_every_planted_fault_and_nothing_else(place, clerk):
    before = digests()
    batch = imported(clerk, sample("faulty"))
    assert batch.status == "refused"
    assert digests() == before
    found = {(f.sheet, str(f.row), f.header): f for f in Findings.of(batch.findings).faults}
    planted = {(each["sheet"], each["row"], each["column"]) for each in expected("faulty")}
    assert planted - found.keys() == set()
    assert found.keys() - planted == COUNTERPARTS
    warned = [each for each in found.values() if each.is_warning]
    assert [each.code for each in warned] == ["card_check_digit"]
    assert (batch.faults, batch.warnings) == (len(found) - 1, 1)


def test_the_result_is_their_own_workbook_with_each_fault_marked_and_explained(place, clerk):
    batch = imported(clerk, sample("faulty"))
    book = openpyxl.load_workbook(io.BytesIO(vault.get(batch.result)))
    listed, workers, members = book.worksheets
    assert listed.max_row == 1 + batch.faults + batch.warnings
    assert workers["C12"].value == "梁怡雨"
    for address in ("G22", "F6", "R30", "AA43", "Q45"):
        assert workers[address].comment is not None
        assert workers[address].fill.fgColor.rgb == "FFF9DDD6"
    assert "最后" in workers["G22"].comment.text or "last digits" in workers["G22"].comment.text
    assert workers["AC32"].fill.fgColor.rgb == "FFFBEFD0"
    assert members["A37"].comment is not None
    assert members["A36"].comment is None


def test_a_trial_writes_nothing_and_says_what_would_happen(place, clerk):
    before = digests()
    batch = imported(clerk, sample("good"), dry_run=True)
    assert (batch.status, batch.new, batch.faults) == ("checked", 40, 0)
    assert digests() == before
    assert imported(clerk, sample("faulty"), dry_run=True).status == "checked"
    assert digests() == before


def test_the_same_file_twice_answers_with_the_first_import(place, clerk):
    content = sample("good")
    first = imported(clerk, content)
    before = digests()
    assert imported(clerk, content) == first
    assert ImportBatch.objects.count() == 1
    assert digests() == before


def test_the_same_rows_in_another_file_change_nothing(place, clerk):
    imported(clerk, sample("good"))
    before = digests()
    other = openpyxl.load_workbook(io.BytesIO(sample("good")))
    other["家庭成员"].title = "成员"
    out = io.BytesIO()
    other.save(out)
    batch = imported(clerk, out.getvalue())
    assert (batch.status, batch.new, batch.changed, batch.unchanged) == ("imported", 0, 0, 40)
    assert digests() == before
