"""A family's file as the caseworker keeps it, and what the database refuses whoever asks."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.audit.models import Entry
from chunyu.federation.actions import move
from chunyu.registry import actions
from chunyu.registry.models import Fact, FileSequence, Household, Member
from chunyu.registry.queries import facts_of_many, facts_on, find_by_id_number, households_visible_to, search
from tests.registry.people import id_number, person
from tests.situations import DAY, county

pytestmark = pytest.mark.django_db

WIFE = date(1982, 3, 4)


@pytest.fixture
def yurun():
    return county("雨润县")


@pytest.fixture
def clerk(yurun):
    return yurun.acting(Role.COUNTY_CASEWORKER)


def opened(clerk, organisation, worker=None, members=(), **more) -> Household:
    return actions.open_household(
        clerk, organisation=organisation, worker=worker or person(), members=members, on=DAY, **more
    )


@pytest.fixture
def family(yurun, clerk):
    """程梅 with her husband; income stated, the car unknown, no medical spending stated as zero."""
    husband = person("郭强", "10", WIFE, 1)
    return opened(
        clerk,
        yurun.workplace,
        members=[husband],
        causes=["major_illness", "child_schooling"],
        facts={"medical_spending_12m": 0, "main_cause": "major_illness"},
        facts_of_people={id_number(order=2): {"income_month": 260_000, "illness": "cancer"}},
    )


def test_a_file_gets_the_counties_next_number_of_the_year(yurun, clerk, family):
    assert family.file_number == "139901-2015-000001"
    second = opened(clerk, yurun.workplace, person("朱娜", birth=date(1983, 8, 19)))
    assert second.file_number == "139901-2015-000002"
    assert FileSequence.objects.get().last == 2


def test_nobody_is_put_on_a_second_open_file_in_any_county(family):
    qinghe = county("青禾县")
    other = qinghe.acting(Role.COUNTY_CASEWORKER)
    with pytest.raises(Refusal) as refused:
        opened(other, qinghe.workplace, person("程小梅", birth=date(1990, 1, 1)), [person("郭强", "10", WIFE, 1)])
    assert "雨润县" in refused.value.sentence
    assert "纺织厂" not in refused.value.sentence  # another county's workplace is not told
    assert id_number(WIFE, 1) not in refused.value.sentence
    assert Household.objects.count() == 1


def test_the_database_itself_refuses_a_second_open_file(yurun, clerk, family):
    other = opened(clerk, yurun.workplace, person("朱娜", birth=date(1983, 8, 19)))
    row = actions.member_row(other, person("郭强", "10", WIFE, 1), DAY)
    with pytest.raises(IntegrityError, match="member_on_one_open_file"), transaction.atomic():
        Member.objects.bulk_create([row])
    row.is_open = False  # claiming so does not help: the trigger works it out
    with pytest.raises(IntegrityError, match="member_on_one_open_file"), transaction.atomic():
        Member.objects.bulk_create([row])


def test_people_of_a_closed_file_may_be_on_another_and_block_its_reopening(yurun, clerk, family):
    actions.close_household(clerk, family, on=DAY)
    assert not Member.objects.filter(household=family, is_open=True).exists()
    opened(clerk, yurun.workplace)
    with pytest.raises(IntegrityError, match="member_on_one_open_file"), transaction.atomic():
        Household.objects.filter(pk=family.pk).update(status="on_file", closed_on=None)


def test_an_old_fifteen_digit_number_is_the_same_person(yurun, clerk, family):
    with pytest.raises(Refusal):
        opened(clerk, yurun.workplace, actions.Person(name="程梅", id_number="139999800101002"))


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"is_worker": True, "relation": "01"}, "household_has_one_worker"),
        ({"relation": "01"}, "member_self_is_the_worker"),
        ({"left_on": DAY - timedelta(days=1)}, "member_left_after_joining"),
        ({"sex": "9"}, "member_sex_known"),
    ],
)
def test_a_member_that_cannot_be_is_refused(family, changes, constraint):
    husband = family.members.get(relation="10")
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Member.objects.filter(pk=husband.pk).update(**changes)


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"status": "exited"}, "household_closed_with_a_day"),
        ({"closed_on": DAY}, "household_closed_with_a_day"),
        ({"status": "exited", "closed_on": DAY - timedelta(days=1)}, "household_closed_after_opened"),
        ({"status": "merged", "closed_on": DAY}, "household_merged_names_the_other"),
    ],
)
def test_a_file_that_cannot_be_is_refused(family, changes, constraint):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Household.objects.filter(pk=family.pk).update(**changes)


def test_causes_are_at_most_four_and_named_once(family):
    for rank, code, constraint in [
        (5, "other", "cause_at_most_four"),
        (1, "other", "cause_one_per_rank"),
        (3, "major_illness", "cause_named_once"),
    ]:
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            family.causes.create(organisation=family.organisation, rank=rank, code=code)


def test_a_file_number_is_given_once_and_a_sequence_kept_once(family):
    with pytest.raises(IntegrityError, match="file_number"), transaction.atomic():
        Household.objects.create(organisation=family.organisation, file_number=family.file_number, opened_on=DAY)
    with pytest.raises(IntegrityError, match="file_sequence_once"), transaction.atomic():
        FileSequence.objects.create(county_code="139901", year=2015)


def test_a_household_without_a_worker_does_not_survive_its_transaction(yurun):
    Household.objects.create(organisation=yurun.workplace, file_number="x", opened_on=DAY)
    with pytest.raises(IntegrityError, match="no worker"), transaction.atomic():
        connection.check_constraints()  # as the end of the transaction does
    Member.objects.bulk_create([actions.member_row(Household.objects.get(), person(), DAY)])
    connection.check_constraints()


def test_nothing_is_deleted_and_no_statement_is_edited(yurun, family):
    fact = Fact.objects.filter(household=family).first()
    for attempt in (
        lambda: Household.objects.filter(pk=family.pk).delete(),
        lambda: Member.objects.filter(household=family).delete(),
        lambda: Fact.objects.filter(pk=fact.pk).delete(),
        lambda: Fact.objects.filter(pk=fact.pk).update(source="matched"),
        lambda: Fact.objects.filter(pk=fact.pk).update(amount_fen=1),
        lambda: Fact.objects.filter(pk=fact.pk).update(note="x"),
    ):
        with pytest.raises((IntegrityError, Exception), match=r"[Cc]annot"), transaction.atomic():
            attempt()


def test_a_statement_moves_with_its_organisation(yurun, family):
    move(yurun.workplace, yurun.federation, on=DAY)
    assert set(Fact.objects.values_list("scope_path", flat=True)) == {yurun.workplace.path}


def test_a_fact_states_exactly_one_value(family):
    common = {
        "household": family, "organisation": family.organisation, "name": "homes", "stated_on": DAY,
        "valid_from": DAY, "source": "declared", "stated_by": Entry.objects.first().user,
    }  # fmt: skip
    for values in ({}, {"count": 1, "amount_fen": 1}):
        with pytest.raises(IntegrityError, match="fact_has_one_value"), transaction.atomic():
            Fact.objects.create(**common, **values)
    with pytest.raises(IntegrityError, match="fact_source_known"), transaction.atomic():
        Fact.objects.create(**common | {"source": "guessed"}, count=1)


def test_what_is_unknown_has_no_fact_and_a_stated_zero_has_one(family):
    facts = facts_on(family, DAY)
    assert "has_vehicle" not in facts.facts
    assert facts.facts["medical_spending_12m"].value == 0
    worker, husband = facts.members
    assert worker.facts["income_month"].value == 260_000
    assert worker.facts["illness"].value == "cancer"
    assert worker.facts["birth_date"].value == date(1980, 1, 1)
    assert husband.relation == "10"
    assert husband.masked_name == "郭•"
    assert "income_month" not in husband.facts


def test_the_better_source_holds_and_the_others_stay_visible(clerk, family):
    worker = family.members.get(is_worker=True)
    later = DAY + timedelta(days=30)
    actions.state_fact(clerk, family, "income_month", 350_000, member=worker, on=DAY, source="matched")
    actions.state_fact(clerk, family, "income_month", 100_000, member=worker, on=later)
    stated = facts_on(family, later).members[0].statements["income_month"]
    assert [(each.source, each.value) for each in stated] == [("matched", 350_000), ("declared", 100_000)]
    assert facts_on(family, later).disagreements() == [("程梅", "income_month")]
    # As of the earlier day the later declaration had not been made.
    assert facts_on(family, DAY).members[0].statements["income_month"][1].value == 260_000


def test_what_was_known_at_a_moment_can_be_asked_again(clerk, family):
    then = timezone.now()
    actions.state_fact(clerk, family, "has_vehicle", False, on=DAY, source="matched")
    assert "has_vehicle" not in facts_on(family, DAY, known_at=then).facts
    assert facts_on(family, DAY).facts["has_vehicle"].value is False


def test_who_left_is_not_counted_from_that_day(clerk, family):
    husband = family.members.get(relation="10")
    left = DAY + timedelta(days=10)
    actions.member_leaves(clerk, husband, on=left, reason="离异")
    assert len(facts_on(family, left - timedelta(days=1)).members) == 2
    assert len(facts_on(family, left).members) == 1
    with pytest.raises(Refusal):
        actions.member_leaves(clerk, family.worker, on=left, reason="x")


def test_many_households_cost_as_many_queries_as_one(yurun, clerk, family, django_assert_num_queries):
    for order in range(10):
        opened(clerk, yurun.workplace, person("朱娜", birth=date(1983, 8, 19), order=order * 2))
    households = list(Household.objects.all())
    with django_assert_num_queries(2):
        found = facts_of_many(households, DAY)
    assert len(found) == 11
    assert found[family.pk] == facts_on(family, DAY)


@pytest.mark.parametrize(
    "typed",
    [
        id_number(order=2),
        f" '{id_number(order=2)} ",
        "１３９９９９１９８００１０１００２" + id_number(order=2)[-1].lower(),
        "139999800101002",
    ],
)
def test_a_person_is_found_by_any_way_of_typing_the_number(family, typed):
    assert find_by_id_number(typed).name == "程梅"


def test_a_number_is_found_only_within_the_asked_subtree(family):
    assert find_by_id_number(id_number(order=2), within=county("青禾县").path) is None
    assert find_by_id_number("139999") is None


@pytest.mark.parametrize("typed", ["程梅", "梅", "chengm", "CM", "郭强", "guoqiang", "139901-2015", id_number(order=2)])
def test_a_household_is_found_by_what_people_type(clerk, family, typed):
    assert [each.worker_name for each in search(clerk, typed)] == ["程梅"]


@pytest.mark.parametrize("typed", ["程强", "梅程", "xyz", "%", "139902-2015", id_number(order=4)])
def test_and_not_by_anything_else(clerk, family, typed):
    assert list(search(clerk, typed)) == []


def test_a_family_name_is_read_as_a_family_name(yurun, clerk):
    opened(clerk, yurun.workplace, person("曾梅", birth=date(1975, 3, 19)))
    assert households_visible_to(clerk).get().worker_pinyin == "zeng mei"
    assert search(clerk, "zengm").exists()


def test_another_counties_household_is_not_seen(family):
    stranger = county("青禾县").acting(Role.COUNTY_CASEWORKER)
    assert not households_visible_to(stranger).exists()
    assert not search(stranger, "程梅").exists()
    assert not search(stranger, id_number(order=2)).exists()
    with pytest.raises(Refusal) as refused:
        actions.state_fact(stranger, family, "homes", 1, on=DAY)
    assert refused.value.code == "out_of_scope"


def test_an_auditor_changes_nothing(yurun, family):
    with pytest.raises(Refusal) as refused:
        actions.state_fact(yurun.acting(Role.AUDITOR), family, "homes", 1, on=DAY)
    assert refused.value.code == "role"


def test_a_correction_of_the_number_carries_birth_date_and_sex(clerk, family):
    worker = family.members.get(is_worker=True)
    right = id_number(date(1981, 2, 3), 3)
    assert actions.correct_member(clerk, worker, id_number=right, name="程眉") == ["id_number", "name"]
    worker.refresh_from_db()
    assert (worker.birth_date, worker.sex, worker.name_pinyin) == (date(1981, 2, 3), "1", "cheng mei")
    assert find_by_id_number(right) == worker
    assert find_by_id_number(id_number(order=2)) is None


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("income_month", -1, Refusal),
        ("homes", 1.5, ValueError),
        ("homes", True, ValueError),
        ("has_vehicle", 1, ValueError),
        ("main_cause", "运气不好", Refusal),
        ("birth_date", DAY, ValueError),
        ("shoe_size", 1, ValueError),
    ],
)
def test_a_value_that_does_not_fit_its_fact_is_not_stated(clerk, family, name, value, error):
    before = Fact.objects.count()
    member = family.worker if name == "income_month" else None
    with pytest.raises(error):
        actions.state_fact(clerk, family, name, value, on=DAY, member=member)
    assert Fact.objects.count() == before


def test_each_act_leaves_its_record_and_no_personal_value(clerk, family):
    actions.correct_member(clerk, family.worker, phone="13900001111")
    entries = Entry.objects.filter(subject=f"registry.Household:{family.pk}")
    assert [each.event for each in entries.order_by("pk")] == ["registry.open_household", "registry.correct_member"]
    assert not any("程梅" in each.note or "139000" in each.note for each in entries)


def test_nothing_sealed_stands_in_clear_in_the_tables(clerk, family):
    actions.correct_member(clerk, family.worker, phone="13912345678", address="春雨路9号", health_detail="肺癌")
    with connection.cursor() as cursor:
        for table in ("registry_household", "registry_member", "registry_fact"):
            cursor.execute(f"SELECT t::text FROM {table} t")
            text = " ".join(row[0] for row in cursor.fetchall())
            for secret in (id_number(order=2), "13912345678", "春雨路", "cancer", "肺癌"):
                assert secret not in text
                assert secret.encode().hex() not in text
