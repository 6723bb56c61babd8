"""Employers: the list with the gaps in it, one employer, and what is stated about it."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.below import ABOVE_COUNTY, organisations_below
from chunyu.accounts.roles import ORGANISING_ROLES, READ_ORGANISING_ROLES
from chunyu.audit.record import record
from chunyu.organising.employers.forms import ClosingForm, CoverForm, EmployerForm, HeadcountForm
from chunyu.organising.founding.pages import TAKING_ON
from chunyu.registry.employers import actions
from chunyu.registry.employers.codes import INDUSTRY, PUBLIC
from chunyu.registry.employers.queries import counted, here_on, uncovered
from chunyu.registry.employers.tables import Enterprise
from chunyu.ui.lists import Column, Empty, ListPage
from chunyu.ui.pages import Action, Crumb, DetailPage, FormPage


class EmployerFilter(django_filters.FilterSet):
    covered = django_filters.ChoiceFilter(
        label=_("Union"),
        empty_label=_("with or without"),
        choices=[("no", _("without a union")), ("yes", _("with a union"))],
        method="by_cover",
    )
    size = django_filters.NumberFilter(
        label=_("At least … workers"), field_name="workers_then", lookup_expr="gte", min_value=0
    )
    sector = django_filters.ChoiceFilter(
        label=_("Sector"),
        empty_label=_("every sector"),
        choices=[("non_public", _("non-public firms")), ("public", _("public employers"))],
        method="by_sector",
    )
    industry = django_filters.ChoiceFilter(
        label=_("Industry"), choices=INDUSTRY.choices, empty_label=_("every industry")
    )
    under = django_filters.ChoiceFilter(
        method="by_organisation", label=_("Organisation"), choices=(), empty_label=_("every organisation")
    )

    class Meta:
        model = Enterprise
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, request=request, **kwargs)
        self.filters["under"].extra["choices"] = organisations_below(request.acting)

    def by_cover(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return uncovered(rows, self.request.acting.day) if value == "no" else rows.filter(covering__isnull=False)

    def by_sector(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(ownership__in=PUBLIC) if value == "public" else rows.exclude(ownership__in=PUBLIC)

    def by_organisation(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.within(value)


class Employers(ListPage):
    roles = READ_ORGANISING_ROLES
    title = _("Employers")
    model = Enterprise
    columns = (
        Column("name", _("Employer"), link="organising:employer", note="get_industry_display"),
        Column("workers_then", pgettext_lazy("count", "Workers"), kind="number"),
        Column("migrants", _("Migrant workers"), kind="number"),
        Column(
            "covering_name",
            _("Union"),
            kind="tag",
            value=lambda row: row.covering_name or _now("no union"),
            tone=lambda row: "plain" if row.covering_name else "seal",
            sort="covering_name",
        ),
        Column("ownership", _("Kind of registration")),
        Column("organisation__name", _("Answered for by")),
        Column("known_from", _("Known since"), kind="date"),
    )
    search = ("name", "credit_code")
    search_hint = _("Name or unified credit code")
    filter_class = EmployerFilter
    export_name = "employers"
    empty = Empty(
        _("No employer on file here"),
        _("Put the first one on file; a whole list comes in by import."),
        Action(_("Put an employer on file"), reverse_lazy("organising:new-employer")),
    )

    @property
    def sort(self) -> str:  # type: ignore[override]  # a constant for other lists
        """The largest first in a county; above it by name, for which nobody's workers have to be counted first."""
        return "name" if self.acting.organisation.kind in ABOVE_COUNTY else "-workers_then"

    def rows(self) -> QuerySet[Enterprise]:
        rows = here_on(Enterprise.objects.within(self.acting.path), self.acting.day)
        return counted(rows, self.acting.day).select_related("organisation")

    def actions(self) -> list[Action]:
        if self.acting.role not in ORGANISING_ROLES:
            return []
        found = Action(_now("Found unions"), reverse("organising:take-on"), style="primary")
        new = Action(_now("Put an employer on file"), reverse("organising:new-employer"))
        return [found, new] if self.acting.role in TAKING_ON else [new]

    def exported(self, kind: str, count: int) -> None:
        record(self.acting, "organising.export_employers", self.acting.organisation, f"{kind} {count}")


class NewEmployer(FormPage):
    roles = ORGANISING_ROLES
    title = _("Put an employer on file")
    form_class = EmployerForm

    def form_arguments(self) -> dict[str, Any]:
        return {"acting": self.acting}

    def crumbs(self) -> list[Crumb]:
        return [(_now("Employers"), reverse("organising:employers"))]

    def cancel_url(self) -> str:
        return reverse("organising:employers")

    def submit(self, form: forms.Form) -> str:
        enterprise = actions.register_enterprise(self.acting, **form.cleaned_data)
        self.say(_now("On file. Now state how many work there."))
        return reverse("organising:count-workers", args=[enterprise.pk])


class OneEmployer(DetailPage):
    model = Enterprise

    def rows(self) -> QuerySet[Enterprise]:
        return counted(Enterprise.objects.within(self.acting.path), self.acting.day).select_related(
            "organisation", "region"
        )

    def crumbs(self) -> list[Crumb]:
        crumbs: list[Crumb] = [(_now("Employers"), reverse("organising:employers"))]
        if type(self) is not EmployerPage:
            crumbs.append((self.object.name, reverse("organising:employer", args=[self.object.pk])))
        return crumbs


class EmployerPage(OneEmployer):
    roles = READ_ORGANISING_ROLES
    template_name = "organising/employer.html"

    def actions(self) -> list[Action]:
        if self.acting.role not in ORGANISING_ROLES or self.object.closed_on:
            return []
        here = [self.object.pk]
        found = f"{reverse('organising:take-on')}?employer={self.object.pk}"
        gap = self.object.covering is None and self.acting.role in TAKING_ON
        return [
            *([Action(_now("Begin to found a union"), found, style="primary")] if gap else []),
            Action(_now("State a count of workers"), reverse("organising:count-workers", args=here)),
            Action(_now("Covered by a union"), reverse("organising:cover", args=here)),
            Action(_now("It has closed"), reverse("organising:close-employer", args=here), style="quiet"),
        ]

    def context(self, **more: Any) -> dict[str, Any]:
        enterprise = self.object
        counts = enterprise.headcounts.standing().order_by("-counted_on", "-recorded_at")
        place = enterprise.cell_spells.as_of(self.acting.day).select_related("cell", "organisation").first()
        return super().context(
            enterprise=enterprise,
            counts=counts.select_related("recorded_by__user"),
            covers=enterprise.covers.exclude(valid_to=F("valid_from")).select_related("union").order_by("-valid_from"),
            members=enterprise.workers.filter(is_member=True).count(),
            place=place,
            sees_cell=place is not None and self.acting.sees(place.scope_path),
            **more,
        )


class EmployerFormPage(OneEmployer, FormPage):
    roles = ORGANISING_ROLES

    def form_arguments(self) -> dict[str, Any]:
        return {"acting": self.acting}

    def cancel_url(self) -> str:
        return reverse("organising:employer", args=[self.object.pk])


class CountWorkers(EmployerFormPage):
    title = _("State a count of workers")
    form_class = HeadcountForm

    def submit(self, form: forms.Form) -> str:
        actions.count_workers(self.acting, self.object, **form.cleaned_data)
        self.say(_now("Stated; earlier counts stay beside it."))
        return self.cancel_url()


class Cover(EmployerFormPage):
    title = _("Covered by a union")
    form_class = CoverForm

    def submit(self, form: forms.Form) -> str:
        actions.cover(self.acting, self.object, form.cleaned_data["union"], on=form.cleaned_data["on"])
        self.say(_now("The union covers this employer."))
        return self.cancel_url()


class Close(EmployerFormPage):
    title = _("It has closed")
    form_class = ClosingForm

    def submit(self, form: forms.Form) -> str:
        actions.close_enterprise(
            self.acting, self.object, closing=form.cleaned_data["closing"], on=form.cleaned_data["on"]
        )
        self.say(_now("Closed. Figures of earlier days keep it."))
        return self.cancel_url()
