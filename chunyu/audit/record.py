"""Writing the record: an argument of every action, not a habit."""

import re
from collections.abc import Iterable
from contextlib import nullcontext
from uuid import UUID

from django.db import models, transaction

from chunyu.accounts.acting import Acting
from chunyu.audit.models import Entry
from chunyu.wall.scope import beyond_scope

EVENT = re.compile(r"[a-z_]+(\.[a-z_]+)+")
# Identity numbers, bank cards and mobile phones standing alone; digests and amounts in words are none.
PERSONAL = re.compile(r"(?<![0-9A-Za-z])(?:\d{17}[\dXx]|\d{15,19}|1[3-9]\d{9})(?![0-9A-Za-z])")


def record(acting: Acting, event: str, subject: models.Model, note: str = "") -> Entry:
    """Append one act to the record, in the transaction of the act itself.

    `event` is "room.verb" ("casework.move"). `note` must hold no personal value: keys, counts and state names only.
    ValueError when it plainly does, RuntimeError outside a transaction: both are faults of the program.
    """
    if not EVENT.fullmatch(event):
        raise ValueError(f"{event!r} is no event: write room.verb.")
    if PERSONAL.search(note):
        raise ValueError(f"{event}: the note holds what looks like a personal number.")
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError(f"{event}: an act and its record belong to one transaction.")
    entry = Entry(
        user_id=acting.user_id,
        post=acting.post,
        event=event,
        subject=f"{subject._meta.label}:{subject.pk}",
        scope_path=getattr(subject, "scope_path", None) or acting.path,
        note=note,
    )
    with nullcontext() if acting.sees(entry.scope_path) else beyond_scope("record"):
        entry.save(force_insert=True)
    return entry


def shown(acting: Acting, page: str, people: Iterable[UUID], *, taken_away: bool = False) -> Entry | None:
    """Put on record who was shown on a page, or left it in a file: keys of households and workers. None for nobody.

    A page that reads cannot write; this is called when it has been answered.
    """
    keys = sorted(set(people))
    if not keys:
        return None
    return Entry.objects.create(
        user_id=acting.user_id,
        post=acting.post,
        event="people.taken_away" if taken_away else "people.shown",
        subject=page,
        scope_path=acting.path,
        note=str(len(keys)),
        seen=keys,
    )
