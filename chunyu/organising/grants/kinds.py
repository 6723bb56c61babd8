"""Who gives and who receives a grant to the small third level (小三级), and the words of what stands in the way."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chunyu.federation.models import Organisation

Kind = Organisation.Kind
GIVERS: Final = (Kind.MUNICIPAL_FEDERATION, Kind.COUNTY_FEDERATION)
# Townships and streets, villages and communities, and the unions of workplaces with those that bring them together.
RECEIVERS: Final = (
    Kind.TOWNSHIP_UNION,
    Kind.COMMUNITY_UNION,
    Kind.UNION_ASSOCIATION,
    Kind.JOINT_UNION,
    Kind.GRASSROOTS_UNION,
)

# What the database's function `organising_grant_barred` answers, and what a person reads.
BARRED: Final[dict[str, Promise]] = {
    "kind": _("Grants go to township, village and workplace unions; this organisation is none of them."),
    "dissolved": _("This union is dissolved: it cannot receive a grant."),
    "shell": _("This union exists on paper only: it cannot receive a grant until it works again."),
    "unreported": _("The use of an earlier grant is not reported yet: report it first."),
}
