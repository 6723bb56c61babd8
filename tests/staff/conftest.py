import pytest
from django.utils import translation


@pytest.fixture
def english():
    """Refusals are matched by their English sentences."""
    with translation.override("en"):
        yield
