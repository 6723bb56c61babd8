"""The forms of the import: choosing a workbook, and saying what its unknown headers and unions mean."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chunyu.federation.models import Organisation
from chunyu.registry.importing.findings import Findings, HeaderQuestion, UnionQuestion
from chunyu.registry.importing.understanding import known_columns
from chunyu.registry.workbook.reading import MAX_FILE
from chunyu.registry.workbook.sentences import UNREADABLE

LEAVE_OUT = "-"
NEAREST_FIRST = 5


class WorkbookForm(forms.Form):
    """The workbook to send in."""

    file = forms.FileField(
        label=gettext_lazy("Workbook"),
        help_text=gettext_lazy("An Excel workbook (.xlsx or .xls) of up to 20 MB."),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xls,.xlsm,.et"}),
    )
    dry_run = forms.BooleanField(
        label=gettext_lazy("Only try it out"),
        required=False,
        help_text=gettext_lazy("Says what would happen and writes nothing."),
    )

    def clean_file(self) -> UploadedFile:
        file = self.cleaned_data["file"]
        if file.size > MAX_FILE:
            raise ValidationError(UNREADABLE["too_large"])
        return file


class QuestionsForm(forms.Form):
    """One choice for each header and each union that the workbook leaves open."""

    def __init__(self, *args, findings: Findings, unions: Iterable[Organisation], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.findings = findings
        self.unions = {str(each.pk): each for each in unions}
        for at, question in enumerate(findings.headers):
            self.fields[f"header-{at}"] = self._header_field(question)
        for at, question in enumerate(findings.unions):
            self.fields[f"union-{at}"] = self._union_field(question)

    def _header_field(self, question: HeaderQuestion) -> forms.ChoiceField:
        return forms.ChoiceField(
            label=_("Column “%(header)s” on the sheet “%(sheet)s”")
            % {"header": " ".join(question.header.split()), "sheet": question.sheet},
            help_text=_("It holds, for example: %(examples)s") % {"examples": "；".join(question.examples)},
            choices=[
                ("", _("Choose what it means")),
                (LEAVE_OUT, _("Leave this column out")),
                *known_columns(question.part),
            ],
            initial=question.suggestion,
        )

    def _union_field(self, question: UnionQuestion) -> forms.ChoiceField:
        def likeness(union: Organisation) -> float:
            return -SequenceMatcher(None, union.name, question.name).ratio()

        near = sorted(self.unions.values(), key=likeness)[:NEAREST_FIRST]
        rest = [each for each in self.unions.values() if each not in near]
        return forms.ChoiceField(
            label=_("Union “%(name)s”") % {"name": question.name},
            help_text=_("%(count)s households name it.") % {"count": question.households},
            choices=[
                ("", _("Choose the organisation")),
                (_("Most alike"), [(str(each.pk), each.name) for each in near]),
                (_("All"), [(str(each.pk), each.name) for each in rest]),
            ],
        )

    @property
    def header_answers(self) -> dict[tuple[str, str], str]:
        return {
            (question.part, question.key): ""
            if self.cleaned_data[f"header-{at}"] == LEAVE_OUT
            else self.cleaned_data[f"header-{at}"]
            for at, question in enumerate(self.findings.headers)
        }

    @property
    def union_answers(self) -> dict[str, Organisation]:
        return {
            question.key: self.unions[self.cleaned_data[f"union-{at}"]]
            for at, question in enumerate(self.findings.unions)
        }
