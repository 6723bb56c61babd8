"""Several earmarked sources, programmes, minimum grants and quotas: within every limit, and near the best there is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chunyu.policy.allocation import AllocationRefused, Needs, Programme, Quota, Source, allocate, fill, verify
from tests.policy.allocation import sharings

highspy = pytest.importorskip("highspy")


@settings(max_examples=150, deadline=None)
@given(sharings.needs())
def test_budgets_caps_minimums_and_quotas_hold_and_every_line_is_explained(needs):
    try:
        made = allocate(needs)
    except AllocationRefused:
        assert needs.owed.any()
        return
    assert verify(needs, made.allotment, made.certificate) == []
    assert all(made.grounds[line].holds for line in range(len(needs)))
    paid = made.allotment.grant_fen.sum() + made.allotment.handling_fen.sum()
    assert paid + sum(made.certificate.left_fen) == sum(source.budget_fen for source in needs.sources)


@settings(max_examples=60, deadline=None)
@given(sharings.needs(households=3, programmes=2, sources=2, most=7))
def test_the_best_there_is_lies_between_bound_and_result(needs):
    best = sharings.best_by_trying(needs)
    if best is None:
        with pytest.raises(AllocationRefused):
            allocate(needs)
        return
    try:
        certificate = allocate(needs).certificate
    except AllocationRefused:
        # Where a quota and a floor meet, a refusal is allowed only because a floor is owed.
        assert needs.owed.any()
        return
    assert certificate.bound <= best <= certificate.rest


@settings(max_examples=60, deadline=None)
@given(sharings.needs(), st.integers(0, 1000))
def test_the_order_of_the_rows_does_not_matter(needs, seed):
    other, lines = sharings.shuffled(needs, seed)
    assert other.digest == needs.digest
    try:
        made = allocate(needs)
    except AllocationRefused:
        with pytest.raises(AllocationRefused):
            allocate(other)
        return
    again = allocate(other)
    assert np.array_equal(again.allotment.grants, made.allotment.grants[lines])
    assert again.certificate == made.certificate


@settings(max_examples=60, deadline=None)
@given(sharings.needs(quotas=False, floors=False), st.integers(0, 100))
def test_a_source_in_two_halves_gives_the_same_grants(needs, percent):
    first = needs.sources[0]
    part = first.budget_fen * percent // 100
    halves = (
        replace(first, budget_fen=part),
        Source("other half", first.budget_fen - part, first.uses),
        *needs.sources[1:],
    )
    split = replace(needs, sources=halves)
    whole, halved = allocate(needs), allocate(split)
    assert np.array_equal(halved.allotment.grants, whole.allotment.grants)
    assert halved.certificate.bound == whole.certificate.bound


@settings(max_examples=60, deadline=None)
@given(sharings.needs(programmes=1, sources=1, quotas=False))
def test_with_one_source_and_no_minimum_it_is_filling(needs):
    plain = replace(needs, minimum=np.zeros_like(needs.gap), programmes=(Programme("p0"),))
    if needs.floor.sum() > needs.sources[0].budget_fen:
        return
    made = allocate(plain)
    filled = fill(
        plain.gap, plain.sources[0].budget_fen, cap=plain.cap, floor=plain.floor, ids=plain.ids[plain.household]
    )
    # The last fen may do as much good with one household as with another: a line that is opened for it keeps it.
    assert np.abs(made.allotment.grants - filled.grants).max(initial=0) <= 1
    assert made.allotment.grants.sum() == filled.grants.sum()
    assert np.square(plain.gap - made.allotment.grants).sum() == np.square(plain.gap - filled.grants).sum()
    assert made.certificate.gap == 0


def test_prices_are_multipliers_no_move_of_money_within_uses_helps():
    """Where no cap or minimum binds, the rests of two programmes differ only as their sources' prices do."""
    needs = Needs.from_matrix(
        ["a", "b", "c", "d"],
        np.array([[1000, 0], [800, 0], [0, 3000], [0, 2600]]),
        [Programme("tuition"), Programme("medical")],
        [
            Source("tuition fund", 600, frozenset({"tuition"})),
            Source("medical fund", 1000, frozenset({"medical"})),
            Source("free", 400, frozenset({"tuition", "medical"})),
        ],
    )
    made = allocate(needs)
    rest = (needs.gap - made.allotment.grants).tolist()
    assert rest == [600, 600, 2100, 2100]
    tuition, medical, free = made.certificate.prices.sources
    assert tuition == pytest.approx(2 * 600, abs=1)
    assert medical == free == pytest.approx(2 * 2100, abs=1)
    assert made.certificate.worth()[0] < 1 < made.certificate.worth()[1]
    assert made.certificate.gap == 0


def test_a_county_over_its_number_serves_its_deepest_needs():
    needs = Needs.from_matrix(
        ["a", "b", "c", "d"],
        np.array([[500], [900], [700], [300]]),
        [Programme("living")],
        [Source("fund", 2400, frozenset({"living"}))],
        county=np.array([0, 0, 0, 1]),
        counties=("139901", "139902"),
        quotas={"139901": Quota(households=2)},
    )
    made = allocate(needs)
    assert made.allotment.grants.tolist() == [0, 900, 700, 300]
    assert made.grounds[0].reason.name == "QUOTA"
    assert verify(needs, made.allotment, made.certificate) == []


def test_floors_that_no_source_covers_are_refused_in_words():
    needs = Needs.from_matrix(
        ["a"],
        np.array([[500]]),
        [Programme("living")],
        [Source("fund", 100, frozenset({"living"}))],
        floor=np.array([[200]]),
    )
    with pytest.raises(AllocationRefused, match="do not cover the floors"):
        allocate(needs)


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000))
def test_an_independent_solver_finds_its_best_between_bound_and_result(seed):
    needs = small_province(seed)
    best = highs_best(needs)
    certificate = allocate(needs).certificate
    assert certificate.bound <= best <= certificate.rest
    assert certificate.gap < 0.05


def small_province(seed: int) -> Needs:
    random = np.random.default_rng(seed)
    gap = random.integers(0, 30, (12, 3)) * (random.random((12, 3)) < 0.6)
    gap[0, 0] = 20
    programmes = [Programme("a", 1), Programme("b"), Programme("c", 2)]
    sources = [
        Source("s", int(random.integers(20, 60)), frozenset("ab")),
        Source("t", int(random.integers(20, 60)), frozenset("bc")),
    ]
    return Needs.from_matrix(
        [f"h{n:02d}" for n in range(12)],
        gap,
        programmes,
        sources,
        cap=np.broadcast_to(np.array([18, 20, 25]), gap.shape),
        minimum=np.broadcast_to(np.array([5, 4, 6]), gap.shape),
    )


def highs_best(needs: Needs) -> int:
    """The same problem as a mixed-integer programme: the squared rest falls piece by piece, fen by fen."""
    solver = highspy.Highs()
    solver.silent()
    spent = {s: [] for s in range(len(needs.sources))}
    cost = int(np.sum(needs.gap**2))
    objective = 0
    for line in np.flatnonzero(needs.most >= needs.least):
        gap, most, least = int(needs.gap[line]), int(needs.most[line]), int(needs.least[line])
        programme = int(needs.programme[line])
        opened = solver.addBinary()
        pieces = [solver.addVariable(0, 1) for _ in range(most)]
        for fen, piece in enumerate(pieces):
            objective = objective - (2 * (gap - fen) - 1) * piece
        total = sum(pieces[1:], pieces[0])
        solver.addConstr(total <= most * opened)
        solver.addConstr(total >= least * opened)
        paid = [(s, solver.addIntegral(0, most)) for s in spent if needs.allowed[s, programme]]
        solver.addConstr(sum((x for _, x in paid[1:]), paid[0][1]) == total)
        fees = [(s, solver.addVariable(0, 100)) for s, _ in paid]
        handling = needs.programmes[programme].handling_fen
        solver.addConstr(sum((x for _, x in fees[1:]), fees[0][1]) == handling * opened)
        for s, x in paid + fees:
            spent[s].append(x)
    for s, parts in spent.items():
        if parts:
            solver.addConstr(sum(parts[1:], parts[0]) <= needs.sources[s].budget_fen)
    solver.setOptionValue("mip_rel_gap", 0.0)
    solver.setOptionValue("mip_abs_gap", 0.5)
    solver.minimize(objective)
    assert solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return cost + round(solver.getObjectiveValue())


def test_a_province_with_minimums_is_within_a_thousandth_of_the_best():
    needs = sharings.province(4000)
    made = allocate(needs)
    assert verify(needs, made.allotment, made.certificate) == []
    assert made.certificate.gap < 0.001
    assert sum(made.certificate.left_fen) == 0
