"""What this room knows against paying an order: the grant and the rules it rests on; see
chunyu.ledger.checks_before_pay."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date

from django.db.models import Exists, F, OuterRef, Q, Subquery, Sum

from chunyu.federation.one_of import one_of
from chunyu.hardship.models import DecisionProgramme, Grant
from chunyu.ledger.models import BatchLine, PaymentOrder
from chunyu.ui.templatetags.show import yuan


def _last_grants(orders: Sequence[PaymentOrder]) -> dict[str, Grant]:
    """The grant that each order pays, by case number: the last one of its application."""
    numbers = {order.reference for order in orders}
    granted = Grant.objects.filter(one_of("application__case__number", numbers)).select_related("application__case")
    return {grant.application.case.number: grant for grant in granted.order_by("approved_on", "pk")}


def over_grant(orders: Sequence[PaymentOrder], day: date) -> Iterator[tuple[PaymentOrder, str]]:
    """All live orders of a case together are more than its grant."""
    grants = _last_grants(orders)
    ordered: dict[str, int] = defaultdict(int)
    live = PaymentOrder.objects.filter(one_of("reference", grants)).exclude(status="cancelled")
    for reference, fen in live.values_list("reference", "amount_fen"):
        ordered[reference] += fen
    for order in orders:
        grant = grants.get(order.reference)
        if grant is not None and ordered[order.reference] > grant.amount_fen:
            yield order, str(yuan(grant.amount_fen))


def over_cap(orders: Sequence[PaymentOrder], day: date) -> Iterator[tuple[PaymentOrder, str]]:
    """What is ordered for the household's cases of a programme in a year is more than the decision allows for it."""
    grants = _last_grants(orders)
    allowed = {
        (each.decision_id, each.programme): each.amount_fen
        for each in DecisionProgramme.objects.filter(
            one_of("decision", {grant.decision_id for grant in grants.values()}), amount_fen__isnull=False
        )
    }
    homes = {order.household_id for order in orders if order.reference in grants}
    ordered: dict[tuple[object, str, int], int] = defaultdict(int)
    live = PaymentOrder.objects.filter(
        one_of("household", homes), reference__in=Grant.objects.values("application__case__number")
    ).exclude(status="cancelled")
    for home, programme, on, fen in live.values_list("household", "programme", "ordered_on", "amount_fen"):
        ordered[home, programme, on.year] += fen
    for order in orders:
        grant = grants.get(order.reference)
        cap = allowed.get((grant.decision_id, order.programme)) if grant else None
        if cap is not None and ordered[order.household_id, order.programme, order.ordered_on.year] > cap:
            yield order, str(yuan(cap))


def paid_over_grant() -> Exists:
    """Of a line of a batch: what was paid on its case is more than the last grant, or than its decision allowed."""
    paid = (
        BatchLine.objects.filter(order__reference=OuterRef("application__case__number"), outcome="paid")
        .order_by()
        .values("order__reference")
        .annotate(fen=Sum("amount_fen"))
        .values("fen")
    )
    allowed = DecisionProgramme.objects.filter(
        decision=OuterRef("decision"), programme=OuterRef("application__programme"), amount_fen__isnull=False
    ).values("amount_fen")
    later = Grant.objects.filter(application=OuterRef("application"), approved_on__gt=OuterRef("approved_on"))
    last = Grant.objects.filter(~Exists(later), application__case__number=OuterRef("order__reference"))
    over = last.annotate(paid=Subquery(paid), allowed=Subquery(allowed[:1]))
    return Exists(over.filter(Q(paid__gt=F("amount_fen")) | Q(paid__gt=F("allowed"))))


def left_before_grant() -> Exists:
    """Of a line of a batch: the batch left before anything was granted in its case."""
    of_case = Grant.objects.filter(application__case__number=OuterRef("order__reference"))
    return Exists(
        of_case.filter(approved_on__gt=OuterRef("batch__sent_on")).exclude(
            application__grants__approved_on__lte=OuterRef("batch__sent_on")
        )
    )
