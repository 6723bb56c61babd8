"""The inquiry into a union that may exist on paper only (空壳工会、挂牌工会清理): notice, reply, visit, decision.

Nobody is dissolved by a figure: the union is told, has time to answer, somebody goes there, and another person decides.
A firm that is gone leads to dissolution; every other union is given the chance to be revived first.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.casework.calendar import calendar_in_force
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
from chunyu.casework.working_days import add_working_days
from chunyu.organising.duties import ACCESS, DECIDES, ON_THE_SPOT
from chunyu.organising.shells import actions, showing
from chunyu.organising.shells.signals import FIRM_GONE, read_union

ANSWER_DAYS = 15  # working days between the notice and any decision

STAGES = (
    Stage("notice", pgettext_lazy("shell", "Notice")),
    Stage("inquiry", pgettext_lazy("shell", "Investigation")),
    Stage("finding", pgettext_lazy("shell", "Finding")),
    Stage("end", pgettext_lazy("shell", "Revived or closed")),
)
STATES = (
    State("suspected", pgettext_lazy("shell", "Suspected"), "notice"),
    State("notified", pgettext_lazy("shell", "Notified"), "notice"),
    State("explained", pgettext_lazy("shell", "Has answered"), "inquiry"),
    State("investigating", _("To be visited"), "inquiry"),
    State("reported", pgettext_lazy("shell", "Visited, awaiting a finding"), "finding"),
    State("shell", _("Exists on paper only"), "end"),
    State("rectifying", _("Being put right"), "end"),
    State("normal", _("Works normally"), "finding"),
    State("revived", pgettext_lazy("shell", "Revived"), "end"),
    State("merged", pgettext_lazy("shell", "Merged"), "end"),
    State("dissolved", pgettext_lazy("shell", "Dissolved"), "end"),
)
MOVES = (
    Move("notify", _("Send the notice"), ("suspected",), "notified", main=True),
    Move("explain", _("Enter the union's answer"), ("notified",), "explained", main=True),
    Move("no_answer", _("No answer came"), ("notified",), "investigating"),
    Move("investigate", _("Have it visited"), ("explained",), "investigating", main=True),
    Move("report", _("Report the visit"), ("investigating",), "reported", main=True),
    Move("find_shell", _("Find: exists on paper only"), ("reported",), "shell", main=True),
    Move("clear", _("Find: works normally"), ("explained", "reported"), "normal"),
    Move("rectify", _("Put it right"), ("shell",), "rectifying", main=True),
    Move("revive", _("It works again"), ("rectifying",), "revived", main=True),
    Move("fail", _("It was not put right"), ("rectifying",), "shell"),
    Move("merge", _("Merge into another union"), ("shell",), "merged"),
    Move("dissolve", _("Dissolve the union"), ("shell",), "dissolved"),
)
OWNERS: dict[str, frozenset[Role]] = {
    "suspected": frozenset({Role.ORGANISER}),
    "notified": frozenset({Role.WORKPLACE_CHAIR, Role.TOWNSHIP_OFFICER}),
    "explained": frozenset({Role.ORGANISER}),
    "investigating": frozenset(ON_THE_SPOT),
    "reported": frozenset({Role.COUNTY_APPROVER}),
    "shell": frozenset({Role.ORGANISER, Role.COUNTY_APPROVER}),
    "rectifying": frozenset({Role.ORGANISER, Role.WORKPLACE_CHAIR}),
    **dict.fromkeys(("normal", "revived", "merged", "dissolved"), frozenset()),
}
DEADLINES: dict[str, int | None] = {
    "suspected": 5,
    "notified": ANSWER_DAYS,
    "explained": 5,
    "investigating": 15,
    "reported": 10,
    "shell": 20,
    "rectifying": 60,
    **dict.fromkeys(("normal", "revived", "merged", "dissolved"), None),
}
OUTCOMES: dict[str, tuple[Outcome, ...]] = {
    **dict.fromkeys((state.name for state in STATES), ()),
    "normal": (Outcome("normal", _("works normally")),),
    "revived": (Outcome("revived", pgettext_lazy("shell", "revived")),),
    "merged": (Outcome("merged", _("merged into another union")),),
    "dissolved": (Outcome("dissolved", pgettext_lazy("shell", "dissolved")),),
}
WHO = {
    "notify": by(*ON_THE_SPOT),
    "explain": neutral(Role.WORKPLACE_CHAIR, *ON_THE_SPOT),
    "no_answer": by(*ON_THE_SPOT),
    "investigate": by(*ON_THE_SPOT),
    "report": by(*ON_THE_SPOT),
    "rectify": by(Role.ORGANISER),
    "fail": by(Role.ORGANISER),
    **dict.fromkeys(("find_shell", "clear", "revive", "merge", "dissolve"), DECIDES),
}
REPORT = DocumentKind("visit_report", _("report of the visit"))
DOCUMENTS = (
    DocumentKind("shell_notice", _("the notice as sent")),
    DocumentKind("shell_answer", _("the union's written answer")),
    REPORT,
    DocumentKind("register_extract", _("extract of the business register")),
    DocumentKind("approval", _("approval of the level above")),
    DocumentKind("other", _("other paper")),
)


@check(_("the union has had its time to answer"))
def answered_or_waited(standing: Standing) -> Iterable[Refusal]:
    """So many working days have passed since the notice."""
    sent = next((entry.day for entry in standing.timeline if entry.act == "notify"), None)
    if sent is None:
        yield Refusal(_now("No notice has been sent."), "no_notice")
        return
    until = add_working_days(sent, ANSWER_DAYS, calendar_in_force())
    if standing.day <= until:
        sentence = _now("The union may answer until %(day)s; nothing is decided before.")
        yield Refusal(sentence % {"day": until.isoformat()}, "waiting")


@check(_("the records still show it"))
def still_suspected(standing: Standing) -> Iterable[Refusal]:
    if not read_union(standing.case.organisation, standing.day).suspected:
        yield Refusal(_now("The records no longer show enough signals: find that it works normally."), "normal_again")


@check(_("the records show that it works again"))
def works_again(standing: Standing) -> Iterable[Refusal]:
    reading = read_union(standing.case.organisation, standing.day)
    if reading.suspected:
        names = _now(", ").join(each.label for each in reading.signals)
        yield Refusal(_now("The records still show: %(signals)s.") % {"signals": names}, "signals_left")


@check(_("its firm is still there"))
def firm_there(standing: Standing) -> Iterable[Refusal]:
    if _gone(standing):
        yield Refusal(
            _now("The firm is gone: there is nothing to revive. Merge the union or dissolve it."), "firm_gone"
        )


@check(_("its firm is gone, or putting it right has failed"))
def revived_first(standing: Standing) -> Iterable[Refusal]:
    if not _gone(standing) and not standing.makers.get("fail"):
        sentence = _now("Its firm is still there: try to put the union right first.")
        yield Refusal(sentence, "revive_first")


def _gone(standing: Standing) -> bool:
    return read_union(standing.case.organisation, standing.day).suspicion == FIRM_GONE


def _offered(case: Case, acting: Acting) -> tuple[Choice, ...]:
    return tuple(Choice(str(each.pk), each.name) for each in actions.successors(case.organisation, acting.day))


_INTO = Field("into", _("members and employers go to"), kind="choice", offered=_offered)
FIELDS: dict[str, tuple[Field, ...]] = {
    "notify": (Field(NOTE, _("what the notice says"), suggested=showing.notice_text),),
    "explain": (Field(NOTE, _("what the union answers")),),
    "report": (Field(NOTE, _("what was found there"), help=_("Who was met, what was seen, what people said.")),),
    "find_shell": (Field(NOTE, _("on what grounds")),),
    "clear": (Field(NOTE, _("on what grounds")),),
    "rectify": (Field(NOTE, _("what is to be done, by whom, until when")),),
    "fail": (Field(NOTE, pgettext_lazy("shell", "why")),),
    "revive": (Field(NOTE, _("what was put right")),),
    "merge": (_INTO, Field(NOTE, pgettext_lazy("shell", "why"))),
    "dissolve": (
        Field(
            "into",
            _("its members go to"),
            kind="choice",
            offered=_offered,
            required=False,
            help=_("Needed while anybody is still a member of it."),
        ),
        Field(NOTE, pgettext_lazy("shell", "why")),
    ),
}
TELLS: dict[str, tuple[Tell, ...]] = {
    "notify": (
        Tell(Role.WORKPLACE_CHAIR, _("Your union is asked to show that it works. Answer within 15 working days.")),
    ),
    "explain": (Tell(Role.ORGANISER, _("A union that was notified has answered.")),),
    "report": (Tell(Role.COUNTY_APPROVER, _("A visited union awaits your finding.")),),
    "find_shell": (Tell(Role.ORGANISER, _("A union was found to exist on paper only: revive it, or close it.")),),
    "rectify": (Tell(Role.WORKPLACE_CHAIR, _("Your union is to be put right. Read what is to be done.")),),
    "fail": (Tell(Role.COUNTY_APPROVER, _("A union was not put right: merge it or dissolve it.")),),
}
_NAMES = [each.name for each in MOVES]

SHELL = register(
    Process(
        name=actions.PROCESS,
        label=_("Inquiry into a shell union"),
        start="suspected",
        stages=STAGES,
        states=STATES,
        moves=MOVES,
        access=ACCESS,
        openers=by(*ON_THE_SPOT),
        owners=OWNERS,
        deadlines=DEADLINES,
        outcomes=OUTCOMES,
        who=WHO,
        needs={
            **dict.fromkeys(_NAMES, ()),
            "no_answer": (answered_or_waited,),
            "find_shell": (answered_or_waited, still_suspected),
            "rectify": (firm_there,),
            "revive": (works_again,),
            "merge": (answered_or_waited,),
            "dissolve": (answered_or_waited, revived_first),
        },
        fields={name: FIELDS.get(name, ()) for name in _NAMES},
        events={name: f"organising.shell.{name}" for name in _NAMES},
        tells={name: TELLS.get(name, ()) for name in _NAMES},
        effects={
            **dict.fromkeys(_NAMES, ()),
            "find_shell": (actions.find_shell,),
            "revive": (actions.revive,),
            "merge": (actions.merge,),
            "dissolve": (actions.dissolve,),
        },
        documents=DOCUMENTS,
        panel_template="organising/shell_case.html",
        panel=showing.panel,
    )
)
