"""The operators of the policy language, one table each. `U` is unknown.

These tables are the specification: docs/reference/policy-language.md is written from them, and any other executor of
the rules must give the same.
"""

from __future__ import annotations

from datetime import date

import pytest

from tests.policy.rulebooks import decided, pack_with, rule, value

Y, N, U = True, False, None


@pytest.mark.parametrize(
    ("a", "b", "both", "either"),
    [
        (Y, Y, Y, Y),
        (Y, N, N, Y),
        (Y, U, U, Y),
        (N, Y, N, Y),
        (N, N, N, N),
        (N, U, N, U),
        (U, Y, U, Y),
        (U, N, N, U),
        (U, U, U, U),
    ],
)
def test_and_or(a, b, both, either):
    assert value("a and b", a=a, b=b) is both
    assert value("a or b", a=a, b=b) is either


@pytest.mark.parametrize(("a", "result"), [(Y, N), (N, Y), (U, U)])
def test_not(a, result):
    assert value("not a", a=a) is result


@pytest.mark.parametrize(
    ("x", "y", "less", "at_most", "equal"),
    [
        (1, 2, Y, Y, N),
        (2, 2, N, Y, Y),
        (3, 2, N, N, N),
        (U, 2, U, U, U),
        (2, U, U, U, U),
        (U, U, U, U, U),
        (0, U, U, U, U),
    ],
)
def test_comparisons(x, y, less, at_most, equal):
    assert value("x < y", x=x, y=y) is less
    assert value("x <= y", x=x, y=y) is at_most
    assert value("x == y", x=x, y=y) is equal
    assert value("x >= y", x=x, y=y) is (None if less is None else not less)
    assert value("x > y", x=x, y=y) is (None if at_most is None else not at_most)
    assert value("x != y", x=x, y=y) is (None if equal is None else not equal)


@pytest.mark.parametrize(("x", "result"), [(4, N), (5, Y), (7, Y), (8, N), (U, U)])
def test_a_chain_of_comparisons_is_joined_by_and(x, result):
    assert value("5 <= n < 8", n=x) is result


@pytest.mark.parametrize(
    ("x", "y", "plus", "minus"),
    [(5, 3, 8, 2), (5, -7, -2, 12), (5, U, U, U), (U, 3, U, U), (0, U, U, U)],
)
def test_plus_and_minus(x, y, plus, minus):
    assert value("x + y", "money", "yuan/year", x=x, y=y) == plus
    assert value("x - y", "money", "yuan/year", x=x, y=y) == minus
    assert value("-x", "money", "yuan/year", x=x) == (None if x is None else -x)


@pytest.mark.parametrize(
    ("fen", "by", "result"),
    [
        (100, 3, 33),  # 33.33
        (200, 3, 67),  # 66.67
        (1, 2, 1),  # a half goes away from zero
        (-1, 2, -1),  # on both sides
        (3, 2, 2),
        (-3, 2, -2),
        (100, 0, U),  # nothing can be divided by zero
        (U, 2, U),
        (100, U, U),
        (0, U, U),
    ],
)
def test_division_rounds_half_up_to_the_fen(fen, by, result):
    assert value("x / n", "money", "yuan/year/home", x=fen, n=by) == result


def test_a_chain_of_multiplications_and_divisions_is_rounded_once():
    # 100 fen / 7 / 12 = 1.19; rounding 14.29 to 14 in between would give 1.17. And × 7 ÷ 7 gives back the whole.
    assert value("x / n / 12", "money", "yuan/year/home", x=1000, n=7) == 12
    assert value("x / n * n", "money", "yuan/year", x=100, n=7) == 100
    assert value("per_month(x / n)", "money", "yuan/month/home", x=1000, n=7) == 12


@pytest.mark.parametrize(("x", "n", "result"), [(0, U, U), (U, 0, U), (5, 3, 15), (-5, 3, -15)])
def test_nothing_times_unknown_is_unknown(x, n, result):
    assert value("x * n", "money", "yuan*home/year", x=x, n=n) == result


def test_a_share_is_exact_to_the_millionth():
    assert value("share * x", "money", "yuan/year", x=300) == 100  # 0.333333 × 300 = 99.9999
    assert value("0.5 * x", "money", "yuan/year", x=5) == 3
    assert value("x / y", "ratio", x=1, y=3) == 333_333
    assert value("x / y <= 1", x=100_001, y=100_000) is False


@pytest.mark.parametrize(
    ("a", "x", "y", "result"),
    [(Y, 1, 2, 1), (N, 1, 2, 2), (U, 1, 2, U), (U, 2, 2, 2), (Y, 1, U, 1), (Y, U, 1, U), (U, U, U, U)],
)
def test_if_else(a, x, y, result):
    assert value("x if a else y", "money", "yuan/year", a=a, x=x, y=y) == result


def test_a_whole_number_beside_a_ratio_is_that_many_wholes():
    for a, result in ((Y, 1_000_000), (N, 500_000), (U, U)):
        assert value("1 if a else 0.5", "ratio", a=a) == result
        assert value("(1 if a else 0.5) * x", "money", "yuan/year", a=a, x=7) == {Y: 7, N: 4, U: U}[a]
    assert value("1 - share", "ratio") == 666_667
    assert value("min(1, share)", "ratio") == 333_333
    assert value("share < 1") is True


@pytest.mark.parametrize(("colour", "result"), [("red", Y), ("green", N), (U, U)])
def test_a_code_in_a_list(colour, result):
    assert value("colour in ['red', 'blue']", colour=colour) is result
    assert value("colour in warm", colour=colour) is result
    assert value("colour == 'red'", colour=colour) is result
    assert value("colour not in warm", colour=colour) is (None if result is None else not result)


@pytest.mark.parametrize(("x", "y", "least", "greatest"), [(1, 2, 1, 2), (2, 1, 1, 2), (U, 1, U, U), (1, U, U, U)])
def test_least_and_greatest_of_values(x, y, least, greatest):
    assert value("min(x, y)", "money", "yuan/year", x=x, y=y) == least
    assert value("max(x, y)", "money", "yuan/year", x=x, y=y) == greatest


def test_clip_keeps_a_value_between_two_others():
    for given, result in ((-5, 0), (5, 5), (25, 20), (U, U)):
        assert value("clip(x, 0, y)", "money", "yuan/year", x=given, y=20) == result


@pytest.mark.parametrize(
    ("fen", "half_up", "down", "up"),
    [(149, 100, 100, 200), (150, 200, 100, 200), (-150, -200, -100, -200), (100, 100, 100, 100), (U, U, U, U)],
)
def test_rounding_to_whole_yuan(fen, half_up, down, up):
    assert value("round_half_up(x, 1)", "money", "yuan/year", x=fen) == half_up
    assert value("round_down(x, 1)", "money", "yuan/year", x=fen) == down
    assert value("round_up(x, 1)", "money", "yuan/year", x=fen) == up


@pytest.mark.parametrize(
    ("yuan", "result"),
    [(0, 0), (2000, 0), (2001, 50), (10_000, 400_000), (24_800, 1_288_000), (60_000, 3_500_000), (-5, 0), (U, U)],
)
def test_scale_pays_each_slice_at_its_own_rate(yuan, result):
    fen = None if yuan is None else yuan * 100
    assert value("scale(steps, x)", "money", "yuan/year", x=fen) == result


@pytest.mark.parametrize(("colour", "result"), [("red", 10_000), ("green", 20_050), ("blue", 0), (U, U)])
def test_lookup(colour, result):
    assert value("lookup(grant, colour)", "money", "yuan/year", colour=colour) == result


@pytest.mark.parametrize(
    ("born", "age"),
    [
        (date(2000, 3, 6), 26),
        (date(2000, 3, 7), 25),
        (date(2000, 2, 29), 26),
        (date(2026, 3, 6), 0),
        (U, U),
    ],
)
def test_age_is_whole_years_on_the_date_of_decision(born, age):
    formula = "sum(age(member.born))"
    assert value(formula, "count", "year", members=({"born": born},)) == age


@pytest.mark.parametrize(("x", "result"), [(739_999, Y), (740_000, N), (740_001, N), (U, U)])
def test_within_takes_its_boundary_from_a_parameter(x, result):
    assert value("within(x, line, edge)", x=x) is result  # the edge is <, the county's line 7,400


MEMBERS = [
    # the marks of two members, then any, all, count
    ((Y, Y), Y, Y, 2),
    ((Y, N), Y, N, 1),
    ((N, N), N, N, 0),
    ((Y, U), Y, U, U),
    ((N, U), U, N, U),
    ((U, U), U, U, U),
]


@pytest.mark.parametrize(("marks", "any_", "all_", "count"), MEMBERS)
def test_any_all_and_count_over_members(marks, any_, all_, count):
    members = tuple({"flag": mark} for mark in marks)
    assert value("any(member.flag)", members=members) is any_
    assert value("all(member.flag)", members=members) is all_
    assert value("count(where=member.flag)", "count", "person", members=members) == count
    assert value("count()", "count", "person", members=members) == 2


@pytest.mark.parametrize(
    ("where", "flag", "any_", "all_"),
    [
        (Y, Y, Y, Y),
        (Y, N, N, N),
        (Y, U, U, U),
        (N, Y, N, Y),
        (N, U, N, Y),
        (U, Y, U, Y),
        (U, N, N, U),
        (U, U, U, U),
    ],
)
def test_any_and_all_with_where(where, flag, any_, all_):
    members = ({"flag": flag, "other": where},)
    assert value("any(member.flag, where=member.other)", members=members) is any_
    assert value("all(member.flag, where=member.other)", members=members) is all_


@pytest.mark.parametrize(
    ("members", "total", "least", "greatest"),
    [
        (((100, Y), (50, Y)), 150, 50, 100),
        (((100, Y), (50, N)), 100, 100, 100),
        (((100, N), (50, N)), 0, 7, 7),  # nobody: the least and the greatest are what `otherwise` says
        (((100, Y), (U, N)), 100, 100, 100),
        (((100, Y), (U, Y)), U, U, U),
        (((100, Y), (50, U)), U, U, 100),  # whether 50 counts cannot change the greatest
        (((100, Y), (0, U)), 100, U, 100),  # nor does zero change the total
        (((100, U), (U, N)), U, U, U),
    ],
)
def test_sum_least_and_greatest_over_members(members, total, least, greatest):
    facts = tuple({"pay": pay, "flag": mark} for pay, mark in members)
    unit = "yuan/month"
    where = "member.pay, where=member.flag"
    assert value(f"sum({where})", "money", unit, members=facts) == total
    assert value(f"min({where}, otherwise=monthly)", "money", unit, members=facts, monthly=7) == least
    assert value(f"max({where}, otherwise=monthly)", "money", unit, members=facts, monthly=7) == greatest


def test_cases_are_tried_in_order_and_an_open_one_blocks_those_after_it():
    cases = """
[household.shade]
label = "色"
label_en = "shade"
type = "code"
cases = [ { when = "a", then = "dark" }, { when = "b", then = "light" } ]
otherwise = "none"
source = "测试"
values = { dark = ["深", "dark"], light = ["浅", "light"], none = ["无", "none"] }
"""
    pack = pack_with(cases)
    outcomes = {
        (Y, U): "dark",
        (N, Y): "light",
        (N, N): "none",
        (U, Y): None,
        (U, N): None,
        (N, U): None,
    }
    for (a, b), expected in outcomes.items():
        assert decided(pack, a=a, b=b).values["shade"] == expected


def test_a_parameter_that_is_not_set_is_unknown():
    assert value("x < unset", x=1) is None
    assert value("a and x < unset", a=N, x=1) is False


def test_the_nearest_region_and_the_date_choose_the_parameter():
    pack = pack_with(rule("test", "line", "money", "yuan/year"))
    assert decided(pack, on=date(2024, 12, 31)).values["test"] == 500_000
    assert decided(pack, on=date(2025, 1, 1)).values["test"] == 600_000
    assert decided(pack, on=date(2025, 7, 1)).values["test"] == 740_000


def test_rules_of_members_are_worked_out_for_each_member():
    rules = rule("double", "2 * member.pay", "money", "yuan/month", entity="member") + rule(
        "test", "sum(member.double)", "money", "yuan/month"
    )
    decision = decided(pack_with(rules), members=({"pay": 5}, {"pay": 7}))
    assert decision.member_values["double"] == (10, 14)
    assert decision.values["test"] == 24
