"""From a workbook to families whose unions are known, with every fault and every question on the way. Reads the
database for what the county answered earlier; decides nothing about what is on file."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from chunyu.federation.models import Organisation
from chunyu.registry.importing.findings import Findings, HeaderQuestion, UnionQuestion
from chunyu.registry.importing.tables import HeaderMeaning, UnionMeaning
from chunyu.registry.workbook import cells
from chunyu.registry.workbook.checks import check_whole
from chunyu.registry.workbook.columns import BY_NAME, MEMBER, WORKER
from chunyu.registry.workbook.faults import Fault
from chunyu.registry.workbook.grid import Book
from chunyu.registry.workbook.headers import Answers, Placed, Table, find_table
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


def answers_of(scope: Organisation) -> Answers:
    """What this county said about headers before."""
    return {(each.part, each.header): each.field for each in HeaderMeaning.objects.filter(organisation=scope)}


def understand(
    book: Book, *, own: Organisation, scope: Organisation, day: date, latest_birth: date, ask: bool = True
) -> Understanding:
    """`own`: the sender's organisation, `scope`: whose answers count. With `ask`, what cannot be placed becomes a
    question; without, a fault."""
    answers = answers_of(scope)
    findings = Findings()
    tables = [table for sheet in book.sheets if not sheet.hidden and (table := find_table(sheet, answers))]
    for sheet in book.sheets:
        if sheet.hidden and find_table(sheet, answers):
            findings.faults.append(Fault("hidden_sheet", sheet.name))
    if not any(table.kind != "members" for table in tables):
        findings.faults.append(Fault("no_table"))
        return Understanding(Reading(), tables, findings)
    for table in tables:
        _ask_headers(table, findings)
        _require_columns(table, findings)
    reading = Reading() if findings.errors else read_people(tables)
    if findings.headers:
        # Only the unions are looked at, so that all questions come at once; what cells say is judged afterwards.
        reading.faults.clear()
    elif not findings.errors:
        check_whole(reading, latest_birth)
        if not reading.workers:
            reading.faults.append(Fault("nobody_in_it", tables[0].sheet.name))
    understanding = Understanding(reading, tables, findings)
    findings.faults += reading.faults
    findings.left_out = [
        f"{table.sheet.name}: {placed.header}" for table in tables for placed in table.columns if _left_out(placed)
    ]
    _match_unions(understanding, own, scope, day, ask=ask)
    order = {sheet.name: at for at, sheet in enumerate(book.sheets)}
    findings.faults.sort(key=lambda each: (order.get(each.sheet, -1), each.row, each.column))
    return understanding


def _left_out(placed: Placed) -> bool:
    return placed.column is None and not placed.asked


def _ask_headers(table: Table, findings: Findings) -> None:
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


def known_columns(part: str) -> list[tuple[str, str]]:
    """What a header may be said to mean: name and label."""
    return [(name, column.label) for (of, name), column in BY_NAME.items() if of == part]


__all__ = ["Understanding", "WorkerDraft", "answers_of", "known_columns", "understand", "union_finder", "union_key"]
