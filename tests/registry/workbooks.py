"""Workbooks as counties send them, built cell by cell from the figures of one fictional county.

`figures/` holds the cells as typed (text:, number:, date:) of a workbook that is right and of one with planted faults,
with what must come of each.
"""

import csv
import io
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl

from chunyu.federation.models import Organisation
from chunyu.registry.importing.actions import send_workbook
from chunyu.registry.importing.job import run
from chunyu.registry.importing.tables import ImportBatch
from tests.situations import County, county, workplace

FIGURES = Path(__file__).parent / "figures"
WORKER_SHEET, MEMBER_SHEET = "困难职工基本信息", "家庭成员"
Rows = list[list[Any]]


def typed(cell: str) -> Any:
    kind, _, text = cell.partition(":")
    return {"": None, "text": text, "number": None, "date": None}[kind] or _value(kind, text)


def _value(kind: str, text: str) -> Any:
    if kind == "number":
        number = float(text)
        return int(number) if number.is_integer() and abs(number) < 2**53 else number
    return date.fromisoformat(text) if kind == "date" else None


def rows(name: str) -> Rows:
    with (FIGURES / f"{name}.csv").open(newline="") as file:
        return [[typed(cell) for cell in row] for row in csv.reader(file)]


def expected(name: str) -> list[dict[str, str]]:
    with (FIGURES / f"{name}_expected.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def build(sheets: dict[str, Rows], merges: dict[str, list[str]] | None = None) -> bytes:
    """An .xlsx with these rows; `merges` as Excel writes ranges."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, content in sheets.items():
        sheet = book.create_sheet(name)
        for row in content:
            sheet.append(row)
        for merged in (merges or {}).get(name, []):
            sheet.merge_cells(merged)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def sample(name: str) -> bytes:
    """The workbook `good` or `faulty`, with its title rows and merged title."""
    sheets = {WORKER_SHEET: rows(f"{name}_workers"), MEMBER_SHEET: rows(f"{name}_members")}
    return build(sheets, {WORKER_SHEET: ["A1:AC1"]})


def yurun() -> County:
    """雨润县 with the unions that the figures name."""
    found = county("雨润县")
    for name in ("青禾县供销社工会", "雨润县机械厂工会"):
        if not Organisation.objects.filter(name=name).exists():
            workplace(found.township, name)
    return found


def imported(acting: Any, content: bytes, **options: Any) -> ImportBatch:
    """Sent in and worked off on the spot."""
    batch = send_workbook(acting, name="名册.xlsx", content=content, queue=False, **options)
    run(batch.pk)
    batch.refresh_from_db()
    return batch
