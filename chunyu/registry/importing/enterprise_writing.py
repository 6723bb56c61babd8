"""Putting employers on file, and taking back what an import of them brought."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import F, Q
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.federation.models import Organisation
from chunyu.registry.employers.tables import Enterprise, Headcount, UnionCover
from chunyu.registry.importing.enterprise_plan import EmployerRow, EnterprisePlan
from chunyu.registry.importing.flat import write_pieces
from chunyu.registry.importing.kinds import Kept, Undone
from chunyu.registry.importing.standing_on import standing_on
from chunyu.registry.importing.tables import ImportBatch
from chunyu.registry.importing.writing import copy_in

AT_ONCE = 2_000


def write(plan: EnterprisePlan, acting: Acting, batch: ImportBatch, walked: Callable[[int], None]) -> Iterator[str]:
    return write_pieces(plan, lambda rows: _write_piece(rows, batch), walked)


def _write_piece(rows: Sequence[EmployerRow], batch: ImportBatch) -> Iterator[str]:
    enterprises, headcounts, covers = [], [], []
    lines = []
    for row in rows:
        line: dict[str, Any] = {"count": row.count is not None}
        if row.enterprise is None:
            row.enterprise = _new(row, batch)
            enterprises.append(row.enterprise)
            line["new"] = str(row.enterprise.pk)
        else:
            line |= {"enterprise": str(row.enterprise.pk), "columns": _set(row, batch.day)}
        if row.count is not None:
            headcounts.append(_headcount(row.enterprise, row.count, row.draft.values.get("source"), batch))
        if row.cover is not None:
            cover = UnionCover(
                organisation=row.enterprise.organisation, enterprise=row.enterprise, union=row.cover, valid_from=row.on
            )
            covers.append(cover)
            line["cover"] = [str(cover.pk), str(row.ending.pk) if row.ending else None]
        lines.append(line)
    copy_in(Enterprise, enterprises)
    ending = [row.ending.pk for row in rows if row.ending is not None]
    UnionCover.objects.filter(pk__in=ending).update(valid_to=batch.day)
    copy_in(Headcount, headcounts)
    copy_in(UnionCover, covers)
    for line in lines:
        yield json.dumps(line, ensure_ascii=False)


def _new(row: EmployerRow, batch: ImportBatch) -> Enterprise:
    assert row.organisation is not None
    said = row.draft.values.get("known_from")
    return Enterprise(
        organisation=row.organisation,
        region_id=row.organisation.region_id,
        known_from=min(said.date, batch.day) if said else batch.day,
        **row.values,
    )


def _set(row: EmployerRow, day: date) -> dict[str, list[Any]]:
    """Set the values; answers each as it was and as it is."""
    enterprise, changed = row.enterprise, {}
    assert enterprise is not None
    assert row.organisation is not None
    for name, value in row.values.items():
        changed[name] = [getattr(enterprise, name), value]
        setattr(enterprise, name, value)
    if row.organisation.pk != enterprise.organisation_id:
        changed["organisation_id"] = [enterprise.organisation_id, row.organisation.pk]
        enterprise.organisation = row.organisation
    _save(enterprise, changed, day)
    return changed


def _save(enterprise: Enterprise, changed: dict[str, list[Any]], day: date) -> None:
    if changed:
        enterprise.described_on = day
        enterprise.save(update_fields=[*changed, "scope_path", "described_on"])


def _headcount(enterprise: Enterprise, count: tuple[date, Any], source: str | None, batch: ImportBatch) -> Headcount:
    on, (workers, migrants, new_forms) = count
    return Headcount(
        organisation=enterprise.organisation,
        enterprise=enterprise,
        counted_on=on,
        workers=workers,
        migrant_workers=migrants,
        new_form_workers=new_forms,
        source=source or str(_("imported workbook")),
        recorded_by=batch.post,
        batch=batch,
    )


def undo(acting: Acting, batch: ImportBatch, before: Sequence[str]) -> Undone:
    """An employer that the import put on file ends on the day it began; what was changed is as before; what was
    counted counts no more."""
    rows, kept = 0, list[Kept]()
    lines = [json.loads(line) for line in before]
    for at in range(0, len(lines), AT_ONCE):
        piece = lines[at : at + AT_ONCE]
        keys = [UUID(line.get("new") or line["enterprise"]) for line in piece]
        held = Enterprise.objects.select_for_update(of=("self",)).select_related("organisation").in_bulk(keys)
        built = _built_on(batch, piece)
        new = []
        for line, key in zip(piece, keys, strict=True):
            if key in built:
                kept.append(Kept(held[key].name, built[key]))
                continue
            _take_back_cover(line)
            if "new" in line:
                new.append(key)
            else:
                _put_back(held[key], line["columns"], batch.day)
            rows += 1
        Enterprise.objects.filter(pk__in=new).update(closed_on=F("known_from"), closing=Enterprise.Closing.UNDONE)
    return Undone(rows, kept)


def _take_back_cover(line: dict[str, Any]) -> None:
    if line.get("cover") is None:
        return
    begun, ended = line["cover"]
    UnionCover.objects.filter(pk=begun).update(valid_to=F("valid_from"))
    if ended is not None:
        UnionCover.objects.filter(pk=ended).update(valid_to=None)


def _put_back(enterprise: Enterprise, columns: dict[str, list[Any]], day: date) -> None:
    """As of the day of the import, as if it had never said so."""
    for name, (was, _is) in columns.items():
        if name == "organisation_id":
            enterprise.organisation = Organisation.objects.get(pk=was)
        else:
            setattr(enterprise, name, was)
    _save(enterprise, columns, day)


def _built_on(batch: ImportBatch, lines: Sequence[dict[str, Any]]) -> dict[UUID, str]:
    new = [UUID(line["new"]) for line in lines if "new" in line]
    own_covers = [line["cover"][0] for line in lines if line.get("cover")]
    own = {
        Headcount: Q(batch=batch) | Q(batch__undone_at__isnull=False),
        UnionCover: Q(pk__in=own_covers) | Q(valid_to=F("valid_from")),
    }
    found = standing_on(Enterprise, new, own)
    changed = {UUID(line["enterprise"]): line for line in lines if "enterprise" in line}
    every = [*new, *changed]
    later = Headcount.objects.standing().filter(enterprise__in=every, recorded_at__gt=batch.ended_at)
    counted = later.exclude(batch=batch).values_list("enterprise", flat=True)
    found |= dict.fromkeys(counted, str(_("its workers were counted again since")))
    ended = UnionCover.objects.filter(pk__in=own_covers, valid_to__isnull=False).values_list("enterprise", flat=True)
    found |= dict.fromkeys(ended, str(_("another union covers it since")))
    for each in Enterprise.objects.filter(pk__in=every):
        columns = changed[each.pk]["columns"] if each.pk in changed else {}
        if each.closed_on is not None:
            found[each.pk] = str(_("it was closed since"))
        elif any(getattr(each, name) != value for name, (_was, value) in columns.items()):
            found[each.pk] = str(_("it was changed since"))
    return found
