"""Which departments may be asked, and what a department officer may read: their own department's questions only."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet

from chunyu.accounts.acting import Acting
from chunyu.casework.departments.tables import Department
from chunyu.casework.models import Case, DepartmentTask
from chunyu.federation.models import Organisation, paths_above


def departments_near(organisation: Organisation, day: date) -> QuerySet[Department]:
    """The departments that may be asked about an organisation's cases: of its own federation and above, the nearest
    first."""
    return (
        Department.objects.open_on(day)
        .filter(scope_path__in=paths_above(organisation.path))
        .select_related("organisation")
        .order_by("-scope_path", "duty", "name")
    )


def nearest(organisation: Organisation, duty: str, day: date) -> Department | None:
    """The department that answers for this closest to the organisation."""
    return departments_near(organisation, day).filter(duty=duty).first()


def tasks_for(acting: Acting) -> QuerySet[DepartmentTask]:
    """The questions to the acting post's own department. Whoever holds no seat has none."""
    return DepartmentTask.objects.filter(to__seats__post=acting.post, case__scope_path__startswith=acting.path)


def one_task(acting: Acting, key: Any) -> DepartmentTask:
    """DepartmentTask.DoesNotExist for another department's, as for one that does not exist."""
    return (
        tasks_for(acting)
        .select_related("case__organisation", "case__household", "to", "recorded_by__user", "asked_by__organisation")
        .prefetch_related("items", "shared__document", "notes__by__user")
        .get(pk=key)
    )


def asked_about(case: Case) -> list[tuple[str, bool]]:
    """Every department asked about a case, and whether it has answered: all that one learns of another."""
    rows = case.tasks.order_by("asked_on", "id").values_list("department", "replied_on")
    return [(name, replied_on is not None) for name, replied_on in rows]


def departments(acting: Acting) -> QuerySet[Department]:
    """The departments within the subtree, with their people and what waits for their answer."""
    waiting = Count("tasks", Q(tasks__replied_on__isnull=True), distinct=True)
    late = Count("tasks", Q(tasks__replied_on__isnull=True, tasks__due_on__lt=acting.day), distinct=True)
    return (
        Department.objects.within(acting.path)
        .select_related("organisation")
        .annotate(people=Count("seats", distinct=True), waiting=waiting, late=late)
    )
