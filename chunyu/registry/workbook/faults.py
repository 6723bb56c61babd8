"""What is wrong in a workbook, and where. The words for each kind of fault are in `sentences`."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from chunyu.registry.workbook.grid import column_letters


@dataclass(frozen=True)
class Fault:
    """`row` as Excel counts, from 1; 0 is the whole sheet. `column` counted from 0; -1 is the whole row. `params`
    fill the sentence and hold no ID number, card or phone in clear."""

    code: str
    sheet: str = ""
    row: int = 0
    column: int = -1
    header: str = ""
    params: dict[str, Any] = field(default_factory=dict)

    @property
    def cell(self) -> str:
        if not self.row:
            return ""
        return f"{column_letters(self.column)}{self.row}" if self.column >= 0 else f"{self.row}"

    @property
    def is_warning(self) -> bool:
        return self.code in WARNINGS

    def as_plain(self) -> dict[str, Any]:
        return asdict(self)


# What is worth a look, but no reason to refuse: old account numbers fail the check, and a family may have moved.
WARNINGS = frozenset(
    {
        "card_check_digit",
        "union_moves",
        "no_longer_listed",
        "hidden_sheet",
        "no_union_column",
        "employer_unknown",
        "joined_otherwise",
    }
)
