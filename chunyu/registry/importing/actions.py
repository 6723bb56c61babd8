"""Sending a workbook in, answering its questions, stopping it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.audit.record import record
from chunyu.federation.models import Organisation
from chunyu.privacy import vault
from chunyu.registry.importing.findings import Findings
from chunyu.registry.importing.job import scope_of
from chunyu.registry.importing.tables import HeaderMeaning, ImportBatch, UnionMeaning
from chunyu.registry.tasks import work_on_import
from chunyu.registry.workbook.columns import BY_NAME
from chunyu.registry.workbook.reading import MAX_FILE
from chunyu.registry.workbook.sentences import UNREADABLE

SENDERS = frozenset({Role.COUNTY_CASEWORKER, Role.TOWNSHIP_OFFICER})
Status = ImportBatch.Status


def imported_before(acting: Acting, content: bytes) -> ImportBatch | None:
    """The import of this very file, byte for byte, if it was imported under the sender's organisation."""
    digest = hashlib.sha256(content).hexdigest()
    return ImportBatch.objects.within(acting.path).filter(sha256=digest, status=Status.IMPORTED).first()


@transaction.atomic
def send_workbook(
    acting: Acting, *, name: str, content: bytes, dry_run: bool = False, queue: bool = True
) -> ImportBatch:
    """Take a workbook in and queue its import. The same file once more answers with the import that it had: nothing
    is done twice, and what was corrected since stays corrected."""
    _check_sender(acting)
    if len(content) > MAX_FILE:
        raise Refusal(UNREADABLE["too_large"], "too_large")
    earlier = None if dry_run else imported_before(acting, content)
    if earlier is not None:
        return earlier
    stored = vault.put(content)
    batch = ImportBatch(
        organisation=acting.organisation,
        post=acting.post,
        file=stored.name,
        size=stored.size,
        sha256=stored.digest,
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
    _check_sender(acting)
    batch = ImportBatch.objects.select_for_update().get(pk=batch.pk)
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
    _check_sender(acting)
    if batch.status != Status.CHECKED or batch.faults:
        raise Refusal(_("Only a workbook that was tried out without faults can be imported from here."), "not_checked")
    return send_workbook(acting, name=batch.file_name.reveal(), content=vault.get(batch.file))


@transaction.atomic
def cancel(acting: Acting, batch: ImportBatch) -> None:
    """Stop an import that has not ended. What it had begun to write goes with its transaction."""
    _check_sender(acting)
    stopped = ImportBatch.objects.filter(pk=batch.pk, status__in=[*ImportBatch.UNFINISHED, Status.ASKING]).update(
        status=Status.CANCELLED, stage=ImportBatch.Stage.DONE, ended_at=timezone.now()
    )
    if not stopped:
        raise Refusal(_("This import has already ended."), "ended")
    record(acting, "registry.cancel_import", batch)


@transaction.atomic
def record_download(acting: Acting, batch: ImportBatch) -> None:
    """Put on record that the marked workbook, which speaks of people, was handed out."""
    record(acting, "registry.download_import", batch)


def _queue_again(batch: ImportBatch) -> None:
    batch.status, batch.stage, batch.findings = Status.QUEUED, ImportBatch.Stage.WAITING, ""
    batch.save(update_fields=["status", "stage", "findings"])
    work_on_import.defer(batch=str(batch.pk))


def _check_sender(acting: Acting) -> None:
    if acting.role not in SENDERS:
        raise Refusal(_("Workbooks are sent in by county caseworkers and township officers."), "role")
