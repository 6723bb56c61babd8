"""Counting members: of any organisation and everything under it, today and on any day past."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, Substr

from chunyu.accounts.acting import Acting
from chunyu.federation.models import Organisation, path_end
from chunyu.registry.membership.tables import MemberCount, Membership, Worker


def members_under(path: str) -> int:
    """How many members the organisation at `path` and all under it have now."""
    return MemberCount.objects.within(path).aggregate(found=Coalesce(Sum("members"), 0))["found"]


# Whose they were on that day is asked of the placements: a county that moved since was under its old city then. Years
# that are over stand in the tallies; only the year of the day itself is counted from the memberships.
_THEN = """
    WITH there AS (
        SELECT organisation_id FROM federation_placement
        WHERE path >= %(path)s AND path < %(end)s
            AND valid_from <= %(day)s AND (valid_to IS NULL OR valid_to > %(day)s)
    )
    SELECT coalesce((SELECT sum(begun - ended) FROM registry_membertally JOIN there USING (organisation_id)
                     WHERE year < %(year)s), 0)
        + (SELECT count(*) FROM registry_membership JOIN there USING (organisation_id)
           WHERE valid_from >= %(first)s AND valid_from <= %(day)s)
        - (SELECT count(*) FROM registry_membership JOIN there USING (organisation_id)
           WHERE valid_to >= %(first)s AND valid_to <= %(day)s)
"""


def members_under_on(organisation: Organisation, day: date) -> int:
    """How many members the organisation and all that was under it then had on a day past; who left with a reason is
    not among them from that day on."""
    placed = organisation.placements.as_of(day).values_list("path", flat=True).first()
    if placed is None:
        return 0
    asked = {"path": placed, "end": path_end(placed), "day": day, "year": day.year, "first": date(day.year, 1, 1)}
    with connection.cursor() as cursor:
        cursor.execute(_THEN, asked)
        return int(cursor.fetchone()[0])


def members_of_each(organisations: Iterable[int]) -> dict[int, int]:
    """The members that each of these unions has itself, now."""
    counts = MemberCount.objects.filter(organisation__in=list(organisations))
    return dict(counts.values_list("organisation", "members"))


def workers(acting: Acting, day: date | None = None) -> QuerySet[Worker]:
    """The workers on record in the post's subtree: with a day, those who were members of a union there on it."""
    rows = Worker.objects.within(acting.path)
    if day is None:
        return rows
    then = Membership.objects.within(acting.path).as_of(day).filter(worker=OuterRef("pk"))
    return Worker.objects.filter(Exists(then))


def named(rows: QuerySet[Worker], text: str) -> QuerySet[Worker]:
    """Narrowed to a name: its characters from the first or the second on, its spelling, or its initials."""
    bare = "".join(text.split())
    if not bare.isascii():
        return rows.alias(given=Substr("name", 2)).filter(Q(name__startswith=bare) | Q(given__startswith=bare))
    return rows.filter(Q(spelling__startswith=bare.lower()) | Q(initials=bare.lower()))
