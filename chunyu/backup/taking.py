"""Taking a copy of the whole database while it is in use."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime
from typing import IO

from chunyu.backup import archiving
from chunyu.backup.shelf import Manifest, Shelf, Unusable, following, holding
from chunyu.privacy import vault
from chunyu.running import embedded_postgres
from chunyu.running.places import Places

PIECE_BYTES = 64 * 1024**2
KEPT = 7
Report = Callable[[str], None]


def take(places: Places, shelf: Shelf, report: Report = lambda step: None) -> Manifest:
    """A copy as of now, from which any later moment can be reached with the journal. Unusable when it fails; nothing
    that looks like a copy is left then."""
    archiving.turn_on(places)
    archiving.ship(places, shelf)
    begun = datetime.now(UTC)
    copy = f"{begun:%Y%m%dT%H%M%SZ}"
    if (shelf.folder / copy).exists():
        raise Unusable("A copy was begun in this very second. Try again.")
    report("Copying the database")
    try:
        pieces = _copied(places, shelf, copy)
        report("Journal up to here")
        archiving.ship(places, shelf)
        manifest = Manifest(copy, begun, datetime.now(UTC), *pieces)
        missing = gap(shelf, manifest.first_segment, manifest.last_segment)
        if missing:
            raise Unusable(f"The journal of the copy lacks the segment {missing}: the copy was given up.")
        files = [name for name in vault.names() if shelf.has(archiving.on_shelf(name))]
        shelf.lay(f"{copy}/files", "\n".join(files).encode())
        shelf.lay(f"{copy}/manifest", manifest.as_json())
    except BaseException:
        shutil.rmtree(shelf.folder / copy, ignore_errors=True)
        raise
    return manifest


def gap(shelf: Shelf, first: str, last: str) -> str | None:
    """The first segment that is missing between two of one timeline, both included."""
    segment = first
    while segment <= last:
        if not shelf.has(f"wal/{segment}"):
            return segment
        segment = following(segment)
    return None


def keep(shelf: Shelf, most: int = KEPT) -> list[str]:
    """Remove the oldest copies beyond `most`, and the journal that no copy needs any more; the names of the copies."""
    with shelf.alone():
        manifests = shelf.manifests()
        older, kept = manifests[:-most], manifests[-most:]
        for manifest in older:
            shelf.remove(manifest.copy)
        if older:
            oldest = min(manifest.first_segment[8:] for manifest in kept)
            for segment in shelf.segments():
                if segment[8:] < oldest:
                    (shelf.folder / "wal" / segment).unlink()
    return [manifest.copy for manifest in older]


class _Pieces:
    """What is read from a stream, laid on the shelf piece by piece on the way."""

    def __init__(self, stream: IO[bytes], shelf: Shelf, copy: str) -> None:
        self.stream, self.shelf, self.copy = stream, shelf, copy
        self.sizes: list[int] = []
        self.digest = hashlib.sha256()
        self._waiting = bytearray()

    def read(self, size: int = -1) -> bytes:
        content = self.stream.read(size)
        self.digest.update(content)
        self._waiting += content
        while len(self._waiting) >= PIECE_BYTES:
            self._lay(PIECE_BYTES)
        return content

    def close(self) -> None:
        """Read what is left, and lay it down."""
        while self.read(1024**2):
            pass
        if self._waiting:
            self._lay(len(self._waiting))

    def _lay(self, size: int) -> None:
        self.shelf.lay(f"{self.copy}/{len(self.sizes):04d}", bytes(self._waiting[:size]))
        self.sizes.append(size)
        del self._waiting[:size]


def _copied(places: Places, shelf: Shelf, copy: str) -> tuple[str, int, str, str, tuple[int, ...], str]:
    """The server's version, the timeline, the first and last segment that the copy needs, its pieces and digest."""
    command, switched = embedded_postgres.program(places, "pg_basebackup")
    options = ["-h", str(places.socket), "-U", embedded_postgres.OWNER, "-D", "-", "-F", "t", "-X", "none"]
    with subprocess.Popen(  # noqa: S603 - the packaged program, own arguments
        [command, *options, "-c", "fast"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd="/", **switched
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        pieces = _Pieces(running.stdout, shelf, copy)
        told = {"backup_label": b"", "backup_manifest": b"", "PG_VERSION": b""}
        try:
            with tarfile.open(fileobj=pieces, mode="r|") as archive:  # type: ignore[call-overload]  # only `read` is asked for
                for member in archive:
                    if member.name in told:
                        file = archive.extractfile(member)
                        assert file is not None
                        told[member.name] = file.read()
        except tarfile.TarError:
            pass  # cut short: the program's own words say why
        pieces.close()
        words = running.stderr.read().decode(errors="replace")
    if running.returncode or not all(told.values()):
        raise Unusable(f"The copy of the database failed:\n{words[-2000:]}")
    stretch = json.loads(told["backup_manifest"])["WAL-Ranges"][-1]
    timeline = int(stretch["Timeline"])
    first, last = (holding(timeline, stretch[name]) for name in ("Start-LSN", "End-LSN"))
    version = told["PG_VERSION"].decode().strip()
    return version, timeline, first, last, tuple(pieces.sizes), pieces.digest.hexdigest()
