"""Reading change requests: those that wait, what each would change, and what has changed in between."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from django.db.models import Count, QuerySet

from chunyu.accounts.acting import Acting
from chunyu.registry.models import ChangeRequest, Fact, Household, Member, ProposedFact
from chunyu.registry.queries import PRECEDENCE, HouseholdFacts, MemberFacts, StatedFact, competing, value_of


def requests_visible_to(acting: Acting) -> QuerySet[ChangeRequest]:
    """The requests of the subtree's households, each with how many facts it would change."""
    return (
        ChangeRequest.objects.within(acting.path)
        .select_related("household__organisation__region", "asked_by__user", "answered_by__user")
        .annotate(facts=Count("proposed"))
    )


def requests_waiting(acting: Acting) -> QuerySet[ChangeRequest]:
    """Those that wait and that this person did not ask for: what they can decide."""
    waiting = requests_visible_to(acting).filter(state=ChangeRequest.State.ASKED)
    return waiting.exclude(asked_by__user=acting.user_id).order_by("asked_at", "pk")


def statement_that_holds(household: Household, name: str, member: Member | None, day: date) -> Fact | None:
    """The statement that counts for a fact on a day; None when nobody has stated it."""
    stated = Fact.objects.filter(household=household, member=member, name=name, valid_from__lte=day).standing()
    return next(iter(competing(stated)), None)


@dataclass(frozen=True)
class Line:
    """One proposed fact beside what held when it was asked for and what holds now."""

    proposed: ProposedFact
    asked_against: Fact | None
    now: Fact | None

    @property
    def conflict(self) -> bool:
        """Whether the fact has been stated anew since: the proposal was made without knowing it."""
        return (self.now.pk if self.now else None) != self.proposed.instead_of_id

    @property
    def gone(self) -> bool:
        """Whether the person has left the household since."""
        member = self.proposed.member
        return member is not None and member.left_on is not None


def lines(request: ChangeRequest, day: date) -> list[Line]:
    """What the request would change, as things stand."""
    proposed = request.proposed.select_related("member", "instead_of__stated_by", "fact")
    return [
        Line(each, each.instead_of, statement_that_holds(request.household, each.name, each.member, day))
        for each in proposed
    ]


def with_proposed(facts: HouseholdFacts, proposed: Sequence[ProposedFact], by: str) -> HouseholdFacts:
    """What would be stated of the household if the proposed facts were: each beside its rivals, by the same precedence
    as ever, so that a declaration does not outdo what a register said."""
    own = [each for each in proposed if each.member_id is None]
    theirs: dict[UUID | None, list[ProposedFact]] = {}
    for each in proposed:
        theirs.setdefault(each.member_id, []).append(each)
    statements = _beside(facts.statements, own, by)
    members = []
    for member in facts.members:
        said = _beside(member.statements, theirs.get(member.key, []), by)
        members.append(replace(member, statements=said, facts={name: each[0] for name, each in said.items()}))
    held: tuple[MemberFacts, ...] = tuple(members)
    return replace(
        facts, statements=statements, facts={name: each[0] for name, each in statements.items()}, members=held
    )


def _beside(
    said: Mapping[str, tuple[StatedFact, ...]], proposed: Iterable[ProposedFact], by: str
) -> dict[str, tuple[StatedFact, ...]]:
    statements = dict(said)
    for each in proposed:
        fresh = StatedFact(value_of(each), each.source, by, each.stated_on, each.note, each.valid_from)
        others = [one for one in statements.get(each.name, ()) if one.source != each.source]
        ranked = sorted([fresh, *others], key=lambda one: -PRECEDENCE[Fact.Source(one.source)])
        statements[each.name] = tuple(ranked)
    return statements
