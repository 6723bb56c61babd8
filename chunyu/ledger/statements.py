"""A fund at a glance, from the sums that the database keeps of its months (decision 86).

Where money stands is told by the accounts, what moved by the sums of the legs: two ways that must agree.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Sum

from chunyu.ledger.models import Account, Fund, FundSum, Reason
from chunyu.ledger.paid_sums import labels_of

Kind = Account.Kind


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
    """Balances from the accounts, what was brought in and the months from the sums of legs. What households received is
    a sum too: they have an account each."""
    sums = list(FundSum.objects.filter(fund=fund))
    stands = {
        (kind, programme): fen
        for kind, programme, fen in Account.objects.filter(fund=fund)
        .exclude(kind=Kind.HOUSEHOLD)
        .values_list("kind", "programme", "balance")
    }
    for each in sums:
        if each.kind == Kind.HOUSEHOLD:
            place = (each.kind, each.programme)
            stands[place] = stands.get(place, 0) + each.debit - each.credit
    named = labels_of(fund)
    codes = sorted({programme for _kind, programme in stands if programme} | set(named))
    lines = tuple(
        ProgrammeLine(code, named.get(code) or code, *(stands.get((kind, code), 0) for kind in _PROMISED))
        for code in codes
    )
    months = _months(sums)
    return Statement(
        brought_in_fen=sum(month.brought_in_fen for month in months),
        handed_down_fen=sum(month.handed_down_fen for month in months),
        free_fen=stands.get((Kind.CASH, ""), 0),
        committed_fen=sum(line.committed_fen for line in lines),
        in_transit_fen=sum(line.in_transit_fen for line in lines),
        paid_fen=sum(line.paid_fen for line in lines),
        spent_fen=stands.get((Kind.SPENT, ""), 0),
        by_programme=lines,
        by_month=months,
    )


_PROMISED = (Kind.COMMITTED, Kind.IN_TRANSIT, Kind.HOUSEHOLD)


def handed_down(each: FundSum) -> int:
    """Of a sum, what the fund gave to the level below and did not get back: `queries.HANDED_DOWN` of its legs."""
    if each.kind != Kind.CASH:
        return 0
    if each.reason == Reason.ALLOCATION:
        return each.credit - each.debit
    return -each.debit if each.reason == Reason.HAND_BACK else 0


def brought_in(each: FundSum) -> int:
    """Of a sum, what came into the fund from outside or above: `queries.BROUGHT_IN` of its legs."""
    if each.kind != Kind.CASH or each.reason in (Reason.RESERVATION, Reason.RELEASE, Reason.SPENDING):
        return 0
    return each.debit - each.credit + handed_down(each)


def _months(sums: Iterable[FundSum]) -> tuple[MonthLine, ...]:
    months: dict[date, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for each in sums:
        month, signed = months[each.month], each.debit - each.credit
        month[0] += brought_in(each)
        if each.kind == Kind.COMMITTED and each.reason in (Reason.RESERVATION, Reason.RELEASE):
            month[1] += signed
        if each.kind == Kind.HOUSEHOLD:
            month[2] += signed
        month[3] += handed_down(each)
    return tuple(MonthLine(month, *found) for month, found in sorted(months.items()))


def moved_fen(funds: Sequence[int], *, money: str = "", **narrowed: str) -> int:
    """What the legs of funds come to, debits less credits: all of them, those of an account's `kind` or a `reason`, or
    the money that was brought `in` or handed `down`."""
    sums = FundSum.objects.filter(fund__in=funds, **narrowed)
    if money == "down":
        return -sum(handed_down(each) for each in sums)
    if money == "in":
        return sum(brought_in(each) for each in sums)
    found = sums.aggregate(Sum("debit"), Sum("credit"))
    return (found["debit__sum"] or 0) - (found["credit__sum"] or 0)
