"""The two workbooks of one county: the right one imports whole and to the fen, the other is refused whole with every
planted fault at its cell and nothing else."""

import io
from decimal import Decimal

import openpyxl
import pytest
from django.db import connection

from chunyu.accounts.roles import Role
from chunyu.privacy import vault
from chunyu.registry.importing.findings import Findings
from chunyu.registry.models import Fact, Household, ImportBatch, Member
from chunyu.registry.queries import facts_of_many
from tests.registry.workbooks import expected, imported, rows, sample, yurun

pytestmark = pytest.mark.django_db
RIGID = ["medical", "education", "housing", "disability", "other_rigid"]
TABLES = ["household", "member", "fact", "cause", "filesequence"]
# What a planted fault cannot but show elsewhere: the other of two places.
COUNTERPARTS = {("困难职工基本信息", "18", "身份证号"), ("家庭成员", "3", "身份证号")}


@pytest.fixture
def place():
    return yurun()


@pytest.fixture
def clerk(place):
    return place.acting(Role.COUNTY_CASEWORKER)


def digests() -> dict[str, str]:
    """What every table of the registry holds, as one digest each."""
    found = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(
                f"SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM registry_{table} t"
            )
            found[table] = cursor.fetchone()[0]
    return found


def figures_of(households) -> dict[str, dict[str, str]]:
    found = {}
    for facts in facts_of_many(households, households[0].opened_on).values():
        income = 12 * sum(each.facts["income_month"].value for each in facts.members)
        income += facts.facts["other_income_12m"].value
        rigid = sum(facts.facts[f"{head}_spending_12m"].value for head in RIGID)
        size = len(facts.members)
        net = (Decimal(income - rigid) / 100 / size / 12).quantize(Decimal("0.01"))
        worker = Member.objects.get(pk=facts.members[0].key)
        found[worker.id_number.reveal()] = {
            "worker_id": worker.id_number.reveal(),
            "name": worker.name,
            "members": str(size),
            "income_12m": str(income // 100),
            "rigid_spending_12m": str(rigid // 100),
            "net_income_per_head_month": str(net),
        }
    return found


def test_the_right_workbook_imports_whole_and_to_the_fen(place, clerk):
    batch = imported(clerk, sample("good"))
    assert (batch.status, batch.faults, batch.warnings) == ("imported", 0, 0)
    assert (batch.new, batch.people) == (40, 108)
    figures = figures_of(list(Household.objects.all()))
    assert sorted(figures.values(), key=lambda each: each["worker_id"]) == sorted(
        expected("good"), key=lambda each: each["worker_id"]
    )


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
