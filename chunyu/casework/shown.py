"""What the case page shows of a case, worked out from its standing: buttons, stages, timeline. No request, no HTML."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.casework.models import Case, TimelineEntry
from chunyu.casework.process import Move
from chunyu.casework.standing import Standing
from chunyu.ui.buttons import Action, Style

ACTS = {
    "open": lambda: pgettext("case", "Opened"),
    "note": lambda: pgettext("case", "Note"),
    "reassign": lambda: _("Handed to another desk"),
    "record_visit": lambda: _("Home visit recorded"),
    "ask_department": lambda: _("A department was asked"),
    "record_reply": lambda: _("A department answered"),
    "make_confidential": lambda: _("Made confidential"),
    "let_in": lambda: _("Somebody was let into the confidential case"),
    "give_slip": lambda: _("The applicant got a slip"),
    "word": lambda: _("The applicant wrote"),
    "answer_word": lambda: _("The applicant was answered"),
    "stop_clock": lambda: _("The clock was stopped"),
    "restart_clock": lambda: _("The clock runs on"),
    "escalate": lambda: _("Overdue: brought before those who answer for it"),
    "hand_over": lambda: _("Offered to another union"),
    "hand_over_answered": lambda: _("The other union answered"),
    "taken_over": lambda: _("Taken over"),
    "objection": lambda: _("An objection came in"),
    "resolve_objection": lambda: _("An objection was answered"),
}


@dataclass(frozen=True)
class Step:
    """A move as the page offers it: the button, and everything that stands in its way."""

    move: Move
    refusals: tuple[Refusal, ...]
    action: Action


def steps(acting: Acting, standing: Standing) -> list[Step]:
    """The moves out of the present state: the next one always, the others for the roles that make them."""
    case, process = standing.case, standing.case.table
    offered = []
    for made in process.moves_from(case.state):
        if made.automatic or not (made.main or acting.role in process.who[made.name].roles):
            continue
        refusals = tuple(process.may(acting, made.name, standing) + process.can(made.name, standing))
        offered.append(Step(made, refusals, _button(case, made, refusals, standing)))
    return sorted(offered, key=lambda step: not step.move.main)


def answer_step(acting: Acting, standing: Standing) -> Action | None:
    """The button that answers the oldest open objection: the next step of a case under investigation."""
    case = standing.case
    if not standing.open_objections or not case.table.resumed:
        return None
    refusals = case.table.may(acting, case.table.resumed, standing)
    return Action(
        label=_("Answer the objection"),
        url=reverse("casework:resolve", args=[case.number, standing.open_objections[0].pk]),
        allowed=not refusals,
        refusal=" ".join(str(each) for each in refusals),
        style="primary",
    )


def _button(case: Case, made: Move, refusals: tuple[Refusal, ...], standing: Standing) -> Action:
    style: Style = "primary" if made.main else "plain"
    asks = bool(case.table.fields[made.name])
    return Action(
        label=str(made.label),
        url=reverse("casework:move", args=[case.number, made.name]),
        allowed=not refusals,
        refusal=" ".join(str(each) for each in refusals),
        style=style,
        method="get" if asks else "post",
        hidden={} if asks else {"seen": standing.fingerprint},
    )


def stages(standing: Standing, days_left: str) -> list[dict[str, str]]:
    """The stage bar: done, now, ahead; stopped when the case stands aside of the straight way."""
    process, state = standing.case.table, standing.case.standing_state
    order = [stage.name for stage in process.stages]
    here = order.index(state.stage)
    entered: dict[str, date] = {}
    for entry in standing.timeline:
        if entry.to_state:
            entered.setdefault(process.state(entry.to_state).stage, entry.day)
    shown = []
    for index, stage in enumerate(process.stages):
        if index == here:
            mark = "stopped" if state.aside else ("done" if process.ends(state.name) else "now")
            note = days_left if days_left and not state.aside else str(state.label)
        else:
            passed = index < here and stage.name in entered
            mark, note = ("done", f"{entered[stage.name]:%m-%d}") if passed else ("todo", "")
        shown.append({"label": str(stage.label), "state": mark, "note": note})
    return shown


def timeline(standing: Standing, with_notes: bool) -> list[dict[str, Any]]:
    """What happened, the latest first. `with_notes`: the reader works on files and may read what was written."""
    return [_happened(standing.case, entry, with_notes) for entry in reversed(standing.timeline)]


def _happened(case: Case, entry: TimelineEntry, with_notes: bool) -> dict[str, Any]:
    moved = entry.act not in ACTS
    sentence = str(case.table.move(entry.act).label) if moved else ACTS[entry.act]()
    if moved and entry.to_state:
        sentence = f"{sentence} → {case.table.state(entry.to_state).label}"
    if entry.code:
        sentence += f"（{case.table.choice_label(entry.code)}）"
    nobody = {"escalate": _("the system"), "word": _("the applicant")}.get(entry.act, _("the public"))
    who = f"{entry.post.user.full_name} · {entry.post.get_role_display()}" if entry.post else nobody
    # Days acted on in training differ from the clock: the day counts.
    local: datetime | date = entry.at if entry.at.date() == entry.day else entry.day
    return {
        "sentence": sentence,
        "time": local,
        "who": who,
        "note": entry.note.reveal() if with_notes and entry.note else "",
        "tone": "seal" if moved and entry.to_state and case.table.state(entry.to_state).aside else "",
    }
