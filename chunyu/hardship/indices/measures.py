"""The measures one by one: what each is called, how it is worked out in words, and how its number is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.hardship.indices.measuring import Found

Number = Fraction | int | None
NOT_KNOWN = _("not known")


@dataclass(frozen=True)
class Measure:
    """`value` reads the number out of what was found; `enough` says whether a missing one is for want of families.
    `percent` measures are shown as shares, `whole` ones are counts or fen, the others have three decimals. `better`
    says which way is good: "low", "high", or neither. `missing` is said where nothing was to be worked out."""

    code: str
    label: str | Promise
    formula: str | Promise
    value: Callable[[Found], Number]
    enough: Callable[[Found], bool] = lambda found: found.indices.enough
    percent: bool = False
    whole: bool = False
    better: str = ""
    short: str | Promise = ""  # the name in a chart's legend, where the label is long
    missing: str | Promise = NOT_KNOWN


def _concentration(name: str) -> Callable[[Found], Number]:
    return lambda found: getattr(found.indices.concentration, name) if found.indices.concentration else None


def _shift(name: str) -> Callable[[Found], Number]:
    return lambda found: getattr(found.shifts, name) if found.shifts else None


def _served_enough(found: Found) -> bool:
    return found.shifts is not None


SESAME = Measure(
    "sesame",
    _("Sesame-salt index S"),
    _("evenness × (1 − need fit, where it is above nought); 1: everybody got the same, whatever the need"),
    lambda found: found.indices.sesame,
    better="low",
)
EVENNESS = Measure(
    "evenness",
    _("Evenness E"),
    _("1 − the Gini coefficient of the amounts per helped household; 1: all got the same"),
    lambda found: found.indices.evenness,
)
NEED_FIT = Measure(
    "need_fit",
    _("Need fit F"),
    _("rank correlation of a household's yearly gap and what it received; 1: who lacks more, gets more"),
    lambda found: found.indices.need_fit,
    better="high",
)
BUNCHING = Measure(
    "bunching",
    _("Festival bunching B"),
    _("share of the money paid around New Year and the Spring Festival ÷ share of the days that lie there; 1: even"),
    lambda found: found.indices.bunching,
    better="low",
    missing=_("no festival"),
)
USUAL_SHARE = Measure(
    "usual",
    _("Category concentration C"),
    _("share of living and medical relief in the money"),
    _concentration("usual"),
    percent=True,
)
HERFINDAHL = Measure(
    "herfindahl",
    _("Concentration over all kinds"),
    _("sum of the squared shares of all kinds of aid; 1: one kind only"),
    _concentration("herfindahl"),
)
COVERAGE = Measure(
    "coverage",
    _("Coverage"),
    _("households helped ÷ households on file in the period"),
    lambda found: found.indices.coverage,
    percent=True,
)
DEPTH = Measure(
    "depth",
    _("Depth"),
    _("median amount ÷ median yearly gap of the helped households"),
    lambda found: found.indices.depth,
    percent=True,
    better="high",
)
ALL_MEMBERS = Measure(
    "all_members",
    _("From special groups to all members"),
    _("people served who are on no hardship file ÷ all people served"),
    _shift("all_members"),
    _served_enough,
    percent=True,
    better="high",
    short=_("All members"),
)
BEYOND_LIVING = Measure(
    "beyond_living",
    _("From living relief to wide services"),
    _("services other than living relief ÷ all services, each person and kind once"),
    _shift("beyond_living"),
    _served_enough,
    percent=True,
    better="high",
    short=_("Wide services"),
)
AT_ENTITIES = Measure(
    "at_entities",
    _("From campaigns to standing places"),
    _("services at a centre, station or shop ÷ services whose way was recorded"),
    _shift("at_entities"),
    _served_enough,
    percent=True,
    better="high",
    short=_("Standing places"),
)
FROM_SOCIETY = Measure(
    "from_society",
    _("From the union's own means to society's"),
    _("value given by partners and donors ÷ all value"),
    _shift("from_society"),
    _served_enough,
    percent=True,
    better="high",
    short=_("Society's means"),
)
HOUSEHOLDS = Measure(
    "households",
    pgettext_lazy("count", "Households helped"),
    _("households that received money, each once"),
    lambda found: found.indices.households,
    whole=True,
)
TOTAL = Measure(
    "total_fen",
    _("Money paid"),
    _("what the bank confirmed as paid"),
    lambda found: found.indices.total_fen,
    whole=True,
)
PEOPLE = Measure(
    "served_people",
    _("People served"),
    _("people who received money or a service, each once"),
    lambda found: found.people,
    whole=True,
)

INDICES = (SESAME, EVENNESS, NEED_FIT, BUNCHING, USUAL_SHARE, HERFINDAHL, COVERAGE, DEPTH)
SHIFTS = (ALL_MEMBERS, BEYOND_LIVING, AT_ENTITIES, FROM_SOCIETY)
MEASURES = (*INDICES, *SHIFTS, HOUSEHOLDS, TOTAL, PEOPLE)
BY_CODE = {each.code: each for each in MEASURES}
