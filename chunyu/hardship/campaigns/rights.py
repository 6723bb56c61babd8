"""Who sees a campaign, and who may do what in it. A campaign of the province is seen by everybody below."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.hardship.campaigns.kinds import LEVELS, PLANNERS, Stage
from chunyu.hardship.campaigns.tables import Campaign
from chunyu.wall.scope import beyond_scope


def chain(path: str) -> list[str]:
    """The paths of an organisation and of all above it."""
    return [path[: n + 1] for n, mark in enumerate(path) if mark == "."]


def campaigns_of(acting: Acting) -> QuerySet[Campaign]:
    """Campaigns of the organisations below, and those of the levels above that reach down here."""
    below = Campaign.objects.within(acting.path).values("pk")
    return Campaign.objects.filter(Q(pk__in=below) | Q(scope_path__in=chain(acting.path)))


def refuse_role(acting: Acting, roles: Iterable[Role]) -> None:
    if acting.role not in roles:
        names = _(", ").join(str(role.label) for role in sorted(roles, key=list(Role).index))
        raise Refusal(_("This step is taken by: %(roles)s.") % {"roles": names}, code="role")


def refuse_scope(acting: Acting, scope_path: str) -> None:
    if not acting.sees(scope_path):
        raise Refusal(_("This belongs to another organisation."), code="foreign")


def leads(acting: Acting, campaign: Campaign, roles: Iterable[Role]) -> None:
    """Refusal unless the post has one of the roles at the campaign's own organisation or above it."""
    refuse_role(acting, roles)
    refuse_scope(acting, campaign.scope_path)


def takes_part(acting: Acting, campaign: Campaign, scope_path: str, roles: Iterable[Role]) -> None:
    """Refusal unless the post has one of the roles over a place that lies in the campaign."""
    refuse_role(acting, roles)
    refuse_scope(acting, scope_path)
    if not scope_path.startswith(campaign.scope_path):
        raise Refusal(_("This organisation takes no part in the campaign."), code="campaign_visit_in_its_place")


def may_plan(acting: Acting) -> Refusal | None:
    if acting.role not in PLANNERS:
        return Refusal(_("A campaign is planned by a caseworker of a federation."), code="role")
    if acting.organisation.kind not in LEVELS:
        return Refusal(_("A campaign is planned by a county federation or one above it."), code="level")
    return None


def held(campaign: Campaign, *stages: Stage) -> Campaign:
    """The campaign's row until the transaction ends; refused when it stands at none of `stages` (if any are named)."""
    rows = Campaign.objects.select_for_update(of=("self",)).select_related("organisation__region")
    with beyond_scope("lock-above"):
        now = rows.get(pk=campaign.pk)
    if stages and now.stage not in stages:
        sentence = _("This is not possible while the campaign is: %(stage)s.")
        raise Refusal(sentence % {"stage": now.get_stage_display()}, code="campaign_steps")
    return now
