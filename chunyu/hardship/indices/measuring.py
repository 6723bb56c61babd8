"""Putting the indices together for a place and a period, with those before, those beside, and the four groups."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from chunyu.federation.models import Organisation, path_end
from chunyu.hardship.indices import queries
from chunyu.hardship.indices.categories import LIVING_RELIEF, USUAL
from chunyu.hardship.indices.festivals import festivals_near
from chunyu.hardship.indices.groups import flags_of_workers
from chunyu.hardship.indices.periods import Period, back_from
from chunyu.hardship.indices.queries import KINDS, Paid, Reading, Served
from chunyu.policy.indices import ENOUGH, Indices, Services, Shifts, days_since_1970, measure, shifts
from chunyu.registry.groups import Group

USUAL_PLACES = [KINDS.index(kind) for kind in USUAL]
LIVING_PLACES = [KINDS.index(kind) for kind in LIVING_RELIEF]
# How many periods a trend shows, the one that was asked for among them.
TREND = {"year": 4, "half": 6, "quarter": 8, "custom": 2}


@dataclass(frozen=True)
class Found:
    """The six indices of one place and period. `shifts` is None where fewer than ten people were served; it is of all
    programmes, however the others were narrowed."""

    period: Period
    indices: Indices
    shifts: Shifts | None
    people: int


@dataclass(frozen=True)
class Compared:
    """One place beside others. `direct` marks what the place above gave itself, not through one below it."""

    place: Organisation
    found: Found
    direct: bool = False


@dataclass(frozen=True)
class GroupCut:
    """How many people of a group were served, how many households of such workers were paid, what they got, and S
    among them (None: too few, or need unknown)."""

    group: Group
    people: int
    households: int
    total_fen: int
    indices: Indices


@dataclass(frozen=True)
class Cuts:
    """The groups beside the distinct people: somebody in two groups stands in both, so `in_groups` may be more than
    `people`. `unknown` are people of whom at least one tag is not known."""

    groups: tuple[GroupCut, ...]
    people: int
    in_groups: int
    in_none: int
    unknown: int


@dataclass(frozen=True)
class Overview:
    place: Organisation
    programme: str
    period: Period
    trend: tuple[Found, ...]  # the oldest first; the last is the period itself
    places: tuple[Compared, ...]
    cuts: Cuts

    @property
    def now(self) -> Found:
        return self.trend[-1]


def overview(place: Organisation, period: Period, programme: str, today: date, *, trend: int | None = None) -> Overview:
    """Everything about a place and a period. What is not over yet is measured up to `today`."""
    count = trend or TREND[period.span]
    span = [each.until(today) for each in back_from(period, count)]
    reading = queries.read(place.path, span[0].start, span[-1].end)
    measuring = Measuring(place, reading, programme)
    return Overview(
        place=place,
        programme=programme,
        period=span[-1],
        trend=tuple(measuring.found(each) for each in span),
        places=measuring.compared(span[-1]),
        cuts=measuring.cuts(span[-1]),
    )


class Measuring:
    """One reading of the database, measured by period, by place below, and by group."""

    def __init__(self, place: Organisation, reading: Reading, programme: str = "") -> None:
        self.place, self.reading = place, reading
        wanted = [at for at, code in enumerate(reading.programmes) if code == programme or not programme]
        self.of_programme = np.isin(reading.paid.programme, np.array(wanted, np.int64))

    def found(
        self,
        period: Period,
        path: str = "",
        *,
        direct: bool = False,
        on_file: dict[str, int] | None = None,
    ) -> Found:
        """The indices of a period, of all of the place or of what lies under `path`."""
        paid, served = self.reading.paid, self.reading.served
        in_paid = _within(paid.day, period) & self._under(paid.place, path, direct)
        in_served = _within(served.day, period) & self._under(served.place, path, direct)
        filed = self.on_file(period) if on_file is None else on_file
        services = _services(paid.some(in_paid), served.some(in_served))
        people = len(np.unique(services.person))
        return Found(
            period=period,
            indices=self._indices(paid.some(in_paid & self.of_programme), period, _count(filed, path, direct)),
            shifts=shifts(services, LIVING_PLACES) if people >= ENOUGH else None,
            people=people,
        )

    def on_file(self, period: Period) -> dict[str, int]:
        """Households on file by the path of their organisation."""
        return queries.on_file_by_path(self.place.path, period.start, period.end)

    def _indices(self, paid: Paid, period: Period, on_file: int) -> Indices:
        return measure(
            paid.payments(),
            paid.needs(),
            on_file=on_file,
            helped_on_file=len(np.unique(paid.household[paid.on_file])),
            festivals=festivals_near(period.start, period.end),
            start=period.start,
            end=period.end,
            usual=USUAL_PLACES,
        )

    def _under(self, places: NDArray[np.int64], path: str, direct: bool) -> NDArray[np.bool_]:
        if not path:
            return np.ones(len(places), np.bool_)
        keys = [key for key, own in self.reading.paths.items() if _covers(path, own, direct)]
        return np.isin(places, np.array(keys, np.int64))

    def compared(self, period: Period) -> tuple[Compared, ...]:
        """The places directly below, and what this one gave itself; those without a household on file and without a
        payment are left out."""
        filed = self.on_file(period)
        rows = [
            Compared(each, self.found(period, each.path, on_file=filed)) for each in queries.places_below(self.place)
        ]
        own = Compared(self.place, self.found(period, self.place.path, direct=True, on_file=filed), direct=True)
        return tuple(
            row
            for row in [*rows, own]
            if row.found.people or (not row.direct and _count(filed, row.place.path, direct=False))
        )

    def cuts(self, period: Period) -> Cuts:
        """The period cut by the four groups, of all that was paid (under the programme chosen) and served."""
        paid = self.reading.paid.some(_within(self.reading.paid.day, period) & self.of_programme)
        served = self.reading.served.some(_within(self.reading.served.day, period))
        households = np.unique(paid.household)
        known = flags_of_workers(queries.workers_paid(self.place.path, period.start, period.end), period.end)
        unsaid = [-1] * len(Group)
        keys = (self.reading.households[number - 1] for number in households.tolist())
        of_workers = np.array([known.get(key, unsaid) for key in keys], np.int8).reshape(-1, len(Group))
        people = np.concatenate([households, served.person])
        persons, place = np.unique(people, return_inverse=True)
        flags = np.full((len(persons), len(Group)), -1, np.int8)
        np.maximum.at(flags, place, np.concatenate([of_workers, served.groups]))
        cuts = []
        for at, group in enumerate(Group):
            members = households[of_workers[:, at] == 1]
            theirs = paid.some(np.isin(paid.household, members))
            cuts.append(
                GroupCut(
                    group=group,
                    people=int((flags[:, at] == 1).sum()),
                    households=len(members),
                    total_fen=int(theirs.amount_fen.sum()),
                    indices=self._indices(theirs, period, 0),
                )
            )
        return Cuts(
            groups=tuple(cuts),
            people=len(persons),
            in_groups=sum(each.people for each in cuts),
            in_none=int((flags == 0).all(axis=1).sum()),
            unknown=int((flags < 0).any(axis=1).sum()),
        )


def _within(day: NDArray[np.int64], period: Period) -> NDArray[np.bool_]:
    return (day >= days_since_1970(period.start)) & (day <= days_since_1970(period.end))


def _covers(path: str, own: str, direct: bool) -> bool:
    return own == path if direct else path <= own < path_end(path)


def _count(by_path: dict[str, int], path: str, direct: bool) -> int:
    return sum(count for own, count in by_path.items() if not path or _covers(path, own, direct))


def _services(paid: Paid, served: Served) -> Services:
    """Payments and other services together: a payment serves the worker of its household."""

    def both(*pair: NDArray) -> NDArray:
        return np.concatenate(pair)

    return Services(
        person=both(paid.household, served.person),
        on_file=both(paid.on_file, served.on_file),
        category=both(paid.category, served.category),
        entity=both(paid.entity, served.entity),
        value_fen=both(paid.amount_fen, served.value_fen),
        society=both(paid.society, served.society),
    )
