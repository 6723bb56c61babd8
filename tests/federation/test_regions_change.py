"""Counties that are renamed, moved, merged and split: the present follows, and last year stays as it was."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from chunyu.federation import actions, regions, scope
from chunyu.federation.models import Organisation, Placement, Region
from chunyu.federation.queries import subtree
from chunyu.federation.regions import Entry, Part
from tests.situations import FOUNDING_DAY, county

Kind = Organisation.Kind
pytestmark = pytest.mark.django_db
CHANGE = date(2016, 7, 1)
BEFORE = date(2016, 6, 30)
SOURCE = "decision of the State Council, fictional"


@pytest.fixture(autouse=True)
def _the_database_agrees():
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert scope.out_of_step() == {}


def picture(top, day):
    """The tree of a day: who stands where, under which name, in which region."""
    return [(place.path, place.name, place.region_id) for place in subtree(top, day)]


def test_a_county_that_becomes_a_district_takes_its_federation_along():
    yurun = county("雨润县")
    before = picture(yurun.province, BEFORE)
    new = regions.rename_region(yurun.region, Entry("139951", "雨润区", "district"), on=CHANGE, source=SOURCE)
    assert picture(yurun.province, BEFORE) == before
    assert [name for _path, name, _region in picture(yurun.federation, CHANGE)] == [
        "雨润区总工会",
        "雨润县城关镇总工会",
        "雨润县纺织厂工会",
    ]
    assert {region for _path, _name, region in picture(yurun.federation, CHANGE)} == {new.pk}
    assert list(new.predecessors.all()) == [yurun.region]
    assert Region.objects.as_of(BEFORE).get(code="139901").name == "雨润县"
    assert not Region.objects.as_of(CHANGE).filter(code="139901").exists()


def test_a_city_that_is_renamed_keeps_its_counties():
    yurun = county("雨润县")
    city = yurun.city.region
    new = regions.rename_region(city, Entry("1399", "春江市"), on=CHANGE, source=SOURCE)
    assert [each.code for each in Region.objects.as_of(CHANGE).filter(parent=new)] == ["139901"]
    assert [each.code for each in Region.objects.as_of(BEFORE).filter(parent=city)] == ["139901"]
    assert subtree(yurun.city, CHANGE).first().name == "春江市总工会"


def test_merged_counties_hand_their_unions_over_and_stay_in_the_past():
    yurun, qinghe = county("雨润县"), county("青禾县")
    before = picture(yurun.province, BEFORE)
    regions.merge_regions([qinghe.region], yurun.region, on=CHANGE, source=SOURCE)
    assert picture(yurun.province, BEFORE) == before
    after = {name for _path, name, _region in picture(yurun.federation, CHANGE)}
    assert "青禾县城关镇总工会" in after
    assert "青禾县总工会" not in after
    assert {region for _path, _name, region in picture(yurun.federation, CHANGE)} == {yurun.region.pk}
    assert list(qinghe.region.successors.all()) == [yurun.region]
    gone = Organisation.objects.get(pk=qinghe.federation.pk)
    assert gone.dissolved_on == CHANGE
    assert yurun.federation.covers(gone.path)  # what it owned is within reach of the one that goes on


def test_two_counties_become_one_new_district():
    yurun, qinghe = county("雨润县"), county("青禾县")
    new = regions.merge_regions(
        [yurun.region, qinghe.region], Entry("139960", "润禾区", "district"), on=CHANGE, source=SOURCE
    )
    assert {each.name for each in new.predecessors.all()} == {"雨润县", "青禾县"}
    assert [place.name for place in subtree(yurun.city, CHANGE)][1] == "润禾区总工会"
    assert subtree(yurun.city, CHANGE).count() == 6
    assert subtree(yurun.city, BEFORE).count() == 7


def test_a_county_moves_to_another_city():
    yurun = county("雨润县")
    other = Region.objects.create(
        code="1398",
        name="稻香市",
        level="city",
        parent=yurun.province.region,
        valid_from=FOUNDING_DAY,
        source="fictional",
    )
    city = actions.found(
        name="稻香市总工会", kind=Kind.MUNICIPAL_FEDERATION, region=other, parent=yurun.province, on=FOUNDING_DAY
    )
    before = picture(yurun.city, BEFORE)
    new = regions.move_region(yurun.region, other, Entry("139806", "雨润县"), on=CHANGE, source=SOURCE)
    assert new.parent == other
    assert picture(yurun.city, BEFORE) == before
    assert subtree(yurun.city, CHANGE).count() == 1
    assert subtree(city, CHANGE).count() == 4
    assert subtree(city, BEFORE).count() == 1


def test_a_county_is_split_and_every_unit_goes_where_it_was_sent():
    yurun = county("雨润县")
    before = picture(yurun.province, BEFORE)
    kept, new = regions.split_region(
        yurun.region,
        Entry("139901", "雨润县"),
        [Part(Entry("139961", "清溪区", "district"), (yurun.township,))],
        on=CHANGE,
        source=SOURCE,
    )
    assert picture(yurun.province, BEFORE) == before
    federation = regions.federation_of(new)
    assert federation.name == "清溪区总工会"
    assert [place.name for place in subtree(federation, CHANGE)] == [
        "清溪区总工会",
        "雨润县城关镇总工会",
        "雨润县纺织厂工会",
    ]
    assert {place.region_id for place in subtree(federation, CHANGE)} == {new.pk}
    assert subtree(yurun.federation, CHANGE).count() == 1
    assert set(yurun.region.successors.all()) == {kept, new}


def test_what_cannot_be_is_refused_in_words_and_changes_nothing():
    yurun, qinghe = county("雨润县"), county("青禾县")
    city = yurun.city.region
    before = list(Placement.objects.order_by("pk").values())
    with pytest.raises(ValidationError, match="merged into itself"):
        regions.merge_regions([yurun.region], yurun.region, on=CHANGE, source=SOURCE)
    with pytest.raises(ValidationError, match="at least two regions"):
        regions.merge_regions([yurun.region], Entry("139962", "润区"), on=CHANGE, source=SOURCE)
    with pytest.raises(ValidationError, match="of the same level"):
        regions.merge_regions([yurun.region], city, on=CHANGE, source=SOURCE)
    with pytest.raises(ValidationError, match="no higher than"):
        regions.move_region(yurun.region, qinghe.region, Entry("139901", "雨润县"), on=CHANGE, source=SOURCE)
    with pytest.raises(ValidationError, match="does not hold on the day before"):
        regions.rename_region(yurun.region, Entry("139901", "雨县"), on=date(1949, 1, 1), source=SOURCE)
    with pytest.raises(ValidationError, match="not directly under"):
        regions.split_region(
            yurun.region,
            Entry("139901", "雨润县"),
            [Part(Entry("139961", "清溪区"), (yurun.workplace,))],
            on=CHANGE,
            source=SOURCE,
        )
    assert list(Placement.objects.order_by("pk").values()) == before
