"""The grid on a union's own page: of a station its cells, of a level what falls in none under it."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from chunyu.accounts.acting import Acting
from chunyu.accounts.roles import READ_ORGANISING_ROLES
from chunyu.federation.models import Organisation
from chunyu.organising.grid import queries

Kind = Organisation.Kind
SHOWN_AT = (Kind.COUNTY_FEDERATION, Kind.TOWNSHIP_UNION, Kind.COMMUNITY_UNION, Kind.SERVICE_STATION)
CELLS_SHOWN = 30


def grid_panel(union: Organisation, acting: Acting) -> dict[str, Any] | None:
    if acting.role not in READ_ORGANISING_ROLES or union.kind not in SHOWN_AT:
        return None
    cells = queries.cells(union.path, acting.day).order_by("organisation__path", "name")
    under = f"?under={union.path}" if union.pk != acting.organisation.pk else ""
    return {
        "cells": list(cells[:CELLS_SHOWN]),
        "firms": queries.firms_in_none(union.path, acting.day).count(),
        "villages": queries.villages_in_none(union.path, acting.day).count(),
        "firms_href": reverse("organising:uncovered") + under,
        "villages_href": reverse("organising:uncovered-villages") + under,
    }
