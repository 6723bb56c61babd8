"""What is entered about findings and invitations."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.hardship.finding.models import FindingReview, Invitation, InvitationAnswer
from chunyu.registry.consent.tables import ConsentEvent
from chunyu.ui.fields import DayField

STAFF_CHANNELS = [each for each in InvitationAnswer.Channel.choices if each[0] != InvitationAnswer.Channel.WEB]
FAMILY_ANSWERS = [each for each in InvitationAnswer.Answer.choices if each[0] != InvitationAnswer.Answer.NONE]


class SetAsideForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("Why nothing follows from it"), choices=[("", _("Choose a reason")), *FindingReview.Reason.choices]
    )
    note = forms.CharField(label=_("Note"), required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


class InvitationForm(forms.Form):
    channel = forms.ChoiceField(label=_("How the family is told"), choices=Invitation.Channel.choices)
    language = forms.ChoiceField(label=_("Language of the letter"), choices=Invitation.Language.choices)


class AnswerForm(forms.Form):
    answer = forms.ChoiceField(label=_("What the family says"), choices=FAMILY_ANSWERS, widget=forms.RadioSelect)
    channel = forms.ChoiceField(label=_("How it came"), choices=STAFF_CHANNELS)


class OptOutForm(forms.Form):
    channel = forms.ChoiceField(
        label=_("How it came"),
        choices=[each for each in ConsentEvent.Channel.choices if each[0] != ConsentEvent.Channel.WEB],
    )
    said_on = DayField(label=pgettext_lazy("consent", "Said on"))

    def __init__(self, *args: Any, day: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["said_on"].initial = day


class PeriodForm(forms.Form):
    """From one day to another, both counted; this year so far unless asked otherwise."""

    start = DayField(label=pgettext_lazy("period", "From"), required=False)
    end = DayField(label=pgettext_lazy("period", "To"), required=False)

    def period(self, day: date) -> tuple[date, date]:
        given = self.cleaned_data if self.is_valid() else {}
        start, end = given.get("start") or date(day.year, 1, 1), given.get("end") or day
        return min(start, end), max(start, end)
