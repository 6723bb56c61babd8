"""Which source pays for what: flows from sources to programmes, and the price at which each source just suffices."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chunyu.policy.allocation.needs import AllocationRefused, Mask

# What the named programmes would take, in fen, at one price; never more at a higher price.
Demand = Callable[[tuple[int, ...], int], list[int]]


class Route:
    """The largest flow of `wants` (fen per programme) out of `budgets` (fen per source) along `allowed` uses.

    `paid[source][programme]` is the flow, `left` what stays in each source. Sources with the fewest uses are drawn on
    first, so that what is free to go anywhere is kept for what nothing else can pay. `overfull` names programmes that
    together want more than all their sources hold; it is empty when everything is paid.
    """

    def __init__(self, wants: dict[int, int], budgets: dict[int, int], allowed: Mask) -> None:
        self.allowed = allowed
        self.left = dict(budgets)
        self.paid = {source: dict.fromkeys(wants, 0) for source in budgets}
        self._narrow = sorted(budgets, key=lambda source: (int(allowed[source].sum()), source))
        stuck: set[int] = set()
        for programme, want in sorted(wants.items()):
            rest = want
            while rest and not (reached := self._send(programme, rest))[1]:
                rest -= reached[0]
            if rest:
                stuck |= reached[1]
        spent = {source for source in budgets if any(allowed[source, k] for k in stuck)}
        self.overfull = frozenset(
            k for k in wants if stuck and all(source in spent for source in budgets if allowed[source, k])
        )

    def _send(self, programme: int, most: int) -> tuple[int, set[int]]:
        """One flow to a programme, if need be by moving what another took to a source that still has money.

        Returns the fen that it carried, or 0 with every programme whose sources are all spent.
        """
        giver: dict[int, int] = {}  # a source, and the programme that it would give to
        mover: dict[int, int] = {programme: -1}  # a programme, and the source that it would give up
        queue = [programme]
        for taker in queue:
            for source in self._narrow:
                if source in giver or not self.allowed[source, taker]:
                    continue
                giver[source] = taker
                if self.left[source] > 0:
                    return self._shift(source, giver, mover, most), set()
                for other, flow in self.paid[source].items():
                    if flow and other not in mover:
                        mover[other] = source
                        queue.append(other)
        return 0, set(mover)

    def _shift(self, last: int, giver: dict[int, int], mover: dict[int, int], most: int) -> int:
        steps = []
        source = last
        while source >= 0:
            steps.append((source, giver[source], mover[giver[source]]))
            source = mover[giver[source]]
        carried = min(
            [most, self.left[last]] + [self.paid[given_up][taker] for _, taker, given_up in steps if given_up >= 0]
        )
        self.left[last] -= carried
        for giving, taker, given_up in steps:
            self.paid[giving][taker] += carried
            if given_up >= 0:
                self.paid[given_up][taker] -= carried
        return carried


def least_prices(demand: Demand, allowed: Mask, budgets: Sequence[int], top: int) -> list[int]:
    """The least price of each source, from 0 to `top`, at which what is asked of the sources can be paid.

    A programme sees the cheapest of its sources. First all sources are tried at one price; where some programmes then
    want more than their sources hold, these are settled apart from the rest, and so on. For wants that fall with the
    price this decomposition is exact. Raises AllocationRefused when even the highest price leaves too much to pay.
    """
    prices = [0] * len(budgets)
    everything = tuple(k for k in range(allowed.shape[1]) if allowed[:, k].any())
    work = [(everything, tuple(range(len(budgets))))]
    while work:
        programmes, sources = work.pop()
        sources = tuple(s for s in sources if any(allowed[s, k] for k in programmes))
        if not programmes or not sources:
            continue
        pots = {s: budgets[s] for s in sources}
        price = _pooled_price(demand, programmes, sum(pots.values()), top)
        route = Route(dict(zip(programmes, demand(programmes, price), strict=True)), pots, allowed)
        if route.overfull == frozenset(programmes):
            raise AllocationRefused(
                "预算不够付保底金额", "The sources do not cover the floors that they are asked to pay"
            )
        if not route.overfull:
            for source in sources:
                prices[source] = price
            continue
        theirs = tuple(s for s in sources if any(allowed[s, k] for k in route.overfull))
        work.append((tuple(sorted(route.overfull)), theirs))
        work.append(
            (tuple(k for k in programmes if k not in route.overfull), tuple(s for s in sources if s not in theirs))
        )
    return prices


def _pooled_price(demand: Demand, programmes: tuple[int, ...], budget: int, top: int) -> int:
    low, high = 0, top
    while low < high:
        middle = (low + high) // 2
        if sum(demand(programmes, middle)) <= budget:
            high = middle
        else:
            low = middle + 1
    return high
