"""Putting members on record, and taking back what an import of them brought.

Spells are begun and ended as an admission or a transfer would; the database keeps the numbers of members. A spell that
is taken back ends on the day it began, and who was transferred goes back on the very day: on no day were they members
of the union that the import named.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.registry import identity
from chunyu.registry.importing.flat import write_pieces
from chunyu.registry.importing.kinds import Kept, Undone
from chunyu.registry.importing.member_plan import MemberPlan, MemberRow
from chunyu.registry.importing.standing_on import standing_on
from chunyu.registry.importing.tables import ImportBatch
from chunyu.registry.importing.writing import copy_in, plain
from chunyu.registry.membership.tables import GroupChange, Membership, Worker
from chunyu.wall.scope import beyond_scope

AT_ONCE = 2_000
Begun, Ended = Membership.Begun, Membership.Ended
# What follows from a value is set with it.
WITH_IT = {
    "name": ("name", "spelling", "initials"),
    "phone": ("phone", "phone_index"),
    "id_number": ("id_number", "id_number_index", "birth_date", "sex"),
}


def write(plan: MemberPlan, acting: Acting, batch: ImportBatch, walked: Callable[[int], None]) -> Iterator[str]:
    return write_pieces(plan, lambda rows: _write_piece(rows, batch.day), walked)


def _write_piece(rows: Sequence[MemberRow], day: date) -> Iterator[str]:
    lines = [_write_worker(row, day) for row in rows]
    copy_in(Worker, [row.worker for row in rows if row.is_new and row.worker is not None])
    _end_for_transfer(rows)
    spells = []
    for row, line in zip(rows, lines, strict=True):
        if row.on is not None:
            assert row.union is not None
            spell = Membership(
                organisation=row.union,
                worker=row.worker,
                valid_from=row.on,
                number=row.number or "",
                begun=Begun.TRANSFERRED if row.leaving else Begun.JOINED,
            )
            spells.append(spell)
            line["spell"] = str(spell.pk)
            line["left"] = str(row.leaving.pk) if row.leaving else None
        elif row.staying is not None:
            line["number"] = [str(row.staying.pk), row.staying.number, row.number]
            Membership.objects.filter(pk=row.staying.pk).update(number=row.number)
    copy_in(Membership, spells)
    for line in lines:
        yield json.dumps(line, ensure_ascii=False)


def _write_worker(row: MemberRow, day: date) -> dict[str, Any]:
    """The worker as the row says them, ready to be sent when new, else saved; answers what stood there before."""
    if row.worker is None:
        assert row.draft.id_number is not None
        assert row.union is not None
        row.worker = Worker(organisation=row.union)
        _give(row.worker, row.values | {"id_number": row.draft.id_number.text})
        return {"new": str(row.worker.pk)}
    before = {name: [plain(row.worker, name), _plain(value)] for name, value in row.values.items()}
    if row.values:
        _give(row.worker, row.values)
        _save(row.worker, row.values, day)
    return {"worker": str(row.worker.pk), "columns": before}


def _give(worker: Worker, values: dict[str, Any]) -> None:
    for name, value in values.items():
        if name == "name":
            worker.give_name(value)
        elif name == "id_number":
            number = identity.IdNumber(value)
            worker.id_number, worker.birth_date, worker.sex = number.text, number.birth_date, number.sex
        else:
            setattr(worker, name, value)


def _save(worker: Worker, values: dict[str, Any], day: date) -> None:
    worker.described_on = day
    worker.save(update_fields=["described_on", *(field for name in values for field in WITH_IT.get(name, (name,)))])


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value


def _end_for_transfer(rows: Sequence[MemberRow]) -> None:
    by_day: dict[date, list[UUID]] = defaultdict(list)
    for row in rows:
        if row.leaving is not None and row.on is not None:
            by_day[row.on].append(row.leaving.pk)
    for on, spells in sorted(by_day.items()):
        with beyond_scope("transfer-member"):
            Membership.objects.filter(pk__in=spells).update(valid_to=on, ended=Ended.TRANSFERRED)


# Taking back ---------------------------------------------------------------------------------------------------------


def undo(acting: Acting, batch: ImportBatch, before: Sequence[str]) -> Undone:
    lines = [json.loads(line) for line in before]
    rows, kept = 0, list[Kept]()
    for at in range(0, len(lines), AT_ONCE):
        piece = lines[at : at + AT_ONCE]
        keys = [UUID(line.get("new") or line["worker"]) for line in piece]
        workers = Worker.objects.select_for_update(of=("self",)).in_bulk(keys)
        built = _built_on(batch, piece, workers)
        alone = []
        for line, key in zip(piece, keys, strict=True):
            if key in built:
                kept.append(Kept(workers[key].name, built[key]))
            else:
                alone.append(line)
                rows += 1
                _put_back(workers[key], line.get("columns", {}), batch.day)
        _take_back_spells(alone)
    return Undone(rows, kept)


def _take_back_spells(lines: Sequence[dict[str, Any]]) -> None:
    reason = str(_("import undone"))
    begun = [line["spell"] for line in lines if line.get("spell")]
    Membership.objects.filter(pk__in=begun).update(valid_to=F("valid_from"), ended=Ended.UNDONE, reason=reason)
    left = Membership.objects.filter(pk__in=[line["left"] for line in lines if line.get("left")])
    with beyond_scope("transfer-member"):
        _begin_again(left, reason)
    for line in lines:
        if line.get("number"):
            spell, was, _is = line["number"]
            Membership.objects.filter(pk=spell).update(number=was)


def _begin_again(left: QuerySet[Membership], reason: str) -> None:
    copy_in(
        Membership,
        [
            Membership(
                organisation=each.organisation,
                worker_id=each.worker_id,
                number=each.number,
                valid_from=each.valid_to,
                begun=Begun.TRANSFERRED,
                reason=reason,
            )
            for each in left.select_related("organisation")
        ],
    )


def _put_back(worker: Worker, columns: dict[str, list[Any]], day: date) -> None:
    """As of the day of the import: on no day were they in a group that it alone put them into."""
    if columns:
        _give(worker, {name: was for name, (was, _is) in columns.items()})
        _save(worker, columns, day)


def _built_on(batch: ImportBatch, lines: Sequence[dict[str, Any]], workers: dict[UUID, Worker]) -> dict[UUID, str]:
    new = [UUID(line["new"]) for line in lines if "new" in line]
    own = {line["spell"] for line in lines if line.get("spell")}
    nothing = Q(valid_to=F("valid_from"))
    # Turns from one group of members into another are noted by the database; they are no use of the record.
    found = standing_on(Worker, new, {Membership: Q(pk__in=own) | nothing, GroupChange: Q(pk__isnull=False)})
    used = standing_on(Membership, own, {})
    held = Membership.objects.filter(worker__in=list(workers)).exclude(nothing)
    open_now = dict(held.filter(valid_to__isnull=True).values_list("worker", "pk"))
    for line in lines:
        key = UUID(line.get("new") or line["worker"])
        spell = line.get("spell") or (line.get("number") or [None])[0]
        if spell and str(open_now.get(key)) != spell:
            found[key] = str(_("the membership was ended or went over to another union since"))
        elif line.get("spell") and (words := used.get(UUID(line["spell"]))):
            found[key] = words
        elif any(plain(workers[key], name) != value for name, (_was, value) in line.get("columns", {}).items()):
            found[key] = str(_("their record was changed since"))
    return found
