"""An organiser brings in a county's employers with their counts of workers, corrects them, and takes an import back."""

from __future__ import annotations

from datetime import date

import pytest

from chunyu.accounts.roles import Role
from chunyu.registry.employers.actions import count_workers
from chunyu.registry.employers.queries import counted, here_on
from chunyu.registry.employers.tables import Enterprise, Headcount, UnionCover
from chunyu.registry.importing import actions
from chunyu.registry.importing.findings import Findings
from tests.registry.union_sheets import EMPLOYER_HEAD, EMPLOYERS, code, employer, faults, sent, sheet
from tests.registry.workbooks import yurun
from tests.situations import DAY, county

pytestmark = pytest.mark.django_db
MILL, WORKS = "雨润县纺织厂工会", "雨润县机械厂工会"


@pytest.fixture
def place():
    return yurun()


@pytest.fixture
def organiser(place):
    return place.acting(Role.ORGANISER)


def content(*rows):
    return sheet(EMPLOYER_HEAD, *rows)


def on_file(place) -> dict[str, tuple]:
    rows = counted(here_on(Enterprise.objects.within(place.path), DAY), DAY)
    return {each.name: (each.credit_code, each.workers_then, each.migrants, each.covering_name) for each in rows}


def test_employers_with_their_workers_and_unions_come_in_and_the_same_again(place, organiser):
    rows = [employer(1, union=MILL), employer(2, "1,250人"), employer(3, None)]
    trial = sent(organiser, EMPLOYERS, content(*rows), dry_run=True)
    assert (trial.status, trial.new, trial.faults) == ("checked", 3, 0)
    batch = sent(organiser, EMPLOYERS, content(*rows))
    assert (batch.status, batch.new, batch.match_key) == ("imported", 3, "credit_code")
    assert on_file(place) == {
        "雨润县第1商店": (code(1), 120, 10, MILL),
        "雨润县第2商店": (code(2), 1250, 10, None),
        "雨润县第3商店": (code(3), None, None, None),
    }
    assert Headcount.objects.get(workers=120).counted_on == date(2015, 1, 1)
    assert sent(organiser, EMPLOYERS, content(*rows)).unchanged == 3


def test_a_new_count_a_new_name_and_another_union_change_what_is_on_file(place, organiser):
    sent(organiser, EMPLOYERS, content(employer(1, union=MILL), employer(2)))
    rows = content(employer(1, 130, name="雨润县大商店", union=WORKS, on=date(2015, 1, 10)), employer(2))
    trial = sent(organiser, EMPLOYERS, rows, dry_run=True)
    said = [(each.before, each.after) for each in Findings.of(trial.findings).changes]
    assert ("雨润县第1商店", "雨润县大商店") in said
    assert (MILL, WORKS) in said
    assert ("2015-01-01: 120 / 10 / 0", "2015-01-10: 130 / 10 / 0") in said
    batch = sent(organiser, EMPLOYERS, rows)
    assert (batch.new, batch.changed, batch.unchanged) == (0, 1, 1)
    assert on_file(place)["雨润县大商店"] == (code(1), 130, 10, WORKS)
    before = counted(Enterprise.objects.filter(credit_code=code(1)), date(2015, 1, 9)).get()
    assert (before.workers_then, before.covering_name) == (120, None)  # covered from the import on


def test_found_by_name_a_missing_or_wrong_code_is_taken_over(place, organiser):
    sent(organiser, EMPLOYERS, content(employer(1, code=None), employer(2)))
    filled = sent(organiser, EMPLOYERS, content(employer(1)))  # by code: none is on file for this one, so by its name
    assert (filled.new, filled.changed) == (0, 1)
    renewed = content(employer(2, code=code(22)))
    by_code = sent(organiser, EMPLOYERS, renewed, dry_run=True)
    assert (by_code.new, by_code.changed) == (1, 0)
    by_name = sent(organiser, EMPLOYERS, renewed, match_key="name")
    assert (by_name.new, by_name.changed) == (0, 1)
    assert Enterprise.objects.get(name="雨润县第2商店").credit_code == code(22)
    taken = sent(organiser, EMPLOYERS, content(employer(2, code=code(1))), match_key="name")
    assert [why for *_where, why in faults(taken)] == ["credit_code_taken"]


def test_each_fault_names_sheet_row_and_column(place, organiser):
    sent(county("青禾县").acting(Role.ORGANISER), EMPLOYERS, content(employer(9)))
    wrong = content(
        employer(1, code=code(1)[:-1] + ("A" if code(1)[-1] != "A" else "B")),
        employer(2, code="911399"),
        employer(3, ownership=None),
        employer(4, 5, migrants=6),
        employer(5, "很多"),
        employer(6),
        employer(6, name="另一个名字"),
        employer(9),
        employer(10, union="雨润县总工会"),
        employer(11, on=date(2016, 1, 1)),
    )
    batch = sent(organiser, EMPLOYERS, wrong)
    assert set(faults(batch)) == {
        ("名单", 3, "统一社会信用代码", "credit_code_wrong"),
        ("名单", 4, "统一社会信用代码", "credit_code_length"),
        ("名单", 5, "单位类别", "ownership_missing"),
        ("名单", 6, "农民工数", "part_exceeds_whole"),
        ("名单", 7, "职工数", "count_unreadable"),
        ("名单", 9, "统一社会信用代码", "employer_twice"),
        ("名单", 10, "统一社会信用代码", "employer_elsewhere"),
        ("名单", 11, "所属工会", "union_takes_no_members"),
        ("名单", 12, "统计日期", "day_to_come"),
    }
    assert batch.status == "refused"


def test_undone_it_leaves_nobody_on_file_and_may_come_again(place, organiser):
    batch = sent(organiser, EMPLOYERS, content(employer(1, union=MILL), employer(2)))
    assert actions.undo(organiser, batch).rows == 2
    assert on_file(place) == {}
    for day in (date(2015, 1, 1), DAY):
        assert not here_on(Enterprise.objects.all(), day).exists()
        assert not UnionCover.objects.as_of(day).exists()
    assert not Headcount.objects.standing().exists()
    again = sent(organiser, EMPLOYERS, content(employer(1, union=MILL), employer(2)))
    assert (again.status, again.new) == ("imported", 2)
    assert len(on_file(place)) == 2


def test_a_correction_undone_puts_names_counts_and_unions_back(place, organiser):
    sent(organiser, EMPLOYERS, content(employer(1, union=MILL), employer(2)))
    before = on_file(place)
    batch = sent(
        organiser, EMPLOYERS, content(employer(1, 130, name="新名商店", union=WORKS), employer(2, 7, migrants=0))
    )
    assert on_file(place) != before
    actions.undo(organiser, batch)
    assert on_file(place) == before


def test_a_count_stated_since_refuses_the_undo_and_names_the_employer(place, organiser):
    batch = sent(organiser, EMPLOYERS, content(employer(1), employer(2)))
    firm = Enterprise.objects.get(credit_code=code(2))
    count_workers(organiser, firm, workers=99, on=DAY, source="走访")
    with pytest.raises(actions.BuiltUpon, match="第2商店") as refused:
        actions.undo(organiser, batch)
    assert len(refused.value.kept) == 1
    assert len(on_file(place)) == 2
    assert actions.undo(organiser, batch, leave_out=True).rows == 1
    assert list(on_file(place)) == ["雨润县第2商店"]
