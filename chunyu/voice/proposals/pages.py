"""Proposals on their pages: the list with its figures, taking one in, the sessions of the congress and what became of
their motions. The proposal itself is a case and has the case's page."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Count, Model, Q, QuerySet
from django.forms import BaseForm
from django.urls import reverse, reverse_lazy
from django.utils.functional import cached_property
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy

from chunyu.audit.record import record
from chunyu.printing.pages import PrintPage
from chunyu.printing.paper import Form
from chunyu.ui.lists import Action, Column, Empty, ListPage
from chunyu.ui.pages import Crumb, DetailPage, FormPage
from chunyu.voice.duties import READERS, WORKS
from chunyu.voice.papers import CongressReport, MotionLine
from chunyu.voice.proposals import actions, queries
from chunyu.voice.proposals.forms import SessionForm, TakeInForm
from chunyu.voice.proposals.process import PROPOSAL
from chunyu.voice.proposals.showing import motion_name
from chunyu.voice.proposals.tables import CongressSession, Motion, Proposal

PUT_RIGHT = ("done", "reviewed")
TONES = {
    "done": "rain",
    "reviewed": "rain",
    "deferred": "amber",
    "not_adopted": "seal",
    "returned": "plain",
    "merged": "plain",
    "ended": "plain",
    "withdrawn": "plain",
}


class ProposalFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(
        label=_("Step"),
        field_name="case__state",
        choices=[(state.name, state.label) for state in PROPOSAL.states],
        empty_label=_("every step"),
    )
    theme = django_filters.ChoiceFilter(
        label=pgettext_lazy("proposal", "About"), choices=Proposal.Theme.choices, empty_label=_("everything")
    )
    due = django_filters.ChoiceFilter(
        label=_("Deadline"),
        choices=[("over", _("overdue")), ("open", _("under way")), ("closed", pgettext_lazy("proposal", "closed"))],
        empty_label=_("every one"),
        method="by_deadline",
    )
    year = django_filters.NumberFilter(label=_("Year"), field_name="raised_on__year")

    class Meta:
        model = Proposal
        fields: tuple[str, ...] = ()

    def by_deadline(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        if value == "closed":
            return rows.filter(case__closed_on__isnull=False)
        rows = rows.filter(case__closed_on__isnull=True)
        return rows.filter(case__due_on__lt=self.request.acting.day) if value == "over" else rows


def _authors(row: Proposal) -> str:
    return _now(", ").join(each.name for each in row.authors.all())


def _motion(row: Proposal) -> str:
    last: Motion | None = max(row.motions.all(), key=lambda each: each.session.held_on, default=None)
    return motion_name(last.session.name, last.number) if last else ""


class Proposals(ListPage):
    roles = READERS
    title = _("Proposals of workers")
    model = Proposal
    template_name = "voice/proposals.html"
    columns = (
        Column("case__title", _("Proposal"), link=lambda row: row.case.get_absolute_url(), note="case__number"),
        Column("authors", _("Authors"), value=_authors, sort=False),
        Column("theme", pgettext_lazy("proposal", "About"), value=lambda row: row.get_theme_display()),
        Column("motion", pgettext_lazy("congress", "Motion"), value=_motion, sort=False),
        Column(
            "state",
            _("Step"),
            kind="tag",
            value=lambda row: row.case.state_label,
            tone=lambda row: TONES.get(row.case.state, "sky"),
            sort="case__state",
        ),
        Column("raised_on", _("Raised on"), kind="date"),
        Column("case__due_on", _("Due on"), kind="date"),
        Column("organisation__name", pgettext_lazy("case", "organisation")),
    )
    search = ("case__title", "case__number", "public_title", "place")
    search_hint = _("Matter, number or place")
    filter_class = ProposalFilter
    sort = "-raised_on"
    export_name = "proposals"
    empty = Empty(
        _("No proposal yet"),
        _("Workers speak on the phone page, by telephone, on paper or at the congress: all count the same."),
        Action(_("Take a proposal in"), reverse_lazy("voice:take-in")),
    )

    def rows(self) -> QuerySet[Proposal]:
        return queries.proposals(self.acting)

    def actions(self) -> list[Action]:
        shown = [Action(_now("Sessions of the congress"), reverse("voice:sessions"))]
        if self.acting.role in WORKS:
            shown.append(Action(_now("Take a proposal in"), reverse("voice:take-in"), style="primary"))
        return shown

    def exported(self, kind: str, count: int) -> None:
        record(self.acting, "voice.export_proposals", self.acting.organisation, f"{kind} {count}")

    def context(self, **more: Any) -> dict[str, Any]:
        here = reverse("voice:proposals")
        counted = queries.known(self.acting).aggregate(
            year=Count("pk", Q(raised_on__year=self.acting.day.year)),
            open=Count("pk", Q(case__closed_on__isnull=True)),
            over=Count("pk", Q(case__closed_on__isnull=True, case__due_on__lt=self.acting.day)),
            done=Count("pk", Q(case__state__in=PUT_RIGHT)),
        )
        figures = [
            (_now("Raised this year"), counted["year"], f"{here}?year={self.acting.day.year}"),
            (_now("On their way"), counted["open"], f"{here}?due=open"),
            (_now("Overdue"), counted["over"], f"{here}?due=over"),
            (_now("Put right"), counted["done"], f"{here}?state=done"),
        ]
        return super().context(figures=figures, **more)


class TakeIn(FormPage):
    """By telephone, on paper, at the counter: the same questions as on the phone page."""

    roles = WORKS
    title = _("Take a proposal in")
    form_class = TakeInForm
    submit_label = _("Take in")
    introduction = _("Write it down in the worker's own words: nobody can edit them afterwards.")

    def crumbs(self) -> list[Crumb]:
        return [(_now("Proposals of workers"), reverse("voice:proposals"))]

    def cancel_url(self) -> str:
        return reverse("voice:proposals")

    def form_arguments(self) -> dict[str, Any]:
        return {"acting": self.acting}

    def submit(self, form: TakeInForm) -> Any:
        given = form.cleaned_data
        taken = actions.take_in(self.acting, given["union"], form.words(), form.authors(), channel=given["channel"])
        self.say(_now("The proposal is taken in. Give the author a slip, so that they can follow it."))
        return taken.case


class Sessions(ListPage):
    roles = READERS
    title = _("Sessions of the congress")
    model = CongressSession
    columns = (
        Column("name", pgettext_lazy("congress", "session"), link="voice:session", note="organisation__name"),
        Column("held_on", _("held on"), kind="date"),
        Column("delegates", _("delegates"), kind="number"),
        Column("present", pgettext_lazy("congress", "delegates present"), kind="number"),
        Column("count", pgettext_lazy("congress", "motions"), kind="number"),
        Column("put_right", _("Put right"), kind="number"),
    )
    search = ("name", "organisation__name")
    sort = "-held_on"
    export_name = "congress-sessions"
    empty = Empty(
        _("No session of a congress yet"),
        _("Enter the session when it has been held; proposals then become its numbered motions."),
        Action(_("Enter a session"), reverse_lazy("voice:open-session")),
    )

    def rows(self) -> QuerySet[CongressSession]:
        return queries.sessions(self.acting)

    def crumbs(self) -> list[Crumb]:
        return [(_now("Proposals of workers"), reverse("voice:proposals"))]

    def actions(self) -> list[Action]:
        if self.acting.role not in WORKS:
            return []
        return [Action(_now("Enter a session"), reverse("voice:open-session"), style="primary")]


class OpenSession(FormPage):
    roles = WORKS
    title = _("Enter a session")
    form_class = SessionForm

    def crumbs(self) -> list[Crumb]:
        return way_to_sessions()

    def cancel_url(self) -> str:
        return reverse("voice:sessions")

    def form_arguments(self) -> dict[str, Any]:
        return {"acting": self.acting}

    def submit(self, form: BaseForm) -> str:
        given = dict(form.cleaned_data)
        session = actions.open_session(self.acting, given.pop("union"), **given)
        return reverse("voice:session", args=[session.pk])


def way_to_sessions() -> list[Crumb]:
    return [
        (_now("Proposals of workers"), reverse("voice:proposals")),
        (_now("Sessions of the congress"), reverse("voice:sessions")),
    ]


class OneSession(DetailPage):
    """The report to the congress: each motion with its answer, and what became of it."""

    roles = READERS
    model = CongressSession
    template_name = "voice/session.html"

    def rows(self) -> QuerySet[CongressSession]:
        return queries.sessions(self.acting)

    def crumbs(self) -> list[Crumb]:
        return way_to_sessions()

    def actions(self) -> list[Action]:
        return [
            Action(_now("Print the report"), reverse("voice:print-session", args=[self.object.pk]), method="post"),
        ]

    @cached_property
    def motions(self) -> list[Motion]:
        return list(queries.motions_of(self.object, self.acting))

    def context(self, **more: Any) -> dict[str, Any]:
        return super().context(session=self.object, motions=self.motions, **more)


class PrintSession(OneSession, PrintPage):
    """The same report on paper, for the delegates."""

    event = "voice.print_session"
    template_name = ""
    back = "voice:session"

    def paper(self) -> tuple[Form, Model]:
        session = self.object
        lines = tuple(
            MotionLine(
                number=str(each.number),
                title=str(each.proposal),
                authors=_authors(each.proposal),
                state=each.proposal.case.state_label,
                budget_fen=next((plan.budget_fen for plan in reversed(each.proposal.plans.all())), None),
            )
            for each in self.motions
        )
        presence = pgettext("congress", "%(present)s of %(delegates)s delegates present, for %(workers)s workers")
        report = CongressReport(
            number=str(session.pk),
            day=self.acting.day,
            organisation=session.organisation.name,
            session=session.name,
            held_on=session.held_on,
            presence=presence
            % {"present": session.present, "delegates": session.delegates, "workers": session.workers},
            lines=lines,
        )
        return report, session
