"""What is entered about departments, and by them."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.casework.departments.tables import Department


class DepartmentForm(forms.Form):
    name = forms.CharField(label=_("official name"), max_length=100, help_text=_("As on its seal."))
    duty = forms.ChoiceField(label=_("answers for"), choices=Department.Duty.choices)


class SeatForm(forms.Form):
    full_name = forms.CharField(label=pgettext_lazy("case", "name"), max_length=60)
    username = forms.CharField(
        label=pgettext_lazy("sign-in", "account"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    password = forms.CharField(
        label=_("first password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 10 characters. Hand it over in person; it can be changed after signing in."),
    )


class DeclineForm(forms.Form):
    reason = forms.CharField(
        label=_("why it is not your matter, and whose it is"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class TaskNoteForm(forms.Form):
    note = forms.CharField(
        label=pgettext_lazy("case", "note"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )
