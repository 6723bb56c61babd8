"""Sealed values: what an attacker or an accident can do to them, and that each is noticed."""

import hashlib
import random
import time

import pytest
from stdnum.cn import ric

from chunyu.privacy.keyring import keyring
from chunyu.privacy.sealing import SealBroken, blind_index, key_number, seal, unseal

NUMBER = "139999198001010011"


def test_what_is_sealed_opens_in_its_own_place_alone():
    blob = seal(NUMBER.encode(), "registry_member:id_number:1")
    assert unseal(blob, "registry_member:id_number:1").decode() == NUMBER
    for elsewhere in ("registry_member:id_number:2", "registry_member:phone:1", "vault:1", ""):
        with pytest.raises(SealBroken):
            unseal(blob, elsewhere)


def test_the_same_text_never_seals_the_same_way_twice():
    blobs = {seal(NUMBER.encode(), "place") for _ in range(500)}
    assert len(blobs) == 500
    assert all(NUMBER.encode() not in blob for blob in blobs)


@pytest.mark.proof
def test_every_flipped_bit_is_noticed():
    blob = seal(NUMBER.encode(), "place")
    flips = [(byte, bit) for byte in range(len(blob)) for bit in range(8)]
    chosen = random.Random(2015)
    for _ in range(2_000):
        altered = bytearray(blob)
        for byte, bit in chosen.sample(flips, chosen.randint(1, 3)):
            altered[byte] ^= 1 << bit
        with pytest.raises(SealBroken):
            unseal(bytes(altered), "place")
    for byte, bit in flips:
        altered = bytearray(blob)
        altered[byte] ^= 1 << bit
        with pytest.raises(SealBroken):
            unseal(bytes(altered), "place")


@pytest.mark.parametrize("length", range(32))
def test_a_cut_value_is_noticed(length):
    with pytest.raises(SealBroken):
        unseal(seal(NUMBER.encode(), "place")[:length], "place")


def test_a_value_under_a_key_that_is_not_here_says_which_key():
    blob = bytearray(seal(b"x", "place"))
    blob[1] = 77
    with pytest.raises(SealBroken, match="lacks sealing key 77"):
        unseal(bytes(blob), "place")
    assert key_number(seal(b"x", "place")) == keyring().current


def test_the_blind_index_answers_equal_for_equal_and_keeps_purposes_apart():
    assert blind_index(NUMBER, "id-number") == blind_index(NUMBER, "id-number")
    assert blind_index(NUMBER, "id-number") != blind_index(NUMBER, "bank-card")
    assert blind_index("b", "a") != blind_index("a\0b", "")


def _candidates(birth):
    """Whoever knows where and when somebody was born has a thousand numbers left to try."""
    for order in range(1000):
        first = f"139999{birth}{order:03d}"
        yield first + ric.calc_check_digit(first + "0")


@pytest.mark.proof
def test_with_a_stolen_dump_no_number_is_found_from_its_index():
    """The attacker holds the digests and knows region, birth date and the whole program, and lacks the key."""
    target = "139999198001010011"
    stolen = blind_index(target, "id-number")
    guesses = list(_candidates("19800101"))
    assert target in guesses
    attempts = [
        lambda number: hashlib.sha256(number.encode()).digest(),
        lambda number: hashlib.sha256(f"id-number\0{number}".encode()).digest(),
        lambda number: hashlib.blake2b(number.encode(), digest_size=32).digest(),
        lambda number: hashlib.sha256(b"\0" * 32 + f"id-number\0{number}".encode()).digest(),
    ]
    for attempt in attempts:
        assert stolen not in {attempt(number) for number in guesses}


@pytest.mark.proof
def test_control_an_unkeyed_digest_gives_the_number_away_at_once():
    target = "139999198001010011"
    stolen = hashlib.sha256(target.encode()).digest()
    started = time.monotonic()
    found = [number for number in _candidates("19800101") if hashlib.sha256(number.encode()).digest() == stolen]
    assert found == [target]
    assert time.monotonic() - started < 5
