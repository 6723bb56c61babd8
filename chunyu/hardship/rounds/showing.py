"""What the page of a round shows: the ways beside each other, who is reached, the funds, and the proof in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chunyu.hardship.rounds import queries
from chunyu.hardship.rounds.models import MILLION, Round, RoundDecile, RoundSource, Stage, Way
from chunyu.hardship.wording import language
from chunyu.rulebooks.in_force import rulebook_of
from chunyu.ui.charts import Chart, bar, line
from chunyu.ui.progress import Progress
from chunyu.ui.templatetags.show import percent, yuan

STEPS = (Stage.DRAFT, Stage.COMPUTED, Stage.SUBMITTED, Stage.PUBLISHED)


def fault(planned: Round) -> str:
    """Why the last computation ended without a result, in the reader's language."""
    return planned.fault_zh if language() == "zh" else planned.fault_en


def stages(planned: Round) -> list[dict[str, str]]:
    at = Stage(planned.stage)
    place = STEPS.index(Stage.DRAFT if at == Stage.COMPUTING else at)
    finished = at == Stage.PUBLISHED
    return [
        {"label": str(step.label), "state": "done" if n < place or finished else "now" if n == place else "todo"}
        for n, step in enumerate(STEPS)
    ]


def has_result(planned: Round) -> bool:
    return planned.stage not in (Stage.DRAFT, Stage.COMPUTING)


def result(planned: Round) -> dict[str, Any]:
    """Everything below the stages, for a round that is computed."""
    measures = {each.way: each for each in planned.measures.all()}
    deciles: dict[str, list[RoundDecile]] = {}
    for each in planned.deciles.order_by("decile"):
        deciles.setdefault(each.way, []).append(each)
    ways = [way for way in Way if way != Way.LAST or measures[way].granted_fen]
    ours = measures[Way.ALLOTMENT]
    return {
        "figures": figures(planned, ours),
        "ways": [
            {
                "label": way.label,
                "ours": way == Way.ALLOTMENT,
                "measure": measures[way],
                "gap_closed": share(measures[way].gap_closed),
                "square_closed": share(measures[way].square_closed),
                "per_yuan": f"{measures[way].per_yuan / MILLION:.3f}",
                "deepest": percent(_share(deciles[way][0].reached, deciles[way][0].households)),
            }
            for way in ways
        ],
        "closable": percent(float((planned.need - max(planned.bound, 0)) / planned.need), 1),
        "reached_chart": reached_chart(deciles, ways),
        "money_chart": money_chart(deciles, ways),
        "sources": sources(planned),
        "proof": proof(planned),
    }


def share(millionths: int) -> str:
    return percent(millionths / MILLION, 1)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def figures(planned: Round, ours: Any) -> list[dict[str, str]]:
    rows = reverse("hardship:round-lines", args=[planned.pk])
    households = reverse("hardship:households")
    return [
        {"label": _("Granted"), "value": yuan(ours.granted_fen), "unit": _("yuan"), "href": f"{rows}?gets=yes"},
        {"label": _("Households reached"), "value": f"{ours.households:,}", "href": f"{rows}?gets=yes"},
        {
            "label": _("Squared need closed"),
            "value": share(ours.square_closed),
            "note": _("the deeper a gap, the more it counts"),
            "href": "#proof",
        },
        {
            "label": _("Cannot be decided yet"),
            "value": f"{planned.undecided:,}",
            "note": _("take no part until the facts are stated"),
            "tone": "amber" if planned.undecided else "",
            "href": f"{households}?matter=blocked",
        },
    ]


def reached_chart(deciles: dict[str, list[RoundDecile]], ways: Iterable[Way]) -> Chart:
    """Who is reached, from the deepest tenth of the households to the shallowest."""
    names = _tenths(deciles[Way.ALLOTMENT])
    shares = {str(way.label): [_share(each.reached, each.households) for each in deciles[way]] for way in ways}
    ours, even = deciles[Way.ALLOTMENT], deciles[Way.EVEN]
    summary = _(
        "Of the tenth of households in deepest need, this allotment reaches %(ours)s and the even split %(even)s; of "
        "the shallowest tenth %(ours_last)s and %(even_last)s."
    ) % {
        "ours": percent(_share(ours[0].reached, ours[0].households)),
        "even": percent(_share(even[0].reached, even[0].households)),
        "ours_last": percent(_share(ours[-1].reached, ours[-1].households)),
        "even_last": percent(_share(even[-1].reached, even[-1].households)),
    }
    options = line(names, {name: [round(value * 100, 1) for value in values] for name, values in shares.items()})
    options["yAxis"] = {"type": "value", "min": 0, "max": 100, "axisLabel": {"formatter": "{value} %"}}
    return Chart(
        id="reached",
        summary=summary,
        head=[_("Households by depth of need"), *shares],
        rows=[(name, *(percent(values[n]) for values in shares.values())) for n, name in enumerate(names)],
        options=options,
    )


def money_chart(deciles: dict[str, list[RoundDecile]], ways: Iterable[Way]) -> Chart:
    """Where the money goes, by the same tenths."""
    names = _tenths(deciles[Way.ALLOTMENT])
    money = {str(way.label): [each.granted_fen for each in deciles[way]] for way in ways}
    total = {name: sum(values) for name, values in money.items()}
    ours, even = str(Way.ALLOTMENT.label), str(Way.EVEN.label)
    summary = _(
        "The three tenths in deepest need get %(ours)s of the money here and %(even)s of it by the even split."
    ) % {name: percent(_share(sum(money[label][:3]), total[label])) for name, label in (("ours", ours), ("even", even))}
    return Chart(
        id="money-by-depth",
        summary=summary,
        head=[_("Households by depth of need"), *(_("%(way)s (yuan)") % {"way": name} for name in money)],
        rows=[(name, *(yuan(values[n]) for values in money.values())) for n, name in enumerate(names)],
        options=bar(names, {name: [fen / 100 for fen in values] for name, values in money.items()}),
    )


def _tenths(deciles: list[RoundDecile]) -> list[str]:
    return [
        _("deepest") if n == 0 else _("shallowest") if n == len(deciles) - 1 else str(n + 1)
        for n in range(len(deciles))
    ]


def sources(planned: Round) -> list[dict[str, Any]]:
    """Each fund with what it pays, what stays, and what one more yuan there would do against an average one."""
    rows = list(planned.sources.select_related("fund").order_by("fund__name", "pk"))
    spent = queries.spent_by_source(planned)
    weight = sum(row.budget_fen for row in rows)
    average = sum((row.price or 0) * row.budget_fen for row in rows) / weight if weight else 0
    return [
        {
            "fund": row.fund,
            "href": reverse("ledger:fund", args=[row.fund_id]),
            "budget_fen": row.budget_fen,
            "spent_fen": spent.get(row.pk, 0),
            "left_fen": row.budget_fen - spent.get(row.pk, 0),
            "worth": _worth(row, average),
        }
        for row in rows
    ]


def _worth(row: RoundSource, average: float) -> str:
    if not row.price:
        return _("nothing: every gap it may pay for is as closed as the bounds allow")
    return _("%(times)s of an average yuan") % {"times": f"{row.price / average:.2f}"}


def proof(planned: Round) -> dict[str, Any]:
    """The certificate in words and in digits."""
    gap = float((planned.rest - planned.bound) / planned.rest) if planned.rest else 0.0
    if gap == 0:
        sentence = _("Proven best: no sharing within these funds and bounds leaves less squared need.")
    else:
        sentence = _(
            "No sharing within these funds and bounds can leave less than the lower bound; this lies %(gap)s above it."
        ) % {"gap": f"{gap:.4%}"}
    return {
        "sentence": sentence,
        "pairs": [
            (_("Squared need at the start (fen²)"), f"{planned.need:,}"),
            (_("Left by this allotment (fen²)"), f"{planned.rest:,}"),
            (_("No sharing leaves less than (fen²)"), f"{max(planned.bound, 0):,}"),
            (_("Rulebook"), f"{planned.pack}@{planned.version[:12]}"),
            (_("Check sum of the needs"), f"{planned.needs_digest[:16]}…"),
            (_("Check sum of the amounts"), f"{planned.grants_digest[:16]}…"),
        ],
    }


def progress_of(planned: Round) -> Progress:
    return Progress(
        _("Everybody on file is decided, then the money is shared out"), done=planned.done, total=planned.total or None
    )


def opening(planned: Round) -> dict[str, Any] | None:
    """How far a published round's applications are."""
    if planned.stage != Stage.PUBLISHED:
        return None
    total, became, not_opened = queries.opened(planned)
    sentence = ngettext("%(count)s application is open.", "%(count)s applications are open.", became) % {
        "count": f"{became:,}"
    }
    return {
        "finished": became + not_opened >= total,
        "progress": Progress(_("Applications are being opened"), done=became + not_opened, total=total),
        "sentence": sentence,
        "not_opened": not_opened,
        "not_opened_url": f"{reverse('hardship:round-lines', args=[planned.pk])}?became=refused",
    }


def inputs(planned: Round) -> list[dict[str, Any]]:
    """The programmes of the round with their bounds."""
    labels = programme_labels(planned)
    return [{"label": labels[each.programme], "row": each} for each in planned.programmes.order_by("programme")]


def programme_labels(planned: Round) -> dict[str, str]:
    """The names of the round's programmes, in the words of the rulebook where it was planned."""
    known = rulebook_of(planned.organisation, planned.day).programmes
    codes = planned.programmes.order_by("programme").values_list("programme", flat=True)
    return {code: known[code].label(language()) if code in known else code for code in codes}
