"""What a change request would do to the decision: the rules read the facts as they are, and with the proposed ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from chunyu.hardship.deciding import category_of
from chunyu.hardship.reading import Reading, read, read_facts
from chunyu.hardship.wording import category_tone, category_word, language, shown
from chunyu.policy import explain
from chunyu.policy.kinds import FLAG
from chunyu.policy.wording import with_unit
from chunyu.registry.changes.queries import Line, with_proposed
from chunyu.registry.fact_names import FACT_NAMES, MEMBER
from chunyu.registry.models import ChangeRequest, Fact, ProposedFact
from chunyu.registry.queries import facts_on, value_of

SOURCES = dict(Fact.Source.choices)


@dataclass(frozen=True)
class Answer:
    """What the rules say of the household on one side of the change."""

    category: str
    tone: str
    net_income_fen: int | None
    why: list[dict[str, Any]]


@dataclass(frozen=True)
class ProgrammeLine:
    """One programme on both sides; `entitled` is None while an unknown fact stands in the way."""

    label: str
    entitled_before: bool | None
    entitled_after: bool | None
    before_fen: int | None
    after_fen: int | None
    why_before: list[dict[str, Any]]
    why_after: list[dict[str, Any]]

    @property
    def changes(self) -> bool:
        return (self.entitled_before, self.before_fen) != (self.entitled_after, self.after_fen)


@dataclass(frozen=True)
class Effect:
    before: Answer
    after: Answer
    programmes: list[ProgrammeLine]

    @property
    def changes_category(self) -> bool:
        return self.before.category != self.after.category

    @property
    def changed(self) -> list[ProgrammeLine]:
        return [each for each in self.programmes if each.changes]


def effect_of(request: ChangeRequest, proposed: list[ProposedFact], day: date) -> Effect:
    """The decision as it would be made today without and with the change; nothing is decided by reading."""
    household = request.household
    facts = facts_on(household, day)
    by = request.asked_by.user.full_name
    before, after = read(household, day), read_facts(household, with_proposed(facts, proposed, by), day)
    return Effect(answer_of(before), answer_of(after), list(_programmes(before, after)))


def answer_of(reading: Reading) -> Answer:
    """What the rules say of a household, with why."""
    determination = reading.determination
    pack, code = determination.pack, category_of(determination)
    return Answer(
        category_word(code, pack.id),
        category_tone(code, pack),
        determination.values[pack.roles.figure],
        [shown(explain(determination, pack.roles.category, language()))],
    )


def _programmes(before: Reading, after: Reading) -> list[ProgrammeLine]:
    found = []
    for code, now in before.determination.programmes.items():
        then = after.determination.programmes[code]
        found.append(
            ProgrammeLine(
                now.programme.label(language()),
                now.entitled,
                then.entitled,
                now.amount_fen if now.entitled else None,
                then.amount_fen if then.entitled else None,
                [shown(explain(before.determination, code, language()))],
                [shown(explain(after.determination, code, language()))],
            )
        )
    return found


def line_shown(line: Line, reading_pack: Any) -> dict[str, Any]:
    """A proposed fact beside what it was asked against and what holds now, in the rulebook's words."""
    proposed = line.proposed
    meaning = FACT_NAMES[proposed.name]
    entity = "member" if meaning.subject == MEMBER else "household"
    fact = reading_pack.facts.get((entity, proposed.name))

    def words(stated: Fact | ProposedFact | None) -> str:
        if stated is None:
            return ""
        return with_unit(value_of(stated), fact.type if fact else FLAG, fact.values if fact else {}, language())

    return {
        "key": proposed.pk,
        "person": proposed.member.name if proposed.member else "",
        "label": fact.label(language()) if fact else str(meaning.label),
        "was": words(line.asked_against),
        "now": words(line.now),
        "proposed": words(proposed),
        "source": SOURCES[proposed.source],
        "on": proposed.stated_on,
        "note": proposed.note,
        "conflict": line.conflict,
        "gone": line.gone,
    }
