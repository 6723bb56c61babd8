"""From the registry's facts to a case that the rules can read, and its determination."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from chunyu.hardship.rulebooks import pack_on, regions_of
from chunyu.policy import Case, Determination, Member, Pack, Stated, decide, with_declarations
from chunyu.registry.models import Household
from chunyu.registry.queries import HouseholdFacts, StatedFact, facts_of_many


@dataclass(frozen=True)
class Reading:
    """One household as the rules see it."""

    household: Household
    facts: HouseholdFacts
    determination: Determination


def read(household: Household, day: date, known_at: datetime | None = None, *, rules_of: date | None = None) -> Reading:
    """The household under the rules of `day`, with the facts known now or at an earlier moment. With `rules_of`, the
    same facts under the rules and values of another day: what another era would have said of this family."""
    return next(read_many([household], day, known_at, rules_of=rules_of))


def read_many(
    households: Iterable[Household], day: date, known_at: datetime | None = None, *, rules_of: date | None = None
) -> Iterator[Reading]:
    """The same for many, their facts fetched together. Households must come with `organisation`."""
    households = list(households)
    rules_of = rules_of or day
    facts = facts_of_many(households, day, known_at)
    places: dict[int, tuple[Pack, tuple[str, ...]]] = {}
    for household in households:
        region = household.organisation.region_id
        if region not in places:
            chain = tuple(regions_of(household.organisation))
            places[region] = pack_on(rules_of, chain), chain
        pack, regions = places[region]
        own = facts[household.pk]
        yield Reading(household, own, decide(pack, case_of(own, pack, household.opened_on), rules_of, regions))


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
