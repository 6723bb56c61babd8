"""From a household, an order or a scope to every movement of money behind it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet, Sum

from chunyu.federation.one_of import one_of
from chunyu.ledger.models import Account, Fund, Leg, PaymentOrder, Transfer
from chunyu.ledger.queries import SIGNED
from chunyu.ledger.shares import shares_of
from chunyu.registry.duplicates.queries import files_of
from chunyu.registry.models import Household


@dataclass(frozen=True)
class HouseholdLedger:
    """Everything ordered and paid for one household, over all programmes, funds and levels."""

    orders: tuple[PaymentOrder, ...]
    paid_fen: int
    promised_fen: int
    by_programme: tuple[tuple[str, str, int], ...]


def household_ledger(household: Household) -> HouseholdLedger:
    """The file's own and what was paid on those joined to it. `paid_fen` comes from the household's accounts,
    `by_programme` (code, label, fen) too; `promised_fen` is what is set aside or at the bank."""
    files = files_of(household)
    orders = tuple(
        PaymentOrder.objects.filter(household__in=files)
        .select_related("fund", "organisation")
        .prefetch_related("lines__batch")
        .order_by("ordered_on", "pk")
    )
    labels = {order.programme: order.programme_label for order in orders}
    received = dict(
        Account.objects.filter(household__in=files, fund__isnull=False)
        .order_by()
        .values_list("programme")
        .annotate(Sum("balance"))
    )
    promised = [order.amount_fen for order in orders if order.status not in ("paid", "cancelled")]
    return HouseholdLedger(
        orders=orders,
        paid_fen=sum(received.values()),
        promised_fen=sum(promised),
        by_programme=tuple((code, labels.get(code, code), fen) for code, fen in sorted(received.items())),
    )


def trace_of_order(order: PaymentOrder) -> QuerySet[Transfer]:
    """Every transfer that moved an order's money, oldest first: set aside, handed to the bank, paid or returned …"""
    lines = list(order.lines.values_list("line_key", "batch_id"))
    marks = [share.mark for share in shares_of(order)]
    keys = [f"{step}:{order.pk}{mark}" for step in ("reserve", "release") for mark in marks]
    keys += [f"send:{batch}:{order.programme}{mark}" for _key, batch in lines for mark in marks]
    return (
        Transfer.objects.filter(Q(key__in=keys) | Q(reference__in=[key for key, _batch in lines]))
        .select_related("by__user")
        .order_by("posted_at", "pk")
    )


def movements(path: str) -> QuerySet[Leg]:
    """Every leg in the books of money of a scope with its `signed_fen`: the journal."""
    funds = list(Fund.objects.within(path).values_list("pk", flat=True))
    return (
        Leg.objects.filter(one_of("fund", funds))
        .select_related("transfer__by__user", "account__household", "fund")
        .annotate(signed_fen=SIGNED)
    )
