"""How aid may add up (叠加): what a family already has from any programme, level or fund, and what may still be given.

`pack.toml` holds a table a rule:

    [stacking.festival_once]
    label = "两节期间每户只发一份"
    label_en = "one festival grant per household"
    kind = "once"                           # once, cap, exclude
    per = "season"                          # year, season (from one opening of the programme to the next), case
    programmes = ["warmth", "festival_visit"]
    source = "…"

`once`: whoever has had one of the programmes in the period is not given one of them again. `exclude`: whoever has had
another of them is not. `cap`: all of them together stay within `at_most`, a rule of the household in yuan a year.
What no rule of kind `once` names is given once a year, and the `conflicts` of a programme exclude each other in a year.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from chunyu.policy.kinds import Kind, Type
from chunyu.policy.nodes import Entity
from chunyu.policy.pack import Pack, Programme, Stacking
from chunyu.policy.problems import Problem, nearest
from chunyu.policy.reading import Source, Table, tables_of
from chunyu.policy.units import Unit

KEYS = frozenset(["label", "label_en", "kind", "per", "programmes", "at_most", "source"])
KINDS = ("once", "cap", "exclude")
PERIODS = ("year", "season", "case")
YEARLY = Unit.parse("yuan/year")


@dataclass(frozen=True)
class Entry:
    """One sum that a family was given or promised. `number` is the case or list that gave it; `day` when that was
    decided."""

    programme: str
    day: date
    fen: int
    number: str


@dataclass(frozen=True)
class Judged:
    """What one rule says of a further grant: the entries that it looked at, whether it holds (None while a fact that
    sets its limit is unknown), and of a cap the limit and what is left, in fen."""

    rule: Stacking
    looked_at: tuple[Entry, ...]
    holds: bool | None
    limit_fen: int | None = None
    left_fen: int | None = None

    @property
    def given_fen(self) -> int:
        return sum(entry.fen for entry in self.looked_at)


def rules_for(pack: Pack, code: str) -> tuple[Stacking, ...]:
    """Every rule that a grant of this programme must keep: the pack's own, then those that hold without being
    written."""
    own = tuple(rule for rule in pack.stacking if code in rule.programmes)
    programme = pack.programmes[code]
    found = list(own)
    if not any(rule.kind == "once" for rule in own):
        found.append(_implied(programme, "once", (code,)))
    if programme.conflicts:
        found.append(_implied(programme, "exclude", (code, *programme.conflicts)))
    return tuple(found)


def _implied(programme: Programme, kind: str, programmes: tuple[str, ...]) -> Stacking:
    return Stacking("", None, kind, "year", programmes, None, programme.source, programme.span)


def judge(
    pack: Pack, code: str, on: date, number: str, entries: Sequence[Entry], values: Mapping[str, object]
) -> list[Judged]:
    """Each rule over what the family has besides the case `number`. `values` are the household's own, of its
    determination; `on` is the day on which the grant is decided."""
    found = []
    for rule in rules_for(pack, code):
        counted = tuple(_counted(pack, rule, code, on, number, entries))
        if rule.kind != "cap":
            found.append(Judged(rule, counted, not counted))
            continue
        limit = values.get(rule.at_most or "")
        if not isinstance(limit, int):
            found.append(Judged(rule, counted, None))
            continue
        left = max(0, limit - sum(entry.fen for entry in counted))
        found.append(Judged(rule, counted, left > 0, limit, left))
    return found


def _counted(pack: Pack, rule: Stacking, code: str, on: date, number: str, entries: Iterable[Entry]) -> Iterable[Entry]:
    for entry in entries:
        if entry.programme not in rule.programmes or (rule.kind == "exclude" and entry.programme == code):
            continue
        if rule.per == "case":
            if entry.number == number:
                yield entry
        elif entry.number != number and _same_period(pack, rule.per, code, entry.day, on):
            yield entry


def _same_period(pack: Pack, per: str, code: str, day: date, on: date) -> bool:
    if per == "year":
        return day.year == on.year
    season = pack.programmes[code].calendar.last_opening
    return season(day) == season(on)


def read_stacking(
    source: Source,
    programmes: Mapping[str, Programme],
    declared: Mapping[tuple[Entity, str], Type],
    problems: list[Problem],
) -> tuple[Stacking, ...]:
    """The `[stacking.x]` tables of `pack.toml`."""
    found = []
    for code, (table,) in tables_of(source, "stacking", problems):
        before = len(problems)
        table.refuse_unknown(KEYS, problems)
        label, said = table.label("label", problems), table.source_text(problems)
        kind = _one_of(table, "kind", KINDS, problems)
        per = _one_of(table, "per", PERIODS, problems)
        covered = table.texts("programmes", problems)
        if not covered:
            table.problem(problems, "missing_key", key="programmes")
        for each in covered:
            if each not in programmes:
                table.problem(problems, "no_programme", "programmes", code=each, **nearest(each, programmes))
        at_most = _limit(table, kind, declared, problems)
        if len(problems) == before:
            found.append(Stacking(code, label, kind, per, covered, at_most, said, table.span()))
    return tuple(found)


def _one_of(table: Table, key: str, known: tuple[str, ...], problems: list[Problem]) -> str:
    written = table.text(key, problems)
    if written and written not in known:
        params = {"key": key, "text": written, "known": ", ".join(known)}
        table.problem(problems, "not_among", key, **params, **nearest(written, known))
    return written


def _limit(table: Table, kind: str, declared: Mapping[tuple[Entity, str], Type], problems: list[Problem]) -> str | None:
    """A cap names the rule that sets it, in yuan a year; no other kind has one."""
    if (kind == "cap") != ("at_most" in table.data):
        table.problem(problems, "cap_and_limit", "at_most" if "at_most" in table.data else "kind")
        return None
    if kind != "cap":
        return None
    named = table.text("at_most", problems)
    type_ = declared.get(("household", named))
    if type_ is None or not _yearly(type_):
        yearly = [name for (entity, name), each in declared.items() if entity == "household" and _yearly(each)]
        words = {"rule": named, "kind_zh": "每年金额", "kind_en": "money a year"}
        table.problem(problems, "not_a_rule", "at_most", **words, **nearest(named, yearly))
    return named


def _yearly(type_: Type) -> bool:
    return type_.kind is Kind.MONEY and type_.unit == YEARLY
