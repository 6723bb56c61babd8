"""Sending a workbook in, answering its questions, stopping it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.following import follow
from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.audit.record import record
from chunyu.federation.models import Organisation
from chunyu.privacy import vault
from chunyu.registry.actions import constraints_refuse
from chunyu.registry.importing.findings import Findings
from chunyu.registry.importing.job import lock_county, scope_of
from chunyu.registry.importing.kinds import Kept, Kind, Undone, kind_of
from chunyu.registry.importing.tables import HeaderMeaning, ImportBatch, UnionMeaning
from chunyu.registry.tasks import work_on_import
from chunyu.registry.workbook.parts import BY_NAME
from chunyu.registry.workbook.reading import MAX_FILE
from chunyu.registry.workbook.sentences import UNREADABLE

HOUSEHOLDS = "households"
NAMED = 5  # how many of what stands in the way of an undo a refusal names
Status = ImportBatch.Status


def imported_before(acting: Acting, content: bytes, kind: str = HOUSEHOLDS) -> ImportBatch | None:
    """The import of this very file, byte for byte, if it was imported under the sender's organisation and stands."""
    digest = hashlib.sha256(content).hexdigest()
    imported = ImportBatch.objects.within(acting.path).filter(sha256=digest, kind=kind, status=Status.IMPORTED)
    return imported.filter(undone_at__isnull=True).first()


@transaction.atomic
def send_workbook(
    acting: Acting,
    *,
    name: str,
    content: bytes,
    kind: str = HOUSEHOLDS,
    match_key: str = "",
    transfers: bool = False,
    dry_run: bool = False,
    queue: bool = True,
) -> ImportBatch:
    """Take a workbook in and queue its import. The same file once more answers with the import that it had: nothing
    is done twice, and what was corrected since stays corrected.

    `kind`: what its rows are; `match_key`: what a row is found by on file; left out, as for such a sheet last time, or
    the kind's first. `transfers`: members of other unions are to be transferred."""
    table = kind_of(kind)
    check_sender(acting, table)
    check_key(table, match_key)
    if len(content) > MAX_FILE:
        raise Refusal(UNREADABLE["too_large"], "too_large")
    earlier = None if dry_run else imported_before(acting, content, kind)
    if earlier is not None:
        return earlier
    stored = vault.put(content)
    batch = ImportBatch(
        kind=kind,
        match_key=match_key,
        organisation=acting.organisation,
        post=acting.post,
        file=stored.name,
        size=stored.size,
        sha256=stored.digest,
        transfers=transfers and table.transfers,
        dry_run=dry_run,
        day=acting.day,
        language=translation.get_language() or "zh-hans",
    )
    batch.file_name = name[-200:] or "?"
    batch.save(force_insert=True)
    record(acting, "registry.send_workbook", batch, "dry run" if dry_run else "")
    if queue:
        work_on_import.defer(batch=str(batch.pk))
    return batch


@transaction.atomic
def answer_questions(
    acting: Acting, batch: ImportBatch, *, headers: Mapping[tuple[str, str], str], unions: Mapping[str, Organisation]
) -> None:
    """Remember for the county what its headers and union names mean, and go on with the import.

    `headers`: (part, key) of the question to the name of a column, or "" to leave the column out. `unions`: key of
    the question to an organisation under the sender.
    """
    batch = ImportBatch.objects.select_for_update().get(pk=batch.pk)
    check_sender(acting, kind_of(batch.kind))
    if batch.status != Status.ASKING:
        raise Refusal(_("This import is not waiting for answers."), "not_asking")
    findings = Findings.of(batch.findings)
    asked_headers = {(each.part, each.key) for each in findings.headers}
    asked_unions = {each.key for each in findings.unions}
    if asked_headers - headers.keys() or asked_unions - unions.keys():
        raise Refusal(_("Every question needs an answer; a column may also be left out."), "unanswered")
    chosen = [(part, headers[part, key]) for part, key in asked_headers if headers[part, key]]
    if len(set(chosen)) != len(chosen):
        raise Refusal(_("Two columns cannot mean the same."), "same_meaning")
    scope = scope_of(acting.organisation)
    for part, key in asked_headers:
        field = headers[part, key]
        if field and (part, field) not in BY_NAME:
            raise Refusal(_("This column does not exist."), "no_such_column")
        HeaderMeaning.objects.update_or_create(
            organisation=scope,
            headings="",
            part=part,
            header=key,
            defaults={"field": field, "answered_by": acting.post, "scope_path": scope.path},
        )
    for key in asked_unions:
        if not acting.sees(unions[key].path):
            raise Refusal(_("This organisation is not under yours."), "out_of_scope")
        UnionMeaning.objects.update_or_create(
            organisation=scope,
            name=key,
            defaults={"union": unions[key], "answered_by": acting.post, "scope_path": scope.path},
        )
    _queue_again(batch)
    record(acting, "registry.answer_import", batch, f"{len(asked_headers)} headers, {len(asked_unions)} unions")


@transaction.atomic
def carry_out(acting: Acting, batch: ImportBatch) -> ImportBatch:
    """Import for good what was only tried out."""
    check_sender(acting, kind_of(batch.kind))
    if batch.status != Status.CHECKED or batch.faults:
        raise Refusal(_("Only a workbook that was tried out without faults can be imported from here."), "not_checked")
    return send_workbook(
        acting,
        name=batch.file_name.reveal(),
        content=vault.get(batch.file),
        kind=batch.kind,
        match_key=batch.match_key,
        transfers=batch.transfers,
    )


@transaction.atomic
def cancel(acting: Acting, batch: ImportBatch) -> None:
    """Stop an import that has not ended. What it had begun to write goes with its transaction."""
    check_sender(acting, kind_of(batch.kind))
    stopped = ImportBatch.objects.filter(pk=batch.pk, status__in=[*ImportBatch.UNFINISHED, Status.ASKING]).update(
        status=Status.CANCELLED, stage=ImportBatch.Stage.DONE, ended_at=timezone.now()
    )
    if not stopped:
        raise Refusal(_("This import has already ended."), "ended")
    record(acting, "registry.cancel_import", batch)


@transaction.atomic
def undo(acting: Acting, batch: ImportBatch, *, leave_out: bool = False) -> Undone:
    """Take an import back, whole: what it opened is closed, what it changed is as before, what it stated counts no
    more. Refused when something has been built upon it since, unless that is to be left as it is (`leave_out`)."""
    kind = kind_of(batch.kind)
    check_sender(acting, kind)
    if not acting.sees(batch.scope_path):
        raise Refusal(_("This organisation is not under yours."), "out_of_scope")
    lock_county(scope_of(batch.organisation))
    batch = ImportBatch.objects.select_for_update().select_related("organisation").get(pk=batch.pk)
    if batch.status != Status.IMPORTED or batch.undone_at is not None:
        raise Refusal(_("Only an import that was carried out and stands can be undone."), "not_imported")
    before = vault.get(batch.before).decode().split("\n") if batch.before else []
    with constraints_refuse():
        undone = kind.undo(acting, batch, before)
    if undone.kept and not leave_out:
        raise BuiltUpon(undone.kept)
    batch.undone_at, batch.undone_by = timezone.now(), acting.post
    batch.undone_rows, batch.kept_rows = undone.rows, len(undone.kept)
    batch.save(update_fields=["undone_at", "undone_by", "undone_rows", "kept_rows"])
    record(acting, "registry.undo_import", batch, f"{undone.rows} put back, {len(undone.kept)} left")
    if kind.follows:
        follow(kind.follows, acting)
    return undone


class BuiltUpon(Refusal):
    """An import on which something stands; `kept` names what."""

    def __init__(self, kept: list[Kept]) -> None:
        named = "；".join(f"{each.subject}: {each.why}" for each in kept[:NAMED])
        message = _(
            "%(count)s rows of this import have been built upon: %(named)s. Undo the rest and leave these as they are, "
            "or settle them first."
        ) % {"count": len(kept), "named": named}
        super().__init__(message, "built_upon")
        self.kept = kept


@transaction.atomic
def record_download(acting: Acting, batch: ImportBatch) -> None:
    """Put on record that a workbook which speaks of people was handed out: the marked one, or that of the changes."""
    record(acting, "registry.download_import", batch)


def _queue_again(batch: ImportBatch) -> None:
    batch.status, batch.stage, batch.findings = Status.QUEUED, ImportBatch.Stage.WAITING, ""
    batch.save(update_fields=["status", "stage", "findings"])
    work_on_import.defer(batch=str(batch.pk))


def check_sender(acting: Acting, kind: Kind) -> None:
    if acting.role not in kind.senders:
        roles = _(", ").join(str(Role(role).label) for role in sorted(kind.senders))
        raise Refusal(_("Workbooks of this kind are sent in by: %(roles)s.") % {"roles": roles}, "role")


def check_key(kind: Kind, match_key: str) -> None:
    if match_key and match_key not in {key.name for key in kind.keys}:
        raise Refusal(_("Rows of this kind are not found by that."), "no_such_key")
