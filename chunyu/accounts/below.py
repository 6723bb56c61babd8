"""What a list or a figure can be narrowed to: the organisations under the acting post's own."""

from __future__ import annotations

from chunyu.accounts.acting import Acting
from chunyu.federation.models import Organisation

Kind = Organisation.Kind
ABOVE_COUNTY = frozenset({Kind.PROVINCIAL_FEDERATION, Kind.MUNICIPAL_FEDERATION})


def organisations_below(acting: Acting) -> list[tuple[str, str]]:
    """Path and name: the counties under a city or the province, else the unions under a county."""
    below = Organisation.objects.within(acting.path).exclude(pk=acting.organisation.pk)
    counties = below.filter(kind=Kind.COUNTY_FEDERATION)
    chosen = counties if acting.organisation.kind in ABOVE_COUNTY else below
    return list(chosen.order_by("path").values_list("path", "name"))
