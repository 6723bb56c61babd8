"""Reading the money: statements of funds, totals by source and programme, and the trace of every yuan both ways.

Paid money is counted by the lines that the bank reported as paid; `checking.orders_out_of_step` proves that this
equals the accounts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from django.db.models import (
    Case,
    Count,
    DateField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, ExtractDay, TruncMonth

from chunyu.federation.models import Organisation, path_end, paths_above
from chunyu.ledger.models import Account, BatchLine, Fund, Leg, OrderPart, PaymentOrder, PayoutBatch, Reason, Transfer
from chunyu.ledger.process import OPEN, READY, Method, Outcome
from chunyu.ledger.shares import shares_of
from chunyu.registry.duplicates.queries import files_of
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
    handed_down_fen: int = 0


@dataclass(frozen=True)
class Statement:
    """A fund at a glance: what was brought in went to the level below, stands free, set aside, at the bank, was paid,
    or spent by the union."""

    brought_in_fen: int
    handed_down_fen: int
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
        return self.brought_in_fen == self.handed_down_fen + self.free_fen + went


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
    months = _months(fund)
    return Statement(
        brought_in_fen=sum(month.brought_in_fen for month in months),
        handed_down_fen=sum(month.handed_down_fen for month in months),
        free_fen=sums.get((Kind.CASH, ""), 0),
        committed_fen=sum(line.committed_fen for line in lines),
        in_transit_fen=sum(line.in_transit_fen for line in lines),
        paid_fen=sum(line.paid_fen for line in lines),
        spent_fen=sums.get((Kind.SPENT, ""), 0),
        by_programme=lines,
        by_month=months,
    )


_PROMISED = (Kind.COMMITTED, Kind.IN_TRANSIT, Kind.HOUSEHOLD)
# What a fund gave to the level below, and got back from there: the receiver's own return is a credit.
HANDED_DOWN = Q(account__kind=Kind.CASH) & (
    Q(transfer__reason=Reason.ALLOCATION) | Q(transfer__reason=Reason.HAND_BACK, side=Leg.Side.DEBIT)
)
# Everything that moves free money except setting it aside, releasing it, spending it, and handing it down.
BROUGHT_IN = (
    Q(account__kind=Kind.CASH)
    & ~Q(transfer__reason__in=[Reason.RESERVATION, Reason.RELEASE, Reason.SPENDING])
    & ~HANDED_DOWN
)
_SET_ASIDE = Q(account__kind=Kind.COMMITTED, transfer__reason__in=[Reason.RESERVATION, Reason.RELEASE])


def _months(fund: Fund) -> tuple[MonthLine, ...]:
    """All legs of a fund, read once: of a large one they are a hundred thousand."""
    monthly = (
        Leg.objects.filter(account__fund=fund)
        .annotate(month=TruncMonth("transfer__day"))
        .values("month")
        .order_by("month")
        .annotate(
            brought_in=Coalesce(Sum(SIGNED, filter=BROUGHT_IN), 0),
            handed_down=Coalesce(Sum(SIGNED, filter=HANDED_DOWN), 0),
            set_aside=Coalesce(Sum(SIGNED, filter=_SET_ASIDE), 0),
            paid=Coalesce(Sum(SIGNED, filter=Q(account__kind=Kind.HOUSEHOLD)), 0),
        )
    )
    return tuple(
        MonthLine(row["month"], row["brought_in"], row["set_aside"], row["paid"], -row["handed_down"])
        for row in monthly
    )


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
    """What reached the households of a scope (of some of them, if given) in a period, source by programme; a payment
    from several funds counts with each part under its source. The rows behind each line are `payments(path, …)`
    narrowed by `of_source` and the programme."""
    rows = payments(path, start=start, end=end)
    if households is not None:
        rows = rows.filter(order__household__in=households)
    whole = rows.filter(order__mixed=False)
    grouped = (
        whole.order_by()
        .values(source=F("order__fund__source"), programme=F("order__programme"))
        .annotate(
            programme_label=Max("order__programme_label"),
            households=Count("order__household", distinct=True),
            payments=Count("pk"),
            fen=Sum("amount_fen"),
        )
    )
    order = {source: n for n, source in enumerate(Fund.Source.values)}
    lines = {(row["source"], row["programme"]): SourceLine(**row) for row in grouped}
    for key, parts in _mixed_parts(rows).items():
        homes = {home for home, _label, _fen in parts}
        already = whole.filter(
            order__fund__source=key[0], order__programme=key[1], order__household__in=homes
        ).aggregate(n=Count("order__household", distinct=True))["n"]
        before = lines.get(key) or SourceLine(*key, parts[0][1], 0, 0, 0)
        lines[key] = replace(
            before,
            households=before.households + len(homes) - already,
            payments=before.payments + len(parts),
            fen=before.fen + sum(fen for *_rest, fen in parts),
        )
    return sorted(lines.values(), key=lambda line: (order[line.source], line.programme))


def _mixed_parts(rows: QuerySet[BatchLine]) -> dict[tuple[str, str], list[tuple[Any, str, int]]]:
    """The parts of the payments from several funds: household, label and fen, by source and programme. They are few."""
    found: dict[tuple[str, str], list[tuple[Any, str, int]]] = defaultdict(list)
    mixed = OrderPart.objects.filter(order__in=rows.filter(order__mixed=True).values("order"))
    for source, programme, label, home, fen in mixed.values_list(
        "fund__source", "order__programme", "order__programme_label", "order__household", "amount_fen"
    ):
        found[source, programme].append((home, label, fen))
    return found


def of_fund(rows: QuerySet[BatchLine], **fund: Any) -> QuerySet[BatchLine]:
    """Payments to which a fund gave something, by fields of it (`source`, `pk`); `counted_fen` becomes what it gave."""
    whole = Q(order__mixed=False, **{f"order__fund__{field}": value for field, value in fund.items()})
    parts = OrderPart.objects.filter(
        order=OuterRef("order"), **{f"fund__{field}": value for field, value in fund.items()}
    )
    given = parts.order_by().values("order").annotate(fen=Sum("amount_fen")).values("fen")
    return rows.filter(whole | Q(order__mixed=True) & Exists(parts)).annotate(
        counted_fen=Case(When(order__mixed=True, then=Subquery(given)), default=F("amount_fen"))
    )


@dataclass(frozen=True)
class PaidLine:
    """Paid money of one value of a dimension."""

    key: Any
    payments: int
    fen: int


# What the report of paid money can be broken down by: the place of each in a line, and in a part of a mixed payment.
DIMENSIONS = {
    "use": ("order__use", "order__use"),
    "level": ("order__fund__organisation__kind", "fund__organisation__kind"),
    "month": ("month", "month"),
}


def paid_by(
    path: str, dimension: str, start: date | None = None, end: date | None = None, households: QuerySet | None = None
) -> list[PaidLine]:
    """What reached the households of a scope, by use, by the level of the fund, or by month. Every dimension sums to
    the same total."""
    rows = payments(path, start=start, end=end).order_by()
    if households is not None:
        rows = rows.filter(order__household__in=households)
    of_line, of_part = DIMENSIONS[dimension]
    whole = rows.filter(order__mixed=False).annotate(month=TruncMonth("settled_on"))
    mixed = OrderPart.objects.filter(order__lines__in=rows.filter(order__mixed=True)).annotate(
        month=TruncMonth("order__lines__settled_on", output_field=DateField())
    )
    sums: dict[Any, list[int]] = defaultdict(lambda: [0, 0])
    for key, count, fen in [
        *whole.values_list(of_line).annotate(n=Count("pk"), fen=Sum("amount_fen")),
        *mixed.filter(order__lines__outcome=Outcome.PAID)
        .order_by()
        .values_list(of_part)
        .annotate(n=Count("pk"), fen=Sum("amount_fen")),
    ]:
        sums[key][0] += count
        sums[key][1] += fen
    return [PaidLine(key, *sums[key]) for key in sorted(sums)]


@dataclass(frozen=True)
class TwoWays:
    """Money of the funds of a scope that reached households, told twice: by the bank's answers, source by source, and
    by the accounts of the households in the books."""

    by_source_fen: int
    by_household_fen: int

    @property
    def agree(self) -> bool:
        return self.by_source_fen == self.by_household_fen


def two_ways(path: str) -> TwoWays:
    end = path_end(path)
    paid = BatchLine.objects.filter(
        outcome=Outcome.PAID, order__mixed=False, order__fund__scope_path__gte=path, order__fund__scope_path__lt=end
    )
    parts = OrderPart.objects.filter(order__status="paid", fund__scope_path__gte=path, fund__scope_path__lt=end)
    accounts = Account.objects.filter(kind=Kind.HOUSEHOLD, scope_path__gte=path, scope_path__lt=end)
    return TwoWays(
        by_source_fen=summed(paid, "amount_fen") + summed(parts, "amount_fen"),
        by_household_fen=summed(accounts, "balance"),
    )


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
        waiting_fen=sum(by_outcome.get(each, 0) for each in OPEN) if batch.sent_on else 0,
        in_books_fen=on_the_way.aggregate(fen=Coalesce(Sum(SIGNED), 0))["fen"],
    )


# The bank answers within so many days; what stays silent longer is somebody's work.
SILENT_FOR = timedelta(days=3)


def unclear_at_bank(path: str, day: date) -> QuerySet[BatchLine]:
    """Lines of which nobody knows whether they were paid: the bank said so, or has not answered by now. `days` since it
    was sent, or since the bank said so; the oldest first."""
    rows = BatchLine.objects.filter(
        Q(outcome=Outcome.UNCLEAR) | Q(outcome=Outcome.WAITING, batch__sent_on__lte=day - SILENT_FOR),
        batch__method=Method.BANK,
        batch__status="sent",
        order__scope_path__gte=path,
        order__scope_path__lt=path_end(path),
    )
    since = Coalesce("unclear_since", "batch__sent_on")
    return (
        rows.select_related("order__household", "order__fund", "batch__fund")
        .annotate(since=since)
        .annotate(days=ExtractDay(ExpressionWrapper(Value(day) - F("since"), DurationField())))
        .order_by("since", "line_key")
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
    return (
        Leg.objects.filter(
            account__fund__isnull=False, account__scope_path__gte=path, account__scope_path__lt=path_end(path)
        )
        .select_related("transfer__by__user", "account__fund", "account__household")
        .annotate(signed_fen=SIGNED)
    )
