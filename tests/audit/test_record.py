"""The record of acts: written with the act, or neither; and never touched again."""

import pytest
from django.db import DatabaseError, ProgrammingError, connection, transaction
from django.db.models import ProtectedError

from chunyu.accounts.roles import Role
from chunyu.audit.models import Entry
from chunyu.audit.record import record
from chunyu.registry.actions import open_household
from chunyu.registry.models import Household
from tests.registry.people import person
from tests.situations import DAY, county


@pytest.fixture
def yurun(db):
    return county("雨润县")


@pytest.fixture
def entry(yurun):
    return record(yurun.acting(Role.COUNTY_CASEWORKER), "registry.open", yurun.workplace, note="3 people")


def test_an_entry_says_who_did_what_through_which_post(yurun, entry):
    post = yurun.post(Role.COUNTY_CASEWORKER)
    assert (entry.user, entry.post, entry.event) == (post.user, post, "registry.open")
    assert entry.subject == f"federation.Organisation:{yurun.workplace.pk}"
    assert entry.scope_path == yurun.path
    assert "registry.open" in str(entry)


def test_a_scoped_subject_is_recorded_where_it_stands(yurun):
    acting = yurun.acting(Role.COUNTY_CASEWORKER)
    open_household(acting, organisation=yurun.workplace, worker=person(), on=DAY)
    assert Entry.objects.latest("pk").scope_path == yurun.workplace.path
    assert Entry.objects.within(yurun.workplace.path).exists()
    assert not Entry.objects.within(county("青禾县").path).exists()


@pytest.mark.parametrize(
    "change",
    [
        lambda entry: Entry.objects.filter(pk=entry.pk).update(note="nothing happened"),
        lambda entry: Entry.objects.filter(pk=entry.pk).delete(),
        lambda entry: entry.save(),
        lambda entry: entry.delete(),
    ],
)
def test_the_database_refuses_to_change_or_remove_an_entry(entry, change):
    with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
        change(entry)
    assert Entry.objects.get(pk=entry.pk).note == "3 people"


@pytest.mark.parametrize("statement", ["TRUNCATE audit_entry CASCADE", "UPDATE audit_entry SET note = ''"])
def test_nor_by_raw_statements(entry, statement):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(DatabaseError, match=r"Cannot update|never emptied"), transaction.atomic():
            cursor.execute(statement)
    assert Entry.objects.filter(pk=entry.pk).exists()


def test_a_person_with_entries_cannot_be_removed(entry):
    with pytest.raises(ProtectedError):
        entry.user.delete()


def test_an_act_that_fails_leaves_no_entry(yurun):
    acting = yurun.acting(Role.COUNTY_CASEWORKER)
    before = Entry.objects.count()

    @transaction.atomic
    def half_done():
        open_household(acting, organisation=yurun.workplace, worker=person(), on=DAY)
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        half_done()
    assert Entry.objects.count() == before
    assert not Household.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_entry_needs_the_transaction_of_its_act():
    yurun = county("雨润县")
    with pytest.raises(RuntimeError, match="one transaction"):
        record(yurun.acting(Role.AUDITOR), "registry.open", yurun.workplace)


@pytest.mark.parametrize("event", ["opened", "Registry.open", "registry.", ""])
def test_an_event_is_a_room_and_a_verb(yurun, event):
    with pytest.raises(ValueError, match="write room"):
        record(yurun.acting(Role.AUDITOR), event, yurun.workplace)


@pytest.mark.parametrize(
    "note", ["139999198001010011", "卡号6217009999000000016", "call 13900001111", "13999919751231002X"]
)
def test_a_note_with_a_personal_number_is_refused(yurun, note):
    with pytest.raises(ValueError, match="personal number"):
        record(yurun.acting(Role.AUDITOR), "registry.open", yurun.workplace, note=note)


@pytest.mark.parametrize("note", ["123 rows", "1234567800 fen", "sha256 " + "a1" * 32, "2015-01-14"])
def test_counts_amounts_and_digests_pass(yurun, note):
    assert record(yurun.acting(Role.AUDITOR), "registry.open", yurun.workplace, note=note).note == note
