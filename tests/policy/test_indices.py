"""What the six indices must hold, whatever the payments: tried on many, and against slow ways to the same number."""

from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from math import isclose, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chunyu.policy import indices
from chunyu.policy.indices import Festival, Helped, Payments, Services, measure, new_year, shifts, spring_festival

START, END = date(2025, 1, 1), date(2025, 12, 31)
FESTIVALS = (new_year(2025), spring_festival(date(2025, 1, 29)), new_year(2026))
LIVING, MEDICAL, SCHOOL = 0, 1, 2
USUAL = (LIVING, MEDICAL)


def payments(rows):
    """Rows of (household, fen, day, category) as columns."""
    table = np.array([(h, fen, indices.days_since_1970(day), kind) for h, fen, day, kind in rows], np.int64)
    return Payments(*table.reshape(-1, 4).T)


def measured(rows, needs=None, on_file=100, **more):
    needs = needs or {}
    known = Helped(np.array(list(needs), np.int64), np.array(list(needs.values()), np.int64))
    given_period = {"start": START, "end": END, "festivals": FESTIVALS, "usual": USUAL} | more
    return measure(payments(rows), known, on_file=on_file, **given_period)


ROWS = st.lists(
    st.tuples(
        st.integers(1, 30),
        st.integers(1, 10**9),
        st.integers(0, 364).map(lambda days: START + timedelta(days=days)),
        st.integers(0, 4),
    ),
    min_size=1,
    max_size=60,
)
NEEDS = st.dictionaries(st.integers(1, 30), st.integers(0, 10**8), max_size=30)


def test_all_equal_is_sesame_salt_whatever_the_need():
    """Everybody the same 500 yuan, the neediest and the least needy."""
    found = measured([(h, 50_000, date(2025, 1, 20), LIVING) for h in range(40)], {h: h * 1_000 for h in range(40)})
    assert (found.evenness, found.need_fit, found.sesame) == (1, 0, 1)


def test_proportional_to_the_gap_is_no_sesame_salt_at_all():
    needs = {h: (h + 1) * 7_300 for h in range(40)}
    found = measured([(h, need // 2, date(2025, 6, 1), LIVING) for h, need in needs.items()], needs)
    assert (found.need_fit, found.sesame) == (1, 0)
    assert found.evenness < 1
    assert found.depth == Fraction(1, 2)


def test_against_the_need_is_as_bad_as_without_it():
    needs = {h: 1_000 * h for h in range(1, 21)}
    found = measured([(h, 100_000 - need, date(2025, 6, 1), LIVING) for h, need in needs.items()], needs)
    assert found.need_fit == -1
    assert found.sesame == found.evenness


def test_money_in_the_windows_alone_bunches_as_much_as_can_be():
    window = sorted(indices.window_days(FESTIVALS, START, END))
    rows = [(h, 100, window[h % len(window)], LIVING) for h in range(400)]
    greatest = Fraction(365, len(window))
    assert measured(rows).bunching == greatest
    assert measured([*rows, (1, 1, date(2025, 7, 1), LIVING)]).bunching < greatest


def test_the_same_money_every_day_does_not_bunch():
    assert measured([(d % 30, 100, START + timedelta(days=d), LIVING) for d in range(365)]).bunching == 1


def test_the_windows_are_as_agreed():
    """30 days before the Spring Festival of 29 January and 15 after, 15 around New Year, the coming one's too."""
    days = sorted(indices.window_days(FESTIVALS, START, END))
    gaps = [(one, other) for one, other in pairwise(days) if other - one > timedelta(days=1)]
    assert days[0] == START
    assert gaps == [(date(2025, 2, 13), date(2025, 12, 17))]
    assert days[-1] == END
    assert indices.window_days([Festival(date(2025, 6, 10), 1, 2)], START, END) == {
        date(2025, 6, 9), date(2025, 6, 10), date(2025, 6, 11), date(2025, 6, 12),
    }  # fmt: skip


def test_a_period_without_a_window_has_no_bunching_and_one_without_money_has_nothing():
    summer = {"start": date(2025, 6, 1), "end": date(2025, 8, 31)}
    rows = [(h, 100, date(2025, 7, 1), LIVING) for h in range(12)]
    assert measured(rows, **summer).bunching is None
    assert measured(rows, **summer).evenness == 1
    nothing = measured([])
    assert (nothing.households, nothing.total_fen, nothing.enough) == (0, 0, False)


def test_fewer_than_ten_households_are_too_few():
    rows = [(h, 100 * (h + 1), date(2025, 3, 1), LIVING) for h in range(9)]
    few = measured(rows)
    assert not few.enough
    assert {few.evenness, few.need_fit, few.sesame, few.bunching, few.concentration, few.coverage, few.depth} == {None}
    assert measured([*rows, (9, 1, date(2025, 3, 1), LIVING)]).enough


def test_unknown_need_is_no_need_of_nought():
    """Twelve helped, of nine of whom the need is known: S is not made from the nine, nor from twelve with noughts."""
    rows = [(h, 100 * (h + 1), date(2025, 3, 1), LIVING) for h in range(12)]
    found = measured(rows, {h: h for h in range(9)})
    assert (found.need_known, found.need_fit, found.sesame, found.depth) == (9, None, None, None)
    assert found.evenness is not None
    more = measured(rows, {h: h + 1 for h in range(10)})
    assert (more.need_known, more.need_fit) == (10, 1)


def test_concentration_over_kinds():
    rows = [(h, 100, date(2025, 3, 1), h % 4) for h in range(40)]
    assert measured(rows).concentration == indices.Concentration(Fraction(1, 2), Fraction(1, 4))
    alone = [(h, 100, date(2025, 3, 1), MEDICAL) for h in range(40)]
    assert measured(alone).concentration == indices.Concentration(Fraction(1), Fraction(1))


def test_coverage_counts_households_and_not_payments():
    rows = [(h % 20, 100, date(2025, 3, 1), LIVING) for h in range(60)]
    assert measured(rows, on_file=80).coverage == Fraction(1, 4)
    assert measured(rows, on_file=0).coverage is None


@given(ROWS, NEEDS, st.randoms())
def test_the_order_of_rows_changes_nothing(rows, needs, random):
    shuffled = random.sample(rows, len(rows))
    turned = dict(random.sample(list(needs.items()), len(needs)))
    assert measured(rows, needs) == measured(shuffled, turned)


@given(ROWS, NEEDS, st.data())
def test_splitting_a_payment_changes_nothing(rows, needs, data):
    at = data.draw(st.integers(0, len(rows) - 1))
    household, fen, day, kind = rows[at]
    part = data.draw(st.integers(0, fen))
    parts = [(household, each, day, kind) for each in (part, fen - part) if each]
    assert measured(rows, needs) == measured([*rows[:at], *rows[at + 1 :], *parts], needs)


@given(ROWS, NEEDS, st.integers(2, 1000))
def test_the_same_shares_of_more_money_are_the_same_practice(rows, needs, times):
    once, more = measured(rows, needs), measured([(h, fen * times, day, kind) for h, fen, day, kind in rows], needs)
    for name in ("evenness", "need_fit", "sesame", "bunching", "concentration", "coverage"):
        assert getattr(once, name) == getattr(more, name)


@given(ROWS, NEEDS)
def test_bounds(rows, needs):
    found = measured(rows, needs)
    if not found.enough:
        return
    assert 0 < found.evenness <= 1
    window = indices.window_days(FESTIVALS, START, END)
    assert 0 <= found.bunching <= Fraction(365, len(window))
    assert 0 <= found.concentration.usual <= 1
    assert 0 < found.concentration.herfindahl <= 1
    if found.sesame is not None:
        assert -1 <= found.need_fit <= 1
        assert 0 <= found.sesame <= found.evenness


@given(st.lists(st.integers(1, 10**12), min_size=1, max_size=40))
def test_evenness_by_the_definition(amounts):
    """Half the relative mean difference over all pairs."""
    count, total = len(amounts), sum(amounts)
    apart = sum(abs(one - other) for one in amounts for other in amounts)
    assert indices.evenness(np.array(amounts, np.int64)) == 1 - Fraction(apart, 2 * count * total)


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=2, max_size=40))
def test_need_fit_by_the_definition(pairs):
    def ranks(values):
        return [Fraction(sum(v < x for v in values) * 2 + sum(v == x for v in values) + 1, 2) for x in values]

    one, other = (ranks(list(side)) for side in zip(*pairs, strict=True))
    middle = Fraction(len(pairs) + 1, 2)
    together = sum((a - middle) * (b - middle) for a, b in zip(one, other, strict=True))
    spread = sum((a - middle) ** 2 for a in one) * sum((b - middle) ** 2 for b in other)
    found = indices.need_fit(*(np.array(side, np.int64) for side in zip(*pairs, strict=True)))
    assert found == 0 if spread == 0 else isclose(found, float(together) / sqrt(spread), abs_tol=1e-12)


def test_large_sums_stay_exact():
    """The weighted sums pass beyond 64 bits."""
    count = 300_000
    amounts = np.arange(1, count + 1, dtype=np.int64) * 10**9
    assert indices.evenness(amounts) == 1 - Fraction(2 * sum(i * i for i in range(1, count + 1)), count) / Fraction(
        count * (count + 1), 2
    ) + Fraction(count + 1, count)
    assert indices.need_fit(amounts, amounts * 2) == 1


def served(rows):
    """Rows of (person, on file, category, entity, value, society) as columns."""
    person, on_file, kind, entity, value, society = (list(column) for column in zip(*rows, strict=True))
    return Services(
        np.array(person, np.int64), np.array(on_file, np.bool_), np.array(kind, np.int64),
        np.array(entity, np.int8), np.array(value, np.int64), np.array(society, np.bool_),
    )  # fmt: skip


def test_four_shifts_of_a_small_centre():
    """Two families on file get living aid in a campaign; two other members come to the centre, one twice, and a shop
    gives one of them a coat."""
    found = shifts(
        served([
            (1, True, LIVING, 0, 600, False),
            (2, True, LIVING, 0, 600, False),
            (3, False, SCHOOL, 1, 300, False),
            (3, False, SCHOOL, 1, 300, False),
            (4, False, SCHOOL, 1, 0, False),
            (4, False, 7, 1, 200, True),
        ]),
        living=[LIVING],
    )  # fmt: skip
    assert found.all_members == Fraction(2, 4)
    assert found.beyond_living == Fraction(3, 5)
    assert found.at_entities == Fraction(3, 5)
    assert found.from_society == Fraction(200, 2000)
    assert found.unrecorded == 0


def test_a_way_that_nobody_recorded_is_neither():
    found = shifts(served([(1, True, LIVING, -1, 5, False), (2, True, LIVING, 1, 5, True)]), living=[LIVING])
    assert (found.at_entities, found.unrecorded) == (1, 1)
    only = shifts(served([(1, True, LIVING, -1, 5, False)]), living=[LIVING])
    assert only.at_entities is None


def test_somebody_once_on_file_is_no_new_member():
    found = shifts(served([(1, True, LIVING, 1, 5, False), (1, False, SCHOOL, 1, 5, False)]), living=[LIVING])
    assert found.all_members == 0


@given(
    st.lists(
        st.tuples(
            st.integers(1, 9), st.booleans(), st.integers(0, 3), st.integers(-1, 1), st.integers(1, 99), st.booleans()
        ),
        min_size=1,
        max_size=30,
    ),
    st.randoms(),
)
def test_shifts_look_at_neither_order_nor_splitting(rows, random):
    person, on_file, kind, entity, value, society = rows[0]
    split = [(person, on_file, kind, entity, part, society) for part in (value // 2, value - value // 2)]
    found = shifts(served(rows), living=[LIVING])
    assert found == shifts(served(random.sample(rows, len(rows))), living=[LIVING])
    assert found == shifts(served([*rows[1:], *split]), living=[LIVING])
    shares = (found.all_members, found.beyond_living, found.at_entities, found.from_society)
    assert all(share is None or 0 <= share <= 1 for share in shares)


def test_no_service_has_no_shares():
    nothing = Services(*(np.array([], kind) for kind in (np.int64, np.bool_, np.int64, np.int8, np.int64, np.bool_)))
    assert shifts(nothing, living=[LIVING]) == indices.Shifts(None, None, None, None)


@pytest.mark.parametrize(("values", "middle"), [([3, 1, 2], 2), ([4, 1, 3, 2], Fraction(5, 2)), ([], None)])
def test_the_middle(values, middle):
    assert indices.median(np.array(values, np.int64)) == middle
