"""Small sharings for tests: drawn at random, and solved by trying everything or by an independent solver."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import strategies as st

from chunyu.policy.allocation import Needs, Programme, Quota, Source
from chunyu.policy.allocation.needs import AllocationRefused
from chunyu.policy.allocation.sharing import pay


@st.composite
def needs(draw, households=8, programmes=3, sources=3, most=40, quotas=True, floors=True) -> Needs:
    """Needs of a few fen, so that ties, edges and shortages are common."""
    n = draw(st.integers(1, households))
    k = draw(st.integers(1, programmes))
    s = draw(st.integers(1, sources))
    gap = np.array(draw(st.lists(st.lists(st.integers(0, most), min_size=k, max_size=k), min_size=n, max_size=n)))
    cap = np.array(draw(st.lists(st.integers(0, most), min_size=k, max_size=k)))
    minimum = np.array(draw(st.lists(st.integers(0, most // 3), min_size=k, max_size=k)))
    floor = np.zeros_like(gap)
    if floors and draw(st.booleans()):
        row = draw(st.integers(0, n - 1))
        floor[row] = np.minimum(draw(st.integers(0, 3)), np.minimum(gap[row], cap))
        floor[row] = np.where(np.minimum(gap[row], cap) >= np.maximum(minimum, 1), floor[row], 0)
    kinds = [Programme(f"p{j}", draw(st.integers(0, 3))) for j in range(k)]
    uses = [frozenset(draw(st.sets(st.sampled_from([p.code for p in kinds]), min_size=1))) for _ in range(s)]
    pots = [Source(f"s{j}", draw(st.integers(0, most * n)), uses[j]) for j in range(s)]
    county = np.array(draw(st.lists(st.integers(0, 1), min_size=n, max_size=n)))
    limits = {}
    if quotas and draw(st.booleans()):
        limits["east"] = Quota(households=draw(st.none() | st.integers(0, n)), fen=draw(st.none() | st.integers(0, 60)))
    ids = np.array([f"h{j:02d}" for j in draw(st.permutations(range(n)))])
    return Needs.from_matrix(
        ids,
        gap,
        kinds,
        pots,
        cap=np.broadcast_to(cap, gap.shape),
        minimum=np.broadcast_to(minimum, gap.shape),
        floor=floor,
        county=county,
        counties=("east", "west"),
        quotas=limits,
    )


def best_by_trying(given: Needs) -> int | None:
    """The least squared rest over every possible set of grants; None when none is possible."""
    choices = [
        [x for x in (0, *range(int(least), int(most) + 1)) if x >= floor]
        for least, most, floor in zip(given.least, given.most, given.floor, strict=True)
    ]
    best = None
    for grants in map(np.array, product(*choices)):
        rest = int(np.sum((given.gap - grants) ** 2))
        if (best is None or rest < best) and possible(given, grants.astype(np.int64)):
            best = rest
    return best


def possible(given: Needs, grants: np.ndarray) -> bool:
    try:
        pay(given, grants)
    except AllocationRefused:
        return False
    county = given.county[given.household]
    for place, code in enumerate(given.counties):
        quota = (given.quotas or {}).get(code, Quota())
        there = (county == place) & (grants > 0)
        if quota.fen is not None and int(grants[there].sum()) > quota.fen:
            return False
        if quota.households is not None and len(set(given.household[there].tolist())) > quota.households:
            return False
    return True


def shuffled(given: Needs, seed: int) -> tuple[Needs, np.ndarray]:
    """The same needs with households and lines in another order, and where each line went."""
    random = np.random.default_rng(seed)
    homes = random.permutation(len(given.ids))
    new_place = np.argsort(homes)
    lines = random.permutation(len(given))
    return (
        Needs(
            ids=given.ids[homes],
            household=new_place[given.household[lines]],
            programme=given.programme[lines],
            gap=given.gap[lines],
            cap=given.cap[lines],
            floor=given.floor[lines],
            minimum=given.minimum[lines],
            programmes=given.programmes,
            sources=given.sources,
            county=given.county[homes],
            counties=given.counties,
            quotas=given.quotas,
        ),
        lines,
    )


def province(households: int, seed: int = 7, eligible: float = 0.4, counties: int = 170) -> Needs:
    """A generated province: gaps as incomes scatter, eight programmes, five earmarked sources, minimum grants."""
    random = np.random.default_rng(seed)
    depth = random.gamma(1.3, 1.0, (households, 1))
    size = np.array([320_000, 450_000, 180_000, 90_000, 260_000, 140_000, 60_000, 220_000])
    gap = (depth * random.gamma(2.0, 0.5, (households, 8)) * size).astype(np.int64) // 100 * 100
    gap = np.minimum(gap * (random.random((households, 8)) < eligible), 20_000_000)
    cap = np.array([600_000, 1_200_000, 500_000, 200_000, 800_000, 300_000, 150_000, 600_000])
    minimum = np.array([50_000, 100_000, 50_000, 20_000, 50_000, 30_000, 20_000, 50_000])
    programmes = [Programme(f"p{k}", 3_000) for k in range(8)]
    uses = ((0, 1), (1, 2, 3), (4, 5), (5, 6, 7), tuple(range(8)))
    total = int(np.minimum(gap, cap).sum())
    parts = (0.04, 0.06, 0.05, 0.04, 0.06)
    sources = [
        Source(f"s{s}", int(total * part), frozenset(f"p{k}" for k in use))
        for s, (part, use) in enumerate(zip(parts, uses, strict=True))
    ]
    return Needs.from_matrix(
        np.arange(households),
        gap,
        programmes,
        sources,
        cap=np.broadcast_to(cap, gap.shape),
        minimum=np.broadcast_to(minimum, gap.shape),
        county=random.integers(0, counties, households),
        counties=[f"{n:03d}" for n in range(counties)],
    )
