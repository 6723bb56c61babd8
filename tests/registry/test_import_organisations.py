"""A whole branch of the tree comes in from one sheet: founded under those that exist, renamed, and taken back."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from chunyu.accounts.roles import Role
from chunyu.federation.actions import found
from chunyu.federation.models import Organisation
from chunyu.registry.importing import actions
from tests.registry.union_sheets import (
    MEMBER_HEAD,
    MEMBERS,
    ORGANISATION_HEAD,
    ORGANISATIONS,
    faults,
    member,
    sent,
    sheet,
)
from tests.registry.workbooks import yurun
from tests.situations import DAY

pytestmark = pytest.mark.django_db
TOWN = "雨润县春风镇总工会"


@pytest.fixture
def place():
    return yurun()


@pytest.fixture
def organiser(place):
    return place.acting(Role.ORGANISER)


def content(*rows, head=ORGANISATION_HEAD):
    return sheet(list(head), *rows)


def branch():
    """The unions stand above the township that they belong to."""
    return content(
        ["春风镇面粉厂工会", TOWN, "基层工会", date(2014, 5, 1)],
        ["春风镇砖厂工会", TOWN, "单独基层工会", None],
        [TOWN, "雨润县总工会", "乡镇工会", date(2010, 1, 1)],
    )


def names(under: Organisation, day: date = DAY) -> list[str]:
    return sorted(Organisation.objects.within(under.path).as_of(day).values_list("name", flat=True))


def test_a_township_and_its_unions_are_founded_whatever_their_order_in_the_sheet(place, organiser):
    trial = sent(organiser, ORGANISATIONS, branch(), dry_run=True)
    assert (trial.status, trial.new, trial.faults) == ("checked", 3, 0)
    batch = sent(organiser, ORGANISATIONS, branch())
    assert (batch.status, batch.new) == ("imported", 3)
    town = Organisation.objects.get(name=TOWN)
    assert (town.parent, town.kind, town.region, town.founded_on) == (
        place.federation, "township_union", place.region, date(2010, 1, 1),
    )  # fmt: skip
    assert names(town) == sorted([TOWN, "春风镇砖厂工会", "春风镇面粉厂工会"])
    assert names(town, date(2014, 6, 1)) == sorted([TOWN, "春风镇面粉厂工会"])
    again = sent(organiser, ORGANISATIONS, branch())
    assert (again.new, again.unchanged) == (0, 3)


def test_renamed_by_number_or_by_the_former_name(place, organiser):
    number = f"{place.workplace.pk:06d}"
    head = ["组织编号", "工会名称", "上级工会"]
    batch = sent(organiser, ORGANISATIONS, content([number, "雨润县棉纺织厂工会", None], head=head), match_key="number")
    assert (batch.new, batch.changed) == (0, 1)
    place.workplace.refresh_from_db()
    assert place.workplace.name == "雨润县棉纺织厂工会"
    assert place.workplace.placements.as_of(DAY - timedelta(days=1)).get().name == "雨润县纺织厂工会"
    head = ["工会名称", "原名称", "上级工会"]
    row = ["雨润县新机械厂工会", "雨润县机械厂工会", place.township.name]
    sent(organiser, ORGANISATIONS, content(row, head=head))
    assert Organisation.objects.get(name="雨润县新机械厂工会").placements.count() == 2


def test_each_fault_names_sheet_row_and_column(place, organiser):
    wrong = content(
        ["甲厂工会", "没有的镇工会", "基层工会", None],
        ["乙厂工会", place.township.name, "工会委员会", None],
        ["丙厂工会", place.township.name, None, None],
        ["丁县总工会", place.township.name, "县总工会", None],
        ["戊厂工会", place.township.name, "基层工会", date(1999, 1, 1)],
        ["己厂工会", place.township.name, "基层工会", DAY + timedelta(days=1)],
        ["庚厂工会", "辛厂工会", "基层工会", None],
        ["辛厂工会", "庚厂工会", "基层工会", None],
        ["雨润县纺织厂工会", place.township.name, "联合基层工会", None],
        ["壬厂工会", place.township.name, "基层工会", None],
        ["壬厂工会", place.township.name, "基层工会", None],
    )
    batch = sent(organiser, ORGANISATIONS, wrong)
    found_faults = set(faults(batch))
    assert {
        ("名单", 3, "上级工会", "parent_unknown"),
        ("名单", 4, "组织类型", "code_unknown"),
        ("名单", 5, "组织类型", "kind_missing"),
        ("名单", 6, "组织类型", "kind_misplaced"),
        ("名单", 7, "成立日期", "before_parent"),
        ("名单", 8, "成立日期", "day_to_come"),
        ("名单", 11, "组织类型", "kind_differs"),
        ("名单", 13, "工会名称", "organisation_twice"),
    } <= found_faults
    assert "parents_in_a_circle" in {why for *_where, why in found_faults}
    assert batch.status == "refused"
    assert not Organisation.objects.filter(name="壬厂工会").exists()


def test_undone_they_stand_on_no_day_and_may_come_again(place, organiser):
    batch = sent(organiser, ORGANISATIONS, branch())
    assert actions.undo(organiser, batch).rows == 3
    assert TOWN not in names(place.federation)
    for day in (date(2014, 6, 1), DAY):
        assert TOWN not in names(place.federation, day)
    assert sent(organiser, ORGANISATIONS, branch()).new == 3


def test_a_rename_undone_never_was(place, organiser):
    head = ["工会名称", "原名称", "上级工会"]
    row = ["雨润县棉纺织厂工会", "雨润县纺织厂工会", place.township.name]
    batch = sent(organiser, ORGANISATIONS, content(row, head=head))
    actions.undo(organiser, batch)
    place.workplace.refresh_from_db()
    assert place.workplace.name == "雨润县纺织厂工会"
    assert place.workplace.placements.count() == 1


def test_what_belongs_to_a_union_since_refuses_the_undo_until_it_is_taken_back_too(place, organiser):
    batch = sent(organiser, ORGANISATIONS, branch())
    members = sent(organiser, MEMBERS, sheet(MEMBER_HEAD, member(1, "春风镇面粉厂工会")))
    with pytest.raises(actions.BuiltUpon, match="春风镇面粉厂工会") as refused:
        actions.undo(organiser, batch)
    assert len(refused.value.kept) == 2  # the township above it stays too
    actions.undo(organiser, members)
    assert actions.undo(organiser, batch).rows == 3


def test_a_union_founded_below_since_refuses_the_undo(place, organiser):
    batch = sent(organiser, ORGANISATIONS, branch())
    town = Organisation.objects.get(name=TOWN)
    found(name="春风镇新厂工会", kind="grassroots_union", region=town.region, parent=town, on=DAY)
    with pytest.raises(actions.BuiltUpon, match=TOWN):
        actions.undo(organiser, batch)
