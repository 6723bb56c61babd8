"""Reading cases, always within the acting post's subtree: lists, one case, and the inbox ordered by deadline."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery

from chunyu.accounts.acting import Acting
from chunyu.accounts.roles import Role
from chunyu.casework.models import Case, DepartmentTask, Message, Objection, PublicNotice
from chunyu.casework.process import processes, seen_by
from chunyu.casework.working_days import Calendar, count_working_days
from chunyu.federation.models import Organisation
from chunyu.wall.scope import beyond_scope


def cases_visible_to(acting: Acting) -> QuerySet[Case]:
    """Every case of the subtree that is this role's business, with what lists show of it."""
    return known_to(acting).select_related("organisation", "household")


def known_to(acting: Acting) -> QuerySet[Case]:
    """The cases of the subtree, of the kinds that this role knows of and open to this post."""
    return Case.objects.open_to(acting).filter(process__in=seen_by(acting.role))


def one_case(acting: Acting, number: str) -> Case:
    """By number; Case.DoesNotExist for a foreign one, as for one that does not exist."""
    return (
        known_to(acting)
        .select_related("organisation__region", "organisation__parent", "household", "opened_by__user", "handler__user")
        .get(number=number)
    )


def search(cases: QuerySet[Case], text: str) -> QuerySet[Case]:
    """By number, matter, or the worker's name or its pinyin."""
    text = text.strip()
    if not text:
        return cases
    return cases.filter(
        Q(number__icontains=text) | Q(title__icontains=text) | Q(household__members__search_text__icontains=text)
    ).distinct()


def on_my_desk(acting: Acting) -> QuerySet[Case]:
    """Open cases that wait for a post like this one in its subtree, or for this very post; the most urgent first."""
    waiting = Q(pk__in=[])
    for process in processes():
        states = [name for name, roles in process.owners.items() if acting.role in roles]
        waiting |= Q(process=process.name, state__in=states)
    mine = Q(handler__isnull=True) | Q(handler=acting.post)
    return cases_visible_to(acting).filter(waiting, mine, closed_on__isnull=True).order_by(*BY_DEADLINE)


BY_DEADLINE = (F("due_on").asc(nulls_last=True), "number")


def open_tasks(acting: Acting) -> QuerySet[DepartmentTask]:
    """Questions to departments that are not yet answered, for those who look after cross-checks."""
    if acting.role not in (Role.COUNTY_CASEWORKER, Role.AUDITOR):
        return DepartmentTask.objects.none()
    return (
        DepartmentTask.objects.filter(case__in=known_to(acting), replied_on__isnull=True)
        .select_related("case")
        .order_by("due_on", "id")
    )


def standing_notices(acting: Acting, day: date) -> QuerySet[PublicNotice]:
    """Notices that hang on the day or are over and await the next step; the first to end first."""
    return (
        PublicNotice.objects.within(acting.path)
        .filter(withdrawn_on__isnull=True, case__state="in_notice", from_day__lte=day, case__in=known_to(acting))
        .select_related("case")
        .order_by("to_day", "id")
    )


def open_objections(acting: Acting) -> QuerySet[Objection]:
    return (
        Objection.objects.filter(notice__case__in=known_to(acting), resolved_on__isnull=True)
        .select_related("notice__case")
        .order_by("received_on", "id")
    )


def unread_messages(acting: Acting) -> QuerySet[Message]:
    """What this post's role has not yet been told, in its subtree."""
    return (
        Message.objects.filter(case__in=known_to(acting), to=acting.role, done_on__isnull=True)
        .select_related("case__household")
        .order_by("day", "pk")
    )


@dataclass(frozen=True)
class DeskCounts:
    """What waits for a post, in numbers; each opens its list."""

    waiting: int
    overdue: int
    due_today: int
    tasks: int
    notices: int
    objections: int
    messages: int


def desk_counts(acting: Acting) -> DeskCounts:
    due = list(on_my_desk(acting).values_list("due_on", flat=True))
    return DeskCounts(
        waiting=len(due),
        overdue=sum(1 for day in due if day is not None and day < acting.day),
        due_today=sum(1 for day in due if day == acting.day),
        tasks=open_tasks(acting).count(),
        notices=standing_notices(acting, acting.day).count(),
        objections=open_objections(acting).count(),
        messages=unread_messages(acting).count(),
    )


def by_state(acting: Acting) -> dict[tuple[str, str], int]:
    """How many cases stand where: (process, state) -> count."""
    rows = known_to(acting).values_list("process", "state")
    return dict(Counter(rows))


def days_left(case: Case, day: date, calendar: Calendar) -> int | None:
    """Working days until the case is due: negative when overdue, None without a deadline."""
    return None if case.due_on is None else count_working_days(day, case.due_on, calendar)


# What the public may read on a day. This is all that the public pages know of cases.


def notices_of_county(county: Organisation, day: date) -> QuerySet[PublicNotice]:
    return PublicNotice.objects.shown_on(day).filter(county=county).order_by("from_day", "id")


def counties_with_notices(day: date) -> list[Organisation]:
    """The federations with a notice on the day, wherever they are; `hanging` counts them."""
    shown = PublicNotice.objects.shown_on(day)
    counts = shown.values("county").annotate(number=Count("pk")).filter(county=OuterRef("pk")).values("number")
    counties = Organisation.objects.filter(pk__in=shown.values("county")).annotate(hanging=Subquery(counts))
    with beyond_scope("public-notices"):
        return list(counties.order_by("region__code", "pk"))


def public_notice(key: UUID, day: date) -> PublicNotice | None:
    """A notice that hangs on a day, in whichever county."""
    with beyond_scope("public-notices"):
        return PublicNotice.objects.shown_on(day).select_related("county").filter(pk=key).first()
