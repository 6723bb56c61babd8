"""How aid is spread: the six indices of a place and period, what they are made of, services, and reports."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from chunyu.accounts.below import ABOVE_COUNTY
from chunyu.accounts.roles import FIGURE_ROLES
from chunyu.federation.models import Organisation
from chunyu.hardship.indices import queries, showing
from chunyu.hardship.indices.actions import REPORTING_ROLES
from chunyu.hardship.indices.forms import ChoiceForm, chosen_period
from chunyu.hardship.indices.measuring import TREND, Overview, overview
from chunyu.hardship.indices.periods import Period, Span, period_at
from chunyu.hardship.indices.preview import preview
from chunyu.ui.pages import Action, Crumb, StaffPage


def places_for(organisation: Organisation) -> list[Organisation]:
    """What can be looked at: one's own organisation and those below it, down to the counties from above, else all."""
    below = Organisation.objects.within(organisation.path)
    if organisation.kind in ABOVE_COUNTY:
        below = below.filter(kind__in=[*ABOVE_COUNTY, Organisation.Kind.COUNTY_FEDERATION])
    return list(below.select_related("region").order_by("path"))


class OfPlaceAndPeriod(StaffPage):
    """A page of what the reader chose; `periods` says how many it looks at, the chosen one among them."""

    roles = FIGURE_ROLES
    title = _("How aid is spread")
    periods: int | None = 2

    @cached_property
    def places(self) -> list[Organisation]:
        return places_for(self.acting.organisation)

    @cached_property
    def form(self) -> ChoiceForm:
        this_year = period_at(Span.YEAR, self.acting.day)
        programmes = queries.programmes_paid(self.acting.path, this_year.before().before().start, this_year.end)
        return ChoiceForm(
            self.request.GET if "period" in self.request.GET or "place" in self.request.GET else None,
            initial={"place": str(self.acting.organisation.pk), "period": f"year:{this_year.start.isoformat()}"},
            places=self.places,
            programmes=programmes,
            today=self.acting.day,
        )

    @cached_property
    def given(self) -> dict[str, Any]:
        """The choices; a place outside the post's subtree answers as if it did not exist."""
        if not self.form.is_bound:
            return {}
        if not self.form.is_valid() and "place" in self.form.errors:
            raise Http404
        return self.form.cleaned_data

    @cached_property
    def place(self) -> Organisation:
        chosen = self.given.get("place") or str(self.acting.organisation.pk)
        return next(each for each in self.places if str(each.pk) == chosen)

    @cached_property
    def period(self) -> Period:
        valid = not self.form.is_bound or self.form.is_valid()
        return chosen_period(self.given if valid else {}, self.acting.day)

    @cached_property
    def found(self) -> Overview:
        programme = self.given.get("programme", "")
        count = self.periods or TREND[self.period.span]
        return overview(self.place, self.period, programme, self.acting.day, trend=count)

    def chosen(self, **changes: str) -> dict[str, str]:
        kept = {name: self.request.GET[name] for name in self.form.fields if self.request.GET.get(name)}
        return kept | changes


class Trend(OfPlaceAndPeriod):
    """The indices and the shifts over several periods: fetched after the page of the indices, or a page of its own."""

    periods = None
    template_name = "hardship/indices/trend_page.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.htmx:
            self.template_name = "hardship/indices/trend.html"
        return super().get(request, *args, **kwargs)

    def crumbs(self) -> list[Crumb]:
        return [(_now("How aid is spread"), f"{reverse('hardship:indices')}?{urlencode(self.chosen())}")]

    def context(self, **more: Any) -> dict[str, Any]:
        trend, shifts = showing.trend_chart(self.found), showing.shifts_chart(self.found)
        return super().context(place=self.place, trend=trend, shifts_trend=shifts, **more)


class Preview(OfPlaceAndPeriod):
    """What S, E and F would be if the same money had been shared by the gap. Nothing is changed by looking."""

    title = _("The same money by the gap")
    template_name = "hardship/indices/preview.html"

    def crumbs(self) -> list[Crumb]:
        return [(_now("How aid is spread"), f"{reverse('hardship:indices')}?{urlencode(self.chosen())}")]

    def context(self, **more: Any) -> dict[str, Any]:
        period = self.period.until(self.acting.day)
        seen = preview(self.place, self.period, self.given.get("programme", ""), self.acting.day)
        return super().context(
            form=self.form, place=self.place, period=period, seen=seen, lines=showing.preview_lines(seen), **more
        )


class Indices(OfPlaceAndPeriod):
    """The six indices beside those of the period before, the places below, the groups, and the ways to every row."""

    template_name = "hardship/indices/overview.html"

    @property
    def rows_address(self) -> str:
        """What narrows a list to the rows of this page."""
        period = self.found.period
        return urlencode(
            {
                "place": self.place.pk, "start": period.start.isoformat(), "end": period.end.isoformat(),
                "programme": self.found.programme,
            }
        )  # fmt: skip

    def address_of(self, place: Organisation) -> str:
        return f"?{urlencode(self.chosen(place=str(place.pk)))}"

    def actions(self) -> list[Action]:
        return [
            Action(_now("Services"), reverse("hardship:services"), style="quiet"),
            Action(_now("Reports"), reverse("hardship:index-reports"), style="quiet"),
        ]

    def drafting(self) -> Action | None:
        if self.acting.role not in REPORTING_ROLES:
            return None
        period = self.found.period
        told = {
            "place": str(self.place.pk), "start": period.start.isoformat(), "end": period.end.isoformat(),
            "programme": self.found.programme,
        }  # fmt: skip
        return Action(_now("Draft a report"), reverse("hardship:index-draft"), method="post", hidden=told)

    def context(self, **more: Any) -> dict[str, Any]:
        found, by = self.found, self.request.GET.get("by", "")
        sentence, tone = showing.verdict(found.now)
        places = showing.compared(found.places, by, self.address_of)
        return super().context(
            form=self.form,
            found=found,
            place=self.place,
            sentence=sentence,
            tone=tone,
            sesame=showing.of(showing.SESAME, found.now),
            lines=showing.index_lines(found, self.rows_address),
            shifts=showing.shift_lines(found, self.rows_address),
            preview_address=f"{reverse('hardship:index-preview')}?{urlencode(self.chosen())}",
            trend_address=f"{reverse('hardship:index-trend')}?{urlencode(self.chosen())}",
            places=places,
            heads=showing.heads(self.chosen(), by),
            groups=showing.groups(found),
            rows_address=self.rows_address,
            draft=self.drafting(),
            **more,
        )
