"""Figures read the same on every page, and unknown never reads as nought."""

from datetime import date
from decimal import Decimal

import pytest
from django.utils import translation

from chunyu.ui.templatetags import show


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        (0, "零元整"),
        (5, "伍分"),
        (50, "伍角整"),
        (100, "壹元整"),
        (105, "壹元零伍分"),
        (1010, "壹拾元壹角整"),
        (1288050, "壹万贰仟捌佰捌拾元伍角整"),
        (10000000, "壹拾万元整"),
        (100000501, "壹佰万零伍元零壹分"),
        (-172000, "负壹仟柒佰贰拾元整"),
        (None, "—"),
    ],
)
def test_capital_amounts(fen, words):
    assert show.capitals(fen) == words


@pytest.mark.parametrize(
    ("fen", "shown"), [(218465000, "218.47"), (499999, "0.50"), (0, "0.00"), (123456789000, "123,456.79"), (None, "—")]
)
def test_ten_thousands_of_yuan_round_half_up(fen, shown):
    assert show.wan(fen) == shown


def test_shares_round_half_up():
    assert show.percent(Decimal("0.6925")) == "69.3%"
    assert show.percent(Decimal("0.125"), 0) == "13%"
    assert show.percent(None) == "—"


def test_days_with_their_weekday():
    with translation.override("zh-hans"):
        assert show.weekday(date(2026, 3, 12)) == "2026年3月12日 星期四"
    with translation.override("en"):
        assert show.weekday(date(2026, 3, 12)) == "Thu, 12 Mar 2026"


def test_personal_values_are_masked():
    assert show.masked_id("139999198001010011") == "139•••••••••••••11"
    assert show.masked_phone("13900001234") == "139••••1234"
    assert show.masked_card("6222020000001234567") == "••••4567"
    assert show.masked_id("") == "—"
