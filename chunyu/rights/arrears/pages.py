"""Wages owed: the list, the board before the festival, reports at the desk, and the workers of one case."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse, reverse_lazy
from django.utils.functional import cached_property
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import CASE_ROLES, READ_CASE_ROLES, Role
from chunyu.audit.record import record
from chunyu.casework.entry_pages import CaseForm
from chunyu.casework.festivals import next_spring_festival
from chunyu.casework.models import Case
from chunyu.casework.pages import CaseAddress
from chunyu.privacy.masking import mask_id_number
from chunyu.registry.workbook.reading import Unreadable, read
from chunyu.registry.workbook.sentences import UNREADABLE, remedy, sentence
from chunyu.rights.arrears import actions, queries, worker_list
from chunyu.rights.arrears.forms import CorrectForm, DeskReportForm, ListFileForm, WorkerForm
from chunyu.rights.arrears.process import ARREARS, before_the_festival
from chunyu.rights.arrears.states import NAME
from chunyu.rights.arrears.tables import ArrearsClaim, ArrearsMatter, ArrearsWorker
from chunyu.ui.lists import Action, Column, Empty, ListPage
from chunyu.ui.pages import Crumb, FormPage, StaffPage
from chunyu.ui.templatetags.show import yuan

TONES = {"reported": "amber", "joined": "plain", "unfounded": "plain", "closed": "plain", "partly_paid": "amber"}


class ArrearsFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(
        label=_("Step"),
        field_name="case__state",
        choices=[(state.name, state.label) for state in ARREARS.states],
        empty_label=_("every step"),
    )
    due = django_filters.ChoiceFilter(
        label=_("Deadline"),
        choices=[("open", _("under way")), ("over", _("overdue")), ("closed", pgettext_lazy("arrears", "ended"))],
        empty_label=_("every one"),
        method="by_deadline",
    )
    area = django_filters.NumberFilter(field_name="organisation", method="by_area", label=_("Number of the area"))

    class Meta:
        model = ArrearsMatter
        fields: tuple[str, ...] = ()

    def by_deadline(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        if value == "closed":
            return rows.filter(case__closed_on__isnull=False)
        rows = rows.filter(case__closed_on__isnull=True)
        return rows.filter(case__due_on__lt=self.request.acting.day) if value == "over" else rows

    def by_area(self, rows: QuerySet, name: str, value: Any) -> QuerySet:
        return queries.in_area(rows, int(value))


class Arrears(ListPage):
    roles = READ_CASE_ROLES
    title = _("Wages owed")
    model = ArrearsMatter
    columns = (
        Column("employer", _("Employer"), link=lambda row: row.case.get_absolute_url(), note="site"),
        Column("case__number", pgettext_lazy("case", "case number")),
        Column(
            "state",
            _("Step"),
            kind="tag",
            value=lambda row: row.case.state_label,
            tone=lambda row: TONES.get(row.case.state, "rain"),
            sort="case__state",
        ),
        Column("owed_to", _("Workers owed"), kind="number"),
        Column("owed_fen", pgettext_lazy("wages", "Owed"), kind="money"),
        Column("paid_fen", pgettext_lazy("wages", "Paid"), kind="money"),
        Column("rest_fen", _("Still owed"), kind="money"),
        Column("case__due_on", _("Due on"), kind="date"),
        Column("organisation__name", pgettext_lazy("case", "organisation")),
    )
    search = ("employer", "site", "case__number")
    search_hint = _("Employer, site or case number")
    filter_class = ArrearsFilter
    sort = "case__due_on"
    export_name = "arrears"
    empty = Empty(
        _("Nobody has reported wages owed"),
        _("Workers report on the public page; take down here what comes by telephone, at the desk or on paper."),
        Action(_("Take down a report"), reverse_lazy("rights:report-arrears")),
    )

    def rows(self) -> QuerySet[ArrearsMatter]:
        return queries.with_rest(queries.matters(self.acting))

    def actions(self) -> list[Action]:
        shown = [Action(gettext("Board before the festival"), reverse("rights:arrears-board"))]
        if self.acting.role in CASE_ROLES:
            shown.append(Action(gettext("Take down a report"), reverse("rights:report-arrears"), style="primary"))
        return shown

    def exported(self, kind: str, count: int) -> None:
        record(self.acting, "rights.export_arrears", self.acting.organisation, f"{count} rows, {kind}")


class Board(StaffPage):
    """What is still owed in every city (or county), before everybody goes home for the festival."""

    roles = READ_CASE_ROLES
    title = _("Wages owed before the Spring Festival")
    template_name = "rights/arrears_board.html"

    def crumbs(self) -> list[Crumb]:
        return [(gettext("Wages owed"), reverse("rights:arrears"))]

    def context(self, **more: Any) -> dict[str, Any]:
        board, day = queries.board(self.acting), self.acting.day
        festival = next_spring_festival(day)
        names = (
            "cases",
            "overdue",
            "workers",
            "owed_fen",
            "paid_fen",
            "written_off_fen",
            "late_answers",
            "remaining_fen",
        )
        return super().context(
            areas=board.areas,
            whole={name: board.total(name) for name in names},
            festival=festival,
            days=(festival - day).days if festival else None,
            haste=before_the_festival(day),
            rows_address=reverse("rights:arrears"),
            **more,
        )


class TakeReport(FormPage):
    roles = CASE_ROLES
    title = _("Take down a report of wages owed")
    form_class = DeskReportForm
    introduction = _("What is said is kept as it is said; what is owed to whom comes later, with the list of workers.")

    def crumbs(self) -> list[Crumb]:
        return [(gettext("Wages owed"), reverse("rights:arrears"))]

    def cancel_url(self) -> str:
        return reverse("rights:arrears")

    def submit(self, form: DeskReportForm) -> Case:
        file = form.cleaned_data["petition"]
        petition = (file.name, file.read()) if file else None
        matter = actions.take_report(self.acting, form.report, channel=form.cleaned_data["channel"], petition=petition)
        self.say(gettext("The report is taken down. Give a slip, so that it can be followed."))
        return matter.case


class OfMatter(CaseAddress):
    """What pages of one such case share; a case of another kind is not there."""

    roles = READ_CASE_ROLES
    circle = "reads"

    @cached_property
    def matter(self) -> ArrearsMatter:
        if self.case.process != NAME:
            raise Http404
        return queries.matter_of(self.case)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.matter  # noqa: B018 - 404 before anything else is asked
        return super().dispatch(request, *args, **kwargs)


class MatterForm(OfMatter, CaseForm):
    roles = CASE_ROLES
    circle = "works"


class Workers(OfMatter, ListPage):
    """The whole list of one case, with who is named in another one for the same days."""

    title = _("List of workers")
    model = ArrearsWorker
    address = ListPage.address  # of this list, sorted or narrowed; not of another page of the case
    columns = (
        Column("line", _("Line"), kind="number"),
        Column("name", pgettext_lazy("person", "Name"), note=lambda row: mask_id_number(row.id_number.reveal())),
        Column("days", _("Days"), sort="last_half_days"),
        Column("last_rate_fen", _("rate per day"), kind="money"),
        Column("owed_fen", pgettext_lazy("wages", "Owed"), kind="money"),
        Column("paid_fen", pgettext_lazy("wages", "Paid"), kind="money"),
        Column("written_off_fen", _("Written off"), kind="money"),
        Column("rest_fen", _("Still owed"), kind="money"),
        Column(
            "proof",
            _("proof"),
            value=lambda row: dict(ArrearsClaim.Proof.choices).get(row.last_proof, ""),
            sort="last_proof",
        ),
        Column(
            "twice",
            _("Same days elsewhere"),
            kind="tag",
            value=lambda row: gettext("named twice") if row.twice else "",
            tone=lambda row: "seal",
        ),
    )
    search = ("name",)
    sort = "line"
    export_name = "arrears-workers"
    empty = Empty(_("No worker on the list yet"), _("Import the list, or add the workers one by one."))

    def rows(self) -> QuerySet[ArrearsWorker]:
        return queries.workers(self.matter)

    def heading(self) -> str:
        return f"{self.matter.place} · {gettext('List of workers')}"

    def exported(self, kind: str, count: int) -> None:
        record(self.acting, "rights.export_workers", self.matter, f"{count} rows, {kind}")


class ImportWorkers(MatterForm):
    """A workbook: every fault by sheet, row and column, or the whole list."""

    title = _("Import the list of workers")
    form_class = ListFileForm
    template_name = "rights/import_workers.html"
    submit_label = _("Read the list")

    def submit(self, form: ListFileForm) -> Any:
        try:
            book = read(form.cleaned_data["file"].read())
        except Unreadable as unreadable:
            raise Refusal(str(UNREADABLE[unreadable.reason]), code=unreadable.reason) from None
        found = worker_list.read_list(book, self.acting)
        if found.refused:
            return self.show(
                status=422, form=form, faults=[(each, sentence(each), remedy(each)) for each in found.faults]
            )
        entered = actions.enter_lines(self.acting, self.case, found.lines, reason="名单更正导入")
        matter = queries.matter_of(self.case)
        said = {"new": entered.new, "corrected": entered.corrected, "unchanged": entered.unchanged}
        self.say(gettext("The list is in: %(new)d new, %(corrected)d corrected, %(unchanged)d as before.") % said)
        people = ngettext("%(count)d worker", "%(count)d workers", matter.owed_to) % {"count": matter.owed_to}
        self.say(f"{people} · {yuan(matter.owed_fen)}")
        return self.case

    def context(self, **more: Any) -> dict[str, Any]:
        return super().context(**{"faults": []} | more)


class WorkerTemplate(MatterForm):
    """The empty workbook."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return HttpResponse(
            worker_list.template(),
            content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            headers={"Content-Disposition": "attachment; filename*=UTF-8''arrears.xlsx"},
        )

    def act(self) -> None:
        raise Http404


class AddWorker(MatterForm):
    title = _("Add a worker")
    form_class = WorkerForm

    def submit(self, form: WorkerForm) -> Case:
        actions.enter_lines(self.acting, self.case, [form.line], reason=gettext("entered again"))
        return self.case


class CorrectClaim(MatterForm):
    title = _("Correct a claim")
    form_class = CorrectForm

    @cached_property
    def worker(self) -> ArrearsWorker:
        return get_object_or_404(ArrearsWorker.objects.select_related("matter__case"), matter=self.matter, pk=self.key)

    @property
    def key(self) -> UUID:
        return self.kwargs["pk"]

    def heading(self) -> str:
        return f"{gettext('Correct a claim')} · {self.worker}"

    def form_arguments(self) -> dict[str, Any]:
        last = self.worker.claims.order_by("-version").first()
        names = ("from_day", "to_day", "half_days", "rate_fen", "owed_fen", "proof")
        return {"initial": {name: getattr(last, name) for name in names}}

    def submit(self, form: CorrectForm) -> Case:
        actions.correct_claim(self.acting, self.worker, form.claim, reason=form.cleaned_data["reason"])
        return self.case


class LockName(OfMatter):
    """The name is locked from now on; it only takes a POST."""

    roles = CASE_ROLES
    circle = "works"

    def act(self) -> Case:
        actions.lock_name(self.acting, self.case)
        return self.case


class OpenName(OfMatter):
    """The locked name. A POST, because that it was opened is put on record."""

    roles = frozenset({Role.COUNTY_APPROVER})
    circle = "works"
    title = _("Who reported it")
    template_name = "rights/opened_name.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        raise Http404

    def act(self) -> HttpResponse:
        return self.show(name=actions.open_name(self.acting, self.case), case=self.case)
