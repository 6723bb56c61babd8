"""Runs and figures: what was looked at and when, the order for every night, and what became of the invitations."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_htmx.http import HttpResponseClientRefresh

from chunyu.accounts.acting import Acting
from chunyu.accounts.below import organisations_below
from chunyu.accounts.roles import FIGURE_ROLES, READ_CASE_ROLES
from chunyu.hardship.finding import actions, queries
from chunyu.hardship.finding.forms import PeriodForm
from chunyu.hardship.finding.models import FindingRun, NightlyOrder
from chunyu.hardship.finding.wording import RUN_TONES, STAGE_LABELS, outcome_of
from chunyu.registry.groups import Group
from chunyu.ui.charts import Chart, bar
from chunyu.ui.lists import Column, Empty, ListPage
from chunyu.ui.pages import Action, Crumb, DetailPage, StaffPage
from chunyu.ui.progress import Progress


def unfinished_run(acting: Acting) -> FindingRun | None:
    """The run of the post's own organisation that is waiting or at work."""
    return FindingRun.objects.filter(organisation=acting.organisation, status__in=FindingRun.UNFINISHED).first()


def run_progress(run: FindingRun) -> Progress:
    if run.status == FindingRun.Status.QUEUED:
        return Progress(_now("Waiting for the worker"), finished=False)
    if run.status == FindingRun.Status.FAILED:
        return Progress(outcome_of(run), run.done, run.total or None, finished=True)
    return Progress(_now("Looking at the families that agreed"), run.done, run.total or None, not run.is_unfinished)


class Runs(ListPage):
    roles = READ_CASE_ROLES
    title = _("Runs")
    model = FindingRun
    template_name = "hardship/finding/runs.html"
    columns = (
        Column("queued_at", _("Ordered at"), kind="time", note=lambda run: _now("nightly") if run.nightly else ""),
        Column("organisation__name", _("Organisation")),
        Column("status", _("Status"), kind="tag", tone=lambda run: RUN_TONES[run.status], note=outcome_of),
        Column("on_file", _("On file"), kind="number"),
        Column("consenting", _("Agreed and looked at"), kind="number"),
        Column("appeared", pgettext_lazy("findings of a run", "New"), kind="number"),
        Column("ended", _("No longer"), kind="number"),
        Column("post__user__full_name", _("Ordered through")),
        Column(
            "facts_digest", _("Digest of the facts"), value=lambda run: run.facts_digest[:12], sort=False,
            note=lambda run: run.version[:12],
        ),
    )  # fmt: skip
    sort = "-queued_at"
    empty = Empty(_("No run yet"), _("Look now, or order a run for every night."))

    def rows(self) -> QuerySet[FindingRun]:
        return super().rows().select_related("organisation", "post__user")

    def crumbs(self) -> list[Crumb]:
        return [(_now("Find people first"), reverse("hardship:finding"))]

    def ordered(self) -> NightlyOrder | None:
        rows = NightlyOrder.objects.filter(organisation=self.acting.organisation, ended_on__isnull=True)
        return rows.select_related("ordered_by__user").first()

    def actions(self) -> list[Action]:
        if self.acting.role not in actions.ORDERING:
            return []
        nightly = reverse("hardship:finding-nightly")
        label = _now("No more runs at night") if self.ordered() else _now("Run every night")
        return [
            Action(label, nightly, method="post"),
            Action(_now("Look now"), reverse("hardship:finding-look"), style="primary", method="post"),
        ]

    def context(self, **more: Any) -> dict[str, Any]:
        return super().context(order=self.ordered(), **more)


class Look(StaffPage):
    """Order a run of the post's subtree."""

    roles = actions.ORDERING
    back = "hardship:finding"

    def way_back(self) -> str:
        return reverse(self.back)

    def act(self) -> str:
        actions.order_run(self.acting)
        return "hardship:finding"


class Nightly(StaffPage):
    """Order a run for every night, or end that order."""

    roles = actions.ORDERING
    back = "hardship:finding-runs"

    def way_back(self) -> str:
        return reverse(self.back)

    def act(self) -> str:
        standing = NightlyOrder.objects.filter(organisation=self.acting.organisation, ended_on__isnull=True).first()
        if standing is None:
            actions.order_every_night(self.acting)
            self.say(_now("A run begins every night at ten past two, through your post."))
        else:
            actions.end_every_night(self.acting, standing)
            self.say(_now("No run begins at night any more."))
        return "hardship:finding-runs"


class RunProgress(DetailPage):
    """Asked again and again while a run goes on; when it has ended, the list itself is shown anew."""

    roles = READ_CASE_ROLES
    model = FindingRun
    template_name = "hardship/finding/progress.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.object.is_unfinished or not request.htmx:
            return HttpResponseClientRefresh() if request.htmx else HttpResponseRedirect(reverse("hardship:finding"))
        return self.show()

    def context(self, **more: Any) -> dict[str, Any]:
        return super().context(progress=run_progress(self.object), progress_url=self.request.path, **more)


class Figures(StaffPage):
    """Invited, opted out, applied, granted: by organisation, in a period, and cut by the four groups."""

    roles = FIGURE_ROLES | READ_CASE_ROLES
    title = _("What became of the invitations")
    template_name = "hardship/finding/figures.html"

    def crumbs(self) -> list[Crumb]:
        if self.acting.role not in READ_CASE_ROLES:
            return []
        return [(_now("Find people first"), reverse("hardship:finding"))]

    def context(self, **more: Any) -> dict[str, Any]:
        form = PeriodForm(self.request.GET or None)
        start, end = form.period(self.acting.day)
        rows = queries.invitations(self.acting, start, end)
        total = queries.stages(rows)
        names = dict(organisations_below(self.acting))
        below = queries.stages_by_path(rows, list(names))
        return super().context(
            form=form,
            start=start,
            end=end,
            total=total,
            stages=[(STAGE_LABELS[name], getattr(total, name)) for name in queries.STAGES],
            below=[(names[path], stages) for path, stages in sorted(below.items())],
            groups=[group.label for group in Group],
            cuts=self._cuts(rows),
            chart=_chart(total) if total.invited else None,
            **more,
        )

    def _cuts(self, rows: QuerySet) -> list[dict[str, Any]]:
        found = queries.cuts(rows, self.acting.day)
        return [
            {
                "label": STAGE_LABELS[name],
                "persons": cut.persons,
                "groups": cut.lines(),
                "in_none": cut.in_none,
            }
            for name, cut in found.items()
        ]


def _chart(total: queries.Stages) -> Chart:
    labels = [str(STAGE_LABELS[name]) for name in queries.STAGES]
    counts = [getattr(total, name) for name in queries.STAGES]
    summary = _now("Of %(invited)s families invited, %(applied)s applied and %(granted)s were granted aid.") % {
        "invited": f"{total.invited:,}",
        "applied": f"{total.applied:,}",
        "granted": f"{total.granted:,}",
    }
    rows = [(label, f"{count:,}") for label, count in zip(labels, counts, strict=True)]
    options = bar(labels, {_now("Families"): counts}, lying=True)
    return Chart("invitations", summary, (_now("Stage"), _now("Families")), rows, options)
