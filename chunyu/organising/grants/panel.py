"""The latest grants on the page of a union that received them."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from chunyu.accounts.acting import Acting
from chunyu.federation.models import Organisation
from chunyu.organising.grants import queries
from chunyu.organising.grants.kinds import RECEIVERS
from chunyu.organising.grants.pages import READERS, TONES

SHOWN = 6


def grants_panel(union: Organisation, acting: Acting) -> dict[str, Any] | None:
    if acting.role not in READERS or union.kind not in RECEIVERS:
        return None
    found = queries.shares(union.path).filter(organisation=union).order_by("-plan__year", "pk")[:SHOWN]
    shares = [(each, each.stage.label, TONES[each.stage]) for each in found]
    if not shares:
        return None
    return {"shares": shares, "href": f"{reverse('organising:grant-shares')}?under={union.path}"}
