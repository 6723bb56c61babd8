"""The empty workbook to fill in, with its help in the cells: what each column means, lists to choose from, and columns
for long numbers already set to text."""

from __future__ import annotations

import io
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _
from xlsxwriter.worksheet import Worksheet

from chunyu.registry import codes
from chunyu.registry.workbook import cells
from chunyu.registry.workbook.columns import MEMBER, MEMBER_COLUMNS, WORKER, WORKER_COLUMNS, Column
from chunyu.registry.workbook.parts import BY_NAME

FILE_NAME = "困难职工登记表（模板）.xlsx"
ROWS = 5_000
LISTS = "可选值"
NOT_OFFERED = {
    (WORKER, "is_union_member"),
    (WORKER, "file_number"),
    (MEMBER, "serial"),
    (MEMBER, "household_serial"),
    (MEMBER, "worker_name"),
    (MEMBER, "ethnic_group"),
    (MEMBER, "marital"),
    (MEMBER, "political_status"),
    (MEMBER, "phone"),
    (MEMBER, "sex"),
    (MEMBER, "birth_date"),
    (MEMBER, "is_student"),
}
LONG_NUMBERS = frozenset({"id_number", "worker_id", "bank_card", "phone", "birth_date", "started_work_on"})
FLAGS = codes.CodeList("flag", {"yes": ("是",), "no": ("否",)})
EXAMPLES = {
    "serial": "1",
    "union": "雨润县纺织厂工会",
    "name": "程梅",
    "sex": "女",
    "ethnic_group": "汉族",
    "birth_date": "1980-01-01",
    "id_number": "139999198001010046",
    "worker_id": "139999198001010046",
    "illness": "良好",
    "work_status": "在岗",
    "marital": "已婚",
    "register_kind": "非农业",
    "phone": "13900000000",
    "address": "雨润县城关镇春雨路9号",
    "housing_kind": "租房",
    "floor_area": "62.5",
    "household_size": "3",
    "income_month": "1650",
    "other_income_12m": "0",
    "medical_spending_12m": "18000",
    "education_spending_12m": "0",
    "housing_spending_12m": "4800",
    "disability_spending_12m": "0",
    "other_rigid_spending_12m": "0",
    "homes": "0",
    "main_cause": "患重特大疾病",
    "secondary_cause": "子女上学、下岗失业",
    "bank_name": "中国工商银行",
    "bank_card": "6217009999000000016",
    "relation": "配偶",
    "school_or_unit": "雨润县实验中学",
    "education": "高中",
}


def template() -> bytes:
    """The .xlsx to download."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    formats = formats_of(book)
    help_page = book.add_worksheet(str(_("How to fill in")))
    pages = [
        ("困难职工", WORKER, [each for each in WORKER_COLUMNS if (each.part, each.name) not in NOT_OFFERED]),
        ("家庭成员", MEMBER, _member_order()),
    ]
    lists = book.add_worksheet(LISTS)
    ranges = _write_lists(lists)
    lists.hide()
    for name, part, columns in pages:
        _write_page(book.add_worksheet(name), part, columns, ranges, formats)
    _write_help(help_page, pages, formats)
    book.close()
    return out.getvalue()


def formats_of(book: xlsxwriter.Workbook) -> dict[str, Any]:
    head = {"bold": True, "border": 1, "text_wrap": True, "valign": "vcenter"}
    return {
        "title": book.add_format({"bold": True, "font_size": 16, "valign": "vcenter"}),
        "header": book.add_format(head | {"bg_color": "#E4F0E8"}),
        "required": book.add_format(head | {"bg_color": "#CFE5D8"}),
        "text": book.add_format({"num_format": "@"}),
        "plain": book.add_format({}),
        "help": book.add_format({"text_wrap": True, "valign": "top"}),
    }


def _member_order() -> list[Column]:
    first = ("worker_id", "name", "relation", "id_number")
    rest = [each for each in MEMBER_COLUMNS if (MEMBER, each.name) not in NOT_OFFERED and each.name not in first]
    return [BY_NAME[MEMBER, name] for name in first] + rest


def header_of(column: Column) -> str:
    unit = {"month": "（元/月）", "year": "（元/年）"}[column.period] if column.is_money else ""
    return f"{'*' if column.required else ''}{column.label}{unit}"


def _choices(column: Column) -> codes.CodeList | None:
    return FLAGS if column.read is cells.flag else column.listed


def _write_lists(page: Worksheet) -> dict[str, str]:
    """Every list in a column of its own; answers the range of each. A choice in a cell holds 255 characters at most,
    a range any number."""
    ranges = {}
    every = [each for each in vars(codes).values() if isinstance(each, codes.CodeList)]
    for column, listed in enumerate([*every, FLAGS]):
        for row, label in enumerate(listed.labels):
            page.write_string(row, column, label)
        letter = xlsxwriter.utility.xl_col_to_name(column)
        ranges[listed.name] = f"={LISTS}!${letter}$1:${letter}${len(listed.labels)}"
    return ranges


def _write_page(page: Worksheet, part: str, columns: list[Column], ranges: dict[str, str], formats: dict) -> None:
    title = "困难职工基本情况登记表" if part == WORKER else "家庭成员情况（职工本人不必再列）"
    page.write_string(0, 0, title, formats["title"])
    page.set_row(0, 28)
    page.set_row(1, 34)
    for at, column in enumerate(columns):
        as_text = column.name in LONG_NUMBERS
        page.set_column(at, at, 22 if as_text else 14, formats["text" if as_text else "plain"])
        page.write_string(1, at, header_of(column), formats["required" if column.required else "header"])
        if column.help:
            page.write_comment(1, at, str(column.help), {"x_scale": 2, "y_scale": 1.2})
        listed = _choices(column)
        if listed is not None:
            page.data_validation(
                2,
                at,
                ROWS,
                at,
                {
                    "validate": "list",
                    "source": ranges[listed.name],
                    "error_type": "warning",  # other wordings of a value are read too
                    "error_title": str(_("Not in the list")),
                    "error_message": str(_("Choose from the list, or the import will ask.")),
                },
            )
    page.freeze_panes(2, 3)


def _write_help(page: Worksheet, pages: list, formats: dict) -> None:
    lines = [
        _("Fill in the sheets 困难职工 and 家庭成员. Columns may stand in any order; columns you do not need may go."),
        _("Write 0, 无 or — where there was none. Leave a cell empty only when the answer is not known."),
        _("Set columns of ID and card numbers to text before typing: Excel drops the last digits of a long number."),
        _("One household, one file: nobody may stand in two households, in this county or another."),
    ]
    page.set_column(0, 0, 24)
    page.set_column(1, 1, 10)
    page.set_column(2, 2, 60)
    page.set_column(3, 3, 26)
    page.set_column(4, 4, 60)
    for row, line in enumerate(lines):
        page.merge_range(row, 0, row, 4, str(line), formats["help"])
    row = len(lines) + 1
    titles = (_("Column of the sheet"), _("Required"), _("How to write it"), _("For example"), _("One of"))
    for name, _part, columns in pages:
        page.write_string(row, 0, name, formats["title"])
        for at, title in enumerate(titles):
            page.write_string(row + 1, at, str(title), formats["header"])
        for at, column in enumerate(columns, row + 2):
            listed = _choices(column)
            page.write_string(at, 0, column.label, formats["help"])
            page.write_string(at, 1, str(_("yes")) if column.required else "", formats["help"])
            page.write_string(at, 2, str(column.help), formats["help"])
            page.write_string(at, 3, "是" if listed is FLAGS else EXAMPLES.get(column.name, ""), formats["help"])
            page.write_string(at, 4, "、".join(listed.labels) if listed else "", formats["help"])
        row += len(columns) + 4
