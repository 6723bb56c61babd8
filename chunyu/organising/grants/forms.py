"""What is entered about grants. Amounts are typed in yuan and become fen."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.acting import Acting
from chunyu.federation.models import Organisation
from chunyu.ledger.forms import YuanField
from chunyu.ledger.models import Fund
from chunyu.ledger.queries import funds
from chunyu.organising.grants.formula import Rates
from chunyu.organising.grants.kinds import GIVERS, RECEIVERS
from chunyu.organising.grants.tables import GrantUse
from chunyu.ui.fields import DayField
from chunyu.ui.templatetags.show import yuan


class RateField(YuanField):
    """An amount that may be nothing."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(initial="0", **kwargs)
        self.min_value = Decimal(0)
        self.validators = [each for each in self.validators if getattr(each, "limit_value", None) != Decimal("0.01")]


class PlanForm(forms.Form):
    giver = forms.ModelChoiceField(label=_("Giver"), queryset=None)
    year = forms.IntegerField(label=_("Year"), min_value=2000, max_value=2200)
    name = forms.CharField(label=_("Name"), max_length=80)
    document_no = forms.CharField(
        label=_("Document number"), max_length=80, help_text=_("The document that grants the money.")
    )
    budget_fen = YuanField(label=_("Budget (yuan)"))
    kinds = forms.MultipleChoiceField(
        label=_("Who receives"),
        choices=[(kind.value, kind.label) for kind in RECEIVERS],
        widget=forms.CheckboxSelectMultiple,
    )
    base_fen = RateField(label=_("For each receiver (yuan)"))
    per_union_fen = RateField(label=_("For each union (yuan)"))
    per_member_fen = RateField(label=_("For each member (yuan)"))
    per_task_fen = RateField(
        label=_("For each task (yuan)"), help_text=_("How many tasks each was given is entered in the plan.")
    )
    counted_on = DayField(label=pgettext_lazy("grant", "Counted on"))
    report_by = DayField(
        label=_("Use to be reported by"), help_text=_("Receivers are reminded 90 and 30 days before, and on the day.")
    )

    def __init__(self, *args: Any, acting: Acting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        givers = Organisation.objects.within(acting.path).as_of(acting.day).filter(kind__in=GIVERS)
        self.fields["giver"].queryset = givers.order_by("path")
        if acting.organisation.kind in GIVERS:
            self.fields["giver"].initial = acting.organisation.pk
        self.fields["year"].initial = acting.day.year
        self.fields["counted_on"].initial = acting.day
        self.fields["report_by"].initial = date(acting.day.year, 12, 31)

    def rates(self) -> Rates:
        said = self.cleaned_data
        return Rates(said["base_fen"], said["per_union_fen"], said["per_member_fen"], said["per_task_fen"])

    def receivers(self, acting: Acting) -> list[Organisation]:
        under = Organisation.objects.within(self.cleaned_data["giver"].path).as_of(acting.day)
        return list(under.filter(kind__in=self.cleaned_data["kinds"]).order_by("path"))


class TasksForm(forms.Form):
    tasks = forms.IntegerField(label=pgettext_lazy("count", "Tasks"), min_value=0, max_value=10_000)


class HandDownForm(forms.Form):
    fund = forms.ModelChoiceField(label=_("Fund"), queryset=None)
    day = DayField(label=_("Day"))

    def __init__(self, *args: Any, acting: Acting, giver: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["fund"].queryset = open_funds(acting, giver)
        self.fields["fund"].label_from_instance = lambda fund: (
            f"{fund.name} · {fund.document_no} · {yuan(fund.free_fen)}"
        )
        self.fields["day"].initial = acting.day


def open_funds(acting: Acting, giver: Organisation) -> QuerySet[Fund]:
    """The giver's own funds that are earmarked for nothing, with what is free in each."""
    return funds(acting.path).filter(organisation=giver, earmarks__isnull=True).order_by("-year", "name", "pk")


class UseForm(forms.Form):
    used_on = DayField(label=_("Used on"))
    purpose = forms.ChoiceField(label=_("Purpose"), choices=GrantUse.Purpose.choices)
    text = forms.CharField(label=_("In words"), max_length=120)
    document_no = forms.CharField(label=_("Number of the voucher"), max_length=60)
    amount_fen = YuanField(label=_("Amount (yuan)"))

    def __init__(self, *args: Any, acting: Acting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["used_on"].initial = acting.day


class ReportForm(forms.Form):
    remark = forms.CharField(
        label=_("Remark"), max_length=200, required=False, help_text=_("Such as: what the rest is kept for.")
    )


class SendBackForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=200, help_text=_("The receiver reads it."))
