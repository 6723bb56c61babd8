"""The application for hardship aid (困难职工帮扶申请), from the family's request to the call-back after payment.

The table is built by `application_process`, so that a federation can order notice and approval the other way round,
and so that the rest of this room gives what the table itself cannot know:

    needs_more={"approve": [...]}     further checks of a move: `Check`s over the case's standing
    effects_more={"approve": [...]}   what else a move does, in its transaction: effect(acting, case, **fields)
    facts=...                         facts(case) -> NoticeFacts: what the notice says
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.roles import CASE_ROLES, READ_CASE_ROLES, Role
from chunyu.casework import actions, checks
from chunyu.casework.departments.queries import nearest
from chunyu.casework.models import Case, Decision, Department
from chunyu.casework.process import (
    HOUSEHOLD,
    NOTE,
    Access,
    Check,
    Choice,
    DocumentKind,
    Effect,
    Escalate,
    Field,
    May,
    Move,
    Outcome,
    Process,
    Stage,
    State,
    Tell,
    another_person,
    by,
    fresh,
    neutral,
    register,
)
from chunyu.federation.models import Organisation
from chunyu.hardship import approval, papers, visiting
from chunyu.hardship.decision_file import freezing
from chunyu.hardship.paid_from import PAID_FROM
from chunyu.hardship.wording import in_own_words
from chunyu.policy import installed_packs
from chunyu.privacy.masking import mask_id_number

NAME = "hardship.application"
ENTERING = (Role.WORKPLACE_CHAIR, Role.TOWNSHIP_OFFICER, Role.COUNTY_CASEWORKER)
# Finance sees where a case stands; what families said and showed is for those who read files.
ACCESS = Access(works=CASE_ROLES, reads=READ_CASE_ROLES, sees=READ_CASE_ROLES | {Role.FINANCE_OFFICER})
COUNTY = (Organisation.Kind.COUNTY_FEDERATION, Organisation.Kind.MUNICIPAL_FEDERATION)
NOTICE_DAYS = 5
CHECKING_CENTRE = "居民家庭经济状况核对中心"
# What the civil-affairs checking centre is asked about; unknown is an answer of its own.
CHECKED_ITEMS = {
    "vehicles": _("motor vehicles"),
    "homes": _("homes"),
    "companies": _("companies"),
    "social_insurance": _("social insurance"),
}

STAGES = (
    Stage("apply", pgettext_lazy("application", "Application")),
    Stage("verify", _("Home visit")),
    Stage("check", _("Cross-check")),
    Stage("notice", _("Public notice")),
    Stage("review", _("County approval")),
    Stage("pay", pgettext_lazy("application", "Payment")),
    Stage("follow", _("Call-back")),
)
REVIEW_FIRST_STAGES = (*STAGES[:3], STAGES[4], STAGES[3], *STAGES[5:])

STATES = (
    State("draft", _("Being written"), "apply", with_opener=True),
    State("submitted", pgettext_lazy("application", "Submitted"), "apply"),
    State("returned", _("Sent back to be completed"), "apply", with_opener=True, aside=True),
    State("complete", _("Papers complete"), "verify"),
    State("visited", pgettext_lazy("application", "Visited"), "check"),
    State("cross_checking", _("Being cross-checked"), "check"),
    State("cross_checked", _("Cross-checked"), "check"),
    State("in_notice", _("On public notice"), "notice"),
    State("investigating", _("Objection under investigation"), "notice", aside=True),
    State("county_review", _("Awaiting county approval"), "review"),
    State("approved", pgettext_lazy("application", "Approved"), "review"),
    State("filed", pgettext_lazy("application", "On file"), "pay"),
    State("in_payment", pgettext_lazy("application", "In payment"), "pay"),
    State("paid", pgettext_lazy("application", "Paid"), "follow"),
    State("follow_up", _("Call-back due"), "follow"),
    State("closed", pgettext_lazy("application", "Closed"), "follow"),
    State("refused", pgettext_lazy("application", "Refused"), "review", aside=True),
    State("appealed", _("Under appeal"), "review", aside=True),
    State("withdrawn", pgettext_lazy("application", "Withdrawn"), "apply", aside=True),
)

BEFORE_REVIEW = ("submitted", "complete", "visited", "cross_checking", "cross_checked")


def moves(notice_first: bool) -> tuple[Move, ...]:
    """With `notice_first` the notice hangs before the county approves, else between approval and filing."""
    noticed = "cross_checked" if notice_first else "approved"
    to_review = "in_notice" if notice_first else "cross_checked"
    to_file = "approved" if notice_first else "in_notice"
    return (
        Move("submit", pgettext_lazy("application", "Submit"), ("draft", "returned"), "submitted", main=True),
        Move("accept", _("Papers are complete"), ("submitted",), "complete", main=True),
        Move("visit", _("Visit is done"), ("complete",), "visited", main=True),
        Move("cross_check", _("Ask for the cross-check"), ("visited",), "cross_checking", main=True),
        Move("checked", _("Cross-check is clear"), ("cross_checking",), "cross_checked", main=True),
        Move("publish", _("Publish the notice"), (noticed,), "in_notice", main=True),
        Move("review", _("Submit to the county"), (to_review,), "county_review", main=True),
        Move("approve", pgettext_lazy("application", "Approve"), ("county_review",), "approved", main=True),
        Move("file", _("Put on file"), (to_file,), "filed", main=True),
        Move("pay_out", _("Hand over for payment"), ("filed",), "in_payment", main=True),
        Move("settle", _("Payment has arrived"), ("in_payment",), "paid", main=True),
        Move("plan_follow_up", _("Plan the call-back"), ("paid",), "follow_up", main=True),
        Move("close", _("Close after the call-back"), ("follow_up",), "closed", main=True),
        Move(
            "return",
            pgettext_lazy("application", "Send back"),
            (*BEFORE_REVIEW, "investigating", "county_review"),
            "returned",
        ),
        Move("propose_refusal", _("Propose to refuse"), (*BEFORE_REVIEW, "investigating"), "county_review"),
        Move("refuse", pgettext_lazy("application", "Refuse"), ("county_review",), "refused"),
        Move("bounce", _("Payment came back"), ("in_payment",), "filed"),
        Move("object", _("An objection was raised"), ("in_notice",), "investigating", automatic=True),
        Move("resume", _("The objection was dismissed"), ("investigating",), "in_notice", automatic=True),
        Move("appeal", _("Take in an appeal"), ("refused",), "appealed", main=True, reopens=True),
        Move("hear_appeal", _("Reopen on appeal"), ("appealed",), "county_review", main=True),
        Move("dismiss_appeal", _("Dismiss the appeal"), ("appealed",), "refused"),
        Move(
            "withdraw",
            pgettext_lazy("application", "Withdraw"),
            ("draft", "returned", *BEFORE_REVIEW, "in_notice", "county_review"),
            "withdrawn",
        ),
    )


OWNERS: dict[str, frozenset[Role]] = {
    "draft": frozenset(ENTERING),
    "returned": frozenset(ENTERING),
    "submitted": frozenset({Role.TOWNSHIP_OFFICER, Role.COUNTY_CASEWORKER}),
    "complete": frozenset(ENTERING),
    "visited": frozenset({Role.COUNTY_CASEWORKER}),
    "cross_checking": frozenset({Role.COUNTY_CASEWORKER}),
    "cross_checked": frozenset({Role.COUNTY_CASEWORKER}),
    "in_notice": frozenset({Role.COUNTY_CASEWORKER}),
    "investigating": frozenset({Role.COUNTY_CASEWORKER, Role.COUNTY_APPROVER}),
    "county_review": frozenset({Role.COUNTY_APPROVER}),
    "approved": frozenset({Role.COUNTY_CASEWORKER}),
    "filed": frozenset({Role.COUNTY_CASEWORKER}),
    "in_payment": frozenset({Role.FINANCE_OFFICER}),
    "paid": frozenset({Role.COUNTY_CASEWORKER}),
    "follow_up": frozenset({*ENTERING, Role.COUNTY_APPROVER}),
    "appealed": frozenset({Role.COUNTY_APPROVER}),
} | dict.fromkeys(("closed", "refused", "withdrawn"), frozenset())

# Working days that a case may stay in a state; on notice it is the notice that sets the day.
DEADLINES: dict[str, int | None] = {
    "draft": 20,
    "returned": 20,
    "submitted": 3,
    "complete": 10,
    "visited": 3,
    "cross_checking": 15,
    "cross_checked": 3,
    "in_notice": None,
    "investigating": 10,
    "county_review": 5,
    "approved": 3,
    "filed": 5,
    "in_payment": 10,
    "paid": 10,
    "follow_up": 20,
    "appealed": 10,
} | dict.fromkeys(("closed", "refused", "withdrawn"))

# What a deadline may wait for. The family's own delay is not the union's; nor is another department's.
CLOCK_STOPS = (
    Choice("family", _("waits for a paper or an answer from the family")),
    Choice("department", _("waits for another department")),
    Choice("absent", _("the family is away and cannot be visited")),
    Choice("force", _("flood, snow, epidemic or the like")),
)
# Whoever handles such cases learns of an overdue one the day after; three days late, the approver does.
ESCALATES = (Escalate(1, Role.COUNTY_CASEWORKER), Escalate(3, Role.COUNTY_APPROVER))

OUTCOMES: dict[str, tuple[Outcome, ...]] = dict.fromkeys((state.name for state in STATES), ()) | {
    "closed": (
        Outcome("helped", _("helped, need met")),
        Outcome("helped_in_part", _("helped, further need remains")),
        Outcome("not_reached", _("paid, household not reached for the call-back")),
    ),
    "refused": (Outcome("refused", pgettext_lazy("application", "refused")),),
    "withdrawn": (Outcome("withdrawn", pgettext_lazy("application", "withdrawn")),),
}

_WHO_COUNTY = by(Role.COUNTY_CASEWORKER)
_WHO_DECIDES = another_person(Role.COUNTY_APPROVER, kinds=COUNTY)
WHO: dict[str, May] = {
    "submit": by(*ENTERING),
    "accept": by(Role.TOWNSHIP_OFFICER, Role.COUNTY_CASEWORKER),
    "visit": by(*ENTERING),
    "cross_check": _WHO_COUNTY,
    "checked": _WHO_COUNTY,
    "publish": _WHO_COUNTY,
    "review": _WHO_COUNTY,
    # After an appeal the same case comes back: whoever refused it does not decide again.
    "approve": another_person(Role.COUNTY_APPROVER, kinds=COUNTY, apart_from=("refuse",)),
    "refuse": _WHO_DECIDES,
    "file": _WHO_COUNTY,
    "pay_out": by(Role.COUNTY_CASEWORKER, Role.FINANCE_OFFICER),
    "settle": by(Role.FINANCE_OFFICER),
    "bounce": by(Role.FINANCE_OFFICER),
    "plan_follow_up": _WHO_COUNTY,
    # Whoever handled the case does not ask how it was handled.
    "close": fresh(*ENTERING, Role.COUNTY_APPROVER),
    "return": neutral(Role.TOWNSHIP_OFFICER, Role.COUNTY_CASEWORKER, Role.COUNTY_APPROVER),
    "propose_refusal": _WHO_COUNTY,
    "object": neutral(*ENTERING, Role.COUNTY_APPROVER),
    "resume": another_person(Role.COUNTY_CASEWORKER, Role.COUNTY_APPROVER, kinds=COUNTY),
    "appeal": neutral(*ENTERING, Role.COUNTY_APPROVER),
    "hear_appeal": another_person(Role.COUNTY_APPROVER, kinds=COUNTY, apart_from=("refuse",)),
    "dismiss_appeal": another_person(Role.COUNTY_APPROVER, kinds=COUNTY, apart_from=("refuse",)),
    "withdraw": neutral(*ENTERING),
}

APPLICATION_PAPER = DocumentKind("application", _("signed application"))
ID_COPY = DocumentKind("id_copy", _("identity cards and household register"))
INCOME_PROOF = DocumentKind(
    "income_proof", _("proof of income"), _("Of each working member: one year of wages, or a certificate.")
)
MEANS_CHECK_CONSENT = DocumentKind(
    "means_check_consent", _("authorisation of the means check"), _("Signed by all members at the visit.")
)
DOCUMENTS = (
    APPLICATION_PAPER,
    ID_COPY,
    INCOME_PROOF,
    MEANS_CHECK_CONSENT,
    DocumentKind("cause_proof", _("proof of the cause"), _("Where no paper listed here fits.")),
    DocumentKind("visit_photo", _("photo of the visit")),
    DocumentKind("visit_signature", _("signature at the visit")),
    DocumentKind("check_reply", _("reply to the cross-check")),
    DocumentKind("minutes", _("minutes of a meeting")),
    DocumentKind("appeal", pgettext_lazy("application", "appeal")),
    DocumentKind("other", _("other paper")),
)


def programme_papers(known: set[str]) -> Iterable[DocumentKind]:
    """The papers that the programmes of any rulebook ask for and that are not listed here, in the rulebook's words."""
    papers = {
        paper.code: paper
        for pack in reversed(installed_packs())  # the newest rulebook's words count
        for each in pack.programmes.values()
        for paper in each.documents
    }
    for code, paper in papers.items():
        if code not in known:
            yield DocumentKind(code, in_own_words(paper.label))


REFUSAL_REASONS = (
    Choice("income_above_line", _("income above the line")),
    Choice("excluded", _("an exclusion applies")),
    Choice("facts_disproved", _("the facts stated were disproved")),
    Choice("other_county", _("belongs to another county")),
    Choice("duplicate", _("the household already has a file")),
    Choice("no_cooperation", _("the papers or the authorisation were refused")),
)

_REASON = Field("code", pgettext_lazy("application", "reason"), kind="choice", choices=REFUSAL_REASONS)
_EXPLAIN = Field(NOTE, _("explanation"), help=_("The family reads this; say what they can do."))
_REMARK = Field(NOTE, pgettext_lazy("application", "remark"), required=False)
FIELDS: dict[str, tuple[Field, ...]] = {
    "publish": (
        Field("place", _("where it also hangs"), kind="text", help=_("Workplace or community board.")),
        Field("objections_to", _("where to object"), kind="text", help=_("Office, telephone.")),
    ),
    "approve": (
        Field(
            "amount_fen",
            pgettext_lazy("application", "amount"),
            kind="yuan",
            required=False,
            suggested=approval.suggested_amount,
        ),
        _REMARK,
    ),
    "refuse": (_REASON, _EXPLAIN),
    "propose_refusal": (_REASON, _EXPLAIN),
    "return": (Field(NOTE, _("what is missing"), help=_("Name each paper or fact that must be added.")),),
    "withdraw": (Field(NOTE, pgettext_lazy("application", "why")),),
    "bounce": (Field(NOTE, _("what the bank says")),),
    "close": (
        Field(
            "outcome",
            pgettext_lazy("application", "outcome"),
            kind="choice",
            choices=tuple(Choice(each.code, each.label) for each in OUTCOMES["closed"]),
        ),
        Field(NOTE, _("what the family says")),
    ),
    "appeal": (Field(NOTE, _("grounds of the appeal")),),
    "hear_appeal": (Field(NOTE, _("why it is reopened")),),
    "dismiss_appeal": (_EXPLAIN,),
}

TELLS: dict[str, tuple[Tell, ...]] = {
    "submit": (Tell(Role.TOWNSHIP_OFFICER, _("A new application awaits a look at its papers.")),),
    "accept": (Tell(HOUSEHOLD, _("Your papers are complete. Two people will visit you.")),),
    "visit": (Tell(Role.COUNTY_CASEWORKER, _("A visited household awaits its cross-check.")),),
    "publish": (Tell(HOUSEHOLD, _("Your application is on public notice, with your name masked.")),),
    "review": (Tell(Role.COUNTY_APPROVER, _("An application awaits your decision.")),),
    "propose_refusal": (Tell(Role.COUNTY_APPROVER, _("An application is proposed for refusal.")),),
    "approve": (
        Tell(HOUSEHOLD, _("Your application is approved.")),
        Tell(Role.COUNTY_CASEWORKER, _("An application was approved and can be filed.")),
    ),
    "refuse": (
        Tell(HOUSEHOLD, _("Your application was refused. You are told why, and you may appeal.")),
        Tell(Role.COUNTY_CASEWORKER, _("An application was refused.")),
    ),
    "return": (
        Tell(HOUSEHOLD, _("Something is missing from your application.")),
        Tell(Role.WORKPLACE_CHAIR, _("An application was sent back to be completed.")),
    ),
    "pay_out": (Tell(Role.FINANCE_OFFICER, _("An approved household awaits payment.")),),
    "settle": (Tell(HOUSEHOLD, _("The money has been paid to your account.")),),
    "bounce": (Tell(Role.COUNTY_CASEWORKER, _("A payment came back: check the bank card with the family.")),),
    "object": (Tell(Role.COUNTY_CASEWORKER, _("An objection stopped a public notice: investigate it.")),),
    "appeal": (Tell(Role.COUNTY_APPROVER, _("An appeal against a refusal awaits a second reviewer.")),),
    "dismiss_appeal": (Tell(HOUSEHOLD, _("Your appeal was dismissed. You are told why.")),),
}


def needs(notice_first: bool) -> dict[str, tuple[Check, ...]]:
    noticed = (checks.notice_over, checks.no_open_objection)
    verified = (checks.visited, checks.no_task_open, checks.cross_checked(CHECKED_ITEMS))
    return {
        "submit": (checks.documents(APPLICATION_PAPER),),
        "accept": (checks.documents(APPLICATION_PAPER, ID_COPY, INCOME_PROOF),),
        "visit": (checks.visited, checks.documents(MEANS_CHECK_CONSENT)),
        "cross_check": (checks.documents(MEANS_CHECK_CONSENT),),
        "checked": (checks.no_task_open, checks.cross_checked(CHECKED_ITEMS)),
        "publish": (*verified, checks.no_notice),
        "review": noticed if notice_first else verified,
        "approve": (*verified, *noticed) if notice_first else verified,
        "file": () if notice_first else noticed,
        "resume": (checks.no_open_objection,),
    }


def _ask_centre(acting: Acting, case: Case, **fields: Any) -> None:
    """The checking centre answers by itself where civil affairs is listed, and sees the signed authorisation."""
    county = case.organisation.county() or case.organisation
    listed = nearest(case.organisation, Department.Duty.CIVIL_AFFAIRS, acting.day)
    actions.ask_department(
        acting,
        case,
        department=f"{county.region.name}{CHECKING_CENTRE}",
        to=listed,
        asked=gettext("Please check the household's means. The signed authorisation is attached to the case."),
        items=CHECKED_ITEMS,
        documents=case.documents.filter(kind=MEANS_CHECK_CONSENT.code) if listed else (),
    )


def _shared(case: Case) -> list[tuple[Any, Any]]:
    """Whom the checking centre is asked about: the members who signed, by name and masked number."""
    if case.household is None:
        return []
    members = case.household.members.filter(left_on__isnull=True).order_by("pk")
    return [(each.name, mask_id_number(each.id_number.reveal())) for each in members]


def _approve(acting: Acting, case: Case, *, amount_fen: int | None = None, note: str | None = None) -> None:
    actions.decide(acting, case, Decision.Verdict.APPROVED, amount_fen=amount_fen, reason=note)


def _refuse(acting: Acting, case: Case, *, code: str, note: str) -> None:
    actions.decide(acting, case, Decision.Verdict.REFUSED, code=code, reason=note)
    actions.take_down_notice(acting, case)


def _dismiss_appeal(acting: Acting, case: Case, *, note: str) -> None:
    actions.decide(acting, case, Decision.Verdict.REFUSED, code="appeal_dismissed", reason=note)


def _reverse_refusal(acting: Acting, case: Case, *, note: str) -> None:
    refusal = case.decisions.filter(verdict=Decision.Verdict.REFUSED, reversed_by__isnull=True).last()
    if refusal is not None:
        actions.reverse_decision(acting, refusal, note)


def _take_down(acting: Acting, case: Case, **fields: Any) -> None:
    actions.take_down_notice(acting, case)


Facts = Callable[..., actions.NoticeFacts]


def application_process(
    *,
    facts: Facts,
    notice_first: bool = True,
    notice_days: int = NOTICE_DAYS,
    needs_more: Mapping[str, Iterable[Check]] | None = None,
    effects_more: Mapping[str, Iterable[Effect]] | None = None,
    fields_more: Mapping[str, Iterable[Field]] | None = None,
    name: str = NAME,
    panel_template: str | None = None,
    panel: Callable[[Case, Acting], dict[str, Any]] | None = None,
    to_ask: Callable[[Case], Iterable[str]] | None = None,
) -> Process:
    """The table. `needs_more`, `effects_more` and `fields_more` come after its own, move by move; `panel` and
    `panel_template` add this room's part to the case page."""

    def publish(acting: Acting, case: Case, *, place: str, objections_to: str) -> None:
        actions.publish_notice(acting, case, facts(case), place=place, objections_to=objections_to, days=notice_days)

    made = moves(notice_first)
    names = [each.name for each in made]
    own: dict[str, tuple[Effect, ...]] = {
        "cross_check": (_ask_centre,),
        "publish": (publish,),
        "approve": (_approve,),
        "refuse": (_refuse,),
        "return": (_take_down,),
        "withdraw": (_take_down,),
        "hear_appeal": (_reverse_refusal,),
        "dismiss_appeal": (_dismiss_appeal,),
    }
    needed = needs(notice_first)
    return Process(
        name=name,
        label=_("Application for hardship aid"),
        start="draft",
        stages=STAGES if notice_first else REVIEW_FIRST_STAGES,
        states=STATES,
        moves=made,
        access=ACCESS,
        openers=by(*ENTERING),
        owners=OWNERS,
        deadlines=DEADLINES,
        outcomes=OUTCOMES,
        who=WHO,
        needs={each: (*needed.get(each, ()), *(needs_more or {}).get(each, ())) for each in names},
        fields={each: (*FIELDS.get(each, ()), *(fields_more or {}).get(each, ())) for each in names},
        events={each: f"hardship.application.{each}" for each in names},
        tells={each: TELLS.get(each, ()) for each in names},
        effects={each: (*own.get(each, ()), *(effects_more or {}).get(each, ())) for each in names},
        documents=(*DOCUMENTS, *programme_papers({kind.code for kind in DOCUMENTS})),
        check_items=CHECKED_ITEMS,
        stops=CLOCK_STOPS,
        escalates=ESCALATES,
        shared=_shared,
        objected="object",
        resumed="resume",
        appealed="appeal",
        panel_template=panel_template,
        panel=panel,
        to_ask=to_ask,
    )


APPLICATION = register(
    application_process(
        facts=approval.notice_facts,
        needs_more={
            "accept": (Check(_("every paper that the programme asks for"), approval.papers_complete),),
            "approve": approval.CHECKS,
            "settle": (Check(_("the bank has confirmed the payment"), approval.payment_arrived),),
        },
        effects_more={
            "approve": (approval.grant, freezing.freeze),
            "pay_out": (approval.hand_over,),
            "close": (approval.end_application,),
            "refuse": (freezing.freeze, approval.end_application),
            "withdraw": (approval.end_application,),
            "dismiss_appeal": (freezing.freeze, approval.end_application),
            "appeal": (approval.resume_application,),
        },
        fields_more={"pay_out": PAID_FROM},
        panel_template="hardship/case_panel.html",
        panel=papers.panel,
        to_ask=visiting.to_ask,
    )
)
