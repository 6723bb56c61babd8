"""Unions on their way to being founded: the list, the load of each organiser, and taking employers on."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import django_filters
from django import forms
from django.contrib.postgres.aggregates import StringAgg
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.urls import reverse, reverse_lazy
from django.utils.functional import cached_property
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from chunyu.accounts.acting import Acting
from chunyu.accounts.roles import READ_ORGANISING_ROLES, Role
from chunyu.audit.record import record
from chunyu.casework.models import TimelineEntry
from chunyu.organising.coverage.measuring import SMALLEST
from chunyu.organising.duties import ON_THE_SPOT
from chunyu.organising.founding import actions
from chunyu.organising.founding.process import FOUNDING
from chunyu.organising.founding.tables import Founding, FoundingFirm
from chunyu.registry.employers.queries import counted, here_on, uncovered
from chunyu.registry.employers.tables import Enterprise, Headcount
from chunyu.ui.lists import Action, Column, Empty, ListPage
from chunyu.ui.pages import Crumb, FormPage

READERS = READ_ORGANISING_ROLES - {Role.PROVINCE_ANALYST}
TAKING_ON = frozenset(ON_THE_SPOT)
OFFERED = 300
TONES = {"declined": "amber", "founded": "rain", "running": "rain", "refused": "seal", "given_up": "plain"}


class FoundingFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(
        label=_("Step"),
        field_name="case__state",
        choices=[(state.name, state.label) for state in FOUNDING.states],
        empty_label=_("every step"),
    )
    due = django_filters.ChoiceFilter(
        label=_("Deadline"),
        choices=[("over", _("overdue")), ("open", _("under way")), ("closed", pgettext_lazy("founding", "ended"))],
        empty_label=_("every one"),
        method="by_deadline",
    )
    organiser = django_filters.CharFilter(field_name="case__opened_by__user__full_name", label=_("Organiser"))

    class Meta:
        model = Founding
        fields: tuple[str, ...] = ()

    def by_deadline(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        if value == "closed":
            return rows.filter(case__closed_on__isnull=False)
        rows = rows.filter(case__closed_on__isnull=True)
        return rows.filter(case__due_on__lt=self.request.acting.day) if value == "over" else rows


class Foundings(ListPage):
    roles = READERS
    title = _("Founding unions")
    model = Founding
    template_name = "organising/foundings.html"
    columns = (
        Column("firm_names", _("Employer"), link=lambda row: row.case.get_absolute_url(), note="case__number"),
        Column("workers", pgettext_lazy("count", "Workers"), kind="number"),
        Column(
            "state",
            _("Step"),
            kind="tag",
            value=lambda row: row.case.state_label,
            tone=lambda row: TONES.get(row.case.state, "sky"),
            sort="case__state",
        ),
        Column("case__state_since", _("Since"), kind="date"),
        Column("case__due_on", _("Due on"), kind="date"),
        Column(
            "organiser",
            _("Organiser"),
            value=lambda row: (row.case.handler or row.case.opened_by).user.full_name,
            sort="case__opened_by__user__full_name",
        ),
        Column("organisation__name", _("Answered for by")),
        Column("union__name", _("Union")),
    )
    search = ("firms__enterprise__name", "name", "case__number")
    search_hint = _("Employer, union or case number")
    filter_class = FoundingFilter
    sort = "case__due_on"
    export_name = "foundings"
    empty = Empty(
        _("No founding is under way"),
        _("Take employers on that have workers and no union."),
        Action(_("Take employers on"), reverse_lazy("organising:take-on")),
    )

    def rows(self) -> QuerySet[Founding]:
        return with_workers(Founding.objects.within(self.acting.path), self.acting).select_related(
            "case__opened_by__user", "case__handler__user", "organisation", "union"
        )

    def searched(self, rows: QuerySet, text: str) -> QuerySet:
        found = Founding.objects.filter(Q(firms__enterprise__name__icontains=text)).values("pk")
        return rows.filter(Q(pk__in=found) | Q(name__icontains=text) | Q(case__number__icontains=text))

    def actions(self) -> list[Action]:
        if self.acting.role not in TAKING_ON:
            return []
        return [Action(_now("Take employers on"), reverse("organising:take-on"), style="primary")]

    def exported(self, kind: str, count: int) -> None:
        record(self.acting, "organising.export_foundings", self.acting.organisation, f"{kind} {count}")

    def context(self, **more: Any) -> dict[str, Any]:
        within = Founding.objects.within(self.acting.path)
        counts = dict(within.values_list("case__state").annotate(Count("pk")).order_by())
        year = within.filter(union__founded_on__year=self.acting.day.year).count()
        reasons = TimelineEntry.objects.filter(case__founding__in=within, act="decline").order_by()
        return super().context(
            figures=[
                (_now("Under way"), sum(n for state, n in counts.items() if not FOUNDING.ends(state))),
                (_now("Founded this year"), year),
                (_now("Employers that declined"), counts.get("declined", 0)),
            ],
            steps=[(state.label, counts.get(state.name, 0)) for state in FOUNDING.states if counts.get(state.name)],
            load=self.load(within),
            reasons=[
                (FOUNDING.choice_label(code), count)
                for code, count in reasons.values_list("code").annotate(count=Count("pk")).order_by("-count")
            ],
            **more,
        )

    @staticmethod
    def load(within: QuerySet[Founding]) -> list[dict[str, Any]]:
        """Who carries how many that are under way, and how many of them are overdue."""
        rows = within.filter(case__closed_on__isnull=True).values(who=F("case__opened_by__user__full_name"))
        return list(rows.annotate(count=Count("pk")).order_by("-count", "who"))


def with_workers(rows: QuerySet[Founding], acting: Acting) -> QuerySet[Founding]:
    """Each with `firm_names` and `workers`, as last counted."""
    latest = Headcount.objects.standing().filter(enterprise=OuterRef("enterprise"), counted_on__lte=acting.day)
    latest = latest.order_by("-counted_on", "-recorded_at").values("workers")[:1]
    firms = FoundingFirm.objects.filter(founding=OuterRef("pk")).order_by().values("founding")
    return rows.annotate(
        firm_names=Subquery(firms.annotate(names=StringAgg("enterprise__name", "、")).values("names")),
        workers=Subquery(firms.annotate(sum=Sum(Subquery(latest))).values("sum")),
    )


MOST_SHOWN = 300


class TakeOnForm(forms.Form):
    """Employers without a union, the largest first."""

    employers = forms.ModelMultipleChoiceField(
        label=_("Employers without a union"), queryset=None, widget=forms.CheckboxSelectMultiple
    )
    how = forms.ChoiceField(
        label=_("What to found"),
        choices=[("each", _("a union for each")), ("joint", _("one joint union for all of them"))],
        initial="each",
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, acting: Acting, smallest: int = SMALLEST, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows, field = gaps(acting, smallest), self.fields["employers"]
        field.queryset = rows
        asked = self.data.getlist("employers") if self.is_bound else self.initial.get("employers", [])
        shown = list(rows[: MOST_SHOWN + 1])
        if len(shown) > MOST_SHOWN:
            there = {str(each.pk) for each in shown[:MOST_SHOWN]}
            wanted = [key for key in map(str, asked) if key not in there and is_row_key(key)]
            shown = [*shown[:MOST_SHOWN], *(rows.filter(pk__in=wanted) if wanted else [])]
            field.help_text = _now("The %(count)s largest are shown; any other is taken on from its own page.") % {
                "count": MOST_SHOWN
            }
        field.choices = [(str(each.pk), _with_workers(each)) for each in shown]


def _with_workers(employer: Any) -> str:
    count = "—" if employer.workers_then is None else employer.workers_then
    return _now("%(employer)s · %(count)s workers") % {"employer": employer.name, "count": count}


def is_row_key(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def gaps(acting: Acting, smallest: int) -> QuerySet[Enterprise]:
    """Employers under the post with at least so many workers, no union, and no founding under way."""
    under_way = FoundingFirm.objects.filter(released_on__isnull=True).values("enterprise")
    rows = uncovered(here_on(Enterprise.objects.within(acting.path), acting.day), acting.day)
    rows = counted(rows, acting.day).exclude(pk__in=under_way)
    if smallest:
        rows = rows.filter(workers_then__gte=smallest)
    return rows.order_by(F("workers_then").desc(nulls_last=True), "name", "pk")


class TakeOn(FormPage):
    """Begins a case for each employer, or one for all of them."""

    roles = TAKING_ON
    title = _("Take employers on")
    form_class = TakeOnForm
    submit_label = _("Begin")
    introduction = _("With 25 members a union elects a committee; smaller firms may found one alone or a joint one.")

    def crumbs(self) -> list[Crumb]:
        return [(_now("Founding unions"), reverse("organising:foundings"))]

    def cancel_url(self) -> str:
        return reverse("organising:foundings")

    @cached_property
    def smallest(self) -> int:
        asked = self.request.GET.get("size", "")
        return int(asked) if asked.isdigit() and len(asked) < 7 else 0

    def form_arguments(self) -> dict[str, Any]:
        given: dict[str, Any] = {"acting": self.acting, "smallest": self.smallest}
        if employer := self.request.GET.get("employer"):
            given["initial"] = {"employers": [employer]}
        return given

    def submit(self, form: forms.Form) -> Any:
        chosen = list(form.cleaned_data["employers"].select_related("organisation"))
        if form.cleaned_data["how"] == "joint":
            return actions.take_on(self.acting, chosen).case
        begun = [actions.take_on(self.acting, [each]) for each in chosen]
        self.say(
            ngettext("%(count)s founding begun.", "%(count)s foundings begun.", len(begun)) % {"count": len(begun)}
        )
        return begun[0].case if len(begun) == 1 else reverse("organising:foundings")
