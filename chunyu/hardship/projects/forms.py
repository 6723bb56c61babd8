"""What is entered about projects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.acting import Acting
from chunyu.casework.forms import YuanField as CostField
from chunyu.hardship.forms import ASKED
from chunyu.hardship.projects.actions import Rate, Terms
from chunyu.hardship.projects.kinds import Eye, Form, Group, Pays
from chunyu.hardship.projects.queries import funds_for
from chunyu.hardship.projects.tables import Project
from chunyu.hardship.wording import language
from chunyu.ledger.forms import YuanField
from chunyu.registry import codes
from chunyu.registry.models import Household
from chunyu.rulebooks.in_force import rulebook_of
from chunyu.ui.fields import DayField

RATES = 3  # levels that can pay together, for each group


class ProjectForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80)
    programme = forms.ChoiceField(label=_("Programme"))
    form = forms.ChoiceField(label=_("Paid for"), choices=Form.choices)
    funder = forms.CharField(label=_("Funder"), max_length=80)
    document_no = forms.CharField(label=_("Document number"), max_length=80)
    starts_on = DayField(label=pgettext_lazy("project", "From"))
    ends_on = DayField(label=pgettext_lazy("project", "Until"))
    quota = forms.IntegerField(label=_("Places"), min_value=1, max_value=1_000_000)
    pays = forms.ChoiceField(label=_("Paid to"), choices=Pays.choices)
    prorated = forms.BooleanField(label=_("A month begun is paid by its days"), required=False)
    year_cap = YuanField(
        label=_("At most for one person in a year (yuan)"), required=False, help_text=_("For repeated treatment.")
    )

    def __init__(self, *args: Any, acting: Acting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        programmes = rulebook_of(acting.organisation, acting.day).programmes.values()
        self.fields["programme"].choices = [
            (each.code, each.label(language())) for each in programmes if each.amount is not None
        ]
        self.funds = {str(fund.pk): fund for fund in funds_for(acting.organisation)}
        offered = [("", "—"), *((key, f"{fund.organisation.name} · {fund.name}") for key, fund in self.funds.items())]
        for group in Group:
            for part in range(1, RATES + 1):
                label = _now("Level %(part)s for a %(group)s") % {"part": part, "group": group.label}
                self.fields[f"fund-{group}-{part}"] = forms.ChoiceField(label=label, choices=offered, required=False)
                self.fields[f"rate-{group}-{part}"] = YuanField(label=_("Rate (yuan)"), required=False)
                # In the table the headings name them to the eye only.
                named = {"aria-label": label, "class": "form-select"}
                self.fields[f"fund-{group}-{part}"].widget.attrs |= named
                named = {"aria-label": _now("%(level)s: rate") % {"level": label}, "class": "form-control"}
                self.fields[f"rate-{group}-{part}"].widget.attrs |= named

    def rate_rows(self) -> Iterator[tuple[str, BoundField, BoundField]]:
        """A row a level: its label, the fund that pays, the rate."""
        for group in Group:
            for part in range(1, RATES + 1):
                fund = self[f"fund-{group}-{part}"]
                yield str(fund.label), fund, self[f"rate-{group}-{part}"]

    def plain_fields(self) -> list[BoundField]:
        return [field for field in self if not field.name.startswith(("fund-", "rate-"))]

    def clean(self) -> dict[str, Any]:
        for group in Group:
            for part in range(1, RATES + 1):
                fund, rate = (
                    self.cleaned_data.get(f"fund-{group}-{part}"),
                    self.cleaned_data.get(f"rate-{group}-{part}"),
                )
                if bool(fund) != bool(rate):
                    self.add_error(f"rate-{group}-{part}", _now("A level has both a fund and a rate."))
        return self.cleaned_data

    def terms(self) -> Terms:
        given = self.cleaned_data
        rates = tuple(
            Rate(group, self.funds[given[f"fund-{group}-{part}"]], given[f"rate-{group}-{part}"])
            for group in Group
            for part in range(1, RATES + 1)
            if given.get(f"fund-{group}-{part}")
        )
        plain = (
            "programme",
            "name",
            "form",
            "funder",
            "document_no",
            "starts_on",
            "ends_on",
            "quota",
            "pays",
            "prorated",
        )
        return Terms(rates=rates, year_cap_fen=given["year_cap"], **{name: given[name] for name in plain})


class HospitalForm(forms.Form):
    name = forms.CharField(label=_("Hospital"), max_length=60)
    bank_name = forms.CharField(label=_("Bank"), max_length=80, required=False)
    account = forms.CharField(label=_("Bank account"), max_length=40, required=False)


class CloseForm(forms.Form):
    lessons = forms.CharField(label=_("What was learnt"), max_length=400, widget=forms.Textarea(attrs={"rows": 3}))


class RollForm(forms.Form):
    month = forms.DateField(
        label=_("Month"), input_formats=["%Y-%m"], widget=forms.DateInput(attrs={"type": "month"}, format="%Y-%m")
    )


class NominationForm(forms.Form):
    project = forms.ChoiceField(label=pgettext_lazy("aid", "Project"))
    person = forms.ChoiceField(label=_("Person"))
    eye = forms.ChoiceField(
        label=_("Eye"), choices=Eye.choices, required=False, help_text=_("Only where the project pays by the eye.")
    )
    channel = forms.ChoiceField(label=_("How the family asked"), choices=ASKED, initial="counter")

    def __init__(self, *args: Any, projects: list[Project], household: Household, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.projects = {str(each.pk): each for each in projects}
        people = household.members.filter(left_on__isnull=True).order_by("-is_worker", "relation", "birth_date")
        self.people = {str(each.pk): each for each in people}
        self.fields["project"].choices = [(key, each.name) for key, each in self.projects.items()]
        self.fields["person"].choices = [
            (key, f"{each.name} · {codes.RELATION.label(each.relation)}") for key, each in self.people.items()
        ]


class SessionForm(forms.Form):
    day = DayField(label=_("Day"))
    cost = YuanField(label=_("Cost (yuan)"))
    insured = CostField(label=_("Paid by insurance (yuan)"), initial=0)
