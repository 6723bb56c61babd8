"""The nearest change: what would alter the result, said with the amount, and true when tried."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from chunyu.policy import Case, Change, Pack, Stated, load_pack, nearest_change, nearest_changes
from tests.policy.households import cheng_mei, decided, known_cases

PACK = load_pack("national-2021")


def applied(case: Case, change: Change) -> Case:
    if change.member is None:
        return case.with_household(change.name, Stated(change.after))  # type: ignore[arg-type]  # never None
    return case.with_member(change.member, change.name, Stated(change.after))  # type: ignore[arg-type]  # as above


def test_the_figure_comes_with_an_example_of_what_would_bring_it_about(national: Pack):
    decision = decided(national, cheng_mei())
    change = nearest_change(decision)
    assert change is not None
    assert change.sentence == "家庭人均月净收入再高 35.84 元（例如全家每年多收入 1,721 元），类别变为“相对困难”"
    english = nearest_change(decision, None, "en")
    assert english is not None
    assert english.sentence == (
        "If monthly net income per head were 35.84 yuan higher "
        "(for example 1,721 yuan more income of the household a year), the category becomes relative hardship"
    )


def test_each_member_and_each_answer_is_tried(national: Pack):
    sentences = [change.sentence for change in nearest_changes(decided(national, cheng_mei()))]
    assert "郭•的月收入若多 144 元（为 1,644 元），类别变为“相对困难”" in sentences
    assert "医疗自付支出若少 1,721 元（为 23,079 元），类别变为“相对困难”" in sentences
    assert "“家庭成员是企业控股股东或实际控制人”若为“是”，类别变为“相对困难”" in sentences


def test_a_car_is_the_nearest_change_when_only_the_car_excludes(national: Pack):
    poor = cheng_mei(has_vehicle=True, vehicle_for_disability=False, medical_spending_12m=60_000_00)
    change = nearest_change(decided(national, poor))
    assert change is not None
    assert change.sentence == "“拥有或经常使用机动车”若为“否”，类别变为“深度困难”"


def test_a_programme_says_what_would_open_it(national: Pack):
    decision = decided(national, cheng_mei(medical_spending_12m=1_900_00))
    change = nearest_change(decision, "medical")
    assert change is not None
    assert change.sentence == "医疗自付支出若多 101 元（为 2,001 元），就可以享受“医疗救助”"


def test_while_the_result_is_unknown_there_is_nothing_to_change(national: Pack):
    assert nearest_changes(decided(national, cheng_mei(has_vehicle=None))) == ()


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_every_change_found_alters_the_category_when_made(data):
    case = data.draw(known_cases(PACK))
    decision = decided(PACK, case)
    for change in nearest_changes(decision):
        tried = change.example if change.kind == "figure" else change
        assert tried is not None
        after = decided(PACK, applied(case, tried))
        assert after.category == change.outcome
        assert after.category != decision.category


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_change_in_money_is_the_smallest_to_the_yuan(data):
    case = data.draw(known_cases(PACK))
    decision = decided(PACK, case)
    for change in nearest_changes(decision):
        if change.kind == "fact" and type(change.after) is int and type(change.before) is int:
            step = change.after - change.before
            smaller = abs(step) - (100 if change.name.endswith(("_12m", "month", "compensation")) else 1)
            if smaller > 0:
                before = change.before + (smaller if step > 0 else -smaller)
                tried = Change("fact", change.name, change.member, change.before, before, None, "", 0.0)
                assert decided(PACK, applied(case, tried)).category in (decision.category, None)
