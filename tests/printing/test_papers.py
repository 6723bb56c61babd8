"""Papers are set from data alone: the same data gives the same bytes, and no data is ever code."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from django.utils import translation
from pypdf import PdfReader

from chunyu.printing import forms, glyphs
from chunyu.printing.paper import TEMPLATES, pdf, written
from tests.printing.papers import EVERY_FORM, notice, payout_list, receipt, sheet, text_of

CHINESE = re.compile(r"[\u4e00-\u9fff]")
HOSTILE = [
    '#eval("1+1")',
    "#let x = 1; #x",
    "#import \"house.typ\"",
    "#sys.inputs",
    "[方括号] {花括号} $公式$ *粗* _斜_ `码` @引用 <签>",
    "= 标题",
    '"引号" \\ \' // 注释 /* */',
    "王=1+1",
]  # fmt: skip


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("name", EVERY_FORM)
def test_the_same_form_gives_the_same_bytes_in_either_language(name, language):
    with translation.override(language):
        first, again = pdf(EVERY_FORM[name]()), pdf(EVERY_FORM[name]())
    assert first == again
    assert first.startswith(b"%PDF-")


def test_another_fen_gives_other_bytes():
    assert pdf(receipt()) != pdf(receipt(amount_fen=1_288_051))


@pytest.mark.parametrize("name", EVERY_FORM)
def test_every_form_says_that_it_is_kept_for_ever(name):
    """PDF/A-2b declares itself in the metadata, and carries every font that it uses."""
    reader = PdfReader(io.BytesIO(pdf(EVERY_FORM[name]())))
    metadata = reader.trailer["/Root"]["/Metadata"].get_data()
    assert b"pdfaid:part>2<" in metadata
    assert b"pdfaid:conformance>B<" in metadata
    fonts = [font.get_object() for page in reader.pages for font in page["/Resources"]["/Font"].values()]
    assert fonts
    for font in fonts:
        descriptor = font["/DescendantFonts"][0].get_object()["/FontDescriptor"]
        assert {"/FontFile2", "/FontFile3"} & set(descriptor)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("name", ["receipt", "payout_list", "sheet", "letter"])
def test_data_is_never_code(name, text):
    found = text_of(pdf(EVERY_FORM[name](**{"receiver" if name == "receipt" else "name": text})))
    assert "".join(text.split()) in found


def test_names_of_all_peoples_stand_as_they_are_written():
    for name in ("阿依古丽·买买提", "欧阳娜娜", "𠮷田", "扎西•顿珠", "José"):
        assert name in text_of(pdf(receipt(name)))


def test_what_turns_the_writing_is_left_out():
    turned = "程\u202e梅\u2066\u200b\x00\ufeff"
    assert pdf(receipt(turned)) == pdf(receipt("程梅"))


def test_a_character_that_no_font_has_is_marked_and_named():
    with translation.override("en"):
        found = text_of(pdf(receipt("王\U00030f54")))
    assert "王〓" in found
    assert "U+30F54" in found
    assert "U+" not in text_of(pdf(receipt("王明")))


def test_compatibility_ideographs_of_a_name_are_not_exchanged():
    assert glyphs.fitting("\uf9dc") == ("\uf9dc", [])
    assert glyphs.fitting("e\u0301") == ("é", [])
    assert glyphs.fitting("葛\U000e0100") == ("葛", []), "a variant of a character is that character"


def test_a_long_list_has_its_heading_on_each_page_and_one_total():
    held = payout_list(45)
    reader = PdfReader(io.BytesIO(pdf(held)))
    texts = ["".join(page.extract_text().split()) for page in reader.pages]
    assert len(texts) > 1
    heading = "".join(str(held.words()["signature"]).split())
    assert all(heading in text for text in texts)
    assert sum("柒万柒仟肆佰壹拾元叁角伍分" in text for text in texts) == 1
    assert "77,410.35" in texts[-1]
    assert sum("77,410.35" in text for text in texts) == 1


def test_each_page_of_a_list_says_its_own_sum_and_each_programme_its_subtotal():
    held = payout_list(45)
    lines = (*held.lines, *(replace(line, programme="生活救助", amount_fen=5) for line in held.lines[:2]))
    held = replace(held, lines=lines, total_fen=held.total_fen + 10)
    with translation.override("en"):
        texts = ["".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf(held))).pages]
    sums = [re.search(r"Thispage([\d,]+\.\d\d)(\d+)lines", text) for text in texts]
    assert len(texts) > 1
    assert sum(int(found[2]) for found in sums if found) == 47
    assert sum(round(float(found[1].replace(",", "")) * 100) for found in sums if found) == held.total_fen
    joined = "".join(texts)
    assert "Subtotal医疗救助45lines77,410.35" in joined
    assert "Subtotal生活救助2lines0.10" in joined
    assert "77,410.45" in texts[-1]


def test_a_list_of_one_page_and_programme_has_one_sum():
    with translation.override("en"):
        found = text_of(pdf(payout_list(3)))
    assert "Thispage" not in found
    assert "Subtotal" not in found


def test_a_list_whose_lines_do_not_come_to_its_total_cannot_be_made():
    with pytest.raises(ValueError, match="total"):
        replace(payout_list(3), total_fen=1)


def test_money_stands_in_figures_and_in_capitals():
    found = text_of(pdf(receipt()))
    assert "12,880.50" in found
    assert "壹万贰仟捌佰捌拾元伍角整" in found
    assert "0.00" in text_of(pdf(receipt(amount_fen=0)))
    assert "零元整" in text_of(pdf(receipt(amount_fen=0)))


def test_a_receipt_for_goods_names_them():
    goods = (forms.Good("大米", "10", "公斤"), forms.Good("食用油", "1", "桶"))
    found = text_of(pdf(receipt(amount_fen=None, goods=goods)))
    assert "大米" in found
    assert "10公斤" in found
    assert "¥" not in found


def test_a_notice_with_a_whole_name_cannot_be_made():
    with pytest.raises(ValueError, match="masked"):
        notice("程梅")


def test_an_undecided_sheet_grants_nothing():
    with translation.override("en"):
        assert "notdecidedyet" in text_of(pdf(sheet()))


def test_templates_hold_no_words():
    for path in TEMPLATES.glob("*.typ"):
        assert not CHINESE.search(path.read_text(encoding="utf-8")), path.name


def test_every_label_that_a_template_asks_for_is_there():
    for name, make in EVERY_FORM.items():
        form = make()
        asked = set(re.findall(r"\bwords\.([a-z_]+)", (TEMPLATES / form.template).read_text()))
        assert asked - {"replace"} <= set(form.words()) | {"number"}, name


def test_no_personal_value_stands_in_the_metadata():
    assert "程梅" not in str(PdfReader(io.BytesIO(pdf(receipt()))).metadata)
    assert "程梅" in written(receipt())
