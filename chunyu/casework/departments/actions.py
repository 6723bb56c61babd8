"""Listing departments and their people, and what those do themselves: answer, decline, write, open a shown paper."""

from __future__ import annotations

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.actions import appoint, end_post, open_account
from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.audit.record import record
from chunyu.casework.actions.case import locked, refuse_outsiders
from chunyu.casework.actions.evidence import answered
from chunyu.casework.departments.queries import tasks_for
from chunyu.casework.departments.tables import Department, Seat, TaskNote
from chunyu.casework.models import Case, CheckItem, DepartmentTask, Document
from chunyu.privacy import vault

KEEPING_ROLES = frozenset({Role.COUNTY_APPROVER, Role.SYSTEM_KEEPER, Role.WORKPLACE_CHAIR})


@transaction.atomic
def open_department(acting: Acting, *, name: str, duty: str) -> Department:
    """List a department that works with the acting post's federation from today."""
    _keeps(acting)
    if (acting.role == Role.WORKPLACE_CHAIR) != (duty == Department.Duty.MANAGEMENT):
        raise Refusal(_("A workplace union lists its own management; everybody else is listed above it."), code="duty")
    department = Department(organisation=acting.organisation, name=name.strip(), duty=duty, since=acting.day)
    try:
        department.full_clean()
    except ValidationError as error:
        raise Refusal.from_validation(error) from error
    department.save()
    record(acting, "casework.open_department", department, duty)
    return department


@transaction.atomic
def end_department(acting: Acting, department: Department) -> None:
    """It is asked nothing more and its people lose their seats; what it answered stands."""
    department = _held(acting, department)
    open_tasks = department.tasks.filter(replied_on__isnull=True).count()
    if open_tasks:
        sentence = _("%(count)d questions to it are unanswered. Record their answers first.")
        raise Refusal(sentence % {"count": open_tasks}, code="tasks")
    if department.since >= acting.day:
        raise Refusal(_("It was listed today; it can end from tomorrow on."), code="day")
    department.ended_on = acting.day
    department.save(update_fields=["ended_on"])
    for seat in department.seats.select_related("post").filter(post__valid_to__isnull=True):
        end_post(seat.post, on=max(acting.day, seat.post.valid_from))
    record(acting, "casework.end_department", department)


@transaction.atomic
def seat_person(acting: Acting, department: Department, *, username: str, full_name: str, password: str) -> Seat:
    """Give a person of the department an account, a post and a seat. They see that department's questions only."""
    department = _held(acting, department)
    user = open_account(
        username=username.strip(),
        full_name=full_name.strip(),
        password=password,
        organisation=department.organisation,
        is_first=True,
    )
    post = appoint(user, department.organisation, Role.DEPARTMENT_OFFICER, on=acting.day)
    seat = Seat.objects.create(department=department, post=post)
    record(acting, "casework.seat_person", department, f"post {post.pk}")
    return seat


@transaction.atomic
def unseat(acting: Acting, seat: Seat) -> None:
    """The person may sign in for the department no longer, from tomorrow where they began today."""
    department = _held(acting, seat.department)
    if seat.post.valid_from >= acting.day:
        raise Refusal(_("This person began today; the seat can end from tomorrow on."), code="day")
    end_post(seat.post, on=acting.day)
    record(acting, "casework.unseat", department, f"post {seat.post_id}")


def _keeps(acting: Acting) -> None:
    if acting.role not in KEEPING_ROLES:
        raise Refusal(
            _("Departments are listed by an approver, the system keeper, or the chair for the management."), code="role"
        )


def _held(acting: Acting, department: Department) -> Department:
    """The department, for the federation that lists it; DoesNotExist for any other."""
    _keeps(acting)
    found = Department.objects.select_for_update(of=("self",)).get(pk=department.pk, scope_path=acting.path)
    if found.ended_on is not None:
        raise Refusal(_("This department no longer works with the union."), code="ended")
    return found


# --- what a department does itself ---


def _own(acting: Acting, task: DepartmentTask) -> Case:
    """The case of a question to the acting post's department, held; DoesNotExist for another department's."""
    tasks_for(acting).get(pk=task.pk)
    case = locked(acting, task.case)
    if not case.is_open:
        raise Refusal(_("This case is closed; nothing more can be added."), code="closed")
    return case


@transaction.atomic
def answer(
    acting: Acting,
    task: DepartmentTask,
    *,
    reply: str,
    results: Mapping[str, str],
    file: tuple[str, bytes] | None = None,
    code: str = "",
) -> DepartmentTask:
    """The department's own answer: words, a result for every item asked about, a letter."""
    case = _own(acting, task)
    if not reply.strip() and not results and file is None:
        raise Refusal(_("Write the answer, or add the letter."), code="field")
    return answered(acting, case, task, reply=reply, results=results, file=file, code=code)


@transaction.atomic
def decline(acting: Acting, task: DepartmentTask, *, reason: str) -> DepartmentTask:
    """Send the question back: it is not this department's matter. Nothing counts as checked."""
    case = _own(acting, task)
    if not reason.strip():
        raise Refusal(_("Say why it is not your matter, and whose it is."), code="field")
    unknown = {item.item: str(CheckItem.Result.UNKNOWN) for item in task.items.all()}
    return answered(acting, case, task, reply=reason, results=unknown, declined=True)


@transaction.atomic
def write_to(acting: Acting, task: DepartmentTask, note: str) -> TaskNote:
    """A note on the question, from those who work on the case or from the department that was asked."""
    if acting.role == Role.DEPARTMENT_OFFICER:
        case = _own(acting, task)
    else:
        case = locked(acting, task.case)
        refuse_outsiders(acting, case)
    if not note.strip():
        raise Refusal(_("Write the note first."), code="field")
    if task.to_id is None:
        raise Refusal(_("This department has no account here: write or call, and record its answer."), code="paper")
    written = TaskNote.objects.create(task=task, note=note, by=acting.post, day=acting.day)
    record(acting, "casework.write_to_department", case, f"task {task.pk}")
    return written


@transaction.atomic
def open_shown(acting: Acting, task: DepartmentTask, document: Document) -> bytes:
    """The content of a paper that was shown with the question; that it was opened is part of the record."""
    tasks_for(acting).get(pk=task.pk, shared__document=document)
    content = vault.get(document.stored)
    record(acting, "casework.open_shown_document", document.case, f"document {document.pk}")
    return content
