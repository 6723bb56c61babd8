import pytest

from tests.situations import County, county


@pytest.fixture
def yurun(db) -> County:
    return county("雨润县")
