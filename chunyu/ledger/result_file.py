"""Reading the bank's result file: whole and right, or refused with every fault at its row.

Layout (docs/reference/bank-file.md): CSV in UTF-8 or GB 18030; a heading row naming the columns line key, amount,
result and reason in any order; one row a payment; a closing row with the count and the total amount.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext as _

from chunyu.accounts.refusal import Refusal

LARGEST = 5 * 1024 * 1024
HEADINGS = {
    "line_key": ("行号键", "明细号", "line_key"),
    "amount": ("金额", "交易金额", "amount"),
    "result": ("结果", "处理结果", "result"),
    "reason": ("原因", "失败原因", "reason"),
}
RESULTS = {
    "成功": "paid",
    "success": "paid",
    "失败": "returned",
    "退票": "returned",
    "退回": "returned",
    "failed": "returned",
    "处理中": "",
    "pending": "",
    "未知": "unclear",
    "不明": "unclear",
    "状态不明": "unclear",
    "unknown": "unclear",
}
YUAN = re.compile(r"¥?(\d{1,12}|\d{1,3}(,\d{3}){1,3})(\.\d{1,2})?", re.ASCII)
CLOSING = ("合计", "total")


@dataclass(frozen=True)
class Fault:
    """What is wrong at a row of the file (rows count from 1 and include the heading; 0 is the file as a whole)."""

    row: int
    message: str

    def __str__(self) -> str:
        return _("Row %(row)s: %(message)s") % {"row": self.row, "message": self.message} if self.row else self.message


class ResultRefused(Refusal):
    """The file was refused whole; `faults` has every one of them."""

    def __init__(self, faults: list[Fault]) -> None:
        shown = " ".join(str(fault) for fault in faults[:5])
        more = _(" And %(count)s more.") % {"count": len(faults) - 5} if len(faults) > 5 else ""
        super().__init__(_("The result file was not taken over. ") + shown + more, code="ledger_result_refused")
        self.faults = faults


@dataclass(frozen=True)
class Answer:
    """One row: what the bank says of a line. `outcome` is paid, returned, unclear when the bank does not
    know, or empty while it is still at work."""

    row: int
    line_key: str
    amount_fen: int
    outcome: str
    reason: str


@dataclass
class Reading:
    answers: list[Answer] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def read(content: bytes) -> list[Answer]:
    """The answers in the file; ResultRefused with all faults of form. Nothing is looked up here."""
    rows = _rows(content)
    columns, start = _columns(rows)
    reading = Reading()
    closing: tuple[int, list[str]] | None = None
    for number, cells in enumerate(rows[start:], start=start + 1):
        if not any(cells):
            continue
        if closing:
            reading.faults.append(Fault(number, _("nothing may follow the closing row.")))
        elif cells[0].lower() in CLOSING:
            closing = (number, cells)
        else:
            _read_row(number, cells, columns, reading)
    _check_closing(closing, reading)
    if reading.faults:
        raise ResultRefused(reading.faults)
    return reading.answers


def _rows(content: bytes) -> list[list[str]]:
    if len(content) > LARGEST:
        raise ResultRefused([Fault(0, _("The file is larger than a result file can be."))])
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        text = "\0"
    if "\0" in text:
        raise ResultRefused([Fault(0, _("This is not a text file. Save the bank's result as CSV."))])
    try:
        return [[unicodedata.normalize("NFKC", cell).strip() for cell in row] for row in csv.reader(io.StringIO(text))]
    except csv.Error as error:
        raise ResultRefused([Fault(0, _("The file is not a well-formed CSV file."))]) from error


def _columns(rows: list[list[str]]) -> tuple[dict[str, int], int]:
    """Where each column stands, and the index of the first row after the heading."""
    for index, cells in enumerate(rows[:10]):
        lowered = [cell.lower() for cell in cells]
        found = {
            name: lowered.index(heading)
            for name, headings in HEADINGS.items()
            for heading in headings
            if heading in lowered
        }
        if found.keys() == HEADINGS.keys():
            return found, index + 1
    needed = "、".join(headings[0] for headings in HEADINGS.values())
    raise ResultRefused([Fault(0, _("No heading row with the columns %(columns)s was found.") % {"columns": needed})])


def _read_row(number: int, cells: list[str], columns: dict[str, int], reading: Reading) -> None:
    if len(cells) <= max(columns.values()):
        reading.faults.append(Fault(number, _("the row is too short.")))
        return
    values = {name: cells[index] for name, index in columns.items()}
    fen = read_amount(values["amount"])
    outcome = RESULTS.get(values["result"].lower())
    before = len(reading.faults)
    if fen is None:
        reading.faults.append(Fault(number, _("the amount is not an amount in yuan with at most two places.")))
    if outcome is None:
        reading.faults.append(Fault(number, _("the result must be success, failed, pending or unknown.")))
    if outcome == "returned" and not values["reason"]:
        reading.faults.append(Fault(number, _("a failed payment needs the bank's reason.")))
    if len(reading.faults) == before:
        assert fen is not None
        assert outcome is not None
        reading.answers.append(Answer(number, values["line_key"], fen, outcome, values["reason"][:200]))


def read_amount(text: str) -> int | None:
    """Fen from yuan as a bank writes them ("1,234.50"); None when that is not what it is."""
    if not YUAN.fullmatch(text):
        return None
    fen = int(Decimal(text.lstrip("¥").replace(",", "")) * 100)
    return fen if fen > 0 else None


def _check_closing(closing: tuple[int, list[str]] | None, reading: Reading) -> None:
    if closing is None:
        reading.faults.append(
            Fault(0, _("The closing row with count and total is missing: the file may have been cut off."))
        )
        return
    number, cells = closing
    numbers = [cell for cell in cells[1:] if cell]
    if len(numbers) < 2 or not numbers[0].isdecimal() or read_amount(numbers[1]) is None:
        reading.faults.append(Fault(number, _("the closing row must give the count and the total amount.")))
        return
    if reading.faults:
        return  # rows that could not be read are missing from the sum: one fault each is enough
    count, total = len(reading.answers), sum(answer.amount_fen for answer in reading.answers)
    if (int(numbers[0]), read_amount(numbers[1])) != (count, total):
        reading.faults.append(Fault(number, _("count or total do not agree with the rows above.")))
