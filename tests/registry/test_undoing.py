"""An import taken back as one act: what it wrote is as before, and what stands on it is never pulled away."""

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.casework.actions import open_case
from chunyu.casework.process import process_named
from chunyu.registry.actions import state_fact
from chunyu.registry.changes.actions import ask_change
from chunyu.registry.dividing.actions import ask_division, confirm_division
from chunyu.registry.importing import actions
from chunyu.registry.models import Fact, Household, ImportBatch, Member
from chunyu.registry.queries import facts_of_many
from tests.registry.workbooks import MEMBER_SHEET, WORKER_SHEET, build, imported, rows, sample, yurun
from tests.situations import DAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk():
    return yurun().acting(Role.COUNTY_CASEWORKER)


def on_file() -> dict:
    """Everything that counts today: households, people, and what is stated."""
    households = list(Household.objects.filter(status="on_file").order_by("file_number"))
    facts = facts_of_many(households, DAY)
    return {
        each.file_number: (
            each.organisation_id,
            each.employer,
            sorted(cause.code for cause in each.causes.all()),
            sorted(
                (m.name, m.relation, m.phone.reveal() if m.phone else "") for m in each.members.filter(is_open=True)
            ),
            {name: stated.value for name, stated in facts[each.pk].facts.items()},
            [{name: stated.value for name, stated in m.facts.items()} for m in facts[each.pk].members],
        )
        for each in households
    }


def corrected() -> bytes:
    """The good workbook with other names, figures and unions, and one member fewer."""
    workers, members = rows("good_workers"), rows("good_members")
    header = next(row for row in workers if "姓名" in [str(cell) for cell in row])
    name = header.index("姓名")
    for row in workers[workers.index(header) + 1 :][:5]:
        row[name] = "新名"
    size = next(at for at, cell in enumerate(header) if cell and "人口" in str(cell))
    key = members[-1][0]
    for row in workers:
        if key in row:
            row[size] = int(row[size]) - 1
    return build({WORKER_SHEET: workers, MEMBER_SHEET: members[:-1]})


def test_a_first_import_undone_leaves_nobody_on_file_and_may_come_again(clerk):
    batch = imported(clerk, sample("good"))
    undone = actions.undo(clerk, batch)
    assert (undone.rows, undone.kept, on_file()) == (40, [], {})
    assert Fact.objects.count() > 0
    assert Fact.objects.standing().count() == 0
    assert not Member.objects.filter(is_open=True).exists()
    assert imported(clerk, sample("good")).new == 40


def test_a_correction_undone_puts_everything_back(clerk):
    imported(clerk, sample("good"))
    before = on_file()
    batch = imported(clerk, corrected())
    assert batch.changed >= 5
    assert on_file() != before
    actions.undo(clerk, batch)
    assert on_file() == before


def test_what_has_been_built_upon_refuses_the_undo_or_is_left_as_it_is(clerk):
    batch = imported(clerk, sample("good"))
    household = Household.objects.order_by("file_number").first()
    state_fact(clerk, household, "homes", 1, on=DAY)
    before = on_file()
    with pytest.raises(actions.BuiltUpon, match=household.file_number):
        actions.undo(clerk, batch)
    assert on_file() == before
    undone = actions.undo(clerk, batch, leave_out=True)
    assert (undone.rows, len(undone.kept)) == (39, 1)
    assert on_file() == {household.file_number: before[household.file_number]}


def test_a_family_with_a_case_is_not_pulled_from_under_it(clerk):
    batch = imported(clerk, sample("good"))
    household = Household.objects.order_by("file_number").first()
    open_case(
        clerk, process_named("hardship.application"), household.organisation, title="医疗救助", channel="counter",
        household=household,
    )  # fmt: skip
    with pytest.raises(actions.BuiltUpon, match=household.file_number):
        actions.undo(clerk, batch)
    actions.undo(clerk, batch, leave_out=True)
    household.refresh_from_db()
    assert household.status == "on_file"


def test_a_family_that_divided_or_waits_for_a_change_is_left_as_it_is(clerk):
    batch = imported(clerk, sample("good"))
    large = Member.objects.filter(is_worker=False).order_by("pk").first()
    division = ask_division(clerk, large.household, {large: "01"}, day=clerk.day, reason="另住")
    confirm_division(yurun().acting(Role.COUNTY_APPROVER), division)
    other = Household.objects.filter(status="on_file", divisions=None, divided_from=None).order_by("pk").first()
    ask_change(clerk, other, "homes", 3, on=clerk.day, reason="核对")
    undone = actions.undo(clerk, batch, leave_out=True)
    assert {each.subject for each in undone.kept} == {large.household.file_number, other.file_number}
    assert Household.objects.filter(status="on_file").count() == 3, "the two, and the file that came of the division"


def test_an_import_is_undone_once_and_by_its_own_people(clerk):
    batch = imported(clerk, sample("good"))
    with pytest.raises(Refusal):
        actions.undo(yurun().acting(Role.AUDITOR), batch)
    actions.undo(clerk, batch)
    with pytest.raises(Refusal):
        actions.undo(clerk, batch)


def test_the_database_keeps_imports_and_what_became_of_them(clerk):
    batch = imported(clerk, sample("good"))
    held = ImportBatch.objects.filter(pk=batch.pk)
    with pytest.raises(DatabaseError, match="import_undone_once_imported"), transaction.atomic():
        held.update(undone_at=timezone.now())
    with pytest.raises(DatabaseError, match="Cannot delete"), transaction.atomic():
        held._raw_delete("default")
    actions.undo(clerk, batch)
    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        held.update(undone_at=None, undone_by=None)


def test_the_button_and_the_page_undo(client, clerk):
    batch = imported(clerk, sample("good"))
    client.force_login(clerk.post.user)
    there = f"/registry/imports/{batch.pk}/"
    assert f"{there}undo/" in client.get(there).content.decode()
    assert client.get(f"{there}undo/").status_code == 200
    assert client.post(f"{there}undo/").status_code == 303
    batch.refresh_from_db()
    assert batch.undone_at is not None
    assert client.get(f"{there}undo/").status_code == 404
