"""Deciding households by the national rulebook: figures, unknown facts, sources that disagree."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chunyu.policy import (
    Case,
    CaseError,
    Member,
    Missing,
    Pack,
    PolicyError,
    Stated,
    decide,
    load_pack,
    missing_documents,
    with_declarations,
)
from tests.policy.households import FAMILY, ON, REGIONS, cheng_mei, decided, known_cases, with_gaps

PACK = load_pack("national-2021")
FIGURES = list(csv.DictReader((Path(__file__).parent / "figures/net_incomes.csv").read_text().splitlines()))


@pytest.mark.parametrize("row", FIGURES, ids=lambda row: f"{row['income_12m']}-{row['rigid_spending_12m']}")
def test_net_income_of_a_county_workbook_to_the_fen(row, national: Pack):
    wages, rest = divmod(int(row["income_12m"]) * 100, 12)
    members = [{"income_month": Stated(wages)}, *[{"income_month": Stated(0)}] * (int(row["members"]) - 1)]
    facts = dict.fromkeys(("education", "housing", "disability", "other_rigid"), 0)
    household = {f"{name}_spending_12m": Stated(value) for name, value in facts.items()}
    household["medical_spending_12m"] = Stated(int(row["rigid_spending_12m"]) * 100)
    household["other_income_12m"] = Stated(rest)
    case = Case(household, tuple(Member(m) for m in members))
    expected = round(float(row["net_income_per_head_month"]) * 100)
    assert decided(national, case).values["net_income"] == expected


def test_a_household_with_everything_known(national: Pack):
    decision = decided(national, cheng_mei())
    assert decision.category == "deep"
    assert decision.settled
    assert decision.unknown == ()
    assert decision.values["net_income"] == 704_17
    assert decision.exclusions == dict.fromkeys(national.roles.blockers, "clear")
    money = {code: each.amount_fen for code, each in decision.programmes.items() if each.entitled and each.amount_fen}
    assert money == {"living": 1_720_00, "medical": 12_880_00, "education": 2_000_00, "warmth": 1_000_00}
    in_kind = {code for code, each in decision.programmes.items() if each.entitled and not each.programme.amount}
    assert in_kind == {"four_helps", "winter_goods"}


def test_unknown_never_reads_as_no(national: Pack):
    decision = decided(national, cheng_mei(has_vehicle=None))
    assert decision.category is None
    assert not decision.settled
    assert decision.exclusions["excluded_vehicle"] == "unknown"
    assert decision.values["income_category"] == "deep"
    assert decision.unknown == (
        Missing("household", "has_vehicle"),
        Missing("household", "vehicle_for_disability"),
    )
    living = decision.programmes["living"]
    assert (living.entitled, living.amount_fen) == (None, None)
    assert living.unknown == decision.unknown


def test_unknown_never_reads_as_zero(national: Pack):
    members = ({"income_month": None}, *FAMILY[1:])
    decision = decided(national, cheng_mei(members))
    assert decision.values["net_income"] is None
    assert decision.category is None
    assert Missing("member", "income_month", 0) in decision.unknown


def test_an_unknown_that_cannot_matter_stands_in_no_way(national: Pack):
    well_off = ({"income_month": 30_000_00}, *FAMILY[1:])
    decision = decided(national, cheng_mei(well_off, has_vehicle=None, controls_company=None, high_fee_school=None))
    assert decision.category == "none"
    assert decision.unknown == ()


def test_every_failed_condition_is_returned_with_what_it_looked_at(national: Pack):
    poor = cheng_mei(medical_spending_12m=0, education_spending_12m=60_00, other_income_12m=900_000_00)
    medical = decided(national, poor).programmes["medical"]
    assert medical.entitled is False
    assert medical.amount_fen == 0
    assert [failed.code for failed in medical.failed] == ["on_file", "medical_cost_high"]
    assert medical.failed[0].params == {"category": "none"}
    assert medical.failed[1].params == {"medical_spending_12m": 0, "medical_floor": 2_000_00}


def test_the_strongest_statement_counts_and_a_contradiction_is_flagged(national: Pack):
    declared = Stated(0, "declared", "程梅", date(2026, 3, 6))
    matched = Stated(42_000_00, "matched", "社会保险记录", date(2026, 3, 12))
    for order in ((declared, matched), (matched, declared)):
        case = cheng_mei().with_household("other_income_12m", order)  # type: ignore[arg-type]  # several statements
        decision = decided(national, case)
        assert decision.values["income_12m"] == 63_600_00 + 42_000_00
        assert decision.notices == ("income_disputed",)
    later = Stated(100, "declared", "程梅", date(2026, 3, 20))
    case = cheng_mei().with_household("other_income_12m", (declared, later))  # type: ignore[arg-type]  # as above
    assert decided(national, case).notices == ()


def test_a_signed_application_declares_and_a_register_can_contradict_it(national: Pack):
    unsigned = cheng_mei(controls_company=None, refuses_checks=Stated(True, "verified"))
    signed = with_declarations(national, unsigned, "程梅", ON)
    assert signed.household["controls_company"] == Stated(
        False, "declared", "程梅", ON, "本人及家庭成员不是企业控股股东或实际控制人"
    )
    assert signed.household["refuses_checks"] == Stated(True, "verified")
    assert decided(national, unsigned).exclusions["excluded_company"] == "unknown"
    assert decided(national, signed).exclusions["excluded_company"] == "clear"


def test_documents_still_to_be_brought(national: Pack):
    decision = decided(national, cheng_mei())
    assert missing_documents(decision, "medical", ["application", "bank_card"]) == (
        ("diagnosis", True),
        ("medical_receipts", True),
        ("disability_card", None),  # nobody has stated the members' health
    )
    healthy = tuple({**m, "illness": "none"} for m in FAMILY)
    decision = decided(national, cheng_mei(healthy))
    assert "disability_card" not in dict(missing_documents(decision, "medical"))


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"has_car": True}, 'the pack has no fact "has_car"'),
        ({"has_vehicle": 1}, "owns or regularly uses a motor vehicle must be a yes-or-no, not 1"),
        ({"homes": True}, "number of homes owned must be a count, not True"),
        ({"other_income_12m": 12.5}, "the household's other yearly income must be an amount of money, not 12.5"),
        ({"event": "war"}, "the sudden event must be a code (none, natural_disaster, accident, "),
    ],
)
def test_facts_of_the_wrong_kind_are_refused(national: Pack, changed, sentence):
    with pytest.raises(CaseError) as refusal:
        decided(national, cheng_mei(**changed))
    assert sentence in refusal.value.sentence("en")


def test_a_place_or_date_without_rules_is_refused_in_words(national: Pack):
    with pytest.raises(PolicyError) as refusal:
        decide(national, cheng_mei(), date(2015, 1, 1), REGIONS)
    assert (
        refusal.value.sentence("zh")
        == "规则包“困难职工认定与帮扶（2021 年起）”在 2015-01-01 不适用（自 2021-01-01 起）"
    )
    with pytest.raises(PolicyError) as refusal:
        decide(national, cheng_mei(), ON, ("460000", "national"))
    assert refusal.value.sentence("zh") == (
        "参数“当地最低生活保障标准”在 2026-03-06 没有 460000、national 的取值：请在规则包的参数表里补上"
    )
    with pytest.raises(PolicyError) as refusal:
        decided(national, Case({}, ()))
    assert refusal.value.sentence("en") == "The household has no members: it needs at least one"


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_knowing_more_never_contradicts_a_definite_answer(data):
    whole = data.draw(known_cases(PACK))
    partly = decided(PACK, data.draw(with_gaps(whole)))
    fully = decided(PACK, whole)
    for name, before in partly.values.items():
        if before is not None:
            assert fully.values[name] == before, name
    for name, column in partly.member_values.items():
        for before, after in zip(column, fully.member_values[name], strict=True):
            assert before is None or before == after, name


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_what_stands_in_the_way_is_exactly_what_is_needed(data):
    """Learning every fact that is named settles the category; nothing that is known is ever named."""
    whole = data.draw(known_cases(PACK))
    case = data.draw(with_gaps(whole))
    for _ in range(60):
        decision = decided(PACK, case)
        if decision.settled:
            break
        assert decision.unknown
        for missing in decision.unknown:
            if missing.member is None:
                assert missing.name not in case.household
                case = case.with_household(missing.name, whole.household[missing.name])
            else:
                assert missing.name not in case.members[missing.member].facts
                stated = whole.members[missing.member].facts[missing.name]
                case = case.with_member(missing.member, missing.name, stated)
    assert decision.settled
    assert decision.category == decided(PACK, whole).category


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_looking_at_every_value_changes_none(data):
    decision = decided(PACK, data.draw(with_gaps(data.draw(known_cases(PACK)))))
    for name, value in decision.values.items():
        formula = decision.program.versions["household", name].formula
        assert decision.trace.get(id(formula), value) == value
