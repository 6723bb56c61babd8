"""What this room knows against paying an order: the grant and the rules it rests on; see
chunyu.ledger.checks_before_pay."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date

from chunyu.hardship.models import DecisionProgramme, Grant
from chunyu.ledger.models import PaymentOrder
from chunyu.ui.templatetags.show import yuan


def _last_grants(orders: Sequence[PaymentOrder]) -> dict[str, Grant]:
    """The grant that each order pays, by case number: the last one of its application."""
    numbers = {order.reference for order in orders}
    granted = Grant.objects.filter(application__case__number__in=numbers).select_related("application__case")
    return {grant.application.case.number: grant for grant in granted.order_by("approved_on", "pk")}


def over_grant(orders: Sequence[PaymentOrder], day: date) -> Iterator[tuple[PaymentOrder, str]]:
    """All live orders of a case together are more than its grant."""
    grants = _last_grants(orders)
    ordered: dict[str, int] = defaultdict(int)
    live = PaymentOrder.objects.filter(reference__in=grants).exclude(status="cancelled")
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
            decision__in=[grant.decision_id for grant in grants.values()], amount_fen__isnull=False
        )
    }
    homes = {order.household_id for order in orders if order.reference in grants}
    ordered: dict[tuple[object, str, int], int] = defaultdict(int)
    live = PaymentOrder.objects.filter(
        household__in=homes, reference__in=Grant.objects.values("application__case__number")
    ).exclude(status="cancelled")
    for home, programme, on, fen in live.values_list("household", "programme", "ordered_on", "amount_fen"):
        ordered[home, programme, on.year] += fen
    for order in orders:
        grant = grants.get(order.reference)
        cap = allowed.get((grant.decision_id, order.programme)) if grant else None
        if cap is not None and ordered[order.household_id, order.programme, order.ordered_on.year] > cap:
            yield order, str(yuan(cap))
