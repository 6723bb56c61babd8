"""A large county's workbook: small here, 10,000 households with CHUNYU_VOLUME=10000."""

import io
import os
import time
from datetime import date, timedelta

import pytest
import xlsxwriter

from chunyu.accounts.roles import Role
from chunyu.registry.importing import actions
from chunyu.registry.membership.queries import members_under
from chunyu.registry.models import Fact, Household, Member
from tests.registry.people import id_number
from tests.registry.workbooks import build, imported, rows, yurun

HOUSEHOLDS = int(os.environ.get("CHUNYU_VOLUME", "150"))
FIRST_DAY = date(1960, 1, 1)
CHILD_DAY = date(2004, 1, 1)


def county_workbook(households: int, edition: str = "1") -> bytes:
    """Each worker with a spouse and a child, everything stated."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"constant_memory": True})
    # Two editions differ in their bytes even when they are made within one second: the same file is not read twice.
    book.set_properties({"comments": edition})
    workers, members = book.add_worksheet("职工"), book.add_worksheet("成员")
    workers.write_row(0, 0, rows("good_workers")[2])
    members.write_row(0, 0, rows("good_members")[1])
    template = rows("good_workers")[3]
    for at in range(households):
        day, order = FIRST_DAY + timedelta(days=at % 9000), 1 + 2 * (at // 9000)
        number = id_number(day, order)
        row = list(template)
        row[0], row[2], row[3], row[5], row[6], row[16] = at + 1, "程梅", "男", day.isoformat(), number, 3
        workers.write_row(at + 1, 0, row)
        wife = ["爱人", "配偶", id_number(day, 500 + order + 1), "良好", "1,200元", "失业"]
        child = [
            "孩子",
            "子",
            id_number(CHILD_DAY + timedelta(days=at % 3000), 1 + 2 * (at // 3000)),
            "良好",
            0,
            "学生",
        ]
        members.write_row(2 * at + 1, 0, [number, *wife])
        members.write_row(2 * at + 2, 0, [number, *child])
    book.close()
    return out.getvalue()


@pytest.mark.django_db
def test_a_whole_county_imports_in_one_go(capsys):
    clerk = yurun().acting(Role.COUNTY_CASEWORKER)
    content = county_workbook(HOUSEHOLDS)
    begun = time.perf_counter()
    batch = imported(clerk, content)
    first = time.perf_counter() - begun
    assert (batch.status, batch.new, batch.people) == ("imported", HOUSEHOLDS, 3 * HOUSEHOLDS)
    assert (Household.objects.count(), Member.objects.count()) == (HOUSEHOLDS, 3 * HOUSEHOLDS)
    facts = Fact.objects.count()
    begun = time.perf_counter()
    again = imported(clerk, county_workbook(HOUSEHOLDS, edition="2"))
    assert (again.unchanged, Fact.objects.count()) == (HOUSEHOLDS, facts)
    with capsys.disabled():
        print(f"\n{HOUSEHOLDS} households, {facts} facts: {first:.1f} s; again: {time.perf_counter() - begun:.1f} s")


@pytest.mark.django_db
def test_the_members_of_a_whole_county_come_in_and_go_back_in_one_go(capsys):
    organiser = yurun().acting(Role.ORGANISER)
    head = ["姓名", "身份证号", "所属工会", "会员证号", "入会日期"]
    unions = ("雨润县纺织厂工会", "雨润县机械厂工会")
    numbers = [id_number(FIRST_DAY + timedelta(days=at % 9000), 1 + at // 9000) for at in range(HOUSEHOLDS)]
    lines = [["程梅", each, unions[at % 2], f"YR{at}", "2012-05-01"] for at, each in enumerate(numbers)]
    begun = time.perf_counter()
    batch = imported(organiser, build({"会员": [head, *lines]}), kind="members")
    first = time.perf_counter() - begun
    assert (batch.status, batch.new, members_under(organiser.path)) == ("imported", HOUSEHOLDS, HOUSEHOLDS)
    begun = time.perf_counter()
    assert actions.undo(organiser, batch).rows == HOUSEHOLDS
    assert members_under(organiser.path) == 0
    with capsys.disabled():
        print(f"\n{HOUSEHOLDS} members: {first:.1f} s; undone: {time.perf_counter() - begun:.1f} s")
