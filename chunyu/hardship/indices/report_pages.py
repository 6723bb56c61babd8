"""Reports of the indices: listed, looked at, published, discarded."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from chunyu.accounts.roles import FIGURE_ROLES
from chunyu.federation.models import Organisation
from chunyu.hardship.indices import actions, queries
from chunyu.hardship.indices.forms import ReportForm
from chunyu.hardship.indices.measures import INDICES, MEASURES, SESAME, SHIFTS, Measure
from chunyu.hardship.indices.models import IndexReport, IndexRow
from chunyu.hardship.indices.showing import COMPARED, spoken
from chunyu.ledger.programmes import known_programmes
from chunyu.registry.groups import Group
from chunyu.ui.lists import Column, Empty, ListPage
from chunyu.ui.pages import Action, ConfirmPage, Crumb, DetailPage, StaffPage

TONES = {IndexReport.Status.DRAFT: "amber", IndexReport.Status.PUBLISHED: "rain"}


class Reports(ListPage):
    roles = FIGURE_ROLES
    title = _("Reports of the indices")
    model = IndexReport
    columns = (
        Column("organisation__name", _("Place"), link="hardship:index-report"),
        Column("start", _("From"), kind="date"),
        Column("end", _("To"), kind="date"),
        Column("programme", _("Programme"), value=lambda row: programme_of(row), sort="programme"),
        Column("status", _("State"), kind="tag", tone=lambda row: TONES[row.status]),
        Column("data_date", _("Date of the data"), kind="date"),
        Column("made_by__user__full_name", _("Made by")),
    )
    search = ("organisation__name",)
    search_hint = _("Place")
    filters = ("status",)
    sort = "-end"
    export_name = "index-reports"
    empty = Empty(
        _("No report yet"),
        _("Choose a place and a period among the indices, and draft a report of them."),
        Action(_("How aid is spread"), reverse_lazy("hardship:indices")),
    )

    def rows(self) -> QuerySet[IndexReport]:
        return queries.reports(self.acting.path)

    def crumbs(self) -> list[Crumb]:
        return [(_now("How aid is spread"), reverse("hardship:indices"))]


def programme_of(report: IndexReport) -> str:
    if not report.programme:
        return _now("every programme")
    return str(known_programmes().get(report.programme, report.programme))


class DraftReport(StaffPage):
    """An address that only takes a POST: a report of what the page of the indices shows."""

    roles = actions.REPORTING_ROLES
    back = "hardship:indices"

    def act(self) -> str:
        sent = ReportForm(self.request.POST)
        place = self.request.POST.get("place", "")
        if not sent.is_valid() or not place.isdigit():
            raise Http404
        report = actions.draft_report(
            self.acting, self.find(Organisation.objects.within(self.acting.path), pk=int(place)), **sent.cleaned_data
        )
        self.say(_now("The report is drafted. Its numbers follow the data until it is published."))
        return reverse("hardship:index-report", args=[report.pk])


class OneReport(DetailPage):
    model = IndexReport

    def rows(self) -> QuerySet[IndexReport]:
        return queries.reports(self.acting.path)

    def crumbs(self) -> list[Crumb]:
        return [
            (_now("How aid is spread"), reverse("hardship:indices")),
            (_now("Reports of the indices"), reverse("hardship:index-reports")),
        ]


class Report(OneReport):
    """A draft shows the numbers of today, a published report those that were written down."""

    roles = FIGURE_ROLES
    template_name = "hardship/indices/report.html"

    def heading(self) -> str:
        return self.object.organisation.name

    def actions(self) -> list[Action]:
        report = self.object
        if report.status != IndexReport.Status.DRAFT or self.acting.role not in actions.REPORTING_ROLES:
            return []
        return [
            Action(_now("Publish"), reverse("hardship:index-publish", args=[report.pk]), style="primary"),
            Action(
                _now("Discard"), reverse("hardship:index-discard", args=[report.pk]), style="quiet", method="post"
            ),
        ]  # fmt: skip

    def context(self, **more: Any) -> dict[str, Any]:
        report = self.object
        published = report.status == IndexReport.Status.PUBLISHED
        if published:
            rows = list(report.rows.select_related("place").order_by("place__path", "pk"))
        else:
            rows = actions.report_rows(report, actions.of_report(report, self.acting.day))
        return super().context(
            report=report,
            published=published,
            tone=TONES[report.status],
            programme=programme_of(report),
            indices=_told(report, rows, INDICES),
            shifts=_told(report, rows, SHIFTS),
            totals=_told(report, rows, [each for each in MEASURES if each.whole]),
            heads=[each.label for each in COMPARED],
            places=_places(report, rows),
            groups=_groups(rows),
            people={row.measure: row.value for row in rows if row.group == "all"},
            **more,
        )


def _spoken(measure: Measure, row: IndexRow) -> str:
    if row.value is None:
        return spoken(measure, None, enough=row.state == IndexRow.State.UNKNOWN)
    value = row.value if measure.whole else Fraction(row.value, actions.MILLION)
    return spoken(measure, value, enough=True)


def _told(report: IndexReport, rows: Sequence[IndexRow], measures: Sequence[Measure]) -> list[dict[str, Any]]:
    own = {row.measure: row for row in rows if row.place_id == report.organisation_id and not row.group}
    return [
        {"label": each.label, "formula": each.formula, "now": _spoken(each, own[each.code])}
        for each in measures
        if each.code in own
    ]


def _places(report: IndexReport, rows: Sequence[IndexRow]) -> list[dict[str, Any]]:
    by_place: dict[str, dict[str, IndexRow]] = {}
    for row in rows:
        if row.place_id != report.organisation_id and not row.group:
            by_place.setdefault(row.place.name, {})[row.measure] = row
    return [
        {"name": name, "cells": [(each.label, _spoken(each, own[each.code])) for each in COMPARED]}
        for name, own in by_place.items()
    ]


def _groups(rows: Sequence[IndexRow]) -> list[dict[str, Any]]:
    found = []
    for group in Group:
        own = {row.measure: row for row in rows if row.group == group}
        if own:
            found.append(
                {
                    "label": group.label,
                    "people": own["people"].value,
                    "households": own["households"].value,
                    "total_fen": own["total_fen"].value,
                    "sesame": _spoken(SESAME, own["sesame"]),
                }
            )
    return found


class Publish(OneReport, ConfirmPage):
    roles = actions.REPORTING_ROLES
    template_name = "ui/confirm_page.html"
    submit_label = _("Publish")

    def heading(self) -> str:
        return _now("Publish the report of %(place)s") % {"place": self.object.organisation.name}

    def question(self) -> str:
        return _now("Write the numbers down as the data stand today, and close the report?")

    def consequences(self) -> list[Any]:
        return [
            _("Nothing of it changes afterwards, whatever is paid, returned or corrected later."),
            _("Whoever reads figures in this place's organisation sees it, with the date of its data."),
        ]

    def cancel_url(self) -> str:
        return reverse("hardship:index-report", args=[self.object.pk])

    def act(self) -> str:
        actions.publish_report(self.acting, self.object)
        self.say(_now("The report is published."))
        return self.cancel_url()


class Discard(OneReport):
    """An address that only takes a POST."""

    roles = actions.REPORTING_ROLES
    back = "hardship:index-reports"
    template_name = ""

    def way_back(self) -> str:
        return reverse(self.back)

    def act(self) -> str:
        actions.discard_report(self.acting, self.object)
        self.say(_now("The draft is discarded."))
        return self.way_back()
