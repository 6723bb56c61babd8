"""Reading what the indices are made of: payments and services of a scope as columns of numbers, and as rows for lists.

Payments are the ledger's own paid lines. The need beside each is the yearly gap of the household's decision that was
in force on the day the money arrived.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Self

import numpy as np
from django.db.models import (
    BooleanField,
    Case,
    Count,
    F,
    Func,
    IntegerField,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
    Window,
)
from django.db.models.functions import Coalesce, DenseRank
from numpy.typing import NDArray

from chunyu.federation.models import Organisation, path_end
from chunyu.hardship.indices import groups
from chunyu.hardship.indices.categories import Category, category_of
from chunyu.hardship.indices.models import IndexReport, Service
from chunyu.hardship.models import Decision, Grant
from chunyu.ledger.models import BatchLine, Delivery, Fund
from chunyu.ledger.queries import payments as paid_lines
from chunyu.policy.indices import UNKNOWN, Helped, Payments
from chunyu.registry.models import Household, Member

SOCIETY = frozenset({Fund.Source.FOUNDATION, Fund.Source.ENTERPRISE, Fund.Source.DONATION})
ENTITIES = frozenset({Delivery.CENTRE, Delivery.STATION, Delivery.SHOP})
KINDS = [str(kind) for kind in Category.values]
WAYS = {"": -1, Delivery.CAMPAIGN: 0} | dict.fromkeys(ENTITIES, 1)


@dataclass(frozen=True)
class Columns:
    """Rows as parallel arrays; `some(mask)` is a part of them."""

    def some(self, mask: NDArray[Any]) -> Self:
        return type(self)(**{each.name: getattr(self, each.name)[mask] for each in fields(self)})


@dataclass(frozen=True)
class Paid(Columns):
    """One entry a payment. `household` numbers the households of this reading; `need_fen` is -1 where not known;
    `place` is the organisation's key,
    `programme` the place in the reading's list of programmes."""

    household: NDArray[np.int64]
    amount_fen: NDArray[np.int64]
    day: NDArray[np.int64]
    category: NDArray[np.int64]
    need_fen: NDArray[np.int64]
    entity: NDArray[np.int8]
    society: NDArray[np.bool_]
    on_file: NDArray[np.bool_]
    place: NDArray[np.int64]
    programme: NDArray[np.int64]

    def payments(self) -> Payments:
        return Payments(self.household, self.amount_fen, self.day, self.category)

    def needs(self) -> Helped:
        """Each household's need on the day of its first payment here."""
        order = np.lexsort((self.need_fen, self.day, self.household))
        households = self.household[order]
        first = np.ones(len(order), np.bool_)
        first[1:] = households[1:] != households[:-1]
        return Helped(households[first], self.need_fen[order][first])


@dataclass(frozen=True)
class Served(Columns):
    """One entry a service that is no payment. `person` numbers people; `household` is that of a worker on file, else
    -1. Both share the numbers of the reading they belong to."""

    person: NDArray[np.int64]
    day: NDArray[np.int64]
    category: NDArray[np.int64]
    entity: NDArray[np.int8]
    value_fen: NDArray[np.int64]
    society: NDArray[np.bool_]
    on_file: NDArray[np.bool_]
    place: NDArray[np.int64]
    groups: NDArray[np.int8]  # a row a service, a column a group: 1, 0, or -1 where not known


@dataclass(frozen=True)
class Reading:
    """Everything paid and served in a scope and span: `households` are the keys of the paid households in the order of
    their numbers, which begin with one; `paths` gives an organisation's path by its key."""

    paid: Paid
    served: Served
    programmes: list[str]
    households: list[Any]
    paths: dict[int, str]


class DaysSince1970(Func):
    template = "(%(expressions)s - DATE '1970-01-01')"
    output_field = IntegerField()


def payments(path: str, start: date, end: date, programme: str = "") -> QuerySet[BatchLine]:
    """Payments that reached households of a scope in a period, of one programme or all, with `need_fen`: the yearly
    gap by the decision that its grant rests on, or else by the one in force on the day the money arrived."""
    rows = paid_lines(path, start=start, end=end)
    if programme:
        rows = rows.filter(order__programme=programme)
    granted = Grant.objects.filter(application__case__number=OuterRef("order__reference"))
    held = Decision.objects.filter(household=OuterRef("order__household"), day__lte=OuterRef("settled_on"))
    return rows.annotate(
        need_fen=Coalesce(
            Subquery(granted.order_by("-approved_on", "-pk").values("decision__need_fen")[:1]),
            Subquery(held.order_by("-day", "-known_at").values("need_fen")[:1]),
        )
    )


def read(path: str, start: date, end: date) -> Reading:
    """Payments and services of a scope and span, of all programmes."""
    paid, programmes = _read_payments(path, start, end)
    keys = paid_lines(path, start=start, end=end).order_by("order__household").values_list("order__household")
    households = [key for (key,) in keys.distinct()]
    served = _read_services(path, start, end, households)
    places = np.unique(np.concatenate([paid.place, served.place])).tolist()
    paths = dict(Organisation.objects.filter(pk__in=places).values_list("pk", "path"))
    return Reading(paid, served, programmes, households, paths)


def _read_payments(path: str, start: date, end: date) -> tuple[Paid, list[str]]:
    on_file = Q(order__household__opened_on__lte=F("settled_on")) & (
        Q(order__household__closed_on__isnull=True) | Q(order__household__closed_on__gt=F("settled_on"))
    )
    rows = (
        payments(path, start, end)
        .order_by()
        .annotate(
            number=Window(DenseRank(), order_by="order__household"),
            days=DaysSince1970(F("settled_on")),
            filed=Case(When(on_file, then=Value(True)), default=Value(False), output_field=BooleanField()),
        )
        .values_list(
            "number", "amount_fen", "days", "order__programme", "need_fen", "order__delivery", "order__fund__source",
            "filed", "order__organisation",
        )
    )  # fmt: skip
    number, fen, day, codes, need, ways, sources, filed, place = _columns(rows, 9)
    programmes = sorted(set(codes))
    at = {code: position for position, code in enumerate(programmes)}
    programme = np.array([at[code] for code in codes], np.int64)
    kinds = np.array([KINDS.index(category_of(code)) for code in programmes], np.int64)
    paid = Paid(
        household=np.array(number, np.int64),
        amount_fen=np.array(fen, np.int64),
        day=np.array(day, np.int64),
        category=kinds[programme],
        need_fen=np.array([UNKNOWN if each is None else each for each in need], np.int64),
        entity=np.array([WAYS[way] for way in ways], np.int8),
        society=np.array([source in SOCIETY for source in sources], np.bool_),
        on_file=np.array(filed, np.bool_),
        place=np.array(place, np.int64),
        programme=programme,
    )
    return paid, programmes


def _columns(rows: QuerySet, count: int) -> list[tuple[Any, ...]]:
    return list(zip(*rows, strict=True)) or [()] * count


def services(path: str, start: date, end: date) -> QuerySet[Service]:
    """Services of a scope and period that stand: neither taken back nor taking back."""
    rows = Service.objects.within(path).filter(day__gte=start, day__lte=end)
    return rows.filter(takes_back__isnull=True, taken_back_by__isnull=True).select_related("organisation")


def _read_services(path: str, start: date, end: date, households: list[Any]) -> Served:
    """The same as columns. A worker on file is the person that payments to that household count: the number of the
    household, where it was paid too; everybody else gets a number of their own, below nought."""
    numbers = {key: number for number, key in enumerate(households, 1)}
    own: dict[Any, int] = {}
    rows = (
        services(path, start, end)
        .select_related(None)
        .order_by()
        .annotate(days=DaysSince1970(F("day")))
        .values_list(
            "person_index", "household", "of_worker", "days", "category", "delivery", "value_fen", "origin", "on_file",
            "organisation", "front_line", "migrant", "dispatched", "birth_date", "day",
        )
    )  # fmt: skip
    person, household, worker, day, kind, way, fen, origin, filed, place, *about = _columns(rows, 15)

    def number_of(index: Any, home: Any, of_worker: bool) -> int:
        if of_worker and home in numbers:
            return numbers[home]
        return own.setdefault(bytes(index), -1 - len(own))

    return Served(
        person=np.array(list(map(number_of, person, household, worker)), np.int64),
        day=np.array(day, np.int64),
        category=np.array([KINDS.index(each) for each in kind], np.int64),
        entity=np.array([WAYS[each] for each in way], np.int8),
        value_fen=np.array(fen, np.int64),
        society=np.array([each == Service.Origin.SOCIETY for each in origin], np.bool_),
        on_file=np.array(filed, np.bool_),
        place=np.array(place, np.int64),
        groups=groups.flags_of(zip(*about, strict=True)),
    )


def workers_paid(path: str, start: date, end: date) -> QuerySet[Member]:
    """The workers whose households received something: the people whom payments are counted for."""
    paid = paid_lines(path, start=start, end=end).order_by().values("order__household")
    return Member.objects.filter(is_worker=True, household__in=paid)


def on_file_by_path(path: str, start: date, end: date) -> dict[str, int]:
    """How many households had a file at some time of a period, by the path of the organisation that keeps it."""
    filed = Household.objects.within(path).filter(opened_on__lte=end)
    filed = filed.filter(Q(closed_on__isnull=True) | Q(closed_on__gt=start))
    return dict(filed.order_by().values_list("scope_path").annotate(Count("pk")))


def places_below(place: Organisation) -> list[Organisation]:
    """What a place is compared by: the organisations directly under it."""
    return list(Organisation.objects.filter(parent=place).order_by("path"))


def helped_households(path: str, start: date, end: date, programme: str = "") -> QuerySet[Household]:
    """Households that received something, with what, how often, and their need on the first day: the rows of E and F.

    `received_fen`, `payments`, `first_day`, `need_fen` (empty: not known).
    """
    lines = Q(payment_orders__lines__outcome="paid") & Q(
        payment_orders__lines__settled_on__gte=start, payment_orders__lines__settled_on__lte=end
    )
    lines &= Q(payment_orders__scope_path__gte=path, payment_orders__scope_path__lt=path_end(path))
    if programme:
        lines &= Q(payment_orders__programme=programme)
    rows = payments(path, start, end, programme)
    first = rows.filter(order__household=OuterRef("pk")).order_by("settled_on", F("need_fen").asc(nulls_first=True))
    return (
        Household.objects.filter(pk__in=rows.order_by().values("order__household"))
        .select_related("organisation")
        .annotate(
            received_fen=Coalesce(Sum("payment_orders__lines__amount_fen", filter=lines), 0),
            payments=Count("payment_orders__lines", filter=lines),
            first_day=Min("payment_orders__lines__settled_on", filter=lines),
        )
        .annotate(need_fen=Subquery(first.values("need_fen")[:1]))
    )


def programmes_paid(path: str, start: date, end: date) -> list[tuple[str, str]]:
    """What a figure can be narrowed to: programmes of which something was paid, with the name their orders say."""
    rows = paid_lines(path, start=start, end=end).order_by().values_list("order__programme")
    return sorted(rows.annotate(label=Min("order__programme_label")))


def reports(path: str) -> QuerySet[IndexReport]:
    return IndexReport.objects.within(path).select_related("organisation", "made_by__user", "published_by__user")
