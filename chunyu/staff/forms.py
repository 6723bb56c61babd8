"""What keepers enter."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.acting import Acting
from chunyu.accounts.roles import EVERY_ROLE, Role
from chunyu.federation.models import Organisation
from chunyu.organising.choices import OrganisationField
from chunyu.ui.fields import DayField


class AccountForm(forms.Form):
    full_name = forms.CharField(label=pgettext_lazy("of a person", "name"), max_length=60)
    username = forms.RegexField(
        r"^[a-z0-9][a-z0-9._-]*$",
        label=pgettext_lazy("sign-in", "account"),
        max_length=60,
        help_text=_("Small letters, digits, point, hyphen. One account is one person; it stays theirs."),
        error_messages={"invalid": _("Use small letters, digits, points and hyphens.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    organisation = OrganisationField(label=_("kept at"), help_text=_("Whose keeper looks after the account."))

    def __init__(self, *args: Any, acting: Acting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].offer(Organisation.objects.within(acting.path).as_of(acting.day).order_by("path"))
        self.fields["organisation"].initial = acting.organisation.pk


class PostForm(forms.Form):
    role = forms.ChoiceField(label=_("role"))
    organisation = OrganisationField(label=_("organisation"))
    valid_from = DayField(label=_("from"))
    valid_to = DayField(label=_("until"), required=False, help_text=_("The first day on which it no longer holds."))
    reason = forms.CharField(
        label=_("reason"), max_length=200, help_text=_("The document or decision that the post rests on.")
    )

    def __init__(self, *args: Any, acting: Acting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [(role.value, role.label) for role in Role if role in EVERY_ROLE]
        self.fields["organisation"].offer(Organisation.objects.within(acting.path).as_of(acting.day).order_by("path"))
        self.fields["organisation"].initial = acting.organisation.pk
        self.fields["valid_from"].initial = acting.day


class EndPostForm(forms.Form):
    on = DayField(label=_("The first day without it"))

    def __init__(self, *args: Any, acting: Acting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].initial = acting.day


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("reason"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}))
