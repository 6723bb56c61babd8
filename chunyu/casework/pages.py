"""Lists, the case, and the inbox. What is entered about a case has its pages in `entry_pages`."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from chunyu.accounts.roles import EVERY_CASE_ROLE, Role
from chunyu.audit.record import record
from chunyu.casework import queries, shown
from chunyu.casework.appeal_pages import READERS as READERS_OF_APPEALS
from chunyu.casework.calendar import calendar_in_force
from chunyu.casework.models import Case, Escalation
from chunyu.casework.picture import svg
from chunyu.casework.process import processes
from chunyu.casework.standing import Standing
from chunyu.ui.lists import Action, Column, Empty, ListPage
from chunyu.ui.pages import Crumb, StaffPage
from chunyu.ui.templatetags.show import deadline_tone, working_days_left


def state_choices() -> list[tuple[str, Any]]:
    """Every state once; processes share the names of what means the same."""
    return list({state.name: state.label for process in processes() for state in process.states}.items())


def process_choices() -> list[tuple[str, Any]]:
    return [(process.name, process.label) for process in processes()]


class CaseFilters(django_filters.FilterSet):
    process = django_filters.ChoiceFilter(label=_("process"), choices=process_choices())
    state = django_filters.ChoiceFilter(label=pgettext_lazy("case", "state"), choices=state_choices())
    due = django_filters.ChoiceFilter(
        label=_("deadline"),
        choices=[
            ("over", _("overdue")),
            ("today", _("due today")),
            ("escalated", _("escalated")),
            ("open", pgettext_lazy("case", "open")),
            ("closed", pgettext_lazy("case", "closed")),
        ],
        method="by_deadline",
    )

    class Meta:
        model = Case
        fields = ("process", "state", "due")

    def by_deadline(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        day = self.request.acting.day
        if value == "closed":
            return rows.filter(closed_on__isnull=False)
        open_rows = rows.filter(closed_on__isnull=True)
        narrowed = {
            "over": Q(due_on__lt=day),
            "today": Q(due_on=day),
            "escalated": Q(Exists(Escalation.objects.filter(case=OuterRef("pk"), due_on=OuterRef("due_on")))),
        }
        return open_rows.filter(narrowed.get(value, Q()))


def _tone(case: Case) -> str:
    if not case.is_open:
        return "plain"
    return "amber" if case.standing_state.aside else "rain"


class Cases(ListPage):
    roles = EVERY_CASE_ROLE
    title = _("Cases")
    model = Case
    columns = (
        Column("number", pgettext_lazy("case", "case number"), link=Case.get_absolute_url),
        Column("title", _("matter"), note="process_label"),
        Column(
            "household__worker__name", pgettext_lazy("case", "household"), sort=False, note="household__file_number"
        ),
        Column("state_label", pgettext_lazy("case", "state"), kind="tag", tone=_tone, sort="state"),
        Column("due_on", _("due on"), kind="date"),
        Column("organisation__name", pgettext_lazy("case", "organisation")),
        Column("opened_on", pgettext_lazy("case", "opened on"), kind="date"),
    )
    search = ("number",)
    search_hint = _("number, matter, name or pinyin")
    filter_class = CaseFilters
    sort = "-number"
    empty = Empty(_("No case yet"), _("Open one from a household's page: choose the household, then what it asks for."))
    export_name = "cases"

    def actions(self) -> list[Action]:
        if self.acting.role not in READERS_OF_APPEALS:
            return []
        return [
            Action(_("Appeals"), reverse("casework:appeals")),
            Action(_("Objections"), reverse("casework:objections")),
        ]

    def rows(self) -> QuerySet:
        return queries.cases_visible_to(self.acting).prefetch_related("household__members")

    def searched(self, rows: QuerySet, text: str) -> QuerySet:
        return queries.search(rows, text)

    def exported(self, kind: str, count: int) -> None:
        record(self.acting, "casework.export_cases", self.acting.organisation, f"{count} rows, {kind}")


class CaseAddress(StaffPage):
    """What pages of one case share: the case by its number within the post's scope, else 404. `circle`: how near to
    such cases the process must let a role come, as `Access` names it."""

    roles = EVERY_CASE_ROLE
    circle = "sees"

    @cached_property
    def case(self) -> Case:
        try:
            case = queries.one_case(self.acting, self.kwargs["number"])
        except Case.DoesNotExist as missing:
            raise Http404 from missing
        if self.acting.role not in getattr(case.table.access, self.circle):
            raise Http404
        return case

    @cached_property
    def standing(self) -> Standing:
        return Standing(self.case, self.acting.day)

    def crumbs(self) -> list[Crumb]:
        return [(gettext("Cases"), reverse("casework:cases")), (self.case.number, self.case.get_absolute_url())]

    def address(self, name: str, *more: Any) -> str:
        return reverse(f"casework:{name}", args=[self.case.number, *more])


class CasePage(CaseAddress):
    template_name = "casework/case.html"

    def heading(self) -> str:
        return f"{self.case.title}"

    def crumbs(self) -> list[Crumb]:
        return [(gettext("Cases"), reverse("casework:cases"))]

    @property
    def reads_files(self) -> bool:
        return self.acting.role in self.case.table.access.reads

    @property
    def works_here(self) -> bool:
        return self.acting.role in self.case.table.access.works and self.case.is_open

    def context(self, **more: Any) -> dict[str, Any]:
        case, standing, process = self.case, self.standing, self.case.table
        left = queries.days_left(case, self.acting.day, calendar_in_force()) if case.is_open else None
        offered = shown.steps(self.acting, standing)
        return super().context(
            case=case,
            process=process,
            standing=standing,
            steps=offered,
            answer=shown.answer_step(self.acting, standing),
            next_step=next((step for step in offered if step.move.main), None),
            other_steps=[step for step in offered if not step.move.main],
            stages=shown.stages(standing, working_days_left(left) if left is not None else ""),
            days_left=left,
            due_tone=deadline_tone(left),
            timeline=shown.timeline(standing, self.reads_files),
            decisions=standing.decisions,
            documents=self.documents() if self.reads_files else [],
            facts=self.facts(),
            to_tell=case.messages.filter(to="household", done_on__isnull=True),
            links=self.links(),
            **self.clock(),
            confidants=case.confidants.filter(ended_on__isnull=True).select_related("post__user", "post__organisation")
            if case.confidential
            else (),
            slip=case.slips.filter(ended_on__isnull=True).first(),
            words=case.words.select_related("answered_by__user") if self.reads_files else (),
            handovers=case.handovers.select_related("to"),
            diagram=svg(process, case.state),
            panel=self.panel(),
            **more,
        )

    def panel(self) -> str:
        """The service's own part of the page, drawn apart so that its names and this page's never meet."""
        process = self.case.table
        if process.panel_template is None or process.panel is None or not self.reads_files:
            return ""
        return render_to_string(process.panel_template, process.panel(self.case, self.acting), self.request)

    def documents(self) -> list[dict[str, Any]]:
        return [
            {
                "label": document.kind_label,
                "note": f"{document.name} · {document.size // 1024 + 1} KB · {document.added_on} · "
                f"{document.added_by.user.full_name}",
                "action": Action(
                    pgettext("document", "Open"),
                    self.address("download", document.pk),
                    style="quiet",
                    method="post",
                    name="open",
                ),
            }
            for document in self.standing.documents
        ]

    def facts(self) -> list[tuple[str, Any]]:
        case, opener = self.case, self.case.opened_by
        opened_by = opener.user.full_name if opener else gettext("the public")
        who = case.handler.user.full_name if case.handler else gettext("everybody on whose desk it lies")
        return [
            (pgettext("case", "case number"), case.number),
            (gettext("process"), case.process_label),
            (pgettext("case", "organisation"), case.organisation.name),
            (gettext("channel"), case.get_channel_display()),
            (pgettext("case", "opened on"), f"{case.opened_on} · {opened_by}"),
            (gettext("handled by"), who if case.is_open else ""),
            (gettext("due on"), case.due_on if case.is_open else ""),
            (gettext("outcome"), case.outcome_label),
            (pgettext("case", "closed on"), case.closed_on or ""),
        ]

    def clock(self) -> dict[str, Any]:
        """The stop that stands, and why, in the process's words."""
        stop = self.standing.clock_stop
        if stop is None:
            return {"clock_stop": None}
        by_hand = stop.by_id is not None
        why = self.case.table.choice_label(stop.reason) if by_hand else gettext("an objection is open")
        said = [each.note for each in self.standing.timeline if each.act == "stop_clock" and each.note]
        note = said[-1].reveal() if by_hand and said and self.reads_files else ""
        return {"clock_stop": stop, "stop_reason": why, "stop_note": note}

    def links(self) -> list[tuple[Case, str]]:
        """Cases tied to this one, either way round, that this post may see."""
        seen = queries.known_to(self.acting)
        family = [(case, gettext("opened out of this case")) for case in self.case.children.filter(pk__in=seen)]
        if self.case.parent_id is not None and (parent := seen.filter(pk=self.case.parent_id).first()):
            family.append((parent, gettext("this case was opened out of it")))
        there = [(link.other, link.why) for link in self.case.links.filter(other__in=seen).select_related("other")]
        back = [(link.case, link.why) for link in self.case.linked_from.filter(case__in=seen).select_related("case")]
        return family + there + back


class Inbox(StaffPage):
    """What waits for this post, the most urgent first."""

    roles = EVERY_CASE_ROLE - {Role.AUDITOR}
    title = _("My work")
    template_name = "casework/inbox.html"
    LIMIT = 100

    def context(self, **more: Any) -> dict[str, Any]:
        calendar, day = calendar_in_force(), self.acting.day
        waiting = queries.on_my_desk(self.acting).prefetch_related("household__members")[: self.LIMIT]
        notices = queries.standing_notices(self.acting, day).select_related("case")[: self.LIMIT]
        return super().context(
            counts=queries.desk_counts(self.acting),
            waiting=[(case, queries.days_left(case, day, calendar)) for case in waiting],
            tasks=queries.open_tasks(self.acting)[: self.LIMIT],
            notices=[(notice, queries.count_working_days(day, notice.to_day, calendar)) for notice in notices],
            objections=queries.open_objections(self.acting)[: self.LIMIT],
            told=queries.unread_messages(self.acting)[: self.LIMIT],
            **more,
        )
