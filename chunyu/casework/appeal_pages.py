"""Appeals and objections of a post's reach: each with what came of it, and the figures by county above them."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.roles import READ_CASE_ROLES, Role
from chunyu.casework import appeals
from chunyu.casework.calendar import calendar_in_force
from chunyu.casework.models import Case, Objection, TimelineEntry
from chunyu.ui.lists import Action, Column, Empty, ListPage

READERS = READ_CASE_ROLES - {Role.WORKPLACE_CHAIR}
APPEAL_WORDS = {
    appeals.CHANGED: pgettext_lazy("appeal", "decision changed"),
    appeals.STANDS: pgettext_lazy("appeal", "decision upheld"),
    appeals.OPEN: pgettext_lazy("appeal", "not decided yet"),
    appeals.ENDED: pgettext_lazy("appeal", "closed without a decision"),
}
OBJECTION_WORDS = {
    appeals.CHANGED: pgettext_lazy("objection", "upheld"),
    appeals.STANDS: pgettext_lazy("objection", "dismissed"),
    appeals.OPEN: pgettext_lazy("objection", "not answered yet"),
}
TONES = {appeals.CHANGED: "rain", appeals.STANDS: "plain", appeals.OPEN: "amber", appeals.ENDED: "plain"}


class OutcomeFilters(django_filters.FilterSet):
    year = django_filters.NumberFilter(label=_("Year"), field_name="came_on", lookup_expr="year")


class AppealFilters(OutcomeFilters):
    outcome = django_filters.ChoiceFilter(label=_("What came of it"), choices=list(APPEAL_WORDS.items()))

    class Meta:
        model = TimelineEntry
        fields = ("outcome", "year")


class ObjectionFilters(OutcomeFilters):
    outcome = django_filters.ChoiceFilter(label=_("What came of it"), choices=list(OBJECTION_WORDS.items()))

    class Meta:
        model = Objection
        fields = ("outcome", "year")


def outcome_columns(case: str, words: dict[str, Any]) -> tuple[Column, ...]:
    """The columns of either list; `case` is the way from a row to its case."""
    path = case.replace("__", ".")

    def case_of(row: Any) -> Case:
        for part in path.split("."):
            row = getattr(row, part)
        return row

    return (
        Column(
            f"{case}__number",
            pgettext_lazy("case", "case number"),
            link=lambda row: reverse("casework:case", args=[case_of(row).number]),
        ),
        Column("title", _("matter"), value=lambda row: case_of(row).title, sort=False),
        Column(f"{case}__organisation__name", pgettext_lazy("case", "organisation")),
        Column("came_on", pgettext_lazy("appeal", "came in on"), kind="date"),
        Column(
            "outcome",
            _("What came of it"),
            kind="tag",
            value=lambda row: words[row.outcome],
            tone=lambda row: TONES[row.outcome],
            sort="outcome",
        ),
        Column("answered_on", pgettext_lazy("appeal", "answered on"), kind="date"),
    )


class Outcomes(ListPage):
    """What both lists share: the figures of the rows that the filters leave."""

    roles = READERS
    template_name = "casework/outcomes.html"
    sort = "-came_on"
    words: ClassVar[dict[str, Any]]
    case_path: ClassVar[str]

    def context(self, **more: Any) -> dict[str, Any]:
        calendar = calendar_in_force()
        columns = (f"{self.case_path}__organisation__path", "outcome", "came_on", "answered_on")
        rows = list(self.narrowed_rows.order_by().values_list(*columns))
        whole = appeals.tallied("", rows, calendar)
        kept = self.request.GET.copy()
        kept.pop("page", None)
        figures = []
        for outcome, label in self.words.items():
            kept["outcome"] = outcome
            figures.append((label, whole.counts[outcome], TONES[outcome], f"?{kept.urlencode()}"))
        places = [
            (each, [each.counts[outcome] for outcome in self.words])
            for each in appeals.by_county(self.acting, rows, calendar)
        ]
        return super().context(whole=whole, figures=figures, places=places, words=list(self.words.values()), **more)


class Appeals(Outcomes):
    title = _("Appeals")
    model = TimelineEntry
    words = APPEAL_WORDS
    case_path = "case"
    columns = outcome_columns("case", APPEAL_WORDS)
    search = ("case__number",)
    search_hint = pgettext_lazy("case", "case number")
    filter_class = AppealFilters
    empty = Empty(_("No appeal"), _("An appeal against a refusal is taken in on its case."))
    export_name = "appeals"

    def rows(self) -> QuerySet:
        return appeals.appeals(self.acting)

    def actions(self) -> list[Action]:
        return [Action(_now("Objections"), reverse("casework:objections"))]


class Objections(Outcomes):
    title = _("Objections")
    model = Objection
    words = OBJECTION_WORDS
    case_path = "notice__case"
    columns = outcome_columns("notice__case", OBJECTION_WORDS)
    search = ("notice__case__number",)
    search_hint = pgettext_lazy("case", "case number")
    filter_class = ObjectionFilters
    empty = Empty(_("No objection"), _("Objections to public notices are listed here, with their answers."))
    export_name = "objections"

    def rows(self) -> QuerySet:
        return appeals.objections(self.acting)

    def actions(self) -> list[Action]:
        return [Action(_now("Appeals"), reverse("casework:appeals"))]
