"""One ledger of a family: what it received or is promised, from any fund, level, programme and service."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from chunyu.casework.models import Decision
from chunyu.hardship.models import Grant, Service
from chunyu.ledger.models import Fund, PaymentOrder
from chunyu.policy.stacking import Entry
from chunyu.registry.duplicates.queries import files_of
from chunyu.registry.models import Household
from chunyu.wall.scope import beyond_scope

PAID, PROMISED, GRANTED = "paid", "promised", "granted"


@dataclass(frozen=True)
class Line:
    """One sum. `state`: paid, promised (ordered, at the bank or on its way back) or granted (approved, no order yet).
    `day` is when it was decided, `paid_on` when it arrived."""

    programme: str
    label: str
    day: date
    paid_on: date | None
    fen: int
    state: str
    said: str
    number: str
    fund: str
    level: str
    source: str
    order: UUID | None

    @property
    def year(self) -> int:
        return (self.paid_on or self.day).year

    @property
    def entry(self) -> Entry:
        return Entry(self.programme, self.day, self.fen, self.number)


@dataclass(frozen=True)
class Year:
    year: int
    lines: tuple[Line, ...]

    @property
    def paid_fen(self) -> int:
        return sum(line.fen for line in self.lines if line.state == PAID)

    @property
    def promised_fen(self) -> int:
        return sum(line.fen for line in self.lines if line.state != PAID)


@dataclass(frozen=True)
class FamilyLedger:
    """The file's own and what was given on those joined to it, the newest first; `services` are other than money."""

    lines: tuple[Line, ...]
    services: tuple[Service, ...]

    @property
    def years(self) -> list[Year]:
        ordered = sorted(self.lines, key=lambda line: (line.year, line.paid_on or line.day, line.number), reverse=True)
        return [Year(year, tuple(lines)) for year, lines in groupby(ordered, key=lambda line: line.year)]

    @property
    def paid_fen(self) -> int:
        return sum(year.paid_fen for year in self.years)

    @property
    def promised_fen(self) -> int:
        return sum(year.promised_fen for year in self.years)

    @property
    def by_programme(self) -> list[tuple[str, int]]:
        """The name of each programme with what was paid for it."""
        sums: dict[str, int] = {}
        for line in self.lines:
            if line.state == PAID:
                sums[line.label] = sums.get(line.label, 0) + line.fen
        return sorted(sums.items())


def lines_of(household: Household) -> list[Line]:
    """Every sum on the file and on those joined to it; what was cancelled or reversed is none."""
    with beyond_scope("aid-adds-up"):
        return _lines_of(household)


def _lines_of(household: Household) -> list[Line]:
    files = files_of(household)
    grants = list(_standing_grants(files))
    granted_on = {grant.application.case.number: grant.approved_on for grant in grants}
    orders = (
        PaymentOrder.objects.filter(household__in=files)
        .exclude(status="cancelled")
        .select_related("fund__organisation")
        .prefetch_related("lines")
    )
    found = [_ordered(order, granted_on.get(order.reference, order.ordered_on)) for order in orders]
    ordered = {line.number for line in found}
    return found + [_granted(grant) for grant in grants if grant.application.case.number not in ordered]


def entries_of_many(households: QuerySet[Household], day: date) -> dict[UUID, list[Entry]]:
    """What the rules of adding up look at on a day, of many families at once, by the file that goes on. Whoever has
    nothing is left out, and so is what was ordered before the last year: no year or season reaches back there."""
    with beyond_scope("aid-adds-up"):
        return _entries_of_many(households, day)


def _entries_of_many(households: QuerySet[Household], day: date) -> dict[UUID, list[Entry]]:
    keys, since = households.order_by().values("pk"), date(day.year - 1, 1, 1)
    files = Household.objects.filter(Q(pk__in=keys) | Q(merged_into__in=keys)).values("pk")
    grants = list(_standing_grants(files, since))
    granted_on = {grant.application.case.number: grant.approved_on for grant in grants}
    orders = PaymentOrder.objects.filter(household__in=files, ordered_on__gte=since).exclude(status="cancelled")
    found: dict[UUID, list[Entry]] = {}
    ordered = set()
    goes_on = Coalesce("household__merged_into", "household")
    rows = orders.values_list(goes_on, "programme", "ordered_on", "amount_fen", "reference")
    for family, programme, ordered_on, fen, number in rows:
        ordered.add(number)
        found.setdefault(family, []).append(Entry(programme, granted_on.get(number, ordered_on), fen, number))
    for grant in grants:
        household, number = grant.application.household, grant.application.case.number
        if number not in ordered:
            entry = Entry(grant.application.programme, grant.approved_on, grant.amount_fen, number)
            found.setdefault(household.merged_into_id or household.pk, []).append(entry)
    return found


def _standing_grants(files: Any, since: date | None = None) -> Iterable[Grant]:
    """The last grant of each application whose approval still stands; of those made from a day on."""
    rows = Grant.objects.filter(application__household__in=files).order_by("approved_on", "pk")
    if since is not None:
        rows = rows.filter(approved_on__gte=since).select_related("application__household")
    latest = {grant.application_id: grant for grant in rows.select_related("application__case")}
    last_word = dict(
        Decision.objects.filter(case__in=[grant.application.case_id for grant in latest.values()])
        .order_by("pk")
        .values_list("case", "verdict")
    )
    for grant in latest.values():
        if last_word.get(grant.application.case_id) == Decision.Verdict.APPROVED:
            yield grant


def _ordered(order: PaymentOrder, decided: date) -> Line:
    paid = order.status == "paid"
    settled = [each.settled_on for each in order.lines.all() if each.outcome == "paid"]
    return Line(
        programme=order.programme,
        label=order.programme_label,
        day=decided,
        paid_on=max(settled) if paid and settled else None,
        fen=order.amount_fen,
        state=PAID if paid else PROMISED,
        said=order.get_status_display(),
        number=order.reference,
        fund=order.fund.name,
        level=order.fund.organisation.name,
        source=str(Fund.Source(order.fund.source).label),
        order=order.pk,
    )


def _granted(grant: Grant) -> Line:
    application = grant.application
    return Line(
        programme=application.programme,
        label=application.case.title,
        day=grant.approved_on,
        paid_on=None,
        fen=grant.amount_fen,
        state=GRANTED,
        said=_("granted, not ordered yet"),
        number=application.case.number,
        fund="",
        level="",
        source="",
        order=None,
    )


def family_ledger(household: Household) -> FamilyLedger:
    given = Service.objects.filter(household__in=files_of(household), takes_back=None, taken_back_by=None)
    with beyond_scope("aid-adds-up"):
        services = tuple(given.select_related("organisation").order_by("-day", "pk"))
    return FamilyLedger(tuple(lines_of(household)), services)
