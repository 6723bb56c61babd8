"""Visits on screen: the list, those still to be made, one visit, the form in which it is written down."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import django_filters
from django.db.models import DurationField, ExpressionWrapper, F, QuerySet, Sum, Value
from django.db.models.functions import ExtractDay
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.below import organisations_below
from chunyu.audit.record import record
from chunyu.casework.content_types import EXTENSIONS
from chunyu.hardship.campaigns import answering, kinds, planning, queries, visiting
from chunyu.hardship.campaigns.kinds import GroupKind, Outcome, Stage, VisitStage
from chunyu.hardship.campaigns.pages import way_here
from chunyu.hardship.campaigns.tables import Campaign
from chunyu.hardship.campaigns.visit_forms import CallOffForm, LinkForm, NeedForm, VisitForm
from chunyu.hardship.campaigns.visit_tables import CampaignVisit, VisitPaper
from chunyu.hardship.wording import language
from chunyu.rulebooks.in_force import rulebook_of
from chunyu.ui.lists import Column, Empty, ListPage
from chunyu.ui.pages import Action, Crumb, DetailPage, FormPage, StaffPage

TONES = {
    VisitStage.PLANNED: "plain",
    VisitStage.DONE: "rain",
    VisitStage.NEED_RAISED: "amber",
    VisitStage.NEED_CLOSED: "rain",
    VisitStage.CALLED_OFF: "plain",
}


class VisitFilter(django_filters.FilterSet):
    stage = django_filters.ChoiceFilter(
        label=pgettext_lazy("campaign", "Stage"),
        choices=VisitStage.choices,
        empty_label=_("every stage"),
        method="by_stage",
    )
    group = django_filters.ChoiceFilter(
        label=pgettext_lazy("campaign", "Group"), choices=GroupKind.choices, empty_label=_("every group")
    )
    outcome = django_filters.ChoiceFilter(label=_("Outcome"), choices=Outcome.choices, empty_label=_("every outcome"))
    under = django_filters.ChoiceFilter(
        method="by_organisation", label=_("Organisation"), choices=(), empty_label=_("every organisation")
    )

    class Meta:
        model = CampaignVisit
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, request=request, **kwargs)
        self.filters["under"].extra["choices"] = organisations_below(request.acting)

    def by_stage(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(queries.STAGES[value])

    def by_organisation(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.within(value)


class OpenFilter(VisitFilter):
    """Who is still to visit stands at one stage and has no outcome."""

    stage = None
    outcome = None


class Visits(ListPage):
    roles = kinds.READ_VISITS
    title = _("Visits")
    model = CampaignVisit
    columns = (
        Column("number", _("Number"), link="hardship:visit"),
        Column("who", _("Whom"), note="organisation__name"),
        Column("group", pgettext_lazy("campaign", "Group")),
        Column("people", pgettext_lazy("count", "People"), kind="number"),
        Column("cash_fen", _("Cash (yuan)"), kind="money"),
        Column("due_on", _("Planned for"), kind="date"),
        Column("visited_on", _("Visited on"), kind="date"),
        Column(
            "stage", pgettext_lazy("campaign", "Stage"), kind="tag", value=lambda row: str(row.stage.label),
            tone=lambda row: TONES[row.stage],
        ),
    )  # fmt: skip
    search = ("number", "who", "who_pinyin", "organisation__name")
    search_hint = _("Name, number or organisation")
    filter_class = VisitFilter
    sort = "number"
    export_name = "campaign-visits"
    empty = Empty(_("No visit here"), _("Plan visits within the quota: households on file are proposed by need."))

    @cached_property
    def campaign(self) -> Campaign:
        return self.find(queries.campaigns(self.acting), pk=self.kwargs["pk"])

    def crumbs(self) -> list[Crumb]:
        return [*way_here(), (self.campaign.name, reverse("hardship:campaign", args=[self.campaign.pk]))]

    def rows(self) -> QuerySet[CampaignVisit]:
        return queries.visits(self.acting).filter(campaign=self.campaign)

    def total_fen(self) -> int:
        return self.found.aggregate(fen=Sum("cash_fen"))["fen"] or 0

    def actions(self) -> list[Action]:
        if self.acting.role in kinds.VISITING and self.campaign.stage in (Stage.FUNDED, Stage.RUNNING):
            return [
                Action(_now("Plan visits"), reverse("hardship:plan-visits", args=[self.campaign.pk]), style="primary")
            ]
        return []

    def exported(self, kind: str, count: int) -> None:
        record(self.acting, "hardship.export_visits", self.campaign, f"{kind} {count}")


class Unvisited(Visits):
    """Planned and not yet made, the longest due first."""

    title = _("Still to visit")
    columns = (
        Column("number", _("Number"), link="hardship:visit"),
        Column("who", _("Whom"), note="organisation__name"),
        Column("group", pgettext_lazy("campaign", "Group")),
        Column("people", pgettext_lazy("count", "People"), kind="number"),
        Column("cash_fen", _("Cash (yuan)"), kind="money"),
        Column("due_on", _("Planned for"), kind="date"),
        Column("left", _("Days left"), kind="tag", sort="due_on", tone=lambda row: _left_tone(row.left)),
    )
    filter_class = OpenFilter
    sort = "due_on"
    export_name = "unvisited"
    empty = Empty(_("Everybody on the list has been visited"))
    template_name = "hardship/campaigns/unvisited.html"

    def rows(self) -> QuerySet[CampaignVisit]:
        """With `left`: the days until the visit is due, below zero when that day is over."""
        left = ExpressionWrapper(F("due_on") - Value(self.acting.day), output_field=DurationField())
        return super().rows().filter(queries.OPEN).annotate(left=ExtractDay(left))

    def context(self, **more: Any) -> dict[str, Any]:
        days = queries.days_left(self.campaign, self.acting.day)
        late = self.rows().filter(due_on__lt=self.acting.day).count()
        return super().context(days_left=days, late=late, last_day=self.campaign.ends_on, **more)


def _left_tone(left: int) -> str:
    return "seal" if left < 0 else "amber" if left <= 3 else "plain"


class OneVisit(DetailPage):
    roles = kinds.READ_VISITS
    model = CampaignVisit

    def rows(self) -> QuerySet[CampaignVisit]:
        return queries.visits(self.acting).select_related(
            "campaign__organisation", "campaign__questionnaire", "recorded_by__user", "planned_by__user", "transfer"
        )

    def heading(self) -> str:
        return str(self.title) or self.object.who

    def there(self) -> str:
        return reverse("hardship:visit", args=[self.object.pk])

    def crumbs(self) -> list[Crumb]:
        campaign = self.object.campaign
        crumbs = [
            *way_here(),
            (campaign.name, reverse("hardship:campaign", args=[campaign.pk])),
            (_now("Visits"), reverse("hardship:visits", args=[campaign.pk])),
        ]
        return crumbs if type(self) is VisitPage else [*crumbs, (self.object.number, self.there())]

    def way_back(self) -> str:
        return self.there()

    def cancel_url(self) -> str:
        return self.there()


class VisitPage(OneVisit):
    template_name = "hardship/campaigns/visit.html"

    def actions(self) -> list[Action]:
        visit, here = self.object, [self.object.pk]
        if self.acting.role not in kinds.VISITING:
            return []
        if visit.stage == VisitStage.PLANNED:
            running = visit.campaign.stage == Stage.RUNNING
            barred = "" if running else _now("Visits are written down once the campaign is running.")
            return [
                Action(_now("Call off"), reverse("hardship:call-visit-off", args=here), style="quiet"),
                Action.judged(_now("Write down"), reverse("hardship:write-visit", args=here), barred, "primary"),
            ]
        if visit.stage == VisitStage.NEED_RAISED and visit.need_case_id is None:
            barred = (
                "" if visit.household_id else _now("An application is of a household on file: open the file first.")
            )
            return [
                Action(_now("Met without a case"), reverse("hardship:need-met", args=here), method="post"),
                Action(_now("Link a case"), reverse("hardship:link-need", args=here)),
                Action.judged(
                    _now("The need becomes a case"), reverse("hardship:need-becomes-case", args=here), barred, "primary"
                ),
            ]
        if visit.stage == VisitStage.DONE and visit.household_id and not visit.need_kind:
            return [Action(_now("A need became clear"), reverse("hardship:need-becomes-case", args=here))]
        return []

    def context(self, **more: Any) -> dict[str, Any]:
        visit = self.object
        return super().context(
            visit=visit,
            stage=visit.stage,
            tone=TONES[visit.stage],
            tags=[GroupKind(each.group).label for each in visit.tags.all()],
            team=list(visit.team.select_related("post__organisation")),
            goods=list(visit.goods.all()),
            papers=list(visit.papers.select_related("added_by__user")),
            notes=visit.notes.reveal() if visit.notes else "",
            need=visit.need.reveal() if visit.need else "",
            **more,
        )


class WriteVisit(OneVisit, FormPage):
    """Everything in one form and one POST, so that it can be filled in at the door."""

    roles = kinds.VISITING
    title = _("Write the visit down")
    form_class = VisitForm
    template_name = "hardship/campaigns/write_visit.html"
    submit_label = _("Keep the visit")

    def form_arguments(self) -> dict[str, Any]:
        version = answering.asked_version(self.object.campaign)
        return {"acting": self.acting, "visit": self.object, "version": version}

    def submit(self, form: VisitForm) -> str:
        visiting.record_visit(self.acting, self.object, form.said())
        self.say(_now("Written down."))
        return self.there()

    def context(self, **more: Any) -> dict[str, Any]:
        return super().context(visit=self.object, **more)


class CallVisitOff(OneVisit, FormPage):
    roles = kinds.VISITING
    title = _("Call the visit off")
    form_class = CallOffForm
    submit_label = _("Call off")

    def submit(self, form: Form) -> str:
        planning.call_off(self.acting, self.object, why=form.cleaned_data["why"])
        self.say(_now("Called off. Its place in the quota and its money are free again."))
        return self.there()


class NeedBecomesCase(OneVisit, FormPage):
    """From a visit to an application in one step; a need that became clear later is written down with it."""

    roles = kinds.VISITING
    title = _("The need becomes a case")
    form_class = NeedForm
    submit_label = _("Open the application")

    @property
    def introduction(self) -> str:
        visit = self.object
        closes = _now("The household applies for the programme, and the need closes when the case does.")
        if not visit.need_kind:
            return closes
        words = visit.need.reveal() if visit.need else ""
        need = _now("%(kind)s: %(words)s") % {"kind": visit.get_need_kind_display(), "words": words}
        return f"{need if words else visit.get_need_kind_display()} — {closes}"

    def form_arguments(self) -> dict[str, Any]:
        organisation = self.object.organisation
        offered = rulebook_of(organisation, self.acting.day).programmes.values()
        words = language()
        programmes = [(each.code, each.label(words)) for each in offered if each.apply_at is None]
        return {"programmes": programmes, "raised": bool(self.object.need_kind)}

    def submit(self, form: NeedForm) -> Any:
        case = visiting.need_becomes_case(self.acting, self.object, form.cleaned_data["programme"], form.said())
        self.say(_now("Case %(number)s is opened.") % {"number": case.number})
        return case


class LinkNeed(OneVisit, FormPage):
    roles = kinds.VISITING
    title = _("Link a case")
    form_class = LinkForm
    submit_label = _("Link")
    introduction = _("A case of any kind that takes the need up. The need closes when the case does.")

    def submit(self, form: Form) -> str:
        visiting.link_need(self.acting, self.object, form.cleaned_data["number"])
        self.say(_now("Linked."))
        return self.there()


class NeedMet(OneVisit):
    roles = kinds.VISITING

    def act(self) -> str:
        visiting.need_met(self.acting, self.object)
        self.say(_now("Kept: the need is met."))
        return self.there()


class ReadPaper(StaffPage):
    """A receipt or a photo, as an attachment. A POST, because that it was opened is put on record."""

    roles = kinds.READ_VISITS

    def act(self) -> HttpResponse:
        rows = VisitPaper.objects.filter(visit__in=CampaignVisit.objects.within(self.acting.path))
        paper = get_object_or_404(rows.select_related("visit"), pk=self.kwargs["pk"])
        content = visiting.read_paper(self.acting, paper)
        name = quote(f"{paper.visit.number}-{paper.kind}.{EXTENSIONS[paper.content_type]}")
        return HttpResponse(
            content,
            content_type=paper.content_type,
            headers={
                "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
                "Cache-Control": "no-store",
                "X-Content-Type-Options": "nosniff",
            },
        )
