"""Bringing a copy back as of a moment: into a folder of its own first, and in the old one's place when it is whole.

Nothing of the present database is touched before the new one has reached its moment and was looked over, and nothing
of it is removed afterwards: it stays beside, under a name of its own.
"""

from __future__ import annotations

import hashlib
import io
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from chunyu.backup import archiving, taking
from chunyu.backup.shelf import Manifest, Shelf, Unusable, following
from chunyu.privacy import vault
from chunyu.running import embedded_postgres
from chunyu.running.places import Places
from chunyu.running.processes import wait_until

PATIENCE = 3600.0  # seconds for the journal to be read to its moment
Report = Callable[[str], None]


@dataclass(frozen=True)
class Restored:
    """A database that was brought back, and stopped again. `last_commit` is the last that it holds, if any came after
    the copy."""

    copy: str
    places: Places
    until: datetime | None
    last_commit: datetime | None
    segments: int


def recover(
    shelf: Shelf,
    into: Path,
    until: datetime | None = None,
    report: Report = lambda step: None,
    rescued: Path | None = None,
) -> Restored:
    """The database as of `until`, or as of the last thing known, in the home folder `into`, which must not be there.

    `rescued` is the journal of a database folder that is not used any more: what it wrote last and nobody fetched.
    Unusable when a copy, the journal up to that moment or the keys are missing or damaged.
    """
    try:
        return _recovered(shelf, into, until, report, rescued)
    except _EndsBefore:
        if not rescued and not any(manifest.begun_at >= until for manifest in shelf.manifests() if until):
            raise
        # The journal is known to be whole up to that moment: nothing was committed after it, so the end is the moment.
        return replace(_recovered(shelf, into, None, report, rescued), until=until)


class _EndsBefore(Unusable):
    """No commit after the moment is in the journal."""


def _recovered(shelf: Shelf, into: Path, until: datetime | None, report: Report, rescued: Path | None) -> Restored:
    manifest = _copy_for(shelf, until)
    places = Places(into)
    if into.exists():
        raise Unusable(f"{into} is there already: name a folder that is not.")
    report(f"Copy of {manifest.ended_at.astimezone():%Y-%m-%d %H:%M:%S}")
    embedded_postgres.make_home(places)
    try:
        _unpack(shelf, manifest, places.database)
        _verify(places)
        report("Journal")
        segments = _lay_journal(shelf, manifest, places.database, rescued)
        _say_until_when(places.database, until)
        last_commit = _replayed(places, until)
    except BaseException:
        embedded_postgres.stop(places)
        shutil.rmtree(places.server, ignore_errors=True)
        shutil.rmtree(into, ignore_errors=True)
        raise
    return Restored(manifest.copy, places, until, last_commit, segments)


def put_in_place(restored: Restored, places: Places) -> Path | None:
    """Exchange the database folder of a home for the one brought back; where the old one stands now, if there was one.

    Neither server may run.
    """
    aside = places.database.with_name(f"database.until-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
    before = places.database.exists()
    if before:
        places.database.rename(aside)
    restored.places.database.rename(places.database)
    shutil.rmtree(restored.places.server, ignore_errors=True)
    shutil.rmtree(restored.places.home, ignore_errors=True)
    return aside if before else None


def keep_histories(shelf: Shelf, restored: Restored) -> None:
    """Where its history branches off, so that no later one takes the same number."""
    for path in restored.places.database.glob("pg_wal/*.history"):
        if not shelf.has(f"wal/{path.name}"):
            shelf.lay(f"wal/{path.name}", path.read_bytes())


def bring_back_vault(shelf: Shelf) -> int:
    """Put files on the shelf that the vault lacks back into it; how many. What the vault holds is never overwritten."""
    missing = [path for path in sorted(shelf.folder.glob("vault/??/*")) if not vault.path_of(path.name).exists()]
    for path in missing:
        into = vault.path_of(path.name)
        into.parent.mkdir(mode=0o700, exist_ok=True)
        aside = into.with_suffix(".part")
        shutil.copyfile(path, aside)
        aside.chmod(0o600)
        aside.replace(into)
    return len(missing)


def _copy_for(shelf: Shelf, until: datetime | None) -> Manifest:
    """The last copy that was finished by then."""
    manifests = shelf.manifests()
    if not manifests:
        raise Unusable(f"There is no copy in {shelf.folder}. `chunyu backup` takes one.")
    fitting = [manifest for manifest in manifests if until is None or manifest.ended_at <= until]
    if not fitting:
        first = manifests[0].ended_at.astimezone()
        raise Unusable(f"The oldest copy is of {first:%Y-%m-%d %H:%M:%S}: no earlier moment can be reached.")
    return fitting[-1]


def _unpack(shelf: Shelf, manifest: Manifest, folder: Path) -> None:
    folder.mkdir(mode=0o700)
    digest = hashlib.sha256()

    def pieces() -> Iterator[bytes]:
        for piece in shelf.pieces(manifest):
            digest.update(piece)
            yield piece

    with io.BufferedReader(_Joined(pieces()), 1024**2) as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
        archive.extractall(folder, filter="tar")
        while stream.read(1024**2):
            pass
    if digest.hexdigest() != manifest.digest:
        raise Unusable(f"The copy {manifest.copy} is not what it was when it was taken.")
    embedded_postgres.hand_over(folder)


class _Joined(io.RawIOBase):
    """Pieces, read as one file."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self.pieces, self.left = pieces, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self.left = self.left or next(self.pieces, b"")
        size = min(len(buffer), len(self.left))
        buffer[:size], self.left = self.left[:size], self.left[size:]
        return size


def _verify(places: Places) -> None:
    """PostgreSQL's own word on every file of the copy, before anything is done with it."""
    command, switched = embedded_postgres.program(places, "pg_verifybackup")
    done = subprocess.run(  # noqa: S603 - the packaged program, own arguments
        [command, "-n", "-q", str(places.database)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd="/", check=False, **switched,
    )  # fmt: skip
    if done.returncode:
        raise Unusable(f"PostgreSQL finds the copy damaged:\n{done.stdout[-2000:]}")
    (places.database / "server.log").unlink(missing_ok=True)  # of the old one's life


def _lay_journal(shelf: Shelf, manifest: Manifest, database: Path, rescued: Path | None) -> int:
    """Everything from the copy on, of its own timeline; a segment that is missing in between is no end, but a fault."""
    journal = database / "journal"
    journal.mkdir(mode=0o700)
    timeline = manifest.first_segment[:8]
    last = max(shelf.last_laid().get(timeline, ""), manifest.last_segment)
    missing = taking.gap(shelf, manifest.first_segment, last)
    if missing:
        raise Unusable(
            f"{shelf.folder}/wal/{missing} is missing: with it everything after is lost. Bring it back from wherever "
            "this folder is copied to."
        )
    segment, count = manifest.first_segment, 0
    while segment <= last:
        (journal / segment).write_bytes(shelf.fetch(f"wal/{segment}"))
        segment, count = following(segment), count + 1
    while rescued and (rescued / segment).is_file():
        shutil.copyfile(rescued / segment, journal / segment)
        segment, count = following(segment), count + 1
    for history in shelf.histories():
        (journal / history).write_bytes(shelf.fetch(f"wal/{history}"))
    embedded_postgres.hand_over(journal)
    return count


def _say_until_when(database: Path, until: datetime | None) -> None:
    """It reads the journal that was laid ready, hands its own to nobody, and is writable when it has arrived."""
    lines = [
        "archive_command = '/bin/true'",
        "restore_command = 'cp journal/%f %p'",
        "recovery_target_timeline = 'current'",
        "recovery_target_action = 'promote'",
    ]
    if until:
        lines.append(f"recovery_target_time = '{until.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f+00}'")
    (database / "postgresql.auto.conf").write_text("\n".join(lines) + "\n")
    (database / "recovery.signal").touch(mode=0o600)
    embedded_postgres.hand_over(database / "postgresql.auto.conf")
    embedded_postgres.hand_over(database / "recovery.signal")


def _replayed(places: Places, until: datetime | None) -> datetime | None:
    """Start it, wait until it has arrived, and stop it; when its last commit was."""
    log = places.database / "server.log"
    try:
        embedded_postgres.start(places, attempts=2)
        arrived = wait_until(lambda: not embedded_postgres.server(places) or _has_arrived(places), PATIENCE)
        if not arrived or not embedded_postgres.server(places):
            raise _failure(log, until)
        with archiving.connected(places) as connection:
            row = connection.execute("SELECT pg_last_xact_replay_timestamp()").fetchone()
            connection.execute("ALTER SYSTEM RESET ALL")
    except (embedded_postgres.ServerFailed, psycopg.OperationalError) as failed:
        raise _failure(log, until) from failed
    embedded_postgres.stop(places)
    shutil.rmtree(places.database / "journal")
    assert row is not None
    return row[0] if isinstance(row[0], datetime) else None


def _has_arrived(places: Places) -> bool:
    """It answers questions before it has arrived: an early look would find a database that lacks the end."""
    try:
        with archiving.connected(places) as connection:
            row = connection.execute("SELECT pg_is_in_recovery()").fetchone()
    except psycopg.OperationalError:
        return False
    return row == (False,)


def _failure(log: Path, until: datetime | None) -> Unusable:
    said = log.read_text(errors="replace") if log.exists() else ""
    if until and "recovery ended before configured recovery target was reached" in said:
        return _EndsBefore(
            f"The journal ends before {until.astimezone():%Y-%m-%d %H:%M:%S}: nothing was committed after that moment, "
            "or it is not in the folder of copies. Without --to the last moment known is brought back."
        )
    return Unusable(f"The database could not be brought back. Its last words:\n{said[-2000:]}")
