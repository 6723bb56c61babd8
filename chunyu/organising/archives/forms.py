"""What is entered on a leaf: the fields of its kind, the day, and scans."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from chunyu.accounts.acting import Acting
from chunyu.organising.archives.kinds import COLUMNS, SHEETS
from chunyu.ui.fields import DayField


class LeafForm(forms.Form):
    """One leaf of a kind; with `page`, a right one in its place."""

    def __init__(self, *args: Any, acting: Acting, kind: str, page: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sheet = SHEETS[kind]
        self.columns = (*sheet.says, *sheet.may)
        for column in self.columns:
            self.fields[column] = _field(column, required=column in sheet.says)
            if page is not None and column != "account_number":
                self.fields[column].initial = getattr(page, column)
        self.fields["valid_from"] = DayField(label=_("Holds from"))
        self.fields["valid_from"].initial = page.valid_from if page is not None else acting.day
        if page is not None:
            self.fields["reason"] = forms.CharField(label=_("Why the other leaf is wrong"), max_length=120)
        self.fields["scan"] = forms.FileField(
            label=_("Scan"), required=False, help_text=_("PDF, JPEG or PNG, at most 12 MB.")
        )

    def says(self) -> dict[str, Any]:
        """The columns that were filled."""
        return {column: value for column in self.columns if (value := self.cleaned_data.get(column))}

    def scans(self) -> list[tuple[str, bytes]]:
        sent = self.cleaned_data.get("scan")
        return [(sent.name, sent.read())] if sent else []


def _field(column: str, *, required: bool) -> forms.Field:
    label = COLUMNS[column]
    if column == "until":
        return DayField(label=label, required=required)
    if column == "text":
        return forms.CharField(label=label, max_length=1000, widget=forms.Textarea({"rows": 3}), required=required)
    return forms.CharField(label=label, max_length=60, required=required)
