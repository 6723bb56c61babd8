"""Files with personal data, sealed on disk. Uploads, documents, results and bank files are kept nowhere else."""

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from chunyu.privacy.keyring import keyring
from chunyu.privacy.row_key import row_key
from chunyu.privacy.sealing import key_number, seal, unseal

VAULT_NAME = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Stored:
    """What a row keeps of a stored file: its name in the vault, its size in bytes, and the content's SHA-256."""

    name: str
    size: int
    digest: str


def put(content: bytes) -> Stored:
    """Seal and keep; the file appears whole or not at all. Safe inside a transaction that may roll back: a
    file that no row came to name is swept away the night after (`privacy.sweeping`)."""
    name = row_key().hex
    _write(name, content)
    return Stored(name, len(content), hashlib.sha256(content).hexdigest())


def get(name: str) -> bytes:
    """The content; FileNotFoundError when it is not there, SealBroken when it was altered or swapped."""
    return unseal(path_of(name).read_bytes(), f"vault:{name}")


def remove(name: str) -> None:
    path_of(name).unlink(missing_ok=True)


def names() -> Iterator[str]:
    """Every file that is kept."""
    return (path.name for path in sorted(settings.PLACES.vault.glob("??/*")) if VAULT_NAME.fullmatch(path.name))


def older_than(moment: datetime) -> Iterator[str]:
    """Every file that was written before."""
    return (name for name in names() if path_of(name).stat().st_mtime < moment.timestamp())


def reseal() -> int:
    """Seal every file under the current key that is under an older one; how many there were."""
    older = [name for name in names() if key_number(path_of(name).read_bytes()[:2]) != keyring().current]
    for name in older:
        _write(name, get(name))
    return len(older)


def _write(name: str, content: bytes) -> None:
    path = path_of(name)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    aside = path.with_suffix(".part")
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(seal(content, f"vault:{name}"))
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
    # A row may name the file from now on: its folder's entry must outlive a power failure too.
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def path_of(name: str) -> Path:
    """Where a stored file lies, sealed: for copies of the vault, which need not open it."""
    if not VAULT_NAME.fullmatch(name):
        raise ValueError("A vault name is 32 hexadecimal digits.")
    return settings.PLACES.vault / name[-2:] / name
