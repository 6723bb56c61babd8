"""The keys that seal personal values, held outside the database.

A keyring names its keys by a number from 1 to 255 that travels inside each sealed value, so that a new key can be put
to use while values under the old one stay readable. The blind-index key is apart from all of them.

Keys come from the environment (CHUNYU_SEAL_KEYS = "1:base64,2:base64", CHUNYU_BLIND_KEY = base64) or, when that is
unset, from a file in the keys folder that is made at the first start.
"""

import base64
import json
import os
import secrets
from dataclasses import dataclass
from functools import cache

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
    if os.environ.get("CHUNYU_SEAL_KEYS"):
        pairs = (item.split(":", 1) for item in os.environ["CHUNYU_SEAL_KEYS"].split(","))
        return Keyring(
            {int(number): base64.b64decode(key) for number, key in pairs},
            base64.b64decode(os.environ.get("CHUNYU_BLIND_KEY", "")),
        )
    path = settings.PLACES.keys / "keyring.json"
    if not path.exists():
        content = {"seal": {"1": _fresh()}, "blind": _fresh()}
        settings.PLACES.publish(path, json.dumps(content, indent=1) + "\n")
    stored = json.loads(path.read_text())
    seal = {int(number): base64.b64decode(key) for number, key in stored["seal"].items()}
    return Keyring(seal, base64.b64decode(stored["blind"]))


def _fresh() -> str:
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
