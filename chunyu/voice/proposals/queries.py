"""Reading proposals: those of a post's subtree, a session's motions, and what the public board shows."""

from __future__ import annotations

from collections import Counter
from datetime import date

from django.db.models import Count, Prefetch, Q, QuerySet

from chunyu.accounts.acting import Acting
from chunyu.casework.queries import known_to
from chunyu.federation.models import Organisation, paths_above
from chunyu.voice.proposals.tables import CongressSession, Motion, Proposal
from chunyu.wall.scope import beyond_scope

# What the board no longer shows: what was not taken up, and what goes on under another title.
OFF_THE_BOARD = ("returned", "merged", "withdrawn")


def known(acting: Acting) -> QuerySet[Proposal]:
    """Those of the subtree; confidential ones for those let in only."""
    return Proposal.objects.within(acting.path).filter(case__in=known_to(acting).values("pk"))


def proposals(acting: Acting) -> QuerySet[Proposal]:
    """What a list shows, in as many queries whatever its length."""
    motions = Prefetch("motions", Motion.objects.select_related("session"))
    return known(acting).select_related("case", "organisation").prefetch_related("authors", motions)


def sessions(acting: Acting) -> QuerySet[CongressSession]:
    return (
        CongressSession.objects.within(acting.path)
        .select_related("organisation")
        .annotate(
            count=Count("motions"),
            put_right=Count("motions", Q(motions__proposal__case__state__in=["done", "reviewed"])),
        )
    )


def motions_of(session: CongressSession, acting: Acting) -> QuerySet[Motion]:
    return (
        session.motions.filter(proposal__in=known(acting))
        .select_related("proposal__case")
        .prefetch_related("proposal__authors", "proposal__plans")
        .order_by("number")
    )


def on_the_board(county: Organisation, day: date) -> QuerySet[Proposal]:
    """What everybody may read of a county's proposals: taken up, and not confidential; the latest first."""
    return (
        Proposal.objects.within(county.path)
        .filter(case__confidential=False, raised_on__lte=day)
        .exclude(public_title="")
        .exclude(case__state__in=OFF_THE_BOARD)
        .select_related("case", "organisation")
        .prefetch_related("authors", Prefetch("motions", Motion.objects.select_related("session")), "plans")
        .order_by("-raised_on", "-pk")
    )


def counties_with_proposals(day: date) -> list[tuple[Organisation, int]]:
    """The county federations with something on the board, and how much."""
    board = Proposal.objects.filter(case__confidential=False, raised_on__lte=day).exclude(public_title="")
    board = board.exclude(case__state__in=OFF_THE_BOARD)
    counted = Counter[str]()
    with beyond_scope("public-notices"):
        rows = list(board.order_by().values_list("scope_path").annotate(Count("pk")))
    for path, count in rows:
        counted.update(dict.fromkeys(paths_above(path), count))
    counties = Organisation.objects.as_of(day).filter(kind=Organisation.Kind.COUNTY_FEDERATION, path__in=list(counted))
    return [(each, counted[each.path]) for each in counties.order_by("region__code", "pk")]
