"""An organiser brings in a county's members from a sheet: admitted, corrected, transferred, taken back."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.organising.members.queries import on_record
from chunyu.registry.importing import actions
from chunyu.registry.importing.findings import Findings
from chunyu.registry.membership.actions import end_membership, transfer
from chunyu.registry.membership.queries import members_under, members_under_on
from chunyu.registry.membership.tables import MemberCount, Membership, Worker
from tests.registry.people import id_number
from tests.registry.union_sheets import MEMBER_HEAD, MEMBERS, faults, member, sent, sheet
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


def members_of(place) -> dict[str, int]:
    return dict(MemberCount.objects.filter(members__gt=0).values_list("organisation__name", "members"))


def content(*rows):
    return sheet(MEMBER_HEAD, *rows)


def test_a_sheet_of_members_is_tried_out_imported_and_the_same_again(place, organiser):
    rows = [member(order, MILL if order < 4 else WORKS) for order in range(1, 6)]
    trial = sent(organiser, MEMBERS, content(*rows), dry_run=True)
    assert (trial.status, trial.new, trial.changed, trial.unchanged, trial.faults) == ("checked", 5, 0, 0, 0)
    assert Worker.objects.count() == 0
    batch = sent(organiser, MEMBERS, content(*rows))
    assert (batch.status, batch.new, batch.people, batch.match_key) == ("imported", 5, 5, "id_number")
    assert members_of(place) == {MILL: 3, WORKS: 2}
    worker = Worker.objects.get(initials="cm", memberships__number="YR000001")
    assert (worker.id_number.reveal(), worker.phone.reveal(), worker.skill_level) == (id_number(), "13900000001", "3")
    assert worker.memberships.get().valid_from == date(2012, 5, 1)
    again = sent(organiser, MEMBERS, content(*rows))
    assert (again.new, again.changed, again.unchanged) == (0, 0, 5)


def test_what_differs_is_shown_masked_and_changed(place, organiser):
    sent(organiser, MEMBERS, content(member(1, MILL), member(2, MILL)))
    rows = content(member(1, MILL, phone="13911112222", skill="技师"), member(2, MILL, number="NEW2"))
    trial = sent(organiser, MEMBERS, rows, dry_run=True)
    changes = [(each.row, each.before, each.after) for each in Findings.of(trial.findings).changes]
    assert (3, "高级工", "技师") in changes
    assert (4, "YR000002", "NEW2") in changes
    assert not any("13911112222" in after for _row, _before, after in changes)
    batch = sent(organiser, MEMBERS, rows)
    assert (batch.new, batch.changed) == (0, 2)
    assert Worker.objects.get(memberships__number="NEW2").skill_level == "3"
    assert Worker.objects.filter(skill_level="2").count() == 1


def test_a_member_of_another_union_is_refused_in_the_cell_or_transferred_on_the_senders_word(place, organiser):
    sent(organiser, MEMBERS, content(member(1, MILL), member(2, MILL)))
    rows = content(member(1, WORKS), member(2, MILL))
    refused = sent(organiser, MEMBERS, rows)
    assert (refused.status, faults(refused)) == ("refused", [("名单", 3, "所属工会", "member_of_another")])
    assert members_of(place) == {MILL: 2}
    trial = sent(organiser, MEMBERS, rows, transfers=True, dry_run=True)
    assert (trial.new, trial.changed, trial.unchanged) == (0, 1, 1)
    (change,) = Findings.of(trial.findings).changes
    assert (change.before, change.after) == (MILL, WORKS)
    batch = actions.carry_out(organiser, trial)
    from chunyu.registry.importing.job import run

    run(batch.pk)
    assert members_of(place) == {MILL: 1, WORKS: 1}
    spells = list(Membership.objects.filter(worker__memberships__organisation__name=WORKS).order_by("valid_from"))
    assert [(each.valid_from, each.begun, each.ended) for each in spells] == [
        (date(2012, 5, 1), "joined", "transferred"),
        (DAY, "transferred", ""),
    ]


def test_of_a_member_in_another_county_only_the_county_is_told(place, organiser):
    qinghe = county("青禾县")
    sent(qinghe.acting(Role.ORGANISER), MEMBERS, content(member(1, qinghe.workplace.name)))
    batch = sent(organiser, MEMBERS, content(member(1, MILL)))
    (fault,) = Findings.of(batch.findings).faults
    assert (fault.code, fault.params) == ("member_elsewhere", {"county": "青禾县"})
    sent(organiser, MEMBERS, content(member(1, MILL)), transfers=True)
    assert members_of(place) == {MILL: 1}


def test_each_fault_names_sheet_row_and_column(place, organiser):
    wrong = content(
        member(1, MILL, id="139999198001010011"),
        member(2, "雨润县总工会"),
        member(3, MILL, joined=DAY + timedelta(days=1)),
        member(4, MILL),
        member(4, WORKS),
        member(6, MILL, skill="大师"),
        member(7, MILL, firm="没有的厂"),
    )
    batch = sent(organiser, MEMBERS, wrong)
    assert batch.status == "refused"
    assert set(faults(batch)) == {
        ("名单", 4, "所属工会", "union_takes_no_members"),
        ("名单", 5, "入会日期", "day_to_come"),
        ("名单", 7, "身份证号", "worker_twice"),
        ("名单", 8, "技能等级", "code_unknown"),
        ("名单", 9, "工作单位", "employer_unknown"),
    } | ({("名单", 3, "身份证号", "id_check_digit")} if id_number() != "139999198001010011" else set())
    assert not Worker.objects.exists()


def test_found_by_the_member_number_an_id_number_is_corrected(place, organiser):
    sent(organiser, MEMBERS, content(member(1, MILL), member(2, MILL)))
    corrected = member(1, MILL, id=id_number(order=9))
    by_id = sent(organiser, MEMBERS, content(corrected), dry_run=True)
    assert (by_id.new, by_id.changed) == (1, 0)
    batch = sent(organiser, MEMBERS, content(corrected, member(5, MILL)), match_key="number")
    assert (batch.new, batch.changed) == (1, 1)
    worker = Worker.objects.get(memberships__number="YR000001")
    assert worker.id_number.reveal() == id_number(order=9)
    other = sent(organiser, MEMBERS, content(member(1, MILL, id=id_number(order=2))), match_key="number")
    assert [code for *_where, code in faults(other)] == ["number_of_another"]
    with pytest.raises(Refusal) as refused:
        sent(organiser, MEMBERS, content(corrected), match_key="credit_code")
    assert refused.value.code == "no_such_key"


def test_an_undone_import_made_nobody_a_member_on_any_day(place, organiser):
    batch = sent(organiser, MEMBERS, content(member(1, MILL), member(2, MILL)))
    undone = actions.undo(organiser, batch)
    assert (undone.rows, undone.kept) == (2, [])
    assert (members_of(place), members_under(place.path)) == ({}, 0)
    for day in (date(2012, 5, 1), date(2014, 12, 31), DAY):
        assert members_under_on(place.federation, day) == 0
        assert not Membership.objects.as_of(day).exists()
    assert not on_record(organiser).exists()
    assert sent(organiser, MEMBERS, content(member(1, MILL), member(2, MILL))).changed == 2
    assert members_of(place) == {MILL: 2}


def test_undoing_a_transfer_puts_the_member_back_with_the_years_kept(place, organiser):
    sent(organiser, MEMBERS, content(member(1, MILL)))
    batch = sent(organiser, MEMBERS, content(member(1, WORKS, phone="13911112222")), transfers=True)
    actions.undo(organiser, batch)
    worker = Worker.objects.select_related("organisation").get()
    assert (worker.organisation.name, worker.is_member, worker.phone.reveal()) == (MILL, True, "13900000001")
    assert members_of(place) == {MILL: 1}
    spells = [each for each in worker.memberships.order_by("valid_from") if each.valid_to != each.valid_from]
    assert [(each.organisation.name, each.valid_from, each.valid_to) for each in spells] == [
        (MILL, date(2012, 5, 1), DAY),
        (MILL, DAY, None),
    ]


def test_what_was_built_upon_a_membership_refuses_the_undo_and_is_named(place, organiser):
    batch = sent(
        organiser, MEMBERS, content(member(1, MILL, name="程梅"), member(2, MILL, name="赵兰"), member(3, MILL))
    )
    works = place.township.children.get(name=WORKS)
    transfer(organiser, Worker.objects.get(name="赵兰"), works, on=DAY)
    end_membership(organiser, Worker.objects.get(memberships__number="YR000003"), how="left", on=DAY)
    with pytest.raises(actions.BuiltUpon, match="赵兰") as refused:
        actions.undo(organiser, batch)
    assert len(refused.value.kept) == 2
    assert members_of(place) == {MILL: 1, WORKS: 1}


def test_a_caseworker_brings_in_families_and_no_members(place):
    with pytest.raises(Refusal) as refused:
        sent(place.acting(Role.COUNTY_CASEWORKER), MEMBERS, content(member(1, MILL)))
    assert refused.value.code == "role"
