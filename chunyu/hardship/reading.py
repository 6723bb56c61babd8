"""From the registry's facts to a case that the rules can read, and its determination."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from chunyu.hardship.models import Decision
from chunyu.policy import Determination, Pack, decide
from chunyu.registry.models import Household
from chunyu.registry.queries import HouseholdFacts, facts_of_many
from chunyu.rulebooks.cases import case_of
from chunyu.rulebooks.in_force import pack_by_digest, pack_on, regions_of


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


def read_facts(household: Household, facts: HouseholdFacts, day: date) -> Reading:
    """The household under the rules of `day`, with facts that somebody has put together: what they would make of it."""
    regions = tuple(regions_of(household.organisation))
    pack = pack_on(day, regions)
    return Reading(household, facts, decide(pack, case_of(facts, pack, household.opened_on), day, regions))


def read_again(decision: Decision) -> Reading:
    """The household as it was decided: the rulebook that the decision names, its day, and what was known then."""
    pack, household = pack_by_digest(decision.version), decision.household
    facts = facts_of_many([household], decision.day, decision.known_at)[household.pk]
    case = case_of(facts, pack, household.opened_on)
    return Reading(household, facts, decide(pack, case, decision.day, tuple(regions_of(household.organisation))))


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
