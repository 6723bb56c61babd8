"""Which page comes next. Only place and people are fixed; everything else is what the rulebook in force still needs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from typing import Literal as OneOf

from django.utils.translation import gettext_lazy as _

from chunyu.accounts.refusal import Refusal
from chunyu.federation.models import Organisation, Region
from chunyu.policy import Determination, Missing, Pack, PolicyError, decide
from chunyu.policy.asking import next_questions, open_questions
from chunyu.policy.interpret import program
from chunyu.policy.pack import Fact
from chunyu.portal.self_check.answers import Answers
from chunyu.rulebooks.in_force import NATION, pack_on

Kind = OneOf["place", "people", "means", "further", "result"]
TITLES: dict[Kind, Any] = {
    "place": _("What could you get?"),
    "people": _("The people at home"),
    "means": _("Money in and money out"),
    "further": _("A few more things"),
    "result": _("What you could get"),
}
STEPS: tuple[Kind, ...] = tuple(TITLES)


@dataclass(frozen=True)
class Screen:
    """One page. `at` is its name in the answers: place, people, or the number of a group of questions."""

    kind: Kind
    at: str
    questions: tuple[Missing, ...] = ()

    @property
    def step(self) -> int:
        return STEPS.index(self.kind) + 1


@dataclass(frozen=True)
class Rules:
    """The rulebook of the day, at a place."""

    pack: Pack
    region: Region
    on: date

    @property
    def regions(self) -> tuple[str, ...]:
        return (*self.region.chain(), NATION)

    def decide(self, answers: Answers, names: tuple[str, ...] = ()) -> Determination:
        return decide(self.pack, answers.case(self.pack, names), self.on, self.regions)

    def fact(self, question: Missing) -> Fact:
        return self.pack.facts["household" if question.member is None else "member", question.name]


def counties(on: date) -> list[Region]:
    """The counties of this federation for which the rulebook of the day has every value, by code."""
    found = (
        Region.objects.as_of(on)
        .filter(level=Region.Level.COUNTY, organisations__kind=Organisation.Kind.COUNTY_FEDERATION)
        .filter(organisations__dissolved_on__isnull=True)
        .select_related("parent__parent__parent")
        .distinct()
        .order_by("code")
    )
    ruled = [region for region in found if _pack_at(region, on)]
    if not ruled:
        raise Refusal(
            _("There is no county here today whose rules are complete. Please ask the union."), code="no_place"
        )
    return ruled


def _pack_at(region: Region, on: date) -> Pack | None:
    """The rulebook of a place when it is in force and has every value there."""
    regions = (*region.chain(), NATION)
    try:
        pack = pack_on(on, regions)
        program(pack, regions, on)
    except (PolicyError, Refusal):
        return None
    return pack


def rules_at(place: str, on: date) -> Rules | None:
    """The rules for a county by its code; None when there is no such county, or no rules for it."""
    region = (
        Region.objects.as_of(on)
        .filter(level=Region.Level.COUNTY, code=place)
        .select_related("parent__parent__parent")
        .first()
    )
    pack = _pack_at(region, on) if region else None
    return Rules(pack, region, on) if region and pack else None


def about_people(rules: Rules, size: int) -> tuple[Missing, ...]:
    """What is asked about each person on the first page about them."""
    nobody = rules.decide(Answers())
    names = [each.name for each in open_questions(nobody, (), asked_of_all(rules.pack)) if each.kind == "member"]
    return tuple(Missing("member", name, position) for position in range(size) for name in names)


def asked_of_all(pack: Pack) -> tuple[str, ...]:
    """The programmes that are for whoever is in need; the others answer a need that the family raises itself."""
    return tuple(code for code, programme in pack.programmes.items() if not programme.on_request)


def screen_of(rules: Rules | None, answers: Answers) -> Screen:
    """The page to show: the one looked at again, or the next that still has a question, or the result."""
    if rules is None or answers.at == "place":
        return Screen("place", "place")
    if not answers.introduced or answers.at == "people":
        return Screen("people", "people", about_people(rules, len(answers.people)))
    if answers.at.isdigit() and int(answers.at) < len(answers.screens):
        return asked_screen(rules, answers, int(answers.at))
    questions = _next(rules, answers)
    if not questions:
        return Screen("result", "result")
    return _screen(rules, answers, str(len(answers.screens)), questions)


def asked_screen(rules: Rules, answers: Answers, number: int) -> Screen:
    """A page that has been answered."""
    asked = answers.screens[number]
    questions = tuple(Missing("household" if at is None else "member", name, at) for name, at in asked)
    return _screen(rules, answers, str(number), questions)


def _next(rules: Rules, answers: Answers) -> tuple[Missing, ...]:
    determination = rules.decide(answers)
    wave = next_questions(determination, answers.declined(), (*asked_of_all(rules.pack), *answers.wishes))
    signed = {each.name for each in rules.pack.declarations()}
    if not any(each.name in signed for each in wave):
        return wave
    # What one signature declares is asked together, as far as it matters at all.
    matters = {*wave, *(each for each in determination.unknown if not answers.given(each))}
    return tuple(dict.fromkeys((*wave, *(each for each in _declared(rules.pack) if each in matters))))


def _declared(pack: Pack) -> Iterable[Missing]:
    return (Missing("household", fact.name) for fact in pack.declarations() if fact.entity == "household")


def _screen(rules: Rules, answers: Answers, at: str, questions: tuple[Missing, ...]) -> Screen:
    figure = {each.name for each in rules.decide(Answers(people=answers.people)).unknown_of(rules.pack.roles.figure)}
    means = all(each.name in figure for each in questions)
    return Screen("means" if means else "further", at, questions)


def declarations_of(rules: Rules, questions: Sequence[Missing]) -> tuple[Missing, ...]:
    """Those of the questions that the signed application declares: one answer does for all of them."""
    return tuple(each for each in questions if rules.fact(each).declaration is not None)


def before(rules: Rules | None, answers: Answers, screen: Screen) -> Answers | None:
    """The answers as they are one page earlier; None on the first page."""
    if screen.kind == "place":
        return None
    if screen.kind == "people":
        return replace(answers, at="place")
    number = len(answers.screens) if screen.kind == "result" else int(screen.at)
    return replace(answers, at=str(number - 1) if number else "people")
