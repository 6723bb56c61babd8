"""What the indices would be if the money of a period had been shared by the gap: the same total, never more to a
household than it lacks nor than the rules allow it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import numpy as np
from django.db.models import F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from numpy.typing import NDArray

from chunyu.federation.models import Organisation
from chunyu.hardship.indices import queries
from chunyu.hardship.indices.periods import Period
from chunyu.hardship.models import Decision, DecisionProgramme
from chunyu.policy.allocation import fill
from chunyu.policy.indices import ENOUGH, evenness, median, need_fit, ratio, sesame

Fen = NDArray[np.int64]


@dataclass(frozen=True)
class Shared:
    """One way to share: how many households get something, and what comes of it. `closed` is the share of the squared
    yearly gaps of everybody on file that it closes; indices are None for fewer than ten households."""

    households: int
    spent_fen: int
    median_fen: Fraction | None
    largest_fen: int
    evenness: Fraction | None
    need_fit: Fraction | None
    sesame: Fraction | None
    closed: Fraction | None


@dataclass(frozen=True)
class Preview:
    """`total_fen` was paid to households on file whose gap is known; `left_out` households were paid `left_out_fen`
    and have none. `capped` households would reach what the rules allow them; `unspent_fen` is what is left when all
    of them do."""

    total_fen: int
    on_file: int
    left_out: int
    left_out_fen: int
    paid: Shared
    by_gap: Shared
    level_fen: int
    capped: int

    @property
    def unspent_fen(self) -> int:
        return self.total_fen - self.by_gap.spent_fen


def preview(place: Organisation, period: Period, programme: str, today: date) -> Preview:
    """The money of a period as it was paid, and as it would have been by the gap, over everybody on file."""
    period = period.until(today)
    received = dict(
        queries.helped_households(place.path, period.start, period.end, programme).values_list("pk", "received_fen")
    )
    households, gap, allowed = _on_file(place.path, period)
    given = np.array([received.get(key, 0) for key in households], np.int64)
    known = set(households)
    others = [fen for key, fen in received.items() if key not in known]
    total = int(given.sum())
    cap = np.minimum(gap, allowed)
    filled = fill(gap, total, cap=cap)
    return Preview(
        total_fen=total,
        on_file=len(households),
        left_out=len(others),
        left_out_fen=sum(others),
        paid=_shared(gap, given),
        by_gap=_shared(gap, filled.grants),
        level_fen=filled.level_fen,
        capped=int(((filled.grants == allowed) & (allowed < gap) & (filled.grants > 0)).sum()),
    )


def _on_file(path: str, period: Period) -> tuple[list[object], Fen, Fen]:
    """Households that had a file in the period and whose gap is known: their keys, yearly gaps, and what the rules
    allow each in a year, by the last decision of the period."""
    allowed = DecisionProgramme.objects.filter(decision=OuterRef("pk"), entitled=True).order_by().values("decision")
    rows = (
        Decision.objects.within(path)
        .filter(day__lte=period.end, household__opened_on__lte=period.end)
        .filter(Q(household__closed_on__isnull=True) | Q(household__closed_on__gt=period.start))
        .order_by("household", "-day", "-known_at")
        .distinct("household")
        .annotate(allowed=Coalesce(Subquery(allowed.annotate(fen=Sum("amount_fen")).values("fen")), Value(0)))
        .values_list("household", F("need_fen"), "allowed")
    )
    decided = [(key, need, fen) for key, need, fen in rows if need is not None]
    gaps, most = (np.array([row[at] for row in decided], np.int64) for at in (1, 2))
    return [key for key, _need, _fen in decided], gaps, most


def _shared(gap: Fen, given: Fen) -> Shared:
    reached = given > 0
    amounts, needs = given[reached], gap[reached]
    enough = len(amounts) >= ENOUGH
    even = evenness(amounts) if enough else None
    fit = need_fit(needs, amounts) if enough else None
    before, after = _squares(gap), _squares(np.maximum(gap - given, 0))
    return Shared(
        households=len(amounts),
        spent_fen=int(given.sum()),
        median_fen=median(amounts),
        largest_fen=int(given.max(initial=0)),
        evenness=even,
        need_fit=fit,
        sesame=sesame(even, fit) if even is not None and fit is not None else None,
        closed=ratio(before - after, before),
    )


def _squares(values: Fen) -> int:
    """The sum of squares, in numbers without an end."""
    return sum(value * value for value in values.tolist())
