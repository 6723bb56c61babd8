"""The test bench: a real PostgreSQL, no network, and nothing let pass."""

import os

import django.conf
import pytest

from chunyu.running import embedded_postgres
from chunyu.running.places import Places


def pytest_configure(config: pytest.Config) -> None:
    if not os.environ.get("DATABASE_URL"):
        embedded_postgres.start(Places.from_environment(default=django.conf.settings.ROOT / ".chunyu"))
