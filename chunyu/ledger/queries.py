"""Reading the money: statements of funds, totals by source and programme, and the trace of every yuan both ways.

Paid money is counted by the lines that the bank reported as paid; `checking.orders_out_of_step` proves that this
equals the accounts.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from django.db.models import (
    BigIntegerField,
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
from chunyu.ledger import paid_sums
from chunyu.ledger.models import (
    Account,
    BatchLine,
    Fund,
    FundSum,
    Leg,
    OrderPart,
    PaidSum,
    PaymentOrder,
    PayoutBatch,
    Reason,
)
from chunyu.ledger.process import OPEN, READY, Method, Outcome

SIGNED = Case(When(side=Leg.Side.DEBIT, then=F("quantity")), default=-F("quantity"))
Kind = Account.Kind


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


def _balance(kind: str):
    """The sum of a fund's accounts of a kind, for annotating funds."""
    sums = Account.objects.filter(fund=OuterRef("pk"), kind=kind).values("fund").annotate(fen=Sum("balance"))
    return Coalesce(Subquery(sums.values("fen")), Value(0))


# Of households there are as many accounts as families: what they received is summed already.
_RECEIVED = Coalesce(
    Subquery(
        FundSum.objects.filter(fund=OuterRef("pk"), kind=Kind.HOUSEHOLD)
        .order_by()
        .values("fund")
        .annotate(fen=Sum(F("debit") - F("credit")))
        .values("fen")
    ),
    Value(0),
    output_field=BigIntegerField(),
)


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
            paid_fen=_RECEIVED,
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
    order = {source: n for n, source in enumerate(Fund.Source.values)}
    rows = payments(path, start=start, end=end)
    if households is None and paid_sums.answers(start, end):
        lines = _summed_lines(path, start, end)
    else:
        lines = _counted_lines(rows if households is None else rows.filter(order__household__in=households))
    return sorted(lines, key=lambda line: (order[line.source], line.programme))


def _summed_lines(path: str, start: date | None, end: date | None) -> list[SourceLine]:
    """From the sums that the database keeps: everybody's money of all days, or of whole months."""
    sums = paid_sums.of_scope(path, start, end)
    reached = paid_sums.households(path, start, end)
    if reached is None:
        reached = {
            (line.source, line.programme): line.households
            for line in _counted_lines(payments(path, start=start, end=end))
        }
    labels = paid_sums.labels(sums)
    return [
        SourceLine(source, programme, labels[programme], reached.get((source, programme), 0), count, fen)
        for (source, programme), (count, fen) in paid_sums.by_fund_source(sums).items()
    ]


def _counted_lines(rows: QuerySet[BatchLine]) -> list[SourceLine]:
    """From the payments themselves, one by one."""
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
    return list(lines.values())


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


# What the report of paid money can be broken down by: the place of each in a line, in a part of a mixed payment, and in
# a sum.
DIMENSIONS = {
    "use": ("order__use", "order__use", "use"),
    "level": ("order__fund__organisation__kind", "fund__organisation__kind", "fund__organisation__kind"),
    "month": ("month", "month", "month"),
}


def paid_by(
    path: str, dimension: str, start: date | None = None, end: date | None = None, households: QuerySet | None = None
) -> list[PaidLine]:
    """What reached the households of a scope, by use, by the level of the fund, or by month. Every dimension sums to
    the same total."""
    of_line, of_part, of_sum = DIMENSIONS[dimension]
    if households is None and paid_sums.answers(start, end):
        summed = paid_sums.of_scope(path, start, end).values_list(of_sum).annotate(Sum("payments"), Sum("fen"))
        return [PaidLine(*line) for line in sorted(summed)]
    rows = payments(path, start=start, end=end).order_by()
    if households is not None:
        rows = rows.filter(order__household__in=households)
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
    """Both from sums that the database keeps, each by a trigger of its own: one from the lines, one from the legs."""
    funds = Fund.objects.within(path).order_by().values("pk")
    accounts = FundSum.objects.filter(fund__in=funds, kind=Kind.HOUSEHOLD).aggregate(Sum("debit"), Sum("credit"))
    return TwoWays(
        by_source_fen=summed(PaidSum.objects.filter(fund__in=funds), "fen"),
        by_household_fen=(accounts["debit__sum"] or 0) - (accounts["credit__sum"] or 0),
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
