"""Coverage and density: where there are workers, is there a union, and are they in it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from chunyu.accounts.roles import READ_ORGANISING_ROLES
from chunyu.organising.coverage import measuring
from chunyu.ui.charts import Chart, line
from chunyu.ui.fields import DayField
from chunyu.ui.pages import StaffPage

YEARS = 5


class CoverageForm(forms.Form):
    on = DayField(label=_("On"), required=False)
    smallest = forms.IntegerField(label=_("Employers with at least … workers"), required=False, min_value=1)


class Coverage(StaffPage):
    roles = READ_ORGANISING_ROLES
    title = _("Coverage and density")
    template_name = "organising/coverage.html"

    def context(self, **more: Any) -> dict[str, Any]:
        form = CoverageForm(self.request.GET or None)
        chosen = form.cleaned_data if form.is_bound and form.is_valid() else {}
        day = min(chosen.get("on") or self.acting.day, self.acting.day)
        smallest = chosen.get("smallest") or measuring.SMALLEST
        shown = CoverageForm(initial={"on": day, "smallest": smallest}) if not form.is_bound else form
        days = [date(year, 12, 31) for year in range(day.year - YEARS + 1, day.year)] + [day]
        found = measuring.over_days(self.acting.organisation, days, smallest)
        return super().context(
            form=shown,
            day=day,
            smallest=smallest,
            whole=_line(found.whole, smallest),
            places=[_line(each, smallest) for each in found.places],
            cuts=_cuts(found.whole),
            wrong=found.wrong,
            chart=_trend(days, found.rates),
            gaps=f"{reverse('organising:employers')}?{urlencode({'covered': 'no', 'size': smallest})}",
            **more,
        )


def _trend(days: Sequence[date], found: Sequence[measuring.Rates]) -> Chart:
    """The end of each of the last years, and the day itself."""
    labels = [str(each.year) for each in days]
    names = (pgettext("union", "Coverage"), pgettext("union", "Density"))
    rates = [[_percent(coverage) for coverage, _ in found], [_percent(density) for _, density in found]]
    rows = [(label, *(_shown(rate[at]) for rate in rates)) for at, label in enumerate(labels)]
    summary = _now("Coverage %(coverage)s and density %(density)s on %(day)s.") % {
        "coverage": rows[-1][1],
        "density": rows[-1][2],
        "day": days[-1].isoformat(),
    }
    return Chart("coverage", summary, (_now("Year"), *names), rows, line(labels, dict(zip(names, rates, strict=True))))


def _percent(rate: Fraction | None) -> float | None:
    return None if rate is None else round(float(rate) * 100, 1)


def _shown(percent: float | None) -> str:
    return "—" if percent is None else f"{percent:.1f} %"


def _line(place: measuring.Place, smallest: int) -> dict[str, Any]:
    under = {"under": place.path}
    employers = reverse("organising:employers")
    return {
        "name": place.name,
        "place": place,
        "coverage": _shown(_percent(place.coverage.rate)),
        "density": _shown(_percent(place.all.density)),
        "faulty": place.all.faulty,
        "employers_href": f"{employers}?{urlencode(under | {'size': smallest})}",
        "union_href": f"{employers}?{urlencode(under | {'size': smallest, 'covered': 'yes'})}",
        "members_href": f"{reverse('organising:members')}?{urlencode(under | {'status': 'now'})}",
    }


def _cuts(whole: measuring.Place) -> list[dict[str, Any]]:
    """Non-public firms, migrant workers and new forms of work, beside everybody."""
    rows = (
        (_now("Everybody"), whole.coverage, whole.all),
        (_now("Non-public firms"), whole.non_public, whole.non_public_workers),
        (_now("Migrant workers"), None, whole.migrants),
        (_now("New forms of work"), None, whole.new_forms),
    )
    return [
        {
            "label": label,
            "coverage": _shown(_percent(covered.rate)) if covered else "—",
            "members": measured.members,
            "workers": measured.workers,
            "density": _shown(_percent(measured.density)),
            "faulty": measured.faulty,
        }
        for label, covered, measured in rows
    ]
