"""What changed between two rulebooks, in words: values with their days, formulas before and after, programmes."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Literal

from django.utils.translation import gettext as _

from chunyu.policy import Pack
from chunyu.policy.pack import Label, Parameter, Programme, Rule, Setting
from chunyu.policy.phrases import Phrases
from chunyu.rulebooks.sentences import Key, Labels, anchor, code_labels, setting_words

Kind = Literal["added", "removed", "changed"]


@dataclass(frozen=True)
class ValueChange:
    """A parameter is worth something else in a region from a day to a day (both included; none: without end)."""

    parameter: str
    label: str
    region: str
    start: date | None
    end: date | None
    before: str
    after: str
    source: str


@dataclass(frozen=True)
class RuleChange:
    kind: Kind
    key: Key
    label: str
    before: str
    after: str
    text_before: str
    text_after: str

    @property
    def anchor(self) -> str:
        return anchor(self.key)


@dataclass(frozen=True)
class NamedChange:
    """A programme, fact or example that came, went or says something else; `details` are sentences."""

    kind: Kind
    what: str
    label: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class TextLine:
    """A line of a text comparison: kept, added or removed, or the head of a part."""

    kind: Literal["kept", "added", "removed", "head"]
    text: str


@dataclass(frozen=True)
class FileChange:
    name: str
    kind: Kind
    lines: tuple[TextLine, ...]


@dataclass(frozen=True)
class Changes:
    values: tuple[ValueChange, ...]
    rules: tuple[RuleChange, ...]
    named: tuple[NamedChange, ...]

    @property
    def count(self) -> int:
        return len(self.values) + len(self.rules) + len(self.named)


def changes(before: Pack, after: Pack, language: str) -> Changes:
    """Everything that differs in meaning between two rulebooks."""
    return Changes(
        tuple(_values(before, after, language)),
        tuple(_rules(before, after, language)),
        (
            *_head(before, after, language),
            *_programmes(before, after, language),
            *_facts(before, after, language),
            *_examples(before, after),
        ),
    )


def text_changes(before: Mapping[str, str], after: Mapping[str, str]) -> list[FileChange]:
    """The same as texts: every file that differs, line by line with a little around."""
    found = []
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        if old != new:
            kind: Kind = "added" if old is None else "removed" if new is None else "changed"
            found.append(FileChange(name, kind, tuple(_lines(old or "", new or ""))))
    return found


def _lines(old: str, new: str) -> Iterator[TextLine]:
    for line in list(difflib.unified_diff(old.splitlines(), new.splitlines(), n=2, lineterm=""))[2:]:
        if line.startswith("@@"):
            yield TextLine("head", line.strip("@ "))
        elif line.startswith("+"):
            yield TextLine("added", line[1:])
        elif line.startswith("-"):
            yield TextLine("removed", line[1:])
        else:
            yield TextLine("kept", line[1:])


# -- values -------------------------------------------------------------------------------------------------------


def _values(before: Pack, after: Pack, language: str) -> Iterator[ValueChange]:
    for name in dict.fromkeys((*before.parameters, *after.parameters)):
        one, other = before.parameters.get(name), after.parameters.get(name)
        known = other or one
        if known is None:
            continue
        regions = dict.fromkeys(s.region for p in (one, other) if p is not None for s in p.settings)
        for region in regions:
            codes = code_labels(before).get(name) or code_labels(after).get(name) or {}
            yield from _in_region(known, one, other, region, language, codes)


def _in_region(
    known: Parameter, one: Parameter | None, other: Parameter | None, region: str, language: str, codes: Labels
) -> Iterator[ValueChange]:
    own = [[s for s in p.settings if s.region == region] if p is not None else [] for p in (one, other)]
    days = sorted({s.valid_from for side in own for s in side} | {
        s.valid_to + timedelta(days=1) for side in own for s in side if s.valid_to is not None})  # fmt: skip
    open_: ValueChange | None = None
    for place, day in enumerate(days):
        old, new = (next((s for s in side if s.in_force(day)), None) for side in own)
        end = days[place + 1] - timedelta(days=1) if place + 1 < len(days) else None
        words = [_worth(p, s, language, codes) for p, s in ((one, old), (other, new))]
        if words[0] == words[1]:
            same_source = old is None or new is None or old.source == new.source
            if open_ is not None:
                yield open_
                open_ = None
            if same_source:
                continue
        source = new.source if new is not None else ""
        start = None if day == date.min else day
        if open_ is not None and (open_.before, open_.after, open_.source) == (*words, source):
            open_ = ValueChange(known.name, open_.label, region, open_.start, end, *words, source)
            continue
        if open_ is not None:
            yield open_
        open_ = ValueChange(known.name, known.label(language), region, start, end, words[0], words[1], source)
    if open_ is not None:
        yield open_


def _worth(parameter: Parameter | None, setting: Setting | None, language: str, codes: Labels) -> str:
    if parameter is None or setting is None:
        return _("no value")
    return setting_words(parameter, setting, language, codes) or _("not known")


# -- rules --------------------------------------------------------------------------------------------------------


def _rules(before: Pack, after: Pack, language: str) -> Iterator[RuleChange]:
    phrases = [Phrases(pack, language, {}) for pack in (before, after)]
    for key in dict.fromkeys((*before.rules, *after.rules)):
        one, other = before.rules.get(key), after.rules.get(key)
        words = [_said(p, rule, language) for p, rule in zip(phrases, (one, other), strict=True)]
        texts = [_written(one), _written(other)]
        if one is None or other is None:
            kind: Kind = "added" if one is None else "removed"
        elif texts[0] != texts[1] or (one.label, one.type) != (other.label, other.type):
            kind = "changed"
        else:
            continue
        label = (other or one).label(language)  # type: ignore[union-attr]  # one of the two is there
        yield RuleChange(kind, key, label, words[0], words[1], texts[0], texts[1])


def _said(phrases: Phrases, rule: Rule | None, language: str) -> str:
    if rule is None:
        return ""
    told = []
    for version in rule.versions:
        words = phrases.formula(version.formula, rule.values)
        told.append(f"{_period(version.valid_from, version.valid_to)} {words}" if len(rule.versions) > 1 else words)
    return "\n".join(told)


def _written(rule: Rule | None) -> str:
    if rule is None:
        return ""
    return "\n".join(f"{_period(v.valid_from, v.valid_to)}{' '.join(v.text.split())}" for v in rule.versions)


def _period(start: date | None, end: date | None) -> str:
    return "" if start is None and end is None else f"{start or ''}–{end or ''} "


# -- everything else ----------------------------------------------------------------------------------------------


def _head(before: Pack, after: Pack, language: str) -> Iterator[NamedChange]:
    """What a rulebook says of itself: title, days, places, and the rules that play a named part."""
    told = [
        f"{name}: {_shown(old, language)} → {_shown(new, language)}"
        for name in ("title", "source", "valid_from", "valid_to", "regions", "roles")
        if (old := getattr(before, name)) != (new := getattr(after, name))
    ]
    if told:
        yield NamedChange("changed", _("Rulebook"), after.title(language), tuple(told))


def _programmes(before: Pack, after: Pack, language: str) -> Iterator[NamedChange]:
    what = _("Programme")
    for code in dict.fromkeys((*before.programmes, *after.programmes)):
        one, other = before.programmes.get(code), after.programmes.get(code)
        if one is None and other is not None:
            yield NamedChange("added", what, other.label(language), (other.for_whom(language),))
        elif other is None and one is not None:
            yield NamedChange("removed", what, one.label(language))
        elif one is not None and other is not None and (details := tuple(_differing(one, other, language))):
            yield NamedChange("changed", what, other.label(language), details)


def _differing(one: Programme, other: Programme, language: str) -> Iterator[str]:
    for field in fields(Programme):
        if field.name == "span":
            continue
        old, new = getattr(one, field.name), getattr(other, field.name)
        if old != new:
            yield f"{field.name}: {_shown(old, language)} → {_shown(new, language)}"


def _shown(value: object, language: str) -> str:
    if isinstance(value, Label):
        return value(language)
    if isinstance(value, tuple):
        return "、".join(_shown(getattr(each, "label", each), language) for each in value) or "—"
    return str(value)


def _facts(before: Pack, after: Pack, language: str) -> Iterator[NamedChange]:
    what = _("Fact")
    for key in dict.fromkeys((*before.facts, *after.facts)):
        one, other = before.facts.get(key), after.facts.get(key)
        if one is None and other is not None:
            yield NamedChange("added", what, other.label(language))
        elif other is None and one is not None:
            yield NamedChange("removed", what, one.label(language))
        elif one is not None and other is not None and (one.label, one.type) != (other.label, other.type):
            yield NamedChange(
                "changed", what, other.label(language), (f"{one.label(language)} → {other.label(language)}",)
            )


def _examples(before: Pack, after: Pack) -> Iterator[NamedChange]:
    what = _("Example")
    one, other = ({each.name: each for each in pack.examples} for pack in (before, after))
    for name in dict.fromkeys((*one, *other)):
        old, new = one.get(name), other.get(name)
        if old is None or new is None:
            yield NamedChange("added" if old is None else "removed", what, name)
        elif (old.case, old.expect, old.on, old.regions) != (new.case, new.expect, new.on, new.regions):
            yield NamedChange("changed", what, name, tuple(
                f"{aspect}: {old.expect.get(aspect, '—')} → {new.expect.get(aspect, '—')}"
                for aspect in dict.fromkeys((*old.expect, *new.expect))
                if old.expect.get(aspect) != new.expect.get(aspect)
            ))  # fmt: skip
