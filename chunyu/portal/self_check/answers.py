"""What somebody has said so far. It is nowhere but in the page: signed, so that what comes back is what was written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any

from django.core import signing

from chunyu.policy import Case, Member, Missing, Pack, Stated
from chunyu.policy.kinds import Kind, Value, fits

SALT = "chunyu.portal.self-check"
LASTS = 24 * 3600  # seconds; a phone left overnight starts again
MOST_PEOPLE = 12

Given = int | bool | str | None  # as JSON has it: days as text; None is "I do not know"
Facts = dict[str, Given]
Asked = tuple[tuple[str, int | None], ...]


class Unreadable(Exception):
    """What came back is not what was written, or too old."""


@dataclass(frozen=True)
class Person:
    """One of the household. `relation` only serves to call them something."""

    relation: str = ""
    facts: Facts = field(default_factory=dict)


@dataclass(frozen=True)
class Answers:
    """`screens` are the groups of questions asked after the people, as (fact, position of the member or None); `at`
    names the page being looked at again, or is empty for the next one. `wishes` are the programmes that answer a need
    which the family raises itself."""

    place: str = ""
    people: tuple[Person, ...] = ()
    introduced: bool = False
    wishes: tuple[str, ...] = ()
    household: Facts = field(default_factory=dict)
    screens: tuple[Asked, ...] = ()
    one_by_one: bool = False
    at: str = ""

    def sealed(self) -> str:
        return signing.dumps(asdict(self), salt=SALT, compress=True)

    # what is known

    def given(self, question: Missing) -> bool:
        return question.name in self._facts(question)

    def value(self, question: Missing) -> Given:
        return self._facts(question).get(question.name)

    def _facts(self, question: Missing) -> Mapping[str, Given]:
        if question.member is None:
            return self.household
        return self.people[question.member].facts

    def declined(self) -> frozenset[Missing]:
        """What the person does not know."""
        own = {Missing("household", name) for name, value in self.household.items() if value is None}
        theirs = {
            Missing("member", name, position)
            for position, person in enumerate(self.people)
            for name, value in person.facts.items()
            if value is None
        }
        return frozenset(own | theirs)

    def case(self, pack: Pack, names: tuple[str, ...] = ()) -> Case:
        """The household as the engine takes it. A fact that the rulebook no longer has is left out."""
        people = self.people or (Person(),)
        members = tuple(
            Member(stated(pack, "member", person.facts), names[position] if names else "")
            for position, person in enumerate(people)
        )
        return Case(stated(pack, "household", self.household), members)

    # what is said

    def at_place(self, place: str) -> Answers:
        return replace(self, place=place, at="")

    def introducing(self, relations: Sequence[str], wishes: Sequence[str]) -> Answers:
        people = tuple(replace(p, relation=r) for p, r in zip(self.people, relations, strict=True))
        return replace(self, people=people, introduced=True, wishes=tuple(wishes), at="")

    def having_asked(self, number: int, asked: Asked, *, one_by_one: bool) -> Answers:
        """With the page `number` behind: the same one again, or one more."""
        screens = list(self.screens)
        screens[number : number + 1] = [asked] if asked else []
        return replace(self, screens=tuple(screens), one_by_one=one_by_one, at="")

    def told(self, values: Mapping[Missing, Given]) -> Answers:
        household = dict(self.household)
        facts = [dict(person.facts) for person in self.people]
        for question, value in values.items():
            (household if question.member is None else facts[question.member])[question.name] = value
        people = tuple(replace(person, facts=own) for person, own in zip(self.people, facts, strict=True))
        return replace(self, household=household, people=people)

    def resized(self, size: int) -> Answers:
        """With so many people: the first ones stay, blank ones join."""
        kept = self.people[:size]
        changed = replace(self, people=(*kept, *(Person() for _ in range(size - len(kept)))))
        return changed if size >= len(self.people) else changed._forgetting(lambda position: position < size)

    def without(self, gone: int) -> Answers:
        """With one person less; what was asked about those after them follows them."""
        people = tuple(person for position, person in enumerate(self.people) if position != gone)
        changed = replace(self, people=people)._forgetting(lambda position: position != gone)
        moved = tuple(
            tuple((name, at - 1 if at is not None and at > gone else at) for name, at in screen)
            for screen in changed.screens
        )
        return replace(changed, screens=moved)

    def _forgetting(self, stays: Callable[[int], bool]) -> Answers:
        kept = (tuple(each for each in screen if each[1] is None or stays(each[1])) for screen in self.screens)
        return replace(self, screens=tuple(screen for screen in kept if screen))


def stated(pack: Pack, entity: Any, facts: Mapping[str, Given]) -> dict[str, Stated]:
    found = {}
    for name, given in facts.items():
        fact = pack.facts.get((entity, name))
        value = _read(given, fact.type.kind) if fact else None
        if fact and value is not None and fits(value, fact.type):
            found[name] = Stated(value)
    return found


def _read(given: Given, kind: Kind) -> Value:
    if kind is Kind.DATE and isinstance(given, str):
        try:
            return date.fromisoformat(given)
        except ValueError:
            return None
    return given


def opened(sealed: str) -> Answers:
    """The answers that a page carried. Raises Unreadable for anything that this site did not write within a day."""
    try:
        data = signing.loads(sealed, salt=SALT, max_age=LASTS)
        people = tuple(Person(**person) for person in data.pop("people"))
        screens = tuple(tuple((name, at) for name, at in screen) for screen in data.pop("screens"))
        return Answers(people=people, screens=screens, wishes=tuple(data.pop("wishes", ())), **data)
    except (signing.BadSignature, TypeError, KeyError, ValueError, AttributeError) as error:
        raise Unreadable from error
