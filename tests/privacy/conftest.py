from collections.abc import Iterator

import pytest
from django.utils import translation


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """Sentences are compared in the language in which they are written in the code."""
    with translation.override("en"):
        yield
