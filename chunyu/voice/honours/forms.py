"""What is entered about a round of honours."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.acting import Acting
from chunyu.casework.forms import YuanField
from chunyu.federation.models import Organisation
from chunyu.voice.honours import queries
from chunyu.voice.honours.tables import HonourRound, Juror, Nominee
from chunyu.voice.proposals.forms import lines, workplaces
from chunyu.voice.proposals.tables import Proposal


class RoundForm(forms.Form):
    union = forms.ModelChoiceField(Organisation.objects.none(), label=_("union that honours"), empty_label=None)
    kind = forms.ChoiceField(label=pgettext_lazy("honours", "for"), choices=HonourRound.Kind.choices)
    title = forms.CharField(label=_("name of the honour"), max_length=60)
    year = forms.IntegerField(label=_("year"), min_value=2000, max_value=2100)
    rules = lines(
        _("rules of the round"), help_text=_("Who may be nominated, how it is scored. They stand from now on.")
    )
    places = forms.IntegerField(label=_("how many are honoured"), min_value=1, max_value=10)
    bonus_fen = YuanField(label=_("bonus each"))

    def __init__(self, *args: Any, acting: Acting, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["union"].queryset = workplaces(acting)


class NominateProposalsForm(forms.Form):
    proposals = forms.ModelMultipleChoiceField(
        Proposal.objects.none(), label=_("proposals put right in that year"), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, held: HonourRound, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["proposals"].queryset = queries.eligible(held).prefetch_related("authors")
        self.fields["proposals"].label_from_instance = lambda each: (
            f"{'、'.join(author.name for author in each.authors.all())} · {each}"
        )


class NominateForm(forms.Form):
    name = forms.CharField(label=pgettext_lazy("honours", "name"), max_length=60)
    citation = forms.CharField(label=_("honoured for"), max_length=200)


class JurorForm(forms.Form):
    name = forms.CharField(label=pgettext_lazy("person", "name"), max_length=60)
    job = forms.CharField(label=_("job in the workplace"), max_length=60, required=False)


class AsideForm(forms.Form):
    nominee = forms.ModelChoiceField(Nominee.objects.none(), label=_("nominee"), empty_label=None)
    why = forms.CharField(label=pgettext_lazy("honours", "why"), max_length=120)

    def __init__(self, *args: Any, juror: Juror, **more: Any) -> None:
        super().__init__(*args, **more)
        sheet = [each.pk for each in queries.to_score(juror)]
        self.fields["nominee"].queryset = juror.round.nominees.filter(pk__in=sheet)
        self.fields["nominee"].label_from_instance = lambda each: f"{each.name} · {each.citation}"


class SheetForm(forms.Form):
    """One juror's sheet, with those only whom they may score."""

    def __init__(self, *args: Any, juror: Juror, **more: Any) -> None:
        super().__init__(*args, **more)
        self.nominees = queries.to_score(juror)
        for each in self.nominees:
            self.fields[f"points_{each.pk}"] = forms.IntegerField(
                label=f"{each.name} · {each.citation}", min_value=0, max_value=100
            )

    def points(self) -> dict[Nominee, int]:
        return {each: self.cleaned_data[f"points_{each.pk}"] for each in self.nominees}
