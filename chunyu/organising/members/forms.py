"""What is entered about members."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.acting import Acting
from chunyu.organising.choices import OrganisationField, unions_with_members
from chunyu.registry.employers.codes import NEW_FORM
from chunyu.registry.membership.tables import Membership
from chunyu.ui.fields import DayField

Ended = Membership.Ended
LEAVING = [(each.value, each.label) for each in Ended if each not in (Ended.TRANSFERRED, Ended.MOVED, Ended.UNDONE)]


class AdmissionForm(forms.Form):
    name = forms.CharField(label=pgettext_lazy("person", "Name"), max_length=60)
    id_number = forms.CharField(label=_("ID number"), max_length=24)
    union = OrganisationField(label=_("Union"))
    employer = forms.CharField(
        label=_("Employer"),
        max_length=120,
        required=False,
        help_text=_("The full name or the unified credit code, as the list of employers has it."),
    )
    phone = forms.CharField(label=_("Phone"), max_length=20, required=False)
    is_migrant = forms.BooleanField(label=_("Migrant worker"), required=False)
    new_form = forms.ChoiceField(
        label=_("New form of work"), choices=[("", _("none of them")), *NEW_FORM.choices], required=False
    )
    number = forms.CharField(label=_("Member number"), max_length=24, required=False)
    on = DayField(label=_("Member from"))

    def __init__(self, *args: Any, acting: Acting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["union"].offer(unions_with_members(acting))
        self.fields["on"].initial = acting.day


class TransferForm(forms.Form):
    union = forms.CharField(
        label=_("To which union"),
        max_length=120,
        help_text=_("The union's full name; it may be in another county."),
    )
    on = DayField(label=_("Member there from"))
    reason = forms.CharField(label=_("Reason"), max_length=120, required=False)

    def __init__(self, *args: Any, acting: Acting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].initial = acting.day


class LeavingForm(forms.Form):
    how = forms.ChoiceField(label=pgettext_lazy("membership", "How it ends"), choices=LEAVING)
    on = DayField(label=_("First day without membership"))
    reason = forms.CharField(label=_("Reason"), max_length=120, required=False)

    def __init__(self, *args: Any, acting: Acting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].initial = acting.day
