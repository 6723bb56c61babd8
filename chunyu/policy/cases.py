"""A case: what is known about one household and its members, who stated it, and when.

Money is in whole fen, ratios in millionths, as in `kinds`. A fact that is not there is unknown; there is no
way to state "unknown", and no default.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal as OneOf

from chunyu.policy.kinds import KIND_WORDS
from chunyu.policy.kinds import fits as value_fits
from chunyu.policy.pack import Fact, Pack
from chunyu.policy.problems import PolicyError, nearest

StatedBy = OneOf["declared", "verified", "matched"]
STRENGTH: Mapping[str, int] = {"declared": 0, "verified": 1, "matched": 2}


@dataclass(frozen=True)
class Stated:
    """One statement of a fact: by the applicant (declared), by an officer (verified), by a register
    (matched).
    """

    value: int | bool | str | date
    source: StatedBy = "declared"
    by: str = ""
    on: date | None = None
    note: str = ""


Statements = Stated | tuple[Stated, ...]


@dataclass(frozen=True)
class Member:
    """A member of the household. `name` is how sentences call them, and may be masked."""

    facts: Mapping[str, Statements] = field(default_factory=dict)
    name: str = ""


@dataclass(frozen=True)
class Case:
    """A household. When a fact has several statements, the strongest counts, of equals the latest."""

    household: Mapping[str, Statements] = field(default_factory=dict)
    members: tuple[Member, ...] = ()
    name: str = ""

    def with_household(self, fact: str, stated: Stated) -> Case:
        return replace(self, household={**self.household, fact: stated})

    def with_member(self, index: int, fact: str, stated: Stated) -> Case:
        member = self.members[index]
        changed = replace(member, facts={**member.facts, fact: stated})
        return replace(self, members=(*self.members[:index], changed, *self.members[index + 1 :]))


class CaseError(PolicyError):
    """A case names a fact that the pack does not have, or a value that is not of its kind."""


def statements(stated: Statements | None) -> tuple[Stated, ...]:
    if stated is None:
        return ()
    return (stated,) if isinstance(stated, Stated) else stated


def strongest(stated: Statements | None) -> Stated | None:
    """The statement that counts."""
    found = statements(stated)
    return max(found, key=lambda s: (STRENGTH[s.source], s.on or date.min), default=None)


def disputed(stated: Statements | None) -> bool | None:
    """Whether sources of different strength contradict each other; unknown without any statement."""
    found = statements(stated)
    if not found:
        return None
    latest = {s.source: s.value for s in sorted(found, key=lambda s: s.on or date.min)}
    return len(set(latest.values())) > 1


def slots(
    facts: Mapping[str, Statements], wanted: Iterable[Fact], known: frozenset[str], where: str
) -> list[int | bool | str | date | None]:
    """The values that count, in the order of `wanted`; None is unknown. Raises CaseError."""
    if not known.issuperset(facts):
        name = next(name for name in facts if name not in known)
        hint = nearest(name, known)
        raise CaseError(
            f"{where}：规则包里没有名为“{name}”的事实{hint.get('hint_zh', '')}",
            f'{where}: the pack has no fact "{name}"{hint.get("hint_en", "")}',
        )
    values: list[int | bool | str | date | None] = []
    for fact in wanted:
        stated = facts.get(fact.name)
        if stated is None:
            values.append(None)
            continue
        counted = stated if type(stated) is Stated else strongest(stated)
        if counted is None:
            values.append(None)
            continue
        value = counted.value
        if not value_fits(value, fact.type):
            _refuse(fact, value, where)
        values.append(value)
    return values


def _refuse(fact: Fact, value: object, where: str) -> None:
    words = KIND_WORDS[fact.type.kind]
    codes = ", ".join(fact.type.codes)
    raise CaseError(
        f"{where}：“{fact.label.zh}”应为{words[0]}{f'（{codes}）' if codes else ''}，不能是 {value!r}",
        f"{where}: {fact.label.en} must be {words[1]}{f' ({codes})' if codes else ''}, not {value!r}",
    )


def with_declarations(pack: Pack, case: Case, by: str, on: date | None) -> Case:
    """The case with what its signed application declares added, where nothing is stated yet.

    Each such statement says that it was declared, by whom, and quotes the sentence that was signed. The
    engine never does this by itself: an unsigned application leaves these facts unknown.
    """
    household = dict(case.household)
    members = [dict(member.facts) for member in case.members]
    for fact in pack.declarations():
        note = fact.declaration.zh if fact.declaration else ""
        for facts in [household] if fact.entity == "household" else members:
            facts.setdefault(fact.name, Stated(False, "declared", by, on, note))
    return replace(
        case,
        household=household,
        members=tuple(replace(m, facts=f) for m, f in zip(case.members, members, strict=True)),
    )
