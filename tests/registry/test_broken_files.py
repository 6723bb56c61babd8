"""Files that are no household workbook, or mean harm: each is refused within seconds, with a sentence and without a
trace in the registry."""

import io
import time
import zipfile

import openpyxl
import pytest

from chunyu.accounts.roles import Role
from chunyu.registry.importing.findings import Findings
from chunyu.registry.importing.outcomes import outcome_sentence
from chunyu.registry.workbook import child
from chunyu.registry.workbook.reading import Unreadable, read
from tests.registry.workbooks import build, digests, imported, sample, yurun

SECONDS = 30  # on a busy machine; a second or two alone


def rezipped(change) -> bytes:
    """The right workbook with its parts changed: `change` takes and gives name to content."""
    with zipfile.ZipFile(io.BytesIO(sample("good"))) as archive:
        parts = change({name: archive.read(name) for name in archive.namelist()})
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def with_sheet(xml: bytes):
    return rezipped(lambda parts: parts | {"xl/worksheets/sheet1.xml": xml})


SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData></worksheet>'


def far_cell() -> bytes:
    near = b'<row r="1"><c r="A1"><v>1</v></c></row>'
    return with_sheet(SHEET % (near + b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'))


def blank_bomb() -> bytes:
    return with_sheet(SHEET % (b" " * 150_000_000))


def many_parts() -> bytes:
    return rezipped(lambda parts: parts | {f"xl/media/{at}.txt": b"x" for at in range(child.MAX_ENTRIES)})


def entities() -> bytes:
    lines = b"".join(b'<!ENTITY a%d "%s">' % (at, b"&a%d;" % (at - 1) * 10) for at in range(1, 12))
    doctype = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "lol">%s]>' % lines
    return rezipped(lambda parts: parts | {"xl/sharedStrings.xml": doctype + b"<sst><si><t>&a11;</t></si></sst>"})


def encrypted() -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 4096 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 4096


def flagged_encrypted() -> bytes:
    content = bytearray(sample("good"))
    at = content.rindex(b"PK\x01\x02")
    content[at + 8] |= 1
    return bytes(content)


def lying_size() -> bytes:
    content = bytearray(sample("good"))
    at = content.index(b"PK\x01\x02")
    content[at + 24 : at + 28] = (10**6).to_bytes(4, "little")
    return bytes(content)


def too_many_rows() -> bytes:
    rows = b"".join(b'<row r="%d"><c r="A%d"><v>1</v></c></row>' % (at, at) for at in range(1, child.MAX_ROWS + 3))
    return with_sheet(SHEET % rows)


BROKEN = {
    "nothing": (lambda: b"", {"empty"}),
    "noise": (lambda: bytes(range(256)) * 40, {"not_a_workbook"}),
    "a picture": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(2000), {"not_a_workbook"}),
    "a csv": (lambda: "姓名,身份证号\n程梅,1\n".encode("gb18030"), {"text_file"}),
    "a csv with a mark": (lambda: "\ufeff姓名,身份证号\n".encode(), {"text_file"}),
    "a web page": (lambda: b"<html><table><tr><td>1</td></tr></table></html>", {"web_page"}),
    "only the beginning": (lambda: sample("good")[:9000], {"damaged"}),
    "half an xls": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 3000, {"damaged"}),
    "an archive of something": (lambda: rezipped(lambda parts: {"a.txt": b"x"}), {"not_a_workbook"}),
    "a text document": (lambda: rezipped(lambda parts: {"word/document.xml": b"<x/>"}), {"other_office"}),
    "no sheet in it": (
        lambda: rezipped(lambda parts: {k: v for k, v in parts.items() if "sheet" not in k}),
        {"damaged"},
    ),
    "a broken sheet": (lambda: with_sheet(b"<worksheet><sheetData><row><c></"), {"damaged"}),
    "a password": (encrypted, {"password"}),
    "an encrypted part": (flagged_encrypted, {"password", "damaged"}),
    "a cell far away": (far_cell, {"too_many_cells", "too_many_rows"}),
    "a bomb of blanks": (blank_bomb, {"unpacks_too_large"}),
    "too many parts": (many_parts, {"too_many_parts"}),
    "entities within entities": (entities, {"damaged"}),
    "a size that lies": (lying_size, {"damaged"}),
    "too many rows": (too_many_rows, {"too_many_rows", "unpacks_too_large"}),
    "too large": (lambda: b"PK\x03\x04" + bytes(21 * 1024 * 1024), {"too_large"}),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_read_is_refused_quickly_with_its_reason(name):
    make, reasons = BROKEN[name]
    content = make()
    begun = time.perf_counter()
    with pytest.raises(Unreadable) as refused:
        read(content)
    assert refused.value.reason in reasons
    assert time.perf_counter() - begun < SECONDS


def test_without_its_limits_the_child_would_take_what_it_is_given(monkeypatch):
    """The control: the same bomb passes the check once the limit is lifted."""
    monkeypatch.setattr(child, "MAX_ENTRY", 10**9)
    monkeypatch.setattr(child, "MAX_RATIO", 10**9)
    child.check_archive(blank_bomb())


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["a csv", "only the beginning", "a cell far away", "a password"])
def test_a_refused_file_leaves_no_trace_in_the_registry(name):
    clerk = yurun().acting(Role.COUNTY_CASEWORKER)
    before = digests()
    batch = imported(clerk, BROKEN[name][0]())
    assert batch.status == "refused"
    assert batch.outcome in BROKEN[name][1]
    assert outcome_sentence(batch)
    assert digests() == before


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("title", "code"),
    [
        ([["这里什么也没有"], ["甲", "乙"]], "no_table"),
        ([["姓名", "性别", "民族", "电话"], ["程梅", "女", "汉", "13900000000"]], "column_missing"),
        ([["姓名", "身份证号", "性别", "家庭人口"]], "nobody_in_it"),
        ([["成员姓名", "与职工关系", "身份证号", "月收入"], ["郭强", "配偶", "1", 0]], "column_missing"),
    ],
)
def test_a_workbook_without_households_says_what_it_lacks(title, code):
    batch = imported(yurun().acting(Role.COUNTY_CASEWORKER), build({"a": title}))
    assert batch.status == "refused"
    assert [each.code for each in Findings.of(batch.findings).errors] == [code]


def test_a_hidden_sheet_is_seen_as_hidden():
    book = openpyxl.Workbook()
    book.active["A1"] = 1
    book.create_sheet("暗").sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    assert [(each.name, each.hidden) for each in read(out.getvalue()).sheets] == [("Sheet", False), ("暗", True)]
