"""What the rulebook makes of the answers, in plain words. It is no decision: nothing is written, nobody has checked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from chunyu.federation.models import Organisation
from chunyu.hardship.models import UNKNOWN
from chunyu.hardship.wording import category_tone, language, shown
from chunyu.policy import (
    Change,
    Determination,
    Missing,
    ProgrammeResult,
    Stated,
    Why,
    decide,
    explain,
    missing_documents,
    nearest_changes,
    why_not,
    with_declarations,
)
from chunyu.policy.kinds import Kind
from chunyu.policy.wording import with_unit, yuan
from chunyu.portal.self_check.answers import Answers
from chunyu.portal.self_check.screens import TITLES, Rules, asked_of_all, asked_screen

Row = tuple[str, str]
FOLDED = 9  # a depth at which a step of the why-tree is closed


@dataclass(frozen=True)
class Offer:
    """One programme: what it gives, or why not, or what is still to be known besides what the category `waits` for."""

    label: str
    for_whom: str
    amount: str
    gives: str
    apply_at: str
    opens: str
    reasons: tuple[str, ...]
    unknown: tuple[Row, ...]
    waits: bool
    nodes: list[dict[str, Any]]


@dataclass(frozen=True)
class Given:
    """The answers of one page, to look over and to change."""

    title: str
    at: str
    rows: tuple[Row, ...]


class Outcome:
    def __init__(self, rules: Rules, answers: Answers) -> None:
        self.rules, self.answers = rules, answers
        self.tongue = language()
        self.names = names_of(rules, answers)
        self.determination: Determination = rules.decide(answers, self.names)

    # the category

    @property
    def category(self) -> str | None:
        code = self.determination.category
        return None if code is None else self.rules.pack.category_label(code, self.tongue)

    @property
    def tone(self) -> str:
        return category_tone(self.determination.category or UNKNOWN, self.rules.pack)

    @cached_property
    def why(self) -> list[dict[str, Any]]:
        return [shown(explain(self.determination, self.rules.pack.roles.category, self.tongue), FOLDED)]

    @cached_property
    def nearest(self) -> str:
        """The smallest change of category that would bring more than now; empty where there is none."""
        assumed = self._unhindered
        if self.determination.category is None or assumed.category != self.determination.category:
            return ""
        changes = nearest_changes(assumed, language=self.tongue)
        return next((each.sentence for each in changes if _worth(after(assumed, each)) > _worth(assumed)), "")

    @property
    def assumes(self) -> bool:
        """Whether the nearest change rests on nothing standing in the way, which nobody was asked about."""
        return "unknown" in self.determination.exclusions.values()

    @cached_property
    def _unhindered(self) -> Determination:
        """The same family, with what was not asked because it cannot matter now standing in nobody's way."""
        now = self.determination
        case = with_declarations(now.pack, now.case, "", None)
        for blocker in now.pack.roles.blockers:
            for each in now.unknown_of(blocker):
                clear = {Kind.FLAG: False, Kind.COUNT: 0}.get(self.rules.fact(each).type.kind)
                if each.kind == "household" and each.name not in case.household and clear is not None:
                    case = case.with_household(each.name, Stated(clear))
        return decide(now.pack, case, now.on, now.regions)

    @cached_property
    def unknown(self) -> list[Row]:
        return self._missing(self.determination.unknown)

    # the programmes

    @cached_property
    def _results(self) -> list[ProgrammeResult]:
        asked = (*asked_of_all(self.rules.pack), *self.answers.wishes)
        return [result for code, result in self.determination.programmes.items() if code in asked]

    @cached_property
    def others(self) -> list[Row]:
        """Programmes for needs that the family has not raised: what they are called, and for whom they are."""
        programmes = self.rules.pack.programmes.values()
        unasked = [each for each in programmes if each.on_request and each.code not in self.answers.wishes]
        return [(each.label(self.tongue), each.for_whom(self.tongue)) for each in unasked]

    @cached_property
    def yes(self) -> list[Offer]:
        return [self._offer(each) for each in self._results if each.entitled]

    @cached_property
    def perhaps(self) -> list[Offer]:
        return [self._offer(each) for each in self._results if each.entitled is None]

    @cached_property
    def no(self) -> list[Offer]:
        return [self._offer(each) for each in self._results if each.entitled is False]

    @cached_property
    def total(self) -> str:
        total = sum(each.amount_fen or 0 for each in self._results if each.entitled)
        return in_yuan(total) if total else ""

    def _offer(self, result: ProgrammeResult) -> Offer:
        programme, calendar = result.programme, result.programme.calendar
        lines = why_not(self.determination, programme.code, self.tongue) if result.entitled is False else ()
        return Offer(
            programme.label(self.tongue),
            programme.for_whom(self.tongue),
            in_yuan(result.amount_fen) if programme.amount else "",
            programme.gives(self.tongue) if programme.gives else "",
            programme.apply_at(self.tongue) if programme.apply_at else "",
            _("Apply from %(opens)s to %(closes)s.")
            % {"opens": month_and_day(calendar.opens), "closes": month_and_day(calendar.closes)},
            tuple(_with_figures(line) for line in lines if line.status == "no"),
            tuple(row for row in self._missing(result.unknown) if row not in self.unknown),
            bool(result.unknown),
            [shown(explain(self.determination, programme.code, self.tongue), FOLDED)],
        )

    @cached_property
    def papers(self) -> list[tuple[str, bool]]:
        """Papers for everything that is or may be open, each once: (label, whether it is surely needed)."""
        found: dict[str, tuple[str, bool]] = {}
        for result in self._results:
            if result.entitled is False:
                continue
            labels = {document.code: document.label(self.tongue) for document in result.programme.documents}
            for code, needed in missing_documents(self.determination, result.programme.code):
                sure = bool(needed) or (code in found and found[code][1])
                found[code] = (labels[code], sure)
        return list(found.values())

    # where, and what was said

    @cached_property
    def union(self) -> str:
        """The county federation that takes the application."""
        kind = Organisation.Kind.COUNTY_FEDERATION
        federation = Organisation.objects.as_of(self.rules.on).filter(kind=kind, region=self.rules.region).first()
        return federation.name if federation else ""

    def said(self) -> list[Given]:
        answers = self.answers
        people = [
            (self._about(position, self._asked(Missing("member", name, position))), value)
            for position, person in enumerate(answers.people)
            for name, value in self._values("member", person.facts, position)
            if not any((name, position) in screen for screen in answers.screens)
        ]
        place = (_("County or district"), self.rules.region.name), (_("People"), str(len(answers.people)))
        found = [Given(_("Place and size"), "place", place), Given(str(TITLES["people"]), "people", tuple(people))]
        for number in range(len(answers.screens)):
            screen = asked_screen(self.rules, answers, number)
            rows = tuple(self._row(question) for question in screen.questions)
            found.append(Given(str(TITLES[screen.kind]), screen.at, rows))
        return found

    def _values(self, entity: Any, facts: Any, position: int | None) -> Iterable[Row]:
        return [(name, self._value(Missing(entity, name, position))) for name in facts]

    def _row(self, question: Missing) -> Row:
        label = self._asked(question)
        if question.member is not None:
            label = self._about(question.member, label)
        return label, self._value(question)

    def _about(self, position: int, label: str) -> str:
        return _("%(person)s: %(fact)s") % {"person": self.names[position], "fact": label}

    def _asked(self, question: Missing) -> str:
        return self.rules.fact(question).label(self.tongue)

    def _value(self, question: Missing) -> str:
        given = self.answers.value(question)
        if given is None:
            return _("I do not know")
        fact = self.rules.fact(question)
        return with_unit(date.fromisoformat(given) if _day(given) else given, fact.type, fact.values, self.tongue)

    def _missing(self, missing: Iterable[Missing]) -> list[Row]:
        """What is not known, and who can tell: each with the person it is about."""
        rows = []
        for each in missing:
            if each.kind == "parameter":
                label = self.rules.pack.parameters[each.name].label(self.tongue)
                rows.append((label, _("The federation has not set this yet.")))
                continue
            fact = self.rules.fact(each)
            label = fact.label(self.tongue)
            if each.member is not None:
                label = self._about(each.member, label)
            rows.append((label, fact.advice(self.tongue) if fact.advice else _("The county federation can tell you.")))
        return list(dict.fromkeys(rows))


def after(determination: Determination, change: Change) -> Determination:
    """The family decided again once a change has come about."""
    fact, now = change.example or change, determination
    if fact.after is None:
        return now
    stated = Stated(fact.after)
    if fact.member is None:
        case = now.case.with_household(fact.name, stated)
    else:
        case = now.case.with_member(fact.member, fact.name, stated)
    return decide(now.pack, case, now.on, now.regions)


def _worth(determination: Determination) -> tuple[int, int]:
    """What all open programmes give together, in fen, and how many they are: more is better."""
    open_ = [each for each in determination.pack.programmes.values() if determination.entitled(each.code)]
    amounts = [determination.values[each.amount] for each in open_ if each.amount]
    return sum(fen for fen in amounts if isinstance(fen, int)), len(open_)


def names_of(rules: Rules, answers: Answers) -> tuple[str, ...]:
    """How the sentences call the people: you, and the others by what they are to you."""
    fact = rules.pack.facts.get(("member", "relation"))
    called = []
    for position, person in enumerate(answers.people):
        word = fact.values.get(person.relation) if fact else None
        if position == 0:
            called.append(_("You"))
        elif word is None:
            called.append(_("Person %(number)s") % {"number": position + 1})
        else:
            called.append(word(language()))
    return tuple(name if called.count(name) == 1 else f"{name} {n + 1}" for n, name in enumerate(called))


def in_yuan(fen: int | None) -> str:
    """An amount without its zero fen; empty while it is unknown."""
    return "" if fen is None else yuan(fen).removesuffix(".00")


def month_and_day(written: str) -> str:
    """``08-01`` as a day without its year."""
    month, day = (int(part) for part in written.split("-"))
    return date_format(date(2000, month, day), pgettext("format of a day without its year", "j F"))


def _with_figures(line: Why) -> str:
    """A reason, with the figures that were compared where there are any."""
    if not any(mark.isdigit() for mark in line.value):
        return line.sentence
    return _("%(reason)s (%(figures)s)") % {"reason": line.sentence, "figures": line.value}


def _day(given: Any) -> bool:
    if not isinstance(given, str):
        return False
    try:
        date.fromisoformat(given)
    except ValueError:
        return False
    return True
