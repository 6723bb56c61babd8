"""Which characters the printing font has, and what is made of the others.

A name may hold characters that no font has, marks that turn the direction of writing, or control characters. None of
them may stop a paper or change what stands on it: what cannot be seen is left out, and what cannot be drawn is shown
by the mark that Chinese printing has for it, with its code beside it, so that it is written in by hand.
"""

from __future__ import annotations

import struct
import unicodedata
from bisect import bisect_right
from functools import cache
from pathlib import Path
from typing import Final

import noto_cjk_sans_otc

FONT: Final = Path(str(noto_cjk_sans_otc.FONT_PATH))
# 〓, which printers set where a character is missing from the case.
MISSING: Final = "\u3013"
LINE_ENDS: Final = "\n"
UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Ideographs that Unicode would replace by their twins: a name keeps the one that it is written with.
COMPATIBILITY: Final = ((0xF900, 0xFAFF), (0x2F800, 0x2FA1F))
VARIATIONS: Final = ((0xFE00, 0xFE0F), (0xE0100, 0xE01EF))


@cache
def _ranges() -> tuple[list[int], list[int]]:
    """First and last code points of every run of characters that the font has, from its `cmap` table."""
    data = FONT.read_bytes()
    face = struct.unpack_from(">I", data, 12)[0] if data[:4] == b"ttcf" else 0
    (tables,) = struct.unpack_from(">H", data, face + 4)
    entries = (struct.unpack_from(">4sIII", data, face + 12 + 16 * n) for n in range(tables))
    cmap = next(offset for tag, _sum, offset, _size in entries if tag == b"cmap")
    (count,) = struct.unpack_from(">H", data, cmap + 2)
    for n in range(count):
        (offset,) = struct.unpack_from(">I", data, cmap + 4 + 8 * n + 4)
        at = cmap + offset
        if struct.unpack_from(">H", data, at)[0] == 12:
            (groups,) = struct.unpack_from(">I", data, at + 12)
            runs = list(struct.iter_unpack(">III", data[at + 16 : at + 16 + 12 * groups]))
            return [first for first, _last, _glyph in runs], [last for _first, last, _glyph in runs]
    raise ValueError(f"{FONT} has no table of all characters")


def drawn(character: str) -> bool:
    """Whether the font has it."""
    firsts, lasts = _ranges()
    place = bisect_right(firsts, ord(character)) - 1
    return place >= 0 and ord(character) <= lasts[place]


def _within(character: str, spans: tuple[tuple[int, int], ...]) -> bool:
    return any(first <= ord(character) <= last for first, last in spans)


def fitting(text: str) -> tuple[str, list[str]]:
    """The text as it can be printed, and the characters in it that the font lacks."""
    if not any(_within(each, COMPATIBILITY) for each in text):
        text = unicodedata.normalize("NFC", text)
    kept: list[str] = []
    lacking: list[str] = []
    for each in text:
        if each in LINE_ENDS:
            kept.append(each)
        elif each == "\t":
            kept.append(" ")
        elif _within(each, VARIATIONS):
            continue
        elif unicodedata.category(each) in UNSEEN and not drawn(each):
            # Private characters of old systems are characters of somebody's name; the rest is not to be seen.
            if unicodedata.category(each) in ("Co", "Cn"):
                kept.append(MISSING)
                lacking.append(each)
        elif unicodedata.category(each) in ("Cc", "Cf", "Zl", "Zp"):
            continue
        elif drawn(each):
            kept.append(each)
        else:
            kept.append(MISSING)
            lacking.append(each)
    return "".join(kept), lacking


def named(character: str) -> str:
    """The code by which a character is looked up."""
    return f"U+{ord(character):04X}"
