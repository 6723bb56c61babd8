"""Each peer's own environment, built from its own pinned requirements, so that none can hold another back."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

from bench.data import BUILD, ROOT

PEERS = Path(__file__).parent / "peers"
UV = ROOT / "build" / "uv" / "bin" / "uv"
INTERPRETER = ROOT / "build" / "uv" / "bin" / "python"


class NotInstalled(Exception):
    """The packages of a peer cannot be had here; the words are pip's own."""


def python_of(peer: str) -> Path:
    """The interpreter of a peer's environment, built when its requirements changed. Raises NotInstalled."""
    requirements = PEERS / peer / "requirements.txt"
    folder = BUILD / "environments" / peer
    mark = folder / "requirements"
    version = hashlib.sha256(requirements.read_bytes()).hexdigest()
    python = folder / "bin" / "python"
    if not mark.is_file() or mark.read_text() != version:
        _uv("venv", "--quiet", "--clear", "--python", str(INTERPRETER), str(folder))
        _uv("pip", "install", "--quiet", "--python", str(python), "-r", str(requirements))
        mark.write_text(version)
    return python


def versions_of(peer: str) -> dict[str, str]:
    """What its requirements pin: package and version."""
    lines = (PEERS / peer / "requirements.txt").read_text().splitlines()
    return dict(line.split("==") for line in lines if "==" in line and not line.startswith("#"))


def _uv(*arguments: str) -> None:
    done = subprocess.run([UV, *arguments], capture_output=True, text=True, cwd=ROOT, timeout=900, check=False)
    if done.returncode:
        raise NotInstalled(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "uv failed")
