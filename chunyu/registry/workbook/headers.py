"""Finding the header of a sheet and what each of its columns means."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from chunyu.registry.codes import normal
from chunyu.registry.workbook import cells
from chunyu.registry.workbook.columns import MEMBER, WORKER, Column, Units, same_account
from chunyu.registry.workbook.grid import Sheet
from chunyu.registry.workbook.parts import BY_NAME, BY_PART, LEFT_OUT, REPEATED

SEARCHED_ROWS = 40
LEAST_PLACED = 3
MONEY_UNITS = {"万元": 10_000, "千元": 1000, "百元": 100, "元": 1, "角": Decimal("0.1"), "分": Decimal("0.01")}
_UNIT_NOTE = re.compile(r"(?:单位|计量单位|金额单位)[:：]?(?:人民币)?(万元|千元|百元|元|角|分)(?![^\s)）/、,，。;；])")
_BRACKETS = re.compile(r"[(\[【〔](.*?)[)\]】〕]")

Answers = Mapping[tuple[str, str], str]  # (part, normalised header) -> column name, empty to leave out
AnswersFor = Callable[[str], Answers]  # by the digest of a sheet's headings


@dataclass
class Placed:
    """One column of a sheet. `column` is None when it is left out; `asked` when nobody knows what it means."""

    index: int
    header: str  # as written, the lowest header cell
    key: str  # normalised, under which an answer is remembered
    part: str
    column: Column | None = None
    units: Units = field(default_factory=Units)
    asked: bool = False
    suggestion: str = ""


@dataclass
class Table:
    """A sheet whose header was found. `first` is the first row of data, counted from 0."""

    sheet: Sheet
    kind: str  # workers, members, combined, persons
    header_rows: tuple[int, int]
    columns: list[Placed]
    first: int
    headings: str = ""  # digest of the headings, by which a sender's own mapping is remembered

    def of(self, part: str) -> dict[str, Placed]:
        """The placed columns of a part by column name; of repeated ones (secondary causes) the first."""
        found: dict[str, Placed] = {}
        for placed in self.columns:
            if placed.column is not None and placed.part == part:
                found.setdefault(placed.column.name, placed)
        return found


def key_of(header: str) -> str:
    """A header without numbering, marks, units and remarks in brackets: what wordings are compared by."""
    text = unicodedata.normalize("NFKC", header)
    text = re.sub(r"\s+", "", text)
    text = _BRACKETS.sub("", text)
    text = re.sub(r"^[*★☆※]+|[*★☆※]+$", "", text)
    text = re.sub(r"^(?:[0-9]{1,2}|[一二三四五六七八九十]{1,3})[.、．)]", "", text)
    text = re.split(r"[:：]", text)[0] if not text.startswith(("单位", "注")) else text
    text = re.sub(r"(?<=[入出费用额租])(万元|元)?[/／每](年|月)$", "", text)
    return same_account(normal(text))


def units_in(header: str) -> Units:
    """(元/月), （万元）, 月收入/元: what stands in brackets or after a stroke, and a 月 or 年 in the wording itself."""
    text = re.sub(r"\s+", "", unicodedata.normalize("NFKC", header))
    said = " ".join(_BRACKETS.findall(text)) + " " + (re.search(r"[/,，:：]?((?:万|千|百)?元.*)$", text) or [""])[0]
    unit = next((word for word in MONEY_UNITS if len(word) > 1 and word in said), "元" if "元" in said else "")
    words = _BRACKETS.sub("", text)
    period = ""
    if re.search(r"[/每]月|月$", said.strip()):
        period = "month"
    elif re.search(r"[/每]年|年$|全年", said.strip()):
        period = "year"
    elif re.search(r"月(平均|均)?(工资|收入|支出|薪)|每月|月均", words):
        period = "month"
    elif re.search(r"年(平均|均|度|总)?(工资|收入|支出|薪)|每年|年均|全年|近12个月|近一年|^年", words):
        period = "year"
    return Units(Decimal(MONEY_UNITS[unit]) if unit else None, period)


def sheet_unit(sheet: Sheet, before: int) -> Decimal | None:
    """The unit of money that a note above the header states, as 单位：万元."""
    for row in sheet.rows[:before]:
        for value in row:
            if isinstance(value, str):
                match = _UNIT_NOTE.search(re.sub(r"\s+", "", unicodedata.normalize("NFKC", value)))
                if match:
                    return Decimal(MONEY_UNITS[match[1]])
    return None


def headings_digest(placed: list[Placed]) -> str:
    """The same for the same set of headings, in whatever order and dress they stand."""
    return hashlib.sha256("\n".join(sorted({each.key for each in placed})).encode()).hexdigest()


def find_table(sheet: Sheet, answers: AnswersFor, flat: str = "") -> Table | None:
    """The sheet's table, or None when no row looks like a header of ours. `flat`: the one part of whose columns it
    consists; without it, a table of households in any of its layouts."""
    general = answers("")
    best: tuple[tuple[int, int, int], int, int, list[Placed], bool] | None = None
    for row in range(min(SEARCHED_ROWS, len(sheet.rows))):
        if not any(isinstance(value, str) for value in sheet.rows[row]):
            continue
        for depth in (1, 2, 3):
            if row + depth > len(sheet.rows) or (depth > 1 and not _continues(sheet, row, depth)):
                break
            placed, persons = _place(sheet, row, depth, general, flat)
            # Of equally good ones the block with the fewest rows: a title above is no group heading.
            score = (sum(1 for each in placed if each.column is not None), -depth, -row)
            if best is None or score > best[0]:
                best = (score, row, depth, placed, persons)
    if best is None or best[0][0] < LEAST_PLACED - bool(flat):
        return None
    _, start, depth, placed, persons = best
    headings = headings_digest(placed)
    own = answers(headings)
    if own is not general:
        placed, persons = _place(sheet, start, depth, {**general, **own}, flat)
    first = start + depth
    kind = "flat" if flat else "persons" if persons else _kind(placed)
    if kind is None:
        return None
    note = sheet_unit(sheet, start)
    for each in placed:
        if each.column is not None and each.column.is_money and each.units.money is None:
            each.units = replace(each.units, money=note or Decimal(1))
    return Table(sheet, kind, (start, first - 1), placed, first, headings)


def _continues(sheet: Sheet, top: int, depth: int) -> bool:
    """Whether the row at the bottom of the block still belongs to the header: words, no data, and something of the
    rows above spans over it."""
    bottom = top + depth - 1
    filled = [value for value in sheet.rows[bottom] if value is not None]
    if not filled or not all(isinstance(value, str) and not _looks_like_data(value) for value in filled):
        return False
    spans = any(first <= bottom - 1 and top <= first and (last_c > first_c or last >= bottom)
                for first, first_c, last, last_c in sheet.merged)  # fmt: skip
    # Some programs lose the merges: a row with gaps above words is a group row too.
    above = sheet.rows[bottom - 1]
    gaps = sum(
        1
        for column, value in enumerate(sheet.rows[bottom])
        if value is not None and (column >= len(above) or above[column] is None)
    )
    return spans or gaps >= 2


def _looks_like_data(text: str) -> bool:
    said = cells.narrow(text)
    return bool(re.fullmatch(r"['’]?[0-9Xx,.\-/年月日元万]{2,}", said)) or len(said) > 40


def _labels(sheet: Sheet, top: int, depth: int) -> list[tuple[str, str, str]]:
    """For each column: the group words above it, its own lowest words, and those as written."""
    spread: dict[tuple[int, int], str] = {}
    for first, first_c, last, last_c in sheet.merged:
        if top <= first < top + depth:
            value = sheet.value(first, first_c)
            if isinstance(value, str):
                for row in range(first, min(last, top + depth - 1) + 1):
                    for column in range(first_c, min(last_c, first_c + 400) + 1):
                        spread[row, column] = value
    width = max(len(sheet.rows[row]) for row in range(top, top + depth))
    labels = []
    carried = [""] * depth
    for column in range(width):
        parts: list[str] = []
        for level in range(depth):
            value = sheet.value(top + level, column)
            said = spread.get((top + level, column)) or (value if isinstance(value, str) else None)
            if said is None and level < depth - 1 and not sheet.merged and sheet.value(top + depth - 1, column):
                said = carried[level] or None
            carried[level] = said or ""
            if said and cells.text(said) and cells.text(said) not in parts:
                parts.append(cells.text(said))
        labels.append((" ".join(parts[:-1]), parts[-1] if parts else "", parts[-1] if parts else ""))
    return labels


def _place(sheet: Sheet, top: int, depth: int, answers: Answers, flat: str) -> tuple[list[Placed], bool]:
    labels = _labels(sheet, top, depth)
    parts, persons = ([(flat,)] * len(labels), False) if flat else _parts(labels)
    found = []
    for index, (group, own, written) in enumerate(labels):
        if not own:
            continue
        both = [Placed(index, written, key_of(own), part, units=_units(group, own)) for part in parts[index]]
        for placed in both:
            _give_column(placed, group, answers)
        # In a list of persons a header may serve either kind of row; it is asked about when it serves neither.
        known = [placed for placed in both if placed.column is not None]
        found += known or both[:1]
    _settle_doubles(found, answers)
    return found, persons and {"name", "id_number"} <= {each.column.name for each in found if each.column}


def _units(group: str, own: str) -> Units:
    mine, over = units_in(own), units_in(group) if group else Units()
    return Units(mine.money or over.money, mine.period or over.period)


def _give_column(placed: Placed, group: str, answers: Answers) -> None:
    answered = answers.get((placed.part, placed.key))
    if answered is not None:
        placed.column = BY_NAME.get((placed.part, answered)) if answered else None
        return
    # With the group's words before or after, and last with what the brackets say: 房产（套数）.
    for key in (placed.key, key_of(group + placed.header), key_of(placed.header + group), normal(placed.header)):
        placed.column = _known(placed.part, key)
        if placed.column is not None:
            return
    if not LEFT_OUT[placed.part].match(placed.key):
        placed.asked = True
        near = _claimants(placed.part, placed.key)
        placed.suggestion = near[0].name if near else ""


def _known(part: str, key: str) -> Column | None:
    for column in BY_PART[part]:
        if key in column.keys:
            return column
    if LEFT_OUT[part].match(key):
        return None
    claimants = _claimants(part, key)
    if not claimants and (numbered := re.fullmatch(r"(.*?(?:原因))[0-9一二三]", key)):
        return _known(part, numbered[1])
    return claimants[0] if len(claimants) == 1 else None


def _claimants(part: str, key: str) -> list[Column]:
    return [column for column in BY_PART[part] if column.matches(key)]


def _settle_doubles(found: list[Placed], answers: Answers) -> None:
    """Of two columns that would mean the same, the one with the more usual wording keeps it; the other is asked."""
    by_column: dict[tuple[str, str], list[Placed]] = {}
    for placed in found:
        if placed.column is not None and placed.column.name not in REPEATED:
            by_column.setdefault((placed.part, placed.column.name), []).append(placed)
    for rivals in by_column.values():
        if len(rivals) == 1:
            continue
        rivals.sort(key=lambda each: _usualness(each, answers))
        for loser in rivals[1:]:
            loser.suggestion = loser.column.name if loser.column else ""
            loser.column, loser.asked = None, True


def _usualness(placed: Placed, answers: Answers) -> tuple[int, int]:
    if (placed.part, placed.key) in answers:
        return (-1, placed.index)
    assert placed.column is not None
    keys = placed.column.keys
    return (keys.index(placed.key) if placed.key in keys else len(keys), placed.index)


def _parts(labels: list[tuple[str, str, str]]) -> tuple[list[tuple[str, ...]], bool]:
    """Of whom each column speaks, worker or member; and whether each row is a person of either kind."""
    keys = [key_of(own) for _, own, _ in labels]
    groups = [key_of(group) for group, _, _ in labels]
    relation = [index for index, key in enumerate(keys) if _is(MEMBER, "relation", key)]
    if not relation:
        of_members = any(_is(MEMBER, "worker_id", key) for key in keys) and sum(map(_worker_only, keys)) < 2
        return [(MEMBER,) if of_members and len(keys) > 3 and _two_ids(keys) else (WORKER,)] * len(labels), False
    if any(re.search(r"成员|家属|亲属|供养", group) for group in groups):
        return [(MEMBER,) if re.search(r"成员|家属|亲属|供养", group) else (WORKER,) for group in groups], False
    names = [index for index, key in enumerate(keys) if _is(MEMBER, "name", key) or _is(WORKER, "name", key)]
    keyed = any(_is(MEMBER, "household_serial", key) or _is(MEMBER, "worker_id", key) for key in keys)
    few = sum(map(_worker_only, keys)) < 2
    if len(names) < 2:
        # One name in a row: the members' own sheet when it points to a worker, else a list of persons.
        return ([(MEMBER,)] * len(labels), False) if few and keyed else ([(WORKER, MEMBER)] * len(labels), True)
    if few:
        return [(MEMBER,)] * len(labels), False
    # Both on one sheet: the members' columns begin where names begin again.
    start = names[1] if relation[0] > names[0] else relation[0]
    start = min(start, relation[0]) if relation[0] > names[0] else start
    return [(MEMBER,) if at >= start and not _worker_only(key) else (WORKER,) for at, key in enumerate(keys)], False


def _two_ids(keys: list[str]) -> bool:
    return sum(1 for key in keys if _is(MEMBER, "id_number", key) or _is(MEMBER, "worker_id", key)) > 1


def _is(part: str, name: str, key: str) -> bool:
    column = BY_NAME[part, name]
    return key in column.keys or column.matches(key)


def _worker_only(key: str) -> bool:
    """Words that only a household's or a worker's own column has."""
    column = _known(WORKER, key)
    return column is not None and _known(MEMBER, key) is None and column.name not in ("name", "id_number", "serial")


def _kind(placed: list[Placed]) -> str | None:
    worker = {each.column.name for each in placed if each.column is not None and each.part == WORKER}
    member = {each.column.name for each in placed if each.column is not None and each.part == MEMBER}
    asked = any(each.asked for each in placed)
    if "relation" in member and worker:
        return "combined"
    if member & {"relation", "worker_id", "worker_name", "household_serial"} and len(member) >= LEAST_PLACED:
        return "members"
    if worker & {"name", "id_number"} and (len(worker) >= LEAST_PLACED or asked):
        return "workers"
    return None
