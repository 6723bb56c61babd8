"""The pages on which something is entered about a case: moves, evidence, objections, notes."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.forms import BaseForm
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import EVERY_CASE_ROLE, Role
from chunyu.casework import actions, forms
from chunyu.casework.calendar import calendar_in_force, set_day
from chunyu.casework.models import CalendarDay, Case, DepartmentTask, Document, Message, Objection
from chunyu.casework.models.evidence import DOCUMENT_LIMIT
from chunyu.casework.pages import CaseAddress
from chunyu.casework.process import Move
from chunyu.casework.queries import known_to
from chunyu.casework.working_days import next_unpublished_year
from chunyu.ui.pages import Crumb, FormPage


class CaseForm(CaseAddress, FormPage):
    """A form about one case, for those who work on it; it leads back to the case."""

    roles = EVERY_CASE_ROLE - {Role.AUDITOR}
    circle = "works"

    def cancel_url(self) -> str:
        return self.case.get_absolute_url()

    def context(self, **more: Any) -> dict[str, Any]:
        return super().context(case=self.case, **more)


class MakeMove(CaseForm):
    """The form of a move that asks for something; a move that asks nothing is posted here straight from its button."""

    circle = "sees"  # who may make a move is for the process's table to say
    template_name = "casework/move.html"

    @cached_property
    def made(self) -> Move:
        try:
            move = self.case.table.move(self.kwargs["move"])
        except KeyError as unknown:
            raise Http404 from unknown
        if move.automatic:
            raise Http404
        return move

    def heading(self) -> str:
        return str(self.made.label)

    @property
    def submit_label(self) -> str:
        return str(self.made.label)

    def form(self) -> BaseForm:
        about = {"case": self.case, "acting": self.acting, "move": self.made.name}
        if self.request.method == "POST":
            return forms.MoveForm(self.request.POST, **about)
        return forms.MoveForm(initial={"seen": self.standing.fingerprint}, **about)

    def submit(self, form: forms.MoveForm) -> Any:
        actions.move(self.acting, self.case, self.made.name, seen=form.cleaned_data["seen"], **form.answers())
        self.say(
            gettext("Done: %(move)s. The case now stands at “%(state)s”.")
            % {
                "move": self.made.label,
                "state": self.case.state_label,
            }
        )
        return self.case

    def context(self, **more: Any) -> dict[str, Any]:
        process, name = self.case.table, self.made.name
        standing = self.standing
        refusals = process.may(self.acting, name, standing) + process.can(name, standing)
        target = process.state(self.made.target).label
        return super().context(barred=refusals, target=target, stated=standing.decisions, **more)


class AttachDocument(CaseForm):
    title = _("Add a document")
    template_name = "casework/upload.html"

    def form(self) -> BaseForm:
        sent = {"data": self.request.POST, "files": self.request.FILES} if self.request.method == "POST" else {}
        return forms.DocumentForm(process=self.case.table, **sent)

    def submit(self, form: BaseForm) -> Case:
        file = form.cleaned_data["file"]
        if file.size > DOCUMENT_LIMIT:
            raise Refusal(gettext("The file is larger than 12 MB. Scan it in grey or in parts."), code="size")
        kind = form.cleaned_data["kind"]
        actions.attach_document(self.acting, self.case, kind=kind, name=file.name, content=file.read())
        return self.case


def as_attachment(number: str, document: Document, content: bytes) -> HttpResponse:
    """A paper of a case, never shown in the browser and never kept by it."""
    name = quote(f"{number}-{document.name}")
    return HttpResponse(
        content,
        content_type=document.content_type,
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


class Download(CaseAddress):
    """A document, as an attachment. A POST, because that it was opened is put on record."""

    circle = "reads"

    def act(self) -> HttpResponse:
        document = get_object_or_404(Document, case=self.case, pk=self.kwargs["pk"])
        content = actions.download(self.acting, document)
        return as_attachment(self.case.number, document, content)


class AskDepartment(CaseForm):
    title = _("Ask a department")
    submit_label = _("Ask")

    def form(self) -> BaseForm:
        return forms.AskForm(self.request.POST or None, case=self.case, acting=self.acting)

    def submit(self, form: BaseForm) -> Case:
        actions.ask_department(self.acting, self.case, **form.cleaned_data)
        return self.case


class RecordReply(CaseForm):
    title = _("Record the department's answer")
    template_name = "casework/upload.html"

    @cached_property
    def task(self) -> DepartmentTask:
        return get_object_or_404(DepartmentTask.objects.prefetch_related("items"), case=self.case, pk=self.kwargs["pk"])

    def form(self) -> BaseForm:
        sent = {"data": self.request.POST, "files": self.request.FILES} if self.request.method == "POST" else {}
        return forms.ReplyForm(task=self.task, **sent)

    def submit(self, form: forms.ReplyForm) -> Case:
        file = form.cleaned_data["file"]
        letter = (file.name, file.read()) if file else None
        actions.record_reply(self.acting, self.task, **form.answer(), file=letter)
        return self.case

    def context(self, **more: Any) -> dict[str, Any]:
        return super().context(introduction=f"{self.task.department}：{self.task.asked.reveal()}", **more)


class EnterObjection(CaseForm):
    title = _("Enter an objection")
    form_class = forms.ObjectionForm

    def submit(self, form: BaseForm) -> Case:
        actions.object_in_person(self.acting, self.case, **form.cleaned_data)
        self.say(_("The objection is entered. The notice's clock stands still until it is answered."))
        return self.case


class ResolveObjection(CaseForm):
    title = _("Answer an objection")
    form_class = forms.ResolutionForm
    template_name = "casework/resolve.html"

    @cached_property
    def objection(self) -> Objection:
        return get_object_or_404(Objection, notice__case=self.case, pk=self.kwargs["pk"])

    def submit(self, form: BaseForm) -> Case:
        upheld = form.cleaned_data["result"] == Objection.Result.UPHELD
        actions.resolve_objection(self.acting, self.objection, upheld=upheld, reason=form.cleaned_data["reason"])
        return self.case

    def context(self, **more: Any) -> dict[str, Any]:
        resumed = self.case.table.resumed
        barred = self.case.table.may(self.acting, resumed, self.standing) if resumed else []
        return super().context(objection=self.objection, barred=barred, **more)


class AddNote(CaseForm):
    title = _("Add a note")
    form_class = forms.NoteForm

    def submit(self, form: BaseForm) -> Case:
        actions.add_note(self.acting, self.case, form.cleaned_data["note"], key=form.cleaned_data["key"])
        return self.case


class Reassign(CaseForm):
    title = _("Hand over")

    def form(self) -> BaseForm:
        return forms.HandlerForm(self.request.POST or None, case=self.case, acting=self.acting)

    def submit(self, form: BaseForm) -> Case:
        actions.reassign(self.acting, self.case, form.cleaned_data["handler"])
        return self.case


class StopClock(CaseForm):
    title = _("Stop the clock")
    submit_label = _("Stop the clock")
    introduction = _("The working days that are left run on when you let them, or when the case moves.")

    def form(self) -> BaseForm:
        return forms.StopClockForm(self.request.POST or None, process=self.case.table)

    def submit(self, form: BaseForm) -> Case:
        actions.stop_clock(self.acting, self.case, **form.cleaned_data)
        return self.case


class RestartClock(CaseAddress):
    roles = EVERY_CASE_ROLE - {Role.AUDITOR}
    circle = "works"

    def act(self) -> Case:
        actions.restart_clock(self.acting, self.case)
        return self.case


class MakeConfidential(CaseForm):
    title = _("Make it confidential")
    submit_label = _("Make it confidential")
    introduction = _(
        "Only the people named here will know of this case and of those opened out of it; for everybody else it will "
        "not exist. This is not undone."
    )

    def form(self) -> BaseForm:
        return forms.ConfidentialForm(self.request.POST or None, case=self.case, acting=self.acting)

    def submit(self, form: BaseForm) -> Case:
        return actions.make_confidential(self.acting, self.case, **form.cleaned_data)


class LetIn(CaseForm):
    title = _("Let somebody in")
    submit_label = _("Let in")

    def form(self) -> BaseForm:
        return forms.LetInForm(self.request.POST or None, case=self.case, acting=self.acting)

    def submit(self, form: BaseForm) -> Case:
        actions.let_into(self.acting, self.case, form.cleaned_data["post"])
        return self.case


class ShutOut(CaseAddress):
    """Ends one person's way into a confidential case."""

    roles = EVERY_CASE_ROLE - {Role.AUDITOR}
    circle = "works"

    def act(self) -> Any:
        inside = self.case.confidants.filter(ended_on__isnull=True).select_related("post")
        confidant = get_object_or_404(inside, pk=self.kwargs["pk"])
        actions.shut_out(self.acting, self.case, confidant.post)
        return self.case if confidant.post != self.acting.post else reverse("casework:cases")


class LinkCases(CaseForm):
    title = _("Link to another case")
    form_class = forms.LinkForm

    def submit(self, form: BaseForm) -> Case:
        other = known_to(self.acting).filter(number=form.cleaned_data["number"].strip().upper()).first()
        if other is None:
            raise Refusal(gettext("There is no case with this number."), code="number")
        actions.link_cases(self.acting, self.case, other, form.cleaned_data["why"])
        return self.case


class Told(CaseAddress):
    """Marks a message as read, or the family as told."""

    roles = EVERY_CASE_ROLE - {Role.AUDITOR}

    def act(self) -> Any:
        message = get_object_or_404(Message, case=self.case, pk=self.kwargs["pk"])
        actions.told(self.acting, message)
        return reverse("casework:inbox") if self.request.POST.get("from") == "inbox" else self.case


class Calendar(FormPage):
    """The federation's own entries in the working-day calendar."""

    roles = frozenset({Role.SYSTEM_KEEPER})
    title = _("Working-day calendar")
    template_name = "casework/calendar.html"
    form_class = forms.CalendarDayForm

    def crumbs(self) -> list[Crumb]:
        return []

    def submit(self, form: BaseForm) -> None:
        set_day(self.acting, **form.cleaned_data)

    def context(self, **more: Any) -> dict[str, Any]:
        unpublished = next_unpublished_year(self.acting.day.year, calendar_in_force())
        return super().context(entries=CalendarDay.objects.all(), unpublished=unpublished, **more)
