"""Sheets of which every row is one thing: an employer, a member, an organisation."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

from chunyu.registry.workbook.faults import Fault
from chunyu.registry.workbook.headers import Table
from chunyu.registry.workbook.people import CellReader, Draft, rows_of

Check = Callable[[Draft, list[Fault]], None]


def read_flat(tables: Sequence[Table], part: str, check: Check) -> tuple[list[Draft], list[Fault]]:
    """The rows, and every fault that single rows show; `check` looks at what one row says as a whole."""
    drafts: list[Draft] = []
    faults: list[Fault] = []
    for table in tables:
        reader = CellReader(table, part)
        for row, values in rows_of(table, reader.columns):
            draft = Draft(table, part, row, reader.columns, values)
            reader.into(draft, faults)
            check(draft, faults)
            drafts.append(draft)
    return drafts, faults


def require(draft: Draft, faults: list[Fault], column: str, code: str) -> None:
    """A fault where the row does not say what it must; where its cell cannot be read, that is the fault."""
    if draft.values.get(column) is None and column not in draft.unread:
        faults.append(draft.fault(code, column))


def told_twice(drafts: Sequence[Draft], key: Callable[[Draft], Hashable | None], code: str, column: str) -> list[Fault]:
    """A fault at every row but the first that says the same of `key` as another; it names the first."""
    first: dict[Any, Draft] = {}
    faults = []
    for draft in drafts:
        value = key(draft)
        if value is None:
            continue
        held = first.setdefault(value, draft)
        if held is not draft:
            faults.append(draft.fault(code, column, other=held.place(column)))
    return faults
