"""The real regions of Hebei: both reference dates reconcile with the published counts, and nothing is lost between."""

import csv
from collections import Counter
from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from chunyu.federation.load_regions import HEBEI, load_regions
from chunyu.federation.models import Region

pytestmark = pytest.mark.django_db

FIRST, LAST = date(2015, 9, 30), date(2023, 6, 30)
Kind = Region.Kind


@pytest.fixture
def hebei():
    load_regions()


def counties(day):
    return Region.objects.as_of(day).filter(level=Region.Level.COUNTY)


def by_kind(day):
    return dict(Counter(counties(day).values_list("kind", flat=True)))


def by_city(day):
    counted = Counter(counties(day).values_list("parent__code", flat=True))
    return [counted[code] for code in [*(f"13{number:02d}" for number in range(1, 12)), "1390"]]


def test_2015_has_170_counties_by_kind_and_city(hebei):
    assert by_kind(FIRST) == {Kind.DISTRICT: 42, Kind.COUNTY_CITY: 20, Kind.COUNTY: 102, Kind.AUTONOMOUS_COUNTY: 6}
    assert by_city(FIRST) == [21, 14, 7, 19, 19, 23, 17, 11, 16, 10, 11, 2]
    assert counties(FIRST).count() == 170


def test_2023_has_167_counties_by_kind_and_city(hebei):
    assert by_kind(LAST) == {Kind.DISTRICT: 49, Kind.COUNTY_CITY: 21, Kind.COUNTY: 91, Kind.AUTONOMOUS_COUNTY: 6}
    assert by_city(LAST) == [22, 14, 7, 18, 18, 24, 16, 11, 16, 10, 11, 0]
    assert counties(LAST).count() == 167


def test_development_zones_counted_only_by_the_statistics_bureau_are_left_out(hebei):
    assert not Region.objects.filter(code__regex=r"^\d{4}7[1-9]$").exists()


def test_before_the_first_snapshot_the_file_vouches_for_nothing(hebei):
    assert not counties(date(2015, 9, 29)).exists()


@pytest.mark.parametrize(
    ("code", "name", "successors"),
    [
        ("139001", "定州市", {"130682"}),
        ("139002", "辛集市", {"130181"}),
        ("130428", "肥乡县", {"130407"}),
        ("130429", "永年县", {"130408"}),
        ("130526", "任县", {"130505"}),
        ("130527", "南和县", {"130506"}),
        ("130729", "万全县", {"130708"}),
        ("130733", "崇礼县", {"130709"}),
        ("131181", "冀州市", {"131103"}),
        ("130823", "平泉县", {"130881"}),
        ("130223", "滦县", {"130284"}),
        ("130721", "宣化县", {"130705"}),
        ("130421", "邯郸县", {"130402", "130403"}),
        ("130521", "邢台县", {"130502", "130503"}),
    ],
)
def test_every_vanished_county_goes_on_somewhere(hebei, code, name, successors):
    gone = counties(FIRST).get(code=code)
    assert gone.name == name
    assert {each.code for each in gone.successors.all()} == successors
    assert not Region.objects.as_of(LAST).filter(code=code).exists()


def test_a_renamed_district_keeps_its_code_as_another_entry(hebei):
    old, new = Region.objects.filter(code="130502").order_by("valid_from")
    assert (old.name, new.name) == ("桥东区", "襄都区")
    assert old.valid_to == new.valid_from
    assert list(old.successors.all()) == [new]
    assert list(new.predecessors.filter(code="130521").values_list("name", flat=True)) == ["邢台县"]


def test_the_table_of_successors_is_complete(hebei):
    """Every county of 2015 that is not one of 2023 has successors; following them always ends in 2023's counties."""
    ended = Region.objects.filter(level=Region.Level.COUNTY, valid_to__isnull=False)
    assert ended.count() == 16
    for region in ended:
        assert region.successors.exists(), region.name
        for successor in region.successors.all():
            assert successor.valid_to is None


def test_loading_twice_changes_nothing(hebei):
    before = list(Region.objects.order_by("pk").values())
    links = set(Region.successors.through.objects.values_list("from_region__code", "to_region__code"))
    assert load_regions() == len(before)
    assert list(Region.objects.order_by("pk").values()) == before
    assert set(Region.successors.through.objects.values_list("from_region__code", "to_region__code")) == links


def test_the_chain_leads_from_the_county_to_the_nation(hebei):
    assert list(counties(LAST).get(code="130682").chain()) == ["130682", "1306", "13", "CN"]


def test_every_row_of_the_file_states_its_source(hebei):
    with HEBEI.open(encoding="utf-8") as file:
        assert all(row["source"] for row in csv.DictReader(file))
    assert (HEBEI.parent if hasattr(HEBEI, "parent") else None) is None or HEBEI.with_suffix(".md").is_file()


def test_a_code_cannot_have_two_entries_on_one_day(hebei):
    twin = Region(
        code="130502", name="桥中区", level="county", valid_from=date(2019, 1, 1), valid_to=date(2021, 1, 1), source="—"
    )
    with pytest.raises(ValidationError, match="holds on some of these days"):
        twin.full_clean()
    with pytest.raises(IntegrityError, match="region_code_one_at_a_time"), transaction.atomic():
        twin.save()


def test_a_region_cannot_end_before_it_starts():
    backwards = Region(
        code="139950", name="倒流县", level="county", valid_from=date(2019, 1, 1), valid_to=date(2018, 1, 1), source="—"
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        backwards.save()
    with pytest.raises(ValidationError, match="cannot end before it starts"):
        backwards.full_clean(exclude=["code"])
