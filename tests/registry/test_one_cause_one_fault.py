"""One slip in an otherwise right workbook gives one fault at its cell, not a trail of what follows from it."""

from datetime import date

import pytest

from chunyu.accounts.roles import Role
from chunyu.registry.importing.findings import Findings
from tests.registry.people import id_number
from tests.registry.test_variants import members, table, workers
from tests.registry.workbooks import build, imported, yurun

pytestmark = pytest.mark.django_db

FAMILY = 1  # 程梅, with three members
NUMBER = "139999199309136803"

SLIPS = {
    "typed as a number": (float(NUMBER), "id_as_number"),
    "left empty": (None, "id_missing"),
    "one digit short": (NUMBER[:-1], "id_length"),
    "one digit wrong": (NUMBER[:9] + "4" + NUMBER[10:], "id_check_digit"),
    "two digits swapped": (NUMBER[:13] + NUMBER[14] + NUMBER[13] + NUMBER[15:], "id_check_digit"),
    "a letter in it": (NUMBER[:6] + "I" + NUMBER[7:], "id_characters"),
    "masked": ("139***********6803"[:16] + "03", "id_masked"),
}


def faults(changed_workers=None, changed_members=None) -> list[tuple[str, str]]:
    content = build({"职工": table(changed_workers or workers()), "成员": table(changed_members or members())})
    batch = imported(yurun().acting(Role.COUNTY_CASEWORKER), content)
    assert batch.status == "refused"
    return [(each.code, each.cell) for each in Findings.of(batch.findings).faults]


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_in_the_workers_number_is_one_fault(slip):
    value, code = SLIPS[slip]
    records = workers()
    records[FAMILY]["身份证号"] = value
    assert faults(records) == [(code, "G3")]


def test_a_slip_in_a_members_pointer_is_one_fault():
    kin = members()
    kin[3]["职工身份证号"] = NUMBER[:-1]
    assert faults(None, kin) == [("id_length", "A5")]
    kin[3]["职工身份证号"] = None
    assert faults(None, kin) == [("key_missing", "A5")]


def test_a_member_who_points_to_a_stranger_is_an_orphan_and_the_family_is_measured():
    kin = members()
    kin[3]["职工身份证号"] = id_number(date(1977, 7, 7), 7)
    assert faults(None, kin) == [("size_differs", "Q3"), ("member_orphan", "A5")]


def test_a_row_without_name_and_number_is_one_fault():
    records = workers()
    records.append(dict.fromkeys(records[0]) | {"性别": "女", "手机号": "13900000000"})
    assert faults(records) == [("nobody_named", f"C{len(records) + 1}")]


def test_the_same_worker_three_times_is_told_at_each_and_nothing_else():
    records = workers()
    records += [dict(records[FAMILY]), dict(records[FAMILY])]
    found = faults(records)
    assert {code for code, _ in found} == {"worker_twice"}
    assert len(found) == 3
