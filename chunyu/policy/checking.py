"""Faults that only show when the whole pack is read: cycles, leftovers, cases never reached, overlapping
validity.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import pairwise

from chunyu.policy.kinds import KIND_WORDS, Kind, Type
from chunyu.policy.nodes import (
    AllOf,
    Among,
    Choose,
    Entity,
    FactValue,
    Literal,
    Lookup,
    Node,
    ParameterValue,
    RuleValue,
    walk,
)
from chunyu.policy.pack import Pack, Parameter, Rule
from chunyu.policy.problems import Problem, Span, nearest

Key = tuple[Entity, str]


def check(pack: Pack, declared: Mapping[Key, Type], problems: list[Problem]) -> None:
    """Add what is wrong with the pack as a whole. `declared` has the types of all its rules, broken ones too."""
    nodes = [node for rule in pack.rules.values() for v in rule.versions for node in walk(v.formula)]
    if set(declared) == set(pack.rules):
        _leftovers(pack, nodes, problems)
    _cycles(pack, problems)
    for rule in pack.rules.values():
        _periods(
            f"{rule.entity}.{rule.name}",
            [(v.valid_from, v.valid_to, v.span) for v in rule.versions],
            problems,
        )
        _cases(rule, problems)
    for parameter in pack.parameters.values():
        for region in dict.fromkeys(s.region for s in parameter.settings):
            dated = [(s.valid_from, s.valid_to, s.span) for s in parameter.settings if s.region == region]
            _periods(f"{parameter.name} ({region})", dated, problems)
    for node in nodes:
        if isinstance(node, Lookup):
            _coverage(pack.parameters[node.table.name], node, problems)
    _roles(pack, declared, problems)


def _leftovers(pack: Pack, nodes: Iterable[Node], problems: list[Problem]) -> None:
    used: set[object] = set()
    for node in nodes:
        if isinstance(node, FactValue):
            used.add((node.entity, node.name))
        elif isinstance(node, ParameterValue):
            used.add(node.name)
    for key, fact in pack.facts.items():
        if key not in used and not fact.kept_for:
            problems.append(Problem("unused_fact", fact.span, {"name": f"{fact.entity}.{fact.name}"}))
    for name, parameter in pack.parameters.items():
        if name not in used:
            problems.append(Problem("unused_parameter", parameter.span, {"name": name}))


def dependencies(node: Node) -> list[Key]:
    """The rules that a formula names, each once, in the order of the text."""
    return list(dict.fromkeys((n.entity, n.name) for n in walk(node) if isinstance(n, RuleValue)))


def _cycles(pack: Pack, problems: list[Problem]) -> None:
    after = {
        key: list(dict.fromkeys(d for v in rule.versions for d in dependencies(v.formula)))
        for key, rule in pack.rules.items()
    }
    done: set[Key] = set()

    def visit(key: Key, path: list[Key]) -> None:
        if key in path:
            names = [name for _, name in [*path[path.index(key) :], key]]
            rule = pack.rules[key]
            problems.append(Problem("cycle", rule.span, {"path": " → ".join(names)}))
            return
        if key in done or key not in after:
            return
        for dependency in after[key]:
            visit(dependency, [*path, key])
        done.add(key)

    for key in after:
        visit(key, [])


def order(pack: Pack) -> list[Key]:
    """The rules, each after those that it names."""
    sorted_: dict[Key, None] = {}

    def visit(key: Key) -> None:
        if key in sorted_:
            return
        for version in pack.rules[key].versions:
            for dependency in dependencies(version.formula):
                visit(dependency)
        sorted_[key] = None

    for key in pack.rules:
        visit(key)
    return list(sorted_)


def _periods(name: str, periods: Sequence[tuple[date | None, date | None, Span]], problems: list[Problem]) -> None:
    def words(start: date | None, end: date | None) -> str:
        first = "" if start in (None, date.min) else str(start)
        return f"{first}–{end or ''}"

    ordered = sorted(periods, key=lambda p: p[0] or date.min)
    for start, end, span in ordered:
        if start is not None and end is not None and end < start:
            problems.append(Problem("backwards", span, {"name": name, "first": words(start, end)}))
    for (start, end, _), (later, later_end, span) in pairwise(ordered):
        if end is None or (later or date.min) <= end:
            params = {"name": name, "first": words(start, end), "second": words(later, later_end)}
            problems.append(Problem("overlapping", span, params))


def _parts(node: Node) -> set[Node]:
    return set(node.parts) if isinstance(node, AllOf) else {node}


def _cases(rule: Rule, problems: list[Problem]) -> None:
    """A case is never reached when an earlier one asks for no more than it does."""
    for version in rule.versions:
        for node in walk(version.formula):
            if isinstance(node, Choose):
                for number, condition in enumerate(node.conditions):
                    for earlier, before in enumerate(node.conditions[:number]):
                        always = isinstance(before, Literal) and before.value is True
                        if always or _parts(before) <= _parts(condition):
                            params = {"number": str(number + 1), "earlier": str(earlier + 1)}
                            problems.append(Problem("unreachable_case", condition.span, params))
                            break


def _coverage(table: Parameter, node: Lookup, problems: list[Problem]) -> None:
    for setting in table.settings:
        if setting.value is not None and "otherwise" not in setting.value:
            missing = next((c for c in node.key.type.codes if c not in setting.value), None)
            if missing is not None:
                problems.append(Problem("table_incomplete", setting.span, {"name": table.name, "missing": missing}))


def _roles(pack: Pack, declared: Mapping[Key, Type], problems: list[Problem]) -> None:
    example = pack.facts.get(("household", pack.roles.example_fact))
    if pack.roles.example_fact and (example is None or example.type.kind is not Kind.MONEY):
        params = {"fact": pack.roles.example_fact}
        problems.append(Problem("not_a_fact", Span("pack.toml"), params))
    wanted = [(pack.roles.category, Kind.CODE), (pack.roles.figure, Kind.MONEY)]
    on_file = [pack.roles.on_file] if pack.roles.on_file else []
    wanted += [(name, Kind.FLAG) for name in (*on_file, *pack.roles.blockers, *pack.roles.notices)]
    for name, kind in wanted:
        type_ = declared.get(("household", name))
        if type_ is None or type_.kind is not kind:
            words = KIND_WORDS[kind]
            params = {"rule": name, "kind_zh": words[0], "kind_en": words[1]}
            known = [n for (e, n), t in declared.items() if e == "household" and t.kind is kind]
            problems.append(Problem("not_a_rule", Span("pack.toml"), params | nearest(name, known)))
    rule = pack.rules.get(("household", pack.roles.on_file))
    problems += [
        Problem("on_file_form", version.span, {"rule": pack.roles.on_file})
        for version in (rule.versions if rule else ())
        if not _lists_categories(version.formula, pack.roles.category)
    ]


def _lists_categories(node: Node, category: str) -> bool:
    """Whether a formula reads `category in [...]`, so that the categories on file can be listed without a household."""
    return (
        isinstance(node, Among)
        and not node.negated
        and not isinstance(node.codes, ParameterValue)
        and isinstance(node.value, RuleValue)
        and node.value.name == category
    )
