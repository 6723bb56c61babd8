"""The situations that every other test starts from are what they say."""

from itertools import pairwise

import pytest

from chunyu.accounts.roles import Role
from chunyu.federation.models import Organisation
from tests.situations import DAY, acting, county, workplace

pytestmark = pytest.mark.django_db


def test_a_county_has_every_level_and_somebody_in_every_role():
    yurun = county("雨润县")
    chain = [yurun.province, yurun.city, yurun.federation, yurun.township, yurun.workplace]
    kinds = Organisation.Kind
    levels = [
        kinds.PROVINCIAL_FEDERATION,
        kinds.MUNICIPAL_FEDERATION,
        kinds.COUNTY_FEDERATION,
        kinds.TOWNSHIP_UNION,
    ]
    assert [each.kind for each in chain] == [*levels, kinds.GRASSROOTS_UNION]
    assert all(below.path.startswith(above.path) for above, below in pairwise(chain))
    assert set(yurun.posts) == set(Role)
    assert yurun.acting(Role.COUNTY_CASEWORKER).sees(yurun.workplace.path)
    assert not yurun.acting(Role.WORKPLACE_CHAIR).sees(yurun.path)
    assert yurun.acting(Role.PROVINCE_ANALYST).sees(yurun.path)
    assert list(yurun.region.chain()) == ["139901", "1399", "99", "CN"]


def test_two_counties_share_what_is_above_them_and_see_nothing_of_each_other():
    yurun, qinghe = county("雨润县"), county("青禾县")
    assert (yurun.province, yurun.city) == (qinghe.province, qinghe.city)
    assert not yurun.acting(Role.COUNTY_APPROVER).sees(qinghe.workplace.path)
    factory = workplace(yurun.township, "雨润县机械厂工会")
    assert acting(Role.WORKPLACE_CHAIR, factory, DAY).path == factory.path
