"""The visits to make, taken along on a phone or on paper, and the form on which one is recorded."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseNotAllowed
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from chunyu.accounts.roles import Role
from chunyu.audit.record import record
from chunyu.casework import actions
from chunyu.casework.actions.case import locked
from chunyu.casework.entry_pages import CaseForm
from chunyu.casework.models import Case
from chunyu.casework.queries import search
from chunyu.casework.visits import queries
from chunyu.casework.visits.actions import take_along, visit_as_note
from chunyu.casework.visits.forms import VisitForm
from chunyu.ui.lists import Column, Empty, ListPage
from chunyu.ui.offline.entries import Way
from chunyu.ui.offline.pages import MOST_TAKEN, OfflineForm, TakeAlong, Thing
from chunyu.ui.pages import Crumb, StaffPage

VISITING = frozenset({Role.WORKPLACE_CHAIR, Role.TOWNSHIP_OFFICER, Role.COUNTY_CASEWORKER})
CLOSED = _("This case is closed; nothing more can be added.")


def _address(case: Case) -> str:
    worker = case.household.worker
    return worker.address.reveal() if worker.address else ""


def _phone(case: Case) -> str:
    worker = case.household.worker
    return worker.phone.reveal() if worker.phone else ""


class VisitFilters(django_filters.FilterSet):
    due = django_filters.ChoiceFilter(
        label=_("deadline"), choices=[("over", _("overdue")), ("today", _("due today"))], method="by_deadline"
    )

    class Meta:
        model = Case
        fields = ("due",)

    def by_deadline(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        day = self.request.acting.day
        return rows.filter(due_on__lt=day) if value == "over" else rows.filter(due_on=day)


class Visits(ListPage):
    """Whom to visit. On a phone it is where the installed page begins."""

    roles = VISITING
    title = _("Visits to make")
    model = Case
    template_name = "casework/visits.html"
    columns = (
        Column("number", _("take along"), sort=False, export=False, template="casework/visit_choice.html"),
        Column(
            "household__worker__name", pgettext_lazy("case", "household"), sort=False, note="household__file_number"
        ),
        Column("address", _("home address"), value=_address, export=False),
        Column("phone", _("phone"), value=_phone, export=False),
        Column("title", _("matter"), link=Case.get_absolute_url, note="number"),
        Column("due_on", _("due on"), kind="date"),
        Column("organisation__name", pgettext_lazy("case", "organisation")),
    )
    search = ("number",)
    search_hint = _("number, matter, name or pinyin")
    filter_class = VisitFilters
    sort = "due_on"
    page_size = MOST_TAKEN
    empty = Empty(_("No visit is due"), _("A household is to be visited when its papers are complete."))
    export_name = "visits"

    def rows(self) -> QuerySet:
        return queries.to_visit(self.acting).prefetch_related("household__members")

    def searched(self, rows: QuerySet, text: str) -> QuerySet:
        return search(rows, text)

    def exported(self, kind: str, count: int) -> None:
        record(self.acting, "casework.export_visits", self.acting.organisation, f"{count} rows, {kind}")


class ChosenCases(StaffPage):
    """The cases that were ticked, by number; 404 when one of them is none that this post works on."""

    roles = VISITING

    @cached_property
    def cases(self) -> list[Case]:
        numbers = list(dict.fromkeys(self.request.POST.getlist("case")))
        found = queries.worked_on(self.acting).filter(number__in=numbers).prefetch_related("household__members")
        by_number = {case.number: case for case in found}
        if set(numbers) - set(by_number):
            raise Http404
        return [by_number[number] for number in numbers]


class TakeVisits(ChosenCases, TakeAlong):
    def things(self) -> list[Thing]:
        take_along(self.acting, self.cases, way="phone")
        return [
            Thing(
                address=reverse("casework:visit", args=[case.number]),
                title=about(case),
                lines=tuple(filter(None, (_address(case), _phone(case)))),
                subject=case.number,
            )
            for case in self.cases
        ]


class VisitPack(ChosenCases):
    """The same on paper: a list and a sheet for each household. A POST, because printing is put on record."""

    title = _("Visit pack")
    template_name = "casework/visit_pack.html"
    back = "casework:visits"

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        return HttpResponseNotAllowed(["POST"])

    def crumbs(self) -> list[Crumb]:
        return [(gettext("Visits to make"), reverse("casework:visits"))]

    def act(self) -> HttpResponse:
        cases = self.cases[:MOST_TAKEN]
        take_along(self.acting, cases, way="paper")
        return self.show(sheets=queries.sheets_of(cases, self.acting.day))

    def refused(self, refusal: Any) -> HttpResponse:
        self.template_name = ""  # nothing to show: back to the list with the sentence
        return super().refused(refusal)


def about(case: Case) -> str:
    return f"{case.household.worker.name} · {case.title}" if case.household else case.title


class RecordVisit(OfflineForm, CaseForm):
    title = _("Record a home visit")
    template_name = "casework/visit_form.html"
    offline = "casework.visit"
    submit_label = _("Keep")

    def form(self) -> VisitForm:
        sent = {"data": self.request.POST, "files": self.request.FILES} if self.request.method == "POST" else {}
        return VisitForm(case=self.case, acting=self.acting, **sent)

    def subject(self) -> str:
        return self.case.number

    def about(self) -> str:
        return about(self.case)

    def hold(self) -> None:
        try:
            locked(self.acting, self.case)
        except Case.DoesNotExist as foreign:
            raise Http404 from foreign

    def stands_at(self) -> str:
        return f"{self.case.state} {self.case.closed_on or ''} {self.case.visits.count()}"

    def stands_now(self) -> Iterable[tuple[Any, Any]]:
        yield gettext("The case stands at"), self.case.state_label
        if not self.case.is_open:
            yield gettext("closed on"), self.case.closed_on
        for visit in self.case.visits.select_related("recorded_by__user").prefetch_related("people"):
            names = gettext(", ").join(person.name for person in visit.people.all())
            yield (
                gettext("A visit is on record"),
                gettext("%(day)s, by %(names)s, recorded by %(who)s")
                % {"day": visit.visited_on, "names": names, "who": visit.recorded_by.user.full_name},
            )

    def ways(self) -> Iterable[Way]:
        barred = "" if self.case.is_open else str(CLOSED)
        visited = self.case.visits.exists()
        yield Way("add", _("Add mine as a further visit") if visited else _("Record my visit all the same"), barred)
        yield Way("note", _("Keep mine as a note on the case"), barred)

    def counts(self) -> Iterable[tuple[str, int, Any]]:
        yield "people", 2, _("A home visit is made by two people or more: name them.")

    def submit(self, form: VisitForm) -> Case:
        if self.entry is not None and self.entry.way == "note":
            visit_as_note(self.acting, self.case, **form.found())
            return self.case
        captured_at = self.entry.captured_at if self.entry else None
        actions.record_visit(self.acting, self.case, captured_at=captured_at, **form.found())
        return self.case

    def context(self, **more: Any) -> dict[str, Any]:
        sheet = queries.sheet_of(self.case, self.acting.day) if self.case.household else None
        return super().context(sheet=sheet, **more)
