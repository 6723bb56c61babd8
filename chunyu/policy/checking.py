"""Faults that only show when the whole pack is read: cycles, leftovers, cases never reached, overlapping
validity.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise

from chunyu.policy.covering import Covering
from chunyu.policy.kinds import KIND_WORDS, Kind, Type
from chunyu.policy.nodes import (
    Among,
    Choose,
    Entity,
    FactValue,
    Lookup,
    Node,
    ParameterValue,
    RuleValue,
    walk,
)
from chunyu.policy.pack import HOUSEHOLD, Pack, Parameter, Rule
from chunyu.policy.problems import Problem, Span, nearest

Key = tuple[Entity, str]
Period = tuple[date | None, date | None, Span]
DEEPEST_TREE = 150  # steps from a rule down to its last fact, through all the rules it names


def check(pack: Pack, declared: Mapping[Key, Type], problems: list[Problem]) -> None:
    """Add what is wrong with the pack as a whole. `declared` has the types of all its rules, broken ones too."""
    nodes = [node for rule in pack.rules.values() for v in rule.versions for node in walk(v.formula)]
    if set(declared) == set(pack.rules):
        _leftovers(pack, nodes, problems)
    _cycles(pack, problems)
    covering = Covering(pack.rules, pack.parameters)
    for rule in pack.rules.values():
        _periods(
            f"{rule.entity}.{rule.name}",
            [(v.valid_from, v.valid_to, v.span) for v in rule.versions],
            problems,
        )
        _cases(rule, covering, problems)
    for parameter in pack.parameters.values():
        dated: dict[str, list[Period]] = {}
        for setting in parameter.settings:
            dated.setdefault(setting.region, []).append((setting.valid_from, setting.valid_to, setting.span))
        for region, periods in dated.items():
            _periods(f"{parameter.name} ({region})", periods, problems)
    for node in nodes:
        if isinstance(node, Lookup):
            _coverage(pack.parameters[node.table.name], node, problems)
    for programme in pack.programmes.values():
        for code in programme.conflicts:
            if code not in pack.programmes:
                params = {"code": code} | nearest(code, pack.programmes)
                problems.append(Problem("no_programme", programme.span, params))
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
    """Rules that go round in a circle, and rules that build on one another too deep for any reader of the tree."""
    after = {
        key: list(dict.fromkeys(d for v in rule.versions for d in dependencies(v.formula)))
        for key, rule in pack.rules.items()
    }
    depth: dict[Key, int] = {}
    for first in after:
        path: dict[Key, Iterator[Key]] = {}
        if first not in depth:
            path[first] = iter(after[first])
        while path:
            key = next(reversed(path))
            named = next(path[key], None)
            if named is None:
                del path[key]
                own = max(_height(version.formula) for version in pack.rules[key].versions)
                depth[key] = own + max((depth.get(each, 0) for each in after[key]), default=0)
            elif named in path:
                keys = list(path)
                names = [name for _, name in [*keys[keys.index(named) :], named]]
                problems.append(Problem("cycle", pack.rules[named].span, {"path": " → ".join(names)}))
            elif named in after and named not in depth:
                path[named] = iter(after[named])
    deepest = next((key for key in after if depth[key] > DEEPEST_TREE), None)
    if deepest is not None:
        params = {"rule": deepest[1], "limit": str(DEEPEST_TREE)}
        problems.append(Problem("tree_too_deep", pack.rules[deepest].span, params))


def _height(node: Node) -> int:
    return 1 + max((_height(child) for child in node.children()), default=0)


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


def _periods(name: str, periods: Sequence[Period], problems: list[Problem]) -> None:
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


def _cases(rule: Rule, covering: Covering, problems: list[Problem]) -> None:
    """A case is never reached when an earlier one asks for no more than it does."""
    for version in rule.versions:
        for node in walk(version.formula):
            if isinstance(node, Choose):
                for number, earlier in covering.unreachable(node):
                    params = {"number": str(number + 1), "earlier": str(earlier + 1)}
                    problems.append(Problem("unreachable_case", node.conditions[number].span, params))


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
    wanted = [
        (pack.roles.category, Kind.CODE),
        (pack.roles.figure, Kind.MONEY if pack.subject == HOUSEHOLD else Kind.COUNT),
    ]
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
