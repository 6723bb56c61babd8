"""Where the tables, keys and strings of a TOML file stand, which `tomllib` does not tell."""

from __future__ import annotations

import re
from bisect import bisect_right

from chunyu.policy.problems import Span

_HEADER = re.compile(r"^\s*\[\[?\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"^\s*([A-Za-z0-9_-]+)\s*=")


class Positions:
    """Built once per file. A place that cannot be found falls back to the table, then to the first line."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text
        self._starts = [0]
        self._headers: dict[str, list[int]] = {}
        self._keys: dict[tuple[int, str], int] = {}
        header, quoted = 0, ""
        for number, line in enumerate(text.split("\n"), start=1):
            self._starts.append(self._starts[-1] + len(line) + 1)
            if quoted:
                quoted = "" if quoted in line else quoted
                continue
            if found := _HEADER.match(line):
                header = number
                self._headers.setdefault(found[1].replace(" ", ""), []).append(number)
            elif found := _KEY.match(line):
                self._keys.setdefault((header, found[1]), number)
            for mark in ('"""', "'''"):
                if line.count(mark) % 2:
                    quoted = mark

    def table(self, path: str, index: int = 0) -> Span:
        lines = self._headers.get(path, [])
        line = lines[index] if index < len(lines) else 1
        return Span(self.file, line, 1, line, 1 + len(self._line(line)))

    def key(self, path: str, key: str, index: int = 0) -> Span:
        table = self.table(path, index)
        line = self._keys.get((table.line if path else 0, key))
        if line is None:
            return table
        column = self._line(line).index(key) + 1
        return Span(self.file, line, column, line, column + len(key))

    def string(self, path: str, content: str, index: int = 0, after: Span | None = None) -> Span:
        """The place of a string's content inside a table, past `after` when the same text stands twice."""
        table = self.table(path, index)
        start = self._starts[table.line - 1]
        if after is not None:
            start = self._starts[after.line - 1] + after.column
        offset = self.text.find(content, start)
        if offset < 0 or not content:
            return table
        return Span(self.file, *self._place(offset), *self._place(offset + len(content)))

    def _line(self, number: int) -> str:
        return self.text[self._starts[number - 1] : self._starts[number]].rstrip("\n")

    def _place(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._starts, offset, 0, len(self._starts) - 1)
        return line, offset - self._starts[line - 1] + 1
