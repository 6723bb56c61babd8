"""The forms of the import: choosing a workbook, and saying what its unknown headers and unions mean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chunyu.federation.models import Organisation
from chunyu.registry.importing.findings import Findings, HeaderQuestion, Mapped, UnionQuestion
from chunyu.registry.importing.kinds import Kind
from chunyu.registry.workbook.parts import known_columns
from chunyu.registry.workbook.reading import MAX_FILE
from chunyu.registry.workbook.sentences import UNREADABLE

LEAVE_OUT = "-"
NEAREST_FIRST = 5


def transfers_field(initial: bool = False) -> forms.BooleanField:
    return forms.BooleanField(
        label=gettext_lazy("Transfer members of other unions"),
        required=False,
        initial=initial,
        help_text=gettext_lazy(
            "For sheets of members. Without it a row about a member of another union is refused; with it they are "
            "transferred, and their years of membership go on."
        ),
    )


class WorkbookForm(forms.Form):
    """The workbook to send in."""

    kind = forms.ChoiceField(label=gettext_lazy("What it holds"), widget=forms.RadioSelect)
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

    def __init__(self, *args: Any, kinds: Sequence[Kind], chosen: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(kinds) == 1:
            self.fields["kind"].widget = forms.HiddenInput()
        self.fields["kind"].choices = [(each.name, each.label) for each in kinds]
        self.fields["kind"].initial = chosen or kinds[0].name
        # Whoever sends one kind alone need not say which.
        self.fields["kind"].required = len(kinds) > 1
        self.only = kinds[0].name
        if any(each.transfers for each in kinds):
            self.fields["transfers"] = transfers_field()

    def clean_kind(self) -> str:
        return self.cleaned_data["kind"] or self.only

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
            help_text=_("%(count)s rows name it.") % {"count": question.households},
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


class MappingForm(forms.Form):
    """How the columns of a workbook were read, what a row is found by on file, and under which name it is kept."""

    def __init__(
        self, *args: Any, mapping: Sequence[Mapped], kind: Kind, match_key: str, transfers: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.mapping = mapping
        for at, mapped in enumerate(mapping):
            self.fields[f"column-{at}"] = forms.ChoiceField(
                label=" ".join(mapped.header.split()),
                choices=[(LEAVE_OUT, _("leave it out")), *known_columns(mapped.part)],
                initial=mapped.meaning or LEAVE_OUT,
            )
        self.fields["match_key"] = forms.ChoiceField(
            label=_("A row is found on file by"),
            widget=forms.RadioSelect,
            choices=[
                (key.name, _("%(key)s: %(meaning)s") % {"key": key.label, "meaning": key.help}) for key in kind.keys
            ],
            initial=match_key or kind.keys[0].name,
        )
        if kind.transfers:
            self.fields["transfers"] = transfers_field(transfers)
        self.fields["name"] = forms.CharField(
            label=_("Name of the mapping"),
            max_length=60,
            required=False,
            help_text=_("Under which you find it again; left empty, the name of the sheet."),
        )

    def columns(self) -> list[tuple[Mapped, forms.BoundField]]:
        return [(mapped, self[f"column-{at}"]) for at, mapped in enumerate(self.mapping)]

    def others(self) -> list[forms.BoundField]:
        return [field for field in self if not field.name.startswith("column-")]

    @property
    def meanings(self) -> dict[tuple[str, str, str], str]:
        said = {}
        for at, mapped in enumerate(self.mapping):
            chosen = self.cleaned_data[f"column-{at}"]
            said[mapped.headings, mapped.part, mapped.key] = "" if chosen == LEAVE_OUT else chosen
        return said


class MappingNameForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name of the mapping"), max_length=60)
