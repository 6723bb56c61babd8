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


def read(household: Household, day: date, known_at: datetime | None = None) -> Reading:
    """The household under the rules of `day`, with the facts known now or at an earlier moment."""
    return next(read_many([household], day, known_at))


def read_again(decision: Decision) -> Reading:
    """The household as it was decided: the rulebook that the decision names, its day, and what was known then."""
    pack = pack_by_digest(decision.version)
    return next(_read_many([decision.household], pack, decision.day, decision.known_at))


def read_many(households: Iterable[Household], day: date, known_at: datetime | None = None) -> Iterator[Reading]:
    """The same for many, their facts fetched together. Households must come with `organisation`."""
    yield from _read_many(list(households), pack_on(day), day, known_at)


def _read_many(households: list[Household], pack: Pack, day: date, known_at: datetime | None) -> Iterator[Reading]:
    facts = facts_of_many(households, day, known_at)
    regions: dict[int, tuple[str, ...]] = {}
    for household in households:
        region = household.organisation.region_id
        if region not in regions:
            regions[region] = tuple(regions_of(household.organisation))
        own = facts[household.pk]
        yield Reading(household, own, decide(pack, case_of(own, pack, household.opened_on), day, regions[region]))
