"""What to ask next: the unknown facts whose answer can still change a result, and no others.

A conversation starts with nothing known, asks what `next_questions` names, decides again, and ends when nothing is
left to ask. It is short because it follows the formulas: of `a and b` the second is asked only when the first has not
failed, of cases only the first that is open, of members only those who may count. An answer that cannot matter any more
(the vehicle of a family above the line) is never asked for.

Who does not know an answer says so; such facts are `declined` and not asked again, and the conversation goes on with
what else could settle the result.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from chunyu.policy.decision import Determination, Missing
from chunyu.policy.nodes import (
    Aggregate,
    AllOf,
    AnyOf,
    Choose,
    Disputed,
    FactValue,
    Node,
    ParameterValue,
    RuleValue,
)
from chunyu.policy.pack import Programme

Questions = tuple[Missing, ...]


def next_questions(
    determination: Determination, declined: Collection[Missing] = (), programmes: Collection[str] | None = None
) -> Questions:
    """The facts to ask next, for the category first and then for each programme that is still open.

    Each comes once, in the order of the formulas. Empty when no answer could change the category, an entitlement or an
    amount any more: the determination is then as settled as this person can make it. With `programmes` (codes), only
    those are asked for besides the category.
    """
    asking = _Asking(determination, declined)
    category = asking.rule(determination.pack.roles.category)
    if category:
        return category
    found: dict[Missing, None] = {}
    for programme in _wanted(determination, programmes):
        found.update(dict.fromkeys(asking.first(programme)))
    return tuple(found)


def open_questions(
    determination: Determination, declined: Collection[Missing] = (), programmes: Collection[str] | None = None
) -> Questions:
    """The facts that each single rule of the result would ask for next, whatever the others say: what a first page
    asks about people before anything is known of their means."""
    asking = _Asking(determination, declined)
    wanted = _wanted(determination, programmes)
    goals = [determination.pack.roles.category, *(name for programme in wanted for name in _goals(programme))]
    return tuple(dict.fromkeys(question for goal in dict.fromkeys(goals) for question in asking.rule(goal)))


def _wanted(determination: Determination, programmes: Collection[str] | None) -> Iterator[Programme]:
    for code, programme in determination.pack.programmes.items():
        if programmes is None or code in programmes:
            yield programme


def _goals(programme: Programme) -> tuple[str, ...]:
    """What must be known of a programme: every condition, and the amount where there is one."""
    return (*programme.conditions, *([programme.amount] if programme.amount else []))


class _Asking:
    def __init__(self, determination: Determination, declined: Collection[Missing]) -> None:
        self.determination = determination
        self.declined = frozenset(declined)
        self.versions = determination.program.versions
        self.found: dict[tuple[int, int | None], Questions] = {}

    def rule(self, name: str) -> Questions:
        """What a rule of the household needs; nothing when its value is known."""
        if self.determination.values[name] is not None:
            return ()
        return self.node(self.versions["household", name].formula, None)

    def first(self, programme: Programme) -> Questions:
        """What the first open condition needs, and the amount in the end; nothing once a condition has failed."""
        if any(self.determination.values[name] is False for name in programme.conditions):
            return ()
        return next(filter(None, map(self.rule, _goals(programme))), ())

    def node(self, node: Node, member: int | None) -> Questions:
        place = (id(node), member)
        if place not in self.found:
            known = self.determination.trace.get(id(node) if member is None else place) is not None
            self.found[place] = () if known else tuple(dict.fromkeys(self._open(node, member)))
        return self.found[place]

    def _open(self, node: Node, member: int | None) -> Iterable[Missing]:
        if isinstance(node, FactValue):
            question = Missing(node.entity, node.name, member if node.entity == "member" else None)
            return () if question in self.declined else (question,)
        if isinstance(node, ParameterValue | Disputed):  # nobody who is asked can answer these
            return ()
        if isinstance(node, RuleValue):
            formula = self.versions[node.entity, node.name].formula
            return self.node(formula, member if node.entity == "member" else None)
        if isinstance(node, AllOf):
            return self._in_turn(node.parts, member)
        if isinstance(node, AnyOf):
            return self._side_by_side(node, member)
        if isinstance(node, Choose):
            return self._cases(node, member)
        if isinstance(node, Aggregate):
            return self._members(node)
        return [question for child in node.children() for question in self.node(child, member)]

    def _in_turn(self, parts: Iterable[Node], member: int | None) -> Questions:
        return next(filter(None, (self.node(part, member) for part in parts)), ())

    def _side_by_side(self, node: AnyOf, member: int | None) -> Iterator[Missing]:
        for part in node.parts:
            yield from self.node(part, member)

    def _cases(self, node: Choose, member: int | None) -> Questions:
        """The first open case; one that cannot be asked about leaves the outcome to those after it."""
        for condition, value in zip(node.conditions, node.values, strict=True):
            state = self.determination.trace.get(id(condition) if member is None else (id(condition), member))
            if state is False:
                continue
            asked = self.node(condition, member) or self.node(value, member)
            if asked or state is True:
                return asked
        return self.node(node.otherwise, member)

    def _members(self, node: Aggregate) -> Iterator[Missing]:
        for position in range(len(self.determination.case.members)):
            if node.where is not None:
                if self.determination.trace.get((id(node.where), position)) is False:
                    continue
                asked = self.node(node.where, position)
                yield from asked
                if asked:
                    continue
            if node.value is not None:
                yield from self.node(node.value, position)
