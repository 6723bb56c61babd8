"""Members: one union at a time, spells without overlap, years that go on, and numbers that the database keeps."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.federation.actions import dissolve, found, move
from chunyu.federation.models import Organisation
from chunyu.registry.employers import actions as employers
from chunyu.registry.employers.tables import Enterprise, UnionCover
from chunyu.registry.membership.actions import NewWorker, admit, end_membership, move_members, transfer
from chunyu.registry.membership.queries import members_under, members_under_on
from chunyu.registry.membership.tables import MemberCount, Membership, MemberTally, Worker
from tests.registry.people import id_number
from tests.situations import county

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 2)
Kind = Organisation.Kind


@pytest.fixture
def yurun():
    return county("雨润县")


@pytest.fixture
def organiser(yurun):
    return yurun.acting(Role.ORGANISER, TODAY)


def someone(order: int = 1, name: str = "程梅", **more: object) -> NewWorker:
    return NewWorker(name, id_number(order=order), **more)


def second_union(yurun, name: str = "雨润县机械厂工会", kind: str = Kind.GRASSROOTS_UNION) -> Organisation:
    return found(name=name, kind=kind, region=yurun.region, parent=yurun.township, on=date(2005, 1, 1))


def test_a_worker_joins_is_transferred_with_the_years_kept_and_leaves(yurun, organiser):
    other = second_union(yurun)
    first = admit(organiser, yurun.workplace, someone(), on=date(2015, 5, 1))
    worker = first.worker
    transfer(organiser, worker, other, on=date(2020, 7, 1), reason="换了单位")
    worker.refresh_from_db()
    assert (worker.organisation, worker.is_member) == (other, True)
    spells = list(worker.memberships.order_by("valid_from").values_list("valid_from", "valid_to", "begun", "ended"))
    assert spells == [
        (date(2015, 5, 1), date(2020, 7, 1), "joined", "transferred"),
        (date(2020, 7, 1), None, "transferred", ""),
    ]
    end_membership(organiser, worker, how="retired", on=TODAY)
    worker.refresh_from_db()
    assert not worker.is_member
    assert members_under(yurun.path) == 0


def test_nobody_is_a_member_of_two_unions(yurun, organiser):
    other = second_union(yurun)
    spell = admit(organiser, yurun.workplace, someone(), on=TODAY)
    with pytest.raises(Refusal) as refused:
        admit(organiser, other, someone(), on=TODAY)
    assert refused.value.code == "member_already"
    with pytest.raises(IntegrityError, match="member_of_one_union_at_a_time"), transaction.atomic():
        Membership.objects.create(organisation=other, worker=spell.worker, valid_from=date(2010, 1, 1))


def test_a_stranger_elsewhere_is_told_of_by_the_county_alone(yurun, organiser):
    qinghe = county("青禾县")
    admit(qinghe.acting(Role.ORGANISER, TODAY), qinghe.workplace, someone(), on=TODAY)
    with pytest.raises(Refusal) as refused:
        admit(organiser, yurun.workplace, someone(), on=TODAY)
    assert "青禾县" in str(refused.value)
    assert "程梅" not in str(refused.value)
    assert "纺织厂" not in str(refused.value)


def test_the_levels_above_have_no_members_and_no_firms(yurun, organiser):
    for union in (yurun.federation, yurun.township):
        with pytest.raises(Refusal) as refused:
            admit(organiser, union, someone(), on=TODAY)
        assert refused.value.code == "members_belong_to_a_grassroots_union"
    assert not Worker.objects.exists()
    firm = firm_of(organiser, yurun)
    with pytest.raises(Refusal) as refused:
        employers.cover(organiser, firm, yurun.township, on=TODAY)
    assert refused.value.code == "cover_is_by_a_grassroots_union"


def test_the_database_keeps_the_numbers_whatever_way_the_rows_come(yurun, organiser):
    other = second_union(yurun)
    for order in range(1, 6):
        admit(organiser, yurun.workplace, someone(order=order), on=date(2020 + order, 2, 1))
    transfer(organiser, Worker.objects.get(memberships__valid_from=date(2021, 2, 1)), other, on=date(2025, 8, 1))
    end_membership(
        organiser, Worker.objects.get(memberships__valid_from=date(2022, 2, 1)), how="left", on=date(2024, 1, 1)
    )
    counts = dict(MemberCount.objects.values_list("organisation__name", "members"))
    assert counts == {yurun.workplace.name: 3, other.name: 1}
    tallies = MemberTally.objects.filter(organisation=yurun.workplace).order_by("year")
    assert list(tallies.values_list("year", "begun", "ended")) == [
        (2021, 1, 0),
        (2022, 1, 0),
        (2023, 1, 0),
        (2024, 1, 1),
        (2025, 1, 1),
    ]
    for day in (date(2021, 1, 31), date(2021, 2, 1), date(2023, 12, 31), date(2024, 1, 1), date(2025, 8, 1), TODAY):
        by_hand = Membership.objects.as_of(day).count()
        assert members_under_on(yurun.federation, day) == by_hand, day
    assert members_under(yurun.province.path) == 4


def test_a_county_that_moves_leaves_last_years_number_where_it_was(yurun, organiser):
    admit(organiser, yurun.workplace, someone(), on=date(2015, 1, 1))
    city = found(
        name="新城市总工会", kind=Kind.MUNICIPAL_FEDERATION, region=yurun.city.region, parent=yurun.province,
        on=date(2000, 1, 1),
    )  # fmt: skip
    move(yurun.federation, city, on=date(2026, 1, 1))
    last_year = date(2025, 12, 31)
    assert (members_under_on(yurun.city, last_year), members_under_on(city, last_year)) == (1, 0)
    assert (members_under_on(yurun.city, TODAY), members_under_on(city, TODAY)) == (0, 1)
    city.refresh_from_db()
    yurun.city.refresh_from_db()
    assert (members_under(yurun.city.path), members_under(city.path)) == (0, 1)


def test_all_members_of_a_union_move_and_none_is_lost(yurun, organiser):
    other = second_union(yurun)
    for order in range(1, 4):
        admit(organiser, yurun.workplace, someone(order=order), on=date(2020, 1, order))
    assert move_members(organiser, yurun.workplace, other, on=TODAY, reason="合并") == 3
    dissolve(yurun.workplace, on=TODAY)
    assert members_under_on(yurun.workplace, TODAY - timedelta(days=1)) == 3
    assert dict(MemberCount.objects.values_list("organisation__name", "members")) == {
        yurun.workplace.name: 0,
        other.name: 3,
    }
    with pytest.raises(Refusal) as refused:
        admit(organiser, yurun.workplace, someone(order=9), on=TODAY)
    assert refused.value.code == "members_belong_to_a_grassroots_union"


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("UPDATE registry_membership SET valid_to = valid_from, ended = 'left'", "membership_ends_after_it_starts"),
        ("UPDATE registry_membership SET valid_to = '2026-01-01'", "membership_ends_with_a_way"),
        ("UPDATE registry_membership SET valid_from = '2001-01-01'", "Cannot update"),
        ("DELETE FROM registry_membership", "delete"),
        ("DELETE FROM registry_worker", "delete"),
        ("UPDATE registry_membercount SET members = -1", "member_count_not_below_nothing"),
        ("UPDATE registry_worker SET sex = '9'", "worker_sex_known"),
    ],
)
def test_nobody_gets_past_the_database(yurun, organiser, statement, rule):
    admit(organiser, yurun.workplace, someone(), on=date(2020, 1, 1))
    with pytest.raises(Exception, match=rule), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_what_has_ended_stays_ended(yurun, organiser):
    spell = admit(organiser, yurun.workplace, someone(), on=date(2020, 1, 1))
    end_membership(organiser, spell.worker, how="left", on=date(2024, 1, 1))
    with pytest.raises(IntegrityError, match="has ended"), transaction.atomic():
        Membership.objects.filter(pk=spell.pk).update(valid_to=None, ended="")
    again = admit(organiser, yurun.workplace, someone(), on=date(2025, 1, 1))
    assert again.worker == spell.worker
    assert again.begun == "joined"


def firm_of(organiser, yurun, name: str = "雨润纺织有限公司", **details) -> Enterprise:
    return employers.register_enterprise(
        organiser,
        organisation=yurun.township,
        name=name,
        ownership=details.pop("ownership", "170"),
        known_from=date(2010, 1, 1),
        **details,
    )


def test_a_firm_is_covered_by_one_union_and_a_joint_union_covers_many(yurun, organiser):
    joint = second_union(yurun, "城关镇联合工会", Kind.JOINT_UNION)
    firms = [firm_of(organiser, yurun, f"第{order}商店") for order in range(3)]
    for firm in firms:
        employers.cover(organiser, firm, joint, on=date(2020, 1, 1))
    employers.cover(organiser, firms[0], yurun.workplace, on=TODAY)
    assert joint.covered.as_of(TODAY).count() == 2
    assert joint.covered.as_of(TODAY - timedelta(days=1)).count() == 3
    with pytest.raises(IntegrityError, match="enterprise_covered_by_one_union"), transaction.atomic():
        UnionCover.objects.create(
            organisation=yurun.township, enterprise=firms[0], union=joint, valid_from=TODAY + timedelta(days=9)
        )


def test_a_credit_code_is_checked_and_stands_once(yurun, organiser):
    firm_of(organiser, yurun, credit_code="91110000 600037341L".replace(" ", ""))
    with pytest.raises(Refusal) as refused:
        firm_of(organiser, yurun, "另一家", credit_code="91110000600037341L")
    assert refused.value.code == "enterprise_credit_code_once"
    with pytest.raises(Refusal) as refused:
        firm_of(organiser, yurun, "写错的", credit_code="91110000600037341M")
    assert refused.value.code == "credit_code"


def test_the_parts_of_a_headcount_lie_within_the_whole(yurun, organiser):
    firm = firm_of(organiser, yurun)
    with pytest.raises(Refusal) as refused:
        employers.count_workers(organiser, firm, workers=10, migrant_workers=11, on=TODAY, source="走访")
    assert refused.value.code == "headcount_parts_within_the_whole"
    employers.count_workers(organiser, firm, workers=10, migrant_workers=9, on=TODAY, source="走访")
    with pytest.raises(Exception, match="Cannot update"), transaction.atomic():
        firm.headcounts.update(workers=11)
    employers.close_enterprise(organiser, firm, closing="closed", on=TODAY)
    assert not firm.covers.as_of(TODAY).exists()


def test_only_who_builds_unions_writes_and_only_at_home(yurun, organiser):
    for acting in (yurun.acting(Role.COUNTY_CASEWORKER, TODAY), county("青禾县").acting(Role.ORGANISER, TODAY)):
        with pytest.raises(Refusal) as refused:
            admit(acting, yurun.workplace, someone(), on=TODAY)
        assert refused.value.code in ("role", "out_of_scope")
    with pytest.raises(Refusal) as refused:
        admit(organiser, yurun.workplace, someone(), on=TODAY + timedelta(days=1))
    assert refused.value.code == "day_to_come"
