"""What is entered about full-time posts and their training."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.acting import Acting
from chunyu.organising.choices import OrganisationField
from chunyu.organising.full_time import queries
from chunyu.organising.full_time.tables import PostHolding, TrainingClass
from chunyu.ui.fields import DayField

CONFIRM = [("yes", pgettext_lazy("exam", "passed")), ("no", pgettext_lazy("exam", "not passed"))]


class Today(forms.Form):
    """Forms that begin with today's day."""

    days = ("on",)

    def __init__(self, *args: Any, acting: Acting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.days:
            self.fields[name].initial = acting.day


class PostForm(Today):
    union = OrganisationField(label=_("Joint union or association"))
    title = forms.CharField(label=_("Post"), max_length=60)
    on = DayField(label=_("Opened on"))

    def __init__(self, *args: Any, acting: Acting, **kwargs: Any) -> None:
        super().__init__(*args, acting=acting, **kwargs)
        self.fields["union"].offer(queries.joint_unions(acting.path, acting.day))


class FillForm(Today):
    name = forms.CharField(label=pgettext_lazy("person", "Name"), max_length=60)
    id_number = forms.CharField(
        label=_("ID number"), max_length=24, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    contract = forms.CharField(label=_("Number of the contract"), max_length=60)
    contract_until = DayField(label=_("Contract until"), required=False)
    on = DayField(label=_("Takes it up on"))


class GiveUpForm(Today):
    how = forms.ChoiceField(label=pgettext_lazy("full-time post", "How it ends"), choices=PostHolding.Ended.choices)
    on = DayField(label=_("First day without the holder"))


class EndForm(Today):
    reason = forms.CharField(label=_("Reason"), max_length=120)
    on = DayField(label=_("First day without the post"))


class ClassForm(Today):
    days = ("starts_on", "ends_on")
    name = forms.CharField(label=_("Name of the class"), max_length=80)
    category = forms.ChoiceField(label=pgettext_lazy("training", "Category"), choices=TrainingClass.Category.choices)
    starts_on = DayField(label=_("First day"))
    ends_on = DayField(label=_("Last day"))


class ParticipantsForm(forms.Form):
    holdings = forms.ModelMultipleChoiceField(
        label=_("Who takes part"), queryset=None, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, acting: Acting, training: TrainingClass, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = queries.holders(acting.path, training.starts_on).exclude(training__training=training)
        self.fields["holdings"].queryset = found
        self.fields["holdings"].label_from_instance = lambda each: f"{each.name} · {each.organisation}"


class ExamForm(Today):
    on = DayField(label=_("Examined on"))
    passed = forms.ChoiceField(label=_("Result"), choices=CONFIRM, widget=forms.RadioSelect)
    score = forms.IntegerField(label=_("Score"), min_value=0, max_value=100, required=False)
