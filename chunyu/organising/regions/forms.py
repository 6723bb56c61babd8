"""What is entered to rename, move, merge or split a region."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.acting import Acting
from chunyu.federation.models import Organisation, Region
from chunyu.federation.regions import LEVELS, Entry, Part
from chunyu.organising.regions.queries import regions_seen, units_of
from chunyu.ui.fields import DayField

PARTS = 3  # new regions that one split may open
STAYS, NEW = "stays", "new"
SAME_KIND = [("", _("as before")), *Region.Kind.choices]


def code_field(label: Any, **more: Any) -> forms.RegexField:
    return forms.RegexField(
        r"^\d{2,12}$", label=label, error_messages={"invalid": _("A region code is 2 to 12 digits.")}, **more
    )


def name_field(label: Any, **more: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=60, **more)


def kind_field(**more: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=pgettext_lazy("region", "Kind"), choices=SAME_KIND, required=False, **more)


class RegionForm(forms.Form):
    """A change of one region from a day on, by a decision."""

    code = code_field(_("Region code"))
    name = name_field(_("Official name"))
    kind = kind_field()
    on = DayField(label=_("Takes effect on"), help_text=_("The first day of the new division."))
    source = forms.CharField(
        label=_("By which decision"), max_length=200, help_text=_("The document that orders it, with its number.")
    )

    def __init__(self, *args: Any, region: Region, acting: Acting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.region, self.acting = region, acting
        self.fields["code"].initial, self.fields["name"].initial = region.code, region.name
        self.fields["on"].initial = acting.day

    @property
    def entry(self) -> Entry:
        given = self.cleaned_data
        return Entry(given["code"], given["name"].strip(), given["kind"])

    def seen_today(self) -> Any:
        return regions_seen(self.acting).as_of(self.acting.day).order_by("code")


class MoveRegionForm(RegionForm):
    parent = forms.ModelChoiceField(label=_("Under which region"), queryset=None)
    field_order = ("parent", "code", "name", "kind", "on", "source")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        higher = LEVELS[: LEVELS.index(self.region.level)]
        self.fields["parent"].queryset = self.seen_today().filter(level__in=higher).exclude(pk=self.region.parent_id)


class MergeForm(RegionForm):
    others = forms.ModelMultipleChoiceField(
        label=_("Merged with"),
        queryset=None,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Regions under the same one. One that lies elsewhere is moved first, on an earlier day."),
    )
    into = forms.ChoiceField(label=_("What goes on"), widget=forms.RadioSelect)
    code = code_field(_("Code of the new region"), required=False)
    name = name_field(_("Name of the new region"), required=False)
    field_order = ("others", "into", "code", "name", "kind", "on", "source")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sisters = self.seen_today().filter(parent=self.region.parent_id, level=self.region.level)
        self.fields["others"].queryset = sisters.exclude(pk=self.region.pk)
        self.fields["into"].choices = [(STAYS, self.region.name), (NEW, _("a new region"))]
        self.fields["into"].initial = STAYS
        self.fields["code"].initial = self.fields["name"].initial = ""

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if given.get("into") == NEW:
            for name in ("code", "name"):
                if not given.get(name) and name not in self.errors:
                    self.add_error(name, _now("A new region needs a code and a name."))
        return given

    @property
    def merged(self) -> list[Region]:
        """The regions that end: this one too, where a new one takes the place of all."""
        others = list(self.cleaned_data["others"])
        return [self.region, *others] if self.cleaned_data["into"] == NEW else others

    @property
    def goes_on(self) -> Region | Entry:
        return self.entry if self.cleaned_data["into"] == NEW else self.region


class SplitForm(RegionForm):
    """What stays keeps the federation; up to three parts become regions, and each unit is sent to one of them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = _now("Code of what stays")
        self.fields["name"].label = _now("Name of what stays")
        for number in range(1, PARTS + 1):
            words, first = {"number": number}, number == 1
            self.fields[f"code_{number}"] = code_field(_now("Code of part %(number)s") % words, required=first)
            self.fields[f"name_{number}"] = name_field(_now("Name of part %(number)s") % words, required=first)
            self.fields[f"kind_{number}"] = kind_field()
            self.fields[f"kind_{number}"].label = _now("Kind of part %(number)s") % words
        self.units = units_of(self.region, self.acting.day)
        goals = [(STAYS, _now("stays"))]
        goals += [(str(number), _now("to part %(number)s") % {"number": number}) for number in range(1, PARTS + 1)]
        for unit in self.units:
            self.fields[f"unit_{unit.pk}"] = forms.ChoiceField(label=unit.name, choices=goals, initial=STAYS)
        self.order_fields([name for name in self.fields if name not in ("on", "source")] + ["on", "source"])

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        for unit in self.units:
            goal = given.get(f"unit_{unit.pk}", STAYS)
            if goal != STAYS and not given.get(f"name_{goal}"):
                self.add_error(f"unit_{unit.pk}", _now("This part has no name yet."))
        for number in range(2, PARTS + 1):
            if bool(given.get(f"code_{number}")) != bool(given.get(f"name_{number}")):
                self.add_error(f"code_{number}", _now("A new region needs a code and a name."))
        return given

    @property
    def parts(self) -> list[Part]:
        given = self.cleaned_data
        return [
            Part(
                Entry(given[f"code_{number}"], given[f"name_{number}"].strip(), given[f"kind_{number}"]),
                self._sent_to(str(number)),
            )
            for number in range(1, PARTS + 1)
            if given[f"name_{number}"]
        ]

    def _sent_to(self, goal: str) -> tuple[Organisation, ...]:
        return tuple(unit for unit in self.units if self.cleaned_data[f"unit_{unit.pk}"] == goal)
