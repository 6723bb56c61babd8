"""Full-time posts on the page of a joint union or association."""

from __future__ import annotations

from typing import Any

from chunyu.accounts.acting import Acting
from chunyu.accounts.roles import READ_ORGANISING_ROLES
from chunyu.federation.models import Organisation
from chunyu.organising.full_time import queries
from chunyu.organising.full_time.pages import STATES
from chunyu.organising.full_time.tables import JOINT


def posts_panel(union: Organisation, acting: Acting) -> dict[str, Any] | None:
    if acting.role not in READ_ORGANISING_ROLES or union.kind not in JOINT:
        return None
    own = Organisation.objects.filter(pk=union.pk)
    posts = queries.posts(union.path, acting.day).filter(organisation=union).order_by("valid_from", "pk")
    return {
        "load": queries.loaded(own, queries.OF_UNION, acting.day).get(),
        "posts": [(each, *STATES[each.state]) for each in posts],
    }
