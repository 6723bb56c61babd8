"""The narrow pages of a department's own people: their questions, and nothing else of any case."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.forms import BaseForm
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from chunyu.accounts.roles import DEPARTMENT_ROLES
from chunyu.casework import forms
from chunyu.casework.calendar import calendar_in_force
from chunyu.casework.departments import actions, queries
from chunyu.casework.departments.forms import DeclineForm, TaskNoteForm
from chunyu.casework.entry_pages import as_attachment
from chunyu.casework.models import Department, DepartmentTask
from chunyu.casework.working_days import count_working_days
from chunyu.ui.lists import Column, Empty, ListPage
from chunyu.ui.pages import Action, Crumb, FormPage, StaffPage
from chunyu.ui.templatetags.show import deadline_tone, working_days_left


class TaskFilters(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(
        label=pgettext_lazy("case", "state"),
        choices=[("open", _("to be answered")), ("late", _("overdue")), ("answered", _("answered"))],
        method="by_state",
        empty_label=_("all questions"),
    )

    class Meta:
        model = DepartmentTask
        fields: tuple[str, ...] = ()

    def by_state(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        if value == "answered":
            return rows.filter(replied_on__isnull=False)
        waiting = rows.filter(replied_on__isnull=True)
        return waiting.filter(due_on__lt=self.request.acting.day) if value == "late" else waiting


def state_words(task: DepartmentTask) -> str:
    if task.declined:
        return gettext("not its matter")
    return gettext("answered") if task.replied_on else gettext("to be answered")


def state_tone(task: DepartmentTask) -> str:
    if task.declined:
        return "plain"
    return "rain" if task.replied_on else "amber"


class Tasks(ListPage):
    """What the union asks of this department; the most urgent first."""

    roles = DEPARTMENT_ROLES
    title = _("Questions to our department")
    model = DepartmentTask
    columns = (
        Column("case__number", pgettext_lazy("case", "case number"), link="casework:task", note="case__title"),
        Column("case__organisation__name", pgettext_lazy("case", "organisation")),
        Column("asked_on", _("asked on"), kind="date"),
        Column("due_on", _("due on"), kind="date"),
        Column("state", pgettext_lazy("case", "state"), kind="tag", value=state_words, tone=state_tone),
        Column("replied_on", _("answered on"), kind="date"),
    )
    search = ("case__number", "case__title")
    filter_class = TaskFilters
    sort = "due_on"
    export_name = "questions"
    empty = Empty(
        _("No question to your department"),
        _("What the union asks of your department appears here, with the day by which it needs an answer."),
    )

    def rows(self) -> QuerySet[DepartmentTask]:
        return queries.tasks_for(self.acting).select_related("case__organisation")

    def heading(self) -> str:
        own = Department.objects.filter(seats__post=self.acting.post).first()
        return f"{gettext('Questions to')} {own}" if own else gettext("Questions to our department")


class TaskAddress(StaffPage):
    """What pages about one question share: it is the department's own, else it does not exist."""

    roles = DEPARTMENT_ROLES

    @cached_property
    def task(self) -> DepartmentTask:
        try:
            return queries.one_task(self.acting, self.kwargs["pk"])
        except DepartmentTask.DoesNotExist as missing:
            raise Http404 from missing

    def address(self, name: str, *more: Any) -> str:
        return reverse(f"casework:{name}", args=[self.task.pk, *more])

    def crumbs(self) -> list[Crumb]:
        return [(gettext("Questions to our department"), reverse("casework:tasks"))]


class TaskPage(TaskAddress):
    template_name = "casework/task.html"

    def heading(self) -> str:
        return self.task.case.title

    def actions(self) -> list[Action]:
        task = self.task
        if task.replied_on is not None or not task.case.is_open:
            return []
        decline = [] if task.asked_in else [Action(gettext("Not our matter"), self.address("task-decline"))]
        return [
            *decline,
            Action(gettext("Write a note"), self.address("task-note")),
            Action(gettext("Answer"), self.address("task-answer"), style="primary"),
        ]

    def context(self, **more: Any) -> dict[str, Any]:
        task, case = self.task, self.task.case
        left = count_working_days(self.acting.day, task.due_on, calendar_in_force())
        others = [each for each in queries.asked_about(case) if each[0] != task.department]
        return super().context(
            task=task,
            case=case,
            left=working_days_left(left),
            tone=deadline_tone(left),
            state=state_words(task),
            state_tone=state_tone(task),
            facts=self.facts(),
            others=others,
            papers=self.papers(),
            **more,
        )

    def facts(self) -> list[tuple[str, Any]]:
        """Where the case comes from, and what its process shares."""
        case = self.task.case
        own = case.table.shared(case) if case.table.shared else ()
        return [
            (pgettext("case", "case number"), case.number),
            (gettext("process"), case.process_label),
            (pgettext("case", "organisation"), case.organisation.name),
            (pgettext("case", "opened on"), case.opened_on),
            *((str(label), value) for label, value in own),
        ]

    def papers(self) -> list[dict[str, Any]]:
        return [
            {
                "label": shown.document.kind_label,
                "note": f"{shown.document.name} · {shown.document.size // 1024 + 1} KB",
                "action": Action(
                    pgettext("document", "Open"),
                    self.address("task-paper", shown.document_id),
                    style="quiet",
                    method="post",
                    name="open",
                ),
            }
            for shown in self.task.shared.all()
        ]


class TaskForm(TaskAddress, FormPage):
    """A form about one question; it leads back to it."""

    def crumbs(self) -> list[Crumb]:
        return [*super().crumbs(), (self.task.case.number, self.address("task"))]

    def cancel_url(self) -> str:
        return self.address("task")


class Answer(TaskForm):
    title = _("Answer the question")
    submit_label = _("Send the answer")
    template_name = "casework/upload.html"

    def form(self) -> BaseForm:
        sent = {"data": self.request.POST, "files": self.request.FILES} if self.request.method == "POST" else {}
        return forms.ReplyForm(task=self.task, **sent)

    def submit(self, form: forms.ReplyForm) -> str:
        file = form.cleaned_data["file"]
        letter = (file.name, file.read()) if file else None
        actions.answer(self.acting, self.task, **form.answer(), file=letter)
        self.say(_("The answer is on the case. Thank you."))
        return self.address("task")

    def context(self, **more: Any) -> dict[str, Any]:
        return super().context(case=self.task.case, introduction=self.task.asked.reveal(), **more)


class Decline(TaskForm):
    title = _("Not our matter")
    form_class = DeclineForm
    introduction = _("The question goes back to the union with your reason. Nothing counts as checked.")

    def submit(self, form: BaseForm) -> str:
        actions.decline(self.acting, self.task, reason=form.cleaned_data["reason"])
        return self.address("task")


class WriteNote(TaskForm):
    title = _("Write a note")
    form_class = TaskNoteForm
    introduction = _("Those who work on the case and your department read it, no other department.")

    def submit(self, form: BaseForm) -> str:
        actions.write_to(self.acting, self.task, form.cleaned_data["note"])
        return self.address("task")


class OpenPaper(TaskAddress):
    """A paper shown with the question, as an attachment. A POST, because that it was opened is put on record."""

    def act(self) -> HttpResponse:
        shown = next((each for each in self.task.shared.all() if each.document_id == self.kwargs["paper"]), None)
        if shown is None:
            raise Http404
        document = shown.document
        content = actions.open_shown(self.acting, self.task, document)
        return as_attachment(self.task.case.number, document, content)
