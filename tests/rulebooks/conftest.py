"""The people of the story: two policy officers at the top of the federation, and one of a county."""

from __future__ import annotations

from datetime import date

import pytest

from chunyu.accounts.acting import Acting
from chunyu.accounts.roles import Role
from tests.situations import County, acting, county

TODAY = date(2026, 3, 2)


@pytest.fixture
def yurun(db) -> County:
    return county("雨润县")


@pytest.fixture
def officer(yurun: County) -> Acting:
    return acting(Role.POLICY_OFFICER, yurun.province, TODAY)


@pytest.fixture
def second(yurun: County) -> Acting:
    return acting(Role.POLICY_OFFICER, yurun.province, TODAY)


@pytest.fixture
def of_the_county(yurun: County) -> Acting:
    return acting(Role.POLICY_OFFICER, yurun.federation, TODAY)
