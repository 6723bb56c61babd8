"""Sealing: authenticated encryption of single values and of files, and the keyed blind index.

A sealed value is  scheme (1 byte) | key number (1 byte) | nonce (12 bytes) | ciphertext and tag. Its context, which
names table, field and row (or file), is authenticated with it: a value moved elsewhere does not open.
"""

import hmac
import secrets
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chunyu.privacy.keyring import keyring

AES_256_GCM = 1
NONCE_BYTES = 12


class SealBroken(Exception):
    """The value was altered, moved from its place, or sealed under a key that is not in the keyring."""


def seal(plain: bytes, context: str) -> bytes:
    """Sealed under the current key."""
    return seal_under(keyring().current, plain, context)


def seal_under(number: int, plain: bytes, context: str) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    head = bytes([AES_256_GCM, number])
    return head + nonce + _cipher(keyring().seal_keys[number]).encrypt(nonce, plain, head + context.encode())


def unseal(blob: bytes, context: str) -> bytes:
    """The plain value; SealBroken when it cannot be trusted."""
    if len(blob) < 2 + NONCE_BYTES + 16 or blob[0] != AES_256_GCM:
        raise SealBroken("This value is not sealed in a known scheme.")
    if blob[1] not in keyring().seal_keys:
        keyring.cache_clear()  # another process may have added the key
    key = keyring().seal_keys.get(blob[1])
    if key is None:
        raise SealBroken(f"The keyring lacks sealing key {blob[1]}.")
    try:
        return _cipher(key).decrypt(blob[2 : 2 + NONCE_BYTES], blob[2 + NONCE_BYTES :], blob[:2] + context.encode())
    except InvalidTag as broken:
        raise SealBroken("A sealed value was altered or is not in its own place.") from broken


def key_number(blob: bytes) -> int:
    """Under which key of the keyring a value is sealed."""
    return blob[1]


def blind_index(value: str, purpose: str) -> bytes:
    """A keyed digest for exact look-up. An unkeyed one would be guessed: an ID number has few candidates."""
    return hmac.digest(keyring().blind_key, f"{purpose}\0{value}".encode(), "sha256")


@lru_cache(maxsize=16)
def _cipher(key: bytes) -> AESGCM:
    """Setting a key up takes longer than sealing a short value under it."""
    return AESGCM(key)
