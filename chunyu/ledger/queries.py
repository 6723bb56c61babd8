"""Reading the money: statements of funds, totals by source and programme, and the trace of every yuan both ways.

Paid money is counted by the lines that the bank reported as paid; `checking.orders_out_of_step` proves that this
equals the accounts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Case, Count, F, Max, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce, TruncMonth

from chunyu.federation.models import Organisation, path_end, paths_above
from chunyu.ledger.models import Account, BatchLine, Fund, Leg, PaymentOrder, PayoutBatch, Reason, Transfer
from chunyu.ledger.process import READY, Outcome
from chunyu.registry.duplicates.queries import of_family
from chunyu.registry.models import Household

SIGNED = Case(When(side=Leg.Side.DEBIT, then=F("quantity")), default=-F("quantity"))
Kind = Account.Kind


def _balance(kind: str):
    """The sum of a fund's accounts of a kind, for annotating funds."""
    sums = Account.objects.filter(fund=OuterRef("pk"), kind=kind).values("fund").annotate(fen=Sum("balance"))
    return Coalesce(Subquery(sums.values("fen")), Value(0))


def funds(path: str) -> QuerySet[Fund]:
    """Funds in a scope with what is free, set aside, at the bank, paid and spent (`free_fen` …), and all,
    `total_fen`."""
    return (
        Fund.objects.within(path)
        .select_related("organisation")
        .prefetch_related("earmarks")
        .annotate(
            free_fen=_balance(Kind.CASH),
            committed_fen=_balance(Kind.COMMITTED),
            in_transit_fen=_balance(Kind.IN_TRANSIT),
            paid_fen=_balance(Kind.HOUSEHOLD),
            spent_fen=_balance(Kind.SPENT),
        )
        .annotate(total_fen=F("free_fen") + F("committed_fen") + F("in_transit_fen") + F("paid_fen") + F("spent_fen"))
    )


def funds_serving(organisation: Organisation, programme: str) -> list[Fund]:
    """Funds from which an organisation's decision for a programme can be paid: its own and those above it, with
    `free_fen`, the fullest first."""
    open_to_it = Fund.objects.filter(scope_path__in=paths_above(organisation.path)).annotate(
        free_fen=_balance(Kind.CASH), marked=Count("earmarks"), fits=Count("earmarks", Q(earmarks__programme=programme))
    )
    return list(open_to_it.filter(Q(marked=0) | Q(fits=1)).order_by("-free_fen", "pk"))


@dataclass(frozen=True)
class ProgrammeLine:
    """What a fund has done for one programme, in fen."""

    programme: str
    label: str
    committed_fen: int
    in_transit_fen: int
    paid_fen: int

    @property
    def total_fen(self) -> int:
        return self.committed_fen + self.in_transit_fen + self.paid_fen


@dataclass(frozen=True)
class MonthLine:
    """What happened in a fund in one month, in fen; reversals count in the month in which they were made."""

    month: date
    brought_in_fen: int
    set_aside_fen: int
    paid_fen: int


@dataclass(frozen=True)
class Statement:
    """A fund at a glance: what was brought in stands free, set aside, at the bank, was paid, or spent by the union."""

    brought_in_fen: int
    free_fen: int
    committed_fen: int
    in_transit_fen: int
    paid_fen: int
    spent_fen: int
    by_programme: tuple[ProgrammeLine, ...]
    by_month: tuple[MonthLine, ...]

    @property
    def adds_up(self) -> bool:
        went = self.committed_fen + self.in_transit_fen + self.paid_fen + self.spent_fen
        return self.brought_in_fen == self.free_fen + went


def fund_statement(fund: Fund) -> Statement:
    """Balances from the accounts, what was brought in and the months from the legs: two ways that must agree."""
    sums = {
        (kind, programme): fen
        for kind, programme, fen in Account.objects.filter(fund=fund)
        .order_by()
        .values_list("kind", "programme")
        .annotate(Sum("balance"))
    }
    labels = programme_labels([fund])
    codes = sorted({programme for _kind, programme in sums if programme} | _earmarked(fund))
    lines = tuple(
        ProgrammeLine(code, labels.get(code, code), *(sums.get((kind, code), 0) for kind in _PROMISED))
        for code in codes
    )
    legs = Leg.objects.filter(account__fund=fund)
    return Statement(
        brought_in_fen=legs.filter(BROUGHT_IN).aggregate(fen=Coalesce(Sum(SIGNED), 0))["fen"],
        free_fen=sums.get((Kind.CASH, ""), 0),
        committed_fen=sum(line.committed_fen for line in lines),
        in_transit_fen=sum(line.in_transit_fen for line in lines),
        paid_fen=sum(line.paid_fen for line in lines),
        spent_fen=sums.get((Kind.SPENT, ""), 0),
        by_programme=lines,
        by_month=_months(legs),
    )


_PROMISED = (Kind.COMMITTED, Kind.IN_TRANSIT, Kind.HOUSEHOLD)
# Everything that moves free money except setting it aside, releasing it, and spending it.
BROUGHT_IN = Q(account__kind=Kind.CASH) & ~Q(transfer__reason__in=[Reason.RESERVATION, Reason.RELEASE, Reason.SPENDING])
_SET_ASIDE = Q(account__kind=Kind.COMMITTED, transfer__reason__in=[Reason.RESERVATION, Reason.RELEASE])


def _months(legs: QuerySet[Leg]) -> tuple[MonthLine, ...]:
    monthly = (
        legs.annotate(month=TruncMonth("transfer__day"))
        .values("month")
        .order_by("month")
        .annotate(
            brought_in=Coalesce(Sum(SIGNED, filter=BROUGHT_IN), 0),
            set_aside=Coalesce(Sum(SIGNED, filter=_SET_ASIDE), 0),
            paid=Coalesce(Sum(SIGNED, filter=Q(account__kind=Kind.HOUSEHOLD)), 0),
        )
    )
    return tuple(MonthLine(row["month"], row["brought_in"], row["set_aside"], row["paid"]) for row in monthly)


def _earmarked(fund: Fund) -> set[str]:
    return set(fund.earmarks.values_list("programme", flat=True))


def programme_labels(funds: Iterable[Fund]) -> dict[str, str]:
    """The name of each programme as its orders and earmarks last said it."""
    owned = list(funds)
    from_orders = (
        PaymentOrder.objects.filter(fund__in=owned).order_by().values_list("programme").annotate(Max("programme_label"))
    )
    from_earmarks = (
        Fund.objects.filter(pk__in=[fund.pk for fund in owned])
        .exclude(earmarks=None)
        .order_by()
        .values_list("earmarks__programme")
        .annotate(Max("earmarks__label"))
    )
    return dict(from_orders) | {code: label for code, label in from_earmarks if label}


# --- payments and their totals


def payments(path: str, *, start: date | None = None, end: date | None = None) -> QuerySet[BatchLine]:
    """Money that reached households of a scope, one row a payment, from `start` to `end`, both included."""
    rows = BatchLine.objects.filter(
        outcome=Outcome.PAID, order__scope_path__gte=path, order__scope_path__lt=path_end(path)
    ).select_related("order__household", "order__fund", "order__organisation", "batch")
    if start:
        rows = rows.filter(settled_on__gte=start)
    if end:
        rows = rows.filter(settled_on__lte=end)
    return rows


@dataclass(frozen=True)
class SourceLine:
    """Money of one source for one programme that reached households. `households` are distinct, `payments` are acts."""

    source: str
    programme: str
    programme_label: str
    households: int
    payments: int
    fen: int

    @property
    def source_label(self) -> str:
        return str(Fund.Source(self.source).label)


def money_by_source_and_programme(
    path: str, start: date | None = None, end: date | None = None, households: QuerySet | None = None
) -> list[SourceLine]:
    """What reached the households of a scope (of some of them, if given) in a period, source by programme. The rows
    behind each line are `payments(path, start=…, end=…)` of its source and programme."""
    rows = payments(path, start=start, end=end)
    grouped = (
        (rows if households is None else rows.filter(order__household__in=households))
        .order_by()
        .values(source=F("order__fund__source"), programme=F("order__programme"))
        .annotate(
            programme_label=Max("order__programme_label"),
            households=Count("order__household", distinct=True),
            payments=Count("pk"),
            fen=Sum("amount_fen"),
        )
    )
    order = {source: n for n, source in enumerate(Fund.Source.values)}
    lines = [SourceLine(**row) for row in grouped]
    return sorted(lines, key=lambda line: (order[line.source], line.programme))


# --- orders, batches


def summed(rows: QuerySet, field: str) -> int:
    """The sum of a fen field over rows."""
    return rows.order_by().aggregate(fen=Coalesce(Sum(field), 0))["fen"]


def ready_orders(fund: Fund) -> QuerySet[PaymentOrder]:
    """Orders of a fund that wait for a batch."""
    return PaymentOrder.objects.filter(fund=fund, status__in=READY).select_related("household", "organisation")


def batches(path: str) -> QuerySet[PayoutBatch]:
    """Batches in a scope with `count` and `total_fen` of their lines."""
    return (
        PayoutBatch.objects.within(path)
        .select_related("fund", "organisation", "prepared_by__user", "submitted_by__user")
        .annotate(count=Count("lines"), total_fen=Coalesce(Sum("lines__amount_fen"), 0))
    )


@dataclass(frozen=True)
class Reconciliation:
    """A sent batch against the bank's answers, in fen; `in_books_fen` is what its transfers put on the way and have
    not yet taken off it."""

    sent_fen: int
    paid_fen: int
    returned_fen: int
    waiting_fen: int
    in_books_fen: int

    @property
    def agrees(self) -> bool:
        return self.sent_fen == self.paid_fen + self.returned_fen + self.waiting_fen and (
            self.waiting_fen == self.in_books_fen
        )


def reconciliation(batch: PayoutBatch) -> Reconciliation:
    by_outcome = dict(batch.lines.order_by().values_list("outcome").annotate(Sum("amount_fen")))
    keys = [batch.number, *batch.lines.values_list("line_key", flat=True)]
    on_the_way = Leg.objects.filter(account__kind=Kind.IN_TRANSIT, transfer__reference__in=keys)
    return Reconciliation(
        sent_fen=sum(by_outcome.values()) if batch.sent_on else 0,
        paid_fen=by_outcome.get(Outcome.PAID, 0),
        returned_fen=by_outcome.get(Outcome.RETURNED, 0),
        waiting_fen=by_outcome.get(Outcome.WAITING, 0) if batch.sent_on else 0,
        in_books_fen=on_the_way.aggregate(fen=Coalesce(Sum(SIGNED), 0))["fen"],
    )


# --- traces


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
    orders = tuple(
        PaymentOrder.objects.filter(of_family("household", household))
        .select_related("fund", "organisation")
        .prefetch_related("lines__batch")
        .order_by("ordered_on", "pk")
    )
    labels = {order.programme: order.programme_label for order in orders}
    received = dict(
        Account.objects.filter(of_family("household", household))
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
    keys = [f"reserve:{order.pk}", f"release:{order.pk}"]
    keys += [f"send:{batch}:{order.programme}" for _key, batch in lines]
    return (
        Transfer.objects.filter(Q(key__in=keys) | Q(reference__in=[key for key, _batch in lines]))
        .select_related("by__user")
        .order_by("posted_at", "pk")
    )


def movements(path: str) -> QuerySet[Leg]:
    """Every leg in the books of a scope with its `signed_fen`: the journal."""
    return (
        Leg.objects.filter(account__scope_path__gte=path, account__scope_path__lt=path_end(path))
        .select_related("transfer__by__user", "account__fund", "account__household")
        .annotate(signed_fen=SIGNED)
    )
