"""The keys that seal personal values, held outside the database.

A keyring names its keys by a number from 1 to 255 that travels inside each sealed value, so that a new key can be put
to use while values under the old one stay readable. The blind-index key is apart from all of them.

Keys come from the environment (CHUNYU_SEAL_KEYS = "1:base64,2:base64", CHUNYU_BLIND_KEY = base64) or, when that is
unset, from a file in the keys folder that is made at the first start.
"""

import base64
import binascii
import json
import os
import secrets
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

KEY_BYTES = 32


@dataclass(frozen=True)
class Keyring:
    seal_keys: dict[int, bytes]
    blind_key: bytes

    def __post_init__(self) -> None:
        if not self.seal_keys:
            raise ImproperlyConfigured("The keyring holds no sealing key.")
        for number, key in self.seal_keys.items():
            if not 1 <= number <= 255 or len(key) != KEY_BYTES:
                raise ImproperlyConfigured(
                    f"Sealing key {number} is unfit: its number must be 1 to 255 and it must be {KEY_BYTES} bytes long."
                )
        if len(self.blind_key) != KEY_BYTES or self.blind_key in self.seal_keys.values():
            raise ImproperlyConfigured("The blind-index key must be 32 bytes long and differ from every sealing key.")

    @property
    def current(self) -> int:
        """New values are sealed under the highest-numbered key."""
        return max(self.seal_keys)


@cache
def keyring() -> Keyring:
    """The keys of this installation."""
    named = os.environ.get("CHUNYU_SEAL_KEYS")
    if named:
        return Keyring(
            {
                _number(number): _key(number, key)
                for number, _, key in (item.partition(":") for item in named.split(","))
            },
            _key("blind", os.environ.get("CHUNYU_BLIND_KEY", "")),
        )
    path = keyring_file()
    if not path.exists():
        content = {"seal": {"1": _fresh()}, "blind": _fresh()}
        settings.PLACES.publish(path, json.dumps(content, indent=1) + "\n")
    try:
        stored = json.loads(path.read_text())
        seal, blind = dict(stored["seal"]), stored["blind"]
    except (ValueError, KeyError, TypeError) as broken:
        raise ImproperlyConfigured(f"{path} is not a keyring: bring back the file from its copy.") from broken
    return Keyring({_number(number): _key(number, key) for number, key in seal.items()}, _key("blind", blind))


def keyring_file() -> Path:
    return settings.PLACES.keys / "keyring.json"


def add_key() -> int:
    """Put a fresh sealing key to use; its number. Values under older keys stay readable until they are resealed.

    Processes that already run take the new key up when they first meet a value sealed under it.
    """
    if os.environ.get("CHUNYU_SEAL_KEYS"):
        raise ImproperlyConfigured("The keys come from CHUNYU_SEAL_KEYS: add the new one there, with a higher number.")
    ring = keyring()
    path = keyring_file()
    number = ring.current + 1
    stored = json.loads(path.read_text())
    stored["seal"][str(number)] = _fresh()
    aside = path.with_name(f".{path.name}.new")
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(json.dumps(stored, indent=1) + "\n")
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
    keyring.cache_clear()
    return number


def _number(text: str) -> int:
    if not text.strip().isdecimal():
        raise ImproperlyConfigured(f"{text!r} is not the number of a sealing key (write 1:key,2:key).")
    return int(text)


def _key(name: str, text: object) -> bytes:
    try:
        return base64.b64decode(str(text), validate=True)
    except binascii.Error as broken:
        raise ImproperlyConfigured(f"Key {name} is not written in base64.") from broken


def _fresh() -> str:
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
