"""The verbs of a round: prepare it, compute it, submit it, send it back, publish it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import formats
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.audit.record import record
from chunyu.federation.models import Organisation
from chunyu.hardship.rounds import queries
from chunyu.hardship.rounds.computing import forget
from chunyu.hardship.rounds.models import MOVES, Round, RoundProgramme, RoundQuota, RoundSource, Stage
from chunyu.hardship.tasks import compute_round, open_round
from chunyu.hardship.wording import language
from chunyu.ledger.models import Fund
from chunyu.rulebooks.in_force import rulebook_of
from chunyu.ui.templatetags.show import yuan

Kind = Organisation.Kind
LEVELS = frozenset({Kind.COUNTY_FEDERATION, Kind.MUNICIPAL_FEDERATION, Kind.PROVINCIAL_FEDERATION})
PLANNERS = frozenset({Role.COUNTY_CASEWORKER})
PUBLISHERS = frozenset({Role.COUNTY_APPROVER})


@dataclass(frozen=True)
class Bounds:
    """What a round sets for every line of one programme, in fen."""

    cap_fen: int | None = None
    floor_fen: int = 0
    minimum_fen: int = 0
    handling_fen: int = 0


@dataclass(frozen=True)
class Limit:
    households: int | None = None
    fen: int | None = None


@dataclass(frozen=True)
class Inputs:
    """Everything that a planner chooses: programmes by code, fen by fund, limits by county."""

    name: str
    programmes: Mapping[str, Bounds]
    budgets: Mapping[Fund, int]
    limits: Mapping[Organisation, Limit] = field(default_factory=dict)


def may_plan(acting: Acting) -> Refusal | None:
    if acting.role not in PLANNERS:
        return Refusal(_("A round is planned by a caseworker of a federation."), code="role")
    if acting.organisation.kind not in LEVELS:
        return Refusal(_("A round is planned by a county federation or one above it."), code="level")
    return None


def may_publish(acting: Acting, planned: Round) -> Refusal | None:
    if acting.role not in PUBLISHERS:
        return Refusal(_("A round is published by an approver."), code="role")
    if acting.organisation.kind not in LEVELS or not planned.scope_path.startswith(acting.path):
        return Refusal(_("A round is published at the level that planned it or above."), code="level")
    if acting.user_id in (planned.planner_id, planned.submitter_id):
        return Refusal(_("You planned this round. Another person must publish it."), code="second_person")
    return None


@transaction.atomic
def prepare(acting: Acting, inputs: Inputs) -> Round:
    """A new round over the acting organisation's subtree, as of the acting day."""
    _refuse(may_plan(acting))
    planned = Round(
        organisation=acting.organisation,
        name=inputs.name.strip(),
        day=acting.day,
        planned_by=acting.post,
        planner_id=acting.user_id,
    )
    _check(acting, inputs)
    planned.save(force_insert=True)
    _write_inputs(planned, inputs)
    record(acting, "hardship.prepare_round", planned)
    return planned


@transaction.atomic
def change(acting: Acting, planned: Round, inputs: Inputs) -> Round:
    """Other inputs; what was computed from the earlier ones no longer counts. The round is as of the acting day."""
    _refuse(may_plan(acting))
    held = _held(planned)
    if held.stage != Stage.DRAFT:
        _step(held, "change")
    _check(acting, inputs)
    held.name, held.day, held.fault_zh, held.fault_en = inputs.name.strip(), acting.day, "", ""
    held.save()
    forget(held)
    for rows in (held.programmes, held.quotas, held.sources):
        rows.all().delete()
    _write_inputs(held, inputs)
    record(acting, "hardship.change_round", held)
    return held


@transaction.atomic
def compute(acting: Acting, planned: Round, *, queue: bool = True) -> Round:
    """Start the computation as a job; it decides everybody on file anew and then shares the money out."""
    _refuse(may_plan(acting))
    held = _held(planned)
    _step(held, "compute")
    held.day, held.done, held.total, held.fault_zh, held.fault_en = acting.day, 0, 0, "", ""
    held.save()
    record(acting, "hardship.compute_round", held)
    if queue:
        compute_round.defer(planned=str(held.pk), post=acting.post.pk, day=acting.day.isoformat())
    return held


@transaction.atomic
def submit(acting: Acting, planned: Round) -> Round:
    """Hand the computed round to a second person. The database adds budgets, payments and quotas up once more."""
    _refuse(may_plan(acting))
    held = _held(planned)
    if held.stage == Stage.COMPUTED:
        for refusal in _short_funds(held):
            raise refusal
    _step(held, "submit")
    held.submitter_id, held.submitted_on, held.sent_back = acting.user_id, acting.day, ""
    held.save()
    record(acting, "hardship.submit_round", held, f"{held.grants_digest[:12]}")
    return held


@transaction.atomic
def send_back(acting: Acting, planned: Round, *, why: str) -> Round:
    _refuse(may_publish(acting, planned))
    if not why.strip():
        raise Refusal(_("Say what should be changed."), code="why")
    held = _held(planned)
    _step(held, "send_back")
    held.submitter, held.submitted_on, held.sent_back = None, None, why.strip()[:300]
    held.save()
    record(acting, "hardship.send_round_back", held)
    return held


@transaction.atomic
def publish(acting: Acting, planned: Round, *, shown: str, queue: bool = True) -> Round:
    """Publish exactly the grants that were shown (their digest), by a second person. Every line with an amount becomes
    an application, opened by a job in the planner's name; publishing again changes nothing."""
    held = _held(planned)
    if held.stage == Stage.PUBLISHED:
        return held
    _refuse(may_publish(acting, held))
    if shown != held.grants_digest:
        raise Refusal(_("The round changed while you looked at it. Read it again, then decide."), code="stale")
    for refusal in _short_funds(held):
        raise refusal
    # The applications are opened in the planner's name: refused now, and not by the job, when that post has ended.
    Acting.through(held.planned_by, acting.day)
    _step(held, "publish")
    held.publisher_id, held.published_on = acting.user_id, acting.day
    held.save()
    record(acting, "hardship.publish_round", held, f"{held.grants_digest[:12]}")
    if queue:
        open_round.defer(planned=str(held.pk))
    return held


def _held(planned: Round) -> Round:
    return Round.objects.select_for_update(of=("self",)).get(pk=planned.pk)


def _step(held: Round, move: str) -> None:
    after = MOVES.get((Stage(held.stage), move))
    if after is None:
        sentence = _("This is not possible while the round is: %(stage)s.")
        raise Refusal(sentence % {"stage": held.get_stage_display()}, code="stage")
    held.stage = after


def _refuse(refusal: Refusal | None) -> None:
    if refusal is not None:
        raise refusal


def _check(acting: Acting, inputs: Inputs) -> None:
    if not inputs.name.strip():
        raise Refusal(_("Give the round a name."), code="name")
    if not inputs.programmes:
        raise Refusal(_("Choose at least one programme."), code="programmes")
    if not inputs.budgets:
        raise Refusal(_("Choose at least one fund and how much of it the round may use."), code="funds")
    for code in inputs.programmes:
        _check_programme(acting, code)
    offered = {fund.pk for fund in queries.funds_for(acting.organisation)}
    if any(fund.pk not in offered for fund in inputs.budgets):
        raise Refusal(_("This fund does not pay for the organisation of the round."), code="fund")
    counties = {county.pk for county in queries.counties_under(acting.organisation)}
    if any(county.pk not in counties for county in inputs.limits):
        raise Refusal(_("This county does not lie under the organisation of the round."), code="county")


def _check_programme(acting: Acting, code: str) -> None:
    programme = rulebook_of(acting.organisation, acting.day).programmes.get(code)
    if programme is None:
        raise Refusal(_("The rulebook in force does not hold this programme."), code="no_programme")
    if programme.apply_at is not None:
        place = programme.apply_at(language())
        raise Refusal(_("Not applied for here: %(place)s.") % {"place": place}, code="elsewhere")
    if not programme.calendar.is_open(acting.day):
        first = formats.date_format(programme.calendar.next_opening(acting.day), "DATE_FORMAT")
        raise Refusal(_("Applications are taken in from %(day)s.") % {"day": first}, code="not_open")


def _short_funds(planned: Round) -> list[Refusal]:
    """Funds that do not hold what the round counts on."""
    wanted = dict(planned.sources.values_list("fund", "budget_fen"))
    sentence = _("%(fund)s holds %(free)s yuan, and the round counts on %(budget)s.")
    return [
        Refusal(
            sentence % {"fund": fund.name, "free": yuan(fund.free_fen), "budget": yuan(wanted[fund.pk])}, code="short"
        )
        for fund in queries.funds_for(planned.organisation, planned)
        if fund.free_fen < wanted.get(fund.pk, 0)
    ]


def _write_inputs(planned: Round, inputs: Inputs) -> None:
    rows: list[Any] = [
        RoundProgramme(
            round=planned,
            programme=code,
            cap_fen=bounds.cap_fen,
            floor_fen=bounds.floor_fen,
            minimum_fen=bounds.minimum_fen,
            handling_fen=bounds.handling_fen,
        )
        for code, bounds in inputs.programmes.items()
    ]
    rows += [RoundSource(round=planned, fund=fund, budget_fen=fen) for fund, fen in inputs.budgets.items()]
    rows += [
        RoundQuota(round=planned, county=county, households=limit.households, fen=limit.fen)
        for county, limit in inputs.limits.items()
        if limit.households is not None or limit.fen is not None
    ]
    for row in rows:
        try:
            row.validate_constraints()
        except ValidationError as error:
            raise Refusal.from_validation(error) from error
        row.save(force_insert=True)
    if refusals := _short_funds(planned):
        raise refusals[0]
