"""The rules of how aid adds up, over entries that somebody wrote down."""

from __future__ import annotations

from datetime import date

import pytest

from chunyu.policy import PackRefused, installed_packs, read_pack
from chunyu.policy.loading import PACKS, pack_files
from chunyu.policy.stacking import Entry, judge, rules_for

PACK = next(each for each in installed_packs() if each.id == "national-2021")
ON = date(2026, 3, 2)


def entry(programme: str, fen: int = 100, day: date = ON, number: str = "A") -> Entry:
    return Entry(programme, day, fen, number)


def held(programme: str, *entries: Entry, number: str = "own", on: date = ON, **values: int) -> dict[str, bool | None]:
    return {
        each.rule.code or each.rule.kind: each.holds for each in judge(PACK, programme, on, number, entries, values)
    }


def test_what_no_rule_names_is_given_once_a_year():
    assert held("education") == {"once": True}
    assert held("education", entry("education")) == {"once": False}
    assert held("education", entry("education", day=date(2025, 12, 31))) == {"once": True}
    assert held("education", entry("living")) == {"once": True}
    assert held("education", entry("education"), number="A") == {"once": True}, "its own case is not another"


def test_a_cap_counts_every_programme_and_says_what_is_left():
    given = (entry("dialysis", 700, number="A"), entry("cataract", 200, number="B"), entry("living", 999, number="C"))
    (cap,) = (each for each in judge(PACK, "medical", ON, "own", given, {"medical_own_cost": 1_000})
              if each.rule.kind == "cap")  # fmt: skip
    assert (cap.holds, cap.given_fen, cap.limit_fen, cap.left_fen) == (True, 900, 1_000, 100)
    assert held("medical", *given, medical_own_cost=900)["medical_within_own_cost"] is False
    assert held("medical", *given)["medical_within_own_cost"] is None


def test_conflicts_exclude_each_other_both_ways():
    assert held("festival_visit", entry("warmth"))["exclude"] is False
    assert held("warmth", entry("festival_visit"))["exclude"] is False
    assert held("warmth", entry("warmth"))["exclude"] is True, "that is for the rule of one grant"


@pytest.mark.parametrize(
    ("earlier", "holds"), [(date(2025, 12, 20), False), (date(2025, 12, 14), True), (date(2026, 2, 1), False)]
)
def test_a_season_runs_from_one_opening_to_the_next(earlier, holds):
    assert held("warmth", entry("warmth", day=earlier), on=date(2026, 2, 20))["festival_once"] is holds


@pytest.mark.parametrize(
    ("programme", "cap", "limit"),
    [
        ("medical", "medical_within_own_cost", "medical_own_cost"),
        ("living", "living_within_the_standard", "living_cap"),
        ("education", "education_within_the_cap", "education_cap_of_all"),
    ],
)
def test_the_second_era_caps_each_kind_of_aid_over_all_levels(programme, cap, limit):
    pack = next(each for each in installed_packs() if each.id == "national-2016")
    day = date(2018, 3, 2)

    def judged(given: int) -> dict[str, tuple[bool | None, int | None]]:
        said = judge(pack, programme, day, "own", [entry(programme, given, date(2018, 1, 5))], {limit: 1_000})
        return {each.rule.code or each.rule.kind: (each.holds, each.left_fen) for each in said}

    assert judged(400)[cap] == (True, 600)
    assert judged(1_000)[cap] == (False, 0)
    season = judge(pack, "warmth", date(2018, 2, 1), "own", [entry("warmth", day=date(2017, 12, 20))], {})
    assert [each.holds for each in season if each.rule.code == "festival_once"] == [False]


def test_every_shipped_rulebook_says_where_its_stacking_rules_come_from():
    for pack in installed_packs():
        for rule in pack.stacking:
            assert rule.source
            assert rule.label is not None
        for code in pack.programmes:
            assert rules_for(pack, code), code


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('kind = "once"', 'kind = "twice"', 'kind cannot be "twice"'),
        ('per = "season"', 'per = "month"', 'per cannot be "month"'),
        ('"warmth", "festival_visit"', '"warmht"', 'no programme "warmht"; did you mean "warmth"?'),
        ('at_most = "medical_own_cost"', "", "needs at_most"),
        ('at_most = "medical_own_cost"', 'at_most = "on_file"', "not a rule that gives money a year"),
        ('label_en = "one festival', 'labell = "one festival', "labell"),
        ('programmes = ["living"]', "programmes = []", "lacks programmes"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused_at_its_line(old, new, said):
    files = pack_files(PACKS / "national-2021")
    text = files["pack.toml"].decode()
    assert old in text
    with pytest.raises(PackRefused, match=r"pack\.toml:\d+:\d+") as refused:
        read_pack(files | {"pack.toml": text.replace(old, new, 1).encode()})
    assert said in str(refused.value)
