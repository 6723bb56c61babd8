"""Reading budgets: what is planned by source and use, and how far the year's money has come beside it."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass

from django.db.models import QuerySet, Sum
from django.utils.functional import Promise

from chunyu.federation.models import Organisation
from chunyu.ledger.earmarks.uses import Use
from chunyu.ledger.models import Account, Budget, BudgetLine, Fund, Leg, OrderPart, PaymentOrder
from chunyu.ledger.process import MONEY_STANDS
from chunyu.ledger.queries import BROUGHT_IN, SIGNED

Kind = Account.Kind


def canonical_text(budget: Budget) -> str:
    """All that a second person approves, in one fixed form."""
    lines = sorted(budget.lines.values_list("source", "use", "amount_fen"))
    head = ["chunyu-budget/1", f"{budget.organisation_id}\t{budget.year}\t{budget.number}\t{budget.over}"]
    head.append(f"{budget.title}\t{budget.document_no}")
    return "\n".join(head + [f"{source}\t{use}\t{fen}" for source, use, fen in lines]) + "\n"


def digest(budget: Budget) -> str:
    return hashlib.sha256(canonical_text(budget).encode()).hexdigest()


def budgets(path: str) -> QuerySet[Budget]:
    """Budgets and supplements in a scope with the sum of their lines, `planned_fen`."""
    return (
        Budget.objects.within(path)
        .select_related("organisation", "prepared_by__user", "approved_by__user")
        .annotate(planned_fen=Sum("lines__amount_fen"))
    )


@dataclass(frozen=True)
class UseLine:
    """A use out of a source over a year, in fen."""

    source: str
    use: str
    planned_fen: int
    committed_fen: int
    paid_fen: int

    @property
    def label(self) -> str | Promise:
        return Use(self.use).label

    @property
    def taken_fen(self) -> int:
        return self.committed_fen + self.paid_fen

    @property
    def left_fen(self) -> int:
        return self.planned_fen - self.taken_fen

    @property
    def rate(self) -> float | None:
        """Paid beside planned; None where nothing was planned."""
        return self.paid_fen / self.planned_fen if self.planned_fen else None

    @property
    def over(self) -> bool:
        return self.taken_fen > self.planned_fen


@dataclass(frozen=True)
class SourceBlock:
    """A source over a year: what came in, went to the level below, is free; and its uses."""

    source: str
    brought_in_fen: int
    handed_down_fen: int
    free_fen: int
    uses: tuple[UseLine, ...]

    @property
    def label(self) -> str | Promise:
        return Fund.Source(self.source).label

    @property
    def planned_fen(self) -> int:
        return sum(line.planned_fen for line in self.uses)

    @property
    def committed_fen(self) -> int:
        return sum(line.committed_fen for line in self.uses)

    @property
    def paid_fen(self) -> int:
        return sum(line.paid_fen for line in self.uses)

    @property
    def rate(self) -> float | None:
        return self.paid_fen / self.planned_fen if self.planned_fen else None


def execution(organisation: Organisation, year: int) -> list[SourceBlock]:
    """The approved budgets of a year beside the funds of that organisation and year, source by source."""
    planned = _planned(organisation, year)
    taken = _taken(organisation, year)
    funds = Fund.objects.filter(organisation=organisation, year=year)
    legs = Leg.objects.filter(account__fund__in=funds)
    down = _handed_down(funds)
    came = dict(legs.filter(BROUGHT_IN).order_by().values_list("account__fund__source").annotate(fen=Sum(SIGNED)))
    free = dict(
        Account.objects.filter(fund__in=funds, kind=Kind.CASH)
        .order_by()
        .values_list("fund__source")
        .annotate(fen=Sum("balance"))
    )
    named = {source for source, _use in [*planned, *taken]} | set(came) | set(free)
    return [
        SourceBlock(
            source=source,
            brought_in_fen=came.get(source, 0),
            handed_down_fen=down.get(source, 0),
            free_fen=free.get(source, 0),
            uses=tuple(
                UseLine(source, use, planned.get((source, use), 0), *taken.get((source, use), (0, 0)))
                for use in Use.values
                if (source, use) in planned or (source, use) in taken
            ),
        )
        for source in Fund.Source.values
        if source in named
    ]


def _planned(organisation: Organisation, year: int) -> dict[tuple[str, str], int]:
    approved = BudgetLine.objects.filter(
        budget__organisation=organisation, budget__year=year, budget__approved_by__isnull=False
    )
    rows = approved.order_by().values_list("source", "use").annotate(fen=Sum("amount_fen"))
    return {(source, use): fen for source, use, fen in rows}


def _handed_down(funds: QuerySet[Fund]) -> dict[str, int]:
    """What the funds gave to the level below, less what was taken or handed back."""
    given = funds.filter(given__isnull=False).order_by().values_list("source").annotate(fen=Sum("given__amount_fen"))
    sums = dict(given)
    back = (
        funds.filter(given__steps__kind__in=["refused", "taken_back", "returned"])
        .order_by()
        .values_list("source")
        .annotate(fen=Sum("given__steps__amount_fen"))
    )
    for source, fen in back:
        sums[source] -= fen
    return sums


def _taken(organisation: Organisation, year: int) -> dict[tuple[str, str], tuple[int, int]]:
    """Committed (also at the bank) and paid, by source and use, from the orders and their parts."""
    found: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    whole = PaymentOrder.objects.filter(fund__organisation=organisation, fund__year=year, mixed=False)
    parts = OrderPart.objects.filter(fund__organisation=organisation, fund__year=year)
    for rows in (
        whole.order_by().values_list("fund__source", "use", "status").annotate(fen=Sum("amount_fen")),
        parts.order_by().values_list("fund__source", "order__use", "order__status").annotate(fen=Sum("amount_fen")),
    ):
        for source, use, status, fen in rows:
            if status in MONEY_STANDS:
                found[source, use][MONEY_STANDS[status] == "household"] += fen
    return {key: (committed, paid) for key, (committed, paid) in found.items()}
