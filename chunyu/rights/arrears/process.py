"""Wages owed (欠薪), in which several departments act together: reported, verified, a joint case with its list of
workers, tasks for each department, measures, pay-out before witnesses, call-back.

A case ends when nothing is owed any more or the rest was written off line by line; money that bounced opens it again.
In the weeks before the Spring Festival everything is due sooner.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import CASE_ROLES, READ_CASE_ROLES, Role
from chunyu.casework.festivals import shortly_before
from chunyu.casework.models import Case, Department
from chunyu.casework.process import (
    HOUSEHOLD,
    NOTE,
    Access,
    Choice,
    DocumentKind,
    Escalate,
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
from chunyu.federation.models import Organisation
from chunyu.rights.arrears import showing, steps
from chunyu.rights.arrears.pay_tables import ArrearsWriteOff
from chunyu.rights.arrears.queries import matter_of
from chunyu.rights.arrears.states import IN_HASTE_BEFORE, NAME

Kind = Organisation.Kind
CHAIR, OFFICER, CASEWORKER, APPROVER = (
    Role.WORKPLACE_CHAIR,
    Role.TOWNSHIP_OFFICER,
    Role.COUNTY_CASEWORKER,
    Role.COUNTY_APPROVER,
)
ACCESS: Final = Access(works=CASE_ROLES, reads=READ_CASE_ROLES, sees=READ_CASE_ROLES)

STAGES = (
    Stage("report", pgettext_lazy("arrears", "Report")),
    Stage("joint", _("Joint case")),
    Stage("measures", pgettext_lazy("arrears", "Measures")),
    Stage("pay", pgettext_lazy("arrears", "Pay-out")),
    Stage("close", _("Call-back")),
)
STATES = (
    State("reported", pgettext_lazy("arrears", "Reported"), "report"),
    State("verified", _("Verified"), "report"),
    State("joint", _("Joint case, list of workers"), "joint"),
    State("tasks_out", _("Departments at work"), "joint"),
    State("agreed", _("Agreed to pay"), "measures"),
    State("ordered", _("Ordered to pay"), "measures"),
    State("referred", _("Referred"), "measures"),
    State("paying", _("Being paid out"), "pay"),
    State("partly_paid", _("Partly paid"), "pay"),
    State("paid", _("Nothing owed any more"), "pay"),
    State("settled", _("Settled, call-back due"), "close"),
    State("closed", pgettext_lazy("arrears", "Closed"), "close"),
    State("joined", _("Joined to another case"), "report", aside=True),
    State("unfounded", pgettext_lazy("arrears", "Not taken up"), "report", aside=True),
)
_MEASURED = ("agreed", "ordered", "referred")
_ENDED = ("closed", "joined", "unfounded")
MOVES = (
    Move("verify", pgettext_lazy("arrears", "Verified"), ("reported",), "verified", main=True),
    Move("open_joint", _("Open a joint case"), ("verified",), "joint", main=True),
    Move("send_out", _("Give the departments their tasks"), ("joint",), "tasks_out", main=True),
    Move(
        "agree",
        _("The employer agrees to pay"),
        ("tasks_out", "ordered", "referred", "partly_paid"),
        "agreed",
        main=True,
    ),
    Move("order", _("Ordered to pay"), ("tasks_out", "agreed", "referred", "partly_paid"), "ordered"),
    Move("draw_guarantee", _("The guarantee is drawn"), ("tasks_out", *_MEASURED, "partly_paid"), "ordered"),
    Move("refer_police", _("Refer to the police"), ("tasks_out", *_MEASURED, "partly_paid"), "referred"),
    Move("refer_legal_aid", _("Refer to legal aid"), ("tasks_out", *_MEASURED, "partly_paid"), "referred"),
    Move("begin_paying", _("Begin the pay-out"), (*_MEASURED, "partly_paid"), "paying", main=True),
    Move("pay_part", _("End the pay-out: something is still owed"), ("paying",), "partly_paid"),
    Move("pay_rest", _("All is paid"), ("paying",), "paid", main=True),
    Move("write_off", _("Write off one worker's rest"), (*_MEASURED, "partly_paid"), "partly_paid"),
    Move("settle", pgettext_lazy("arrears", "Settle the case"), ("paid", "partly_paid"), "settled", main=True),
    Move("call_back", _("Call back and close"), ("settled",), "closed", main=True),
    Move("bounce", _("A payment bounced"), ("paid", "settled", "closed", "partly_paid"), "partly_paid", reopens=True),
    Move("join", _("Belongs to another case"), ("reported", "verified"), "joined"),
    Move("dismiss", _("Do not take it up"), ("reported", "verified"), "unfounded"),
)
_SECRETARIAT = frozenset({CASEWORKER, OFFICER, APPROVER})
OWNERS: dict[str, frozenset[Role]] = {
    **dict.fromkeys(("reported", "verified", "joint", "tasks_out", *_MEASURED, "paying"), frozenset({CASEWORKER})),
    "partly_paid": frozenset({CASEWORKER, APPROVER}),
    "paid": frozenset({APPROVER}),
    "settled": frozenset({CASEWORKER, OFFICER}),
    **dict.fromkeys(_ENDED, frozenset()),
}
# Working days; labour inspection has five to accept a complaint, the rest is a federation's own.
DEADLINES: dict[str, int | None] = {
    "reported": 3,
    "verified": 3,
    "joint": 5,
    "tasks_out": 15,
    "agreed": 10,
    "ordered": 10,
    "referred": 20,
    "paying": 5,
    "partly_paid": 10,
    "paid": 5,
    "settled": 10,
    **dict.fromkeys(_ENDED, None),
}
# One day to accept and three to respond is what some cities keep before the festival.
HASTE = {
    "reported": 1,
    "verified": 1,
    "joint": 2,
    "tasks_out": 5,
    "agreed": 5,
    "ordered": 5,
    "referred": 10,
    "paying": 2,
    "partly_paid": 5,
    "paid": 2,
}
OUTCOMES: dict[str, tuple[Outcome, ...]] = {
    **dict.fromkeys((state.name for state in STATES), ()),
    "closed": (Outcome("settled", _("nothing owed any more")),),
    "joined": (Outcome("joined", _("goes on in another case")),),
    "unfounded": (Outcome("unfounded", _("not taken up")),),
}
_HANDS = by(CASEWORKER, OFFICER)
_DECIDES = another_person(APPROVER, kinds=(Kind.COUNTY_FEDERATION, Kind.MUNICIPAL_FEDERATION))
WHO = {
    **dict.fromkeys(
        ("verify", "open_joint", "send_out", "agree", "order", "draw_guarantee", "refer_police", "refer_legal_aid"),
        _HANDS,
    ),
    **dict.fromkeys(("begin_paying", "pay_part", "pay_rest"), by(*CASE_ROLES)),
    **dict.fromkeys(("write_off", "settle", "dismiss"), _DECIDES),
    "call_back": fresh(*_SECRETARIAT),
    "bounce": neutral(*_SECRETARIAT),
    "join": neutral(CASEWORKER, OFFICER),
}
DOCUMENTS = (
    DocumentKind("petition", _("petition on paper")),
    DocumentKind("proof", _("proof of work and wages"), _("Attendance, IOU, contract, wage sheet.")),
    DocumentKind("worker_list", _("list of workers, signed")),
    DocumentKind("agreement", _("agreement, order or undertaking")),
    DocumentKind("check_reply", _("letter of a department")),
    DocumentKind("signature", _("signature of a worker")),
    DocumentKind("signed_sheet", _("pay-out sheet with the signatures")),
    DocumentKind("payout_photo", _("photo of the pay-out")),
    DocumentKind("waiver", _("waiver of a worker")),
    DocumentKind("other", _("other paper")),
)
# Hundreds of workers sign one by one.
MOST_DOCUMENTS: Final = 2_100
DISMISSED = (
    Choice("not_wages", _("what is asked for are not wages")),
    Choice("no_such_employer", _("no such employer or site is found")),
    Choice("paid_already", _("was paid before anybody acted")),
    Choice("elsewhere", _("belongs to another place, which was told")),
)
CONTENT = (
    Choice("content", _("content")),
    Choice("partly", _("partly content")),
    Choice("not_content", _("not content")),
    Choice("not_reached", _("could not be reached")),
)


@check(_("the list of workers is there"))
def listed(standing: Standing) -> Iterable[Refusal]:
    if not matter_of(standing.case).owed_to:
        yield Refusal(_now("Enter or import the list of workers first."), code="no_list")


@check(_("something is still owed"))
def still_owed(standing: Standing) -> Iterable[Refusal]:
    if matter_of(standing.case).remaining_fen <= 0:
        yield Refusal(_now("Nothing is owed any more."), code="nothing_owed")


@check(_("nothing is owed any more, or it is written off line by line"))
def nothing_left(standing: Standing) -> Iterable[Refusal]:
    yield from showing.still_owed(matter_of(standing.case))


def _lines(case: Case, acting: Acting) -> tuple[Choice, ...]:
    return tuple(Choice(str(each.pk), f"{each} · {showing.yuan(each.remaining_fen)}") for each in showing.unpaid(case))


def _payments(case: Case, acting: Acting) -> tuple[Choice, ...]:
    return tuple(
        Choice(str(each.pk), f"{each.worker} · {each.payout.day} · {showing.yuan(each.amount_fen)}")
        for each in showing.standing_payments(case)
    )


_AMOUNT = Field("amount_fen", pgettext_lazy("case", "amount"), kind="yuan", suggested=showing.suggested_rest)
_PAY_BY = Field("pay_by", _("to be paid by"), kind="day")
_NUMBER = Field("number", _("number of the paper"), kind="text")
_REMARK = Field(NOTE, pgettext_lazy("arrears", "remark"), required=False)
_DUTIES = tuple(Choice(value, label) for value, label in Department.Duty.choices)
FIELDS: dict[str, tuple[Field, ...]] = {
    "verify": (
        Field(
            NOTE, _("what was verified, and with whom"), help=_("Employer, site, who the workers are, who should pay.")
        ),
    ),
    "send_out": (
        Field(
            NOTE,
            _("what every department should know"),
            required=False,
            help=_("Each gets its own task; what you write here goes to all."),
        ),
    ),
    "agree": (_AMOUNT, _PAY_BY, _REMARK),
    "order": (
        Field("code", _("by which department"), kind="choice", choices=_DUTIES),
        _NUMBER,
        _AMOUNT,
        _PAY_BY,
        _REMARK,
    ),
    "draw_guarantee": (Field("number", _("bank and guarantee number"), kind="text"), _AMOUNT, _REMARK),
    "refer_police": (Field(NOTE, _("why it may be a crime"), help=_("Goes to the police with the task.")),),
    "refer_legal_aid": (
        Field(
            "number",
            _("number of the legal-aid case"),
            kind="text",
            required=False,
            help=_("One that is known here is tied to this case."),
        ),
        Field(NOTE, _("what the workers ask for")),
    ),
    "write_off": (
        Field("worker", pgettext_lazy("wages", "worker"), kind="choice", offered=_lines),
        Field("amount_fen", pgettext_lazy("case", "amount"), kind="yuan"),
        Field(
            "code",
            pgettext_lazy("case", "reason"),
            kind="choice",
            choices=tuple(Choice(value, label) for value, label in ArrearsWriteOff.Why.choices),
        ),
        Field(NOTE, _("in words, with the paper that shows it")),
    ),
    "settle": (_REMARK,),
    "call_back": (
        Field("code", _("what the workers say"), kind="choice", choices=CONTENT),
        Field(NOTE, _("who was called, and what they said")),
    ),
    "bounce": (
        Field("payment", _("which payment"), kind="choice", offered=_payments),
        Field("reason", pgettext_lazy("case", "reason"), kind="text"),
    ),
    "join": (
        Field(
            "number", _("number of the other case"), kind="text", help=_("Both numbers stay, and each names the other.")
        ),
    ),
    "dismiss": (
        Field("code", pgettext_lazy("case", "reason"), kind="choice", choices=DISMISSED),
        Field(NOTE, _("in words that the worker reads, with where else to go")),
    ),
}
TELLS: dict[str, tuple[Tell, ...]] = {
    "verify": (Tell(HOUSEHOLD, _("Your report was verified.")),),
    "send_out": (Tell(HOUSEHOLD, _("Several departments act together on the wages that you are owed.")),),
    "agree": (Tell(HOUSEHOLD, _("The employer agreed to pay by a fixed day.")),),
    "order": (Tell(HOUSEHOLD, _("The employer was ordered to pay.")),),
    "refer_police": (Tell(HOUSEHOLD, _("The case was brought before the police.")),),
    "refer_legal_aid": (Tell(HOUSEHOLD, _("The case was handed to legal aid, which will call you.")),),
    "begin_paying": (Tell(HOUSEHOLD, _("Wages are being paid out. Bring your identity card.")),),
    "pay_rest": (Tell(APPROVER, _("All wages of a case are paid: settle it.")),),
    "settle": (Tell(OFFICER, _("A case of wages owed awaits the call-back.")),),
    "bounce": (Tell(APPROVER, _("A payment of wages bounced: the case is open again.")),),
    "join": (Tell(HOUSEHOLD, _("Your report goes on together with another one about the same wages.")),),
    "dismiss": (Tell(HOUSEHOLD, _("Your report was not taken up; the reason stands with the decision.")),),
}
_NAMES = [each.name for each in MOVES]


def before_the_festival(day: date) -> bool:
    return shortly_before(day, IN_HASTE_BEFORE)


ARREARS = register(
    Process(
        name=NAME,
        label=_("Wages owed"),
        start="reported",
        stages=STAGES,
        states=STATES,
        moves=MOVES,
        access=ACCESS,
        openers=by(*CASE_ROLES),
        owners=OWNERS,
        deadlines=DEADLINES,
        haste=HASTE,
        in_haste=before_the_festival,
        outcomes=OUTCOMES,
        who=WHO,
        needs={
            **dict.fromkeys(_NAMES, ()),
            "send_out": (listed,),
            **dict.fromkeys(("agree", "order", "draw_guarantee", "begin_paying", "pay_part"), (still_owed,)),
            **dict.fromkeys(("write_off", "refer_police", "refer_legal_aid"), (still_owed,)),
            **dict.fromkeys(("pay_rest", "settle"), (listed, nothing_left)),
        },
        fields={name: FIELDS.get(name, ()) for name in _NAMES},
        events={name: f"rights.arrears.{name}" for name in _NAMES},
        tells={name: TELLS.get(name, ()) for name in _NAMES},
        effects={
            **dict.fromkeys(_NAMES, ()),
            "send_out": (steps.send_out,),
            "agree": (steps.agree,),
            "order": (steps.order,),
            "draw_guarantee": (steps.draw_guarantee,),
            "refer_police": (steps.refer_police,),
            "refer_legal_aid": (steps.refer_legal_aid,),
            "write_off": (steps.write_off,),
            "settle": (steps.settle,),
            "bounce": (steps.bounce,),
            "join": (steps.join,),
            "dismiss": (steps.dismiss,),
        },
        documents=DOCUMENTS,
        most_documents=MOST_DOCUMENTS,
        escalates=(Escalate(1, APPROVER),),
        from_the_public=True,
        shared=showing.shared,
        shared_template="rights/arrears_shared.html",
        shared_panel=showing.shared_panel,
        panel_template="rights/arrears_case.html",
        panel=showing.panel,
    )
)
