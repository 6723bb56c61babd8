"""The columns of a list page: one declaration for the screen, the sort order and the export."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from django.db.models import Model
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise

Kind = Literal["text", "number", "money", "percent", "date", "time", "tag"]
RIGHT_ALIGNED = frozenset({"number", "money", "percent"})
Cell = str | int | Decimal | date | datetime | None


@dataclass(frozen=True)
class Column:
    """One column. `field` is a path through attributes ("head__name"); methods without arguments are called.

    kind     how the value is shown, aligned and written to a spreadsheet ("money" is integer fen)
    link     a URL name, reversed with the row's primary key, or a function from the row to an address
    sort     what the database sorts by: the field itself, another expression, or False for none
    value    a function from the row to the value, when no attribute gives it
    tone     for kind "tag": a function from the row to rain, seal, amber, sky or plain
    template a template for the cell, given `row`, `value` and `column`
    note     a function or field path for a second, softer line under the value
    export   False keeps the column out of files
    """

    field: str
    label: str | Promise
    kind: Kind = "text"
    link: str | Callable[[Any], str] | None = None
    sort: str | Literal[False] | None = None
    value: Callable[[Any], Cell] | None = None
    tone: Callable[[Any], str] | None = None
    template: str = ""
    note: str | Callable[[Any], str] | None = None
    export: bool = True

    @property
    def right(self) -> bool:
        return self.kind in RIGHT_ALIGNED

    @property
    def sort_key(self) -> str | None:
        """The database expression to sort by; none for computed values unless one is named."""
        if self.sort is False or (self.sort is None and self.value is not None):
            return None
        return self.sort or self.field

    def read(self, row: Any) -> Cell:
        return self.value(row) if self.value else follow(row, self.field)

    def address(self, row: Any) -> str:
        if self.link is None:
            return ""
        return self.link(row) if callable(self.link) else reverse(self.link, args=[row.pk])

    def tone_of(self, row: Any) -> str:
        return self.tone(row) if self.tone else "plain"

    def note_of(self, row: Any) -> Cell:
        if self.note is None:
            return ""
        return self.note(row) if callable(self.note) else follow(row, self.note)


def follow(row: Any, path: str) -> Any:
    """The value at an attribute path; a coded field gives its label; nothing when a step is empty."""
    value: Any = row
    for step in path.split("__"):
        if value is None:
            return None
        label = getattr(value, f"get_{step}_display", None) if isinstance(value, Model) else None
        value = label or getattr(value, step)
        if callable(value):
            value = value()
    return str(value) if isinstance(value, Model | Promise) else value


def plain_text(value: Cell) -> str:
    """A value as the screen and a CSV file show it."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def spoken_day(day: date) -> str:
    """A date in the words of the current language."""
    return date_format(day, "DATE_FORMAT")
