"""Masks: what may be read of a value where the whole is not needed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chunyu.privacy.masking import mask_address, mask_card, mask_id_number, mask_name, mask_phone


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("王伟", "王•"),
        ("程小梅", "程•梅"),
        ("欧阳修文", "欧••文"),
        ("司马相如之", "司•••之"),
        ("阿依古丽·买买提", "阿•••·••提"),
        ("买买提•艾力", "买••••力"),
        ("Li Na", "L• N•"),
        ("John Smith", "J••• S••••"),
        ("Jean-Luc O'Brien", "J•••-L•• O•'B••••"),
        ("Jose\u0301", "J•••"),
        ("  王伟 ", "王•"),
        ("王·伟", "王·•"),
        ("王", "••"),
        ("", "••"),
        ("𠮷田一", "𠮷•一"),
    ],
)
def test_a_name_on_a_public_notice(name, masked):
    assert mask_name(name) == masked


@given(st.text(min_size=1, max_size=12))
def test_no_name_of_any_script_is_shown_whole(name):
    masked = mask_name(name)
    assert "•" in masked
    assert masked != name or set(name.strip()) <= set("•·‧⋅∙.．' -")


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("139999198001010011", "139•••••••••••••11"),
        ("13999919751231002X", "139•••••••••••••2X"),
        ("139999800101001", "139••••••••••01"),
        ("123456", "••••••"),
        ("", "••"),
    ],
)
def test_an_identity_number(number, masked):
    assert mask_id_number(number) == masked
    assert "19800101" not in masked


def test_a_phone_number():
    assert mask_phone("13900001111") == "139••••1111"
    assert mask_phone("86012345") == "••••••••"
    assert mask_phone("") == "••"


def test_a_bank_card_ends_as_banks_print_it():
    assert mask_card("6217009999000000016") == "••••0016"
    assert mask_card("1234") == "••••"


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("雨润县城关镇春雨路196号", "雨润县••••"),
        ("春雨省春申市松涛区和平街道3号", "春雨省春申市松涛区••••"),
        ("春申市松涛区幸福小区8号楼", "春申市松涛区••••"),
        ("城关镇幸福小区8号", "••••"),
        ("幸福小区8号", "••••"),
        ("和平社区12组", "••••"),
        ("", "••••"),
        ("130号", "••••"),
    ],
)
def test_an_address_shows_nothing_below_the_county(address, masked):
    assert mask_address(address) == masked
