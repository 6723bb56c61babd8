"""The programmes for which money can be earmarked: those of the installed rulebooks."""

from functools import cache
from pathlib import Path

from chunyu.policy import load_pack

PACKS = Path(__file__).resolve().parent.parent / "packs"


@cache
def known_programmes() -> dict[str, str]:
    """Code and Chinese name of every programme in any rulebook; the newest rulebook's name counts."""
    packs = sorted((load_pack(path.parent) for path in PACKS.glob("*/pack.toml")), key=lambda pack: pack.valid_from)
    return {code: programme.label.zh for pack in packs for code, programme in sorted(pack.programmes.items())}
