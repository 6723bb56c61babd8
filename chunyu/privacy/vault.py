"""Files with personal data, sealed on disk. Uploads, documents, results and bank files are kept nowhere else."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from chunyu.privacy.row_key import row_key
from chunyu.privacy.sealing import seal, unseal


@dataclass(frozen=True)
class Stored:
    """What a row keeps of a stored file: its name in the vault, its size in bytes, and the content's SHA-256."""

    name: str
    size: int
    digest: str


def put(content: bytes) -> Stored:
    """Seal and keep; the file appears whole or not at all. Safe inside a transaction that may roll back: an
    unreferenced file is dead weight, never a leak."""
    name = row_key().hex
    path = _path(name)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    aside = path.with_suffix(".part")
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(seal(content, f"vault:{name}"))
        file.flush()
        os.fsync(file.fileno())
    aside.rename(path)
    return Stored(name, len(content), hashlib.sha256(content).hexdigest())


def get(name: str) -> bytes:
    """The content; FileNotFoundError when it is not there, SealBroken when it was altered or swapped."""
    return unseal(_path(name).read_bytes(), f"vault:{name}")


def remove(name: str) -> None:
    _path(name).unlink(missing_ok=True)


def _path(name: str) -> Path:
    if len(name) != 32 or not name.isalnum():
        raise ValueError("A vault name is 32 letters and digits.")
    return settings.PLACES.vault / name[-2:] / name
