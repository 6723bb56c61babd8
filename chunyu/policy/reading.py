"""One table of a TOML file: its keys read and refused with their places."""

from __future__ import annotations

from collections.abc import Mapping
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

    def label(self, key: str, problems: list[Problem]) -> Label:
        return Label(self.text(key, problems), self.text(f"{key}_en", problems))

    def value_labels(self) -> dict[str, Label]:
        return {
            code: Label(str(words[0]), str(words[-1])) if isinstance(words, list) else Label(words, words)
            for code, words in self.data.get("values", {}).items()
        }

    def day(self, key: str, problems: list[Problem]) -> date | None:
        value = self.data.get(key)
        if value is None or type(value) is date:
            return value
        self.problem(problems, "bad_date", key, text=str(value))
        return None
