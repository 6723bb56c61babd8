"""Is aid spread like sesame salt, or does it go where the need is? Six indices of a period's payments and services.

Everything is worked out from arrays of whole numbers, and every index is an exact `Fraction`: no order of rows, no
splitting of a payment, no number of threads changes a digit. Amounts are summed per household first. Money is in fen.
None is an index that cannot be worked out (no money, no window, need unknown), never a nought.

    evenness        E = 1 - Gini of the amounts per helped household; 1 when all got the same
    need fit        F = Spearman's correlation of need and amount; 0 where it is undefined
    sesame salt     S = E * (1 - max(F, 0)); 1 when everybody got the same, 0 when the amount follows the need
    bunching        B = share of the money paid in the festival windows / share of the days that lie in them
    concentration   C = share of living and medical aid, and Herfindahl's sum of squared shares
    coverage, depth households helped / on file; median amount / median yearly gap
    four shifts     who is served, with what, where, and from whose resources
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from math import sqrt
from operator import mul

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]

# Below this an index says more of single families than of a practice: it is not worked out.
ENOUGH = 10
UNKNOWN = -1  # the place of a need that nobody knows


@dataclass(frozen=True)
class Festival:
    """A festival and the days around it that count as its window: `before` days up to it, itself, `after` days."""

    day: date
    before: int
    after: int


def spring_festival(day: date, before: int = 30, after: int = 15) -> Festival:
    return Festival(day, before, after)


def new_year(year: int, around: int = 15) -> Festival:
    return Festival(date(year, 1, 1), around, around)


@dataclass(frozen=True)
class Payments:
    """One row a payment: household (any whole number that names it), amount in fen above 0, day (days since 1970),
    category (place in a list that the caller keeps)."""

    household: Whole
    amount_fen: Whole
    day: Whole
    category: Whole

    def __len__(self) -> int:
        return len(self.household)


def days_since_1970(day: date) -> int:
    return (day - date(1970, 1, 1)).days


@dataclass(frozen=True)
class Helped:
    """The households that received something: their names in ascending order and what each got in all, in fen."""

    household: Whole
    amount_fen: Whole

    @property
    def enough(self) -> bool:
        return len(self.household) >= ENOUGH


def helped(payments: Payments) -> Helped:
    """The amounts summed per household."""
    names, place = np.unique(payments.household, return_inverse=True)
    return Helped(names, _sums(place, payments.amount_fen, len(names)))


def _sums(place: NDArray[np.intp], quantity: Whole, count: int) -> Whole:
    """Whole sums per place. (`bincount` would go through floating point.)"""
    sums = np.zeros(count, np.int64)
    np.add.at(sums, place, quantity)
    return sums


def evenness(amounts_fen: Whole) -> Fraction | None:
    """E = 1 - Gini, from 0 (one household got everything, of very many) to 1 (all the same). None without money."""
    count = len(amounts_fen)
    ascending = np.sort(amounts_fen).tolist()
    total = sum(ascending)
    if total == 0:
        return None
    weighted = sum(map(mul, range(1, count + 1), ascending))
    return 1 - Fraction(2 * weighted - (count + 1) * total, count * total)


def need_fit(need: Whole, amounts_fen: Whole) -> Fraction:
    """F: Spearman's rank correlation, ties at their average rank; 0 when one side is the same everywhere.

    1, 0 and -1 are exact; any other value is the nearest double.
    """
    one, other = _twice_ranks(need), _twice_ranks(amounts_fen)
    count = len(one)
    middle = count + 1  # twice the mean rank
    one, other = one - middle, other - middle
    together = sum(map(mul, one.tolist(), other.tolist()))
    spread, other_spread = (sum(each * each for each in ranks.tolist()) for ranks in (one, other))
    if spread == 0 or other_spread == 0:
        return Fraction(0)
    if together * together == spread * other_spread:
        return Fraction(1 if together > 0 else -1)
    return Fraction(together / sqrt(spread * other_spread))


def _twice_ranks(values: Whole) -> Whole:
    """Twice the average rank of each value, which is whole: the first and last rank of those equal to it, added."""
    ascending = np.sort(values)
    first = np.searchsorted(ascending, values, "left")
    behind = np.searchsorted(ascending, values, "right")
    return (first + behind + 1).astype(np.int64)


def sesame(even: Fraction, fit: Fraction) -> Fraction:
    """S = E * (1 - max(F, 0)): 1 is an even sprinkling that looks at nobody's need."""
    return even * (1 - max(fit, Fraction(0)))


def window_days(festivals: Iterable[Festival], start: date, end: date) -> set[date]:
    """The days from `start` to `end`, both included, that lie in a window; a day of two windows once."""
    days = {each.day + timedelta(days=offset) for each in festivals for offset in range(-each.before, each.after + 1)}
    return {day for day in days if start <= day <= end}


def bunching(payments: Payments, festivals: Iterable[Festival], start: date, end: date) -> Fraction | None:
    """B, from 0 over 1 (spread like the days) to its greatest value, days of the period / days in the windows.

    None without money, and for a period without a window. Every payment lies in the period.
    """
    inside = sorted(days_since_1970(day) for day in window_days(festivals, start, end))
    total = int(payments.amount_fen.sum())
    if not inside or total == 0:
        return None
    festive = int(payments.amount_fen[np.isin(payments.day, np.array(inside, np.int64))].sum())
    length = (end - start).days + 1
    return Fraction(festive, total) / Fraction(len(inside), length)


@dataclass(frozen=True)
class Concentration:
    """`usual` is the share of the usual kinds (living and medical aid) in the money; `herfindahl` the sum of squared
    shares: 1 when there is one kind only, 1/n when n kinds have the same."""

    usual: Fraction
    herfindahl: Fraction


def concentration(payments: Payments, usual: Iterable[int]) -> Concentration | None:
    """C, with the places of the usual categories. None without money."""
    kinds, place = np.unique(payments.category, return_inverse=True)
    sums = _sums(place, payments.amount_fen, len(kinds)).tolist()
    total = sum(sums)
    if total == 0:
        return None
    wanted = set(usual)
    plain = sum(fen for kind, fen in zip(kinds.tolist(), sums, strict=True) if kind in wanted)
    return Concentration(Fraction(plain, total), Fraction(sum(fen * fen for fen in sums), total * total))


def median(values: Whole) -> Fraction | None:
    """The middle value, between the two middle ones where their number is even; None of nothing."""
    count = len(values)
    if count == 0:
        return None
    ascending = np.sort(values)
    return Fraction(int(ascending[(count - 1) // 2]) + int(ascending[count // 2]), 2)


def ratio(part: Fraction | int | None, whole: Fraction | int | None) -> Fraction | None:
    """None where either is unknown or the whole is nought."""
    if part is None or whole is None or whole == 0:
        return None
    return Fraction(part) / Fraction(whole)


@dataclass(frozen=True)
class Services:
    """One row a service, payments among them. `person` names who was served; `category` as in `Payments`; `entity` is
    1 at a centre, station or shop, 0 in a campaign, -1 where nobody recorded it; value in fen, from society or not."""

    person: Whole
    on_file: Flags
    category: Whole
    entity: NDArray[np.int8]
    value_fen: Whole
    society: Flags

    def __len__(self) -> int:
        return len(self.person)


@dataclass(frozen=True)
class Shifts:
    """The four shifts, each the share of what is new. Whoever was served in one category and one way is counted once
    however many payments it took."""

    all_members: Fraction | None  # served people who are not on a hardship file / all served people
    beyond_living: Fraction | None  # services other than living relief / all services
    at_entities: Fraction | None  # services at a centre, station or shop / those whose way was recorded
    from_society: Fraction | None  # value from partners and donors / all value
    unrecorded: int = 0  # services whose way nobody recorded


def shifts(services: Services, living: Iterable[int]) -> Shifts:
    """The four shifts, with the places of the categories of living relief. Somebody who was on a file at one service
    counts as on file."""
    people, place = np.unique(services.person, return_inverse=True)
    filed = np.zeros(len(people), np.bool_)
    np.logical_or.at(filed, place, services.on_file)
    acts = np.unique(
        np.column_stack([place.astype(np.int64), services.category, services.entity.astype(np.int64)]), axis=0
    )
    kinds = np.unique(acts[:, :2], axis=0)
    beyond = int((~np.isin(kinds[:, 1], np.array(sorted(set(living)), np.int64))).sum())
    way = acts[:, 2]
    known = int((way >= 0).sum())
    value = int(services.value_fen.sum())
    return Shifts(
        all_members=ratio(int((~filed).sum()), len(people)),
        beyond_living=ratio(beyond, len(kinds)),
        at_entities=ratio(int((way == 1).sum()), known),
        from_society=ratio(int(services.value_fen[services.society].sum()), value),
        unrecorded=len(acts) - known,
    )


@dataclass(frozen=True)
class Indices:
    """The first five indices of one period and place. Where fewer than `ENOUGH` households were helped `enough` is
    False and nothing was worked out; `need_known` says for how many helped households the need is known: F, S and
    depth are of these."""

    households: int
    need_known: int
    total_fen: int
    enough: bool
    evenness: Fraction | None = None
    need_fit: Fraction | None = None
    sesame: Fraction | None = None
    bunching: Fraction | None = None
    concentration: Concentration | None = None
    coverage: Fraction | None = None
    depth: Fraction | None = None


def measure(
    payments: Payments,
    needs: Helped,
    *,
    on_file: int,
    helped_on_file: int | None = None,
    festivals: Iterable[Festival],
    start: date,
    end: date,
    usual: Iterable[int],
) -> Indices:
    """The indices of the payments from `start` to `end`. `needs` gives the yearly gap (fen) of households whose need
    is known; a helped household that it does not name is left out of F, S and depth. `on_file` is how many households
    have a file, `helped_on_file` how many of the helped ones do (all, if it is not given)."""
    got = helped(payments)
    need, known = _need_of(got, needs)
    total = int(payments.amount_fen.sum())
    count = len(got.household)
    if not got.enough:
        return Indices(count, int(known.sum()), total, enough=False)
    even = evenness(got.amount_fen)
    fit = need_fit(need[known], got.amount_fen[known]) if known.sum() >= ENOUGH else None
    return Indices(
        households=count,
        need_known=int(known.sum()),
        total_fen=total,
        enough=True,
        evenness=even,
        need_fit=fit,
        sesame=sesame(even, fit) if even is not None and fit is not None else None,
        bunching=bunching(payments, festivals, start, end),
        concentration=concentration(payments, usual),
        coverage=ratio(count if helped_on_file is None else helped_on_file, on_file),
        depth=ratio(median(got.amount_fen[known]), median(need[known])) if known.sum() >= ENOUGH else None,
    )


def _need_of(got: Helped, needs: Helped) -> tuple[Whole, Flags]:
    """The need of each helped household, and whether it is known."""
    if len(needs.household) == 0:
        return np.full(len(got.household), UNKNOWN), np.zeros(len(got.household), np.bool_)
    order = np.argsort(needs.household)
    names, gaps = needs.household[order], needs.amount_fen[order]
    at = np.minimum(np.searchsorted(names, got.household), len(names) - 1)
    known = (names[at] == got.household) & (gaps[at] >= 0)
    return np.where(known, gaps[at], UNKNOWN), known
