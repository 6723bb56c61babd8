"""What an applicant may read of their matter: where it stands, what they were told, what was decided and why."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from chunyu.casework.models import Case, Decision
from chunyu.casework.process import HOUSEHOLD
from chunyu.casework.slips.tables import Slip, Word
from chunyu.privacy.letter_code import as_written
from chunyu.privacy.sealing import blind_index
from chunyu.wall.scope import beyond_scope, take_on

CODE = "case-slip-code"


def slip_of(number: str, code: str) -> Slip | None:
    """The slip in use of this case number, for whoever holds its code."""
    digest = blind_index(as_written(code), CODE)
    rows = Slip.objects.filter(case__number=number.strip().upper(), code_digest=digest, ended_on__isnull=True)
    with beyond_scope("own-matter"):
        slip = rows.select_related("case__organisation", "case__household").first()
    if slip is not None:
        take_on(slip.case.scope_path)
    return slip


def followed(case: Case) -> Case:
    """The case that a slip of this one opens today: itself, or the one in which it goes on."""
    table = case.table
    while table.goes_on_in and (further := table.goes_on_in(case)) is not None:
        case, table = further, further.table
    return case


def kinds_of_word(case: Case) -> list[tuple[str, str]]:
    """What the applicant may say as things stand: what moves the case in this state comes first."""
    moving = case.table.said.get(case.state, {})
    always = [kind for kind in Word.Kind if kind not in (Word.Kind.CONFIRM, Word.Kind.DISPUTE)]
    return [(kind.value, str(kind.label)) for kind in (*(Word.Kind(each) for each in moving), *always)]


def told(case: Case) -> list[dict[str, Any]]:
    """What the family was told, the latest first: each sentence stands in the process's table."""
    rows = case.messages.filter(to=HOUSEHOLD).select_related("case").order_by("-day", "-pk")
    return [{"sentence": row.sentence, "time": row.day, "who": case.organisation.name} for row in rows]


def decided(case: Case) -> list[dict[str, Any]]:
    """The decisions that stand. A refusal with its reasons in words, which are written for the family; the remark on an
    approval is among colleagues."""
    rows = case.decisions.filter(reversed_by__isnull=True).exclude(verdict=Decision.Verdict.REVERSED)
    return [
        {
            "verdict": row.get_verdict_display(),
            "code": case.table.choice_label(row.code) if row.code else "",
            "amount_fen": row.amount_fen,
            "reason": row.reason.reveal() if row.reason and row.verdict == Decision.Verdict.REFUSED else "",
            "day": row.day,
        }
        for row in rows
    ]


def missing(case: Case) -> str:
    """What the family was asked to add, when the case was sent back and lies with it."""
    if not case.standing_state.with_opener:
        return ""
    last = case.timeline.filter(to_state=case.state, note__isnull=False).order_by("at", "id").last()
    return last.note.reveal() if last is not None and last.note else ""


def others(case: Case) -> QuerySet[Case]:
    """The same household's other cases, without the confidential ones: each has its own slip."""
    if case.household_id is None:
        return Case.objects.none()
    return Case.objects.filter(household=case.household_id, confidential=False).exclude(pk=case.pk).order_by("-number")


def next_step(case: Case) -> str:
    """In whose hands it is now, in one sentence."""
    if not case.is_open:
        return _("This matter is closed.")
    if case.standing_state.with_opener:
        return _("It waits for what is still missing. Bring it to your union.")
    if case.table.said.get(case.state):
        return _("It waits for your word: say below whether it has been done.")
    return _("Your union has it in hand.")
