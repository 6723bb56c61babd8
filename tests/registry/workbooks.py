"""Workbooks as counties send them, built cell by cell from the figures of one fictional county.

`figures/` holds the cells as typed (text:, number:, date:) of a workbook that is right and of one with planted faults,
with what must come of each.
"""

import csv
import io
from datetime import date
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import openpyxl
from django.db import connection

from chunyu.federation.models import Organisation
from chunyu.registry.importing.actions import send_workbook
from chunyu.registry.importing.job import run
from chunyu.registry.importing.tables import ImportBatch
from chunyu.registry.models import Household, Member
from chunyu.registry.queries import facts_of_many
from tests.situations import County, county, workplace

FIGURES = Path(__file__).parent / "figures"
WORKER_SHEET, MEMBER_SHEET = "困难职工基本信息", "家庭成员"
RIGID = ("medical", "education", "housing", "disability", "other_rigid")
TABLES = ("registry_household", "registry_member", "registry_fact", "registry_cause", "registry_filesequence")
Rows = list[list[Any]]
_edition = count(1)


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
    """What must come of a workbook, in the order of the workers' numbers where it names workers."""
    with (FIGURES / f"{name}_expected.csv").open(newline="") as file:
        return sorted(csv.DictReader(file), key=lambda each: each.get("worker_id", ""))


def digests() -> dict[str, str]:
    """What every table of the registry holds, as one digest each."""
    found = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {table} t")
            found[table] = cursor.fetchone()[0]
    return found


def figures_on_file() -> list[dict[str, str]]:
    """Twelve months' figures of every household on file, as `expected("good")` gives them."""
    households = list(Household.objects.all())
    workers = {each.household_id: each for each in Member.objects.filter(is_worker=True)}
    found = []
    for key, facts in facts_of_many(households, households[0].opened_on).items():
        income = 12 * sum(each.facts["income_month"].value for each in facts.members)
        income += facts.facts["other_income_12m"].value
        rigid = sum(facts.facts[f"{head}_spending_12m"].value for head in RIGID)
        net = Decimal(income - rigid) / 100 / len(facts.members) / 12
        found.append(
            {
                "worker_id": workers[key].id_number.reveal(),
                "name": workers[key].name,
                "members": str(len(facts.members)),
                "income_12m": str(income // 100),
                "rigid_spending_12m": str(rigid // 100),
                "net_income_per_head_month": str(net.quantize(Decimal("0.01"))),
            }
        )
    return sorted(found, key=lambda each: each["worker_id"])


def build(sheets: dict[str, Rows], merges: dict[str, list[str]] | None = None) -> bytes:
    """An .xlsx with these rows; `merges` as Excel writes ranges."""
    book = openpyxl.Workbook()
    # Two builds are two files even within one second; a test of the same file keeps its bytes.
    book.properties.description = str(next(_edition))
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
