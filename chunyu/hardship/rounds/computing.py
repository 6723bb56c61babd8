"""The computation of a round: everybody on file in scope is decided, the gaps are read from the decisions, the funds
are shared out, checked again by the certificate, and written down line by line."""

from __future__ import annotations

from typing import Any

import numpy as np
from django.db import transaction

from chunyu.accounts.acting import Acting
from chunyu.audit.record import record
from chunyu.hardship.deciding import decide_households
from chunyu.hardship.rounds import queries
from chunyu.hardship.rounds.entitling import ON_FILE, Entitled, entitled
from chunyu.hardship.rounds.models import (
    MILLION,
    Reason,
    Round,
    RoundDecile,
    RoundLine,
    RoundMeasure,
    RoundPayment,
    Stage,
    Way,
)
from chunyu.policy import PolicyError
from chunyu.policy.allocation import (
    Allocation,
    Needs,
    Programme,
    Quota,
    Source,
    allocate,
    even_split,
    measure,
    proportional,
    verify,
)
from chunyu.policy.allocation.needs import LARGEST_FEN, AllocationRefused
from chunyu.registry.importing.writing import copy_in
from chunyu.registry.models import Household
from chunyu.rulebooks.in_force import rulebook_of


def compute(acting: Acting, planned: Round) -> Round:
    """Compute a round that is in its computing stage; a refusal ends it as a draft that says why. Run again after an
    interruption it begins anew."""
    households = Household.objects.within(planned.scope_path).filter(status=ON_FILE)
    Round.objects.filter(pk=planned.pk).update(total=households.count())
    try:
        decide_households(acting, households, lambda done: _progress(planned, done))
        with transaction.atomic():
            return _computed(acting, planned)
    except PolicyError as refusal:
        _give_up(planned, refusal.chinese, refusal.english)
    except Exception:
        _give_up(planned, "测算出错，请告知系统管理员", "The computation failed: tell the system keeper")
        raise
    planned.refresh_from_db()
    return planned


def _give_up(planned: Round, chinese: str, english: str) -> None:
    Round.objects.filter(pk=planned.pk, stage=Stage.COMPUTING).update(
        stage=Stage.DRAFT, fault_zh=chinese[:300], fault_en=english[:300]
    )


def _progress(planned: Round, done: int) -> None:
    Round.objects.filter(pk=planned.pk, stage=Stage.COMPUTING).update(done=done)


def _computed(acting: Acting, planned: Round) -> Round:
    held = Round.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=planned.pk)
    if held.stage != Stage.COMPUTING:
        return held
    forget(held)
    found = entitled(held)
    if not found.rows:
        raise AllocationRefused(
            "范围内没有可参加分配的家庭：都未认定、没有资格或正在办理",
            "Nobody in scope can take part: not decided, not entitled, or being served already",
        )
    needs = needs_of(held, found.rows)
    allocation = allocate(needs)
    faults = verify(needs, allocation.allotment, allocation.certificate)
    if faults:
        raise faults[0]
    _write(held, found, allocation)
    record(acting, "hardship.round_computed", held, f"{len(needs)} lines, {allocation.certificate.grants[:12]}")
    return held


def forget(held: Round) -> None:
    """Remove what an earlier computation found."""
    # Straight deletes, children first: there can be a million rows, and nothing else hangs on them before publication.
    for rows in (queries.payments(held), held.lines.all(), held.measures.all(), held.deciles.all()):
        rows._raw_delete(rows.db)


def needs_of(held: Round, rows: list[dict[str, Any]]) -> Needs:
    """The round as the sharing-out takes it: households by file number, programmes by code, funds by key."""
    settings = list(held.programmes.order_by("programme"))
    place = {each.programme: n for n, each in enumerate(settings)}
    numbers = sorted({row["decision__household__file_number"] for row in rows})
    home = {number: n for n, number in enumerate(numbers)}
    counties = queries.counties_under(held.organisation)
    paths = {row["decision__household__file_number"]: row["decision__household__scope_path"] for row in rows}
    programme = np.array([place[row["programme"]] for row in rows], dtype=np.int64)
    gap = np.array([min(row["amount_fen"], LARGEST_FEN) for row in rows], dtype=np.int64)
    caps = np.array([LARGEST_FEN if each.cap_fen is None else each.cap_fen for each in settings], dtype=np.int64)
    minimums = np.array([each.minimum_fen for each in settings], dtype=np.int64)
    floors = np.array([each.floor_fen for each in settings], dtype=np.int64)[programme]
    # What the family has already leaves less under some rules.
    left = np.array([min(row["left_fen"], LARGEST_FEN) for row in rows], dtype=np.int64)
    cap = np.minimum(np.minimum(gap, left), caps[programme])
    floor = np.minimum(floors, cap)
    # Where even the least grant does not fit, nothing can be owed.
    floor = np.where(cap >= np.maximum(minimums[programme], 1), floor, 0)
    sources = tuple(
        Source(str(each.pk), each.budget_fen, frozenset(code for code in place if each.fund.serves(code)))
        for each in held.sources.select_related("fund").prefetch_related("fund__earmarks").order_by("pk")
    )
    return Needs(
        ids=np.array(numbers),
        household=np.array([home[row["decision__household__file_number"]] for row in rows], dtype=np.int64),
        programme=programme,
        gap=gap,
        cap=cap,
        floor=floor,
        minimum=minimums[programme],
        programmes=tuple(Programme(each.programme, each.handling_fen) for each in settings),
        sources=sources,
        county=np.array([_county_of(paths[number], counties) for number in numbers], dtype=np.int64),
        counties=("", *(str(county.pk) for county in counties)),
        quotas={str(each.county_id): Quota(each.households, each.fen) for each in held.quotas.all()},
    )


def _county_of(path: str, counties: list[Any]) -> int:
    """The place of the county that a path lies under; 0 for what lies under none."""
    return next((n for n, county in enumerate(counties, 1) if path.startswith(county.path)), 0)


def _write(held: Round, found: Entitled, allocation: Allocation) -> None:
    needs, certificate = allocation.needs, allocation.certificate
    even = even_split(needs)
    paid = queries.paid_last_year(held.scope_path, held.day)
    last = np.array([paid.get((row["decision__household"], row["programme"]), 0) for row in found.rows], dtype=np.int64)
    _write_lines(held, found.rows, allocation, even, last)
    ways = {
        Way.ALLOTMENT: allocation.allotment.grants,
        Way.EVEN: even,
        Way.PROPORTIONAL: proportional(needs),
        Way.LAST: last,
    }
    for way, grants in ways.items():
        _write_measures(held, way, needs, grants)
    for source, price in zip(held.sources.order_by("pk"), certificate.prices.sources, strict=True):
        source.price = price
        source.save(update_fields=["price"])
    prices = dict(
        zip(
            needs.counties,
            zip(certificate.prices.county_fen, certificate.prices.county_households, strict=True),
            strict=True,
        )
    )
    for quota in held.quotas.all():
        quota.price_fen, quota.price_households = prices[str(quota.county_id)]
        quota.save(update_fields=["price_fen", "price_households"])
    pack = rulebook_of(held.organisation, held.day)
    held.stage, held.pack, held.version = Stage.COMPUTED, pack.id, pack.digest
    held.needs_digest, held.grants_digest = certificate.needs, certificate.grants
    held.need, held.rest, held.bound = certificate.need, certificate.rest, certificate.bound
    held.undecided, held.served, held.done = found.undecided, found.served, held.total
    held.save()


def _write_lines(held: Round, rows: list[dict[str, Any]], allocation: Allocation, even: Any, last: Any) -> None:
    lines = [_line(held, row, allocation, n, int(even[n]), int(last[n])) for n, row in enumerate(rows)]
    copy_in(RoundLine, lines)
    sources = list(held.sources.order_by("pk"))
    allotment = allocation.allotment
    columns = (allotment.line, allotment.source, allotment.grant_fen, allotment.handling_fen)
    payments = zip(*(column.tolist() for column in columns), strict=True)
    copy_in(
        RoundPayment,
        [
            RoundPayment(line=lines[line], source=sources[source], grant_fen=grant, handling_fen=handling)
            for line, source, grant, handling in payments
        ],
    )


def _line(held: Round, row: dict[str, Any], allocation: Allocation, n: int, even: int, last: int) -> RoundLine:
    ground = allocation.grounds[n]
    return RoundLine(
        round=held,
        organisation_id=row["decision__household__organisation"],
        scope_path=row["decision__household__scope_path"],
        household_id=row["decision__household"],
        decision_id=row["decision"],
        programme=row["programme"],
        gap_fen=ground.gap_fen,
        cap_fen=ground.cap_fen,
        floor_fen=ground.floor_fen,
        minimum_fen=max(ground.minimum_fen, 1),
        level_fen=ground.level_fen,
        extra_fen=ground.extra_fen,
        reason=Reason[ground.reason.name],
        amount_fen=ground.amount_fen,
        even_fen=even,
        last_fen=last,
    )


def _write_measures(held: Round, way: Way, needs: Needs, grants: Any) -> None:
    found = measure(needs, grants)
    RoundMeasure.objects.create(
        round=held,
        way=way,
        granted_fen=found.granted_fen,
        handling_fen=found.handling_fen,
        households=found.households,
        gap_closed=round(found.gap_closed * MILLION),
        square_closed=round(found.square_closed * MILLION),
        per_yuan=round(found.per_yuan * MILLION),
    )
    RoundDecile.objects.bulk_create(
        RoundDecile(
            round=held,
            way=way,
            decile=n,
            households=each.households,
            reached=each.reached,
            gap_fen=each.gap_fen,
            granted_fen=each.granted_fen,
        )
        for n, each in enumerate(found.deciles, 1)
    )
