"""Frozen facts say of every household what its case says: compared household by household, fact by fact."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
from django.conf import settings

from chunyu.accounts.roles import Role
from chunyu.hardship.finding.actions import order_run
from chunyu.hardship.finding.models import Finding
from chunyu.hardship.reading import read_many
from chunyu.policy import installed_packs, pack_in_force
from chunyu.policy.cases import disputed, strongest
from chunyu.policy.facts_folder import open_facts
from chunyu.policy.kernel import decide_many
from chunyu.registry import actions, freezing
from chunyu.registry.consent.actions import give_consent, withdraw_consent
from chunyu.registry.consent.queries import consents
from chunyu.registry.consent.tables import Purpose
from chunyu.registry.fact_names import FACT_NAMES, OF_THE_PERSON, Kind
from chunyu.registry.groups import Group, groups_of
from chunyu.registry.models import Fact, Household, Member
from chunyu.registry.queries import facts_of_many
from chunyu.rulebooks.cases import case_of
from chunyu.rulebooks.in_force import chain_of, regions_of
from chunyu.running.places import Places
from tests.hardship.families import TODAY, family
from tests.registry.people import person
from tests.situations import county

pytestmark = pytest.mark.django_db(transaction=True)  # the snapshot sees what was committed

PACK = pack_in_force(installed_packs(), TODAY, ("national",))
MODEL_WORKERS = PACK.facts["member", "model_worker"].type.codes


def some_value(fact, dice: random.Random):
    match FACT_NAMES[fact].kind:
        case Kind.MONEY:
            return dice.choice((0, 1, 260_000, 99_999_999))
        case Kind.COUNT:
            return dice.randrange(4)
        case Kind.FLAG:
            return dice.random() < 0.5
        case _:
            return dice.choice(next(each for each in PACK.facts.values() if each.name == fact).type.codes)


def said_of(household: Household, clerk, dice: random.Random) -> None:
    """Statements of every source, of several days, some twice on one day, some contradicting, some not yet in force."""
    members = list(household.members.all())
    for name, meaning in FACT_NAMES.items():
        if name in OF_THE_PERSON:
            continue
        for about in [None] if meaning.subject == "household" else members:
            for _ in range(dice.choice((0, 0, 1, 1, 2, 4))):
                on = TODAY - timedelta(days=dice.choice((0, 0, 1, 40)))
                holds = on + timedelta(days=dice.choice((0, 0, 0, -30, 60)))
                actions.state_fact(
                    clerk, household, name, some_value(name, dice), member=about, on=on, valid_from=holds,
                    source=dice.choice(Fact.Source.values),
                )  # fmt: skip


@pytest.fixture
def varied():
    """Families of two counties with everything said about them that can be said, and people who came and went."""
    dice = random.Random(20260302)
    order = 1
    for name in ("雨润县", "青禾县"):
        place = county(name)
        clerk = place.acting(Role.COUNTY_CASEWORKER, TODAY)
        for size in (1, 2, 4, 5):
            incomes = tuple(dice.randrange(300_000) for _ in range(size))
            household = family(place, f"程{name[0]}{size}", incomes=incomes, order=order, other_income_12m=None)
            order += 1
            said_of(household, clerk, dice)
            actions.correct_member(clerk, household.worker, model_worker=dice.choice(("", *MODEL_WORKERS)))
            Household.objects.filter(pk=household.pk).update(single_parent=dice.choice((None, True, False)))
        gone = household.members.exclude(is_worker=True).first()
        actions.member_leaves(clerk, gone, on=TODAY, reason="婚嫁")
        later = person("谢小宝", "20", date(2020, 5, 5), 700 + order)
        actions.add_member(clerk, household, later, on=TODAY + timedelta(days=1))
        exited = family(place, "程已退", order=order, incomes=(1,))
        order += 1
        actions.close_household(clerk, exited, on=TODAY)
    return Household.objects.filter(status="on_file")


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "facts"
    made.mkdir(mode=0o700)
    return made


def frozen(households, folder, **more):
    return freezing.freeze(households, TODAY, folder, pack=PACK, chain_of=chain_of, **more)


def read(folder, kind) -> pa.Table:
    return pa.concat_tables(
        [parquet.read_table(part / f"{kind}.parquet") for part in sorted(folder.glob("part-*"))], promote_options="none"
    )


def plain(value):
    return value if value is None or isinstance(value, int | str | date) else value.as_py()


def test_every_household_is_frozen_as_its_case_reads_it(varied, folder):
    made = frozen(varied, folder).folder
    assert open_facts(folder) == made
    households, members = read(folder, "households").to_pylist(), read(folder, "members").to_pylist()
    assert len(households) == made.households == varied.count() == 8
    facts = facts_of_many(varied, TODAY)
    by_key = {str(each.pk): each for each in varied.select_related("organisation__region")}
    compared = differing = 0
    assert [each["household"] for each in members] == [
        row["household"] for row in households for _ in facts[by_key[row["household"]].pk].members
    ]
    at = 0
    for row in households:
        household = by_key[row["household"]]
        own = facts[household.pk]
        case = case_of(own, PACK, household.opened_on)
        assert made.chains[row["region"]] == tuple(regions_of(household.organisation))
        people = members[at : at + len(own.members)]
        at += len(people)
        pairs = [(PACK.household_facts, case.household, row)]
        pairs += [(PACK.member_facts, m.facts, line) for m, line in zip(case.members, people, strict=True)]
        for asked, stated, line in pairs:
            for fact in asked:
                counts = strongest(stated.get(fact.name))
                assert line[fact.name] == (counts.value if counts else None), fact.name
                assert line[f"disputed.{fact.name}"] == disputed(stated.get(fact.name)), fact.name
                compared += 1
                differing += bool(line[f"disputed.{fact.name}"])
        groups = groups_of([each.key for each in own.members], TODAY)
        for person_facts, line in zip(own.members, people, strict=True):
            assert {group for group in Group if line[f"group.{group.value}"]} == groups[person_facts.key]
    assert at == len(members) == sum(part.members for part in made.parts)
    assert compared > 300
    assert differing > 20  # the families do contradict themselves, or the comparison would be idle


def test_types_are_those_of_the_rules(varied, folder):
    frozen(varied, folder)
    schema = read(folder, "households").schema
    assert schema.field("medical_spending_12m").type == pa.int64()
    assert schema.field("homes").type == pa.int64()
    assert schema.field("has_vehicle").type == pa.bool_()
    assert pa.types.is_dictionary(schema.field("event").type)
    assert read(folder, "members").schema.field("birth_date").type == pa.date32()


def test_equal_facts_have_one_digest_and_a_new_statement_another(varied, tmp_path, monkeypatch):
    digests = []
    for name, batch in (("one", 5_000), ("two", 1), ("three", 3)):
        monkeypatch.setattr(freezing, "AT_ONCE", batch)
        digests.append(frozen(varied.order_by("-pk"), tmp_path / name).folder.digest)
    assert len(set(digests)) == 1
    household = varied.first()
    clerk = county("雨润县").acting(Role.COUNTY_CASEWORKER, TODAY)
    actions.state_fact(clerk, household, "medical_spending_12m", 77, on=TODAY, source="matched")
    assert frozen(varied, tmp_path / "four").folder.digest != digests[0]


def test_a_place_in_several_pieces_is_read_back_whole(varied, folder, monkeypatch):
    monkeypatch.setattr(freezing, "IN_PIECE", 2)
    monkeypatch.setattr(freezing, "AT_ONCE", 1)
    made = frozen(varied, folder).folder
    assert {part.groups for part in made.parts} == {2}
    whole = made.read()
    results = decide_many(PACK, whole, TODAY)
    readings = read_many(varied.select_related("organisation__region"), TODAY)
    said = {str(each.household.pk): each.determination.category for each in readings}
    assert dict(zip(whole.households["household"].to_pylist(), results.category.natives(), strict=True)) == said


def test_only_who_is_asked_for_is_frozen(folder):
    place = county("雨润县")
    clerk = place.acting(Role.COUNTY_CASEWORKER, TODAY)
    agreed, silent, back = (family(place, name, order=n, incomes=(1,)) for n, name in enumerate("程郭谢", 1))
    for each in (agreed, back):
        give_consent(clerk, each.worker, Purpose.MATCHING, language="zh", on=TODAY)
    withdraw_consent(clerk, back.worker, Purpose.MATCHING, channel="phone", on=TODAY)
    assert silent.worker
    told = []
    frozen(
        Household.objects.within(place.path).filter(consents(Purpose.MATCHING)), folder,
        progress=lambda done, total: told.append((done, total)),
    )  # fmt: skip
    assert read(folder, "households")["household"].to_pylist() == [str(agreed.pk)]
    assert told == [(1, 1)]


def test_nobody_to_freeze_gives_an_empty_folder_with_a_manifest(folder):
    made = frozen(Household.objects.filter(opened_on=TODAY), folder).folder
    assert (made.households, made.parts) == (0, ())


def test_the_folder_is_private_and_taken_away_whatever_happens(monkeypatch, tmp_path):
    monkeypatch.setattr(settings, "PLACES", Places(tmp_path))

    def be_killed():
        with freezing.frozen_folder("run") as folder:
            assert folder.stat().st_mode & 0o077 == 0
            assert folder.parent.stat().st_mode & 0o077 == 0
            (folder / "manifest.json").write_text("{}")
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        be_killed()
    assert not list((tmp_path / "facts").iterdir())
    (tmp_path / "facts" / "left").mkdir()
    freezing.forget_folder("left")
    assert not list((tmp_path / "facts").iterdir())


def test_nothing_sealed_stands_in_clear_anywhere_but_in_the_folder(varied, folder):
    assert Member.objects.exists()
    frozen(varied, folder)
    assert set(read(folder, "members")["illness"].cast(pa.string()).to_pylist()) - {None}
    assert not Fact.objects.filter(name="illness", code__isnull=False).exists()


def test_a_run_finds_what_the_cases_say_one_by_one(varied, run_jobs):
    """The whole of a run against the interpreter, household by household and programme by programme."""
    clerk = county("雨润县").acting(Role.COUNTY_CASEWORKER, TODAY)
    for order, name in enumerate(("朱娜", "何静"), 70):
        family(county("雨润县"), name, order=order)
    theirs = varied.within(clerk.path)
    for each in theirs:
        give_consent(clerk, each.worker, Purpose.MATCHING, language="zh", on=TODAY)
    run = order_run(clerk)
    run_jobs()
    found = {
        (each.household_id, each.programme): (each.kind, each.amount_fen, {u.fact for u in each.unknowns.all()})
        for each in Finding.objects.filter(found_in=run).prefetch_related("unknowns")
    }
    expected = {}
    for reading in read_many(theirs.select_related("organisation__region"), TODAY):
        for code, result in reading.determination.programmes.items():
            programme = result.programme
            raised = result.entitled is True or not programme.on_request
            if result.entitled is not False and raised and programme.apply_at is None:
                kind = "blocked" if result.entitled is None else "not_helped"
                names = {each.name for each in result.unknown} if result.entitled is None else set()
                amount = result.amount_fen if programme.amount else None
                expected[reading.household.pk, code] = (kind, amount, names)
    assert found == expected
    assert len({kind for kind, _amount, _names in expected.values()}) == 2
    run.refresh_from_db()
    assert run.facts_digest
    assert not list(settings.PLACES.facts.iterdir())  # the facts are gone with the run
