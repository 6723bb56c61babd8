"""The keys: where they come from, how they change, and that wrong ones are refused."""

import base64
import json
import os
import stat
import subprocess

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection
from psycopg.conninfo import make_conninfo

from chunyu.accounts.roles import Role
from chunyu.privacy import keyring as keys
from chunyu.privacy import own_keys, vault
from chunyu.privacy.keyring import Keyring, add_key, keyring
from chunyu.privacy.models import KeyMark
from chunyu.privacy.rotation import reseal_all, sealed_fields
from chunyu.privacy.sealing import key_number, seal, unseal
from chunyu.registry.actions import open_household
from chunyu.registry.models import Member
from chunyu.running.places import Places
from chunyu.running.supervisor import commands
from tests.registry.people import person
from tests.situations import DAY, county


def base64_of(byte: int, length: int = 32) -> str:
    return base64.b64encode(bytes([byte]) * length).decode()


@pytest.fixture
def own_home(tmp_path, settings, monkeypatch):
    """A fresh installation's keys, forgotten again afterwards."""
    monkeypatch.delenv("CHUNYU_SEAL_KEYS", raising=False)
    settings.PLACES = Places(tmp_path)
    keyring.cache_clear()
    yield tmp_path
    keyring.cache_clear()


@pytest.fixture
def environment(monkeypatch):
    """Sets the keys by the environment."""

    def put(seal_keys, blind_key):
        monkeypatch.setenv("CHUNYU_SEAL_KEYS", seal_keys)
        monkeypatch.setenv("CHUNYU_BLIND_KEY", blind_key)
        keyring.cache_clear()

    yield put
    monkeypatch.undo()
    keyring.cache_clear()


def test_the_first_start_makes_keys_for_the_owner_alone(own_home):
    ring = keyring()
    path = own_home / "keys" / "keyring.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert (list(ring.seal_keys), len(ring.blind_key)) == ([1], 32)
    keyring.cache_clear()
    assert keyring() == ring


def test_keys_may_come_from_the_environment(environment):
    environment(f"1:{base64_of(1)},3:{base64_of(3)}", base64_of(9))
    assert keyring().current == 3
    assert keyring().blind_key == b"\x09" * 32


@pytest.mark.parametrize(
    ("seal_keys", "blind_key", "words"),
    [
        (f"one:{base64_of(1)}", base64_of(9), "not the number of a sealing key"),
        ("1:not base64!", base64_of(9), "Key 1 is not written in base64"),
        (f"1:{base64_of(1, 16)}", base64_of(9), "must be 32 bytes long|32 bytes long"),
        (f"300:{base64_of(1)}", base64_of(9), "1 to 255"),
        (f"1:{base64_of(1)}", "", "blind-index key must be 32 bytes"),
        (f"1:{base64_of(1)}", base64_of(1), "differ from every sealing key"),
        (base64_of(1), base64_of(9), "not the number of a sealing key"),
    ],
)
def test_unfit_keys_are_refused_in_words(environment, seal_keys, blind_key, words):
    environment(seal_keys, blind_key)
    with pytest.raises(ImproperlyConfigured, match=words):
        keyring()


def test_a_spoilt_file_is_refused_and_never_replaced(own_home):
    keyring()
    path = own_home / "keys" / "keyring.json"
    path.write_text("{")
    keyring.cache_clear()
    with pytest.raises(ImproperlyConfigured, match="bring back the file"):
        keyring()
    assert path.read_text() == "{"


def test_an_empty_keyring_is_none():
    with pytest.raises(ImproperlyConfigured, match="no sealing key"):
        Keyring({}, b"\x09" * 32)


def test_a_new_key_seals_and_the_old_one_still_opens(own_home):
    before = seal(b"secret", "place")
    assert add_key() == 2
    after = seal(b"secret", "place")
    assert (key_number(before), key_number(after)) == (1, 2)
    assert unseal(before, "place") == unseal(after, "place") == b"secret"


def test_a_process_that_runs_already_takes_a_new_key_up(own_home):
    old_ring = keyring()
    add_key()
    sealed = seal(b"secret", "place")
    keys.keyring.cache_clear()
    stored = json.loads((own_home / "keys" / "keyring.json").read_text())
    assert sorted(stored["seal"]) == ["1", "2"]
    assert old_ring.current == 1
    assert unseal(sealed, "place") == b"secret"


def test_keys_of_the_environment_are_not_added_to_by_us(environment):
    environment(f"1:{base64_of(1)}", base64_of(9))
    with pytest.raises(ImproperlyConfigured, match="CHUNYU_SEAL_KEYS"):
        add_key()


@pytest.mark.django_db
def test_resealing_leaves_nothing_under_the_old_key_and_every_value_as_it_was(own_home):
    KeyMark.objects.all().delete()
    yurun = county("雨润县")
    acting = yurun.acting(Role.COUNTY_CASEWORKER)
    worker = person("程梅", phone="13900001111", address="雨润县城关镇春雨路1号")
    open_household(acting, organisation=yurun.workplace, worker=worker, on=DAY)
    kept = vault.put("扫描件".encode())
    index = bytes(Member.objects.get().id_number_index)

    add_key()
    counts = reseal_all()

    assert counts["registry.Member"] == 1
    assert counts["vault"] == 1
    member = Member.objects.get()
    for name in ("id_number", "phone", "address"):
        assert key_number(getattr(member, name).at_rest()) == 2
    assert member.id_number.reveal() == person().id_number
    assert member.phone.reveal() == "13900001111"
    assert bytes(member.id_number_index) == index
    assert vault.get(kept.name).decode() == "扫描件"
    assert set(reseal_all().values()) == {0}
    stored = json.loads(keys.keyring_file().read_text())
    del stored["seal"]["1"]
    keys.keyring_file().write_text(json.dumps(stored))
    keyring.cache_clear()
    assert Member.objects.get().address.reveal().startswith("雨润县")
    own_keys.verify()


def test_every_sealed_field_of_the_program_is_known_to_the_resealing():
    names = {(model._meta.label, field.name) for model, fields in sealed_fields().items() for field in fields}
    assert {("registry.Member", "id_number"), ("registry.Household", "bank_card")} <= names


@pytest.mark.django_db
class TestOwnKeys:
    def test_the_right_keys_pass(self):
        own_keys.leave_marks()
        own_keys.verify()
        assert set(KeyMark.objects.values_list("key", flat=True)) >= {"1", "blind"}

    @pytest.mark.parametrize("which", ["seal", "blind"])
    def test_other_keys_are_refused_before_anything_is_read_or_written(self, environment, which):
        KeyMark.objects.all().delete()
        environment(f"1:{base64_of(1)}", base64_of(9))
        own_keys.leave_marks()
        environment(f"1:{base64_of(2 if which == 'seal' else 1)}", base64_of(8 if which == "blind" else 9))
        key = "1" if which == "seal" else "blind"
        with pytest.raises(ImproperlyConfigured, match=f"key {key} does not fit"):
            own_keys.verify()
        with pytest.raises(SystemCheckError, match="not the ones that this database was sealed with"):
            call_command("check", databases=["default"])

    def test_a_lost_keyring_is_noticed_where_a_fresh_one_was_made(self, own_home):
        KeyMark.objects.all().delete()
        own_keys.leave_marks()
        (own_home / "keys" / "keyring.json").unlink()
        keyring.cache_clear()
        with pytest.raises(ImproperlyConfigured, match="Bring the keyring back"):
            own_keys.verify()

    def test_a_key_must_stay_until_everything_is_resealed(self, environment):
        KeyMark.objects.all().delete()
        environment(f"1:{base64_of(1)},2:{base64_of(2)}", base64_of(9))
        own_keys.leave_marks()
        environment(f"2:{base64_of(2)}", base64_of(9))
        with pytest.raises(ImproperlyConfigured, match="key 1 does not fit"):
            own_keys.verify()

    def test_the_worker_does_not_start_with_other_keys(self, settings):
        """As the supervisor starts it, on this very database."""
        database = settings.DATABASES["default"]
        options = {"host": database["HOST"], "user": database["USER"], "dbname": connection.settings_dict["NAME"]}
        options |= {"port": database.get("PORT"), "password": database.get("PASSWORD")}
        others = {"CHUNYU_SEAL_KEYS": f"1:{base64_of(7)}", "CHUNYU_BLIND_KEY": base64_of(9)}
        address = make_conninfo(**{name: value for name, value in options.items() if value})
        worker = subprocess.run(
            commands(port=0)["worker"],
            env=os.environ | others | {"DATABASE_URL": address},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert worker.returncode
        assert "are not the ones that this database was sealed with: key 1 does not fit" in worker.stderr
