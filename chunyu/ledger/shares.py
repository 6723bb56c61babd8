"""How an order's sum stands in funds: wholly in its own, or in parts. Every movement of an order goes by these."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from chunyu.ledger.models import Fund, OrderPart, PaymentOrder


@dataclass(frozen=True)
class Share:
    """What one fund gives to an order, in fen. `mark` tells the movements of the further parts apart from the first."""

    fund: Fund
    fen: int
    mark: str


def shares_of(order: PaymentOrder) -> tuple[Share, ...]:
    return shares_by_order([order])[order.pk]


def shares_by_order(orders: Iterable[PaymentOrder]) -> dict[object, tuple[Share, ...]]:
    """The shares of each order by its key, in one more query where some are of several funds."""
    orders = list(orders)
    mixed = {order.pk: order for order in orders if order.mixed}
    found: dict[object, list[Share]] = {order.pk: [] for order in orders}
    if mixed:
        for part in OrderPart.objects.filter(order__in=mixed).select_related("fund__organisation").order_by("pk"):
            mark = "" if part.fund_id == mixed[part.order_id].fund_id else f":{part.fund_id}"
            found[part.order_id].append(Share(part.fund, part.amount_fen, mark))
    return {order.pk: tuple(found[order.pk]) or (Share(order.fund, order.amount_fen, ""),) for order in orders}
