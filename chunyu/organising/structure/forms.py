"""What is entered to found, rename or move a union, or to tie it to an industry."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.acting import Acting
from chunyu.federation.kinds import INDUSTRY_PARENTS, Kind, may_stand_under
from chunyu.federation.models import Organisation
from chunyu.organising.regions.queries import regions_seen
from chunyu.registry.employers.tables import WITH_MEMBERS
from chunyu.ui.fields import DayField


class UnionForm(forms.Form):
    """A change of one union from a day on."""

    on = DayField(label=_("Takes effect on"), help_text=_("The first day of the new state."))

    def __init__(self, *args: Any, union: Organisation, acting: Acting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.union, self.acting = union, acting
        self.fields["on"].initial = acting.day

    def named(self, text: str, rows: QuerySet[Organisation]) -> Organisation:
        """The one organisation of this name among the rows; a name that several have is told with their superiors."""
        found = list(rows.as_of(self.acting.day).filter(name=text.strip()).select_related("parent")[:6])
        if not found:
            raise forms.ValidationError(_now("No organisation has this name here: write it in full."))
        if len(found) > 1:
            above = _now(", ").join(sorted({each.parent.name for each in found if each.parent}))
            raise forms.ValidationError(_now("Several have this name, under: %(above)s.") % {"above": above})
        return found[0]


class FoundForm(UnionForm):
    name = forms.CharField(label=_("Official name"), max_length=120)
    kind = forms.ChoiceField(label=pgettext_lazy("organisation", "Kind"))
    region = forms.ModelChoiceField(label=_("Region"), queryset=None)
    field_order = ("name", "kind", "region", "on")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [(kind.value, kind.label) for kind in Kind if may_stand_under(kind.value, self.union.kind)]
        self.fields["kind"].choices = kinds
        self.fields["region"].queryset = regions_seen(self.acting).as_of(self.acting.day).order_by("code")
        self.fields["region"].initial = self.union.region_id


class RenameForm(UnionForm):
    name = forms.CharField(label=_("New official name"), max_length=120)
    field_order = ("name", "on")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].initial = self.union.name


class MoveForm(UnionForm):
    parent = forms.CharField(label=_("Under which organisation"), max_length=120, help_text=_("Its full name."))
    field_order = ("parent", "on")

    def clean_parent(self) -> Organisation:
        return self.named(self.cleaned_data["parent"], Organisation.objects.within(self.acting.path))


class TieForm(UnionForm):
    superior = forms.CharField(
        label=_("Industrial union or association"),
        max_length=120,
        required=False,
        help_text=_("Its full name, anywhere in the tree. Empty: it belongs to no industry any more."),
    )
    field_order = ("superior", "on")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tie = self.union.industry_ties.as_of(self.acting.day).select_related("industry_parent").first()
        self.fields["superior"].initial = tie.industry_parent.name if tie else ""

    def clean_superior(self) -> Organisation | None:
        text = self.cleaned_data["superior"].strip()
        return self.named(text, Organisation.objects.filter(kind__in=INDUSTRY_PARENTS)) if text else None


class HandOverForm(UnionForm):
    to = forms.CharField(
        label=_("To which union"),
        max_length=120,
        required=False,
        help_text=_("Its full name; it may be in another county. Empty: its employers have no union any more."),
    )
    reason = forms.CharField(label=_("Reason"), max_length=120)
    field_order = ("to", "on", "reason")

    def clean_to(self) -> Organisation | None:
        text = self.cleaned_data["to"].strip()
        return self.named(text, Organisation.objects.filter(kind__in=WITH_MEMBERS)) if text else None
