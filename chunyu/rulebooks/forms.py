"""What policy officers enter."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy

from chunyu.accounts.acting import Acting
from chunyu.federation.models import Region
from chunyu.policy.kinds import Kind
from chunyu.policy.pack import Parameter
from chunyu.rulebooks.editing import NewValue
from chunyu.rulebooks.in_force import NATION
from chunyu.rulebooks.words import tongue
from chunyu.ui.fields import DayField

REASON_ROWS = {"rows": 4}
HINTS = {
    Kind.MONEY: _("An amount in yuan, like 740 or 1250.50. Left empty it is not known."),
    Kind.COUNT: _("A whole number."),
    Kind.RATIO: _("A number with at most six decimals, like 0.25."),
    Kind.DATE: _("A day, like 2026-07-01."),
    Kind.CODES: _("Codes with | between them, like work_accident|epidemic."),
    Kind.TABLE: _("A value for each code, like deep=1; relative=0.7; otherwise=0."),
    Kind.BRACKETS: _("Slices with their rates, like 2000..10000: 0.5; 10000..: 0.6."),
}


def regions_for(acting: Acting, parameter: Parameter) -> list[tuple[str, str]]:
    """Where a value may hold: the places of the post's subtree, the nation for the top, and places already named."""
    subtree = Region.objects.filter(organisations__path__startswith=acting.path).distinct().order_by("code")
    found = {region.code: region.name for region in subtree}
    if acting.organisation.parent_id is None:
        named = {setting.region for setting in parameter.settings} - set(found) - {NATION}
        found = {NATION: _now("the whole country"), **{code: code for code in sorted(named)}, **found}
    return [
        (code, f"{name} {code}" if name not in (code, "") and code != NATION else name) for code, name in found.items()
    ]


class ParameterForm(forms.Form):
    """A value of one parameter from a day on, in one place, with where it is written."""

    region = forms.ChoiceField(label=pgettext_lazy("rulebook", "Place"))
    valid_from = DayField(label=pgettext_lazy("parameter", "From"))
    value = forms.CharField(label=pgettext_lazy("parameter", "Value"), required=False, max_length=400)
    source = forms.CharField(
        label=_("Source"),
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("The document that says so, with its number and day."),
    )

    def __init__(self, *args: Any, parameter: Parameter, acting: Acting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parameter = parameter
        self.fields["region"].choices = regions_for(acting, parameter)
        kind, language = parameter.type.kind, tongue()
        choices: list[tuple[str, str]] = []
        if kind is Kind.FLAG:
            choices = [("yes", _now("yes")), ("no", _now("no"))]
        elif kind is Kind.BOUNDARY:
            choices = [("<=", _now("at most (≤)")), ("<", _now("below (<)"))]
        elif kind is Kind.CODE:
            choices = [(code, label(language)) for code, label in parameter.values.items()]
        if choices:
            self.fields["value"] = forms.ChoiceField(label=pgettext_lazy("parameter", "Value"), choices=choices)
        else:
            self.fields["value"].help_text = HINTS.get(kind, "")
            unit = parameter.type.unit.shown(language)
            if unit:
                self.fields["value"].label = f"{pgettext('parameter', 'Value')} ({unit})"
        self.order_fields(["region", "valid_from", "value", "source"])

    def new_value(self) -> NewValue:
        given = self.cleaned_data
        return NewValue(self.parameter.name, given["region"], given["valid_from"], given["value"], given["source"])


class TextForm(forms.Form):
    """The text of one file."""

    text = forms.CharField(
        label=_("text"),
        required=False,
        strip=False,
        max_length=400_000,
        widget=forms.Textarea(attrs={"rows": 24, "spellcheck": "false", "autocapitalize": "off", "wrap": "off"}),
    )


class NewFileForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[
            ("rules", _("rules")),
            ("programmes", pgettext_lazy("rulebook", "a programme")),
            ("parameters", _("values of parameters")),
            ("examples", _("examples")),
        ],
    )
    name = forms.SlugField(
        label=pgettext_lazy("file", "Name"), max_length=40, help_text=_("Small letters, digits, - and _.")
    )

    def clean_name(self) -> str:
        return str(self.cleaned_data["name"]).lower()


class SubmitForm(forms.Form):
    reason = forms.CharField(
        label=_("What is changed and why"),
        max_length=1000,
        widget=forms.Textarea(attrs=REASON_ROWS),
        help_text=_("The approver and everybody who reads the history sees this."),
    )


class ApproveForm(forms.Form):
    in_force_from = DayField(
        label=_("In force from"),
        help_text=_("Today at the earliest. What was decided before that day keeps the rules it was decided by."),
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs=REASON_ROWS))


class StaffTestForm(forms.Form):
    text = forms.CharField(
        label=_("Household and expected answers"),
        strip=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 18, "spellcheck": "false", "wrap": "off"}),
        help_text=_("Written as the examples of a rulebook are. No real person: choose a name that nobody bears."),
    )
