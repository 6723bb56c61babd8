"""Regions on the screen: the list of any day, one region with where it came from, and the four changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, cast

import django_filters
from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.federation.models import Region
from chunyu.organising.regions import actions, queries
from chunyu.organising.regions.forms import MergeForm, MoveRegionForm, RegionForm, SplitForm
from chunyu.organising.regions.rulebook_values import left_behind
from chunyu.organising.structure.pages import ChangePage, titled
from chunyu.organising.structure.rehearsal import Effect
from chunyu.organising.tree.pages import READERS
from chunyu.ui.columns import spoken_day
from chunyu.ui.fields import DAY_INPUT
from chunyu.ui.lists import Column, Empty, ListPage
from chunyu.ui.pages import Action, Crumb, DetailPage

PLACED_SHOWN = 50


def day_asked(text: str, today: date) -> date:
    """The day that a reader asks for; today for none, for nonsense and for a day to come."""
    try:
        return min(date.fromisoformat(text), today)
    except ValueError:
        return today


class RegionFilter(django_filters.FilterSet):
    on = django_filters.DateFilter(method="as_it_is", label=_("On"), widget=DAY_INPUT, help_text="")
    level = django_filters.ChoiceFilter(label=_("Level"), choices=Region.Level.choices, empty_label=_("every level"))
    under = django_filters.ChoiceFilter(
        field_name="parent", label=pgettext_lazy("region", "Under"), choices=(), empty_label=_("every region")
    )

    class Meta:
        model = Region
        fields: tuple[str, ...] = ()

    def __init__(self, data: Any = None, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(data, *args, request=request, **kwargs)
        day = day_asked((data or {}).get("on", ""), request.acting.day)
        cities = queries.cities_on(request.acting, day)
        self.filters["under"].extra["choices"] = [(str(key), name) for key, name in cities.values_list("pk", "name")]

    def as_it_is(self, rows: QuerySet, name: str, value: Any) -> QuerySet:
        """The page has chosen the rows of the day already."""
        return rows


class Regions(ListPage):
    roles = READERS
    title = _("Regions")
    model = Region
    columns = (
        Column("code", _("Region code"), link="organising:region"),
        Column("name", _("Official name"), link="organising:region"),
        Column("level", _("Level")),
        Column("kind", pgettext_lazy("region", "Kind")),
        Column("parent__name", pgettext_lazy("region", "Under")),
        Column("placed", _("Organisations placed there"), kind="number"),
        Column("valid_from", _("From"), kind="date"),
        Column("valid_to", _("until before"), kind="date"),
    )
    search = ("code", "name")
    search_hint = _("Name or code of a region")
    filter_class = RegionFilter
    sort = "code"
    export_name = "regions"
    empty = Empty(_("No region held on this day"), _("Choose a later day, or take out what narrows the list."))

    @cached_property
    def day(self) -> date:
        return day_asked(self.chosen.get("on", ""), self.acting.day)

    def rows(self) -> QuerySet[Region]:
        return queries.entries_on(self.acting, self.day)

    @property
    def as_of(self) -> str:
        return _now("as of %(day)s") % {"day": spoken_day(self.day)}

    def crumbs(self) -> list[Crumb]:
        return [(_now("Family tree"), reverse("organising:tree"))]


class OneRegion(DetailPage):
    model = Region

    def rows(self) -> QuerySet[Region]:
        return queries.regions_seen(self.acting).select_related("parent")

    def crumbs(self) -> list[Crumb]:
        return [(str(Regions.title), reverse("organising:regions"))]


class RegionPage(OneRegion):
    """One entry: what holds of it, where it came from, what became of it, and who is placed there."""

    roles = READERS
    template_name = "organising/region.html"

    def actions(self) -> list[Action]:
        region = self.object
        if region.valid_to is not None and region.valid_to <= self.acting.day:
            return []
        barred = actions.may_change(self.acting)
        if barred is not None and self.acting.role not in ChangePage.roles:
            return []
        ways = [(RenameRegion, "rename-region")]
        if region.pk != self.acting.organisation.region_id:
            ways += [(MoveRegion, "move-region"), (MergeRegions, "merge-regions"), (SplitRegion, "split-region")]
        return [
            Action.judged(str(page.title), reverse(f"organising:{name}", args=[region.pk]), barred)
            for page, name in ways
        ]

    def context(self, **more: Any) -> dict[str, Any]:
        region, today = self.object, self.acting.day
        day = queries.last_day(region, today)
        placed = queries.placed_in(region, day)
        return super().context(
            region=region,
            day=day,
            lineage=queries.lineage(region),
            below=list(Region.objects.as_of(day).filter(parent=region).order_by("code")),
            count=placed.count(),
            placed=[(each, self.acting.sees(each.organisation.path)) for each in placed[:PLACED_SHOWN]],
            **more,
        )


class ChangeRegion(ChangePage):
    """A change of one region that holds today."""

    @cached_property
    def region(self) -> Region:
        seen = queries.regions_seen(self.acting).as_of(self.acting.day).select_related("parent")
        return self.find(seen, pk=self.kwargs["pk"])

    def heading(self) -> str:
        return titled(self.title, self.region.name)

    def crumbs(self) -> list[Crumb]:
        return [(str(Regions.title), reverse("organising:regions")), (self.region.name, self.cancel_url())]

    def form_arguments(self) -> dict[str, Any]:
        return {"region": self.region, "acting": self.acting}

    def cancel_url(self) -> str:
        return reverse("organising:region", args=[self.region.pk])

    def warnings(self, effect: Effect, day: date) -> list[str]:
        return left_behind(effect.codes_ended, effect.codes_opened, day)

    def done(self, result: Region) -> str:
        return reverse("organising:region", args=[result.pk])


class RenameRegion(ChangeRegion):
    title = pgettext_lazy("region", "Rename or recode")
    form_class = RegionForm

    def act_of(self, form: forms.Form) -> Callable[[], Region]:
        given, entry = form.cleaned_data, cast(RegionForm, form).entry
        return lambda: actions.rename_region(self.acting, self.region, entry, on=given["on"], source=given["source"])


class MoveRegion(ChangeRegion):
    title = pgettext_lazy("region", "Move")
    form_class = MoveRegionForm

    def act_of(self, form: forms.Form) -> Callable[[], Region]:
        given, entry = form.cleaned_data, cast(MoveRegionForm, form).entry
        return lambda: actions.move_region(
            self.acting, self.region, given["parent"], entry, on=given["on"], source=given["source"]
        )


class MergeRegions(ChangeRegion):
    title = pgettext_lazy("region", "Merge")
    form_class = MergeForm

    def act_of(self, form: forms.Form) -> Callable[[], Region]:
        given, asked = form.cleaned_data, cast(MergeForm, form)
        merged, into = asked.merged, asked.goes_on
        return lambda: actions.merge_regions(self.acting, merged, into, on=given["on"], source=given["source"])


class SplitRegion(ChangeRegion):
    title = pgettext_lazy("region", "Split")
    form_class = SplitForm
    introduction = _("What stays keeps the federation; every part gets one of its own, with the units sent to it.")

    def act_of(self, form: forms.Form) -> Callable[[], Region]:
        given, asked = form.cleaned_data, cast(SplitForm, form)
        stays, parts = asked.entry, asked.parts
        return lambda: actions.split_region(
            self.acting, self.region, stays, parts, on=given["on"], source=given["source"]
        )[0]
