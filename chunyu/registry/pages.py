"""Imports on the screen: what was sent in, sending a workbook, following it, answering its questions."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import django_filters
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse, reverse_lazy
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext
from django_htmx.http import HttpResponseClientRefresh

from chunyu.accounts.acting import Acting
from chunyu.accounts.roles import Role
from chunyu.federation.models import Organisation
from chunyu.privacy import vault
from chunyu.registry.forms import QuestionsForm, WorkbookForm
from chunyu.registry.importing import actions
from chunyu.registry.importing.findings import Findings
from chunyu.registry.importing.kinds import Kind, kind_of, kinds, kinds_for
from chunyu.registry.importing.outcomes import outcome_sentence
from chunyu.registry.models import ImportBatch
from chunyu.registry.workbook.sentences import remedy, sentence
from chunyu.ui.buttons import Action
from chunyu.ui.lists import Column, Empty, ListPage
from chunyu.ui.navigation import address
from chunyu.ui.pages import ConfirmPage, Crumb, DetailPage, FormPage, StaffPage
from chunyu.ui.progress import Progress

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SENDERS = frozenset[Role]().union(*(each.senders for each in kinds().values()))
READERS = SENDERS | {Role.AUDITOR}
SHOWN_FAULTS = 300
Status = ImportBatch.Status
TONES = {
    Status.QUEUED: "sky",
    Status.RUNNING: "sky",
    Status.ASKING: "amber",
    Status.CHECKED: "sky",
    Status.IMPORTED: "rain",
    Status.REFUSED: "seal",
    Status.CANCELLED: "plain",
}


def read_by(acting: Acting) -> list[Kind]:
    """The kinds of import that a post may look into: those that it sends, and for an auditor all. What a sheet says of
    families in hardship is for fewer people than a list of members."""
    return list(kinds().values()) if acting.role == Role.AUDITOR else kinds_for(Role(acting.role))


def imports_of(acting: Acting) -> QuerySet[ImportBatch]:
    return ImportBatch.objects.within(acting.path).filter(kind__in=[each.name for each in read_by(acting)])


def attachment(content: bytes, name: str) -> HttpResponse:
    """A workbook to keep, never to show in the browser."""
    answer = HttpResponse(content, content_type=XLSX)
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    answer["Cache-Control"] = "no-store"
    return answer


class ImportFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(
        label=gettext_lazy("Status"), choices=Status.choices, empty_label=gettext_lazy("every status")
    )
    kind = django_filters.ChoiceFilter(
        label=gettext_lazy("What it holds"), choices=(), empty_label=gettext_lazy("everything")
    )

    class Meta:
        model = ImportBatch
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, request=request, **kwargs)
        self.filters["kind"].extra["choices"] = [(each.name, each.label) for each in read_by(request.acting)]


def _standing(batch: ImportBatch) -> str:
    return pgettext("import", "undone") if batch.undone_at else batch.get_status_display()


class Imports(ListPage):
    roles = READERS
    title = gettext_lazy("Import")
    model = ImportBatch
    columns = (
        Column("sent_at", gettext_lazy("Sent"), kind="time", link="registry:import"),
        Column(
            "file_name",
            gettext_lazy("Workbook"),
            value=lambda batch: batch.file_name.reveal(),
            note=lambda batch: _("trial only") if batch.dry_run else "",
            export=False,
        ),
        Column("kind", gettext_lazy("What it holds"), value=lambda batch: str(kind_of(batch.kind).label), sort="kind"),
        Column(
            "status",
            gettext_lazy("Status"),
            kind="tag",
            value=_standing,
            tone=lambda batch: "plain" if batch.undone_at else TONES[batch.status],
            sort="status",
        ),
        Column("households", gettext_lazy("Rows"), kind="number"),
        Column("new", gettext_lazy("New"), kind="number"),
        Column("changed", gettext_lazy("Changed"), kind="number"),
        Column("unchanged", gettext_lazy("As before"), kind="number"),
        Column("faults", gettext_lazy("Faults"), kind="number"),
        Column("post__user__full_name", gettext_lazy("Sent by")),
    )
    filter_class = ImportFilter
    sort = "-sent_at"
    empty = Empty(
        gettext_lazy("No workbook sent in yet"),
        gettext_lazy("Take the template, or send the sheet you already keep: its columns may stand in any order."),
        Action(gettext_lazy("Send a workbook"), reverse_lazy("registry:import-new"), style="primary"),
    )

    def rows(self) -> Any:
        return imports_of(self.acting).select_related("post__user")

    def actions(self) -> list[Action]:
        if self.acting.role not in SENDERS:
            return []
        return [
            Action(_("Remembered mappings"), reverse("registry:mappings")),
            Action(_("Send a workbook"), reverse("registry:import-new"), style="primary"),
        ]


def template_buttons(acting: Acting) -> list[Action]:
    """The empty workbooks of what a post may send in; of one kind alone without its name."""
    offered = kinds_for(Role(acting.role))
    return [
        Action(
            _("Template: %(kind)s") % {"kind": each.label} if len(offered) > 1 else _("Template"),
            reverse("registry:import-template", args=[each.name]),
        )
        for each in offered
    ]


class ImportNew(FormPage):
    roles = SENDERS
    title = gettext_lazy("Send a workbook")
    form_class = WorkbookForm
    template_name = "registry/import_new.html"

    def crumbs(self) -> list[Crumb]:
        return [(_("Import"), reverse("registry:imports"))]

    def actions(self) -> list[Action]:
        return template_buttons(self.acting)

    def form_arguments(self) -> dict[str, Any]:
        offered = kinds_for(Role(self.acting.role))
        asked = self.request.GET.get("kind", "")
        return {"kinds": offered, "chosen": asked if asked in {each.name for each in offered} else ""}

    def context(self, **more: Any) -> dict[str, Any]:
        return super().context(kinds=kinds_for(Role(self.acting.role)), **more)

    def submit(self, form: WorkbookForm) -> str:
        said = form.cleaned_data
        file, kind, dry_run = said["file"], said["kind"], said["dry_run"]
        content = file.read()
        earlier = None if dry_run else actions.imported_before(self.acting, content, kind)
        batch = earlier or actions.send_workbook(
            self.acting,
            name=file.name,
            content=content,
            kind=kind,
            transfers=said.get("transfers", False),
            dry_run=dry_run,
        )
        if earlier is not None:
            self.say(_("This very file was imported before. Nothing was changed; here is what it did."))
        return reverse("registry:import", args=[batch.pk])


class ImportDetail(DetailPage):
    roles = READERS
    model = ImportBatch
    template_name = "registry/import.html"

    def rows(self) -> Any:
        return imports_of(self.acting).select_related("post__user", "post__organisation")

    def crumbs(self) -> list[Crumb]:
        return [(_("Import"), reverse("registry:imports"))]

    def heading(self) -> str:
        return self.object.file_name.reveal()

    def actions(self) -> list[Action]:
        batch, buttons = self.object, []
        if batch.result:
            label = _("Download the marked workbook")
            there = reverse("registry:import-result", args=[batch.pk])
            buttons.append(Action(label, there, method="post", style="primary" if batch.faults else "plain"))
        if batch.status == Status.CHECKED and batch.before:
            there = reverse("registry:import-changes", args=[batch.pk])
            buttons.append(Action(_("Download the changes"), there, method="post"))
        kind = kind_of(batch.kind)
        shown = address(kind.shown_at)
        if batch.status == Status.IMPORTED and shown:
            label = _("See the households") if batch.kind == actions.HOUSEHOLDS else _("See the list")
            buttons.append(Action(label, shown, style="primary"))
        if self.acting.role not in kind.senders:
            return buttons
        if not batch.is_unfinished and batch.status not in (Status.CANCELLED, Status.IMPORTED) and not batch.outcome:
            there = reverse("registry:import-mapping", args=[batch.pk])
            buttons.append(Action(_("How the columns were read"), there))
        if batch.status == Status.CHECKED and not batch.faults:
            there = reverse("registry:import-carry-out", args=[batch.pk])
            buttons.append(Action(_("Import it now"), there, style="primary", method="post"))
        if batch.status == Status.ASKING:
            there = reverse("registry:import-questions", args=[batch.pk])
            buttons.append(Action(_("Answer the questions"), there, style="primary"))
        if batch.status == Status.REFUSED or (batch.status == Status.CHECKED and batch.faults):
            buttons.append(Action(_("Send the corrected workbook"), reverse("registry:import-new")))
        if batch.status == Status.IMPORTED and batch.undone_at is None:
            there = reverse("registry:import-undo", args=[batch.pk])
            buttons.append(Action(_("Undo the import"), there, style="danger"))
        if batch.is_unfinished or batch.status == Status.ASKING:
            there = reverse("registry:import-cancel", args=[batch.pk])
            buttons.append(Action(_("Cancel the import"), there, style="danger"))
        return buttons

    def context(self, **more: Any) -> dict[str, Any]:
        batch = self.object
        findings = Findings() if batch.is_unfinished else Findings.of(batch.findings)
        shown = [
            {
                "fault": fault,
                "cell": fault.cell,
                "header": " ".join(fault.header.split()),
                "sentence": sentence(fault),
                "remedy": remedy(fault),
            }
            for fault in sorted(findings.faults, key=lambda each: each.is_warning)[:SHOWN_FAULTS]
        ]
        beyond = len(findings.faults) - len(shown)
        return super().context(
            outcome=outcome_sentence(batch),
            tone="seal" if batch.faults or batch.outcome else TONES[batch.status],
            status_tone=TONES[batch.status],
            progress=progress_of(batch),
            progress_url=reverse("registry:import-progress", args=[batch.pk]),
            faults=shown,
            beyond=ngettext("%(count)s more stands in the workbook.", "%(count)s more stand in the workbook.", beyond)
            % {"count": beyond}
            if beyond > 0
            else "",
            left_out=findings.left_out,
            refused=len({(each.sheet, each.row) for each in findings.errors if each.row}),
            changes=findings.changes if batch.status == Status.CHECKED else [],
            remembered=_(", ").join(findings.remembered),
            rows_word=kind_of(batch.kind).rows_word,
            of_households=batch.kind == actions.HOUSEHOLDS,
            pairs=_pairs(batch),
            **more,
        )


def _pairs(batch: ImportBatch) -> list[tuple[str, Any]]:
    """The particulars of an import beside its outcome."""
    kind = kind_of(batch.kind)
    key = next((each.label for each in kind.keys if each.name == batch.match_key), "")
    pairs: list[tuple[str, Any]] = [
        (_("What it holds"), kind.label),
        (_("Sent by"), f"{batch.post.user.full_name}, {batch.post.organisation.name}"),
        (_("Counted as of"), batch.day),
        (_("Size"), _("%(size)s KB") % {"size": f"{max(1, batch.size // 1024):,}"}),
        (_("Check sum"), f"{batch.sha256[:12]}…"),
    ]
    if key:
        pairs.append((_("Found on file by"), key))
    if batch.transfers:
        pairs.append((_("Members of other unions"), _("are transferred")))
    if batch.undone_at:
        pairs.append((_("Undone"), batch.undone_at.date()))
    if batch.dry_run:
        pairs.append((_("Kind"), _("trial only")))
    if batch.started_at and batch.ended_at:
        seconds = (batch.ended_at - batch.started_at).total_seconds()
        pairs.append((_("Took"), _("%(seconds)s seconds") % {"seconds": f"{seconds:.1f}"}))
    return pairs


def progress_of(batch: ImportBatch) -> Progress:
    label = batch.get_stage_display() if batch.is_unfinished else outcome_sentence(batch)
    return Progress(label, done=batch.done, total=batch.total or None, finished=not batch.is_unfinished)


class ImportProgress(DetailPage):
    """Asked again and again while the work goes on; when it has ended, the page itself is shown anew."""

    roles = READERS
    model = ImportBatch
    template_name = "registry/import_progress.html"

    def rows(self) -> Any:
        return imports_of(self.acting)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.object.is_unfinished or not request.htmx:
            there = reverse("registry:import", args=[self.object.pk])
            return HttpResponseClientRefresh() if request.htmx else HttpResponseRedirect(there)
        return self.show()

    def context(self, **more: Any) -> dict[str, Any]:
        return super().context(progress=progress_of(self.object), progress_url=self.request.path, **more)


class ImportQuestions(FormPage):
    roles = SENDERS
    title = gettext_lazy("What do these mean?")
    form_class = QuestionsForm
    submit_label = gettext_lazy("Remember and go on")
    introduction = gettext_lazy(
        "The workbook has headers or unions that are not known here. Your answers are remembered for the county: "
        "the next workbook with these words is read without asking."
    )

    @cached_property
    def batch(self) -> ImportBatch:
        return self.find(imports_of(self.acting), pk=self.kwargs["pk"])

    def crumbs(self) -> list[Crumb]:
        here = reverse("registry:import", args=[self.batch.pk])
        return [(_("Import"), reverse("registry:imports")), (self.batch.file_name.reveal(), here)]

    def form_arguments(self) -> dict[str, Any]:
        unions = Organisation.objects.within(self.acting.path).as_of(self.acting.day).order_by("path")
        return {"findings": Findings.of(self.batch.findings), "unions": unions}

    def cancel_url(self) -> str:
        return reverse("registry:import", args=[self.batch.pk])

    def submit(self, form: QuestionsForm) -> str:
        actions.answer_questions(self.acting, self.batch, headers=form.header_answers, unions=form.union_answers)
        return reverse("registry:import", args=[self.batch.pk])


class ImportCancel(ConfirmPage):
    roles = SENDERS
    title = gettext_lazy("Cancel the import")
    submit_label = gettext_lazy("Cancel the import")
    style = "danger"

    @cached_property
    def batch(self) -> ImportBatch:
        return self.find(imports_of(self.acting), pk=self.kwargs["pk"])

    def question(self) -> str:
        return _("Stop this import?")

    def consequences(self) -> list[str]:
        return [_("Nothing of the workbook is written; what is on file stays as it is.")]

    def cancel_url(self) -> str:
        return reverse("registry:import", args=[self.batch.pk])

    def act(self) -> str:
        actions.cancel(self.acting, self.batch)
        self.say(_("The import was cancelled. Nothing was written."))
        return self.cancel_url()


class ImportUndo(ConfirmPage):
    roles = SENDERS
    title = gettext_lazy("Undo the import")
    submit_label = gettext_lazy("Undo the import")
    style = "danger"

    @cached_property
    def batch(self) -> ImportBatch:
        imported = imports_of(self.acting).filter(status=Status.IMPORTED, undone_at__isnull=True)
        return self.find(imported, pk=self.kwargs["pk"])

    def question(self) -> str:
        return _("Take this import back?")

    def consequences(self) -> list[str]:
        return [str(each) for each in kind_of(self.batch.kind).undone]

    def cancel_url(self) -> str:
        return reverse("registry:import", args=[self.batch.pk])

    def act(self) -> str:
        there = self.cancel_url()
        undone = actions.undo(self.acting, self.batch)
        self.say(_("The import was undone: %(count)s rows are as they were before.") % {"count": undone.rows})
        return there


class ImportCarryOut(StaffPage):
    roles = SENDERS
    back = "registry:import"

    def act(self) -> str:
        batch = actions.carry_out(self.acting, self.find(imports_of(self.acting), pk=self.kwargs["pk"]))
        return reverse("registry:import", args=[batch.pk])


class ImportResult(StaffPage):
    """The sender's workbook with the faults marked. A POST, because handing out a file about people is recorded."""

    roles = READERS
    back = "registry:import"

    def act(self) -> HttpResponse:
        batch = self.find(imports_of(self.acting).exclude(result=""), pk=self.kwargs["pk"])
        actions.record_download(self.acting, batch)
        stem = batch.file_name.reveal().rsplit(".", 1)[0]
        return attachment(vault.get(batch.result), _("%(name)s with faults marked.xlsx") % {"name": stem})


class ImportChanges(StaffPage):
    """What a trial found that an import would set, line by line. Handing it out is recorded as well."""

    roles = READERS
    back = "registry:import"

    def act(self) -> HttpResponse:
        trials = imports_of(self.acting).filter(status=Status.CHECKED).exclude(before="")
        batch = self.find(trials, pk=self.kwargs["pk"])
        actions.record_download(self.acting, batch)
        stem = batch.file_name.reveal().rsplit(".", 1)[0]
        return attachment(vault.get(batch.before), _("%(name)s, changes.xlsx") % {"name": stem})


class ImportTemplate(StaffPage):
    roles = READERS

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        offered = {each.name: each for each in read_by(self.acting)}
        kind = offered.get(self.kwargs.get("kind") or next(iter(offered)))
        if kind is None:
            raise Http404
        name, content = kind.template()
        return attachment(content, name)
