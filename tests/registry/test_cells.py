"""What a cell means, case by case: the tables below are the specification."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from chunyu.registry import codes
from chunyu.registry.identity import check_character
from chunyu.registry.workbook import cells
from chunyu.registry.workbook.cells import CellFault, Day
from tests.registry.people import id_number

MALE, FEMALE = id_number(date(1966, 5, 4), 97), id_number(date(1966, 5, 4), 98)
X_NUMBER = "13999919900221191X"


def check(read, given, meant) -> None:
    """`meant` is the value, or the fault's name as a string with a leading "!"."""
    if isinstance(meant, str) and meant.startswith("!"):
        with pytest.raises(CellFault) as fault:
            read(given)
        assert fault.value.code == meant[1:]
    else:
        assert read(given) == meant


AMOUNTS = [
    (4100, 410_000),
    (4100.0, 410_000),
    (1650.5, 165_050),
    (0, 0),
    ("4,100.00", 410_000),
    (" 0 ", 0),
    ("0元", 0),
    ("3200元", 320_000),
    ("１２００", 120_000),
    ("１,６５０", 165_000),
    ("1，650", 165_000),
    ("￥1,650.50", 165_050),
    ("1650.00元", 165_000),
    ("0.165万元", 165_000),
    ("1.2万", 1_200_000),
    ("3千元", 300_000),
    ("12,3456", 12_345_600),
    ("1650元/月", 165_000),
    ("1650元整", 165_000),
    ("\u00a01650\u200b", 165_000),
    ("'1650", 165_000),
    ("1 650", 165_000),
    ("0.005", 1),
    ("无", 0),
    ("—", 0),
    ("-", 0),
    ("－", 0),
    ("/", 0),
    ("没有", 0),
    ("零", 0),
    ("一", 0),
    (None, None),
    ("", None),
    ("  ", None),
    ("不详", None),
    ("未知", None),
    ("'", None),
    ("约三千", "!amount_unreadable"),
    ("三千", "!amount_unreadable"),
    ("1,65", "!amount_unreadable"),
    ("1.2.3", "!amount_unreadable"),
    ("2000-3000", "!amount_unreadable"),
    ("是", "!amount_unreadable"),
    (True, "!amount_unreadable"),
    ("1650美元", "!amount_unreadable"),
    ("#N/A", "!amount_unreadable"),
    ("=1+1", "!amount_unreadable"),
    (date(2015, 1, 1), "!amount_is_date"),
    (-1200, "!amount_negative"),
    ("-1200", "!amount_negative"),
    ("－1200", "!amount_negative"),
    ("(1,200)", "!amount_negative"),
    (1e12, "!amount_too_large"),
    ("999999万元", "!amount_too_large"),
]


@pytest.mark.parametrize(("given", "fen"), AMOUNTS)
def test_amounts(given, fen):
    check(cells.amount, given, fen)


def test_the_unit_of_the_cell_goes_before_that_of_the_column():
    assert cells.amount("1.65", Decimal(10_000)) == 1_650_000
    assert cells.amount("1650元", Decimal(10_000)) == 165_000
    assert cells.amount(0.1, Decimal(10_000)) == 100_000


DATES = [
    ("1966.05.04", Day(1966, 5, 4)),
    ("1966.5.4", Day(1966, 5, 4)),
    ("19710124", Day(1971, 1, 24)),
    (19710124, Day(1971, 1, 24)),
    ("1983年7月7日", Day(1983, 7, 7)),
    ("1983年07月07日", Day(1983, 7, 7)),
    ("1964/05/01", Day(1964, 5, 1)),
    ("1990-6-1", Day(1990, 6, 1)),
    ("１９９０－０６－０１", Day(1990, 6, 1)),
    ("1990 - 6 - 1", Day(1990, 6, 1)),
    ("1990年6月1号", Day(1990, 6, 1)),
    ("1990、6、1", Day(1990, 6, 1)),
    ("1966-05-04 00:00:00", Day(1966, 5, 4)),
    ("1966/5/4 0:00", Day(1966, 5, 4)),
    ("1966-05-04T08:30:00", Day(1966, 5, 4)),
    (24231, Day(1966, 5, 4)),
    (24231.0, Day(1966, 5, 4)),
    ("24231", Day(1966, 5, 4)),
    (date(1966, 5, 4), Day(1966, 5, 4)),
    (datetime.fromisoformat("1966-05-04T12:00"), Day(1966, 5, 4)),
    ("1966年5月", Day(1966, 5, None)),
    ("1966.05", Day(1966, 5, None)),
    ("196605", Day(1966, 5, None)),
    (None, None),
    ("", None),
    ("不详", None),
    ("无", None),
    ("1975-13-40", "!date_impossible"),
    ("1990-02-30", "!date_impossible"),
    ("19901301", "!date_impossible"),
    ("1966-00-01", "!date_impossible"),
    ("66.5.4", "!date_unreadable"),
    ("5/4/1966", "!date_unreadable"),
    ("五月四日", "!date_unreadable"),
    (True, "!date_unreadable"),
    (0.5, "!date_unreadable"),
]


@pytest.mark.parametrize(("given", "meant"), DATES)
def test_dates(given, meant):
    check(cells.day, given, meant)


def test_a_month_agrees_with_any_day_of_it():
    assert Day(1966, 5, None).agrees(date(1966, 5, 4))
    assert not Day(1966, 6, None).agrees(date(1966, 5, 4))
    assert not Day(1966, 5, 5).agrees(date(1966, 5, 4))


IDS = [
    (MALE, MALE),
    (f" {MALE}", MALE),
    (f"'{MALE}", MALE),
    (f"’{MALE}\u00a0", MALE),
    ("1399 9919 9002 2119 1x", X_NUMBER),
    (X_NUMBER.lower(), X_NUMBER),
    ("１３９９９９１９９００２２１１９１ｘ", X_NUMBER),
    (X_NUMBER[:-1] + "×", X_NUMBER),
    (X_NUMBER[:-1] + "Х", X_NUMBER),
    ("139999-19900221-191X", X_NUMBER),
    (MALE[:6] + MALE[8:17], MALE),
    (None, None),
    ("", None),
    (" ' ", None),
    (float(MALE[:17] + "0"), "!id_as_number"),
    (139999800101002, "!id_as_number"),
    (1.39999e17, "!id_as_number"),
    ("1.39999E+17", "!id_as_number"),
    (MALE[:-1], "!id_length"),
    (MALE + "1", "!id_length"),
    ("无", "!id_length"),
    (MALE[:10] + "O" + MALE[11:], "!id_characters"),
    (MALE[:-1] + ("1" if MALE[-1] != "1" else "2"), "!id_check_digit"),
    ("139***********0976", "!id_masked"),
]


@pytest.mark.parametrize(("given", "meant"), IDS)
def test_identity_numbers(given, meant):
    check(lambda value: (found := cells.id_number(value)) and found.text, given, meant)


def test_a_number_with_an_impossible_birth_date_is_none():
    first = "13999919901301001"
    check(cells.id_number, first + check_character(first), "!id_birth_date")


def test_the_number_says_sex_and_birth():
    assert [cells.id_number(each).sex for each in (MALE, FEMALE)] == ["1", "2"]
    assert cells.id_number(MALE).birth_date == date(1966, 5, 4)


FLAGS = [
    *[(each, True) for each in ("是", "有", "√", "✓", "1", 1, True, "Y", "有（残疾代步车）", "有1辆", " 是 ")],
    *[(each, False) for each in ("否", "无", "×", "0", 0, False, "没有", "ｘ", "N", "无车", "不是")],
    *[(each, None) for each in (None, "", "—", "-", "/", "不详", "未知")],
    *[(each, "!flag_unreadable") for each in ("可能", "2", "三轮", date(2015, 1, 1))],
]


@pytest.mark.parametrize(("given", "meant"), FLAGS)
def test_yes_and_no(given, meant):
    check(cells.flag, given, meant)


COUNTS = [
    (3, 3),
    (3.0, 3),
    ("3", 3),
    ("３人", 3),
    ("3口人", 3),
    ("三", 3),
    ("一人", 1),
    ("两口", 2),
    ("无", 0),
    ("—", 0),
    ("1套", 1),
    (None, None),
    ("", None),
    ("不详", None),
    (1.5, "!count_unreadable"),
    ("很多", "!count_unreadable"),
    ("-1", "!amount_negative"),
    (5000, "!count_unreadable"),
]


@pytest.mark.parametrize(("given", "meant"), COUNTS)
def test_numbers_of_things(given, meant):
    check(cells.count, given, meant)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (109, Decimal(109)),
        ("62.5", Decimal("62.5")),
        ("62.5平方米", Decimal("62.5")),
        ("62㎡", Decimal(62)),
        ("无", Decimal(0)),
        (None, None),
        ("大", "!area_unreadable"),
        (-3, "!amount_negative"),
    ],
)
def test_areas(given, meant):
    check(cells.area, given, meant)


PHONES = [
    ("13981528947", "13981528947"),
    (13981528947.0, "13981528947"),
    ("139 8152 8947", "13981528947"),
    ("+86-13981528947", "13981528947"),
    ("8613981528947", "13981528947"),
    ("0311-86012345", "031186012345"),
    ("13981528947/0311-86012345", "13981528947,031186012345"),
    (None, None),
    ("无", None),
    ("1390013", "!phone_length"),
    ("139815289471", "!phone_length"),
    ("老王的电话", "!phone_characters"),
]


@pytest.mark.parametrize(("given", "meant"), PHONES)
def test_phones(given, meant):
    check(cells.phone, given, meant)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("6217 0099 9900 0000 016", "6217009999000000016"),
        ("'6217009999000000016", "6217009999000000016"),
        (None, None),
        ("无", None),
        (6217009999000000016, "!card_as_number"),
        (6.217e18, "!card_as_number"),
        ("6.217E+18", "!card_as_number"),
        ("工行卡", "!card_characters"),
    ],
)
def test_bank_cards(given, meant):
    check(cells.bank_card, given, meant)


NAMES = [
    ("程梅", "程梅"),
    ("林 艳", "林艳"),
    (" 程梅 ", "程梅"),
    ("'程梅", "程梅"),
    ("阿依古丽•买买提", "阿依古丽·买买提"),
    ("Anna Li", "Anna Li"),
    ("𠮷野", "𠮷野"),
    ("程梅（户主）", "程梅"),
    ("程\u200b梅", "程梅"),
    ("程\u202e梅", "程梅"),
    (None, None),
    ("", None),
    ("程梅1", "!name_odd"),
    ("=cmd|x", "!name_odd"),
    ("139999", "!name_odd"),
    ("——", "!name_odd"),
    ("程" * 61, "!name_odd"),
]


@pytest.mark.parametrize(("given", "meant"), NAMES)
def test_names(given, meant):
    check(cells.name, given, meant)


CODES = [
    (codes.NATION, "汉", "01"),
    (codes.NATION, "汉族", "01"),
    (codes.NATION, "满族", "11"),
    (codes.WORK_STATUS, "下（待）岗", "laid_off"),
    (codes.WORK_STATUS, "失(无)业", "unemployed"),
    (codes.CAUSE, "6", "major_illness"),
    (codes.CAUSE, 6.0, "major_illness"),
    (codes.CAUSE, "6.患重特大疾病", "major_illness"),
    (codes.CAUSE, "患重特大疾病 ", "major_illness"),
    (codes.RELATION, "爱人", "10"),
    (codes.RELATION, "长女", "30"),
    (codes.MARITAL, "离异", "40"),
    (codes.ILLNESS, "健康", "none"),
    (codes.REGISTER_KIND, "城镇", "urban"),
    (codes.SEX, "男性", "1"),
    (codes.CAUSE, "", None),
    (codes.CAUSE, "—", None),
    (codes.ILLNESS, "无", "none"),
    (codes.CAUSE, "运气不好", "!code_unknown"),
    (codes.SEX, "男女", "!code_unknown"),
]


@pytest.mark.parametrize(("listed", "given", "meant"), CODES)
def test_values_of_lists(listed, given, meant):
    check(lambda value: cells.code(value, listed), given, meant)


def test_an_unknown_value_comes_with_the_nearest_known_one():
    with pytest.raises(CellFault) as fault:
        cells.code("患重特大病", codes.CAUSE)
    assert fault.value.params["nearest"] == "患重特大疾病"


def test_several_causes_in_one_cell():
    assert cells.codes("患重特大疾病、子女上学", codes.CAUSE) == ["major_illness", "child_schooling"]
    assert cells.codes("6；9", codes.CAUSE) == ["major_illness", "child_schooling"]
    assert cells.codes(None, codes.CAUSE) == []


def test_no_list_has_one_wording_for_two_values():
    with pytest.raises(ValueError, match="two codes"):
        codes.CodeList("x", {"a": ("同",), "b": ("同 ",)})


def test_a_card_passes_its_check_or_not():
    assert cells.luhn_holds("6217008063608377838")
    assert not cells.luhn_holds("6217000792867380601")
