"""What the rules and the books together say of a household: who should be looked at, and why."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from uuid import UUID

from django.db.models import QuerySet

from chunyu.hardship.finding.models import Finding, FindingRun
from chunyu.hardship.models import Application, Grant
from chunyu.hardship.reading import Reading, read_many
from chunyu.policy import Pack
from chunyu.policy.decision import Missing
from chunyu.registry.models import Household

AT_ONCE = 500
Kind = Finding.Kind


@dataclass(frozen=True)
class Unknown:
    """Something that nobody has stated; `member` is empty where it is about the household or the place."""

    fact: str
    member: UUID | None


@dataclass(frozen=True)
class Found:
    """One thing to look at."""

    household: UUID
    organisation: int
    programme: str
    kind: str
    amount_fen: int | None
    unknowns: tuple[Unknown, ...] = ()

    @property
    def fingerprint(self) -> str:
        unknowns = sorted(f"{each.fact} {each.member or ''}" for each in self.unknowns)
        said = "\n".join((self.kind, str(self.amount_fen), *unknowns))
        return hashlib.sha256(said.encode()).hexdigest()


@dataclass(frozen=True)
class Help:
    """What households already have or have asked for, by household and programme."""

    asked: Mapping[UUID, frozenset[str]]
    granted: Mapping[UUID, frozenset[str]]

    @classmethod
    def of(cls, households: QuerySet[Household], year: int) -> Help:
        """Open applications, and what was granted in the programme year, of these households."""
        keys = households.order_by().values("pk")
        asked = Application.objects.filter(household__in=keys, open=True).values_list("household", "programme")
        granted = Grant.objects.filter(application__household__in=keys, approved_on__year=year)
        return cls(
            _by_household(asked), _by_household(granted.values_list("application__household", "application__programme"))
        )

    def stands_for(self, household: UUID, programme: str, conflicts: Iterable[str]) -> bool:
        """Whether an application or a grant is there for this programme or for one that excludes it."""
        same = {programme, *conflicts}
        return bool(same & (self.asked.get(household, frozenset()) | self.granted.get(household, frozenset())))


def _by_household(pairs: Iterable[tuple[UUID, str]]) -> dict[UUID, frozenset[str]]:
    found: dict[UUID, set[str]] = {}
    for household, programme in pairs:
        found.setdefault(household, set()).add(programme)
    return {household: frozenset(programmes) for household, programmes in found.items()}


def judged(
    pack: Pack, household: tuple[UUID, int], programme: str, entitled: bool | None, amount_fen: int | None, given: Help
) -> Found | None:
    """The finding of one household and programme, its unknowns still to be named; None where all is in order."""
    key, organisation = household
    conflicts = pack.programmes[programme].conflicts
    if entitled is False:
        helped = programme in given.granted.get(key, frozenset())
        return Found(key, organisation, programme, Kind.NO_LONGER, None) if helped else None
    if given.stands_for(key, programme, conflicts):
        return None
    if entitled is None:
        return Found(key, organisation, programme, Kind.BLOCKED, None)
    return Found(key, organisation, programme, Kind.NOT_HELPED, amount_fen)


def unknowns_of(reading: Reading, missing: Iterable[Missing]) -> tuple[Unknown, ...]:
    """What stands in the way, with the person it is about."""
    members = reading.facts.members
    named = (Unknown(each.name, None if each.member is None else members[each.member].key) for each in missing)
    return tuple(dict.fromkeys(named))


def batches(households: QuerySet[Household], size: int = AT_ONCE) -> Iterator[list[Household]]:
    remaining = households.select_related("organisation__region").order_by("pk").iterator(size)
    while some := list(islice(remaining, size)):
        yield some


def judge(
    run: FindingRun, households: QuerySet[Household], pack: Pack, given: Help
) -> Iterator[tuple[int, list[Found]]]:
    """Household by household through the interpreter: after each batch, how many were read and what was found."""
    for some in batches(households):
        found = []
        for reading in read_many(some, run.day, run.known_at):
            own = (reading.household.pk, reading.household.organisation_id)
            for code, result in reading.determination.programmes.items():
                each = judged(pack, own, code, result.entitled, result.amount_fen, given)
                if each is not None and each.kind == Kind.BLOCKED:
                    each = replace(each, unknowns=unknowns_of(reading, result.unknown))
                if each is not None:
                    found.append(each)
        yield len(some), found
