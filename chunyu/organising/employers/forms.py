"""What is entered about employers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.acting import Acting
from chunyu.federation.models import Organisation
from chunyu.organising.choices import OrganisationField, unions_with_members
from chunyu.registry.employers.codes import INDUSTRY, OWNERSHIP
from chunyu.registry.employers.tables import WITH_MEMBERS, Enterprise
from chunyu.ui.fields import DayField

# What an import put on file is taken back with the import alone.
WAYS_TO_END = [(each.value, each.label) for each in Enterprise.Closing if each != Enterprise.Closing.UNDONE]


class EmployerForm(forms.Form):
    name = forms.CharField(label=_("Employer's name"), max_length=120)
    credit_code = forms.CharField(label=_("Unified credit code"), max_length=24, required=False)
    organisation = OrganisationField(label=_("Union level that answers for it"))
    ownership = forms.ChoiceField(label=_("Kind of registration"), choices=OWNERSHIP.choices, initial="170")
    industry = forms.ChoiceField(label=_("Industry"), choices=[("", "—"), *INDUSTRY.choices], required=False)
    address = forms.CharField(label=_("Address"), max_length=200, required=False)
    has_party_cell = forms.NullBooleanField(label=_("Has a party cell"), required=False)
    known_from = DayField(label=_("Known since"))

    def __init__(self, *args: Any, acting: Acting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        standing = Organisation.objects.within(acting.path).as_of(acting.day).exclude(kind__in=WITH_MEMBERS)
        self.fields["organisation"].offer(standing.order_by("path"))
        self.fields["known_from"].initial = acting.day


class HeadcountForm(forms.Form):
    workers = forms.IntegerField(label=pgettext_lazy("count", "Workers"), min_value=0)
    migrant_workers = forms.IntegerField(label=_("Migrant workers among them"), min_value=0, initial=0)
    new_form_workers = forms.IntegerField(label=_("In new forms of work among them"), min_value=0, initial=0)
    on = DayField(label=_("Counted on"))
    source = forms.CharField(
        label=_("Where it comes from"), max_length=80, help_text=_("Such as: a visit, the social insurance roll.")
    )

    def __init__(self, *args: Any, acting: Acting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].initial = acting.day


class CoverForm(forms.Form):
    union = OrganisationField(label=_("Union"))
    on = DayField(label=_("Covered from"))

    def __init__(self, *args: Any, acting: Acting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["union"].offer(unions_with_members(acting))
        self.fields["on"].initial = acting.day


class ClosingForm(forms.Form):
    closing = forms.ChoiceField(label=_("What happened"), choices=WAYS_TO_END)
    on = DayField(label=_("First day without it"))

    def __init__(self, *args: Any, acting: Acting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].initial = acting.day
