"""A sealed field in use: every way in which a row is written, read, copied and looked up."""

import copy
import json
import pickle
import uuid
from datetime import date

import pytest
from django.core.exceptions import FieldError
from django.core.serializers import serialize
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, connection, transaction
from django.forms import modelform_factory
from django.template import Context, engines

from chunyu.accounts.roles import Role
from chunyu.privacy.fields import BlindIndexField, Sealed
from chunyu.privacy.row_key import row_key
from chunyu.privacy.sealing import SealBroken
from chunyu.registry.actions import open_household
from chunyu.registry.models import Household, Member
from chunyu.running.places import Places
from tests.registry.people import id_number, person
from tests.situations import DAY, county

pytestmark = pytest.mark.django_db

NUMBER = id_number(date(1980, 1, 1), 2)
CARD = "6217009999000000016"


@pytest.fixture
def household():
    yurun = county("雨润县")
    return open_household(
        yurun.acting(Role.COUNTY_CASEWORKER),
        organisation=yurun.workplace,
        worker=person("程梅", phone="13900001111", address="雨润县城关镇春雨路1号"),
        on=DAY,
        bank_card=CARD,
    )


@pytest.fixture
def member(household):
    return Member.objects.get(household=household)


def spouse_of(member):
    """Another row with the same values, not saved yet."""
    values = {field.attname: getattr(member, field.attname) for field in Member._meta.fields}
    return Member(**values | {"id": row_key(), "is_worker": False, "relation": "10"})


def at_rest(row, column):
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT "{column}" FROM "{row._meta.db_table}" WHERE id = %s', [row.pk])
        return bytes(cursor.fetchone()[0])


def test_the_database_holds_only_sealed_bytes(member):
    assert NUMBER.encode() not in at_rest(member, "id_number")
    assert member.id_number.reveal() == NUMBER
    assert bytes(member.id_number_index) == BlindIndexField.of_value(NUMBER, "id-number")


def test_it_shows_as_dots_wherever_it_is_printed(member):
    page = engines["django"].from_string("{{ member.id_number }}").template.render(Context({"member": member}))
    for shown in (str(member.id_number), repr(member.id_number), f"{member.id_number:>20}", page, repr(vars(member))):
        assert NUMBER not in shown
    assert page == "••••"


def test_copies_that_leave_the_process_carry_the_sealed_form(member):
    member.phone = "13900002222"  # not sealed yet
    for pickled in (pickle.dumps(member), pickle.dumps(member.phone), pickle.dumps(copy.deepcopy(member))):
        assert b"13900002222" not in pickled
        assert NUMBER.encode() not in pickled
    assert pickle.loads(pickle.dumps(member)).phone.reveal() == "13900002222"
    assert copy.deepcopy(member).phone == copy.copy(member).phone == member.phone
    with pytest.raises(TypeError):
        json.dumps({"phone": member.phone}, cls=DjangoJSONEncoder)
    with pytest.raises(FieldError, match="not serialised"):
        serialize("json", [member])


def test_equal_texts_are_equal_and_hash_alike(member):
    one, other = Sealed("a:b:1", plain="x"), Sealed("a:b:2", plain="x")
    assert one == other
    assert hash(one) == hash(other)
    assert one != Sealed("a:b:1", plain="y")
    assert member.id_number != NUMBER


def test_deferred_and_refreshed_rows_still_open(member):
    late = Member.objects.only("name").get(pk=member.pk)
    assert late.id_number.reveal() == NUMBER
    assert Member.objects.defer("phone").get(pk=member.pk).phone.reveal() == "13900001111"
    member.phone = "13900002222"
    member.refresh_from_db()
    assert member.phone.reveal() == "13900001111"


def test_saving_without_a_change_keeps_the_bytes(member):
    before = at_rest(member, "id_number")
    fresh = Member.objects.get(pk=member.pk)
    fresh.full_clean()
    fresh.save()
    assert at_rest(member, "id_number") == before


def test_a_changed_number_moves_its_index(member):
    other = id_number(date(1981, 2, 3), 4)
    member.id_number = other
    member.save()
    assert Member.objects.get(id_number_index=other) == member
    assert not Member.objects.filter(id_number_index=NUMBER).exists()


def test_bulk_writing_seals_too(member):
    member.phone = "13900003333"
    Member.objects.bulk_update([member], ["phone"])
    assert Member.objects.get(pk=member.pk).phone.reveal() == "13900003333"
    twin = spouse_of(member)
    twin.id_number = id_number(date(1982, 3, 4), 5)
    Member.objects.bulk_create([twin])
    stored = Member.objects.get(pk=twin.pk)
    assert stored.phone.reveal() == "13900003333"
    assert Member.objects.get(id_number_index=id_number(date(1982, 3, 4), 5)) == stored


def test_a_copy_under_a_new_key_is_sealed_to_its_own_row(member):
    twin = spouse_of(member)
    twin.id_number = id_number(date(1982, 3, 4), 5)
    twin.save()
    old, twin.pk, twin._state.adding = twin.pk, row_key(), True
    Member.objects.filter(pk=old).update(id_number_index=b"another")
    twin.save()
    for key in (old, twin.pk):
        assert Member.objects.get(pk=key).phone.reveal() == "13900001111"


def test_an_empty_text_is_no_value(household):
    household.bank_card = ""
    household.save()
    assert Household.objects.get(pk=household.pk).bank_card is None
    assert Household.objects.filter(bank_card=None, bank_card__isnull=True).exists()


def test_a_value_moved_to_another_row_or_field_does_not_open(member):
    other = Household.objects.get()
    Household.objects.filter(pk=other.pk).update(note=Sealed("x:y:1", blob=at_rest(member, "phone")))
    with pytest.raises(SealBroken):
        _ = Household.objects.get(pk=other.pk).note.reveal()


@pytest.mark.parametrize("lookup", ["", "__exact", "__contains", "__startswith", "__in", "__gt", "__regex", "__iexact"])
def test_it_cannot_be_looked_up_in_clear(member, lookup):
    value = [NUMBER] if lookup == "__in" else NUMBER
    with pytest.raises(FieldError, match="blind index"):
        list(Member.objects.filter(**{f"id_number{lookup}": value}))
    with pytest.raises(FieldError, match="blind index"):
        Member.objects.update(id_number=NUMBER)


def test_the_index_answers_to_the_text_under_its_own_purpose(member):
    assert list(Member.objects.filter(id_number_index=NUMBER)) == [member]
    assert list(Member.objects.filter(id_number_index__in=[NUMBER, "139999199006150034"])) == [member]
    assert not Member.objects.filter(id_number_index=BlindIndexField.of_value(NUMBER, "bank-card")).exists()


@pytest.mark.parametrize("purpose", ["", "a\0b"])
def test_an_index_states_its_purpose(purpose):
    with pytest.raises(ValueError, match="states its purpose"):
        BlindIndexField(of="id_number", purpose=purpose)


def test_no_form_offers_it_unasked(member):
    form = modelform_factory(Member, fields="__all__")(instance=member)
    assert not {"id_number", "phone", "address", "id_number_index"} & set(form.fields)
    assert NUMBER not in form.as_p()


def test_a_row_without_a_key_cannot_be_sealed_to():
    with pytest.raises(FieldError, match="give the row a key"):
        Member(id=None, id_number=NUMBER)


def test_row_keys_are_made_in_order_and_are_uuids_of_version_7():
    keys = [row_key() for _ in range(2000)]
    assert len(set(keys)) == 2000
    assert {(key.version, key.variant) for key in keys} == {(7, uuid.RFC_4122)}
    milliseconds = [key.int >> 80 for key in keys]
    assert milliseconds == sorted(milliseconds)


@pytest.mark.proof
def test_a_forced_database_error_leaves_nothing_in_the_servers_log(member, settings):
    """Unique violation, check violation and a broken statement, each with a sealed row in hand."""
    places: Places = settings.PLACES
    log = places.database / "server.log"
    if not log.exists():
        pytest.skip("the database is not the embedded one, so its log is not ours to read")
    before = log.stat().st_size
    secrets = [NUMBER, "13900001111", "春雨路1号", CARD]
    twin = spouse_of(member)
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        twin.save(force_insert=True)
    assert "member_on_one_open_file" in str(refused.value)
    twin.sex = "x" * 5
    with pytest.raises(Exception, match="too long"), transaction.atomic():
        twin.save(force_insert=True)
    with connection.cursor() as cursor, pytest.raises(IntegrityError), transaction.atomic():
        cursor.execute("INSERT INTO registry_member SELECT * FROM registry_member WHERE id = %s", [member.pk])
    with log.open(errors="replace") as file:
        file.seek(before)
        said = file.read()
    assert "member_on_one_open_file" in said or "duplicate key" in said, "the log does not show the error at all"
    for secret in secrets:
        assert secret not in said
        assert secret.encode().hex() not in said
        assert secret not in str(refused.value)


@pytest.mark.proof
def test_control_a_plain_value_in_the_same_error_is_printed_to_the_log(settings):
    """What the log would show if numbers stood in clear and the server spoke at its usual length."""
    log = settings.PLACES.database / "server.log"
    if not log.exists():
        pytest.skip("the database is not the embedded one, so its log is not ours to read")
    before = log.stat().st_size
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE plain_number (number text UNIQUE)")
        cursor.execute("SET LOCAL log_error_verbosity = 'default'")
        cursor.execute("SET LOCAL log_min_error_statement = 'error'")
        cursor.execute("INSERT INTO plain_number VALUES (%s)", [NUMBER])
        with pytest.raises(IntegrityError), transaction.atomic():
            cursor.execute("INSERT INTO plain_number VALUES (%s)", [NUMBER])
    with log.open(errors="replace") as file:
        file.seek(before)
        assert NUMBER in file.read()
