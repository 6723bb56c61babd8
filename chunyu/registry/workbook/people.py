"""From placed columns to people: each row's cells read, each fault at its cell, members gathered under their worker."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from itertools import islice
from typing import Any

from chunyu.registry import identity
from chunyu.registry.codes import RELATION, normal
from chunyu.registry.workbook import cells
from chunyu.registry.workbook.columns import MEMBER, WORKER
from chunyu.registry.workbook.faults import Fault
from chunyu.registry.workbook.grid import Sheet, Value, column_letters
from chunyu.registry.workbook.headers import Placed, Table

SELF = "01"
# What the reading child puts where Excel shows an error, or never saved a formula's value.
UNSAID_BY_EXCEL = {"#ERROR": "cell_error", "#FORMULA": "formula_unsaved"}
_TOTAL = re.compile(r"^(本页|累计|总|全县|全部)?(合计|小计|总计|共计|累计)")
_NOTE = re.compile(
    r"^(填表|填报|制表|制单|审核|复核|经办|负责|单位负责|联系人|注$|注[:：1一]|备注|说明|填写|盖章|签字|日期|年月日|以上|主席|此表|本表|\*|※)"
)


@dataclass(slots=True)
class Draft:
    """A person as one row gives them. `values` holds what was read, `typed` the row's cells, merged ones filled down;
    `unread` names the columns with faults. A province's workbook has 300,000 of them, so they carry little."""

    table: Table
    part: str
    row: int  # counted from 0
    columns: dict[str, Placed]
    typed: list[Value]
    values: dict[str, Any] = field(default_factory=dict)
    unread: frozenset[str] = frozenset()
    causes: tuple[str, ...] = ()

    @property
    def id_number(self) -> identity.IdNumber | None:
        return self.values.get("id_number")

    @property
    def name(self) -> str:
        return self.values.get("name") or ""

    @property
    def sheet(self) -> Sheet:
        return self.table.sheet

    def raw(self, column: str) -> Value:
        """The cell as it was typed; None where the table has no such column."""
        placed = self.columns.get(column)
        return self.typed[placed.index] if placed is not None else None

    def place(self, column: str) -> str:
        """The cell's address with its sheet, as 家庭成员!D25."""
        placed = self.columns.get(column)
        return f"{self.sheet.name}!{column_letters(placed.index) if placed else ''}{self.row + 1}"

    def fault(self, code: str, column: str, **params: Any) -> Fault:
        placed = self.columns.get(column)
        if placed is None:
            return Fault(code, self.sheet.name, self.row + 1, -1, "", params)
        return Fault(code, self.sheet.name, self.row + 1, placed.index, placed.header, params)


@dataclass(slots=True)
class WorkerDraft(Draft):
    members: list[MemberDraft] = field(default_factory=list)
    # Rows that may belong here but could not be tied for a fault reported elsewhere: the size is then not checked.
    uncertain: bool = False


@dataclass(slots=True)
class MemberDraft(Draft):
    worker: WorkerDraft | None = None


@dataclass
class Reading:
    """All that a workbook says about people, and every fault that single cells show."""

    workers: list[WorkerDraft] = field(default_factory=list)
    members: list[MemberDraft] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    has_member_table: bool = False


def read_people(tables: list[Table]) -> Reading:
    reading = Reading()
    for table in sorted(tables, key=lambda each: each.kind == "members"):
        reader = {"workers": _read_workers, "combined": _read_combined, "persons": _read_persons}.get(table.kind)
        (reader or _read_members)(table, reading)
        reading.has_member_table = reading.has_member_table or table.kind != "workers"
    return reading


def _read_workers(table: Table, reading: Reading) -> None:
    read = CellReader(table, WORKER)
    for row, values in rows_of(table, read.columns):
        reading.workers.append(_worker(read, row, values, reading))


def _read_members(table: Table, reading: Reading) -> None:
    read = CellReader(table, MEMBER)
    for row, values in rows_of(table, read.columns):
        reading.members.append(_member(read, row, values, reading))


def _read_combined(table: Table, reading: Reading) -> None:
    """The worker's cells stand in the first row of the family, merged, left empty or repeated in the next ones."""
    read_own, read_others = CellReader(table, WORKER), CellReader(table, MEMBER)
    own, others = read_own.columns, read_others.columns
    worker: WorkerDraft | None = None
    for row, values in rows_of(table, own | {f"member {name}": placed for name, placed in others.items()}):
        begins = _said(values, own, "id_number") or _said(values, own, "name")
        continued = begins and worker is not None and _repeats(worker, values, row, own)
        if begins and not continued:
            worker = _worker(read_own, row, values, reading)
            reading.workers.append(worker)
        if any(_said(values, others, name) for name in others if name != "serial"):
            member = _member(read_others, row, values, reading)
            member.worker = worker
            reading.members.append(member)
            if worker is None:
                reading.faults.append(member.fault("member_without_worker", "name"))
                member.unread |= {"worker_id"}


def _read_persons(table: Table, reading: Reading) -> None:
    """Every row a person; the family begins with the one who is 本人, or shares a household number."""
    read_own, read_others = CellReader(table, WORKER), CellReader(table, MEMBER)
    own, others = read_own.columns, read_others.columns
    by_serial: dict[str, WorkerDraft] = {}
    waiting: list[tuple[str, MemberDraft]] = []
    worker: WorkerDraft | None = None
    grouped = "household_serial" in others
    for row, values in rows_of(table, own | others):
        relation = values[others["relation"].index]
        serial = cells.narrow(values[others["household_serial"].index]) if grouped else ""
        if _relation_is_self(relation):
            worker = _worker(read_own, row, values, reading)
            reading.workers.append(worker)
            if serial:
                by_serial.setdefault(serial, worker)
            continue
        member = _member(read_others, row, values, reading)
        reading.members.append(member)
        if grouped:
            waiting.append((serial, member))
        else:
            member.worker = worker
            if worker is None:
                reading.faults.append(member.fault("member_without_worker", "relation"))
                member.unread |= {"worker_id"}
    for serial, member in waiting:
        member.worker = by_serial.get(serial)
        if member.worker is None:
            reading.faults.append(member.fault("member_without_worker", "household_serial"))
            member.unread |= {"worker_id"}


def _relation_is_self(value: Value) -> bool:
    try:
        from_list = cells.code(value, RELATION)
    except cells.CellFault:
        return False
    return from_list == SELF


def _repeats(worker: WorkerDraft, values: list[Value], row: int, own: dict[str, Placed]) -> bool:
    """Whether the row only repeats the worker above: by a merged cell, or by the same number and name again."""
    id_column, name_column = own.get("id_number"), own.get("name")
    key = id_column or name_column
    assert key is not None
    if worker.table.sheet.value(row, key.index) is None and values[key.index] is not None:
        return True  # below the top of a merged cell
    if id_column is None or values[id_column.index] is None:
        return False
    same_number = identity.plain(cells.text(values[id_column.index])) == identity.plain(
        cells.text(worker.raw("id_number"))
    )
    return same_number and worker.table.sheet.name != "" and _household_cells_repeat(worker, values, own)


def _household_cells_repeat(worker: WorkerDraft, values: list[Value], own: dict[str, Placed]) -> bool:
    return all(values[placed.index] in (None, worker.raw(name)) for name, placed in own.items() if name != "serial")


# Rows ----------------------------------------------------------------------------------------------------------------


def rows_of(table: Table, columns: dict[str, Placed]) -> Iterator[tuple[int, list[Value]]]:
    """The rows that speak of a person, merged cells filled down; blank, total, note and header rows left out."""
    filled = _merged_values(table)
    merged_rows = {row for row, _ in filled}
    header = _header_texts(table)
    indices = sorted({placed.index for placed in table.columns})
    width = indices[-1] + 1
    identifying = {placed.index for name, placed in columns.items() if name.split()[-1] in ("name", "id_number")}
    numbers = [placed.index for name, placed in columns.items() if name.split()[-1] == "id_number"]
    serials = {placed.index for name, placed in columns.items() if name.split()[-1] == "serial"}
    for row in range(table.first, len(table.sheet.rows)):
        typed = table.sheet.rows[row]
        typed.extend([None] * (width - len(typed)))
        if row in merged_rows:
            values = [filled.get((row, index), value) for index, value in enumerate(typed)]
        else:
            values = typed
            if any(_begins_like_a_number(typed[index]) for index in numbers):
                yield row, values
                continue
        said = {index: typed[index] for index in indices if cells.filled(typed[index])}
        if not said.keys() - serials:
            continue
        if not said.keys() & identifying and _is_remark(typed, said, row, table, filled):
            continue
        if sum(1 for index, value in said.items() if value == header.get(index)) >= 3:
            continue
        if _is_total(typed) and not any(
            identity.plain(cells.text(said.get(index)))[:15].isdigit() for index in identifying if index in said
        ):
            continue
        yield row, values


def _begins_like_a_number(value: Value) -> bool:
    """Whether a cell plainly holds an ID number, so that its row is a person's and nothing else."""
    return type(value) is str and len(value) >= 15 and value[:15].isdigit()


def _header_texts(table: Table) -> dict[int, Value]:
    return {placed.index: table.sheet.value(table.header_rows[1], placed.index) for placed in table.columns}


def _merged_values(table: Table) -> dict[tuple[int, int], Value]:
    filled = {}
    for first, first_c, last, last_c in table.sheet.merged:
        if first < table.first or last == first or first_c != last_c:
            continue
        value = table.sheet.value(first, first_c)
        for row in range(first, min(last, len(table.sheet.rows) - 1) + 1):
            filled[row, first_c] = value
    return filled


def _is_total(row: list[Value]) -> bool:
    first = list(islice((value for value in row if cells.filled(value)), 3))
    return any(isinstance(value, str) and _TOTAL.match(normal(value)) for value in first)


def _is_remark(
    row: list[Value], said: dict[int, Value], at: int, table: Table, filled: dict[tuple[int, int], Value]
) -> bool:
    """A line under the table: who filled it in, notes, a stamp. Nothing in it names a person."""
    if any((at, placed.index) in filled for placed in table.columns):
        return False
    texts = [cells.text(value) for value in row if cells.filled(value)]
    if _is_total(row) or any(_NOTE.match(re.sub(r"\s", "", text)) for text in texts):
        return True
    return len(said) == 1 and isinstance(next(iter(said.values())), str) and len(texts) == 1


# Cells ---------------------------------------------------------------------------------------------------------------

REMEMBERED = 2_000  # different texts of one column; the rest of a column of numbers would never come again


class CellReader:
    """Reads the cells of one part of a table. Most cells of a column say one of few things, so each is read once."""

    def __init__(self, table: Table, part: str) -> None:
        self.table, self.part, self.columns = table, part, table.of(part)
        self.read = [(name, placed, {}) for name, placed in self.columns.items() if _is_read(placed)]
        self.more_causes = [
            placed
            for placed in table.columns
            if placed.column is not None
            and placed.column.name == "secondary_cause"
            and placed is not self.columns.get("secondary_cause")
        ]

    def into(self, draft: Draft, faults: list[Fault]) -> None:
        typed, said = draft.typed, draft.values
        known: dict[str, Any]
        for name, placed, known in self.read:
            value = typed[placed.index]
            if value is None:
                continue
            if type(value) is str:
                found = known.get(value, known)
                if found is known:
                    found = _read_or_fault(placed, value)
                    if len(known) < REMEMBERED:
                        known[value] = found
            else:
                found = _read_or_fault(placed, value)
            if found is None:
                continue
            if type(found) is cells.CellFault:
                draft.unread |= {name}
                faults.append(draft.fault(found.code, name, **found.params))
            else:
                said[name] = found


def _is_read(placed: Placed) -> bool:
    assert placed.column is not None
    return placed.column.read is not None


def _read_or_fault(placed: Placed, value: Value) -> Any:
    try:
        if value in UNSAID_BY_EXCEL:
            return cells.CellFault(UNSAID_BY_EXCEL[value])
        return _read(placed, value)
    except cells.CellFault as wrong:
        return wrong.with_traceback(None)


def _said(values: list[Value], columns: dict[str, Placed], name: str) -> bool:
    placed = columns.get(name)
    return placed is not None and cells.filled(values[placed.index])


def _worker(read: CellReader, row: int, values: list[Value], reading: Reading) -> WorkerDraft:
    draft = WorkerDraft(read.table, WORKER, row, read.columns, values)
    read.into(draft, reading.faults)
    _read_secondary_causes(draft, read.more_causes, reading.faults)
    check_person(draft, reading.faults)
    return draft


def _member(read: CellReader, row: int, values: list[Value], reading: Reading) -> MemberDraft:
    draft = MemberDraft(read.table, MEMBER, row, read.columns, values)
    read.into(draft, reading.faults)
    check_person(draft, reading.faults)
    if draft.values.get("relation") is None and "relation" not in draft.unread and "relation" in read.columns:
        reading.faults.append(draft.fault("relation_missing", "relation"))
    return draft


def _read(placed: Placed, value: Value) -> Any:
    column, units = placed.column, placed.units
    assert column is not None
    if not cells.filled(value):
        return None
    if not column.is_money:
        assert column.read is not None
        return column.read(value)
    fen = cells.amount(value, units.money or Decimal(1))
    if fen is None or not units.period or units.period == column.period:
        return fen
    if column.period == "year":
        return fen * 12
    return int((Decimal(fen) / 12).to_integral_value(ROUND_HALF_UP))


def _read_secondary_causes(draft: WorkerDraft, more: list[Placed], faults: list[Fault]) -> None:
    """The main cause and the others, each once, in order; there may be several columns of them."""
    found = [*(draft.values.get("main_cause") or ()), *(draft.values.get("secondary_cause") or ())]
    for placed in more:
        try:
            found += _read(placed, draft.typed[placed.index]) or []
        except cells.CellFault as wrong:
            where = (draft.sheet.name, draft.row + 1, placed.index, placed.header)
            faults.append(Fault(wrong.code, *where, wrong.params))
    if found:
        draft.causes = tuple(dict.fromkeys(found))[:4]


def check_person(draft: Draft, faults: list[Fault]) -> None:
    """What one row shows by itself: name and number there, birth date and sex as the number says."""
    has_name, has_number = bool(draft.name), draft.id_number is not None
    name_said = has_name or "name" in draft.unread
    number_said = has_number or "id_number" in draft.unread
    if not name_said and not number_said:
        faults.append(draft.fault("nobody_named", "name"))
        draft.unread |= {"name", "id_number"}
        return
    if not name_said:
        draft.unread |= {"name"}
        faults.append(draft.fault("name_missing", "name"))
    if not number_said:
        draft.unread |= {"id_number"}
        faults.append(draft.fault("id_missing", "id_number"))
    number = draft.id_number
    if number is None:
        return
    born: cells.Day | None = draft.values.get("birth_date")
    if born is not None and not born.agrees(number.birth_date):
        faults.append(draft.fault("birth_differs", "birth_date"))
    sex = draft.values.get("sex")
    if sex is not None and sex != number.sex:
        faults.append(draft.fault("sex_differs", "sex", said=sex))
    card = draft.values.get("bank_card")
    if card and not (12 <= len(card) <= 22 and cells.luhn_holds(card)):
        faults.append(draft.fault("card_check_digit", "bank_card"))
