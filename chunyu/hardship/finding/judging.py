"""What the rules and the books together say of a household: who should be looked at, and why."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from itertools import islice
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as parquet
from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from chunyu.federation.models import Region
from chunyu.hardship.finding.models import Finding, FindingRun
from chunyu.hardship.models import Application, Grant
from chunyu.hardship.reading import Reading, read_many
from chunyu.hardship.stacking.family_ledger import entries_of_many
from chunyu.hardship.stacking.judging import left_for, limits_of
from chunyu.policy import Pack
from chunyu.policy.columns import Facts
from chunyu.policy.decision import Missing
from chunyu.policy.facts_folder import TABLES, FactsFolder
from chunyu.policy.kernel import Results, decide_many
from chunyu.policy.kernel.deciding import needed_rules
from chunyu.policy.stacking import Entry
from chunyu.registry.freezing import freeze, frozen_folder
from chunyu.registry.models import Household
from chunyu.rulebooks.in_force import chain_of, pack_on

AT_ONCE = 500
ENTITLED, NOT_ENTITLED, NOT_KNOWN = 1, 0, -1
NONE = "-"  # nobody agreed, so no rulebook was read
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
    programme: str
    kind: str
    amount_fen: int | None = None
    unknowns: tuple[Unknown, ...] = ()

    @property
    def fingerprint(self) -> str:
        unknowns = sorted(f"{each.fact} {each.member or ''}" for each in self.unknowns)
        said = "\n".join((self.kind, str(self.amount_fen), *unknowns))
        return hashlib.sha256(said.encode()).hexdigest()


@dataclass(frozen=True)
class Help:
    """What households have asked for, what was granted this year, and everything that the rules of adding up look at;
    by household."""

    asked: Mapping[UUID, frozenset[str]]
    granted: Mapping[UUID, frozenset[str]]
    entries: Mapping[str, Sequence[Entry]]

    @classmethod
    def of(cls, households: QuerySet[Household], day: date) -> Help:
        keys = households.order_by().values("pk")
        asked = Application.objects.filter(household__in=keys, open=True).values_list("household", "programme")
        # What was granted on a file that was joined to one of these counts for the one that goes on.
        goes_on = Coalesce("application__household__merged_into", "application__household")
        granted = Grant.objects.annotate(file=goes_on).filter(file__in=keys, approved_on__year=day.year)
        entries = {str(key): each for key, each in entries_of_many(households, day).items()}
        return cls(_by_household(asked), _by_household(granted.values_list("file", "application__programme")), entries)

    def with_grant(self, programme: str) -> list[str]:
        """The households that were granted this programme."""
        return [str(key) for key, programmes in self.granted.items() if programme in programmes]

    def seen_to(self, programme: str, conflicts: Iterable[str]) -> list[str]:
        """The households with an open application for this programme, or for one that excludes it."""
        same = {programme, *conflicts}
        return [str(key) for key, programmes in self.asked.items() if same & programmes]


def _by_household(pairs: Iterable[tuple[UUID, str]]) -> dict[UUID, frozenset[str]]:
    found: dict[UUID, set[str]] = {}
    for household, programme in pairs:
        found.setdefault(household, set()).add(programme)
    return {household: frozenset(programmes) for household, programmes in found.items()}


def folder_of(run: FindingRun) -> str:
    """The name of the folder in which the run's facts lie while it works."""
    return f"finding-{run.pk}"


@dataclass(frozen=True)
class Place:
    """The regions of a run in which one rulebook is in force."""

    pack: Pack
    regions: frozenset[int]


def places_of(households: QuerySet[Household], day: date) -> list[Place]:
    """Which rulebook holds where, of the households' regions; Refusal where none was in force."""
    regions = Region.objects.filter(pk__in=households.order_by().values("organisation__region"))
    found: dict[str, tuple[Pack, set[int]]] = {}
    for region in regions.select_related("parent__parent__parent"):
        pack = pack_on(day, chain_of(region))
        found.setdefault(pack.digest, (pack, set()))[1].add(region.pk)
    return [Place(pack, frozenset(theirs)) for _digest, (pack, theirs) in sorted(found.items())]


def judge(run: FindingRun, households: QuerySet[Household], given: Help) -> Iterator[Found]:
    """Freeze what is known about these households, decide them all, and tell what somebody should look at.

    The run is told its rules, how far it is, and the digest and the moment of its facts. The frozen facts are taken
    away at the end: the moment and the rules are enough to repeat the run.
    """
    places = places_of(households, run.day)
    run.pack = " + ".join(place.pack.id for place in places)[:60] or NONE
    run.version = _joined([place.pack.digest for place in places])
    run.known_at, run.done, digests = timezone.now(), 0, []
    for place in places:
        with frozen_folder(folder_of(run)) as folder:
            frozen = freeze(
                households.filter(organisation__region__in=place.regions), run.day, folder,
                pack=place.pack, chain_of=chain_of, progress=partial(_tell, run.pk, run.done),
            )  # fmt: skip
            run.known_at = min(run.known_at, frozen.known_at)
            run.done += frozen.folder.households
            digests.append(frozen.folder.digest)
            for facts in _pieces(frozen.folder):
                yield from _of_piece(facts, run.day, frozen.known_at, place.pack, given)
    run.facts_digest = _joined(digests)


def _tell(run: UUID, before: int, done: int, total: int) -> None:
    FindingRun.objects.filter(pk=run).update(done=before + done)


def _joined(digests: list[str]) -> str:
    """The one digest itself, or one that stands for several."""
    return digests[0] if len(digests) == 1 else hashlib.sha256(" ".join(digests).encode()).hexdigest()


def _pieces(folder: FactsFolder) -> Iterator[Facts]:
    """As they were written: no more in memory than one of them."""
    for part in folder.parts:
        tables = [parquet.ParquetFile(folder.file(part.region, table)) for table in TABLES]
        for group in range(part.groups):
            households, members = (table.read_row_group(group) for table in tables)
            yield Facts(households, members, folder.chains)


def _of_piece(facts: Facts, day: date, known_at: datetime, pack: Pack, given: Help) -> Iterator[Found]:
    limits = {code: limits_of(pack, code) for code in pack.programmes}
    named = dict.fromkeys([*needed_rules(pack), *sorted(set().union(*limits.values()))])
    results = decide_many(pack, facts, day, tuple(named))
    keys = facts.households["household"].combine_chunks()
    helped = [(at, given.entries[key]) for at, key in enumerate(keys.to_pylist()) if key in given.entries]
    blocked: dict[str, list[str]] = {}
    for code, programme in pack.programmes.items():
        if programme.apply_at is not None:
            continue  # asked for elsewhere: what the family has of it is not known here
        entitled, amounts = results.programme(code)
        free = ~_among(keys, given.seen_to(code, programme.conflicts))
        for place, entries in helped:
            left = left_for(pack, code, day, entries, {name: _value(results, name, place) for name in limits[code]})
            # A limit that nobody knows bars too: what may still be given is not said before.
            free[place] &= not left.unknown and left.of(1) > 0
            amounts[place] = left.of(int(amounts[place]))
        for at in np.flatnonzero((entitled == ENTITLED) & free):
            amount = int(amounts[at]) if programme.amount is not None else -1
            yield Found(UUID(keys[at].as_py()), code, Kind.NOT_HELPED, amount if amount >= 0 else None)
        for at in np.flatnonzero((entitled == NOT_ENTITLED) & _among(keys, given.with_grant(code))):
            yield Found(UUID(keys[at].as_py()), code, Kind.NO_LONGER)
        if programme.on_request:
            continue  # while nobody has raised the need, nothing is missing
        for at in np.flatnonzero((entitled == NOT_KNOWN) & free):
            blocked.setdefault(keys[at].as_py(), []).append(code)
    yield from _blocked(blocked, day, known_at)


def _value(results: Results, rule: str, at: int) -> int | None:
    column = results[rule]
    return None if column.unknown is not None and column.unknown[at] else int(column.values[at])


def _among(keys: pa.Array, some: list[str]) -> np.ndarray:
    return pc.is_in(keys, value_set=pa.array(some, pa.string())).to_numpy(zero_copy_only=False)


def _blocked(blocked: Mapping[str, list[str]], day: date, known_at: datetime) -> Iterator[Found]:
    """What stands in the way of each of these: the columns say only that something does, the case says what."""
    remaining = iter(blocked)
    while some := list(islice(remaining, AT_ONCE)):
        households = Household.objects.filter(pk__in=some).select_related("organisation__region").order_by("pk")
        for reading in read_many(households, day, known_at):
            for code in blocked[str(reading.household.pk)]:
                missing = reading.determination.programmes[code].unknown
                yield Found(reading.household.pk, code, Kind.BLOCKED, None, unknowns_of(reading, missing))


def unknowns_of(reading: Reading, missing: Iterable[Missing]) -> tuple[Unknown, ...]:
    """What stands in the way, with the person it is about."""
    members = reading.facts.members
    named = (Unknown(each.name, None if each.member is None else members[each.member].key) for each in missing)
    return tuple(dict.fromkeys(named))
