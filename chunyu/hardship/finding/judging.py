"""What the rules and the books together say of a household: who should be looked at, and why."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as parquet
from django.db.models import QuerySet

from chunyu.hardship.finding.models import Finding, FindingRun
from chunyu.hardship.models import Application, Grant
from chunyu.hardship.reading import Reading, read_many
from chunyu.hardship.rulebooks import chain_of
from chunyu.policy import Pack
from chunyu.policy.columns import Facts
from chunyu.policy.decision import Missing
from chunyu.policy.facts_folder import TABLES, FactsFolder
from chunyu.policy.kernel import decide_many
from chunyu.registry.freezing import freeze, frozen_folder
from chunyu.registry.models import Household

AT_ONCE = 500
ENTITLED, NOT_ENTITLED, NOT_KNOWN = 1, 0, -1
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

    def with_grant(self, programme: str) -> list[str]:
        """The households that were granted this programme."""
        return [str(key) for key, programmes in self.granted.items() if programme in programmes]

    def seen_to(self, programme: str, conflicts: Iterable[str]) -> list[str]:
        """The households with an application or a grant for this programme, or for one that excludes it."""
        same = {programme, *conflicts}
        return [
            str(key) for given in (self.asked, self.granted) for key, programmes in given.items() if same & programmes
        ]


def _by_household(pairs: Iterable[tuple[UUID, str]]) -> dict[UUID, frozenset[str]]:
    found: dict[UUID, set[str]] = {}
    for household, programme in pairs:
        found.setdefault(household, set()).add(programme)
    return {household: frozenset(programmes) for household, programmes in found.items()}


def folder_of(run: FindingRun) -> str:
    """The name of the folder in which the run's facts lie while it works."""
    return f"finding-{run.pk}"


def judge(run: FindingRun, households: QuerySet[Household], pack: Pack, given: Help) -> Iterator[Found]:
    """Freeze what is known about these households, decide them all, and tell what somebody should look at.

    The run is told how far it is, and afterwards of the digest and the moment of its facts. The frozen facts are taken
    away at the end: the moment and the rules are enough to repeat the run.
    """

    def progress(done: int, total: int) -> None:
        FindingRun.objects.filter(pk=run.pk).update(done=done, total=total)

    with frozen_folder(folder_of(run)) as place:
        frozen = freeze(households, run.day, place, pack=pack, chain_of=chain_of, progress=progress)
        run.known_at, run.facts_digest = frozen.known_at, frozen.folder.digest
        run.done = run.total = frozen.folder.households
        for facts in _pieces(frozen.folder):
            yield from _of_piece(run, facts, pack, given)


def _pieces(folder: FactsFolder) -> Iterator[Facts]:
    """As they were written: no more in memory than one of them."""
    for part in folder.parts:
        tables = [parquet.ParquetFile(folder.file(part.region, table)) for table in TABLES]
        for group in range(part.groups):
            households, members = (table.read_row_group(group) for table in tables)
            yield Facts(households, members, folder.chains)


def _of_piece(run: FindingRun, facts: Facts, pack: Pack, given: Help) -> Iterator[Found]:
    results = decide_many(pack, facts, run.day)
    keys = facts.households["household"].combine_chunks()
    blocked: dict[str, list[str]] = {}
    for code, programme in pack.programmes.items():
        entitled, amounts = results.programme(code)
        free = ~_among(keys, given.seen_to(code, programme.conflicts))
        for at in np.flatnonzero((entitled == ENTITLED) & free):
            amount = int(amounts[at])
            yield Found(UUID(keys[at].as_py()), code, Kind.NOT_HELPED, amount if amount >= 0 else None)
        for at in np.flatnonzero((entitled == NOT_ENTITLED) & _among(keys, given.with_grant(code))):
            yield Found(UUID(keys[at].as_py()), code, Kind.NO_LONGER)
        for at in np.flatnonzero((entitled == NOT_KNOWN) & free):
            blocked.setdefault(keys[at].as_py(), []).append(code)
    yield from _blocked(run, blocked)


def _among(keys: pa.Array, some: list[str]) -> np.ndarray:
    return pc.is_in(keys, value_set=pa.array(some, pa.string())).to_numpy(zero_copy_only=False)


def _blocked(run: FindingRun, blocked: Mapping[str, list[str]]) -> Iterator[Found]:
    """What stands in the way of each of these: the columns say only that something does, the case says what."""
    remaining = iter(blocked)
    while some := list(islice(remaining, AT_ONCE)):
        households = Household.objects.filter(pk__in=some).select_related("organisation__region").order_by("pk")
        for reading in read_many(households, run.day, run.known_at):
            for code in blocked[str(reading.household.pk)]:
                missing = reading.determination.programmes[code].unknown
                yield Found(reading.household.pk, code, Kind.BLOCKED, None, unknowns_of(reading, missing))


def unknowns_of(reading: Reading, missing: Iterable[Missing]) -> tuple[Unknown, ...]:
    """What stands in the way, with the person it is about."""
    members = reading.facts.members
    named = (Unknown(each.name, None if each.member is None else members[each.member].key) for each in missing)
    return tuple(dict.fromkeys(named))
