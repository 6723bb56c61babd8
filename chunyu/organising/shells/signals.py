"""Which unions the standard in force suspects, by which signals, on what evidence.

The standard is a rulebook about unions (`union-standing`): its rules are decided over all unions of a subtree at once,
and explained in sentences for one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import pyarrow as pa
from django.utils.translation import gettext as _

from chunyu.federation.models import Organisation, Region
from chunyu.organising.shells.records import Fact, Record, Records, records
from chunyu.policy import Case, Determination, Member, Pack, Stated, Why, decide, explain
from chunyu.policy.columns import ARROW, Column, Facts
from chunyu.policy.kernel import decide_many
from chunyu.policy.pack import UNION
from chunyu.policy.wording import with_unit
from chunyu.rulebooks.in_force import NATION, chain_of, pack_on
from chunyu.rulebooks.words import tongue

NORMAL: Final = "normal"
FIRM_GONE: Final = "firm_gone"
# The fact whose number and day are the evidence of a signal; a federation's own signals show without them.
EVIDENCE: Final = {
    "no_members": "members_on_record",
    "term_overdue": "months_past_term",
    "chair_vacant": "months_without_chair",
    "no_money": "months_without_money",
    "no_activity": "months_without_activity",
    "firm_gone": "employers_open",
    "unreachable": "failed_contacts",
}


@dataclass(frozen=True)
class Signal:
    """One signal of a union: its code and label in the standard, how much, and since when."""

    code: str
    label: str
    value: int
    since: date | None

    def evidence(self, pack: Pack) -> str:
        return evidence(pack, self.code, self.value, self.since)


@dataclass(frozen=True)
class Reading:
    """How the standard reads one union."""

    record: Record
    pack: Pack
    suspicion: str
    codes: tuple[str, ...]

    @property
    def signals(self) -> tuple[Signal, ...]:
        """Put into words only for who is shown: a province has a hundred thousand readings."""
        return _signals(self.pack, self.record, self.codes)

    @property
    def suspected(self) -> bool:
        return self.suspicion in self.pack.on_file_categories

    @property
    def label(self) -> str:
        return self.pack.category_label(self.suspicion, tongue())


def standard_at(region: Region, day: date) -> Pack:
    """The standard in force at a place; Refusal when there is none yet."""
    return pack_on(day, chain_of(region), UNION)


@dataclass(frozen=True)
class Survey:
    """How the standard reads many unions: looked at one by one only where somebody wants to see them."""

    pack: Pack
    records: Records
    suspicion: Column | None  # none where there is no union
    hits: dict[str, Column]

    def __len__(self) -> int:
        return len(self.records)

    def __iter__(self) -> Iterator[Reading]:
        return map(self.reading, range(len(self)))

    def standing_out(self) -> dict[int, int]:
        """The unions that the standard suspects and those found to be shells, each with its place here."""
        if self.suspicion is None:
            return {}
        suspect = [code in self.pack.on_file_categories for code in self.suspicion.codes]
        suspected = np.asarray(suspect)[self.suspicion.values] & self.suspicion.known
        shells = self.records.shells
        keys = [key for key, *_ in self.records.unions]
        shell = np.fromiter((key in shells for key in keys), bool, len(self))
        return {keys[place]: int(place) for place in np.flatnonzero(suspected | shell)}

    def reading(self, place: int) -> Reading:
        assert self.suspicion is not None
        codes = tuple(code for code, hit in self.hits.items() if hit.native(place))
        return Reading(self.records[place], self.pack, str(self.suspicion.native(place)), codes)


def survey(organisation: Organisation, day: date) -> Survey:
    """Every union with members at or below an organisation, read under the standard in force at the organisation."""
    pack = standard_at(organisation.region, day)
    found = records(organisation.path, day)
    if not found:
        return Survey(pack, found, None, {})
    results = decide_many(pack, _facts(pack, found), day, [pack.roles.category, *pack.roles.blockers])
    return Survey(pack, found, results.category, {code: results[code] for code in pack.roles.blockers})


def read_union(union: Organisation, day: date) -> Reading:
    """One union's reading; LookupError when it has no members of its own to speak of (a level above)."""
    for reading in survey(union, day):
        if reading.record.union == union.pk:
            return reading
    raise LookupError(union.pk)


def why(reading: Reading, union: Organisation, day: date) -> Why:
    """The reading in sentences, with the number behind each."""
    return explain(_determination(reading, union, day), reading.pack.roles.category, tongue())


def evidence(pack: Pack, code: str, value: int, since: date | None) -> str:
    """What shows a signal, in words: the record's number, and since when."""
    fact = pack.facts.get(("household", EVIDENCE.get(code, "")))
    if fact is None:
        return ""
    words = with_unit(value, fact.type, {}, tongue())
    return words if since is None else _("%(what)s, since %(day)s") % {"what": words, "day": since.isoformat()}


def _signals(pack: Pack, record: Record, codes: Sequence[str]) -> tuple[Signal, ...]:
    language = tongue()
    return tuple(
        Signal(
            code,
            pack.rules["household", code].label(language),
            int(record.facts.get(EVIDENCE.get(code, ""), 0)),
            record.since.get(EVIDENCE.get(code, "")),
        )
        for code in codes
    )


def _facts(pack: Pack, found: Records) -> Facts:
    """The records as the kernel takes them: a union stands for a household of one."""
    keys = pa.array([str(key) for key, *_ in found.unions])
    unknown: list[Fact | None] = [None] * len(found)
    columns = {
        fact.name: pa.array(found.facts.get(fact.name, unknown), ARROW[fact.type.kind]) for fact in pack.household_facts
    }
    regions = [region for _key, _name, region, _path in found.unions]
    places = pa.array(list(map(str, regions)), pa.string()).dictionary_encode()
    return Facts(
        pa.table({"household": keys, "region": places, **columns}), pa.table({"household": keys}), _chains(set(regions))
    )


def _chains(regions: set[int]) -> dict[str, tuple[str, ...]]:
    """For each region the places whose parameters hold there, nearest first; one query for all of them."""
    known = {key: (code, parent) for key, code, parent in Region.objects.values_list("pk", "code", "parent")}
    found: dict[str, tuple[str, ...]] = {}
    for region in regions:
        chain, key = [], region
        while key is not None:
            code, key = known[key]
            chain.append(code)
        found[str(region)] = (*chain, NATION)
    return found


def _determination(reading: Reading, union: Organisation, day: date) -> Determination:
    known = {fact.name for fact in reading.pack.household_facts}
    stated = {name: Stated(value, "matched", on=day) for name, value in reading.record.facts.items() if name in known}
    return decide(reading.pack, Case(stated, (Member(),), union.name), day, chain_of(union.region))
