"""Proposals to rectification (职工建议、提案): said, screened, a motion, answered, put right, checked, confirmed.

The management answers as a listed department of the workplace: its answers move the case, and so does the word of the
author.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.casework import checks
from chunyu.casework.process import (
    HOUSEHOLD,
    NOTE,
    Choice,
    DocumentKind,
    Escalate,
    Field,
    Move,
    Outcome,
    Process,
    Reply,
    Stage,
    State,
    Tell,
    by,
    check,
    neutral,
    register,
)
from chunyu.casework.standing import Standing
from chunyu.voice.duties import ACCESS, ON_THE_SPOT
from chunyu.voice.proposals import actions, showing
from chunyu.voice.proposals.tables import ProgressEntry
from chunyu.voice.proposals.triggers import PROCESS
from chunyu.voice.proposals.triggers import PROOF as PROOF_CODE

STAGES = (
    Stage("raise", pgettext_lazy("proposal", "Raised")),
    Stage("screen", pgettext_lazy("proposal", "Screened")),
    Stage("answer", pgettext_lazy("proposal", "Answer")),
    Stage("rectify", _("Rectification")),
    Stage("accept", _("Check and word")),
    Stage("review", pgettext_lazy("proposal", "Effect")),
)
STATES = (
    State("raised", _("To be screened"), "raise"),
    State("admitted", _("Taken up"), "screen"),
    State("numbered", _("Motion of the congress"), "screen"),
    State("submitted", _("With the management"), "answer"),
    State("deferred", _("Put off"), "answer", aside=True),
    State("not_adopted", _("Not adopted"), "answer", aside=True),
    State("adopted", _("Adopted, to be planned"), "rectify"),
    State("rectifying", _("Being put right"), "rectify"),
    State("claimed", _("Reported as done, to be checked"), "accept"),
    State("checked", _("Awaits the author's word"), "accept"),
    State("done", _("Put right"), "review"),
    State("reviewed", _("Effect reviewed"), "review"),
    State("returned", _("Not taken up"), "screen", aside=True),
    State("merged", pgettext_lazy("proposal", "Merged"), "screen", aside=True),
    State("ended", _("Closed as not adopted"), "answer", aside=True),
    State("withdrawn", pgettext_lazy("proposal", "Withdrawn"), "screen", aside=True),
)
_ENDED = ("reviewed", "returned", "merged", "ended", "withdrawn")


def months_later(day: date, months: int = 3) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, 28))


def _until(_day: date, given: Any) -> date | None:
    return given.get("until")


MOVES = (
    Move("admit", _("Take it up"), ("raised",), "admitted", main=True),
    Move("number", _("Make it a motion"), ("admitted",), "numbered", main=True),
    Move("submit", _("Submit to the management"), ("admitted", "numbered", "deferred"), "submitted", main=True),
    Move("adopt", pgettext_lazy("proposal", "Adopt"), ("submitted",), "adopted", automatic=True),
    Move("defer", pgettext_lazy("proposal", "Put off"), ("submitted",), "deferred", automatic=True),
    Move("not_adopt", _("Do not adopt"), ("submitted",), "not_adopted", automatic=True),
    Move("plan", _("Enter the plan"), ("adopted",), "rectifying", main=True, due=_until),
    Move("progress", _("Enter progress"), ("rectifying",), "rectifying", main=True, stays=True),
    Move("claim", _("Report as done"), ("rectifying",), "claimed", automatic=True),
    Move("check", _("Checked: it has been done"), ("claimed",), "checked", main=True),
    Move("fail", _("Checked: not done yet"), ("claimed",), "rectifying", due=_until),
    Move("confirm", _("The author confirms"), ("checked",), "done", due=lambda day, given: months_later(day)),
    Move("dispute", _("The author disputes"), ("checked",), "rectifying", due=_until),
    Move("silent", _("Silent for ten working days"), ("checked",), "done", due=lambda day, given: months_later(day)),
    Move("review", _("Review the effect"), ("done",), "reviewed", main=True),
    Move("carry", _("Take it to the next congress"), ("not_adopted", "deferred"), "numbered", main=True),
    Move("merge", _("Merge into another"), ("raised", "admitted"), "merged"),
    Move("return", _("Do not take it up"), ("raised",), "returned"),
    Move("end", _("Close as not adopted"), ("not_adopted", "deferred"), "ended"),
    Move("withdraw", _("The author takes it back"), ("raised", "admitted", "numbered"), "withdrawn"),
)
_SPOT = frozenset(ON_THE_SPOT)
OWNERS: dict[str, frozenset[Role]] = {
    **{state.name: _SPOT for state in STATES if state.name not in _ENDED},
    **dict.fromkeys(_ENDED, frozenset()),
}
# Working days. A plan, and the review after three months, bring their own day.
DEADLINES: dict[str, int | None] = {
    "raised": 5,
    "admitted": 20,
    "numbered": 5,
    "submitted": 20,
    "deferred": 120,
    "not_adopted": 20,
    "adopted": 10,
    "rectifying": 10,
    "claimed": 5,
    "checked": 10,
    "done": 65,
    **dict.fromkeys(_ENDED, None),
}
OUTCOMES: dict[str, tuple[Outcome, ...]] = {
    **dict.fromkeys((state.name for state in STATES), ()),
    "reviewed": (
        Outcome("lasting", _("put right, and it lasts")),
        Outcome("partly", _("put right in part")),
        Outcome("back", _("the fault came back")),
    ),
    "returned": (Outcome("returned", _("not taken up")),),
    "merged": (Outcome("merged", pgettext_lazy("proposal", "merged into another")),),
    "ended": (Outcome("not_adopted", _("not adopted")),),
    "withdrawn": (Outcome("withdrawn", pgettext_lazy("proposal", "withdrawn by the author")),),
}
PROOF = DocumentKind(
    PROOF_CODE, _("proof of what was put right"), _("A picture from the place, an invoice, a test report.")
)
DOCUMENTS = (
    DocumentKind("before", _("picture of what is wrong")),
    PROOF,
    DocumentKind("check_reply", _("answer of the management")),
    DocumentKind("minutes", _("minutes of a meeting")),
    DocumentKind("other", _("other paper")),
)
REPLIES = {
    "submitted": (
        Reply("adopt", _("adopted"), "adopt"),
        Reply("adopt_part", _("adopted in part"), "adopt"),
        Reply("later", _("later"), "defer"),
        Reply("no", _("not adopted"), "not_adopt"),
    ),
    "rectifying": (Reply("done", _("has been put right"), "claim", file_kind=PROOF_CODE),),
}
SAID = {"checked": {"confirm": "confirm", "dispute": "dispute"}}


@check(_("ten working days have passed since the check"))
def time_is_up(standing: Standing) -> Iterable[Refusal]:
    due = standing.case.due_on
    if due is None or standing.day <= due:
        yield Refusal(_now("The author still has time to answer: silence counts after ten working days."), "waiting")


def _text(name: str, label: Any, **more: Any) -> Field:
    return Field(name, label, kind="text", **more)


_REMARK = Field(NOTE, pgettext_lazy("proposal", "remark"), required=False)
_WHY = Field(NOTE, pgettext_lazy("proposal", "reason"), help=_("The authors are told."))
_UNTIL = Field("until", _("to be done by"), kind="day")
_WORD = Field(NOTE, _("what the author said, and how"), help=_("In person, by telephone, on paper: on which day."))
_MOTION = (
    Field("session", pgettext_lazy("congress", "session"), kind="choice", offered=showing.sessions),
    Field("number", _("motion number"), kind="number", suggested=showing.suggested_number),
    _REMARK,
)
FIELDS: dict[str, tuple[Field, ...]] = {
    "admit": (
        _text(
            "public_title",
            _("title on the board"),
            help=_("Everybody reads it: no name, nothing about a person."),
            suggested=lambda case, acting: case.title,
        ),
        _REMARK,
    ),
    "number": _MOTION,
    "carry": _MOTION,
    "submit": (
        Field(
            "to",
            _("the management answers"),
            kind="choice",
            offered=showing.managements,
            suggested=showing.suggested_management,
        ),
        Field(NOTE, _("the union's words to the management"), required=False),
    ),
    "plan": (
        _text("responsible", _("department responsible")),
        Field("budget", _("budget"), kind="yuan"),
        Field("starts_on", _("begins on"), kind="day"),
        Field("until", _("done by"), kind="day"),
        _REMARK,
    ),
    "progress": (
        Field(
            "kind",
            pgettext_lazy("progress", "kind"),
            kind="choice",
            choices=tuple(Choice(*each) for each in ProgressEntry.Kind.choices),
        ),
        Field("day", pgettext_lazy("progress", "day"), kind="day", suggested=lambda case, acting: acting.day),
        _text("people", _("who was there")),
        Field("text", _("what was seen, said or done")),
    ),
    "check": (Field(NOTE, _("what was seen, by whom")),),
    "fail": (Field(NOTE, _("what is still wrong")), _UNTIL),
    "confirm": (_WORD,),
    "dispute": (_WORD, _UNTIL),
    "review": (
        Field("outcome", pgettext_lazy("proposal", "effect"), kind="choice", choices=tuple(
            Choice(each.code, each.label) for each in OUTCOMES["reviewed"])),
        Field("satisfaction", _("satisfaction of the authors, 1 to 5"), kind="number"),
        Field("saved", _("saved in a year"), kind="yuan", required=False),
        Field("risk_removed", _("risk removed"), kind="choice", choices=(
            Choice("yes", pgettext_lazy("risk", "yes")), Choice("no", pgettext_lazy("risk", "no")))),
        _REMARK,
    ),
    "merge": (
        Field("into", _("the proposal that goes on"), kind="choice", offered=showing.others_open),
        _REMARK,
    ),
    "return": (_WHY,),
    "end": (_WHY,),
    "withdraw": (_WORD,),
}  # fmt: skip
TELLS: dict[str, tuple[Tell, ...]] = {
    "admit": (Tell(HOUSEHOLD, _("Your proposal has been taken up.")),),
    "number": (Tell(HOUSEHOLD, _("Your proposal is a motion of the congress.")),),
    "carry": (Tell(HOUSEHOLD, _("Your proposal goes to the next congress.")),),
    "submit": (Tell(HOUSEHOLD, _("Your proposal is with the management, which has 20 working days to answer.")),),
    "adopt": (
        Tell(HOUSEHOLD, _("The management adopts your proposal.")),
        Tell(Role.WORKPLACE_CHAIR, _("A proposal is adopted: enter the plan.")),
    ),
    "defer": (
        Tell(HOUSEHOLD, _("The management puts your proposal off; its reason stands with it.")),
        Tell(Role.WORKPLACE_CHAIR, _("A proposal was put off.")),
    ),
    "not_adopt": (
        Tell(HOUSEHOLD, _("The management does not adopt your proposal; its reason stands with it.")),
        Tell(Role.WORKPLACE_CHAIR, _("A proposal was not adopted: it can go to the next congress.")),
    ),
    "plan": (Tell(HOUSEHOLD, _("There is a plan and a day for your proposal.")),),
    "progress": (Tell(HOUSEHOLD, _("Something was done about your proposal.")),),
    "claim": (
        Tell(HOUSEHOLD, _("The management reports that it is done; the union checks.")),
        Tell(Role.WORKPLACE_CHAIR, _("A rectification is reported as done: check it.")),
    ),
    "check": (Tell(HOUSEHOLD, _("The union has checked it. Say within ten working days whether it is as you meant.")),),
    "fail": (Tell(HOUSEHOLD, _("The union found that it is not done yet.")),),
    "confirm": (
        Tell(HOUSEHOLD, _("Thank you. In three months the union looks whether it lasts.")),
        Tell(Role.WORKPLACE_CHAIR, _("The author confirms a rectification.")),
    ),
    "dispute": (
        Tell(HOUSEHOLD, _("The management has been asked again.")),
        Tell(Role.WORKPLACE_CHAIR, _("The author says that it has not been done.")),
    ),
    "silent": (Tell(HOUSEHOLD, _("You did not answer within ten working days; the matter counts as put right.")),),
    "review": (Tell(HOUSEHOLD, _("The union looked after three months at what became of it.")),),
    "merge": (Tell(HOUSEHOLD, _("Your proposal was joined with another; you keep your part in it.")),),
    "return": (Tell(HOUSEHOLD, _("Your proposal was not taken up; the union tells you why.")),),
    "end": (Tell(HOUSEHOLD, _("Your proposal is closed as not adopted; the union tells you why.")),),
}
_NAMES = [each.name for each in MOVES]
_HERE = by(*ON_THE_SPOT)

PROPOSAL = register(
    Process(
        name=PROCESS,
        label=_("Proposal of a worker"),
        start="raised",
        stages=STAGES,
        states=STATES,
        moves=MOVES,
        access=ACCESS,
        openers=_HERE,
        owners=OWNERS,
        deadlines=DEADLINES,
        outcomes=OUTCOMES,
        # Whoever wrote down that it is done does not check it.
        who={**dict.fromkeys(_NAMES, _HERE), "check": neutral(*ON_THE_SPOT, apart_from=("claim",))},
        needs={
            **dict.fromkeys(_NAMES, ()),
            "claim": (checks.documents(PROOF),),
            "check": (checks.documents(PROOF),),
            "silent": (time_is_up,),
        },
        fields={name: FIELDS.get(name, ()) for name in _NAMES},
        events={name: f"voice.proposal.{name}" for name in _NAMES},
        tells={name: TELLS.get(name, ()) for name in _NAMES},
        effects={
            **dict.fromkeys(_NAMES, ()),
            "admit": (actions.admit,),
            "merge": (actions.merge,),
            "number": (actions.number,),
            "carry": (actions.number,),
            "submit": (actions.submit,),
            "adopt": (actions.adopt,),
            "defer": (actions.not_adopt,),
            "not_adopt": (actions.not_adopt,),
            "plan": (actions.plan,),
            "progress": (actions.progress,),
            "check": (actions.accept,),
            "fail": (actions.not_accept,),
            "confirm": (actions.confirm,),
            "dispute": (actions.dispute,),
            "silent": (actions.silent,),
            "review": (actions.review,),
        },
        documents=DOCUMENTS,
        replies=REPLIES,
        said=SAID,
        goes_on_in=showing.goes_on_in,
        from_the_public=True,
        escalates=(Escalate(1, Role.TOWNSHIP_OFFICER), Escalate(5, Role.COUNTY_APPROVER)),
        shared=showing.shared,
        panel_template="voice/proposal_case.html",
        panel=showing.panel,
    )
)
