"""Founding a union (建会): contact, preparation, request, reply, election, approval, legal person.

The order and the quorum follow what county federations publish: the level above answers the request before anybody is
elected, two thirds must be present, the chair needs more than half of all entitled, and the result is approved.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.casework import checks
from chunyu.casework.models import Case
from chunyu.casework.process import (
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
    by,
    check,
    neutral,
    register,
)
from chunyu.casework.standing import Standing
from chunyu.organising.duties import ACCESS, DECIDES, ON_THE_SPOT
from chunyu.organising.founding import actions, showing
from chunyu.organising.founding.tables import KINDS, Founding

STAGES = (
    Stage("contact", pgettext_lazy("founding", "Contact")),
    Stage("prepare", _("Preparation")),
    Stage("request", pgettext_lazy("founding", "Request and reply")),
    Stage("elect", _("Election")),
    Stage("approve", pgettext_lazy("founding", "Approval")),
    Stage("run", _("Legal person")),
)
STATES = (
    State("known", _("Not contacted yet"), "contact"),
    State("contacted", _("Contacted"), "contact"),
    State("declined", _("Employer declines for now"), "contact", aside=True),
    State("preparing", _("Preparatory group at work"), "prepare"),
    State("applied", _("Request with the level above"), "request"),
    State("replied", _("Request granted"), "elect"),
    State("elected", _("Elected, awaiting approval"), "approve"),
    State("founded", pgettext_lazy("founding", "Founded"), "run"),
    State("running", pgettext_lazy("founding", "Running"), "run"),
    State("refused", pgettext_lazy("founding", "Refused"), "request", aside=True),
    State("given_up", _("Given up"), "contact", aside=True),
)
BEFORE = ("known", "contacted", "declined", "preparing")
MOVES = (
    Move("contact", _("Note a contact"), ("known", "contacted", "declined"), "contacted", main=True),
    Move("prepare", _("A preparatory group is formed"), ("contacted",), "preparing", main=True),
    Move("apply", _("Send the request"), ("preparing",), "applied", main=True),
    Move("reply", _("Grant the request"), ("applied",), "replied", main=True),
    Move("elect", _("Enter the election"), ("replied",), "elected", main=True),
    Move("approve", _("Approve and found"), ("elected",), "founded", main=True),
    Move("register", _("Registered as a legal person"), ("founded",), "running", main=True),
    Move("decline", _("The employer declines"), ("known", "contacted", "preparing"), "declined"),
    Move("send_back", pgettext_lazy("founding", "Send back"), ("applied",), "preparing"),
    Move("elect_again", _("Have it elected again"), ("elected",), "replied"),
    Move("refuse", pgettext_lazy("founding", "Refuse"), ("applied",), "refused"),
    Move("go_without", _("Goes on without being a legal person"), ("founded",), "running"),
    Move("give_up", _("Give up for good"), BEFORE, "given_up"),
)
_ENDED = ("running", "refused", "given_up")
OWNERS: dict[str, frozenset[Role]] = {
    **dict.fromkeys(("known", "contacted", "declined", "preparing", "replied", "founded"), frozenset(ON_THE_SPOT)),
    **dict.fromkeys(("applied", "elected"), frozenset({Role.COUNTY_APPROVER})),
    **dict.fromkeys(_ENDED, frozenset()),
}
# Working days; 60 and 15 are those of the rules on registration, the others a federation's own.
DEADLINES: dict[str, int | None] = {
    "known": 20,
    "contacted": 20,
    "declined": 60,
    "preparing": 40,
    "applied": 10,
    "replied": 40,
    "elected": 10,
    "founded": 60,
    **dict.fromkeys(_ENDED, None),
}
OUTCOMES: dict[str, tuple[Outcome, ...]] = {
    **dict.fromkeys((state.name for state in STATES), ()),
    "running": (Outcome("founded", pgettext_lazy("founding", "union founded")),),
    "refused": (Outcome("refused", pgettext_lazy("founding", "refused")),),
    "given_up": (Outcome("given_up", _("given up")),),
}
_HERE = by(*ON_THE_SPOT)
WHO = {
    **dict.fromkeys(("contact", "prepare", "apply", "elect", "decline", "register", "go_without"), _HERE),
    **dict.fromkeys(("reply", "approve", "refuse"), DECIDES),
    **dict.fromkeys(("send_back", "elect_again"), neutral(Role.COUNTY_APPROVER)),
    "give_up": neutral(*ON_THE_SPOT),
}
REQUEST = DocumentKind("request", _("request to found a union"), _("Signed by the preparatory group."))
MINUTES = DocumentKind("election_minutes", _("minutes and count of the election"))
DOCUMENTS = (
    REQUEST,
    MINUTES,
    DocumentKind("reply", _("reply of the level above")),
    DocumentKind("members_list", _("list of the founding members")),
    DocumentKind("certificate", _("certificate as a legal person")),
    DocumentKind("other", _("other paper")),
)
DECLINES = (
    Choice("no_time", _("no time for it now")),
    Choice("sees_no_use", _("sees no use in a union")),
    Choice("fears_cost", _("fears the dues on its wage bill")),
    Choice("workers_unwilling", _("the workers do not want one")),
    Choice("about_to_close", _("about to close or move")),
    Choice("other", pgettext_lazy("reason", "other")),
)


@check(_("the meeting has elected"))
def elected(standing: Standing) -> Iterable[Refusal]:
    if Founding.objects.get(case=standing.case).votes is None:
        yield Refusal(_now("The result of the election is missing."), "no_election")


def _superiors(case: Case, acting: Acting) -> tuple[Choice, ...]:
    founding = Founding.objects.select_related("organisation").get(case=case)
    return tuple(Choice(str(each.pk), each.name) for each in actions.superiors(founding, acting))


_NUMBER = Field("number", _("number of the letter"), kind="text")
_REMARK = Field(NOTE, pgettext_lazy("founding", "remark"), required=False)
FIELDS: dict[str, tuple[Field, ...]] = {
    "contact": (
        Field(NOTE, _("with whom, and what was said"), help=_("Name and post of the person, the way, the result.")),
    ),
    "prepare": (Field(NOTE, _("who is in the group, who leads it")),),
    "apply": (
        Field("name", _("name of the union"), kind="text", suggested=showing.suggested_name),
        Field(
            "kind",
            _("kind of union"),
            kind="choice",
            choices=tuple(Choice(*each) for each in KINDS),
            suggested=showing.suggested_kind,
        ),
        Field("parent", _("to stand under"), kind="choice", offered=_superiors),
        Field("number", _("number of the request"), kind="text"),
        _REMARK,
    ),
    "reply": (_NUMBER, _REMARK),
    "elect": (
        Field("met_on", _("meeting held on"), kind="day"),
        Field(
            "entitled",
            _("entitled to vote"),
            kind="number",
            help=_("All members, or all delegates where there are over 200."),
        ),
        Field(
            "present",
            pgettext_lazy("meeting", "present"),
            kind="number",
            help=_("At least two thirds of those entitled."),
        ),
        Field(
            "votes",
            _("votes for the chair"),
            kind="number",
            help=_("More than half of all entitled, in a secret ballot."),
        ),
        Field("chair", _("chair elected"), kind="text"),
        Field(
            "committee",
            _("committee elected"),
            help=_("Members, the auditing member; from 25 women members on also the women workers' committee."),
        ),
        Field(
            "term",
            _("term of office"),
            kind="choice",
            choices=tuple(Choice(str(value), label) for value, label in Founding.Term.choices),
        ),
    ),
    "approve": (_NUMBER, _REMARK),
    "register": (
        Field("code", _("unified credit code on the certificate"), kind="text", help=_("Begins with 81 or 89.")),
    ),
    "go_without": (Field(NOTE, pgettext_lazy("founding", "why")),),
    "decline": (
        Field("code", pgettext_lazy("founding", "reason"), kind="choice", choices=DECLINES),
        Field(NOTE, _("in its own words")),
    ),
    "send_back": (Field(NOTE, _("what is missing")),),
    "elect_again": (Field(NOTE, pgettext_lazy("founding", "why")),),
    "refuse": (Field(NOTE, pgettext_lazy("founding", "why")),),
    "give_up": (Field(NOTE, pgettext_lazy("founding", "why")),),
}
TELLS: dict[str, tuple[Tell, ...]] = {
    "apply": (Tell(Role.COUNTY_APPROVER, _("A request to found a union awaits your reply.")),),
    "reply": (Tell(Role.TOWNSHIP_OFFICER, _("A request to found a union is granted: the members can elect.")),),
    "elect": (Tell(Role.COUNTY_APPROVER, _("An election awaits your approval.")),),
    "approve": (Tell(Role.ORGANISER, _("A union is founded: admit its members, register it as a legal person.")),),
    "send_back": (Tell(Role.TOWNSHIP_OFFICER, _("A request to found a union was sent back.")),),
    "elect_again": (Tell(Role.TOWNSHIP_OFFICER, _("An election was not approved: it must be held again.")),),
}
_NAMES = [each.name for each in MOVES]

FOUNDING = register(
    Process(
        name=actions.PROCESS,
        label=_("Founding of a union"),
        start="known",
        stages=STAGES,
        states=STATES,
        moves=MOVES,
        access=ACCESS,
        openers=_HERE,
        owners=OWNERS,
        deadlines=DEADLINES,
        outcomes=OUTCOMES,
        who=WHO,
        needs={
            **dict.fromkeys(_NAMES, ()),
            "reply": (checks.documents(REQUEST),),
            "approve": (checks.documents(MINUTES), elected),
        },
        fields={name: FIELDS.get(name, ()) for name in _NAMES},
        events={name: f"organising.founding.{name}" for name in _NAMES},
        tells={name: TELLS.get(name, ()) for name in _NAMES},
        effects={
            **dict.fromkeys(_NAMES, ()),
            "apply": (actions.apply,),
            "reply": (actions.reply,),
            "elect": (actions.elect,),
            "approve": (actions.approve,),
            "register": (actions.register,),
            "refuse": (actions.release,),
            "give_up": (actions.release,),
        },
        documents=DOCUMENTS,
        panel_template="organising/founding_case.html",
        panel=showing.panel,
    )
)
