"""The rulebooks of the three eras: their own worked examples are their tests, and one household reads under each."""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import date

import pytest

from chunyu.policy import Pack, decide, installed_packs, load_pack, pack_in_force
from chunyu.policy.case_file import read_case
from chunyu.policy.examples import run_examples
from chunyu.policy.loading import PACKS
from tests.policy.conftest import YURUN

ERAS = {"hebei-2015": date(2015, 3, 6), "national-2016": date(2018, 3, 6), "national-2021": date(2026, 3, 6)}
RESULTS = [(pack.id, result) for pack in installed_packs() for result in run_examples(pack)]
YUNNAN = ("5301", "53", "national")


@pytest.mark.parametrize(
    "result", [result for _, result in RESULTS], ids=[f"{pack}: {result.example.name}" for pack, result in RESULTS]
)
def test_worked_example_comes_out(result):
    assert result.error is None
    assert result.differences == ()


@pytest.mark.parametrize("number", range(1, 11))
@pytest.mark.parametrize("era", ERAS)
def test_every_reference_vector_is_an_example_of_every_era(era, number):
    assert any(example.name.split()[0] == f"V{number}" for example in load_pack(era).examples)


@pytest.mark.parametrize("era", ERAS)
def test_every_programme_has_an_example_in_which_it_is_given_and_one_in_which_it_is_not(era):
    given, refused = Counter(), Counter()
    for example in load_pack(era).examples:
        for code, outcome in example.expect.get("programmes", {}).items():
            (refused if outcome in ("no", "unknown", False) else given)[code] += 1
        refused.update(condition.partition(".")[0] for condition in example.expect.get("failed", []))
    programmes = set(load_pack(era).programmes)
    assert (programmes - set(given), programmes - set(refused)) == (set(), set())


def test_the_same_household_is_called_differently_in_each_era_and_the_hebei_rules_hold_only_in_hebei():
    told = {}
    for era, day in ERAS.items():
        pack = pack_in_force(installed_packs(), day, YURUN)
        assert pack.id == era
        data = {
            "household": {"other_income_12m": 42000, "medical_spending_12m": 18000, "education_spending_12m": 0,
                          "housing_spending_12m": 0, "disability_spending_12m": 0, "other_rigid_spending_12m": 0,
                          "has_vehicle": False, "homes": 1, "main_cause": "major_illness"},
            "members": [{"name": name, "income_month": 0} for name in "甲乙丙"],
            "signed_application": {"by": "甲", "on": "2015-03-06"},
        }  # fmt: skip
        known = {fact.name for fact in pack.household_facts}
        data["household"] = {name: value for name, value in data["household"].items() if name in known}
        case, _ = read_case(pack.replacing({"living_standard": "700"}, "测试"), data)
        determination = decide(pack.replacing({"living_standard": "700"}, "测试"), case, day, YURUN)
        told[era] = (pack.category_label(determination.category, "zh"), determination.in_hardship)
    assert told == {
        "hebei-2015": ("意外致困户", True),
        "national-2016": ("国家级档案", True),
        "national-2021": ("深度困难", True),
    }
    assert pack_in_force(installed_packs(), ERAS["hebei-2015"], YUNNAN) is None
    assert pack_in_force(installed_packs(), ERAS["national-2016"], YUNNAN).id == "national-2016"
    assert pack_in_force(installed_packs(), date(2013, 6, 30), YURUN) is None


@pytest.mark.parametrize(
    ("day", "era"),
    [
        (date(2013, 7, 1), "hebei-2015"),
        (date(2015, 12, 31), "hebei-2015"),
        (date(2016, 1, 1), "national-2016"),
        (date(2020, 12, 31), "national-2016"),
        (date(2021, 1, 1), "national-2021"),
    ],
)
def test_an_era_begins_and_ends_on_its_day(day, era):
    assert pack_in_force(installed_packs(), day, YURUN).id == era


def test_a_regions_own_rulebook_goes_before_the_national_one_of_the_same_day(national: Pack):
    own = load_pack("hebei-2015")
    both = (national, own)
    assert pack_in_force(both, date(2015, 1, 1), YURUN) is own
    at_once = [pack for pack in installed_packs() for other in installed_packs() if pack is not other
               and pack.subject == other.subject
               and set(pack.regions) & set(other.regions) and pack.valid_from <= other.valid_from
               and (pack.valid_to is None or other.valid_from <= pack.valid_to)]  # fmt: skip
    assert at_once == []


def test_a_fact_of_one_name_means_the_same_in_every_rulebook():
    told = {}
    for pack in installed_packs():
        for key, fact in pack.facts.items():
            told.setdefault(key, set()).add((fact.type, fact.label.zh, tuple(fact.values)))
    assert [key for key, meanings in told.items() if len(meanings) > 1] == []


def test_a_need_that_nobody_raised_is_asked_only_by_programmes_on_request(national: Pack):
    """A household on file with the answers of its archive form and nothing more is settled in every other programme."""
    data = {
        "household": {"other_income_12m": 0, "medical_spending_12m": 24800, "education_spending_12m": 0,
                      "housing_spending_12m": 0, "disability_spending_12m": 0, "other_rigid_spending_12m": 0,
                      "has_vehicle": False, "homes": 1, "main_cause": "major_illness"},
        "members": [{"name": "甲", "income_month": 1000, "is_student": False, "school_level": "none"}],
        "signed_application": {"by": "甲", "on": "2026-03-06"},
    }  # fmt: skip
    case, _ = read_case(national, data)
    programmes = decide(national, case, ERAS["national-2021"], YURUN).programmes
    open_ = {code for code, result in programmes.items() if result.entitled is None or result.unknown}
    assert open_ == {"dialysis", "cataract", "love_card", "mutual_aid", "startup", "training", "legal_aid"}
    assert all(national.programmes[code].on_request for code in open_)


def test_equal_content_is_the_same_version(national: Pack):
    assert load_pack("national-2021").digest == national.digest
    changed = national.replacing({"living_standard": "700"}, "测试")
    assert changed.digest != national.digest


def test_line_ends_do_not_make_another_version(national: Pack, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(PACKS / "national-2021", copy)
    for file in copy.rglob("*.*"):
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert load_pack(copy).digest == national.digest
    facts = copy / "facts.toml"
    facts.write_text(facts.read_text(encoding="utf-8") + "# 改一个字\n", encoding="utf-8")
    assert load_pack(copy).digest != national.digest


@pytest.mark.parametrize("era", ERAS)
def test_every_source_names_one_of_the_list_or_says_that_it_has_none(era):
    pack = load_pack(era)
    page = (PACKS / era / "SOURCES.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| ")][1:]
    named = [name.strip() for row in rows for name in row.split(",")]
    without = ["建议", "通行做法", "约数", "虚构", "未填即未知"]
    sources = [(f"{p.name} {s.region}", s.source) for p in pack.parameters.values() for s in p.settings]
    sources += [(rule.name, version.source) for rule in pack.rules.values() for version in rule.versions]
    sources += [(programme.code, programme.source) for programme in pack.programmes.values()]
    sources += [(fact.name, fact.source) for fact in pack.facts.values()]
    unsourced = [f"{what}: {source}" for what, source in sources if not any(n in source for n in (*named, *without))]
    assert unsourced == []
