"""What the kinds with one row to a thing have in common: reading their sheets, asking about unions, and a plan that is
walked in pieces."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model
from django.utils.functional import Promise

from chunyu.accounts.acting import Acting
from chunyu.federation.models import Organisation
from chunyu.registry.importing.findings import Change, Findings, UnionQuestion
from chunyu.registry.importing.kinds import Setting
from chunyu.registry.importing.understanding import ask_headers, left_out, mapping_of, union_finder, union_key
from chunyu.registry.workbook.faults import Fault
from chunyu.registry.workbook.flat import Check, read_flat
from chunyu.registry.workbook.grid import Book
from chunyu.registry.workbook.headers import Table, find_table
from chunyu.registry.workbook.people import Draft

PIECE = 1_000
LOOKED_UP_AT_ONCE = 5_000
Unions = dict[tuple[int, str], Organisation]  # by the draft's identity and the column


@dataclass
class FlatUnderstanding:
    """What a workbook says, row by row. `unions` holds the organisations that rows name."""

    drafts: list[Draft]
    tables: list[Table]
    findings: Findings
    setting: Setting
    unions: Unions = field(default_factory=dict)
    people: int = 0

    @property
    def rows(self) -> int:
        return len(self.drafts)

    def union(self, draft: Draft, column: str) -> Organisation | None:
        return self.unions.get((id(draft), column))


def understand_flat(
    book: Book, setting: Setting, part: str, needed: Sequence[str], check: Check, unions: Sequence[str] = ()
) -> FlatUnderstanding:
    """Reads all sheets of the part. `needed`: columns without which nothing can be told from anything else; `unions`:
    columns that name organisations, asked about where nobody under the sender has the name."""
    findings = Findings()
    tables = _tables(book, setting, part, needed)
    findings.faults += [
        Fault("hidden_sheet", sheet.name)
        for sheet in book.sheets
        if sheet.hidden and find_table(sheet, setting.answers, part)
    ]
    understood = FlatUnderstanding([], tables, findings, setting)
    if not tables:
        findings.faults.append(Fault("no_flat_table", params={"part": part}))
        return understood
    for table in tables:
        ask_headers(table, findings)
        _require_columns(table, part, needed, findings)
    if not findings.errors:
        understood.drafts, faults = read_flat(tables, part, check)
        # Only the unions are looked at while headers are open; what cells say is judged afterwards.
        if not findings.headers:
            findings.faults += faults
            if not understood.drafts:
                findings.faults.append(Fault("nothing_in_it", tables[0].sheet.name))
    findings.left_out, findings.mapping = left_out(tables), mapping_of(tables)
    _find_unions(understood, unions)
    return understood


def _tables(book: Book, setting: Setting, part: str, needed: Sequence[str]) -> list[Table]:
    """The sheets with a header of the part. A sheet of notes beside them may hold a few of its words in one row."""
    tables = [
        table for sheet in book.sheets if not sheet.hidden and (table := find_table(sheet, setting.answers, part))
    ]
    tables = [table for table in tables if any(name in table.of(part) for name in needed)]
    most = max((len(table.of(part)) for table in tables), default=0)
    return [table for table in tables if 2 * len(table.of(part)) > most]


def _require_columns(table: Table, part: str, needed: Sequence[str], findings: Findings) -> None:
    if any(each.asked for each in table.columns):
        return
    there = table.of(part)
    row = table.header_rows[1] + 1
    for name in needed:
        if name not in there:
            params = {"part": part, "name": name}
            findings.faults.append(Fault("column_missing", table.sheet.name, row, -1, "", params))


def _find_unions(understood: FlatUnderstanding, columns: Sequence[str]) -> None:
    setting = understood.setting
    if not columns:
        return
    find = union_finder(setting.acting.organisation, setting.scope, setting.day)
    unknown: Counter[tuple[str, str]] = Counter()
    for draft in understood.drafts:
        for column in columns:
            name = draft.values.get(column)
            if name is None:
                continue
            union = find(name)
            if union is not None:
                understood.unions[id(draft), column] = union
            elif setting.ask:
                unknown[name, union_key(name)] += 1
            else:
                understood.findings.faults.append(draft.fault("union_unknown", column))
    understood.findings.unions = [UnionQuestion(name, key, count) for (name, key), count in unknown.most_common()]


@dataclass
class RowPlan:
    """What would become of one row. `differences` are in words: the field, what stands on file, what would stand."""

    draft: Draft
    subject: str
    is_new: bool
    differences: list[tuple[str | Promise, str, str]] = field(default_factory=list)

    @property
    def changes(self) -> bool:
        return self.is_new or bool(self.differences)


@dataclass
class FlatPlan:
    """`new`, `changed` and `unchanged` count the rows of the pieces walked so far; `faults` grow with them."""

    understood: FlatUnderstanding
    acting: Acting
    faults: list[Fault] = field(default_factory=list)
    new: int = 0
    changed: int = 0
    unchanged: int = 0

    @property
    def refused(self) -> bool:
        return any(not fault.is_warning for fault in self.faults)

    def sound_since(self, before: int) -> bool:
        """Whether no fault beyond warnings came since there were `before` of them."""
        return all(fault.is_warning for fault in self.faults[before:])

    def rows_of(self, drafts: Sequence[Draft]) -> list[Any]:
        """The plans of some rows; what cannot be done becomes a fault and no plan."""
        raise NotImplementedError

    def pieces(self) -> Iterator[list[Any]]:
        drafts = self.understood.drafts
        for at in range(0, len(drafts), PIECE):
            piece = self.rows_of(drafts[at : at + PIECE])
            for row in piece:
                if row.is_new:
                    self.new += 1
                elif row.changes:
                    self.changed += 1
                else:
                    self.unchanged += 1
            yield piece

    def walk(self, see: Callable[[Change], None] | None = None) -> None:
        for piece in self.pieces():
            for row in piece if see is not None else ():
                for label, before, after in row.differences:
                    see(Change(row.draft.sheet.name, row.draft.row + 1, row.subject, label, before, after))


def write_pieces(
    plan: FlatPlan, write: Callable[[list[Any]], Iterator[str]], walked: Callable[[int], None]
) -> Iterator[str]:
    """Walk the plan and write each piece as long as nothing is wrong; gives the lines that an undo goes by."""
    rows = 0
    for piece in plan.pieces():
        if not plan.refused:
            yield from write([row for row in piece if row.changes])
        rows += len(piece)
        walked(rows)


def told(row: Model, values: dict[str, Any]) -> dict[str, Any]:
    """Of the values that a sheet says those that the row on file does not already have."""
    found = {}
    for name, value in values.items():
        held = getattr(row, name)
        held = held.reveal() if hasattr(held, "reveal") else held
        if value is not None and (held if held != "" else None) != value:
            found[name] = value
    return found
