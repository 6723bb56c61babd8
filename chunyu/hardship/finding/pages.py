"""Findings as officers work on them: the list, one finding, the invitation, the answer, and the letter."""

from __future__ import annotations

from datetime import date
from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, QuerySet
from django.forms import Form
from django.http import HttpRequest
from django.urls import reverse
from django.utils import translation
from django.utils.functional import cached_property
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy

from chunyu.accounts.below import organisations_below
from chunyu.accounts.roles import CASE_ROLES, READ_CASE_ROLES
from chunyu.hardship import household_page
from chunyu.hardship.actions import record_export
from chunyu.hardship.finding import actions, queries
from chunyu.hardship.finding.forms import AnswerForm, InvitationForm, OptOutForm, SetAsideForm
from chunyu.hardship.finding.models import Finding, FindingUnknown, Invitation, InvitationAnswer
from chunyu.hardship.finding.run_pages import run_progress, unfinished_run
from chunyu.hardship.finding.suppliers import FACTS, Supplier
from chunyu.hardship.finding.wording import (
    KIND_TONES,
    STATE_LABELS,
    STATE_TONES,
    unknown_line,
    unknowns_with_suppliers,
)
from chunyu.hardship.process import ENTERING
from chunyu.hardship.wording import language, programme_label
from chunyu.policy.pack import Programme
from chunyu.registry.group_filter import GroupFilter
from chunyu.registry.queries import search
from chunyu.rulebooks.in_force import rulebook_of
from chunyu.ui.lists import Column, Empty, ListPage
from chunyu.ui.navigation import address
from chunyu.ui.pages import Action, Crumb, DetailPage, FormPage

Answer = InvitationAnswer.Answer
SEPARATOR = " · "


class FindingFilter(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(
        label=_("What was found"), choices=Finding.Kind.choices, empty_label=_("everything")
    )
    state = django_filters.ChoiceFilter(
        method="by_state", label=_("Where it stands"), choices=list(STATE_LABELS.items()), empty_label=_("still open")
    )
    programme = django_filters.ChoiceFilter(label=_("Programme"), choices=(), empty_label=_("every programme"))
    waits = django_filters.ChoiceFilter(
        method="by_supplier", label=_("Who can say it"), choices=Supplier.choices, empty_label=_("anybody")
    )
    group = GroupFilter()
    under = django_filters.ChoiceFilter(
        method="by_organisation", label=_("Organisation"), choices=(), empty_label=_("every organisation")
    )

    class Meta:
        model = Finding
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, request=request, **kwargs)
        programmes = rulebook_of(request.acting.organisation, request.acting.day).programmes
        self.filters["programme"].extra["choices"] = [
            (code, each.label(language())) for code, each in programmes.items()
        ]
        self.filters["under"].extra["choices"] = organisations_below(request.acting)

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        rows = super().filter_queryset(queryset)
        return rows if self.form.cleaned_data.get("state") else queries.still_open(rows)

    def by_state(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return queries.in_state(rows, value)

    def by_supplier(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        theirs = FindingUnknown.objects.filter(finding=OuterRef("pk"))
        acting = self.request.acting
        parameters = list(rulebook_of(acting.organisation, acting.day).parameters)
        listed = [fact for facts in FACTS.values() for fact in facts]
        if value == Supplier.APPLICANT:
            theirs = theirs.exclude(fact__in=[*listed, *parameters])
        elif value == Supplier.FEDERATION:
            theirs = theirs.filter(fact__in=parameters)
        else:
            theirs = theirs.filter(fact__in=FACTS[Supplier(value)])
        return rows.filter(Exists(theirs))

    def by_organisation(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.within(value)


def unknown_text(finding: Finding) -> str:
    """What holds a finding up, for a cell."""
    return SEPARATOR.join(dict.fromkeys(unknown_line(each) for each in finding.unknowns.all()))


class Findings(ListPage):
    roles = READ_CASE_ROLES
    title = _("Find people first")
    model = Finding
    template_name = "hardship/finding/list.html"
    columns = (
        Column(
            "worker_name", _("Worker"), link="hardship:finding-one", sort="worker_pinyin", note="household__file_number"
        ),
        Column("kind", _("What was found"), kind="tag", tone=lambda row: KIND_TONES[row.kind]),
        Column(
            "programme",
            _("Programme"),
            value=lambda row: programme_label(row.programme, row.organisation, row.found_on),
            sort="programme",
            note=lambda row: unknown_text(row),
        ),
        Column("amount_fen", _("Amount (yuan)"), kind="money"),
        Column(
            "state",
            _("Where it stands"),
            kind="tag",
            value=lambda row: str(STATE_LABELS[queries.state_of(row)]),
            tone=lambda row: STATE_TONES[queries.state_of(row)],
        ),
        Column("organisation__name", _("Union")),
        Column("found_on", _("Found on"), kind="date"),
    )  # fmt: skip
    search = ("worker_name",)
    search_hint = _("Name, pinyin, file number or a whole ID number")
    filter_class = FindingFilter
    sort = "worker_pinyin"
    export_name = "findings"
    empty = Empty(
        _("Nobody found"),
        _("A run looks at every family on file that agreed to it. Record consents on the household's page, then look."),
    )

    def rows(self) -> QuerySet[Finding]:
        return queries.listed(self.acting).prefetch_related("unknowns__member")

    def searched(self, rows: QuerySet, text: str) -> QuerySet:
        return rows.filter(household__in=search(self.acting, text).order_by().values("pk"))

    def exported(self, kind: str, count: int) -> None:
        record_export(self.acting, kind, count)

    def actions(self) -> list[Action]:
        buttons = [
            Action(_now("Runs"), reverse("hardship:finding-runs")),
            Action(_now("Figures"), reverse("hardship:finding-figures")),
        ]
        if self.acting.role in actions.ORDERING:
            look = reverse("hardship:finding-look")
            buttons.append(Action(_now("Look now"), look, style="primary", method="post"))
        return buttons

    def context(self, **more: Any) -> dict[str, Any]:
        run = unfinished_run(self.acting)
        return super().context(
            run=queries.latest_run(self.acting),
            counts=queries.counted_by_kind(self.acting),
            progress=run_progress(run) if run else None,
            progress_url=reverse("hardship:finding-progress", args=[run.pk]) if run else "",
            **more,
        )


class OneFinding(DetailPage):
    """A page about one finding of the post's subtree that still stands."""

    model = Finding

    def rows(self) -> QuerySet[Finding]:
        return queries.listed(self.acting).select_related("household__organisation__region__parent", "found_in")

    def heading(self) -> str:
        return self.object.worker_name

    def crumbs(self) -> list[Crumb]:
        crumbs: list[Crumb] = [(_now("Find people first"), reverse("hardship:finding"))]
        if type(self) is not FindingPage:
            crumbs.append((self.object.worker_name, self.go_home()))
        return crumbs

    def go_home(self) -> str:
        return reverse("hardship:finding-one", args=[self.object.pk])

    @cached_property
    def invitation(self) -> Invitation | None:
        """The latest invitation of this household for this programme."""
        rows = Invitation.objects.filter(household=self.object.household_id, programme=self.object.programme)
        return rows.select_related("answer", "by__user").order_by("-recorded_at").first()


def opening(programme: Programme | None, day: date) -> date | None:
    """The day from which applications are taken in, where they are not today."""
    if programme is None or programme.calendar.is_open(day):
        return None
    return programme.calendar.next_opening(day)


class FindingPage(OneFinding):
    roles = READ_CASE_ROLES
    template_name = "hardship/finding/one.html"

    def actions(self) -> list[Action]:
        if self.acting.role not in CASE_ROLES:
            return []
        return [*self._next(), *self._other()]

    def _next(self) -> list[Action]:
        """What brings the family nearer to the aid."""
        finding, here = self.object, [self.object.pk]
        state = queries.state_of(finding)
        if state == "new":
            there = reverse("hardship:finding-confirm", args=here)
            return [Action(_now("Confirm"), there, style="primary", method="post")]
        if finding.kind != Finding.Kind.NOT_HELPED:
            return []
        if state == "confirmed":
            return [Action(_now("Invite the family"), reverse("hardship:finding-invite", args=here), style="primary")]
        if state == "invited":
            return [
                Action(_now("Record the answer"), reverse("hardship:finding-answer", args=here), style="primary"),
                Action(_now("Letter"), reverse("hardship:finding-letter", args=here)),
            ]
        if state == "wants" and self.acting.role in ENTERING:
            there = reverse("hardship:finding-open", args=here)
            return [Action(_now("Open the application"), there, style="primary", method="post")]
        return []

    def _other(self) -> list[Action]:
        here = [self.object.pk]
        return [
            Action(pgettext("finding", "Set aside"), reverse("hardship:finding-set-aside", args=here)),
            Action(_now("Opts out"), reverse("hardship:finding-opt-out", args=here), style="danger"),
        ]

    def context(self, **more: Any) -> dict[str, Any]:
        finding, day = self.object, self.acting.day
        programme = rulebook_of(finding.organisation, day).programmes.get(finding.programme)
        known = programme is not None
        unknowns = Finding.objects.prefetch_related("unknowns__member").get(pk=finding.pk)
        return super().context(
            finding=finding,
            state=STATE_LABELS[queries.state_of(finding)],
            state_tone=STATE_TONES[queries.state_of(finding)],
            tone=KIND_TONES[finding.kind],
            opens=opening(programme, day),
            label=programme_label(finding.programme, finding.organisation, day),
            household_url=reverse("hardship:household", args=[finding.household_id]),
            apply=household_page.before_applying(finding.household, finding.programme, day) if known else None,
            why=household_page.why_of(finding.household, finding.programme, day) if known else [],
            unknowns=unknowns_with_suppliers(unknowns, day),
            invitation=self.invitation,
            timeline=queries.timeline(finding),
            **more,
        )


class FindingAct(OneFinding):
    """An address of one finding that only takes a POST."""

    roles = CASE_ROLES
    back = "hardship:finding-one"


class Confirm(FindingAct):
    def act(self) -> str:
        actions.confirm(self.acting, self.object)
        self.say(_now("Confirmed. Nothing is granted by it; the family can be invited now."))
        return self.go_home()


class OpenApplication(FindingAct):
    roles = frozenset(ENTERING)

    def act(self) -> str:
        case = actions.open_application(self.acting, self.invitation)
        self.say(_now("Application %(number)s is open.") % {"number": case.number})
        return reverse("casework:case", args=[case.number])


class FindingForm(OneFinding, FormPage):
    """A form about one finding; the heading is the page's own title."""

    roles = CASE_ROLES

    def heading(self) -> str:
        return str(self.title)

    def cancel_url(self) -> str:
        return self.go_home()


class SetAside(FindingForm):
    title = pgettext_lazy("finding", "Set aside")
    form_class = SetAsideForm
    submit_label = pgettext_lazy("finding", "Set aside")
    introduction = _("It leaves the list until a later run finds something else of this household.")

    def submit(self, form: Form) -> str:
        actions.set_aside(self.acting, self.object, **form.cleaned_data)
        return reverse("hardship:finding")


class Invite(FindingForm):
    title = _("Invite the family")
    form_class = InvitationForm
    submit_label = _("Invite")
    introduction = _("The family gets a code with which it can answer on the web, and thirty days to do so.")

    def submit(self, form: Form) -> str:
        actions.invite(self.acting, self.object, **form.cleaned_data)
        self.say(_now("Invited. Print the letter, or read the code out on the telephone."))
        return reverse("hardship:finding-letter", args=[self.object.pk])


class TakeInAnswer(FindingForm):
    title = _("Record the answer")
    form_class = AnswerForm
    submit_label = _("Record it")

    def submit(self, form: Form) -> str:
        given = form.cleaned_data
        case = actions.take_in_answer(self.acting, self.invitation, answer=given["answer"], channel=given["channel"])
        if case is not None:
            self.say(_now("Application %(number)s is open.") % {"number": case.number})
            return reverse("casework:case", args=[case.number])
        return reverse("hardship:finding")


class OptOut(FindingForm):
    title = _("The family does not want to be looked for")
    form_class = OptOutForm
    submit_label = _("Record it")
    introduction = _("It leaves every list at once and is looked at again only with a new signed consent.")

    def form_arguments(self) -> dict[str, Any]:
        return {"day": self.acting.day}

    def submit(self, form: Form) -> str:
        given = form.cleaned_data
        actions.opt_out(self.acting, self.object.household, channel=given["channel"], on=given["said_on"])
        self.say(_now("Recorded. The family is on no list any more."))
        return reverse("hardship:finding")


class Letter(OneFinding):
    """The invitation as a letter, in the family's language, to be printed."""

    roles = CASE_ROLES
    template_name = "hardship/finding/letter.html"

    def heading(self) -> str:
        return _now("Letter to the family")

    def actions(self) -> list[Action]:
        return []

    def context(self, **more: Any) -> dict[str, Any]:
        rows = Invitation.objects.within(self.acting.path).select_related("organisation", "household", "by__user")
        invitation = self.find(rows, pk=self.invitation.pk if self.invitation else None)
        answering = address("portal:invitation")
        with translation.override(invitation.language):
            paper = {
                "label": programme_label(invitation.programme, invitation.household.organisation, self.acting.day),
                **household_page.before_applying(invitation.household, invitation.programme, self.acting.day),
            }
        return super().context(
            invitation=invitation,
            paper=paper,
            code=invitation.code.reveal(),
            web=self.request.build_absolute_uri(answering) if answering else "",
            worker=invitation.household.worker.name,
            **more,
        )
