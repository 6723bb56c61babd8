"""Checkpoints: the end of the chain, signed and written down outside the database.

A chain alone does not show that its tail was cut off or that somebody wrote all of it anew; a signed note of how long
it was and how it ended, which whoever holds the database cannot write, does. Each note names the digest of the note
before. The file should lie where the keeper of the database has no rights: CHUNYU_CHECKPOINTS names its folder.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from django.conf import settings

from chunyu.audit.chain import Head

FILE, KEY = "record.jsonl", "record-signing.pem"
NONE_BEFORE = "0" * 64


@dataclass(frozen=True)
class Checkpoint:
    """How the chain ended at a time (microseconds). After `restored`, an older copy of the database was brought back:
    what earlier notes say of later positions holds no more."""

    position: int
    digest: bytes
    at: int
    restored: bool = False


@dataclass(frozen=True)
class Forged:
    """A line of the file that is not what this installation wrote, and why."""

    line: int
    why: str


def folder() -> Path:
    named = os.environ.get("CHUNYU_CHECKPOINTS")
    if named:
        return Path(named)
    return settings.PLACES.checkpoints


def signing_key() -> Ed25519PrivateKey:
    """The key of this installation; made once, and kept with the other keys outside the database."""
    path = settings.PLACES.keys / KEY
    if not path.exists():
        fresh = Ed25519PrivateKey.generate()
        pem = fresh.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        settings.PLACES.publish(path, pem.decode())
    found = load_pem_private_key(path.read_bytes(), None)
    assert isinstance(found, Ed25519PrivateKey)
    return found


def public_key() -> str:
    """The key by which anybody can check the notes, in base64."""
    raw = signing_key().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return base64.b64encode(raw).decode()


def note(head: Head, at: int, *, restored: bool = False) -> None:
    """Sign how the chain ends and append it to the file; on disk when this returns."""
    place = folder()
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (place / FILE).open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        lines = _lines(place / FILE)
        file.truncate(sum(len(line) + 1 for line in lines))  # of a note that the machine stopped in the middle of
        said = {
            "position": head.position,
            "digest": head.digest.hex(),
            "at": at,
            "before": hashlib.sha256(lines[-1]).hexdigest() if lines else NONE_BEFORE,
        }
        if restored:
            said["restored"] = True
        signature = signing_key().sign(_signed(said))
        line = json.dumps(said | {"signature": base64.b64encode(signature).decode()})
        file.write(line.encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def last() -> Checkpoint | None:
    """The note made last, whatever it is worth; None before the first, and where it cannot be read."""
    lines = _lines(folder() / FILE)
    try:
        return _read(json.loads(lines[-1])) if lines else None
    except (ValueError, KeyError, TypeError):
        return None


def _lines(path: Path) -> list[bytes]:
    """The lines that were written to their end."""
    written = path.read_bytes() if path.exists() else b""
    return written[: written.rfind(b"\n") + 1].splitlines()


def read(file: Path | None = None, key: str | None = None) -> tuple[list[Checkpoint], list[Forged]]:
    """The notes that hold, in order, and the lines that do not. `key` is the public one, else this installation's."""
    path = file or folder() / FILE
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key or public_key()))
    found: list[Checkpoint] = []
    forged: list[Forged] = []
    before = NONE_BEFORE
    for number, line in enumerate(_lines(path), start=1):
        try:
            said = json.loads(line)
            signature = base64.b64decode(said.pop("signature"))
            public.verify(signature, _signed(said))
            checkpoint = _read(said)
        except InvalidSignature:
            forged.append(Forged(number, "it does not bear this installation's signature"))
        except (ValueError, KeyError, TypeError, AttributeError):
            forged.append(Forged(number, "it is damaged"))
        else:
            if said["before"] != before:
                forged.append(Forged(number, "it does not follow the line before: lines are missing or out of order"))
            elif found and checkpoint.at < found[-1].at:
                forged.append(Forged(number, "it is older than the line before: the clock was put back"))
            found.append(checkpoint)
        before = hashlib.sha256(line).hexdigest()
    return found, forged


def _signed(said: dict[str, object]) -> bytes:
    return json.dumps(said, sort_keys=True, separators=(",", ":")).encode()


def _read(said: dict[str, object]) -> Checkpoint:
    return Checkpoint(
        int(str(said["position"])), bytes.fromhex(str(said["digest"])), int(str(said["at"])), bool(said.get("restored"))
    )


def moment(at: int) -> datetime:
    """A time in microseconds, for people."""
    return datetime.fromtimestamp(at / 1_000_000, UTC)
