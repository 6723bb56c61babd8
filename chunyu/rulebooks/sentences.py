"""A rulebook as an official reads it: rules in words, grouped by what they are for, with the values they use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.policy import Pack
from chunyu.policy.checking import dependencies
from chunyu.policy.kinds import Kind, Type
from chunyu.policy.nodes import Among, Entity, FactValue, Lookup, Node, ParameterValue, RuleValue, walk
from chunyu.policy.pack import Label, Parameter, Rule, RuleVersion, Setting
from chunyu.policy.phrases import Phrases
from chunyu.policy.wording import SIGN_MARKS, plain

Key = tuple[Entity, str]
Labels = Mapping[str, Label]


@dataclass(frozen=True)
class Value:
    """A parameter's value in force, or the lack of one."""

    name: str
    label: str
    text: str
    unit: str
    region: str
    valid_from: date | None
    valid_to: date | None
    source: str
    elsewhere: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Sentence:
    """One rule in words. `branches` are its cases, where it has any; else `words` is its formula."""

    key: Key
    label: str
    words: str
    branches: tuple[tuple[str, str], ...]
    formula: str
    source: str
    file: str
    values: tuple[Value, ...]
    of_member: bool

    @property
    def anchor(self) -> str:
        return anchor(self.key)


@dataclass(frozen=True)
class Group:
    code: str
    title: str | Promise
    sentences: tuple[Sentence, ...]
    about: str = ""


GROUPS = (
    ("determination", _("Determination")),
    ("exclusions", _("Exclusions")),
    ("income", pgettext_lazy("rulebook", "Income and spending")),
)


def anchor(key: Key) -> str:
    """Where a rule stands on the page, and how it is named in addresses: ``household.net_income``."""
    return f"{key[0]}.{key[1]}"


def settings_in_force(pack: Pack, regions: Sequence[str], on: date) -> Mapping[str, Setting]:
    found = {name: parameter.setting(regions, on) for name, parameter in pack.parameters.items()}
    return {name: setting for name, setting in found.items() if setting is not None}


def groups(pack: Pack, regions: Sequence[str], on: date, language: str) -> list[Group]:
    """Every rule of a rulebook that holds on a day, in its group."""
    telling = _Teller(pack, regions, on, language)
    placed = placing(pack)
    found = [Group(code, title, telling.tell(k for k in pack.rules if placed[k] == code)) for code, title in GROUPS]
    for code, programme in pack.programmes.items():
        own = [key for key, rule in pack.rules.items() if rule.span.file == programme.span.file]
        found.append(
            Group(f"programme-{code}", programme.label(language), telling.tell(own), programme.for_whom(language))
        )
    found.append(Group("stacking", _("How aid adds up"), tuple(_stacking(pack, language))))
    return [group for group in found if group.sentences or group.code.startswith("programme-")]


PERIODS = {"year": _("in a calendar year"), "season": _("from one opening to the next"), "case": _("in one case")}
STACKED = {
    "once": _("One grant of these %(period)s: %(programmes)s."),
    "exclude": _("None of these beside another of them %(period)s: %(programmes)s."),
    "cap": _("All of these together %(period)s at most “%(limit)s”: %(programmes)s."),
}


def _stacking(pack: Pack, language: str) -> Iterable[Sentence]:
    """The rules of how grants of several programmes add up."""
    comma = "、" if language == "zh" else ", "
    for rule in pack.stacking:
        limit = pack.rules["household", rule.at_most].label(language) if rule.at_most else ""
        programmes = comma.join(pack.programmes[code].label(language) for code in rule.programmes)
        said = {"period": PERIODS[rule.per], "programmes": programmes, "limit": limit}
        yield Sentence(
            key=("household", rule.code),
            label=rule.label(language) if rule.label else rule.code,
            words=str(STACKED[rule.kind]) % said,
            branches=(),
            formula=f'kind = "{rule.kind}"\nper = "{rule.per}"',
            source=rule.source,
            file=rule.span.file,
            values=(),
            of_member=False,
        )


def placing(pack: Pack) -> dict[Key, str]:
    """The group of every rule: a programme's own file, else what it serves."""
    bars = beneath(pack, [("household", name) for name in pack.roles.blockers])
    figure = beneath(pack, [("household", pack.roles.figure)])
    above = {key for key in pack.rules if bars & set(uses(pack, key))}
    groups_: dict[Key, str] = {}
    for key, rule in pack.rules.items():
        if rule.span.file.startswith("programmes/"):
            groups_[key] = "programme"
        elif key in bars or (key in above and _only_bars(pack, key, bars)):
            groups_[key] = "exclusions"
        elif key in figure or rule.span.file == "rules/income.toml":
            groups_[key] = "income"
        else:
            groups_[key] = "determination"
    return groups_


def _only_bars(pack: Pack, key: Key, bars: set[Key]) -> bool:
    """Whether a rule does nothing but put exclusions together."""
    return set(uses(pack, key)) <= bars


def uses(pack: Pack, key: Key) -> list[Key]:
    """The rules that a rule names in any of its versions."""
    return list(dict.fromkeys(d for version in pack.rules[key].versions for d in dependencies(version.formula)))


def beneath(pack: Pack, keys: Iterable[Key]) -> set[Key]:
    """The rules and all that they stand on."""
    found: set[Key] = set()
    waiting = [key for key in keys if key in pack.rules]
    while waiting:
        key = waiting.pop()
        if key not in found:
            found.add(key)
            waiting += uses(pack, key)
    return found


class _Teller:
    def __init__(self, pack: Pack, regions: Sequence[str], on: date, language: str) -> None:
        self.pack, self.on, self.language = pack, on, language
        self.settings = settings_in_force(pack, regions, on)
        self.phrases = Phrases(pack, language, self.settings)

    def tell(self, keys: Iterable[Key]) -> tuple[Sentence, ...]:
        told = ((key, self.pack.rules[key], self.pack.rules[key].version(self.on)) for key in keys)
        return tuple(self._sentence(key, rule, version) for key, rule, version in told if version is not None)

    def _sentence(self, key: Key, rule: Rule, version: RuleVersion) -> Sentence:
        named = dict.fromkeys(node.name for node in walk(version.formula) if isinstance(node, ParameterValue))
        return Sentence(
            key=key,
            label=rule.label(self.language),
            words=self.phrases.formula(version.formula, rule.values),
            branches=self.phrases.branches(version.formula, rule.values),
            formula=version.text.strip(),
            source=version.source,
            file=rule.span.file,
            values=tuple(
                value_of(self.pack, self.pack.parameters[n], self.settings.get(n), self.language) for n in named
            ),
            of_member=key[0] == "member",
        )


def values_of(pack: Pack, regions: Sequence[str], on: date, language: str) -> list[Value]:
    """Every parameter with the value in force at a place, and the values in force in other places."""
    found = []
    for parameter in pack.parameters.values():
        setting = parameter.setting(regions, on)
        others = [s for s in parameter.settings if s.in_force(on) and s is not setting]
        codes = code_labels(pack).get(parameter.name)
        elsewhere = tuple((s.region, setting_words(parameter, s, language, codes)) for s in others)
        found.append(replace(value_of(pack, parameter, setting, language), elsewhere=elsewhere))
    return found


def value_of(pack: Pack, parameter: Parameter, setting: Setting | None, language: str) -> Value:
    """A parameter with the value in force."""
    codes = code_labels(pack).get(parameter.name)
    return Value(
        name=parameter.name,
        label=parameter.label(language),
        text=setting_words(parameter, setting, language, codes),
        unit=parameter.type.unit.shown(language) if setting is not None and setting.value is not None else "",
        region=setting.region if setting else "",
        valid_from=setting.valid_from if setting and setting.valid_from != date.min else None,
        valid_to=setting.valid_to if setting else None,
        source=setting.source if setting else "",
    )


def setting_words(parameter: Parameter, setting: Setting | None, language: str, codes: Labels | None = None) -> str:
    """A value as it is read: codes by their names (`codes`, see `code_labels`), money with its places."""
    if setting is None or setting.value is None:
        return ""
    if isinstance(setting.value, int | str | bool | date):
        if parameter.type.kind is Kind.BOUNDARY:
            return SIGN_MARKS.get(str(setting.value), str(setting.value))
        return plain(setting.value, parameter.type, parameter.values, language)
    known = codes or {}

    def named(code: str) -> str:
        return known[code](language) if code in known else _OTHERWISE.get(code, {}).get(language, code)

    if parameter.type.kind is Kind.CODES:
        return ("、" if language == "zh" else ", ").join(named(code) for code in setting.value)
    if parameter.type.kind is Kind.TABLE:
        of = Type(parameter.type.of or Kind.MONEY, parameter.type.unit)
        entries = (f"{named(code)} {plain(value, of, {}, language)}" for code, value in setting.value.items())
        return ("；" if language == "zh" else "; ").join(entries)
    return setting.text


_OTHERWISE = {"otherwise": {"zh": "其余", "en": "otherwise"}}


@lru_cache(maxsize=32)
def code_labels(pack: Pack) -> Mapping[str, Labels]:
    """What the codes of a list or table parameter mean: the values of the fact or rule that the rules look up in it."""
    found: dict[str, Labels] = {}
    for rule in pack.rules.values():
        for version in rule.versions:
            for node in walk(version.formula):
                if isinstance(node, Among) and isinstance(node.codes, ParameterValue):
                    found[node.codes.name] = _values_of(pack, node.value)
                elif isinstance(node, Lookup):
                    found[node.table.name] = _values_of(pack, node.key)
    return found


def _values_of(pack: Pack, node: Node) -> Labels:
    if isinstance(node, FactValue):
        return pack.facts[node.entity, node.name].values
    if isinstance(node, RuleValue):
        return pack.rules[node.entity, node.name].values
    return {}
