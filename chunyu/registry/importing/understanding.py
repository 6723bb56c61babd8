"""From a workbook to families whose unions are known, with every fault and every question on the way. Reads the
database for what the county answered earlier; decides nothing about what is on file."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q

from chunyu.federation.models import Organisation
from chunyu.registry.importing.findings import Findings, HeaderQuestion, Mapped, UnionQuestion
from chunyu.registry.importing.kinds import Setting
from chunyu.registry.importing.tables import HeaderMeaning, UnionMeaning
from chunyu.registry.workbook import cells
from chunyu.registry.workbook.checks import check_whole
from chunyu.registry.workbook.columns import MEMBER, WORKER
from chunyu.registry.workbook.faults import Fault
from chunyu.registry.workbook.grid import Book
from chunyu.registry.workbook.headers import AnswersFor, Table, find_table
from chunyu.registry.workbook.people import Reading, WorkerDraft, read_people

EXAMPLES = 3
# Without these nobody can be told from anybody else.
NEEDED = {
    WORKER: ("name", "id_number"),
    MEMBER: ("name", "relation", "id_number"),
}


@dataclass
class Understanding:
    """What a workbook says. `unions` gives each worker's organisation by the draft's identity."""

    reading: Reading
    tables: list[Table]
    findings: Findings
    unions: dict[int, Organisation] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        return len(self.reading.workers)

    @property
    def people(self) -> int:
        return sum(1 + len(each.members) for each in self.reading.workers)


def answers_for(own: Organisation, scope: Organisation) -> AnswersFor:
    """What headers were said to mean: by the county for every sheet, and by this sender for a sheet with just these
    headings."""
    meanings: dict[str, dict[tuple[str, str], str]] = {}
    rows = HeaderMeaning.objects.filter(Q(organisation=scope, headings="") | (Q(organisation=own) & ~Q(headings="")))
    for each in rows:
        meanings.setdefault(each.headings, {})[each.part, each.header] = each.field
    general = meanings.setdefault("", {})
    return lambda headings: meanings.get(headings, general)


def understand(book: Book, setting: Setting) -> Understanding:
    """With `ask`, what cannot be placed becomes a question; without, a fault."""
    own, scope, ask = setting.acting.organisation, setting.scope, setting.ask
    answers = setting.answers
    findings = Findings()
    tables = [table for sheet in book.sheets if not sheet.hidden and (table := find_table(sheet, answers))]
    for sheet in book.sheets:
        if sheet.hidden and find_table(sheet, answers):
            findings.faults.append(Fault("hidden_sheet", sheet.name))
    if not any(table.kind != "members" for table in tables):
        findings.faults.append(Fault("no_table"))
        return Understanding(Reading(), tables, findings)
    for table in tables:
        ask_headers(table, findings)
        _require_columns(table, findings)
    reading = Reading() if findings.errors else read_people(tables)
    if findings.headers:
        # Only the unions are looked at, so that all questions come at once; what cells say is judged afterwards.
        reading.faults.clear()
    elif not findings.errors:
        check_whole(reading, setting.latest_birth)
        if not reading.workers:
            reading.faults.append(Fault("nobody_in_it", tables[0].sheet.name))
    understanding = Understanding(reading, tables, findings)
    findings.faults += reading.faults
    findings.left_out = left_out(tables)
    findings.mapping = mapping_of(tables)
    _match_unions(understanding, own, scope, setting.day, ask=ask)
    order = {sheet.name: at for at, sheet in enumerate(book.sheets)}
    findings.faults.sort(key=lambda each: (order.get(each.sheet, -1), each.row, each.column))
    return understanding


def left_out(tables: list[Table]) -> list[str]:
    return [
        f"{table.sheet.name}: {placed.header}"
        for table in tables
        for placed in table.columns
        if placed.column is None and not placed.asked
    ]


def mapping_of(tables: list[Table]) -> list[Mapped]:
    """How each column was understood, for the sender to see and to change."""
    found = []
    for table in tables:
        for placed in table.columns:
            meaning = placed.column.name if placed.column is not None else ""
            found.append(Mapped(table.sheet.name, table.headings, placed.part, placed.key, placed.header, meaning))
    return found


def ask_headers(table: Table, findings: Findings) -> None:
    for placed in table.columns:
        if not placed.asked:
            continue
        examples = []
        for row in range(table.first, len(table.sheet.rows)):
            said = cells.text(table.sheet.value(row, placed.index))
            if said and len(examples) < EXAMPLES and said not in examples:
                examples.append(said[:30])
        if examples:
            findings.headers.append(
                HeaderQuestion(
                    table.sheet.name, placed.part, placed.key, placed.header, placed.index, placed.suggestion, examples
                )
            )


def _require_columns(table: Table, findings: Findings) -> None:
    parts = {"workers": (WORKER,), "members": (MEMBER,)}.get(table.kind, (WORKER, MEMBER))
    row = table.header_rows[1] + 1
    for part in parts:
        there = table.of(part)
        missing = [name for name in NEEDED[part] if name not in there]
        keys = {"worker_id", "worker_name", "household_serial"}
        if table.kind == "members" and not keys & there.keys():
            missing.append("worker_id")
        for name in missing:
            if not any(each.asked for each in table.columns):
                params = {"part": part, "name": name}
                findings.faults.append(Fault("column_missing", table.sheet.name, row, -1, "", params))


# Unions --------------------------------------------------------------------------------------------------------------


def union_key(name: str) -> str:
    """A union's name without what is written one way here and another there."""
    text = re.sub(r"[(\[【].*?[)\]】]|[\s·,，.。、]", "", unicodedata.normalize("NFKC", name))
    return re.sub(r"工会(联合)?委员会$", lambda match: "工会联合会" if match[1] else "工会", text)


def union_finder(own: Organisation, scope: Organisation, day: date) -> Callable[[str], Organisation | None]:
    """Finds an organisation under `own` by its name; one that two bear, or none, is not found."""
    by_key: dict[str, list[Organisation]] = {}
    subtree = Organisation.objects.within(own.path).as_of(day).select_related("region", "parent")
    for organisation in subtree:
        by_key.setdefault(union_key(organisation.name), []).append(organisation)
    meanings = UnionMeaning.objects.filter(organisation=scope).select_related("union__region", "union__parent")
    answered = {each.name: each.union for each in meanings}

    def find(name: str) -> Organisation | None:
        key = union_key(name)
        meant = answered.get(key)
        if meant is not None and own.covers(meant.path):
            return meant
        found = by_key.get(key, [])
        return found[0] if len(found) == 1 else None

    return find


def _match_unions(
    understanding: Understanding, own: Organisation, scope: Organisation, day: date, *, ask: bool
) -> None:
    findings, workers = understanding.findings, understanding.reading.workers
    find = union_finder(own, scope, day)
    unknown: Counter[tuple[str, str]] = Counter()
    for table in understanding.tables:
        if table.kind != "members" and "union" not in table.of(WORKER) and own.children.exists():
            row = table.header_rows[1] + 1
            findings.faults.append(Fault("no_union_column", table.sheet.name, row, -1, "", {"union": own.name}))
    for worker in workers:
        if "union" in worker.unread:
            continue
        if "union" not in worker.columns:
            understanding.unions[id(worker)] = own
            continue
        name = worker.values.get("union")
        if name is None:
            if not {"name", "id_number"} <= worker.unread:  # a row of nobody is one fault
                findings.faults.append(worker.fault("union_missing", "union"))
            continue
        found = find(name)
        if found is not None:
            understanding.unions[id(worker)] = found
        elif ask:
            unknown[name, union_key(name)] += 1
        else:
            findings.faults.append(worker.fault("union_unknown", "union"))
    findings.unions = [UnionQuestion(name, key, count) for (name, key), count in unknown.most_common()]


__all__ = ["Understanding", "WorkerDraft", "answers_for", "understand", "union_finder", "union_key"]
