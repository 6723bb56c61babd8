"""Answering a request: held under its lock, by another person, once."""

from __future__ import annotations

from typing import TypeVar

from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.registry.actions import check_authority
from chunyu.registry.asking.tables import Asked
from chunyu.registry.refusing import constraints_refuse, sentences

# Who may say yes or no to what another asked for: caseworkers and approvers of a county or above.
ANSWERING_ROLES = frozenset({Role.COUNTY_CASEWORKER, Role.COUNTY_APPROVER})
R = TypeVar("R", bound=Asked)


def held_for_answer(acting: Acting, request: R) -> R:
    """The request as it stands, for as long as the transaction lasts. Refused unless it waits and the post may answer
    it; that the person did not ask for it themselves is seen when the answer is written."""
    check_authority(acting, request.scope_path)
    if acting.role not in ANSWERING_ROLES:
        raise Refusal(_("Requests are answered by caseworkers and approvers of a county or above."), "role")
    return waiting(request)


def waiting(request: R) -> R:
    held = type(request).objects.select_for_update(of=("self",)).select_related("asked_by__user").get(pk=request.pk)
    if not held.waits:
        raise Refusal(sentences()["request_answered_once"], "request_answered_once")
    return held


def answer(acting: Acting, request: Asked, state: str, note: str = "", also: tuple[str, ...] = ()) -> None:
    """Write the answer, with what was done (`also`: columns set before); the database refuses the wrong person."""
    request.state, request.answered_by, request.answered_on = state, acting.post, acting.day
    request.answer_note = note.strip()
    with constraints_refuse():
        request.save(update_fields=["state", "answered_by", "answered_on", "answer_note", *also])
