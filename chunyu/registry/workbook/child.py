"""Reads a workbook in a process of its own, under limits, and prints its cells as lines of JSON.

Started by path with an isolated interpreter: it must import nothing of ours. A file that makes the parser run wild
ends here, and only here. Exit 0 with a line for each sheet, followed by lines of its rows, and a closing line; or with
{"unreadable": reason} as the last line. The rows come while the file is still being read, so that neither side ever
holds a province's workbook twice.
"""

import html
import io
import json
import re
import resource
import sys
import zipfile
from datetime import date, datetime, time, timedelta

MEGABYTE = 1024 * 1024
# A hundred thousand households with their members are 300,000 rows, 5 million cells and 250 MB unpacked.
CPU_SECONDS = 25
CPU_SECONDS_PER_MEGABYTE = 3
MEMORY = 1536 * MEGABYTE
MAX_ENTRIES = 2_000
MAX_ENTRY = 300 * MEGABYTE
MAX_TOTAL = 500 * MEGABYTE
MAX_RATIO = 100
SMALL_ENTRY = MEGABYTE  # below this a high ratio is harmless
MAX_SHEETS = 100
MAX_ROWS = 400_000
MAX_CELLS = 8_000_000
MAX_AREA = 24_000_000  # rows times columns, filled or not
ROWS_AT_ONCE = 2_000
MAX_MERGED = 100_000
MAX_TEXT = 32_767  # Excel's own limit for a cell


RELATION = re.compile(rb'<Relationship\b[^>]*?\bId="([^"]+)"[^>]*?\bTarget="([^"]+)"')
RELATION_TURNED = re.compile(rb'<Relationship\b[^>]*?\bTarget="([^"]+)"[^>]*?\bId="([^"]+)"')
SHEET_NAME = re.compile(rb'<sheet\b[^>]*?\bname="([^"]*)"[^>]*?\br:id="([^"]+)"')
ERROR_CELL = re.compile(rb'<c\b[^>]*?\br="([A-Z]{1,3}[0-9]{1,7})"(?=[^>]*\bt="e")[^>]*>')
UNSAVED_FORMULA = re.compile(
    rb'<c\b[^>]*?\br="([A-Z]{1,3}[0-9]{1,7})"[^>]*><f\b(?:[^>]*/>|[^>]*>[^<]*</f>)(?:<v\s*/>|<v></v>)?</c>'
)


class Unreadable(Exception):
    pass


def limit(size: int) -> None:
    seconds = CPU_SECONDS + CPU_SECONDS_PER_MEGABYTE * (size // MEGABYTE)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))


def check_archive(content: bytes) -> None:
    """What the archive claims must be modest, and what it holds must be what it claims."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_ENTRIES:
                raise Unreadable("too_many_parts")
            if any(entry.flag_bits & 1 for entry in entries):
                raise Unreadable("password")
            if sum(entry.file_size for entry in entries) > MAX_TOTAL:
                raise Unreadable("unpacks_too_large")
            for entry in entries:
                ratio = entry.file_size / max(1, entry.compress_size)
                if entry.file_size > MAX_ENTRY or (entry.file_size > SMALL_ENTRY and ratio > MAX_RATIO):
                    raise Unreadable("unpacks_too_large")
            names = {entry.filename.replace("\\", "/").lower() for entry in entries}
            if "xl/workbook.xml" not in names:
                raise Unreadable("other_office" if names & {"content.xml", "word/document.xml"} else "not_a_workbook")
            for entry in entries:
                with archive.open(entry) as part:
                    left = entry.file_size
                    while left > 0:
                        read = len(part.read(min(left, MEGABYTE)))
                        if not read:
                            raise Unreadable("damaged")
                        left -= read
    except Unreadable:
        raise
    except Exception:
        raise Unreadable("damaged") from None


def unsaid_cells(content: bytes) -> dict:
    """Cells that hold an error, or a formula whose value was never saved, by sheet and (row, column).

    The parser gives both as empty, and an empty cell is an answer ("not known") that nobody gave here.
    """
    found: dict = {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name.lower(): name for name in archive.namelist()}
        targets = dict(RELATION.findall(archive.read(parts["xl/_rels/workbook.xml.rels"])))
        targets |= {
            key: target for target, key in RELATION_TURNED.findall(archive.read(parts["xl/_rels/workbook.xml.rels"]))
        }
        for name, key in SHEET_NAME.findall(archive.read(parts["xl/workbook.xml"])):
            path = targets.get(key, b"").decode().lstrip("/")
            part = parts.get((path if path.startswith("xl/") else f"xl/{path}").lower())
            if part is None:
                continue
            sheet = archive.read(part)
            # Looking for two letters is quick, the patterns are not: most sheets have neither.
            cells = dict.fromkeys(ERROR_CELL.findall(sheet), "#ERROR") if b't="e"' in sheet else {}
            if b"<f" in sheet:
                cells |= dict.fromkeys(UNSAVED_FORMULA.findall(sheet), "#FORMULA")
            found[html.unescape(name.decode())] = {_place(each): said for each, said in cells.items()}
    return found


def _place(reference: bytes) -> tuple:
    letters = reference.rstrip(b"0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + letter - 64
    return int(reference[len(letters) :]) - 1, column - 1


def plain(value: object) -> object:
    if isinstance(value, str):
        return value[:MAX_TEXT] or None
    if isinstance(value, datetime):
        return {"d": (value if any((value.hour, value.minute, value.second)) else value.date()).isoformat()}
    if isinstance(value, date):
        return {"d": value.isoformat()}
    if isinstance(value, (time, timedelta)):
        return str(value)
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return "#NUM!"
    return value


def trimmed(cells: list) -> list:
    while cells and cells[-1] is None:
        cells.pop()
    return cells


def tell(document: object) -> None:
    sys.stdout.write(json.dumps(document, ensure_ascii=False, separators=(",", ":")))
    sys.stdout.write("\n")


def sheets(content: bytes) -> None:
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    filled = 0
    unsaid = unsaid_cells(content) if content[:2] == b"PK" else {}
    listed = [each for each in book.sheets_metadata if each.typ == SheetTypeEnum.WorkSheet]
    if len(listed) > MAX_SHEETS:
        raise Unreadable("too_many_sheets")
    for each in listed:
        sheet = book.get_sheet_by_name(each.name)
        first_column = sheet.start[1] if sheet.start else 0
        if sheet.total_height > MAX_ROWS:
            raise Unreadable("too_many_rows")
        if sheet.total_height * sheet.width > MAX_AREA or first_column > 1000:
            raise Unreadable("too_many_cells")
        merged = [[a, b, c, d] for (a, b), (c, d) in (sheet.merged_cell_ranges or [])[:MAX_MERGED]]
        tell({"name": each.name, "hidden": each.visible != SheetVisibleEnum.Visible, "merged": merged})
        said_in = dict(sorted(unsaid.get(each.name, {}).items()))
        rows = []
        # It gives every row from the first of the sheet, but each only from the first used column.
        before = [None] * first_column
        for at, row in enumerate(sheet.iter_rows() if sheet.start else ()):
            cells = trimmed(before + [value or None if type(value) is str else plain(value) for value in row])
            filled += len(cells)
            if filled > MAX_CELLS:
                raise Unreadable("too_many_cells")
            while said_in and (place := next(iter(said_in)))[0] <= at:
                said = said_in.pop(place)
                cells += [None] * (place[1] + 1 - len(cells))
                cells[place[1]] = cells[place[1]] or said
            rows.append(cells)
            if len(rows) == ROWS_AT_ONCE:
                tell({"rows": rows})
                rows = []
        tell({"rows": rows})


def main() -> None:
    content = sys.stdin.buffer.read()
    limit(len(content))
    try:
        if content[:2] == b"PK":
            check_archive(content)
        sheets(content)
        answer: dict = {"whole": True}
    except Unreadable as reason:
        answer = {"unreadable": str(reason)}
    except MemoryError:
        answer = {"unreadable": "too_many_cells"}
    except BaseException as error:  # the parser's exceptions have no common parent, and its panics are not Exceptions
        answer = {"unreadable": "password" if "assword" in type(error).__name__ else "damaged"}
    tell(answer)


if __name__ == "__main__":
    main()
