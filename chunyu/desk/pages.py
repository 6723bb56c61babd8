"""The workbench that everybody starts from, and the leader's figures."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from chunyu.accounts.roles import (
    DEPARTMENT_ROLES,
    EVERY_ROLE,
    FIGURE_ROLES,
    MONEY_ROLES,
    ORGANISING_ROLES,
    READ_CASE_ROLES,
)
from chunyu.casework.calendar import calendar_in_force
from chunyu.casework.models import Decision
from chunyu.casework.queries import days_left, desk_counts, on_my_desk
from chunyu.casework.working_days import count_working_days
from chunyu.desk import figures
from chunyu.registry.asking.answering import ANSWERING_ROLES
from chunyu.registry.group_filter import GroupFilter
from chunyu.registry.groups import Group
from chunyu.ui.lists import Column, Empty, ListPage
from chunyu.ui.pages import Action, StaffPage

SHOWN = 12
GRANT_ROLES = ORGANISING_ROLES | MONEY_ROLES


class Home(StaffPage):
    """What waits for this post, the most urgent first."""

    roles = EVERY_ROLE | DEPARTMENT_ROLES
    template_name = "desk/home.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A department's people start from the questions to it: nothing else is theirs."""
        if self.acting.role in DEPARTMENT_ROLES:
            return HttpResponseRedirect(reverse("casework:tasks"))
        return super().get(request, *args, **kwargs)

    def heading(self) -> str:
        waiting = desk_counts(self.acting)
        if waiting.overdue:
            return _now("%(count)s of your matters are overdue") % {"count": waiting.overdue}
        if waiting.due_today:
            return _now("%(count)s of your matters are due today") % {"count": waiting.due_today}
        return _now("Nothing is due today")

    def context(self, **more: Any) -> dict[str, Any]:
        acting, calendar = self.acting, calendar_in_force()
        reads_cases = acting.role in READ_CASE_ROLES
        reads_figures = acting.role in READ_CASE_ROLES | FIGURE_ROLES
        cases = list(on_my_desk(acting)[:SHOWN])
        return super().context(
            day=acting.day,
            counts=desk_counts(acting),
            cases=[{"case": case, "left": days_left(case, acting.day, calendar)} for case in cases],
            news=figures.news(acting) if reads_cases else [],
            requests=figures.requests(acting) if acting.role in ANSWERING_ROLES else [],
            figures=figures.on_file(acting) if reads_figures else [],
            unknowns=figures.unknowns(acting)[:5] if reads_figures else [],
            elections=figures.elections(acting)[:SHOWN] if acting.role in ORGANISING_ROLES else [],
            grant_reports=figures.grant_reports(acting)[:SHOWN] if acting.role in GRANT_ROLES else [],
            **more,
        )


class Leader(StaffPage):
    """Households by category, found and not yet helped, money by source and programme, days to decision."""

    roles = FIGURE_ROLES
    title = _("Statistics")
    template_name = "desk/leader.html"

    def actions(self) -> list[Action]:
        return [Action(_now("Rounds of allocation"), reverse("hardship:rounds"))]

    @property
    def group(self) -> str:
        """The group that the figures are narrowed to, or none."""
        asked = self.request.GET.get("group", "")
        return asked if asked in Group.values else ""

    def tabs(self) -> list[dict[str, Any]]:
        """Everybody, and each group."""
        here = reverse("desk:leader")
        choices = [("", _now("all workers")), *Group.choices]
        return [
            {"label": label, "url": f"{here}?group={group}" if group else here, "current": group == self.group}
            for group, label in choices
        ]

    def context(self, **more: Any) -> dict[str, Any]:
        acting, group = self.acting, self.group
        lines = figures.money(acting, group)
        days, days_chart = figures.days_to_decision(acting, group)
        spread, sentence = figures.spread(acting)
        return super().context(
            day=acting.day,
            group=group,
            tabs=self.tabs(),
            groups=figures.by_group(acting),
            figures=[*figures.on_file(acting, group), days, *([] if group else [spread])],
            spread=sentence,
            categories=figures.categories(acting, group),
            unknowns=figures.unknowns(acting, group),
            counties=figures.counties(acting, group),
            money=lines,
            money_total=sum(line.fen for line in lines),
            money_chart=figures.money_chart(lines) if lines else None,
            money_height=max(110, 52 * len(lines)),
            days_chart=days_chart,
            **more,
        )


class DecisionFilters(django_filters.FilterSet):
    verdict = django_filters.ChoiceFilter(label=_("Decision"), choices=Decision.Verdict.choices)
    group = GroupFilter("case__household")

    class Meta:
        model = Decision
        fields: tuple[str, ...] = ()


class Decisions(ListPage):
    """The rows behind the days to decision. Case numbers and days, no names."""

    roles = READ_CASE_ROLES | FIGURE_ROLES
    title = _("Applications decided this year")
    model = Decision
    columns = (
        Column(
            "case__number", _("Case"), link=lambda row: reverse("casework:case", args=[row.case.number]),
            note="case__title",
        ),
        Column("case__opened_on", _("Opened"), kind="date"),
        Column("day", _("Decided"), kind="date"),
        Column("days", _("Working days"), kind="number", value=lambda row: _days(row)),
        Column("verdict", _("Decision"), kind="tag"),
        Column("amount_fen", _("Amount (yuan)"), kind="money"),
        Column("case__organisation__name", _("Union")),
    )  # fmt: skip
    search = ("case__number", "case__title")
    filter_class = DecisionFilters
    sort = "-day"
    export_name = "decisions"
    empty = Empty(_("No application was decided this year"), _("A decision appears here when the county takes it."))

    def rows(self) -> QuerySet[Decision]:
        return figures.decided(self.acting)


def _days(row: Decision) -> int:
    return count_working_days(row.case.opened_on, row.day, calendar_in_force())
