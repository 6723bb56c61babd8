"""From the bytes of a file to a grid of values, or a plain reason why not."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import IO

from chunyu.registry.workbook.grid import Book, Sheet, Value

MAX_FILE = 20 * 1024 * 1024
MAX_ANSWER = 512 * 1024 * 1024
WALL_SECONDS = 40
WALL_SECONDS_PER_MEGABYTE = 6
CHILD = Path(__file__).with_name("child.py")

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# How an encrypted workbook names its one stream, in the container's own encoding.
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


class Unreadable(Exception):
    """`reason` is a key of chunyu.registry.workbook.sentences.UNREADABLE."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def read(content: bytes) -> Book:
    """The sheets of an .xlsx or .xls file. Raises Unreadable within seconds, whatever the file is."""
    kind = _sniff(content)
    if kind is not None:
        raise Unreadable(kind)
    with _child(content) as lines:
        return Book(list(_sheets(lines)))


@contextmanager
def _child(content: bytes) -> Iterator[IO[bytes]]:
    """The lines of the reading process while it reads; Unreadable when it ends otherwise than it should."""
    child = subprocess.Popen(  # noqa: S603 - our own program, fixed arguments
        [sys.executable, "-I", str(CHILD)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "PYTHONIOENCODING": "utf-8", "RUST_BACKTRACE": "0"},
    )
    assert child.stdin is not None
    assert child.stdout is not None
    seconds = WALL_SECONDS + WALL_SECONDS_PER_MEGABYTE * (len(content) >> 20)
    late = threading.Event()
    clock = threading.Timer(seconds, lambda: (late.set(), child.kill()))
    clock.start()
    try:
        try:
            child.stdin.write(content)
            child.stdin.close()
        except BrokenPipeError:
            pass  # it ended before it had read everything: its exit says why
        yield child.stdout
        if child.wait() != 0:
            raise Unreadable("too_many_cells")
    except Unreadable as unreadable:
        raise Unreadable("too_long" if late.is_set() else unreadable.reason) from None
    finally:
        clock.cancel()
        child.kill()
        child.wait()
        child.stdout.close()


def _sheets(lines: IO[bytes]) -> Iterator[Sheet]:
    """Equal texts are kept once: most cells of a list say one of a few words."""
    known: dict[str, str] = {}
    sheet: Sheet | None = None
    size = 0
    for line in lines:
        size += len(line)
        # The limits end the child: too much memory aborts it, too much time kills it.
        answer = json.loads(line) if line.endswith(b"\n") and size <= MAX_ANSWER else {"unreadable": "too_many_cells"}
        if "rows" in answer and sheet is not None:
            keep = known.setdefault
            sheet.rows.extend(
                [keep(value, value) if type(value) is str else _value(value) for value in row] for row in answer["rows"]
            )
            continue
        if "unreadable" in answer:
            raise Unreadable(answer["unreadable"])
        if sheet is not None:
            while sheet.rows and not sheet.rows[-1]:
                sheet.rows.pop()
            yield sheet
        if "whole" in answer:
            return
        sheet = Sheet(answer["name"], answer["hidden"], [], [tuple(each) for each in answer["merged"]])
    raise Unreadable("too_many_cells")


def _value(given: object) -> Value:
    if isinstance(given, dict):
        text = given["d"]
        return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
    return given  # type: ignore[return-value]  # JSON's other values are the grid's


def _sniff(content: bytes) -> str | None:
    if not content:
        return "empty"
    if len(content) > MAX_FILE:
        return "too_large"
    if content.startswith(ZIP):
        return None
    if content.startswith(OLE):
        return "password" if ENCRYPTED in content else None
    head = content[:4096].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if head.startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta")):
        return "web_page"
    for encoding in ("utf-8", "gb18030"):
        try:
            text = content[:4096].decode(encoding, errors="strict" if len(content) <= 4096 else "ignore")
        except UnicodeDecodeError:
            continue
        if text.isprintable() or not any(ord(each) < 32 and each not in "\r\n\t" for each in text):
            return "text_file"
    return "not_a_workbook"
