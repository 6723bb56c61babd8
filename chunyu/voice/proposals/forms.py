"""What is entered about a proposal: the words and the first author, the same on every channel; and a session."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.acting import Acting
from chunyu.casework.models.case import Channel
from chunyu.federation.models import Organisation
from chunyu.registry.employers.tables import WITH_MEMBERS
from chunyu.ui.fields import DayField
from chunyu.voice.proposals.actions import Person, Words
from chunyu.voice.proposals.tables import Proposal

HEARD = (Channel.COUNTER, Channel.PHONE, Channel.PAPER)


def lines(label: Any, rows: int = 3, **more: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=2000, widget=forms.Textarea(attrs={"rows": rows}), **more)


class WordsForm(forms.Form):
    """What is proposed. On the phone page and at the desk the same questions are asked."""

    title = forms.CharField(
        label=_("in one line"), max_length=80, help_text=_("The matter itself: no name of a person.")
    )
    theme = forms.ChoiceField(label=pgettext_lazy("proposal", "about"), choices=Proposal.Theme.choices)
    place = forms.CharField(label=_("where in the workplace"), max_length=120)
    problem = lines(_("what is wrong"))
    suggestion = lines(_("what should be done"))
    risk = forms.ChoiceField(
        label=_("risk"), choices=Proposal.Risk.choices, widget=forms.RadioSelect, initial=Proposal.Risk.NONE
    )
    name = forms.CharField(label=pgettext_lazy("person", "name"), max_length=60)
    job = forms.CharField(label=_("job in the workplace"), max_length=60, required=False)
    contact = forms.CharField(
        label=_("how to reach you"), max_length=60, required=False, help_text=_("Kept sealed; for this matter alone.")
    )
    is_delegate = forms.BooleanField(label=_("delegate of the congress"), required=False)
    unnamed = forms.BooleanField(label=_("the management does not learn who says it"), required=False)

    def words(self) -> Words:
        given = self.cleaned_data
        names = ("title", "theme", "place", "problem", "suggestion", "risk", "unnamed")
        return Words(**{name: given[name] for name in names})

    def author(self) -> Person:
        given = self.cleaned_data
        return Person(given["name"], given["job"], given["is_delegate"], given["contact"])


class TakeInForm(WordsForm):
    union = forms.ModelChoiceField(Organisation.objects.none(), label=_("union of the workplace"), empty_label=None)
    channel = forms.ChoiceField(label=_("channel"), choices=[(each.value, each.label) for each in HEARD])
    others = lines(
        _("further authors"), rows=2, required=False, help_text=_("One a line: name, and job after a comma if known.")
    )
    field_order = ("union", "channel")

    def __init__(self, *args: Any, acting: Acting, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["union"].queryset = workplaces(acting)
        self.fields["contact"].label = _("how to reach them")

    def authors(self) -> list[Person]:
        more = [
            line.replace("，", ",").split(",", 1) for line in self.cleaned_data["others"].splitlines() if line.strip()
        ]
        return [self.author(), *(Person(name.strip(), job[0].strip() if job else "") for name, *job in more)]


class SessionForm(forms.Form):
    union = forms.ModelChoiceField(Organisation.objects.none(), label=_("union of the workplace"), empty_label=None)
    name = forms.CharField(label=pgettext_lazy("congress", "session"), max_length=60)
    held_on = DayField(label=_("held on"))
    workers = forms.IntegerField(label=_("workers of the workplace"), min_value=1)
    delegates = forms.IntegerField(label=_("delegates"), min_value=1)
    present = forms.IntegerField(
        label=pgettext_lazy("congress", "delegates present"), min_value=1, help_text=_("At least two thirds.")
    )

    def __init__(self, *args: Any, acting: Acting, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["union"].queryset = workplaces(acting)


def workplaces(acting: Acting) -> Any:
    """The unions under the post that have members today."""
    rows = Organisation.objects.within(acting.path).as_of(acting.day)
    return rows.filter(kind__in=WITH_MEMBERS).order_by("path")
