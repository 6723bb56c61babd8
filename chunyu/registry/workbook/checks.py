"""What only the whole workbook shows: members under their workers, nobody twice, sizes that agree.

One cause is reported once. A worker whose number cannot be read is still found by what remains of it, so that the
family is not reported as strangers; a household with a fault of its own kind is not also measured.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from chunyu.registry import identity
from chunyu.registry.workbook import cells
from chunyu.registry.workbook.faults import Fault
from chunyu.registry.workbook.grid import Value
from chunyu.registry.workbook.people import SELF, Draft, MemberDraft, Reading, WorkerDraft

SURE_DIGITS = 14  # of an 18-digit number kept as a float, so many are whole
SMALL_SLIP = 2


def check_whole(reading: Reading, today: date) -> None:
    """Adds to `reading.faults`; ties each member to a worker where that is certain."""
    twice = _workers_twice(reading)
    _tie_members(reading)
    _drop_repeated_workers(reading)
    _people_twice(reading, twice)
    _sizes(reading, twice)
    _future_births(reading, today)


def _workers_twice(reading: Reading) -> set[int]:
    """Rows (by identity) of workers that stand in the file more than once."""
    by_number: dict[str, list[WorkerDraft]] = defaultdict(list)
    for worker in reading.workers:
        if worker.id_number is not None:
            by_number[worker.id_number.text].append(worker)
    twice = set()
    for drafts in by_number.values():
        if len(drafts) == 1:
            continue
        for draft in drafts:
            twice.add(id(draft))
            other = next(each for each in drafts if each is not draft)
            reading.faults.append(draft.fault("worker_twice", "id_number", other=other.place("id_number")))
    return twice


def _key(value: Value) -> str:
    """A pointer to a worker as comparable text: a number in any dress, in its eighteen characters."""
    text = identity.plain(cells.text(value))
    try:
        return identity.read(text).text
    except identity.NotAnIdNumber:
        return text


def _tie_members(reading: Reading) -> None:
    by_number: dict[str, WorkerDraft] = {}
    by_name: dict[str, list[WorkerDraft]] = defaultdict(list)
    by_serial: dict[str, list[WorkerDraft]] = defaultdict(list)
    for worker in reading.workers:
        number = worker.id_number.text if worker.id_number else _key(worker.raw("id_number"))
        if number:
            by_number.setdefault(number, worker)
        if worker.name:
            by_name[worker.name].append(worker)
        if serial := cells.narrow(worker.raw("serial")):
            by_serial[serial].append(worker)
    for member in reading.members:
        if member.worker is None and "worker_id" not in member.unread:
            _tie(member, reading, by_number, by_name, by_serial)
        if member.worker is not None:
            member.worker.members.append(member)


def _tie(
    member: MemberDraft,
    reading: Reading,
    by_number: dict[str, WorkerDraft],
    by_name: dict[str, list[WorkerDraft]],
    by_serial: dict[str, list[WorkerDraft]],
) -> None:
    if "worker_id" in member.columns:
        key = _key(member.raw("worker_id"))
        if not key:
            reading.faults.append(member.fault("key_missing", "worker_id"))
            return
        member.worker = by_number.get(key) or _nearly(key, member.raw("worker_id"), reading.workers)
        if member.worker is None:
            _report_orphan(member, key, reading)
        return
    column = "worker_name" if "worker_name" in member.columns else "household_serial"
    if column not in member.columns:
        return
    said = cells.narrow(member.raw(column))
    if not said:
        reading.faults.append(member.fault("key_missing", column))
        return
    by_said = by_name if column == "worker_name" else by_serial
    found = by_said.get(_name(member.raw(column)) if column == "worker_name" else said, [])
    if len(found) == 1:
        member.worker = found[0]
    elif not found:
        reading.faults.append(member.fault("member_orphan", column))
    else:
        for worker in found:
            worker.uncertain = True
        reading.faults.append(member.fault("key_ambiguous", column))


def _name(value: Value) -> str:
    try:
        return cells.name(value) or ""
    except cells.CellFault:
        return ""


def _report_orphan(member: MemberDraft, key: str, reading: Reading) -> None:
    value = member.raw("worker_id")
    if isinstance(value, float | int) and not isinstance(value, bool):
        reading.faults.append(member.fault("id_as_number", "worker_id"))
        return
    try:
        identity.read(key)
    except identity.NotAnIdNumber as wrong:
        # The pointer itself is mistyped: that is the fault, and who is meant stays open.
        reading.faults.append(member.fault(f"id_{wrong.reason}", "worker_id", length=len(key), cut=key.endswith("000")))
        return
    reading.faults.append(member.fault("member_orphan", "worker_id"))


def _nearly(key: str, value: Value, workers: list[WorkerDraft]) -> WorkerDraft | None:
    """The one worker whose own number is at fault and whom this pointer can only mean."""
    if isinstance(value, float | int):
        whole = str(int(value))[:SURE_DIGITS]
        found = [each for each in workers if each.id_number and each.id_number.text.startswith(whole)]
        return found[0] if len(found) == 1 else None
    found = [each for each in workers if "id_number" in each.unread and _may_be(key, each)]
    for worker in found:
        worker.uncertain = True
    return found[0] if len(found) == 1 else None


def _may_be(key: str, worker: WorkerDraft) -> bool:
    value = worker.raw("id_number")
    if isinstance(value, float | int):
        return key[:SURE_DIGITS] == str(int(value))[:SURE_DIGITS]
    typed = identity.plain(cells.text(value))
    if typed[:SURE_DIGITS] == key[:SURE_DIGITS] and len(typed) >= SURE_DIGITS:
        return True
    if typed and "*" in typed:
        return key[:3] == typed[:3] and key[-2:] == typed[-2:]
    if typed:
        return abs(len(typed) - len(key)) <= SMALL_SLIP and _slips(typed, key) <= SMALL_SLIP
    born = worker.values.get("birth_date")
    if born is None or len(key) != 18:
        return False
    try:
        sex = worker.values.get("sex")
        return born.agrees(identity.birth_date_in(key)) and sex in (None, identity.sex_in(key))
    except ValueError:
        return False


def _slips(one: str, other: str) -> int:
    """How many single-character changes lie between two short texts."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        before, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return row[-1]


def _drop_repeated_workers(reading: Reading) -> None:
    """Many forms list the worker once more among the members, as 本人: that row is not another person."""
    for worker in reading.workers:
        kept = []
        for member in worker.members:
            same = member.id_number is not None and member.id_number == worker.id_number
            if member.values.get("relation") == SELF:
                if not same and member.id_number is not None and worker.id_number is not None:
                    reading.faults.append(
                        member.fault("self_is_another", "id_number", worker=worker.place("id_number"))
                    )
                continue
            if same:
                reading.faults.append(member.fault("member_is_worker", "id_number", worker=worker.place("id_number")))
                worker.uncertain = True
            kept.append(member)
        worker.members = kept
    for member in reading.members:
        if member.worker is None and member.values.get("relation") == SELF and not _reported(member, reading.faults):
            reading.faults.append(member.fault("relation_self", "relation"))


def _reported(draft: Draft, faults: list[Fault]) -> bool:
    return any(fault.sheet == draft.sheet.name and fault.row == draft.row + 1 for fault in faults)


def _people_twice(reading: Reading, twice: set[int]) -> None:
    """One person in two households, as member of both or as worker of one."""
    places: dict[str, list[tuple[Draft, WorkerDraft | None]]] = defaultdict(list)
    for worker in reading.workers:
        if worker.id_number is not None and id(worker) not in twice:
            places[worker.id_number.text].append((worker, worker))
    for member in reading.members:
        if member.id_number is None or member.values.get("relation") == SELF:
            continue
        if member.worker is not None and member.worker.id_number == member.id_number:
            continue
        places[member.id_number.text].append((member, member.worker))
    for found in places.values():
        if len(found) == 1:
            continue
        households = {id(worker) for _, worker in found}
        code = "person_twice" if len(households) > 1 else "member_twice"
        for draft, worker in found:
            other = next(each for each, _ in found if each is not draft)
            reading.faults.append(draft.fault(code, "id_number", other=other.place("id_number")))
            if code == "member_twice" and worker is not None:
                worker.uncertain = True


def _sizes(reading: Reading, twice: set[int]) -> None:
    strangers = [each for each in reading.members if each.worker is None]
    for worker in reading.workers:
        size = worker.values.get("household_size")
        if id(worker) in twice or worker.uncertain or "household_size" in worker.unread:
            continue
        listed = len(worker.members) + 1
        if size is None:
            if not reading.has_member_table:
                reading.faults.append(worker.fault("size_unknown", "household_size"))
            continue
        if size != listed and not _pointers_unread(strangers, worker):
            reading.faults.append(worker.fault("size_differs", "household_size", size=size, listed=listed))


def _pointers_unread(strangers: list[MemberDraft], worker: WorkerDraft) -> bool:
    """Whether an untied row may be this worker's: its pointer is empty or mistyped, or the worker's own number is."""
    if not strangers:
        return False
    if "id_number" in worker.unread and not worker.members:
        return True
    for member in strangers:
        key = _key(member.raw("worker_id")) if "worker_id" in member.columns else ""
        if not key or (worker.id_number is not None and _slips(key, worker.id_number.text) <= SMALL_SLIP):
            return True
    return False


def _future_births(reading: Reading, today: date) -> None:
    for draft in [*reading.workers, *reading.members]:
        if draft.id_number is not None and draft.id_number.birth_date > today:
            reading.faults.append(draft.fault("birth_in_future", "id_number"))
