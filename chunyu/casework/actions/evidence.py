"""Adding what a case rests on: documents, visits, questions to departments and their answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import PurePath

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.models import User
from chunyu.accounts.refusal import Refusal
from chunyu.audit.record import record
from chunyu.casework.actions.case import caused, locked, refuse_if, refuse_outsiders
from chunyu.casework.calendar import calendar_in_force
from chunyu.casework.content_types import EXTENSIONS, content_type_of
from chunyu.casework.models import (
    Case,
    CheckItem,
    Department,
    DepartmentTask,
    Document,
    SharedDocument,
    TimelineEntry,
    Visit,
    VisitPerson,
)
from chunyu.casework.models.evidence import DOCUMENT_LIMIT
from chunyu.casework.process import Reply
from chunyu.casework.working_days import add_working_days
from chunyu.privacy import vault

DOCUMENTS_PER_CASE = 60
VISIT_PHOTO = "visit_photo"
VISIT_SIGNATURE = "visit_signature"
REPLY_DAYS = 10


@transaction.atomic
def attach_document(
    acting: Acting, case: Case, *, kind: str, name: str, content: bytes, visit: Visit | None = None
) -> Document:
    """Keep a file in the vault and on the case. Its type is told by its content, its name only shown."""
    locked(acting, case)
    refuse_outsiders(acting, case)
    return _keep(acting, case, kind=kind, name=name, content=content, visit=visit)


def _keep(acting: Acting, case: Case, *, kind: str, name: str, content: bytes, visit: Visit | None = None) -> Document:
    known = {each.code for each in case.table.documents}
    if kind not in known:
        raise Refusal(_("This kind of document does not belong to such cases."), code="kind")
    if len(content) > DOCUMENT_LIMIT:
        raise Refusal(_("The file is larger than 12 MB. Scan it in grey or in parts."), code="size")
    if case.documents.count() >= DOCUMENTS_PER_CASE:
        raise Refusal(_("This case already holds 60 documents."), code="count")
    content_type = content_type_of(content)
    stored = vault.put(content)
    document = Document(
        case=case,
        kind=kind,
        name=f"{PurePath(name).stem[:100]}.{EXTENSIONS[content_type]}",
        stored=stored.name,
        size=stored.size,
        digest=stored.digest,
        content_type=content_type,
        visit=visit,
        added_by=acting.post,
        added_on=acting.day,
    )
    try:
        document.full_clean()
    except ValidationError as error:
        raise Refusal.from_validation(error) from error
    document.save(force_insert=True)
    record(acting, "casework.attach_document", case, f"{kind} {stored.digest[:12]}")
    return document


@transaction.atomic
def download(acting: Acting, document: Document) -> bytes:
    """The content, for somebody who reads the case; that it was opened is part of the record."""
    if not acting.sees(document.case.scope_path) or acting.role not in document.case.table.access.reads:
        raise Document.DoesNotExist
    content = vault.get(document.stored)
    record(acting, "casework.download", document.case, f"document {document.pk}")
    return content


@transaction.atomic
def record_visit(
    acting: Acting,
    case: Case,
    *,
    visited_on: date,
    findings: str,
    people: Sequence[User | str],
    photos: Iterable[tuple[str, bytes]] = (),
    signature: tuple[str, bytes] | None = None,
    captured_at: datetime | None = None,
) -> Visit:
    """Write down a home visit by two people or more: users of the system, or others by name (a neighbour).

    `captured_at` is when it was written down on a phone, by the phone's clock.
    """
    locked(acting, case)
    refuse_outsiders(acting, case)
    names = [person if isinstance(person, str) else person.full_name for person in people]
    refusals = []
    if len({name.strip() for name in names if name.strip()}) < 2:
        refusals.append(Refusal(_("A home visit is made by two people or more: name them."), code="people"))
    if not case.opened_on <= visited_on <= acting.day:
        refusals.append(Refusal(_("The visit lies between the opening of the case and today."), code="day"))
    if not findings.strip():
        refusals.append(Refusal(_("Write what was found."), code="field"))
    refuse_if(refusals)
    visit = Visit.objects.create(
        case=case,
        visited_on=visited_on,
        captured_at=captured_at,
        findings=findings,
        recorded_by=acting.post,
        recorded_on=acting.day,
    )
    for person in dict.fromkeys(people):
        user = None if isinstance(person, str) else person
        VisitPerson.objects.create(visit=visit, user=user, name=user.full_name if user else str(person).strip())
    TimelineEntry.objects.create(case=case, day=acting.day, post=acting.post, act="record_visit")
    record(acting, "casework.record_visit", case, f"visit {visit.pk}, {len(names)} people")
    for name, content in photos:
        attach_document(acting, case, kind=VISIT_PHOTO, name=name, content=content, visit=visit)
    if signature is not None:
        name, content = signature
        attach_document(acting, case, kind=VISIT_SIGNATURE, name=name, content=content, visit=visit)
    return visit


@transaction.atomic
def ask_department(
    acting: Acting,
    case: Case,
    *,
    department: str = "",
    to: Department | None = None,
    asked: str,
    items: Iterable[str] = (),
    documents: Iterable[Document] = (),
    days: int = REPLY_DAYS,
    awaited: bool = False,
) -> DepartmentTask:
    """Ask another department; the answer is due after `days` working days. A listed one (`to`) answers by itself and
    may open the `documents` named here, and no others; any other is asked on paper and its answer recorded.

    `awaited`: the case waits for this answer, which is one of its process's `replies` and due when the case is."""
    locked(acting, case)
    refuse_outsiders(acting, case)
    name = to.name if to else department.strip()
    if not name or not asked.strip():
        raise Refusal(_("Say whom you ask, and what."), code="field")
    if to is not None and not _answers_for(to, case, acting.day):
        raise Refusal(_("This department does not work with the case's organisation."), code="department")
    task = DepartmentTask.objects.create(
        case=case,
        department=name,
        to=to,
        asked=asked,
        asked_by=acting.post,
        asked_on=acting.day,
        due_on=(case.due_on if awaited else None) or add_working_days(acting.day, days, calendar_in_force()),
        asked_in=case.state if awaited else "",
    )
    CheckItem.objects.bulk_create(CheckItem(task=task, item=item) for item in dict.fromkeys(items))
    SharedDocument.objects.bulk_create(SharedDocument(task=task, document=each) for each in documents)
    TimelineEntry.objects.create(case=case, day=acting.day, post=acting.post, act="ask_department")
    record(acting, "casework.ask_department", case, f"task {task.pk}")
    return task


@transaction.atomic
def record_reply(
    acting: Acting,
    task: DepartmentTask,
    *,
    reply: str,
    results: Mapping[str, str],
    file: tuple[str, bytes] | None = None,
    file_kind: str = "check_reply",
    code: str = "",
) -> DepartmentTask:
    """Enter a department's answer: a result for every item asked about, and its letter if there is one."""
    case = locked(acting, task.case)
    refuse_outsiders(acting, case)
    return answered(acting, case, task, reply=reply, results=results, file=file, file_kind=file_kind, code=code)


def _answers_for(department: Department, case: Case, day: date) -> bool:
    """A department of the case's own federation or of one above it, that works with the union on the day."""
    return (
        department.organisation.covers(case.scope_path)
        and Department.objects.open_on(day).filter(pk=department.pk).exists()
    )


def answered(
    acting: Acting,
    case: Case,
    task: DepartmentTask,
    *,
    reply: str,
    results: Mapping[str, str],
    file: tuple[str, bytes] | None = None,
    file_kind: str = "check_reply",
    declined: bool = False,
    code: str = "",
) -> DepartmentTask:
    """Write the answer down, whoever brings it; the caller holds the case and has asked who may. An answer that the
    case waits for moves it."""
    task = DepartmentTask.objects.select_for_update(of=("self",)).get(pk=task.pk)
    items = list(task.items.all())
    chosen = case.table.reply(task.asked_in, code)
    refusals = _awaited_refusals(case, task, chosen, reply, declined) if task.asked_in else []
    if task.replied_on is not None:
        refusals.append(Refusal(_("This answer has been recorded. Ask again if it changed."), code="answered"))
    if set(results) != {item.item for item in items} or not set(results.values()) <= set(CheckItem.Result.values):
        refusals.append(Refusal(_("Give a result for every item that was asked about."), code="results"))
    refuse_if(refusals)
    if file is not None:
        name, content = file
        kind = chosen.file_kind if chosen else file_kind
        task.reply_document = _keep(acting, case, kind=kind, name=name, content=content)
    for item in items:
        item.result = results[item.item]
        item.save(update_fields=["result"])
    task.reply, task.replied_on, task.recorded_by = reply or None, acting.day, acting.post
    task.declined, task.code = declined, chosen.code if chosen else ""
    task.save()
    TimelineEntry.objects.create(case=case, day=acting.day, post=acting.post, act="record_reply")
    record(acting, "casework.record_reply", case, f"task {task.pk}")
    if chosen is not None:
        caused(acting, case, chosen.move, acting.day, code=chosen.code, note=reply)
    return task


def _awaited_refusals(
    case: Case, task: DepartmentTask, chosen: Reply | None, reply: str, declined: bool
) -> list[Refusal]:
    """What an answer that a case waits for lacks: one of the listed ones, and its reason."""
    if task.asked_in != case.state:
        return [Refusal(_("The case has moved on and no longer waits for this answer."), code="moved on")]
    if declined:
        return [Refusal(_("The case waits for this answer. Give it, with its reason."), code="awaited")]
    if chosen is None:
        return [Refusal(_("Choose one of the listed answers."), code="reply")]
    return [] if reply.strip() else [Refusal(_("Give the reason for the answer."), code="field")]
