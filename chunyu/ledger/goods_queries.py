"""Reading goods: what lies where, every movement with its paper, and coupons. Always within a scope."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import F, Q, QuerySet, Sum

from chunyu.accounts.acting import Acting
from chunyu.federation.models import Organisation, path_end
from chunyu.ledger.models import Account, Basket, Coupon, Good, Leg, StockMovement
from chunyu.registry.models import Household

Kind = Account.Kind
LISTED_FOR = 60  # goods that one form offers


def stock(path: str) -> QuerySet[Account]:
    """What lies in the stores of a scope: one row a place and good, with `worth_fen` at its present value."""
    return (
        Account.objects.within(path)
        .filter(fund__isnull=True, kind=Kind.CASH)
        .select_related("organisation", "commodity")
        .annotate(worth_fen=F("balance") * F("commodity__good__value_fen"))
    )


def lying_at(place: Organisation) -> list[tuple[Good, int]]:
    """Each good that ever lay at a place, with how many are there."""
    rows = Account.objects.filter(fund__isnull=True, kind=Kind.CASH, organisation=place)
    there = dict(rows.values_list("commodity_id", "balance"))
    goods = Good.objects.filter(pk__in=there).select_related("commodity").order_by("commodity__name", "pk")
    return [(good, there[good.pk]) for good in goods]


def _above_and_below(acting: Acting) -> Q:
    """Rows of the acting organisation, of those above it, and of those below it."""
    path = acting.path
    chain = [path[: n + 1] for n, mark in enumerate(path) if mark == "."]
    return Q(scope_path__in=chain) | Q(scope_path__gte=path, scope_path__lt=path_end(path))


def goods_known(acting: Acting) -> QuerySet[Good]:
    """Goods that can be taken in here: listed here, above, or below."""
    known = Good.objects.filter(_above_and_below(acting), closed_on__isnull=True)
    return known.select_related("commodity", "organisation").order_by("commodity__name", "pk")


def baskets_known(acting: Acting) -> QuerySet[Basket]:
    """Baskets that can be given out here."""
    known = Basket.objects.filter(_above_and_below(acting), closed_on__isnull=True)
    return known.select_related("organisation").prefetch_related("items__good__commodity").order_by("name", "pk")


def places(acting: Acting) -> QuerySet[Organisation]:
    """Where goods can lie: the acting organisation, those right below it, and wherever goods lie already."""
    here = acting.organisation
    keeping = stock(acting.path).values("organisation")
    near = Organisation.objects.within(acting.path).as_of(acting.day)
    return near.filter(Q(pk=here.pk) | Q(parent=here) | Q(pk__in=keeping)).order_by("path")


def movements(path: str) -> QuerySet[StockMovement]:
    """Every paper about goods in a scope; a move counts where the goods left."""
    return StockMovement.objects.within(path).select_related(
        "organisation", "to_place", "household", "by__user", "second", "basket"
    )


@dataclass(frozen=True)
class MovedGood:
    """One good on a paper: how many came into the place (above nought) or left it (below)."""

    name: str
    unit: str
    quantity: int


def goods_of(movement: StockMovement) -> list[MovedGood]:
    """What a paper moved at its own place."""
    legs = movement.transfer.legs.filter(account__organisation=movement.organisation, account__kind=Kind.CASH)
    return [
        MovedGood(
            leg.account.commodity.name,
            leg.account.commodity.unit,
            leg.quantity if leg.side == Leg.Side.DEBIT else -leg.quantity,
        )
        for leg in legs.select_related("account__commodity").order_by("position")
    ]


def given_to_household(household: Household) -> QuerySet[StockMovement]:
    """Goods that a household, or a file joined to it, was given or brought back."""
    family = Q(household=household) | Q(household__merged_into=household)
    return StockMovement.objects.filter(family).select_related("organisation", "basket").order_by("day", "pk")


def value_given(path: str, start: date | None = None, end: date | None = None) -> int:
    """What was given out in a period and did not come back, in fen at the value of the day."""
    rows = StockMovement.objects.within(path)
    if start:
        rows = rows.filter(day__gte=start)
    if end:
        rows = rows.filter(day__lte=end)
    sums = rows.aggregate(
        out=Sum("value_fen", filter=Q(kind="issued")), back=Sum("value_fen", filter=Q(kind="returned"))
    )
    return (sums["out"] or 0) - (sums["back"] or 0)


def coupons(path: str) -> QuerySet[Coupon]:
    """Coupons made in a scope."""
    return Coupon.objects.within(path).select_related(
        "household", "member", "basket", "organisation", "redemption__movement__organisation"
    )
