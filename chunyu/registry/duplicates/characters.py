"""Characters of names that are taken for one another: variant forms, like shapes, like sounds."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from itertools import product
from pathlib import Path

from pypinyin import Style, pinyin

from chunyu.registry import names

TABLE = Path(__file__).with_name("characters.toml")
MOST_READINGS = 8
# Sounds that dialects of the plain and of the south do not tell apart.
LIKE_SOUNDS = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ing", "in"), ("eng", "en"), ("ang", "an"), ("l", "n"))


@lru_cache(maxsize=1)
def _tables() -> tuple[dict[int, str], dict[int, str]]:
    with TABLE.open("rb") as file:
        table = tomllib.load(file)
    variants: dict[int, str] = {}
    for group in table["variants"]:
        for character in group[1:]:
            variants.setdefault(ord(character), group[0])
    shapes: dict[str, str] = {}
    for group in table["look_alikes"]:
        # Two groups that share a character are one.
        firsts = {shapes[character] for character in group if character in shapes} | {group[0]}
        first = min(firsts)
        for character, held in list(shapes.items()):
            if held in firsts:
                shapes[character] = first
        shapes.update(dict.fromkeys(group, first))
    return variants, {ord(character): first for character, first in shapes.items()}


def plain(name: str) -> str:
    """The name in the forms in use, without spaces and dots."""
    variants, _shapes = _tables()
    bare = "".join(character for character in name if character.isalnum())
    # Once is enough: no first form is a variant of another.
    return bare.translate(variants).lower()


def shape(name: str) -> str:
    """A key that names of like shape share: 己 已 巳 are one."""
    _variants, shapes = _tables()
    return plain(name).translate(shapes)


def readings(name: str) -> list[str]:
    """Every way of reading the name aloud, the usual one first: 乐 is le and yue."""
    usual = "".join(names.syllables(plain(name)))
    heard = pinyin(plain(name), style=Style.NORMAL, heteronym=True, errors=lambda rest: list(rest))
    total = 1
    for each in heard:
        total *= len(each)
    if total > MOST_READINGS:
        return [usual]
    return list(dict.fromkeys([usual, *("".join(each) for each in product(*heard))]))


def sound(name: str) -> str:
    """A key that names of like sound share."""
    parts = []
    for syllable in names.syllables(plain(name)):
        for before, after in LIKE_SOUNDS:
            syllable = syllable.replace(before, after) if before != "l" else syllable
        parts.append("n" + syllable[1:] if syllable.startswith("l") else syllable)
    return "".join(parts)
