"""Empty workbooks for the kinds with one row to a thing, made as the template for households is."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _

from chunyu.registry.importing.template import FLAGS, LISTS, ROWS, formats_of
from chunyu.registry.workbook import cells
from chunyu.registry.workbook.columns import Column
from chunyu.registry.workbook.organising_columns import ENTERPRISE, MEMBERSHIP, ORGANISATION
from chunyu.registry.workbook.parts import BY_PART

AS_TEXT = frozenset(
    {"id_number", "phone", "credit_code", "enterprise_code", "number", "region", "birth_date", "joined_on",
     "founded_on", "transferred_on", "counted_on", "known_from", "covered_from"}
)  # fmt: skip
EXAMPLES: dict[str, dict[str, str]] = {
    ENTERPRISE: {
        "name": "雨润县春风纺织有限公司", "credit_code": "91139999MA0000012C", "organisation": "雨润县城关镇总工会",
        "ownership": "私营企业", "industry": "制造业", "address": "雨润县城关镇春雨路9号", "known_from": "2015-01-14",
        "workers": "120", "migrant_workers": "45", "new_form_workers": "0", "counted_on": "2015-01-01",
        "source": "走访", "union": "雨润县纺织厂工会", "covered_from": "2012-05-01",
    },
    MEMBERSHIP: {
        "name": "程梅", "id_number": "139999198001010046", "sex": "女", "birth_date": "1980-01-01",
        "phone": "13900000000", "union": "雨润县纺织厂工会", "enterprise": "雨润县春风纺织有限公司",
        "number": "YR000123", "joined_on": "2008-06-01", "transferred_on": "", "status": "在册", "education": "高中",
        "new_form": "", "skill_level": "高级工",
    },
    ORGANISATION: {
        "name": "雨润县春风纺织有限公司工会", "former_name": "", "parent": "雨润县城关镇总工会", "kind": "基层工会",
        "founded_on": "2015-01-14", "region": "139901", "number": "",
    },
}  # fmt: skip


def flat_template(part: str, sheet: str, title: str, examples: Mapping[str, str] | None = None) -> bytes:
    """The .xlsx to download: help, the sheet, and the lists that its cells offer."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    formats = formats_of(book)
    help_page, lists = book.add_worksheet(str(_("How to fill in"))), book.add_worksheet(LISTS)
    lists.hide()
    columns = [column for column in BY_PART[part] if column.name != "serial"]
    page = book.add_worksheet(sheet)
    page.write_string(0, 0, title, formats["title"])
    page.set_row(0, 28)
    page.set_row(1, 34)
    for at, column in enumerate(columns):
        _write_column(page, lists, at, column, formats)
    page.freeze_panes(2, 1)
    _write_help(help_page, columns, formats, examples or EXAMPLES[part])
    book.close()
    return out.getvalue()


def _labels(column: Column) -> list[str]:
    return FLAGS.labels if column.read is cells.flag else column.listed.labels if column.listed else []


def _write_column(page: Any, lists: Any, at: int, column: Column, formats: dict[str, Any]) -> None:
    as_text = column.name in AS_TEXT
    page.set_column(at, at, 22 if as_text else 16, formats["text" if as_text else "plain"])
    header = f"{'*' if column.required else ''}{column.label}"
    page.write_string(1, at, header, formats["required" if column.required else "header"])
    if column.help:
        page.write_comment(1, at, str(column.help), {"x_scale": 2, "y_scale": 1.2})
    labels = _labels(column)
    if not labels:
        return
    for row, label in enumerate(labels):
        lists.write_string(row, at, label)
    letter = xlsxwriter.utility.xl_col_to_name(at)
    page.data_validation(
        2,
        at,
        ROWS,
        at,
        {
            "validate": "list",
            "source": f"={LISTS}!${letter}$1:${letter}${len(labels)}",
            "error_type": "warning",  # other wordings of a value are read too
            "error_title": str(_("Not in the list")),
            "error_message": str(_("Choose from the list, or the import will ask.")),
        },
    )


def _write_help(page: Any, columns: list[Column], formats: dict[str, Any], examples: Mapping[str, str]) -> None:
    for at, width in enumerate((26, 10, 52, 30, 60)):
        page.set_column(at, at, width)
    lines = (
        _("Columns may stand in any order; columns you do not need may go. A cell left empty changes nothing on file."),
        _("Set columns of long numbers to text before typing: Excel drops the last digits."),
    )
    for row, line in enumerate(lines):
        page.merge_range(row, 0, row, 4, str(line), formats["help"])
    titles = (_("Column of the sheet"), _("Required"), _("How to write it"), _("For example"), _("One of"))
    first = len(lines) + 1
    for at, title in enumerate(titles):
        page.write_string(first, at, str(title), formats["header"])
    for row, column in enumerate(columns, first + 1):
        labels = _labels(column)
        page.write_string(row, 0, column.label, formats["help"])
        page.write_string(row, 1, str(_("yes")) if column.required else "", formats["help"])
        page.write_string(row, 2, str(column.help), formats["help"])
        example = "是" if column.read is cells.flag else examples.get(column.name, "")
        page.write_string(row, 3, example, formats["help"])
        page.write_string(row, 4, "、".join(labels), formats["help"])
