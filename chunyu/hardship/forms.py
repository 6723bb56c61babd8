"""What is entered on this room's pages."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from chunyu.casework.models.case import Channel
from chunyu.hardship.wording import language
from chunyu.policy.kinds import Kind
from chunyu.policy.pack import Fact as PackFact
from chunyu.policy.pack import Pack
from chunyu.registry.fact_names import FACT_NAMES, OF_THE_PERSON
from chunyu.registry.models import Fact, Household
from chunyu.ui.fields import DayField

# How a family itself may ask; what a round opens was asked by nobody.
ASKED = [(each.value, each.label) for each in Channel if each != Channel.ROUND]
YES_NO = (("yes", _("yes")), ("no", _("no")))
HOUSEHOLD = ""


class ApplicationForm(forms.Form):
    channel = forms.ChoiceField(label=_("How the family asked"), choices=ASKED, initial=Channel.COUNTER)


class FactChoice(forms.Form):
    """Which fact, about whom: the first step of stating one."""

    fact = forms.ChoiceField(label=_("What is stated"))

    def __init__(self, *args: Any, pack: Pack, household: Household, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = [(name_of(fact), fact.label(language())) for fact in statable(pack, "household")]
        groups: list[tuple[str, list[tuple[str, str]]]] = [(str(_("The household")), own)]
        for member in household.members.filter(left_on__isnull=True).order_by("-is_worker", "relation"):
            theirs = [(name_of(fact, str(member.pk)), fact.label(language())) for fact in statable(pack, "member")]
            groups.append((member.name, theirs))
        self.fields["fact"].choices = groups


class StatedFactForm(forms.Form):
    """The value of one fact, where it comes from, and the day it was stated."""

    source = forms.ChoiceField(
        label=_("Where it comes from"),
        choices=[
            (Fact.Source.DECLARED, _("declared by the family")),
            (Fact.Source.VERIFIED, _("verified by an officer, with a paper or a visit")),
            (Fact.Source.MATCHED, _("answered by another department's register")),
        ],
    )
    on = DayField(label=_("Stated on"))
    note = forms.CharField(
        label=_("Note"), required=False, max_length=200, help_text=_("Such as: wage slips of twelve months.")
    )

    reason = forms.CharField(
        label=_("Why it changes"),
        required=False,
        max_length=200,
        help_text=_(
            "Needed where a decision or a payment rests on what is on file: another person then decides the change."
        ),
    )

    def __init__(self, *args: Any, fact: PackFact, day: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fact, self.day = fact, day
        self.fields["on"].initial = day
        self.fields = {"value": _value_field(fact)} | self.fields

    def clean_on(self) -> date:
        on = self.cleaned_data["on"]
        if on > self.day:
            raise forms.ValidationError(_("A statement cannot be of a day to come."))
        return on

    @property
    def value(self) -> int | bool | str | date:
        entered = self.cleaned_data["value"]
        if self.fact.type.kind is Kind.MONEY:
            return int(entered * 100)
        return entered == "yes" if self.fact.type.kind is Kind.FLAG else entered


def statable(pack: Pack, entity: str) -> list[PackFact]:
    """The facts that the rulebook asks for and that the registry takes in by hand."""
    facts = pack.household_facts if entity == "household" else pack.member_facts
    return [fact for fact in facts if fact.name in FACT_NAMES and fact.name not in OF_THE_PERSON]


def name_of(fact: PackFact, member: str = HOUSEHOLD) -> str:
    return f"{fact.name}:{member}"


def _value_field(fact: PackFact) -> forms.Field:
    label, kind = fact.label(language()), fact.type.kind
    if kind is Kind.MONEY:
        units = {"yuan": _("yuan"), "yuan/month": _("yuan a month")}
        unit = units.get(FACT_NAMES[fact.name].unit, _("yuan in twelve months"))
        return forms.DecimalField(
            label=label, min_value=Decimal(0), max_digits=12, decimal_places=2, help_text=unit,
            widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "0.01"}),
        )  # fmt: skip
    if kind is Kind.COUNT:
        return forms.IntegerField(label=label, min_value=0, max_value=99)
    if kind is Kind.FLAG:
        return forms.ChoiceField(label=label, choices=YES_NO, widget=forms.RadioSelect)
    if kind is Kind.CODE:
        return forms.ChoiceField(label=label, choices=[(code, word(language())) for code, word in fact.values.items()])
    return DayField(label=label)


class BankCardForm(forms.Form):
    bank_name = forms.CharField(label=_("Bank"), max_length=80)
    card = forms.CharField(
        label=_("Card number"),
        max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
