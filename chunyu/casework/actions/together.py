"""One move made on many cases, each by itself: its own checks, its own transaction, its own line in the record."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.casework.actions.case import locked, move
from chunyu.casework.models import Case, Decision, Document, Objection, TimelineEntry
from chunyu.casework.models.evidence import CheckItem
from chunyu.casework.process import Field, Move, Process
from chunyu.casework.queries import known_to

MOST = 200


@dataclass(frozen=True)
class Moved:
    """What came of one case: the refusal says why it stands where it stood."""

    case: Case
    refusal: Refusal | None


def asked_together(process: Process, made: Move) -> tuple[Field, ...]:
    """The fields that are filled in once for all cases: what the table suggests for each case is taken from there."""
    return tuple(each for each in process.fields[made.name] if each.suggested is None)


def can_be_together(process: Process, made: Move) -> bool:
    """Whether a move can be made on many cases at once: nothing is asked whose choices depend on the case."""
    return not made.automatic and not any(each.offered for each in process.fields[made.name])


def stamps(cases: Iterable[Case]) -> dict[UUID, str]:
    """For each case a digest of how much stands on it, in a handful of queries however many cases there are. All of it
    is only ever added to or answered, so that counts tell of every change."""
    keys = {case.pk: case.state for case in cases}
    parts: dict[UUID, list[str]] = defaultdict(list)
    for model, path in (
        (TimelineEntry, "case"),
        (Document, "case"),
        (Decision, "case"),
        (Objection, "notice__case"),
        (CheckItem, "task__case"),
    ):
        # The answered ones count apart: an answer changes a row and adds none.
        answered = {Objection: "resolved_on", CheckItem: "task__replied_on"}.get(model, "pk")
        rows = model.objects.filter(**{f"{path}__in": list(keys)}).order_by().values_list(path)
        for key, count, done in rows.annotate(Count("pk"), done=Count(answered)):
            parts[key].append(f"{model.__name__} {count} {done}")
    return {
        key: hashlib.sha256("\n".join([state, *sorted(parts[key])]).encode()).hexdigest()[:20]
        for key, state in keys.items()
    }


def move_together(
    acting: Acting, process: Process, name: str, chosen: Mapping[str, str], fields: Mapping[str, Any]
) -> list[Moved]:
    """Make one move on each chosen case, in the order given. `chosen` maps a case's number to the stamp that was shown.

    A case that refuses is left as it was and keeps none of the others back.
    """
    made = process.move(name)
    if not can_be_together(process, made):
        raise ValueError(f"{name} asks of each case what only that case offers.")
    found = {case.number: case for case in known_to(acting).filter(number__in=list(chosen), process=process.name)}
    ordered: Sequence[str] = [number for number in chosen if number in found][:MOST]
    return [_one(acting, found[number], made, chosen[number], fields) for number in ordered]


def _one(acting: Acting, case: Case, made: Move, stamp: str, fields: Mapping[str, Any]) -> Moved:
    try:
        _make(acting, case, made, stamp, fields)
    except Refusal as refusal:
        case.refresh_from_db()
        return Moved(case, refusal)
    return Moved(case, None)


@transaction.atomic
def _make(acting: Acting, case: Case, made: Move, stamp: str, fields: Mapping[str, Any]) -> None:
    locked(acting, case)
    if stamps([case])[case.pk] != stamp:
        raise Refusal(_("This case changed since the list was shown. Look at it again."), code="stale")
    own = {
        each.name: each.suggested(case, acting) for each in case.table.fields[made.name] if each.suggested is not None
    }
    move(acting, case, made.name, **{**fields, **own})
