"""The nearest change: the smallest single change that would alter a result, found by deciding again and
again.

Every change returned has been applied to the case and decided: it does alter the result. A change is sought
for the pack's figure (the net income per head), for each stated number of the household and its members, and
for each stated yes or no. For a number the search doubles the step until the result alters and then halves
the interval, so the change is the smallest one wherever the result alters once between two values, as it
does at a line.

Changes of different kinds are ranked by their size against the present value, a switched yes or no counting
as the whole of it. A fact that is unknown is not changed but missing: see `Determination.unknown`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal as OneOf

from chunyu.policy.cases import Case, Stated, strongest
from chunyu.policy.decision import Determination, decide
from chunyu.policy.interpret import program
from chunyu.policy.kinds import FEN, Kind, Value
from chunyu.policy.pack import Fact
from chunyu.policy.wording import Words, plain, yuan

FARTHEST = {Kind.MONEY: 10**9, Kind.COUNT: 100}  # ten million yuan: farther changes help nobody

Outcome = str | bool | None


@dataclass(frozen=True)
class Change:
    """One change and its effect. Numbers in fen (or pieces, for counts); `member` is a position or None.

    For the figure of the pack, `kind` is "figure" and `example` is the change of a fact that brings it about.
    """

    kind: OneOf["figure", "fact"]
    name: str
    member: int | None
    before: Value
    after: Value
    outcome: Outcome
    sentence: str
    size: float
    example: Change | None = None


def nearest_change(determination: Determination, programme: str | None = None, language: str = "zh") -> Change | None:
    """The smallest change that alters the category, or the entitlement to a programme; None when there is
    none.
    """
    return next(iter(nearest_changes(determination, programme, language)), None)


def nearest_changes(
    determination: Determination, programme: str | None = None, language: str = "zh"
) -> tuple[Change, ...]:
    """All changes found, the smallest first. Empty while the present result is unknown."""
    search = _Search(determination, programme, language)
    if search.present is None:
        return ()
    facts = list(search.fact_changes())
    figure = search.figure_change(facts)
    return tuple(sorted([*([figure] if figure else []), *facts], key=lambda c: (c.size, c.kind != "figure")))


class _Search:
    def __init__(self, determination: Determination, programme: str | None, language: str) -> None:
        self.determination = determination
        self.programme = programme
        self.language = language
        self.words = Words(determination, language)
        self.present = self.outcome(determination)
        self.household, self.members = determination.program.compiled.inputs(determination.case)

    def outcome(self, determination: Determination) -> Outcome:
        if self.programme is None:
            return determination.category
        return determination.entitled(self.programme)

    def decided(self, case: Case) -> Outcome:
        now = self.determination
        return self.outcome(decide(now.pack, case, now.on, now.regions))

    def tried(self, slot: int, member: int | None, value: int | bool) -> Outcome:
        """The outcome with one fact at another value, without building a case: for the steps of the search."""
        now = self.determination
        household, members = self.household, self.members
        if member is None:
            household = [*household[:slot], value, *household[slot + 1 :]]
        else:
            mine = members[member]
            members = [*members[:member], [*mine[:slot], value, *mine[slot + 1 :]], *members[member + 1 :]]
        values = now.program.run(household, members)
        return self.outcome(Determination(now.program, now.case, *values))

    # facts

    def fact_changes(self) -> Iterator[Change]:
        case = self.determination.case
        program_ = self.determination.program.compiled
        for slot, fact in enumerate(program_.household_facts):
            yield from self._fact(fact, slot, None, strongest(case.household.get(fact.name)))
        for position, member in enumerate(case.members):
            for slot, fact in enumerate(program_.member_facts):
                yield from self._fact(fact, slot, position, strongest(member.facts.get(fact.name)))

    def _fact(self, fact: Fact, slot: int, member: int | None, stated: Stated | None) -> Iterator[Change]:
        if stated is None:
            return

        def changed(value: int | bool) -> Case:
            said = Stated(value, stated.source, stated.by, stated.on, stated.note)
            case = self.determination.case
            if member is None:
                return case.with_household(fact.name, said)
            return case.with_member(member, fact.name, said)

        if type(stated.value) is bool:
            flipped = not stated.value
            outcome = self.decided(changed(flipped))
            if outcome not in (None, self.present):
                yield self._made(fact, member, stated.value, flipped, outcome, 1.0)
        elif type(stated.value) is int and fact.type.kind in (Kind.MONEY, Kind.COUNT):
            yield from self._number(fact, slot, member, stated.value, changed)

    def _number(
        self, fact: Fact, slot: int, member: int | None, present: int, changed: Callable[[int], Case]
    ) -> Iterator[Change]:
        for direction in (1, -1):
            limit = FARTHEST[fact.type.kind] if direction > 0 else present

            def outcome(step: int, sign: int = direction) -> Outcome:
                return self.tried(slot, member, present + sign * step)

            found = _nearest(outcome, self.present, limit)
            if found is None:
                continue
            step = (
                self._whole_yuan(found, limit, direction, present, changed) if fact.type.kind is Kind.MONEY else found
            )
            after = present + direction * step
            altered = self.decided(changed(after))
            if altered in (None, self.present):
                continue
            yield self._made(fact, member, present, after, altered, step / max(abs(present), 1))

    def _whole_yuan(self, step: int, limit: int, direction: int, present: int, changed: Callable[[int], Case]) -> int:
        """The step rounded up to a whole yuan, when that has the same effect: easier to say."""
        whole = -(-step // FEN) * FEN
        same = self.decided(changed(present + direction * step))
        if whole <= limit and self.decided(changed(present + direction * whole)) == same:
            return whole
        return step

    # the figure

    def figure_change(self, facts: list[Change]) -> Change | None:
        now = self.determination
        name = now.pack.roles.figure
        present = now.values[name]
        if not isinstance(present, int):
            return None
        pinned = program(now.pack, now.regions, now.on, (name,))
        household, members = now.program.compiled.inputs(now.case)

        def outcome(value: int) -> Outcome:
            values = pinned.run(household, members, {name: value})
            return self.outcome(Determination(pinned, now.case, *values))

        found = []
        for direction in (1, -1):

            def outcome_at(step: int, sign: int = direction) -> Outcome:
                return outcome(present + sign * step)

            step = _nearest(outcome_at, self.present, FARTHEST[Kind.MONEY])
            if step is not None:
                found.append((step, direction))
        for step, direction in sorted(found):
            after = present + direction * step
            example = self._example(after, direction, facts)
            if example is not None and example.outcome == outcome(after):
                sentence = self._figure_sentence(step, direction, example)
                size = step / max(abs(present), 1)
                return Change("figure", name, None, present, after, example.outcome, sentence, size, example)
        return None

    def _example(self, after: int, direction: int, facts: list[Change]) -> Change | None:
        """A change of the example fact, or else of any fact, that carries the figure there in the same
        direction.
        """
        now = self.determination
        best = None
        for change in facts:
            if not isinstance(change.after, int) or isinstance(change.after, bool):
                continue
            moved = decide(now.pack, self._with(change), now.on, now.regions).values[now.pack.roles.figure]
            if isinstance(moved, int) and (moved - after) * direction >= 0:
                if change.name == now.pack.roles.example_fact:
                    return change
                best = best or change
        return best

    def _with(self, change: Change) -> Case:
        case = self.determination.case
        value = change.after
        if value is None:
            return case
        if change.member is None:
            return case.with_household(change.name, Stated(value, "matched"))
        return case.with_member(change.member, change.name, Stated(value, "matched"))

    # sentences

    def _effect(self, outcome: Outcome) -> str:
        if self.programme is None:
            label = self.determination.pack.category_label(str(outcome), self.language)
            return self.words.pick(f"类别变为“{label}”", f"the category becomes {label}")
        label = self.determination.pack.programmes[self.programme].label(self.language)
        if outcome:
            return self.words.pick(f"就可以享受“{label}”", f"the household becomes entitled to {label}")
        return self.words.pick(f"就不再享受“{label}”", f"the household is no longer entitled to {label}")

    def _named(self, fact: Fact, member: int | None) -> str:
        label = fact.label(self.language)
        if member is None:
            return label
        who = self.words.member_name(member)
        return self.words.pick(f"{who}的{label}", f"the {label} of {who}")

    def _made(
        self, fact: Fact, member: int | None, before: Value, after: Value, outcome: Outcome, size: float
    ) -> Change:
        name, effect = self._named(fact, member), self._effect(outcome)
        if isinstance(after, bool):
            state = plain(after, fact.type, fact.values, self.language)
            sentence = self.words.pick(f"“{name}”若为“{state}”，{effect}", f"If “{name}” were {state}, {effect}")
        else:
            difference = _whole(after) - _whole(before)
            shown = self._amount(abs(difference), fact)
            target = self._amount(_whole(after), fact)
            if self.language == "zh":
                sentence = f"{name}若{'多' if difference > 0 else '少'} {shown}（为 {target}），{effect}"
            else:
                more = "higher" if difference > 0 else "lower"
                sentence = f"If {name} were {shown} {more} (at {target}), {effect}"
        return Change("fact", fact.name, member, before, after, outcome, sentence, size)

    def _amount(self, value: int, fact: Fact) -> str:
        if fact.type.kind is Kind.MONEY:
            text = yuan(value).removesuffix(".00")
            return self.words.pick(f"{text} 元", f"{text} yuan")
        return f"{value} {fact.type.unit.shown(self.language, one=value == 1)}".strip()

    def _figure_sentence(self, step: int, direction: int, example: Change) -> str:
        now = self.determination
        label = now.pack.rules["household", now.pack.roles.figure].label(self.language)
        effect = self._effect(example.outcome)
        difference = abs(_whole(example.after) - _whole(example.before))
        text = yuan(difference).removesuffix(".00")
        fact = now.pack.facts["household" if example.member is None else "member", example.name]
        up = _whole(example.after) > _whole(example.before)
        if self.language == "zh":
            if example.name == now.pack.roles.example_fact:
                how = f"全家每年{'多' if up else '少'}收入 {text} 元"
            else:
                how = f"{self._named(fact, example.member)}{'多' if up else '少'} {text} 元"
            return f"{label}再{'高' if direction > 0 else '低'} {yuan(step)} 元（例如{how}），{effect}"
        if example.name == now.pack.roles.example_fact:
            how = f"{text} yuan {'more' if up else 'less'} income of the household a year"
        else:
            how = f"{self._named(fact, example.member)} {text} yuan {'higher' if up else 'lower'}"
        more = "higher" if direction > 0 else "lower"
        return f"If {label} were {yuan(step)} yuan {more} (for example {how}), {effect}"


def _whole(value: Value) -> int:
    return value if isinstance(value, int) else 0


def _nearest(outcome: Callable[[int], Outcome], present: Outcome, limit: int) -> int | None:
    """The least step up to `limit` whose outcome is known and another; doubles, then halves the interval."""

    def alters(step: int) -> bool:
        return outcome(step) not in (None, present)

    low, high = 0, 1
    while high < limit and not alters(high):
        low, high = high, high * 2
    high = min(high, limit)
    if high <= low or not alters(high):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        if alters(middle):
            high = middle
        else:
            low = middle
    return high
