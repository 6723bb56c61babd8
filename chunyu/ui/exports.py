"""Lists as files. A cell that somebody typed is text: no spreadsheet may run it as a formula."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from tempfile import SpooledTemporaryFile, TemporaryFile
from typing import IO

import xlsxwriter
from django.conf import settings
from django.http import FileResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

from chunyu.ui.columns import Cell, Column, plain_text

# What a spreadsheet takes for the start of a formula, their full-width forms, and the blanks that hide them.
FORMULA_STARTS = tuple("=+-@\t\r\n\0＝＋－＠")
HIDDEN_BLANKS = " \t\r\n\0\u3000\u200b\ufeff\"'"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
IN_MEMORY = 4 * 1024 * 1024  # bytes
CONTROL_CHARACTERS = {code: None for code in range(32) if code not in (9, 10, 13)}


def typed_cell(column: Column, value: Cell) -> Cell:
    """The value for a spreadsheet: yuan as a number, times in local time, everything else that is no number as text."""
    if value is None:
        return None
    if column.kind == "money":
        return Decimal(int(value)) / 100
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, datetime):
        return timezone.localtime(value).replace(tzinfo=None)
    if isinstance(value, int | Decimal | date | float):
        return value
    return str(value).translate(CONTROL_CHARACTERS)


def harmless(text: str) -> str:
    """Text for a CSV cell: what could be read as a formula gets an apostrophe in front."""
    bare = text.lstrip(HIDDEN_BLANKS)
    return f"'{text}" if text.startswith(FORMULA_STARTS) or bare.startswith(FORMULA_STARTS) else text


def csv_cell(column: Column, value: Cell) -> str:
    typed = typed_cell(column, value)
    if isinstance(typed, str):
        return harmless(typed)
    return plain_text(typed)


class _Line:
    """What csv.writer writes into: it hands back the line."""

    def write(self, text: str) -> str:
        return text


def csv_lines(columns: Sequence[Column], rows: Iterable) -> Iterator[bytes]:
    """UTF-8 with a byte order mark, so that spreadsheet programs read the Chinese."""
    writer = csv.writer(_Line(), quoting=csv.QUOTE_ALL)
    yield b"\xef\xbb\xbf" + writer.writerow([harmless(str(each.label)) for each in columns]).encode()
    for row in rows:
        yield writer.writerow([csv_cell(each, each.read(row)) for each in columns]).encode()


def xlsx_file(columns: Sequence[Column], rows: Iterable, title: str, note: str) -> IO[bytes]:
    """A workbook in a private temporary file that vanishes when closed; row by row, so memory stays level."""
    target = TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR)  # noqa: SIM115 the answer closes it when it is sent
    workbook = xlsxwriter.Workbook(
        target,
        {
            "constant_memory": True,
            "tmpdir": str(settings.FILE_UPLOAD_TEMP_DIR),
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    sheet = workbook.add_worksheet()
    formats = {
        "head": workbook.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
        "money": workbook.add_format({"num_format": "#,##0.00"}),
        "percent": workbook.add_format({"num_format": "0.0%"}),
        "date": workbook.add_format({"num_format": "yyyy-mm-dd"}),
        "time": workbook.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
        "text": workbook.add_format({"num_format": "@"}),
    }
    for index, column in enumerate(columns):
        sheet.set_column(index, index, 14 if column.right or column.kind in ("date", "time") else 22)
        sheet.write_string(0, index, str(column.label), formats["head"])
    sheet.freeze_panes(1, 0)
    for number, row in enumerate(rows, start=1):
        for index, column in enumerate(columns):
            _write_cell(sheet, number, index, column, typed_cell(column, column.read(row)), formats)
    workbook.set_properties({"title": title, "comments": note})
    workbook.close()
    target.seek(0)
    return target


def _made_whole(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The lines, all of them made before the first leaves: a short file in memory, a long one in a private file."""
    target = SpooledTemporaryFile(IN_MEMORY, dir=settings.FILE_UPLOAD_TEMP_DIR)  # noqa: SIM115 closed when it is read
    target.writelines(lines)
    size = target.tell()
    target.seek(0)
    if size > IN_MEMORY:
        return _read(target)
    with target:
        return iter([target.read()])


def _read(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(65_536):
            yield piece


def as_file(
    kind: str, columns: Sequence[Column], rows: Iterable, *, name: str, title: str, note: str
) -> HttpResponseBase:
    """The rows as a file to keep, "xlsx" or "csv"; `name` comes without its ending.

    It is made whole before the first byte leaves, so that who is in it is known, and on record, by then.
    """
    if kind == "csv":
        return StreamingHttpResponse(
            _made_whole(csv_lines(columns, rows)),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
        )
    book = xlsx_file(columns, rows, title, note)
    return FileResponse(book, as_attachment=True, filename=f"{name}.xlsx", content_type=XLSX)


def _write_cell(sheet, number: int, index: int, column: Column, value: Cell, formats: dict) -> None:
    if value is None or value == "":
        return
    if isinstance(value, datetime):
        sheet.write_datetime(number, index, value, formats["time"])
    elif isinstance(value, date):
        sheet.write_datetime(number, index, datetime(value.year, value.month, value.day), formats["date"])  # noqa: DTZ001 a day has no zone
    elif isinstance(value, int | Decimal | float):
        sheet.write_number(number, index, value, formats.get(column.kind))
    else:
        sheet.write_string(number, index, value, formats["text"])
