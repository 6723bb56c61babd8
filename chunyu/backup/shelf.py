"""The folder in which copies lie, every file sealed under the keyring.

    20261126T153000Z/manifest, 20261126T153000Z/0000 ...   a copy of the database folder, in pieces
    wal/000000010000000000000003                           the database's journal, segment by segment
    wal/last                                               the last segment that was laid here, by timeline
    vault/3f/<name>                                        files of the vault, sealed already by the vault itself

A file's name is part of its seal: one that was altered, exchanged or renamed does not open. Whoever holds this folder
and not the keys holds nothing; whoever loses the keys has lost the copies too.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from chunyu.privacy.sealing import SealBroken, seal, unseal
from chunyu.running.places import Places

COPY = re.compile(r"\d{8}T\d{6}Z")
SEGMENT = re.compile(r"[0-9A-F]{24}")
HISTORY = re.compile(r"[0-9A-F]{8}\.history")
SEGMENTS_TO_A_LOG = 256  # of 16 MiB each
LENGTH_BYTES = 8


class Unusable(Exception):
    """A copy that cannot be made, trusted or brought back; the message says which, where and what to do."""


@dataclass(frozen=True)
class Manifest:
    """What a copy is: written last, so that a copy without one is none."""

    copy: str
    begun_at: datetime
    ended_at: datetime
    postgresql: str
    timeline: int
    first_segment: str
    last_segment: str
    sizes: tuple[int, ...]  # bytes of each piece
    digest: str  # SHA-256 of all pieces together

    def as_json(self) -> bytes:
        return json.dumps(asdict(self), default=str, indent=1).encode()

    @classmethod
    def read(cls, text: bytes) -> Manifest:
        given: dict[str, Any] = json.loads(text)
        times = {name: datetime.fromisoformat(given[name]) for name in ("begun_at", "ended_at")}
        return cls(**{**given, **times, "sizes": tuple(given["sizes"])})


@dataclass(frozen=True)
class Shelf:
    """One folder of copies."""

    folder: Path

    # files

    def lay(self, name: str, plain: bytes) -> None:
        """Compress, seal and keep; the file appears whole or not at all, and outlives a power failure."""
        packed = len(plain).to_bytes(LENGTH_BYTES) + bytes(pa.compress(plain, codec="zstd", asbytes=True))
        self._write(name, seal(packed, _context(name)))

    def fetch(self, name: str) -> bytes:
        """The content; Unusable when it is missing, altered, or sealed under keys that are not at hand."""
        try:
            packed = unseal((self.folder / name).read_bytes(), _context(name))
        except FileNotFoundError:
            raise Unusable(f"{self.folder / name} is missing.") from None
        except SealBroken as broken:
            raise Unusable(
                f"{self.folder / name} does not open: {broken} It was damaged or exchanged, or the keyring is not the "
                "one of that time."
            ) from broken
        length = int.from_bytes(packed[:LENGTH_BYTES])
        return bytes(pa.decompress(packed[LENGTH_BYTES:], decompressed_size=length, codec="zstd", asbytes=True))

    def has(self, name: str) -> bool:
        return (self.folder / name).is_file()

    def keep_as_it_is(self, name: str, source: Path) -> None:
        """Take in a file that is sealed already."""
        self._write(name, source.read_bytes())

    def _write(self, name: str, content: bytes) -> None:
        path = self.folder / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        aside = path.with_name(f".{path.name}.part")
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
        made = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(made)
        finally:
            os.close(made)

    # copies

    def manifests(self) -> list[Manifest]:
        """Every whole copy, the oldest first. Unusable when one of them does not open."""
        return [self.manifest(name) for name in self.copies()]

    def copies(self) -> list[str]:
        if not self.folder.is_dir():
            return []
        found = (path.name for path in self.folder.iterdir() if COPY.fullmatch(path.name))
        return sorted(name for name in found if self.has(f"{name}/manifest"))

    def manifest(self, copy: str) -> Manifest:
        manifest = Manifest.read(self.fetch(f"{copy}/manifest"))
        if manifest.copy != copy:
            raise Unusable(f"{self.folder / copy} holds the copy {manifest.copy}: somebody exchanged the folders.")
        return manifest

    def pieces(self, manifest: Manifest) -> Iterator[bytes]:
        for number, size in enumerate(manifest.sizes):
            piece = self.fetch(f"{manifest.copy}/{number:04d}")
            if len(piece) != size:
                raise Unusable(f"Piece {number} of the copy {manifest.copy} is {len(piece)} bytes instead of {size}.")
            yield piece

    def remove(self, copy: str) -> None:
        """The manifest goes first: what is left of a removal that was cut short is no copy."""
        (self.folder / copy / "manifest").unlink(missing_ok=True)
        shutil.rmtree(self.folder / copy, ignore_errors=True)

    # the journal

    def segments(self) -> list[str]:
        return self._journal(SEGMENT)

    def histories(self) -> list[str]:
        return self._journal(HISTORY)

    def _journal(self, names: re.Pattern[str]) -> list[str]:
        wal = self.folder / "wal"
        return sorted(path.name for path in wal.iterdir() if names.fullmatch(path.name)) if wal.is_dir() else []

    def last_laid(self) -> dict[str, str]:
        """The last segment of each timeline, by the timeline's number in hexadecimal."""
        if not self.has("wal/last"):
            return {}
        found: dict[str, str] = json.loads(self.fetch("wal/last"))
        return found

    def note_last(self, segment: str) -> None:
        last = self.last_laid()
        if last.get(segment[:8], "") < segment:
            self.lay("wal/last", json.dumps({**last, segment[:8]: segment}).encode())

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Of two processes that lay copies here, the second waits."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def shelf_of(places: Places) -> Shelf:
    """The folder of copies of an installation: CHUNYU_BACKUPS, else one in its home."""
    return Shelf(Path(os.environ.get("CHUNYU_BACKUPS") or places.home / "backups").absolute())


def following(segment: str) -> str:
    """The name of the next segment of the journal on the same timeline."""
    log, number = int(segment[8:16], 16), int(segment[16:], 16) + 1
    if number == SEGMENTS_TO_A_LOG:
        log, number = log + 1, 0
    return f"{segment[:8]}{log:08X}{number:08X}"


def holding(timeline: int, position: str) -> str:
    """The name of the segment that holds a position of the journal such as 0/1A2B3C4D."""
    high, _, low = position.partition("/")
    return f"{timeline:08X}{int(high, 16):08X}{int(low, 16) >> 24:08X}"


def _context(name: str) -> str:
    return f"backup:{name}"
