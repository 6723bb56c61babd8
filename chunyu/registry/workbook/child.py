"""Reads a workbook in a process of its own, under limits, and prints its cells as JSON.

Started by path with an isolated interpreter: it must import nothing of ours. A file that makes the parser run wild
ends here, and only here. Exit 0 with a document, or with {"unreadable": reason}.
"""

import io
import json
import resource
import sys
import zipfile
from datetime import date, datetime, time, timedelta

MEGABYTE = 1024 * 1024
CPU_SECONDS = 25
MEMORY = 1536 * MEGABYTE
MAX_ENTRIES = 2_000
MAX_ENTRY = 100 * MEGABYTE
MAX_TOTAL = 200 * MEGABYTE
MAX_RATIO = 100
SMALL_ENTRY = MEGABYTE  # below this a high ratio is harmless
MAX_SHEETS = 100
MAX_ROWS = 200_000
MAX_CELLS = 2_000_000
MAX_AREA = 12_000_000  # rows times columns, filled or not
MAX_MERGED = 100_000
MAX_TEXT = 32_767  # Excel's own limit for a cell


class Unreadable(Exception):
    pass


def limit() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
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


def sheets(content: bytes) -> list:
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    found, filled = [], 0
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
        rows = []
        # It gives every row from the first of the sheet, but each only from the first used column.
        for row in sheet.iter_rows() if sheet.start else ():
            cells = trimmed([None] * first_column + [plain(value) for value in row])
            filled += len(cells)
            if filled > MAX_CELLS:
                raise Unreadable("too_many_cells")
            rows.append(cells)
        while rows and not rows[-1]:
            rows.pop()
        merged = [[a, b, c, d] for (a, b), (c, d) in (sheet.merged_cell_ranges or [])[:MAX_MERGED]]
        found.append(
            {"name": each.name, "hidden": each.visible != SheetVisibleEnum.Visible, "rows": rows, "merged": merged}
        )
    return found


def main() -> None:
    content = sys.stdin.buffer.read()
    limit()
    try:
        if content[:2] == b"PK":
            check_archive(content)
        answer = {"sheets": sheets(content)}
    except Unreadable as reason:
        answer = {"unreadable": str(reason)}
    except MemoryError:
        answer = {"unreadable": "too_many_cells"}
    except BaseException as error:  # the parser's exceptions have no common parent, and its panics are not Exceptions
        answer = {"unreadable": "password" if "assword" in type(error).__name__ else "damaged"}
    json.dump(answer, sys.stdout, ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    main()
