from __future__ import annotations

from datetime import date

import pytest

from chunyu.policy import Pack, load_pack

YURUN = ("139901", "1399", "13", "national")
MARCH = date(2026, 3, 6)


@pytest.fixture(scope="session")
def national() -> Pack:
    return load_pack("national-2021")
