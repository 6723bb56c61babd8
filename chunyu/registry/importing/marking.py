"""The sender's own workbook back, every fault marked in its cell and explained, and all of them listed in front."""

from __future__ import annotations

import io
from collections import defaultdict
from datetime import date, datetime

import xlsxwriter
from django.utils.translation import gettext as _
from xlsxwriter.worksheet import Worksheet

from chunyu.registry.workbook import cells
from chunyu.registry.workbook.faults import Fault
from chunyu.registry.workbook.grid import Book, Sheet, Value
from chunyu.registry.workbook.headers import Table
from chunyu.registry.workbook.sentences import remedy, sentence

SEAL, SEAL_PALE = "#B8402B", "#F9DDD6"
AMBER, AMBER_PALE = "#9A6A12", "#FBEFD0"
RAIN_PALE = "#E4F0E8"
LONGEST_TEXT = 32_767  # Excel's own limit for a cell


def mark_faults(book: Book, faults: list[Fault], tables: list[Table]) -> bytes:
    """An .xlsx. Every text is written as text, so nothing in it can become a formula."""
    out = io.BytesIO()
    written = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    formats = _formats(written)
    names = {sheet.name for sheet in book.sheets}
    _list_faults(written, faults, formats, _free_name(str(_("Faults")), names), names)
    headers = {table.sheet.name: table.header_rows for table in tables}
    by_cell: dict[str, dict[tuple[int, int], list[Fault]]] = defaultdict(lambda: defaultdict(list))
    for fault in faults:
        if fault.row:
            by_cell[fault.sheet][fault.row - 1, max(fault.column, 0)].append(fault)
    for sheet in book.sheets:
        if not sheet.hidden:
            _copy(written.add_worksheet(sheet.name), sheet, by_cell[sheet.name], headers.get(sheet.name), formats)
    written.close()
    return out.getvalue()


def _formats(book: xlsxwriter.Workbook) -> dict[str, object]:
    base = {"valign": "vcenter"}
    marked = base | {"border": 1, "bold": True}
    return {
        "plain": book.add_format(base),
        "date": book.add_format(base | {"num_format": "yyyy-mm-dd"}),
        "header": book.add_format(base | {"bold": True, "bg_color": RAIN_PALE, "border": 1, "text_wrap": True}),
        "error": book.add_format(marked | {"bg_color": SEAL_PALE, "font_color": SEAL, "border_color": SEAL}),
        "error date": book.add_format(
            marked | {"bg_color": SEAL_PALE, "font_color": SEAL, "border_color": SEAL, "num_format": "yyyy-mm-dd"}
        ),
        "warning": book.add_format(marked | {"bg_color": AMBER_PALE, "font_color": AMBER, "border_color": AMBER}),
        "warning date": book.add_format(
            marked | {"bg_color": AMBER_PALE, "font_color": AMBER, "border_color": AMBER, "num_format": "yyyy-mm-dd"}
        ),
        "wrapped": book.add_format({"valign": "top", "text_wrap": True}),
        "link": book.add_format({"valign": "top", "font_color": "#2A5D8A", "underline": 1}),
    }


def _list_faults(book: xlsxwriter.Workbook, faults: list[Fault], formats: dict, name: str, sheets: set[str]) -> None:
    page = book.add_worksheet(name)
    titles = [_("Sheet"), _("Cell"), _("Column"), _("What is wrong"), _("What to do"), _("Severity")]
    for column, (title, width) in enumerate(zip(titles, (18, 8, 20, 60, 60, 10), strict=True)):
        page.set_column(column, column, width)
        page.write_string(0, column, str(title), formats["header"])
    for row, fault in enumerate(faults, 1):
        page.write_string(row, 0, fault.sheet, formats["wrapped"])
        if fault.cell and fault.sheet in sheets and fault.column >= 0:
            quoted = fault.sheet.replace("'", "''")
            page.write_url(row, 1, f"internal:'{quoted}'!{fault.cell}", formats["link"], fault.cell)
        else:
            page.write_string(row, 1, fault.cell, formats["wrapped"])
        page.write_string(row, 2, " ".join(fault.header.split()), formats["wrapped"])
        page.write_string(row, 3, sentence(fault), formats["wrapped"])
        page.write_string(row, 4, remedy(fault), formats["wrapped"])
        page.write_string(row, 5, str(_("to look at") if fault.is_warning else _("fault")), formats["wrapped"])
    page.freeze_panes(1, 0)
    page.autofilter(0, 0, max(1, len(faults)), len(titles) - 1)


def _free_name(wanted: str, taken: set[str]) -> str:
    name, number = wanted, 2
    while name.lower() in {each.lower() for each in taken}:
        name, number = f"{wanted}{number}", number + 1
    return name


def _copy(
    page: Worksheet,
    sheet: Sheet,
    faults: dict[tuple[int, int], list[Fault]],
    header: tuple[int, int] | None,
    formats: dict,
) -> None:
    for row, values in enumerate(sheet.rows):
        for column, value in enumerate(values):
            if value is not None or (row, column) in faults:
                style = "header" if header and header[0] <= row <= header[1] else "plain"
                _write(page, row, column, value, _style(faults.get((row, column)), style), formats)
    for (row, column), found in faults.items():
        if row >= len(sheet.rows) or column >= len(sheet.rows[row]):
            _write(page, row, column, None, _style(found, "plain"), formats)
        lines = [f"{sentence(each)}\n→ {remedy(each)}" for each in found]
        page.write_comment(row, column, "\n".join(lines)[:2000], {"x_scale": 2.4, "y_scale": 1 + 0.5 * len(found)})
    _merge(page, sheet, faults, formats)
    page.set_column(0, max(0, sheet.width - 1), 14)
    if header:
        page.freeze_panes(header[1] + 1, 0)


def _style(found: list[Fault] | None, otherwise: str) -> str:
    if not found:
        return otherwise
    return "warning" if all(each.is_warning for each in found) else "error"


def _write(page: Worksheet, row: int, column: int, value: Value, style: str, formats: dict) -> None:
    if isinstance(value, bool):
        page.write_boolean(row, column, value, formats[style])
    elif isinstance(value, float | int):
        page.write_number(row, column, value, formats[style])
    elif isinstance(value, datetime | date):
        moment = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)  # noqa: DTZ001 - a cell's date has no zone
        dated = {"plain": "date", "error": "error date", "warning": "warning date"}.get(style, style)
        if moment.year < 1900:
            page.write_string(row, column, value.isoformat(), formats[style])
        else:
            page.write_datetime(row, column, moment, formats[dated])
    elif value is None:
        page.write_blank(row, column, None, formats[style])
    else:
        page.write_string(row, column, value[:LONGEST_TEXT], formats[style])


def _merge(page: Worksheet, sheet: Sheet, faults: dict[tuple[int, int], list[Fault]], formats: dict) -> None:
    """Keep the merged cells of the original where nothing is marked inside them."""
    taken: set[tuple[int, int]] = set()
    for first, first_c, last, last_c in sheet.merged[:5_000]:
        rows, columns = range(first, min(last, first + 500) + 1), range(first_c, min(last_c, first_c + 200) + 1)
        inside = {(row, column) for row in rows for column in columns}
        if len(inside) < 2 or inside & taken or inside & faults.keys() - {(first, first_c)}:
            continue
        taken |= inside
        value = sheet.value(first, first_c)
        style = formats[_style(faults.get((first, first_c)), "plain")]
        text = cells.text(value)
        page.merge_range(first, first_c, last, last_c, text, style)
