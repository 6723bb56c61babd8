"""The federation's own pages about departments: which there are, who sits there, what waits for their answer."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.forms import BaseForm
from django.shortcuts import get_object_or_404
from django.urls import reverse, reverse_lazy
from django.utils.functional import cached_property
from django.utils.translation import gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from chunyu.accounts.roles import EVERY_CASE_ROLE
from chunyu.casework.departments import actions, queries
from chunyu.casework.departments.actions import KEEPING_ROLES
from chunyu.casework.departments.forms import DepartmentForm, SeatForm, TaskNoteForm
from chunyu.casework.departments.tables import Seat
from chunyu.casework.entry_pages import CaseForm
from chunyu.casework.models import Case, Department, DepartmentTask
from chunyu.casework.queries import known_to
from chunyu.ui.lists import Column, Empty, ListPage
from chunyu.ui.pages import Action, ConfirmPage, Crumb, DetailPage, FormPage, StaffPage

READING_ROLES = EVERY_CASE_ROLE | KEEPING_ROLES


class DepartmentFilters(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(
        label=pgettext_lazy("case", "state"),
        choices=[("working", _("works with the union")), ("ended", _("no longer"))],
        method="by_state",
    )

    class Meta:
        model = Department
        fields = ("duty", "state")

    def by_state(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(ended_on__isnull=value == "working")


class Departments(ListPage):
    roles = READING_ROLES
    title = _("Departments")
    model = Department
    columns = (
        Column("name", _("department"), link="casework:department", note="get_duty_display"),
        Column("organisation__name", _("works with")),
        Column("people", pgettext_lazy("department", "people"), kind="number"),
        Column("waiting", _("unanswered"), kind="number"),
        Column("late", _("overdue"), kind="number"),
        Column("since", pgettext_lazy("department", "since"), kind="date"),
        Column("ended_on", _("no longer since"), kind="date"),
    )
    search = ("name", "organisation__name")
    filter_class = DepartmentFilters
    sort = "name"
    export_name = "departments"
    empty = Empty(
        _("No department is listed yet"),
        _("List those that you ask or act with: they then answer on a page of their own."),
        Action(_("List a department"), reverse_lazy("casework:open-department")),
    )

    def rows(self) -> QuerySet[Department]:
        return queries.departments(self.acting)

    def actions(self) -> list[Action]:
        if self.acting.role not in KEEPING_ROLES:
            return []
        return [Action(gettext("List a department"), reverse("casework:open-department"), style="primary")]


def way_here() -> list[Crumb]:
    return [(gettext("Departments"), reverse("casework:departments"))]


class DepartmentPage(DetailPage):
    roles = READING_ROLES
    model = Department
    template_name = "casework/department.html"

    def rows(self) -> QuerySet[Department]:
        return queries.departments(self.acting)

    def crumbs(self) -> list[Crumb]:
        return way_here()

    @property
    def keeps(self) -> bool:
        own = self.object.scope_path == self.acting.path
        return own and self.acting.role in KEEPING_ROLES and self.object.ended_on is None

    def actions(self) -> list[Action]:
        if not self.keeps:
            return []
        return [
            Action(gettext("End the work with it"), reverse("casework:end-department", args=[self.object.pk])),
            Action(
                pgettext("department", "Add a person"), reverse("casework:seat", args=[self.object.pk]), style="primary"
            ),
        ]

    def context(self, **more: Any) -> dict[str, Any]:
        seats = self.object.seats.select_related("post__user").order_by("post__valid_to", "pk")
        waiting = self.object.tasks.filter(replied_on__isnull=True, case__in=known_to(self.acting))
        tasks = waiting.select_related("case").order_by("due_on")[:50]
        return super().context(seats=seats, tasks=tasks, day=self.acting.day, **more)


class OpenDepartment(FormPage):
    roles = KEEPING_ROLES
    title = _("List a department")
    form_class = DepartmentForm
    introduction = _("One that your federation asks, or acts together with. It answers on a page of its own.")

    def crumbs(self) -> list[Crumb]:
        return way_here()

    def cancel_url(self) -> str:
        return reverse("casework:departments")

    def submit(self, form: BaseForm) -> str:
        department = actions.open_department(self.acting, **form.cleaned_data)
        return reverse("casework:department", args=[department.pk])


class OfDepartment(StaffPage):
    """Pages of one department, for the federation that lists it."""

    roles = KEEPING_ROLES

    @cached_property
    def department(self) -> Department:
        return get_object_or_404(Department, pk=self.kwargs["pk"], scope_path=self.acting.path)

    def here(self) -> str:
        return reverse("casework:department", args=[self.department.pk])

    def crumbs(self) -> list[Crumb]:
        return [*way_here(), (str(self.department), self.here())]


class SeatPerson(OfDepartment, FormPage):
    title = pgettext_lazy("department", "Add a person")
    form_class = SeatForm
    introduction = _("They sign in for this department and see the questions put to it, and nothing else.")

    def cancel_url(self) -> str:
        return self.here()

    def submit(self, form: BaseForm) -> str:
        actions.seat_person(self.acting, self.department, **form.cleaned_data)
        self.say(_("The account is open. Hand over the first password in person."))
        return self.here()


class Unseat(OfDepartment):
    """Ends one person's seat."""

    def act(self) -> str:
        seats = Seat.objects.select_related("post").filter(department=self.department)
        seat = get_object_or_404(seats, pk=self.kwargs["seat"])
        actions.unseat(self.acting, seat)
        return self.here()

    def way_back(self) -> str:
        return self.here()


class EndDepartment(OfDepartment, ConfirmPage):
    title = _("End the work with it")
    submit_label = _("End")

    def question(self) -> str:
        return gettext("From today this department is asked nothing more.")

    def consequences(self) -> list[str]:
        return [gettext("Its people can no longer sign in for it."), gettext("What it answered stays on the cases.")]

    def cancel_url(self) -> str:
        return self.here()

    def act(self) -> str:
        actions.end_department(self.acting, self.department)
        return self.here()


class WriteToDepartment(CaseForm):
    """A note to a department about its question, from those who work on the case."""

    title = _("Write to the department")
    form_class = TaskNoteForm

    @cached_property
    def task(self) -> DepartmentTask:
        return get_object_or_404(DepartmentTask, case=self.case, pk=self.kwargs["pk"], to__isnull=False)

    def submit(self, form: BaseForm) -> Case:
        actions.write_to(self.acting, self.task, form.cleaned_data["note"])
        return self.case

    def context(self, **more: Any) -> dict[str, Any]:
        return super().context(introduction=f"{self.task.department}：{self.task.asked.reveal()}", **more)
