"""What a pack is once it has been read: facts, parameters, rules, programmes and examples, all immutable."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any

from chunyu.policy.kinds import Kind, Type, Value, value_from_text
from chunyu.policy.nodes import Among, Entity, Node, ParameterValue
from chunyu.policy.problems import NOWHERE, PolicyError, Span

ENTITIES: tuple[Entity, ...] = ("household", "member")
HOUSEHOLD, UNION = "household", "union"
# What a rulebook may be about. Inside, the tree calls it "household" whatever it is; only a household has members.
SUBJECTS = (HOUSEHOLD, UNION)


@dataclass(frozen=True)
class Label:
    """A name or sentence in both languages."""

    zh: str
    en: str

    def __call__(self, language: str) -> str:
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True)
class Fact:
    """One thing that may be known about a household or a member. `question` and `advice` are for asking a worker."""

    entity: Entity
    name: str
    type: Type
    label: Label
    source: str
    sensitivity: str
    values: Mapping[str, Label] = field(default_factory=dict)
    kept_for: str = ""
    declaration: Label | None = None
    question: Label | None = None
    advice: Label | None = None
    span: Span = NOWHERE


@dataclass(frozen=True)
class Setting:
    """One dated value of a parameter in one region. `value` is None when the source has none yet: unknown."""

    region: str
    valid_from: date
    valid_to: date | None
    value: Any
    text: str
    source: str
    span: Span = NOWHERE

    def in_force(self, on: date) -> bool:
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)

    def period(self) -> str:
        return f"{self.valid_from.isoformat()}–{self.valid_to.isoformat() if self.valid_to else ''}"


@dataclass(frozen=True)
class Parameter:
    name: str
    type: Type
    label: Label
    settings: tuple[Setting, ...] = ()
    values: Mapping[str, Label] = field(default_factory=dict)
    span: Span = NOWHERE

    def setting(self, regions: Sequence[str], on: date) -> Setting | None:
        """The value in force: the first region of the chain, nearest first, that has one on that day."""
        for region in regions:
            for setting in self.settings:
                if setting.region == region and setting.in_force(on):
                    return setting
        return None


@dataclass(frozen=True)
class RuleVersion:
    formula: Node
    text: str
    source: str
    valid_from: date | None = None
    valid_to: date | None = None
    span: Span = NOWHERE

    def in_force(self, on: date) -> bool:
        return (self.valid_from is None or self.valid_from <= on) and (self.valid_to is None or on <= self.valid_to)


@dataclass(frozen=True)
class Rule:
    entity: Entity
    name: str
    type: Type
    label: Label
    versions: tuple[RuleVersion, ...]
    label_not: Label | None = None
    values: Mapping[str, Label] = field(default_factory=dict)
    span: Span = NOWHERE

    def version(self, on: date) -> RuleVersion | None:
        return next((version for version in self.versions if version.in_force(on)), None)


@dataclass(frozen=True)
class Document:
    """A paper that a programme asks for: always, or when the flag rule `when` holds."""

    code: str
    label: Label
    when: str | None = None


@dataclass(frozen=True)
class Calendar:
    """When applications are open, as month-day, both days included, and how often money is paid.

    A season that closes before it opens runs over the new year: 12-20 to 02-20.
    """

    opens: str
    closes: str
    paid: str

    def is_open(self, day: date) -> bool:
        today = day.strftime("%m-%d")
        if self.opens <= self.closes:
            return self.opens <= today <= self.closes
        return today >= self.opens or today <= self.closes

    def last_opening(self, day: date) -> date:
        """The day on which the season began that `day` belongs to; from one opening to the next is one season."""
        month, day_of_month = (int(part) for part in self.opens.split("-"))
        opening = date(day.year, month, day_of_month)
        return opening if opening <= day else opening.replace(year=day.year - 1)

    def next_opening(self, day: date) -> date:
        """The next day after `day` on which applications open."""
        month, day_of_month = (int(part) for part in self.opens.split("-"))
        opening = date(day.year, month, day_of_month)
        return opening if opening > day else opening.replace(year=day.year + 1)


@dataclass(frozen=True)
class Programme:
    """What a household may receive: money by the rule `amount`, or the help in kind that `gives` names.

    `apply_at` says where the family asks for it, when that is not with an application for aid. A programme
    `on_request` answers a need that the family raises itself (an operation, a lawsuit): while nobody has
    raised it, the facts that it asks for are not counted as missing from the household's file.
    """

    code: str
    label: Label
    for_whom: Label
    conditions: tuple[str, ...]
    amount: str | None
    gives: Label | None
    apply_at: Label | None
    on_request: bool
    documents: tuple[Document, ...]
    calendar: Calendar
    fund_use: str
    fund_sources: tuple[str, ...]
    conflicts: tuple[str, ...]
    retention_years: int
    payment: str
    source: str
    span: Span = NOWHERE


@dataclass(frozen=True)
class Stacking:
    """How grants of some programmes may add up over a period; see `policy.stacking`. One that holds without being
    written has no code and no label."""

    code: str
    label: Label | None
    kind: str
    per: str
    programmes: tuple[str, ...]
    at_most: str | None
    source: str
    span: Span = NOWHERE


@dataclass(frozen=True)
class Example:
    """A named case with expected results: documentation and test. `case` is written as in a case file."""

    name: str
    about: str
    on: date
    regions: tuple[str, ...]
    parameters: Mapping[str, str]
    case: Mapping[str, Any]
    expect: Mapping[str, Any]
    span: Span = NOWHERE


@dataclass(frozen=True)
class Roles:
    """Which rules of the pack play a named part for programs and pages."""

    category: str
    figure: str
    example_fact: str
    on_file: str = ""
    blockers: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pack:
    """A rulebook. Equal content gives an equal `digest`, which is the version to store with a decision."""

    id: str
    title: Label
    source: str
    valid_from: date
    valid_to: date | None
    regions: tuple[str, ...]
    roles: Roles
    facts: Mapping[tuple[Entity, str], Fact]
    parameters: Mapping[str, Parameter]
    rules: Mapping[tuple[Entity, str], Rule]
    programmes: Mapping[str, Programme]
    examples: tuple[Example, ...]
    digest: str
    subject: str = HOUSEHOLD
    stacking: tuple[Stacking, ...] = ()

    def __hash__(self) -> int:
        return hash(self.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pack) and self.digest == other.digest

    @property
    def version(self) -> str:
        """The short version id for people: ``national-2021@3f9c2a1b7d04``."""
        return f"{self.id}@{self.digest[:12]}"

    def in_force(self, on: date) -> bool:
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)

    @cached_property
    def categories(self) -> Mapping[str, Label]:
        """The codes of the category, in the order of the pack: the gravest first."""
        return self.rules["household", self.roles.category].values

    @cached_property
    def on_file_categories(self) -> frozenset[str]:
        """The categories that make a hardship household, as the pack's `on_file` rule lists them; none without it."""
        rule = self.rules.get(("household", self.roles.on_file))
        found: set[str] = set()
        for version in rule.versions if rule else ():
            if isinstance(version.formula, Among) and not isinstance(version.formula.codes, ParameterValue):
                found.update(version.formula.codes)
        return frozenset(found)

    @cached_property
    def household_facts(self) -> tuple[Fact, ...]:
        return tuple(fact for fact in self.facts.values() if fact.entity == "household")

    @cached_property
    def member_facts(self) -> tuple[Fact, ...]:
        return tuple(fact for fact in self.facts.values() if fact.entity == "member")

    def declarations(self) -> Iterator[Fact]:
        """Flag facts that the signed application itself declares to be `no` (its sentence in `declaration`).

        Nothing is assumed from this: whoever records a signed application may state these facts as declared.
        """
        return (fact for fact in self.facts.values() if fact.declaration is not None)

    def category_label(self, code: str, language: str) -> str:
        label = self.categories.get(code)
        return label(language) if label else code

    def replacing(self, parameters: Mapping[str, str], source: str) -> Pack:
        """The same pack with other values for some parameters, everywhere and at any date; another digest.

        Values are written as in the CSV (money in yuan). Raises PolicyError for a name or value that is not.
        """
        changed = dict(self.parameters)
        for name, text in parameters.items():
            if name not in changed:
                raise PolicyError(f"没有参数“{name}”", f'There is no parameter "{name}"')
            parameter = changed[name]
            try:
                value = parameter_value(text, parameter.type)
            except ValueError:
                raise PolicyError(
                    f"“{text}”不是参数“{name}”的合法取值",
                    f'"{text}" is not a value of the parameter "{name}"',
                ) from None
            regions = {setting.region for setting in parameter.settings} | {"national"}
            settings = tuple(Setting(region, date.min, None, value, text, source) for region in sorted(regions))
            changed[name] = replace(parameter, settings=settings)
        words = "".join(f"\0{name}={text}" for name, text in sorted(parameters.items()))
        digest = hashlib.sha256((self.digest + words).encode()).hexdigest()
        return replace(self, parameters=changed, digest=digest)


def pack_in_force(packs: Sequence[Pack], on: date, regions: Sequence[str], subject: str = HOUSEHOLD) -> Pack | None:
    """The rulebook about households (or another subject) of a place on a day: the one made for the nearest region of
    the chain, of several the newest.

    A province's own rulebook so goes before the national one; None when neither was in force.
    """
    for region in regions:
        found = [pack for pack in packs if pack.subject == subject and region in pack.regions and pack.in_force(on)]
        if found:
            return max(found, key=lambda pack: pack.valid_from)
    return None


@dataclass(frozen=True)
class Bracket:
    """One slice: from `above` (fen) up to `up_to` (fen, none = without end), at `rate` millionths."""

    above: int
    up_to: int | None
    rate: int


def parameter_value(text: str, type_: Type) -> Any:
    """Read a parameter as the CSV writes it; empty text is unknown. Raises ValueError.

    codes: ``a|b|c``; table: ``high=2000; university=5000; otherwise=0``;
    brackets (upper bounds, rates): ``2000..10000: 0.5; 10000..50000: 0.6; 50000..: 0.7``.
    """
    text = text.strip()
    if not text:
        return None
    if type_.kind is Kind.CODES:
        codes = tuple(part.strip() for part in text.split("|"))
        if not all(codes) or (type_.codes and set(codes) - set(type_.codes)):
            raise ValueError(text)
        return codes
    if type_.kind is Kind.TABLE:
        return _table(text, type_)
    if type_.kind is Kind.BRACKETS:
        return _brackets(text)
    return value_from_text(text, type_)


def _table(text: str, type_: Type) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for entry in text.split(";"):
        key, sign, written = entry.partition("=")
        if not sign or key.strip() in found:
            raise ValueError(text)
        found[key.strip()] = value_from_text(written, Type(type_.of or Kind.MONEY, type_.unit))
    return found


def _brackets(text: str) -> tuple[Bracket, ...]:
    brackets: list[Bracket] = []
    for entry in text.split(";"):
        span, sign, rate = entry.partition(":")
        low, dots, high = span.partition("..")
        if not sign or not dots:
            raise ValueError(text)
        above = value_from_text(low, Type(Kind.MONEY))
        up_to = value_from_text(high, Type(Kind.MONEY)) if high.strip() else None
        millionths = value_from_text(rate, Type(Kind.RATIO))
        if not (isinstance(above, int) and isinstance(millionths, int)):
            raise ValueError(text)
        if up_to is not None and not (isinstance(up_to, int) and up_to > above):
            raise ValueError(text)
        if brackets and brackets[-1].up_to != above:
            raise ValueError(text)
        brackets.append(Bracket(above, up_to, millionths))
    return tuple(brackets)
