"""Founding and renaming what an import of organisations names, and taking it back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.federation.actions import Founding, found_many, lock_tree, rename, take_back_foundings, take_back_rename
from chunyu.federation.models import Organisation, Placement
from chunyu.registry.employers.tables import Enterprise, Headcount, UnionCover
from chunyu.registry.importing.flat import write_pieces
from chunyu.registry.importing.kinds import Kept, Undone
from chunyu.registry.importing.organisation_plan import OrganisationPlan, OrganisationRow
from chunyu.registry.importing.standing_on import standing_on
from chunyu.registry.importing.tables import ImportBatch, UnionMeaning
from chunyu.registry.membership.tables import MemberCount, MemberDay, Membership, MemberTally, Worker


def write(plan: OrganisationPlan, acting: Acting, batch: ImportBatch, walked: Callable[[int], None]) -> Iterator[str]:
    lock_tree()
    rows: list[OrganisationRow] = []

    def gather(piece: list[OrganisationRow]) -> Iterator[str]:
        rows.extend(piece)
        return iter(())

    # A row may stand above one of an earlier piece, so all are founded together.
    yield from write_pieces(plan, gather, walked)
    if not plan.refused:
        yield from _write_all(rows, batch)


def _write_all(rows: Sequence[OrganisationRow], batch: ImportBatch) -> Iterator[str]:
    foundings: dict[int, Founding] = {}
    for row in rows:
        if row.is_new:
            _found(row, foundings)
    for organisation in found_many(list(foundings.values())):
        yield json.dumps({"new": organisation.pk})
    for row in rows:
        if row.renamed:
            assert row.organisation is not None
            rename(row.organisation, row.name, on=batch.day)
            yield json.dumps({"renamed": row.organisation.pk, "was": row.renamed, "is": row.name}, ensure_ascii=False)


def _found(row: OrganisationRow, foundings: dict[int, Founding]) -> Founding:
    """The founding of a row, after that of the row above it."""
    if id(row) not in foundings:
        parent: Any = row.parent
        if isinstance(parent, OrganisationRow):
            parent = parent.organisation or _found(parent, foundings)
        assert row.region is not None
        assert row.on is not None
        foundings[id(row)] = Founding(row.name, row.kind, row.region, parent, row.on)
    return foundings[id(row)]


def undo(acting: Acting, batch: ImportBatch, before: Sequence[str]) -> Undone:
    """Who was founded ends on the day of the founding, who was renamed bears the former name: on no day was it
    otherwise."""
    lock_tree()
    lines = [json.loads(line) for line in before]
    new = [line["new"] for line in lines if "new" in line]
    names = dict(Organisation.objects.filter(pk__in=[*new, *_renamed(lines)]).values_list("pk", "name"))
    built = _built_on(new)
    kept = [Kept(names[key], words) for key, words in built.items()]
    rows = take_back_foundings(Organisation.objects.filter(pk__in=[key for key in new if key not in built]))
    for line in lines:
        if "renamed" not in line:
            continue
        organisation = Organisation.objects.get(pk=line["renamed"])
        if organisation.name != line["is"] or organisation.dissolved_on is not None:
            kept.append(Kept(organisation.name, str(_("it was changed since"))))
            continue
        try:
            take_back_rename(organisation, line["was"], on=batch.day)
            rows += 1
        except (ValidationError, Placement.DoesNotExist):
            kept.append(Kept(organisation.name, str(_("it was changed since"))))
    return Undone(rows, kept)


def _renamed(lines: Sequence[dict[str, Any]]) -> list[int]:
    return [line["renamed"] for line in lines if "renamed" in line]


def _built_on(new: Sequence[int]) -> dict[int, str]:
    """What stands on organisations that the import founded; those above one that stays must stay too."""
    no_day = Q(valid_to=F("valid_from"))
    ever = Membership.objects.filter(worker=OuterRef("pk")).exclude(no_day)
    weightless = {
        Placement: Q(pk__isnull=False),
        Organisation: Q(pk__in=new) | Q(dissolved_on=F("founded_on")),
        Membership: no_day,
        Worker: Q(is_member=False) & ~Exists(ever),
        MemberCount: Q(members=0),
        MemberTally: Q(begun=F("ended")),
        MemberDay: Q(begun=F("ended")),
        Enterprise: Q(closing=Enterprise.Closing.UNDONE),
        Headcount: Q(batch__undone_at__isnull=False),
        UnionCover: no_day,
        UnionMeaning: Q(pk__isnull=False),
    }
    found = standing_on(Organisation, new, weightless)
    founded = {each.pk: each for each in Organisation.objects.filter(pk__in=new)}
    changed = Placement.objects.filter(organisation__in=new).exclude(
        valid_from=F("organisation__founded_on"), valid_to__isnull=True
    )
    found |= dict.fromkeys(changed.values_list("organisation", flat=True), str(_("it was changed since")))
    for key in list(found):
        above = founded[key].parent_id
        while above in founded:
            found.setdefault(above, str(_("an organisation under it stays")))
            above = founded[above].parent_id
    return found
