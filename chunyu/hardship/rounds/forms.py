"""What a planner enters: programmes with their bounds, funds with their budgets, limits of counties."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from chunyu.accounts.acting import Acting
from chunyu.hardship.rounds import queries
from chunyu.hardship.rounds.actions import Bounds, Inputs, Limit
from chunyu.hardship.rounds.models import Round
from chunyu.hardship.wording import language
from chunyu.ledger.forms import YuanField
from chunyu.rulebooks.in_force import rulebook_of
from chunyu.ui.templatetags.show import yuan

BOUNDS = {
    "cap": _("Most per household (yuan)"),
    "floor": _("Owed to each (yuan)"),
    "minimum": _("Least grant (yuan)"),
    "handling": _("Handling of one award (yuan)"),
}
BUDGET = _("Budget of the round (yuan)")
LIMITS = {"households": _("Most households"), "money": _("Most money (yuan)")}


@dataclass(frozen=True)
class FormRow:
    """A row of the form's tables: what it is about, a second line, its fields by column, and if it takes part."""

    label: str
    note: str
    cells: tuple[tuple[Any, BoundField], ...]
    chosen: BoundField | None = None


class RoundForm(forms.Form):
    name = forms.CharField(label=_("Name of the round"), max_length=120)

    def __init__(self, *args: Any, acting: Acting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        every = rulebook_of(acting.organisation, acting.day).programmes.values()
        self.offered = [each for each in every if each.calendar.is_open(acting.day) and each.apply_at is None]
        self.funds = queries.funds_for(acting.organisation)
        self.counties = queries.counties_under(acting.organisation)
        for programme in self.offered:
            label = programme.label(language())
            self.fields[f"in-{programme.code}"] = forms.BooleanField(label=label, required=False)
            for name, title in BOUNDS.items():
                self._money(f"{name}-{programme.code}", label, title)
        for fund in self.funds:
            self._money(f"budget-{fund.pk}", fund.name, BUDGET)
        for county in self.counties:
            title = _now("%(label)s: %(value)s") % {"label": county.name, "value": LIMITS["households"]}
            field = forms.IntegerField(label=title, required=False, min_value=0, max_value=10_000_000)
            self.fields[f"households-{county.pk}"] = self._named(field, title)
            self._money(f"money-{county.pk}", county.name, LIMITS["money"])

    def _money(self, name: str, about: str, title: Any) -> None:
        label = _now("%(label)s: %(value)s") % {"label": about, "value": title}
        self.fields[name] = self._named(YuanField(label=label, required=False), label)

    @staticmethod
    def _named(field: forms.Field, label: str) -> forms.Field:
        """A field of a table: the column's head is above it, so its name is said to screen readers alone."""
        field.widget = forms.TextInput(attrs={"class": "form-control", "inputmode": "decimal", "aria-label": label})
        return field

    @property
    def programme_rows(self) -> Iterator[FormRow]:
        for each in self.offered:
            cells = tuple((title, self[f"{name}-{each.code}"]) for name, title in BOUNDS.items())
            yield FormRow(each.label(language()), each.for_whom(language()), cells, self[f"in-{each.code}"])

    @property
    def fund_rows(self) -> Iterator[FormRow]:
        for fund in self.funds:
            free = _now("free: %(amount)s yuan") % {"amount": yuan(fund.free_fen)}
            earmarks = _now(", ").join(str(each) for each in fund.earmarks.all()) or _now("any programme")
            yield FormRow(fund.name, f"{free} · {earmarks}", ((BUDGET, self[f"budget-{fund.pk}"]),))

    @property
    def county_rows(self) -> Iterator[FormRow]:
        for county in self.counties:
            cells = tuple((title, self[f"{name}-{county.pk}"]) for name, title in LIMITS.items())
            yield FormRow(county.name, "", cells)

    def inputs(self) -> Inputs:
        given = self.cleaned_data
        return Inputs(
            name=given["name"],
            programmes={
                each.code: Bounds(
                    cap_fen=given[f"cap-{each.code}"],
                    floor_fen=given[f"floor-{each.code}"] or 0,
                    minimum_fen=given[f"minimum-{each.code}"] or 0,
                    handling_fen=given[f"handling-{each.code}"] or 0,
                )
                for each in self.offered
                if given[f"in-{each.code}"]
            },
            budgets={fund: fen for fund in self.funds if (fen := given[f"budget-{fund.pk}"])},
            limits={
                county: Limit(given[f"households-{county.pk}"], given[f"money-{county.pk}"])
                for county in self.counties
                if given[f"households-{county.pk}"] is not None or given[f"money-{county.pk}"] is not None
            },
        )


def entered(planned: Round) -> dict[str, Any]:
    """What was entered for a round, as the form's initial values."""
    values: dict[str, Any] = {"name": planned.name}
    for each in planned.programmes.all():
        values[f"in-{each.programme}"] = True
        for name in BOUNDS:
            values[f"{name}-{each.programme}"] = _typed(getattr(each, f"{name}_fen"))
    for source in planned.sources.all():
        values[f"budget-{source.fund_id}"] = _typed(source.budget_fen)
    for quota in planned.quotas.all():
        values[f"households-{quota.county_id}"] = quota.households
        values[f"money-{quota.county_id}"] = _typed(quota.fen)
    return values


def _typed(fen: int | None) -> str:
    return "" if not fen else yuan(fen)


class SendBackForm(forms.Form):
    why = forms.CharField(
        label=_("What should be changed"), max_length=300, widget=forms.Textarea(attrs={"rows": 3, "maxlength": 300})
    )
