"""The grid on its pages: the cells of a scope on a day, one cell, and what falls in none."""

from __future__ import annotations

from datetime import date
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse, reverse_lazy
from django.utils.functional import cached_property
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from chunyu.accounts.below import organisations_below
from chunyu.accounts.roles import ORGANISING_ROLES, READ_ORGANISING_ROLES
from chunyu.audit.record import record
from chunyu.federation.models import Organisation
from chunyu.organising.days import asked_day
from chunyu.organising.grid import actions, queries
from chunyu.organising.grid.forms import AssignForm, CellForm, DayForm, KeeperForm, StationForm
from chunyu.organising.grid.tables import CellPlace, GridCell
from chunyu.registry.employers.tables import Enterprise
from chunyu.ui.columns import spoken_day
from chunyu.ui.fields import DAY_INPUT
from chunyu.ui.lists import Column, Empty, ListPage
from chunyu.ui.pages import Action, Crumb, DetailPage, FormPage


class CellFilter(django_filters.FilterSet):
    station = django_filters.ChoiceFilter(
        field_name="organisation", label=_("Service station"), choices=(), empty_label=_("every station")
    )
    kept = django_filters.ChoiceFilter(
        label=_("Keeper"),
        choices=[("no", _("without a keeper")), ("yes", _("with a keeper"))],
        empty_label=_("with or without"),
        method="by_keeper",
    )
    on = django_filters.DateFilter(method="by_day", label=_("As of"), widget=DAY_INPUT, help_text="")

    class Meta:
        model = GridCell
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, request=request, **kwargs)
        found = queries.stations(request.acting.path, request.acting.day)
        self.filters["station"].extra["choices"] = list(found.values_list("pk", "name"))

    def by_keeper(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(keeper__isnull=value == "no")

    def by_day(self, rows: QuerySet, name: str, value: Any) -> QuerySet:
        return rows  # the list itself is of that day


class ListOfADay(ListPage):
    """A list as of a day in its address."""

    @property
    def day(self) -> date:
        return asked_day(self.request, self.acting.day)

    @property
    def as_of(self) -> str:
        return _now("as of %(day)s") % {"day": spoken_day(self.day)}


class Cells(ListOfADay):
    roles = READ_ORGANISING_ROLES
    title = _("Service grid")
    model = GridCell
    columns = (
        Column("name", pgettext_lazy("grid", "Cell"), link="organising:cell", note="area"),
        Column("organisation__name", _("Service station")),
        Column(
            "keeper",
            _("Keeper"),
            kind="tag",
            value=lambda row: row.keeper or _now("nobody"),
            tone=lambda row: "plain" if row.keeper else "seal",
            sort="keeper",
        ),
        Column("firms", _("Employers"), kind="number"),
        Column("villages", _("Villages"), kind="number"),
        Column("valid_from", _("Since"), kind="date"),
    )
    search = ("name", "area", "organisation__name", "keeper")
    search_hint = _("Cell, place, station or keeper")
    filter_class = CellFilter
    sort = "organisation__name"
    export_name = "grid"
    empty = Empty(
        _("No cell yet"),
        _("Open a service station, then its cells, and put every employer and village in one."),
        Action(_("Open a cell"), reverse_lazy("organising:open-cell")),
    )

    def rows(self) -> QuerySet[GridCell]:
        return queries.cells(self.acting.path, self.day)

    def actions(self) -> list[Action]:
        inside = [Action(_now("In no cell"), reverse("organising:uncovered"))]
        if self.acting.role in ORGANISING_ROLES:
            inside += [
                Action(_now("Open a station"), reverse("organising:open-station")),
                Action(_now("Open a cell"), reverse("organising:open-cell"), style="primary"),
            ]
        return inside

    def exported(self, kind: str, count: int) -> None:
        record(self.acting, "organising.export_grid", self.acting.organisation, f"{kind} {count}")


def way_here() -> list[Crumb]:
    return [(_now("Service grid"), reverse("organising:grid"))]


class OneCell(DetailPage):
    model = GridCell

    def rows(self) -> QuerySet[GridCell]:
        return GridCell.objects.within(self.acting.path).select_related("organisation__parent")

    def crumbs(self) -> list[Crumb]:
        crumbs = way_here()
        if type(self) is not CellPage:
            crumbs.append((self.object.name, self.there()))
        return crumbs

    def there(self) -> str:
        return reverse("organising:cell", args=[self.object.pk])


class CellPage(OneCell):
    roles = READ_ORGANISING_ROLES
    template_name = "organising/cell.html"

    def actions(self) -> list[Action]:
        if self.acting.role not in ORGANISING_ROLES or self.object.valid_to:
            return []
        here = [self.object.pk]
        return [
            Action(_now("Put in this cell"), reverse("organising:assign-to-cell", args=here), style="primary"),
            Action(_now("Change the keeper"), reverse("organising:keeper", args=here)),
            Action(_now("Close the cell"), reverse("organising:close-cell", args=here), style="quiet"),
        ]

    def context(self, **more: Any) -> dict[str, Any]:
        day = asked_day(self.request, self.acting.day)
        inside = list(queries.in_cell(self.object, day))
        keepers = self.object.keepers.select_related("post__user", "post__organisation").order_by("-valid_from")
        return super().context(
            cell=self.object,
            day=day,
            inside=inside,
            firms=sum(1 for each in inside if each.enterprise_id),
            villages=sum(1 for each in inside if each.village_id),
            keepers=list(keepers),
            keeper=next((each for each in keepers.as_of(day)), None),
            writes=self.acting.role in ORGANISING_ROLES and day == self.acting.day,
            **more,
        )


class OpenStation(FormPage):
    roles = ORGANISING_ROLES
    title = _("Open a station")
    form_class = StationForm

    def crumbs(self) -> list[Crumb]:
        return way_here()

    def form_arguments(self) -> dict[str, Any]:
        return {"acting": self.acting}

    def cancel_url(self) -> str:
        return reverse("organising:grid")

    def submit(self, form: forms.Form) -> str:
        said = form.cleaned_data
        actions.open_station(self.acting, said["above"], said["name"], on=said["on"])
        self.say(_now("The station is open. Now open its cells."))
        return reverse("organising:open-cell")


class OpenCell(OpenStation):
    title = _("Open a cell")
    form_class = CellForm

    def submit(self, form: forms.Form) -> str:
        said = form.cleaned_data
        cell = actions.open_cell(self.acting, said["station"], name=said["name"], area=said["area"], on=said["on"])
        self.say(_now("The cell is open. Say who keeps it and what falls in it."))
        return reverse("organising:cell", args=[cell.pk])


class CellFormPage(OneCell, FormPage):
    roles = ORGANISING_ROLES

    def form_arguments(self) -> dict[str, Any]:
        return {"acting": self.acting}

    def cancel_url(self) -> str:
        return self.there()


class Keeper(CellFormPage):
    title = _("Change the keeper")
    form_class = KeeperForm
    introduction = _("Whoever kept the cell until now hands it over on that day.")

    def submit(self, form: forms.Form) -> str:
        said = form.cleaned_data
        actions.give_to_keeper(self.acting, self.object, post=said["post"], person=said["person"], on=said["on"])
        self.say(_now("The cell has its keeper."))
        return self.there()


class CloseCell(CellFormPage):
    title = _("Close the cell")
    form_class = DayForm
    introduction = _("What falls in it will be in no cell from that day on, until it is put in another.")

    def submit(self, form: forms.Form) -> str:
        actions.close_cell(self.acting, self.object, on=form.cleaned_data["on"])
        self.say(_now("Closed. On earlier days the cell is still there."))
        return self.there()


class AssignToCell(CellFormPage):
    """What falls in none around the station of a cell, put in it together."""

    title = _("Put in this cell")
    form_class = AssignForm

    def form_arguments(self) -> dict[str, Any]:
        around = queries.around(self.object.organisation, self.acting.path)
        return {"acting": self.acting, "path": around, "into": self.object}

    def submit(self, form: forms.Form) -> str:
        return assigned(self, form)


class Assign(FormPage):
    """The same for everything that falls in none under the post, or under one organisation of it."""

    roles = ORGANISING_ROLES
    title = _("Put many in a cell")
    form_class = AssignForm
    introduction = _("The first 200 of each are shown. Search the list of those in no cell for others.")

    def crumbs(self) -> list[Crumb]:
        return [*way_here(), (_now("In no cell"), reverse("organising:uncovered"))]

    @cached_property
    def under(self) -> str:
        path = self.request.GET.get("under", "")
        return path if Organisation.objects.within(self.acting.path).filter(path=path).exists() else self.acting.path

    def form_arguments(self) -> dict[str, Any]:
        return {"acting": self.acting, "path": self.under}

    def cancel_url(self) -> str:
        return reverse("organising:uncovered")

    def submit(self, form: forms.Form) -> str:
        return assigned(self, form)


def assigned(page: FormPage, form: forms.Form) -> str:
    said = form.cleaned_data
    count = actions.put_in_cell(
        page.acting, said["cell"], enterprises=said["firms"], villages=said["villages"], on=said["on"]
    )
    page.say(ngettext("%(count)s put in the cell.", "%(count)s put in the cell.", count) % {"count": count})
    return reverse("organising:cell", args=[said["cell"].pk])


class TakeOut(DetailPage, FormPage):
    roles = ORGANISING_ROLES
    model = CellPlace
    title = _("Take out of the cell")
    form_class = DayForm

    def rows(self) -> QuerySet[CellPlace]:
        return CellPlace.objects.within(self.acting.path).select_related("cell", "enterprise", "village")

    def heading(self) -> str:
        return f"{self.title}: {self.object}"

    def crumbs(self) -> list[Crumb]:
        return [*way_here(), (self.object.cell.name, self.cancel_url())]

    def form_arguments(self) -> dict[str, Any]:
        return {"acting": self.acting}

    def cancel_url(self) -> str:
        return reverse("organising:cell", args=[self.object.cell_id])

    def submit(self, form: forms.Form) -> str:
        actions.take_out(self.acting, self.object, on=form.cleaned_data["on"])
        self.say(_now("Taken out; it stands among those in no cell."))
        return self.cancel_url()


class UnderFilter(django_filters.FilterSet):
    under = django_filters.ChoiceFilter(
        method="by_organisation", label=_("Organisation"), choices=(), empty_label=_("every organisation")
    )
    on = django_filters.DateFilter(method="by_day", label=_("As of"), widget=DAY_INPUT, help_text="")

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, request=request, **kwargs)
        self.filters["under"].extra["choices"] = organisations_below(request.acting)

    def by_organisation(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.within(value)

    def by_day(self, rows: QuerySet, name: str, value: Any) -> QuerySet:
        return rows  # the list itself is of that day


class InNoCell(ListOfADay):
    """Shared by the two lists of what falls in no cell."""

    roles = READ_ORGANISING_ROLES
    filter_class = UnderFilter
    template_name = "organising/uncovered.html"
    empty = Empty(_("Nothing is left out"), _("Every employer, village and community falls in a cell."))

    def crumbs(self) -> list[Crumb]:
        return way_here()

    def actions(self) -> list[Action]:
        if self.acting.role not in ORGANISING_ROLES:
            return []
        under = self.request.GET.get("under", "")
        there = reverse("organising:assign")
        return [Action(_now("Put many in a cell"), f"{there}?under={under}" if under else there, style="primary")]

    def context(self, **more: Any) -> dict[str, Any]:
        firms = queries.firms_in_none(self.acting.path, self.day).count()
        villages = queries.villages_in_none(self.acting.path, self.day).count()
        of_firms = self.model is Enterprise
        return super().context(
            tabs=[
                {
                    "label": _now("Employers"),
                    "url": reverse("organising:uncovered"),
                    "current": of_firms,
                    "count": firms,
                },
                {
                    "label": _now("Villages and communities"),
                    "url": reverse("organising:uncovered-villages"),
                    "current": not of_firms,
                    "count": villages,
                },
            ],
            **more,
        )


class Uncovered(InNoCell):
    title = _("Employers in no cell")
    model = Enterprise
    columns = (
        Column("name", _("Employer"), link="organising:employer"),
        Column("organisation__name", _("Answered for by")),
        Column("address", _("Address")),
        Column("known_from", _("Known since"), kind="date"),
    )
    search = ("name", "address")
    sort = "name"
    export_name = "employers-in-no-cell"

    def rows(self) -> QuerySet[Enterprise]:
        return queries.firms_in_none(self.acting.path, self.day).select_related("organisation")


class UncoveredVillages(InNoCell):
    title = _("Villages and communities in no cell")
    model = Organisation
    columns = (
        Column("name", pgettext_lazy("grid", "Village or community"), link="organising:union"),
        Column("parent__name", _("Under")),
        Column("founded_on", _("Founded on"), kind="date"),
    )
    search = ("name",)
    sort = "path"
    export_name = "villages-in-no-cell"

    def rows(self) -> QuerySet[Organisation]:
        return queries.villages_in_none(self.acting.path, self.day).select_related("parent")
