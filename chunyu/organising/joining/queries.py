"""Reading applications: those that wait, the one of a number and code, and the unions that a typed name may mean."""

from __future__ import annotations

from datetime import date

from django.db.models import Q, QuerySet

from chunyu.accounts.acting import Acting
from chunyu.federation.models import Organisation
from chunyu.organising.joining.actions import CODE
from chunyu.privacy.letter_code import as_written
from chunyu.privacy.sealing import blind_index
from chunyu.registry.employers.tables import WITH_MEMBERS, UnionCover
from chunyu.registry.membership.tables import JoinRequest
from chunyu.wall.scope import beyond_scope, take_on

OFFERED = 8  # unions that a typed name may mean; more are no help on a phone


def applications(acting: Acting) -> QuerySet[JoinRequest]:
    return JoinRequest.objects.within(acting.path).select_related("organisation", "membership")


def waiting(acting: Acting) -> QuerySet[JoinRequest]:
    return applications(acting).filter(answer="").order_by("asked_on", "number")


def application_of(number: str, code: str) -> JoinRequest | None:
    """The application of this number, for whoever holds its code."""
    digest = blind_index(as_written(code), CODE)
    rows = JoinRequest.objects.filter(number=number.strip().upper(), code_digest=digest)
    with beyond_scope("own-matter"):
        found = rows.select_related("organisation", "membership__organisation").first()
    if found is not None:
        take_on(found.scope_path)
    return found


def unions_meant(county: Organisation, text: str, day: date) -> list[Organisation]:
    """The unions of a county whose name, or whose firm's name, holds the text; one that is named exactly stands
    alone."""
    bare = text.strip()
    unions = Organisation.objects.within(county.path).as_of(day).filter(kind__in=WITH_MEMBERS)
    covers = UnionCover.objects.as_of(day).filter(enterprise__name__contains=bare, enterprise__closed_on__isnull=True)
    named = unions.filter(Q(name__contains=bare) | Q(pk__in=covers.values("union")))
    found = list(named.order_by("name", "pk")[: OFFERED + 1])
    exact = [each for each in found if each.name == bare]
    return exact if len(exact) == 1 else found
