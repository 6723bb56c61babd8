"""From the bytes of a file to a grid of values, or a plain reason why not."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path

from chunyu.registry.workbook.grid import Book, Sheet, Value

MAX_FILE = 20 * 1024 * 1024
MAX_ANSWER = 256 * 1024 * 1024
WALL_SECONDS = 40
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
    try:
        child = subprocess.run(  # noqa: S603 - our own program, fixed arguments
            [sys.executable, "-I", str(CHILD)],
            input=content,
            capture_output=True,
            timeout=WALL_SECONDS,
            check=False,
            env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "RUST_BACKTRACE": "0"},
        )
    except subprocess.TimeoutExpired:
        raise Unreadable("too_long") from None
    if child.returncode != 0 or len(child.stdout) > MAX_ANSWER:
        # The limits end the child: too much memory aborts it, too much time kills it.
        raise Unreadable("too_many_cells")
    answer = json.loads(child.stdout)
    if "unreadable" in answer:
        raise Unreadable(answer["unreadable"])
    return Book([_sheet(each) for each in answer["sheets"]])


def _sheet(given: dict) -> Sheet:
    rows = [[_value(value) for value in row] for row in given["rows"]]
    return Sheet(given["name"], given["hidden"], rows, [tuple(each) for each in given["merged"]])


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
