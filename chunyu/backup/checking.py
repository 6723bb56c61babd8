"""Looking over the copies without bringing one back: that everything is there, opens, and is what it was."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from chunyu.backup.archiving import on_shelf
from chunyu.backup.shelf import Manifest, Shelf, Unusable
from chunyu.backup.taking import gap
from chunyu.privacy.sealing import SealBroken, unseal
from chunyu.running.fitness import Check

APART = "Keep this folder on another machine too, and take a new copy with `chunyu backup`."


def examine(shelf: Shelf) -> list[Check]:
    """One line for each copy, for each timeline of the journal, and for the files of the vault."""
    found = [_copy(shelf, name) for name in shelf.copies()]
    if not found:
        return [Check("copies", False, f"none in {shelf.folder}", "Take one with `chunyu backup`.")]
    return [*found, *_journal(shelf), _vault(shelf)]


def _copy(shelf: Shelf, name: str) -> Check:
    label = f"copy {name}"
    try:
        manifest, digest = shelf.manifest(name), hashlib.sha256()
        for piece in shelf.pieces(manifest):
            digest.update(piece)
        if digest.hexdigest() != manifest.digest:
            return Check(label, False, "its pieces together are not what was copied", APART)
        lost = [file for file in files_of(shelf, manifest) if not shelf.has(on_shelf(file))]
    except Unusable as fault:
        return Check(label, False, str(fault), APART)
    if lost:
        return Check(label, False, f"{len(lost)} files of its vault are missing, the first {lost[0]}", APART)
    return Check(label, True, f"{sum(manifest.sizes) / 1024**2:.0f} MiB, whole")


def files_of(shelf: Shelf, manifest: Manifest) -> list[str]:
    """The names of the files that the vault held when the copy was taken."""
    return shelf.fetch(f"{manifest.copy}/files").decode().split()


def _journal(shelf: Shelf) -> Iterator[Check]:
    try:
        last, manifests = shelf.last_laid(), shelf.manifests()
    except Unusable as fault:
        yield Check("journal", False, str(fault), APART)
        return
    for timeline in sorted({manifest.first_segment[:8] for manifest in manifests}):
        label = f"journal {int(timeline, 16)}"
        of_it = [manifest for manifest in manifests if manifest.first_segment[:8] == timeline]
        first = min(manifest.first_segment for manifest in of_it)
        end = max(last.get(timeline, ""), *(manifest.last_segment for manifest in of_it))
        missing = gap(shelf, first, end)
        if missing:
            yield Check(label, False, f"segment {missing} is missing: nothing after it can be reached", APART)
            continue
        segments = [name for name in shelf.segments() if name[:8] == timeline and first <= name]
        try:
            for segment in segments:
                shelf.fetch(f"wal/{segment}")
        except Unusable as fault:
            yield Check(label, False, str(fault), APART)
        else:
            yield Check(label, True, f"{len(segments)} segments without a gap")


def _vault(shelf: Shelf) -> Check:
    paths, broken = sorted(shelf.folder.glob("vault/??/*")), []
    for path in paths:
        try:
            unseal(path.read_bytes(), f"vault:{path.name}")
        except SealBroken:
            broken.append(path.name)
    if broken:
        return Check("vault", False, f"{len(broken)} of {len(paths)} files do not open, the first {broken[0]}", APART)
    return Check("vault", True, f"{len(paths)} files, all open")
