import pytest


@pytest.fixture(autouse=True)
def _wall_is_up(monkeypatch):
    """These tests stand behind the wall, whatever the others do."""
    monkeypatch.setenv("CHUNYU_ROW_SECURITY", "on")
