"""What is entered about an application to join: by the worker on a phone, at the counter, and by who answers it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.acting import Acting
from chunyu.federation.models import Organisation
from chunyu.organising.choices import OrganisationField, unions_with_members
from chunyu.registry import identity
from chunyu.registry.employers.codes import NEW_FORM
from chunyu.registry.membership.actions import NewWorker
from chunyu.registry.membership.tables import JoinRequest
from chunyu.ui.fields import DayField

NOT_LISTED = "county"
IN_PERSON = [each for each in JoinRequest.Channel.choices if each[0] != JoinRequest.Channel.PHONE_PAGE]
BATCH = 200  # applications that are answered together


class ApplicantForm(forms.Form):
    """Who wants to join; the same on a phone and at the counter."""

    use_required_attribute = False
    name = forms.CharField(
        label=pgettext_lazy("person", "Name"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    id_number = forms.CharField(
        label=_("ID number"), max_length=24, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    phone = forms.CharField(
        label=_("Phone"), max_length=20, required=False, widget=forms.TextInput(attrs={"inputmode": "tel"})
    )
    new_form = forms.ChoiceField(
        label=_("New form of work"), choices=[("", _("none of them")), *NEW_FORM.choices], required=False
    )
    is_migrant = forms.BooleanField(label=_("Migrant worker"), required=False)

    def clean_id_number(self) -> str:
        try:
            return identity.read(self.cleaned_data["id_number"]).text
        except identity.NotAnIdNumber:
            raise ValidationError(_("This is not a valid ID number: compare it with the card.")) from None

    @property
    def person(self) -> NewWorker:
        said = self.cleaned_data
        return NewWorker(
            said["name"],
            said["id_number"],
            phone=said["phone"],
            new_form=said["new_form"],
            is_migrant=said["is_migrant"] or None,
        )


class JoinForm(ApplicantForm):
    """The phone page's. `union` comes with the second step, when the typed name may mean several."""

    county = forms.ModelChoiceField(
        label=_("In which county or district do you work?"), queryset=None, empty_label=_("Choose …")
    )
    where = forms.CharField(
        label=_("Your union or your employer"),
        max_length=120,
        required=False,
        help_text=_("A part of the name is enough. If you have none or do not know, leave it empty."),
    )
    field_order = ("county", "where", "name", "id_number", "phone", "new_form", "is_migrant")

    def __init__(self, *args: Any, counties: Any, meant: Sequence[Organisation] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["county"].queryset = counties
        self.fields["phone"].required = True
        if meant:
            offered = [(str(each.pk), each.name) for each in meant]
            self.fields["union"] = forms.ChoiceField(
                label=_("Which one is it?"),
                choices=[*offered, (NOT_LISTED, _("None of these: my county's federation shall find it"))],
                widget=forms.RadioSelect,
            )
            self.order_fields(["county", "where", "union"])


class TakeInForm(ApplicantForm):
    """At the counter or from a paper form."""

    union = OrganisationField(label=_("Union"))
    channel = forms.ChoiceField(label=_("Channel"), choices=IN_PERSON)
    on = DayField(label=_("Asked on"))

    def __init__(self, *args: Any, acting: Acting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["union"].offer(unions_with_members(acting))
        self.fields["on"].initial = acting.day


class AdmitApplicantForm(forms.Form):
    union = OrganisationField(label=_("Union"))
    on = DayField(label=_("Member from"))
    transfer = forms.BooleanField(
        label=_("Transfer them, if they are a member of another union"),
        required=False,
        help_text=_("Only with the letter of the other union in hand. The years of membership count on."),
    )

    def __init__(self, *args: Any, acting: Acting, asked: Organisation | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["union"].offer(unions_with_members(acting))
        self.fields["on"].initial = acting.day
        self.fields["union"].initial = asked.pk if asked else None


class RefuseForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"), max_length=120, help_text=_("The worker reads it: say what they can do.")
    )


class BatchForm(forms.Form):
    union = OrganisationField(label=_("Union"))
    on = DayField(label=_("Member from"))
    chosen = forms.ModelMultipleChoiceField(
        label=pgettext_lazy("membership", "Applications"), queryset=None, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, acting: Acting, waiting: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["union"].offer(unions_with_members(acting))
        self.fields["on"].initial = acting.day
        self.fields["chosen"].queryset = waiting
        self.fields["chosen"].label_from_instance = lambda each: f"{each.name} · {each.number} · {each.organisation}"
