"""One family over three eras of rules: each decision keeps the words of its rulebook, and a reading decides nothing."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from chunyu.accounts.roles import Role
from chunyu.casework.actions import Refused
from chunyu.hardship.actions import application_refusals, apply_for, programme_for, state_fact
from chunyu.hardship.deciding import decide_household
from chunyu.hardship.models import UNKNOWN, Decision, Standing
from chunyu.hardship.reading import read
from chunyu.hardship.wording import categories_on, category_tone, category_word
from chunyu.ledger.models import Fund
from chunyu.policy import installed_packs
from chunyu.policy.pack import HOUSEHOLD
from chunyu.registry.fact_names import FACT_NAMES
from chunyu.registry.groups import STATED
from chunyu.registry.models import Household
from chunyu.rulebooks.in_force import eras_of
from tests.hardship.families import TODAY, family
from tests.situations import county

pytestmark = pytest.mark.django_db
JANUARY_2015, MARCH_2018 = date(2015, 1, 14), date(2018, 3, 6)
POOR = {"incomes": (80_000, 40_000, 0, 0), "main_cause": "major_illness"}


def decided(yurun, household: Household, day: date) -> Decision:
    decide_household(yurun.acting(Role.COUNTY_CASEWORKER, day), household)
    return Standing.objects.get(household=household).decision


def row(decision: Decision) -> tuple:
    programmes = decision.programmes.order_by("programme").values_list("programme", "entitled", "amount_fen")
    return (*Decision.objects.filter(pk=decision.pk).values_list().get(), *programmes)


def test_a_family_is_decided_under_the_rules_of_each_day_and_old_decisions_never_move():
    yurun = county()
    home = family(yurun, day=JANUARY_2015, **POOR)
    told, kept = [], []
    for day in (JANUARY_2015, MARCH_2018, TODAY):
        decision = decided(yurun, home, day)
        told.append((decision.pack, category_word(decision.category, decision.pack), decision.net_income_fen))
        kept.append((decision, row(decision)))
    assert told == [
        ("hebei-2015", "低保户", 30_000),
        ("national-2016", "国家级档案", 30_000),
        ("national-2021", "深度困难", -32_083),
    ]
    assert home.decisions.count() == 3
    for decision, before in kept:
        assert row(decision) == before
    first = kept[0][0]
    again = read(home, first.day, first.known_at).determination
    assert (again.category, again.pack.digest) == (first.category, first.version)


def test_the_facts_of_today_read_under_another_era_and_nothing_is_decided_by_it():
    yurun = county()
    home = family(yurun, **POOR)
    decided(yurun, home, TODAY)
    under = {pack.id: read(home, TODAY, rules_of=day).determination for pack, day in eras_of(home.organisation, TODAY)}
    assert {name: determination.category for name, determination in under.items()} == {
        "national-2021": "deep",
        "national-2016": "national",
        "hebei-2015": "subsistence",
    }
    assert [under["hebei-2015"].settings["living_standard"].value, home.decisions.count()] == [48_000, 1]


def test_whether_a_household_is_in_hardship_is_the_deciding_rulebooks_to_say():
    yurun = county()
    poor = family(yurun, day=JANUARY_2015, **POOR)
    rich = family(yurun, "刘芳", order=2, incomes=(900_000,), day=JANUARY_2015)
    unasked = family(yurun, "赵新", order=3, day=JANUARY_2015, **POOR | {"homes": None})
    for home, expected in ((poor, True), (rich, False), (unasked, None)):
        decided(yurun, home, JANUARY_2015)
        assert Standing.objects.get(household=home).in_hardship is expected
    assert Standing.objects.get(household=unasked).category == UNKNOWN
    labels = {each.code: (each.label, each.tone, each.in_hardship) for each in categories_on(JANUARY_2015)}
    assert labels["edge"] == ("低保边缘户", "sky", True)
    assert labels["none"][1:] == ("plain", False)
    assert labels[UNKNOWN][1:] == ("amber", None)
    assert category_tone("deep", "hebei-2015") == "plain", "no category of that rulebook"


def test_the_database_refuses_a_category_that_is_no_code():
    yurun = county()
    decision = decided(yurun, family(yurun), TODAY)
    fields = {field.attname: getattr(decision, field.attname) for field in Decision._meta.fields if field.name != "id"}
    for wrong in ("", "Deep", "深度困难", "deep;--"):
        with pytest.raises(IntegrityError, match="decision_category_is_a_code"), transaction.atomic():
            Decision.objects.bulk_create([Decision(**fields | {"category": wrong})])


def test_a_need_that_nobody_raised_does_not_make_a_file_look_unfinished():
    yurun = county()
    home = family(yurun)
    acting = yurun.acting(Role.COUNTY_CASEWORKER, TODAY)
    decision = decided(yurun, home, TODAY)
    told = {each.programme: each.entitled for each in decision.programmes.all()}
    assert told["dialysis"] is None
    assert Standing.objects.get(household=home).unknowns == 0
    worker = home.members.get(is_worker=True)
    for name, value in (("illness", "uremia"), ("dialysis_half_years", 2)):
        state_fact(acting, home, name, value, member=worker, on=TODAY, source="verified")
    dialysis = Standing.objects.get(household=home).decision.programmes.get(programme="dialysis")
    assert (dialysis.entitled, dialysis.amount_fen) == (True, None), "another of them may be ill too"
    for other in home.members.filter(is_worker=False):
        state_fact(acting, home, "illness", "none", member=other, on=TODAY, source="verified")
    dialysis = Standing.objects.get(household=home).decision.programmes.get(programme="dialysis")
    assert (dialysis.entitled, dialysis.amount_fen) == (True, 500_000)


def test_the_archive_forms_own_answers_are_facts_and_a_later_declaration_goes_before_them():
    yurun = county()
    home = family(yurun)
    assert "single_parent" not in read(home, TODAY).facts.facts
    home.single_parent = True
    home.save()
    home.members.filter(is_worker=True).update(model_worker="national")
    facts = read(home, TODAY).facts
    assert facts.facts["single_parent"].value is True
    assert facts.members[0].facts["model_worker"].value == "national"
    acting = yurun.acting(Role.COUNTY_CASEWORKER, TODAY)
    state_fact(acting, home, "single_parent", False, on=TODAY)
    assert read(home, TODAY).facts.facts["single_parent"].value is False


def test_help_in_kind_is_not_applied_for_here_and_a_season_may_run_over_the_new_year():
    yurun = county()
    home = family(yurun)
    decided(yurun, home, TODAY)
    acting = yurun.acting(Role.COUNTY_CASEWORKER, TODAY)
    with pytest.raises(Refused) as refused:
        apply_for(acting, home, "winter_goods", channel="counter")
    assert refused.value.codes == {"elsewhere"}
    warmth = programme_for(home, "warmth", TODAY)
    by_day = {
        day: {each.code for each in application_refusals(home, warmth, day)}
        for day in (date(2025, 12, 14), date(2025, 12, 15), date(2026, 2, 28), date(2026, 3, 1))
    }
    assert list(by_day.values()) == [{"not_open"}, set(), set(), {"not_open"}]
    assert warmth.calendar.next_opening(date(2026, 3, 1)) == date(2026, 12, 15)
    assert warmth.calendar.next_opening(date(2025, 12, 14)) == date(2025, 12, 15)


def test_rulebooks_name_only_facts_and_fund_sources_that_the_house_knows():
    sources = {
        source for pack in installed_packs() for each in pack.programmes.values() for source in each.fund_sources
    }
    assert sources <= set(Fund.Source.values)
    of_households = [pack for pack in installed_packs() if pack.subject == HOUSEHOLD]
    facts = {fact.name: fact for pack in of_households for fact in pack.facts.values()}
    # The groups that reports are cut by are put on file and asked by no rule.
    assert set(facts) | {group.value for group in STATED} == set(FACT_NAMES)
    assert [name for name, fact in facts.items() if fact.entity != FACT_NAMES[name].subject] == []
    kinds = {"date": "day"}
    assert [n for n, f in facts.items() if kinds.get(f.type.kind, f.type.kind) != FACT_NAMES[n].kind] == []


@pytest.fixture
def reading(client, settings):
    """The household's page as the caseworker sees it, today."""
    settings.CHUNYU_TODAY = TODAY
    yurun = county()
    home = family(yurun, day=JANUARY_2015, **POOR)
    for day in (JANUARY_2015, TODAY):
        decided(yurun, home, day)
    client.force_login(yurun.post(Role.COUNTY_CASEWORKER).user)
    return lambda **asked: client.get(reverse("hardship:household", args=[home.pk]), asked).content.decode()


def test_the_page_offers_the_eras_and_says_that_reading_decides_nothing(reading):
    now, then = reading(), reading(under="hebei-2015")
    assert "深度困难" in now
    assert "河北困难职工帮扶（2015 年及以前）" in now
    assert "认定结果：低保户" in now, "the old decision is told in its own words"
    assert "这只是查看" not in now
    for shown in ("低保户", "480.00", "这只是查看", "爱心卡"):
        assert shown in then
    assert "/apply/medical/" in now
    assert "/apply/legal_aid/" not in now, "asked for at the hotline"
    assert "12351 热线" in now
    assert "/apply/" not in then
    assert "这只是查看" not in reading(under="no-such-pack")
    assert Decision.objects.count() == 2
