"""How a workbook's columns were read, and the mappings that are remembered: seen, renamed, forgotten."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse, reverse_lazy
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from chunyu.accounts.roles import Role
from chunyu.registry.forms import MappingForm, MappingNameForm
from chunyu.registry.importing import remembering
from chunyu.registry.importing.findings import Findings
from chunyu.registry.importing.kinds import kind_of, kinds_for
from chunyu.registry.importing.tables import ImportBatch, RememberedSheet
from chunyu.registry.pages import SENDERS, imports_of
from chunyu.registry.workbook.parts import BY_NAME
from chunyu.ui.buttons import Action
from chunyu.ui.lists import Column, Empty, ListPage
from chunyu.ui.pages import ConfirmPage, Crumb, DetailPage, FormPage, StaffPage


class ImportMapping(FormPage):
    """Every column of the workbook with what it was taken for, to be changed and remembered; then a new trial."""

    roles = SENDERS
    title = gettext_lazy("How the columns were read")
    form_class = MappingForm
    template_name = "registry/mapping.html"
    submit_label = gettext_lazy("Remember and try out anew")

    @cached_property
    def batch(self) -> ImportBatch:
        ended = imports_of(self.acting).exclude(findings="").exclude(status__in=ImportBatch.UNFINISHED)
        return self.find(ended, pk=self.kwargs["pk"])

    def crumbs(self) -> list[Crumb]:
        here = reverse("registry:import", args=[self.batch.pk])
        return [(_("Import"), reverse("registry:imports")), (self.batch.file_name.reveal(), here)]

    def form_arguments(self) -> dict[str, Any]:
        batch = self.batch
        return {
            "mapping": Findings.of(batch.findings).mapping,
            "kind": kind_of(batch.kind),
            "match_key": batch.match_key,
            "transfers": batch.transfers,
        }

    def cancel_url(self) -> str:
        return reverse("registry:import", args=[self.batch.pk])

    def submit(self, form: MappingForm) -> str:
        said = form.cleaned_data
        trial = remembering.remember_mapping(
            self.acting,
            self.batch,
            form.meanings,
            match_key=said["match_key"],
            transfers=said.get("transfers"),
            name=said["name"],
        )
        self.say(_("Remembered. The workbook is being tried out anew; nothing is written."))
        return reverse("registry:import", args=[trial.pk])


def sheets_of(page: StaffPage) -> QuerySet[RememberedSheet]:
    names = [each.name for each in kinds_for(Role(page.acting.role))]
    rows = RememberedSheet.objects.within(page.acting.path).filter(kind__in=names)
    return rows.select_related("remembered_by__user", "organisation")


class Mappings(ListPage):
    roles = SENDERS
    title = gettext_lazy("Remembered mappings")
    model = RememberedSheet
    columns = (
        Column("name", gettext_lazy("Name of the mapping"), link="registry:mapping"),
        Column("kind", gettext_lazy("What it holds"), value=lambda row: str(kind_of(row.kind).label), sort="kind"),
        Column("match_key", gettext_lazy("Found on file by"), value=lambda row: key_label(row), sort=False),
        Column("remembered_by__user__full_name", gettext_lazy("Remembered by")),
        Column("organisation__name", gettext_lazy("Organisation")),
        Column("remembered_at", gettext_lazy("Remembered"), kind="time"),
        Column("used_at", gettext_lazy("Last used"), kind="time"),
    )
    search = ("name",)
    search_hint = gettext_lazy("Name of the mapping")
    sort = "-remembered_at"
    empty = Empty(
        gettext_lazy("No mapping remembered yet"),
        gettext_lazy("Send a workbook, open “How the columns were read” and keep it: the next one is read so again."),
        Action(gettext_lazy("Send a workbook"), reverse_lazy("registry:import-new")),
    )

    def crumbs(self) -> list[Crumb]:
        return [(_("Import"), reverse("registry:imports"))]

    def rows(self) -> QuerySet[RememberedSheet]:
        return sheets_of(self)


def key_label(sheet: RememberedSheet) -> str:
    return next((str(each.label) for each in kind_of(sheet.kind).keys if each.name == sheet.match_key), "")


class Mapping(DetailPage):
    roles = SENDERS
    model = RememberedSheet
    template_name = "registry/remembered.html"

    def rows(self) -> QuerySet[RememberedSheet]:
        return sheets_of(self)

    def crumbs(self) -> list[Crumb]:
        return [(_("Import"), reverse("registry:imports")), (_("Remembered mappings"), reverse("registry:mappings"))]

    def actions(self) -> list[Action]:
        here = [self.object.pk]
        return [
            Action(pgettext("mapping", "Rename"), reverse("registry:mapping-rename", args=here)),
            Action(_("Forget"), reverse("registry:mapping-forget", args=here), style="danger"),
        ]

    def context(self, **more: Any) -> dict[str, Any]:
        sheet = self.object
        columns = [
            (each.header, BY_NAME[each.part, each.field].label if each.field else "")
            for each in remembering.columns_of(sheet)
        ]
        key = next((each for each in kind_of(sheet.kind).keys if each.name == sheet.match_key), None)
        pairs = [
            (_("What it holds"), kind_of(sheet.kind).label),
            (_("Found on file by"), key.label if key else ""),
            (_("Remembered by"), f"{sheet.remembered_by.user.full_name}, {sheet.organisation.name}"),
            (_("Remembered"), sheet.remembered_at.date()),
            (_("Last used"), sheet.used_at.date() if sheet.used_at else _("not yet")),
            (_("Headings"), f"{sheet.headings[:12]}…"),
        ]
        return super().context(columns=columns, pairs=pairs, key_help=key.help if key else "", **more)


class OneMapping(StaffPage):
    """One remembered mapping beneath its page."""

    @cached_property
    def sheet(self) -> RememberedSheet:
        return self.find(sheets_of(self), pk=self.kwargs["pk"])

    def cancel_url(self) -> str:
        return reverse("registry:mapping", args=[self.sheet.pk])


class MappingRename(OneMapping, FormPage):
    roles = SENDERS
    title = gettext_lazy("Rename the mapping")
    form_class = MappingNameForm

    def form_arguments(self) -> dict[str, Any]:
        return {"initial": {"name": self.sheet.name}}

    def crumbs(self) -> list[Crumb]:
        return [(_("Remembered mappings"), reverse("registry:mappings")), (self.sheet.name, self.cancel_url())]

    def submit(self, form: MappingNameForm) -> str:
        remembering.rename(self.acting, self.sheet, form.cleaned_data["name"])
        return self.cancel_url()


class MappingForget(OneMapping, ConfirmPage):
    roles = SENDERS
    title = gettext_lazy("Forget the mapping")
    submit_label = gettext_lazy("Forget the mapping")
    style = "danger"

    def question(self) -> str:
        return _("Forget “%(name)s”?") % {"name": self.sheet.name}

    def consequences(self) -> list[str]:
        return [
            _("The next sheet with these headings is read by the known wordings, and asked about beyond them."),
            _("Imports that were read by it stay as they are."),
        ]

    def act(self) -> str:
        remembering.forget(self.acting, self.sheet)
        self.say(_("The mapping is forgotten."))
        return reverse("registry:mappings")
