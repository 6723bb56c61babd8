"""Organisations: who is under whom, today and on any day before."""

import threading
from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, connections, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from chunyu.federation import actions, scope
from chunyu.federation.models import Organisation, Placement, Region, path_end
from chunyu.federation.queries import subtree
from tests.situations import FOUNDING_DAY, county, workplace

Kind = Organisation.Kind


@pytest.mark.django_db
def test_a_subtree_is_itself_and_all_below_and_nothing_else():
    yurun, qinghe = county("雨润县"), county("青禾县")
    names = set(Organisation.objects.within(yurun.path).values_list("name", flat=True))
    assert names == {"雨润县总工会", "雨润县城关镇总工会", "雨润县纺织厂工会"}
    assert Organisation.objects.within(yurun.province.path).count() == 8
    assert not qinghe.federation.covers(yurun.path)


@pytest.mark.django_db
def test_neighbouring_numbers_are_not_below_each_other():
    """Byte order traps: 000012. is no child of 000001., a longer number sorts elsewhere, and a dot is below a digit."""
    region = Region.objects.create(
        code="139950", name="试县", level="county", valid_from=FOUNDING_DAY, source="fictional"
    )
    chains = [(1,), (1, 2), (1, 2, 3), (1, 1_000_002), (10,), (11,), (1_000_001,)]
    levels = [Kind.PROVINCIAL_FEDERATION, Kind.MUNICIPAL_FEDERATION, Kind.COUNTY_FEDERATION]
    paths = ["".join(f"{number:06d}." for number in chain) for chain in chains]
    for chain, path in zip(chains, paths, strict=True):
        place = {
            "name": f"试{path}",
            "parent_id": chain[-2] if len(chain) > 1 else None,
            "path": path,
            "region": region,
        }
        own = Organisation.objects.create(pk=chain[-1], kind=levels[len(chain) - 1], founded_on=FOUNDING_DAY, **place)
        Placement.objects.create(organisation=own, valid_from=FOUNDING_DAY, **place)
    for top in paths:
        within = set(Organisation.objects.within(top).values_list("path", flat=True))
        assert within == {path for path in paths if path.startswith(top)}


@given(st.lists(st.lists(st.integers(1, 2_000_000), min_size=1, max_size=5), min_size=2, max_size=12))
@settings(max_examples=200)
def test_the_range_of_a_path_is_exactly_its_prefix(chains):
    paths = ["".join(f"{number:06d}." for number in chain) for chain in chains]
    for top in paths:
        for path in paths:
            assert (top.encode() <= path.encode() < path_end(top).encode()) == path.startswith(top)


@pytest.mark.parametrize("broken", ["", "000001", "000001.0002", "abc"])
def test_half_a_path_is_refused_and_never_read_as_a_wider_one(broken):
    with pytest.raises(ValueError, match="Not the path"):
        Organisation.objects.within(broken)


@pytest.mark.django_db
def test_a_move_changes_today_and_leaves_last_year_unchanged():
    yurun = county("雨润县")
    before = [str(place.path) for place in subtree(yurun.city, date(2015, 12, 31))]
    other_city = actions.found(
        name="临风市总工会",
        kind=Kind.MUNICIPAL_FEDERATION,
        region=yurun.region.parent,
        parent=yurun.province,
        on=FOUNDING_DAY,
    )
    actions.move(yurun.federation, other_city, on=date(2016, 1, 1))

    assert yurun.federation.path.startswith(other_city.path)
    assert {each.name for each in Organisation.objects.within(other_city.path)} == {
        "临风市总工会",
        "雨润县总工会",
        "雨润县城关镇总工会",
        "雨润县纺织厂工会",
    }
    assert [place.path for place in subtree(yurun.city, date(2015, 12, 31))] == before
    assert subtree(yurun.city, date(2016, 1, 1)).count() == 1
    assert [place.name for place in subtree(other_city, date(2016, 1, 1))][1] == "雨润县总工会"
    assert {
        place.parent_id for place in Placement.objects.as_of(date(2015, 6, 1)).filter(organisation=yurun.federation)
    } == {yurun.city.pk}


@pytest.mark.django_db
def test_a_new_name_holds_from_its_day():
    yurun = county("雨润县")
    actions.rename(yurun.workplace, "雨润纺织集团工会", on=date(2015, 5, 1))

    def called(day):
        return yurun.workplace.placements.as_of(day).get().name

    assert called(date(2015, 4, 30)) == "雨润县纺织厂工会"
    assert called(date(2015, 5, 1)) == "雨润纺织集团工会"
    actions.rename(yurun.workplace, "雨润集团工会", on=date(2015, 5, 1))
    assert called(date(2015, 5, 1)) == "雨润集团工会"
    assert yurun.workplace.placements.count() == 2


@pytest.mark.django_db
def test_a_dissolved_union_is_gone_from_its_day_and_not_before():
    yurun = county("雨润县")
    actions.dissolve(yurun.workplace, on=date(2015, 3, 1))
    on = Organisation.objects.within(yurun.path).as_of
    assert yurun.workplace in on(date(2015, 2, 28))
    assert yurun.workplace not in on(date(2015, 3, 1))
    assert subtree(yurun.federation, date(2015, 2, 28)).count() == 3
    assert subtree(yurun.federation, date(2015, 3, 1)).count() == 2
    assert subtree(yurun.workplace, date(2015, 3, 1)).count() == 0


@pytest.mark.django_db
def test_refusals_say_what_is_in_the_way():
    yurun = county("雨润县")
    with pytest.raises(ValidationError, match="under itself"):
        actions.move(yurun.federation, yurun.township, on=date(2015, 1, 1))
    with pytest.raises(ValidationError, match="1 organisations are still under"):
        actions.dissolve(yurun.township, on=date(2015, 1, 1))
    with pytest.raises(ValidationError, match="cannot be above"):
        actions.found(
            name="倒置总工会",
            kind=Kind.COUNTY_FEDERATION,
            region=yurun.region,
            parent=yurun.workplace,
            on=date(2015, 1, 1),
        )
    with pytest.raises(ValidationError, match="already an organisation with this name"):
        actions.found(
            name="雨润县纺织厂工会",
            kind=Kind.GRASSROOTS_UNION,
            region=yurun.region,
            parent=yurun.township,
            on=date(2015, 1, 1),
        )
    actions.rename(yurun.workplace, "纺织集团工会", on=date(2015, 6, 1))
    with pytest.raises(ValidationError, match="last changed on 2015-06-01"):
        actions.rename(yurun.workplace, "纺织公司工会", on=date(2015, 5, 1))
    actions.dissolve(yurun.workplace, on=date(2015, 7, 1))
    with pytest.raises(ValidationError, match="does not exist on 2015-07-01"):
        workplace_under_the_dead(yurun)


def workplace_under_the_dead(yurun):
    actions.found(
        name="车间工会",
        kind=Kind.GRASSROOTS_UNION,
        region=yurun.region,
        parent=yurun.workplace,
        on=date(2015, 7, 1),
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"path": "?"}, "organisation_path_whole"),
        ({"path": "000001"}, "organisation_path_whole"),
        ({"dissolved_on": date(1999, 1, 1)}, "organisation_dissolved_after_founded"),
    ],
)
def test_the_database_refuses_a_broken_organisation(change, name):
    yurun = county("雨润县")
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Organisation.objects.filter(pk=yurun.workplace.pk).update(**change)


@pytest.mark.django_db
def test_the_database_refuses_two_places_at_a_time():
    yurun = county("雨润县")
    again = Placement(
        organisation=yurun.workplace,
        name="另一处",
        parent=yurun.federation,
        region=yurun.region,
        path=yurun.workplace.path,
        valid_from=date(2010, 1, 1),
        valid_to=date(2011, 1, 1),
    )
    with pytest.raises(ValidationError, match="one place at a time"):
        again.full_clean()
    with pytest.raises(IntegrityError, match="placement_one_at_a_time"), transaction.atomic():
        again.save()


@pytest.mark.django_db(transaction=True)
def test_a_union_founded_while_its_county_moves_ends_up_under_the_new_city():
    """Both orders of founding and moving, really at once; without the tree's lock one of the two is lost."""
    yurun = county("雨润县")
    cities = [
        actions.found(
            name=f"临风{turn}市总工会",
            kind=Kind.MUNICIPAL_FEDERATION,
            region=yurun.region.parent,
            parent=yurun.province,
            on=FOUNDING_DAY,
        )
        for turn in range(6)
    ]
    faults: list[BaseException] = []

    def at_once(barrier, act):
        try:
            barrier.wait(10)
            act()
        except BaseException as fault:
            faults.append(fault)
        finally:
            connections.close_all()

    for turn, city in enumerate(cities):
        barrier = threading.Barrier(2)
        acts = [
            lambda city=city: actions.move(yurun.federation, city, on=date(2015, 1, 1)),
            lambda turn=turn: workplace(yurun.township, f"新建{turn}工会"),
        ]
        threads = [threading.Thread(target=at_once, args=(barrier, act)) for act in acts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        yurun.federation.refresh_from_db()
        yurun.township.refresh_from_db()
    assert not faults
    for each in Organisation.objects.exclude(parent=None).select_related("parent"):
        assert each.path == f"{each.parent.path}{each.pk:06d}."
    assert Organisation.objects.within(yurun.federation.path).count() == 3 + len(cities)


@pytest.mark.django_db
def test_every_scoped_table_carries_the_trigger_that_keeps_its_path():
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'federation_copy_scope_path'")
        guarded = {name for (name,) in cursor.fetchall()}
    assert {model._meta.db_table for model in scope.scoped_models()} <= guarded
    assert scope.out_of_step() == {}
