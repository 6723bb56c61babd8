"""The browser's files are built once, from the lock, and lead nowhere else."""

import re

import pytest

from chunyu.ui import assets

# Named in texts of licences and namespaces, never fetched.
FETCHED = re.compile(r"""url\(\s*['"]?(https?:)?//|@import\s+(url\()?['"]?(https?:)?//""")


def test_what_is_current_is_not_built_again(monkeypatch):
    def fail(*_arguments):
        raise AssertionError("npm was run")

    assert assets.is_built(), "run: python -m chunyu.ui.assets"
    monkeypatch.setattr(assets, "_run", fail)
    assert assets.build() is False


def test_another_lock_is_another_build(monkeypatch, tmp_path):
    for name in ("package.json", "package-lock.json", ".npmrc"):
        (tmp_path / name).write_bytes((assets.ROOT / name).read_bytes())
    before = assets.sources_digest()
    monkeypatch.setattr(assets, "ROOT", tmp_path)
    assert assets.sources_digest() == before
    (tmp_path / "package-lock.json").write_text("{}")
    assert assets.sources_digest() != before
    assert not assets.is_built()


def test_a_build_without_npm_says_what_to_install(monkeypatch):
    monkeypatch.setattr(assets.shutil, "which", lambda *_a, **_k: None)
    with pytest.raises(assets.AssetsFailed, match="uv sync --group assets"):
        assets.build(again=True)


def test_a_failed_step_shows_the_end_of_what_it_said():
    with pytest.raises(assets.AssetsFailed, match=r"Listing failed:\n.*no-such-folder"):
        assets._run(["ls", "no-such-folder"], "Listing")


@pytest.mark.parametrize("name", [*assets.COPIED.values(), *assets.BUNDLED])
def test_no_built_file_leads_elsewhere(name):
    text = (assets.TARGET / name).read_text(encoding="utf-8")
    assert "sourceMappingURL" not in text
    assert not FETCHED.search(text)


def test_the_lock_names_no_registry():
    assert "resolved" not in (assets.ROOT / "package-lock.json").read_text(encoding="utf-8")
