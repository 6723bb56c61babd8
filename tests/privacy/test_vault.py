"""Files with personal data: whole or not there, readable by us alone, and each in its own place."""

import stat

import pytest

from chunyu.privacy import vault
from chunyu.privacy.keyring import keyring
from chunyu.privacy.sealing import SealBroken
from chunyu.running.places import Places

CONTENT = "程梅 139999198001010011 低保证".encode()


@pytest.fixture(autouse=True)
def _own_home(tmp_path, settings):
    keyring()  # of the installation: only the folder is another
    settings.PLACES = Places(tmp_path)


def path_of(stored, settings):
    return settings.PLACES.vault / stored.name[-2:] / stored.name


def test_what_is_put_comes_back_and_is_not_readable_on_disk(settings):
    stored = vault.put(CONTENT)
    path = path_of(stored, settings)
    assert vault.get(stored.name) == CONTENT
    assert stored.size == len(CONTENT)
    assert CONTENT not in path.read_bytes()
    assert b"139999" not in path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert list(vault.names()) == [stored.name]


def test_an_altered_or_swapped_file_is_noticed(settings):
    one, other = vault.put(CONTENT), vault.put(b"another")
    content = path_of(one, settings).read_bytes()
    path_of(other, settings).write_bytes(content)
    with pytest.raises(SealBroken):
        vault.get(other.name)
    path_of(one, settings).write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(SealBroken):
        vault.get(one.name)


def test_a_removed_file_is_gone():
    stored = vault.put(CONTENT)
    vault.remove(stored.name)
    vault.remove(stored.name)
    with pytest.raises(FileNotFoundError):
        vault.get(stored.name)


@pytest.mark.parametrize("name", ["../keys/keyring.json", "", "a" * 31, "/etc/passwd" + "a" * 21, "Ａ" * 32, "g" * 32])
def test_no_name_leads_out_of_the_vault(name):
    with pytest.raises(ValueError, match="32 hexadecimal digits"):
        vault.get(name)


def test_a_write_that_breaks_off_leaves_no_file(settings, monkeypatch):
    monkeypatch.setattr("os.fsync", lambda descriptor: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        vault.put(CONTENT)
    assert list(vault.names()) == []
