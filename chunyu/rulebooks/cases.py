"""From the registry's facts to a case that the rules can read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from chunyu.policy import Case, Member, Pack, Stated, with_declarations
from chunyu.registry.queries import HouseholdFacts, StatedFact


def case_of(facts: HouseholdFacts, pack: Pack, signed_on: date) -> Case:
    """The household's case. Its archive form is a signed application, so what that form declares is stated by it
    (docs/decisions/0008); everything else that nobody stated stays unknown."""
    worker = next((member.name for member in facts.members if member.is_worker), "")
    case = Case(
        household=_statements(facts.statements, {fact.name for fact in pack.household_facts}),
        members=tuple(
            Member(_statements(member.statements, {fact.name for fact in pack.member_facts}), member.name)
            for member in facts.members
        ),
        name=worker,
    )
    return with_declarations(pack, case, by=worker, on=signed_on)


def _statements(
    stated: Mapping[str, tuple[StatedFact, ...]], known: set[str]
) -> dict[str, Stated | tuple[Stated, ...]]:
    """What a pack does not ask for is kept on file and not read."""
    return {
        name: tuple(Stated(each.value, each.source, each.by, each.on, each.note) for each in said)
        for name, said in stated.items()
        if name in known
    }
