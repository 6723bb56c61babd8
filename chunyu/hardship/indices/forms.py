"""What the reader chooses (place, period, programme), and a service as it is written down."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from chunyu.federation.models import Organisation
from chunyu.hardship.indices.categories import Category
from chunyu.hardship.indices.periods import Period, Span, days, period_at
from chunyu.ledger.models import Delivery
from chunyu.ui.fields import DayField

SHOWN = {Span.YEAR: 4, Span.HALF: 4, Span.QUARTER: 8}
FEN = 100


def recent_periods(today: date) -> list[Period]:
    """The years, halves and quarters that can be chosen, the latest first."""
    found = []
    for span, count in SHOWN.items():
        period = period_at(span, today)
        for _place in range(count):
            found.append(period)
            period = period.before()
    return found


def key_of(period: Period) -> str:
    return f"{period.span}:{period.start.isoformat()}"


class ChoiceForm(forms.Form):
    """Sent by GET, so that the address can be passed on. Without a choice: one's own organisation, this year."""

    place = forms.ChoiceField(label=_("Place"), required=False)
    period = forms.ChoiceField(label=_("Period"), required=False)
    start = DayField(label=_("From"), required=False)
    end = DayField(label=_("To"), required=False)
    programme = forms.ChoiceField(label=_("Programme"), required=False)

    def __init__(
        self,
        *args: Any,
        places: Sequence[Organisation],
        programmes: Sequence[tuple[str, str]],
        today: date,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].choices = [(str(each.pk), each.name) for each in places]
        periods = recent_periods(today)
        self.fields["period"].choices = [
            *(
                (span.label, [(key_of(each), each.label) for each in periods if each.span == span])
                for span in (Span.YEAR, Span.HALF, Span.QUARTER)
            ),
            (Span.CUSTOM.value, _("the days chosen beside")),
        ]
        self.fields["programme"].choices = [("", _("every programme")), *programmes]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("period") == Span.CUSTOM:
            start, end = given.get("start"), given.get("end")
            if not start or not end or start > end:
                raise forms.ValidationError(_("Give the first and the last day of the period, in this order."))
        return given


def chosen_period(given: dict[str, Any], today: date) -> Period:
    """The period of a valid form's answers."""
    if given.get("period") == Span.CUSTOM:
        return days(given["start"], given["end"])
    span, _colon, start = (given.get("period") or "").partition(":")
    return period_at(Span(span), date.fromisoformat(start)) if start else period_at(Span.YEAR, today)


class ReportForm(forms.Form):
    """The period and programme of a report, as the page that it is drafted from shows them."""

    start = forms.DateField()
    end = forms.DateField()
    programme = forms.CharField(max_length=60, required=False)


class ServiceForm(forms.Form):
    """One service. The ID number finds out whether the person is on file, and is not kept."""

    id_number = forms.CharField(
        label=_("ID number"),
        max_length=24,
        help_text=_("To count people once and to see whether they are on file; the number itself is not kept."),
        widget=forms.TextInput({"autocomplete": "off", "inputmode": "text"}),
    )
    day = DayField(label=_("Day"))
    category = forms.ChoiceField(label=_("Kind of service"), choices=Category.choices)
    delivery = forms.ChoiceField(label=_("Way of delivery"), choices=Delivery.choices)
    partner = forms.CharField(
        label=_("Partner or donor"),
        max_length=80,
        required=False,
        help_text=_("Only where it came from society: who gave it."),
    )
    value = forms.DecimalField(
        label=_("Value (yuan)"), min_value=0, max_value=1_000_000, decimal_places=2, required=False, initial=0
    )
    is_member = forms.NullBooleanField(label=_("Union member"), required=False)
    front_line = forms.NullBooleanField(label=_("Front-line worker"), required=False)
    migrant = forms.NullBooleanField(label=_("Migrant worker"), required=False)
    dispatched = forms.NullBooleanField(label=_("Dispatched worker"), required=False)

    @property
    def value_fen(self) -> int:
        return int((self.cleaned_data["value"] or 0) * FEN)
