"""A conversation that asks only what can still matter ends where knowing everything would have ended."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chunyu.policy import Case, Determination, Member, Missing, Pack, load_pack
from chunyu.policy.asking import next_questions, open_questions
from tests.policy.households import cheng_mei, decided, known_cases, with_gaps
from tests.policy.rulebooks import PACK, pack_with
from tests.policy.rulebooks import decided as small

NATIONAL = load_pack("national-2021")
# Programmes for whoever is in need, without those for needs that a family raises itself.
FOR_ALL = tuple(code for code, programme in NATIONAL.programmes.items() if not programme.on_request)


def answered(case: Case, question: Missing) -> object:
    facts = case.household if question.member is None else case.members[question.member].facts
    return facts.get(question.name)


def conversation(
    pack: Pack, knows: Case, programmes: tuple[str, ...] | None = None
) -> tuple[Determination, list[tuple[Missing, ...]]]:
    """Asks somebody who knows exactly what `knows` holds; gives the end and what was asked, wave by wave."""
    told = Case({}, tuple(Member({}) for _ in knows.members))
    declined: set[Missing] = set()
    waves = []
    while wave := next_questions(decided(pack, told), declined, programmes):
        waves.append(wave)
        for question in wave:
            stated = answered(knows, question)
            if stated is None:
                declined.add(question)
            elif question.member is None:
                told = told.with_household(question.name, stated)
            else:
                told = told.with_member(question.member, question.name, stated)
    return decided(pack, told), waves


def outcome(determination: Determination) -> object:
    programmes = determination.programmes.items()
    return determination.category, {code: (each.entitled, each.amount_fen) for code, each in programmes}


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_conversation_ends_where_knowing_everything_would(data: st.DataObject):
    knows = data.draw(known_cases(NATIONAL))
    end, waves = conversation(NATIONAL, knows)
    assert outcome(end) == outcome(decided(NATIONAL, knows))
    asked = [question for wave in waves for question in wave]
    assert len(asked) == len(set(asked))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_also_for_somebody_who_does_not_know_everything(data: st.DataObject):
    knows = data.draw(with_gaps(data.draw(known_cases(NATIONAL))))
    end, _ = conversation(NATIONAL, knows)
    assert outcome(end) == outcome(decided(NATIONAL, knows))


def test_a_family_above_the_line_is_not_asked_for_its_car_or_homes():
    end, waves = conversation(NATIONAL, cheng_mei(other_income_12m=300_000_00), FOR_ALL)
    asked = {question.name for wave in waves for question in wave}
    assert end.category == "none"
    assert asked == {
        "income_month",
        "other_income_12m",
        "medical_spending_12m",
        "education_spending_12m",
        "housing_spending_12m",
        "disability_spending_12m",
        "other_rigid_spending_12m",
        "main_cause",
    }


def test_a_typical_family_answers_23_questions_in_five_waves():
    end, waves = conversation(NATIONAL, cheng_mei(), FOR_ALL)
    assert end.category == "deep"
    assert [len(wave) for wave in waves] == [10, 4, 3, 4, 2]


def test_the_first_page_about_people_asks_what_any_result_would_need():
    nobody = decided(NATIONAL, Case({}, (Member({}),)))
    assert [each.name for each in open_questions(nobody, (), FOR_ALL) if each.kind == "member"] == [
        "income_month",
        "is_student",
    ]


BY = """
[household.shade]
label = "色"
label_en = "shade"
type = "code"
cases = [ {{ when = "{formula}", then = "dark" }} ]
otherwise = "none"
source = "测试"
values = {{ dark = ["深", "dark"], none = ["无", "none"] }}
"""


@pytest.mark.parametrize(
    ("formula", "known", "asked"),
    [
        ("a and b", {}, ["a"]),
        ("a and b", {"a": True}, ["b"]),
        ("a and b", {"a": False}, []),
        ("a or b", {}, ["a", "b"]),
        ("a or b", {"b": True}, []),
        ("x > y", {}, ["x", "y"]),
        ("(x if a else y) > 0", {}, ["a"]),
        ("(x if a else y) > 0", {"a": False}, ["y"]),
        ("count(where=member.flag) > 0", {}, ["flag"]),
        ("any(member.flag, where=member.other)", {}, ["other"]),
        ("disputed(x)", {}, []),  # whether sources agree is nothing that a person can answer
        ("x < unset and a", {"x": 1}, ["a"]),  # nor what the federation has not set
    ],
)
def test_what_each_operator_asks_for(formula, known, asked):
    pack = pack_with(BY.format(formula=formula), pack=PACK.replace('category = "category"', 'category = "shade"'))
    assert [each.name for each in next_questions(small(pack, **known))] == asked


def test_what_somebody_does_not_know_is_not_asked_again_and_the_rest_is():
    pack = pack_with(BY.format(formula="a and b"), pack=PACK.replace('category = "category"', 'category = "shade"'))
    unsure = {Missing("household", "a")}
    assert next_questions(small(pack), unsure) == (Missing("household", "b"),)
    assert next_questions(small(pack, b=False), unsure) == ()
