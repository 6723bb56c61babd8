"""What is entered about the grid."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.acting import Acting
from chunyu.accounts.models import Post
from chunyu.federation.kinds import PARENTS
from chunyu.federation.models import Organisation
from chunyu.organising.choices import OrganisationField
from chunyu.organising.grid import queries
from chunyu.organising.grid.tables import STATION, GridCell
from chunyu.registry.employers.tables import Enterprise
from chunyu.ui.fields import DayField

BATCH = 200  # firms, and villages, that are put in a cell together


class StationForm(forms.Form):
    above = OrganisationField(label=_("Under which organisation"))
    name = forms.CharField(label=_("Name of the station"), max_length=120)
    on = DayField(label=_("Founded on"))

    def __init__(self, *args: Any, acting: Acting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        standing = Organisation.objects.within(acting.path).as_of(acting.day).filter(kind__in=PARENTS[STATION])
        self.fields["above"].offer(standing.order_by("path"))
        self.fields["on"].initial = acting.day


class CellForm(forms.Form):
    station = OrganisationField(label=_("Service station"))
    name = forms.CharField(label=_("Name of the cell"), max_length=60)
    area = forms.CharField(
        label=_("What it takes in"),
        max_length=200,
        required=False,
        help_text=_("Streets, a park, buildings: as everybody on the spot would say it."),
    )
    on = DayField(label=_("From"))

    def __init__(self, *args: Any, acting: Acting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["station"].offer(queries.stations(acting.path, acting.day))
        self.fields["on"].initial = acting.day


class KeeperForm(forms.Form):
    """Somebody with a post, or a name."""

    post = forms.ModelChoiceField(
        label=_("Somebody with a post"), queryset=None, required=False, empty_label=_("nobody of these")
    )
    person = forms.CharField(label=_("Or a person by name"), max_length=60, required=False)
    on = DayField(label=_("Keeps it from"))

    def __init__(self, *args: Any, acting: Acting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        posts = Post.objects.held_on(acting.day).filter(organisation__in=Organisation.objects.within(acting.path))
        field = self.fields["post"]
        field.queryset = posts.select_related("user", "organisation").order_by("organisation__path", "pk")
        field.label_from_instance = lambda post: f"{post.user.full_name} · {post}"
        self.fields["on"].initial = acting.day

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if bool(said.get("post")) == bool(said.get("person", "").strip()):
            raise forms.ValidationError(_("Choose somebody with a post, or write a name: one of the two."))
        return said


class AssignForm(forms.Form):
    """Many at once. `into` is the cell, when the form is of one."""

    cell = forms.ModelChoiceField(label=pgettext_lazy("grid", "Cell"), queryset=None)
    on = DayField(label=_("From"))
    firms = forms.ModelMultipleChoiceField(
        label=_("Employers in no cell"), queryset=None, widget=forms.CheckboxSelectMultiple, required=False
    )
    villages = forms.ModelMultipleChoiceField(
        label=_("Villages and communities in no cell"),
        queryset=None,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def __init__(self, *args: Any, acting: Acting, path: str, into: GridCell | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["cell"].queryset = queries.cells(acting.path, acting.day).order_by("organisation__path", "name")
        self.fields["cell"].label_from_instance = lambda cell: f"{cell.organisation} · {cell}"
        self.fields["cell"].initial = into.pk if into else None
        self.fields["on"].initial = acting.day
        self.fields["firms"].queryset = first_firms(path, acting)
        self.fields["firms"].label_from_instance = lambda firm: f"{firm.name} · {firm.organisation}"
        self.fields["villages"].queryset = first_villages(path, acting)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if not said.get("firms") and not said.get("villages"):
            raise forms.ValidationError(_("Tick at least one employer, village or community."))
        return said


def first_firms(path: str, acting: Acting) -> QuerySet[Enterprise]:
    found = queries.firms_in_none(path, acting.day).order_by("scope_path", "name").values("pk")[:BATCH]
    rows = Enterprise.objects.filter(pk__in=found).select_related("organisation")
    return rows.order_by("scope_path", "name", "pk")


def first_villages(path: str, acting: Acting) -> QuerySet[Organisation]:
    found = queries.villages_in_none(path, acting.day).order_by("path").values("pk")[:BATCH]
    return Organisation.objects.filter(pk__in=found).order_by("path")


class DayForm(forms.Form):
    on = DayField(label=_("First day without it"))

    def __init__(self, *args: Any, acting: Acting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].initial = acting.day
