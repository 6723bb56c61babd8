"""How a sender's sheets are read, remembered: what each column means and what a row is found by on file."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.audit.record import record
from chunyu.privacy import vault
from chunyu.registry.importing.actions import check_key, check_sender, send_workbook
from chunyu.registry.importing.findings import Findings
from chunyu.registry.importing.kinds import kind_of
from chunyu.registry.importing.tables import HeaderMeaning, ImportBatch, RememberedSheet
from chunyu.registry.workbook.parts import BY_NAME, REPEATED

# (digest of the headings, part, key of the header) to the name of a column, or "" to leave it out.
Meanings = Mapping[tuple[str, str, str], str]


@transaction.atomic
def remember_mapping(
    acting: Acting,
    batch: ImportBatch,
    meanings: Meanings,
    *,
    match_key: str = "",
    transfers: bool | None = None,
    name: str = "",
) -> ImportBatch:
    """Keep what the sender says the columns of a sheet with these headings mean and what rows are found by, and try
    the workbook out anew. `name`: under which the mapping is listed; left out, that of the sheet."""
    kind = kind_of(batch.kind)
    check_sender(acting, kind)
    check_key(kind, match_key)
    if batch.is_unfinished:
        raise Refusal(_("This import is still being worked on."), "unfinished")
    mapping = Findings.of(batch.findings).mapping
    seen = {(each.headings, each.part, each.key): each.meaning for each in mapping}
    _check(meanings, seen)
    match_key = match_key or batch.match_key or kind.keys[0].name
    for headings, sheet in {each.headings: each.sheet for each in reversed(mapping)}.items():
        _keep(acting, kind.name, headings, (name or sheet)[:60], match_key)
    for (headings, part, key), field in meanings.items():
        HeaderMeaning.objects.update_or_create(
            organisation=acting.organisation,
            headings=headings,
            part=part,
            header=key,
            defaults={"field": field, "answered_by": acting.post, "scope_path": acting.path},
        )
    record(acting, "registry.remember_mapping", batch, f"{len(meanings)} columns")
    return send_workbook(
        acting,
        name=batch.file_name.reveal(),
        content=vault.get(batch.file),
        kind=batch.kind,
        match_key=match_key,
        transfers=batch.transfers if transfers is None else transfers,
        dry_run=True,
    )


def _keep(acting: Acting, kind: str, headings: str, name: str, match_key: str) -> None:
    said = {"name": name, "match_key": match_key, "remembered_by": acting.post, "remembered_at": timezone.now()}
    RememberedSheet.objects.update_or_create(
        organisation=acting.organisation, kind=kind, headings=headings, defaults=said | {"scope_path": acting.path}
    )


def _check(meanings: Meanings, seen: Meanings) -> None:
    if meanings.keys() - seen.keys():
        raise Refusal(_("This column does not exist."), "no_such_column")
    if any(field and (part, field) not in BY_NAME for (_headings, part, _key), field in meanings.items()):
        raise Refusal(_("This column does not exist."), "no_such_column")
    whole = {**seen, **meanings}
    named = [
        (headings, part, field) for (headings, part, _key), field in whole.items() if field and field not in REPEATED
    ]
    if len(set(named)) != len(named):
        raise Refusal(_("Two columns cannot mean the same."), "same_meaning")


def columns_of(sheet: RememberedSheet) -> list[HeaderMeaning]:
    """What its columns were said to mean."""
    return list(_meanings(sheet).order_by("part", "header"))


@transaction.atomic
def rename(acting: Acting, sheet: RememberedSheet, name: str) -> None:
    check_sender(acting, kind_of(sheet.kind))
    if not name.strip():
        raise Refusal(_("A mapping has a name by which it is found again."), "remembered_sheet_has_a_name")
    sheet.name = name.strip()
    sheet.save(update_fields=["name"])
    record(acting, "registry.rename_mapping", sheet)


@transaction.atomic
def forget(acting: Acting, sheet: RememberedSheet) -> None:
    """The next sheet with these headings is read by the known wordings alone."""
    check_sender(acting, kind_of(sheet.kind))
    record(acting, "registry.forget_mapping", sheet)
    others = RememberedSheet.objects.filter(organisation=sheet.organisation_id, headings=sheet.headings)
    if not others.exclude(pk=sheet.pk).exists():
        _meanings(sheet).delete()
    sheet.delete()


def _meanings(sheet: RememberedSheet) -> QuerySet[HeaderMeaning]:
    parts = kind_of(sheet.kind).parts
    return HeaderMeaning.objects.filter(organisation=sheet.organisation_id, headings=sheet.headings, part__in=parts)


__all__ = ["columns_of", "forget", "remember_mapping", "rename"]
