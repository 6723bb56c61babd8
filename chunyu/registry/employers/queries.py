"""Reading employers: how many work there, which union covers them, and whether they are here on a day."""

from __future__ import annotations

from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from chunyu.registry.employers.tables import Enterprise, Headcount, ShellSpell, UnionCover


def here_on(rows: QuerySet[Enterprise], day: date) -> QuerySet[Enterprise]:
    """Those known and not closed on a day."""
    return rows.filter(Q(closed_on__isnull=True) | Q(closed_on__gt=day), known_from__lte=day)


def counted(rows: QuerySet[Enterprise], day: date) -> QuerySet[Enterprise]:
    """Each with `workers`, `migrants` and `new_forms` as last counted up to a day, and `union`, the key of the union
    that covers it then (one that exists, and not on paper only): all empty where nobody has said."""
    latest = Headcount.objects.standing().filter(enterprise=OuterRef("pk"), counted_on__lte=day)
    latest = latest.order_by("-counted_on", "-recorded_at")
    cover = _covers(day)
    return rows.annotate(
        workers_then=Subquery(latest.values("workers")[:1]),
        migrants=Subquery(latest.values("migrant_workers")[:1]),
        new_forms=Subquery(latest.values("new_form_workers")[:1]),
        covering=Subquery(cover.values("union")[:1]),
        covering_name=Subquery(cover.values("union__name")[:1]),
    )


def uncovered(rows: QuerySet[Enterprise], day: date) -> QuerySet[Enterprise]:
    """Those whose workers belong to no union on a day."""
    return rows.filter(~Exists(_covers(day)))


def _covers(day: date) -> QuerySet[UnionCover]:
    standing = Q(union__dissolved_on__isnull=True) | Q(union__dissolved_on__gt=day)
    shell = ShellSpell.objects.as_of(day).filter(organisation=OuterRef("union"))
    return UnionCover.objects.as_of(day).filter(standing, ~Exists(shell), enterprise=OuterRef("pk"))
