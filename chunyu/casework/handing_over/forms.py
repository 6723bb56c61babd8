"""Offering a case, and answering an offer."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.acting import Acting
from chunyu.accounts.below import ABOVE_COUNTY
from chunyu.casework.handing_over.actions import may_become
from chunyu.casework.handing_over.queries import may_take
from chunyu.casework.handing_over.tables import Handover
from chunyu.casework.models import Case, Document
from chunyu.federation.models import Organisation, path_end
from chunyu.ui.fields import DayField

FEDERATIONS = ABOVE_COUNTY | {Organisation.Kind.COUNTY_FEDERATION}


class OfferForm(forms.Form):
    kind = forms.ChoiceField(
        label=pgettext_lazy("handover", "kind"), choices=Handover.Kind.choices, widget=forms.RadioSelect
    )
    to = forms.ModelChoiceField(Organisation.objects.none(), label=pgettext_lazy("handover", "to"))
    why = forms.CharField(
        label=_("why, and what the other union should do"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )
    consent_on = DayField(label=_("consent of the worker given on"), required=False)
    consent_paper = forms.ModelChoiceField(
        Document.objects.none(), label=_("paper of the consent"), required=False, empty_label=_("none on the case")
    )
    ground = forms.ChoiceField(
        label=_("or why none is needed"),
        required=False,
        choices=[("", pgettext_lazy("handover", "the worker consents")), *Handover.Ground.choices],
    )

    def __init__(self, *args: Any, case: Case, acting: Acting, **more: Any) -> None:
        super().__init__(*args, **more)
        county = (case.organisation.county() or case.organisation).path
        near = Q(kind__in=FEDERATIONS) | Q(path__gte=county, path__lt=path_end(county))
        self.fields["to"].queryset = may_take(case, acting).filter(near)
        self.fields["consent_paper"].queryset = case.documents.all()
        self.fields["consent_paper"].label_from_instance = lambda each: f"{each.kind_label} · {each.name}"

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if bool(given.get("consent_on")) == bool(given.get("ground")):
            self.add_error("consent_on", _("State the day of the consent, or why it is not needed: one of the two."))
        return given


class AcceptForm(forms.Form):
    process = forms.ChoiceField(label=_("opens here as"))
    note = forms.CharField(
        label=_("word to the sender"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, handover: Handover, acting: Acting, **more: Any) -> None:
        super().__init__(*args, **more)
        if handover.kind == Handover.Kind.TRANSFER:
            del self.fields["process"]
        else:
            self.fields["process"].choices = may_become(acting, handover)


class RefuseForm(forms.Form):
    reason = forms.CharField(
        label=pgettext_lazy("case", "reason"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Say who else might help: the sender reads it."),
    )
