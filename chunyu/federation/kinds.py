"""Kinds of union organisations, and which may stand under which: what founding, moving and the database go by.

Money and reports follow these lines. An industrial superior beside the territorial one is an `IndustryTie`.
"""

from __future__ import annotations

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    PROVINCIAL_FEDERATION = "provincial_federation", _("provincial federation")
    MUNICIPAL_FEDERATION = "municipal_federation", _("municipal federation")
    COUNTY_FEDERATION = "county_federation", _("county federation")
    INDUSTRIAL_UNION = "industrial_union", _("industrial union")
    TOWNSHIP_UNION = "township_union", _("township or street union")
    UNION_ASSOCIATION = "union_association", _("association of unions of an area or a trade")
    COMMUNITY_UNION = "community_union", _("village or community union")
    JOINT_UNION = "joint_union", _("joint grassroots union")
    GRASSROOTS_UNION = "grassroots_union", _("grassroots union")
    PROJECT_UNION = "project_union", _("union of a project department")
    BRANCH_UNION = "branch_union", _("branch union")
    UNION_GROUP = "union_group", _("union group")
    SERVICE_STATION = "service_station", _("service station")
    AID_CENTRE = "aid_centre", _("aid centre")


_FEDERATIONS = frozenset({Kind.PROVINCIAL_FEDERATION, Kind.MUNICIPAL_FEDERATION, Kind.COUNTY_FEDERATION})
_TOWNSHIP = _FEDERATIONS | {Kind.INDUSTRIAL_UNION, Kind.TOWNSHIP_UNION}
# What a workplace may belong to: any federation, or the union or association of its place or trade.
_ABOVE_A_WORKPLACE = _TOWNSHIP | {Kind.UNION_ASSOCIATION, Kind.COMMUNITY_UNION}
_WORKPLACES = frozenset({Kind.GRASSROOTS_UNION, Kind.JOINT_UNION})

# A house may serve one city or one county only: any federation may be the top of a tree, and nothing else.
TOPS: Final = _FEDERATIONS
PARENTS: Final[dict[str, frozenset[str]]] = {
    Kind.PROVINCIAL_FEDERATION: frozenset(),
    Kind.MUNICIPAL_FEDERATION: frozenset({Kind.PROVINCIAL_FEDERATION}),
    Kind.COUNTY_FEDERATION: frozenset({Kind.PROVINCIAL_FEDERATION, Kind.MUNICIPAL_FEDERATION}),
    Kind.INDUSTRIAL_UNION: _FEDERATIONS | {Kind.INDUSTRIAL_UNION},
    Kind.TOWNSHIP_UNION: _FEDERATIONS,
    Kind.UNION_ASSOCIATION: _ABOVE_A_WORKPLACE,
    Kind.COMMUNITY_UNION: _FEDERATIONS | {Kind.TOWNSHIP_UNION, Kind.UNION_ASSOCIATION},
    Kind.JOINT_UNION: _ABOVE_A_WORKPLACE,
    # A group's companies under the group's union, and the union of a firm that joined a joint one.
    Kind.GRASSROOTS_UNION: _ABOVE_A_WORKPLACE | _WORKPLACES,
    Kind.PROJECT_UNION: _ABOVE_A_WORKPLACE | _WORKPLACES,
    Kind.BRANCH_UNION: _WORKPLACES | {Kind.PROJECT_UNION, Kind.BRANCH_UNION},
    Kind.UNION_GROUP: _WORKPLACES | {Kind.PROJECT_UNION, Kind.BRANCH_UNION},
    Kind.SERVICE_STATION: _ABOVE_A_WORKPLACE | _WORKPLACES | {Kind.AID_CENTRE},
    Kind.AID_CENTRE: _TOWNSHIP,
}
# Who may be an industrial superior: an industry's own union, or the association of a trade.
INDUSTRY_PARENTS: Final = frozenset({Kind.INDUSTRIAL_UNION, Kind.UNION_ASSOCIATION})
FEDERATIONS: Final = _FEDERATIONS


def may_stand_under(kind: str, parent: str | None) -> bool:
    """Whether an organisation of a kind may stand under one of another kind, or (None) at the top of a tree."""
    return kind in TOPS if parent is None else parent in PARENTS[kind]
