"""What a list or a figure can be narrowed to: the organisations under the acting post's own."""

from __future__ import annotations

from django.db.models import Q

from chunyu.accounts.acting import Acting
from chunyu.federation.models import Organisation

Kind = Organisation.Kind
ABOVE_COUNTY = frozenset({Kind.PROVINCIAL_FEDERATION, Kind.MUNICIPAL_FEDERATION})


def organisations_below(acting: Acting) -> list[tuple[str, str]]:
    """Path and name: the counties under a city or the province, else the unions under a county."""
    own = acting.organisation.pk
    if acting.organisation.kind in ABOVE_COUNTY:
        # A county stands right under the province or a city: two steps down, without a look at every union below.
        above = Organisation.objects.filter(Q(pk=own) | Q(parent=own)).values("pk")
        chosen = Organisation.objects.filter(kind=Kind.COUNTY_FEDERATION, parent__in=above)
    else:
        chosen = Organisation.objects.within(acting.path).exclude(pk=own)
    return list(chosen.order_by("path").values_list("path", "name"))
