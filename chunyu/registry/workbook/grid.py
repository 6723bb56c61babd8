"""A workbook as read: sheets of plain values, and nothing that could act."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

Value = str | float | bool | date | datetime | None


@lru_cache(maxsize=1024)
def column_letters(column: int) -> str:
    """Excel's letters of a column counted from 0."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


@dataclass(frozen=True)
class Sheet:
    """Rows from row 1 on, each as long as its last filled cell. `merged`: first row, first column, last row, last
    column of each merged range, counted from 0."""

    name: str
    hidden: bool
    rows: list[list[Value]]
    merged: list[tuple[int, int, int, int]]

    def value(self, row: int, column: int) -> Value:
        if row >= len(self.rows):
            return None
        cells = self.rows[row]
        return cells[column] if column < len(cells) else None

    @property
    def width(self) -> int:
        return max((len(row) for row in self.rows), default=0)


@dataclass(frozen=True)
class Book:
    sheets: list[Sheet]
