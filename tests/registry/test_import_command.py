"""`chunyu import`: the same import from the command line, with exit codes that scripts can trust."""

import json

import pytest
from click.testing import CliRunner

from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.registry.commands import import_workbook
from chunyu.registry.models import Household, Worker
from tests.registry.union_sheets import MEMBER_HEAD, member, sheet
from tests.registry.workbooks import expected, sample, yurun

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(settings):
    return yurun()


@pytest.fixture
def call(place, tmp_path):
    def call(content: bytes, *options: str, role: Role = Role.COUNTY_CASEWORKER):
        file = tmp_path / "名册.xlsx"
        file.write_bytes(content)
        username = place.post(role).user.username
        return CliRunner().invoke(import_workbook, [str(file), "--as", username, *options], catch_exceptions=False)

    return call


def test_a_right_workbook_exits_with_nought(call):
    done = call(sample("good"))
    assert (done.exit_code, Household.objects.count()) == (0, 40)
    assert "40" in done.output
    content = sample("good")
    call(content)
    assert call(content, "--json").exit_code == 0


def test_a_faulty_one_exits_with_one_and_names_sheet_row_and_column(call, tmp_path):
    refused = call(sample("faulty"), "--result", str(tmp_path / "marked.xlsx"))
    assert (refused.exit_code, Household.objects.count()) == (1, 0)
    lines = refused.output.splitlines()
    for each in expected("faulty"):
        assert any(each["sheet"] in line and each["row"] in line and each["column"] in line for line in lines), each
    assert (tmp_path / "marked.xlsx").read_bytes().startswith(b"PK")


def test_the_answer_can_be_read_by_programs(call):
    answer = json.loads(call(sample("faulty"), "--json", "--dry-run").stdout)
    assert answer["status"] == "checked"
    assert {(each["sheet"], str(each["row"]), each["column"]) for each in answer["faults"]} >= {
        (each["sheet"], each["row"], each["column"]) for each in expected("faulty")
    }
    assert [each["severity"] for each in answer["faults"]].count("warning") == 1


def test_a_trial_writes_nothing(call):
    assert call(sample("good"), "--dry-run").exit_code == 0
    assert Household.objects.count() == 0


def test_who_may_not_import_is_told_so(call):
    with pytest.raises(Refusal):
        call(sample("good"), role=Role.AUDITOR)
    assert Household.objects.count() == 0


def test_no_fault_shows_a_whole_number(call):
    said = call(sample("faulty"), "--json").stdout
    assert "139999196408220935" not in said
    assert "139999197304220231" not in said


def test_an_organiser_imports_members_and_transfers_them_on_their_word(call):
    mill, works = "雨润县纺织厂工会", "雨润县机械厂工会"

    def run(union: str, *options: str):
        return call(sheet(MEMBER_HEAD, member(1, union)), "--kind", "members", *options, role=Role.ORGANISER)

    assert run(mill).exit_code == 0
    refused = run(works)
    assert refused.exit_code == 1
    for words in ("名单", "所属工会", mill):
        assert words in refused.output
    told = json.loads(run(works, "--transfers", "--match", "number", "--dry-run", "--json").output)
    assert (told["kind"], told["match_key"], told["changed"], told["rows"]) == ("members", "number", 1, 1)
    assert run(works, "--transfers").exit_code == 0
    assert Worker.objects.get().organisation.name == works
    nothing = call(sheet(MEMBER_HEAD), "--kind", "nothing", role=Role.ORGANISER)
    assert nothing.exit_code == 2
    assert "enterprises" in nothing.output
