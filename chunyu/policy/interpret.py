"""The tree as a plain Python function over one case: the reference executor, with every intermediate value.

A program is made once for a pack version, a chain of regions and a date: parameters become constants, and
the rules in force become one function in which each rule stands after those it names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import Any

from chunyu.policy.cases import Case, disputed, slots
from chunyu.policy.checking import order
from chunyu.policy.emitting import Emitter
from chunyu.policy.kinds import Value
from chunyu.policy.nodes import Disputed, Entity, FactValue, Node, ParameterValue, walk
from chunyu.policy.pack import Fact, Pack, Rule, RuleVersion, Setting
from chunyu.policy.problems import PolicyError

Key = tuple[Entity, str]
Trace = dict[Any, Value]
Values = tuple[tuple[Value, ...], tuple[list[Value], ...]]


@dataclass(frozen=True, eq=False)
class Compiled:
    """Rules and parameter values made into functions; shared by all days and places where the same ones hold."""

    pack: Pack
    order: tuple[Key, ...]
    versions: Mapping[Key, RuleVersion]
    settings: Mapping[str, Setting]
    pinned: tuple[str, ...]

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        return tuple(node for key in self.order for node in walk(self.versions[key].formula))

    def _facts(self, entity: Entity) -> tuple[Fact, ...]:
        used = {n.name for n in self.nodes if isinstance(n, FactValue) and n.entity == entity}
        return tuple(f for f in self.pack.facts.values() if f.entity == entity and f.name in used)

    @cached_property
    def household_facts(self) -> tuple[Fact, ...]:
        return self._facts("household")

    @cached_property
    def member_facts(self) -> tuple[Fact, ...]:
        return self._facts("member")

    @cached_property
    def disputable(self) -> Mapping[Entity, tuple[str, ...]]:
        found: dict[Entity, dict[str, None]] = {"household": {}, "member": {}}
        for node in self.nodes:
            if isinstance(node, Disputed):
                found[node.fact.entity][node.fact.name] = None
        return {entity: tuple(names) for entity, names in found.items()}

    @cached_property
    def known(self) -> Mapping[Entity, frozenset[str]]:
        return {
            "household": frozenset(f.name for f in self.pack.household_facts),
            "member": frozenset(f.name for f in self.pack.member_facts),
        }

    @cached_property
    def household_rules(self) -> tuple[str, ...]:
        return tuple(name for entity, name in self.order if entity == "household")

    @cached_property
    def member_rules(self) -> tuple[str, ...]:
        return tuple(name for entity, name in self.order if entity == "member")

    def source_code(self, traced: bool = False) -> str:
        """The function as Python text, for those who want to read what runs."""
        return self._emit(traced)[0]

    def _emit(self, traced: bool) -> tuple[str, dict[str, Any]]:
        household = {f"fact {f.name}": f"h{i}" for i, f in enumerate(self.household_facts)}
        household |= {f"disputed {n}": f"hd{i}" for i, n in enumerate(self.disputable["household"])}
        member = {f"fact {f.name}": f"m[{i}]" for i, f in enumerate(self.member_facts)}
        offset = len(self.member_facts)
        member |= {f"disputed {n}": f"m[{offset + i}]" for i, n in enumerate(self.disputable["member"])}
        parameters = {name: setting.value for name, setting in self.settings.items()}
        emitter = Emitter(parameters, household, member, traced)
        inputs = [v for k, v in household.items() if not k.startswith("rule ")]
        if inputs:
            emitter.line(f"{', '.join(inputs)}, = H")
        for position, (entity, name) in enumerate(self.order):
            formula = self.versions[entity, name].formula
            if entity == "household":
                variable = f"r{position}"
                household[f"rule {name}"] = variable
                if name in self.pinned:
                    emitter.line(f"{variable} = P[{name!r}]")
                    continue
                emitter.line(f"{variable} = {emitter.emit(formula).text}")
            else:
                emitter.line(f"q{position} = []")
                emitter.each_member()
                emitter.line(f"q{position}.append({emitter.emit(formula).text})")
                emitter.all_members_done()
                member[f"rule {name}"] = f"q{position}[i]"
        values = ", ".join(household[f"rule {name}"] for name in self.household_rules)
        lists = ", ".join(member[f"rule {name}"].removesuffix("[i]") for name in self.member_rules)
        emitter.line(f"return ({values},), ({lists}{',' if lists else ''})")
        return "\n".join(["def run(H, M, on, T, P):", *emitter.lines, ""]), emitter.globals

    def _function(self, traced: bool) -> Callable[..., Values]:
        text, names = self._emit(traced)
        exec(compile(text, f"<{self.pack.version}>", "exec"), names)  # noqa: S102  # text made from nodes alone, see emitting
        run: Callable[..., Values] = names["run"]
        return run

    @cached_property
    def run(self) -> Callable[..., Values]:
        return self._function(False)

    @cached_property
    def run_traced(self) -> Callable[..., Values]:
        return self._function(True)

    def inputs(self, case: Case) -> tuple[list[Value], list[list[Value]]]:
        """The facts of a case in the order that the function takes them. Raises CaseError."""
        if not case.members:
            raise PolicyError("家庭没有成员：至少要有一人", "The household has no members: it needs at least one")
        household = slots(case.household, self.household_facts, self.known["household"], "家庭 household")
        household += [disputed(case.household.get(name)) for name in self.disputable["household"]]
        members = []
        for position, member in enumerate(case.members, start=1):
            where = f"成员 member {position}"
            values = slots(member.facts, self.member_facts, self.known["member"], where)
            values += [disputed(member.facts.get(name)) for name in self.disputable["member"]]
            members.append(values)
        return household, members


@dataclass(frozen=True, eq=False)
class Program:
    """The rules of a pack in force at a place on a day, ready to run."""

    compiled: Compiled
    regions: tuple[str, ...]
    on: date

    @property
    def pack(self) -> Pack:
        return self.compiled.pack

    @property
    def versions(self) -> Mapping[Key, RuleVersion]:
        return self.compiled.versions

    @property
    def settings(self) -> Mapping[str, Setting]:
        return self.compiled.settings

    def run(
        self, household: list[Value], members: list[list[Value]], pins: Mapping[str, Value] | None = None
    ) -> Values:
        """The values of all rules for facts as `Compiled.inputs` gives them; `pins` for rules that are pinned."""
        return self.compiled.run(household, members, self.on, None, pins)

    def trace(self, case: Case) -> Trace:
        """The value of every node, by node id, or by (node id, position of the member)."""
        found: Trace = {}
        household, members = self.compiled.inputs(case)
        self.compiled.run_traced(household, members, self.on, found, {})
        return found

    def rule(self, key: Key) -> Rule:
        return self.pack.rules[key]


@lru_cache(maxsize=4096)
def program(pack: Pack, regions: tuple[str, ...], on: date, pinned: tuple[str, ...] = ()) -> Program:
    """The program for a place (nearest region first) and a day. Raises PolicyError when a rule or value is
    missing.
    """
    versions = _versions(pack, on)
    settings = tuple(_setting(pack, name, regions, on) for name in _parameters(pack, versions))
    return Program(_compiled(pack, versions, settings, pinned), regions, on)


def _versions(pack: Pack, on: date) -> tuple[int, ...]:
    """Which version of each rule is in force, in the order of the rules."""
    if on < pack.valid_from or (pack.valid_to is not None and on > pack.valid_to):
        raise PolicyError(
            f"规则包“{pack.title.zh}”在 {on} 不适用（自 {pack.valid_from} 起）",
            f"The pack {pack.title.en} does not apply on {on} (it is valid from {pack.valid_from})",
        )
    chosen = []
    for key in _order(pack):
        rule = pack.rules[key]
        number = next((n for n, version in enumerate(rule.versions) if version.in_force(on)), None)
        if number is None:
            raise PolicyError(
                f"规则“{rule.label.zh}”在 {on} 没有生效的版本",
                f"The rule {rule.label.en} has no version in force on {on}",
            )
        chosen.append(number)
    return tuple(chosen)


def parameters_in_force(pack: Pack, on: date) -> tuple[str, ...]:
    """The parameters that the rules of a day name. Raises PolicyError when a rule has no version on that day."""
    return _parameters(pack, _versions(pack, on))


def settings_in_force(
    pack: Pack, names: Sequence[str], chains: Sequence[Sequence[str]], on: date
) -> dict[str, tuple[Setting, ...]]:
    """The settings of parameters at many places on a day: for each parameter one for each chain.

    Raises PolicyError when a place has none.
    """
    found = {}
    everywhere = set(chains[0]).intersection(*chains[1:]) if chains else set()
    for name in names:
        here: dict[str, Setting] = {}
        for setting in pack.parameters[name].settings:
            if setting.in_force(on):
                here.setdefault(setting.region, setting)
        if len(here) == 1 and everywhere.issuperset(here):  # most are set once, for the whole province
            found[name] = tuple(here.values()) * len(chains)
            continue
        row = [next((here[region] for region in chain if region in here), None) for chain in chains]
        missing = next((n for n, setting in enumerate(row) if setting is None), None)
        if missing is not None:
            _setting(pack, name, chains[missing], on)  # which says what is missing where
        found[name] = tuple(setting for setting in row if setting is not None)
    return found


@lru_cache(maxsize=64)
def _order(pack: Pack) -> tuple[Key, ...]:
    return tuple(order(pack))


@lru_cache(maxsize=64)
def _parameters(pack: Pack, versions: tuple[int, ...]) -> tuple[str, ...]:
    """The parameters that these versions of the rules, in their order, name."""
    formulas = [pack.rules[key].versions[n].formula for key, n in zip(_order(pack), versions, strict=True)]
    named = (node.name for formula in formulas for node in walk(formula) if isinstance(node, ParameterValue))
    return tuple(dict.fromkeys(named))


@lru_cache(maxsize=512)
def _compiled(pack: Pack, versions: tuple[int, ...], settings: tuple[int, ...], pinned: tuple[str, ...]) -> Compiled:
    keys = _order(pack)
    names = _parameters(pack, versions)
    return Compiled(
        pack,
        keys,
        {key: pack.rules[key].versions[n] for key, n in zip(keys, versions, strict=True)},
        {name: pack.parameters[name].settings[n] for name, n in zip(names, settings, strict=True)},
        pinned,
    )


def _setting(pack: Pack, name: str, regions: Sequence[str], on: date) -> int:
    """Which of a parameter's settings holds."""
    parameter = pack.parameters[name]
    setting = parameter.setting(regions, on)
    if setting is None:
        places = "、".join(regions)
        raise PolicyError(
            f"参数“{parameter.label.zh}”在 {on} 没有 {places} 的取值：请在规则包的参数表里补上",
            f"The parameter {parameter.label.en} has no value on {on} for {places}: add one to the pack",
        )
    return next(n for n, each in enumerate(parameter.settings) if each is setting)
