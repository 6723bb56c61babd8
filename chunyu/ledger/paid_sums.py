"""Paid money of a scope from the sums that the database keeps, where a question can be answered by them: everybody's
money, of all days or of whole months. Households are counted once over whole years; for other months, by the payments.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Max, QuerySet, Sum

from chunyu.federation.models import path_end
from chunyu.ledger.models import Fund, FundSum, PaidSum, PaymentOrder, Reached
from chunyu.ledger.programmes import known_programmes


def answers(start: date | None, end: date | None) -> bool:
    """Whether the period is made of whole months."""
    return (start is None or start.day == 1) and (end is None or (end + timedelta(days=1)).day == 1)


def of_scope(path: str, start: date | None = None, end: date | None = None) -> QuerySet[PaidSum]:
    """What reached the households of a scope, month by month; only for periods that `answers` admits."""
    rows = PaidSum.objects.filter(organisation__path__gte=path, organisation__path__lt=path_end(path), payments__gt=0)
    if start:
        rows = rows.filter(month__gte=start)
    if end:
        rows = rows.filter(month__lte=end)
    return rows.order_by()


def households(path: str, start: date | None = None, end: date | None = None) -> dict[tuple[str, str], int] | None:
    """How many distinct households were reached, by source and programme; None where the period is not of whole
    years."""
    if (start and (start.month, start.day) != (1, 1)) or (end and (end.month, end.day) != (12, 31)):
        return None
    rows = Reached.objects.filter(organisation__path__gte=path, organisation__path__lt=path_end(path))
    if start:
        rows = rows.filter(year__gte=start.year)
    if end:
        rows = rows.filter(year__lte=end.year)
    counted = rows.order_by().values_list("source", "programme").annotate(n=Count("household", distinct=True))
    return {(source, programme): count for source, programme, count in counted}


def labels(rows: QuerySet[Any]) -> dict[str, str]:
    """The name of each programme among sums, as the orders of its newest fund last said it; else a rulebook's."""
    pairs = list(rows.exclude(programme="").order_by().values_list("programme").annotate(Max("fund")))
    said: dict[str, str] = {}
    asked = [
        PaymentOrder.objects.filter(fund=fund, programme=programme)
        .order_by("-programme_label")
        .values_list("programme", "programme_label")[:1]
        for programme, fund in pairs
    ]
    if asked:
        said = dict(asked[0].union(*asked[1:], all=True)) if asked[1:] else dict(asked[0])
    known = known_programmes()
    return {programme: said.get(programme) or known.get(programme, programme) for programme, _fund in pairs}


def labels_of(fund: Fund) -> dict[str, str]:
    """The name of each programme that a fund is earmarked for or moved money for: the earmark's counts."""
    said = labels(FundSum.objects.filter(fund=fund))
    return said | {mark.programme: mark.label or said.get(mark.programme, "") for mark in fund.earmarks.all()}


def by_fund_source(rows: QuerySet[PaidSum]) -> dict[tuple[str, str], tuple[int, int]]:
    """Payments and fen by source and programme."""
    summed = rows.values_list("fund__source", "programme").annotate(Sum("payments"), Sum("fen"))
    return {(source, programme): (payments, fen) for source, programme, payments, fen in summed}
