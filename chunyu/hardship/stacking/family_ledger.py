"""One ledger of a family: what it received or is promised, from any fund, level, programme and service."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from uuid import UUID

from django.utils.translation import gettext as _

from chunyu.casework.models import Decision
from chunyu.hardship.models import Grant, Service
from chunyu.ledger.models import Fund, PaymentOrder
from chunyu.policy.stacking import Entry
from chunyu.registry.duplicates.queries import files_of
from chunyu.registry.models import Household

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


def _standing_grants(files: Iterable[UUID]) -> Iterable[Grant]:
    """The last grant of each application whose approval still stands."""
    rows = Grant.objects.filter(application__household__in=files).order_by("approved_on", "pk")
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
    return FamilyLedger(tuple(lines_of(household)), tuple(given.select_related("organisation").order_by("-day", "pk")))
