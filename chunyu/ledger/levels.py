"""Money between levels: allocations with where they stand, and the way of a fund's money up to its source and down to
households."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection
from django.db.models import Case, CharField, Exists, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import pgettext_lazy

from chunyu.federation.models import path_end
from chunyu.ledger.models import Allocation, AllocationStep, Fund
from chunyu.ledger.queries import funds

Kind = AllocationStep.Kind
STANDS = {
    "on_its_way": pgettext_lazy("allocation", "on its way"),
    "arrived": pgettext_lazy("allocation", "arrived"),
    "refused": pgettext_lazy("allocation", "refused by the receiver"),
    "taken_back": pgettext_lazy("allocation", "taken back by the giver"),
}


def _stepped(kind: str) -> Exists:
    return Exists(AllocationStep.objects.filter(allocation=OuterRef("pk"), kind=kind))


def allocations(path: str) -> QuerySet[Allocation]:
    """What was given or received in a scope, with where it stands (`stands`) and what came back (`returned_fen`)."""
    end = path_end(path)
    back = AllocationStep.objects.filter(allocation=OuterRef("pk"), kind=Kind.RETURNED)
    back = back.order_by().values("allocation").annotate(fen=Sum("amount_fen"))
    own = Q(scope_path__gte=path, scope_path__lt=end)
    taken = Q(taker__scope_path__gte=path, taker__scope_path__lt=end)
    return (
        Allocation.objects.filter(own | taken)
        .select_related("giver__organisation", "taker__organisation", "by__user")
        .annotate(
            stands=Case(
                *(
                    When(_stepped(kind), then=Value(str(kind)))
                    for kind in (Kind.ARRIVED, Kind.REFUSED, Kind.TAKEN_BACK)
                ),
                default=Value("on_its_way"),
                output_field=CharField(),
            ),
            returned_fen=Coalesce(Subquery(back.values("fen")), Value(0)),
        )
    )


def chain_above(fund: Fund) -> list[Fund]:
    """The funds that this one's money came from, the topmost first, then those of the year before it was carried
    from; the fund itself stands last."""
    query = """
        WITH RECURSIVE above (id, depth) AS (
            SELECT %s::bigint, 0
            UNION
            SELECT coming.id, above.depth + 1 FROM above JOIN (
                SELECT giver_id AS id, taker_id AS into_id FROM ledger_allocation
                UNION SELECT fund_id, successor_id FROM ledger_yearclosing WHERE successor_id IS NOT NULL
            ) AS coming ON coming.into_id = above.id WHERE above.depth < 20
        ) SELECT id, max(depth) FROM above GROUP BY id ORDER BY 2 DESC, 1
    """
    with connection.cursor() as cursor:
        cursor.execute(query, [fund.pk])
        keys = [row[0] for row in cursor.fetchall()]
    found = Fund.objects.select_related("organisation").in_bulk(keys)
    return [found[key] for key in keys]


@dataclass(frozen=True)
class Below:
    """A fund under another with what reached it from above, and where its money stands (a row of `queries.funds`)."""

    fund: Fund
    depth: int
    arrived_fen: int
    on_its_way_fen: int
    returned_fen: int


def tree_below(fund: Fund) -> list[Below]:
    """Every fund that money of this one was handed down to, level by level, in the order of the tree."""
    query = """
        WITH RECURSIVE below (id, depth) AS (
            SELECT taker_id, 1 FROM ledger_allocation WHERE giver_id = %s
            UNION
            SELECT given.taker_id, below.depth + 1
            FROM below JOIN ledger_allocation AS given ON given.giver_id = below.id
        )
        SELECT below.id, min(below.depth),
            (SELECT coalesce(sum(step.amount_fen), 0) FROM ledger_allocation AS given
                JOIN ledger_allocationstep AS step ON step.allocation_id = given.id AND step.kind = 'arrived'
                WHERE given.taker_id = below.id),
            (SELECT coalesce(sum(given.amount_fen), 0) FROM ledger_allocation AS given WHERE given.taker_id = below.id
                AND NOT EXISTS (SELECT 1 FROM ledger_allocationstep WHERE allocation_id = given.id)),
            (SELECT coalesce(sum(step.amount_fen), 0) FROM ledger_allocation AS given
                JOIN ledger_allocationstep AS step ON step.allocation_id = given.id AND step.kind = 'returned'
                WHERE given.taker_id = below.id)
        FROM below GROUP BY below.id
    """
    with connection.cursor() as cursor:
        cursor.execute(query, [fund.pk])
        sums = {key: rest for key, *rest in cursor.fetchall()}
    rows = funds(fund.scope_path).filter(pk__in=sums).order_by("scope_path", "pk")
    return [Below(row, *sums[row.pk]) for row in rows]
