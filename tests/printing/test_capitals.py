"""Capital amounts are read back by a reader of their own, from nothing to ten thousand million millions."""

from __future__ import annotations

import re

from hypothesis import example, given
from hypothesis import strategies as st

from chunyu.ui.templatetags.show import capitals

DIGITS = "零壹贰叁肆伍陆柒捌玖"
PLACES = {"拾": 10, "佰": 100, "仟": 1000}
GREAT = ("亿", 100_000_000), ("万", 10_000)


def thousands(words: str) -> int:
    """A number below ten thousand; each place once, from the greatest down."""
    total, last = 0, 10_000
    for digit, place in re.findall(r"([壹贰叁肆伍陆柒捌玖])([拾佰仟]?)", words):
        value = PLACES.get(place, 1)
        assert value < last, words
        total, last = total + DIGITS.index(digit) * value, value
    return total


def whole(words: str) -> int:
    for unit, value in GREAT:
        if unit in words:
            high, low = words.rsplit(unit, 1)
            return whole(high) * value + whole(low)
    return thousands(words)


def read_back(words: str) -> int:
    yuan, jiao, fen = re.fullmatch(r"(?:([^元]+)元)?(?:零)?(?:([^角零])角)?(?:([^分])分|整)", words).groups()
    return whole(yuan or "") * 100 + (DIGITS.index(jiao) * 10 if jiao else 0) + (DIGITS.index(fen) if fen else 0)


@given(st.one_of(st.integers(0, 10**6), st.integers(0, 10**18 - 1)))
@example(0)
@example(10**17)
@example(100_000_000_001_00)
@example(1_000_000_010_000_00)
def test_what_stands_in_capitals_reads_back_as_the_amount(fen):
    assert read_back(capitals(fen)) == fen


@given(st.integers(0, 10**18 - 1))
def test_the_rules_of_writing_are_kept(fen):
    words = capitals(fen)
    assert "零零" not in words
    assert not re.search(r"零[元万亿]", words.removeprefix("零元")), "no nought before a unit"
    assert words.endswith("整") == (fen % 10 == 0), "整 closes what has no fen"
    if fen % 100 and fen % 100 < 10 and fen >= 100:
        assert "元零" in words
    # A nought inside the yuan is spoken, so that nothing can be written in.
    yuan = str(fen // 100)
    if re.search(r"0[1-9]", yuan[-4:]) and len(yuan) > 1:
        assert "零" in words
