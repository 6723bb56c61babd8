"""What an import found, sealed in the vault: faults, questions, columns left out. It speaks of people, so it is never
in a table."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field

from django.utils.functional import Promise

from chunyu.privacy import vault
from chunyu.registry.workbook.faults import Fault

LISTED_FAULTS = 5_000


@dataclass(frozen=True)
class HeaderQuestion:
    """A column that nobody could place: where it is and some of what stands in it."""

    sheet: str
    part: str
    key: str
    header: str
    column: int
    suggestion: str
    examples: list[str]


@dataclass(frozen=True)
class UnionQuestion:
    """A union's name that no organisation under the sender has, and how many rows name it."""

    name: str
    key: str
    households: int


@dataclass(frozen=True)
class Change:
    """One value that an import would set or has set, in words; sealed values are masked. `before` is empty for
    something new."""

    sheet: str
    row: int
    subject: str
    field: str | Promise
    before: str
    after: str


@dataclass(frozen=True)
class Mapped:
    """How a column was understood: `meaning` is the name of one of our columns, empty when it was left out."""

    sheet: str
    headings: str
    part: str
    key: str
    header: str
    meaning: str


@dataclass
class Findings:
    faults: list[Fault] = field(default_factory=list)
    headers: list[HeaderQuestion] = field(default_factory=list)
    unions: list[UnionQuestion] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    mapping: list[Mapped] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    remembered: list[str] = field(default_factory=list)  # names of the mappings that it was read by

    @property
    def asks(self) -> bool:
        return bool(self.headers or self.unions)

    @property
    def errors(self) -> list[Fault]:
        return [fault for fault in self.faults if not fault.is_warning]

    @property
    def warnings(self) -> list[Fault]:
        return [fault for fault in self.faults if fault.is_warning]

    def keep(self) -> str:
        """Seal into the vault; answers the name there."""
        plain = {
            "faults": [fault.as_plain() for fault in self.faults[:LISTED_FAULTS]],
            "headers": [asdict(each) for each in self.headers],
            "unions": [asdict(each) for each in self.unions],
            "left_out": self.left_out,
            "mapping": [asdict(each) for each in self.mapping],
            "changes": [asdict(each) | {"field": str(each.field)} for each in self.changes],
            "remembered": self.remembered,
        }
        return vault.put(json.dumps(plain, ensure_ascii=False).encode()).name

    @classmethod
    def of(cls, name: str) -> Findings:
        if not name:
            return cls()
        plain = json.loads(vault.get(name))
        return cls(
            [Fault(**each) for each in plain["faults"]],
            [HeaderQuestion(**each) for each in plain["headers"]],
            [UnionQuestion(**each) for each in plain["unions"]],
            plain["left_out"],
            [Mapped(**each) for each in plain.get("mapping", [])],
            [Change(**each) for each in plain.get("changes", [])],
            plain.get("remembered", []),
        )
