"""What a project owes: rates shared out over levels within own cost and caps, and a month by its days."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Sum

from chunyu.federation.one_of import one_of
from chunyu.hardship.projects.kinds import Form, half_unit
from chunyu.hardship.projects.tables import Project, ProjectCase, ProjectPayment, ProjectShare


@dataclass(frozen=True)
class Due:
    """What one level owes for one unit, in fen."""

    share: ProjectShare
    unit: str
    fen: int


def shared_out(rates: Sequence[tuple[ProjectShare, int]], limit: int) -> list[tuple[ProjectShare, int]]:
    """Each level its rate in turn, until the limit is reached: together exactly the lesser of rates and limit."""
    found, left = [], max(0, limit)
    for share, fen in rates:
        given = min(fen, left)
        left -= given
        if given > 0:
            found.append((share, given))
    return found


def rates_of(case: ProjectCase) -> list[tuple[ProjectShare, int]]:
    shares = case.project.shares.filter(group=case.group).select_related("fund__organisation").order_by("part")
    return [(share, share.unit_fen) for share in shares]


def treatment_due(case: ProjectCase, left_fen: int | None = None) -> list[Due]:
    """What is owed for treatment that was not paid yet. `left_fen`: what the caps over all programmes leave."""
    limit = left_fen
    if case.project.form != Form.SESSIONS:
        unit = case.eye if case.project.form == Form.EYE else "once"
        if case.payments.exists():
            return []
        own = case.own_cost_fen or 0
        return [Due(share, unit, fen) for share, fen in shared_out(rates_of(case), _least(own, limit))]
    found: list[Due] = []
    paid = set(case.payments.values_list("unit", flat=True))
    for unit, own in half_years(case):
        if unit in paid:
            continue
        within = _least(own, _left_of_year(case, unit[:4], found), limit)
        for share, fen in shared_out(rates_of(case), within):
            found.append(Due(share, unit, fen))
            limit = None if limit is None else limit - fen
    return found


def half_years(case: ProjectCase) -> list[tuple[str, int]]:
    """The half-years with sessions, the earliest first, and the own cost of each."""
    sums: dict[str, int] = {}
    for session in case.sessions.all():
        unit = half_unit(session.day)
        sums[unit] = sums.get(unit, 0) + session.cost_fen - session.insured_fen
    return sorted(sums.items())


def _left_of_year(case: ProjectCase, year: str, planned: Iterable[Due]) -> int | None:
    cap = case.project.year_cap_fen
    if cap is None:
        return None
    rows = ProjectPayment.objects.filter(
        person_index=case.person_index, programme=case.project.programme, unit__startswith=year
    )
    paid = rows.aggregate(fen=Sum("amount_fen"))["fen"] or 0
    return max(0, cap - paid - sum(due.fen for due in planned if due.unit.startswith(year)))


def _least(*amounts: int | None) -> int:
    return max(0, min(amount for amount in amounts if amount is not None))


def next_month(month: date) -> date:
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def month_fen(project: Project, share: ProjectShare, case: ProjectCase, month: date) -> int:
    """The stipend of a month: whole where it runs on the first day, and where the project says so by its days, half up
    to the fen. The day of stopping is the first without."""
    assert case.started_on is not None
    begins = max(case.started_on, month)
    ends = next_month(month) if case.stopped_on is None else min(case.stopped_on, next_month(month))
    days, of = (ends - begins).days, monthrange(month.year, month.month)[1]
    if days <= 0:
        return 0
    if project.prorated:
        return (share.unit_fen * days * 2 + of) // (of * 2)
    return share.unit_fen if begins == month else 0


def kept_once(orders: Collection[UUID]) -> set[UUID]:
    """The orders that pay a unit of a project: no unit of a person is paid twice, whatever case asks for it."""
    return set(ProjectPayment.objects.filter(one_of("order", orders)).values_list("order", flat=True))
