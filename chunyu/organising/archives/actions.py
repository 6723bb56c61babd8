"""The verbs of an archive: add a leaf, verify it, put a right one in a wrong one's place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import PurePath
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import ORGANISING_ROLES, Role
from chunyu.audit.record import record
from chunyu.casework.content_types import EXTENSIONS, content_type_of
from chunyu.federation.models import Organisation
from chunyu.organising.archives.kinds import SHEETS
from chunyu.organising.archives.tables import LIMIT, ArchiveDocument, ArchivePage
from chunyu.organising.refusing import refusing
from chunyu.privacy import vault
from chunyu.registry.organising_rights import check_organising
from chunyu.registry.refusing import refuse_day_to_come

VERIFYING_ROLES = ORGANISING_ROLES | {Role.COUNTY_APPROVER}
Scan = tuple[str, bytes]  # name and content


@transaction.atomic
def add_page(
    acting: Acting,
    organisation: Organisation,
    kind: str,
    *,
    valid_from: date,
    scans: Sequence[Scan] = (),
    supersedes: ArchivePage | None = None,
    reason: str = "",
    roles: frozenset[Role] = ORGANISING_ROLES,
    **says: Any,
) -> ArchivePage:
    """A leaf more. `says` are the columns of its kind (see `kinds.SHEETS`); others are refused."""
    check_organising(acting, organisation.path, roles)
    refuse_day_to_come(acting, valid_from)
    sheet = SHEETS[kind]
    strange = set(says) - {*sheet.says, *sheet.may}
    if strange:
        raise ValueError(f"A leaf of the kind {kind} does not say {sorted(strange)}")
    page = ArchivePage(
        organisation=organisation,
        kind=kind,
        valid_from=valid_from,
        supersedes=supersedes,
        reason=reason,
        recorded_by=acting.post,
        recorded_on=acting.day,
    )
    for column, value in says.items():
        setattr(page, column, value)
    with refusing():
        page.save(force_insert=True)
    for name, content in scans:
        _keep(page, name, content)
    record(acting, "organising.add_page", page, kind)
    return page


@transaction.atomic
def correct_page(acting: Acting, page: ArchivePage, *, reason: str, valid_from: date, **more: Any) -> ArchivePage:
    """A right leaf in the place of a wrong one, which stays as what was on file before."""
    if hasattr(page, "superseded_by"):
        raise Refusal(_("Another leaf has taken this one's place already."), "superseded")
    if not reason.strip():
        raise Refusal(_("A leaf that takes another's place says why."), "archive_page_corrects_with_a_reason")
    return add_page(
        acting, page.organisation, page.kind, valid_from=valid_from, supersedes=page, reason=reason.strip(), **more
    )


@transaction.atomic
def verify_page(acting: Acting, page: ArchivePage) -> None:
    """Somebody else has compared the leaf with its paper."""
    check_organising(acting, page.scope_path, VERIFYING_ROLES)
    held = ArchivePage.objects.select_for_update(of=("self",)).get(pk=page.pk)
    if held.verified_by_id is not None:
        raise Refusal(_("This leaf is verified already."), "archive_page_verified_once")
    held.verified_by, held.verified_on = acting.post, acting.day
    with refusing():
        held.save(update_fields=["verified_by", "verified_on"])
    record(acting, "organising.verify_page", held, held.kind)


@transaction.atomic
def open_scan(acting: Acting, document: ArchiveDocument) -> bytes:
    """The content, for who sees the archive; that it was opened is part of the record."""
    if not acting.sees(document.page.scope_path):
        raise Refusal(_("This organisation is not under yours."), "out_of_scope")
    record(acting, "organising.open_scan", document.page, document.digest[:12])
    return vault.get(document.stored)


def _keep(page: ArchivePage, name: str, content: bytes) -> None:
    if not 0 < len(content) <= LIMIT:
        raise Refusal(_("A scan is between 1 byte and 12 MB."), "archive_document_size_within_limit")
    content_type = content_type_of(content)
    stored = vault.put(content)
    with refusing():
        ArchiveDocument.objects.create(
            page=page,
            name=f"{PurePath(name).stem[:100]}.{EXTENSIONS[content_type]}",
            stored=stored.name,
            size=stored.size,
            digest=stored.digest,
            content_type=content_type,
        )
