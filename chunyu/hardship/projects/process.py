"""The ways of a project's cases: treatment from nomination to the follow-up, and the monthly stipend until it stops."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.casework import actions as casework
from chunyu.casework import checks
from chunyu.casework.models import Case, Decision
from chunyu.casework.process import (
    HOUSEHOLD,
    NOTE,
    Choice,
    DocumentKind,
    Field,
    Move,
    Outcome,
    Process,
    Stage,
    State,
    Tell,
    another_person,
    by,
    check,
    fresh,
    neutral,
    register,
)
from chunyu.casework.standing import Standing
from chunyu.hardship import process as aid
from chunyu.hardship.projects import actions, showing
from chunyu.hardship.projects.kinds import Form, StopReason
from chunyu.hardship.projects.paying import next_month, treatment_due
from chunyu.hardship.projects.queries import stage_of, with_counts
from chunyu.hardship.projects.refusing import refusing
from chunyu.hardship.projects.showing import case_of, stacked_for
from chunyu.hardship.projects.tables import PartnerHospital, Project
from chunyu.hardship.reading import read
from chunyu.hardship.wording import language, unknown_sentences
from chunyu.policy import why_not
from chunyu.wall.scope import beyond_scope

NOMINATION = DocumentKind("application", _("signed application"))
DIAGNOSIS = DocumentKind("diagnosis", _("diagnosis"))
RECEIPTS = DocumentKind("medical_receipts", _("insurance settlement and own-pay receipts"))
OTHER = DocumentKind("other", _("other paper"))
_DECIDES = another_person(Role.COUNTY_APPROVER, kinds=aid.COUNTY)
_COUNTY = by(Role.COUNTY_CASEWORKER)
_WHY = Field(NOTE, pgettext_lazy("application", "why"))
_EXPLAIN = Field(NOTE, _("explanation"), help=_("The family reads this; say what they can do."))


# --- checks


@check(_("the project has a place left"))
def has_a_place(standing: Standing) -> Iterable[Refusal]:
    rows = Project.objects.filter(pk=case_of(standing.case).project_id)
    with beyond_scope("project-places"):
        project = with_counts(rows).get()
    if project.closed_on is not None or project.taken >= project.quota:
        stage = showing.STAGES[stage_of(project, standing.day)]
        yield Refusal(_now("The project takes nobody in now: %(stage)s.") % {"stage": stage}, code="project_full")


@check(_("nothing that the family already has stands against it"))
def stacks(standing: Standing) -> Iterable[Refusal]:
    yield from stacked_for(case_of(standing.case), standing.day).refusals()


@check(_("entitled under the rules of the day"))
def entitled(standing: Standing) -> Iterable[Refusal]:
    """Of a stipend the rules decide; an operation or a treatment is proven by its papers."""
    held = case_of(standing.case)
    reading = read(held.household, standing.day)
    result = reading.determination.programmes[held.project.programme]
    if result.entitled is False:
        for why in why_not(reading.determination, held.project.programme, language()):
            words = {"reason": why.sentence, "value": why.value}
            yield Refusal(_now("Not entitled: %(reason)s (%(value)s).") % words, code="not_entitled")
    for sentence in unknown_sentences(reading, result.unknown):
        yield Refusal(_now("Still unknown: %(fact)s.") % {"fact": sentence}, code="unknown_fact")


@check(_("something is owed that was not paid"))
def something_due(standing: Standing) -> Iterable[Refusal]:
    held = case_of(standing.case)
    if not treatment_due(held, stacked_for(held, standing.day).left_fen):
        if held.project.form == Form.SESSIONS:
            yield Refusal(_now("Every session is paid already, or the yearly cap is reached."), "nothing_due")
        else:
            yield Refusal(_now("The family has no own cost left that the project pays."), "nothing_due")


@check(_("the bank has confirmed every payment"))
def all_paid(standing: Standing) -> Iterable[Refusal]:
    orders = [each.order for each in case_of(standing.case).payments.select_related("order") if each.order]
    if any(order.status not in ("paid", "cancelled") for order in orders):
        yield Refusal(_now("The bank has not confirmed this payment yet."), code="not_paid")


# --- effects


def _confirm(acting: Acting, case: Case, *, hospital: str, **fields: Any) -> None:
    held = case_of(case)
    held.hospital = PartnerHospital.objects.get(pk=hospital, project=held.project)
    held.save(update_fields=["hospital"])


def _approve(acting: Acting, case: Case, *, started_on: date | None = None, note: str | None = None) -> None:
    held = case_of(case)
    held.approved_on = acting.day
    if held.project.form == Form.STIPEND:
        held.started_on = started_on or next_month(acting.day.replace(day=1))
        if held.started_on < held.project.starts_on or held.started_on > held.project.ends_on:
            raise Refusal(_now("A stipend begins within the period of its project."), code="day")
    with refusing():
        held.save(update_fields=["approved_on", "started_on"])
    casework.decide(acting, case, Decision.Verdict.APPROVED, reason=note)


def _refuse(acting: Acting, case: Case, *, note: str) -> None:
    casework.decide(acting, case, Decision.Verdict.REFUSED, reason=note)
    _end(acting, case)


def _end(acting: Acting, case: Case, **fields: Any) -> None:
    held = case_of(case)
    held.open = False
    held.save(update_fields=["open"])


def _treat(
    acting: Acting, case: Case, *, treated_on: date, cost_fen: int, insured_fen: int, other_fen: int | None = None
) -> None:
    held = case_of(case)
    if held.project.form == Form.SESSIONS:
        raise Refusal(_now("Record the sessions of repeated treatment on this page instead."), code="sessions")
    if not held.project.starts_on <= treated_on <= min(acting.day, held.project.ends_on):
        raise Refusal(_now("The treatment lies outside the project's period, or in the future."), code="day")
    held.treated_on, held.cost_fen, held.insured_fen, held.other_fen = treated_on, cost_fen, insured_fen, other_fen or 0
    with refusing():
        held.save(update_fields=["treated_on", "cost_fen", "insured_fen", "other_fen"])


def _pay(acting: Acting, case: Case, **fields: Any) -> None:
    held = case_of(case)
    actions.pay(acting, held, treatment_due(held, stacked_for(held, acting.day).left_fen))


def _stop(acting: Acting, case: Case, *, stopped_on: date, code: str, note: str | None = None) -> None:
    held = case_of(case)
    held.stopped_on, held.stop_reason = stopped_on, code
    with refusing():
        held.save(update_fields=["stopped_on", "stop_reason"])
    _end(acting, case)


def _hospitals(case: Case, acting: Acting) -> tuple[Choice, ...]:
    return tuple(Choice(str(each.pk), each.name) for each in case_of(case).project.hospitals.all())


def _none(names: Iterable[str]) -> dict[str, tuple[Any, ...]]:
    return dict.fromkeys(names, ())


# --- treatment

TREATMENT_STATES = (
    State("applied", pgettext_lazy("project case", "Nominated"), "apply"),
    State("confirmed", _("Confirmed by the hospital"), "confirm"),
    State("approved", pgettext_lazy("project case", "Approved"), "treat"),
    State("treated", pgettext_lazy("project case", "Treated"), "pay"),
    State("paying", pgettext_lazy("project case", "In payment"), "pay"),
    State("paid", pgettext_lazy("project case", "Paid"), "follow"),
    State("follow_up", _("Call-back due"), "follow"),
    State("closed", pgettext_lazy("project case", "Closed"), "follow"),
    State("refused", pgettext_lazy("project case", "Refused"), "confirm", aside=True),
    State("withdrawn", pgettext_lazy("project case", "Withdrawn"), "apply", aside=True),
)
TREATMENT_MOVES = (
    Move("confirm", _("The hospital confirms"), ("applied",), "confirmed", main=True),
    Move("approve", pgettext_lazy("project case", "Approve"), ("confirmed",), "approved", main=True),
    Move("treat", _("Record the treatment"), ("approved",), "treated", main=True),
    Move("take_sessions", _("Sessions are recorded"), ("approved",), "treated"),
    Move("pay", _("Order the payment"), ("treated",), "paying", main=True),
    Move("settle", _("Payment has arrived"), ("paying",), "paid", main=True),
    Move("go_on", _("Treatment goes on"), ("paid",), "treated"),
    Move("plan_follow_up", _("Plan the call-back"), ("paid",), "follow_up", main=True),
    Move("close", _("Close after the call-back"), ("follow_up",), "closed", main=True),
    Move("refuse", pgettext_lazy("project case", "Refuse"), ("applied", "confirmed"), "refused"),
    Move("withdraw", pgettext_lazy("project case", "Withdraw"), ("applied", "confirmed", "approved"), "withdrawn"),
)
_T = [each.name for each in TREATMENT_MOVES]

TREATMENT = register(
    Process(
        name=actions.TREATMENT,
        label=_("Treatment under a project"),
        start="applied",
        stages=(
            Stage("apply", pgettext_lazy("project case", "Nomination")),
            Stage("confirm", _("Hospital and approval")),
            Stage("treat", pgettext_lazy("project case", "Treatment")),
            Stage("pay", pgettext_lazy("project case", "Payment")),
            Stage("follow", _("Call-back")),
        ),
        states=TREATMENT_STATES,
        moves=TREATMENT_MOVES,
        access=aid.ACCESS,
        openers=by(*aid.ENTERING),
        owners={
            "applied": frozenset({Role.COUNTY_CASEWORKER}),
            "confirmed": frozenset({Role.COUNTY_APPROVER}),
            "approved": frozenset({Role.COUNTY_CASEWORKER}),
            "treated": frozenset({Role.COUNTY_CASEWORKER}),
            "paying": frozenset({Role.FINANCE_OFFICER}),
            "paid": frozenset({Role.COUNTY_CASEWORKER}),
            "follow_up": frozenset(aid.ENTERING),
            **dict.fromkeys(("closed", "refused", "withdrawn"), frozenset()),
        },
        deadlines={
            "applied": 10, "confirmed": 5, "approved": None, "treated": None, "paying": 10, "paid": None,
            "follow_up": 20, "closed": None, "refused": None, "withdrawn": None,
        },
        outcomes=dict.fromkeys((state.name for state in TREATMENT_STATES), ())
        | {
            "closed": (
                Outcome("helped", _("helped, need met")),
                Outcome("helped_in_part", _("helped, further need remains")),
            ),
            "refused": (Outcome("refused", pgettext_lazy("application", "refused")),),
            "withdrawn": (Outcome("withdrawn", pgettext_lazy("application", "withdrawn")),),
        },
        who={
            "confirm": _COUNTY, "approve": _DECIDES, "treat": _COUNTY, "take_sessions": _COUNTY,
            "pay": by(Role.COUNTY_CASEWORKER, Role.FINANCE_OFFICER), "settle": by(Role.FINANCE_OFFICER),
            "go_on": _COUNTY, "plan_follow_up": _COUNTY, "refuse": _DECIDES,
            "close": fresh(*aid.ENTERING, Role.COUNTY_APPROVER),
            "withdraw": neutral(*aid.ENTERING),
        },
        needs=_none(_T)
        | {
            "confirm": (checks.documents(NOMINATION, DIAGNOSIS),),
            "approve": (has_a_place, stacks),
            "treat": (checks.documents(RECEIPTS),),
            "take_sessions": (checks.documents(RECEIPTS),),
            "pay": (something_due,),
            "settle": (all_paid,),
        },
        fields=_none(_T)
        | {
            "confirm": (Field("hospital", _("hospital"), kind="choice", offered=_hospitals),),
            "approve": (Field(NOTE, pgettext_lazy("application", "remark"), required=False),),
            "treat": (
                Field("treated_on", _("treated on"), kind="day"),
                Field("cost_fen", _("cost"), kind="yuan"),
                Field("insured_fen", _("paid by insurance"), kind="yuan"),
                Field("other_fen", _("other help"), kind="yuan", required=False),
            ),
            "close": (
                Field("outcome", pgettext_lazy("application", "outcome"), kind="choice",
                      choices=(Choice("helped", _("helped, need met")),
                               Choice("helped_in_part", _("helped, further need remains")))),
                Field(NOTE, _("what the family says")),
            ),
            "refuse": (_EXPLAIN,),
            "withdraw": (_WHY,),
        },
        events={name: f"hardship.project.{name}" for name in _T},
        tells=_none(_T)
        | {
            "confirm": (Tell(Role.COUNTY_APPROVER, _("A treatment under a project awaits your decision.")),),
            "approve": (Tell(HOUSEHOLD, _("The treatment is approved: go to the hospital named.")),),
            "refuse": (Tell(HOUSEHOLD, _("The treatment could not be approved. You are told why.")),),
            "settle": (Tell(HOUSEHOLD, _("The money has been paid to your account.")),),
        },
        effects=_none(_T)
        | {
            "confirm": (_confirm,), "approve": (_approve,), "treat": (_treat,), "pay": (_pay,), "refuse": (_refuse,),
            "withdraw": (_end,), "close": (_end,),
        },
        documents=(NOMINATION, DIAGNOSIS, RECEIPTS, OTHER),
        panel_template="hardship/projects/panel.html",
        panel=showing.panel,
    )
)  # fmt: skip

# --- the monthly stipend

STIPEND_STATES = (
    State("applied", pgettext_lazy("project case", "Nominated"), "apply"),
    State("active", _("Stipend runs"), "active"),
    State("review", _("Under review"), "active", aside=True),
    State("stopped", pgettext_lazy("stipend", "Stopped"), "stop"),
    State("refused", pgettext_lazy("project case", "Refused"), "apply", aside=True),
    State("withdrawn", pgettext_lazy("project case", "Withdrawn"), "apply", aside=True),
)
STIPEND_MOVES = (
    Move("approve", pgettext_lazy("project case", "Approve"), ("applied",), "active", main=True),
    Move("look_again", _("Review the household"), ("active",), "review", main=True),
    Move("keep", _("The stipend goes on"), ("review",), "active", main=True),
    Move("stop", _("Stop the stipend"), ("active", "review"), "stopped"),
    Move("refuse", pgettext_lazy("project case", "Refuse"), ("applied",), "refused"),
    Move("withdraw", pgettext_lazy("project case", "Withdraw"), ("applied",), "withdrawn"),
)
_S = [each.name for each in STIPEND_MOVES]

STIPEND = register(
    Process(
        name=actions.STIPEND,
        label=_("Monthly stipend under a project"),
        start="applied",
        stages=(
            Stage("apply", pgettext_lazy("project case", "Nomination")),
            Stage("active", pgettext_lazy("project case", "Stipend")),
            Stage("stop", pgettext_lazy("project case", "End")),
        ),
        states=STIPEND_STATES,
        moves=STIPEND_MOVES,
        access=aid.ACCESS,
        openers=by(*aid.ENTERING),
        owners={
            "applied": frozenset({Role.COUNTY_APPROVER}),
            "active": frozenset({Role.COUNTY_CASEWORKER}),
            "review": frozenset({Role.COUNTY_CASEWORKER}),
            **dict.fromkeys(("stopped", "refused", "withdrawn"), frozenset()),
        },
        # A stipend is looked at again after a year of working days.
        deadlines={"applied": 10, "active": 250, "review": 20, "stopped": None, "refused": None, "withdrawn": None},
        outcomes=dict.fromkeys((state.name for state in STIPEND_STATES), ())
        | {
            "stopped": (Outcome("stopped", pgettext_lazy("stipend", "stopped")),),
            "refused": (Outcome("refused", pgettext_lazy("application", "refused")),),
            "withdrawn": (Outcome("withdrawn", pgettext_lazy("application", "withdrawn")),),
        },
        who={
            "approve": _DECIDES, "look_again": _COUNTY, "keep": _COUNTY,
            "stop": by(Role.COUNTY_CASEWORKER, Role.COUNTY_APPROVER), "refuse": _DECIDES,
            "withdraw": neutral(*aid.ENTERING),
        },
        needs=_none(_S) | {"approve": (checks.documents(NOMINATION), has_a_place, entitled, stacks)},
        fields=_none(_S)
        | {
            "approve": (
                Field("started_on", _("from"), kind="day", required=False,
                      help=_("Empty: from the first of next month.")),
                Field(NOTE, pgettext_lazy("application", "remark"), required=False),
            ),
            "keep": (Field(NOTE, _("what was found")),),
            "stop": (
                Field("stopped_on", _("first day without"), kind="day",
                      help=_("The day of death, or the day from which nothing is due.")),
                Field("code", pgettext_lazy("application", "reason"), kind="choice",
                      choices=tuple(Choice(each.value, each.label) for each in StopReason)),
                Field(NOTE, pgettext_lazy("application", "remark"), required=False),
            ),
            "refuse": (_EXPLAIN,),
            "withdraw": (_WHY,),
        },
        events={name: f"hardship.stipend.{name}" for name in _S},
        tells=_none(_S)
        | {
            "approve": (Tell(HOUSEHOLD, _("The monthly stipend is approved and is paid to your bank card.")),),
            "stop": (Tell(HOUSEHOLD, _("The monthly stipend has stopped. You are told why.")),),
            "refuse": (Tell(HOUSEHOLD, _("The monthly stipend could not be approved. You are told why.")),),
        },
        effects=_none(_S)
        | {"approve": (_approve,), "stop": (_stop,), "refuse": (_refuse,), "withdraw": (_end,)},
        documents=(NOMINATION, OTHER),
        panel_template="hardship/projects/panel.html",
        panel=showing.panel,
    )
)  # fmt: skip
