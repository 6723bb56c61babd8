"""How a year of a fund ended: the sums from its legs, the orders that go on, and what stands in the way of closing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from chunyu.ledger.models import Account, Fund, Leg, PaymentOrder, Reason, YearClosing
from chunyu.ledger.process import MONEY_STANDS
from chunyu.ledger.queries import SIGNED
from chunyu.ledger.shares import Share, shares_by_order
from chunyu.ui.templatetags.show import yuan

Kind = Account.Kind
# Reasons by which free money comes and goes, in the order of the statement.
WAYS = (
    Reason.RECEIPT, Reason.GIVE_BACK, Reason.ARRIVAL, Reason.ALLOCATION, Reason.HAND_BACK, Reason.SPENDING,
    Reason.CARRY, Reason.REVERSAL,
)  # fmt: skip


@dataclass(frozen=True)
class Ending:
    """A fund's year in fen: how it began, what came and went by reason, what was paid, and how it ended."""

    opening_fen: int
    by_reason: tuple[tuple[str, int], ...]
    paid_fen: int
    free_fen: int
    committed_fen: int
    in_transit_fen: int
    arriving_fen: int

    @property
    def left_fen(self) -> int:
        return self.free_fen + self.committed_fen + self.in_transit_fen

    @property
    def adds_up(self) -> bool:
        return self.opening_fen + sum(fen for _reason, fen in self.by_reason) - self.paid_fen == self.left_fen


# Orders that are set aside and free to go on, and those that something else must happen to first.
CARRIED = ("planned", "returned", "reissued")
HELD_UP = sorted(
    state for state, kind in MONEY_STANDS.items() if kind == Kind.COMMITTED and state not in (*CARRIED, "batched")
)
HELD = (Kind.CASH, Kind.COMMITTED, Kind.IN_TRANSIT)


def ending(fund: Fund, year: int) -> Ending:
    """From the legs alone, up to the last day of the year."""
    legs = Leg.objects.filter(account__fund=fund, transfer__day__lte=date(year, 12, 31))
    stands = dict(legs.order_by().values_list("account__kind").annotate(fen=Sum(SIGNED)))
    begun = Q(transfer__day__lt=date(year, 1, 1))
    opening = legs.filter(begun, account__kind__in=HELD).aggregate(fen=Coalesce(Sum(SIGNED), 0))["fen"]
    within = legs.exclude(begun)
    moved = dict(
        within.filter(account__kind=Kind.CASH).order_by().values_list("transfer__reason").annotate(fen=Sum(SIGNED))
    )
    paid = within.filter(account__kind=Kind.HOUSEHOLD).aggregate(fen=Coalesce(Sum(SIGNED), 0))["fen"]
    return Ending(
        opening_fen=opening,
        by_reason=tuple((str(way), moved[way]) for way in WAYS if moved.get(way)),
        paid_fen=paid,
        free_fen=stands.get(Kind.CASH, 0),
        committed_fen=stands.get(Kind.COMMITTED, 0),
        in_transit_fen=stands.get(Kind.IN_TRANSIT, 0),
        arriving_fen=stands.get(Kind.ARRIVING, 0),
    )


def open_orders(fund: Fund) -> list[PaymentOrder]:
    """Orders that have money set aside in the fund and are in no batch: they are carried over by name, one that several
    funds pay with the part of this one."""
    own = Q(fund=fund, mixed=False) | Q(parts__fund=fund)
    waiting = PaymentOrder.objects.filter(own, status__in=CARRIED).distinct()
    return list(waiting.select_related("organisation", "household", "fund").order_by("reference", "instalment"))


def carried(fund: Fund) -> list[tuple[PaymentOrder, tuple[Share, ...], int]]:
    """Those orders with all their shares, and what this fund gives to each, in fen."""
    orders = open_orders(fund)
    shares = shares_by_order(orders)
    return [
        (order, shares[order.pk], sum(share.fen for share in shares[order.pk] if share.fund.pk == fund.pk))
        for order in orders
    ]


def canonical_text(fund: Fund, year: int) -> str:
    """All that is shown to the second person, in one fixed form. Nobody is named: an order is its case number."""
    end = ending(fund, year)
    lines = [
        "chunyu-closing-statement/1",
        f"{fund.pk}\t{fund.source}\t{fund.document_no}\t{fund.year}\t{year}",
        f"opening\t{end.opening_fen}",
        *(f"{reason}\t{fen}" for reason, fen in end.by_reason),
        f"paid\t{end.paid_fen}",
        f"free\t{end.free_fen}",
        f"committed\t{end.committed_fen}",
        f"in_transit\t{end.in_transit_fen}",
        f"arriving\t{end.arriving_fen}",
        *(f"carried\t{order.reference}\t{order.instalment}\t{fen}" for order, _shares, fen in carried(fund)),
    ]
    return "\n".join(lines) + "\n"


def digest_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def blockers(fund: Fund, year: int, day: date) -> list[str]:
    """What stands in the way of closing a year of a fund on a day, a sentence each; empty when nothing does."""
    return list(_blockers(fund, year, day))


def _blockers(fund: Fund, year: int, day: date) -> Iterable[str]:
    if year >= day.year or year < fund.year:
        yield _("The year %(year)s is not over for this fund.") % {"year": year}
    if YearClosing.objects.filter(fund=fund, year__gte=year).exists():
        yield _("This year is already closed.")
    for earlier in _years_before(fund):
        yield _("The books of %(year)s still hold money of this fund: close that year first.") % {"year": earlier.year}
    stands = dict(Account.objects.filter(fund=fund).order_by().values_list("kind").annotate(fen=Sum("balance")))
    if at_bank := stands.get(Kind.IN_TRANSIT, 0):
        yield _("%(amount)s yuan are at the bank without an answer: take over its result first.") % {
            "amount": yuan(at_bank)
        }
    if arriving := stands.get(Kind.ARRIVING, 0):
        yield _("%(amount)s yuan from the level above are not acknowledged: acknowledge or refuse them.") % {
            "amount": yuan(arriving)
        }
    if sent := _unanswered(fund):
        yield _("%(amount)s yuan handed down are not acknowledged by the receivers.") % {"amount": yuan(sent)}
    batched = PaymentOrder.objects.filter(Q(fund=fund) | Q(parts__fund=fund), status="batched").distinct().count()
    if batched:
        yield _("%(count)s orders are in a batch: send or dissolve it first.") % {"count": batched}
    held = PaymentOrder.objects.filter(Q(fund=fund) | Q(parts__fund=fund), status__in=HELD_UP).distinct().count()
    if held:
        yield _("%(count)s orders are held up: release or cancel them first.") % {"count": held}


def _years_before(fund: Fund) -> Iterable[Fund]:
    """The same fund of earlier years, where something still stands."""
    before = Fund.objects.filter(
        organisation=fund.organisation, source=fund.source, document_no=fund.document_no, year__lt=fund.year
    )
    return before.filter(accounts__kind__in=HELD, accounts__balance__gt=0).distinct().order_by("year")


def _unanswered(fund: Fund) -> int:
    return fund.given.filter(steps=None).aggregate(fen=Coalesce(Sum("amount_fen"), 0))["fen"]
