"""Carrying out an import: read, check, compare, and write everything or nothing.

Safe to start twice and safe to kill: whoever works on a batch holds a lock that dies with its connection, and the one
transaction that writes also closes the batch.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import IntegrityError, OperationalError, connection, connections, transaction
from django.utils import timezone, translation

from chunyu.accounts.acting import Acting
from chunyu.accounts.following import follow
from chunyu.accounts.refusal import Refusal
from chunyu.audit.record import record
from chunyu.federation.models import Organisation
from chunyu.privacy import vault
from chunyu.registry.importing.changes import ChangesFile
from chunyu.registry.importing.findings import Findings
from chunyu.registry.importing.kinds import Kind, Planned, Setting, Understood, kind_of
from chunyu.registry.importing.marking import mark_faults
from chunyu.registry.importing.tables import ImportBatch, RememberedSheet
from chunyu.registry.importing.understanding import answers_for
from chunyu.registry.workbook.faults import Fault
from chunyu.registry.workbook.grid import Book
from chunyu.registry.workbook.reading import Unreadable, read

Status, Stage = ImportBatch.Status, ImportBatch.Stage
ATTEMPTS = 4
TOLD_EVERY = 0.5  # seconds
# Namespaces of PostgreSQL's advisory locks: one batch at work, one import at a time into a county.
COUNTY_LOCK = 16_121


class Withdrawn(Exception):
    """The sender cancelled while the work went on."""


def scope_of(organisation: Organisation) -> Organisation:
    """Whose answers about headers and unions count: the county's, or one's own above the counties."""
    return organisation.county() or organisation


def run(key: UUID, *, ask: bool = True) -> None:
    """Work on a batch until it ends or has questions. Does nothing for one that has ended or is being worked on."""
    with _at_work_on(key) as batch:
        if batch is None:
            return
        with translation.override(batch.language):
            try:
                _work(batch, ask=ask)
            except Unreadable as unreadable:
                _end(batch, Status.REFUSED, outcome=unreadable.reason)
            except Refusal as refusal:
                _end(batch, Status.REFUSED, outcome=refusal.code[:40])
            except Withdrawn:
                return
            except Exception:
                # A fault of the program: nothing was written; the worker's log has it.
                _end(batch, Status.REFUSED, outcome="broken")
                raise


@contextmanager
def _at_work_on(key: UUID) -> Iterator[ImportBatch | None]:
    number = int.from_bytes(key.bytes[-8:], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [number])
        (free,) = cursor.fetchone()
    if not free:
        yield None
        return
    try:
        started = ImportBatch.objects.filter(pk=key, status__in=ImportBatch.UNFINISHED).update(
            status=Status.RUNNING, started_at=timezone.now()
        )
        batch = ImportBatch.objects.select_related("post__user", "post__organisation__region", "organisation")
        yield batch.get(pk=key) if started else None
    finally:
        if not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [number])


def _work(batch: ImportBatch, *, ask: bool) -> None:
    Acting.through(batch.post, timezone.localdate())  # refused when the post has ended meanwhile
    acting = Acting(batch.post, batch.day)
    kind = kind_of(batch.kind)
    _progress(batch, Stage.READING)
    book = read(vault.get(batch.file))
    _progress(batch, Stage.CHECKING, total=sum(len(sheet.rows) for sheet in book.sheets))
    scope = scope_of(acting.organisation)
    # The training clock may stand in the past; nobody is born after the real day.
    latest = max(batch.day, timezone.localdate(batch.sent_at))
    answers = answers_for(acting.organisation, scope)
    setting = Setting(acting, scope, batch.day, latest, answers, ask, batch.transfers)
    understood = understand(kind, book, setting)
    batch.households, batch.people = understood.rows, understood.people
    _read_as_last_time(batch, kind, understood)
    _progress(batch, Stage.CHECKING, done=batch.households, total=batch.households)
    if understood.findings.asks:
        _keep(batch, understood.findings)
        _end(batch, Status.ASKING)
        return
    if batch.dry_run or understood.findings.errors:
        # With faults of its own the file is refused anyway; what is on file is compared so that one round shows all.
        plan = kind.plan(understood, acting, batch.match_key)
        changes = ChangesFile() if batch.dry_run else None
        plan.walk(changes.see if changes else None)
        _count(batch, plan)
        if changes is not None and changes.rows and not (plan.refused or understood.findings.errors):
            batch.before = vault.put(changes.content()).name
            understood.findings.changes = changes.first
        _finish(batch, book, understood, plan.faults, Status.CHECKED)
        return
    _progress(batch, Stage.WRITING, total=batch.households)
    plan = _write(batch, understood, acting, scope)
    _finish(batch, book, understood, plan.faults, Status.REFUSED if plan.refused else Status.IMPORTED)


def _write(batch: ImportBatch, understood: Understood, acting: Acting, scope: Organisation) -> Planned:
    """The one transaction. When another import got in between with the same people, compare anew and try again."""
    for attempt in range(ATTEMPTS):
        try:
            with Beside(batch) as beside, transaction.atomic():
                return _write_once(batch, understood, acting, scope, beside)
        except (IntegrityError, OperationalError):
            if attempt == ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")


def _write_once(
    batch: ImportBatch, understood: Understood, acting: Acting, scope: Organisation, beside: Beside
) -> Planned:
    kind = kind_of(batch.kind)
    lock_county(scope)
    plan = make_plan(kind, understood, acting, batch.match_key)
    before = write_plan(kind, plan, acting, batch, beside.walked)
    if plan.refused:
        transaction.set_rollback(True)
        return plan
    # The row itself is locked last, so that progress and a cancellation reach it while the work goes on.
    if ImportBatch.objects.select_for_update().get(pk=batch.pk).status != Status.RUNNING:
        raise Withdrawn
    batch.before = vault.put("\n".join(before).encode()).name if before else ""
    _count(batch, plan)
    record(acting, "registry.import", batch, f"{plan.new} new, {plan.changed} changed, {plan.unchanged} unchanged")
    if kind.follows:
        follow(kind.follows, acting)
    _close(batch, Status.IMPORTED)
    return plan


def _read_as_last_time(batch: ImportBatch, kind: Kind, understood: Understood) -> None:
    """Say which remembered mappings the workbook was read by, and take the match key from them if none was chosen."""
    headings = [table.headings for table in understood.tables]
    sheets = RememberedSheet.objects.filter(organisation=batch.organisation, kind=kind.name, headings__in=headings)
    remembered = list(sheets.order_by("-remembered_at"))
    sheets.update(used_at=timezone.now())
    understood.findings.remembered = [each.name for each in remembered]
    if not batch.match_key:
        batch.match_key = remembered[0].match_key if remembered else kind.keys[0].name
        ImportBatch.objects.filter(pk=batch.pk).update(match_key=batch.match_key)


def understand(kind: Kind, book: Book, setting: Setting) -> Understood:
    return kind.understand(book, setting)


def make_plan(kind: Kind, understood: Understood, acting: Acting, key: str) -> Planned:
    return kind.plan(understood, acting, key)


def write_plan(
    kind: Kind, plan: Planned, acting: Acting, batch: ImportBatch, walked: Callable[[int], None]
) -> list[str]:
    return list(kind.write(plan, acting, batch, walked))


class Beside:
    """A connection beside the one that writes: how far it is shows at once, and a cancellation is heard at once."""

    def __init__(self, batch: ImportBatch) -> None:
        self.batch, self.told = batch, 0.0
        self.connection = connections.create_connection(connection.alias)
        self.connection.inc_thread_sharing()

    def __enter__(self) -> Beside:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def walked(self, rows: int) -> None:
        if time.monotonic() - self.told < TOLD_EVERY:
            return
        self.told = time.monotonic()
        with self.connection.cursor() as cursor:
            cursor.execute(
                "UPDATE registry_importbatch SET done = %s WHERE id = %s AND status = 'running'", [rows, self.batch.pk]
            )
            if cursor.rowcount:
                return
            cursor.execute("SELECT status FROM registry_importbatch WHERE id = %s", [self.batch.pk])
            # No row at all: the batch itself is part of a transaction that is still open (a test's).
            if cursor.fetchone() is not None:
                raise Withdrawn


def lock_county(scope: Organisation) -> None:
    """Imports into one county take turns until their transactions end."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [COUNTY_LOCK, scope.pk % 2**31])


def _count(batch: ImportBatch, plan: Planned) -> None:
    batch.new, batch.changed, batch.unchanged = plan.new, plan.changed, plan.unchanged


def _finish(
    batch: ImportBatch, book: Book, understood: Understood, faults: list[Fault], status: ImportBatch.Status
) -> None:
    """Keep what was found, mark it in the sender's own workbook, and close."""
    findings = understood.findings
    order = {sheet.name: at for at, sheet in enumerate(book.sheets)}
    findings.faults = sorted(
        [*findings.faults, *faults], key=lambda each: (order.get(each.sheet, -1), each.row, each.column)
    )
    _keep(batch, findings)
    if findings.faults:
        if status != Status.IMPORTED:
            _progress(batch, Stage.MARKING)
        batch.result = vault.put(mark_faults(book, findings.faults, understood.tables)).name
    if findings.errors and not batch.dry_run:
        status = Status.REFUSED
    if status == Status.IMPORTED:
        # Closed already, in the transaction that wrote; this only adds the warnings.
        ImportBatch.objects.filter(pk=batch.pk).update(
            findings=batch.findings, result=batch.result, warnings=batch.warnings
        )
        return
    _end(batch, status)


def _keep(batch: ImportBatch, findings: Findings) -> None:
    batch.findings = findings.keep()
    batch.faults, batch.warnings = len(findings.errors), len(findings.warnings)


def _progress(batch: ImportBatch, stage: ImportBatch.Stage, *, done: int = 0, total: int = 0) -> None:
    """Show how far it is; Withdrawn when the sender has cancelled."""
    going = ImportBatch.objects.filter(pk=batch.pk, status=Status.RUNNING).update(stage=stage, done=done, total=total)
    if not going:
        raise Withdrawn


def _end(batch: ImportBatch, status: ImportBatch.Status, outcome: str = "") -> None:
    batch.outcome = outcome
    with transaction.atomic():
        held = ImportBatch.objects.select_for_update().get(pk=batch.pk)
        if held.status != Status.RUNNING:
            raise Withdrawn
        _close(batch, status)
        record(Acting(batch.post, batch.day), f"registry.import_{status}", batch, f"{batch.faults} faults")


def _close(batch: ImportBatch, status: ImportBatch.Status) -> None:
    batch.status = status
    batch.stage = Stage.DONE if status != Status.ASKING else Stage.CHECKING
    batch.ended_at = timezone.now() if status != Status.ASKING else None
    fields: list[Any] = ["status", "stage", "ended_at", "outcome", "households", "people", "new", "changed"]
    batch.save(update_fields=[*fields, "unchanged", "faults", "warnings", "findings", "result", "before"])
