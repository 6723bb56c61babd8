"""Who gains, who loses and what it costs when a parameter is moved, or when a version takes the place of today's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import EFFECT_ROLES
from chunyu.policy import Pack, PolicyError
from chunyu.policy.kinds import MILLIONTHS, Kind
from chunyu.policy.pack import Parameter, Setting
from chunyu.policy.whatif import Change, Effect
from chunyu.registry.groups import Group
from chunyu.rulebooks.drafts import base_pack
from chunyu.rulebooks.effects import EVERYWHERE, effect_of, is_number, moment, moved, places_of
from chunyu.rulebooks.pages.frame import VersionPage
from chunyu.rulebooks.pages.reading import InForcePage
from chunyu.rulebooks.places import names_of
from chunyu.rulebooks.sentences import setting_words
from chunyu.rulebooks.words import tongue
from chunyu.ui.charts import Chart, bar
from chunyu.ui.pages import StaffPage
from chunyu.ui.templatetags.show import thousands, yuan

MOST_IN_CHART = 12
SHARE = 50  # per cent, up and down
FIRST = "relative_multiple"
AFRESH = "now"


@dataclass(frozen=True)
class Slider:
    """How a number is moved: bounds, step and present value as the field shows them, and its unit."""

    least: str
    most: str
    step: str
    value: str
    unit: str


class Effects(StaffPage):
    """Shared by both pages: what is asked, and the answer in tables and a picture."""

    roles = EFFECT_ROLES

    def before(self) -> Pack | None:
        raise NotImplementedError

    def after(self) -> Pack | None:
        raise NotImplementedError

    @cached_property
    def on(self) -> date:
        try:
            return date.fromisoformat(self.request.GET.get("on", ""))
        except ValueError:
            return self.first_day()

    def first_day(self) -> date:
        return self.acting.day

    # -- the parameter ------------------------------------------------------------------------------------------

    @cached_property
    def parameter(self) -> Parameter | None:
        pack = self.after()
        if pack is None:
            return None
        asked = self.request.GET.get("parameter", self.first_parameter())
        return pack.parameters.get(asked)

    def first_parameter(self) -> str:
        return FIRST

    @cached_property
    def places(self) -> list[str]:
        return places_of(self.parameter, self.on) if self.parameter else []

    @cached_property
    def place(self) -> str:
        asked = self.request.GET.get("place", EVERYWHERE)
        return asked if asked in self.places else EVERYWHERE

    @cached_property
    def setting(self) -> Setting | None:
        """The value that is moved, where it is one."""
        if self.parameter is None or (self.place == EVERYWHERE and len(self.places) > 1):
            return None
        wanted = self.place or (self.places[0] if self.places else "")
        return next((s for s in self.parameter.settings if s.region == wanted and s.in_force(self.on)), None)

    @cached_property
    def value(self) -> str:
        """What is asked, as the CSV writes it; a change in per cent for a number in many places."""
        given = self.request.GET.get("value")
        # The value belongs to the parameter and place that it was entered for.
        meant = f"{self.parameter.name if self.parameter else ''}/{self.place}"
        if given is not None and self.request.GET.get("of", meant) == meant:
            return given.strip()
        return self.setting.text if self.setting else "0"

    def slider(self) -> Slider | None:
        parameter, setting = self.parameter, self.setting
        if parameter is None or not is_number(parameter):
            return None
        if setting is None and len(self.places) > 1:
            return Slider(str(-SHARE), str(SHARE), "1", self.value, "%")
        if setting is None or setting.value is None:
            return None
        return _slider(parameter, setting, self.value)

    def choices(self) -> list[tuple[str, str]]:
        """The values of a parameter that is no number but one of a few."""
        if self.parameter is None:
            return []
        kind = self.parameter.type.kind
        if kind is Kind.FLAG:
            return [("yes", _("yes")), ("no", _("no"))]
        if kind is Kind.BOUNDARY:
            return [("<=", _("at most (≤)")), ("<", _("below (<)"))]
        return [(code, label(tongue())) for code, label in self.parameter.values.items()] if kind is Kind.CODE else []

    # -- the answer ---------------------------------------------------------------------------------------------

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.htmx and request.htmx.target == "effect":
            return TemplateResponse(request, "rulebooks/effect_found.html", {"page": self} | self.found())
        return super().get(request, *args, **kwargs)

    def asked_moment(self) -> datetime | None:
        """The moment that the address names, so that every move of a slider sees the same facts."""
        try:
            return datetime.fromisoformat(self.request.GET.get("known", ""))
        except ValueError:
            return None

    def found(self) -> dict[str, Any]:
        """The effect, or the sentence that says why there is none."""
        before, after = self.before(), self.after()
        nothing = {"effect": None, "known_at": None}
        if before is None or after is None:
            return nothing | {"sentence": _("The draft has faults and cannot be read as rules yet.")}
        afresh = self.request.GET.get("known") == AFRESH
        at = moment(self.acting, before, after, self.asked_moment(), afresh=afresh)
        try:
            if self.parameter is not None and "value" in self.request.GET:
                after = moved(after, self.parameter.name, self.place, self.value, self.on)
            effect, known_at = effect_of(self.acting, before, after, self.on, at)
        except Refusal as refusal:
            return nothing | {"sentence": str(refusal)}
        except PolicyError as error:
            return nothing | {"sentence": error.sentence(tongue())}
        return {"sentence": "", "known_at": known_at} | shown(effect, before, after)

    def context(self, **more: Any) -> dict[str, Any]:
        parameters = self.after().parameters.values() if self.after() else []
        names = names_of(self.places)
        return super().context(
            **self.found(),
            parameters=sorted(((p.name, p.label(tongue())) for p in parameters), key=lambda each: each[1]),
            parameter=self.parameter,
            parameter_label=self.parameter.label(tongue()) if self.parameter else "",
            places=[(code, names.get(code, code)) for code in self.places],
            place=self.place,
            slider=self.slider(),
            choices=self.choices(),
            value=self.value,
            now=setting_words(self.parameter, self.setting, tongue()) if self.parameter and self.setting else "",
            on=self.on,
            here=self.request.path,
            **more,
        )


class InForceEffect(Effects, InForcePage):
    """Today's rules, and the same with one parameter moved."""

    template_name = "rulebooks/effect.html"
    tab = "effect"

    def before(self) -> Pack:
        return self.pack

    def after(self) -> Pack:
        return self.pack


class VersionEffect(Effects, VersionPage):
    """What a version would do beside the one it was made from, on the day it is meant for."""

    template_name = "rulebooks/version_effect.html"
    tab = "version-effect"

    def before(self) -> Pack | None:
        return base_pack(self.object) or self.pack

    def after(self) -> Pack | None:
        return self.pack

    def first_day(self) -> date:
        return max(self.acting.day, self.object.in_force_from or self.acting.day)

    def first_parameter(self) -> str:
        return ""


def _slider(parameter: Parameter, setting: Setting, value: str) -> Slider:
    """From nothing to twice the present value, in steps that a hand can find again."""
    kind, present = parameter.type.kind, int(setting.value)
    unit = parameter.type.unit.shown(tongue())
    if kind is Kind.COUNT:
        return Slider("0", str(max(2 * present, 10)), "1", value, unit)
    if kind is Kind.RATIO:
        most = Decimal(1) if present <= MILLIONTHS else Decimal(2 * present) / MILLIONTHS
        return Slider("0", f"{most.normalize():f}", "0.01", value, unit)
    whole = max(2 * present // 100, 10)
    step = 10 ** max(len(str(whole)) - 3, 0)
    return Slider("0", str(-(-whole // step) * step), str(step), value, unit)


# -- as it is shown -----------------------------------------------------------------------------------------------


def shown(effect: Effect, before: Pack, after: Pack) -> dict[str, Any]:
    """The effect as the page's tables and picture take it."""
    own = {key: key.split("/")[0] for key in effect.regions}
    names = names_of(list(own.values()))
    counties = [(names.get(own[key], own[key]), change) for key, change in effect.regions.items()]
    counties.sort(key=lambda each: -(each[1].gaining + each[1].losing))
    return {
        "effect": effect,
        "total": effect.total,
        "summary": summary(effect.total),
        "counties": counties,
        "groups": [(Group(name).label, change) for name, change in effect.groups.items()],
        "programmes": _programmes(effect, before, after),
        "categories": _categories(effect, before, after),
        "chart": _chart(counties, effect.total),
    }


def summary(total: Change) -> str:
    """Who gains, who loses and what it costs, in two sentences."""
    moves = ngettext(
        "Of one household %(gaining)s gains and %(losing)s loses; %(unknown)s cannot be decided.",
        "Of %(households)s households %(gaining)s gain and %(losing)s lose; %(unknown)s cannot be decided.",
        total.households,
    ) % {
        "households": thousands(total.households),
        "gaining": thousands(total.gaining),
        "losing": thousands(total.losing),
        "unknown": thousands(total.unknown),
    }
    if total.cost_fen > 0:
        cost = _("It costs %(yuan)s yuan a year more.") % {"yuan": yuan(total.cost_fen)}
    elif total.cost_fen < 0:
        cost = _("It costs %(yuan)s yuan a year less.") % {"yuan": yuan(-total.cost_fen)}
    else:
        cost = _("It costs the same.")
    return f"{moves} {cost}"


def _chart(counties: list[tuple[str, Change]], total: Change) -> Chart:
    most = counties[:MOST_IN_CHART]
    series = {
        _("gain"): [change.gaining for _name, change in most],
        _("lose"): [-change.losing for _name, change in most],
    }
    return Chart(
        id="effect",
        summary=summary(total),
        head=(_("County"), _("gain"), _("lose")),
        rows=[(name, thousands(change.gaining), thousands(change.losing)) for name, change in most],
        options=bar([name for name, _change in most], series, lying=True),
    )


def _programmes(effect: Effect, before: Pack, after: Pack) -> list[dict[str, Any]]:
    """The programmes that pay somebody something, those that change most first."""
    rows = []
    for each in effect.programmes:
        holder = after if each.code in after.programmes else before
        if each.households_before or each.households_after:
            label, cost = holder.programmes[each.code].label(tongue()), each.after_fen - each.before_fen
            rows.append({"label": label, "change": each, "cost_fen": cost})
    return sorted(rows, key=lambda row: -abs(row["cost_fen"]))


def _categories(effect: Effect, before: Pack, after: Pack) -> list[dict[str, Any]]:
    """Households by category before and after, those that move first."""
    rows = [
        {"before": _category(before, old), "after": _category(after, new), "count": count, "moves": old != new}
        for (old, new), count in effect.categories.items()
    ]
    return sorted(rows, key=lambda row: (not row["moves"], -row["count"]))


def _category(pack: Pack, code: str | None) -> str:
    return _("cannot be decided") if code is None else pack.category_label(code, tongue())
