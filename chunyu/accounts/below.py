"""What a list or a figure can be narrowed to: the organisations under the acting post's own."""

from __future__ import annotations

from django.db.models import Q

from chunyu.accounts.acting import Acting
from chunyu.federation.models import Organisation

Kind = Organisation.Kind
ABOVE_COUNTY = frozenset({Kind.PROVINCIAL_FEDERATION, Kind.MUNICIPAL_FEDERATION})


# More than these no list to choose from can be read, or be shown quickly.
MOST = 200
_BRINGING_UNIONS_TOGETHER = frozenset(
    {Kind.INDUSTRIAL_UNION, Kind.TOWNSHIP_UNION, Kind.UNION_ASSOCIATION, Kind.COMMUNITY_UNION}
)


def organisations_below(acting: Acting) -> list[tuple[str, str]]:
    """Path and name: the counties under a city or the province, else the unions under a county; where those are very
    many, the ones that bring unions together."""
    own = acting.organisation.pk
    if acting.organisation.kind in ABOVE_COUNTY:
        # A county stands right under the province or a city: two steps down, without a look at every union below.
        above = Organisation.objects.filter(Q(pk=own) | Q(parent=own)).values("pk")
        chosen = Organisation.objects.filter(kind=Kind.COUNTY_FEDERATION, parent__in=above)
    else:
        chosen = Organisation.objects.within(acting.path).exclude(pk=own)
    found = list(chosen.order_by("path").values_list("path", "name", "kind"))
    if len(found) > MOST:
        found = [each for each in found if each[2] in _BRINGING_UNIONS_TOGETHER | {Kind.COUNTY_FEDERATION}]
    return [(path, name) for path, name, _ in found]
