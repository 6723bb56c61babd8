"""What the page of a campaign shows, put into words, figures and a curve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from chunyu.accounts.acting import Acting
from chunyu.federation.models import Organisation
from chunyu.hardship.campaigns import kinds, queries
from chunyu.hardship.campaigns.closing import left_of_all
from chunyu.hardship.campaigns.kinds import GroupKind, Stage
from chunyu.hardship.campaigns.queries import Day, Progress
from chunyu.hardship.campaigns.tables import Campaign, CampaignSource
from chunyu.ui.buttons import Action
from chunyu.ui.charts import Chart, line
from chunyu.ui.templatetags.show import day as spoken
from chunyu.ui.templatetags.show import thousands, yuan


def stages(campaign: Campaign) -> list[dict[str, str]]:
    """The five stages with the days on which they were reached."""
    reached = {
        Stage.PLANNED: campaign.planned_on,
        Stage.FUNDED: campaign.funded_on,
        Stage.RUNNING: campaign.opened_on,
        Stage.CLOSED: campaign.closed_on,
        Stage.AUDITED: campaign.audited_on,
    }
    order = list(Stage)
    now = order.index(Stage(campaign.stage))
    last = len(order) - 1
    return [
        {
            "label": str(stage.label),
            "note": spoken(reached[stage]) if reached[stage] else "",
            "state": "done" if place < now or now == last else "now" if place == now else "todo",
        }
        for place, stage in enumerate(order)
    ]


def figures(campaign: Campaign, groups: list[Progress], acting: Acting, reads: bool) -> list[dict[str, Any]]:
    """Raised, visited, still to visit, given; each opens its rows."""
    visited, planned = sum(each.visited for each in groups), sum(each.planned for each in groups)
    quota = sum(each.quota for each in groups)
    left = queries.days_left(campaign, acting.day)
    here = [campaign.pk]
    list_url = reverse("hardship:visits", args=here) if reads else "#progress"
    found = [
        {
            "label": _("Raised (yuan)"),
            "value": yuan(campaign.raised_fen),
            "note": "",
            "href": "#statement",
        },
        {
            "label": _("Visited"),
            "value": thousands(visited),
            "note": _("of %(count)s in the quota") % {"count": thousands(quota)} if quota else "",
            "href": f"{list_url}?stage=done" if reads else "#progress",
        },
        {
            "label": _("Still to visit"),
            "value": thousands(planned - visited),
            "note": _days_left(left) if campaign.is_open else "",
            "href": reverse("hardship:unvisited", args=here) if reads else "#progress",
        },
        {
            "label": _("Given (yuan)"),
            "value": yuan(sum(each.paid_fen for each in groups)),
            "note": _("of %(amount)s promised") % {"amount": yuan(sum(each.planned_fen for each in groups))},
            "href": list_url,
        },
    ]
    return found


def _days_left(left: int) -> str:
    if not left:
        return _("the last day is over")
    return ngettext("%(count)s day left", "%(count)s days left", left) % {"count": left}


@dataclass(frozen=True)
class Holding:
    """Money of the campaign at an organisation, what is left of it, and what this post may do with it."""

    source: CampaignSource
    left_fen: int
    steps: list[Action]


def holdings(acting: Acting, campaign: Campaign, place: Organisation) -> list[Holding]:
    found = []
    lefts = left_of_all(campaign)
    for source in queries.holdings(campaign, place.path):
        left = lefts[source.pk]
        found.append(Holding(source, left, _steps(acting, campaign, source, left)))
    return found


def _steps(acting: Acting, campaign: Campaign, source: CampaignSource, left: int) -> list[Action]:
    """What a post may do with money that is held under it."""

    def step(label: str, name: str, method: str = "get") -> Action:
        return Action(label, reverse(f"hardship:{name}", args=[source.pk]), style="quiet", method=method)

    if not campaign.is_open or not acting.sees(source.scope_path):
        return []
    found = []
    if acting.role in kinds.BOOKING:
        if left > 0:
            found += [
                step(_("Hand down"), "hand-campaign-money-down"),
                step(_("Give back"), "give-campaign-money-back"),
            ]
        if campaign.stage == Stage.RUNNING:
            found.append(step(_("Book what was handed over"), "book-handed-over"))
        if campaign.stage == Stage.PLANNED and source.above_id is None:
            found.append(step(_("Take out"), "take-source-out", "post"))
    if acting.role in kinds.ORDERING and campaign.stage in (Stage.FUNDED, Stage.RUNNING):
        found.append(step(_("Order the payments"), "order-campaign-payments"))
    return found


def curve(campaign: Campaign, days: list[Day]) -> Chart:
    """People visited so far, day by day, with each group's own number in the table."""
    kept = [kind for kind in GroupKind if any(each.groups.get(kind) for each in days)]
    names = [spoken(each.day)[5:] for each in days]
    summary = _("%(count)s visited up to %(day)s, most on %(best)s.")
    best = max(days, key=lambda each: each.people)
    return Chart(
        id="progress",
        summary=summary % {"count": thousands(days[-1].so_far), "day": spoken(days[-1].day), "best": spoken(best.day)},
        head=[pgettext("grant", "Day"), *(str(kind.label) for kind in kept), _("On the day"), _("So far")],
        rows=[
            (
                spoken(each.day),
                *(thousands(each.groups.get(kind, 0)) for kind in kept),
                thousands(each.people),
                thousands(each.so_far),
            )
            for each in days
        ],
        options=line(names, {_("So far"): [each.so_far for each in days]}),
    )
