"""One table of a TOML file: its keys read and refused with their places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from chunyu.policy.pack import Label
from chunyu.policy.positions import Positions
from chunyu.policy.problems import Problem, Span, nearest


@dataclass(frozen=True)
class Source:
    """A TOML file: its name in the pack, its data, and where things stand in it."""

    file: str
    data: Mapping[str, Any]
    positions: Positions


@dataclass(frozen=True)
class Table:
    """A table by its dotted path; `index` counts the tables of an array."""

    source: Source
    path: str
    data: Mapping[str, Any]
    index: int = 0

    @property
    def name(self) -> str:
        return self.path or self.source.file

    def span(self, key: str = "") -> Span:
        positions = self.source.positions
        if key and key in self.data:
            if not self.path:
                return positions.key("", key)
            return positions.key(self.path, key, self.index)
        return positions.table(self.path, self.index)

    def problem(self, problems: list[Problem], code: str, at: str = "", /, **params: str) -> None:
        problems.append(Problem(code, self.span(at), {"name": self.name, **params}))

    def refuse_unknown(self, known: frozenset[str], problems: list[Problem]) -> None:
        for key in self.data:
            if key not in known:
                self.problem(problems, "unknown_key", key, key=key, **nearest(key, known))

    def text(self, key: str, problems: list[Problem]) -> str:
        value = self.data.get(key)
        if not isinstance(value, str) or not value.strip():
            self.problem(problems, "missing_key", key=key)
            return ""
        return value

    def source_text(self, problems: list[Problem]) -> str:
        value = self.data.get("source")
        if not isinstance(value, str) or not value.strip():
            self.problem(problems, "missing_source")
            return ""
        return value

    def texts(self, key: str, problems: list[Problem]) -> tuple[str, ...]:
        """A list of names; none when the key is missing."""
        found = self.data.get(key, [])
        if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
            self.problem(problems, "shape", key, key=key, expected_zh="文字的清单", expected_en="a list of texts")
            return ()
        return tuple(found)

    def tables(self, key: str, problems: list[Problem]) -> tuple[Mapping[str, Any], ...]:
        """A list of inline tables; none when the key is missing."""
        found = self.data.get(key, [])
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            self.problem(problems, "shape", key, key=key, expected_zh="表格的清单", expected_en="a list of tables")
            return ()
        return tuple(found)

    def label(self, key: str, problems: list[Problem]) -> Label:
        return Label(self.text(key, problems), self.text(f"{key}_en", problems))

    def value_labels(self) -> dict[str, Label]:
        values = self.data.get("values", {})
        labels = {}
        for code, words in values.items() if isinstance(values, dict) else ():
            both = words if isinstance(words, list) and words else [words]
            labels[code] = Label(str(both[0]), str(both[-1]))
        return labels

    def day(self, key: str, problems: list[Problem]) -> date | None:
        value = self.data.get(key)
        if value is None or type(value) is date:
            return value
        self.problem(problems, "bad_date", key, text=str(value))
        return None


def tables_of(
    source: Source, path: str, problems: list[Problem], arrays: bool = False
) -> Iterator[tuple[str, list[Table]]]:
    """The named tables beneath `path` (the top of the file when empty); with `arrays`, also arrays of tables."""
    data = source.data.get(path, {}) if path else source.data
    prefix = f"{path}." if path else ""
    found = data.items() if isinstance(data, dict) else [(path, data)]
    for name, one in found:
        several = one if arrays and isinstance(one, list) and one else [one]
        if all(isinstance(each, dict) for each in several):
            yield name, [Table(source, f"{prefix}{name}", each, i) for i, each in enumerate(several)]
        else:
            whole = Table(source, path, source.data)
            span = source.positions.key(path, name)
            params = {"name": whole.name, "key": name, "expected_zh": "表格", "expected_en": "a table"}
            problems.append(Problem("shape", span, params))
